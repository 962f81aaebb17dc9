package queue

import (
	"slices"
	"time"
)

func (AgentState) cause() string { return "agent state" }
func (AgentCall) cause() string  { return "agent call" }
func (Heartbeat) cause() string  { return "heartbeat" }
func (WrapUp) cause() string     { return "wrap-up" }

// do changes an agent's state. Going offline or pausing revokes offers at once; active
// interactions stay unless they are to be requeued.
func (c AgentState) do(e *Engine) error {
	a, err := e.findAgent(c.Agent)
	if err != nil {
		return err
	}
	if c.State != Offline && c.State != Available && c.State != Paused {
		return &Error{Command: e.cause, Code: ErrInvalid, Agent: a.id, Reason: "unknown state " + string(c.State) + "; valid: offline, available, paused"}
	}
	if c.State == Available {
		c.AfterWork = false
	}
	if a.state == c.State && a.reason == c.Reason && a.afterWork == c.AfterWork && !c.Requeue {
		return Heartbeat{Agent: a.id}.do(e)
	}
	if c.AfterWork && !c.Requeue && (a.active > 0 || a.wrapUntil != 0) && a.state != Offline {
		e.put(Event{Kind: AgentStated, Agent: a.id, State: c.State, Reason: c.Reason, AfterWork: true, By: c.By})
		e.releaseOffers(a, "agent is finishing work")
		return nil
	}
	e.setState(a, c.State, c.Reason, c.By)
	if c.Requeue {
		e.giveBack(a, c.By, "agent is "+string(c.State))
	}
	return nil
}

// setState changes the state for good and lets go what may not stay.
func (e *Engine) setState(a *agent, s State, reason, by string) {
	e.put(Event{Kind: AgentStated, Agent: a.id, State: s, Reason: reason, By: by})
	if s == Available {
		return
	}
	e.releaseOffers(a, "agent is "+string(s))
	if s == Offline {
		e.loosen(a)
	}
}

// releaseOffers revokes what a is being asked; every interaction keeps its age. Revoking
// one may end or move others, so each is looked at again.
func (e *Engine) releaseOffers(a *agent, why string) {
	for _, in := range slices.Clone(a.asked) {
		if in.offered == a {
			e.revoke(in, why)
		}
	}
}

// giveBack returns what a has to the queues.
func (e *Engine) giveBack(a *agent, by, why string) {
	for _, in := range slices.Clone(a.has) {
		if in.agent != a {
			continue
		}
		if in.offered != nil {
			e.transferBack(in, why)
		}
		if in.agent == a {
			e.requeue(in, by, why)
		}
	}
}

// leaveAfterWork completes "finish what you have, then …".
func (e *Engine) leaveAfterWork(a *agent) {
	if a.afterWork && a.active == 0 && a.wrapUntil == 0 {
		e.setState(a, a.next, a.reason, "")
	}
}

func (e *Engine) applyAgentStated(ev *Event, a *agent) {
	if ev.AfterWork {
		a.afterWork, a.next, a.reason = true, ev.State, ev.Reason
		e.reindexAgent(a)
		return
	}
	if ev.State == Available && a.state != Available {
		a.ready = e.now
	}
	a.state, a.reason, a.afterWork, a.next = ev.State, ev.Reason, false, ""
	if a.state == Available {
		a.misses = 0
	}
	if a.state != Available {
		a.delay, a.delayFrom, a.delayBy, a.delayFor = 0, 0, "", ""
		e.disarmAgent(a, timerDelay)
	}
	if a.state == Offline {
		a.wrapUntil, a.wraps, a.wrapMore = 0, nil, 0
		e.disarmAgent(a, timerWrapUp)
	}
	e.renewLease(a)
	e.reindexAgent(a)
}

func (c AgentCall) do(e *Engine) error {
	a, err := e.findAgent(c.Agent)
	if err != nil || a.onCall == c.OnCall {
		return err
	}
	e.put(Event{Kind: AgentOnCall, Agent: a.id, Open: c.OnCall})
	// An offer that the mode would not make now is withdrawn.
	for _, in := range slices.Clone(a.asked) {
		if c.OnCall && in.offered == a && in.phase == inQueue && in.camp.cfg.Eligibility == InCall {
			e.revoke(in, "agent is on a call")
		}
	}
	return nil
}

func (e *Engine) applyAgentOnCall(ev *Event, a *agent) {
	a.onCall = ev.Open
	e.reindexAgent(a)
}

// do renews the lease, which lasts in full from here. Each renewal is an event: a lease that
// outlives a restart must not end early.
func (c Heartbeat) do(e *Engine) error {
	a, err := e.findAgent(c.Agent)
	if err != nil {
		return err
	}
	lease := int64(a.cfg.Lease)
	until := later(e.now, lease)
	if a.state == Offline || lease == 0 || a.lease == until {
		return nil
	}
	e.put(Event{Kind: AgentAlive, Agent: a.id, Until: instant(until)})
	return nil
}

// renewLease starts the lease of an agent who is there.
func (e *Engine) renewLease(a *agent) {
	if a.state == Offline || a.cfg.Lease == 0 {
		a.lease = 0
		e.disarmAgent(a, timerLease)
		return
	}
	a.lease = later(e.now, a.cfg.Lease)
	e.armAgent(a, timerLease, a.lease)
}

// changeLease gives an agent who is there another lease, which counts from when the agent
// was last heard of. was is the length of the present one.
func (e *Engine) changeLease(a *agent, was time.Duration) {
	if a.lease == 0 || a.cfg.Lease == 0 || a.state == Offline {
		e.renewLease(a)
		return
	}
	a.lease = max(later(a.lease-int64(was), a.cfg.Lease), e.now)
	e.armAgent(a, timerLease, a.lease)
}

// lapse is what happens when nothing was heard of an agent for the lease.
func (e *Engine) lapse(a *agent) {
	e.setState(a, Offline, "presence lapsed", "")
	if a.cfg.Lapse == LapseRequeue {
		e.giveBack(a, "", "presence lapsed")
	}
}

func (c WrapUp) do(e *Engine) error {
	a, err := e.findAgent(c.Agent)
	if err != nil {
		return err
	}
	switch {
	case a.wrapUntil == 0:
		return &Error{Command: e.cause, Code: ErrInvalid, Agent: a.id, Reason: "agent is not in wrap-up"}
	case c.For == 0:
		e.put(Event{Kind: AgentWrapUp, Agent: a.id})
		e.leaveAfterWork(a)
		return nil
	}
	until := min(later(a.wrapUntil, c.For), a.wrapMax)
	if until > a.wrapUntil {
		e.put(Event{Kind: AgentWrapUp, Agent: a.id, Until: instant(until)})
	}
	return nil
}

func (e *Engine) applyAgentWrapUp(ev *Event, a *agent) {
	switch {
	case ev.Until.IsZero():
		a.wrapFrom, a.wrapUntil, a.wrapMax, a.wrapMore, a.wraps = 0, 0, 0, 0, a.wraps[:0]
		e.disarmAgent(a, timerWrapUp)
	case ev.Wait > 0: // begins; one that is under way goes on at least as long
		if a.wrapUntil == 0 {
			a.wrapFrom = e.now
		}
		a.wraps = setStamp(a.wraps, ev.Campaign, e.now)
		a.wrapMax = max(a.wrapMax, later(e.now, ev.Wait))
		a.wrapUntil = max(a.wrapUntil, nanos(ev.Until))
		e.armAgent(a, timerWrapUp, a.wrapUntil)
	default:
		a.wrapMore += nanos(ev.Until) - a.wrapUntil
		a.wrapUntil = nanos(ev.Until)
		e.armAgent(a, timerWrapUp, a.wrapUntil)
	}
	e.reindexAgent(a)
}

func (e *Engine) applyAgentDelayed(ev *Event, a *agent) {
	a.delay, a.delayFrom, a.delayBy, a.delayFor = nanos(ev.Until), e.now, ev.Campaign, ev.Reason
	if a.delay == 0 {
		a.delayFrom = 0
		e.disarmAgent(a, timerDelay)
	} else {
		e.armAgent(a, timerDelay, a.delay)
	}
	e.reindexAgent(a)
}
