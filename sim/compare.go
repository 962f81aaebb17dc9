package sim

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/usher-go/usher/strategy"
)

// Comparison is scenarios that saw the same customers.
type Comparison struct {
	Names   []string
	Results []*Result
}

// Ranked is one scenario's place in a comparison by a metric.
type Ranked struct {
	Name     string   `json:"name"`
	Estimate Estimate `json:"estimate"`
	// Behind is how much worse it is than the first, with the confidence interval of the
	// difference itself: since both saw the same customers it is narrower than those of
	// the two. It is negative where less is better in the other direction.
	Behind Estimate `json:"behind"`
	// Sure says that the difference from the first is more than chance.
	Sure bool `json:"sure"`
}

// Compare runs scenarios on common random numbers: every replication of one sees the same
// customers as that of the others. Their names must differ.
func Compare(ctx context.Context, scenarios []Scenario, opts Options) (*Comparison, error) {
	c := &Comparison{}
	for i, s := range scenarios {
		name := s.Name
		if name == "" || slices.Contains(c.Names, name) {
			name = fmt.Sprintf("%s #%d", name, i+1)
		}
		o := opts
		if opts.Progress != nil {
			o.Progress = func(share float64) { opts.Progress((float64(i) + share) / float64(len(scenarios))) }
		}
		r, err := Run(ctx, s, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		c.Names, c.Results = append(c.Names, name), append(c.Results, r)
	}
	return c, nil
}

// Strategies are the nine that contact centers know.
func Strategies() []string {
	return []string{
		strategy.LeastBusy, strategy.LeastRecent, strategy.Fewest, strategy.RRMemory, strategy.Linear,
		strategy.Random, strategy.WRandom, strategy.RingAll, strategy.RingAllMultiple,
	}
}

// CompareStrategies runs a scenario with all its campaigns under each of the nine
// strategies in turn, then under each of the host's own, on common random numbers.
func CompareStrategies(ctx context.Context, s Scenario, opts Options, own ...strategy.Strategy) (*Comparison, error) {
	p, err := s.compile()
	if err != nil {
		return nil, err
	}
	names := Strategies()
	s.Strategies = append(slices.Clone(s.Strategies), own...)
	for _, x := range s.Strategies {
		names = append(names, x.Name())
	}
	var list []Scenario
	for _, name := range names {
		v := s
		v.Name, v.Agents, v.Campaigns = name, p.agents, slices.Clone(p.campaigns)
		for i := range v.Campaigns {
			v.Campaigns[i].Strategy = name
		}
		list = append(list, v)
	}
	return Compare(ctx, list, opts)
}

// Rank orders the scenarios by a metric, best first. Scenarios in which there was nothing
// to measure are left out.
func (c *Comparison) Rank(metric string) ([]Ranked, error) {
	m, err := MetricNamed(metric)
	if err != nil {
		return nil, err
	}
	var out []Ranked
	of := map[string][]Numbers{}
	for i, r := range c.Results {
		numbers := r.Numbers(Part{})
		if e, ok := estimate(m, numbers); ok {
			out = append(out, Ranked{Name: c.Names[i], Estimate: e})
			of[c.Names[i]] = numbers
		}
	}
	slices.SortStableFunc(out, func(a, b Ranked) int {
		switch d := a.Estimate.Value - b.Estimate.Value; {
		case d == 0:
			return 0
		case (d < 0) == m.Less:
			return -1
		}
		return 1
	})
	for i := range out {
		out[i].Behind = paired(m, of[out[0].Name], of[out[i].Name])
		out[i].Sure = i > 0 && (out[i].Behind.Low > 0 || out[i].Behind.High < 0)
	}
	return out, nil
}

// Difference returns by how much the metric of scenario j is above that of scenario i.
func (c *Comparison) Difference(m Metric, i, j int, part Part) Estimate {
	return paired(m, c.Results[i].Numbers(part), c.Results[j].Numbers(part))
}

// paired estimates the difference of a metric between two scenarios, b − a, from the
// differences within replications.
func paired(m Metric, a, b []Numbers) Estimate {
	la, okA := linear(m, a)
	lb, okB := linear(m, b)
	if !okA || !okB || len(la) != len(lb) {
		return Estimate{Value: math.NaN(), Low: math.Inf(-1), High: math.Inf(1), StdErr: math.Inf(1)}
	}
	ys, xs := make([]float64, len(la)), make([]float64, len(la))
	for i := range la {
		ys[i], xs[i] = lb[i]-la[i], 1
		if math.Abs(ys[i]) < 1e-12*math.Abs(la[i]) {
			ys[i] = 0 // what is left of equal figures after rounding
		}
	}
	e, _ := ratio(ys, xs)
	return e
}

// linear returns what each replication adds to a ratio's estimate, whose mean it is.
func linear(m Metric, numbers []Numbers) ([]float64, bool) {
	e, ok := estimate(m, numbers)
	if !ok {
		return nil, false
	}
	var out []float64
	mean := 0.0
	for i := range numbers {
		y, x := m.Of(&numbers[i])
		mean += x / float64(len(numbers))
		out = append(out, y-e.Value*x)
	}
	for i := range out {
		out[i] = e.Value + out[i]/mean
	}
	return out, true
}

// Table writes the scenarios side by side for a terminal: a line for each metric, with the
// 95 % interval of each and, from the second on, of the difference from the first.
func (c *Comparison) Table(w io.Writer, metrics ...string) error {
	if len(metrics) == 0 {
		for _, m := range Metrics() {
			metrics = append(metrics, m.Name)
		}
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\t")
	for i, name := range c.Names {
		fmt.Fprint(t, name, "\t")
		if i > 0 {
			fmt.Fprint(t, "difference\t\t")
		}
	}
	fmt.Fprintln(t)
	for _, name := range metrics {
		m, err := MetricNamed(name)
		if err != nil {
			return err
		}
		c.line(t, m)
	}
	return t.Flush()
}

func (c *Comparison) line(w io.Writer, m Metric) {
	cells := ""
	known := false
	for i, r := range c.Results {
		e, ok := r.Estimate(m, Part{})
		known = known || ok
		cell := "–"
		if ok {
			cell = format(m.Unit, e.Value) + " ± " + format(m.Unit, e.Half())
		}
		cells += cell + "\t"
		if i > 0 {
			cells += difference(m, c.Difference(m, 0, i, Part{}))
		}
	}
	if known {
		fmt.Fprintf(w, "%s\t%s\n", m.Name, cells)
	}
}

// difference writes a difference, and whether it is better, worse or may be chance.
func difference(m Metric, d Estimate) string {
	if math.IsNaN(d.Value) {
		return "–\t\t"
	}
	word := "may be chance"
	switch {
	case d.Value == 0 && d.StdErr == 0:
		word = "same"
	case d.Low > 0 && m.Less || d.High < 0 && !m.Less:
		word = "worse"
	case d.High < 0 || d.Low > 0:
		word = "better"
	}
	if m.Name == "offered" || m.Name == "agentsThere" || m.Name == "occupancy" || m.Name == "slotOccupancy" {
		if word != "same" && word != "may be chance" {
			word = "different" // neither is good or bad in itself
		}
	}
	return fmt.Sprintf("%+.3g\t%s\t", scaled(m, d.Value), word)
}

// scaled is the value in the unit that format shows.
func scaled(m Metric, v float64) float64 {
	if m.Unit == "share" {
		return 100 * v
	}
	return v
}
