package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// Incoming blacklist: a listed customer's message leaves one record per attempt and
// nothing else.
func TestIncomingBlacklist(t *testing.T) {
	guarded := queue.Campaign{IncomingBlacklist: true}
	// listed is a message of a customer for whom the list has said yes.
	listed := func(f *floor, customer string) queue.Arrive {
		c := f.contact(customer, "hello")
		c.Blocked = &queue.Block{Reason: "abuse", Alias: "phone:" + customer}
		return c
	}
	// nothing says that the only trace of what happened are so many records.
	nothing := func(f *floor, records int) {
		f.t.Helper()
		assert.Len(f.t, f.all(queue.CustomerBlocked, ""), records)
		for _, kind := range []queue.Kind{queue.Opened, queue.Refused, queue.Ended, queue.BotStarted, queue.MessageQueued, queue.Received, queue.CustomerKnown} {
			assert.Empty(f.t, f.all(kind, ""), kind)
		}
		assert.Empty(f.t, f.effects)
		assert.Empty(f.t, f.e.Interactions(""))
	}

	t.Run("one record, no interaction, nobody is asked", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.available("ana")
		f.do(listed(f, "maria"))
		nothing(f, 1)
		assert.Zero(t, f.agent("ana").Load)
	})
	t.Run("the record says who, where and why, and keeps no words", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.pass(time.Minute)
		f.do(listed(f, "maria"))
		ev := f.last(queue.CustomerBlocked, "")
		assert.Equal(t, start.Add(time.Minute), ev.At)
		assert.Equal(t, "sales", ev.Campaign)
		assert.Equal(t, number, ev.Number)
		assert.Equal(t, []string{"phone:maria"}, ev.Aliases)
		assert.Equal(t, "abuse", ev.Reason)
		assert.Equal(t, "phone:maria", ev.From, "the entry that matched")
		assert.False(t, ev.Outbound)
		assert.Equal(t, queue.Message{ID: "m1", At: start.Add(time.Minute)}, *ev.Message)
	})
	t.Run("no bot is started", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{IncomingBlacklist: true, BotOnStart: "menu"})
		f.do(listed(f, "maria"))
		nothing(f, 1)
	})
	t.Run("each attempt is a record", func(t *testing.T) {
		f := newFloor(t, guarded)
		for range 3 {
			f.do(listed(f, "maria"))
		}
		nothing(f, 3)
	})
	t.Run("the same message delivered again is the same attempt", func(t *testing.T) {
		f := newFloor(t, guarded)
		c := listed(f, "maria")
		f.do(c)
		c.ID = "again"
		f.do(c)
		nothing(f, 1)
	})
	t.Run("a call, which has no message, is an attempt too", func(t *testing.T) {
		f := newFloor(t, guarded)
		c := listed(f, "maria")
		c.Message = nil
		f.do(c)
		nothing(f, 1)
	})
	t.Run("off, the verdict is ignored", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{OutgoingBlacklist: true})
		id := f.arrives(listed(f, "maria"))
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Empty(t, f.all(queue.CustomerBlocked, ""))
	})
	t.Run("on, who is not listed comes in", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.do(listed(f, "maria"))
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("pedro", "hello")).Owner)
	})
	t.Run("taken off the list, the next message comes in", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.do(listed(f, "maria"))
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("maria", "hello")).Owner)
	})
	t.Run("each campaign has its own switch", func(t *testing.T) {
		f := newFloor(t, guarded, queue.Campaign{ID: "support"})
		c := listed(f, "maria")
		c.Number = other
		assert.Equal(t, "support", f.view(f.arrives(c)).Campaign)
	})
	t.Run("switched on, it holds from the next message on", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		id := f.arrives(listed(f, "maria"))
		f.configure(guarded)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		f.do(listed(f, "pedro"))
		assert.Len(t, f.all(queue.CustomerBlocked, ""), 1)
		assert.Len(t, f.e.Interactions(""), 1)
	})

	t.Run("it comes after the switch of the campaign", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{IncomingBlacklist: true, Disabled: true})
		assert.Equal(t, queue.OutcomeDisabled, f.outcome(f.arrives(listed(f, "maria"))))
		assert.Empty(t, f.all(queue.CustomerBlocked, ""))
	})
	t.Run("it comes before opening hours", func(t *testing.T) {
		c := office()
		c.IncomingBlacklist = true
		f := newFloor(t, c)
		f.pass(10 * time.Hour)
		f.do(listed(f, "maria"))
		nothing(f, 1)
	})
	t.Run("it comes before the limit of the queue", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{IncomingBlacklist: true, MaxInteractions: 1})
		f.says("pedro", "hello")
		f.do(listed(f, "maria"))
		assert.Len(t, f.all(queue.CustomerBlocked, ""), 1)
		assert.Empty(t, f.all(queue.Ended, ""))
	})
	t.Run("it comes before what ended lately is opened again", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{IncomingBlacklist: true, Reopen: time.Hour})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		f.do(listed(f, "maria"))
		assert.Empty(t, f.all(queue.Reopened, ""))
	})

	t.Run("listed while waiting: it ends, nothing is said", func(t *testing.T) {
		f := newFloor(t, guarded)
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		f.do(listed(f, "maria"))
		assert.Equal(t, queue.OutcomeBlacklisted, f.outcome(id))
		assert.Equal(t, time.Minute, f.last(queue.Ended, id).Wait)
		assert.Len(t, f.all(queue.CustomerBlocked, ""), 1)
		assert.Empty(t, f.all(queue.Received, id))
		assert.Empty(t, f.texts(id))
		f.gone(id)
	})
	t.Run("listed during an offer: it is revoked and the agent gets the next", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1}})
		f.available("ana")
		id, next := f.says("maria", "hello"), f.says("pedro", "hello")
		f.do(listed(f, "maria"))
		assert.Equal(t, "revoked", f.last(queue.OfferEnd, id).Reason)
		assert.Equal(t, queue.OutcomeBlacklisted, f.outcome(id))
		assert.Equal(t, []string{next}, f.agent("ana").Asked)
	})
	t.Run("listed while a bot has it: it ends, and the bot's answer has no place", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{IncomingBlacklist: true, BotOnStart: "menu"})
		id := f.says("maria", "hello")
		f.do(listed(f, "maria"))
		assert.Equal(t, queue.OutcomeBlacklisted, f.outcome(id))
		asked := f.asked(id)
		f.refuse(queue.BotReply{Interaction: id, Session: asked.Session, Next: queue.BotQueue}, queue.ErrUnknownInteraction)
	})
	t.Run("listed while an agent has it: the agent keeps it and never sees the message", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(listed(f, "maria"))
		assert.Equal(t, "ana", f.view(id).Agent)
		assert.Len(t, f.all(queue.CustomerBlocked, ""), 1)
		assert.Empty(t, f.all(queue.Received, id))
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
	})
	t.Run("a listed message does not wake what an agent has parked", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Park{Agent: "ana", Interaction: id})
		f.do(listed(f, "maria"))
		assert.True(t, f.view(id).Parked)
	})
	t.Run("a campaign switched off still guards what is open", func(t *testing.T) {
		f := newFloor(t, guarded)
		id := f.says("maria", "hello")
		f.configure(queue.Campaign{IncomingBlacklist: true, Disabled: true})
		f.do(listed(f, "maria"))
		assert.Equal(t, queue.OutcomeBlacklisted, f.outcome(id))
	})
}
