package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/usher-go/usher/sim"
)

// figure is one number that is known of a case, and how to measure it.
type figure struct {
	name     string
	expected float64
	part     sim.Part
	of       func(n *sim.Numbers) (part, whole float64)
	// rare is the least standard error that events so rare can have after that many
	// arrivals, of which replications may show nothing.
	rare func(arrivals float64) float64
	// sigma is the standard error per √arrival as the file states it, 0 = not stated.
	sigma float64
	// published is the standard error of the expected value, when that was simulated too.
	published float64
}

// judge compares a figure with what was simulated.
func (f *figure) judge(r *sim.Result, arrivals float64) (simulated, z float64, ok bool) {
	e, ok := r.Estimate(sim.Metric{Of: f.of}, f.part)
	if !ok {
		return 0, 0, false
	}
	least := 0.0
	if f.rare != nil {
		least = f.rare(arrivals)
	}
	// What the file states is exact in the long run; what replications show is itself a
	// draw. The larger one counts.
	least = max(least, f.sigma/math.Sqrt(arrivals))
	if f.published > 0 {
		e.StdErr = math.Hypot(e.StdErr, f.published)
	}
	return e.Value, e.Z(f.expected, least), true
}

// share is a share of offered interactions, or of others.
func share(expected float64) func(float64) float64 {
	return func(n float64) float64 {
		if expected <= 0 || expected >= 1 {
			return 0
		}
		return math.Sqrt(expected * (1 - expected) / n)
	}
}

// perWait is a mean over waits of which only a share of all arrivals has any.
func perWait(expected, waits float64) func(float64) float64 {
	return func(n float64) float64 {
		if waits <= 0 {
			return 0
		}
		return expected / math.Sqrt(waits*n)
	}
}

// flowOf measures two sums of a flow.
func flowOf(of func(f *sim.Flow) (float64, float64)) func(n *sim.Numbers) (float64, float64) {
	return func(n *sim.Numbers) (float64, float64) { return of(&n.Flow) }
}

// flows are the figures that a flow has, by name in the files.
var flows = map[string]func(f *sim.Flow) (float64, float64){
	"p_wait":    func(f *sim.Flow) (float64, float64) { return float64(f.Waited), float64(f.Offered) },
	"p_block":   func(f *sim.Flow) (float64, float64) { return float64(f.Blocked), float64(f.Offered) },
	"p_abandon": func(f *sim.Flow) (float64, float64) { return float64(f.Abandoned), float64(f.Offered) },
	"p_timeout": func(f *sim.Flow) (float64, float64) { return float64(f.TimedOut), float64(f.Offered) },
	"asa_seconds": func(f *sim.Flow) (float64, float64) {
		return f.WaitAnswered, float64(f.Answered)
	},
	"mean_wait_all_seconds": func(f *sim.Flow) (float64, float64) {
		return f.WaitAnswered + f.WaitLeft, float64(f.Offered - f.Blocked)
	},
	"service_level": func(f *sim.Flow) (float64, float64) { return float64(f.AnsweredIn), float64(f.Offered) },
	"of_answered":   func(f *sim.Flow) (float64, float64) { return float64(f.AnsweredIn), float64(f.Answered) },
	"excl_short_abandons": func(f *sim.Flow) (float64, float64) {
		return float64(f.AnsweredIn), float64(f.Offered - f.LeftIn)
	},
	"mean_handle_time_seconds": func(f *sim.Flow) (float64, float64) { return f.HandleSum, float64(f.Handled) },
}

// figures reads what a file expects, as far as it is about a part: all, or a class.
type figures struct {
	path  string
	part  sim.Part
	list  []figure
	waits float64     // the share that waits, if it is known
	day   interface { // figures of days, of whatever kind
		read(fs *figures, m member) bool
	}
	// unknown are figures that cannot be measured, errs what is wrong with the file.
	unknown, errs []error
}

func (fs *figures) fail(err error) {
	if _, ok := errors.AsType[*inexpressible](err); ok {
		fs.unknown = append(fs.unknown, err)
		return
	}
	fs.errs = append(fs.errs, err)
}

// number decodes a figure; null is none.
func (fs *figures) number(m member) (float64, bool) {
	var v *float64
	if err := json.Unmarshal(m.value, &v); err != nil {
		fs.fail(fmt.Errorf("%s.%s: must be a number", fs.path, m.name))
		return 0, false
	}
	if v == nil {
		return 0, false
	}
	return *v, true
}

func (fs *figures) numbers(m member) []float64 {
	var v []float64
	if err := json.Unmarshal(m.value, &v); err != nil {
		fs.fail(fmt.Errorf("%s.%s: must be a list of numbers", fs.path, m.name))
	}
	return v
}

// add adds a figure of a flow.
func (fs *figures) add(prefix, name string, expected float64) {
	f := figure{name: prefix + name, expected: expected, part: fs.part, of: flowOf(flows[name])}
	switch {
	case strings.HasPrefix(name, "p_") || name == "service_level" || name == "of_answered" || name == "excl_short_abandons":
		f.rare = share(expected)
	case strings.HasSuffix(name, "_seconds") && !strings.HasPrefix(name, "mean_handle"):
		f.rare = perWait(expected, fs.waits)
	}
	fs.list = append(fs.list, f)
}

// read adds the figures of an object of the file, in its order.
func (fs *figures) read(prefix string, list []member) {
	for _, m := range list {
		if m.name == "p_wait" {
			fs.waits, _ = fs.number(m)
		}
	}
	for _, m := range list {
		switch {
		case string(m.value) == "null":
		case m.name == "service_level":
			fs.serviceLevel(prefix, m)
		case flows[m.name] != nil && m.name != "of_answered":
			if v, ok := fs.number(m); ok {
				fs.add(prefix, m.name, v)
			}
		case m.name == "mean_queue_length":
			if v, ok := fs.number(m); ok {
				fs.list = append(fs.list, figure{
					name: prefix + m.name, expected: v, part: fs.part, rare: perWait(v, fs.waits),
					of: func(n *sim.Numbers) (float64, float64) { return n.Flow.QueueTime, n.Seconds },
				})
			}
		case fs.day != nil && fs.day.read(fs, m):
		default:
			fs.floor(prefix, m)
		}
	}
}

func (fs *figures) serviceLevel(prefix string, m member) {
	parts, err := members(m.value)
	if err != nil {
		fs.fail(fmt.Errorf("%s.service_level: must be an object with threshold_seconds", fs.path))
		return
	}
	for _, x := range parts {
		v, ok := fs.number(x)
		switch {
		case !ok || x.name == "threshold_seconds":
		case x.name == "value":
			fs.add(prefix, "service_level", v)
		case x.name == "of_answered" || x.name == "excl_short_abandons":
			fs.add(prefix+"service_level.", x.name, v)
		default:
			fs.fail(cannot("%s.service_level.%s: this figure is not known", fs.path, x.name))
		}
	}
}

// floor adds figures of the agents.
func (fs *figures) floor(prefix string, m member) {
	one := func(of func(n *sim.Numbers) (float64, float64)) {
		if v, ok := fs.number(m); ok {
			fs.list = append(fs.list, figure{name: prefix + m.name, expected: v, of: of})
		}
	}
	switch m.name {
	case "occupancy":
		one(func(n *sim.Numbers) (float64, float64) { return n.Floor.Slots, n.Floor.Capacity })
	case "agent_busy_fraction":
		one(func(n *sim.Numbers) (float64, float64) { return n.Floor.Busy, n.Floor.LoggedIn })
	case "concurrency_distribution":
		for j, v := range fs.numbers(m) {
			fs.list = append(fs.list, figure{name: fmt.Sprintf("%s%s[%d]", prefix, m.name, j), expected: v, of: func(n *sim.Numbers) (float64, float64) {
				if j >= len(n.Concurrency) {
					return 0, n.Floor.LoggedIn
				}
				return n.Concurrency[j], n.Floor.LoggedIn
			}})
		}
	case "occupancy_by_agent":
		for i, v := range fs.numbers(m) {
			fs.list = append(fs.list, figure{name: fmt.Sprintf("%s%s[%d]", prefix, m.name, i), expected: v, of: func(n *sim.Numbers) (float64, float64) {
				if i >= len(n.Agents) {
					return 0, 0
				}
				return n.Agents[i].Slots, n.Agents[i].Capacity
			}})
		}
	default:
		fs.fail(cannot("%s.%s: this figure is not known", fs.path, m.name))
	}
}

// byGroup are the figures of groups of agents.
func (fs *figures) byGroup(m *model, list []float64) {
	first := 0
	for g, x := range m.groups {
		from, to := first, first+x.agents
		first = to
		if g >= len(list) {
			return
		}
		fs.list = append(fs.list, figure{name: fmt.Sprintf("occupancy_by_group[%d]", g), expected: list[g], of: func(n *sim.Numbers) (y, x float64) {
			for i := from; i < to; i++ {
				y, x = y+n.Agents[i].Slots, x+n.Agents[i].Capacity
			}
			return y, x
		}})
	}
}

// threshold returns the threshold of a service level in a list of figures.
func threshold(list []member) (float64, bool) {
	for _, m := range list {
		if m.name != "service_level" {
			continue
		}
		var v struct {
			T *float64 `json:"threshold_seconds"`
		}
		if json.Unmarshal(m.value, &v) == nil && v.T != nil {
			return *v.T, true
		}
	}
	return 0, false
}

// precisionKeys are how precisions are named for figures that are named otherwise.
var precisionKeys = []struct {
	pattern *regexp.Regexp
	key     string
}{
	{regexp.MustCompile(`^classes\[(\d+)\]\.(?:service_level\.)?(.*)$`), "class$1.$2"},
	{regexp.MustCompile(`^occupancy_by_agent\[(\d+)\]$`), "agent$1.occupancy"},
	{regexp.MustCompile(`^occupancy_by_group\[(\d+)\]$`), "group$1.occupancy"},
	{regexp.MustCompile(`^concurrency_distribution\[(\d+)\]$`), "conc$1"},
	{regexp.MustCompile(`^service_level\.of_answered$`), "sl_of_answered"},
	{regexp.MustCompile(`^service_level\.excl_short_abandons$`), "sl_excl_short_abandons"},
	{regexp.MustCompile(`^mean_handle_time_seconds$`), "mean_handle_time"},
}

// precise takes over the precisions that a case states.
func precise(c *testCase, list []figure) {
	for i := range list {
		key := list[i].name
		for _, k := range precisionKeys {
			if k.pattern.MatchString(key) {
				key = k.pattern.ReplaceAllString(key, k.key)
				break
			}
		}
		if s := c.precision[key].Sigma; s > 0 {
			list[i].sigma = s
		}
	}
}
