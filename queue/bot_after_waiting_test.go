package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// Bot after waiting time: it may end the interaction, take a message, move it to another
// campaign, or put it back at its original place with a fresh deadline.
func TestBotAfterWaiting(t *testing.T) {
	card := queue.Campaign{MaxTime: time.Minute, BotAfterWait: "patience", Texts: queue.Texts{TimedOut: "sorry"}}
	requeues := card
	requeues.BotAfterWaitRequeues = true
	// waited is an interaction of maria that has just come to the bot, a minute after the
	// floor opened.
	waited := func(t *testing.T, cards ...queue.Campaign) (*floor, string) {
		f := newFloor(t, cards...)
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		require.Equal(t, queue.OwnedByBot, f.view(id).Owner)
		return f, id
	}

	t.Run("it has it from the deadline on, and nobody is asked meanwhile", func(t *testing.T) {
		f, id := waited(t, card)
		started := f.last(queue.BotStarted, id)
		assert.Equal(t, start.Add(time.Minute), started.At)
		assert.Equal(t, "patience", started.Bot)
		assert.Equal(t, time.Minute, started.Wait, "what it waited before")
		f.available("ana")
		assert.Empty(t, f.all(queue.Offered, id))
		f.refuse(queue.Take{Agent: "ana", Interaction: id}, queue.ErrNotWaiting)
	})
	t.Run("without a longest time it is never asked", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotAfterWait: "patience"})
		id := f.says("maria", "hello")
		f.pass(24 * time.Hour)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("the bot is told the variables and the customer", func(t *testing.T) {
		f := newFloor(t, card)
		c := f.contact("maria", "hello")
		c.Vars = map[string]string{"vip": "yes"}
		id := f.arrives(c)
		f.pass(time.Minute)
		asked := f.asked(id)
		assert.Equal(t, map[string]string{"vip": "yes"}, asked.Vars)
		assert.Equal(t, "phone:maria", asked.Address)
		assert.Nil(t, asked.Message, "the customer has said nothing to this bot")
	})

	t.Run("it may end it, with a word", func(t *testing.T) {
		f, id := waited(t, card)
		f.replies(id, queue.BotReply{Next: queue.BotEnd, Messages: []queue.Message{{Text: "call us tomorrow"}}})
		assert.Equal(t, queue.OutcomeBotEnded, f.outcome(id))
		assert.Equal(t, []string{"call us tomorrow"}, f.texts(id), "and the text for a time out is not sent")
	})
	t.Run("it may take a message", func(t *testing.T) {
		f, id := waited(t, card)
		f.replies(id, queue.BotReply{Messages: []queue.Message{{Text: "leave a message"}}})
		f.says("maria", "call me back")
		asked := f.asked(id)
		require.NotNil(t, asked.Message)
		assert.Equal(t, "call me back", asked.Message.Text)
		f.replies(id, queue.BotReply{Next: queue.BotEnd, Set: map[string]string{"message": "call me back"}})
		assert.Equal(t, map[string]string{"message": "call me back"}, f.last(queue.VarsSet, id).Vars)
		assert.Equal(t, queue.OutcomeBotEnded, f.outcome(id))
	})
	t.Run("it may move it to another campaign, where its age counts", func(t *testing.T) {
		f, id := waited(t, card, queue.Campaign{ID: "support"})
		younger := f.contact("pedro", "hello")
		younger.Number = other
		behind := f.arrives(younger)
		f.replies(id, queue.BotReply{Next: queue.BotCampaign, Target: "support"})
		assert.Equal(t, "support", f.view(id).Campaign)
		assert.Equal(t, start, f.view(id).Since)
		assert.Equal(t, 1, f.view(id).Position)
		assert.Equal(t, 2, f.view(behind).Position)
	})
	t.Run("a campaign that is disabled is no way out: it fails", func(t *testing.T) {
		f, id := waited(t, card, queue.Campaign{ID: "support", Disabled: true})
		f.replies(id, queue.BotReply{Next: queue.BotCampaign, Target: "support"})
		assert.True(t, f.last(queue.BotEnded, id).Failed)
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
	})
	t.Run("it may put it back: the original place is kept", func(t *testing.T) {
		f, id := waited(t, card)
		behind := f.says("pedro", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		assert.Equal(t, 1, f.view(id).Position)
		f.available("ana")
		assert.Equal(t, []string{id, behind}, f.agent("ana").Asked)
	})
	t.Run("and the deadline is fresh", func(t *testing.T) {
		f, id := waited(t, card)
		f.pass(10 * time.Second)
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		f.pass(time.Minute - 1)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		f.pass(1)
		assert.Equal(t, queue.OwnedByBot, f.view(id).Owner, "the bot is asked again")
		assert.Equal(t, start.Add(130*time.Second), f.last(queue.BotStarted, id).At)
		assert.Len(t, f.all(queue.BotStarted, id), 2)
	})
	t.Run("a full queue does not refuse it", func(t *testing.T) {
		c := card
		c.MaxInteractions = 1
		f, id := waited(t, c)
		f.says("pedro", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Equal(t, 1, f.view(id).Position)
	})
	t.Run("it may put it back with skills and priority", func(t *testing.T) {
		f, id := waited(t, queue.Campaign{MaxTime: time.Minute, BotAfterWait: "patience",
			Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno", Skills: []queue.Skill{{Name: "french"}}}}})
		f.replies(id, queue.BotReply{Next: queue.BotQueue, Priority: pointer(3), Skills: &[]queue.Skill{{Name: "french"}}})
		assert.Equal(t, 3, f.view(id).Priority)
		f.available("ana")
		assert.Empty(t, f.view(id).Offered)
		f.available("bruno")
		assert.Equal(t, "bruno", f.view(id).Offered)
	})

	t.Run("one that does not answer in time ends it timed_out", func(t *testing.T) {
		f, id := waited(t, card)
		f.pass(time.Hour)
		ended := f.last(queue.BotEnded, id)
		assert.True(t, ended.Failed)
		assert.Equal(t, "no answer in time", ended.Reason)
		assert.Equal(t, start.Add(90*time.Second), f.last(queue.Ended, id).At)
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
	})
	t.Run("one that fails ends it at once", func(t *testing.T) {
		f, id := waited(t, card)
		f.replies(id, queue.BotReply{Failed: "panic"})
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
		assert.Equal(t, "panic", f.last(queue.Ended, id).Reason)
	})
	t.Run("one that says what nobody understands fails", func(t *testing.T) {
		f, id := waited(t, card)
		f.replies(id, queue.BotReply{Next: "dance"})
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
	})
	t.Run("a customer who is silent to it ends it", func(t *testing.T) {
		c := card
		c.BotSilence = 2 * time.Minute
		f, id := waited(t, c)
		f.replies(id, queue.BotReply{Messages: []queue.Message{{Text: "leave a message"}}})
		f.pass(time.Hour)
		assert.Equal(t, start.Add(3*time.Minute), f.last(queue.Ended, id).At)
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
	})
	t.Run("where the campaign says so a failure puts it back at its place instead", func(t *testing.T) {
		f, id := waited(t, requeues)
		behind := f.says("pedro", "hello")
		f.replies(id, queue.BotReply{Failed: "panic"})
		assert.Empty(t, f.all(queue.Ended, id))
		assert.Equal(t, []int{1, 2}, []int{f.view(id).Position, f.view(behind).Position})
		assert.Equal(t, start, f.view(id).Since)
	})
	t.Run("put back by a failure, the deadline is fresh too", func(t *testing.T) {
		f, id := waited(t, requeues)
		f.replies(id, queue.BotReply{Failed: "panic"})
		f.pass(time.Minute - 1)
		assert.Len(t, f.all(queue.BotStarted, id), 1)
		f.pass(1)
		assert.Len(t, f.all(queue.BotStarted, id), 2)
	})

	t.Run("an answer that comes too late is dropped and reported", func(t *testing.T) {
		f, id := waited(t, requeues)
		f.pass(30 * time.Second) // its time is over: back in the queue
		f.replies(id, queue.BotReply{Next: queue.BotEnd, Messages: []queue.Message{{Text: "bye"}}})
		assert.Len(t, f.all(queue.BotLate, id), 1)
		assert.Empty(t, f.texts(id))
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("a customer listed meanwhile leaves nothing to the bot", func(t *testing.T) {
		c := card
		c.IncomingBlacklist = true
		f, id := waited(t, c)
		again := f.contact("maria", "hello?")
		again.Blocked = &queue.Block{Reason: "abuse"}
		f.do(again)
		assert.Equal(t, queue.OutcomeBlacklisted, f.outcome(id))
	})
}
