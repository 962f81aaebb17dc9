package queue_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// A customer who is put on the blacklist reaches no agent, at whatever stage they are.
func TestEndBlacklisted(t *testing.T) {
	for name, stage := range map[string]struct {
		bot, agent bool
	}{"with a bot": {bot: true}, "waiting": {}, "offered": {agent: true}} {
		t.Run(name, func(t *testing.T) {
			c := queue.Campaign{IncomingBlacklist: true}
			if stage.bot {
				c.BotOnStart = "menu"
			}
			f := newFloor(t, c)
			if stage.agent {
				f.available("ana")
			}
			id := f.says("maria", "hello")
			assert.Equal(t, stage.agent, f.view(id).Offered == "ana")
			f.effects = nil
			f.do(queue.End{Interaction: id, By: "sup", Reason: "abuse", Blacklisted: true})
			f.gone(id)
			assert.Equal(t, queue.OutcomeBlacklisted, f.outcome(id))
			ev := f.last(queue.Ended, id)
			assert.Equal(t, []string{"sup", "abuse"}, []string{ev.By, ev.Reason})
			assert.Empty(t, f.texts(id))
			if stage.agent {
				assert.Zero(t, f.agent("ana").Load)
				assert.Equal(t, "ana", f.view(f.says("pedro", "hello")).Offered, "the agent is free")
			}
		})
	}
	t.Run("with an agent", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{IncomingBlacklist: true})
		f.available("ana")
		id := f.answered("maria", "ana")
		assert.Empty(t, f.do(queue.End{Interaction: id, By: "sup", Reason: "abuse", Blacklisted: true}))
		assert.Equal(t, "ana", f.view(id).Agent)
	})
}
