package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// Strategy: by name, the default is leastbusy, and it can be changed while people wait.
func TestStrategySetting(t *testing.T) {
	// offers is who was asked, in order.
	offers := func(f *floor) (agents []string) {
		for _, ev := range f.all(queue.Offered, "") {
			agents = append(agents, ev.Agent)
		}
		return agents
	}

	t.Run("an unknown name is refused with the list of valid ones", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: strategy.Linear})
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", Strategy: "fastest"}}, queue.ErrInvalid)
		var faults queue.Faults
		require.ErrorAs(t, err, &faults)
		assert.Equal(t, queue.Faults{{Path: "strategy", Problem: `unknown strategy "fastest"; valid: bestskill, fewest, ` +
			`leastbusy, leastrecent, linear, random, ringall, ringallmultiple, rrmemory, wrandom`}}, faults)
		kept, _ := f.e.CampaignConfig("sales")
		assert.Equal(t, strategy.Linear, kept.Strategy)
	})
	t.Run("a host's own strategy can be named", func(t *testing.T) {
		last := strategy.Func("last", func(c strategy.Candidate) strategy.Key { return strategy.Key{First: int64(-c.Position)} })
		e, err := queue.New(queue.Config{Strategies: []strategy.Strategy{last}})
		require.NoError(t, err)
		do := func(c queue.Command) {
			t.Helper()
			_, err := e.Step(start, c)
			require.NoError(t, err)
		}
		do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana"}})
		do(queue.ConfigureAgent{Agent: queue.Agent{ID: "bruno"}})
		do(queue.Configure{Campaign: queue.Campaign{ID: "sales", Strategy: "last", Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno"}}}})
		do(queue.AgentState{Agent: "ana", State: queue.Available})
		do(queue.AgentState{Agent: "bruno", State: queue.Available})
		do(queue.Arrive{Campaign: "sales", ID: "i1"})
		assert.Equal(t, "bruno", e.OfferedTo("i1"))
	})
	t.Run("without a name the least busy is asked, then the longest idle", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("bruno")
		f.pass(time.Second)
		f.available("ana", "carla")
		f.says("c1", "hello")
		f.says("c2", "hello")
		f.says("c3", "hello")
		f.says("c4", "hello")
		assert.Equal(t, []string{"bruno", "ana", "carla", "bruno"}, offers(f))
	})
	t.Run("leastbusy is the same by name", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: strategy.LeastBusy})
		f.available("bruno")
		f.pass(time.Second)
		f.available("ana")
		f.says("c1", "hello")
		f.says("c2", "hello")
		assert.Equal(t, []string{"bruno", "ana"}, offers(f))
	})

	t.Run("a change leaves an offer that is out as it is", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("carla")
		id := f.says("maria", "hello")
		f.available("ana")
		f.configure(queue.Campaign{Strategy: strategy.Linear})
		assert.Equal(t, "carla", f.view(id).Offered)
		assert.Equal(t, start.Add(queue.DefaultRingTime), f.view(id).Until)
		assert.Empty(t, f.all(queue.OfferEnd, ""))
		f.do(queue.Accept{Agent: "carla", Interaction: id})
		assert.Equal(t, "carla", f.view(id).Agent)
	})
	t.Run("the next decision follows the new one", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("carla", "bruno", "ana")
		f.configure(queue.Campaign{Strategy: strategy.Linear})
		f.says("c1", "hello")
		f.says("c2", "hello")
		f.says("c3", "hello")
		assert.Equal(t, []string{"ana", "ana", "bruno"}, offers(f))
	})
	t.Run("a change keeps the place and the age of who waits", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: strategy.RRMemory})
		first := f.says("c1", "hello")
		f.pass(time.Minute)
		second := f.says("c2", "hello")
		f.configure(queue.Campaign{Strategy: strategy.Fewest})
		assert.Equal(t, start, f.view(first).Since)
		f.available("ana")
		assert.Equal(t, first, f.all(queue.Offered, "")[0].Interaction)
		assert.Equal(t, second, f.all(queue.Offered, "")[1].Interaction)
	})

	t.Run("auto-answer gives it at once, without an offer", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{AutoAnswer: true})
		f.available("ana")
		id := f.says("maria", "hello")
		ev := f.last(queue.Answered, id)
		assert.Equal(t, []any{"ana", true, start}, []any{ev.Agent, ev.Direct, ev.At})
		assert.Equal(t, "ana", f.view(id).Agent)
		assert.Empty(t, f.all(queue.Offered, ""))
	})
	t.Run("auto-answer gives no more than there is room for", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{AutoAnswer: true})
		f.available("ana")
		f.says("c1", "hello")
		f.says("c2", "hello")
		third := f.says("c3", "hello")
		assert.Equal(t, queue.OwnedByQueue, f.view(third).Owner)
		f.do(queue.Finish{Agent: "ana", Interaction: "i1"})
		assert.Equal(t, "ana", f.view(third).Agent)
	})
	t.Run("auto-answer set while an offer is out leaves it to be accepted", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana")
		id := f.says("maria", "hello")
		f.configure(queue.Campaign{AutoAnswer: true})
		assert.Equal(t, "ana", f.view(id).Offered)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		assert.False(t, f.last(queue.Answered, id).Direct)
	})
}

// The pull strategies show an interaction to all who may take it, and let one win.
func TestPullStrategySetting(t *testing.T) {
	all := queue.Campaign{Strategy: strategy.RingAll}
	many := queue.Campaign{Strategy: strategy.RingAllMultiple}
	take := func(agent, id string) queue.Take { return queue.Take{Agent: agent, Interaction: id} }
	// sees is the interactions that an agent may take, in order.
	sees := func(f *floor, agent string) []string {
		ids := []string{}
		for _, v := range f.e.Visible(agent) {
			ids = append(ids, v.ID)
		}
		return ids
	}
	shown := func(f *floor) (n int) {
		for _, ef := range f.effects {
			if ef.Kind == queue.EffectShow {
				n++
			}
		}
		return n
	}

	t.Run("it is shown to all and offered to nobody", func(t *testing.T) {
		f := newFloor(t, all)
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		assert.Equal(t, []string{id}, sees(f, "ana"))
		assert.Equal(t, []string{id}, sees(f, "bruno"))
		assert.Empty(t, sees(f, "carla"), "she is offline")
		assert.Equal(t, 1, shown(f))
		assert.Empty(t, f.all(queue.Offered, ""))
		assert.Zero(t, f.agent("ana").Load, "what is only shown takes no room")
	})
	t.Run("the first take wins and the second is told so", func(t *testing.T) {
		f := newFloor(t, all)
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.do(take("bruno", id))
		f.refuse(take("ana", id), queue.ErrAlreadyTaken)
		assert.Equal(t, "bruno", f.view(id).Agent)
		assert.Empty(t, sees(f, "ana"))
		assert.Len(t, f.all(queue.Answered, id), 1)
	})
	t.Run("the winner may say it twice", func(t *testing.T) {
		f := newFloor(t, all)
		f.available("ana")
		id := f.says("maria", "hello")
		f.do(take("ana", id))
		assert.Empty(t, f.do(take("ana", id)))
	})
	t.Run("accepting what was only shown is refused", func(t *testing.T) {
		f := newFloor(t, all)
		f.available("ana")
		id := f.says("maria", "hello")
		f.refuse(queue.Accept{Agent: "ana", Interaction: id}, queue.ErrNotOffered)
	})
	t.Run("taking what a bot has is refused", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: strategy.RingAll, BotOnStart: "menu"})
		f.available("ana")
		id := f.says("maria", "hello")
		assert.Empty(t, sees(f, "ana"))
		f.refuse(take("ana", id), queue.ErrNotWaiting)
	})
	t.Run("ringall is for agents without an active interaction", func(t *testing.T) {
		f := newFloor(t, all)
		f.available("ana", "bruno")
		first := f.says("c1", "hello")
		f.do(take("ana", first))
		second := f.says("c2", "hello")
		assert.Empty(t, sees(f, "ana"))
		assert.Equal(t, []string{second}, sees(f, "bruno"))
		assert.Equal(t, "has another interaction", f.refuse(take("ana", second), queue.ErrNotEligible).Reason)
		f.do(queue.Finish{Agent: "ana", Interaction: first})
		f.do(take("ana", second))
	})
	t.Run("an interaction of another campaign counts for ringall", func(t *testing.T) {
		f := newFloor(t, all, queue.Campaign{ID: "support"})
		f.available("ana")
		c := f.contact("pedro", "hello")
		c.Number = other
		f.do(queue.Accept{Agent: "ana", Interaction: f.arrives(c)})
		id := f.says("maria", "hello")
		assert.Empty(t, sees(f, "ana"))
		f.refuse(take("ana", id), queue.ErrNotEligible)
	})
	t.Run("ringallmultiple goes up to each agent's limit", func(t *testing.T) {
		f := newFloor(t, many)
		f.available("ana")
		a, b, c := f.says("c1", "hello"), f.says("c2", "hello"), f.says("c3", "hello")
		assert.Equal(t, []string{a, b, c}, sees(f, "ana"), "the first in line first")
		f.do(take("ana", a))
		f.do(take("ana", c))
		assert.Empty(t, sees(f, "ana"))
		assert.Equal(t, "full", f.refuse(take("ana", b), queue.ErrNotEligible).Reason)
	})
	t.Run("a skill is asked for here too", func(t *testing.T) {
		c := all
		c.Members = []queue.Member{{Agent: "ana"}, {Agent: "bruno", Skills: []queue.Skill{{Name: "french"}}}}
		c.Skills = []queue.Skill{{Name: "french"}}
		f := newFloor(t, c)
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		assert.Empty(t, sees(f, "ana"))
		assert.Equal(t, "lacks skill french", f.refuse(take("ana", id), queue.ErrNotEligible).Reason)
		f.do(take("bruno", id))
	})
	t.Run("auto-answer gives nothing away that is to be taken", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: strategy.RingAll, AutoAnswer: true})
		f.available("ana")
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("maria", "hello")).Owner)
	})

	t.Run("a change from push to pull shows what waits, once", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		id := f.says("maria", "hello")
		f.configure(all)
		f.configure(all)
		assert.Equal(t, 1, shown(f))
		f.available("ana")
		assert.Equal(t, []string{id}, sees(f, "ana"))
		assert.Empty(t, f.all(queue.Offered, ""))
	})
	t.Run("an offer that is out at the change may be accepted", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.configure(all)
		f.refuse(take("bruno", id), queue.ErrAlreadyTaken)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("an offer that is out at the change and declined is shown then", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.configure(all)
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		assert.Equal(t, []string{id}, sees(f, "bruno"))
		// It became takeable with this step.
		assert.Equal(t, 1, shown(f))
	})
	t.Run("a change from pull to push offers what waits at once, in order", func(t *testing.T) {
		f := newFloor(t, all)
		f.available("ana")
		a, b, c := f.says("c1", "hello"), f.says("c2", "hello"), f.says("c3", "hello")
		f.configure(queue.Campaign{})
		assert.Equal(t, []string{a, b}, f.agent("ana").Asked)
		assert.Empty(t, f.view(c).Offered)
	})
	t.Run("what comes back is shown again", func(t *testing.T) {
		f := newFloor(t, all)
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.do(take("ana", id))
		f.do(queue.Requeue{Interaction: id})
		assert.Equal(t, 2, shown(f))
		assert.Equal(t, []string{id}, sees(f, "bruno"))
		assert.Equal(t, start, f.view(id).Since)
	})
}
