package usher_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

func all(*usher.Summary) bool { return true }

// Summaries are a fold over the events: a center opened from the journal, with and without
// a snapshot, has the same ones.
func TestSummariesSurviveARestart(t *testing.T) {
	for name, every := range map[string]int{"journal alone": 0, "with a snapshot": 5} {
		t.Run(name, func(t *testing.T) {
			journal := store.NewMemory()
			h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal, o.SnapshotEvery = journal, every })
			h.available("ana")
			h.say("hello", channel.Phone("5511900000001"))
			id := h.only().ID
			h.pass(30 * time.Second)
			h.available("ana")
			h.do(queue.Take{Agent: "ana", Interaction: id, Override: true})
			h.do(queue.Finish{Agent: "ana", Interaction: id, Disposition: "sold"})
			h.say("again", channel.Phone("5511900000001"))

			ended, complete := h.center.Ended(0, all)
			require.Len(t, ended, 1)
			assert.True(t, complete)
			got := ended[0]
			assert.Equal(t, []any{id, "sales", []string{"ana"}, queue.OutcomeAnswered, "sold", true, 30 * time.Second},
				[]any{got.Interaction, got.Campaign, got.Agents, got.Outcome, got.Reason, got.Late, got.Wait})
			assert.Equal(t, "phone:5511900000001", got.Address)

			opts := usher.Options{Journal: journal, Connectors: h.opts.Connectors, Clock: h.clock}
			again, err := usher.New(opts)
			require.NoError(t, err)
			_, err = again.Config(t.Context())
			require.NoError(t, err)
			back, complete := again.Ended(0, all)
			assert.Equal(t, ended, back)
			assert.True(t, complete)
			assert.Equal(t, h.center.Open(all), again.Open(all))
			assert.Equal(t, h.center.Since("ana"), again.Since("ana"))
			assert.Equal(t, h.center.Seq(), again.Seq())
		})
	}
}

func TestOnlySoManyEndedAreRemembered(t *testing.T) {
	h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Remember = 2 })
	for _, n := range []string{"5511900000001", "5511900000002", "5511900000003"} {
		h.say("hello", channel.Phone(n))
		h.do(queue.End{Interaction: h.only().ID, By: "sup", Reason: "test"})
	}
	ended, complete := h.center.Ended(0, all)
	require.Len(t, ended, 2)
	assert.False(t, complete, "it says that there were more")
	assert.Equal(t, "phone:5511900000003", ended[0].Address, "the latest first")
	_, complete = h.center.Ended(1, all)
	assert.True(t, complete, "a page that is full does not reach the end")
}

// A change of the blacklist is an event: it is there after a crash.
func TestBlockSurvivesACrash(t *testing.T) {
	journal := store.NewMemory()
	h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal = journal })
	require.NoError(t, h.center.Block(t.Context(), "sup", blacklist.Entry{Alias: "+55 11 90000-0001", Reason: "rude"}, blacklist.Entry{Alias: "phone:5511900000002"}))
	require.NoError(t, h.center.Unblock(t.Context(), "sup", blacklist.Entry{Alias: "phone:5511900000002"}))
	var bad *blacklist.Error
	require.ErrorAs(t, h.center.Block(t.Context(), "sup", blacklist.Entry{Alias: "nobody"}), &bad)

	again, err := usher.New(usher.Options{Journal: journal, Connectors: h.opts.Connectors, Clock: h.clock})
	require.NoError(t, err)
	_, err = again.Config(t.Context())
	require.NoError(t, err)
	list := again.Blacklist().Entries()
	require.Len(t, list, 1)
	assert.Equal(t, []any{"phone:5511900000001", "sup", "rude", morning}, []any{list[0].Alias, list[0].Author, list[0].Reason, list[0].Created})
}

// What the center has comes back as people wrote it, with who changed it in the journal.
func TestConfigComesBackAsItWasWritten(t *testing.T) {
	h := newHouse(t, nil)
	cfg, err := h.center.Config(t.Context())
	require.NoError(t, err)
	require.NoError(t, h.center.Check(t.Context(), cfg))
	sub := h.center.Subscribe(0, queue.CampaignConfigured)
	defer sub.Close()
	cfg.Campaigns[0].WhatsApp.MaxTime = 90
	before := h.center.Configured()
	require.NoError(t, h.center.ConfigureAs(t.Context(), "sup", cfg))
	ev, err := sub.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "sup", ev.By)
	assert.Greater(t, h.center.Configured(), before)
	back, err := h.center.Config(t.Context())
	require.NoError(t, err)
	assert.Equal(t, cfg, back)

	cfg.Campaigns[0].WhatsApp.BotOnStart = "nobody"
	var bad *usher.ConfigError
	require.ErrorAs(t, h.center.Check(t.Context(), cfg), &bad)
	assert.Equal(t, "campaigns[0].whatsapp.botOnStart", bad.Faults[0].Path)
}
