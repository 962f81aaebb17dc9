package schedule_test

import (
	_ "embed"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/schedule"
)

// zoneNames has every zone of the IANA database, one a line, as Go ships it.
//
//go:embed testdata/zones.txt
var zoneNames string

// zones calls f for every zone of the database.
func zones(t *testing.T, f func(name string, loc *time.Location)) {
	t.Helper()
	names := strings.Fields(zoneNames)
	require.Greater(t, len(names), 500)
	for _, name := range names {
		loc, err := time.LoadLocation(name)
		require.NoError(t, err)
		f(name, loc)
	}
}

func TestNextDay(t *testing.T) {
	for _, c := range []struct{ name, zone, at, want string }{
		{"at midnight", "Europe/Madrid", "2026-03-01 00:00:00", "2026-03-02T00:00:00+01:00"},
		{"the last second", "Europe/Madrid", "2026-03-01 23:59:59", "2026-03-02T00:00:00+01:00"},
		{"a short day", "Europe/Madrid", "2026-03-29 00:30:00", "2026-03-30T00:00:00+02:00"},
		{"a long day", "Europe/Madrid", "2026-10-25 00:30:00", "2026-10-26T00:00:00+01:00"},
		{"no midnight in Chile", "America/Santiago", "2026-09-05 22:00:00", "2026-09-06T01:00:00-03:00"},
		{"no midnight in Cuba", "America/Havana", "2026-03-07 12:00:00", "2026-03-08T01:00:00-04:00"},
		{"no midnight in Lebanon", "Asia/Beirut", "2026-03-28 12:00:00", "2026-03-29T01:00:00+03:00"},
		{"set back at midnight to the evening before", "America/Santiago", "2026-04-04 22:30:00", "2026-04-05T00:00:00-04:00"},
		{"a date that never was", "Pacific/Apia", "2011-12-29 12:00:00", "2011-12-31T00:00:00+14:00"},
		{"midnight twice, the first", "America/Havana", "2026-10-31 12:00:00", "2026-11-01T00:00:00-04:00"},
		{"half an hour of summer time", "Australia/Lord_Howe", "2026-10-04 01:00:00", "2026-10-05T00:00:00+11:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := at(t, c.zone, c.at)
			got := schedule.NextDay(from, from.Location())
			assert.Equal(t, c.want, got.In(from.Location()).Format(time.RFC3339))
			assert.Equal(t, time.UTC, got.Location())
		})
	}
	t.Run("fractions of a second and instants before 1970", func(t *testing.T) {
		from := time.Date(1969, 12, 30, 23, 59, 59, 999, time.UTC)
		assert.Equal(t, time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), schedule.NextDay(from, nil))
	})
}

// Every day of ten years in every zone begins after the one before, at the first second of
// its date.
func TestNextDayInEveryZone(t *testing.T) {
	zones(t, func(name string, loc *time.Location) {
		day := time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)
		end := day.AddDate(10, 0, 0)
		days := 0
		for date := dateOf(day, loc); day.Before(end); days++ {
			next := schedule.NextDay(day, loc)
			after := dateOf(next, loc)
			if !next.After(day) || after <= date || dateOf(next.Add(-time.Second), loc) > date {
				t.Fatalf("%s: after %s comes %s", name, day.In(loc), next.In(loc))
			}
			day, date = next, after
		}
		assert.InDelta(t, 3653, days, 2, name)
	})
}

// dateOf is the local date of an instant as a number that grows with it.
func dateOf(t time.Time, loc *time.Location) int {
	y, m, d := t.In(loc).Date()
	return y*400 + int(m)*32 + d
}

// Around every change of every zone's clock, opening hours that begin and end at the hours
// where clocks are changed always come to a next opening or closing, and to the beginning
// of the present period.
func TestHoursProgressInEveryZone(t *testing.T) {
	week := []schedule.Rule{
		rule("00:00", "00:30", "mon", "wed", "fri", "sun"), rule("01:00", "02:00", everyDay...), rule("02:30", "03:00", everyDay...),
		rule("20:00", "24:00", "mon", "tue", "thu", "sat"), rule("23:00", "01:00", "wed", "fri"),
	}
	around := 0
	zones(t, func(name string, loc *time.Location) {
		h := compile(t, schedule.Schedule{Zone: name, Week: week})
		end := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		for change := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); ; around++ {
			_, next := change.In(loc).ZoneBounds()
			if next.IsZero() || next.After(end) {
				return
			}
			change = next
			walkHours(t, name, h, change.Add(-3*24*time.Hour), change.Add(3*24*time.Hour))
		}
	})
	assert.Greater(t, around, 3000)
}

// walkHours goes from one opening or closing to the next.
func walkHours(t *testing.T, zone string, h *schedule.Hours, from, to time.Time) {
	t.Helper()
	for at := from; at.Before(to); {
		next, ok := h.Next(at)
		since, begun := h.Since(next)
		if !ok || !next.After(at) || h.Open(next) == h.Open(next.Add(-time.Second)) || !begun || !since.Equal(next) {
			t.Fatalf("%s: after %s comes %s, a period since %s", zone, at, next, since)
		}
		at = next
	}
}
