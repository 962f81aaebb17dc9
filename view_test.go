package usher_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
)

// Who may take what is shown is one question with two sides.
func TestViewers(t *testing.T) {
	h := newHouse(t, func(_ *usher.Options, cfg *usher.Config) { cfg.Campaigns[0].WhatsApp.Strategy = "ringallmultiple" })
	h.do(queue.AgentState{Agent: "bruno", State: queue.Available})
	h.do(queue.AgentState{Agent: "ana", State: queue.Available})
	h.do(queue.Arrive{Campaign: "sales", ID: "i1"})
	assert.Equal(t, []string{"ana", "bruno"}, h.center.Viewers("i1"))
	for _, a := range h.center.Viewers("i1") {
		seen := h.center.Visible(a)
		require.Len(t, seen, 1)
		assert.Equal(t, "i1", seen[0].ID)
	}
	h.do(queue.Take{Agent: "ana", Interaction: "i1"})
	assert.Empty(t, h.center.Viewers("i1"))
}
