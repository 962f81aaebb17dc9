package main

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/sim"
)

// dayParams are the parameters of a day whose rates, or agents, change with the hour.
type dayParams struct {
	ByHalfHour []float64       `json:"lambda_per_30min"`
	ByHour     json.RawMessage `json:"lambda_per_hour"` // a number, or one for each hour
	Periods    int             `json:"periods_hours"`
	Agents     int             `json:"agents"`
	AgentsHour []int           `json:"agents_by_hour"`
	AgentsHalf []int           `json:"agents_by_30min"`
	Service    float64         `json:"aht_seconds"`
	Law        string          `json:"service"`
	Mean       *float64        `json:"patience_mean_seconds"`
	Patience   string          `json:"patience"`
	Threshold  float64         `json:"threshold_seconds"`
	Start      string          `json:"start"`
	Drain      *bool           `json:"drain"`
	Busyness   *string         `json:"busyness"`
	Shape      *float64        `json:"alpha0"`
	Decrease   string          `json:"staffing_decrease"`
}

// isDay reports whether a case is of this form.
func isDay(c *testCase) bool {
	var list []float64
	return c.has("lambda_per_30min") || c.has("agents_by_hour") || c.has("agents_by_30min") || c.take("lambda_per_hour", &list) == nil && list != nil
}

// dayScenario expresses such a day.
func dayScenario(c *testCase) (sim.Scenario, error) {
	var p dayParams
	if err := decodeParams(c, &p); err != nil {
		return sim.Scenario{}, err
	}
	path := c.path + ".params"
	a := sim.Arrivals{Name: "class0", Campaign: "c", Handle: sim.Dist{Law: sim.LawExponential, Mean: p.Service}}
	s := sim.Scenario{Threshold: sim.Seconds(p.Threshold)}
	if err := join([]error{p.refusal(path), p.rates(path, &a), p.patience(path, &a), p.agents(path, &s)}); err != nil {
		return s, err
	}
	if p.Busyness != nil {
		if p.Shape == nil || !(*p.Shape > 0) || !strings.Contains(strings.ToLower(*p.Busyness), "gamma") {
			return s, cannot("%s.busyness: %q is not known; known: a gamma factor with alpha0", path, *p.Busyness)
		}
		a.Busyness = *p.Shape
	}
	s.Arrivals = []sim.Arrivals{a}
	s.Length = a.Every * sim.Seconds(len(a.Rates))
	if s.Length > 86400 {
		return s, cannot("%s: a profile longer than a day", path)
	}
	s.Interval = a.Every
	return s, nil
}

// refusal says what of the day is of a kind that is not known.
func (p *dayParams) refusal(path string) error {
	switch {
	case !(p.Service > 0):
		return fmt.Errorf("%s.aht_seconds: must be above 0, is %v", path, p.Service)
	case p.Law != "" && p.Law != "exponential":
		return cannot("%s.service: %q is not known; known: exponential", path, p.Law)
	case p.Start != "" && !strings.HasPrefix(p.Start, "empty"):
		return cannot("%s.start: %q is not known; known: empty", path, p.Start)
	case p.Drain != nil && !*p.Drain:
		return cannot("%s.drain: a day that drops those inside at its end", path)
	case p.Decrease != "" && !strings.HasPrefix(p.Decrease, "busy agents finish"):
		return cannot("%s.staffing_decrease: %q is not known; known: busy agents finish", path, p.Decrease)
	}
	return nil
}

func (p *dayParams) rates(path string, a *sim.Arrivals) error {
	if p.ByHalfHour != nil {
		a.Every = 1800
		for _, v := range p.ByHalfHour {
			a.Rates = append(a.Rates, 2*v)
		}
	} else {
		a.Every = 3600
		var one float64
		switch {
		case json.Unmarshal(p.ByHour, &a.Rates) == nil:
		case json.Unmarshal(p.ByHour, &one) == nil && p.Periods > 0:
			for range p.Periods {
				a.Rates = append(a.Rates, one)
			}
		default:
			return fmt.Errorf("%s.lambda_per_hour: must be a number for each hour", path)
		}
	}
	if p.Periods > 0 && len(a.Rates)*int(a.Every) != p.Periods*3600 {
		return fmt.Errorf("%s.periods_hours: is %d, the rates are for %v hours", path, p.Periods, float64(len(a.Rates))*float64(a.Every)/3600)
	}
	return nil
}

var (
	mixedPatience = regexp.MustCompile(`^0 with prob(?:ability)? ([\d.]+).*exponential mean ([\d.]+) ?s`)
	plainPatience = regexp.MustCompile(`^exponential mean ([\d.]+) ?s`)
)

func (p *dayParams) patience(path string, a *sim.Arrivals) error {
	d := sim.Dist{Law: sim.LawExponential}
	var err error
	if m := mixedPatience.FindStringSubmatch(p.Patience); m != nil {
		d.Zero, err = strconv.ParseFloat(m[1], 64)
		if err == nil {
			d.Mean, err = strconv.ParseFloat(m[2], 64)
		}
	} else if m := plainPatience.FindStringSubmatch(p.Patience); m != nil {
		d.Mean, err = strconv.ParseFloat(m[1], 64)
	} else if p.Patience != "" {
		return cannot("%s.patience: %q is not known", path, p.Patience)
	} else if p.Mean != nil {
		d.Mean = *p.Mean
	} else {
		return nil
	}
	if err != nil || !(d.Mean > 0) {
		return fmt.Errorf("%s: the mean patience must be above 0", path)
	}
	a.Patience = &d
	return nil
}

func (p *dayParams) agents(path string, s *sim.Scenario) error {
	st := sim.Staff{Count: p.AgentsHour, Every: 3600}
	if p.AgentsHalf != nil {
		st.Count, st.Every = p.AgentsHalf, 1800
	}
	most := p.Agents
	for _, n := range st.Count {
		most = max(most, n)
	}
	if most < 1 || most > 100_000 {
		return fmt.Errorf("%s.agents: must be 1 to 100000, is %d", path, most)
	}
	c := queue.Campaign{ID: "c", AutoAnswer: true, Strategy: "leastrecent"}
	for i := range most {
		id := agentName(0, i)
		s.Agents = append(s.Agents, queue.Agent{ID: id})
		c.Members = append(c.Members, queue.Member{Agent: id})
	}
	if st.Count != nil {
		s.Staff = []sim.Staff{st}
	}
	s.Campaigns = []queue.Campaign{c}
	return nil
}

// dayFigures reads the figures of days. A replication is a day.
type dayFigures struct {
	every float64 // seconds of an interval
	mean  float64 // arrivals of a day
}

var perDay = map[string]func(f *sim.Flow) float64{
	"mean_arrivals":               func(f *sim.Flow) float64 { return float64(f.Offered) },
	"abandoned_per_day":           func(f *sim.Flow) float64 { return float64(f.Abandoned) },
	"served_per_day":              func(f *sim.Flow) float64 { return float64(f.Answered) },
	"served_within_T_per_day":     func(f *sim.Flow) float64 { return float64(f.AnsweredIn) },
	"blocked_per_day":             func(f *sim.Flow) float64 { return float64(f.Blocked) },
	"timed_out_per_day":           func(f *sim.Flow) float64 { return float64(f.TimedOut) },
	"total_queue_seconds_per_day": func(f *sim.Flow) float64 { return f.WaitAnswered + f.WaitLeft },
}

// perExpected are figures of the day divided by the mean number of arrivals.
var perExpected = map[string]func(f *sim.Flow) float64{
	"mean_wait_per_expected_call_seconds": func(f *sim.Flow) float64 { return f.WaitAnswered + f.WaitLeft },
	"fraction_lost":                       func(f *sim.Flow) float64 { return float64(f.Abandoned) },
	"fraction_wait_lt":                    func(f *sim.Flow) float64 { return float64(f.AnsweredIn + f.LeftIn) },
}

var waitBelow = regexp.MustCompile(`^fraction_wait_lt_\d+s$`)

func (d *dayFigures) read(fs *figures, m member) bool {
	name := m.name
	if waitBelow.MatchString(name) {
		name = "fraction_wait_lt"
	}
	of, whole := perDay[name], 1.0
	if of == nil {
		of, whole = perExpected[name], d.mean
	}
	switch {
	case of != nil:
		if v, ok := fs.number(m); ok {
			f := figure{name: m.name, expected: v, of: flowOf(func(f *sim.Flow) (float64, float64) { return of(f), whole })}
			if whole == 1 {
				f.rare = func(n float64) float64 { return math.Sqrt(math.Max(v, 0) * d.mean / n) }
			}
			fs.list = append(fs.list, f)
		}
	case m.name == "sl_of_answered":
		if v, ok := fs.number(m); ok {
			fs.list = append(fs.list, figure{name: m.name, expected: v, rare: share(v), of: flowOf(flows["of_answered"])})
		}
	case strings.HasSuffix(m.name, "_by_30min") || strings.HasSuffix(m.name, "_by_hour"):
		return d.series(fs, m)
	default:
		return false
	}
	return true
}

// series are figures by interval of arrival.
func (d *dayFigures) series(fs *figures, m member) bool {
	every := map[bool]float64{true: 1800, false: 3600}[strings.HasSuffix(m.name, "_by_30min")]
	kind, _, _ := strings.Cut(m.name, "_by_")
	of := map[string]func(n *sim.Numbers) (float64, float64){
		"p_wait":    flowOf(flows["p_wait"]),
		"p_abandon": flowOf(flows["p_abandon"]),
		"abandoned": flowOf(func(f *sim.Flow) (float64, float64) { return float64(f.Abandoned), 1 }),
		"mean_busy": func(n *sim.Numbers) (float64, float64) { return n.Floor.Slots, n.Seconds },
	}[kind]
	if of == nil || every != d.every {
		return false
	}
	values := fs.numbers(m)
	for i, v := range values {
		f := figure{name: fmt.Sprintf("%s[%d]", m.name, i), expected: v, part: sim.Part{Interval: i + 1}, of: of}
		if kind == "abandoned" {
			f.rare = func(n float64) float64 { return math.Sqrt(math.Max(v, 0) * d.mean / n) }
		} else if strings.HasPrefix(kind, "p_") {
			f.rare = func(n float64) float64 { return share(v)(n / float64(len(values))) }
		}
		fs.list = append(fs.list, f)
	}
	return true
}

var (
	interval   = regexp.MustCompile(`\[\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\]`)
	halfWidths = regexp.MustCompile(`(\d+) ?% half-widths?:([^a-z]*(?:[a-zA-Z ]+[^a-zA-Z]+)*)`)
	level      = regexp.MustCompile(`(\d+) ?% CI`)
	decimal    = regexp.MustCompile(`\d*\.\d+`)
)

// published reads from a note how precise expected values are that were simulated: as
// confidence intervals, each of the figure in its middle, or as half widths in the order of
// the figures.
func published(note string, list []figure) {
	if m := level.FindStringSubmatch(note); m != nil {
		for _, x := range interval.FindAllStringSubmatch(note, -1) {
			low, _ := strconv.ParseFloat(x[1], 64)
			high, _ := strconv.ParseFloat(x[2], 64)
			for i := range list {
				mid, half := (low+high)/2, (high-low)/2
				if half > 0 && math.Abs(list[i].expected-mid) < half/20+1e-4*math.Abs(mid) {
					list[i].published = half / twoSided(m[1])
				}
			}
		}
	}
	if m := halfWidths.FindStringSubmatch(note); m != nil {
		if nums := decimal.FindAllString(m[2], -1); len(nums) == len(list) {
			for i, x := range nums {
				half, _ := strconv.ParseFloat(x, 64)
				list[i].published = half / twoSided(m[1])
			}
		}
	}
}

// twoSided is the normal quantile of a two-sided level in percent.
func twoSided(percent string) float64 {
	p, _ := strconv.ParseFloat(percent, 64)
	return sim.NormalQuantile(0.5 + p/200)
}
