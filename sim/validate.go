package sim

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/internal/fault"
	"github.com/usher-go/usher/internal/strict"
	"github.com/usher-go/usher/queue"
)

// ScenarioError is everything that is wrong with a scenario.
type ScenarioError struct{ Faults []usher.Fault }

// Error implements error, a line for each fault.
func (e *ScenarioError) Error() string {
	return "sim: scenario:\n" + fault.Faults(e.Faults).Error()
}

func scenarioError(list fault.Faults) error {
	if len(list) == 0 {
		return nil
	}
	return &ScenarioError{Faults: list}
}

// ParseScenario reads a scenario from JSON. Unknown fields, values of the wrong type and
// everything else that is wrong are reported at once, in one [ScenarioError].
func ParseScenario(data []byte) (Scenario, error) {
	var s Scenario
	var faults fault.Faults
	faults.Under("", strict.Unmarshal(data, &s))
	if len(faults) > 0 {
		return Scenario{}, scenarioError(faults)
	}
	return s, s.Validate()
}

// Validate returns a *[ScenarioError] with every fault, or nil.
func (s Scenario) Validate() error {
	_, err := s.compile()
	return err
}

// maxCells bounds streams × intervals, which are counted one by one.
const maxCells = 1_000_000

func (s *Scenario) check(f *fault.Faults, p *plan) {
	checkSpans(f, "", reflect.ValueOf(s).Elem())
	positive := func(path string, v Seconds) {
		if !(v >= 0) {
			f.Add(path, "must be 0 to 1e9 seconds, is %v", float64(v))
		}
	}
	positive("warmUp", s.WarmUp)
	positive("length", s.Length)
	positive("threshold", s.Threshold)
	positive("interval", s.Interval)
	positive("period", s.Period)
	if p.interval > 0 && p.period > 0 && (p.period%p.interval != 0 || p.period/p.interval*int64(max(len(s.Arrivals), 1)) > maxCells) {
		f.Add("interval", "must divide the period of %v, and not into more than %d parts, is %v",
			time.Duration(p.period), maxCells/max(len(s.Arrivals), 1), time.Duration(p.interval))
	}
	for i, v := range s.Concurrency.Speeds {
		if !(v > 0) || math.IsInf(v, 0) {
			f.Add(fmt.Sprintf("concurrency.speeds[%d]", i), "must be above 0, is %v", v)
		}
	}
	if v := s.Concurrency.PerExtra; !(v >= 0) || math.IsInf(v, 0) {
		f.Add("concurrency.perExtra", "must be ≥ 0, is %v", v)
	}
	if s.Stop && s.Steady {
		f.Add("stop", "excludes steady")
	}
	if len(s.Arrivals) == 0 {
		f.Add("arrivals", "must have at least one stream: nobody would come")
	}
	s.checkArrivals(f, p)
	s.checkStaff(f, p)
	s.checkBots(f)
}

func (s *Scenario) checkArrivals(f *fault.Faults, p *plan) {
	names := map[string]int{}
	for i := range s.Arrivals {
		a, path := &s.Arrivals[i], fmt.Sprintf("arrivals[%d]", i)
		if first, twice := names[a.name()]; twice {
			f.Add(path+".name", "%q is arrivals[%d] already; name them apart", a.name(), first)
		}
		names[a.name()] = i
		a.check(f, path, p)
	}
}

func (a *Arrivals) name() string {
	if a.Name == "" {
		return a.Campaign
	}
	return a.Name
}

func (a *Arrivals) check(f *fault.Faults, path string, p *plan) {
	if _, known := p.campaignIndex[a.Campaign]; !known {
		f.Add(path+".campaign", "unknown campaign %q; valid: %s", a.Campaign, strings.Join(p.campaignNames(), ", "))
	}
	share(f, path+".busyness", a.Busyness, 1e6)
	rates := append([]float64{a.Rate}, a.Rates...)
	for j, v := range rates {
		if !(v >= 0) || v > 1e9 {
			f.Add(path+map[bool]string{true: ".rate", false: fmt.Sprintf(".rates[%d]", j-1)}[j == 0], "must be 0 to 1e9 per hour, is %v", v)
		}
	}
	for j, n := range a.Counts {
		if n < 0 {
			f.Add(fmt.Sprintf("%s.counts[%d]", path, j), "must be ≥ 0, is %d", n)
		}
	}
	if !(a.Threshold >= 0) {
		f.Add(path+".threshold", "must be ≥ 0, is %v", float64(a.Threshold))
	}
	if a.Every != 0 && !(a.Every >= minEvery) {
		f.Add(path+".every", "must be 0 or at least %v, is %v", float64(minEvery), float64(a.Every))
	}
	a.checkMore(f, path)
}

func (a *Arrivals) checkMore(f *fault.Faults, path string) {
	for j, b := range a.Bursts {
		at := fmt.Sprintf("%s.bursts[%d]", path, j)
		if b.Count < 1 || b.Count > 1e6 {
			f.Add(at+".count", "must be 1 to 1000000, is %d", b.Count)
		}
		if !(b.Over >= 0) || b.Over > 86400 {
			f.Add(at+".over", "must be 0 to 86400 seconds, is %v", float64(b.Over))
		}
	}
	for j, c := range a.Trace {
		if !(c.At >= 0) || !(c.Handle >= 0) || !(c.Patience >= 0) || !(c.Waited >= 0) {
			f.Add(fmt.Sprintf("%s.trace[%d]", path, j), "at, handle, patience and waited must be ≥ 0")
		}
		if !(c.Busy >= 0) || !(c.Bot >= 0) || math.IsNaN(float64(c.Respond)) {
			f.Add(fmt.Sprintf("%s.trace[%d]", path, j), "busy and bot must be ≥ 0, respond a number")
		}
		for k, h := range c.Handoffs {
			if !(h.After >= 0) || h.Agent != "" && h.Campaign != "" {
				f.Add(fmt.Sprintf("%s.trace[%d].handoffs[%d]", path, j, k), "after must be ≥ 0, and not both agent and campaign be named")
			}
		}
	}
	a.Handle.check(f, path+".handle")
	a.Respond.check(f, path+".respond")
	a.Reach.check(f, path+".reach")
	if a.Patience != nil {
		a.Patience.check(f, path+".patience")
	}
	if a.Customers < 0 || a.Customers > 1e7 {
		f.Add(path+".customers", "must be 0 to 10000000, is %d", a.Customers)
	}
	if a.Cost < 0 {
		f.Add(path+".cost", "must be ≥ 0, is %d", a.Cost)
	}
	for j, k := range a.Skills {
		if k.Name == "" || k.Level < 0 || k.Level > 10 {
			f.Add(fmt.Sprintf("%s.skills[%d]", path, j), "must have a name and a level of 0 to 10")
		}
	}
	if m := a.Messages; m != nil {
		m.check(f, path+".messages")
	}
	known := a.Messages != nil || !a.Handle.IsZero() || len(a.Trace) > 0 && !slices.ContainsFunc(a.Trace, func(c Call) bool { return c.Handle == 0 })
	if !known {
		f.Add(path+".handle", "must say how long interactions take")
	}
}

func (m *Messages) check(f *fault.Faults, path string) {
	m.Turns.check(f, path+".turns")
	m.Agent.check(f, path+".agent")
	m.Customer.check(f, path+".customer")
	share(f, path+".silent", m.Silent, 1)
	if m.Agent.IsZero() {
		f.Add(path+".agent", "must say how long a message takes")
	}
	if !(m.GiveUp >= 0) {
		f.Add(path+".giveUp", "must be ≥ 0, is %v", float64(m.GiveUp))
	}
}

func share(f *fault.Faults, path string, v, most float64) {
	if !(v >= 0) || v > most {
		f.Add(path, "must be 0 to %v, is %v", most, v)
	}
}

var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (s *Scenario) checkStaff(f *fault.Faults, p *plan) {
	named, rest := map[string]int{}, -1
	for i := range s.Staff {
		st, path := &s.Staff[i], fmt.Sprintf("staff[%d]", i)
		if len(st.Agents) == 0 {
			if rest >= 0 {
				f.Add(path+".agents", "staff[%d] is for all others already", rest)
			}
			rest = i
		}
		for j, id := range st.Agents {
			at := fmt.Sprintf("%s.agents[%d]", path, j)
			if _, known := p.agentIndex[id]; !known {
				f.Add(at, "unknown agent %q", id)
			}
			if first, twice := named[id]; twice {
				f.Add(at, "%q is in staff[%d] already", id, first)
			}
			named[id] = i
		}
		st.check(f, path, p)
	}
}

func (st *Staff) check(f *fault.Faults, path string, p *plan) {
	given := 0
	for _, n := range []int{len(st.Shifts), len(st.Count), len(st.Present)} {
		given += min(n, 1)
	}
	if given > 1 {
		f.Add(path, "must have one of shifts, present and count")
	}
	for j, x := range st.Present {
		if !(x.From >= 0) || !(x.To > x.From) {
			f.Add(fmt.Sprintf("%s.present[%d]", path, j), "must be from 0 or more to later, is %v to %v", float64(x.From), float64(x.To))
		}
	}
	for j, n := range st.Count {
		if n < 0 {
			f.Add(fmt.Sprintf("%s.count[%d]", path, j), "must be ≥ 0, is %d", n)
		}
	}
	for j, sh := range st.Shifts {
		for _, d := range sh.Days {
			if !slices.Contains(days, d) {
				f.Add(fmt.Sprintf("%s.shifts[%d].days", path, j), "unknown day %q; valid: %s", d, strings.Join(days, ", "))
			}
		}
	}
	for j, x := range st.Pauses {
		if !(x.For > 0) || x.For > 86400 {
			f.Add(fmt.Sprintf("%s.pauses[%d].for", path, j), "must be above 0 and within a day, is %v", float64(x.For))
		}
	}
	if !(st.Speed >= 0) || math.IsInf(st.Speed, 0) {
		f.Add(path+".speed", "must be ≥ 0, is %v", st.Speed)
	}
	for j, name := range st.Prefer {
		if _, known := p.streamIndex[name]; !known {
			f.Add(fmt.Sprintf("%s.prefer[%d]", path, j), "unknown stream %q; valid: %s", name, strings.Join(p.streamNames(), ", "))
		}
	}
	for _, name := range sortedKeys(st.SpeedFor) {
		if _, known := p.streamIndex[name]; !known {
			f.Add(path+".speedFor."+name, "unknown stream; valid: %s", strings.Join(p.streamNames(), ", "))
		}
		if v := st.SpeedFor[name]; !(v > 0) || math.IsInf(v, 0) {
			f.Add(path+".speedFor."+name, "must be above 0, is %v", v)
		}
	}
	if st.Every != 0 && !(st.Every >= minEvery) || !(st.Back >= 0) {
		f.Add(path, "every must be 0 or at least %v, and back ≥ 0", float64(minEvery))
	}
	st.Answer.check(f, path+".answer")
	share(f, path+".decline", st.Decline, 1)
	share(f, path+".miss", st.Miss, 1-min(max(st.Decline, 0), 1))
}

func (s *Scenario) checkBots(f *fault.Faults) {
	for i, b := range s.Bots {
		path := fmt.Sprintf("bots[%d]", i)
		if b.Name == "" {
			f.Add(path+".name", "must not be empty")
		}
		b.Time.check(f, path+".time")
		share(f, path+".ends", b.Ends, 1)
	}
}

// addEngine reports what the engine has against a configuration made for it directly.
func addEngine(f *fault.Faults, path string, err error) {
	var faults queue.Faults
	if !errors.As(err, &faults) {
		f.Add(path, "%v", err)
		return
	}
	for _, x := range faults {
		f.Add(fault.Join(path, x.Path), "%s", x.Problem)
	}
}
