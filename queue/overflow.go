package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// armOverflow sets the instant at which the next overflow step is considered: none while
// an agent or a blacklist is being asked.
func (e *Engine) armOverflow(in *interaction) {
	_, at := in.nextStep()
	e.armIf(in, timerOverflow, at > 0 && in.offered == nil && in.check == nil, at)
}

// stepDone marks an overflow step that was performed. Another negative number is the instant
// at which one that is not repeated was considered in vain.
const stepDone = -1

// nextStep returns the overflow step that comes next and its instant, 0 = none is left.
// Every step has its own time: one that is considered again and again does not keep those
// after it from theirs.
func (in *interaction) nextStep() (step int, at int64) {
	for i, s := range in.camp.cfg.Overflow {
		when := later(in.entered, s.After)
		if i < len(in.steps) && in.steps[i] != 0 {
			when = in.steps[i]
		}
		if when > 0 && (at == 0 || when < at) {
			step, at = i, when
		}
	}
	return step, at
}

// overflow considers the step that is due, once the blacklist of the campaign that it leads to
// has been asked.
func (e *Engine) overflow(in *interaction) {
	step, _ := in.nextStep()
	s := in.camp.cfg.Overflow[step]
	if e.applies(in, s) && e.possible(in, s, nil) == nil && e.asksList(in, s) {
		e.askList(in, step)
		return
	}
	e.consider(in, step, nil)
}

// consider performs an overflow step, or records why not. One that does not apply, or cannot
// be performed now, is considered again where it says so. listed is the verdict of the incoming
// blacklist of the campaign that the step leads to, nil = not listed.
func (e *Engine) consider(in *interaction, step int, listed *Block) {
	s := in.camp.cfg.Overflow[step]
	ev := e.about(Stepped, in)
	ev.Count = step + 1
	if !e.applies(in, s) {
		ev.Reason = "does not apply"
	} else if refusal := e.possible(in, s, listed); refusal != nil {
		ev.Reason = refusal.Error()
	} else {
		ev.Reason, ev.Open = string(s.Do), true
	}
	if !ev.Open && s.Every > 0 {
		// After a time that was missed it is considered once more, at the last repetition.
		ev.Until = instant(lastBeat(later(e.now, s.Every), int64(s.Every), e.limit))
	}
	if e.emit(ev); ev.Open {
		e.perform(in, s)
	}
}

func (e *Engine) applyStepped(ev *Event, in *interaction) {
	for len(in.steps) < len(in.camp.cfg.Overflow) {
		in.steps = append(in.steps, 0)
	}
	switch {
	case !ev.Until.IsZero():
		in.steps[ev.Count-1] = nanos(ev.Until)
	case ev.Open:
		in.steps[ev.Count-1] = stepDone
	default:
		in.steps[ev.Count-1] = -e.now
	}
	e.dropCheck(in)
	e.disarm(in, timerOverflow)
	if in.phase == inQueue {
		e.armOverflow(in)
	}
}

// applies evaluates the predicate of a step. Members who may not receive do not count as
// somebody to wait for.
func (e *Engine) applies(in *interaction, s Overflow) bool {
	c := in.camp
	out := c.reasons[blockedReceive] + c.reasons[blockedOffline]
	switch s.When {
	case NobodyLoggedIn:
		return c.nobodyOnDuty()
	case NobodyAvailable:
		return out+c.reasons[blockedPaused]+c.reasons[blockedLeaving] == len(c.members)
	case QueueLonger:
		return c.waiting > s.Than
	case WaitLonger:
		first := c.firstWaiting()
		return first != nil && e.now-first.entered > int64(s.Than)*int64(time.Second)
	}
	return true
}

// firstWaiting returns the first in line.
func (c *campaign) firstWaiting() (first *interaction) {
	for _, k := range c.lists {
		if _, in, ok := k.line().first(); ok && in.before(first) {
			first = in
		}
	}
	return first
}

// possible says why a step cannot be performed now.
func (e *Engine) possible(in *interaction, s Overflow, listed *Block) error {
	if s.Do != DoCampaign {
		return nil
	}
	to, err := e.findCampaign(s.Target)
	if err != nil {
		return err
	}
	if !to.open { // also where it would be held: an overflow is to shorten the wait
		err := e.refuse(ErrCampaignClosed, in, "")
		err.Campaign = to.id
		return err
	}
	return e.mayEnter(in, to, listed)
}

func (e *Engine) perform(in *interaction, s Overflow) {
	switch s.Do {
	case DoMessage:
		e.say(in, s.Text)
	case DoRelax:
		ev := e.about(Required, in)
		ev.Skills, ev.Tier = relax(slices.Clone(in.skills), *s.Relax), in.tier
		if ev.Tier < allTiers {
			ev.Tier += s.Relax.Tiers
			ev.Widened = s.Relax.Tiers
		}
		ev.Count, ev.Priority, ev.Reason = in.relaxed, in.priority, "overflow"
		e.emit(ev)
	case DoCampaign:
		e.move(in, e.campaigns[s.Target], "", "overflow")
	case DoBot:
		e.startBot(in, s.Target, PhaseOverflow)
	case DoEnd:
		e.say(in, s.Text)
		e.end(in, OutcomeTimedOut, "overflow", "")
	}
}

// announce tells a waiting customer where they stand.
func (e *Engine) announce(in *interaction) {
	cfg := in.camp.cfg.Announce
	ev := e.about(Told, in)
	ev.Position = in.camp.position(in)
	ev.Wait = in.camp.estimate(ev.Position)
	ev.Repeat = in.offered != nil || cfg.OnlyWhenNearer && in.place > 0 && ev.Position >= int(in.place)
	e.emit(ev)
	if ev.Repeat {
		return // recorded, not said
	}
	minutes := int((ev.Wait + time.Minute - 1) / time.Minute)
	e.say(in, strings.NewReplacer(
		"{position}", fmt.Sprint(ev.Position),
		"{waiting}", fmt.Sprint(in.camp.waiting),
		"{minutes}", fmt.Sprint(max(minutes, 1)),
	).Replace(cfg.Text))
}

func (e *Engine) applyTold(ev *Event, in *interaction) {
	if !ev.Repeat {
		in.place = int32(ev.Position)
	}
	in.toldAt = e.now
	e.disarm(in, timerAnnounce)
	if every := in.camp.cfg.Announce.Every; every > 0 {
		e.arm(in, timerAnnounce, later(e.now, every))
	}
}

// position is the place in line, from 1. One being offered has left the line: it is first.
func (c *campaign) position(in *interaction) int {
	if in.class == nil {
		return 1
	}
	n := 1
	for _, k := range c.lists {
		if line := k.line(); line.len() > 0 {
			n += int(line.below(in.rank))
		}
	}
	return n
}

// estimate is the expected wait at a position: the position times the mean time between
// two answers while somebody waited, an exponential mean over about the last eight. 0
// means that there is no experience yet.
func (c *campaign) estimate(position int) time.Duration {
	return time.Duration(times(c.pace, position))
}

// paced takes one answer into the estimate. The time since the last one counts if the
// queue was never empty in between: then it is the time that a place in line costs. Once
// it is empty, last is forgotten.
func (c *campaign) paced(now int64) {
	if c.last != 0 {
		gap := now - c.last
		if c.pace == 0 {
			c.pace = gap
		} else {
			c.pace += (gap - c.pace) / 8
		}
	}
	c.last = now
}

// armSilence sets the deadlines of an active interaction for the side that has to speak
// next. While a transfer is out that is not the agent: the transfer's own time decides.
func (e *Engine) armSilence(in *interaction) {
	if in.phase != inAgent || in.parked {
		return
	}
	if in.offered != nil && !in.customerTurn {
		e.disarm(in, timerCustomer)
		e.disarm(in, timerAgentSilence)
		return
	}
	s := &in.camp.cfg.Silence
	warn, last := s.AgentNudge, s.AgentReturn
	kind, other := timerAgentSilence, timerCustomer
	if in.customerTurn {
		warn, last = s.CustomerWarn, s.CustomerEnd
		kind, other = timerCustomer, timerAgentSilence
	}
	e.disarm(in, other)
	after := last
	if !in.warned && warn > 0 && (last == 0 || warn < last) {
		after = warn
	}
	e.armIf(in, kind, after > 0 && (after == last || !in.warned), later(in.spoke, after))
}

// silent acts when one side has said nothing for too long.
func (e *Engine) silent(in *interaction, kind timerKind) {
	s, a := in.camp.cfg.Silence, in.agent
	last := s.AgentReturn
	if kind == timerCustomer {
		last = s.CustomerEnd
	}
	if last == 0 || e.now < later(in.spoke, last) {
		e.warnSilent(in, kind)
		return
	}
	if kind == timerCustomer {
		e.say(in, in.camp.cfg.Texts.SilenceEnded)
		e.dropOffer(in, "customer is silent")
		e.close(in, OutcomeAbandoned, "customer is silent", "")
		return
	}
	e.requeue(in, "", "agent is silent")
	e.leaveAfterWork(a)
}

func (e *Engine) warnSilent(in *interaction, kind timerKind) {
	if kind == timerCustomer {
		e.emit(e.about(Warned, in))
		e.say(in, in.camp.cfg.Texts.SilenceWarning)
		return
	}
	ev := e.about(Nudged, in)
	ev.Agent = in.agent.id
	e.request(EffectNudge, e.emit(ev)).Agent = ev.Agent
}

func (e *Engine) applyWarned(in *interaction) {
	in.warned = true
	e.disarm(in, timerCustomer)
	e.disarm(in, timerAgentSilence)
	e.armSilence(in)
}
