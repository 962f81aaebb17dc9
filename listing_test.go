package usher_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// An entry on the center's own list ends what is open of the customer, in every form of
// the number, and nothing else.
func TestBlockEndsOpenInteractions(t *testing.T) {
	for name, guarded := range map[string]bool{"blacklist on": true, "blacklist off": false} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(_ *usher.Options, c *usher.Config) {
				c.Campaigns[0].WhatsApp.IncomingBlacklist = guarded
			})
			sub := h.center.Subscribe(0, queue.Ended)
			defer sub.Close()
			h.say("hello", channel.Phone("5511900000001"))
			id := h.only().ID
			require.NoError(t, h.center.Block(t.Context(), "sup", blacklist.Entry{Alias: "phone:5511900000002"}))
			assert.Equal(t, id, h.only().ID, "another customer's entry")
			require.NoError(t, h.center.Block(t.Context(), "sup", blacklist.Entry{Alias: "phone:551100000001", Reason: "rude"}))
			if !guarded {
				assert.Equal(t, id, h.only().ID)
				return
			}
			ev, err := sub.Next(bounded(t))
			require.NoError(t, err)
			assert.Equal(t, []any{id, queue.OutcomeBlacklisted, "sup", "rude"}, []any{ev.Interaction, ev.Outcome, ev.By, ev.Reason})
		})
	}
}
