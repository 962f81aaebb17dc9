package sim

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/internal/fault"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/strategy"
)

// plan is a scenario that was checked, in the form that replications read. They share it
// and change nothing in it.
type plan struct {
	sc        Scenario
	agents    []queue.Agent
	campaigns []queue.Campaign

	agentIndex    map[string]int32
	campaignIndex map[string]int32
	streamIndex   map[string]int32
	bots          map[string]*Bot

	streams []streamPlan
	workers []workerPlan
	counted []countedStaff // groups whose number is given
	pulls   []bool         // by campaign
	slowed  bool           // some law of concurrency applies
	known   bool           // some customers come back

	// Nanoseconds; start is of the epoch, the others are lengths.
	start, warm, length, interval, period int64
}

// streamPlan is one stream.
type streamPlan struct {
	*Arrivals
	campaign  int32
	threshold int64
	skills    []queue.Skill
}

// workerPlan is how one agent works.
type workerPlan struct {
	*Staff
	speed []float64 // by stream
	limit int
	in    []int32 // the campaigns the agent is a member of
	pull  []int32 // the campaigns that show instead of offering
}

// countedStaff is a group of which only so many are there.
type countedStaff struct {
	*Staff
	members []int32
}

// defaultStart is a Monday.
var defaultStart = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

const defaultInterval = 30 * time.Minute

func (s Scenario) compile() (*plan, error) {
	p := &plan{
		sc: s, agentIndex: map[string]int32{}, campaignIndex: map[string]int32{}, streamIndex: map[string]int32{},
		bots: map[string]*Bot{}, slowed: !s.Concurrency.isZero(),
	}
	var f fault.Faults
	p.times()
	p.center(&f)
	for i, a := range p.agents {
		p.agentIndex[a.ID] = int32(i)
	}
	for i, c := range p.campaigns {
		p.campaignIndex[c.ID] = int32(i)
	}
	for i := range s.Arrivals {
		p.streamIndex[s.Arrivals[i].name()] = int32(i)
	}
	p.sc.check(&f, p)
	if err := scenarioError(f); err != nil {
		return nil, err
	}
	p.derive()
	return p, nil
}

func (p *plan) times() {
	s := &p.sc
	if s.Start.IsZero() {
		s.Start = defaultStart
	}
	if s.Length == 0 {
		s.Length = For(24 * time.Hour)
	}
	if s.Interval == 0 {
		s.Interval = For(defaultInterval)
	}
	if s.Period == 0 {
		s.Period = For(24 * time.Hour)
	}
	p.start = s.Start.UnixNano()
	p.warm, p.length = int64(s.WarmUp.Duration()), int64(s.Length.Duration())
	p.interval, p.period = int64(s.Interval.Duration()), int64(s.Period.Duration())
}

// center compiles the configuration and has an engine check it.
func (p *plan) center(f *fault.Faults) {
	p.agents, p.campaigns = p.sc.Agents, p.sc.Campaigns
	if p.campaigns == nil {
		p.settings(f)
		return
	}
	e, err := queue.New(queue.Config{Strategies: p.sc.Strategies})
	if err != nil {
		f.Add("strategies", "%v", err)
		return
	}
	for _, a := range p.agents {
		if _, err := e.Step(p.sc.Start, queue.ConfigureAgent{Agent: a}); err != nil {
			addEngine(f, "agents."+a.ID, err)
		}
	}
	for _, c := range p.campaigns {
		if _, err := e.Step(p.sc.Start, queue.Configure{Campaign: c}); err != nil {
			addEngine(f, "campaigns."+c.ID, err)
		}
	}
}

func (p *plan) settings(f *fault.Faults) {
	cfg := withTransport(p.sc.Center)
	if len(cfg.Campaigns) == 0 {
		f.Add("center.campaigns", "must have at least one")
	}
	agents, campaigns, err := cfg.Compile(p.sc.Strategies...)
	p.agents, p.campaigns = agents, campaigns
	if err == nil {
		return
	}
	var wrong *usher.ConfigError
	if !errors.As(err, &wrong) {
		f.Add("center", "%v", err)
		return
	}
	for _, x := range wrong.Faults {
		f.Add(fault.Join("center", x.Path), "%s", x.Problem)
	}
	for _, a := range cfg.Agents { // so that the rest can be checked against the names
		p.agents = append(p.agents, queue.Agent{ID: a.ID})
	}
	for _, c := range cfg.Campaigns {
		p.campaigns = append(p.campaigns, queue.Campaign{ID: c.ID})
	}
}

// withTransport fills in a connector and a number where a card has none.
func withTransport(c usher.Config) usher.Config {
	c.Campaigns = slices.Clone(c.Campaigns)
	for i := range c.Campaigns {
		if c.Campaigns[i].WhatsApp == nil {
			continue
		}
		w := *c.Campaigns[i].WhatsApp
		if w.Connector == "" {
			w.Connector = "simulated"
		}
		if len(w.PhoneNumbers) == 0 {
			w.PhoneNumbers = []string{fmt.Sprintf("+1555%07d", i)}
		}
		c.Campaigns[i].WhatsApp = &w
	}
	return c
}

// derive prepares what replications look up often.
func (p *plan) derive() {
	s := &p.sc
	for i := range s.Arrivals {
		a := &s.Arrivals[i]
		k := p.campaignIndex[a.Campaign]
		t := int64(cmp.Or(a.Threshold, s.Threshold).Duration())
		if t == 0 {
			t = int64(p.campaigns[k].ServiceLevel)
		}
		p.streams = append(p.streams, streamPlan{Arrivals: a, campaign: k, threshold: t, skills: engineSkills(a.Skills)})
	}
	for i := range s.Arrivals {
		p.known = p.known || s.Arrivals[i].Customers > 0
	}
	for i := range s.Bots {
		p.bots[s.Bots[i].Name] = &s.Bots[i]
	}
	for _, c := range p.campaigns {
		p.pulls = append(p.pulls, p.pulled(c.Strategy))
	}
	p.staff()
}

// staff prepares the agents.
func (p *plan) staff() {
	rest := &Staff{}
	of := map[string]*Staff{}
	for i := range p.sc.Staff {
		st := &p.sc.Staff[i]
		if len(st.Agents) == 0 {
			rest = st
		}
		for _, id := range st.Agents {
			of[id] = st
		}
	}
	groups := map[*Staff]int{}
	for i, a := range p.agents {
		st := of[a.ID]
		if st == nil {
			st = rest
		}
		p.workers = append(p.workers, p.worker(st, a))
		if len(st.Count) == 0 {
			continue
		}
		g, known := groups[st]
		if !known {
			g = len(p.counted)
			groups[st] = g
			p.counted = append(p.counted, countedStaff{Staff: st})
		}
		p.counted[g].members = append(p.counted[g].members, int32(i))
	}
}

func (p *plan) worker(st *Staff, a queue.Agent) workerPlan {
	w := workerPlan{Staff: st, limit: max(a.Limit, 1)}
	for i := range p.streams {
		v := 1.0
		if st.Speed > 0 {
			v = st.Speed
		}
		if x := st.SpeedFor[p.streams[i].name()]; x > 0 {
			v *= x
		}
		w.speed = append(w.speed, v)
	}
	for k, c := range p.campaigns {
		i := slices.IndexFunc(c.Members, func(m queue.Member) bool { return m.Agent == a.ID })
		if i < 0 {
			continue
		}
		w.in = append(w.in, int32(k))
		if p.pulls[k] && !c.Members[i].NoReceive {
			w.pull = append(w.pull, int32(k))
		}
	}
	return w
}

func engineSkills(list []settings.Skill) []queue.Skill {
	var out []queue.Skill
	for _, k := range list {
		out = append(out, queue.Skill{Name: k.Name, Level: k.Level, For: k.For.Duration()})
	}
	return out
}

func (p *plan) campaignNames() []string { return sortedKeys(p.campaignIndex) }
func (p *plan) streamNames() []string   { return sortedKeys(p.streamIndex) }

func sortedKeys[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), strings.Compare)
}

// intervals is how many intervals a period has.
func (p *plan) intervals() int { return int(p.period / p.interval) }

// pulled reports whether a strategy shows interactions instead of offering them.
func (p *plan) pulled(name string) bool {
	for _, s := range append(strategy.Builtin(), p.sc.Strategies...) {
		if s.Name() == name {
			_, pull := s.(strategy.Puller)
			return pull
		}
	}
	return false
}
