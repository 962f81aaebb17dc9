package queue_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// lastOf is a strategy of a host's that looks at all candidates and takes the last one.
type lastOf struct{}

func (lastOf) Name() string                                   { return "lastof" }
func (lastOf) Key(c strategy.Candidate) strategy.Key          { return strategy.Key{First: int64(c.Position)} }
func (lastOf) Choose(list []strategy.Candidate, _ uint64) int { return len(list) - 1 }

// sameKey is a strategy of a host's that tells no agent from another.
var sameKey = strategy.Func("same", func(strategy.Candidate) strategy.Key { return strategy.Key{} })

// ringing is an engine with agents a0, a1 … available in a campaign, and a customer who waits.
func ringing(t *testing.T, agents int, c queue.Campaign) (e *queue.Engine, do func(queue.Command) queue.Output) {
	t.Helper()
	e, err := queue.New(queue.Config{Seed: 1, Strategies: []strategy.Strategy{lastOf{}, sameKey}})
	require.NoError(t, err)
	do = func(c queue.Command) queue.Output {
		t.Helper()
		out, err := e.Step(start, c)
		require.NoError(t, err)
		return out
	}
	c.ID = "c"
	for i := range agents {
		id := fmt.Sprint("a", i)
		do(queue.ConfigureAgent{Agent: queue.Agent{ID: id}})
		if len(c.Members) <= i {
			c.Members = append(c.Members, queue.Member{Agent: id})
		}
	}
	do(queue.Configure{Campaign: c})
	for i := range agents {
		do(queue.AgentState{Agent: fmt.Sprint("a", i), State: queue.Available})
	}
	do(queue.Arrive{Campaign: "c", ID: "i"})
	return e, do
}

// ring lets the offers of interaction i ring out until so many were made, each at its own
// instant, and returns who was asked.
func ring(t *testing.T, e *queue.Engine, offers int) (asked []string) {
	t.Helper()
	asked = append(asked, e.OfferedTo("i"))
	for len(asked) < offers {
		at, ok := e.Next()
		require.True(t, ok)
		for _, ev := range e.Advance(at).Events {
			if ev.Kind == queue.Offered && ev.Interaction == "i" {
				asked = append(asked, ev.Agent)
			}
		}
	}
	return asked
}

// TestRounds: with every strategy that chooses, whatever the ring time and the decline
// memory, no agent is asked twice before all the others were asked.
func TestRounds(t *testing.T) {
	names := []string{"lastof", "same"}
	for _, s := range strategy.Builtin() {
		if _, pull := s.(strategy.Puller); !pull {
			names = append(names, s.Name())
		}
	}
	const agents, rounds = 5, 3
	for _, name := range names {
		for _, memory := range []time.Duration{0, time.Second, 30 * time.Second, 90 * time.Second} {
			for _, ringTime := range []time.Duration{0, 5 * time.Second, 45 * time.Second} {
				t.Run(fmt.Sprintf("%s, memory %s, ring %s", name, memory, ringTime), func(t *testing.T) {
					e, _ := ringing(t, agents, queue.Campaign{Strategy: name, DeclineMemory: memory, RingTime: ringTime, AutoPauseMisses: queue.MaxCount})
					asked := ring(t, e, agents*rounds)
					for i := range rounds {
						round := asked[i*agents : (i+1)*agents]
						assert.Len(t, unique(round), agents, "round %d of %v", i+1, asked)
					}
				})
			}
		}
	}
	t.Run("with all defaults the agents are paused after three rounds", func(t *testing.T) {
		e, _ := ringing(t, agents, queue.Campaign{})
		assert.Equal(t, strings.Repeat("a0 a1 a2 a3 a4 ", 3), strings.Join(ring(t, e, 15), " ")+" ")
		e.Advance(start.Add(time.Hour))
		for _, a := range e.Agents() {
			assert.Equal(t, queue.Paused, a.State, a.ID)
		}
	})
}

func unique(list []string) map[string]bool {
	out := map[string]bool{}
	for _, x := range list {
		out[x] = true
	}
	return out
}

// TestRoundRules: what belongs to a round, and who is asked last.
func TestRoundRules(t *testing.T) {
	linear := queue.Campaign{Strategy: "linear", AutoPauseMisses: queue.MaxCount}

	t.Run("an agent who becomes eligible during a round precedes those who were asked in it", func(t *testing.T) {
		e, do := ringing(t, 3, linear)
		do(queue.AgentState{Agent: "a2", State: queue.Paused})
		assert.Equal(t, []string{"a0", "a1"}, ring(t, e, 2))
		now := start.Add(50 * time.Second)
		_, err := e.Step(now, queue.AgentState{Agent: "a2", State: queue.Available})
		require.NoError(t, err)
		assert.Equal(t, []string{"a1", "a2", "a0"}, ring(t, e, 3))
	})
	t.Run("a round covers the open tiers", func(t *testing.T) {
		c := linear
		c.Members = []queue.Member{{Agent: "a0"}, {Agent: "a1"}, {Agent: "a2", Tier: 1}}
		e, _ := ringing(t, 3, c)
		assert.Equal(t, []string{"a0", "a1", "a2", "a0", "a1", "a2"}, ring(t, e, 6))
	})
	t.Run("a tier that is not open does not belong to it", func(t *testing.T) {
		c := linear
		c.Members = []queue.Member{{Agent: "a0"}, {Agent: "a1"}, {Agent: "a2", Tier: 1}}
		c.TierWait = 85 * time.Second
		e, _ := ringing(t, 3, c)
		assert.Equal(t, []string{"a0", "a1", "a0", "a2", "a1"}, ring(t, e, 5), "the tier opens while a0 is asked again")
	})
	t.Run("the same agent is not asked again before the decline memory has passed", func(t *testing.T) {
		c := linear
		c.DeclineMemory = 20 * time.Second
		e, do := ringing(t, 1, c)
		do(queue.Decline{Agent: "a0", Interaction: "i"})
		e.Advance(start.Add(20*time.Second - 1))
		assert.Empty(t, e.OfferedTo("i"))
		e.Advance(start.Add(20 * time.Second))
		assert.Equal(t, "a0", e.OfferedTo("i"))
	})
	t.Run("an offer that was revoked counts as asked, without a pause", func(t *testing.T) {
		e, do := ringing(t, 2, linear)
		do(queue.AgentState{Agent: "a0", State: queue.Paused})
		do(queue.AgentState{Agent: "a0", State: queue.Available})
		assert.Equal(t, "a1", e.OfferedTo("i"))
		do(queue.Decline{Agent: "a1", Interaction: "i"})
		assert.Equal(t, "a0", e.OfferedTo("i"))
	})
	t.Run("the list of agents asked outlives an answer and a bot", func(t *testing.T) {
		c := linear
		c.Overflow = []queue.Overflow{{After: 10 * time.Second, Do: queue.DoBot, Target: "b"}}
		e, do := ringing(t, 4, c)
		do(queue.AgentState{Agent: "a3", State: queue.Paused})
		do(queue.AgentState{Agent: "a2", State: queue.Paused})
		do(queue.Decline{Agent: "a0", Interaction: "i"})
		do(queue.Accept{Agent: "a1", Interaction: "i"})
		do(queue.Requeue{Interaction: "i"})
		assert.Empty(t, e.OfferedTo("i"), "a0 declined it and a1 gave it back just now")
		out := e.Advance(start.Add(10 * time.Second))
		require.Equal(t, queue.EffectBot, out.Effects[0].Kind)
		_, err := e.Step(start.Add(39*time.Second), queue.AgentState{Agent: "a2", State: queue.Available})
		require.NoError(t, err)
		e.Advance(start.Add(40 * time.Second))
		assert.Equal(t, "a2", e.OfferedTo("i"), "the bot was late; a2 was never asked")
	})
}

// TestAskedLast: the agent who transferred or requeued an interaction, and the one who was
// being asked, are asked after the others.
func TestAskedLast(t *testing.T) {
	two := queue.Campaign{Strategy: "linear", Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno"}}}

	t.Run("a transfer to a campaign that the sender serves too", func(t *testing.T) {
		second := two
		second.ID = "support"
		f := newFloor(t, two, second)
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToCampaign: "support"})
		assert.Equal(t, "bruno", f.view(id).Offered)
		f.do(queue.Decline{Agent: "bruno", Interaction: id})
		assert.Equal(t, "ana", f.view(id).Offered, "there is no other agent")
	})
	t.Run("a move by a supervisor", func(t *testing.T) {
		second := two
		second.ID = "support"
		f := newFloor(t, two, second)
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.do(queue.Move{Interaction: id, Campaign: "support", By: "chief"})
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	for _, how := range []string{"declined", "missed", "failed"} {
		t.Run("a transfer that was "+how+" when its sender is gone", func(t *testing.T) {
			c := two
			c.MaxTransferTime = 20 * time.Second
			f := newFloor(t, c)
			f.available("ana", "bruno")
			id := f.answered("maria", "ana")
			f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
			f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
			switch how {
			case "declined":
				f.do(queue.Decline{Agent: "bruno", Interaction: id})
			case "failed":
				f.do(queue.OfferFailed{Agent: "bruno", Interaction: id})
			default:
				f.pass(20 * time.Second)
			}
			assert.Equal(t, []any{queue.OwnedByQueue, ""}, []any{f.view(id).Owner, f.view(id).Offered})
			f.pass(queue.DefaultDeclineMemory)
			assert.Equal(t, "bruno", f.view(id).Offered)
		})
	}
	t.Run("a requeue during a transfer", func(t *testing.T) {
		c := two
		c.Members = append([]queue.Member{}, two.Members...)
		c.Members = append(c.Members, queue.Member{Agent: "carla"})
		f := newFloor(t, c)
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		f.do(queue.Requeue{Interaction: id})
		assert.Equal(t, []any{queue.OwnedByQueue, ""}, []any{f.view(id).Owner, f.view(id).Offered})
		f.available("carla")
		assert.Equal(t, "carla", f.view(id).Offered)
	})
	t.Run("after a completed transfer the receiver and then the sender are asked last", func(t *testing.T) {
		c := two
		c.Members = append([]queue.Member{{Agent: "ana"}}, queue.Member{Agent: "bruno"}, queue.Member{Agent: "carla"})
		f := newFloor(t, c)
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		f.available("carla")
		f.do(queue.Requeue{Interaction: id})
		assert.Equal(t, "carla", f.view(id).Offered)
	})
}

// TestRoundsExplained: Explain and the explanation of an offer name the agents of the round.
func TestRoundsExplained(t *testing.T) {
	e, do := ringing(t, 4, queue.Campaign{Strategy: "linear", DeclineMemory: time.Second})
	do(queue.Decline{Agent: "a0", Interaction: "i"})
	e.Advance(start.Add(2 * time.Second)) // the pause of a0 is over, a1 is being asked
	x, err := e.Explain("i")
	require.NoError(t, err)
	assert.Equal(t, []queue.Considered{{Agent: "a0", Reason: "asked in this round"}, {Agent: "a1", Reason: "full"}, {Agent: "a2"}, {Agent: "a3"}}, x.Candidates)

	out, err := e.Step(start.Add(2*time.Second), queue.Decline{Agent: "a1", Interaction: "i"})
	require.NoError(t, err)
	offer := out.Events[len(out.Events)-1]
	assert.Equal(t, &queue.Explanation{
		Strategy: "linear", Chosen: "a2", Next: []string{"a3", "a0"},
		Counts: []queue.ReasonCount{{Reason: "declined before", Count: 1}, {Reason: "asked in this round", Count: 1}, {Reason: "eligible", Count: 2}},
	}, offer.Explain)
	asked := ring(t, e, 4)
	assert.Equal(t, []string{"a2", "a3", "a0", "a1"}, asked, "the second round begins with a0")
	e.Advance(start.Add(94 * time.Second)) // the pause of a0 is over again
	x, err = e.Explain("i")
	require.NoError(t, err)
	assert.Equal(t, []string{"asked in this round", "full", "", ""}, reasonsOf(x))
}

func reasonsOf(x queue.Explanation) (out []string) {
	for _, c := range x.Candidates {
		out = append(out, c.Reason)
	}
	return out
}

// TestRoundsAfterRestart: a restored engine continues the round.
func TestRoundsAfterRestart(t *testing.T) {
	for _, done := range []int{1, 2, 3, 4, 6} {
		e, _ := ringing(t, 4, queue.Campaign{Strategy: "leastbusy", AutoPauseMisses: queue.MaxCount})
		ring(t, e, done)
		twin, err := queue.Restore(queue.Config{Seed: 1, Strategies: []strategy.Strategy{lastOf{}, sameKey}}, e.Snapshot())
		require.NoError(t, err)
		assert.Equal(t, ring(t, e, 9), ring(t, twin, 9), "after %d offers", done)
	}
}
