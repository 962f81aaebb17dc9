package queue

import (
	"slices"
	"strings"

	"github.com/usher-go/usher/internal/phone"
)

// The rules of identity. Aliases that arrive together are evidence of one person:
//
//   - An id ("user:…", "parent:…", any kind but a phone) decides: it is one person's for ever.
//   - A phone is evidence of one person for Config.Evidence. All forms of one number are the
//     same phone.
//   - A customer known by phone only who shows an id for the first time is joined with it.
//   - A phone that comes with another id than its customer has contradicts: it belongs to
//     the person of the id from then on, who is a new customer if the id is unknown.
//   - Two customers who are one person are merged at once, unless both have an open
//     interaction on one number: then they are linked, and merged when one of the two ends.
//     No interaction ends by a merge.
//
// The final identities do not depend on the order in which the same evidence arrives.

const parentKind = "parent:"

func isPhone(alias string) bool { return strings.HasPrefix(alias, phone.Kind) }

// aliasKey is what an alias is found by: all forms of a phone have one key.
func aliasKey(alias string) string { return phone.CanonicalAlias(alias) }

// aliasKind is the kind of an alias with its colon.
func aliasKind(alias string) string { return alias[:strings.IndexByte(alias, ':')+1] }

// owner returns the customer with an alias, nil if there is none or the evidence is too old.
func (e *Engine) owner(alias string) *customer {
	c := e.aliases[aliasKey(alias)]
	if c != nil && isPhone(alias) && !e.proves(c, alias) {
		return nil
	}
	return c
}

// proves reports whether a phone is still evidence of a customer.
func (e *Engine) proves(c *customer, alias string) bool {
	if len(c.open) > 0 {
		return true
	}
	at := c.seen // of a customer known by phone only, every contact is by phone
	if c.identified() {
		at = stampOf(c.proofs, aliasKey(alias))
	}
	return e.now-at <= e.evidence()
}

// identified reports whether the customer has an alias that decides.
func (c *customer) identified() bool {
	return slices.ContainsFunc(c.aliases, func(a string) bool { return !isPhone(a) })
}

// opposed reports whether ids contradict those of the customer: both have some of one kind,
// and share none. A parent id is the same in all portfolios of a company, so it overrules
// different user ids.
func (c *customer) opposed(ids []string) bool {
	against := false
	for _, kind := range kindsOf(ids) {
		mine, shared := false, false
		for _, a := range c.aliases {
			if aliasKind(a) == kind {
				mine = true
				shared = shared || slices.Contains(ids, a)
			}
		}
		switch {
		case shared && kind == parentKind:
			return false
		case mine && !shared:
			against = true
		}
	}
	return against
}

// kindsOf returns the kinds of the ids in a list, each once.
func kindsOf(ids []string) []string {
	var kinds []string
	for _, a := range ids {
		if k := aliasKind(a); !isPhone(a) && !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// identity returns the customer that the aliases of one person lead to, nil if they are of
// a new one.
func (e *Engine) identity(aliases []string) *customer {
	var byPhone *customer
	for _, alias := range aliases {
		c := e.owner(alias)
		switch {
		case c == nil:
		case !isPhone(alias):
			return c
		case byPhone == nil:
			byPhone = c
		}
	}
	if byPhone != nil && byPhone.opposed(aliases) {
		return nil
	}
	return byPhone
}

// know makes sure that the aliases name one customer, by events, and returns the customer.
// wrote says that the customer wrote as the first of them, which is where replies go.
func (e *Engine) know(id string, aliases, weak []string, name string, wrote bool) *customer {
	c := e.identity(aliases)
	if c == nil {
		c = e.customers[id]
	}
	return e.learn(c, id, aliases, weak, name, wrote)
}

// learn is know for a customer that was found; nil is a new one with the id.
func (e *Engine) learn(c *customer, id string, aliases, weak []string, name string, wrote bool) *customer {
	if c != nil {
		id = c.id
	}
	own, others, certain := e.assign(c, aliases)
	if c == nil || !c.knows(own, weak, name) || wrote && len(own) > 0 && own[0] == aliases[0] && c.address != own[0] {
		e.put(Event{Kind: CustomerKnown, Customer: id, Aliases: own, Weak: weak, Name: name, Direct: wrote})
		c = e.customers[id]
	}
	for i, other := range others {
		c = e.join(c, other, certain[i])
	}
	return c
}

// assign returns which of the aliases are the customer's own, after taking from others the
// phones that are no longer theirs, and the customers who turn out to be the same person:
// certainly when one of their ids says so.
func (e *Engine) assign(c *customer, aliases []string) (own []string, others []*customer, certain []bool) {
	foreign := func(alias string) bool {
		other := e.aliases[aliasKey(alias)]
		return other != nil && other != c
	}
	if !slices.ContainsFunc(aliases, foreign) {
		return aliases, nil, nil // the usual case copies nothing
	}
	for _, alias := range aliases {
		other := e.aliases[aliasKey(alias)]
		switch {
		case !foreign(alias):
			own = append(own, alias)
		case isPhone(alias) && (!e.proves(other, alias) || e.contradicts(c, aliases, other)):
			e.put(Event{Kind: AliasLost, Customer: other.id, Aliases: []string{alias}})
			own = append(own, alias)
		default:
			i := slices.Index(others, other)
			if i < 0 {
				i, others, certain = len(others), append(others, other), append(certain, false)
			}
			certain[i] = certain[i] || !isPhone(alias)
		}
	}
	return own, others, certain
}

// contradicts reports whether evidence about a customer, nil for a new one, excludes that
// the other customer is the same person.
func (e *Engine) contradicts(c *customer, aliases []string, other *customer) bool {
	if other.opposed(aliases) {
		return true
	}
	return c != nil && other.opposed(c.aliases)
}

// knows reports whether there is nothing new in these aliases.
func (c *customer) knows(aliases, weak []string, name string) bool {
	if name != "" && name != c.name {
		return false
	}
	for _, a := range aliases {
		if !slices.Contains(c.aliases, a) {
			return false
		}
	}
	for _, a := range weak {
		if !slices.Contains(c.weak, a) {
			return false
		}
	}
	return true
}

// join makes two customers one, or links them as long as that would end an interaction. It
// returns the one that remains, or c. What is certain outweighs that both have ids.
func (e *Engine) join(c, other *customer, certain bool) *customer {
	if c.clash(other) {
		if !e.linked(c, other, certain) {
			e.put(Event{Kind: CustomerLinked, Customer: c.id, From: other.id, Direct: certain})
		}
		return c
	}
	if len(c.open) == 0 && len(other.open) > 0 {
		c, other = other, c // what is going on keeps its customer
	}
	e.put(Event{Kind: CustomerMerged, Customer: c.id, From: other.id})
	return c
}

// clash reports whether two customers have open interactions on one number.
func (c *customer) clash(other *customer) bool {
	return slices.ContainsFunc(other.open, func(in *interaction) bool { return c.openOn(in.number) != nil })
}

// link is two customers who are one person and cannot be merged yet. One that is not certain
// is dropped when the two show ids that contradict.
type link struct {
	a, b    *customer
	certain bool
}

func (l link) joins(a, b *customer) bool { return l.a == a && l.b == b || l.a == b && l.b == a }

func (l link) holds() bool { return l.certain || !l.a.opposed(l.b.aliases) }

func (e *Engine) linked(c, other *customer, certain bool) bool {
	return slices.ContainsFunc(e.links, func(l link) bool { return l.joins(c, other) && (l.certain || !certain) })
}

// mergeLinked merges those of the linked customers whose interactions no longer clash. It is
// called after each decision.
func (e *Engine) mergeLinked() {
	for i := 0; i < len(e.links); {
		l := e.links[i]
		if l.a.clash(l.b) {
			i++
			continue
		}
		e.join(l.a, l.b, l.certain)
		i = 0 // the fold has changed the list
	}
}

func (e *Engine) applyCustomerLinked(ev *Event) {
	a, b := e.customers[ev.Customer], e.customers[ev.From]
	for i := range e.links {
		if e.links[i].joins(a, b) {
			e.links[i].certain = e.links[i].certain || ev.Direct
			return
		}
	}
	e.links = append(e.links, link{a, b, ev.Direct})
}

// relink replaces a customer in the links, nil for one who is forgotten, and drops the links
// that no longer hold.
func (e *Engine) relink(old, now *customer) {
	if len(e.links) == 0 {
		return
	}
	kept := e.links[:0]
	for _, l := range e.links {
		if l.a == old {
			l.a = now
		}
		if l.b == old {
			l.b = now
		}
		if l.a == nil || l.b == nil || l.a == l.b || !l.holds() {
			continue
		}
		if i := slices.IndexFunc(kept, func(k link) bool { return k.joins(l.a, l.b) }); i >= 0 {
			kept[i].certain = kept[i].certain || l.certain
			continue
		}
		kept = append(kept, l)
	}
	clear(e.links[len(kept):])
	e.links = kept
}

// applyAliasLost takes phones from a customer. Replies to an interaction that is still open
// go to an id then: the phone is another person's.
func (e *Engine) applyAliasLost(ev *Event) {
	c := e.customers[ev.Customer]
	if c == nil {
		return
	}
	for _, alias := range ev.Aliases {
		key := aliasKey(alias)
		if e.aliases[key] == c {
			delete(e.aliases, key)
		}
		c.aliases = slices.DeleteFunc(slices.Clone(c.aliases), func(a string) bool { return aliasKey(a) == key })
		c.proofs = slices.DeleteFunc(slices.Clone(c.proofs), func(p stamp) bool { return p.name == key })
		if aliasKey(c.address) == key && len(c.aliases) > 0 {
			c.address = c.aliases[0]
			if i := slices.IndexFunc(c.aliases, func(a string) bool { return !isPhone(a) }); i >= 0 {
				c.address = c.aliases[i]
			}
		}
	}
}

// proveAll notes when phones were last shown with an id. Of a customer without an id the
// last contact says it.
func (e *Engine) proveAll(c *customer, aliases []string) {
	if !c.identified() {
		return
	}
	for _, p := range c.phones() {
		c.proofs = latest(c.proofs, p.name, p.at)
	}
	for _, a := range aliases {
		e.prove(c, a)
	}
}

// phones returns when each phone of the customer was last shown. Where no id was there yet
// the last contact was by phone.
func (c *customer) phones() []stamp {
	var list []stamp
	for _, a := range c.aliases {
		if !isPhone(a) {
			continue
		}
		key := aliasKey(a)
		at := stampOf(c.proofs, key)
		if at == 0 {
			at = c.seen
		}
		list = latest(list, key, at)
	}
	return list
}

func (e *Engine) prove(c *customer, alias string) {
	if isPhone(alias) && c.identified() {
		c.proofs = latest(c.proofs, aliasKey(alias), e.now)
	}
}

func (Identify) cause() string { return "identify" }

// do joins what was known with what replaces it. Ids on both sides are one person's by the
// provider's word; a new phone leaves the customer who had it.
func (c Identify) do(e *Engine) error {
	known := e.identity(c.Old)
	if known == nil {
		known = e.identity(c.New)
	}
	id := c.Customer
	if known != nil {
		id = known.id
	}
	if id == "" || len(c.Old)+len(c.New) == 0 {
		return &Error{Command: e.cause, Code: ErrInvalid, Reason: "no customer is known by any of the aliases"}
	}
	known = e.learn(known, id, c.New, c.Weak, "", false)
	e.learn(known, known.id, e.unopposed(known, c.Old), nil, "", false)
	return nil
}

// unopposed leaves out the phones of customers who are certainly another person.
func (e *Engine) unopposed(c *customer, aliases []string) []string {
	return slices.DeleteFunc(slices.Clone(aliases), func(a string) bool {
		other := e.owner(a)
		return isPhone(a) && other != nil && other != c && other.opposed(c.aliases)
	})
}

// learnRecipient takes what a provider says of the recipient of a message as evidence: an id
// the customer did not have, and other forms of the phone. A phone that the customer does
// not have proves nothing, and one that another customer has even less.
func (e *Engine) learnRecipient(in *interaction, aliases []string) {
	c := in.cust
	if c == nil || len(aliases) == 0 || c.opposed(aliases) {
		return
	}
	keep := slices.DeleteFunc(slices.Clone(aliases), func(a string) bool {
		return isPhone(a) && e.aliases[aliasKey(a)] != c
	})
	keep = slices.DeleteFunc(keep, func(a string) bool {
		other := e.owner(a)
		return other != nil && other != c && other.opposed(c.aliases)
	})
	if len(keep) > 0 {
		e.learn(c, c.id, keep, nil, "", false)
	}
}
