package queue

import (
	"cmp"
	"time"
)

func (Finish) cause() string  { return "finish" }
func (Leave) cause() string   { return "leave" }
func (End) cause() string     { return "end" }
func (Requeue) cause() string { return "requeue" }

// do ends the agent's part: the slot is free, wrap-up begins, and the bot on end follows.
func (c Finish) do(e *Engine) error {
	in, a, err := e.findBoth(c.Interaction, c.Agent)
	if err != nil {
		return err
	}
	if in.phase != inAgent || in.agent != a {
		return e.refuse(ErrNotOwner, in, "")
	}
	e.dropOffer(in, "finished")
	e.finish(in, c.Disposition, c.Disposition)
	if bot := in.camp.cfg.BotOnEnd; bot != "" && !c.NoBot && !in.kept() {
		e.startBot(in, bot, PhaseEnd)
	} else {
		e.end(in, OutcomeAnswered, c.Disposition, "")
	}
	e.leaveAfterWork(a)
	return nil
}

// finish ends the part of the agent who has in. The disposition is what the agent said, the
// reason what ended it.
func (e *Engine) finish(in *interaction, reason, disposition string) {
	a := in.agent
	ev := e.about(Finished, in)
	ev.Agent, ev.Reason, ev.Wait = a.id, reason, time.Duration(e.now-in.taken)
	ev.Disposition = disposition
	e.emit(ev)
	e.wrapUp(a, in.camp)
}

// wrapUp begins the agent's wrap-up after an interaction of c.
func (e *Engine) wrapUp(a *agent, c *campaign) {
	if w := c.cfg.WrapUp; w > 0 && a.state != Offline {
		e.put(Event{Kind: AgentWrapUp, Agent: a.id, Campaign: c.id, Until: instant(later(e.now, w)), Wait: c.cfg.wrapUpMax()})
	}
}

// wrapUpMax returns how long a wrap-up lasts at most, with extensions.
func (c *Campaign) wrapUpMax() time.Duration {
	return max(cmp.Or(c.WrapUpMax, 3*c.WrapUp), c.WrapUp)
}

func (e *Engine) applyFinished(ev *Event, in *interaction) {
	a := in.agent
	in.disposition = ev.Disposition
	if ev.Disposition == "" && ev.Cause == (Finish{}).cause() {
		in.disposition = ev.Reason // earlier versions had no field of its own
	}
	e.disown(in)
	a.worked, a.finished = e.now, e.now
	in.phase = inBot // for the bot on end, or for the end that follows
	e.reindexAgent(a)
}

// end is the one way out. The outcome of an interaction that an agent had is answered,
// whatever ended it.
func (e *Engine) end(in *interaction, outcome Outcome, reason, by string) {
	e.emit(e.ended(in, outcome, reason, by))
}

// ended begins the event of end.
func (e *Engine) ended(in *interaction, outcome Outcome, reason, by string) *Event {
	segment := outcome
	if in.answered && outcome != OutcomeMerged {
		outcome = OutcomeAnswered
	}
	ev := e.about(Ended, in)
	ev.Outcome, ev.Reason, ev.By, ev.Agent = outcome, reason, by, in.last
	ev.Outbound, ev.Disposition = in.outbound, in.disposition
	if in.phase == inQueue {
		ev.Wait, ev.Open = time.Duration(e.now-in.entered), true
		ev.Threshold, ev.Segment = in.camp.cfg.ServiceLevel, segment
	}
	return ev
}

func (e *Engine) applyEnded(ev *Event, in *interaction) {
	e.release(in)
	if in.cust != nil {
		in.cust.setLast(past{
			campaign: in.camp.id, interaction: in.id, agent: in.last, at: e.now, since: in.since,
			outcome: ev.Outcome, vars: in.vars,
		})
		if !ev.Since.IsZero() {
			in.cust.told = setStamp(in.cust.told, in.camp.id, nanos(ev.Since))
		}
		e.touch(in.cust)
	}
	e.applyOver(in)
	e.dropEnded(in)
}

// release takes in from whoever has it.
func (e *Engine) release(in *interaction) {
	if in.offered != nil {
		a := in.offered
		e.unask(in)
		e.load(a, in, -1)
		e.reindexAgent(a)
	}
	switch in.phase {
	case inQueue:
		e.unwait(in)
	case inAgent:
		a := in.agent
		e.disown(in)
		e.reindexAgent(a)
	}
}

// applyOver makes in nobody's. It stays until its last messages are out.
func (e *Engine) applyOver(in *interaction) {
	in.phase, in.bot = inEnd, nil
	in.camp.total--
	if in.cust != nil {
		in.cust.open = remove(in.cust.open, in)
	}
	for i := len(in.timers) - 1; i >= 0; i-- {
		if in.timers[i].kind != timerSend {
			e.disarmTimer(in.timers[i])
		}
	}
}

// dropEnded forgets an interaction that has ended and has nothing left to send.
func (e *Engine) dropEnded(in *interaction) {
	if in.phase == inEnd && len(in.outbox) == 0 {
		delete(e.interactions, in.id)
		if e.recent == in {
			e.recent = nil
		}
		if len(e.over) < maxBlank {
			e.over = append(e.over, in)
		}
	}
}

// maxBlank bounds how many forgotten interactions are kept to be used again.
const maxBlank = 1024

// reuse makes what was forgotten in earlier steps available: nobody looks at it now.
func (e *Engine) reuse() {
	for _, in := range e.over {
		if len(e.blank) < maxBlank {
			e.blank = append(e.blank, in)
		}
	}
	clear(e.over)
	e.over = e.over[:0]
}

// maxHistory bounds the room for agents asked that is kept to be used again.
const maxHistory = 64

// fresh returns room for an interaction.
func (e *Engine) fresh() *interaction {
	n := len(e.blank)
	if n == 0 {
		return &interaction{}
	}
	in := e.blank[n-1]
	e.blank[n-1] = nil
	e.blank = e.blank[:n-1]
	timers, history := in.timers[:0], in.history[:0]
	if cap(history) > maxHistory {
		history = nil
	}
	*in = interaction{}
	in.timers, in.history = timers, history
	return in
}

// do is the customer giving up. While an agent has the interaction it only ends there
// when the agent finishes; leaving is for those who wait or talk to a bot.
func (c Leave) do(e *Engine) error {
	in, err := e.findInteraction(c.Interaction)
	if err != nil {
		return err
	}
	e.leave(in, c.Reason)
	return nil
}

func (e *Engine) leave(in *interaction, reason string) {
	e.dropOffer(in, "customer left")
	if reason == "left by keyword" {
		e.say(in, in.camp.cfg.Texts.Left)
	}
	e.close(in, OutcomeAbandoned, reason, "")
}

// close ends an interaction wherever it is; an agent who has it finishes with it.
func (e *Engine) close(in *interaction, outcome Outcome, reason, by string) {
	var a *agent
	if in.phase == inAgent {
		a = in.agent
		e.finish(in, reason, "")
	}
	e.end(in, outcome, reason, by)
	if a != nil {
		e.leaveAfterWork(a)
	}
}

func (c End) do(e *Engine) error {
	in, err := e.findInteraction(c.Interaction)
	if err != nil {
		return err
	}
	if c.Blacklisted {
		e.customerListed(in, Block{Reason: c.Reason}, c.By)
		return nil
	}
	e.dropOffer(in, "ended")
	e.close(in, OutcomeAbandoned, c.Reason, c.By)
	return nil
}

func (c Requeue) do(e *Engine) error {
	in, err := e.findInteraction(c.Interaction)
	if err != nil {
		return err
	}
	if in.phase == inQueue && in.offered == nil {
		return nil
	}
	if in.phase == inQueue {
		e.offerEndBy(in, offerRequeued, c.Reason, c.By)
		return nil
	}
	e.requeue(in, c.By, c.Reason)
	return nil
}

// requeue puts an interaction that an agent or a bot has back in the queue with its age.
func (e *Engine) requeue(in *interaction, by, reason string) {
	until := later(e.now, in.camp.declineMemory()) // others first
	if in.offered != nil {
		e.dropOfferUntil(in, "requeued", until)
	}
	a := in.agent
	ev := e.about(Requeued, in)
	ev.By, ev.Reason = by, reason
	if a != nil {
		ev.Agent, ev.Wait = a.id, time.Duration(e.now-in.taken)
		ev.Until = instant(until)
	}
	e.emit(ev)
	e.enqueue(in, in.age(), reason, nil, 0, true)
	if a != nil {
		e.leaveAfterWork(a)
	}
}

// age is the instant that an interaction's place in a queue counts from.
func (in *interaction) age() int64 {
	if in.since != 0 {
		return in.since
	}
	return in.opened
}

func (e *Engine) applyRequeued(ev *Event, in *interaction) {
	a := in.agent
	e.release(in)
	if a != nil {
		e.note(in, a, !ev.Until.IsZero())
	}
	in.phase, in.bot = inBot, nil // until it is queued, at once
	e.disarm(in, timerBot)
	e.disarm(in, timerBotSilence)
}

func (Park) cause() string   { return "park" }
func (Resume) cause() string { return "resume" }

func (c Park) do(e *Engine) error {
	in, a, err := e.findBoth(c.Interaction, c.Agent)
	if err != nil {
		return err
	}
	switch {
	case in.phase != inAgent || in.agent != a:
		return e.refuse(ErrNotOwner, in, "")
	case in.offered != nil:
		return e.refuse(ErrTransferring, in, "")
	case in.parked:
		return nil
	}
	ev := e.about(Parked, in)
	ev.Agent = a.id
	e.emit(ev)
	e.leaveAfterWork(a)
	return nil
}

func (c Resume) do(e *Engine) error {
	in, a, err := e.findBoth(c.Interaction, c.Agent)
	if err != nil {
		return err
	}
	switch {
	case in.phase != inAgent || in.agent != a:
		return e.refuse(ErrNotOwner, in, "")
	case !in.parked:
		return nil
	case !c.Override && a.roomIn(in.camp) < in.cost:
		return e.refuse(ErrNotEligible, in, reasonTexts[blockedFull])
	}
	e.resume(in, "resumed")
	return nil
}

// resume takes an interaction off hold, over the limit if need be; the event says so.
func (e *Engine) resume(in *interaction, reason string) {
	ev := e.about(Resumed, in)
	ev.Agent, ev.Reason = in.agent.id, reason
	ev.Override = in.agent.roomIn(in.camp) < in.cost
	e.emit(ev)
}

func (e *Engine) applyParked(in *interaction) {
	a := in.agent
	in.parked = true
	e.load(a, in, -1)
	a.recount()
	e.disarm(in, timerCustomer)
	e.disarm(in, timerAgentSilence)
	e.reindexAgent(a)
}

func (e *Engine) applyResumed(ev *Event, in *interaction) {
	a := in.agent
	in.parked, in.over = false, ev.Override
	in.spoke, in.warned = e.now, false // the time on hold was nobody's silence
	e.load(a, in, +1)
	a.recount()
	e.armSilence(in)
	e.reindexAgent(a)
}
