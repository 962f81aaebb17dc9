package sim

import (
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// room follows, while a journal is read, since when any agent of a pull campaign has had room:
// the time to take an interaction counts from then, or from when it was shown.
type room struct {
	agents map[string]*pastAgent
	lines  map[string]*pastLine
}

type pastAgent struct {
	state  queue.State
	wrapUp bool
	active int
	limit  int
}

// pastLine is a campaign with a pull strategy.
type pastLine struct {
	members []string
	many    bool      // agents may have several interactions
	since   time.Time // an agent has had room; zero = none has
}

func newRoom() *room { return &room{agents: map[string]*pastAgent{}, lines: map[string]*pastLine{}} }

func (r *room) agent(id string) *pastAgent {
	if r.agents[id] == nil {
		r.agents[id] = &pastAgent{state: queue.Offline, limit: 1}
	}
	return r.agents[id]
}

// follow takes over what an event says of agents and campaigns.
func (r *room) follow(ev *queue.Event) {
	switch ev.Kind {
	case queue.AgentConfigured:
		r.agent(ev.Agent).limit = max(ev.AgentConfig.Limit, 1)
	case queue.AgentStated:
		if !ev.AfterWork {
			r.agent(ev.Agent).state = ev.State
		}
	case queue.AgentRemoved:
		delete(r.agents, ev.Agent)
	case queue.AgentWrapUp:
		r.agent(ev.Agent).wrapUp = !ev.Until.IsZero()
	case queue.CampaignConfigured:
		delete(r.lines, ev.Campaign)
		if s := ev.Config.Strategy; s == strategy.RingAll || s == strategy.RingAllMultiple {
			line := &pastLine{many: s == strategy.RingAllMultiple}
			for _, m := range ev.Config.Members {
				line.members = append(line.members, m.Agent)
			}
			r.lines[ev.Campaign] = line
		}
	default:
		return
	}
	r.update(ev.At)
}

// hold notes which agent has a call, "" = none.
func (r *room) hold(c *pastCall, agent string, at time.Time) {
	if c.agent != "" {
		r.agent(c.agent).active--
	}
	if c.agent = agent; agent != "" {
		r.agent(agent).active++
	}
	r.update(at)
}

// update notes which campaigns have agents with room.
func (r *room) update(at time.Time) {
	for _, line := range r.lines {
		switch able := r.able(line); {
		case able && line.since.IsZero():
			line.since = at
		case !able:
			line.since = time.Time{}
		}
	}
}

func (r *room) able(line *pastLine) bool {
	for _, id := range line.members {
		a := r.agents[id]
		if a != nil && a.state == queue.Available && !a.wrapUp && (a.active == 0 || line.many && a.active < a.limit) {
			return true
		}
	}
	return false
}

// reached returns how long a call that was shown had been in the sight of an agent with room
// when it was taken. It is not ok when no agent is known to have had room.
func (r *room) reached(campaign string, shown, at time.Time) (time.Duration, bool) {
	line := r.lines[campaign]
	if line == nil || line.since.IsZero() {
		return 0, false
	}
	if line.since.After(shown) {
		shown = line.since
	}
	return at.Sub(shown), true
}
