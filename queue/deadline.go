package queue

// Deadlines are part of the state: they are armed and disarmed while events are folded.

func (e *Engine) arm(in *interaction, kind timerKind, at int64) {
	t := find(in.timers, kind)
	if t == nil {
		t = e.newTimer(kind)
		t.interaction = in
		in.timers = append(in.timers, t)
	}
	t.at = at
	e.timers.set(t)
}

// disarm is called for every deadline that might be armed: mostly none is.
func (e *Engine) disarm(in *interaction, kind timerKind) {
	if len(in.timers) > 0 {
		e.disarmKind(in, kind)
	}
}

func (e *Engine) disarmKind(in *interaction, kind timerKind) {
	if t := find(in.timers, kind); t != nil {
		e.disarmTimer(t)
	}
}

func (e *Engine) armAgent(a *agent, kind timerKind, at int64) {
	t := find(a.timers, kind)
	if t == nil {
		t = e.newTimer(kind)
		t.agent = a
		a.timers = append(a.timers, t)
	}
	t.at = at
	e.timers.set(t)
}

func (e *Engine) disarmAgent(a *agent, kind timerKind) {
	if t := find(a.timers, kind); t != nil {
		e.disarmTimer(t)
	}
}

func (e *Engine) armCampaign(c *campaign, kind timerKind, at int64) {
	t := find(c.timers, kind)
	if t == nil {
		t = e.newTimer(kind)
		t.campaign = c
		c.timers = append(c.timers, t)
	}
	t.at = at
	e.timers.set(t)
}

func (e *Engine) disarmCampaign(c *campaign, kind timerKind) {
	if t := find(c.timers, kind); t != nil {
		e.disarmTimer(t)
	}
}

// disarmTimer takes a deadline from the heap and from its owner.
func (e *Engine) disarmTimer(t *timer) {
	e.timers.cut(t)
	switch {
	case t.interaction != nil:
		t.interaction.timers = drop(t.interaction.timers, t)
	case t.agent != nil:
		t.agent.timers = drop(t.agent.timers, t)
	case t.campaign != nil:
		t.campaign.timers = drop(t.campaign.timers, t)
	case t.account != nil:
		t.kind = noTimer
		return
	default:
		return // the engine's own sweep
	}
	*t = timer{pos: -1}
	e.spare = append(e.spare, t)
}

// deadline returns when a kind is due for in, 0 if it is not armed.
func (in *interaction) deadline(kind timerKind) int64 {
	if t := find(in.timers, kind); t != nil {
		return t.at
	}
	return 0
}

func (e *Engine) newTimer(kind timerKind) *timer {
	if n := len(e.spare); n > 0 {
		t := e.spare[n-1]
		e.spare = e.spare[:n-1]
		t.kind = kind
		return t
	}
	return &timer{pos: -1, kind: kind}
}

func find(list []*timer, kind timerKind) *timer {
	for _, t := range list {
		if t.kind == kind {
			return t
		}
	}
	return nil
}

// drop removes x from list without keeping the order of timers, which means nothing.
func drop(list []*timer, x *timer) []*timer {
	for i, t := range list {
		if t == x {
			last := len(list) - 1
			list[i], list[last] = list[last], nil
			return list[:last]
		}
	}
	return list
}
