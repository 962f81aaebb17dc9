package proptest

import (
	"slices"

	"github.com/usher-go/usher/queue"
)

// The phases of an interaction in a snapshot.
const (
	withBot   = 0
	waiting   = 1
	withAgent = 2
	ended     = 3
)

// state is a snapshot, to look things up in.
type state struct {
	queue.Snapshot
	agents       map[string]queue.AgentSnap
	interactions map[string]queue.InteractionSnap
	campaigns    map[string]campaign
}

type campaign struct{ queue.CampaignSnap }

func (c campaign) held() bool { return !c.Open && c.Config.AtClosing == queue.Hold }

func pulls(c campaign) bool {
	return c.Config.Strategy == "ringall" || c.Config.Strategy == "ringallmultiple"
}

func index(s queue.Snapshot) *state {
	st := &state{s, map[string]queue.AgentSnap{}, map[string]queue.InteractionSnap{}, map[string]campaign{}}
	for _, a := range s.Agents {
		st.agents[a.Config.ID] = a
	}
	for _, in := range s.Interactions {
		st.interactions[in.ID] = in
	}
	for _, c := range s.Campaigns {
		st.campaigns[c.Config.ID] = campaign{c}
	}
	return st
}

// load is what an agent has and is offered, parked ones aside, in one campaign or all.
func (st *state) load(a queue.AgentSnap, camp string) (n int) {
	for _, id := range a.Has {
		if in := st.interactions[id]; !in.Parked && (camp == "" || in.Campaign == camp) {
			n += in.Cost
		}
	}
	for _, id := range a.Asked {
		if in := st.interactions[id]; camp == "" || in.Campaign == camp {
			n += in.Cost
		}
	}
	return n
}

func (st *state) channelLoad(a queue.AgentSnap, channel string) (n int) {
	for _, c := range st.campaigns {
		if c.Config.Channel == channel {
			n += st.load(a, c.Config.ID)
		}
	}
	return n
}

// obstacle is the design's rule of who may be offered what, for one member of the
// interaction's campaign.
func (st *state) obstacle(in queue.InteractionSnap, c campaign, m queue.Member) string {
	a := st.agents[m.Agent]
	holds, exclusive := st.holds(a)
	mode := c.Config.Eligibility
	switch {
	case m.NoReceive, a.State != queue.Available, a.AfterWork, a.WrapUntil != 0, a.Delay != 0:
		return "not ready"
	case mode == queue.InCall && (a.OnCall || holds > 0), mode == queue.Interaction && holds > 0:
		return "busy"
	case mode != queue.NoPause && exclusive:
		return "exclusive"
	case in.Only != "" && in.Only != m.Agent:
		return "waits for another"
	case !st.fits(in, c, m.Agent):
		return "does not fit"
	case st.room(a, c, m) < in.Cost:
		return "full"
	}
	return ""
}

func (st *state) holds(a queue.AgentSnap) (n int, exclusive bool) {
	for _, id := range a.Has {
		if in := st.interactions[id]; !in.Parked {
			n++
			exclusive = exclusive || st.campaigns[in.Campaign].Config.Eligibility == queue.InCall
		}
	}
	for _, id := range a.Asked {
		exclusive = exclusive || st.campaigns[st.interactions[id].Campaign].Config.Eligibility == queue.InCall
	}
	return n + len(a.Asked), exclusive
}

func (st *state) room(a queue.AgentSnap, c campaign, m queue.Member) int {
	limit := max(a.Config.Limit, 1)
	room := limit - st.load(a, "")
	if m.Limit > 0 {
		limit = m.Limit
	}
	room = min(room, limit-st.load(a, c.Config.ID))
	if l, ok := a.Config.ChannelLimits[c.Config.Channel]; ok {
		room = min(room, l-st.channelLoad(a, c.Config.Channel))
	}
	return room
}

// fits is what concerns the pair alone: skills, tier, declines.
func (st *state) fits(in queue.InteractionSnap, c campaign, agent string) bool {
	i := slices.IndexFunc(c.Config.Members, func(m queue.Member) bool { return m.Agent == agent })
	if i < 0 || in.Only != "" && in.Only != agent {
		return false
	}
	m := c.Config.Members[i]
	for _, want := range in.Skills {
		j := slices.IndexFunc(m.Skills, func(s queue.Skill) bool { return s.Name == want.Name })
		if j < 0 || m.Skills[j].Level < want.Level {
			return false
		}
	}
	for _, x := range in.Memory {
		if x.Agent == agent && x.Until > st.Now {
			return false
		}
	}
	var tiers []int
	for _, m := range c.Config.Members {
		tiers = append(tiers, m.Tier)
	}
	slices.Sort(tiers)
	tiers = slices.Compact(tiers)
	return in.Only != "" || slices.Index(tiers, m.Tier) <= in.Tier
}
