package queue

import (
	"cmp"
	"slices"
	"time"
)

// A change of configuration moves what is armed: a deadline counts from the instant at which
// its time began, with the new value. One that would be past acts now.
//
// What the state derives from such an instant is armed again by rearm. Where the state has
// only the deadline, retime moves it by the difference between both values.

// retime gives the deadlines that c's configuration was, and no other state, sets those of
// the present one.
func (e *Engine) retime(c *campaign, was *campaign, open []*interaction) {
	for _, in := range open {
		switch in.phase {
		case inBot:
			e.shift(in, timerBot, was.botTimeout(), c.botTimeout())
			e.shift(in, timerBotSilence, was.botSilence(), c.botSilence())
		case inQueue:
			e.dropCheck(in) // the step is considered again
			in.steps = stepsUnder(in.steps, was.cfg.Overflow, c.cfg.Overflow)
			e.retimeSticky(in, &was.cfg)
			e.retimeAnnounce(in, int64(was.cfg.Announce.Every))
		}
	}
	e.retimeSends(c, was)
	if was.cfg.WrapUp != c.cfg.WrapUp || was.cfg.WrapUpMax != c.cfg.WrapUpMax {
		e.retimeAgents(func(a *agent) bool { return a.wrapUntil != 0 && stampOf(a.wraps, c.id) != 0 }, e.retimeWrapUp)
	}
	e.retimeAgents(func(a *agent) bool {
		return a.delay != 0 && a.delayBy == c.id && was.cfg.delay(a.delayFor) != c.cfg.delay(a.delayFor)
	}, e.retimeDelay)
}

// shift moves an armed deadline by the difference between two spans.
func (e *Engine) shift(in *interaction, kind timerKind, was, is int64) {
	if t := find(in.timers, kind); t != nil && was != is {
		e.arm(in, kind, max(t.at-was+is, e.now))
	}
}

// retimeSticky gives an interaction that waits for one agent, for as long as the campaign
// says, the new time. The campaign that no longer waits for agents releases it now.
func (e *Engine) retimeSticky(in *interaction, was *Campaign) {
	p, cfg := in.preference(), &in.camp.cfg
	if !p.sticky || p.until == 0 {
		return
	}
	wait := cfg.StickyWait
	if was.Sticky == StickyWait && cfg.Sticky != StickyWait {
		wait = 0
	}
	p.until = max(later(in.entered, wait), e.now)
	in.prefer(p)
}

// retimeAnnounce sets the next announcement to an interaction that waits.
func (e *Engine) retimeAnnounce(in *interaction, was int64) {
	cfg := &in.camp.cfg.Announce
	switch {
	case cfg.Text == "" || in.camp.held() && cfg.First == 0 && in.place == 0:
	case in.place == 0:
		e.armAnnounce(in)
	case cfg.Every == 0:
		e.disarm(in, timerAnnounce)
	case in.toldAt == 0: // of a snapshot that did not keep it
		e.shift(in, timerAnnounce, was, int64(cfg.Every))
	default:
		e.armIf(in, timerAnnounce, true, later(in.toldAt, cfg.Every))
	}
}

// retimeSends sets the deadline of the first message of every interaction of c, also of those
// that have ended.
func (e *Engine) retimeSends(c, was *campaign) {
	if c.sends() == was.sends() {
		return
	}
	var list []*interaction
	for _, in := range e.interactions {
		if in.camp == c && len(in.outbox) > 0 {
			list = append(list, in)
		}
	}
	sortByAge(list)
	for _, in := range list {
		o := in.outbox[0]
		if o.state != MessageWaits {
			e.shift(in, timerSend, was.sendTimeout(), c.sendTimeout())
			continue
		}
		at := in.expires(o)
		if !o.blocked {
			at = min(at, cmp.Or(o.again, at))
		}
		if find(in.timers, timerSend) != nil {
			e.arm(in, timerSend, max(at, e.now))
		}
	}
}

// sends returns the spans that messages depend on.
func (c *campaign) sends() [5]int64 {
	return [5]int64{c.sendTimeout(), c.botTimeout(), int64(c.cfg.SendReplies), int64(c.cfg.SendTexts), int64(c.cfg.SendTemplates)}
}

// stepsUnder returns when overflow steps are considered again under another configuration.
// A step is the same one when it does the same to the same target: at the same place in the
// list, else at the next place that has one. A step that is new has its own time.
func stepsUnder(steps []int64, was, is []Overflow) []int64 {
	if len(steps) == 0 {
		return steps
	}
	taken := make([]bool, len(was))
	same := func(i, j int) bool {
		return i < len(was) && i < len(steps) && !taken[i] && was[i].Do == is[j].Do && was[i].Target == is[j].Target
	}
	out := make([]int64, len(is))
	for j := range is {
		i := j
		if !same(i, j) {
			for i = 0; i < len(was) && !same(i, j); i++ {
			}
		}
		if i < len(was) {
			taken[i] = true
			out[j] = stepUnder(steps[i], was[i].Every, is[j].Every)
		}
	}
	return out
}

// stepUnder returns when one step is considered again that was considered every was.
func stepUnder(at int64, was, is time.Duration) int64 {
	considered := -at
	switch {
	case at == 0 || at == stepDone:
		return at
	case at > 0:
		considered = at - int64(was)
	}
	if is == 0 {
		return -considered
	}
	return later(considered, is)
}

// retimeAgents calls f for the agents that want selects, by id.
func (e *Engine) retimeAgents(want func(*agent) bool, f func(*agent)) {
	var ids []string
	for id, a := range e.agents {
		if want(a) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		f(e.agents[id])
	}
}

// retimeWrapUp gives an agent in wrap-up the longest that the campaigns of the interactions
// that it follows say now, and what the agent extended it by.
func (e *Engine) retimeWrapUp(a *agent) {
	until, most := int64(0), int64(0)
	for _, w := range a.wraps {
		if c := e.campaigns[w.name]; c != nil {
			until = max(until, later(w.at, c.cfg.WrapUp))
			most = max(most, later(w.at, c.cfg.wrapUpMax()))
		}
	}
	a.wrapMax = most
	a.wrapUntil = max(min(later(until, a.wrapMore), most), e.now)
	e.armAgent(a, timerWrapUp, a.wrapUntil)
}

// retimeDelay gives an agent who is offered nothing the delay that the campaign says now.
func (e *Engine) retimeDelay(a *agent) {
	cfg := &e.campaigns[a.delayBy].cfg
	a.delay = max(later(a.delayFrom, cfg.delay(a.delayFor)), e.now)
	e.armAgent(a, timerDelay, a.delay)
}
