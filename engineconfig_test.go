package usher_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
)

func TestCompileChecksWhatACenterWould(t *testing.T) {
	cfg := usher.Config{
		Agents: []usher.Agent{{ID: "ana", Limit: 3}},
		Campaigns: []usher.Campaign{{
			ID: "sales", Members: []usher.Member{{Agent: "ana", Tier: 1}},
			WhatsApp: &settings.Card{Enable: true, Connector: "any", PhoneNumbers: []string{"+15550001111"}, BotOnStart: "greeter", MaxTime: 90},
		}},
	}
	agents, campaigns, err := cfg.Compile()
	require.NoError(t, err, "connectors and bots need only be named")
	assert.Equal(t, 3, agents[0].Limit)
	assert.Equal(t, 1, campaigns[0].Members[0].Tier)
	assert.Equal(t, "greeter", campaigns[0].BotOnStart)

	cfg.Campaigns[0].WhatsApp.Strategy = "lottery"
	cfg.Campaigns[0].WhatsApp.MaxTime = -5
	_, _, err = cfg.Compile()
	var wrong *usher.ConfigError
	require.ErrorAs(t, err, &wrong)
	assert.Len(t, wrong.Faults, 2, "every fault at once: %v", err)
}

func TestEventsReadsAJournalWithoutACenter(t *testing.T) {
	journal := store.NewMemory()
	center, err := usher.New(usher.Options{Journal: journal})
	require.NoError(t, err)
	_, err = center.Do(t.Context(), queue.ConfigureAgent{Agent: queue.Agent{ID: "ana"}})
	require.NoError(t, err)
	_, err = center.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(t, err)
	var kinds []queue.Kind
	for ev, err := range usher.Events(t.Context(), journal, 1) {
		require.NoError(t, err)
		kinds = append(kinds, ev.Kind)
	}
	assert.Equal(t, []queue.Kind{queue.AgentConfigured, queue.AgentStated}, kinds)
}
