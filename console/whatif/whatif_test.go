package whatif_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/console/whatif"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
)

const number, other = "+15550001111", "+15550002222"

// past is a center with a morning behind it: one agent who can have one customer at a time,
// and a customer every two minutes who takes five.
func past(t *testing.T) (*usher.Center, store.Journal) {
	t.Helper()
	now := clock.NewMock()
	now.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	wa, journal := channeltest.NewConnector("main", number, other), store.NewMemory()
	wa.Clock(now.Now)
	center, err := usher.New(usher.Options{Connectors: []channel.Connector{wa}, Clock: now, Journal: journal})
	require.NoError(t, err)
	wa.Connect(center)
	require.NoError(t, center.Configure(t.Context(), usher.Config{
		Agents: []usher.Agent{{ID: "ana"}},
		Campaigns: []usher.Campaign{{ID: "sales", Members: []usher.Member{{Agent: "ana"}}, WhatsApp: &settings.Card{
			Enable: true, Connector: "main", PhoneNumbers: []string{number}, ServiceLevel: 60, Offers: settings.Offers{AutoAnswer: true},
		}}},
	}))
	do := func(c queue.Command) {
		_, err := center.Do(t.Context(), c)
		require.NoError(t, err)
	}
	do(queue.AgentState{Agent: "ana", State: queue.Available})
	for minute := range 60 {
		if minute%2 == 0 && minute < 40 {
			_, err := wa.Say(t.Context(), number, "hello", channel.Alias(fmt.Sprintf("phone:346000000%02d", minute)))
			require.NoError(t, err)
		}
		if a, _ := center.Agent("ana"); minute%5 == 4 && len(a.Has) > 0 {
			do(queue.Finish{Agent: "ana", Interaction: a.Has[0]})
		}
		now.Add(time.Minute)
	}
	return center, journal
}

// A campaign of which nobody has finished an interaction yet borrows the others' times.
func TestNobodyHasFinished(t *testing.T) {
	now, wa, journal := clock.NewMock(), channeltest.NewConnector("main", number, other), store.NewMemory()
	now.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	wa.Clock(now.Now)
	center, err := usher.New(usher.Options{Connectors: []channel.Connector{wa}, Clock: now, Journal: journal})
	require.NoError(t, err)
	wa.Connect(center)
	card := func(n string) *settings.Card {
		return &settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{n}, Offers: settings.Offers{AutoAnswer: true}}
	}
	require.NoError(t, center.Configure(t.Context(), usher.Config{
		Agents: []usher.Agent{{ID: "ana", Limit: 2}},
		Campaigns: []usher.Campaign{
			{ID: "sales", Members: []usher.Member{{Agent: "ana"}}, WhatsApp: card(number)},
			{ID: "support", Members: []usher.Member{{Agent: "ana"}}, WhatsApp: card(other)},
		},
	}))
	_, err = center.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(t, err)
	for _, n := range []string{number, other} {
		_, err := wa.Say(t.Context(), n, "hello", "phone:34600000001")
		require.NoError(t, err)
	}
	now.Add(5 * time.Minute)
	cfg, err := center.Config(t.Context())
	require.NoError(t, err)
	try := func() (console.WhatIfResult, error) {
		trial := console.Trial{Center: center, Campaign: cfg.Campaigns[1], From: center.Now().Add(-24 * time.Hour), To: center.Now()}
		return whatif.New(journal).Try(t.Context(), trial, func(float64) {})
	}
	_, err = try()
	require.ErrorContains(t, err, "no agent has finished an interaction")

	a, _ := center.Agent("ana")
	_, err = center.Do(t.Context(), queue.Finish{Agent: "ana", Interaction: a.Has[0]})
	require.NoError(t, err)
	got, err := try()
	require.NoError(t, err)
	assert.EqualValues(t, 1, got.Before.Counts.Opened)
	assert.Contains(t, got.Notes[1], "no agent has finished an interaction of support yet")
}

// With a longest time of two minutes some leave the queue, and nobody waits as long.
func TestAShorterLongestTime(t *testing.T) {
	center, journal := past(t)
	cfg, err := center.Config(t.Context())
	require.NoError(t, err)
	edited := cfg.Campaigns[0]
	card := *edited.WhatsApp
	card.MaxTime = 120
	edited.WhatsApp = &card
	trial := console.Trial{Center: center, Campaign: edited, From: center.Now().Add(-24 * time.Hour), To: center.Now()}
	var shares []float64
	got, err := whatif.New(journal).Try(t.Context(), trial, func(share float64) { shares = append(shares, share) })
	require.NoError(t, err)
	assert.EqualValues(t, 20, got.Before.Counts.Opened, "all who came")
	assert.EqualValues(t, 20, got.After.Counts.Opened)
	assert.Zero(t, got.Before.Counts.TimedOut)
	assert.Greater(t, got.After.Counts.TimedOut, int64(3), "two minutes are too short for many")
	before, _ := got.Before.Counts.LongestWait()
	after, _ := got.After.Counts.LongestWait()
	assert.Less(t, after, before)
	assert.NotEmpty(t, got.Before.Intervals)
	assert.Equal(t, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), got.From)
	assert.IsNonDecreasing(t, shares)
	assert.NotEmpty(t, got.Notes)
}

func TestNobodyCameIsSaid(t *testing.T) {
	center, journal := past(t)
	trial := console.Trial{Center: center, Campaign: usher.Campaign{ID: "other"}, From: center.Now().Add(-time.Hour), To: center.Now()}
	_, err := whatif.New(journal).Try(t.Context(), trial, func(float64) {})
	assert.ErrorContains(t, err, "nobody came to other")
}

func TestItEndsWithItsContext(t *testing.T) {
	center, journal := past(t)
	cfg, _ := center.Config(t.Context())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := whatif.New(journal).Try(ctx, console.Trial{Center: center, Campaign: cfg.Campaigns[0], To: center.Now()}, func(float64) {})
	assert.ErrorIs(t, err, context.Canceled)
}

// When the settings changed during the time that is played, the result says so.
func TestChangedSettingsAreNoted(t *testing.T) {
	center, journal := past(t)
	cfg, err := center.Config(t.Context())
	require.NoError(t, err)
	try := func() console.WhatIfResult {
		trial := console.Trial{Center: center, Campaign: cfg.Campaigns[0], From: center.Now().Add(-24 * time.Hour), To: center.Now()}
		got, err := whatif.New(journal).Try(t.Context(), trial, func(float64) {})
		require.NoError(t, err)
		return got
	}
	assert.Len(t, try().Notes, 1)
	cfg.Campaigns[0].WhatsApp.ServiceLevel = 30
	require.NoError(t, center.Configure(t.Context(), cfg))
	assert.Contains(t, try().Notes[1], "the settings were changed in this time (1)")
}

// Customers who would have been refused are counted as refused: the trial succeeds.
func TestRefusalsAreResults(t *testing.T) {
	center, journal := past(t)
	cfg, err := center.Config(t.Context())
	require.NoError(t, err)
	for name, c := range map[string]struct {
		edit    func(*settings.Card)
		refused func(result console.WhatIfResult) int64
	}{
		"closed from ten to twenty past nine": {func(w *settings.Card) {
			w.OutOfHours.Hours = &schedule.Schedule{Zone: "UTC", Week: []schedule.Rule{{Days: []string{"mon"}, Range: schedule.Range{From: "09:00", To: "09:10"}}, {Days: []string{"mon"}, Range: schedule.Range{From: "09:20", To: "12:00"}}}}
		}, func(r console.WhatIfResult) int64 { return r.After.Counts.Ends.OutOfHours }},
		"disabled":       {func(w *settings.Card) { w.Enable = false }, func(r console.WhatIfResult) int64 { return r.After.Counts.Ends.Disabled }},
		"a queue of one": {func(w *settings.Card) { w.MaxInteractions = 1 }, func(r console.WhatIfResult) int64 { return r.After.Counts.Ends.QueueFull }},
	} {
		t.Run(name, func(t *testing.T) {
			edited := cfg.Campaigns[0]
			card := *edited.WhatsApp
			c.edit(&card)
			edited.WhatsApp = &card
			trial := console.Trial{Center: center, Campaign: edited, From: center.Now().Add(-24 * time.Hour), To: center.Now()}
			got, err := whatif.New(journal).Try(t.Context(), trial, func(float64) {})
			require.NoError(t, err)
			assert.Positive(t, c.refused(got))
			ends := got.After.Counts.Ends
			assert.EqualValues(t, 20, got.After.Counts.Opened+ends.OutOfHours+ends.Disabled, "every customer who came is let in or refused")
			assert.Zero(t, c.refused(console.WhatIfResult{After: got.Before}))
		})
	}
}
