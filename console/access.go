package console

import (
	"slices"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
)

func (a *Actor) may(p Permission) bool { return a.Can&p != 0 }

// covers reports whether a campaign is among those the actor is confined to.
func (a *Actor) covers(campaign string) bool {
	return a.Campaigns == nil || slices.Contains(a.Campaigns, campaign)
}

// subject is an interaction as it was when it was looked up.
type subject struct {
	id   string
	view queue.InteractionView // zero when it has ended and nothing is on its way
	sum  usher.Summary         // zero when it is not remembered
	open bool
}

func (s *subject) campaign() string {
	if s.view.ID != "" {
		return s.view.Campaign
	}
	return s.sum.Campaign
}

func (s *subject) customer() string {
	if s.view.ID != "" {
		return s.view.Customer
	}
	return s.sum.Customer
}

func (c *Console) lookUp(id string) (subject, bool) {
	view, alive := c.center.Interaction(id)
	sum, known := c.center.Summary(id)
	return subject{id: id, view: view, sum: sum, open: alive && view.Owner != queue.OwnedByNobody}, alive || known
}

// concerns reports whether an interaction is an agent's own: they have it, had it, are
// asked for it or may take it.
func (c *Console) concerns(s *subject, agent string) bool {
	switch {
	case agent == "":
		return false
	case s.view.Agent == agent, s.view.Offered == agent, slices.Contains(s.sum.Agents, agent):
		return true
	}
	return s.open && s.view.Owner == queue.OwnedByQueue && c.visible(s.id, agent)
}

func (c *Console) visible(id, agent string) bool {
	return slices.ContainsFunc(c.center.Visible(agent), func(v queue.InteractionView) bool { return v.ID == id })
}

// serves reports whether the agent has, or is asked for, an open interaction of a customer.
func (c *Console) serves(agent, customer string) bool {
	if agent == "" || customer == "" {
		return false
	}
	return slices.ContainsFunc(c.center.Interactions(""), func(v queue.InteractionView) bool {
		return v.Customer == customer && (v.Agent == agent && v.Owner == queue.OwnedByAgent || v.Offered == agent)
	})
}

// subject looks up the interaction that the address names, for those who may know of it.
// With any of p an actor may know of those of others.
func (x *call) subject(p Permission) (subject, error) {
	s, ok := x.lookUp(x.args["id"])
	if !ok || !x.maySee(&s, p) {
		return subject{}, errUnknown
	}
	return s, nil
}

func (x *call) maySee(s *subject, p Permission) bool {
	a := &x.actor
	if a.may(p) && a.covers(s.campaign()) {
		return true
	}
	return a.may(Work) && (x.concerns(s, a.Agent) || x.serves(a.Agent, s.customer()))
}

// own looks up an interaction for a command of the agent's.
func (x *call) own() (subject, error) {
	return x.subject(Supervise)
}

// offered looks up an interaction that the agent wants to have. It may have gone to a
// colleague a moment ago: the engine says so then.
func (x *call) offered() (subject, error) {
	s, ok := x.lookUp(x.args["id"])
	if ok && x.maySee(&s, Supervise) {
		return s, nil
	}
	b, err := x.book(x.r.Context())
	if err != nil {
		return subject{}, err
	}
	if _, member := b.member(s.campaign(), x.actor.Agent); !ok || !member {
		return subject{}, errUnknown
	}
	return s, nil
}

// others looks up an interaction for a command of a supervisor's.
func (x *call) others() (subject, error) {
	s, ok := x.lookUp(x.args["id"])
	if !ok || !x.actor.may(Supervise) || !x.actor.covers(s.campaign()) {
		return subject{}, errUnknown
	}
	return s, nil
}
