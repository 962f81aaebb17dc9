package queue

import (
	"cmp"
	"time"
)

// give offers a waiting interaction to a member, or assigns it where the campaign
// answers by itself.
func (e *Engine) give(in *interaction, m *member) {
	e.recent, e.recentAgent, e.recentCampaign = in, m.agent, in.camp // the events that follow name them
	if in.camp.cfg.AutoAnswer {
		ev := e.about(Answered, in)
		ev.Agent, ev.Wait, ev.Threshold, ev.Direct = m.agent.id, time.Duration(e.now-in.entered), in.camp.cfg.ServiceLevel, true
		ev.Explain = e.explain(in, m)
		e.emit(ev)
		return
	}
	ev := e.about(Offered, in)
	ev.Agent, ev.Until = m.agent.id, instant(later(e.now, in.camp.ringTime()))
	ev.Explain = e.explain(in, m)
	e.askFor(in, e.emit(ev))
}

// ringTime returns how long an offer stands.
func (c *campaign) ringTime() time.Duration { return cmp.Or(c.cfg.RingTime, DefaultRingTime) }

// rearmOffer gives an offer or a transfer that is out the deadline of the configuration,
// counted from when it was made.
func (e *Engine) rearmOffer(in *interaction) {
	span := in.camp.ringTime()
	if in.phase == inAgent {
		span = in.camp.cfg.MaxTransferTime
	}
	if in.until = 0; span > 0 {
		in.until = max(later(in.rung, span), e.now)
	}
	e.armIf(in, timerRing, in.until != 0, in.until)
}

// askFor requests that the agent of an event be shown the offer that it is.
func (e *Engine) askFor(in *interaction, ev *Event) *Effect {
	f := e.request(EffectOffer, ev)
	f.Agent, f.Until, f.Customer = ev.Agent, ev.Until, in.customerID()
	return f
}

func (in *interaction) customerID() string {
	if in.cust == nil {
		return ""
	}
	return in.cust.id
}

// show makes a waiting interaction visible to all who may take it.
func (e *Engine) show(in *interaction) {
	e.request(EffectShow, e.emit(e.about(Shown, in))).Customer = in.customerID()
}

func (e *Engine) applyOffered(ev *Event, in *interaction) {
	a := e.person(ev.Agent)
	e.unplace(in)
	e.dropCheck(in)
	e.disarm(in, timerOverflow) // it is considered again when nobody is being asked
	if in.place == 0 {
		e.disarm(in, timerAnnounce)
	}
	in.offered, in.until, in.rung, in.asked = a, nanos(ev.Until), e.now, ev.Seq
	in.camp.ringing++
	a.asked = append(a.asked, in)
	a.recount()
	if m := a.member(in.camp); m != nil {
		in.camp.turns++
		m.turn = in.camp.turns
	}
	e.noteOffer(in, a)
	e.load(a, in, +1)
	e.reindexAgent(a)
	e.arm(in, timerRing, in.until)
}

// load moves the load that in is to a.
func (e *Engine) load(a *agent, in *interaction, sign int) {
	a.load += sign * in.cost
	if m := a.member(in.camp); m != nil {
		m.load += sign * in.cost
	}
}

func (Accept) cause() string { return "accept" }

func (c Accept) do(e *Engine) error {
	in, a, err := e.findBoth(c.Interaction, c.Agent)
	if err != nil {
		return err
	}
	switch {
	case in.offered != a && in.phase == inAgent && in.agent != a && in.offered == nil:
		return e.refuse(ErrAlreadyTaken, in, "")
	case in.offered != a:
		return e.refuse(ErrNotOffered, in, "")
	case in.phase == inAgent:
		e.transferDone(in)
		return nil
	}
	e.answer(in, a, false, "", "")
	return nil
}

// answer gives a waiting interaction to an agent.
func (e *Engine) answer(in *interaction, a *agent, override bool, by, reason string) {
	ev := e.about(Answered, in)
	ev.Agent, ev.Wait, ev.Threshold = a.id, time.Duration(e.now-in.entered), in.camp.cfg.ServiceLevel
	ev.Override, ev.By, ev.Reason = override, by, reason
	ev.Direct = in.offered != a
	if ev.Direct {
		ev.Explain = e.explainGift(in, a)
	}
	e.emit(ev)
}

func (e *Engine) applyAnswered(ev *Event, in *interaction) {
	a := e.person(ev.Agent)
	offered := in.offered
	if offered != nil {
		e.unask(in)
	}
	if offered != a {
		e.noteOffer(in, a)
		e.load(a, in, +1)
		if m := a.member(in.camp); m != nil {
			in.camp.turns++
			m.turn = in.camp.turns
		}
		if offered != nil { // given to another over an offer
			e.load(offered, in, -1)
			e.reindexAgent(offered)
		}
	}
	in.camp.paced(e.now)
	e.unwait(in)
	e.own(in, a, ev.Override)
	if m := a.member(in.camp); m != nil {
		m.answered++
	}
	a.misses = 0
	if offered == a {
		e.reorder(a) // what was asked of them is what they have: nothing else changes
	} else {
		e.reindexAgent(a)
	}
	e.armSilence(in)
}

// own makes a the agent of in; its load is counted already.
func (e *Engine) own(in *interaction, a *agent, over bool) {
	in.phase, in.agent, in.last, in.taken = inAgent, a, a.id, e.now
	in.answered, in.parked, in.over = true, false, over
	in.spoke, in.customerTurn, in.warned = e.now, false, false
	a.has = append(a.has, in)
	a.recount()
	a.worked = e.now
}

// recount counts what the agent has, and of what the agent has or is asked for that which
// shuts out the rest.
func (a *agent) recount() {
	a.active, a.exclusive = 0, 0
	for _, in := range a.has {
		if in.parked {
			continue
		}
		a.active++
		if in.camp.cfg.Eligibility == InCall {
			a.exclusive++
		}
	}
	for _, in := range a.asked {
		if in.camp.cfg.Eligibility == InCall {
			a.exclusive++
		}
	}
}

// disown takes in from its agent, with its load.
func (e *Engine) disown(in *interaction) {
	a := in.agent
	a.has = remove(a.has, in)
	if !in.parked {
		e.load(a, in, -1)
	}
	a.recount()
	in.agent, in.parked, in.over = nil, false, false
	e.disarm(in, timerCustomer)
	e.disarm(in, timerAgentSilence)
}

// unask withdraws the offer of in from its agent's list; the load stays.
func (e *Engine) unask(in *interaction) {
	if in.phase == inQueue {
		in.camp.ringing--
	}
	in.offered.asked = remove(in.offered.asked, in)
	in.offered.recount()
	in.offered, in.until, in.rung, in.asked = nil, 0, 0, 0
	e.disarm(in, timerRing)
}

func remove(list []*interaction, x *interaction) []*interaction {
	for i, in := range list {
		if in == x {
			copy(list[i:], list[i+1:])
			list[len(list)-1] = nil
			return list[:len(list)-1]
		}
	}
	return list
}

func (Decline) cause() string { return "decline" }

func (c Decline) do(e *Engine) error {
	in, a, err := e.findBoth(c.Interaction, c.Agent)
	if err != nil {
		return err
	}
	if in.offered != a {
		return e.refuse(ErrNotOffered, in, "")
	}
	if in.phase == inAgent {
		e.transferBack(in, offerDeclined)
		return nil
	}
	e.offerEnd(in, offerDeclined, c.Reason)
	return nil
}

func (OfferFailed) cause() string { return "offer failed" }

func (c OfferFailed) do(e *Engine) error {
	in, a, err := e.findBoth(c.Interaction, c.Agent)
	if err != nil {
		return err
	}
	if in.offered != a {
		return e.refuse(ErrNotOffered, in, "")
	}
	if in.phase == inAgent {
		e.transferBack(in, offerFailed)
		return nil
	}
	e.offerEnd(in, offerFailed, c.Reason)
	return nil
}

// How an offer ends without an answer.
const (
	offerDeclined = "declined"
	offerMissed   = "missed"
	offerFailed   = "failed"
	offerRevoked  = "revoked"
	offerRequeued = "requeued" // taken back by somebody, for others first
)

func (e *Engine) ringOver(in *interaction) {
	if in.phase == inAgent {
		e.transferBack(in, offerMissed)
		return
	}
	e.offerEnd(in, offerMissed, "")
}

// offerEnd puts an offered interaction back at its place, and says what that means for
// the agent.
func (e *Engine) offerEnd(in *interaction, how, why string) { e.offerEndBy(in, how, why, "") }

// offerEndBy is offerEnd by a person.
func (e *Engine) offerEndBy(in *interaction, how, why, by string) {
	a := in.offered
	cfg := &in.camp.cfg
	ev := e.about(OfferEnd, in)
	ev.Agent, ev.Reason, ev.From, ev.By = a.id, how, why, by
	if how != offerRevoked {
		ev.Until = instant(later(e.now, in.camp.declineMemory()))
	}
	if how != offerDeclined {
		e.effect(Effect{Kind: EffectRevoke, Seq: e.seq + 1, Interaction: in.id, Campaign: in.camp.id, Agent: a.id})
	}
	e.emit(ev)
	e.penalize(a, cfg, how)
	switch {
	case in.overdue:
		e.timeOut(in)
	case in.only == a && (in.preference().until == 0 || how != offerRevoked):
		e.preferNext(in, a, "preferred agent "+how)
	}
	if in.phase == inQueue && in.camp.pull != nil {
		e.show(in)
	}
}

// penalize gives an agent who let an offer go the delay for it, or the pause after too
// many.
func (e *Engine) penalize(a *agent, cfg *Campaign, how string) {
	if how == offerMissed && a.misses >= cmp.Or(cfg.AutoPauseMisses, DefaultAutoPauseMisses) && a.state == Available {
		e.put(Event{Kind: AgentStated, Agent: a.id, State: Paused, Reason: "missed offers"})
		e.releaseOffers(a, "agent paused")
		return
	}
	delay := cfg.delay(how)
	if until := later(e.now, delay); delay > 0 && until > a.delay { // a longer one goes on
		e.put(Event{Kind: AgentDelayed, Agent: a.id, Campaign: cfg.ID, Until: instant(until), Reason: how})
	}
}

// delay returns how long an agent is offered nothing after an offer ended like that.
func (c *Campaign) delay(how string) time.Duration {
	switch how {
	case offerDeclined:
		return c.DeclineDelay
	case offerMissed:
		return c.MissDelay
	case offerFailed:
		return c.FailDelay
	}
	return 0
}

// revoke takes back an offer to an agent who can no longer have it.
func (e *Engine) revoke(in *interaction, why string) {
	if in.phase == inAgent {
		e.transferBack(in, why)
		return
	}
	e.offerEnd(in, offerRevoked, why)
}

// dropOffer tells the agent being asked that there is nothing to ask any more; the event
// that follows frees them.
func (e *Engine) dropOffer(in *interaction, why string) {
	if in.offered != nil {
		e.dropOfferUntil(in, why, 0)
	}
}

// dropOfferUntil is dropOffer for an agent who is not to be asked again before until, 0 = no
// pause.
func (e *Engine) dropOfferUntil(in *interaction, why string, until int64) {
	ev := e.about(OfferEnd, in)
	ev.Agent, ev.Reason, ev.From, ev.Until = in.offered.id, offerRevoked, why, instant(until)
	e.effect(Effect{Kind: EffectRevoke, Seq: e.seq + 1, Interaction: in.id, Campaign: in.camp.id, Agent: in.offered.id})
	e.emit(ev)
}

func (e *Engine) applyOfferEnd(ev *Event, in *interaction) {
	a := in.offered
	e.unask(in)
	e.load(a, in, -1)
	if ev.Reason == offerMissed {
		a.misses++
	}
	e.note(in, a, !ev.Until.IsZero())
	e.reindexAgent(a)
	if in.phase == inQueue && !in.overdue { // else its end follows
		e.armOverflow(in)
		if in.place == 0 {
			e.armAnnounce(in)
		}
		e.place(in)
	}
}

func (Take) cause() string { return "take" }

// do gives a waiting interaction to the agent who reaches for it, under the same rules
// as being given it; only a decline of before is forgotten.
func (c Take) do(e *Engine) error {
	in, a, err := e.findBoth(c.Interaction, c.Agent)
	if err != nil {
		return err
	}
	switch {
	case in.phase == inAgent && in.agent == a:
		return nil // taken before: the same wish, said twice
	case in.phase == inAgent, in.offered != nil && in.offered != a:
		return e.refuse(ErrAlreadyTaken, in, "")
	case in.phase != inQueue:
		return e.refuse(ErrNotWaiting, in, "")
	}
	if in.offered != a {
		if err := e.mayTake(in, a, c.Override); err != nil {
			return err
		}
	}
	e.answer(in, a, c.Override && in.offered != a, "", "")
	return nil
}

// mayTake is mayGive, and keeps to what is meant for somebody else or for later.
func (e *Engine) mayTake(in *interaction, a *agent, override bool) error {
	if err := e.mayGive(in, a, in.camp, override); err != nil || override {
		return err
	}
	why := e.reserved(a.member(in.camp), in)
	if why == "" {
		return nil
	}
	err := e.refuse(ErrNotEligible, in, why)
	err.Agent = a.id
	return err
}

// mayGive is the capacity and eligibility check of every manual verb.
func (e *Engine) mayGive(in *interaction, a *agent, c *campaign, override bool) error {
	if override {
		return nil
	}
	why := e.obstacle(a, in, c)
	if why == "" {
		return nil
	}
	err := e.refuse(ErrNotEligible, in, why)
	err.Agent = a.id
	return err
}

func (Assign) cause() string { return "assign" }

func (c Assign) do(e *Engine) error {
	in, a, err := e.findBoth(c.Interaction, c.Agent)
	if err != nil {
		return err
	}
	switch {
	case in.phase == inAgent && in.agent == a && in.offered == nil:
		return nil
	case in.phase == inAgent || in.phase == inBot:
		return e.refuse(ErrNotWaiting, in, "")
	}
	if in.offered != a {
		if err := e.mayGive(in, a, in.camp, c.Override); err != nil {
			return err
		}
		e.dropOffer(in, "assigned to "+a.id)
	}
	e.answer(in, a, c.Override, c.By, c.Reason)
	return nil
}
