package queue

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Views are copies of the state for those who look; changing one changes nothing.

// Owner says who has an interaction.
type Owner string

// The owners.
const (
	OwnedByBot    Owner = "bot"
	OwnedByQueue  Owner = "queue"
	OwnedByAgent  Owner = "agent"
	OwnedByNobody Owner = "nobody" // it has ended; its last messages are on their way
)

var owners = [...]Owner{inBot: OwnedByBot, inQueue: OwnedByQueue, inAgent: OwnedByAgent, inEnd: OwnedByNobody}

// InteractionView is what can be known of an interaction.
type InteractionView struct {
	ID       string            `json:"id"`
	Campaign string            `json:"campaign"`
	Customer string            `json:"customer,omitempty"`
	Name     string            `json:"name,omitempty"` // the customer's
	Number   string            `json:"number,omitempty"`
	Address  string            `json:"address,omitempty"`
	Owner    Owner             `json:"owner"`
	Agent    string            `json:"agent,omitempty"`
	Bot      string            `json:"bot,omitempty"`
	Offered  string            `json:"offered,omitempty"` // the agent being asked
	Until    time.Time         `json:"until,omitzero"`    // of the offer
	Parked   bool              `json:"parked,omitempty"`
	Over     bool              `json:"over,omitempty"` // over the agent's limit
	Outbound bool              `json:"outbound,omitempty"`
	Listed   bool              `json:"listed,omitempty"` // the customer is blacklisted, and the agent was told
	Opened   time.Time         `json:"opened"`
	Since    time.Time         `json:"since,omitzero"`  // its age in the queue counts from here
	Queued   time.Time         `json:"queued,omitzero"` // entry of the present stay in the queue
	Taken    time.Time         `json:"taken,omitzero"`  // the agent answered
	Position int               `json:"position,omitempty"`
	Priority int               `json:"priority,omitempty"`
	Skills   []Skill           `json:"skills,omitempty"`
	Vars     map[string]string `json:"vars,omitempty"`
	Outbox   int               `json:"outbox,omitempty"` // messages not settled yet
	// WindowUntil is when free text can no longer be sent; zero = no window.
	WindowUntil time.Time `json:"windowUntil,omitzero"`
}

// Interaction returns an open interaction.
func (e *Engine) Interaction(id string) (InteractionView, bool) {
	in := e.interactions[id]
	if in == nil {
		return InteractionView{}, false
	}
	return e.view(in), true
}

func (e *Engine) view(in *interaction) InteractionView {
	v := InteractionView{
		ID: in.id, Campaign: in.camp.id, Customer: in.customerID(), Number: in.number, Owner: owners[in.phase],
		Agent: in.agent.name(), Offered: in.offered.name(), Until: instant(in.until), Parked: in.parked, Over: in.over,
		Outbound: in.outbound, Listed: in.listed, Opened: instant(in.opened), Since: instant(in.since), Priority: in.priority,
		Skills: slices.Clone(in.skills), Vars: maps.Clone(in.vars), Outbox: len(in.outbox),
	}
	switch in.phase {
	case inQueue:
		v.Queued, v.Position = instant(in.entered), in.camp.position(in)
	case inAgent:
		v.Taken = instant(in.taken)
	case inBot:
		if in.bot != nil {
			v.Bot = in.bot.name
		}
	}
	if in.cust != nil {
		v.Name, v.Address = in.cust.name, in.cust.address
		if w := in.camp.cfg.Window; w > 0 {
			v.WindowUntil = instant(later(stampOf(in.cust.windows, in.number), w))
		}
	}
	return v
}

// Interactions returns the open interactions of a campaign, "" = of all, by age.
func (e *Engine) Interactions(campaign string) []InteractionView {
	var list []*interaction
	for _, in := range e.interactions {
		if in.phase != inEnd && (campaign == "" || in.camp.id == campaign) {
			list = append(list, in)
		}
	}
	sortByAge(list)
	out := make([]InteractionView, len(list))
	for i, in := range list {
		out[i] = e.view(in)
	}
	return out
}

// AgentView is what can be known of an agent.
type AgentView struct {
	ID        string    `json:"id"`
	Name      string    `json:"name,omitempty"`
	State     State     `json:"state"`
	Reason    string    `json:"reason,omitempty"`
	OnCall    bool      `json:"onCall,omitempty"`
	AfterWork bool      `json:"afterWork,omitempty"`
	WrapUntil time.Time `json:"wrapUntil,omitzero"`
	Delay     time.Time `json:"delay,omitzero"`
	Load      int       `json:"load"`
	Limit     int       `json:"limit"`
	Has       []string  `json:"has,omitempty"`
	Asked     []string  `json:"asked,omitempty"`
	Campaigns []string  `json:"campaigns,omitempty"`
}

// Agent returns one agent.
func (e *Engine) Agent(id string) (AgentView, bool) {
	a := e.agents[id]
	if a == nil {
		return AgentView{}, false
	}
	return a.view(), true
}

// Agents returns all agents by id.
func (e *Engine) Agents() []AgentView {
	out := make([]AgentView, 0, len(e.agents))
	for _, a := range e.agents {
		out = append(out, a.view())
	}
	slices.SortFunc(out, func(a, b AgentView) int { return strings.Compare(a.ID, b.ID) })
	return out
}

func (a *agent) view() AgentView {
	v := AgentView{
		ID: a.id, Name: a.cfg.Name, State: a.state, Reason: a.reason, OnCall: a.onCall, AfterWork: a.afterWork,
		WrapUntil: instant(a.wrapUntil), Delay: instant(a.delay), Load: a.load, Limit: a.limit, Has: ids(a.has), Asked: ids(a.asked),
	}
	for _, m := range a.members {
		v.Campaigns = append(v.Campaigns, m.camp.id)
	}
	slices.Sort(v.Campaigns)
	return v
}

// CampaignView is what can be known of a campaign at a glance.
type CampaignView struct {
	ID      string    `json:"id"`
	Name    string    `json:"name,omitempty"`
	Open    bool      `json:"open"` // by its hours
	Enabled bool      `json:"enabled"`
	Waiting int       `json:"waiting"`         // in the queue, those of Ringing included
	Ringing int       `json:"ringing"`         // being offered to an agent: MaxInteractions does not count them
	Active  int       `json:"active"`          // with agents
	Bots    int       `json:"bots"`            // with bots
	Oldest  time.Time `json:"oldest,omitzero"` // queue entry of the first in line
	// StrategyFailures counts failures of the strategy since the campaign was configured;
	// from [MaxStrategyFailures] on StrategyDisabled is set and the default order is used.
	StrategyFailures int  `json:"strategyFailures,omitempty"`
	StrategyDisabled bool `json:"strategyDisabled,omitempty"`
}

// Campaigns returns all campaigns by id.
func (e *Engine) Campaigns() []CampaignView {
	out := make([]CampaignView, 0, len(e.lines))
	count := map[*campaign][2]int{}
	for _, in := range e.interactions {
		n := count[in.camp]
		switch in.phase {
		case inAgent:
			n[0]++
		case inBot:
			n[1]++
		}
		count[in.camp] = n
	}
	for _, c := range e.lines {
		v := CampaignView{
			ID: c.id, Name: c.cfg.Name, Open: c.open, Enabled: !c.cfg.Disabled, Waiting: c.waiting, Ringing: c.ringing,
			Active: count[c][0], Bots: count[c][1], StrategyFailures: c.failures, StrategyDisabled: c.disabled,
		}
		if first := c.firstWaiting(); first != nil {
			v.Oldest = instant(first.entered)
		}
		out = append(out, v)
	}
	return out
}

// CampaignConfig returns a campaign's configuration.
func (e *Engine) CampaignConfig(id string) (Campaign, bool) {
	c := e.campaigns[id]
	if c == nil {
		return Campaign{}, false
	}
	return c.cfg, true
}

// AgentConfig returns an agent's configuration.
func (e *Engine) AgentConfig(id string) (Agent, bool) {
	a := e.agents[id]
	if a == nil {
		return Agent{}, false
	}
	return a.cfg, true
}

// Configuration returns every agent's and every campaign's configuration, by id.
func (e *Engine) Configuration() ([]Agent, []Campaign) {
	agents := make([]Agent, 0, len(e.agents))
	for _, a := range e.agents {
		agents = append(agents, a.cfg)
	}
	slices.SortFunc(agents, func(a, b Agent) int { return strings.Compare(a.ID, b.ID) })
	campaigns := make([]Campaign, 0, len(e.lines))
	for _, c := range e.lines {
		campaigns = append(campaigns, c.cfg)
	}
	return agents, campaigns
}

// CampaignOf returns the campaign that a business number belongs to, "" if none.
func (e *Engine) CampaignOf(number string) string {
	if c := e.numbers[number]; c != nil {
		return c.id
	}
	return ""
}

// CustomerOf returns the id and all aliases of the customer known by any of these.
func (e *Engine) CustomerOf(aliases ...string) (id string, all []string) {
	c := e.identity(aliases)
	if c == nil {
		return "", nil
	}
	return c.id, slices.Clone(c.aliases)
}

// OpenOn returns the campaign that has the open interaction of a customer on a number, "" if
// there is none. The campaign is another than that of the number after a transfer.
func (e *Engine) OpenOn(number string, aliases ...string) string {
	if c := e.identity(aliases); c != nil {
		if in := c.openOn(number); in != nil {
			return in.camp.id
		}
	}
	return ""
}

// AliasesOf returns all aliases of the customer of an interaction, also those that do not
// prove identity.
func (e *Engine) AliasesOf(interaction string) []string {
	in := e.interactions[interaction]
	if in == nil || in.cust == nil {
		return nil
	}
	return slices.Concat(in.cust.aliases, in.cust.weak)
}

// OpenOf returns the open interactions of the customers who are known by any of the aliases,
// by age. weak are aliases that do not prove identity.
func (e *Engine) OpenOf(aliases, weak []string) []InteractionView {
	of := map[*customer]bool{}
	for _, a := range aliases {
		if c := e.aliases[aliasKey(a)]; c != nil {
			of[c] = true
		}
	}
	for _, c := range e.customers {
		if len(weak) > 0 && slices.ContainsFunc(c.weak, func(a string) bool { return slices.Contains(weak, a) }) {
			of[c] = true
		}
	}
	var list []*interaction
	for c := range of {
		list = append(list, c.open...)
	}
	sortByAge(list)
	var out []InteractionView
	for _, in := range list {
		out = append(out, e.view(in))
	}
	return out
}

// Visible returns the waiting interactions of pull strategies that an agent may take now,
// the first in line first.
func (e *Engine) Visible(agent string) []InteractionView {
	a := e.agents[agent]
	if a == nil {
		return nil
	}
	var list []*interaction
	for _, m := range a.members {
		if m.camp.pull == nil || m.blocked != eligible {
			continue
		}
		for _, k := range m.camp.lists {
			k.line().each(func(_ rank, in *interaction) bool {
				if e.against(m, in) == "" {
					list = append(list, in)
				}
				return true
			})
		}
	}
	slices.SortFunc(list, func(a, b *interaction) int {
		switch {
		case a == b:
			return 0
		case a.outranks(b):
			return -1
		}
		return 1
	})
	out := make([]InteractionView, len(list))
	for i, in := range list {
		out[i] = e.view(in)
	}
	return out
}

// Viewers returns the agents who may take a waiting interaction of a pull strategy now, in
// the order of the members: those for whom [Engine.Visible] has it. A desk that is told of
// it by an [EffectShow] shows it to them. It is nil for an interaction that does not wait,
// that an agent is being asked for, or that is not there to be taken.
func (e *Engine) Viewers(interaction string) []string {
	in := e.interactions[interaction]
	if in == nil || in.class == nil || in.camp.pull == nil {
		return nil
	}
	var list []string
	for _, m := range in.camp.members {
		if e.against(m, in) == "" {
			list = append(list, m.id)
		}
	}
	return list
}

// Pending returns the effects that were asked for and have had no answer, under the
// numbers they had: what a shell performs again after a restart.
func (e *Engine) Pending() []Effect {
	var list []*interaction
	for _, in := range e.interactions {
		list = append(list, in)
	}
	sortByAge(list)
	var out []Effect
	for _, in := range list {
		if in.offered != nil {
			out = append(out, Effect{
				Kind: EffectOffer, Seq: in.asked, Interaction: in.id, Campaign: in.camp.id, Agent: in.offered.id,
				Until: instant(in.until), Customer: in.customerID(), Transfer: in.phase == inAgent,
			})
		}
		if in.check != nil {
			out = append(out, e.checkEffect(in))
		}
		if in.bot != nil && in.bot.asked != 0 {
			out = append(out, e.botEffect(in, in.bot.asked))
		}
		if len(in.outbox) > 0 && in.outbox[0].asked != 0 && in.cust != nil {
			out = append(out, e.sendEffect(in, in.outbox[0]))
		}
	}
	slices.SortFunc(out, func(a, b Effect) int { return cmp.Compare(a.Seq, b.Seq) })
	return out
}

// OfferedTo returns the agent who is being asked for an interaction, "" if none.
func (e *Engine) OfferedTo(interaction string) string {
	in := e.interactions[interaction]
	if in == nil {
		return ""
	}
	return in.offered.name()
}

// HasID reports whether an interaction or a customer has this id.
func (e *Engine) HasID(id string) bool { return e.interactions[id] != nil || e.customers[id] != nil }
