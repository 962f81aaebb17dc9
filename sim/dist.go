package sim

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher/internal/fault"
)

// Law names a family of distributions.
type Law string

// The laws.
const (
	LawFixed       Law = "fixed"            // Mean, always
	LawExponential Law = "exponential"      // Mean
	LawLognormal   Law = "lognormal"        // Mean and CV
	LawUniform     Law = "uniform"          // from Min to Max
	LawErlang      Law = "erlang"           // Mean, Shape stages
	LawHyper       Law = "hyperexponential" // Mean and CV above 1, two branches of equal weight in the mean
	LawEmpirical   Law = "empirical"        // one of Values, each as often as it is listed
)

var laws = []Law{LawFixed, LawExponential, LawLognormal, LawUniform, LawErlang, LawHyper, LawEmpirical}

// Dist is a distribution of lengths of time (in seconds) or of numbers, as plain data. Which
// fields count depends on the law; the zero Dist is always 0.
type Dist struct {
	Law   Law     `json:"law,omitempty"`
	Mean  float64 `json:"mean,omitempty"`
	CV    float64 `json:"cv,omitempty"` // standard deviation ÷ mean
	Min   float64 `json:"min,omitempty"`
	Max   float64 `json:"max,omitempty"`
	Shape int     `json:"shape,omitempty"`
	// Values are drawn from with equal chances.
	Values []float64 `json:"values,omitempty"`
	// Zero is the chance of 0 instead of a draw, such as the share of customers who do
	// not wait at all.
	Zero float64 `json:"zero,omitempty"`
}

// Fixed is always d.
func Fixed(d time.Duration) Dist { return Dist{Law: LawFixed, Mean: d.Seconds()} }

// Exponential has that mean.
func Exponential(mean time.Duration) Dist { return Dist{Law: LawExponential, Mean: mean.Seconds()} }

// Lognormal has that mean and coefficient of variation.
func Lognormal(mean time.Duration, cv float64) Dist {
	return Dist{Law: LawLognormal, Mean: mean.Seconds(), CV: cv}
}

// Uniform is between two lengths.
func Uniform(from, to time.Duration) Dist {
	return Dist{Law: LawUniform, Min: from.Seconds(), Max: to.Seconds()}
}

// Empirical draws one of the lengths that were measured.
func Empirical(seconds []float64) Dist { return Dist{Law: LawEmpirical, Values: seconds} }

// IsZero reports a Dist that says nothing.
func (d Dist) IsZero() bool { return d.Law == "" && d.Mean == 0 && d.Values == nil }

// Average returns the mean of all draws.
func (d Dist) Average() float64 {
	mean := d.Mean
	switch d.Law {
	case "":
		mean = 0
	case LawUniform:
		mean = (d.Min + d.Max) / 2
	case LawEmpirical:
		mean = 0
		for _, v := range d.Values {
			mean += v / float64(len(d.Values))
		}
	}
	return mean * (1 - d.Zero)
}

// Draw returns one value.
func (d Dist) Draw(r *rand.Rand) float64 {
	if d.Zero > 0 && r.Float64() < d.Zero {
		return 0
	}
	switch d.Law {
	case LawFixed:
		return d.Mean
	case LawExponential:
		return d.Mean * r.ExpFloat64()
	case LawLognormal:
		s2 := math.Log(1 + d.CV*d.CV)
		return d.Mean * math.Exp(math.Sqrt(s2)*r.NormFloat64()-s2/2)
	case LawUniform:
		return d.Min + (d.Max-d.Min)*r.Float64()
	case LawErlang:
		return d.Mean * erlangSum(r, d.Shape) / float64(d.Shape)
	case LawHyper:
		return d.hyper(r)
	case LawEmpirical:
		return d.Values[r.IntN(len(d.Values))]
	}
	return 0
}

func erlangSum(r *rand.Rand, stages int) float64 {
	sum := 0.0
	for range stages {
		sum += r.ExpFloat64()
	}
	return sum
}

// hyper draws from two exponentials that contribute equally to the mean.
func (d Dist) hyper(r *rand.Rand) float64 {
	c2 := d.CV * d.CV
	p := (1 + math.Sqrt((c2-1)/(c2+1))) / 2
	if r.Float64() >= p {
		p = 1 - p
	}
	return d.Mean / (2 * p) * r.ExpFloat64()
}

// check reports everything wrong with a distribution.
func (d Dist) check(f *fault.Faults, path string) {
	if d.Zero < 0 || d.Zero > 1 || math.IsNaN(d.Zero) {
		f.Add(fault.Join(path, "zero"), "must be 0 to 1, is %v", d.Zero)
	}
	switch d.Law {
	case LawUniform:
		if !(d.Min >= 0) || !(d.Max >= d.Min) || d.Max > MaxSeconds {
			f.Add(path, "min and max must be 0 to %v and in order, are %v and %v", float64(MaxSeconds), d.Min, d.Max)
		}
	case LawEmpirical:
		d.checkValues(f, path)
	case LawFixed, LawExponential, LawLognormal, LawErlang, LawHyper:
		d.checkMean(f, path)
	case "":
		if !d.IsZero() {
			f.Add(fault.Join(path, "law"), "must be given; valid: %s", lawNames())
		}
	default:
		f.Add(fault.Join(path, "law"), "unknown law %q; valid: %s", d.Law, lawNames())
	}
}

func (d Dist) checkMean(f *fault.Faults, path string) {
	if !(d.Mean >= 0) || d.Mean > MaxSeconds {
		f.Add(fault.Join(path, "mean"), "must be 0 to %v, is %v", float64(MaxSeconds), d.Mean)
	}
	switch {
	case d.Law == LawLognormal && (!(d.CV >= 0) || math.IsInf(d.CV, 0)):
		f.Add(fault.Join(path, "cv"), "must be ≥ 0, is %v", d.CV)
	case d.Law == LawHyper && (!(d.CV >= 1) || math.IsInf(d.CV, 0)):
		f.Add(fault.Join(path, "cv"), "must be ≥ 1, is %v", d.CV)
	case d.Law == LawErlang && (d.Shape < 1 || d.Shape > 1000):
		f.Add(fault.Join(path, "shape"), "must be 1 to 1000, is %d", d.Shape)
	}
}

func (d Dist) checkValues(f *fault.Faults, path string) {
	if len(d.Values) == 0 {
		f.Add(fault.Join(path, "values"), "must not be empty")
	}
	bad := func(v float64) bool { return !(v >= 0) || v > MaxSeconds }
	if i := slices.IndexFunc(d.Values, bad); i >= 0 {
		f.Add(fault.Join(path, "values"), "must be 0 to %v; value %d is %v", float64(MaxSeconds), i, d.Values[i])
	}
}

func lawNames() string {
	names := make([]string, len(laws))
	for i, l := range laws {
		names[i] = string(l)
	}
	return strings.Join(names, ", ")
}

// gamma draws from the gamma distribution of that shape and mean 1, by the method of
// Marsaglia and Tsang (2000).
func gamma(r *rand.Rand, shape float64) float64 {
	boost := 1.0
	a := shape
	if a < 1 {
		boost = math.Pow(r.Float64(), 1/a)
		a++
	}
	d := a - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return boost * d * v / shape
		}
	}
}
