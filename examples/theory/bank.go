package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/sim"
)

// bankParams are types of customers and as many groups of agents or fewer, group g being
// the specialists of type g; everybody can serve everybody. Agents see all who wait and take
// their own specialty first, else who waits longest.
type bankParams struct {
	Arrivals struct {
		First []float64 `json:"first_hour"`
		Rest  []float64 `json:"rest"`
	} `json:"arrivals_per_hour"`
	Hours      string      `json:"hours"`
	Service    []float64   `json:"mean_service_min"`
	Multiplier [][]float64 `json:"multiplier"` // by group and type
	Agents     []int       `json:"agents"`
	Lines      int         `json:"lines"`
	Patience   string      `json:"patience"`
	Thresholds []float64   `json:"threshold_seconds"`
	Choice     string      `json:"agent_choice"`
	Discipline string      `json:"queue_choice"`
}

func isBank(c *testCase) bool { return c.has("arrivals_per_hour") }

var (
	openHours    = regexp.MustCompile(`^(\d+)-(\d+), (\d+) days$`)
	uniformRange = regexp.MustCompile(`U\(([\d.]+),([\d.]+)\)`)
)

// bankScenario expresses a day of it; days are independent.
func bankScenario(c *testCase) (sim.Scenario, *bankFigures, error) {
	var p bankParams
	path := c.path + ".params"
	if err := decodeParams(c, &p); err != nil {
		return sim.Scenario{}, nil, err
	}
	hours := openHours.FindStringSubmatch(p.Hours)
	ranges := uniformRange.FindAllStringSubmatch(p.Patience, -1)
	n := len(p.Service)
	switch {
	case hours == nil || len(ranges) != n || !strings.HasSuffix(p.Patience, " min"):
		return sim.Scenario{}, nil, cannot("%s: hours %q or patience %q is not known", path, p.Hours, p.Patience)
	case !strings.Contains(p.Choice, "own specialists first") || p.Discipline != "own specialty first, else longest waiting":
		return sim.Scenario{}, nil, cannot("%s: agent_choice %q or queue_choice %q is not known", path, p.Choice, p.Discipline)
	case n == 0 || len(p.Arrivals.First) != n || len(p.Arrivals.Rest) != n || len(p.Thresholds) != n || len(p.Agents) == 0 || len(p.Agents) > n || len(p.Multiplier) != len(p.Agents):
		return sim.Scenario{}, nil, fmt.Errorf("%s: rates, services and thresholds must be for the same types, multipliers for the groups", path)
	}
	from, _ := strconv.Atoi(hours[1])
	to, _ := strconv.Atoi(hours[2])
	days, _ := strconv.Atoi(hours[3])
	if from >= to || to > 24 || days < 1 {
		return sim.Scenario{}, nil, fmt.Errorf("%s.hours: %q is no opening", path, p.Hours)
	}
	s := sim.Scenario{Length: sim.Seconds(to-from) * 3600, Interval: 3600}
	x := &bankFigures{days: days, groups: p.Agents}
	for k := range n {
		a := sim.Arrivals{Name: fmt.Sprintf("class%d", k), Campaign: "c", Every: 3600, Threshold: sim.Seconds(p.Thresholds[k])}
		a.Rates = append([]float64{p.Arrivals.First[k]}, slices.Repeat([]float64{p.Arrivals.Rest[k]}, to-from-1)...)
		a.Handle = sim.Exponential(time.Duration(p.Service[k] * float64(time.Minute)))
		low, _ := strconv.ParseFloat(ranges[k][1], 64)
		high, _ := strconv.ParseFloat(ranges[k][2], 64)
		a.Patience = &sim.Dist{Law: sim.LawUniform, Min: 60 * low, Max: 60 * high}
		s.Arrivals = append(s.Arrivals, a)
		x.mean += p.Arrivals.First[k] + p.Arrivals.Rest[k]*float64(to-from-1)
	}
	return s, x, p.staff(path, &s)
}

// staff makes the agents. Lines bound all who are in: with every agent busy, those that
// are left may wait.
func (p *bankParams) staff(path string, s *sim.Scenario) error {
	c := queue.Campaign{ID: "c", Strategy: "ringallmultiple"}
	for g, n := range p.Agents {
		if len(p.Multiplier[g]) != len(p.Service) || n < 1 || n > 10_000 {
			return fmt.Errorf("%s: group %d must have 1 to 10000 agents and a multiplier for each type", path, g)
		}
		st := sim.Staff{Prefer: []string{fmt.Sprintf("class%d", g)}, SpeedFor: map[string]float64{}}
		for k, m := range p.Multiplier[g] {
			if !(m > 0) {
				return fmt.Errorf("%s.multiplier: must be above 0, is %v", path, m)
			}
			st.SpeedFor[fmt.Sprintf("class%d", k)] = 1 / m
		}
		for i := range n {
			id := agentName(g, i)
			st.Agents = append(st.Agents, id)
			s.Agents = append(s.Agents, queue.Agent{ID: id})
			c.Members = append(c.Members, queue.Member{Agent: id})
		}
		s.Staff = append(s.Staff, st)
	}
	if c.MaxInteractions = p.Lines - len(s.Agents); p.Lines > 0 && c.MaxInteractions < 1 {
		return cannot("%s.lines: no more than agents", path)
	}
	s.Campaigns = []queue.Campaign{c}
	return nil
}

// bankFigures reads the figures of it. A replication is a day.
type bankFigures struct {
	days   int
	mean   float64
	groups []int
}

// read adds figures by type, by group and by week.
func (x *bankFigures) read(fs *figures, m member) bool {
	week := func(of func(f *sim.Flow) int64) {
		if v, ok := fs.number(m); ok {
			fs.list = append(fs.list, figure{name: m.name, expected: v, of: flowOf(func(f *sim.Flow) (float64, float64) {
				return float64(of(f)) * float64(x.days), 1
			})})
		}
	}
	switch m.name {
	case "service_level_percent":
		x.each(fs, m, func(i int) (sim.Part, func(n *sim.Numbers) (float64, float64)) {
			part := sim.Part{Stream: fmt.Sprintf("class%d", i)}
			if i >= len(x.groups)+1 {
				part = sim.Part{}
			}
			return part, flowOf(func(f *sim.Flow) (float64, float64) {
				return 100 * float64(f.AnsweredIn), float64(f.Offered - f.LeftIn)
			})
		})
	case "blocked_per_week":
		week(func(f *sim.Flow) int64 { return f.Blocked })
	case "abandoned_per_week":
		week(func(f *sim.Flow) int64 { return f.Abandoned })
	case "occupancy_percent":
		x.each(fs, m, func(g int) (sim.Part, func(n *sim.Numbers) (float64, float64)) {
			return sim.Part{}, x.group(g, func(a *sim.AgentTally) float64 { return a.Slots })
		})
	case "occupancy_by_group_and_type":
		for g, raw := range rawList(m.value) {
			row := member{m.name, raw}
			for k, v := range fs.numbers(row) {
				fs.list = append(fs.list, figure{
					name: fmt.Sprintf("%s[%d][%d]", m.name, g, k), expected: v,
					of: x.group(g, func(a *sim.AgentTally) float64 { return a.Work[min(k, len(a.Work)-1)] }),
				})
			}
		}
	default:
		return false
	}
	return true
}

// each adds the figures of an object, by their place in it.
func (x *bankFigures) each(fs *figures, m member, of func(i int) (sim.Part, func(n *sim.Numbers) (float64, float64))) {
	list, err := members(m.value)
	if err != nil {
		fs.fail(fmt.Errorf("%s.%s: must be an object of figures", fs.path, m.name))
	}
	for i, one := range list {
		if v, ok := fs.number(one); ok {
			part, measure := of(i)
			fs.list = append(fs.list, figure{name: m.name + "." + one.name, expected: v, part: part, of: measure})
		}
	}
}

// group measures agents of a group, in percent of their time.
func (x *bankFigures) group(g int, of func(a *sim.AgentTally) float64) func(n *sim.Numbers) (float64, float64) {
	from := 0
	for _, n := range x.groups[:min(g, len(x.groups))] {
		from += n
	}
	to := from
	if g < len(x.groups) {
		to += x.groups[g]
	}
	return func(n *sim.Numbers) (y, whole float64) {
		for i := from; i < to; i++ {
			y, whole = y+100*of(&n.Agents[i]), whole+n.Agents[i].Capacity
		}
		return y, whole
	}
}
