package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// What went wrong in other systems does not go wrong here. The numbers are those of the
// list of scenarios; what needs a shell or a connector is played in their own packages.
func TestScenarios(t *testing.T) {
	// single gives agents room for one and makes them available, in this order.
	single := func(f *floor, agents ...string) {
		f.t.Helper()
		for _, a := range agents {
			f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: a, Limit: 1}})
		}
		f.available(agents...)
	}
	// serves accepts and finishes so many new interactions and returns who was asked.
	serves := func(f *floor, n int) (who []string) {
		f.t.Helper()
		for range n {
			id := f.says("maria", "hello")
			a := f.view(id).Offered
			require.NotEmpty(f.t, a)
			f.do(queue.Accept{Agent: a, Interaction: id})
			f.pass(time.Second)
			f.do(queue.Finish{Agent: a, Interaction: id})
			who = append(who, a)
		}
		return who
	}
	list := func(agents ...string) (out []queue.Member) {
		for _, a := range agents {
			out = append(out, queue.Member{Agent: a})
		}
		return out
	}

	t.Run("1 two agents take the same interaction: one wins", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: "ringall"})
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.do(queue.Take{Agent: "bruno", Interaction: id})
		f.refuse(queue.Take{Agent: "ana", Interaction: id}, queue.ErrAlreadyTaken)
		assert.Equal(t, "bruno", f.view(id).Agent)
		assert.Len(t, f.all(queue.Answered, id), 1)
	})
	t.Run("1 two agents accept the same interaction: one wins", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{RingTime: 10 * time.Second})
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.pass(10 * time.Second) // ana missed it, bruno is asked, both have it on their screens
		f.refuse(queue.Accept{Agent: "ana", Interaction: id}, queue.ErrNotOffered)
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		f.refuse(queue.Accept{Agent: "ana", Interaction: id}, queue.ErrAlreadyTaken)
	})
	t.Run("2 the router, a supervisor and a bot assign at once: one result", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnStart: "menu"})
		f.available("ana", "bruno", "carla")
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotAgent, Target: "ana"})
		f.do(queue.Assign{Agent: "bruno", Interaction: id, By: "chief"})
		f.refuse(queue.Accept{Agent: "ana", Interaction: id}, queue.ErrAlreadyTaken)
		f.refuse(queue.Assign{Agent: "carla", Interaction: id, By: "other chief"}, queue.ErrNotWaiting)
		f.replies(id, queue.BotReply{Next: queue.BotAgent, Target: "carla"}) // said again, too late
		f.pass(time.Hour)
		assert.Equal(t, "bruno", f.view(id).Agent)
		assert.Len(t, f.all(queue.Offered, id), 1)
		assert.Len(t, f.all(queue.Answered, id), 1)
		assert.Len(t, f.all(queue.BotLate, id), 1)
	})
	t.Run("3 several arrivals and one free slot: never over the limit", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		single(f, "ana")
		for _, who := range []string{"maria", "pedro", "lucia", "juan"} {
			f.says(who, "hello")
			assert.Equal(t, 1, f.agent("ana").Load)
		}
		assert.Equal(t, []string{"i1"}, f.agent("ana").Asked)
	})
	t.Run("4 an agent in two campaigns that both have work: one offer", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{}, queue.Campaign{ID: "support"})
		support := toSupport(f, "maria")
		f.pass(time.Second)
		sales := f.says("pedro", "hello")
		single(f, "ana")
		assert.Equal(t, []string{support}, f.agent("ana").Asked, "the one that waits for longer")
		assert.Empty(t, f.view(sales).Offered)
		assert.Equal(t, 1, f.agent("ana").Load)
	})
	t.Run("5 completion reported twice: counted once", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnEnd: "survey"})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		f.refuse(queue.Finish{Agent: "ana", Interaction: id}, queue.ErrNotOwner)
		f.replies(id, queue.BotReply{Next: queue.BotEnd})
		f.refuse(queue.Finish{Agent: "ana", Interaction: id}, queue.ErrUnknownInteraction)
		assert.Len(t, f.all(queue.Finished, id), 1)
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
		assert.Zero(t, f.agent("ana").Load)
	})
	t.Run("7 a slot frees while people wait: the oldest gets it, not the newcomer", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		single(f, "ana")
		busy := f.answered("maria", "ana")
		oldest, second := f.says("pedro", "hello"), f.says("lucia", "hello")
		f.do(queue.Finish{Agent: "ana", Interaction: busy})
		newcomer := f.says("juan", "hello")
		assert.Equal(t, []string{"ana", "", ""}, []string{f.view(oldest).Offered, f.view(second).Offered, f.view(newcomer).Offered})
	})
	t.Run("8 nobody online at arrival: the backlog drains when one comes", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		ids := []string{f.says("maria", "hello"), f.says("pedro", "hello"), f.says("lucia", "hello")}
		f.pass(time.Hour)
		single(f, "ana")
		for _, id := range ids {
			require.Equal(t, "ana", f.view(id).Offered)
			f.do(queue.Accept{Agent: "ana", Interaction: id})
			f.do(queue.Finish{Agent: "ana", Interaction: id})
		}
		assert.Empty(t, f.e.Interactions(""))
	})
	t.Run("9 the first needs a skill nobody has: those behind are served", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana")
		c := f.contact("maria", "bonjour")
		c.Skills = []queue.Skill{{Name: "french"}}
		first := f.arrives(c)
		assert.Equal(t, "ana", f.view(f.says("pedro", "hello")).Offered)
		assert.Equal(t, 1, f.view(first).Position)
		why, err := f.e.Explain(first)
		require.NoError(t, err)
		assert.Contains(t, why.Candidates, queue.Considered{Agent: "ana", Reason: "lacks skill french"})
	})
	t.Run("10 the preferred agent is offline: the next is asked, and nothing waits for ever", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana", "carla")
		c := f.contact("maria", "hello")
		c.Preferred, c.PreferFor = []queue.Preferred{{Agent: "bruno", Score: 9}, {Agent: "carla", Score: 5}}, time.Hour
		assert.Equal(t, "carla", f.view(f.arrives(c)).Offered)
		c = f.contact("pedro", "hello")
		c.Preferred, c.PreferFor = []queue.Preferred{{Agent: "bruno"}}, time.Hour
		assert.Equal(t, "ana", f.view(f.arrives(c)).Offered)
	})
	t.Run("11 linear at its end while the rest are busy: from the top again", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: "linear"})
		single(f, "ana", "bruno", "carla")
		first := f.answered("maria", "ana")
		f.answered("pedro", "bruno")
		f.answered("lucia", "carla")
		next := f.says("juan", "hello")
		f.do(queue.Finish{Agent: "ana", Interaction: first})
		assert.Equal(t, "ana", f.view(next).Offered)
	})
	t.Run("12 overflow there and back is bounded, and refused with the reason", func(t *testing.T) {
		to := func(id, target string) queue.Campaign {
			return queue.Campaign{ID: id, Overflow: []queue.Overflow{{After: time.Minute, Do: queue.DoCampaign, Target: target}}}
		}
		f := newFloor(t, to("sales", "support"), to("support", "sales"))
		id := f.says("maria", "hello")
		f.pass(24 * time.Hour)
		assert.Len(t, f.all(queue.Moved, id), queue.DefaultMaxHops)
		last := f.last(queue.Stepped, id)
		assert.Equal(t, start.Add(6*time.Minute), last.At)
		assert.Contains(t, last.Reason, string(queue.ErrLoop))
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Equal(t, start, f.view(id).Since)
	})

	t.Run("15 offline or paused during an offer: revoked, the age kept, no hot loop", func(t *testing.T) {
		for _, state := range []queue.State{queue.Offline, queue.Paused} {
			f := newFloor(t, queue.Campaign{})
			f.available("ana")
			id := f.says("maria", "hello")
			f.pass(10 * time.Second)
			f.do(queue.AgentState{Agent: "ana", State: state})
			assert.Equal(t, "revoked", f.last(queue.OfferEnd, id).Reason)
			f.pass(time.Hour)
			assert.Len(t, f.all(queue.Offered, id), 1)
			assert.Equal(t, start, f.view(id).Since)
			f.available("bruno")
			assert.Equal(t, "bruno", f.view(id).Offered)
		}
	})
	t.Run("16 the customer ends during an offer: the agent is free", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{LeaveWords: []string{"cancel"}})
		single(f, "ana")
		id, next := f.says("maria", "hello"), f.says("pedro", "hello")
		f.says("maria", " Cancel ")
		assert.Equal(t, queue.OutcomeAbandoned, f.outcome(id))
		assert.Equal(t, []string{next}, f.agent("ana").Asked)
		f.refuse(queue.Accept{Agent: "ana", Interaction: id}, queue.ErrUnknownInteraction)
	})
	t.Run("16 the customer is blacklisted during an offer: the agent is free", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{IncomingBlacklist: true})
		single(f, "ana")
		id, next := f.says("maria", "hello"), f.says("pedro", "hello")
		c := f.contact("maria", "hello?")
		c.Blocked = &queue.Block{}
		f.do(c)
		assert.Equal(t, queue.OutcomeBlacklisted, f.outcome(id))
		assert.Equal(t, []string{next}, f.agent("ana").Asked)
	})
	t.Run("23 the answer to a finished conversation does not go to an agent who left", func(t *testing.T) {
		for _, c := range []queue.Campaign{{}, {Reopen: time.Hour}, {Sticky: queue.StickyWait, StickyWait: time.Hour}} {
			f := newFloor(t, c)
			f.available("ana")
			id := f.answered("maria", "ana")
			f.do(queue.Finish{Agent: "ana", Interaction: id})
			f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
			f.available("bruno")
			assert.Equal(t, "bruno", f.view(f.says("maria", "thanks")).Offered)
		}
	})

	t.Run("24 a busy or absent agent keeps the turn in the round", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: "rrmemory"})
		f.available("ana", "carla")
		assert.Equal(t, []string{"ana", "carla", "ana"}, serves(f, 3))
		f.available("bruno")
		assert.Equal(t, []string{"bruno", "carla", "ana", "bruno"}, serves(f, 4))
	})
	t.Run("25 a newcomer is not flooded", func(t *testing.T) {
		for _, strategy := range []string{"fewest", "rrmemory"} {
			f := newFloor(t, queue.Campaign{Strategy: strategy, Members: list("ana", "bruno")})
			f.available("ana", "bruno", "carla")
			serves(f, 6)
			f.configure(queue.Campaign{Strategy: strategy})
			assert.ElementsMatch(t, []string{"ana", "bruno", "carla"}, serves(f, 3), strategy)
		}
	})
	t.Run("25 nor is one back from holiday", func(t *testing.T) {
		for _, strategy := range []string{"fewest", "rrmemory"} {
			f := newFloor(t, queue.Campaign{Strategy: strategy})
			f.available("ana", "bruno")
			serves(f, 6)
			f.pass(24 * time.Hour)
			f.available("carla")
			assert.ElementsMatch(t, []string{"ana", "bruno", "carla"}, serves(f, 3), strategy)
		}
	})
	t.Run("26 large counters and long idle times never cross tiers", func(t *testing.T) {
		for _, strategy := range []string{"leastbusy", "leastrecent", "fewest", "rrmemory", "linear", "random", "wrandom"} {
			f := newFloor(t, queue.Campaign{Strategy: strategy, Members: []queue.Member{{Agent: "ana", Tier: 1}, {Agent: "bruno", Penalty: 100}}})
			f.available("ana", "bruno")
			for _, a := range serves(f, 50) {
				require.Equal(t, "bruno", a, strategy)
			}
			f.pass(72 * time.Hour)
			assert.Equal(t, []string{"bruno"}, serves(f, 1), strategy)
		}
	})
	t.Run("27 ties go by the order of the members, every time", func(t *testing.T) {
		for _, strategy := range []string{"leastbusy", "leastrecent", "fewest", "rrmemory", "linear"} {
			f := newFloor(t, queue.Campaign{Strategy: strategy, Members: list("carla", "ana", "bruno")})
			single(f, "bruno", "ana", "carla")
			var asked []string
			for _, who := range []string{"maria", "pedro", "lucia"} {
				asked = append(asked, f.view(f.says(who, "hello")).Offered)
			}
			assert.Equal(t, []string{"carla", "ana", "bruno"}, asked, strategy)
		}
	})
	t.Run("28 several events at one instant keep their order", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		ids := []string{f.says("maria", "hello"), f.says("pedro", "hello"), f.says("lucia", "hello")}
		for i, id := range ids {
			assert.Equal(t, i+1, f.view(id).Position)
		}
		f.available("ana")
		assert.Equal(t, ids[:2], f.agent("ana").Asked)
	})
	t.Run("28 the clock steps back: time does not, and goes on at half rate", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{RingTime: 10 * time.Second})
		f.available("ana")
		f.pass(time.Minute)
		id := f.says("maria", "hello")
		f.now = start
		younger := f.says("pedro", "hello")
		assert.Equal(t, start.Add(time.Minute), f.view(younger).Since)
		assert.Equal(t, []string{id, younger}, f.agent("ana").Asked)
		f.pass(20*time.Second - 1)
		assert.Empty(t, f.all(queue.OfferEnd, ""))
		f.pass(1)
		assert.Equal(t, start.Add(70*time.Second), f.last(queue.OfferEnd, id).At)
	})
	t.Run("32 a breach is stamped at its deadline, not when somebody looked", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{ServiceLevel: 20 * time.Second})
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		assert.Equal(t, start.Add(20*time.Second+1), f.last(queue.Breached, id).At, "the threshold itself is in time")
	})

	// moving is a floor with an offer to ana, two who wait and one whom bruno has.
	moving := func(t *testing.T) *floor {
		f := newFloor(t, queue.Campaign{})
		single(f, "bruno")
		f.answered("juan", "bruno")
		single(f, "ana")
		for _, who := range []string{"maria", "pedro", "lucia"} {
			f.says(who, "hello")
		}
		require.Equal(t, []string{"i2"}, f.agent("ana").Asked)
		return f
	}
	t.Run("33 strategy, limits and deadlines change: what is open survives", func(t *testing.T) {
		f := moving(t)
		f.configure(queue.Campaign{Strategy: "rrmemory", MaxInteractions: 1, MaxTime: time.Hour, WrapUp: time.Minute, Eligibility: queue.Interaction})
		assert.Equal(t, []string{"i2"}, f.agent("ana").Asked)
		assert.Equal(t, []string{"i1"}, f.agent("bruno").Has)
		assert.Len(t, f.e.Interactions("sales"), 4)
		f.do(queue.Accept{Agent: "ana", Interaction: "i2"})
		f.pass(time.Hour)
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome("i3"))
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome("i4"))
	})
	t.Run("33 a member goes: the offer is revoked, what they have stays", func(t *testing.T) {
		f := moving(t)
		f.configure(queue.Campaign{Members: list("carla")})
		assert.Empty(t, f.agent("ana").Asked)
		assert.Zero(t, f.agent("ana").Load)
		assert.Equal(t, []string{"i1"}, f.agent("bruno").Has)
		f.available("carla")
		assert.Equal(t, []string{"i2", "i3"}, f.agent("carla").Asked, "in their order")
		f.do(queue.Finish{Agent: "bruno", Interaction: "i1"})
		assert.Empty(t, f.agent("bruno").Asked)
	})
	t.Run("33 a member comes: what waits is offered at once", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Members: list("ana")})
		f.available("carla")
		id := f.says("maria", "hello")
		f.configure(queue.Campaign{})
		assert.Equal(t, "carla", f.view(id).Offered)
	})
	t.Run("33 closing hours are set: what waits is held, what is offered may be accepted", func(t *testing.T) {
		f := moving(t)
		c := office()
		c.AtClosing, c.Hours.Week[0].From = queue.Hold, "12:00"
		f.configure(c)
		f.do(queue.Accept{Agent: "ana", Interaction: "i2"})
		f.do(queue.Finish{Agent: "ana", Interaction: "i2"})
		assert.Empty(t, f.agent("ana").Asked)
		f.pass(3 * time.Hour)
		assert.Equal(t, []string{"i3"}, f.agent("ana").Asked)
	})
}
