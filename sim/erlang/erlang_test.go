package erlang_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/sim/erlang"
)

// The values are published: the worked examples of pyworkforce and of the R packages
// ErlangC and queueing, and those of Garnett, Mandelbaum and Reiman (2002).
func TestPublishedValues(t *testing.T) {
	q := erlang.Queue{Arrivals: 200.0 / 3600, Handle: 180, Agents: 14, Limit: -1, Within: 20}.Solve()
	assert.InDelta(t, 0.1741319335950498, q.Wait, 1e-12)
	assert.InDelta(t, 0.8883500191794669, q.InTime, 1e-12)
	assert.InDelta(t, 7.83593701177724, q.Served, 1e-9)
	assert.InDelta(t, 10.0/14, q.Occupancy, 1e-12)
	assert.InDelta(t, q.Wait, erlang.C(14, 10), 1e-12)
	assert.InDelta(t, 0.1, erlang.C(2, 0.5), 1e-12)
	assert.InDelta(t, 0.537963168632, erlang.B(10, 20), 1e-12)
	assert.InDelta(t, 1, erlang.C(2, 2), 0)
}

func TestErlangA(t *testing.T) {
	q := erlang.Queue{Arrivals: 200.0 / 3600, Handle: 180, Agents: 14, Limit: -1, Patience: 300, Within: 20}.Solve()
	assert.InDelta(t, 0.145260114296, q.Wait, 1e-10)
	assert.InDelta(t, 0.0139837441224, q.Abandoned, 1e-10)
	assert.InDelta(t, 0.916792091864, q.InTime, 1e-10)
	assert.InDelta(t, 3.87848004452, q.Served, 1e-8)
	assert.InDelta(t, 4.19512323672, q.All, 1e-8)
	assert.InDelta(t, 0.23306240204, q.Length, 1e-9)
}

func TestLimitedQueue(t *testing.T) {
	q := erlang.Queue{Arrivals: 1100.0 / 3600, Handle: 180, Agents: 50, Limit: 20, Within: 20}.Solve()
	assert.InDelta(t, 0.827499493426, q.Wait, 1e-10)
	assert.InDelta(t, 0.0971977799973, q.Blocked, 1e-10)
	assert.InDelta(t, 0.182636902164, q.InTime, 1e-10)
	assert.InDelta(t, 44.5196289334, q.Served, 1e-7)
	b := erlang.Queue{Arrivals: 100.0 / 3600, Handle: 720, Agents: 10, Within: 20}.Solve()
	assert.InDelta(t, 0.537963168632, b.Blocked, 1e-12)
	assert.InDelta(t, 1-b.Blocked, b.InTime, 1e-12)
	assert.Zero(t, b.Wait)
	both := erlang.Queue{Arrivals: 120.0 / 3600, Handle: 180, Agents: 5, Limit: 5, Patience: 120, Within: 20}.Solve()
	assert.InDelta(t, 0.248336105821, both.Abandoned, 1e-10)
	assert.InDelta(t, 0.445095755702, both.InTime, 1e-10)
	assert.InDelta(t, 26.9822651196, both.Served, 1e-8)
}

// At the edge of what the agents can do, and beyond it, there is no long run.
func TestOverload(t *testing.T) {
	for _, perHour := range []float64{100, 99.99999, 150} { // 5 erlangs and more on 5 agents
		q := erlang.Queue{Arrivals: perHour / 3600, Handle: 180, Agents: 5, Limit: -1, Within: 20}.Solve()
		assert.Equal(t, 1.0, q.Wait)
		assert.Zero(t, q.InTime)
	}
	near := erlang.Queue{Arrivals: 99.9 / 3600, Handle: 180, Agents: 5, Limit: -1, Within: 20}.Solve()
	assert.InDelta(t, erlang.C(5, 4.995), near.Wait, 1e-9)
}

func ExampleQueue_Solve() {
	// 360 calls in half an hour, 4 minutes each, 55 agents.
	r := erlang.Queue{Arrivals: 360.0 / 1800, Handle: 240, Agents: 55, Limit: -1, Within: 15}.Solve()
	fmt.Printf("%.1f %% wait, %.1f %% are answered within 15 s, %.1f s on average\n", 100*r.Wait, 100*r.InTime, r.Served)
	// Output: 23.9 % wait, 84.6 % are answered within 15 s, 8.2 s on average
}
