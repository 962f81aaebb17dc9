package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// Ring time and decline memory: how long an offer stands, and who is asked after it.
func TestRingTime(t *testing.T) {
	// rings is an offer of maria's interaction to ana.
	rings := func(t *testing.T, c queue.Campaign, others ...string) (*floor, string) {
		f := newFloor(t, c)
		f.available("ana")
		id := f.says("maria", "hello")
		assert.Equal(t, "ana", f.view(id).Offered)
		f.available(others...)
		return f, id
	}

	t.Run("without one an offer stands for thirty seconds", func(t *testing.T) {
		f, id := rings(t, queue.Campaign{})
		assert.Equal(t, start.Add(30*time.Second), f.view(id).Until)
	})
	t.Run("a nanosecond before its end it may be accepted", func(t *testing.T) {
		f, id := rings(t, queue.Campaign{RingTime: 10 * time.Second})
		f.pass(10*time.Second - 1)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("at its end it is missed, and accepting it is refused", func(t *testing.T) {
		f, id := rings(t, queue.Campaign{RingTime: 10 * time.Second})
		f.pass(10 * time.Second)
		ended := f.last(queue.OfferEnd, id)
		assert.Equal(t, "missed", ended.Reason)
		assert.Equal(t, start.Add(10*time.Second), ended.At)
		f.refuse(queue.Accept{Agent: "ana", Interaction: id}, queue.ErrNotOffered)
		last := f.effects[len(f.effects)-1]
		assert.Equal(t, queue.Effect{Kind: queue.EffectRevoke, Seq: ended.Seq, Interaction: id, Campaign: "sales", Agent: "ana"}, last)
	})
	t.Run("then the next is asked, at the same instant", func(t *testing.T) {
		f, id := rings(t, queue.Campaign{RingTime: 10 * time.Second}, "bruno")
		f.pass(15 * time.Second)
		assert.Equal(t, "bruno", f.view(id).Offered)
		assert.Equal(t, start.Add(10*time.Second), f.last(queue.Offered, id).At)
	})
	t.Run("who declines is not asked again for thirty seconds", func(t *testing.T) {
		f, id := rings(t, queue.Campaign{})
		f.do(queue.Decline{Agent: "ana", Interaction: id, Reason: "lunch"})
		assert.Equal(t, "lunch", f.last(queue.OfferEnd, id).From)
		f.pass(30*time.Second - 1)
		assert.Empty(t, f.view(id).Offered)
		f.pass(1)
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("or as long as the campaign says, after a miss and a failure too", func(t *testing.T) {
		for _, end := range []func(f *floor, id string){
			func(f *floor, id string) { f.do(queue.Decline{Agent: "ana", Interaction: id}) },
			func(f *floor, id string) { f.do(queue.OfferFailed{Agent: "ana", Interaction: id}) },
			func(f *floor, id string) { f.pass(30 * time.Second) },
		} {
			f, id := rings(t, queue.Campaign{DeclineMemory: time.Minute})
			end(f, id)
			f.pass(time.Minute - 1)
			assert.Empty(t, f.view(id).Offered)
			f.pass(1)
			assert.Equal(t, "ana", f.view(id).Offered)
		}
	})
	t.Run("a revoked offer is not remembered", func(t *testing.T) {
		f, id := rings(t, queue.Campaign{})
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.available("ana")
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("another interaction is offered all the same", func(t *testing.T) {
		f, id := rings(t, queue.Campaign{})
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		assert.Equal(t, "ana", f.view(f.says("pedro", "hello")).Offered)
	})
	t.Run("its place and age are kept", func(t *testing.T) {
		f, id := rings(t, queue.Campaign{})
		f.pass(10 * time.Second)
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		f.available("bruno")
		assert.Equal(t, start, f.view(id).Since)
		assert.Equal(t, start, f.view(id).Queued)
	})
}

// Misses: an agent who lets k offers in a row ring out is paused.
func TestAutoPause(t *testing.T) {
	twice := queue.Campaign{AutoPauseMisses: 2, RingTime: 10 * time.Second, DeclineMemory: time.Second}
	alone := func(t *testing.T, c queue.Campaign) (*floor, string) {
		f := newFloor(t, c)
		f.available("ana")
		return f, f.says("maria", "hello")
	}

	t.Run("the k-th miss pauses, with the reason", func(t *testing.T) {
		f, id := alone(t, twice)
		f.pass(20 * time.Second) // missed at 10 s, asked again at 11 s
		assert.Equal(t, queue.Available, f.agent("ana").State)
		f.pass(time.Hour)
		assert.Equal(t, queue.Paused, f.agent("ana").State)
		assert.Equal(t, "missed offers", f.agent("ana").Reason)
		assert.Equal(t, start.Add(21*time.Second), f.last(queue.AgentStated, "").At)
		assert.Len(t, f.all(queue.Offered, id), 2)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("0 is 3", func(t *testing.T) {
		c := twice
		c.AutoPauseMisses = 0
		f, id := alone(t, c)
		f.pass(time.Hour)
		assert.Equal(t, queue.Paused, f.agent("ana").State)
		assert.Len(t, f.all(queue.Offered, id), 3)
	})
	t.Run("with the largest number there is no pause", func(t *testing.T) {
		c := twice
		c.AutoPauseMisses = queue.MaxCount
		f, id := alone(t, c)
		f.pass(110*time.Second - 1) // an offer every eleven seconds
		assert.Equal(t, queue.Available, f.agent("ana").State)
		assert.Len(t, f.all(queue.Offered, id), 10)
	})
	t.Run("an answer in between begins the count anew", func(t *testing.T) {
		f, id := alone(t, twice)
		f.pass(11 * time.Second)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.says("pedro", "hello")
		f.pass(10 * time.Second)
		assert.Equal(t, queue.Available, f.agent("ana").State)
		f.pass(11 * time.Second)
		assert.Equal(t, queue.Paused, f.agent("ana").State)
	})
	t.Run("declining is no miss", func(t *testing.T) {
		f, id := alone(t, twice)
		for range 5 {
			f.do(queue.Decline{Agent: "ana", Interaction: id})
			f.pass(time.Second)
		}
		assert.Equal(t, queue.Available, f.agent("ana").State)
	})
	t.Run("an offer revoked or not shown is no miss", func(t *testing.T) {
		f, id := alone(t, twice)
		for range 3 {
			f.do(queue.OfferFailed{Agent: "ana", Interaction: id})
			f.pass(time.Second)
			f.do(queue.Requeue{Interaction: id})
			assert.Empty(t, f.view(id).Offered, "others first")
			f.pass(time.Second)
		}
		assert.Equal(t, queue.Available, f.agent("ana").State)
	})
	t.Run("back from the pause the count begins anew", func(t *testing.T) {
		f, _ := alone(t, twice)
		f.pass(time.Minute)
		f.available("ana")
		f.pass(10 * time.Second)
		assert.Equal(t, queue.Available, f.agent("ana").State)
	})
	t.Run("the other offer that is out is revoked, its age kept", func(t *testing.T) {
		c := twice
		c.AutoPauseMisses = 1
		f, _ := alone(t, c)
		f.pass(5 * time.Second)
		second := f.says("pedro", "hello")
		f.pass(5 * time.Second)
		assert.Equal(t, "revoked", f.last(queue.OfferEnd, second).Reason)
		assert.Empty(t, f.agent("ana").Asked)
		assert.Equal(t, start.Add(5*time.Second), f.view(second).Since)
	})
	t.Run("what the agent has stays with the agent", func(t *testing.T) {
		c := twice
		c.AutoPauseMisses = 1
		f, id := alone(t, c)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.says("pedro", "hello")
		f.pass(time.Minute)
		assert.Equal(t, queue.Paused, f.agent("ana").State)
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("a transfer that rings out is a miss", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{AutoPauseMisses: 1, MaxTransferTime: 10 * time.Second})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.available("bruno")
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		f.pass(10 * time.Second)
		assert.Equal(t, queue.Paused, f.agent("bruno").State)
		assert.Equal(t, "ana", f.view(id).Agent)
	})
}

// Delays: for how long an agent is offered nothing after letting one go.
func TestOfferDelays(t *testing.T) {
	// after lets an offer of ana's end, and returns when she is asked for another.
	after := func(t *testing.T, c queue.Campaign, end func(f *floor, id string)) (*floor, time.Duration) {
		f := newFloor(t, c)
		f.available("ana")
		end(f, f.says("maria", "hello"))
		ended, next := f.now, f.says("pedro", "hello")
		f.pass(time.Hour)
		return f, f.all(queue.Offered, next)[0].At.Sub(ended)
	}
	declines := func(f *floor, id string) { f.do(queue.Decline{Agent: "ana", Interaction: id}) }
	misses := func(f *floor, _ string) { f.pass(30 * time.Second) }
	fails := func(f *floor, id string) { f.do(queue.OfferFailed{Agent: "ana", Interaction: id}) }
	card := queue.Campaign{DeclineDelay: 5 * time.Second, MissDelay: 7 * time.Second, FailDelay: 9 * time.Second}

	t.Run("each has its own", func(t *testing.T) {
		for i, end := range []func(f *floor, id string){declines, misses, fails} {
			_, delay := after(t, card, end)
			assert.Equal(t, []time.Duration{5 * time.Second, 7 * time.Second, 9 * time.Second}[i], delay)
		}
	})
	t.Run("0 is none", func(t *testing.T) {
		_, delay := after(t, queue.Campaign{}, declines)
		assert.Zero(t, delay)
	})
	t.Run("a pause ends it", func(t *testing.T) {
		_, delay := after(t, card, func(f *floor, id string) {
			declines(f, id)
			f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
			f.available("ana")
			assert.Zero(t, f.agent("ana").Delay)
		})
		assert.Zero(t, delay)
	})
	t.Run("it holds in every campaign of the agent, and for no other agent", func(t *testing.T) {
		f := newFloor(t, card, queue.Campaign{ID: "support"})
		f.available("ana")
		declines(f, f.says("maria", "hello"))
		c := f.contact("pedro", "hello")
		c.Number = other
		id := f.arrives(c)
		assert.Empty(t, f.view(id).Offered)
		f.available("bruno")
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("a shorter one that begins meanwhile does not end it early", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{DeclineDelay: time.Minute, MissDelay: time.Second, DeclineMemory: time.Second})
		f.available("ana")
		first := f.says("maria", "hello")
		f.says("pedro", "hello") // rings beside it and is missed at 30 s
		f.pass(20 * time.Second)
		f.do(queue.Decline{Agent: "ana", Interaction: first})
		f.pass(40 * time.Second)
		// A minute after the decline is the 80th second, whatever the miss at 30 s asks for.
		assert.Equal(t, start.Add(80*time.Second), f.agent("ana").Delay)
		assert.Empty(t, f.agent("ana").Asked)
	})
}
