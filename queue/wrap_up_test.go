package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// Wrap-up: after an interaction an agent is asked for nothing, in any campaign, for a time.
func TestWrapUp(t *testing.T) {
	minute := queue.Campaign{WrapUp: time.Minute}
	// finished is a floor on which ana has just finished with maria and pedro waits.
	finished := func(t *testing.T, cards ...queue.Campaign) (f *floor, waiting string) {
		f = newFloor(t, cards...)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		return f, f.says("pedro", "hello")
	}
	offered := func(f *floor, id string) string { f.t.Helper(); return f.view(id).Offered }

	t.Run("0 is none: the next comes at once", func(t *testing.T) {
		f, next := finished(t, queue.Campaign{})
		assert.Equal(t, "ana", offered(f, next))
		assert.Empty(t, f.all(queue.AgentWrapUp, ""))
	})
	t.Run("less than 0 is refused with its path", func(t *testing.T) {
		f := newFloor(t)
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", WrapUp: -1, WrapUpMax: -1}}, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{{Path: "wrapUp", Problem: "must be ≥ 0, is -1ns"}, {Path: "wrapUpMax", Problem: "must be ≥ 0, is -1ns"}}, err.Err)
	})
	t.Run("nothing comes until its own instant, then the next at once", func(t *testing.T) {
		f, next := finished(t, minute)
		assert.Equal(t, start.Add(time.Minute), f.agent("ana").WrapUntil)
		assert.Zero(t, f.agent("ana").Load, "the slot is free already")
		f.pass(time.Minute - 1)
		assert.Empty(t, offered(f, next))
		f.pass(time.Hour)
		assert.Equal(t, start.Add(time.Minute), f.all(queue.Offered, next)[0].At)
	})
	t.Run("it is no reason to hold another agent", func(t *testing.T) {
		f, next := finished(t, minute)
		f.available("bruno")
		assert.Equal(t, "bruno", offered(f, next))
	})
	t.Run("it holds in every campaign of the agent", func(t *testing.T) {
		f, _ := finished(t, minute, queue.Campaign{ID: "support"})
		c := f.contact("lucia", "hello")
		c.Number = other
		id := f.arrives(c)
		assert.Empty(t, offered(f, id))
		f.pass(time.Minute)
		assert.Equal(t, "ana", offered(f, id))
	})
	t.Run("what else the agent has goes on", func(t *testing.T) {
		f := newFloor(t, minute)
		f.available("ana")
		first, second := f.answered("maria", "ana"), f.answered("pedro", "ana")
		f.do(queue.Finish{Agent: "ana", Interaction: first})
		f.do(queue.Send{Interaction: second, Agent: "ana", Message: queue.Message{Text: "hi"}})
		assert.Equal(t, "ana", f.view(second).Agent)
		assert.Equal(t, []string{"hi"}, f.texts(second))
	})

	t.Run("the agent may end it early", func(t *testing.T) {
		f, next := finished(t, minute)
		f.pass(10 * time.Second)
		f.do(queue.WrapUp{Agent: "ana"})
		assert.Equal(t, "ana", offered(f, next))
		assert.Zero(t, f.agent("ana").WrapUntil)
	})
	t.Run("the agent may extend it", func(t *testing.T) {
		f, next := finished(t, minute)
		f.do(queue.WrapUp{Agent: "ana", For: 30 * time.Second})
		f.pass(90*time.Second - 1)
		assert.Empty(t, offered(f, next))
		f.pass(1)
		assert.Equal(t, "ana", offered(f, next))
	})
	t.Run("extended again and again it ends at three times its length", func(t *testing.T) {
		f, next := finished(t, minute)
		for range 5 {
			f.do(queue.WrapUp{Agent: "ana", For: time.Minute})
		}
		assert.Equal(t, start.Add(3*time.Minute), f.agent("ana").WrapUntil)
		f.pass(3 * time.Minute)
		assert.Equal(t, "ana", offered(f, next))
	})
	t.Run("or at the bound of the campaign", func(t *testing.T) {
		f, _ := finished(t, queue.Campaign{WrapUp: time.Minute, WrapUpMax: 80 * time.Second})
		f.do(queue.WrapUp{Agent: "ana", For: time.Hour})
		assert.Equal(t, start.Add(80*time.Second), f.agent("ana").WrapUntil)
	})
	t.Run("extending what has not begun is refused, and so is a time below 0", func(t *testing.T) {
		f, _ := finished(t, minute)
		f.refuse(queue.WrapUp{Agent: "ana", For: -1}, queue.ErrInvalid)
		f.refuse(queue.WrapUp{Agent: "bruno", For: time.Minute}, queue.ErrInvalid)
	})

	t.Run("taking one meanwhile is refused with the reason", func(t *testing.T) {
		f, next := finished(t, minute)
		assert.Equal(t, "wrap-up", f.refuse(queue.Take{Agent: "ana", Interaction: next}, queue.ErrNotEligible).Reason)
	})
	t.Run("a supervisor may give one all the same", func(t *testing.T) {
		f, next := finished(t, minute)
		f.refuse(queue.Assign{Agent: "ana", Interaction: next}, queue.ErrNotEligible)
		f.do(queue.Assign{Agent: "ana", Interaction: next, Override: true, By: "chief"})
		assert.Equal(t, "ana", f.view(next).Agent)
		assert.True(t, f.last(queue.Answered, next).Override)
	})
	t.Run("a transfer to one in wrap-up is refused", func(t *testing.T) {
		f, next := finished(t, minute)
		f.available("bruno")
		f.do(queue.Accept{Agent: "bruno", Interaction: next})
		assert.Equal(t, "wrap-up", f.refuse(queue.Transfer{Interaction: next, Agent: "bruno", ToAgent: "ana"}, queue.ErrNotEligible).Reason)
	})
	t.Run("going offline ends it", func(t *testing.T) {
		f, next := finished(t, minute)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		f.available("ana")
		assert.Equal(t, "ana", offered(f, next))
	})
	t.Run("pausing does not", func(t *testing.T) {
		f, next := finished(t, minute)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.available("ana")
		assert.Empty(t, offered(f, next))
		f.pass(time.Minute)
		assert.Equal(t, "ana", offered(f, next))
	})
	t.Run("one who leaves after work leaves when it is over", func(t *testing.T) {
		f := newFloor(t, minute)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline, AfterWork: true})
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.Available, f.agent("ana").State)
		f.pass(time.Minute)
		assert.Equal(t, queue.Offline, f.agent("ana").State)
	})
	t.Run("a second one that ends meanwhile never makes it shorter", func(t *testing.T) {
		f := newFloor(t, minute, queue.Campaign{ID: "support", WrapUp: 10 * time.Second})
		f.available("ana")
		sales := f.answered("maria", "ana")
		c := f.contact("pedro", "hello")
		c.Number = other
		support := f.arrives(c)
		f.do(queue.Accept{Agent: "ana", Interaction: support})
		f.do(queue.Finish{Agent: "ana", Interaction: sales})
		f.do(queue.Finish{Agent: "ana", Interaction: support})
		assert.Equal(t, start.Add(time.Minute), f.agent("ana").WrapUntil)
	})
	t.Run("a change of the setting leaves one that is under way", func(t *testing.T) {
		f, next := finished(t, minute)
		f.configure(queue.Campaign{})
		assert.Empty(t, offered(f, next))
		f.pass(time.Minute)
		assert.Equal(t, "ana", offered(f, next))
	})

	// begins says whether what is done to ana's interaction begins her wrap-up.
	begins := func(t *testing.T, act func(f *floor, id string)) bool {
		f := newFloor(t, minute, queue.Campaign{ID: "support"})
		f.available("ana")
		id := f.answered("maria", "ana")
		act(f, id)
		return !f.agent("ana").WrapUntil.IsZero()
	}
	t.Run("it begins when a supervisor ends the interaction", func(t *testing.T) {
		assert.True(t, begins(t, func(f *floor, id string) { f.do(queue.End{Interaction: id, By: "chief"}) }))
	})
	t.Run("it begins when the customer leaves", func(t *testing.T) {
		assert.True(t, begins(t, func(f *floor, id string) { f.do(queue.Leave{Interaction: id}) }))
	})
	t.Run("it begins at a transfer to a campaign", func(t *testing.T) {
		assert.True(t, begins(t, func(f *floor, id string) {
			f.do(queue.Transfer{Interaction: id, Agent: "ana", ToCampaign: "support"})
		}))
	})
	t.Run("it begins when the receiver accepts a transfer, not before", func(t *testing.T) {
		assert.True(t, begins(t, func(f *floor, id string) {
			f.available("bruno")
			f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
			assert.Zero(t, f.agent("ana").WrapUntil)
			f.do(queue.Accept{Agent: "bruno", Interaction: id})
			assert.Zero(t, f.agent("bruno").WrapUntil)
		}))
	})
	t.Run("it begins before the bot on end has answered", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{WrapUp: time.Minute, BotOnEnd: "survey"})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.OwnedByBot, f.view(id).Owner)
		assert.Equal(t, start.Add(time.Minute), f.agent("ana").WrapUntil)
	})
	t.Run("a declined offer begins none", func(t *testing.T) {
		f := newFloor(t, minute)
		f.available("ana")
		f.do(queue.Decline{Agent: "ana", Interaction: f.says("maria", "hello")})
		assert.Zero(t, f.agent("ana").WrapUntil)
	})
}
