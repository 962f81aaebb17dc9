package queue

import (
	"slices"
	"strconv"
	"time"
)

func (Transfer) cause() string       { return "transfer" }
func (CancelTransfer) cause() string { return "cancel transfer" }
func (Move) cause() string           { return "move" }

// do hands an active interaction on. To an agent it is an offer: the sender keeps the
// interaction and the slot until it is answered. To a campaign it enters that queue with
// its age.
func (c Transfer) do(e *Engine) error {
	in, a, err := e.findBoth(c.Interaction, c.Agent)
	if err != nil {
		return err
	}
	switch {
	case in.phase != inAgent || in.agent != a:
		return e.refuse(ErrNotOwner, in, "")
	case in.offered != nil:
		return e.refuse(ErrTransferring, in, "")
	case (c.ToAgent == "") == (c.ToCampaign == ""):
		return e.refuse(ErrInvalid, in, "name either an agent or a campaign")
	case c.ToCampaign != "":
		return e.transferToCampaign(in, c)
	}
	return e.transferToAgent(in, c)
}

func (e *Engine) transferToAgent(in *interaction, c Transfer) error {
	to, err := e.findAgent(c.ToAgent)
	if err != nil {
		return err
	}
	if to == in.agent {
		return e.refuse(ErrInvalid, in, "the agent has it already")
	}
	if in.kept() {
		return e.refuse(ErrBlacklisted, in, "finish it, or end it")
	}
	if to.state == Offline {
		return e.refuse(ErrNotEligible, in, reasonTexts[blockedOffline])
	}
	if err := e.mayGive(in, to, in.camp, c.Override); err != nil {
		return err
	}
	ev := e.about(TransferStarted, in)
	ev.From, ev.Agent, ev.Override, ev.By, ev.Reason = in.agent.id, to.id, c.Override, c.By, c.Reason
	if t := in.camp.cfg.MaxTransferTime; t > 0 {
		ev.Until = instant(later(e.now, t))
	}
	e.askFor(in, e.emit(ev)).Transfer = true
	return nil
}

func (e *Engine) applyTransferStarted(ev *Event, in *interaction) {
	to := e.person(ev.Agent)
	in.offered, in.until, in.rung, in.asked, in.over = to, nanos(ev.Until), e.now, ev.Seq, ev.Override
	to.asked = append(to.asked, in)
	to.recount()
	e.load(to, in, +1)
	e.reindexAgent(to)
	if in.until != 0 {
		e.arm(in, timerRing, in.until)
	}
	in.spoke, in.warned = e.now, false // transferring is an act of the agent
	e.armSilence(in)
}

// transferDone gives the interaction to the agent who accepted it.
func (e *Engine) transferDone(in *interaction) {
	from := in.agent
	ev := e.about(TransferDone, in)
	ev.From, ev.Agent, ev.Override, ev.Wait = from.id, in.offered.id, in.over, time.Duration(e.now-in.taken)
	e.emit(ev)
	e.wrapUp(from, in.camp)
	e.leaveAfterWork(from)
}

func (e *Engine) applyTransferDone(in *interaction) {
	from, to, over := in.agent, in.offered, in.over
	e.unask(in)
	e.disown(in)
	from.worked, from.finished = e.now, e.now
	e.note(in, from, false)
	e.note(in, to, false)
	e.own(in, to, over)
	if m := to.member(in.camp); m != nil {
		m.answered++
	}
	to.misses = 0
	e.reindexAgent(from)
	e.reindexAgent(to)
	e.armSilence(in)
}

// transferBack returns a transfer that was not accepted to its sender, or to the queue at
// its place when the sender is gone.
func (e *Engine) transferBack(in *interaction, how string) {
	from, to := in.agent, in.offered
	ev := e.about(TransferReturned, in)
	ev.From, ev.Agent, ev.Reason = to.id, from.id, how
	switch how {
	case offerDeclined, offerMissed, offerFailed:
		ev.Until = instant(later(e.now, in.camp.declineMemory()))
	}
	if how != offerDeclined {
		e.effect(Effect{Kind: EffectRevoke, Seq: e.seq + 1, Interaction: in.id, Campaign: in.camp.id, Agent: to.id, Transfer: true})
	}
	e.emit(ev)
	if from.state == Offline {
		e.requeue(in, "", "the agent who transferred it is gone")
	}
	e.penalize(to, &in.camp.cfg, how)
}

func (e *Engine) applyTransferReturned(ev *Event, in *interaction) {
	to := in.offered
	e.unask(in)
	in.over = false
	e.note(in, to, !ev.Until.IsZero())
	if !in.customerTurn { // the agent's time begins now
		in.spoke, in.warned = e.now, false
	}
	e.armSilence(in)
	e.load(to, in, -1)
	if ev.Reason == offerMissed {
		to.misses++
	}
	e.reindexAgent(to)
}

func (c CancelTransfer) do(e *Engine) error {
	in, a, err := e.findBoth(c.Interaction, c.Agent)
	if err != nil {
		return err
	}
	switch {
	case in.phase != inAgent || in.agent != a:
		return e.refuse(ErrNotOwner, in, "")
	case in.offered == nil:
		return e.refuse(ErrNotTransferring, in, "")
	}
	e.transferBack(in, "cancelled")
	return nil
}

func (e *Engine) transferToCampaign(in *interaction, c Transfer) error {
	to, err := e.findCampaign(c.ToCampaign)
	if err != nil {
		return err
	}
	if code := e.mayEnter(in, to, c.Blocked); code != nil {
		return code
	}
	if !c.Override && to.nobodyOnDuty() && to.cfg.AtClosing != Hold {
		err := e.refuse(ErrNobodyOnDuty, in, "nobody_on_duty: it would wait for a member to log in; override to transfer it anyway")
		err.Campaign = to.id
		return err
	}
	a := in.agent
	e.move(in, to, c.By, c.Reason)
	e.leaveAfterWork(a)
	return nil
}

// mayEnter says why an interaction may not change to campaign c, nil if it may. listed is the
// verdict of c's incoming blacklist, nil = not listed.
func (e *Engine) mayEnter(in *interaction, c *campaign, listed *Block) error {
	most := in.camp.cfg.MaxHops
	if most == 0 {
		most = DefaultMaxHops
	}
	var code Code
	why := ""
	switch {
	case c == in.camp:
		code, why = ErrInvalid, "it is in that campaign already"
	case c.cfg.Disabled:
		code = ErrCampaignDisabled
	case c.cfg.IncomingBlacklist && listed != nil:
		code, why = ErrBlacklisted, listed.Reason
	case !c.open && !c.held():
		code = ErrCampaignClosed
	case c.atLimit():
		code = ErrCampaignFull
	case int(in.hops) >= most:
		code, why = ErrLoop, "it changed campaign "+strconv.Itoa(int(in.hops))+" times"
	default:
		return nil
	}
	err := e.refuse(code, in, why)
	err.Campaign = c.id
	return err
}

// nobodyOnDuty reports whether no member who may receive is logged in.
func (c *campaign) nobodyOnDuty() bool {
	return c.reasons[blockedReceive]+c.reasons[blockedOffline] == len(c.members)
}

// move changes the campaign of an interaction, wherever it is, and queues it there with
// its age.
func (e *Engine) move(in *interaction, to *campaign, by, reason string) {
	e.moveAt(in, to, in.age(), by, reason)
}

// moveAt is move with the instant its age counts from.
func (e *Engine) moveAt(in *interaction, to *campaign, since int64, by, reason string) {
	e.dropOffer(in, "moved to "+to.id)
	a := in.agent
	ev := e.about(Moved, in)
	ev.Campaign, ev.From, ev.By, ev.Reason = to.id, in.camp.id, by, reason
	ev.Skills = require(to.cfg.Skills, own(in.camp.cfg.Skills, in.wants))
	if a != nil {
		ev.Agent, ev.Wait = a.id, time.Duration(e.now-in.taken)
	} else if in.phase == inQueue {
		ev.Wait, ev.Open = time.Duration(e.now-in.entered), true
	}
	e.emit(ev)
	if a != nil {
		e.wrapUp(a, e.campaigns[ev.From])
	}
	e.enqueue(in, since, reason, nil, 0, true)
}

// own is what is left of skills without those asked for by a campaign itself.
func own(campaign, skills []Skill) []Skill {
	return slices.DeleteFunc(slices.Clone(skills), func(s Skill) bool {
		return slices.ContainsFunc(campaign, func(c Skill) bool { return c.Name == s.Name && s.Level <= max(c.Level, 1) })
	})
}

func (e *Engine) applyMoved(ev *Event, in *interaction) {
	a := in.agent
	e.release(in)
	if a != nil {
		a.worked, a.finished = e.now, e.now
		e.reindexAgent(a)
	}
	in.phase, in.bot = inBot, nil // until it is queued, at once
	e.disarm(in, timerBot)
	e.disarm(in, timerBotSilence)
	in.camp.total--
	in.camp, in.wants, in.skills, in.listed = e.line(ev.Campaign), ev.Skills, ev.Skills, false
	in.camp.total++
	in.hops++
	e.newCost(in.camp, in.cost)
	if a != nil {
		e.note(in, a, false) // asked last
	}
}

func (c Move) do(e *Engine) error {
	in, err := e.findInteraction(c.Interaction)
	if err != nil {
		return err
	}
	to, err := e.findCampaign(c.Campaign)
	if err != nil {
		return err
	}
	if err := e.mayEnter(in, to, c.Blocked); err != nil {
		return err
	}
	a := in.agent
	e.move(in, to, c.By, c.Reason)
	if a != nil {
		e.leaveAfterWork(a)
	}
	return nil
}
