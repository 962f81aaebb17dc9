package queue

import (
	"cmp"
	"slices"
	"time"
)

// enter puts an interaction in its campaign's queue for the first time there. since is
// the instant its age counts from.
func (e *Engine) enter(in *interaction, since int64, reason string) {
	p := in.preference()
	prefer, wait := p.agents, p.most
	if len(prefer) == 0 {
		prefer, wait = e.sticky(in)
	}
	e.enterFor(in, since, reason, prefer, wait)
}

// sticky returns the agent the customer had last, if the campaign wants that.
func (e *Engine) sticky(in *interaction) ([]Preferred, int64) {
	cfg := &in.camp.cfg
	if cfg.Sticky == StickyOff || in.cust == nil {
		return nil, 0
	}
	p := in.cust.last(in.camp.id)
	if p == nil || p.agent == "" {
		return nil, 0
	}
	if cfg.Sticky == StickyWait {
		return []Preferred{{Agent: p.agent}}, int64(cfg.StickyWait)
	}
	return []Preferred{{Agent: p.agent}}, 0
}

// enterFor is enter with agents to prefer. One over the campaign's limit does not get in,
// unless an agent can be asked at once, or take it at once: then it waits for no other.
func (e *Engine) enterFor(in *interaction, since int64, reason string, prefer []Preferred, wait int64) {
	if in.camp.atLimit() {
		if !e.atOnce(in) {
			e.turnOver(in)
			return
		}
		wait = 0
	}
	e.enqueue(in, since, reason, prefer, wait, false)
}

// atLimit reports whether as many wait as may. What is being offered to an agent does not
// count, nor does what the agents who see it can take now.
func (c *campaign) atLimit() bool {
	most := c.cfg.MaxInteractions
	if most == 0 || c.waiting-c.ringing < most {
		return false
	}
	if c.pull == nil || c.held() {
		return true
	}
	over := 0
	for _, k := range c.lists {
		over += max(k.line().len()-k.takers(), 0)
	}
	return over >= most
}

// atOnce reports whether an agent can be asked for in now or, where agents take interactions
// themselves, can take it now.
func (e *Engine) atOnce(in *interaction) bool {
	k := e.classOf(in, e.firstTier(in.camp), nil)
	if in.camp.pull != nil && !in.camp.held() {
		return k.line().len() < k.takers()
	}
	return in.camp.serving() && e.choose(in, k) != nil
}

// takers returns how many interactions of a class the agents who see them can take now.
func (k *class) takers() (n int) {
	if k.only != nil {
		if m := k.only.member(k.camp); m != nil && m.pool != nil && m.suits(k) {
			n = int(m.weight)
		}
	} else {
		for _, p := range k.camp.servers(k) {
			n += int(p.free.total())
		}
	}
	return n / max(k.cost, 1)
}

// turnOver ends an interaction at a full queue, after the bot or the text for it.
func (e *Engine) turnOver(in *interaction) {
	cfg := &in.camp.cfg
	if cfg.BotQueueFull != "" && !in.turnedAway {
		e.startBot(in, cfg.BotQueueFull, PhaseOverflow)
		return
	}
	e.say(in, cfg.Texts.QueueFull)
	e.end(in, OutcomeQueueFull, "", "")
}

// enqueue is the one way into a queue.
func (e *Engine) enqueue(in *interaction, since int64, reason string, prefer []Preferred, wait int64, back bool) {
	if in.kept() {
		e.end(in, OutcomeBlacklisted, blacklistedReason, "")
		return
	}
	if in.camp.ends() {
		e.endClosed(in, OutcomeOutOfHours, "closed before it reached the queue")
		return
	}
	ev := e.about(Queued, in)
	ev.Since, ev.Reason, ev.Return = instant(since), reason, back
	// "At once" is of no use where nobody is given anything now: those who could take it
	// would see it pass by, and it could wait for ever for one who does not.
	if only := e.waitFor(in, prefer, wait); only != nil && (wait > 0 || in.camp.serving()) {
		ev.Agent, ev.Prefer, ev.Wait = only.id, prefer, time.Duration(wait)
	}
	ev.Direct = wait > 0 && wait == int64(in.camp.cfg.StickyWait) && wait != in.preference().most
	ev.Tier = e.firstTier(in.camp)
	e.emit(ev)
	if in.camp.pull != nil {
		e.show(in)
	}
	if in.camp.held() || in.phase != inQueue {
		return
	}
	if in.camp.cfg.Announce.First == 0 && in.camp.cfg.Announce.Text != "" {
		e.entrants = append(e.entrants, in)
	}
}

// tellEntrants tells those who entered a queue in this step where they stand, unless an
// agent is being asked for them or has them by now.
func (e *Engine) tellEntrants() {
	for _, in := range e.entrants {
		if in.phase == inQueue && in.offered == nil && in.place == 0 && !in.camp.held() {
			e.announce(in)
		}
	}
	clear(e.entrants)
	e.entrants = e.entrants[:0]
}

// waitFor chooses the preferred agent to wait for: the best who can take it at once, else
// the best who is there, if there is time to wait. nil = anybody.
func (e *Engine) waitFor(in *interaction, prefer []Preferred, wait int64) *agent {
	if len(prefer) == 0 {
		return nil
	}
	ordered := slices.Clone(prefer)
	slices.SortStableFunc(ordered, func(a, b Preferred) int { return cmp.Compare(b.Score, a.Score) })
	var there *agent
	for _, p := range ordered {
		a := e.agents[p.Agent]
		if a == nil || a.member(in.camp) == nil || e.pausedFor(in, a) {
			continue
		}
		if e.obstacle(a, in, in.camp) == "" {
			return a
		}
		if there == nil && a.state != Offline && !a.afterWork && e.mayLater(a, in) {
			there = a
		}
	}
	if wait > 0 {
		return there
	}
	return nil
}

// mayLater reports whether only being occupied keeps a from in.
func (e *Engine) mayLater(a *agent, in *interaction) bool {
	m := a.member(in.camp)
	return !m.cfg.NoReceive && lacks(m.skills.skills, in.skills) == "" && in.cost <= min(m.limit, a.limit)
}

// firstTier is the tier that is open at queue entry, as an index of the campaign's
// distinct tiers: all of them unless they open one after the other.
func (e *Engine) firstTier(c *campaign) int {
	if c.cfg.TierWait > 0 || slices.ContainsFunc(c.cfg.Relax, func(r Relax) bool { return r.Tiers > 0 }) {
		return 0
	}
	return allTiers
}

// openTier is the highest tier when so many are open beside the first.
func (c *campaign) openTier(n int) int {
	if n >= len(c.tiers)-1 {
		return allTiers
	}
	return c.tiers[n]
}

func (e *Engine) applyQueued(ev *Event, in *interaction) {
	e.release(in)
	in.phase, in.bot, in.agent, in.parked, in.over = inQueue, nil, nil, false, false
	in.since, in.entered, in.clock = nanos(ev.Since), e.now, e.now
	in.held, in.overdue, in.breached, in.turnedAway = 0, false, false, false
	in.relaxed, in.steps, in.place, in.toldAt = 0, nil, 0, 0
	in.first, in.skills = nil, in.wants // every stay relaxes from the start
	in.tier, in.widened, in.only = ev.Tier, 0, e.person(ev.Agent)
	p := preference{agents: ev.Prefer, most: in.preference().most}
	if in.only != nil && ev.Wait > 0 {
		p.until, p.sticky = later(e.now, ev.Wait), ev.Direct
	}
	in.prefer(p)
	e.disarm(in, timerBot)
	e.disarm(in, timerBotSilence)
	in.camp.waiting++
	e.armMemory(in)
	e.armWait(in)
	e.place(in)
}

// armWait sets every deadline of waiting by the campaign's configuration.
func (e *Engine) armWait(in *interaction) {
	cfg := &in.camp.cfg
	e.armIf(in, timerBreach, cfg.ServiceLevel > 0 && !in.breached, later(later(in.entered, cfg.ServiceLevel), int64(1)))
	e.hold(in)
	e.armIf(in, timerMaxTime, cfg.MaxTime > 0 && !in.overdue && in.held == 0, later(in.clock, cfg.MaxTime))
	e.armStage(in)
	e.armOverflow(in)
	if in.place == 0 && cfg.Announce.First > 0 {
		e.armAnnounce(in)
	}
	if cfg.Announce.Text == "" {
		e.disarm(in, timerAnnounce)
	}
}

// armAnnounce sets the instant at which a customer is first told where they stand: not
// while an agent is being asked, but after that came to nothing.
func (e *Engine) armAnnounce(in *interaction) {
	cfg := &in.camp.cfg.Announce
	e.armIf(in, timerAnnounce, cfg.Text != "" && in.offered == nil, later(in.entered, cfg.First))
}

// hold stops the clock of the longest time in the queue while in is held until opening,
// and lets it go on afterwards.
func (e *Engine) hold(in *interaction) {
	switch {
	case in.camp.held() && in.held == 0:
		in.held = e.now
	case !in.camp.held() && in.held != 0:
		in.clock += e.now - in.held
		in.held = 0
	}
}

// armIf arms or disarms; a deadline that would be past acts now.
func (e *Engine) armIf(in *interaction, kind timerKind, wanted bool, at int64) {
	switch {
	case !wanted:
		e.disarm(in, kind)
	default:
		at = max(at, e.now)
		if in.deadline(kind) != at {
			e.arm(in, kind, at)
		}
	}
}

// unwait ends the waiting: what only concerns the queue is disarmed.
func (e *Engine) unwait(in *interaction) {
	e.unplace(in)
	if in.camp.waiting--; in.camp.waiting == 0 {
		in.camp.last = 0
	}
	in.only = nil
	e.dropCheck(in)
	p := in.preference()
	p.until, p.sticky = 0, false
	in.prefer(p)
	for i := len(in.timers) - 1; i >= 0; i-- {
		if t := in.timers[i]; t.kind >= timerBreach && t.kind <= timerAnnounce {
			e.disarmTimer(t)
		}
	}
}

// maxTimeOver acts at the longest time in the queue. An offer that is out may still be
// accepted; if it is not, this acts then.
func (e *Engine) maxTimeOver(in *interaction) {
	if in.offered != nil {
		ev := e.about(Overdue, in)
		e.emit(ev)
		return
	}
	e.timeOut(in)
}

func (e *Engine) timeOut(in *interaction) {
	if bot := in.camp.cfg.BotAfterWait; bot != "" {
		e.startBot(in, bot, PhaseWaiting)
		return
	}
	e.say(in, in.camp.cfg.Texts.TimedOut)
	e.end(in, OutcomeTimedOut, "", "")
}

// armStage sets the next instant at which what an interaction asks for gets easier.
func (e *Engine) armStage(in *interaction) {
	at := e.nextStage(in)
	e.armIf(in, timerStage, at > 0, at)
}

func (e *Engine) nextStage(in *interaction) int64 {
	next := int64(0)
	consider := func(at int64) {
		if next == 0 || at < next {
			next = at
		}
	}
	cfg := &in.camp.cfg
	if in.relaxed < len(cfg.Relax) {
		consider(later(in.entered, cfg.Relax[in.relaxed].After))
	}
	if e.tiersOpen(in) {
		consider(e.now)
	}
	if opened := in.waitTiers(); cfg.TierWait > 0 && opened >= 0 && in.tier < len(in.camp.tiers)-1 {
		consider(later(in.entered, times(int64(cfg.TierWait), opened+1)))
	}
	if p := in.preference(); in.only != nil && p.until > 0 {
		consider(p.until)
	}
	for _, s := range in.skills {
		if s.For > 0 {
			consider(later(in.entered, s.For))
		}
	}
	return next
}

// tiersOpen reports whether in still waits for tiers to open although the campaign no longer
// opens them one after the other.
func (e *Engine) tiersOpen(in *interaction) bool {
	return in.tier < len(in.camp.tiers)-1 && e.firstTier(in.camp) == allTiers
}

// waitTiers is how many tiers waiting alone has opened: the rest came from relax and
// overflow steps.
func (in *interaction) waitTiers() int {
	n := in.tier - in.widened
	for _, r := range in.camp.cfg.Relax[:min(in.relaxed, len(in.camp.cfg.Relax))] {
		n -= r.Tiers
	}
	return n
}

// stage makes what in asks for easier, as far as it is due.
func (e *Engine) stage(in *interaction) {
	cfg := &in.camp.cfg
	ev := e.about(Required, in)
	ev.Skills, ev.Tier, ev.Count, ev.Priority = slices.Clone(in.skills), in.tier, in.relaxed, in.priority
	for ev.Count < len(cfg.Relax) && later(in.entered, cfg.Relax[ev.Count].After) <= e.now {
		r := cfg.Relax[ev.Count]
		ev.Skills = relax(ev.Skills, r)
		ev.Tier += r.Tiers
		ev.Count++
	}
	if n := in.waitTiers(); cfg.TierWait > 0 && n >= 0 && later(in.entered, times(int64(cfg.TierWait), n+1)) <= e.now {
		ev.Tier++
	}
	if e.tiersOpen(in) {
		ev.Tier = allTiers
	}
	ev.Skills = slices.DeleteFunc(ev.Skills, func(s Skill) bool { return s.For > 0 && later(in.entered, s.For) <= e.now })
	if p := in.preference(); in.only != nil && (p.until == 0 || p.until > e.now) {
		ev.Agent = in.only.id
	}
	e.emit(ev)
}

// relax applies one ring to a list of skills.
func relax(skills []Skill, r Relax) []Skill {
	out := skills[:0]
	for _, s := range skills {
		if r.Skill == "" || r.Skill == s.Name {
			if r.Drop {
				continue
			}
			s.Level = max(s.Level-r.Lower, 1)
		}
		out = append(out, s)
	}
	return out
}

func (e *Engine) applyRequired(ev *Event, in *interaction) {
	in.skills, in.priority = ev.Skills, ev.Priority
	if ev.Direct {
		in.wants = ev.Skills
	}
	if in.phase != inQueue {
		return
	}
	in.tier, in.relaxed, in.only = ev.Tier, ev.Count, e.person(ev.Agent)
	in.widened += ev.Widened
	if in.only == nil {
		in.prefer(preference{most: in.preference().most})
	}
	if in.class != nil {
		e.unplace(in)
		e.place(in)
	}
	e.disarm(in, timerStage)
	e.armStage(in)
}

func (Reprioritize) cause() string { return "reprioritize" }

func (c Reprioritize) do(e *Engine) error {
	in, err := e.findInteraction(c.Interaction)
	if err != nil {
		return err
	}
	ev := e.about(Required, in)
	ev.Skills, ev.Tier, ev.Count, ev.Priority = in.skills, in.tier, in.relaxed, in.priority
	ev.By, ev.Reason = c.By, c.Reason
	if in.only != nil {
		ev.Agent = in.only.id
	}
	if c.Priority != nil {
		ev.Priority = *c.Priority
	}
	if c.Skills != nil {
		ev.Skills, ev.Direct = normal(*c.Skills), true
	}
	e.emit(ev)
	if in.phase == inQueue && in.offered != nil {
		if m := in.offered.member(in.camp); m != nil && lacks(m.skills.skills, in.skills) != "" {
			e.revoke(in, "lacks skill "+lacks(m.skills.skills, in.skills))
		}
	}
	return nil
}

// loosen lets those who wait for an agent that went away wait for the next or anybody.
func (e *Engine) loosen(a *agent) {
	for len(a.kept) > 0 {
		_, in, ok := a.kept[0].line().first()
		if !ok {
			return
		}
		e.preferNext(in, a, "preferred agent is gone")
	}
}

// preferNext lets an interaction that a does not take wait for the next that it prefers,
// or for anybody.
func (e *Engine) preferNext(in *interaction, a *agent, why string) {
	ev := e.about(Required, in)
	ev.Skills, ev.Tier, ev.Count, ev.Priority, ev.Reason = in.skills, in.tier, in.relaxed, in.priority, why
	p := in.preference()
	if next := e.waitFor(in, without(p.agents, a.id), p.until-e.now); next != nil {
		ev.Agent = next.id
	}
	e.emit(ev)
}

func without(list []Preferred, id string) []Preferred {
	return slices.DeleteFunc(slices.Clone(list), func(p Preferred) bool { return p.Agent == id })
}
