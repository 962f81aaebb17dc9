package settings

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/usher-go/usher/internal/fault"
)

// Fault is one thing wrong with a configuration, such as
// {"campaigns[0].whatsapp.maxTime", "must be ≥ 0, is -5"}.
type Fault = fault.Fault

// Faults is everything wrong with a configuration. As an error it has a line for each.
type Faults = fault.Faults

// Names is what a configuration may refer to. A list that is nil is not known, and what
// refers to it is not looked up.
type Names struct {
	Connectors []Connector
	Strategies []string
	Bots       []string
	// Agents and Campaigns are those that are there beside the ones that are checked.
	// Numbers says to which of these campaigns a number leads.
	Agents    []string
	Campaigns []string
	Numbers   map[string]string
}

// Connector is what a card may say of a connector.
type Connector struct {
	Name, Channel string
	Numbers       []string
}

// Validate returns everything that is wrong with agents and campaigns, each with its path:
// values that their declarations do not allow, what does not fit together, and names of
// what is not there, with the list of what is.
func Validate(agents []Agent, campaigns []Campaign, names Names) Faults {
	v := validator{names: names, agents: set(names.Agents), campaigns: slices.Clone(names.Campaigns), numbers: maps.Clone(names.Numbers)}
	for _, x := range campaigns {
		v.campaigns = append(v.campaigns, x.ID)
	}
	seen := map[string]int{}
	for i := range agents {
		if path := element("agents", i); v.once(seen, path, "agents", agents[i].ID, i) {
			agentRules.check(&v.faults, path, reflect.ValueOf(&agents[i]).Elem())
		}
		v.agents[agents[i].ID] = true
	}
	seen = map[string]int{}
	for i := range campaigns {
		if path := element("campaigns", i); v.once(seen, path, "campaigns", campaigns[i].ID, i) {
			v.campaign(path, &campaigns[i])
		}
	}
	return v.faults
}

// Validate returns the faults that a card shows by itself, as a [Faults]: names of
// connectors, bots, strategies and campaigns are looked up by [Validate].
func (c *Card) Validate() error {
	v := validator{}
	cardRules.check(&v.faults, "", reflect.ValueOf(c).Elem())
	v.card("", "", c)
	return v.faults.Err()
}

type validator struct {
	faults    Faults
	names     Names
	agents    map[string]bool
	campaigns []string
	numbers   map[string]string // to the campaign that has them
}

func set(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, x := range list {
		out[x] = true
	}
	return out
}

// once reports an id that an earlier element has.
func (v *validator) once(seen map[string]int, path, list, id string, i int) bool {
	if first, twice := seen[id]; twice {
		v.faults.Add(path+".id", "%q is %s[%d] already", id, list, first)
		return false
	}
	seen[id] = i
	return true
}

func (v *validator) campaign(path string, x *Campaign) {
	campaignRules.check(&v.faults, path, reflect.ValueOf(x).Elem())
	v.members(path, x.Members)
	if x.WhatsApp != nil {
		v.card(path+".whatsapp", x.ID, x.WhatsApp)
	}
}

func (v *validator) members(path string, members []Member) {
	seen := make(map[string]int, len(members))
	for i, m := range members {
		at := fmt.Sprintf("%s.members[%d]", path, i)
		if first, twice := seen[m.Agent]; twice {
			v.faults.Add(at+".agent", "%q is members[%d] already", m.Agent, first)
		}
		seen[m.Agent] = i
		if !v.agents[m.Agent] {
			v.faults.Add(at+".agent", "unknown agent %q", m.Agent)
		}
		v.skills(at+".skills", m.Skills)
	}
}

func (v *validator) skills(path string, list []Skill) {
	if len(list) > MaxList {
		return // reported
	}
	seen := make(map[string]bool, len(list))
	for i, s := range list {
		switch {
		case s.Name == "":
			v.faults.Add(element(path, i)+".name", "must not be empty")
		case seen[s.Name]:
			v.faults.Add(element(path, i)+".name", "%q is listed twice", s.Name)
		}
		seen[s.Name] = true
	}
}

func (v *validator) card(path, campaign string, c *Card) {
	v.connector(path, c)
	v.claims(path, campaign, c.PhoneNumbers)
	if c.Strategy != "" && v.names.Strategies != nil {
		v.named(fault.Join(path, "strategy"), "strategy", c.Strategy, v.names.Strategies)
	}
	for _, b := range []struct{ path, name string }{
		{"botOnStart", c.BotOnStart}, {"botOnEnd", c.BotOnEnd}, {"botAfterWaitingTime", c.BotAfterWaitingTime},
		{"bots.queueFull", c.Bots.QueueFull},
	} {
		if b.name != "" {
			v.bot(fault.Join(path, b.path), b.name)
		}
	}
	v.skills(fault.Join(path, "skills.require"), c.Skills.Require)
	v.relax(fault.Join(path, "skills.relax"), c.Skills.Relax)
	if len(c.Overflow) <= MaxList {
		for i := range c.Overflow {
			v.step(element(fault.Join(path, "overflow"), i), &c.Overflow[i])
		}
	}
}

func (v *validator) connector(path string, c *Card) {
	if len(c.PhoneNumbers) == 0 {
		v.faults.Add(fault.Join(path, "phoneNumbers"), "must have at least one of the connector's numbers")
	}
	if c.Connector == "" {
		v.faults.Add(fault.Join(path, "connector"), "must name a connector")
		return
	}
	if v.names.Connectors == nil {
		return
	}
	at := slices.IndexFunc(v.names.Connectors, func(x Connector) bool { return x.Name == c.Connector })
	if at < 0 {
		var valid []string
		for _, x := range v.names.Connectors {
			valid = append(valid, x.Name)
		}
		v.named(fault.Join(path, "connector"), "connector", c.Connector, valid)
		return
	}
	conn := v.names.Connectors[at]
	if conn.Channel != "whatsapp" {
		v.faults.Add(fault.Join(path, "connector"), "connector %q carries %s, not whatsapp", c.Connector, conn.Channel)
		return
	}
	for i, n := range c.PhoneNumbers {
		if !slices.Contains(conn.Numbers, n) {
			v.faults.Add(element(fault.Join(path, "phoneNumbers"), i), "%s is not a number of connector %q; valid: %s", n, c.Connector, strings.Join(conn.Numbers, ", "))
		}
	}
}

// claims gives numbers to a campaign, and reports one that it or another has.
func (v *validator) claims(path, campaign string, numbers []string) {
	mine := make(map[string]bool, len(numbers))
	for i, n := range numbers {
		at := element(fault.Join(path, "phoneNumbers"), i)
		if mine[n] {
			v.faults.Add(at, "%s is listed twice", n)
		} else if owner, taken := v.numbers[n]; taken {
			v.faults.Add(at, "%s belongs to campaign %q", n, owner)
		}
		mine[n] = true
	}
	if v.numbers == nil {
		v.numbers = map[string]string{}
	}
	for n := range mine {
		if _, taken := v.numbers[n]; !taken {
			v.numbers[n] = campaign
		}
	}
}

func (v *validator) relax(path string, list []Ring) {
	if len(list) > MaxList {
		return
	}
	last := Seconds(0)
	for i, r := range list {
		if r.After >= 0 && r.After < last {
			v.faults.Add(element(path, i)+".after", "must be in ascending order, is %d after %d", r.After, last)
		}
		last = r.After
		v.ring(element(path, i), &r)
	}
}

func (v *validator) ring(path string, r *Ring) {
	if r.Lower == 0 && !r.Drop && r.Tiers == 0 {
		v.faults.Add(path, "does nothing: set lower, drop or tiers")
	}
}

func (v *validator) step(path string, s *Step) {
	switch {
	case s.Do == "":
		v.faults.Add(path+".do", "must be one of message, relax, campaign, bot, end")
	case s.Do == "message" && s.Text == "":
		v.faults.Add(path+".text", "must not be empty")
	case s.Do == "relax" && s.Relax == nil:
		v.faults.Add(path+".relax", "must be set")
	case s.Do == "relax":
		v.ring(path+".relax", s.Relax)
	case (s.Do == "bot" || s.Do == "campaign") && s.Target == "":
		v.faults.Add(path+".target", "must name the %s", s.Do)
	case s.Do == "bot":
		v.bot(path+".target", s.Target)
	case s.Do == "campaign" && v.campaigns != nil:
		v.named(path+".target", "campaign", s.Target, v.campaigns)
	}
}

func (v *validator) bot(path, name string) {
	if v.names.Bots != nil {
		v.named(path, "bot", name, v.names.Bots)
	}
}

// named reports a name that is not among the valid ones, and lists these.
func (v *validator) named(path, what, name string, valid []string) {
	if slices.Contains(valid, name) {
		return
	}
	valid = slices.Sorted(slices.Values(valid))
	list := strings.Join(slices.Compact(valid), ", ")
	if list == "" {
		list = "none is registered"
	}
	v.faults.Add(path, "unknown %s %q; valid: %s", what, name, list)
}
