package sim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The values are from printed tables of Student's t.
func TestTQuantileAgreesWithTables(t *testing.T) {
	for _, c := range []struct {
		p    float64
		dof  int
		want float64
	}{
		{0.975, 1, 12.706}, {0.975, 4, 2.776}, {0.975, 9, 2.262}, {0.975, 29, 2.045}, {0.995, 9, 3.250},
		{0.95, 19, 1.729}, {0.025, 9, -2.262}, {0.975, 1000, 1.962},
	} {
		assert.InDelta(t, c.want, TQuantile(c.p, c.dof), 0.0006, "p=%v dof=%d", c.p, c.dof)
	}
}

func TestNormalQuantile(t *testing.T) {
	assert.InDelta(t, 1.959964, NormalQuantile(0.975), 1e-6)
	assert.InDelta(t, -4.0, NormalQuantile(3.167124e-5), 1e-6)
	assert.InDelta(t, -10, NormalQuantile(7.619853e-24), 1e-5)
	assert.InDelta(t, 2.0, normalOf(2.0, 1_000_000), 1e-4)
	assert.InDelta(t, -1.96, normalOf(-2.262, 9), 0.001)
}

func TestRatioHasTheErrorOfIndependentReplications(t *testing.T) {
	e, ok := ratio([]float64{1, 2, 3, 4}, []float64{1, 1, 1, 1})
	assert.True(t, ok)
	assert.InDelta(t, 2.5, e.Value, 1e-12)
	assert.InDelta(t, math.Sqrt(5.0/3/4), e.StdErr, 1e-12)
	assert.InDelta(t, 3.182*e.StdErr, e.Half(), 0.001)
	_, ok = ratio([]float64{0}, []float64{0})
	assert.False(t, ok, "nothing measured is no figure")
	one, _ := ratio([]float64{1}, []float64{2})
	assert.True(t, math.IsInf(one.Half(), 1), "one replication says nothing about its error")
}

// Replications that are skewed as congestion is (exponential) make Student's t claim too
// much; the deviates of Z are about as rare as they say.
func TestZIsHonestForSkewedReplications(t *testing.T) {
	r := source(1, 0, 0)
	const trials, reps = 5_000, 16
	var beyond2, beyond4 int
	for range trials {
		ys, xs := make([]float64, reps), make([]float64, reps)
		for i := range ys {
			ys[i], xs[i] = r.ExpFloat64(), 1
		}
		e, _ := ratio(ys, xs)
		z := math.Abs(e.Z(1, 0))
		if z > 2 {
			beyond2++
		}
		if z > 4 {
			beyond4++
		}
	}
	t.Logf("beyond 2: %.2f %%, beyond 4: %d of %d", 100*float64(beyond2)/trials, beyond4, trials)
	assert.InDelta(t, 0.0455, float64(beyond2)/trials, 0.02)
	assert.Less(t, beyond4, trials/500)
}
