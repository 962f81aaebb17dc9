package queue

// reason is why an agent is not asked. The same values decide and explain.
type reason uint8

const (
	eligible reason = iota
	blockedReceive
	blockedOffline
	blockedPaused
	blockedLeaving
	blockedWrapUp
	blockedDelay
	blockedCall
	blockedBusy
	blockedExclusive
	blockedFull
	reasons
)

var reasonTexts = [reasons]string{
	eligible: "eligible", blockedReceive: "no receive permission", blockedOffline: "offline",
	blockedPaused: "paused", blockedLeaving: "finishing work", blockedWrapUp: "wrap-up",
	blockedDelay: "delay", blockedCall: "on a call", blockedBusy: "has another interaction",
	blockedExclusive: "has an exclusive interaction", blockedFull: "full",
}

// block says why a member gets nothing at all now, whatever waits.
func (e *Engine) block(m *member, room int) reason {
	a, mode := m.agent, m.camp.cfg.Eligibility
	switch {
	case m.cfg.NoReceive:
		return blockedReceive
	case a.state == Offline:
		return blockedOffline
	case a.state == Paused:
		return blockedPaused
	case a.afterWork:
		return blockedLeaving
	case a.wrapUntil != 0:
		return blockedWrapUp
	case a.delay != 0:
		return blockedDelay
	case mode == InCall && a.onCall:
		return blockedCall
	case (mode == InCall || mode == Interaction) && a.holds() > 0:
		return blockedBusy
	case mode != NoPause && a.exclusive > 0:
		return blockedExclusive
	case room < 1:
		return blockedFull
	case m.camp.pull != nil && !e.mayPull(m, m.candidate()):
		return blockedBusy
	}
	return eligible
}

// room is the capacity left: the smallest of the agent's, the membership's and the
// channel's.
func (m *member) room() int {
	a := m.agent
	room := min(a.limit-a.load, m.limit-m.load)
	if len(a.cfg.ChannelLimits) > 0 {
		if limit, ok := a.cfg.ChannelLimits[m.camp.cfg.Channel]; ok {
			room = min(room, limit-a.channelLoad(m.camp.cfg.Channel))
		}
	}
	return room
}

// roomIn is the capacity left for a campaign, whether or not the agent is a member.
func (a *agent) roomIn(c *campaign) int {
	if m := a.member(c); m != nil {
		return m.room()
	}
	return a.limit - a.load
}

// channelLoad is the load on one channel; only agents with such limits pay for it.
func (a *agent) channelLoad(channel string) int {
	load := 0
	for _, in := range a.has {
		if in.camp.cfg.Channel == channel && !in.parked {
			load += in.cost
		}
	}
	for _, in := range a.asked {
		if in.camp.cfg.Channel == channel {
			load += in.cost
		}
	}
	return load
}

// holds counts the interactions an agent has or is being offered, parked ones aside.
func (a *agent) holds() int { return a.active + len(a.asked) }

// member returns the agent's membership of a campaign, nil if there is none.
func (a *agent) member(c *campaign) *member {
	for _, m := range a.members {
		if m.camp == c {
			return m
		}
	}
	return nil
}

// obstacle says why a cannot be given in now, "" if nothing is in the way. It is the
// check of every manual verb and the text of every explanation.
func (e *Engine) obstacle(a *agent, in *interaction, c *campaign) string {
	m := a.member(c)
	if m == nil {
		return "not a member"
	}
	if m.blocked != eligible {
		return reasonTexts[m.blocked]
	}
	return e.mismatch(m, in)
}

// mismatch says why an eligible member does not fit this interaction.
func (e *Engine) mismatch(m *member, in *interaction) string {
	if skill := lacks(m.skills.skills, in.skills); skill != "" {
		return "lacks skill " + skill
	}
	if in.cost > m.room() {
		return reasonTexts[blockedFull]
	}
	return ""
}
