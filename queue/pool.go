package queue

import (
	"math"
	"slices"
	"strings"

	"github.com/usher-go/usher/strategy"
)

// Matching never looks at agents × interactions. Free members stand in pools, one per
// distinct profile; waiting interactions in classes, one per distinct requirement. A pool
// serves a class or does not, which is worked out once for each pair. A decision then
// compares the heads of the pools that serve a class, or of the classes that a pool serves.

// skillSet is a distinct list of skills, as members have it or interactions ask for it.
type skillSet struct {
	name   string  // its canonical form
	skills []Skill // sorted by name
}

// poolKey is what two members must share to be interchangeable but for their order.
type poolKey struct {
	set  *skillSet
	tier int
	room int  // the largest distinct cost that fits in the member's room
	busy bool // of Omni: has an interaction or a call
}

type pool struct {
	poolKey
	free    tree[*member]
	classes []*class // that it serves
	version int
}

// classKey is what two waiting interactions must share to be servable by the same agents.
type classKey struct {
	set  *skillSet
	tier int // the highest open one
	cost int
	only *agent // waits for this agent alone
}

type class struct {
	classKey
	camp    *campaign
	waiting tree[*interaction] // but for the newest; see line
	newest  *interaction
	pools   []*pool // that serve it, by tier
	version int
}

// line returns those who wait, in order. The newest gets into it when somebody looks, or
// when the next one comes: most leave before that, because an agent is free.
func (k *class) line() *tree[*interaction] {
	if in := k.newest; in != nil {
		k.newest = nil
		k.waiting.insert(in.rank, in, 1)
	}
	return &k.waiting
}

const allTiers = math.MaxInt32

// skillSet interns a sorted list of skills.
func (e *Engine) skillSet(c *campaign, skills []Skill) *skillSet {
	if len(skills) == 0 && c.plain != nil {
		return c.plain
	}
	b := e.scratch[:0]
	for _, s := range skills {
		b = append(append(b, s.Name...), 0, byte(s.Level))
	}
	e.scratch = b
	if set := c.sets[string(b)]; set != nil {
		return set
	}
	set := &skillSet{name: string(b), skills: slices.Clone(skills)}
	c.sets[set.name] = set
	if len(skills) == 0 {
		c.plain = set
	}
	return set
}

// serves reports whether members of p may be given interactions of k.
func (p *pool) serves(k *class) bool {
	return p.tier <= k.tier && p.room >= k.cost && lacks(p.set.skills, k.set.skills) == ""
}

// lacks returns the first skill of want that have does not reach, "" if none.
func lacks(have, want []Skill) string {
	for _, w := range want {
		i, ok := slices.BinarySearchFunc(have, w.Name, func(s Skill, name string) int {
			return strings.Compare(s.Name, name)
		})
		if !ok || have[i].Level < w.Level {
			return w.Name
		}
	}
	return ""
}

// score is the sum of levels that have reaches in the skills of want; for one requirement
// sums order members as means do.
func score(have, want []Skill) int {
	total := 0
	for _, w := range want {
		for _, h := range have {
			if h.Name == w.Name {
				total += h.Level
			}
		}
	}
	return total
}

// servers returns the pools that serve k, the lowest tier and the best skilled first.
func (c *campaign) servers(k *class) []*pool {
	if k.version == c.version {
		return k.pools
	}
	k.version, k.pools = c.version, k.pools[:0]
	for _, p := range c.pools {
		if p.serves(k) {
			k.pools = append(k.pools, p)
		}
	}
	slices.SortFunc(k.pools, func(a, b *pool) int {
		if d := a.tier - b.tier; d != 0 {
			return d
		}
		if a.busy != b.busy {
			if b.busy {
				return -1
			}
			return 1
		}
		if c.bySkill {
			if d := score(b.set.skills, k.set.skills) - score(a.set.skills, k.set.skills); d != 0 {
				return d
			}
		}
		return comparePools(a, b)
	})
	return k.pools
}

// comparePools makes the order of a campaign's pools independent of its map.
func comparePools(a, b *pool) int {
	for _, d := range [...]int{strings.Compare(a.set.name, b.set.name), a.tier - b.tier, a.room - b.room} {
		if d != 0 {
			return d
		}
	}
	switch {
	case a.poolKey == b.poolKey:
		return 0
	case b.busy:
		return -1
	}
	return 1
}

// served returns the classes that p serves, in order of their creation.
func (c *campaign) served(p *pool) []*class {
	if p.version == c.version {
		return p.classes
	}
	p.version, p.classes = c.version, p.classes[:0]
	for _, k := range c.lists {
		if k.only == nil && p.serves(k) {
			p.classes = append(p.classes, k)
		}
	}
	return p.classes
}

// poolOf returns the pool of a free member, new if there was none like it.
func (e *Engine) poolOf(m *member, room int) *pool {
	key := poolKey{set: m.skills, tier: m.cfg.Tier, room: m.camp.fit(room)}
	if m.camp.cfg.Eligibility == Omni {
		key.busy = m.agent.holds() > 0 || m.agent.onCall
	}
	if m.pool != nil && m.pool.poolKey == key {
		return m.pool
	}
	if m.last != nil && m.last.poolKey == key {
		return m.last // where it stood before
	}
	p := m.camp.pools[key]
	if p == nil {
		p = &pool{poolKey: key, version: -1}
		m.camp.pools[key] = p
		m.camp.version++
	}
	m.last = p
	return p
}

// fit returns the largest distinct cost that fits in room.
func (c *campaign) fit(room int) int {
	i, exact := slices.BinarySearch(c.costs, room)
	if exact {
		return room
	}
	if i == 0 {
		return 0
	}
	return c.costs[i-1]
}

// classOf returns the class of what an interaction asks for, with so many tiers open, for
// one agent alone or (nil) for anybody.
func (e *Engine) classOf(in *interaction, tier int, only *agent) *class {
	c := in.camp
	key := classKey{tier: c.openTier(tier), cost: in.cost, only: only, set: e.skillSet(c, in.skills)}
	if c.recent != nil && c.recent.classKey == key {
		return c.recent
	}
	if k := c.classes[key]; k != nil {
		c.recent = k
		return k
	}
	k := &class{classKey: key, camp: c, version: -1}
	c.classes[key] = k
	c.lists = append(c.lists, k)
	if key.only != nil {
		key.only.kept = append(key.only.kept, k)
	} else {
		c.version++
	}
	return k
}

// newCost distinguishes members who have room for that cost from now on. The costs decide in
// which pools members are, and thereby how lots are drawn, so they are part of the state: only
// events add to them.
func (e *Engine) newCost(c *campaign, cost int) {
	i, known := slices.BinarySearch(c.costs, cost)
	if known {
		return
	}
	c.costs = slices.Insert(c.costs, i, cost)
	for _, m := range c.members {
		e.reindex(m)
	}
}

// place puts an interaction among those that wait, and unplace takes it out.
func (e *Engine) place(in *interaction) {
	in.class = e.classOf(in, in.tier, in.only)
	in.rank = in.order()
	in.class.line()
	in.class.newest = in
	e.wake(in)
}

func (e *Engine) unplace(in *interaction) {
	if in.class == nil {
		return
	}
	k := in.class
	if k.newest == in {
		k.newest = nil
	} else {
		k.waiting.remove(in.rank, 1)
	}
	in.class = nil
	if k.only != nil && k.line().len() == 0 {
		k.camp.recent = nil
		delete(k.camp.classes, k.classKey)
		k.camp.lists = slices.DeleteFunc(k.camp.lists, func(x *class) bool { return x == k })
		k.only.kept = slices.DeleteFunc(k.only.kept, func(x *class) bool { return x == k })
	}
}

// order is the place in the queue: by priority, then age. With ageing, a point of
// priority is worth some waiting time; since everybody ages alike, the order of any two
// never changes and is known at entry.
func (in *interaction) order() rank {
	first := int64(^in.priority) // the higher the lower, for every int
	if g := int64(in.camp.cfg.Ageing); g > 0 {
		return rank{in.since - worth(in.priority, g), first, in.since, int64(in.ord)}
	}
	return rank{first, in.since, int64(in.ord), 0}
}

// worth is the waiting time that a priority is worth: as much as makes sense, and at most
// some 146 years, so that the highest of all stays the highest.
func worth(priority int, point int64) int64 {
	const most = int64(1) << 62
	switch p := int64(priority); {
	case p > most/point:
		return most
	case p < -(most / point):
		return -most
	default:
		return p * point
	}
}

// reindex puts a member where its state belongs. It is called after every change of it.
func (e *Engine) reindex(m *member) {
	room := m.room()
	blocked := e.block(m, room)
	if blocked != m.blocked {
		m.camp.reasons[m.blocked]--
		m.camp.reasons[blocked]++
		m.blocked = blocked
	}
	if blocked != eligible {
		m.unpool()
		return
	}
	p := e.poolOf(m, room)
	r, weight := e.rankOf(m), e.weightOf(m, room)
	if m.pool == p && m.rank == r && m.weight == weight {
		return
	}
	more := m.pool == nil || p.room > m.pool.room
	m.unpool()
	m.pool, m.rank, m.weight = p, r, weight
	p.free.insert(r, m, weight)
	if more {
		e.wakeAgent(m.agent)
	}
}

// maxTakes bounds what one agent counts for in the limit of a queue.
const maxTakes = 100

// takes returns how many interactions a member may take one after the other, 1 to maxTakes.
// Only a limit of the queue asks for it.
func (e *Engine) takes(m *member, room int) uint64 {
	if m.camp.cfg.MaxInteractions == 0 {
		return 1
	}
	c := m.candidate()
	n := 1
	for ; n < min(room, maxTakes); n++ {
		c.Active++
		c.Load++
		if !e.mayPull(m, c) {
			break
		}
	}
	return uint64(n)
}

func (m *member) unpool() {
	if m.pool != nil {
		m.pool.free.remove(m.rank, m.weight)
		m.pool = nil
	}
}

// reorder is reindex for when only the order changes, not who is eligible: but for those
// whom a strategy lets take by what they have.
func (e *Engine) reorder(a *agent) {
	for _, m := range a.members {
		if m.pool != nil || m.camp.pull != nil {
			e.reindex(m)
		}
	}
}

// reindexAgent is reindex for all memberships.
func (e *Engine) reindexAgent(a *agent) {
	for _, m := range a.members {
		e.reindex(m)
	}
}

func (m *member) candidate() strategy.Candidate {
	a := m.agent
	return strategy.Candidate{
		Agent: a.id, Position: m.position, Tier: m.cfg.Tier, Penalty: m.cfg.Penalty,
		Active: a.active, Load: a.load, Limit: a.limit,
		IdleSince: max(a.ready, a.worked, m.joined), LastFinished: a.finished, Joined: m.joined,
		Answered: m.answered, Turn: m.turn,
	}
}

// wake marks an interaction, and wakeAgent an agent, as needing a decision.
func (e *Engine) wake(in *interaction) {
	if !in.dirty {
		in.dirty = true
		e.waiters = append(e.waiters, in)
	}
}

func (e *Engine) wakeAgent(a *agent) {
	if !a.dirty {
		a.dirty = true
		e.freed = append(e.freed, a)
	}
}
