package queue

import (
	"crypto/sha256"
	"slices"
)

// identity is who a set of aliases belongs to: nobody yet, one customer, or several who
// turn out to be one.
func (e *Engine) identity(aliases []string) (first *customer, others []*customer) {
	for _, alias := range aliases {
		c := e.aliases[alias]
		switch {
		case c == nil || c == first || slices.Contains(others, c):
		case first == nil:
			first = c
		case c.id < first.id && len(first.open) == 0 && len(c.open) > 0:
			first, others = c, append(others, first)
		default:
			others = append(others, c)
		}
	}
	return first, others
}

// know makes sure that the aliases name one customer, by events, and returns the customer.
// wrote says that the customer wrote as the first of them, which is where replies go.
func (e *Engine) know(id string, aliases, weak []string, name string, wrote bool) *customer {
	first, others := e.identity(aliases)
	if first != nil {
		id = first.id
	} else {
		first = e.customers[id]
	}
	if first == nil || !first.knows(aliases, weak, name) || wrote && len(aliases) > 0 && first.address != aliases[0] {
		e.put(Event{Kind: CustomerKnown, Customer: id, Aliases: aliases, Weak: weak, Name: name, Direct: wrote})
		first = e.customers[id]
	}
	for _, other := range others {
		e.merge(first, other)
	}
	return first
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

// merge makes other the same customer as c. Of two open interactions on one number only
// the one that is further along goes on; the other ends without an outcome of its own.
func (e *Engine) merge(c, other *customer) {
	for _, in := range slices.Clone(other.open) {
		twin := c.openOn(in.number)
		if twin == nil || in.phase == inEnd {
			continue
		}
		lose := in
		if in.phase == inAgent && twin.phase != inAgent {
			lose = twin
		}
		// Not revoke: that would act on a longest time in the queue that has passed, or
		// requeue a transfer, and lose would end twice.
		e.dropOffer(lose, "merged")
		had := lose.agent
		e.end(lose, OutcomeMerged, "one customer with "+c.id, "")
		if had != nil {
			e.leaveAfterWork(had)
		}
	}
	e.put(Event{Kind: CustomerMerged, Customer: c.id, From: other.id})
}

// openOn returns the customer's open interaction on a number.
func (c *customer) openOn(number string) *interaction {
	for _, in := range c.open {
		if in.number == number {
			return in
		}
	}
	return nil
}

func (Identify) cause() string { return "identify" }

func (c Identify) do(e *Engine) error {
	all := append(slices.Clone(c.New), c.Old...)
	first, _ := e.identity(all)
	id := c.Customer
	if first != nil {
		id = first.id
	}
	if id == "" || len(all) == 0 {
		return &Error{Command: e.cause, Code: ErrInvalid, Reason: "nobody is known by any of the aliases"}
	}
	e.know(id, all, c.Weak, "", false)
	return nil
}

func (e *Engine) applyCustomerKnown(ev *Event) {
	c := e.customers[ev.Customer]
	if c == nil {
		c = &customer{id: ev.Customer}
		e.customers[c.id] = c
	}
	c.learn(ev.Aliases, ev.Weak)
	for _, a := range ev.Aliases {
		// One who belongs to another customer stays there until the merge that follows.
		if e.aliases[a] == nil {
			e.aliases[a] = c
		}
	}
	if len(ev.Aliases) > 0 && (ev.Direct || c.address == "") {
		c.address = ev.Aliases[0]
	}
	if ev.Name != "" {
		c.name = ev.Name
	}
	e.touch(c)
}

func (c *customer) learn(aliases, weak []string) {
	for _, a := range aliases {
		if !slices.Contains(c.aliases, a) {
			c.aliases = append(c.aliases, a)
		}
	}
	for _, a := range weak {
		if !slices.Contains(c.weak, a) {
			c.weak = append(c.weak, a)
		}
	}
}

func (e *Engine) applyCustomerMerged(ev *Event) {
	c, other := e.customers[ev.Customer], e.customers[ev.From]
	for _, a := range other.aliases {
		e.aliases[a] = c
	}
	c.learn(other.aliases, other.weak)
	c.open = append(c.open, other.open...)
	for _, in := range e.interactions { // those that only have messages left too
		if in.cust == other {
			in.cust = c
		}
	}
	for _, w := range other.windows {
		c.windows = latest(c.windows, w.name, w.at)
	}
	for _, t := range other.told {
		c.told = latest(c.told, t.name, t.at)
	}
	for _, p := range other.lasts {
		if mine := c.last(p.campaign); mine == nil || mine.at < p.at {
			c.setLast(p)
		}
	}
	if c.name == "" {
		c.name = other.name
	}
	e.unlist(other)
	delete(e.customers, other.id)
	e.touch(c)
}

// latest sets the stamp of a name, forwards only.
func latest(list []stamp, name string, at int64) []stamp {
	for i := range list {
		if list[i].name == name {
			list[i].at = max(list[i].at, at)
			return list
		}
	}
	return append(list, stamp{name, at})
}

func stampOf(list []stamp, name string) int64 {
	for _, s := range list {
		if s.name == name {
			return s.at
		}
	}
	return 0
}

func (c *customer) last(campaign string) *past {
	for i := range c.lasts {
		if c.lasts[i].campaign == campaign {
			return &c.lasts[i]
		}
	}
	return nil
}

func (c *customer) setLast(p past) {
	if mine := c.last(p.campaign); mine != nil {
		*mine = p
		return
	}
	c.lasts = append(c.lasts, p)
}

// touch moves a customer to the end of those seen, so that the front is the oldest.
func (e *Engine) touch(c *customer) {
	c.seen = e.now
	if e.newest == c {
		return
	}
	e.unlist(c)
	c.older = e.newest
	if e.newest != nil {
		e.newest.newer = c
	} else {
		e.oldest = c
	}
	e.newest = c
	e.armSweep()
}

func (e *Engine) unlist(c *customer) {
	if c.older != nil {
		c.older.newer = c.newer
	} else if e.oldest == c {
		e.oldest = c.newer
	}
	if c.newer != nil {
		c.newer.older = c.older
	} else if e.newest == c {
		e.newest = c.older
	}
	c.older, c.newer = nil, nil
}

// sweepEvery is how often what is too old is looked for.
const sweepEvery = int64(3600e9)

func (e *Engine) armSweep() {
	if e.sweep.kind == noTimer {
		e.sweep.kind = timerSweep
		e.sweep.at = (e.now/sweepEvery + 1) * sweepEvery
		e.timers.set(&e.sweep)
	}
}

// applySwept forgets the customers, message ids and sent messages older than the memory.
func (e *Engine) applySwept() {
	e.timers.cut(&e.sweep)
	e.sweep.kind = noTimer
	limit := e.now - int64(e.cfg.Memory)
	for c := e.oldest; c != nil && c.seen < limit; {
		next := c.newer
		if len(c.open) == 0 {
			e.forget(c)
		}
		c = next
	}
	e.seen.before(limit)
	n := 0
	for n < len(e.sentOrder) && e.sentOrder[n].at < limit {
		delete(e.sent, e.sentOrder[n].id())
		n++
	}
	e.sentOrder = slices.Delete(e.sentOrder, 0, n)
	if e.oldest != nil || len(e.sentOrder) > 0 || !e.seen.empty() {
		e.armSweep()
	}
}

func (e *Engine) forget(c *customer) {
	e.unlist(c)
	delete(e.customers, c.id)
	for _, a := range c.aliases {
		if e.aliases[a] == c {
			delete(e.aliases, a)
		}
	}
}

// seen remembers the ids of inbound messages by day, to drop what is repeated. Sixteen
// bytes of a digest stand for an id; two ids share them less often than memory fails.
type seen struct{ days []seenDay }

// seenDay has the digests of a day's messages, to look them up and, one behind the other, as
// they came: that list only grows, so that a snapshot need not copy it.
type seenDay struct {
	day  int64
	ids  map[digest]struct{}
	list []byte
}

func newSeenDay(day int64) seenDay { return seenDay{day: day, ids: map[digest]struct{}{}} }

func (d *seenDay) add(id digest) {
	if _, known := d.ids[id]; !known {
		d.ids[id] = struct{}{}
		d.list = append(d.list, id[:]...)
	}
}

type digest [16]byte

func digestOf(number, id string) digest {
	h := sha256.Sum256([]byte(number + "\x00" + id))
	return digest(h[:16])
}

const dayNanos = int64(24 * 3600e9)

func (s *seen) has(d digest) bool {
	for i := range s.days {
		if _, ok := s.days[i].ids[d]; ok {
			return true
		}
	}
	return false
}

func (s *seen) add(d digest, now int64) {
	day := now / dayNanos
	if n := len(s.days); n == 0 || s.days[n-1].day < day {
		s.days = append(s.days, newSeenDay(day))
	}
	s.days[len(s.days)-1].add(d)
}

// before forgets the days that ended before limit.
func (s *seen) before(limit int64) {
	s.days = slices.DeleteFunc(s.days, func(d seenDay) bool { return (d.day+1)*dayNanos <= limit })
}

func (s *seen) empty() bool { return len(s.days) == 0 }
