package sim

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// floorOf is a scenario of one campaign "c" with so many agents of one slot each, who get
// interactions without being asked, in the long run.
func floorOf(agents int, rate float64, handle time.Duration) Scenario {
	c := queue.Campaign{ID: "c", AutoAnswer: true, Strategy: "leastrecent", ServiceLevel: 20 * time.Second}
	s := Scenario{Steady: true, WarmUp: 36000, Length: 360000}
	for i := range agents {
		id := fmt.Sprintf("a%03d", i)
		s.Agents = append(s.Agents, queue.Agent{ID: id})
		c.Members = append(c.Members, queue.Member{Agent: id})
	}
	s.Campaigns = []queue.Campaign{c}
	s.Arrivals = []Arrivals{{Campaign: "c", Rate: rate, Handle: Exponential(handle)}}
	return s
}

// The values are Erlang's C for 10 erlangs on 14 agents.
func TestAQueueOfTheTextbooks(t *testing.T) {
	r, err := Run(t.Context(), floorOf(14, 200, 180*time.Second), Options{Seed: 1, Replications: 20})
	require.NoError(t, err)
	for name, want := range map[string]float64{
		"waited": 0.174131933595, "averageWait": 7.83593701178, "serviceLevel": 0.888350019179, "queueLength": 0.435329833988,
		"slotOccupancy": 0.714285714286, "occupancy": 0.714285714286, "offered": 200, "averageHandleTime": 180,
	} {
		e, err := r.Value(name)
		require.NoError(t, err)
		assert.Less(t, max(e.Z(want, 0), -e.Z(want, 0)), 3.5, "%s: %v, want %v", name, e, want)
		assert.Less(t, e.Half(), want/5, "%s is precise enough to say something", name)
	}
}

func TestTheSameSeedGivesTheSameResult(t *testing.T) {
	s := floorOf(5, 80, 180*time.Second)
	s.Length = 36000
	one, err := Run(t.Context(), s, Options{Seed: 7, Replications: 6, Parallel: 1})
	require.NoError(t, err)
	many, err := Run(t.Context(), s, Options{Seed: 7, Replications: 6, Parallel: 6})
	require.NoError(t, err)
	a, err := json.Marshal(one)
	require.NoError(t, err)
	b, err := json.Marshal(many)
	require.NoError(t, err)
	assert.JSONEq(t, string(a), string(b))
	other, err := Run(t.Context(), s, Options{Seed: 8, Replications: 6})
	require.NoError(t, err)
	assert.NotEqual(t, one.Tallies, other.Tallies)
}
