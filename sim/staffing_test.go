package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The numbers are those of Erlang C tables; one agent fewer falls clearly short.
func TestStaffingAgreesWithTheTables(t *testing.T) {
	for _, c := range []struct {
		perHour      float64
		share        float64
		within, want int
	}{
		{100, 0.8, 20, 8},   // 5 erlangs: 8 agents answer 88 %, 7 answer 74 %
		{200, 0.84, 20, 14}, // 10: 14 answer 89 %, 13 answer 80 %
		{400, 0.75, 20, 24}, // 20: 24 answer 81 %, 23 answer 69 %
	} {
		s := floorOf(40, c.perHour, 180*time.Second)
		s.Interval, s.Period, s.WarmUp, s.Length = 0, 0, 5*3600, 60*3600
		s.Threshold = Seconds(c.within)
		s.Staff = []Staff{{Every: 86400}}
		got, err := FindStaffing(t.Context(), s, 0, Target{Reach: c.share}, Options{Seed: 1, Replications: 8})
		require.NoError(t, err)
		require.Len(t, got.Intervals, 1)
		assert.Equal(t, c.want, got.Intervals[0].Agents, "%v an hour: %+v", c.perHour, got)
		assert.Equal(t, c.want, got.Intervals[0].Erlang)
	}
}

func TestStaffingOfADay(t *testing.T) {
	s := floorOf(30, 0, 180*time.Second)
	s.Steady, s.WarmUp, s.Length = false, 0, 6*3600
	s.Arrivals[0].Rates, s.Arrivals[0].Every = []float64{40, 120, 240, 200, 90, 30}, 3600
	s.Staff = []Staff{{Every: 3600}}
	got, err := FindStaffing(t.Context(), s, 0, Target{Reach: 0.8}, Options{Seed: 1, Replications: 40})
	require.NoError(t, err)
	counts := got.Counts()[:6]
	t.Log(counts, got.Runs)
	for i, x := range got.Intervals[:6] {
		assert.GreaterOrEqual(t, x.Estimate.Value, 0.8, "hour %d", i)
		assert.InDelta(t, x.Erlang, x.Agents, 2, "the formula is not far off")
	}
	assert.Greater(t, counts[2], counts[1])
	assert.Greater(t, counts[1], counts[5])
	assert.Zero(t, got.Intervals[10].Agents, "nobody comes then")

	s.Staff[0].Agents = []string{"a000", "a001"}
	_, err = FindStaffing(t.Context(), s, 0, Target{Reach: 0.8}, Options{Seed: 1, Replications: 2})
	assert.NoError(t, err, "the agents that no entry names are there as well")
	s.Agents, s.Campaigns[0].Members, s.Staff[0].Agents = s.Agents[:3], s.Campaigns[0].Members[:3], nil
	_, err = FindStaffing(t.Context(), s, 0, Target{Reach: 0.8}, Options{Seed: 1, Replications: 2})
	assert.ErrorContains(t, err, "staff[0] has 3 agents; with all of them answeredIn is")
}
