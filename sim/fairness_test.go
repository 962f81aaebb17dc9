package sim

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// roomy is a floor whose agents always have room, so that only the strategy decides.
func roomy(agents int, strategy string, length time.Duration) Scenario {
	s := floorOf(agents, 600, time.Minute)
	s.WarmUp, s.Length = 0, For(length)
	for i := range s.Agents {
		s.Agents[i].Limit = 10_000
	}
	s.Campaigns[0].Strategy = strategy
	return s
}

// The longest idle agent first evens out idle time: with agents who are equally fast the
// spread of idle shares is that of chance, a fixed order makes it large.
func TestLongestIdleFirstEvensOutIdleTime(t *testing.T) {
	s := floorOf(8, 120, 180*time.Second)
	s.Length, s.WarmUp = 100*3600, 3600
	spread := map[string]float64{}
	for _, name := range []string{"leastrecent", "leastbusy", "random", "linear"} {
		s.Campaigns[0].Strategy = name
		r, err := Run(t.Context(), s, Options{Seed: 3, Replications: 4})
		require.NoError(t, err)
		e, err := r.Value("idleSpread")
		require.NoError(t, err)
		spread[name] = e.Value
	}
	assert.Less(t, spread["leastrecent"], 0.08)
	assert.InDelta(t, spread["leastrecent"], spread["leastbusy"], 0.03, "with one slot each both go by idle time")
	assert.Less(t, spread["leastrecent"], spread["random"], "random leaves more to chance")
	assert.Greater(t, spread["linear"], 5*spread["leastrecent"])
}

// In the round robin no agent who is always there is ever more than one turn ahead.
func TestRoundRobinDeviatesByAtMostOneTurn(t *testing.T) {
	s := roomy(7, "rrmemory", 5*time.Hour)
	turns := map[string]int{}
	for _, a := range s.Agents {
		turns[a.ID] = 0
	}
	n := 0
	s.Observe = func(_ int, ev *queue.Event) {
		if ev.Kind != queue.Answered {
			return
		}
		n++
		turns[ev.Agent]++
		low, high := math.MaxInt, 0
		for _, k := range turns {
			low, high = min(low, k), max(high, k)
		}
		if high-low > 1 {
			t.Errorf("after %d interactions one agent is %d turns ahead", n, high-low)
		}
	}
	_, err := Run(t.Context(), s, Options{Seed: 1, Replications: 1})
	require.NoError(t, err)
	assert.Greater(t, n, 2000)
}

// Lots are drawn in proportion: the shares of agents fit them by Pearson's test at 99.9 %.
func TestLotsAreDrawnInProportion(t *testing.T) {
	for _, c := range []struct {
		strategy string
		penalty  []int
	}{
		{"random", []int{0, 0, 0, 0, 0}},
		{"wrandom", []int{0, 1, 3, 9, 100}},
	} {
		t.Run(c.strategy, func(t *testing.T) {
			s := roomy(5, c.strategy, 50*time.Hour)
			total := 0.0
			for i, p := range c.penalty {
				s.Campaigns[0].Members[i].Penalty = p
				total += 1 / float64(1+p)
			}
			r, err := Run(t.Context(), s, Options{Seed: 5, Replications: 1})
			require.NoError(t, err)
			n := 0.0
			for _, a := range r.Tallies[0].Agents {
				n += float64(a.Answered)
			}
			chi := 0.0
			for i, a := range r.Tallies[0].Agents {
				want := n / float64(1+c.penalty[i]) / total
				chi += math.Pow(float64(a.Answered)-want, 2) / want
			}
			assert.Less(t, chi, 18.47, "χ² with 4 degrees of freedom of %v", fmt.Sprint(r.Tallies[0].Agents))
			assert.Greater(t, n, 20_000.0)
		})
	}
}

// Nobody who could be served by the same agents is served before an earlier arrival.
func TestFirstComeFirstServed(t *testing.T) {
	s := floorOf(4, 78, 180*time.Second)
	s.Length = 100 * 3600
	s.WarmUp = 0
	var last time.Time
	s.Observe = func(_ int, ev *queue.Event) {
		if ev.Kind == queue.Answered {
			came := ev.At.Add(-ev.Wait)
			if came.Before(last) {
				t.Errorf("at %s one who came at %s is served after one who came at %s", ev.At, came, last)
			}
			last = came
		}
	}
	_, err := Run(t.Context(), s, Options{Seed: 2, Replications: 1})
	require.NoError(t, err)
}
