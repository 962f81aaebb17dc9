package queue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/strategy"
)

func (Configure) cause() string      { return "configure" }
func (RemoveCampaign) cause() string { return "remove campaign" }
func (ConfigureAgent) cause() string { return "configure agent" }
func (RemoveAgent) cause() string    { return "remove agent" }

// do replaces a campaign's configuration. What waits, is offered or active survives:
// the new limits and deadlines hold for it from now on, and offers to agents who may no
// longer receive are revoked.
func (c Configure) do(e *Engine) error {
	c.Campaign.Strategy = e.canonical(c.Campaign.Strategy)
	if faults := e.check(&c.Campaign); len(faults) > 0 {
		err := &Error{Command: e.cause, Code: ErrInvalid, Campaign: c.Campaign.ID, Err: faults}
		err.taken = slices.ContainsFunc(c.Campaign.Numbers, func(n string) bool { return e.takenBy(n, c.Campaign.ID) != "" })
		return err
	}
	camp := e.campaigns[c.Campaign.ID]
	pulled := camp != nil && camp.pull != nil
	cfg := c.Campaign
	e.put(Event{Kind: CampaignConfigured, Campaign: cfg.ID, Config: &cfg, By: c.By})
	camp = e.campaigns[cfg.ID]
	e.checkHours(camp)
	for _, in := range e.ofCampaign(camp, func(in *interaction) bool {
		return in.offered != nil || in.only != nil || camp.pull != nil && !pulled
	}) {
		switch {
		case in.offered != nil && !in.over && !in.offered.mayHave(camp):
			e.revoke(in, "no longer a member")
		case in.only != nil && !in.only.mayHave(camp):
			e.preferNext(in, in.only, "preferred agent is no longer a member")
		case in.phase == inQueue && in.offered == nil && camp.pull != nil && !pulled:
			e.show(in)
		}
	}
	return nil
}

// mayHave reports whether an offer of c to a may stand.
func (a *agent) mayHave(c *campaign) bool {
	m := a.member(c)
	return m != nil && !m.cfg.NoReceive
}

// ofCampaign returns the open interactions of c of which want is true, by age.
func (e *Engine) ofCampaign(c *campaign, want func(*interaction) bool) []*interaction {
	if c.total == 0 {
		return nil
	}
	var list []*interaction
	for _, in := range e.interactions {
		if in.camp == c && in.phase != inEnd && want(in) {
			list = append(list, in)
		}
	}
	sortByAge(list)
	return list
}

// anyPhase and waits are what ofCampaign is asked for.
func anyPhase(*interaction) bool { return true }
func waits(in *interaction) bool { return in.phase == inQueue }

// sortByAge has the ages side by side: to look each up where it is would take most of the
// time for a hundred thousand.
func sortByAge(list []*interaction) {
	type aged struct {
		ord uint64
		in  *interaction
	}
	keyed := make([]aged, len(list))
	for i, in := range list {
		keyed[i] = aged{in.ord, in}
	}
	slices.SortFunc(keyed, func(a, b aged) int { return cmp.Compare(a.ord, b.ord) })
	for i, k := range keyed {
		list[i] = k.in
	}
}

func (c RemoveCampaign) do(e *Engine) error {
	camp, err := e.findCampaign(c.Campaign)
	if err != nil {
		return err
	}
	for _, in := range e.interactions { // ended ones too, while messages are on their way
		if in.camp == camp {
			return &Error{Command: e.cause, Code: ErrInUse, Campaign: camp.id}
		}
	}
	e.put(Event{Kind: CampaignRemoved, Campaign: camp.id, By: c.By})
	return nil
}

func (c ConfigureAgent) do(e *Engine) error {
	var f Faults
	if c.Agent.ID == "" {
		f.Add("id", "must not be empty")
	}
	c.Agent.numbers(checker{&f})
	oneOf(&f, "lapse", c.Agent.Lapse, LapseKeep, LapseRequeue)
	if len(f) > 0 {
		slices.SortFunc(f, func(a, b Fault) int { return strings.Compare(a.Path, b.Path) })
		return &Error{Command: e.cause, Code: ErrInvalid, Agent: c.Agent.ID, Err: f}
	}
	cfg := c.Agent
	e.put(Event{Kind: AgentConfigured, Agent: cfg.ID, AgentConfig: &cfg, By: c.By})
	return nil
}

func (c RemoveAgent) do(e *Engine) error {
	a, err := e.findAgent(c.Agent)
	if err != nil {
		return err
	}
	e.put(Event{Kind: AgentStated, Agent: a.id, State: Offline, Reason: "removed", By: c.By})
	e.releaseOffers(a, "agent removed")
	e.giveBack(a, c.By, "agent removed")
	e.loosen(a)
	e.put(Event{Kind: AgentRemoved, Agent: a.id, By: c.By})
	return nil
}

func (e *Engine) applyCampaignConfigured(ev *Event) {
	c := e.line(ev.Campaign)
	if c == nil {
		c = &campaign{id: ev.Campaign, open: true}
		e.campaigns[c.id] = c
		at, _ := slices.BinarySearchFunc(e.lines, c.id, func(x *campaign, id string) int { return strings.Compare(x.id, id) })
		e.lines = slices.Insert(e.lines, at, c)
	}
	for _, n := range c.cfg.Numbers {
		delete(e.numbers, n)
	}
	was := &campaign{cfg: c.cfg}
	c.cfg = ev.Config.clamped()
	for _, n := range c.cfg.Numbers {
		e.numbers[n] = c
	}
	c.failures, c.disabled = 0, false
	e.derive(c)
	for _, a := range e.agents {
		a.recount() // the mode decides whose interactions are exclusive
	}
	e.setMembers(c)
	for _, x := range e.lines {
		for _, m := range x.members {
			if x != c && m.agent.holds() > 0 {
				e.reindex(m)
			}
		}
	}
	e.resettle(c, was)
}

// resettle puts everybody of a campaign where its configuration says, under its deadlines.
// was has the configuration before it, nil if the settings are the same.
func (e *Engine) resettle(c, was *campaign) {
	open := e.ofCampaign(c, anyPhase)
	c.costs = costsOf(open, nil)
	if was != nil {
		e.retime(c, was, open)
	}
	e.rebuild(c, open)
	e.rearm(c, open)
}

// derive works out what a campaign's configuration implies and a snapshot does not keep.
func (e *Engine) derive(c *campaign) {
	e.deriveStrategy(c)
	c.zone = zoneOf(c.cfg.Zone)
	c.hours = nil
	if c.cfg.Hours != nil {
		c.hours, _ = c.cfg.Hours.Compile()
	}
	c.tiers = c.tiers[:0]
	for _, m := range c.cfg.Members {
		if i, known := slices.BinarySearch(c.tiers, m.Tier); !known {
			c.tiers = slices.Insert(c.tiers, i, m.Tier)
		}
	}
}

// canonical returns the strategy that a name stands for. A strategy of the host's with the
// name of an alias comes first.
func (e *Engine) canonical(name string) string {
	if e.strategies[name] != nil {
		return name
	}
	return strategy.Canonical(name)
}

// zoneOf returns the location of a zone, UTC if it is missing; see Needs. Configurations of
// earlier versions may name the zone of the machine.
func zoneOf(name string) *time.Location {
	load := schedule.LoadZone
	if name == localZone {
		load = time.LoadLocation
	}
	loc, err := load(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

const localZone = "Local"

// setMembers makes the memberships those of the configuration. Who stays keeps joined,
// answered and turn; a newcomer starts as the pool's least busy and last in the round.
func (e *Engine) setMembers(c *campaign) {
	old := map[*agent]*member{}
	for _, m := range c.members {
		old[m.agent] = m
		m.unpool()
		m.agent.members = slices.DeleteFunc(m.agent.members, func(x *member) bool { return x == m })
	}
	least := -1 // of those who stay
	for _, cfg := range c.cfg.Members {
		if m := old[e.agents[cfg.Agent]]; m != nil && (least < 0 || m.answered < least) {
			least = m.answered
		}
	}
	c.members = make([]*member, 0, len(c.cfg.Members))
	for i, cfg := range c.cfg.Members {
		a := e.agents[cfg.Agent]
		if a == nil {
			continue
		}
		m := old[a]
		if m == nil {
			c.turns++
			m = &member{id: a.id, agent: a, camp: c, joined: e.now, answered: max(least, 0), turn: c.turns}
			m.load = a.loadIn(c)
		}
		m.cfg, m.position = cfg, i
		m.cfg.Skills = normal(cfg.Skills)
		c.members = append(c.members, m)
		// By campaign: the order of what is decided for an agent does not depend on history.
		at, _ := slices.BinarySearchFunc(a.members, c.id, func(x *member, id string) int { return strings.Compare(x.camp.id, id) })
		a.members = slices.Insert(a.members, at, m)
	}
}

// loadIn is the agent's load of one campaign, counted anew.
func (a *agent) loadIn(c *campaign) int {
	load := 0
	for _, in := range a.has {
		if in.camp == c && !in.parked {
			load += in.cost
		}
	}
	for _, in := range a.asked {
		if in.camp == c {
			load += in.cost
		}
	}
	return load
}

// costsOf returns the distinct costs of interactions, those that are known before, and 1,
// ascending.
func costsOf(list []*interaction, known []int) []int {
	costs := append([]int{1}, known...)
	for _, in := range list {
		costs = append(costs, in.cost)
	}
	slices.Sort(costs)
	return slices.Compact(costs)
}

// rebuild makes the pools and classes of a campaign anew and puts everybody in them.
func (e *Engine) rebuild(c *campaign, open []*interaction) {
	for _, k := range c.lists {
		if k.only != nil {
			k.only.kept = slices.DeleteFunc(k.only.kept, func(x *class) bool { return x == k })
		}
	}
	c.sets, c.pools, c.classes = map[string]*skillSet{}, map[poolKey]*pool{}, map[classKey]*class{}
	c.lists, c.reasons = nil, [reasons]int{}
	c.recent, c.plain = nil, nil
	c.version++
	for _, m := range c.members {
		m.pool, m.last, m.blocked = nil, nil, eligible
		c.reasons[eligible]++
		m.skills = e.skillSet(c, m.cfg.Skills)
		m.limit = cmp.Or(m.cfg.Limit, m.agent.limit)
		e.reindex(m)
	}
	for _, in := range open {
		in.class = nil
		if in.phase == inQueue && in.offered == nil {
			e.place(in)
		}
	}
}

// rearm gives what waits the deadlines of the configuration. One that would be past acts
// now: it could not have acted before it was set.
func (e *Engine) rearm(c *campaign, open []*interaction) {
	e.armHours(c)
	e.armDay(c)
	for _, in := range open {
		if in.phase == inQueue {
			in.overdue = in.overdue && c.cfg.MaxTime > 0 && later(in.clock, c.cfg.MaxTime) <= e.now
			e.armWait(in)
			e.armMemory(in)
		}
		if in.offered != nil {
			e.rearmOffer(in)
		}
		e.armSilence(in)
	}
}

// armDay sets the deadline of the first instant of the next day in the campaign's zone.
func (e *Engine) armDay(c *campaign) {
	e.armCampaign(c, timerDay, c.nextDay(e.now))
}

func (e *Engine) applyCampaignDay(c *campaign) {
	for _, m := range c.members {
		m.answered = 0
	}
	for _, m := range c.members {
		e.reindex(m)
	}
	e.armDay(c)
}

func (e *Engine) applyCampaignRemoved(c *campaign) {
	for _, m := range c.members {
		m.unpool()
		m.agent.members = slices.DeleteFunc(m.agent.members, func(x *member) bool { return x == m })
	}
	for _, n := range c.cfg.Numbers {
		delete(e.numbers, n)
	}
	for len(c.timers) > 0 {
		e.disarmTimer(c.timers[0])
	}
	delete(e.campaigns, c.id)
	e.recentCampaign = nil
	e.lines = slices.DeleteFunc(e.lines, func(x *campaign) bool { return x == c })
}

func (e *Engine) applyAgentConfigured(ev *Event) {
	a := e.person(ev.Agent)
	if a == nil {
		a = &agent{id: ev.Agent, state: Offline}
		e.agents[a.id] = a
	}
	lease := a.cfg.Lease
	a.cfg = ev.AgentConfig.clamped()
	a.limit = max(a.cfg.Limit, 1)
	if a.cfg.Lease != lease {
		e.changeLease(a, lease)
	}
	for _, m := range a.members {
		m.limit = cmp.Or(m.cfg.Limit, a.limit)
		e.reindex(m)
	}
}

func (e *Engine) applyAgentRemoved(a *agent) {
	for _, m := range slices.Clone(a.members) {
		c := m.camp
		c.cfg.Members = slices.DeleteFunc(slices.Clone(c.cfg.Members), func(x Member) bool { return x.Agent == a.id })
		e.derive(c)
		e.setMembers(c)
		e.resettle(c, nil)
	}
	for _, in := range e.interactions {
		in.history = slices.DeleteFunc(in.history, func(x asking) bool { return x.agent == a })
	}
	for len(a.timers) > 0 {
		e.disarmTimer(a.timers[0])
	}
	delete(e.agents, a.id)
	e.recentAgent = nil
}
