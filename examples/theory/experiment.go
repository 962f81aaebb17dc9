package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/usher-go/usher/sim"
)

// experiment is a case ready to be simulated.
type experiment struct {
	id           string
	scenario     sim.Scenario
	figures      []figure
	unknown      []error // figures that are not known
	replications int
	arrivals     float64 // after warm-up, in all replications
}

// prepare turns a case into an experiment of so many arrivals.
func prepare(c *testCase, arrivals float64) (*experiment, error) {
	x := &experiment{id: c.ID}
	fs := &figures{path: c.path + ".expected"}
	var m *model
	var err error
	var bank *bankFigures
	if isBank(c) {
		x.scenario, bank, err = bankScenario(c)
	} else if isDay(c) {
		x.scenario, err = dayScenario(c)
	} else if m, err = modelOf(c); err == nil {
		x.scenario, err = m.scenario(c.path)
	}
	if err != nil {
		return nil, err
	}
	if bank != nil {
		x.replications = max(int(math.Ceil(arrivals/bank.mean)), 20)
		x.arrivals = bank.mean * float64(x.replications)
		fs.day = bank
	} else if m == nil || m.horizon > 0 {
		x.days(m, arrivals, fs)
	} else if err := x.longRun(c, m, arrivals); err != nil {
		return nil, err
	}
	x.thresholds(c)
	fs.readAll(c, m)
	if len(fs.errs) > 0 {
		return nil, errors.Join(fs.errs...)
	}
	published(c.note, fs.list)
	precise(c, fs.list)
	x.figures, x.unknown = fs.list, fs.unknown
	return x, x.scenario.Validate()
}

// days makes every replication a day.
func (x *experiment) days(m *model, arrivals float64, fs *figures) {
	mean := 0.0
	s := &x.scenario
	if m != nil {
		s.Length = sim.Seconds(m.horizon)
		mean = m.rate() * m.horizon
	} else {
		for _, r := range s.Arrivals[0].Rates {
			mean += r * float64(s.Arrivals[0].Every) / 3600
		}
	}
	x.replications = max(int(math.Ceil(arrivals/mean)), 20)
	x.arrivals = mean * float64(x.replications)
	fs.day = &dayFigures{every: float64(s.Interval), mean: mean}
}

// relaxations is how many times longer than it takes to forget the beginning the warm-up is.
const relaxations = 10

// longRun splits the arrivals over replications that each warm up by themselves: as many as
// the warm-up, which is simulated for nothing, allows.
func (x *experiment) longRun(c *testCase, m *model, arrivals float64) error {
	relax := m.relaxation()
	if math.IsInf(relax, 1) {
		return cannot("%s: more work comes than the agents can do, and nobody leaves: there is no long run", c.path)
	}
	rate := m.rate()
	warm := relaxations * relax
	x.replications = int(min(max(2*arrivals/(warm*rate), 16), 64))
	x.arrivals = arrivals
	s := &x.scenario
	s.WarmUp = sim.Seconds(math.Ceil(warm))
	s.Length = sim.Seconds(arrivals / rate / float64(x.replications))
	// One interval for all: nothing here is asked by the hour.
	s.Interval = sim.Seconds(math.Ceil(float64(s.Length + s.WarmUp + 1)))
	s.Period = s.Interval
	return nil
}

// thresholds sets those of all and of single classes.
func (x *experiment) thresholds(c *testCase) {
	s := &x.scenario
	if t, ok := threshold(c.expected); ok {
		s.Threshold = sim.Seconds(t)
	}
	for i, list := range c.classes() {
		if t, ok := threshold(list); ok && i < len(s.Arrivals) {
			s.Arrivals[i].Threshold = sim.Seconds(t)
		}
	}
}

// classes returns the figures of single classes.
func (c *testCase) classes() (out [][]member) {
	for _, m := range c.expected {
		if m.name != "classes" {
			continue
		}
		for _, raw := range rawList(m.value) {
			list, _ := members(raw)
			out = append(out, list)
		}
	}
	return out
}

// readAll reads the figures of all and those of classes and groups.
func (fs *figures) readAll(c *testCase, m *model) {
	var all []member
	for _, x := range c.expected {
		switch {
		case x.name == "classes":
		case x.name == "occupancy_by_group" && m != nil:
			fs.byGroup(m, fs.numbers(x))
		default:
			all = append(all, x)
		}
	}
	fs.read("", all)
	for i, list := range c.classes() {
		if len(list) == 0 {
			fs.fail(fmt.Errorf("%s.classes[%d]: must be an object of figures", fs.path, i))
		}
		fs.part = sim.Part{Stream: fmt.Sprintf("class%d", i)}
		fs.waits = 0
		fs.read(fmt.Sprintf("classes[%d].", i), list)
	}
	fs.part = sim.Part{}
}

// row is a line of the report.
type row struct {
	id, figure             string
	expected, simulated, z float64
}

// run simulates an experiment. progress may be nil.
func (x *experiment) run(ctx context.Context, seed uint64, progress func(float64)) ([]row, error) {
	r, err := sim.Run(ctx, x.scenario, sim.Options{Replications: x.replications, Seed: seed, Progress: progress})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", x.id, err)
	}
	var rows []row
	for i := range x.figures {
		f := &x.figures[i]
		simulated, z, ok := f.judge(r, x.arrivals)
		if !ok { // nothing of the kind happened
			if z = 0; f.expected != 0 {
				z = math.Inf(1)
			}
		}
		rows = append(rows, row{x.id, f.name, f.expected, simulated, z})
	}
	return rows, nil
}

func (r row) write(w io.Writer) {
	fmt.Fprintf(w, "%-22s %-34s %14.7g %14.7g %+7.2f\n", r.id, r.figure, r.expected, r.simulated, r.z)
}
