package usher_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/strategy"
)

// completeOptions has everything that neededConfig names.
func completeOptions(j store.Journal) usher.Options {
	newest := func(name string) strategy.Strategy {
		return strategy.Func(name, func(c strategy.Candidate) strategy.Key { return strategy.Key{First: -c.Joined} })
	}
	silent := bot.Func(func(context.Context, bot.Session) (bot.Reply, error) { return bot.Reply{}, nil })
	return usher.Options{
		Journal:    j,
		Connectors: []channel.Connector{channeltest.NewConnector("main", number), channeltest.NewConnector("second", "+15550002222")},
		Strategies: []strategy.Strategy{newest("newest"), newest("oldest")},
		Bots:       map[string]bot.Bot{"menu": silent, "survey": silent},
	}
}

func neededConfig() usher.Config {
	campaign := func(id, connector, number, strategy string) usher.Campaign {
		return usher.Campaign{ID: id, Members: []usher.Member{{Agent: "ana"}}, WhatsApp: &settings.Card{
			Enable: true, Connector: connector, PhoneNumbers: []string{number}, Strategy: strategy, BotOnStart: "menu",
			Overflow: []settings.Step{{After: 60, Do: "bot", Target: "survey"}},
		}}
	}
	return usher.Config{
		Agents:    []usher.Agent{{ID: "ana"}},
		Campaigns: []usher.Campaign{campaign("sales", "main", number, "newest"), campaign("support", "second", "+15550002222", "oldest")},
	}
}

// A journal that needs a strategy which is not registered does not open. The error names
// everything that is missing, whether the names are in the tail or in the snapshot.
func TestOpeningWithoutAStrategyFails(t *testing.T) {
	for name, snapshot := range map[string]bool{"tail": false, "snapshot": true} {
		t.Run(name, func(t *testing.T) {
			journal := neededJournal(t, snapshot)
			center, err := usher.New(usher.Options{Journal: journal})
			require.NoError(t, err)
			for range 2 { // the error does not go away
				_, err = center.Config(t.Context())
				missing, ok := errors.AsType[*usher.MissingError](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, []usher.Missing{
					{Kind: queue.NeedBot, Name: "menu", Campaigns: []string{"sales", "support"}},
					{Kind: queue.NeedBot, Name: "survey", Campaigns: []string{"sales", "support"}},
					{Kind: queue.NeedConnector, Name: "main", Campaigns: []string{"sales"}},
					{Kind: queue.NeedConnector, Name: "second", Campaigns: []string{"support"}},
					{Kind: queue.NeedStrategy, Name: "newest", Campaigns: []string{"sales"}},
					{Kind: queue.NeedStrategy, Name: "oldest", Campaigns: []string{"support"}},
				}, missing.Missing)
				assert.ErrorContains(t, err, `bot "menu" of campaigns sales, support`)
			}
			require.ErrorAs(t, center.Run(t.Context()), new(*usher.MissingError))
			_, err = center.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
			require.ErrorAs(t, err, new(*usher.MissingError))

			whole, err := usher.New(completeOptions(journal))
			require.NoError(t, err)
			_, err = whole.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
			require.NoError(t, err, "with everything there it opens")
		})
	}
}

// neededJournal is written by a center with everything; its events may be in a snapshot.
func neededJournal(t *testing.T, snapshot bool) store.Journal {
	t.Helper()
	journal := store.NewMemory()
	center, err := usher.New(completeOptions(journal))
	require.NoError(t, err)
	require.NoError(t, center.Configure(t.Context(), neededConfig()))
	if snapshot {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, center.Run(ctx)) // saves one at the end
		_, err := journal.LoadSnapshot(t.Context())
		require.NoError(t, err)
	}
	return journal
}

// A strategy that the journal named once, and no campaign needs any more, is not missed.
func TestStrategyOfThePastIsNotMissed(t *testing.T) {
	journal := neededJournal(t, true)
	center, err := usher.New(completeOptions(journal))
	require.NoError(t, err)
	cfg := neededConfig()
	for i := range cfg.Campaigns {
		cfg.Campaigns[i].WhatsApp.Strategy = "linear"
	}
	require.NoError(t, center.Configure(t.Context(), cfg))
	opts := completeOptions(journal)
	opts.Strategies = nil
	center, err = usher.New(opts)
	require.NoError(t, err)
	_, err = center.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(t, err)
}

// Without its connectors and bots a center opens, says so, and can be asked; or it does not
// open, where the host wants that.
func TestOpeningWithoutConnectorsAndBots(t *testing.T) {
	journal := neededJournal(t, false)
	opts := completeOptions(journal)
	opts.Connectors, opts.Bots = opts.Connectors[:1], nil
	var log bytes.Buffer
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	center, err := usher.New(opts)
	require.NoError(t, err)
	missing, err := center.Missing(t.Context())
	require.NoError(t, err)
	want := []usher.Missing{
		{Kind: queue.NeedBot, Name: "menu", Campaigns: []string{"sales", "support"}},
		{Kind: queue.NeedBot, Name: "survey", Campaigns: []string{"sales", "support"}},
		{Kind: queue.NeedConnector, Name: "second", Campaigns: []string{"support"}},
	}
	assert.Equal(t, want, missing)
	assert.Contains(t, log.String(), "name=second")

	opts.RefuseMissing = true
	center, err = usher.New(opts)
	require.NoError(t, err)
	_, err = center.Config(t.Context())
	refused, ok := errors.AsType[*usher.MissingError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, want, refused.Missing)
}

// A bot that is no longer configured is needed as long as it has an interaction.
func TestBotOfAnOpenInteractionIsNeeded(t *testing.T) {
	journal := neededJournal(t, false)
	center, err := usher.New(completeOptions(journal))
	require.NoError(t, err)
	_, err = center.Do(t.Context(), queue.Arrive{Campaign: "sales", ID: "i"})
	require.NoError(t, err)
	cfg := neededConfig()
	for i := range cfg.Campaigns {
		cfg.Campaigns[i].WhatsApp.BotOnStart = ""
	}
	require.NoError(t, center.Configure(t.Context(), cfg))
	opts := completeOptions(journal)
	delete(opts.Bots, "menu")
	center, err = usher.New(opts)
	require.NoError(t, err)
	missing, err := center.Missing(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []usher.Missing{{Kind: queue.NeedBot, Name: "menu", Campaigns: []string{"sales"}}}, missing)
}
