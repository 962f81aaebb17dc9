package proptest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// keenest is a strategy of a host's that looks at all candidates and takes one of its own.
type keenest struct{}

func (keenest) Name() string                          { return "keenest" }
func (keenest) Key(c strategy.Candidate) strategy.Key { return strategy.Key{First: int64(c.Load)} }
func (keenest) Choose(list []strategy.Candidate, draw uint64) int {
	return int(draw % uint64(len(list)+1)) // outside the list now and then
}

// sameKey is a strategy of a host's that tells no agent from another.
var sameKey = strategy.Func("same", func(strategy.Candidate) strategy.Key { return strategy.Key{} })

// TestRounds: between two offers by the strategy of one interaction to the same agent, every
// other agent who was eligible in the open tiers throughout has been asked, and the decline
// memory has passed. Time goes from deadline to deadline, so that "throughout" is seen.
func TestRounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRounds(t)
		for range rapid.IntRange(20, 120).Draw(t, "steps") {
			r.pass(pick(t, "pass", 0, time.Millisecond, s, 5*s, 31*s, 90*s))
			r.step(r.w.roundCommand())
		}
		r.pass(5 * time.Minute)
	})
}

// rounds watches the offers of every interaction.
type rounds struct {
	w *world
	// owed are the agents who must be asked for an interaction before an agent is asked for
	// it again.
	owed map[[2]string]map[string]bool
	// rests is the instant at which an agent may be asked for an interaction again.
	rests map[[2]string]time.Time
}

const roundAgents = 6

func newRounds(t *rapid.T) *rounds {
	e, err := queue.New(queue.Config{Seed: 7, Strategies: []strategy.Strategy{keenest{}, sameKey}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, engine: e, now: start, opened: map[string]bool{}, ended: map[string]queue.Outcome{}, set: map[string]int{}}
	r := &rounds{w, map[[2]string]map[string]bool{}, map[[2]string]time.Time{}}
	for i := range roundAgents {
		w.must(queue.ConfigureAgent{Agent: queue.Agent{ID: agentID(i), Limit: rapid.IntRange(1, 3).Draw(t, "limit")}})
	}
	for _, id := range campaigns[:2] {
		w.must(queue.Configure{Campaign: roundCampaign(t, id)})
	}
	return r
}

func roundCampaign(t *rapid.T, id string) queue.Campaign {
	c := queue.Campaign{
		ID: id, Numbers: []string{"+1" + id},
		Strategy: pick(t, "strategy", "leastbusy", "leastrecent", "fewest", "rrmemory", "linear", "random", "wrandom", "bestskill", "keenest", "same"),
		RingTime: pick(t, "ring", 0, 5*s), DeclineMemory: pick(t, "memory", 0, s, 10*s, 60*s),
		TierWait: pick(t, "tierWait", 0, 0, 20*s), AutoPauseMisses: pick(t, "misses", queue.MaxCount, 0),
		MaxTransferTime: pick(t, "transfer", 0, 5*s), MaxHops: 100,
		Overflow: []queue.Overflow{{After: 40 * s, Do: queue.DoBot, Target: "menu"}}, BotTimeout: 5 * s,
	}
	if rapid.Bool().Draw(t, "overflows") {
		c.Overflow = nil
	}
	for i := range roundAgents {
		if rapid.IntRange(0, 3).Draw(t, "member") > 0 {
			c.Members = append(c.Members, queue.Member{Agent: agentID(i), Tier: pick(t, "tier", 0, 0, 1), Penalty: pick(t, "penalty", 0, 50), Skills: skills(t, 1)})
		}
	}
	return c
}

func (w *world) roundCommand() queue.Command {
	t := w.t
	agent := agentID(rapid.IntRange(0, roundAgents-1).Draw(t, "agent"))
	in := w.someInteraction()
	switch rapid.IntRange(0, 15).Draw(t, "command") {
	case 0, 1:
		w.count++
		return queue.Arrive{Campaign: pick(t, "campaign", campaigns[:2]...), ID: fmt.Sprintf("i%d", w.count), Skills: skills(t, 1)}
	case 2, 3, 4:
		return queue.AgentState{Agent: agent, State: pick(t, "state", queue.Available, queue.Available, queue.Available, queue.Paused, queue.Offline)}
	case 5:
		return queue.Accept{Agent: in.Offered, Interaction: in.ID}
	case 6, 7, 8:
		return queue.Decline{Agent: in.Offered, Interaction: in.ID}
	case 9:
		return queue.Finish{Interaction: in.ID, Agent: in.Agent}
	case 10:
		return queue.Transfer{Interaction: in.ID, Agent: in.Agent, ToAgent: agent}
	case 11:
		return queue.Transfer{Interaction: in.ID, Agent: in.Agent, ToCampaign: pick(t, "to", campaigns[:2]...)}
	case 12:
		return queue.Requeue{Interaction: in.ID}
	case 13:
		return queue.Move{Interaction: in.ID, Campaign: pick(t, "to", campaigns[:2]...)}
	case 14:
		return queue.OfferFailed{Agent: in.Offered, Interaction: in.ID}
	default:
		return queue.Take{Agent: agent, Interaction: in.ID}
	}
}

// pass lets time go by from deadline to deadline.
func (r *rounds) pass(d time.Duration) {
	to := r.w.now.Add(d)
	for {
		at, ok := r.w.engine.Next()
		if !ok || at.After(to) {
			break
		}
		r.w.now = at
		r.watch(r.w.keep(r.w.engine.Advance(at)))
	}
	r.w.now = to
}

func (r *rounds) step(c queue.Command) {
	events, _ := r.w.step(c)
	r.watch(events)
}

// watch checks the offers of one step, then who was eligible after it.
func (r *rounds) watch(events []queue.Event) {
	st := index(r.w.engine.Snapshot())
	for _, ev := range events {
		key := [2]string{ev.Interaction, ev.Agent}
		switch {
		case ev.Kind == queue.Offered:
			for other := range r.owed[key] {
				r.w.t.Fatalf("round: %s is offered to %s again at %s, and %s was eligible throughout", ev.Interaction, ev.Agent, ev.At, other)
			}
			if until := r.rests[key]; ev.At.Before(until) {
				r.w.t.Fatalf("round: %s is offered to %s at %s, before %s", ev.Interaction, ev.Agent, ev.At, until)
			}
			r.asked(key, st)
		case ev.Kind == queue.OfferEnd && ev.Reason != "revoked", ev.Kind == queue.TransferReturned && !ev.Until.IsZero():
			if ev.Kind == queue.TransferReturned {
				key[1] = ev.From
			}
			if in, open := st.interactions[ev.Interaction]; open {
				r.rests[key] = ev.At.Add(memoryOf(st, in))
			}
		case ev.Kind == queue.Moved: // into a campaign with other members and another decline memory
			r.throughout(st)
			for k := range r.rests {
				if k[0] == ev.Interaction {
					delete(r.rests, k)
				}
			}
		}
		if ev.Agent != "" && ev.Kind != queue.Offered {
			r.forgive(ev.Agent) // something happened to the agent within the step
		}
	}
	r.throughout(st)
}

func memoryOf(st *state, in queue.InteractionSnap) time.Duration {
	if m := st.campaigns[in.Campaign].Config.DeclineMemory; m > 0 {
		return m
	}
	return 30 * s
}

// asked notes that an agent is asked: from now on the others are owed.
func (r *rounds) asked(key [2]string, st *state) {
	owed := map[string]bool{}
	for a := range st.agents {
		if a != key[1] {
			owed[a] = true
		}
	}
	r.owed[key] = owed
	for _, list := range r.owed { // being asked for one may leave no room for another
		delete(list, key[1])
	}
}

func (r *rounds) forgive(agent string) {
	for _, list := range r.owed {
		delete(list, agent)
	}
}

// throughout takes from the owed those who could not be asked after this step: occupied,
// without the skills, of a tier that is not open, or paused by the decline memory.
func (r *rounds) throughout(st *state) {
	for key, list := range r.owed {
		in, open := st.interactions[key[0]]
		if !open || in.Phase == ended {
			delete(r.owed, key)
			continue
		}
		c := st.campaigns[in.Campaign]
		in.Only = "" // an agent it waits for alone
		for a := range list {
			if !r.eligible(st, in, c, a) {
				delete(list, a)
			}
		}
	}
}

func (r *rounds) eligible(st *state, in queue.InteractionSnap, c campaign, agent string) bool {
	for _, m := range c.Config.Members {
		if m.Agent == agent {
			return st.obstacle(in, c, m) == ""
		}
	}
	return false
}
