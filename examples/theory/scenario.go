package main

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/sim"
	"github.com/usher-go/usher/strategy"
)

// choices are the rules for choosing an agent, as strategies of the engine. The two that
// the engine does not have are a key each.
var choices = map[string]strategy.Strategy{
	"longest_idle": strategy.Func("longestidle", func(c strategy.Candidate) strategy.Key { return strategy.Key{First: c.IdleSince} }),
	"most_loaded": strategy.Func("mostloaded", func(c strategy.Candidate) strategy.Key {
		return strategy.Key{First: -int64(c.Load), Second: c.IdleSince}
	}),
	"least_loaded": builtin("leastbusy"), "random": builtin("random"), "fixed": builtin("linear"),
}

func builtin(name string) strategy.Strategy {
	s, _ := strategy.New(name) // a built-in one
	return s
}

// scenario expresses a model in the engine's terms.
func (m *model) scenario(path string) (sim.Scenario, error) {
	if m.selection == "" {
		m.selection = "longest_idle"
	}
	rule := choices[m.selection]
	if rule == nil {
		return sim.Scenario{}, cannot("%s: agents are chosen by %q, which is not known", path, m.selection)
	}
	s := sim.Scenario{Concurrency: sim.Slowdown{Speeds: m.speeds}, Steady: m.horizon == 0}
	if rule.Name() == "longestidle" || rule.Name() == "mostloaded" {
		s.Strategies = []strategy.Strategy{rule}
	}
	priorities, err := m.priorities(path)
	if err != nil {
		return s, err
	}
	m.staff(&s)
	if err := m.campaigns(path, &s, rule.Name()); err != nil {
		return s, err
	}
	for i, k := range m.classes {
		a := sim.Arrivals{
			Name: fmt.Sprintf("class%d", i), Campaign: s.Campaigns[min(i, len(s.Campaigns)-1)].ID,
			Rate: k.rate * 3600, Handle: k.service, Patience: k.patience, Priority: &priorities[i],
		}
		if len(s.Campaigns) == 1 && m.skilled() {
			a.Skills = []settings.Skill{{Name: a.Name}}
		}
		s.Arrivals = append(s.Arrivals, a)
	}
	return s, nil
}

// priorities gives every class a priority of the engine's, higher first, such that every
// group looks at classes in its order.
func (m *model) priorities(path string) ([]int, error) {
	p := make([]int, len(m.classes))
	for i := range m.classes {
		p[i] = -m.classes[i].priority
	}
	if !slices.ContainsFunc(m.groups, func(g group) bool { return g.pick != nil }) {
		return p, nil
	}
	clear(p)
	for range len(m.classes) + 1 {
		changed := false
		for _, g := range m.groups {
			changed = g.lower(p) || changed
		}
		if !changed {
			return p, nil
		}
	}
	return nil, cannot("%s: groups of agents look at the classes in orders that contradict each other; a center has one order", path)
}

// lower makes the priorities those of the group's order, by lowering.
func (g *group) lower(p []int) (changed bool) {
	least := math.MaxInt
	for _, tier := range g.pick {
		want := least
		for _, k := range tier {
			want = min(want, p[k])
		}
		if least != math.MaxInt {
			want = min(want, least-1)
		}
		for _, k := range tier {
			changed = changed || p[k] != want
			p[k] = want
		}
		least = want
	}
	return changed
}

func agentName(g, i int) string { return fmt.Sprintf("g%02d-%04d", g, i) }

// staff makes the agents, and those who are slower or faster an entry each.
func (m *model) staff(s *sim.Scenario) {
	for g, x := range m.groups {
		for i := range x.agents {
			id := agentName(g, i)
			s.Agents = append(s.Agents, queue.Agent{ID: id, Limit: x.slots})
			if x.mult != nil && x.mult[i] != 1 {
				s.Staff = append(s.Staff, sim.Staff{Agents: []string{id}, Speed: 1 / x.mult[i]})
			}
		}
	}
}

// skilled reports whether some group does not serve some class.
func (m *model) skilled() bool {
	for g := range m.groups {
		for k := range m.classes {
			if !m.serves(g, k) {
				return true
			}
		}
	}
	return false
}

// campaigns makes one campaign with skills, or one for each class when the classes differ
// in what is a campaign's.
func (m *model) campaigns(path string, s *sim.Scenario, rule string) error {
	tiers, common := m.tiers()
	for _, k := range m.classes {
		common = common && (k.maxWait == nil) == (m.classes[0].maxWait == nil) && (k.maxWait == nil || *k.maxWait == *m.classes[0].maxWait)
	}
	if common {
		c := m.campaign("c", rule, m.classes[0].maxWait)
		for g, x := range m.groups {
			var skills []queue.Skill
			for k := range m.classes {
				if m.skilled() && m.serves(g, k) {
					skills = append(skills, queue.Skill{Name: fmt.Sprintf("class%d", k)})
				}
			}
			for i := range x.agents {
				c.Members = append(c.Members, queue.Member{Agent: agentName(g, i), Tier: tiers[g], Skills: skills})
			}
		}
		s.Campaigns = []queue.Campaign{c}
		return nil
	}
	if m.limit != nil {
		return cannot("%s: one limit for queues that are campaigns of their own", path)
	}
	for k := range m.classes {
		c := m.campaign(fmt.Sprintf("c%d", k), rule, m.classes[k].maxWait)
		for tier, groups := range m.classes[k].tiers {
			for _, g := range groups {
				for i := range m.groups[g].agents {
					c.Members = append(c.Members, queue.Member{Agent: agentName(g, i), Tier: tier})
				}
			}
		}
		s.Campaigns = append(s.Campaigns, c)
	}
	return nil
}

func (m *model) campaign(id, rule string, maxWait *float64) queue.Campaign {
	c := queue.Campaign{ID: id, Strategy: rule, AutoAnswer: true}
	if maxWait != nil {
		c.MaxTime = time.Duration(*maxWait * 1e9)
	}
	switch {
	case m.limit == nil:
	case *m.limit > 0:
		c.MaxInteractions = *m.limit
	default: // nobody waits: whoever is not served at once is sent away
		c.Overflow = []queue.Overflow{{Do: queue.DoEnd}}
	}
	return c
}

// tiers gives every group one tier for all classes, if there is such.
func (m *model) tiers() (tiers []int, common bool) {
	tiers = make([]int, len(m.groups))
	for _, k := range m.classes {
		for t, groups := range k.tiers {
			for _, g := range groups {
				tiers[g] = max(tiers[g], t)
			}
		}
	}
	for _, k := range m.classes {
		last := -1
		for _, groups := range k.tiers {
			next := -1
			for _, g := range groups {
				if next >= 0 && tiers[g] != next || tiers[g] <= last {
					return tiers, false
				}
				next = tiers[g]
			}
			last = max(last, next)
		}
	}
	return tiers, true
}
