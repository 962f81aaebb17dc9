package sim

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/usher-go/usher/sim/erlang"
)

// Target is what a staffing has to reach in every interval in which somebody comes.
type Target struct {
	// Metric is what counts; "" = answeredIn. Reach is at least, or where less is better
	// at most, what it has to be.
	Metric string
	Reach  float64
	// Sure asks that the whole confidence interval reaches it, not only the estimate.
	Sure bool
}

// Staffing is the smallest number of agents that reaches a target.
type Staffing struct {
	Intervals []StaffedInterval `json:"intervals"`
	Runs      int               `json:"runs"` // simulations that it took
}

// StaffedInterval is one interval of a staffing.
type StaffedInterval struct {
	At       time.Time `json:"at"`
	Agents   int       `json:"agents"`
	Erlang   int       `json:"erlang"` // the formula's guess
	Estimate Estimate  `json:"estimate"`
}

// Counts returns the numbers of agents, for [Staff.Count].
func (s *Staffing) Counts() []int {
	out := make([]int, len(s.Intervals))
	for i := range s.Intervals {
		out[i] = s.Intervals[i].Agents
	}
	return out
}

// FindStaffing looks for the smallest numbers of agents of one entry of [Scenario.Staff], by
// interval, that reach a target in every interval. The entry's Count is what is looked for;
// its agents are those there can be at most, and its Every, which becomes the scenario's
// Interval, is the length of a shift's step.
//
// The search begins with Erlang's formulas, interval by interval as if each went on for
// ever, adds agents where the simulated target is missed, then takes one away wherever
// every interval still reaches it without. It always compares on the same customers.
func FindStaffing(ctx context.Context, s Scenario, entry int, target Target, opts Options) (*Staffing, error) {
	f, err := newStaffSearch(s, entry, target, opts)
	if err != nil {
		return nil, err
	}
	if err := f.grow(ctx); err != nil {
		return nil, err
	}
	if err := f.shrink(ctx); err != nil {
		return nil, err
	}
	return f.answer(ctx)
}

// staffSearch is a search under way.
type staffSearch struct {
	s      Scenario
	entry  int
	most   int
	target Target
	metric Metric
	opts   Options
	counts []int
	guess  []int
	runs   int
}

func newStaffSearch(s Scenario, entry int, target Target, opts Options) (*staffSearch, error) {
	if target.Metric == "" {
		target.Metric = "answeredIn"
	}
	m, err := MetricNamed(target.Metric)
	if err != nil {
		return nil, err
	}
	if entry < 0 || entry >= len(s.Staff) {
		return nil, fmt.Errorf("sim: staffing: there is no staff[%d]", entry)
	}
	s.Staff = slices.Clone(s.Staff)
	st := &s.Staff[entry]
	if st.Every == 0 {
		st.Every = For(defaultInterval)
	}
	s.Interval = st.Every
	if s.Period == 0 {
		s.Period = For(24 * time.Hour)
	}
	if len(st.Count) == 0 {
		st.Count = []int{0}
	}
	p, err := s.compile()
	if err != nil {
		return nil, err
	}
	if p.start%day != 0 {
		return nil, fmt.Errorf("sim: staffing: the scenario must start at midnight UTC, where numbers of agents count from, not at %s", s.Start.UTC().Format(time.TimeOnly))
	}
	f := &staffSearch{s: s, entry: entry, target: target, metric: m, opts: opts}
	for _, g := range p.counted {
		if g.Staff == &p.sc.Staff[entry] {
			f.most = len(g.members)
		}
	}
	f.erlang(p)
	return f, nil
}

// erlang makes the first guess.
func (f *staffSearch) erlang(p *plan) {
	for i := range p.intervals() {
		rate, work, within, patience := 0.0, 0.0, 0.0, 0.0
		for k := range p.streams {
			a := &p.streams[k]
			r := a.meanRate(int64(i)*p.interval, p.interval) // per second
			rate += r
			work += r * a.Handle.Average()
			within += r * float64(a.threshold) / 1e9
			if a.Patience != nil {
				patience += r * a.Patience.Average()
			}
		}
		n := 0
		if rate > 0 && int64(i)*p.interval < p.warm+p.length {
			n = f.smallest(erlang.Queue{Arrivals: rate, Handle: max(work/rate, 1e-3), Limit: -1, Patience: patience / rate, Within: within / rate})
		}
		f.guess = append(f.guess, n)
	}
	f.counts = slices.Clone(f.guess)
}

// smallest is the formula's answer, for a share in time; other targets begin there too.
func (f *staffSearch) smallest(q erlang.Queue) int {
	reach := 0.8
	if !f.metric.Less && f.metric.Unit == "share" {
		reach = f.target.Reach
	}
	for q.Agents = 1; q.Agents < f.most; q.Agents++ {
		if q.Solve().InTime >= reach {
			break
		}
	}
	return min(q.Agents, f.most)
}

// meanRate is the rate of customers per second over a stretch of the day.
func (s *streamPlan) meanRate(from, length int64) float64 {
	sum := s.Rate / 3600
	every := s.everyNanos()
	if n := int64(len(s.Rates)); n > 0 {
		steps := max(length/every, 1)
		for k := range steps {
			sum += s.Rates[(from+k*every)/every%n] / 3600 / float64(steps)
		}
	}
	for i, n := range s.Counts {
		if at := int64(i) * every; at >= from && at < from+length {
			sum += float64(n) / (float64(length) / 1e9)
		}
	}
	for _, c := range s.Trace {
		if at := int64(c.At.Duration()); at%day >= from && at%day < from+length {
			sum += 1e9 / float64(length)
		}
	}
	for _, b := range s.Bursts {
		if at := int64(b.At); at >= from && at < from+length {
			sum += float64(b.Count) * 1e9 / float64(length)
		}
	}
	return sum
}

// try simulates the numbers as they are.
func (f *staffSearch) try(ctx context.Context) ([]Estimate, []bool, error) {
	f.runs++
	f.s.Staff[f.entry].Count = f.counts
	r, err := Run(ctx, f.s, f.opts)
	if err != nil {
		return nil, nil, err
	}
	estimates, reached := make([]Estimate, len(f.counts)), make([]bool, len(f.counts))
	for i := range f.counts {
		e, ok := r.Estimate(f.metric, Part{Interval: i + 1})
		estimates[i], reached[i] = e, !ok || f.reaches(e)
	}
	return estimates, reached, nil
}

func (f *staffSearch) reaches(e Estimate) bool {
	v := e.Value
	switch {
	case f.metric.Less && f.target.Sure:
		v = e.High
	case f.target.Sure:
		v = e.Low
	}
	if f.metric.Less {
		return v <= f.target.Reach
	}
	return v >= f.target.Reach
}

// grow adds agents until every interval reaches the target.
func (f *staffSearch) grow(ctx context.Context) error {
	for {
		estimates, reached, err := f.try(ctx)
		if err != nil {
			return err
		}
		missed := false
		for i, ok := range reached {
			switch {
			case ok:
			case f.counts[i] >= f.most:
				return fmt.Errorf("sim: staffing: staff[%d] has %d agents; with all of them %s is %s at %s, %s is wanted",
					f.entry, f.most, f.metric.Name, format(f.metric.Unit, estimates[i].Value),
					f.s.Start.Add(time.Duration(i)*f.s.Interval.Duration()).Format("15:04"), format(f.metric.Unit, f.target.Reach))
			default:
				missed = true
				f.counts[i] = min(f.counts[i]+f.step(estimates[i], f.counts[i]), f.most)
			}
		}
		if !missed {
			return nil
		}
	}
}

// step is how many agents to add: more when the target is far off.
func (f *staffSearch) step(e Estimate, n int) int {
	gap := math.Abs(e.Value-f.target.Reach) / math.Max(math.Abs(f.target.Reach), 1e-9)
	return max(1, int(math.Min(gap, 1)*math.Sqrt(float64(n))/2))
}

// shrink takes agents away, one interval after the other, as long as all reach the target.
func (f *staffSearch) shrink(ctx context.Context) error {
	for i := range f.counts {
		for f.counts[i] > 0 {
			f.counts[i]--
			_, reached, err := f.try(ctx)
			if err != nil {
				return err
			}
			if slices.Contains(reached, false) {
				f.counts[i]++
				break
			}
		}
	}
	return nil
}

func (f *staffSearch) answer(ctx context.Context) (*Staffing, error) {
	estimates, _, err := f.try(ctx)
	if err != nil {
		return nil, err
	}
	out := &Staffing{Runs: f.runs}
	start := f.s.Start
	if start.IsZero() {
		start = defaultStart
	}
	for i, n := range f.counts {
		out.Intervals = append(out.Intervals, StaffedInterval{
			At: start.Add(time.Duration(i) * f.s.Interval.Duration()).UTC(), Agents: n, Erlang: f.guess[i], Estimate: estimates[i],
		})
	}
	return out, nil
}
