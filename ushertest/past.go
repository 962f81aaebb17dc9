package ushertest

import (
	"slices"
	"strings"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// past is what the events have told: who is who, who had which conversation, and how it
// ended.
type past struct {
	events    []queue.Event
	names     map[string]string // alias → name in the story
	customers map[string]string // alias → the center's id
	same      map[string]string // customer → the one that it turned out to be
	contacts  []contact
}

// contact is one interaction, or one attempt that was refused.
type contact struct {
	id       string // of the interaction, "" = there was none
	customer string
	aliases  []string // of one whom nobody knows
	number   string
	outcome  queue.Outcome // "" = it is open
}

// name remembers what a test calls a customer.
func (p *past) name(name string, aliases []channel.Alias) {
	if p.names == nil {
		p.names = map[string]string{}
	}
	for _, a := range aliases {
		p.names[string(a)] = name
	}
}

// add takes note of an event.
func (p *past) add(ev queue.Event) {
	p.events = append(p.events, ev)
	switch ev.Kind {
	case queue.CustomerKnown:
		p.know(ev)
	case queue.CustomerMerged:
		p.same[ev.From] = ev.Customer
	case queue.Opened, queue.Started:
		p.contacts = append(p.contacts, contact{id: ev.Interaction, customer: ev.Customer, number: ev.Number})
	case queue.Refused:
		p.contacts = append(p.contacts, contact{id: ev.Interaction, customer: ev.Customer, number: ev.Number, outcome: ev.Outcome})
	case queue.CustomerBlocked:
		if ev.Interaction != "" {
			break // a message in an open conversation
		}
		p.contacts = append(p.contacts, contact{customer: ev.Customer, aliases: ev.Aliases, number: ev.Number, outcome: queue.OutcomeBlacklisted})
	case queue.Reopened:
		p.reopen(ev.Interaction)
	case queue.Ended:
		if i := p.index(ev.Interaction); i >= 0 {
			p.contacts[i].outcome = ev.Outcome
		}
	}
}

func (p *past) know(ev queue.Event) {
	if p.customers == nil {
		p.customers, p.same = map[string]string{}, map[string]string{}
	}
	for _, a := range ev.Aliases {
		p.customers[a] = ev.Customer
	}
}

// reopen makes an old contact the last one.
func (p *past) reopen(interaction string) {
	if i := p.index(interaction); i >= 0 {
		c := p.contacts[i]
		c.outcome = ""
		p.contacts = append(slices.Delete(p.contacts, i, i+1), c)
	}
}

func (p *past) index(interaction string) int {
	return slices.IndexFunc(p.contacts, func(c contact) bool { return interaction != "" && c.id == interaction })
}

// last returns the last contact of a customer with the number they write to, the zero one
// if there was none.
func (p *past) last(x *Customer) contact {
	for _, c := range slices.Backward(p.contacts) {
		if c.number == x.number && c.outcome != queue.OutcomeMerged && p.of(c, x) {
			return c
		}
	}
	return contact{}
}

// of reports whether a contact is the customer's.
func (p *past) of(c contact, x *Customer) bool {
	for _, a := range x.aliases {
		id := p.customers[string(a)]
		if id != "" && p.one(id) == p.one(c.customer) || slices.Contains(c.aliases, string(a)) {
			return true
		}
	}
	return false
}

// one returns the customer that an id stands for now.
func (p *past) one(customer string) string {
	for p.same[customer] != "" {
		customer = p.same[customer]
	}
	return customer
}

func (p *past) interaction(x *Customer) string {
	return p.last(x).id
}

func (p *past) outcome(x *Customer) queue.Outcome {
	return p.last(x).outcome
}

// who is the name of the customer of an event, by whatever it tells.
func (p *past) who(ev queue.Event) string {
	customer := ev.Customer
	if i := p.index(ev.Interaction); customer == "" && i >= 0 {
		customer = p.contacts[i].customer
	}
	for alias, id := range p.customers {
		if name := p.names[alias]; name != "" && customer != "" && p.one(id) == p.one(customer) {
			return name
		}
	}
	for _, a := range ev.Aliases {
		if name := p.names[a]; name != "" {
			return name
		}
	}
	if len(ev.Aliases) > 0 {
		return ev.Aliases[0]
	}
	return ev.Interaction
}

// names are those of the customers of interactions.
func (c *Center) names(interactions []string) string {
	if len(interactions) == 0 {
		return "nobody"
	}
	var out []string
	for _, id := range interactions {
		out = append(out, c.past.who(queue.Event{Interaction: id}))
	}
	return strings.Join(out, ", ")
}

// explained returns the last event of an interaction that says why.
func (p *past) explained(interaction string) (queue.Event, bool) {
	for _, ev := range slices.Backward(p.events) {
		if ev.Interaction == interaction && ev.Explain != nil {
			return ev, true
		}
	}
	return queue.Event{}, false
}
