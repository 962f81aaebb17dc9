package usher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// Erasure says whom to forget: by an id of the center's, or by anything they are known by.
type Erasure struct {
	Customer string
	Aliases  []channel.Alias
	By       string // who asked, for the journal
}

// Erase forgets a customer: names, aliases, variables and everything that was said in
// either direction, in the journal, in the snapshot and in memory. That there were
// interactions, when and how they ended, stays, so that the counts of the past do.
//
// It is done when Erase returns nil. After an error, or a crash, call it again: it is
// harmless to repeat. A customer with an open interaction is refused with [queue.ErrInUse]:
// end it first. An Erasure without a customer and an alias, or with an alias that is not valid, is
// refused with [queue.ErrInvalid]. Entries of the blacklist stay, see [Center.Unblock]; so does what the host
// and the provider have. The journal is read twice, beside the routing.
func (c *Center) Erase(ctx context.Context, who Erasure) error {
	if err := who.check(); err != nil {
		return &queue.Error{Command: "erase", Code: queue.ErrInvalid, Err: err}
	}
	if err := c.load(ctx); err != nil {
		return err
	}
	f, err := c.trace(ctx, who)
	if err != nil {
		return fmt.Errorf("usher: erase: %w", err)
	}
	command := queue.Erase{Customers: f.sorted(f.ids), Interactions: f.sorted(f.interactions), By: who.By}
	if _, err := c.Do(ctx, command); err != nil {
		return err
	}
	c.past.erase(f.owns)
	c.subs.erase(f.owns)
	c.history.Forget(func(a *blacklist.Attempt) bool { return slices.ContainsFunc(a.Aliases, f.knows) })
	// The snapshot first: until the journal is done, the records say whom to look for again.
	if err := c.checkpoint(ctx); err != nil {
		return err
	}
	last := c.Seq()
	for _, naming := range []bool{false, true} {
		err := c.eraseWhere(ctx, 0, last, func(r *store.Record) bool {
			return f.mine(r) && naming == (r.Kind == queue.CustomerKnown.String())
		})
		if err != nil {
			return fmt.Errorf("usher: erase: %w", err)
		}
	}
	return nil
}

func (who *Erasure) check() error {
	if who.Customer == "" && len(who.Aliases) == 0 {
		return errors.New("a customer or an alias is required")
	}
	for _, a := range who.Aliases {
		if err := a.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// footprint is what is known of somebody: all ids they ever had, all aliases, and their
// interactions.
type footprint struct {
	ids, aliases, interactions map[string]bool
}

func (f *footprint) sorted(set map[string]bool) []string {
	var list []string
	for s := range set {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

func (f *footprint) knows(alias string) bool { return f.aliases[alias] }

// owns reports whether an interaction or a customer is theirs.
func (f *footprint) owns(interaction, customer string) bool {
	return f.interactions[interaction] || f.ids[customer]
}

// mine reports whether a record is about them. Attempts that a blacklist stopped name
// nobody but by alias.
func (f *footprint) mine(r *store.Record) bool {
	if f.owns(r.Interaction, r.Customer) {
		return true
	}
	if r.Kind != queue.CustomerBlocked.String() {
		return false
	}
	ev, err := decodeEvent(*r)
	return err == nil && (slices.ContainsFunc(ev.Aliases, f.knows) || f.knows(ev.From))
}

// trace finds a customer's footprint in the state and in the journal.
func (c *Center) trace(ctx context.Context, who Erasure) (*footprint, error) {
	f := &footprint{ids: map[string]bool{}, aliases: map[string]bool{}, interactions: map[string]bool{}}
	if who.Customer != "" {
		f.ids[who.Customer] = true
	}
	for _, a := range who.Aliases {
		f.aliases[string(a)] = true
	}
	var id string
	var all []string
	if err := c.use(func(e *queue.Engine) { id, all = e.CustomerOf(f.sorted(f.aliases)...) }); err != nil {
		return nil, err
	}
	if id != "" {
		f.ids[id] = true
	}
	for _, a := range all {
		f.aliases[a] = true
	}
	var named []queue.Event
	for r, err := range c.journal.Load(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(r.Kind, "customer.") || r.Customer != "" {
			ev, err := decodeEvent(r)
			if err != nil {
				return nil, err
			}
			named = append(named, queue.Event{Kind: ev.Kind, Customer: ev.Customer, From: ev.From, Aliases: ev.Aliases, Interaction: ev.Interaction})
		}
	}
	for f.grow(named) {
	}
	for _, s := range c.past.of(f.ids) {
		f.interactions[s] = true
	}
	return f, nil
}

// grow follows names one step further, until there is nothing new: an id leads to aliases,
// an alias to other ids, a merge from one id to another. A phone that passed to another
// person leads to nothing of theirs: their user ids are others.
func (f *footprint) grow(named []queue.Event) (more bool) {
	add := func(set map[string]bool, s string) {
		if s != "" && !set[s] {
			set[s], more = true, true
		}
	}
	for i := range named {
		ev := &named[i]
		switch {
		case ev.Kind == queue.CustomerMerged && (f.ids[ev.Customer] || f.ids[ev.From]):
			add(f.ids, ev.Customer)
			add(f.ids, ev.From)
		case ev.Kind == queue.CustomerKnown && (f.ids[ev.Customer] || slices.ContainsFunc(ev.Aliases, f.knows) && !f.opposed(named, ev.Customer)):
			add(f.ids, ev.Customer)
			for _, a := range ev.Aliases {
				add(f.aliases, a)
			}
		case f.ids[ev.Customer]:
			add(f.interactions, ev.Interaction)
		}
	}
	return more
}

// opposed reports whether a customer has ids that decide who they are, and the footprint has
// others.
func (f *footprint) opposed(named []queue.Event, customer string) bool {
	decides := func(alias string) bool { return channel.Alias(alias).Kind() != channel.KindPhone }
	if !slices.ContainsFunc(f.sorted(f.aliases), decides) {
		return false
	}
	other := false
	for i := range named {
		if named[i].Kind != queue.CustomerKnown || named[i].Customer != customer {
			continue
		}
		for _, a := range named[i].Aliases {
			if decides(a) && f.aliases[a] {
				return false
			}
			other = other || decides(a)
		}
	}
	return other
}

// of returns the interactions of customers that are remembered.
func (p *past) of(customers map[string]bool) (list []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.all() {
		if customers[s.Customer] {
			list = append(list, s.Interaction)
		}
	}
	return list
}

func (p *past) all() []*Summary {
	list := slices.Clone(p.state.Ended)
	for _, s := range p.state.Open {
		list = append(list, s)
	}
	return list
}

// erase takes who it was from the summaries.
func (p *past) erase(owns func(interaction, customer string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.all() {
		if owns(s.Interaction, s.Customer) {
			s.Name, s.Address = "", ""
		}
	}
}

// erase takes what is private from the events that subscribers may still read.
func (s *subscribers) erase(owns func(interaction, customer string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, page := range s.ring {
		if !slices.ContainsFunc(page, func(ev queue.Event) bool { return owns(ev.Interaction, ev.Customer) }) {
			continue
		}
		page = slices.Clone(page) // whoever has the old one may be reading it
		for k := range page {
			if ev := &page[k]; owns(ev.Interaction, ev.Customer) {
				if ev.Message != nil {
					ev.Message = &queue.Message{At: ev.Message.At, Template: ev.Message.Template, Silent: ev.Message.Silent}
				}
				(&private{}).fill(ev)
			}
		}
		s.ring[i] = page
	}
}
