package queue_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// timerDay is the kind of the day's deadline in snapshots.
const timerDay = 17

// In Chile summer time begins at midnight, which then does not exist: the day begins at
// 01:00.
func TestDayBeginsAtItsFirstInstant(t *testing.T) {
	chile, err := time.LoadLocation("America/Santiago")
	require.NoError(t, err)
	evening := time.Date(2026, 9, 5, 22, 0, 0, 0, chile)
	first := time.Date(2026, 9, 6, 1, 0, 0, 0, chile)
	cfg := queue.Campaign{ID: "s", Zone: "America/Santiago", Members: []queue.Member{{Agent: "ana"}}}

	open := func(t *testing.T) *floor {
		f := newFloor(t)
		f.now = evening
		f.do(queue.Configure{Campaign: cfg})
		return f
	}
	t.Run("counters start again once, then", func(t *testing.T) {
		f := open(t)
		f.pass(24 * time.Hour)
		days := f.all(queue.CampaignDay, "")
		require.Len(t, days, 1)
		assert.Equal(t, first.UTC(), days[0].At)
		next, ok := f.e.Next()
		require.True(t, ok)
		assert.Equal(t, time.Date(2026, 9, 7, 0, 0, 0, 0, chile).UTC(), next)
	})
	t.Run("a journal that ends on the evening before opens", func(t *testing.T) {
		f := open(t)
		e, err := queue.New(queue.Config{Seed: 1})
		require.NoError(t, err)
		require.NoError(t, e.Replay(f.events))
		assert.Len(t, e.Advance(evening.Add(24*time.Hour)).Events, 1)
	})
	t.Run("a snapshot whose deadline is in the hour before that day opens", func(t *testing.T) {
		f := open(t)
		snap := f.e.Snapshot()
		for i := range snap.Deadlines {
			if snap.Deadlines[i].Kind == timerDay {
				snap.Deadlines[i].At = evening.Add(time.Hour).UnixNano() // as earlier versions armed it
			}
		}
		e, err := queue.Restore(queue.Config{Seed: 1}, snap)
		require.NoError(t, err)
		cfg.Zone = "UTC"
		out, err := e.Step(evening.Add(90*time.Minute), queue.Configure{Campaign: cfg})
		require.NoError(t, err)
		require.Len(t, out.Events, 1, "the day has not begun at 23:30")
		assert.Equal(t, queue.CampaignConfigured, out.Events[0].Kind)
	})
}

// The day of campaigns in every zone begins once a day, at the first second of a date, and
// the deadlines that are due at one instant are bounded.
func TestDayInEveryZone(t *testing.T) {
	names, err := os.ReadFile(filepath.Join("..", "schedule", "testdata", "zones.txt"))
	require.NoError(t, err)
	e, err := queue.New(queue.Config{})
	require.NoError(t, err)
	now := time.Date(2021, 1, 1, 12, 0, 0, 0, time.UTC)
	years := 10
	if testing.Short() {
		years = 1
	}
	zones := map[string]*time.Location{}
	for _, name := range strings.Fields(string(names)) {
		zones[name], err = time.LoadLocation(name)
		require.NoError(t, err)
		_, err = e.Step(now, queue.Configure{Campaign: queue.Campaign{ID: name, Zone: name}})
		require.NoError(t, err)
	}
	days := map[string]int{}
	for end := now.AddDate(years, 0, 0); now.Before(end); {
		now = now.Add(12 * time.Hour)
		out := e.Advance(now)
		require.LessOrEqual(t, len(out.Events), 2*len(zones))
		for _, ev := range out.Events {
			loc := zones[ev.Campaign]
			days[ev.Campaign]++
			if ev.At.In(loc).YearDay() == ev.At.Add(-time.Second).In(loc).YearDay() {
				t.Fatalf("%s: a day begins at %s", ev.Campaign, ev.At.In(loc))
			}
		}
	}
	for name := range zones {
		assert.InDelta(t, 365*years, days[name], float64(years)/4+1, fmt.Sprint(name, " has days missing or twice"))
	}
}
