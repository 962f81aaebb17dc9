package queue

import (
	"crypto/sha256"
	"slices"
)

// openOn returns the customer's open interaction on a number.
func (c *customer) openOn(number string) *interaction {
	for _, in := range c.open {
		if in.number == number {
			return in
		}
	}
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
		// In journals of earlier versions an alias may belong to another customer until the
		// merge that follows.
		if k := aliasKey(a); e.aliases[k] == nil {
			e.aliases[k] = c
		}
	}
	e.proveAll(c, ev.Aliases)
	e.relink(c, c)
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
		e.aliases[aliasKey(a)] = c
	}
	if c.identified() || other.identified() {
		for _, from := range []*customer{c, other} {
			for _, p := range from.phones() {
				c.proofs = latest(c.proofs, p.name, p.at)
			}
		}
	}
	c.learn(other.aliases, other.weak)
	e.relink(other, c)
	c.open = append(c.open, other.open...)
	c.sending = append(c.sending, other.sending...)
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
		if mine := c.last(p.campaign); mine == nil || mine.agent == "" || mine.at < p.at {
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

// setLast remembers the customer's last interaction in a campaign. One that no agent had does
// not replace one that an agent had: the customer comes back to that agent.
func (c *customer) setLast(p past) {
	switch mine := c.last(p.campaign); {
	case mine == nil:
		c.lasts = append(c.lasts, p)
	case p.agent != "" || mine.agent == "":
		*mine = p
	}
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
	if e.slim == nil {
		e.slim = c
	}
	e.armSweep()
}

func (e *Engine) unlist(c *customer) {
	if e.slim == c {
		e.slim = c.newer
	}
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

// applySwept forgets the message ids and sent messages that are older than the memory, and
// the customers whose aliases prove nothing any more. Of customers between the two it keeps
// who they are and the agents they had.
func (e *Engine) applySwept() {
	e.timers.cut(&e.sweep)
	e.sweep.kind = noTimer
	limit := e.now - int64(e.cfg.Memory)
	for ; e.slim != nil && e.slim.seen < limit; e.slim = e.slim.newer {
		if len(e.slim.open) == 0 {
			e.slim.trim()
		}
	}
	for c := e.oldest; c != nil && c.seen < e.now-e.evidence(); {
		next := c.newer
		if len(c.open) == 0 && len(c.sending) == 0 {
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

// trim forgets what a departed customer is not known by.
func (c *customer) trim() {
	c.windows, c.told = nil, nil
	for i := range c.lasts {
		c.lasts[i].vars = nil
	}
}

func (e *Engine) forget(c *customer) {
	e.unlist(c)
	delete(e.customers, c.id)
	for _, a := range c.aliases {
		if k := aliasKey(a); e.aliases[k] == c {
			delete(e.aliases, k)
		}
	}
	e.relink(c, nil)
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
