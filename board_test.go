package usher_test

import (
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/sla"
	"github.com/usher-go/usher/store"
)

// busyTime returns how long agents were busy and logged in, in all.
func busyTime(h *house) (busy, in time.Duration) {
	c := h.center.Board(morning).Campaigns[0].Counts
	return time.Duration(c.BusySum) * time.Microsecond, time.Duration(c.LoggedInSum) * time.Microsecond
}

// An agent is not busy with what is on hold, and ending it, in whatever way, takes away only
// what they were busy with: the other conversation keeps them busy.
func TestOccupancyWithAConversationOnHold(t *testing.T) {
	ends := map[string]func(in string) queue.Command{
		"finished": func(in string) queue.Command { return queue.Finish{Agent: "ana", Interaction: in} },
		"ended":    func(in string) queue.Command { return queue.End{Interaction: in, By: "boss"} },
		"requeued": func(in string) queue.Command { return queue.Requeue{Interaction: in, By: "boss"} },
		"resumed":  func(in string) queue.Command { return queue.Resume{Interaction: in, Agent: "ana"} },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nil)
			h.do(queue.AgentState{Agent: "ana", State: queue.Available})
			var ids []string
			for _, who := range []channel.Alias{channel.Phone("34600111222"), channel.Phone("34600333444")} {
				_, err := h.wa.Say(t.Context(), number, "hello", who)
				require.NoError(t, err)
				h.settle()
				a, _ := h.center.Agent("ana")
				require.Len(t, a.Asked, 1)
				ids = append(ids, a.Asked[0])
				h.do(queue.Accept{Agent: "ana", Interaction: a.Asked[0]})
			}
			h.do(queue.Park{Agent: "ana", Interaction: ids[0]})
			h.do(end(ids[0]))
			h.pass(10 * time.Minute)
			busy, in := busyTime(h)
			assert.Equal(t, []time.Duration{10 * time.Minute, 10 * time.Minute}, []time.Duration{busy, in}, "busy with the second")
			h.do(queue.Finish{Agent: "ana", Interaction: ids[1]})
			if name == "resumed" {
				h.do(queue.Finish{Agent: "ana", Interaction: ids[0]})
			}
			h.pass(10 * time.Minute)
			busy, in = busyTime(h)
			assert.Equal(t, []time.Duration{10 * time.Minute, 20 * time.Minute}, []time.Duration{busy, in}, "busy with nothing")
		})
	}
}

// Totals count since the beginning of the journal: beyond the two weeks of the half hours,
// across restarts from a snapshot, and for campaigns that are removed.
func TestTotalsAreMonotonic(t *testing.T) {
	j := store.NewMemory()
	h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal, o.Retention, o.SnapshotEvery = j, time.Hour, 3 })
	var last sla.Counts
	grown := func(c *usher.Center, opened int64) {
		t.Helper()
		all, err := c.Totals(t.Context())
		require.NoError(t, err)
		now := all["sales"]
		assert.Equal(t, opened, now.Opened)
		assert.GreaterOrEqual(t, now.MessagesIn, last.MessagesIn)
		assert.GreaterOrEqual(t, now.Ends.Abandoned, last.Ends.Abandoned)
		assert.GreaterOrEqual(t, now.WaitSum, last.WaitSum)
		last = now
	}
	for i := range int64(5) {
		_, err := h.wa.Say(t.Context(), number, "hello", channel.Phone("34600111222"))
		require.NoError(t, err)
		h.settle()
		h.do(queue.End{Interaction: h.center.Interactions("")[0].ID, By: "boss"})
		grown(h.center, i+1)
		h.clock.Add(7 * 24 * time.Hour)
		h.settle()
	}
	assert.Less(t, h.center.Board(time.Time{}).Campaigns[0].Counts.Opened, last.Opened, "the half hours are kept for two weeks")
	h.do(queue.RemoveCampaign{Campaign: "sales", By: "boss"})
	grown(h.center, 5)
	again, err := usher.New(usher.Options{Connectors: h.opts.Connectors, Journal: j, Clock: h.clock})
	require.NoError(t, err)
	grown(again, 5)
}

// Who reads the board before the deadlines that are due have acted does not make it count an
// agent's time twice.
func TestTimeIsCountedOnceWhenTheBoardIsReadEarly(t *testing.T) {
	h := newHouse(t, nil)
	mock := clock.NewMock()
	mock.Set(morning)
	wa := channeltest.NewConnector("main", number, "+15550002222")
	c, err := usher.New(usher.Options{Connectors: []channel.Connector{wa}, Clock: mock})
	require.NoError(t, err)
	config, err := h.center.Config(t.Context())
	require.NoError(t, err)
	require.NoError(t, c.Configure(t.Context(), config))
	_, err = c.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(t, err)
	require.NoError(t, c.Receive(t.Context(), []channel.Update{inboundUpdate("one", "phone:34600000001")}))
	mock.Add(10 * time.Minute)
	loggedIn := func() time.Duration {
		return time.Duration(c.Board(morning).Campaigns[0].Counts.LoggedInSum) * time.Microsecond
	}
	assert.Equal(t, 10*time.Minute, loggedIn())
	require.NoError(t, c.Settle(t.Context())) // three offers are missed, and ana is paused
	a, _ := c.Agent("ana")
	require.Equal(t, queue.Paused, a.State)
	assert.Equal(t, 10*time.Minute, loggedIn())
}
