package cloudapi

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func newTestRates(now *time.Time) *rates {
	return newRates(Config{MessagesPerSecond: 80, PairInterval: 6 * time.Second, Now: func() time.Time { return *now }})
}

// A million customers in a day leave no more behind than those of twenty minutes.
func TestPairsAreForgotten(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	r := newTestRates(&now)
	most := 0
	for i := range 60_000 {
		now = now.Add(100 * time.Millisecond)
		wait, _ := r.take("n", fmt.Sprint(i))
		assert.Zero(t, wait)
		most = max(most, len(r.pairs)+len(r.old))
	}
	assert.LessOrEqual(t, most, 12_001, "ten a second for twenty minutes")
	now = now.Add(time.Hour)
	r.take("n", "last")
	assert.Equal(t, 1, len(r.pairs)+len(r.old))
}

// Forgetting never lets anything through that remembering would have refused.
func TestForgettingIsInvisible(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	rng := rand.New(rand.NewPCG(1, 2))
	r := newTestRates(&now)
	type model struct {
		left float64
		at   time.Time
	}
	models := map[string]*model{}
	refused := 0
	for range 50_000 {
		now = now.Add(time.Duration(rng.IntN(3000)) * time.Millisecond)
		if rng.IntN(2000) == 0 {
			now = now.Add(time.Duration(rng.IntN(1800)) * time.Second)
		}
		who := fmt.Sprint(rng.IntN(3))
		m := models[who]
		if m == nil {
			m = &model{left: pairBurst, at: now}
			models[who] = m
		}
		m.left = min(pairBurst, m.left+now.Sub(m.at).Seconds()/6)
		m.at = now
		wait, _ := r.take("n", who)
		if wait > 0 {
			refused++
			assert.Less(t, m.left, 1+1e-6)
			assert.InDelta(t, (1-m.left)*6, wait.Seconds(), 1e-3)
			continue
		}
		assert.Greater(t, m.left, 1-1e-6)
		m.left--
	}
	assert.Greater(t, refused, 1000)
}

func BenchmarkTake(b *testing.B) {
	now := time.Now()
	r := newTestRates(&now)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(15 * time.Millisecond)
		r.take("n", "somebody")
	}
}
