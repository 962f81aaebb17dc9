package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/usher-go/usher/sim"
)

// model is a queueing model: classes of customers, groups of agents.
type model struct {
	classes   []class
	groups    []group
	limit     *int // of those waiting
	selection string
	speeds    []float64 // of each of so many at once
	horizon   float64   // a day from empty of so many seconds; 0 = the long run
}

type class struct {
	rate     float64 // per second
	service  sim.Dist
	patience *sim.Dist
	maxWait  *float64
	priority int
	tiers    [][]int // groups, those to try first first
}

type group struct {
	agents int
	slots  int
	mult   []float64 // by agent, of the service time
	pick   [][]int   // classes in the order in which a free agent looks at them; nil = by priority
}

// spec is a distribution as the files write it: ["exp", mean] and so on.
type spec []any

// dist returns the distribution of a spec that has its mean, or gets it from mean.
func (s spec) dist(path string, mean *float64) (sim.Dist, error) {
	if len(s) == 0 {
		return sim.Dist{}, fmt.Errorf("%s: must name a distribution", path)
	}
	name, _ := s[0].(string)
	nums := []float64{}
	for _, x := range s[1:] {
		v, ok := x.(float64)
		if !ok || v < 0 {
			return sim.Dist{}, fmt.Errorf("%s: %v is not a number of 0 or more", path, x)
		}
		nums = append(nums, v)
	}
	if mean != nil && name == "erlang" {
		nums = append(nums, *mean) // [stages, mean]
	} else if mean != nil && name != "uniform" {
		nums = append([]float64{*mean}, nums...)
	}
	return named(path, name, nums)
}

func named(path, name string, nums []float64) (sim.Dist, error) {
	need := map[string]int{"exp": 1, "det": 1, "uniform": 2, "erlang": 2, "h2": 2, "lognormal": 2}[name]
	switch {
	case need == 0:
		return sim.Dist{}, cannot("%s: unknown distribution %q; known: exp, det, uniform, erlang, h2, lognormal", path, name)
	case len(nums) != need:
		return sim.Dist{}, fmt.Errorf("%s: %s needs %d numbers, has %d", path, name, need, len(nums))
	}
	switch name {
	case "exp":
		return sim.Dist{Law: sim.LawExponential, Mean: nums[0]}, nil
	case "det":
		return sim.Dist{Law: sim.LawFixed, Mean: nums[0]}, nil
	case "uniform":
		return sim.Dist{Law: sim.LawUniform, Min: nums[0], Max: nums[1]}, nil
	case "erlang":
		return sim.Dist{Law: sim.LawErlang, Shape: int(nums[0]), Mean: nums[1]}, nil
	case "h2":
		return sim.Dist{Law: sim.LawHyper, Mean: nums[0], CV: nums[1]}, nil
	}
	return sim.Dist{Law: sim.LawLognormal, Mean: nums[0], CV: nums[1]}, nil
}

// exactModel reads the form of reference simulators: classes and groups in full.
func exactModel(c *testCase) (*model, error) {
	var raw struct {
		Classes []struct {
			Rate     *float64 `json:"lam"`
			Service  spec     `json:"service"`
			Patience spec     `json:"patience"`
			MaxWait  *float64 `json:"max_wait"`
			Priority int      `json:"priority"`
			Groups   [][]int  `json:"groups"`
		} `json:"classes"`
		Groups []struct {
			Agents *int            `json:"n"`
			Slots  int             `json:"cap"`
			Mult   json.RawMessage `json:"mult"`
			Pick   [][]int         `json:"pick"`
		} `json:"groups"`
		Limit  *int      `json:"queue_limit"`
		Select string    `json:"select"`
		Speeds []float64 `json:"conc_speed"`
	}
	if err := strictly(c.path+".sim", c.sim, &raw); err != nil {
		return nil, err
	}
	m := &model{limit: raw.Limit, selection: raw.Select, speeds: raw.Speeds}
	var errs []error
	for i, x := range raw.Classes {
		path := fmt.Sprintf("%s.sim.classes[%d]", c.path, i)
		if x.Rate == nil {
			errs = append(errs, fmt.Errorf("%s.lam: must be given", path))
			continue
		}
		k := class{rate: *x.Rate, maxWait: x.MaxWait, priority: x.Priority, tiers: x.Groups}
		var err error
		k.service, err = x.Service.dist(path+".service", nil)
		errs = append(errs, err)
		if x.Patience != nil {
			d, err := x.Patience.dist(path+".patience", nil)
			errs, k.patience = append(errs, err), &d
		}
		m.classes = append(m.classes, k)
	}
	for i, x := range raw.Groups {
		path := fmt.Sprintf("%s.sim.groups[%d]", c.path, i)
		if x.Agents == nil {
			errs = append(errs, fmt.Errorf("%s.n: must be given", path))
			continue
		}
		mult, err := multipliers(path+".mult", x.Mult, *x.Agents)
		errs = append(errs, err)
		m.groups = append(m.groups, group{agents: *x.Agents, slots: max(x.Slots, 1), mult: mult, pick: x.Pick})
	}
	if err := join(errs); err != nil {
		return nil, err
	}
	return m, m.check(c.path + ".sim")
}

// join is errors.Join, but one inexpressible is what the case is, however else it is wrong.
func join(errs []error) error {
	for _, err := range errs {
		if _, ok := errors.AsType[*inexpressible](err); ok {
			return err
		}
	}
	return errors.Join(errs...)
}

// multipliers reads a number for all agents, or one for each.
func multipliers(path string, raw json.RawMessage, agents int) ([]float64, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var one float64
	if json.Unmarshal(raw, &one) == nil {
		list := make([]float64, max(agents, 0))
		for i := range list {
			list[i] = one
		}
		return list, nil
	}
	var list []float64
	if err := json.Unmarshal(raw, &list); err != nil || len(list) != agents {
		return nil, fmt.Errorf("%s: must be a number, or one for each of %d agents", path, agents)
	}
	return list, nil
}

// check returns what is wrong with the numbers of a model.
func (m *model) check(path string) error {
	e := &fileError{}
	if len(m.classes) == 0 || len(m.groups) == 0 {
		e.add(path, "must have customers and agents")
	}
	for i := range m.classes {
		if m.classes[i].tiers == nil {
			m.classes[i].tiers = [][]int{m.everyGroup()}
		}
		k := &m.classes[i]
		if !(k.rate >= 0) || math.IsInf(k.rate, 0) {
			e.add(path, "rate of class %d must be ≥ 0, is %v", i, k.rate)
		}
		for _, tier := range k.tiers {
			for _, g := range tier {
				if g < 0 || g >= len(m.groups) {
					e.add(path, "class %d names group %d; there are %d", i, g, len(m.groups))
				}
			}
		}
		if k.maxWait != nil && !(*k.maxWait > 0) {
			e.add(path, "the longest wait must be above 0, is %v", *k.maxWait)
		}
	}
	for i, g := range m.groups {
		if g.agents < 1 || g.agents > 100_000 || g.slots < 1 {
			e.add(path, "group %d must have 1 to 100000 agents with at least 1 slot, has %d with %d", i, g.agents, g.slots)
		}
		for _, v := range g.mult {
			if !(v > 0) {
				e.add(path, "multipliers of service times must be above 0, one is %v", v)
			}
		}
		for _, tier := range g.pick {
			for _, k := range tier {
				if k < 0 || k >= len(m.classes) {
					e.add(path, "group %d names class %d; there are %d", i, k, len(m.classes))
				}
			}
		}
	}
	if m.limit != nil && *m.limit < 0 {
		e.add(path, "the queue's limit must be ≥ 0, is %d", *m.limit)
	}
	for _, v := range m.speeds {
		if !(v > 0) {
			e.add(path, "speeds must be above 0, one is %v", v)
		}
	}
	if m.rate() == 0 && len(e.faults) == 0 {
		e.add(path, "somebody must come: all rates are 0")
	}
	return e.orNil()
}

func (m *model) everyGroup() []int {
	all := make([]int, len(m.groups))
	for g := range all {
		all[g] = g
	}
	return all
}

func (m *model) rate() float64 {
	sum := 0.0
	for _, k := range m.classes {
		sum += k.rate
	}
	return sum
}

// serves reports whether a group serves a class.
func (m *model) serves(g, k int) bool {
	for _, tier := range m.classes[k].tiers {
		for _, x := range tier {
			if x == g {
				return true
			}
		}
	}
	return false
}

// load returns the work per second that a set of classes brings, and how many slots at full
// speed serve any of them.
func (m *model) load(set int) (work, slots float64) {
	for k, c := range m.classes {
		if set>>k&1 == 1 {
			work += c.rate * c.service.Average()
		}
	}
	for g, x := range m.groups {
		able := false
		for k := range m.classes {
			able = able || set>>k&1 == 1 && m.serves(g, k)
		}
		if !able {
			continue
		}
		for i := range x.agents {
			speed := float64(x.slots)
			if len(m.speeds) > 0 {
				speed *= m.speeds[min(x.slots, len(m.speeds))-1]
			}
			if x.mult != nil {
				speed /= x.mult[i]
			}
			slots += speed
		}
	}
	return work, slots
}

// relaxation estimates the time in seconds in which the model forgets its beginning: that
// of the busiest set of classes as one M/M/n queue, 1 ÷ (√(nµ) − √λ)², longer by the
// variance of service, shorter where customers leave or the queue is limited.
func (m *model) relaxation() float64 {
	worst := 0.0
	for set := 1; set < 1<<min(len(m.classes), 10); set++ {
		work, slots := m.load(set)
		if work == 0 {
			continue
		}
		worst = max(worst, m.relaxationOf(set, work, slots))
	}
	return worst
}

func (m *model) relaxationOf(set int, work, slots float64) float64 {
	rate, service, scv, longest := 0.0, 0.0, 1.0, 0.0
	for k, c := range m.classes {
		if set>>k&1 == 1 {
			rate += c.rate
			scv = max(scv, c.service.CV*c.service.CV)
			service = max(service, c.service.Average())
			longest = max(longest, c.longest())
		}
	}
	all := slots * rate / work // completions per second when everybody is busy
	t := math.Inf(1)
	if all > rate {
		d := math.Sqrt(all) - math.Sqrt(rate)
		t = 1 / (d * d)
	}
	t = min(t, longest)
	if m.limit != nil {
		n := float64(*m.limit + 1)
		t = min(t, n*n/(all+rate))
	}
	return max(t, service) * (1 + scv) / 2
}

// longest is about how long a customer of the class waits at most.
func (k *class) longest() float64 {
	t := math.Inf(1)
	if k.patience != nil {
		t = k.patience.Average()
	}
	if k.maxWait != nil {
		t = min(t, *k.maxWait)
	}
	return t
}
