package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// What customers are told of their wait is of the right size. The figures of
// docs/simulation.md are from here: go test -v -run Announced ./sim
func TestAnnouncedWaitIsOfTheRightSize(t *testing.T) {
	patience := Exponential(10 * time.Minute)
	for _, c := range []struct {
		name     string
		agents   int
		rate     float64
		patience *Dist
	}{
		{"5 agents, 95 % of what they can do", 5, 95, nil},
		{"20 agents, 97 %", 20, 388, nil},
		{"100 agents, 98 %", 100, 1960, nil},
		{"20 agents, 110 %, patience 10 min", 20, 440, &patience},
	} {
		s := floorOf(c.agents, c.rate, 180*time.Second)
		s.WarmUp, s.Length = Seconds(4_000/c.rate*3600), Seconds(6_000/c.rate*3600)
		s.Arrivals[0].Patience = c.patience
		s.Campaigns[0].Announce = queue.Announce{Text: "{minutes}"}
		r, err := Run(t.Context(), s, Options{Seed: 1, Replications: 4})
		require.NoError(t, err)
		var p Promise
		for _, n := range r.Numbers(Part{}) {
			p.Told += n.Promise.Told
			p.Wait += n.Promise.Wait
			p.Error += n.Promise.Error
			p.AbsError += n.Promise.AbsError
		}
		n := float64(p.Told)
		t.Logf("%s: %d told, they waited %.0f s; the estimate is off by %.0f s (%.0f %%), on average by %+.0f s",
			c.name, p.Told, p.Wait/n, p.AbsError/n, 100*p.AbsError/p.Wait, p.Error/n)
		assert.Greater(t, n, 5000.0)
		assert.Less(t, p.AbsError/p.Wait, 0.6)
		assert.Less(t, max(p.Error, -p.Error)/p.Wait, 0.25)
	}
}
