package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/usher-go/usher/sim"
)

// strictly decodes JSON into a struct. A field that it does not have makes the case one
// that cannot be expressed: to leave it out would be to simulate something else.
func strictly(path string, raw json.RawMessage, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		return nil
	}
	if field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return cannot("%s: field %s is not known", path, field)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// modelOf reads a case in one of the forms of a queueing model.
func modelOf(c *testCase) (*model, error) {
	switch {
	case c.sim != nil:
		return exactModel(c)
	case c.has("pools"):
		return poolModel(c)
	case c.has("classes"):
		return skillModel(c)
	}
	return plainModel(c)
}

// plainParams are the parameters of one queue with one kind of agent.
type plainParams struct {
	Rate        float64   `json:"lambda_per_hour"`
	Service     float64   `json:"aht_seconds"`
	Agents      int       `json:"agents"`
	Slots       int       `json:"capacity_per_agent"`
	Patience    *float64  `json:"patience_mean_seconds"`
	Limit       *int      `json:"queue_limit"`
	MaxWait     *float64  `json:"max_wait_seconds"`
	Law         spec      `json:"service_distribution"`
	Priorities  []prio    `json:"priorities"`
	Selection   string    `json:"agent_selection"`
	Speeds      []float64 `json:"concurrency_speed"`
	Multipliers []float64 `json:"agent_aht_multipliers"`
	Horizon     float64   `json:"horizon_seconds"`
	Start       string    `json:"start"`
	Drain       *bool     `json:"drain"`
}

type prio struct {
	Priority int      `json:"priority"`
	Rate     float64  `json:"lambda_per_hour"`
	Service  *float64 `json:"aht_seconds"`
	Patience *float64 `json:"patience_mean_seconds"`
	MaxWait  *float64 `json:"max_wait_seconds"`
}

// decodeParams decodes all parameters of a case.
func decodeParams(c *testCase, v any) error {
	raw, err := json.Marshal(c.params)
	if err != nil {
		return err
	}
	return strictly(c.path+".params", raw, v)
}

func plainModel(c *testCase) (*model, error) {
	var p plainParams
	if err := decodeParams(c, &p); err != nil {
		return nil, err
	}
	switch {
	case p.Start != "" && !strings.HasPrefix(p.Start, "empty"):
		return nil, cannot("%s.params.start: %q is not known; known: empty", c.path, p.Start)
	case p.Drain != nil && !*p.Drain:
		return nil, cannot("%s.params.drain: a day that drops those inside at its end", c.path)
	case p.Horizon < 0:
		return nil, fmt.Errorf("%s.params.horizon_seconds: must be above 0, is %v", c.path, p.Horizon)
	}
	if len(p.Law) == 0 {
		p.Law = spec{"exp"}
	}
	m := &model{limit: p.Limit, selection: p.Selection, speeds: p.Speeds, horizon: p.Horizon}
	if p.Multipliers != nil && len(p.Multipliers) != p.Agents {
		return nil, fmt.Errorf("%s.params.agent_aht_multipliers: must be one for each of %d agents", c.path, p.Agents)
	}
	m.groups = []group{{agents: p.Agents, slots: max(p.Slots, 1), mult: p.Multipliers}}
	if p.Priorities == nil {
		p.Priorities = []prio{{Rate: p.Rate}}
	}
	for i, q := range p.Priorities {
		k, err := p.class(fmt.Sprintf("%s.params.priorities[%d]", c.path, i), q)
		if err != nil {
			return nil, err
		}
		m.classes = append(m.classes, k)
	}
	return m, m.check(c.path + ".params")
}

// class is one priority class; what it does not say is that of all.
func (p *plainParams) class(path string, q prio) (class, error) {
	service := p.Service
	if q.Service != nil {
		service = *q.Service
	}
	if !(service > 0) {
		return class{}, fmt.Errorf("%s: aht_seconds must be above 0, is %v", path, service)
	}
	d, err := p.Law.dist(path, &service)
	if err != nil {
		return class{}, err
	}
	k := class{rate: q.Rate / 3600, service: d, priority: q.Priority, maxWait: p.MaxWait}
	if q.MaxWait != nil {
		k.maxWait = q.MaxWait
	}
	patience := p.Patience
	if q.Patience != nil {
		patience = q.Patience
	}
	if patience != nil {
		if !(*patience > 0) {
			return class{}, fmt.Errorf("%s: patience_mean_seconds must be above 0, is %v", path, *patience)
		}
		k.patience = &sim.Dist{Law: sim.LawExponential, Mean: *patience}
	}
	return k, nil
}

// skillModel is classes that some of the agents can serve.
func skillModel(c *testCase) (*model, error) {
	var p struct {
		Service     float64   `json:"aht_seconds"`
		Agents      int       `json:"agents"`
		Slots       int       `json:"capacity_per_agent"`
		Multipliers []float64 `json:"agent_aht_multipliers"`
		Selection   string    `json:"agent_selection"`
		Discipline  string    `json:"queue_discipline"`
		Classes     []struct {
			Rate     float64  `json:"lambda_per_hour"`
			Service  *float64 `json:"aht_seconds"`
			Patience *float64 `json:"patience_mean_seconds"`
			Skilled  []int    `json:"agents_with_skill"`
		} `json:"classes"`
	}
	if err := decodeParams(c, &p); err != nil {
		return nil, err
	}
	if p.Discipline != "" && !strings.HasPrefix(p.Discipline, "longest waiting") {
		return nil, cannot("%s.params.queue_discipline: %q is not known", c.path, p.Discipline)
	}
	if p.Multipliers != nil && len(p.Multipliers) != p.Agents {
		return nil, fmt.Errorf("%s.params.agent_aht_multipliers: must be one for each of %d agents", c.path, p.Agents)
	}
	m := &model{selection: p.Selection}
	for i := range max(p.Agents, 0) {
		g := group{agents: 1, slots: max(p.Slots, 1)}
		if p.Multipliers != nil {
			g.mult = p.Multipliers[i : i+1]
		}
		m.groups = append(m.groups, g)
	}
	one := plainParams{Service: p.Service, Law: spec{"exp"}}
	for i, x := range p.Classes {
		k, err := one.class(fmt.Sprintf("%s.params.classes[%d]", c.path, i), prio{Rate: x.Rate, Service: x.Service, Patience: x.Patience})
		if err != nil {
			return nil, err
		}
		k.tiers = [][]int{x.Skilled}
		m.classes = append(m.classes, k)
	}
	return m, m.check(c.path + ".params")
}

// poolModel is classes that overflow from pool to pool. A pool serves the classes of its
// skills in their order.
func poolModel(c *testCase) (*model, error) {
	var p struct {
		Service float64 `json:"aht_seconds"`
		Pools   []struct {
			Agents int      `json:"agents"`
			Slots  int      `json:"capacity_per_agent"`
			Skills []string `json:"skills"`
		} `json:"pools"`
		Classes []struct {
			Name     string   `json:"name"`
			Rate     float64  `json:"lambda_per_hour"`
			Service  *float64 `json:"aht_seconds"`
			Patience *float64 `json:"patience_mean_seconds"`
			Tiers    [][]int  `json:"pool_tiers"`
		} `json:"classes"`
		Selection string `json:"agent_selection"`
	}
	if err := decodeParams(c, &p); err != nil {
		return nil, err
	}
	m := &model{selection: p.Selection}
	one := plainParams{Service: p.Service, Law: spec{"exp"}}
	var names []string
	for i, x := range p.Classes {
		k, err := one.class(fmt.Sprintf("%s.params.classes[%d]", c.path, i), prio{Rate: x.Rate, Service: x.Service, Patience: x.Patience})
		if err != nil {
			return nil, err
		}
		k.tiers = x.Tiers
		m.classes, names = append(m.classes, k), append(names, x.Name)
	}
	for i, x := range p.Pools {
		g := group{agents: x.Agents, slots: max(x.Slots, 1)}
		for _, name := range x.Skills {
			k := slices.Index(names, name)
			if k < 0 {
				return nil, fmt.Errorf("%s.params.pools[%d].skills: no class is named %q", c.path, i, name)
			}
			g.pick = append(g.pick, []int{k})
		}
		m.groups = append(m.groups, g)
	}
	return m, m.check(c.path + ".params")
}
