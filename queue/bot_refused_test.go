package queue_test

import (
	"testing"

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
