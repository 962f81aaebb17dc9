package queue_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// Explain: why something waits, and why it went where it went, by the code that decides.
func TestExplainWaiting(t *testing.T) {
	// why is what stands between an interaction and an agent.
	why := func(f *floor, id, agent string) string {
		f.t.Helper()
		x, err := f.e.Explain(id)
		require.NoError(f.t, err)
		i := slices.IndexFunc(x.Candidates, func(c queue.Considered) bool { return c.Agent == agent })
		require.GreaterOrEqual(f.t, i, 0, "every member is considered")
		return x.Candidates[i].Reason
	}
	alone := []queue.Member{{Agent: "ana"}}
	// waits is an interaction of maria, with ana in a state that keeps it from her.
	waits := func(t *testing.T, c queue.Campaign, keep func(f *floor)) (*floor, string) {
		if c.Members == nil {
			c.Members = alone
		}
		f := newFloor(t, c, queue.Campaign{ID: "support"})
		f.available("ana")
		keep(f)
		return f, f.says("maria", "hello")
	}
	state := func(s queue.State, after bool) func(f *floor) {
		return func(f *floor) { f.do(queue.AgentState{Agent: "ana", State: s, AfterWork: after}) }
	}
	has := func(number string) func(f *floor) {
		return func(f *floor) {
			c := f.contact("busy", "hello")
			c.Number = number
			f.do(queue.Accept{Agent: "ana", Interaction: f.arrives(c)})
		}
	}
	nothing := func(*floor) {}

	for _, x := range []struct {
		reason string
		card   queue.Campaign
		keep   func(f *floor)
	}{
		{"offline", queue.Campaign{}, state(queue.Offline, false)},
		{"paused", queue.Campaign{}, state(queue.Paused, false)},
		{"finishing work", queue.Campaign{}, func(f *floor) { has(number)(f); state(queue.Offline, true)(f) }},
		{"no receive permission", queue.Campaign{Members: []queue.Member{{Agent: "ana", NoReceive: true}}}, nothing},
		{"wrap-up", queue.Campaign{WrapUp: time.Minute}, func(f *floor) { has(number)(f); f.do(queue.Finish{Agent: "ana", Interaction: "i1"}) }},
		{"delay", queue.Campaign{DeclineDelay: time.Minute}, func(f *floor) { f.do(queue.Decline{Agent: "ana", Interaction: f.says("busy", "hello")}) }},
		{"on a call", queue.Campaign{Eligibility: queue.InCall}, func(f *floor) { f.do(queue.AgentCall{Agent: "ana", OnCall: true}) }},
		{"has another interaction", queue.Campaign{Eligibility: queue.Interaction}, has(other)},
		{"full", queue.Campaign{}, func(f *floor) { has(number)(f); has(other)(f) }},
		{"lacks skill french", queue.Campaign{Skills: []queue.Skill{{Name: "french", Level: 2}}, Members: []queue.Member{{Agent: "ana", Skills: []queue.Skill{{Name: "french"}}}}}, nothing},
		{"tier not open yet", queue.Campaign{TierWait: time.Minute, Members: []queue.Member{{Agent: "ana", Tier: 1}, {Agent: "bruno"}}}, nothing},
	} {
		t.Run(x.reason, func(t *testing.T) {
			f, id := waits(t, x.card, x.keep)
			assert.Equal(t, x.reason, why(f, id, "ana"))
			assert.Equal(t, x.reason, f.refuse(queue.Take{Agent: "ana", Interaction: id}, queue.ErrNotEligible).Reason)
			e, err := f.e.Explain(id)
			require.NoError(t, err)
			assert.Contains(t, e.Counts, queue.ReasonCount{Reason: x.reason, Count: 1})
			assert.Equal(t, "an eligible agent", e.Waiting)
		})
	}
	t.Run("has an exclusive interaction", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{}, queue.Campaign{ID: "support", Eligibility: queue.InCall})
		f.available("ana")
		has(other)(f)
		assert.Equal(t, "has an exclusive interaction", why(f, f.says("maria", "hello"), "ana"))
	})
	t.Run("full, for what costs more than the room there is", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana")
		c := f.contact("maria", "hello")
		c.Cost = 3
		assert.Equal(t, "full", why(f, f.arrives(c), "ana"))
	})
	t.Run("declined before, who may take it all the same", func(t *testing.T) {
		f, id := waits(t, queue.Campaign{}, nothing)
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		assert.Equal(t, "declined before", why(f, id, "ana"))
		f.do(queue.Take{Agent: "ana", Interaction: id})
	})
	t.Run("being asked, and who comes next", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		x, err := f.e.Explain(id)
		require.NoError(t, err)
		assert.Equal(t, "the answer of agent ana", x.Waiting)
		assert.Equal(t, []queue.Considered{{Agent: "ana", Reason: "being asked"}, {Agent: "bruno"}, {Agent: "carla", Reason: "offline"}}, x.Candidates)
		assert.Equal(t, []queue.ReasonCount{{Reason: "being asked", Count: 1}, {Reason: "eligible", Count: 1}, {Reason: "offline", Count: 1}}, x.Counts)
	})
	t.Run("waits for another agent", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana")
		f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
		c := f.contact("maria", "hello")
		c.Preferred, c.PreferFor = []queue.Preferred{{Agent: "bruno"}}, time.Minute
		id := f.arrives(c)
		assert.Equal(t, "waits for agent bruno", why(f, id, "ana"))
		assert.Equal(t, "waits for agent bruno", f.refuse(queue.Take{Agent: "ana", Interaction: id}, queue.ErrNotEligible).Reason)
		x, _ := f.e.Explain(id)
		assert.Equal(t, "agent bruno", x.Waiting)
		f.do(queue.Take{Agent: "ana", Interaction: id, Override: true})
	})
	t.Run("held until opening", func(t *testing.T) {
		c := office()
		c.AtClosing = queue.Hold
		f := newFloor(t, c)
		id := f.says("maria", "hello")
		f.pass(9 * time.Hour)
		f.available("ana")
		assert.Equal(t, "held until opening", why(f, id, "ana"))
		assert.Equal(t, "held until opening", f.refuse(queue.Take{Agent: "ana", Interaction: id}, queue.ErrNotEligible).Reason)
		x, _ := f.e.Explain(id)
		assert.Equal(t, "held until opening", x.Waiting)
	})
	t.Run("of a pull strategy: somebody to take it", func(t *testing.T) {
		f, id := waits(t, queue.Campaign{Strategy: "ringall"}, nothing)
		x, err := f.e.Explain(id)
		require.NoError(t, err)
		assert.Equal(t, []any{"somebody to take it", "ringall"}, []any{x.Waiting, x.Strategy})
		assert.Equal(t, []queue.Considered{{Agent: "ana"}}, x.Candidates)
	})
	t.Run("what does not wait has no explanation", func(t *testing.T) {
		f, id := waits(t, queue.Campaign{}, nothing)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		_, err := f.e.Explain(id)
		require.ErrorIs(t, err, queue.ErrNotWaiting)
		_, err = f.e.Explain("nothing")
		require.ErrorIs(t, err, queue.ErrUnknownInteraction)
	})
}

// An assignment carries its explanation: short, and true at its instant.
func TestExplainAssignment(t *testing.T) {
	// staff is a campaign with so many agents "a0", "a1" …, all of them available.
	staff := func(t *testing.T, c queue.Campaign, n int) *floor {
		f := newFloor(t)
		c.Members = []queue.Member{}
		for i := range n {
			id := fmt.Sprint("a", i)
			f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: id}})
			c.Members = append(c.Members, queue.Member{Agent: id})
		}
		f.configure(c)
		for _, m := range c.Members {
			f.available(m.Agent)
		}
		return f
	}

	t.Run("an offer: the chosen, the next three, and counts", func(t *testing.T) {
		f := staff(t, queue.Campaign{Strategy: "linear"}, 7)
		f.do(queue.AgentState{Agent: "a0", State: queue.Paused})
		f.do(queue.AgentState{Agent: "a2", State: queue.Offline})
		id := f.says("maria", "hello")
		assert.Equal(t, &queue.Explanation{
			Strategy: "linear", Chosen: "a1", Next: []string{"a3", "a4", "a5"},
			Counts: []queue.ReasonCount{{Reason: "eligible", Count: 5}, {Reason: "offline", Count: 1}, {Reason: "paused", Count: 1}},
		}, f.last(queue.Offered, id).Explain)
	})
	t.Run("those who declined are neither next nor counted as eligible", func(t *testing.T) {
		f := staff(t, queue.Campaign{Strategy: "linear"}, 4)
		id := f.says("maria", "hello")
		f.do(queue.Decline{Agent: "a0", Interaction: id})
		x := f.last(queue.Offered, id).Explain
		assert.Equal(t, []string{"a2", "a3"}, x.Next)
		assert.Equal(t, []queue.ReasonCount{{Reason: "declined before", Count: 1}, {Reason: "eligible", Count: 3}}, x.Counts)
	})
	t.Run("those with other skills are counted as such", func(t *testing.T) {
		f := staff(t, queue.Campaign{}, 2)
		f.configure(queue.Campaign{Skills: []queue.Skill{{Name: "french"}}, Members: []queue.Member{
			{Agent: "a0"}, {Agent: "a1", Skills: []queue.Skill{{Name: "french"}}}}})
		x := f.last(queue.Offered, f.says("maria", "bonjour")).Explain
		assert.Equal(t, []queue.ReasonCount{{Reason: "other skills, tier or room", Count: 1}, {Reason: "eligible", Count: 1}}, x.Counts)
		assert.Empty(t, x.Next)
	})
	t.Run("a strategy's next is who is asked next", func(t *testing.T) {
		for _, strategy := range []string{"leastbusy", "leastrecent", "fewest", "rrmemory", "linear", "bestskill"} {
			f := staff(t, queue.Campaign{Strategy: strategy}, 5)
			id := f.says("maria", "hello")
			for range 3 {
				x := f.last(queue.Offered, id).Explain
				f.do(queue.Decline{Agent: x.Chosen, Interaction: id})
				assert.Equal(t, x.Next[0], f.view(id).Offered, strategy)
			}
		}
	})
	t.Run("auto-answer explains its answer", func(t *testing.T) {
		f := staff(t, queue.Campaign{AutoAnswer: true}, 2)
		x := f.last(queue.Answered, f.says("maria", "hello")).Explain
		assert.Equal(t, []any{"leastbusy", "a0", []string{"a1"}}, []any{x.Strategy, x.Chosen, x.Next})
	})
	t.Run("an accepted offer was explained when it was made", func(t *testing.T) {
		f := staff(t, queue.Campaign{}, 2)
		id := f.says("maria", "hello")
		f.do(queue.Accept{Agent: "a0", Interaction: id})
		assert.Nil(t, f.last(queue.Answered, id).Explain)
	})
	t.Run("take and assign say so, and who would have been chosen", func(t *testing.T) {
		f := staff(t, queue.Campaign{Strategy: "ringallmultiple"}, 5)
		id := f.says("maria", "hello")
		f.do(queue.Take{Agent: "a2", Interaction: id})
		assert.Equal(t, &queue.Explanation{
			Strategy: "take", Chosen: "a2", Next: []string{"a0", "a1", "a3"}, Counts: []queue.ReasonCount{{Reason: "eligible", Count: 5}},
		}, f.last(queue.Answered, id).Explain)
		second := f.says("pedro", "hello")
		f.do(queue.Assign{Agent: "a4", Interaction: second, By: "chief"})
		assert.Equal(t, &queue.Explanation{
			Strategy: "assign", Chosen: "a4", Next: []string{"a0", "a1", "a3"},
			Counts: []queue.ReasonCount{{Reason: "eligible", Count: 4}, {Reason: "full", Count: 1}},
		}, f.last(queue.Answered, second).Explain)
	})
	t.Run("assign over an offer, and to one who is no member", func(t *testing.T) {
		f := staff(t, queue.Campaign{}, 2)
		f.available("ana")
		id := f.says("maria", "hello")
		f.do(queue.Assign{Agent: "ana", Interaction: id, Override: true})
		x := f.last(queue.Answered, id).Explain
		assert.Equal(t, []any{"assign", "ana", []string{"a1", "a0"}}, []any{x.Strategy, x.Chosen, x.Next}, "a0 was asked before")
	})
	t.Run("with many agents it stays as short", func(t *testing.T) {
		f := staff(t, queue.Campaign{}, 200)
		x := f.last(queue.Offered, f.says("maria", "hello")).Explain
		assert.Len(t, x.Next, 3)
		assert.Empty(t, x.Candidates)
		assert.Less(t, len(asJSON(t, x)), 200)
	})
}

// Whoever Explain says is eligible can take it, and nobody else but those who declined:
// on random floors, for every pair.
func TestExplainIsTheDecision(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		f := randomFloor(t, r)
		snap := f.e.Snapshot()
		for _, v := range f.e.Interactions("") {
			if v.Owner != queue.OwnedByQueue || v.Offered != "" {
				continue
			}
			x, err := f.e.Explain(v.ID)
			require.NoError(t, err)
			for _, c := range x.Candidates {
				try, err := queue.Restore(queue.Config{Seed: 1}, snap)
				require.NoError(t, err)
				_, err = try.Step(f.now, queue.Take{Agent: c.Agent, Interaction: v.ID})
				if c.Reason == "" || c.Reason == "declined before" {
					require.NoError(t, err, "seed %d: %s is eligible for %s", seed, c.Agent, v.ID)
					continue
				}
				var refused *queue.Error
				require.ErrorAs(t, err, &refused, "seed %d: %s is not eligible for %s: %s", seed, c.Agent, v.ID, c.Reason)
				require.Equal(t, c.Reason, refused.Reason, "seed %d", seed)
			}
		}
	}
}

// randomFloor is a floor after some random hours in two campaigns.
func randomFloor(t *testing.T, r *rand.Rand) *floor {
	t.Helper()
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	skills := func() (out []queue.Skill) {
		if r.IntN(3) == 0 {
			out = append(out, queue.Skill{Name: pick("french", "tax"), Level: 1 + r.IntN(3)})
		}
		return out
	}
	card := func(id string) queue.Campaign {
		c := queue.Campaign{
			ID: id, Strategy: pick("ringallmultiple", "ringall", "leastbusy", "linear"), Eligibility: queue.Eligibilities()[r.IntN(5)],
			TierWait: time.Duration(r.IntN(2)) * time.Minute, WrapUp: time.Duration(r.IntN(2)) * time.Minute, Members: []queue.Member{},
		}
		for _, a := range []string{"ana", "bruno", "carla"} {
			c.Members = append(c.Members, queue.Member{Agent: a, Tier: r.IntN(2), Skills: skills(), NoReceive: r.IntN(9) == 0})
		}
		return c
	}
	f := newFloor(t, card("sales"), card("support"))
	for range 60 {
		agent := pick("ana", "bruno", "carla")
		switch r.IntN(6) {
		case 0:
			f.do(queue.AgentState{Agent: agent, State: queue.State(pick("available", "available", "paused", "offline"))})
		case 1:
			f.do(queue.AgentCall{Agent: agent, OnCall: r.IntN(2) == 0})
		case 2:
			for _, id := range f.agent(agent).Has {
				f.do(queue.Finish{Agent: agent, Interaction: id})
			}
		case 3:
			for _, id := range f.agent(agent).Asked {
				if r.IntN(2) == 0 {
					f.do(queue.Accept{Agent: agent, Interaction: id})
				} else {
					f.do(queue.Decline{Agent: agent, Interaction: id})
				}
			}
		default:
			c := f.contact(fmt.Sprint("c", f.ids), "hello")
			c.Number, c.Skills, c.Cost = pick(number, other), skills(), 1+r.IntN(2)
			f.arrives(c)
		}
		f.pass(time.Duration(r.IntN(20)) * time.Second)
	}
	return f
}
