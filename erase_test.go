package usher_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
)

// TestEraseLeavesTheNextOwnerOfAPhone erases a customer whose phone was given to another
// person, and that person by the phone: each time the words of the other stay.
func TestEraseLeavesTheNextOwnerOfAPhone(t *testing.T) {
	for _, first := range []bool{true, false} {
		journal := store.NewMemory()
		wa := channeltest.NewConnector("wa", "+15550001111")
		center, err := usher.New(usher.Options{Connectors: []channel.Connector{wa}, Journal: journal})
		require.NoError(t, err)
		require.NoError(t, center.Configure(t.Context(), usher.Config{Campaigns: []usher.Campaign{{
			ID: "c", WhatsApp: &settings.Card{Enable: true, Connector: "wa", PhoneNumbers: []string{"+15550001111"}},
		}}}))
		says := func(text string, aliases ...channel.Alias) {
			m := channel.TextMessage(text)
			m.ID = text
			require.NoError(t, center.Receive(t.Context(), []channel.Update{{
				Connector: "wa", Number: "+15550001111", Message: &channel.Inbound{From: channel.Customer{Aliases: aliases}, Message: m},
			}}))
		}
		says("alice's secret", "phone:16505550001", "user:US.A")
		says("bob's secret", "phone:16505550001", "user:US.B")
		for _, in := range center.Interactions("") {
			_, err := center.Do(t.Context(), queue.End{Interaction: in.ID})
			require.NoError(t, err)
		}
		erase, gone, stays := channel.Alias("user:US.A"), "alice", "bob"
		if !first {
			erase, gone, stays = "phone:16505550001", "bob", "alice"
		}
		require.NoError(t, center.Erase(t.Context(), usher.Erasure{Aliases: []channel.Alias{erase}}))
		var text strings.Builder
		for r, err := range journal.Load(t.Context(), 1) {
			require.NoError(t, err)
			text.Write(r.Body)
		}
		assert.NotContains(t, text.String(), gone+"'s secret")
		assert.Contains(t, text.String(), stays+"'s secret")
	}
}
