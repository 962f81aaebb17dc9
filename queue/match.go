package queue

import (
	"math/bits"
	"slices"
)

// settle makes every decision that has become possible, so that when it returns nobody
// waits beside an agent who could be asked. It runs after every command and deadline, when
// their own decision is complete, and never within one.
func (e *Engine) settle() {
	e.matchAll()
	if len(e.entrants) > 0 {
		e.tellEntrants()
	}
}

// matchAll gives what waits to agents until nothing that changed is left to look at.
func (e *Engine) matchAll() {
	for len(e.waiters) > 0 || len(e.freed) > 0 {
		switch {
		case len(e.waiters) == 1 && len(e.freed) <= 1:
			// The usual case: somebody new. Whoever waited before could not be served
			// by the agents there are, so nobody is overtaken. An agent who became free
			// at the same time looks for himself next.
			if len(e.freed) == 0 {
				in := e.waiters[0]
				e.rest()
				e.seat(in)
				continue
			}
			e.drain()
		case len(e.waiters) == 0 && len(e.freed) == 1:
			a := e.freed[0]
			e.rest()
			e.fill(a)
		default:
			e.drain()
		}
	}
}

// rest clears the marks.
func (e *Engine) rest() {
	for i, in := range e.waiters {
		in.dirty = false
		e.waiters[i] = nil
	}
	for i, a := range e.freed {
		a.dirty = false
		e.freed[i] = nil
	}
	e.waiters, e.freed = e.waiters[:0], e.freed[:0]
}

// seat finds an agent for one waiting interaction.
func (e *Engine) seat(in *interaction) {
	if in.class == nil || !in.camp.serving() {
		return
	}
	if m := e.choose(in, in.class); m != nil {
		e.give(in, m)
	}
}

// fill finds work for one agent: the first in line of all it may serve.
func (e *Engine) fill(a *agent) {
	for {
		in, m := e.bestFor(a)
		if in == nil {
			return
		}
		e.give(in, m)
		if e.pending(a) {
			return // something else moved as well: let settle look at all of it
		}
		e.rest()
	}
}

// pending reports whether marks other than a's are set.
func (e *Engine) pending(a *agent) bool {
	return len(e.waiters) > 0 || len(e.freed) > 1 || len(e.freed) == 1 && e.freed[0] != a
}

// bestFor returns the interaction that a should get next: the first of each campaign in
// its own order, and of those the one with the highest priority, then the oldest.
func (e *Engine) bestFor(a *agent) (best *interaction, as *member) {
	for _, m := range a.members {
		if m.pool == nil || !m.camp.serving() {
			continue
		}
		if in := e.bestIn(m); in != nil && in.outranks(best) {
			best, as = in, m
		}
	}
	return best, as
}

// bestIn returns the first in line of the campaign that the member may serve.
func (e *Engine) bestIn(m *member) (best *interaction) {
	for _, k := range m.camp.served(m.pool) {
		if in := e.firstOf(k, m.agent); in != nil && in.before(best) {
			best = in
		}
	}
	for _, k := range m.agent.kept {
		if k.camp != m.camp || !m.suits(k) {
			continue
		}
		if in := e.firstOf(k, m.agent); in != nil && in.before(best) {
			best = in
		}
	}
	return best
}

// suits is serves for a class that waits for one agent: tiers do not matter to it.
func (m *member) suits(k *class) bool {
	return m.pool.room >= k.cost && lacks(m.pool.set.skills, k.set.skills) == ""
}

// firstOf returns the first in line of a class that a may be asked for.
func (e *Engine) firstOf(k *class, a *agent) *interaction {
	_, in, ok := k.line().first()
	if !ok || !e.pausedFor(in, a) {
		return in
	}
	var found *interaction
	k.line().each(func(_ rank, in *interaction) bool {
		if e.pausedFor(in, a) {
			return true
		}
		found = in
		return false
	})
	return found
}

// before reports whether in is to be served before other of the same campaign, which may
// be nil.
func (in *interaction) before(other *interaction) bool {
	return other == nil || in.rank.less(&other.rank)
}

// outranks is before for interactions of different campaigns, whose orders cannot be
// compared when they age differently: priority and age decide.
func (in *interaction) outranks(other *interaction) bool {
	switch {
	case other == nil:
		return true
	case in.priority != other.priority:
		return in.priority > other.priority
	case in.since != other.since:
		return in.since < other.since
	}
	return in.ord < other.ord
}

// drain serves several at once, in order: what comes after a change of configuration,
// of hours or of many things together.
func (e *Engine) drain() {
	e.rest()
	for {
		var best *interaction
		var to *member
		for _, c := range e.lines {
			if c.waiting == 0 || !c.serving() {
				continue
			}
			if in, m := e.bestSeat(c); in != nil && in.outranks(best) {
				best, to = in, m
			}
		}
		if best == nil {
			return
		}
		e.give(best, to)
	}
}

// bestSeat returns the first in line of a campaign for whom there is an agent.
func (e *Engine) bestSeat(c *campaign) (best *interaction, to *member) {
	for _, k := range c.lists {
		if in, m := e.firstSeat(k, best); in != nil {
			best, to = in, m
		}
	}
	return best, to
}

// firstSeat returns the first of a class for whom there is an agent, if it comes before
// the best so far.
func (e *Engine) firstSeat(k *class, best *interaction) (found *interaction, to *member) {
	k.line().each(func(_ rank, in *interaction) bool {
		if !in.before(best) {
			return false
		}
		if to = e.choose(in, k); to != nil {
			found = in
			return false
		}
		// Where no agent is kept from this one by a pause, those behind it fare no better.
		return e.pauses(in)
	})
	return found, to
}

// serving reports whether waiting interactions of c are given to agents now.
func (c *campaign) serving() bool { return c.pull == nil && !c.held() }

// choose returns the member who gets in, nil if there is none: the first by the strategy of
// those who were not asked before, else the one asked longest ago.
func (e *Engine) choose(in *interaction, k *class) *member {
	if k.only != nil {
		m := k.only.member(k.camp)
		if m == nil || m.pool == nil || !m.suits(k) || e.pausedFor(in, k.only) {
			return nil
		}
		return m
	}
	e.markAsked(in)
	if m := e.chooseNew(k); m != nil {
		return m
	}
	return e.askAgain(in, k)
}

// chooseNew returns the first by the strategy of those who are not marked as asked.
func (e *Engine) chooseNew(k *class) *member {
	pools := k.camp.servers(k)
	if k.camp.draw != nil {
		return e.drawLots(pools)
	}
	var best *member
	for _, p := range pools {
		if p.free.len() == 0 {
			continue
		}
		if best != nil && !k.camp.sameLevel(best.pool, p, k) {
			break
		}
		if m := e.firstNew(p); m != nil && (best == nil || m.rank.less(&best.rank)) {
			best = m
		}
	}
	if best != nil && k.camp.choose != nil {
		return e.scan(pools, best)
	}
	return best
}

// sameLevel reports whether the members of two pools are compared by their keys, not set
// apart by tier, by being occupied, or by skill where that ranks first.
func (c *campaign) sameLevel(a, b *pool, k *class) bool {
	return a.tier == b.tier && a.busy == b.busy &&
		(!c.bySkill || score(a.set.skills, k.set.skills) == score(b.set.skills, k.set.skills))
}

// firstNew returns the first free member of a pool who is not marked as asked.
func (e *Engine) firstNew(p *pool) *member {
	_, m, ok := p.free.first()
	if !ok || !e.wasAsked(m.agent) {
		return m
	}
	var found *member
	p.free.each(func(_ rank, m *member) bool {
		if e.wasAsked(m.agent) {
			return true
		}
		found = m
		return false
	})
	return found
}

// drawLots chooses by weight among the free members of the lowest tier that has any who are
// not marked as asked.
func (e *Engine) drawLots(pools []*pool) *member {
	for len(pools) > 0 {
		group, total, rest := lots(pools)
		if total > 0 {
			if m := e.drawFrom(group, total); m != nil {
				return m
			}
		}
		pools = rest
	}
	return nil
}

// lots returns the first pools among whose members lots are drawn, all of one tier, with
// the sum of weights, and the pools behind them.
func lots(pools []*pool) (group []*pool, total uint64, rest []*pool) {
	from := 0
	for to, p := range pools {
		if p.tier != pools[from].tier || p.busy != pools[from].busy {
			if total > 0 {
				return pools[from:to], total, pools[to:]
			}
			from = to
		}
		total += p.free.total()
	}
	return pools[from:], total, nil
}

// drawTries bounds the repeated draws before those who were not asked are counted out.
const drawTries = 64

// drawFrom draws one of those who are not marked as asked, with a chance in proportion to
// its weight. Where few were asked it draws until it finds one; else it counts: there are not
// many more of the others.
func (e *Engine) drawFrom(pools []*pool, total uint64) *member {
	for try := range uint64(drawTries) {
		m := pick(pools, below(e.draw(try), total))
		if !e.wasAsked(m.agent) {
			return m
		}
	}
	left := uint64(0)
	eachNew := func(f func(m *member) bool) {
		for _, p := range pools {
			more := true
			p.free.each(func(_ rank, m *member) bool {
				more = e.wasAsked(m.agent) || f(m)
				return more
			})
			if !more {
				return
			}
		}
	}
	eachNew(func(m *member) bool { left += m.weight; return true })
	if left == 0 {
		return nil
	}
	n := below(e.draw(drawTries+moreLots), left)
	var found *member
	eachNew(func(m *member) bool {
		if n < m.weight {
			found = m
			return false
		}
		n -= m.weight
		return true
	})
	return found
}

// pick returns the member that the n-th unit of weight belongs to.
func pick(pools []*pool, n uint64) *member {
	for _, p := range pools {
		w := p.free.total()
		if n < w {
			return p.free.at(n)
		}
		n -= w
	}
	return nil
}

// below maps 64 random bits to 0 … n−1; it is off by less than n/2⁶⁴.
func below(random, n uint64) uint64 {
	hi, _ := bits.Mul64(random, n)
	return hi
}

// scan asks a strategy that wants to see everybody.
func (e *Engine) scan(pools []*pool, first *member) *member {
	e.members, e.choices = e.members[:0], e.choices[:0]
	for _, p := range pools {
		if p.tier != first.pool.tier || p.busy != first.pool.busy {
			continue
		}
		p.free.each(func(_ rank, m *member) bool {
			if !e.wasAsked(m.agent) {
				e.members = append(e.members, m)
			}
			return true
		})
	}
	sortMembers(e.members)
	for _, m := range e.members {
		e.choices = append(e.choices, m.candidate())
	}
	return e.members[e.chooseAmong(first.camp, e.draw(0))]
}

// sortMembers orders candidates as the engine would try them.
func sortMembers(list []*member) {
	slices.SortFunc(list, func(a, b *member) int {
		switch {
		case a.cfg.Tier != b.cfg.Tier:
			return a.cfg.Tier - b.cfg.Tier
		case a.rank.less(&b.rank):
			return -1
		}
		return 1
	})
}
