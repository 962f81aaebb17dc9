package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// What a bot said before a hand-over that is refused is sent, and its variables are kept;
// then the default of its phase acts.
func TestBotWhoseHandOverIsRefused(t *testing.T) {
	for name, change := range map[string]func(*queue.Campaign){
		"disabled": func(c *queue.Campaign) { c.Disabled = true },
		"itself":   nil,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{BotOnStart: "menu"})
			target := "sales"
			if change != nil {
				target = "support"
				c := queue.Campaign{ID: target}
				change(&c)
				f.configure(c)
			}
			id := f.says("maria", "hello")
			f.replies(id, queue.BotReply{
				Messages: []queue.Message{{Text: "one"}, {Text: "two"}}, Set: map[string]string{"topic": "x"},
				Next: queue.BotCampaign, Target: target,
			})
			assert.Equal(t, []string{"one", "two"}, f.texts(id))
			assert.Equal(t, "x", f.view(id).Vars["topic"])
			assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
			assert.True(t, f.last(queue.BotEnded, id).Failed)
		})
	}
}

// A reply that is no valid one is dropped as a whole.
func TestBotWhoseReplyIsInvalid(t *testing.T) {
	for name, r := range map[string]queue.BotReply{
		"unknown agent":          {Next: queue.BotAgent, Target: "nobody"},
		"unknown campaign":       {Next: queue.BotCampaign, Target: "nowhere"},
		"unknown action":         {Next: "dance"},
		"a body that is no JSON": {Next: queue.BotQueue, Messages: []queue.Message{{Body: []byte("x")}}},
		"a skill twice":          {Next: queue.BotQueue, Skills: &[]queue.Skill{{Name: "a"}, {Name: "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{BotOnStart: "menu"})
			id := f.says("maria", "hello")
			r.Messages = append([]queue.Message{{Text: "one"}}, r.Messages...)
			f.replies(id, r)
			assert.Empty(t, f.texts(id))
			assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		})
	}
}

// A bot whose message is refused for good does not keep the customer, who has seen nothing:
// the default of its phase acts at once.
func TestBotWhoseMessageIsRefused(t *testing.T) {
	failed := func(f *floor, id string) {
		f.do(queue.Sent{Interaction: id, Key: f.last(queue.MessageQueued, id).Key, Result: queue.SendFailed, Reason: "too long", Code: 100})
	}
	say := queue.BotReply{Messages: []queue.Message{{Text: "hi"}}}
	t.Run("on start: to the queue", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnStart: "menu"})
		id := f.says("maria", "hello")
		f.replies(id, say)
		failed(f, id)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		ended := f.last(queue.BotEnded, id)
		assert.True(t, ended.Failed)
		assert.Equal(t, "message was not delivered: too long", ended.Reason)
	})
	t.Run("on end: it ends", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnEnd: "survey"})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Finish{Interaction: id, Agent: "ana"})
		f.replies(id, say)
		failed(f, id)
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
	})
	t.Run("after waiting time: it ends", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxTime: time.Minute, BotAfterWait: "menu"})
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		f.replies(id, say)
		failed(f, id)
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
	})
	t.Run("outside the window: at once", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnStart: "menu", Window: time.Hour})
		c := f.contact("maria", "hello")
		c.Message.At = start.Add(-2 * time.Hour)
		id := f.arrives(c)
		f.replies(id, queue.BotReply{Messages: []queue.Message{{Text: "one"}, {Text: "two"}}})
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Len(t, f.all(queue.BotEnded, id), 1)
	})
	t.Run("by a receipt after the provider took it", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnStart: "menu"})
		id := f.says("maria", "hello")
		f.replies(id, say)
		f.delivers()
		key := f.last(queue.MessageQueued, id).Key
		f.do(queue.Receipt{Number: number, ProviderID: "wamid." + key, State: queue.MessageFailed, Reason: "undeliverable"})
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("never answered: at its deadline", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnStart: "menu", SendTimeout: 10 * time.Second})
		id := f.says("maria", "hello")
		f.replies(id, say)
		f.pass(20 * time.Second)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("a message from before the bot has nothing to do with it", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnEnd: "survey"})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "bye"}})
		key := f.last(queue.MessageQueued, id).Key
		f.do(queue.Finish{Interaction: id, Agent: "ana"})
		f.do(queue.Sent{Interaction: id, Key: key, Result: queue.SendFailed})
		assert.Equal(t, queue.OwnedByBot, f.view(id).Owner)
	})
	t.Run("a bot that has handed over is not concerned", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnStart: "menu"})
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Messages: []queue.Message{{Text: "hi"}}, Next: queue.BotQueue})
		failed(f, id)
		assert.False(t, f.last(queue.BotEnded, id).Failed)
	})
}
