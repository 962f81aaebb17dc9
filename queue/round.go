package queue

// This file decides which agents may be asked for an interaction again, and when.
//
// An interaction keeps the list of agents who were asked for it, or who had it and gave it
// back, until it ends. An agent who is not in the list precedes every agent who is; the
// strategy orders the former. The latter are asked again in the order of the list, the one
// asked longest ago first, so that between two offers to one agent every other agent who
// could be asked has been. A round ends when an agent who was asked in it is asked again.

// asking is one agent in that list.
type asking struct {
	agent *agent
	round int   // of the last offer
	pause bool  // the agent is not asked again before the decline memory has passed
	ended int64 // the pause counts from then, 0 = there is no pause
}

// note puts a at the end of the list of agents asked. pause keeps in from being offered to a
// again before the campaign's decline memory has passed.
func (e *Engine) note(in *interaction, a *agent, pause bool) {
	x := asking{agent: a, round: in.round, pause: pause}
	if pause {
		x.ended = e.now
	}
	if i := in.noted(a); i >= 0 {
		copy(in.history[i:], in.history[i+1:])
		in.history[len(in.history)-1] = x
	} else {
		in.history = append(in.history, x)
	}
	e.armMemory(in)
}

// noteOffer is note for an offer: one to an agent who was asked in this round begins the
// next.
func (e *Engine) noteOffer(in *interaction, a *agent) {
	if i := in.noted(a); i >= 0 && in.history[i].round == in.round {
		in.round++
	}
	e.note(in, a, false)
}

// noted returns the place of a in the list of agents asked, −1 if a is not in it.
func (in *interaction) noted(a *agent) int {
	for i := len(in.history) - 1; i >= 0; i-- {
		if in.history[i].agent == a {
			return i
		}
	}
	return -1
}

// askedThisRound reports whether a was asked for in in the current round.
func (in *interaction) askedThisRound(a *agent) bool {
	i := in.noted(a)
	return i >= 0 && in.history[i].round == in.round
}

// pauseEnds returns the instant at which the agent may be asked again, 0 = now.
func (in *interaction) pauseEnds(x *asking) int64 {
	if !x.pause {
		return 0
	}
	return later(x.ended, in.camp.declineMemory())
}

// pausedFor reports whether a may not be asked for in yet, having declined or missed it.
func (e *Engine) pausedFor(in *interaction, a *agent) bool {
	i := in.noted(a)
	return i >= 0 && in.pauseEnds(&in.history[i]) > e.now
}

// pauses reports whether any agent may not be asked for in yet.
func (e *Engine) pauses(in *interaction) bool {
	for i := range in.history {
		if in.pauseEnds(&in.history[i]) > e.now {
			return true
		}
	}
	return false
}

// markAsked marks the agents who were asked for in, for wasAsked. The marks last until the
// next call.
func (e *Engine) markAsked(in *interaction) {
	e.mark++
	for i := range in.history {
		in.history[i].agent.mark = e.mark
	}
}

// wasAsked reports whether a was marked by the last call of markAsked.
func (e *Engine) wasAsked(a *agent) bool { return a.mark == e.mark }

// askAgain returns the member asked longest ago of those who may be asked again and can
// serve k, nil if there is none.
func (e *Engine) askAgain(in *interaction, k *class) *member {
	for i := range in.history {
		x := &in.history[i]
		if in.pauseEnds(x) > e.now {
			continue
		}
		if m := x.agent.member(k.camp); m != nil && m.pool != nil && m.pool.serves(k) {
			return m
		}
	}
	return nil
}

func (c *campaign) declineMemory() int64 {
	if c.cfg.DeclineMemory > 0 {
		return int64(c.cfg.DeclineMemory)
	}
	return int64(DefaultDeclineMemory)
}

// armMemory sets the instant at which the first paused agent may be asked again. Only what
// waits asks anyone.
func (e *Engine) armMemory(in *interaction) {
	first := int64(0)
	for i := range in.history {
		if ends := in.pauseEnds(&in.history[i]); ends > e.now && (first == 0 || ends < first) {
			first = ends
		}
	}
	e.armIf(in, timerMemory, first > 0 && in.phase == inQueue, first)
}

// applyForgave ends the pauses that are over. The agents stay in the list.
func (e *Engine) applyForgave(in *interaction) {
	for i := range in.history {
		if x := &in.history[i]; in.pauseEnds(x) <= e.now {
			x.pause, x.ended = false, 0
		}
	}
	e.disarm(in, timerMemory)
	e.armMemory(in)
	if in.class != nil {
		e.wake(in)
	}
}
