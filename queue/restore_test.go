package queue_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// A restored engine draws the lots that the original would have drawn, also where an
// interaction of another cost was there before, which tells members apart by their room.
func TestARestoredEngineDrawsTheSame(t *testing.T) {
	for _, name := range []string{"random", "wrandom"} {
		for seed := range uint64(40) {
			e, err := queue.New(queue.Config{Seed: seed})
			require.NoError(t, err)
			do := func(e *queue.Engine, c queue.Command) {
				t.Helper()
				_, err := e.Step(start, c)
				require.NoError(t, err)
			}
			do(e, queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 5}})
			do(e, queue.ConfigureAgent{Agent: queue.Agent{ID: "bruno", Limit: 1}})
			do(e, queue.Configure{Campaign: queue.Campaign{
				ID: "sales", Strategy: name, AutoAnswer: true, Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno"}},
			}})
			do(e, queue.Arrive{Campaign: "sales", ID: "large", Cost: 2})
			do(e, queue.End{Interaction: "large"})
			do(e, queue.AgentState{Agent: "ana", State: queue.Available})
			do(e, queue.AgentState{Agent: "bruno", State: queue.Available})
			twin := restored(t, e, seed)
			do(e, queue.Arrive{Campaign: "sales", ID: "next"})
			do(twin, queue.Arrive{Campaign: "sales", ID: "next"})
			want, _ := e.Interaction("next")
			got, _ := twin.Interaction("next")
			assert.Equal(t, want.Agent, got.Agent, "%s, seed %d", name, seed)
		}
	}
}

// A refused arrival at a full queue leaves nothing behind that would make a replay of the
// events draw otherwise.
func TestAReplayDrawsTheSame(t *testing.T) {
	for seed := range uint64(40) {
		var events []queue.Event
		e, err := queue.New(queue.Config{Seed: seed})
		require.NoError(t, err)
		do := func(c queue.Command) {
			t.Helper()
			out, err := e.Step(start, c)
			require.NoError(t, err)
			events = append(events, out.Events...)
		}
		do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 5}})
		do(queue.ConfigureAgent{Agent: queue.Agent{ID: "bruno", Limit: 1}})
		do(queue.Configure{Campaign: queue.Campaign{
			ID: "sales", Strategy: "random", AutoAnswer: true, MaxInteractions: 1, Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno"}},
		}})
		do(queue.Arrive{Campaign: "sales", ID: "first"})
		do(queue.Arrive{Campaign: "sales", ID: "refused", Cost: 3})
		do(queue.End{Interaction: "first"})
		do(queue.AgentState{Agent: "ana", State: queue.Available})
		do(queue.AgentState{Agent: "bruno", State: queue.Available})
		twin, err := queue.New(queue.Config{Seed: seed})
		require.NoError(t, err)
		require.NoError(t, twin.Replay(events))
		_, err = twin.Step(start, queue.Arrive{Campaign: "sales", ID: "next"})
		require.NoError(t, err)
		do(queue.Arrive{Campaign: "sales", ID: "next"})
		want, _ := e.Interaction("next")
		got, _ := twin.Interaction("next")
		assert.Equal(t, want.Agent, got.Agent, "seed %d", seed)
	}
}

// A snapshot of an earlier version has no costs: those of open interactions are known all the
// same, so that what costs more than 1 finds the agents who have room for it.
func TestASnapshotWithoutCostsServesWhatCostsMore(t *testing.T) {
	f := newFloor(t, queue.Campaign{})
	f.do(queue.Arrive{Campaign: "sales", ID: "large", Cost: 2})
	s := f.e.Snapshot()
	require.NotEmpty(t, s.Campaigns[0].Costs)
	s.Campaigns[0].Costs = nil
	e, err := queue.Restore(queue.Config{Seed: 1}, s)
	require.NoError(t, err)
	_, err = e.Step(f.now, queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(t, err)
	assert.Equal(t, "ana", e.OfferedTo("large"))
}

func restored(t *testing.T, e *queue.Engine, seed uint64) *queue.Engine {
	t.Helper()
	data, err := json.Marshal(e.Snapshot())
	require.NoError(t, err)
	var s queue.Snapshot
	require.NoError(t, json.Unmarshal(data, &s))
	twin, err := queue.Restore(queue.Config{Seed: seed}, s)
	require.NoError(t, err)
	return twin
}
