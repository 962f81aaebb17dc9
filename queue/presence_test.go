package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// leased is a floor on which ana, with room for two, has a lease of a minute, and is there.
func leased(t *testing.T, lapse queue.Lapse, c queue.Campaign) *floor {
	f := newFloor(t, c)
	f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 2, Lease: time.Minute, Lapse: lapse}})
	f.available("ana")
	return f
}

// Presence: how long an agent is there without saying so.
func TestPresence(t *testing.T) {
	beat := func(f *floor) []queue.Event { f.t.Helper(); return f.do(queue.Heartbeat{Agent: "ana"}) }

	t.Run("without a lease an agent is there for ever", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana")
		assert.Empty(t, beat(f))
		f.pass(30 * 24 * time.Hour)
		assert.Equal(t, queue.Available, f.agent("ana").State)
	})
	t.Run("nothing heard for the lease: offline, at its own instant, with the reason", func(t *testing.T) {
		f := leased(t, queue.LapseKeep, queue.Campaign{})
		f.pass(time.Minute - 1)
		assert.Equal(t, queue.Available, f.agent("ana").State)
		f.pass(time.Hour)
		ev := f.last(queue.AgentStated, "")
		assert.Equal(t, []any{queue.Offline, "presence lapsed", "deadline:lease", start.Add(time.Minute)}, []any{ev.State, ev.Reason, ev.Cause, ev.At})
	})
	t.Run("a heartbeat in time keeps the agent", func(t *testing.T) {
		f := leased(t, queue.LapseKeep, queue.Campaign{})
		for range 100 {
			f.pass(59 * time.Second)
			beat(f)
		}
		assert.Equal(t, queue.Available, f.agent("ana").State)
	})
	for _, after := range []time.Duration{0, 1, time.Second, 14 * time.Second, 15*time.Second - 1, 45 * time.Second, time.Minute - 1} {
		t.Run(fmt.Sprintf("the lease lasts in full from a heartbeat %s after the last", after), func(t *testing.T) {
			f := leased(t, queue.LapseKeep, queue.Campaign{})
			f.pass(after)
			beat(f)
			f.pass(time.Minute - 1)
			assert.Equal(t, queue.Available, f.agent("ana").State)
			f.pass(1)
			assert.Equal(t, queue.Offline, f.agent("ana").State)
		})
	}
	t.Run("a heartbeat at the same instant is no event", func(t *testing.T) {
		f := leased(t, queue.LapseKeep, queue.Campaign{})
		f.pass(time.Second)
		assert.Len(t, beat(f), 1)
		assert.Empty(t, beat(f))
	})
	t.Run("saying the same state again is a heartbeat, paused too", func(t *testing.T) {
		for _, state := range []queue.State{queue.Available, queue.Paused} {
			f := leased(t, queue.LapseKeep, queue.Campaign{})
			f.do(queue.AgentState{Agent: "ana", State: state, Reason: "x"})
			f.pass(50 * time.Second)
			f.do(queue.AgentState{Agent: "ana", State: state, Reason: "x"})
			f.pass(50 * time.Second)
			assert.Equal(t, state, f.agent("ana").State)
			assert.Len(t, f.all(queue.AgentAlive, ""), 1)
		}
	})
	t.Run("a paused agent lapses too", func(t *testing.T) {
		f := leased(t, queue.LapseKeep, queue.Campaign{})
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused, Reason: "lunch"})
		f.pass(time.Minute)
		assert.Equal(t, queue.Offline, f.agent("ana").State)
	})
	t.Run("a heartbeat of one who is offline brings nobody back", func(t *testing.T) {
		f := leased(t, queue.LapseKeep, queue.Campaign{})
		f.pass(time.Hour)
		assert.Empty(t, beat(f))
		assert.Equal(t, queue.Offline, f.agent("ana").State)
		f.available("ana")
		f.pass(time.Minute - 1)
		assert.Equal(t, queue.Available, f.agent("ana").State)
	})
	t.Run("a heartbeat of nobody is refused", func(t *testing.T) {
		newFloor(t).refuse(queue.Heartbeat{Agent: "nobody"}, queue.ErrUnknownAgent)
	})
	t.Run("a lease that is set or taken away holds from then on", func(t *testing.T) {
		f := leased(t, queue.LapseKeep, queue.Campaign{})
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana"}})
		f.pass(time.Hour)
		assert.Equal(t, queue.Available, f.agent("ana").State)
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Lease: time.Minute}})
		f.pass(time.Minute)
		assert.Equal(t, queue.Offline, f.agent("ana").State)
	})

	t.Run("17 presence lapses during an offer: revoked, the next is asked at that instant", func(t *testing.T) {
		f := leased(t, queue.LapseKeep, queue.Campaign{RingTime: time.Hour})
		id := f.says("maria", "hello")
		f.available("bruno")
		f.pass(time.Hour)
		assert.Equal(t, "revoked", f.last(queue.OfferEnd, id).Reason)
		assert.Equal(t, "bruno", f.view(id).Offered)
		assert.Equal(t, start.Add(time.Minute), f.last(queue.Offered, id).At)
		assert.Equal(t, start, f.view(id).Since)
	})
	t.Run("17 keep: what the agent has stays, and is there when they come back", func(t *testing.T) {
		f := leased(t, queue.LapseKeep, queue.Campaign{})
		id := f.answered("maria", "ana")
		f.pass(time.Hour)
		assert.Equal(t, "ana", f.view(id).Agent)
		f.available("ana")
		f.do(queue.Finish{Agent: "ana", Interaction: id})
	})
	t.Run("17 requeue: what the agent has goes back with its age, on hold too", func(t *testing.T) {
		f := leased(t, queue.LapseRequeue, queue.Campaign{})
		first, second := f.answered("maria", "ana"), f.answered("pedro", "ana")
		f.do(queue.Park{Agent: "ana", Interaction: second})
		f.available("bruno")
		f.pass(time.Minute)
		for _, id := range []string{first, second} {
			assert.Equal(t, []any{"bruno", start}, []any{f.view(id).Offered, f.view(id).Since})
			assert.Equal(t, "presence lapsed", f.last(queue.Requeued, id).Reason)
		}
		assert.Zero(t, f.agent("ana").Load)
	})
	t.Run("17 a transfer that a lapsed agent sent goes to the queue", func(t *testing.T) {
		f := leased(t, queue.LapseRequeue, queue.Campaign{})
		id := f.answered("maria", "ana")
		f.available("bruno")
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		f.pass(time.Minute)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Equal(t, "bruno", f.view(id).Offered, "by the router")
	})
	t.Run("17 a transfer to a lapsed agent returns at once", func(t *testing.T) {
		f := leased(t, queue.LapseKeep, queue.Campaign{})
		f.available("bruno")
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		id := f.answered("maria", "bruno")
		f.available("ana")
		f.do(queue.Transfer{Interaction: id, Agent: "bruno", ToAgent: "ana"})
		f.pass(time.Minute)
		assert.Equal(t, []any{"bruno", ""}, []any{f.view(id).Agent, f.view(id).Offered})
	})
	t.Run("18 a tab that reloads within the lease moves nothing", func(t *testing.T) {
		f := leased(t, queue.LapseRequeue, queue.Campaign{RingTime: time.Hour})
		mine, asked := f.answered("maria", "ana"), f.says("pedro", "hello")
		f.available("bruno")
		before := len(f.events)
		for range 20 { // each reload says available again, and nothing for a while
			f.pass(40 * time.Second)
			f.do(queue.AgentState{Agent: "ana", State: queue.Available})
		}
		for _, ev := range f.events[before:] {
			assert.Equal(t, queue.AgentAlive, ev.Kind)
		}
		assert.Equal(t, []any{"ana", "ana"}, []any{f.view(mine).Agent, f.view(asked).Offered})
	})
	t.Run("18 flapping without a lease in between asks each at most once per flap, and never moves what an agent has", func(t *testing.T) {
		f := leased(t, queue.LapseRequeue, queue.Campaign{})
		mine := f.answered("maria", "ana")
		waits := f.says("pedro", "hello")
		for range 20 {
			f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
			f.pass(time.Second)
			f.available("ana")
		}
		assert.Len(t, f.all(queue.Offered, waits), 21)
		assert.Len(t, f.all(queue.Answered, mine), 1)
		assert.Empty(t, f.all(queue.Requeued, ""))
		assert.Equal(t, start, f.view(waits).Since)
	})
}

// AfterWork: "finish what you have, then pause".
func TestAfterWork(t *testing.T) {
	leave := func(f *floor, s queue.State) []queue.Event {
		f.t.Helper()
		return f.do(queue.AgentState{Agent: "ana", State: s, Reason: "end of shift", AfterWork: true})
	}
	busy := func(t *testing.T, c queue.Campaign) (*floor, string) {
		f := newFloor(t, c)
		f.available("ana")
		return f, f.answered("maria", "ana")
	}
	left := func(f *floor, s queue.State) {
		f.t.Helper()
		v := f.agent("ana")
		assert.Equal(f.t, []any{s, "end of shift", false}, []any{v.State, v.Reason, v.AfterWork})
	}

	t.Run("nothing new comes, and with the last one it happens", func(t *testing.T) {
		for _, s := range []queue.State{queue.Paused, queue.Offline} {
			f, id := busy(t, queue.Campaign{})
			leave(f, s)
			assert.Equal(t, []any{queue.Available, true}, []any{f.agent("ana").State, f.agent("ana").AfterWork})
			assert.Empty(t, f.view(f.says("pedro", "hello")).Offered)
			f.do(queue.Finish{Agent: "ana", Interaction: id})
			left(f, s)
		}
	})
	t.Run("with nothing to finish it happens at once", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana")
		leave(f, queue.Paused)
		left(f, queue.Paused)
	})
	t.Run("an offer that is out is revoked", func(t *testing.T) {
		f, _ := busy(t, queue.Campaign{})
		asked := f.says("pedro", "hello")
		leave(f, queue.Paused)
		assert.Equal(t, []string{"revoked", "agent is finishing work"}, []string{f.last(queue.OfferEnd, asked).Reason, f.last(queue.OfferEnd, asked).From})
	})
	t.Run("wrap-up is part of the work, begun before or after", func(t *testing.T) {
		f, id := busy(t, queue.Campaign{WrapUp: time.Minute})
		leave(f, queue.Offline)
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.Available, f.agent("ana").State)
		f.pass(time.Minute)
		left(f, queue.Offline)

		f, id = busy(t, queue.Campaign{WrapUp: time.Minute})
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		leave(f, queue.Offline)
		assert.Equal(t, queue.Available, f.agent("ana").State)
		f.do(queue.WrapUp{Agent: "ana"})
		left(f, queue.Offline)
	})
	t.Run("every way to be rid of the last one counts", func(t *testing.T) {
		for name, end := range map[string]func(f *floor, id string){
			"transfer": func(f *floor, id string) {
				f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
				f.do(queue.Accept{Interaction: id, Agent: "bruno"})
			},
			"to campaign": func(f *floor, id string) { f.do(queue.Transfer{Interaction: id, Agent: "ana", ToCampaign: "support"}) },
			"moved":       func(f *floor, id string) { f.do(queue.Move{Interaction: id, Campaign: "support"}) },
			"requeued":    func(f *floor, id string) { f.do(queue.Requeue{Interaction: id}) },
			"ended":       func(f *floor, id string) { f.do(queue.End{Interaction: id}) },
			"left":        func(f *floor, id string) { f.do(queue.Leave{Interaction: id}) },
			"on hold":     func(f *floor, id string) { f.do(queue.Park{Interaction: id, Agent: "ana"}) },
			"silence":     func(f *floor, id string) { f.pass(time.Hour) },
		} {
			f := newFloor(t, queue.Campaign{Silence: queue.Silence{AgentReturn: time.Hour}}, queue.Campaign{ID: "support"})
			f.available("ana")
			id := f.answered("maria", "ana")
			f.available("bruno")
			leave(f, queue.Paused)
			end(f, id)
			assert.Equal(t, queue.Paused, f.agent("ana").State, name)
		}
	})
	t.Run("another one is still there: not yet", func(t *testing.T) {
		f, id := busy(t, queue.Campaign{})
		second := f.answered("pedro", "ana")
		leave(f, queue.Paused)
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.Available, f.agent("ana").State)
		f.do(queue.Finish{Agent: "ana", Interaction: second})
		left(f, queue.Paused)
	})
	t.Run("one on hold that comes back goes to the agent all the same", func(t *testing.T) {
		f, id := busy(t, queue.Campaign{})
		f.do(queue.Park{Interaction: id, Agent: "ana"})
		leave(f, queue.Paused)
		left(f, queue.Paused)
		f.says("maria", "I am back")
		assert.Equal(t, []any{"ana", false}, []any{f.view(id).Agent, f.view(id).Parked})
	})
	t.Run("available again takes it back", func(t *testing.T) {
		f, id := busy(t, queue.Campaign{})
		leave(f, queue.Paused)
		f.available("ana")
		assert.Equal(t, "ana", f.view(f.says("pedro", "hello")).Offered)
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.Available, f.agent("ana").State)
	})
	t.Run("taking one meanwhile is refused", func(t *testing.T) {
		f, _ := busy(t, queue.Campaign{})
		leave(f, queue.Paused)
		id := f.says("pedro", "hello")
		assert.Equal(t, "finishing work", f.refuse(queue.Take{Agent: "ana", Interaction: id}, queue.ErrNotEligible).Reason)
	})
	t.Run("with requeue there is nothing to finish", func(t *testing.T) {
		f, id := busy(t, queue.Campaign{})
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline, Reason: "end of shift", AfterWork: true, Requeue: true})
		left(f, queue.Offline)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("a pause at once takes its place", func(t *testing.T) {
		f, id := busy(t, queue.Campaign{})
		leave(f, queue.Offline)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused, Reason: "lunch"})
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, []any{queue.Paused, "lunch"}, []any{f.agent("ana").State, f.agent("ana").Reason})
	})
}

// Logout, and agents and members who go while they have work.
func TestAgentGoes(t *testing.T) {
	// working is ana with one interaction, one on hold and an offer, and bruno beside her.
	working := func(t *testing.T) (f *floor, has, parked, asked string) {
		f = newFloor(t, queue.Campaign{RingTime: time.Hour})
		f.available("ana")
		has, parked = f.answered("maria", "ana"), f.answered("pedro", "ana")
		f.do(queue.Park{Agent: "ana", Interaction: parked})
		asked = f.says("lucia", "hello")
		f.pass(time.Minute)
		return f, has, parked, asked
	}

	t.Run("logout: offers are revoked, what the agent has stays", func(t *testing.T) {
		f, has, parked, asked := working(t)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		assert.Equal(t, []any{"ana", "ana", ""}, []any{f.view(has).Agent, f.view(parked).Agent, f.view(asked).Offered})
		f.available("bruno")
		assert.Equal(t, "bruno", f.view(asked).Offered)
	})
	t.Run("logout with requeue: all of it goes back, with its age, in its order", func(t *testing.T) {
		f, has, parked, asked := working(t)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline, Requeue: true, By: "chief"})
		assert.Zero(t, f.agent("ana").Load)
		for i, id := range []string{has, parked, asked} {
			assert.Equal(t, []any{i + 1, start}, []any{f.view(id).Position, f.view(id).Since})
		}
		back := f.last(queue.Requeued, has)
		assert.Equal(t, []string{"ana", "chief", "agent is offline"}, []string{back.Agent, back.By, back.Reason})
	})
	t.Run("a pause with requeue does the same", func(t *testing.T) {
		f, has, _, _ := working(t)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused, Requeue: true})
		assert.Equal(t, queue.OwnedByQueue, f.view(has).Owner)
		assert.Zero(t, f.agent("ana").Load)
	})
	t.Run("20 removed from the center: all of it goes back, and nothing remembers the agent", func(t *testing.T) {
		f, has, parked, asked := working(t)
		f.do(queue.RemoveAgent{Agent: "ana", By: "chief"})
		_, known := f.e.Agent("ana")
		assert.False(t, known)
		for _, id := range []string{has, parked, asked} {
			assert.Equal(t, []any{queue.OwnedByQueue, start}, []any{f.view(id).Owner, f.view(id).Since})
		}
		c, _ := f.e.CampaignConfig("sales")
		assert.Equal(t, []queue.Member{{Agent: "bruno"}, {Agent: "carla"}}, c.Members)
		assert.Equal(t, "chief", f.last(queue.AgentRemoved, "").By)
		f.available("bruno")
		assert.Equal(t, []string{has, parked}, f.agent("bruno").Asked)
		f.refuse(queue.Accept{Agent: "ana", Interaction: asked}, queue.ErrUnknownAgent)
	})
	t.Run("20 removed from the center while somebody waits for that agent alone", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.available("bruno")
		c := f.contact("maria", "hello")
		c.Preferred, c.PreferFor = []queue.Preferred{{Agent: "ana"}}, time.Hour
		id := f.arrives(c)
		assert.Empty(t, f.view(id).Offered)
		f.do(queue.RemoveAgent{Agent: "ana"})
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("20 removed from the center with transfers in both directions", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana")
		out := f.answered("maria", "ana")
		f.available("bruno")
		f.do(queue.Transfer{Interaction: out, Agent: "ana", ToAgent: "bruno"})
		in := f.answered("pedro", "bruno")
		f.do(queue.Transfer{Interaction: in, Agent: "bruno", ToAgent: "ana"})
		f.do(queue.RemoveAgent{Agent: "ana"})
		assert.Equal(t, queue.OwnedByQueue, f.view(out).Owner)
		assert.Equal(t, []any{"bruno", ""}, []any{f.view(in).Agent, f.view(in).Offered})
		assert.Equal(t, 2, f.agent("bruno").Load, "his own, and the router's offer of the other")
	})
	t.Run("20 removed from the campaign: offers are revoked, what the agent has is finished", func(t *testing.T) {
		f, has, parked, asked := working(t)
		f.configure(queue.Campaign{Members: []queue.Member{{Agent: "bruno"}}})
		assert.Equal(t, "no longer a member", f.last(queue.OfferEnd, asked).From)
		assert.Equal(t, []string{has, parked}, f.agent("ana").Has)
		f.says("pedro", "I am back")
		assert.False(t, f.view(parked).Parked)
		for _, id := range []string{has, parked} {
			f.do(queue.Finish{Agent: "ana", Interaction: id})
			assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
		}
		assert.Zero(t, f.agent("ana").Load)
		assert.Empty(t, f.agent("ana").Asked)
	})
	t.Run("20 removed from the campaign while somebody waits for that agent alone", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.available("bruno")
		c := f.contact("maria", "hello")
		c.Preferred, c.PreferFor = []queue.Preferred{{Agent: "ana"}, {Agent: "carla"}}, time.Hour
		id := f.arrives(c)
		f.configure(queue.Campaign{Members: []queue.Member{{Agent: "bruno"}}})
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("20 no longer allowed to receive: as removed", func(t *testing.T) {
		f, has, _, asked := working(t)
		f.configure(queue.Campaign{Members: []queue.Member{{Agent: "ana", NoReceive: true}, {Agent: "bruno"}}})
		assert.Empty(t, f.view(asked).Offered)
		assert.Equal(t, "ana", f.view(has).Agent)
	})
	t.Run("20 removed in wrap-up or delay: nothing is left of it", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{WrapUp: time.Minute, DeclineDelay: time.Minute})
		f.available("ana")
		f.do(queue.Finish{Agent: "ana", Interaction: f.answered("maria", "ana")})
		f.do(queue.RemoveAgent{Agent: "ana"})
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana"}})
		f.configure(queue.Campaign{})
		f.available("ana")
		assert.Equal(t, "ana", f.view(f.says("pedro", "hello")).Offered)
		f.pass(time.Hour)
	})
	t.Run("an unknown state, or an unknown agent, is refused", func(t *testing.T) {
		f := newFloor(t)
		err := f.refuse(queue.AgentState{Agent: "ana", State: "asleep"}, queue.ErrInvalid)
		assert.Equal(t, "unknown state asleep; valid: offline, available, paused", err.Reason)
		f.refuse(queue.AgentState{Agent: "nobody", State: queue.Available}, queue.ErrUnknownAgent)
		f.refuse(queue.RemoveAgent{Agent: "nobody"}, queue.ErrUnknownAgent)
	})
}
