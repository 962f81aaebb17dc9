package sim

import (
	"fmt"
	"math"
	"strings"

	"github.com/usher-go/usher/sla"
)

// Numbers is what one replication counted in some part of a scenario: all of it, a
// campaign, a stream, an interval.
type Numbers struct {
	Counts  sla.Counts `json:"counts"`
	Flow    Flow       `json:"flow"`
	Floor   Floor      `json:"floor"`
	Seconds float64    `json:"seconds"` // of the time that counts
	// The rest is always of the whole scenario.
	Promise     Promise      `json:"promise"`
	Waits       Histogram    `json:"waits"`
	Agents      []AgentTally `json:"agents"`
	Concurrency []float64    `json:"concurrency"` // as in [Tally]
}

// Metric is a named figure of a scenario. Most are the sum of something over the sum of
// something else, in every replication.
type Metric struct {
	// Name is fixed: it is used in tables, in CSV and to rank by.
	Name string   `json:"name"`
	Unit sla.Unit `json:"unit"`
	// Definition is the figure in words.
	Definition string `json:"definition"`
	// Less says that less is better, for ranking.
	Less bool `json:"less,omitempty"`
	// Of returns the two sums. A zero denominator means that there was nothing to measure.
	Of func(*Numbers) (part, whole float64) `json:"-"`

	each bool // a value for each replication rather than two sums
}

// The units beside sla's.
const (
	Number  sla.Unit = "number"
	PerHour sla.Unit = "per hour"
)

// Metrics returns all metrics, in the order of a report: those of package sla by their
// names there, then those that only a simulation can know.
func Metrics() []Metric {
	return append(slaMetrics(), append(flowMetrics(), floorMetrics()...)...)
}

// MetricNamed returns a metric by name.
func MetricNamed(name string) (Metric, error) {
	var names []string
	for _, m := range Metrics() {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Metric{}, fmt.Errorf("sim: unknown metric %q; valid: %s", name, strings.Join(names, ", "))
}

// slaSums are the two sums of each formula of package sla. That they are the same as there
// is tested.
var slaSums = map[string]func(c *sla.Counts) (part, whole float64){
	"serviceLevel": func(c *sla.Counts) (float64, float64) {
		return float64(c.AnsweredIn), float64(c.AnsweredIn + c.AnsweredLate)
	},
	"serviceLevelWithAbandoned": func(c *sla.Counts) (float64, float64) {
		return float64(c.AnsweredIn + c.AbandonedIn), float64(c.AnsweredIn + c.AnsweredLate + c.AbandonedIn + c.AbandonedLate)
	},
	"abandonRate": func(c *sla.Counts) (float64, float64) {
		left := c.Abandoned - c.AbandonedShort
		return float64(left), float64(c.Answered + left + c.TimedOut)
	},
	"averageWait": func(c *sla.Counts) (float64, float64) { return c.WaitSum.Seconds(), float64(c.Answered) },
	"longestWait": func(c *sla.Counts) (float64, float64) {
		return c.WaitMax.Seconds(), float64(min(c.Answered, 1))
	},
	"averageAbandonWait": func(c *sla.Counts) (float64, float64) {
		return c.AbandonWaitSum.Seconds(), float64(c.Abandoned)
	},
	"averageFirstResponse": func(c *sla.Counts) (float64, float64) {
		return c.ResponseSum.Seconds(), float64(c.Responded)
	},
	"averageHandleTime": func(c *sla.Counts) (float64, float64) { return c.HandleSum.Seconds(), float64(c.Handled) },
	"transferRate":      func(c *sla.Counts) (float64, float64) { return float64(c.Transferred), float64(c.Handled) },
	"occupancy":         func(c *sla.Counts) (float64, float64) { return c.BusySum.Seconds(), c.LoggedInSum.Seconds() },
}

func slaMetrics() []Metric {
	var out []Metric
	for _, f := range sla.Formulas() {
		sums, less := slaSums[f.Name], true
		switch f.Name {
		case "serviceLevel", "serviceLevelWithAbandoned", "occupancy":
			less = false
		}
		if sums == nil { // a formula that is new there has a value, if not two sums
			sums = func(c *sla.Counts) (float64, float64) {
				if v, ok := f.Of(c); ok {
					return v, 1
				}
				return 0, 0
			}
		}
		out = append(out, Metric{
			Name: f.Name, Unit: f.Unit, Definition: f.Definition, Less: less, each: f.Name == "longestWait",
			Of: func(n *Numbers) (float64, float64) { return sums(&n.Counts) },
		})
	}
	return out
}

// perFlow makes a metric of two counters of a flow.
func perFlow(name string, unit sla.Unit, less bool, definition string, of func(f *Flow) (part, whole float64)) Metric {
	return Metric{Name: name, Unit: unit, Definition: definition, Less: less, Of: func(n *Numbers) (float64, float64) { return of(&n.Flow) }}
}

func flowMetrics() []Metric {
	ofOffered := func(count func(f *Flow) int64) func(f *Flow) (float64, float64) {
		return func(f *Flow) (float64, float64) { return float64(count(f)), float64(f.Offered) }
	}
	return []Metric{
		{
			Name: "offered", Unit: PerHour, Definition: "interactions that came, by the hour",
			Of: func(n *Numbers) (float64, float64) { return float64(n.Flow.Offered), n.Seconds / 3600 },
		},
		perFlow("answeredIn", sla.Share, false, "answered within the threshold ÷ offered", ofOffered(func(f *Flow) int64 { return f.AnsweredIn })),
		perFlow("waited", sla.Share, true, "had to wait ÷ offered", ofOffered(func(f *Flow) int64 { return f.Waited })),
		perFlow("abandoned", sla.Share, true, "left the queue ÷ offered", ofOffered(func(f *Flow) int64 { return f.Abandoned })),
		perFlow("timedOut", sla.Share, true, "reached the longest time in the queue ÷ offered", ofOffered(func(f *Flow) int64 { return f.TimedOut })),
		perFlow("blocked", sla.Share, true, "turned away at the door ÷ offered", ofOffered(func(f *Flow) int64 { return f.Blocked })),
		perFlow("waitOfAll", sla.Seconds, true, "time in the queue ÷ let in, answered or not", func(f *Flow) (float64, float64) {
			return f.WaitAnswered + f.WaitLeft, float64(f.Offered - f.Blocked)
		}),
		{
			Name: "queueLength", Unit: Number, Less: true, Definition: "number waiting, mean over time",
			Of: func(n *Numbers) (float64, float64) { return n.Flow.QueueTime, n.Seconds },
		},
		quantile("waitMedian", 0.5, "half of the answered waited no longer"),
		quantile("wait90", 0.9, "nine in ten of the answered waited no longer"),
		quantile("wait99", 0.99, "99 in 100 of the answered waited no longer"),
	}
}

func quantile(name string, share float64, definition string) Metric {
	return Metric{
		Name: name, Unit: sla.Seconds, Less: true, Definition: definition + " (within 5 %)", each: true,
		Of: func(n *Numbers) (float64, float64) {
			if v, ok := n.Waits.Quantile(share); ok {
				return v, 1
			}
			return 0, 0
		},
	}
}

func floorMetrics() []Metric {
	return []Metric{
		{
			Name: "slotOccupancy", Unit: sla.Share, Definition: "interactions at agents ÷ agents' limits, over time logged in",
			Of: func(n *Numbers) (float64, float64) { return n.Floor.Slots, n.Floor.Capacity },
		},
		{
			Name: "agentsThere", Unit: Number, Less: true, Definition: "agents logged in, mean over time",
			Of: func(n *Numbers) (float64, float64) { return n.Floor.LoggedIn, n.Seconds },
		},
		spread("loadSpread", "busy share of agents, standard deviation ÷ mean: 0 is even", func(a *AgentTally) float64 { return a.Busy / a.LoggedIn }),
		spread("idleSpread", "idle share of agents, standard deviation ÷ mean: 0 is even", func(a *AgentTally) float64 { return 1 - a.Busy/a.LoggedIn }),
		spread("answeredSpread", "answered per hour logged in, standard deviation over agents ÷ mean: 0 is even", func(a *AgentTally) float64 {
			return float64(a.Answered) / a.LoggedIn
		}),
		{
			Name: "estimateError", Unit: sla.Seconds, Less: true, Definition: "mean distance of the announced wait from the one that followed, of those then answered",
			Of: func(n *Numbers) (float64, float64) { return n.Promise.AbsError, float64(n.Promise.Told) },
		},
		{
			Name: "estimateBias", Unit: sla.Seconds, Less: true, Definition: "announced wait less the one that followed, of those then answered",
			Of: func(n *Numbers) (float64, float64) { return n.Promise.Error, float64(n.Promise.Told) },
		},
	}
}

// spread is the coefficient of variation of a figure over the agents who were there.
func spread(name, definition string, of func(a *AgentTally) float64) Metric {
	return Metric{
		Name: name, Unit: Number, Less: true, Definition: definition, each: true,
		Of: func(n *Numbers) (float64, float64) {
			var count, sum, squares float64
			for i := range n.Agents {
				if n.Agents[i].LoggedIn > 0 {
					v := of(&n.Agents[i])
					count, sum, squares = count+1, sum+v, squares+v*v
				}
			}
			if count < 2 || sum <= 0 {
				return 0, 0
			}
			mean := sum / count
			return math.Sqrt(max(squares/count-mean*mean, 0)) / mean, 1
		},
	}
}
