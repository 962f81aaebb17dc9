package sla_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/sla"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func series(t testing.TB, cfg sla.SeriesConfig) *sla.Series {
	t.Helper()
	s, err := sla.NewSeries(cfg)
	require.NoError(t, err)
	return s
}

func halfHours(t testing.TB, keep int) *sla.Series {
	return series(t, sla.SeriesConfig{Interval: 30 * time.Minute, Keep: keep})
}

// opened is the Opened of each interval, to see at a glance where counts are.
func opened(intervals []sla.Interval) []int64 {
	out := []int64{}
	for _, i := range intervals {
		out = append(out, i.Counts.Opened)
	}
	return out
}

func TestSeriesBoundaries(t *testing.T) {
	s := halfHours(t, 10)
	s.At("sales", nine).Opened++
	s.At("sales", nine.Add(30*time.Minute-1)).Opened++
	s.At("sales", nine.Add(30*time.Minute)).Opened += 10
	got := s.Range("sales", time.Time{}, time.Time{})
	require.Equal(t, []int64{2, 10}, opened(got))
	assert.Equal(t, nine, got[0].Start)
	assert.Equal(t, nine.Add(30*time.Minute), got[0].End)
	assert.Equal(t, got[0].End, got[1].Start)
}

func TestSeriesOffset(t *testing.T) {
	for name, c := range map[string]struct {
		interval, offset time.Duration
		at, start        string
	}{
		"hours in India":           {time.Hour, 5*time.Hour + 30*time.Minute, "2026-11-23T09:45:00Z", "2026-11-23T09:30:00Z"},
		"days in São Paulo":        {24 * time.Hour, -3 * time.Hour, "2026-11-23T02:59:59Z", "2026-11-22T03:00:00Z"},
		"quarter hours in Nepal":   {15 * time.Minute, 5*time.Hour + 45*time.Minute, "2026-11-23T09:14:59Z", "2026-11-23T09:00:00Z"},
		"before 1970":              {24 * time.Hour, 0, "1969-12-31T12:00:00Z", "1969-12-31T00:00:00Z"},
		"given in another zone":    {time.Hour, 0, "2026-11-23T09:45:00-03:00", "2026-11-23T12:00:00Z"},
		"day before a local dawn":  {24 * time.Hour, 9 * time.Hour, "2026-11-23T14:59:59Z", "2026-11-22T15:00:00Z"},
		"first instant of the day": {24 * time.Hour, 9 * time.Hour, "2026-11-23T15:00:00Z", "2026-11-23T15:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.at)
			require.NoError(t, err)
			s := series(t, sla.SeriesConfig{Interval: c.interval, Offset: c.offset})
			s.At("sales", at).Opened++
			got := s.Range("sales", time.Time{}, time.Time{})
			require.Len(t, got, 1)
			assert.Equal(t, c.start, got[0].Start.Format(time.RFC3339))
			assert.Equal(t, c.interval, got[0].End.Sub(got[0].Start))
		})
	}
}

func TestSeriesRange(t *testing.T) {
	s := halfHours(t, 6)
	s.At("sales", nine).Opened = 1
	s.At("sales", nine.Add(60*time.Minute)).Opened = 2
	s.At("sales", nine.Add(90*time.Minute)).Opened = 4
	at := func(minutes int) time.Time { return nine.Add(time.Duration(minutes) * time.Minute) }
	none := time.Time{}
	for name, c := range map[string]struct {
		from, to time.Time
		want     []int64
		sum      int64
	}{
		"all":                        {none, none, []int64{1, 0, 2, 4}, 7},
		"begins inside an interval":  {at(29), none, []int64{1, 0, 2, 4}, 7},
		"begins at one":              {at(30), none, []int64{0, 2, 4}, 6},
		"ends at the start of one":   {none, at(60), []int64{1, 0}, 1},
		"ends just inside one":       {none, at(60).Add(1), []int64{1, 0, 2}, 3},
		"begins long before":         {at(-900), at(30), []int64{1}, 1},
		"ends after the latest":      {at(90), at(150), []int64{4, 0}, 4},
		"ends in a far future":       {none, at(9e6), []int64{1, 0, 2, 4, 0, 0}, 7},
		"all of it in a far future":  {at(9e6), at(9e6 + 60), []int64{0, 0}, 0},
		"empty":                      {at(60), at(60), []int64{}, 0},
		"ends before it begins":      {at(60), at(0), []int64{}, 0},
		"over before the first":      {at(-60), at(-30), []int64{}, 0},
		"within one interval":        {at(61), at(62), []int64{2}, 2},
		"from a time after the last": {at(120), none, []int64{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, opened(s.Range("sales", c.from, c.to)))
			total := s.Total("sales", c.from, c.to)
			assert.Equal(t, c.sum, total.Opened)
		})
	}
	t.Run("unknown campaign", func(t *testing.T) {
		assert.Nil(t, s.Range("none", none, none))
		assert.Zero(t, s.Total("none", none, none))
		assert.Zero(t, s.Before("none"))
		assert.Equal(t, []string{"sales"}, s.Campaigns(), "asking creates nothing")
	})
}

func TestSeriesRetention(t *testing.T) {
	s := halfHours(t, 3)
	for n := range 5 {
		s.At("sales", nine.Add(time.Duration(n)*30*time.Minute)).Answer(time.Duration(n+1)*second, 3*second)
	}
	none := time.Time{}
	require.Len(t, s.Range("sales", none, none), 3)
	before, kept := s.Before("sales"), s.Total("sales", none, none)
	assert.Equal(t, int64(2), before.Answered)
	assert.Equal(t, sla.Micros(2e6), before.WaitMax)
	assert.Equal(t, int64(3), kept.Answered)

	t.Run("late for one that is kept", func(t *testing.T) {
		s.At("sales", nine.Add(60*time.Minute)).Opened++
		assert.Equal(t, []int64{1, 0, 0}, opened(s.Range("sales", none, none)))
	})
	t.Run("late for one that is gone", func(t *testing.T) {
		s.At("sales", nine.Add(60*time.Minute-1)).Opened += 5
		assert.Equal(t, []int64{1, 0, 0}, opened(s.Range("sales", none, none)))
		before := s.Before("sales")
		assert.Equal(t, int64(5), before.Opened)
	})
	t.Run("a jump over everything", func(t *testing.T) {
		s.At("sales", nine.AddDate(10, 0, 0)).Opened++
		assert.Equal(t, []int64{1}, opened(s.Range("sales", none, none)))
		before := s.Before("sales")
		assert.Equal(t, int64(5), before.Answered)
		assert.Equal(t, int64(6), before.Opened)
	})
	t.Run("forget", func(t *testing.T) {
		s.Forget("sales")
		assert.Zero(t, s.Before("sales"))
		assert.Empty(t, s.Campaigns())
	})
}

func TestSeriesCampaignsAreApart(t *testing.T) {
	s := halfHours(t, 3)
	s.At("b", nine).Opened++
	s.At("a", nine.Add(24*time.Hour)).Opened++
	assert.Equal(t, []string{"a", "b"}, s.Campaigns())
	assert.Equal(t, []int64{1}, opened(s.Range("b", time.Time{}, time.Time{})), "another campaign's time drops nothing")
}

func TestSeriesAgentTime(t *testing.T) {
	at := func(minutes int) time.Time { return nine.Add(time.Duration(minutes) * time.Minute) }
	none := time.Time{}
	for name, c := range map[string]struct {
		from, to time.Time
		want     []float64 // minutes logged in
		before   float64
	}{
		"within one":              {at(5), at(15), []float64{10}, 0},
		"over a boundary":         {at(20), at(40), []float64{10, 10}, 0},
		"up to a boundary":        {at(0), at(30), []float64{30}, 0},
		"from long before":        {at(-300), at(15), []float64{30, 30, 15}, 240},
		"no time":                 {at(5), at(5), []float64{}, 0},
		"clock set back":          {at(5), at(0), []float64{}, 0},
		"of centuries":            {at(0).AddDate(-250, 0, 0), at(30), []float64{30, 30, 30}, at(-60).Sub(at(0).AddDate(-250, 0, 0)).Minutes()},
		"across exactly the room": {at(-60), at(30), []float64{30, 30, 30}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := halfHours(t, 3)
			s.AgentTime("sales", c.from, c.to, true)
			got := []float64{}
			for _, i := range s.Range("sales", none, none) {
				got = append(got, i.Counts.LoggedInSum.Seconds()/60)
				assert.Equal(t, i.Counts.LoggedInSum, i.Counts.BusySum)
			}
			assert.Equal(t, c.want, got)
			before := s.Before("sales")
			assert.InDelta(t, c.before, before.LoggedInSum.Seconds()/60, 1e-6)
		})
	}
	t.Run("that is over", func(t *testing.T) {
		s := halfHours(t, 3)
		s.At("sales", at(300)).Opened++
		s.AgentTime("sales", at(0), at(20), false)
		before := s.Before("sales")
		assert.Equal(t, 20*60.0, before.LoggedInSum.Seconds())
		assert.Zero(t, before.BusySum)
	})
}

func TestSeriesConfig(t *testing.T) {
	t.Run("defaults", func(t *testing.T) {
		assert.Equal(t, sla.SeriesConfig{Interval: sla.DefaultInterval, Keep: sla.DefaultKeep}, series(t, sla.SeriesConfig{}).Config())
	})
	for name, c := range map[string]struct {
		cfg  sla.SeriesConfig
		want []string
	}{
		"interval that divides no day": {sla.SeriesConfig{Interval: 7 * time.Minute}, []string{"config.interval: must be whole seconds and divide a day, is 7m0s"}},
		"interval below a second":      {sla.SeriesConfig{Interval: time.Millisecond}, []string{"config.interval:"}},
		"interval above a day":         {sla.SeriesConfig{Interval: 48 * time.Hour}, []string{"config.interval:"}},
		"every fault": {sla.SeriesConfig{Interval: -time.Hour, Keep: -1, Offset: 24 * time.Hour},
			[]string{"config.interval:", "config.keep: must be 1 to", "config.offset: must be whole seconds and within a day, is 24h0m0s"}},
		"too many to hold":       {sla.SeriesConfig{Keep: 1e9}, []string{"config.keep:"}},
		"offset with a fraction": {sla.SeriesConfig{Offset: 1}, []string{"config.offset:"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sla.NewSeries(c.cfg)
			requireFaults(t, err, c.want)
		})
	}
}

func requireFaults(t *testing.T, err error, want []string) {
	t.Helper()
	var typed *sla.Error
	require.ErrorAs(t, err, &typed)
	require.Len(t, typed.Faults, len(want), "%v", err)
	for i := range want {
		assert.Contains(t, typed.Faults[i], want[i])
	}
}

// play counts n random events; late ones too.
func play(r *rand.Rand, s *sla.Series, n int) (opened int64) {
	for range n {
		at := nine.Add(time.Duration(r.IntN(600)) * time.Minute)
		s.At(fmt.Sprint("campaign ", r.IntN(3)), at).Opened++
		opened++
	}
	return opened
}

func TestSeriesLosesNothing(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 5))
		s := halfHours(t, 1+r.IntN(30))
		want := play(r, s, r.IntN(500))
		var got int64
		for _, id := range s.Campaigns() {
			before, kept := s.Before(id), s.Total(id, time.Time{}, time.Time{})
			got += before.Opened + kept.Opened
		}
		require.Equal(t, want, got)
	}
}

// TestSeriesOrderDoesNotMatter: a count is in the same place whenever it comes.
func TestSeriesOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 6))
		type event struct {
			at   time.Time
			wait time.Duration
		}
		events := make([]event, 200)
		for i := range events {
			events[i] = event{nine.Add(time.Duration(r.IntN(600)) * time.Minute), time.Duration(r.IntN(90)) * second}
		}
		keep := 1 + r.IntN(25)
		count := func() sla.Snapshot {
			s := halfHours(t, keep)
			for _, e := range events {
				s.At("sales", e.at).Answer(e.wait, 20*second)
			}
			return s.Snapshot()
		}
		want := count()
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		require.Equal(t, want, count())
	}
}

func TestSnapshotIsIdentity(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 7))
		s := series(t, sla.SeriesConfig{Interval: 30 * time.Minute, Keep: 1 + r.IntN(30), Offset: 45 * time.Minute})
		play(r, s, r.IntN(300))
		data, err := json.Marshal(s.Snapshot())
		require.NoError(t, err)
		var loaded sla.Snapshot
		require.NoError(t, json.Unmarshal(data, &loaded))
		require.Equal(t, s.Snapshot(), loaded)
		back, err := sla.Restore(loaded)
		require.NoError(t, err)
		require.Equal(t, s.Snapshot(), back.Snapshot())

		more := r.Uint64() // and both go on alike
		play(rand.New(rand.NewPCG(more, 8)), s, 50)
		play(rand.New(rand.NewPCG(more, 8)), back, 50)
		require.Equal(t, s.Snapshot(), back.Snapshot())
	}
}

func TestSnapshotIsACopy(t *testing.T) {
	s := halfHours(t, 3)
	s.At("sales", nine).Opened++
	snap := s.Snapshot()
	ranged := s.Range("sales", time.Time{}, time.Time{})
	s.At("sales", nine).Opened++
	assert.Equal(t, int64(1), snap.Campaigns[0].Intervals[0].Counts.Opened)
	assert.Equal(t, []int64{1}, opened(ranged))
}

func TestRestoreWithAnotherKeep(t *testing.T) {
	s := halfHours(t, 4)
	for n := range 4 {
		s.At("sales", nine.Add(time.Duration(n)*30*time.Minute)).Opened = int64(n + 1)
	}
	none := time.Time{}
	for keep, want := range map[int][]int64{2: {3, 4}, 9: {1, 2, 3, 4}} {
		snap := s.Snapshot()
		snap.Config.Keep = keep
		back, err := sla.Restore(snap)
		require.NoError(t, err)
		assert.Equal(t, want, opened(back.Range("sales", none, none)))
		before, kept := back.Before("sales"), back.Total("sales", none, none)
		assert.Equal(t, int64(10), before.Opened+kept.Opened)
	}
}

func TestRestoreRefuses(t *testing.T) {
	good := func() sla.Snapshot {
		s := halfHours(t, 4)
		s.At("sales", nine).Opened++
		s.At("sales", nine.Add(30*time.Minute)).Opened++
		return s.Snapshot()
	}
	for name, c := range map[string]struct {
		spoil func(*sla.Snapshot)
		want  []string
	}{
		"version": {func(s *sla.Snapshot) { s.Version = 99 }, []string{"snapshot.version: is 99, this library reads 1"}},
		"config":  {func(s *sla.Snapshot) { s.Config.Interval = time.Millisecond }, []string{"config.interval"}},
		"another interval": {func(s *sla.Snapshot) { s.Config.Interval = time.Hour },
			[]string{"campaigns[0].newest", "campaigns[0].intervals[1].start"}},
		"twice": {func(s *sla.Snapshot) { s.Campaigns = append(s.Campaigns, s.Campaigns[0]) },
			[]string{`campaigns[1].campaign: "sales" is there twice`}},
		"out of order": {func(s *sla.Snapshot) {
			i := s.Campaigns[0].Intervals
			i[0], i[1] = i[1], i[0]
		}, []string{"campaigns[0].intervals[1].start"}},
		"after newest": {func(s *sla.Snapshot) { s.Campaigns[0].Newest = nine }, []string{"intervals[1].start"}},
	} {
		t.Run(name, func(t *testing.T) {
			snap := good()
			c.spoil(&snap)
			_, err := sla.Restore(snap)
			requireFaults(t, err, c.want)
		})
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	s := halfHours(t, 4)
	now := nine
	step := func() { // now and then a new interval
		now = now.Add(7 * time.Minute)
		s.At("sales", now).Answer(7*second, 20*second)
		s.AgentTime("sales", now.Add(-7*time.Minute), now, true)
	}
	for range 100 {
		step()
	}
	assert.Zero(t, testing.AllocsPerRun(1000, step))
}

func BenchmarkSeriesAt(b *testing.B) {
	s := halfHours(b, 48)
	for n := range 100 {
		s.At(fmt.Sprint("campaign ", n), nine)
	}
	now := nine
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Second)
		s.At("campaign 50", now).Answer(7*second, 20*second)
	}
}
