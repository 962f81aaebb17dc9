package queue_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// busyOnly lets only those take who have something already.
type busyOnly struct{}

func (busyOnly) Name() string                        { return "busyonly" }
func (busyOnly) Key(strategy.Candidate) strategy.Key { return strategy.Key{} }
func (busyOnly) MayTake(c strategy.Candidate) bool   { return c.Active > 0 }

// Who may take something can depend on what they have elsewhere, at once.
func TestWhoMayTakeFollowsWhatTheyHave(t *testing.T) {
	e, err := queue.New(queue.Config{Strategies: []strategy.Strategy{busyOnly{}}})
	require.NoError(t, err)
	do := func(c queue.Command) {
		t.Helper()
		_, err := e.Step(start, c)
		require.NoError(t, err)
	}
	do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 5}})
	do(queue.Configure{Campaign: queue.Campaign{ID: "push", Members: []queue.Member{{Agent: "ana"}}}})
	do(queue.Configure{Campaign: queue.Campaign{ID: "pull", Strategy: "busyonly", Members: []queue.Member{{Agent: "ana"}}}})
	do(queue.AgentState{Agent: "ana", State: queue.Available})
	do(queue.Arrive{Campaign: "pull", ID: "shown"})
	_, err = e.Step(start, queue.Take{Agent: "ana", Interaction: "shown"})
	require.ErrorIs(t, err, queue.ErrNotEligible)
	do(queue.Arrive{Campaign: "push", ID: "offered"})
	do(queue.Accept{Agent: "ana", Interaction: "offered"})
	do(queue.Take{Agent: "ana", Interaction: "shown"})
}
