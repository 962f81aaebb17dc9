package sim

import (
	"math"

	"github.com/usher-go/usher/sim/erlang"
)

// Estimate is a figure of a scenario: the mean over its replications, and how far from the
// true value that may be.
type Estimate struct {
	Value float64 `json:"value"`
	// Low and High are the bounds of the 95 % confidence interval by Student's t.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// StdErr is the standard error, from the differences between replications, which are
	// independent; nothing is assumed of what happens within one.
	StdErr float64 `json:"stdErr"`
	// Skew is the skewness of what the replications measured.
	Skew         float64 `json:"skew"`
	Replications int     `json:"replications"` // that had anything to measure
}

// Half returns half the width of the confidence interval.
func (e Estimate) Half() float64 { return (e.High - e.Low) / 2 }

// ratio estimates ΣY ÷ ΣX over pairs of independent replications. The error is that of the
// ratio estimator: the spread of Y − R·X.
func ratio(ys, xs []float64) (Estimate, bool) {
	n := float64(len(xs))
	var sumX, sumY float64
	for i := range xs {
		sumX += xs[i]
		sumY += ys[i]
	}
	if sumX == 0 {
		return Estimate{}, false
	}
	e := Estimate{Value: sumY / sumX, Replications: len(xs)}
	e.Low, e.High = e.Value, e.Value
	if len(xs) < 2 {
		e.StdErr = math.Inf(1)
		e.Low, e.High = math.Inf(-1), math.Inf(1)
		return e, true
	}
	var ss, cubes float64
	for i := range xs {
		d := ys[i] - e.Value*xs[i]
		ss += d * d
		cubes += d * d * d
	}
	if ss > 0 {
		e.Skew = cubes / n / math.Pow(ss/n, 1.5)
	}
	e.StdErr = math.Sqrt(ss/(n-1)/n) / (sumX / n)
	if e.StdErr < 1e-12*math.Abs(sumY)/math.Abs(sumX) {
		e.StdErr, e.Skew = 0, 0 // what is left of equal figures after rounding
	}
	half := e.StdErr * TQuantile(0.975, len(xs)-1)
	e.Low, e.High = e.Value-half, e.Value+half
	return e, true
}

// Z says how many standard deviations the estimate lies from a value that is known: the
// normal deviate as improbable as the t statistic is with so few replications, corrected
// for their skewness (Hall's transformation, 1992), without which rare congestion makes
// estimates look surer than they are. least is a floor for the standard error, for figures
// of events so rare that replications show no spread; 0 = none.
func (e Estimate) Z(expected, least float64) float64 {
	diff := e.Value - expected
	switch {
	case math.Abs(diff) <= 1e-9*math.Max(math.Abs(expected), 1e-3):
		return 0
	case e.StdErr == 0 && least == 0:
		return math.Copysign(math.Inf(1), diff)
	case math.IsInf(e.StdErr, 1):
		return 0
	case e.StdErr <= least:
		return diff / least
	}
	n := float64(e.Replications)
	s := diff / e.StdErr / math.Sqrt(n)
	g := e.Skew
	t := math.Sqrt(n) * (s + g*s*s/3 + g*g*s*s*s/27 + g/(6*n))
	return normalOf(t, e.Replications-1)
}

// normalOf maps a t statistic to the normal deviate of the same probability.
func normalOf(t float64, dof int) float64 {
	tail := tTail(math.Abs(t), dof)
	if tail < 1e-300 {
		return math.Copysign(37, t)
	}
	return math.Copysign(-NormalQuantile(tail), t)
}

// TQuantile returns the value that Student's t with that many degrees of freedom stays
// below with probability p.
func TQuantile(p float64, dof int) float64 {
	if p < 0.5 {
		return -TQuantile(1-p, dof)
	}
	low, high := 0.0, 1e7
	for range 200 {
		mid := (low + high) / 2
		if 1-tTail(mid, dof) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// tTail is the probability that Student's t exceeds x ≥ 0.
func tTail(x float64, dof int) float64 {
	if dof < 1 {
		return math.NaN()
	}
	n := float64(dof)
	return erlang.IncompleteBeta(n/(n+x*x), n/2, 0.5) / 2
}

// NormalQuantile returns the value that a standard normal variable stays below with
// probability p.
func NormalQuantile(p float64) float64 {
	if p > 1e-16 && p < 1 {
		return math.Sqrt2 * math.Erfinv(2*p-1)
	}
	if p >= 1 {
		return math.Inf(1)
	}
	// Far out, where 2p − 1 has no digits left: Newton on the tail, which is erfc.
	x := -math.Sqrt(-2 * math.Log(p))
	for range 50 {
		tail := math.Erfc(-x/math.Sqrt2) / 2
		density := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
		if density == 0 {
			break
		}
		x -= (tail - p) / density
	}
	return x
}
