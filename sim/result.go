package sim

import (
	"math"
	"time"

	"github.com/usher-go/usher/sla"
)

// Result is what the replications of a scenario counted. Its methods give any figure with
// its confidence interval; [Result.Table] and [Result.WriteCSV] give them all.
type Result struct {
	Scenario     string   `json:"scenario"`
	Seed         uint64   `json:"seed"`
	Replications int      `json:"replications"`
	Streams      []string `json:"streams"`
	Campaigns    []string `json:"campaigns"`
	Agents       []string `json:"agents"`

	Start    time.Time     `json:"start"`
	Interval time.Duration `json:"interval"`
	Tallies  []*Tally      `json:"tallies"` // one for each replication

	streamCampaign []int32
}

// Part selects a part of a scenario. The zero Part is all of it. Fields combine where that
// means something: agents' time is only known for all and by interval, sla's counters are
// by campaign.
type Part struct {
	Campaign string // "" = all
	Stream   string // "" = all
	// Interval is one of the intervals of a period, from 1; 0 = all.
	Interval int
}

// Intervals returns how many intervals a period has.
func (r *Result) Intervals() int {
	if len(r.Tallies) == 0 {
		return 0
	}
	return len(r.Tallies[0].Cover)
}

// Covered reports whether any of the time that counts lies in an interval, from 1.
func (r *Result) Covered(interval int) bool {
	for _, t := range r.Tallies {
		if t.Cover[interval-1] > 0 {
			return true
		}
	}
	return false
}

// At returns when an interval begins, counted from 1, on the first day.
func (r *Result) At(interval int) time.Time {
	return r.Start.Add(time.Duration(interval-1) * r.Interval)
}

// Numbers returns what each replication counted in a part.
func (r *Result) Numbers(part Part) []Numbers {
	out := make([]Numbers, len(r.Tallies))
	for i, t := range r.Tallies {
		out[i] = r.numbers(t, part)
	}
	return out
}

func (r *Result) numbers(t *Tally, part Part) Numbers {
	n := Numbers{Promise: t.Promise, Waits: t.Waits, Agents: t.Agents, Concurrency: t.Concurrency}
	each := func(visit func(interval int)) {
		for i := range t.Cover {
			if part.Interval == 0 || part.Interval == i+1 {
				visit(i)
			}
		}
	}
	each(func(i int) {
		n.Seconds += t.Cover[i]
		n.Floor.add(&t.Floor[i])
	})
	for k := range t.Counts {
		if part.Campaign == "" || r.Campaigns[k] == part.Campaign {
			each(func(i int) { n.Counts.Add(&t.Counts[k][i]) })
		}
	}
	for s := range t.Flows {
		ofCampaign := part.Campaign == "" || r.Campaigns[r.streamCampaign[s]] == part.Campaign
		if ofCampaign && (part.Stream == "" || r.Streams[s] == part.Stream) {
			each(func(i int) { n.Flow.add(&t.Flows[s][i]) })
		}
	}
	return n
}

// Estimate returns a metric of a part with its confidence interval. It is not ok when no
// replication had anything to measure.
func (r *Result) Estimate(m Metric, part Part) (Estimate, bool) {
	return estimate(m, r.Numbers(part))
}

func estimate(m Metric, numbers []Numbers) (Estimate, bool) {
	var ys, xs []float64
	for i := range numbers {
		y, x := m.Of(&numbers[i])
		if m.each && x == 0 {
			continue
		}
		ys, xs = append(ys, y), append(xs, x)
	}
	return ratio(ys, xs)
}

// Predict returns the interval in which a metric of one further replication lies with
// probability p, by Student's t: how far from the mean a single day may be, where [Estimate]
// says how far the mean may be from the true one. A figure that happened is compared with
// this interval. It is not ok with fewer than two replications that had anything to measure.
func (r *Result) Predict(m Metric, part Part, p float64) (low, high float64, ok bool) {
	var values []float64
	var sum float64
	for _, n := range r.Numbers(part) {
		if y, x := m.Of(&n); x != 0 {
			values = append(values, y/x)
			sum += y / x
		}
	}
	n := float64(len(values))
	if n < 2 {
		return 0, 0, false
	}
	mean, squares := sum/n, 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	half := TQuantile((1+p)/2, len(values)-1) * math.Sqrt(squares/(n-1)*(1+1/n))
	low, high = mean-half, mean+half
	if m.Unit == sla.Share {
		low, high = max(low, 0), min(high, 1)
	}
	return low, high, true
}

// Value is Estimate by name, for all of the scenario.
func (r *Result) Value(metric string) (Estimate, error) {
	m, err := MetricNamed(metric)
	if err != nil {
		return Estimate{}, err
	}
	e, _ := r.Estimate(m, Part{})
	return e, nil
}

// Waits returns the waits of all replications together.
func (r *Result) Waits() *Histogram {
	h := &Histogram{}
	for _, t := range r.Tallies {
		h.merge(&t.Waits)
	}
	return h
}

// Unserved returns how many interactions were never served, because the replication was
// given up a week after its end: nobody was there for them.
func (r *Result) Unserved() int64 {
	var n int64
	for _, t := range r.Tallies {
		n += t.Unserved
	}
	return n
}
