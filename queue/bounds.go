package queue

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// The bounds of configuration. [Configure], [ConfigureAgent] and [New] refuse a number
// outside of its bounds, with its path. A journal or snapshot that an earlier version wrote
// may hold such a number: it opens, and the number counts as the nearest bound.
const (
	// MaxSpan is the longest span of time of a configuration.
	MaxSpan = 366 * 24 * time.Hour
	// MinRepeat is the shortest span between two repetitions: [Overflow].Every and
	// [Announce].Every are 0 or at least this.
	MinRepeat = time.Second
	// MaxCount is the largest limit, tier, count, and distance of a priority from 0.
	MaxCount = 1_000_000
	// MaxAttempts is the largest MaxHops and SendAttempts: both repeat work at once.
	MaxAttempts = 100
)

// place is where a number is in a configuration: "ringTime" or "relax[2].after".
// Its text is only built for a fault.
type place struct {
	list  string
	index int
	field string
}

func (p place) String() string {
	if p.list == "" {
		return p.field
	}
	return p.list + "[" + strconv.Itoa(p.index) + "]." + p.field
}

// bounds is what is done with each number of a configuration: it is checked, or moved to
// the nearest bound.
type bounds interface {
	// span has a duration that is 0 or least to MaxSpan.
	span(at place, d *time.Duration, least time.Duration)
	// count has a whole number that is low to high.
	count(at place, n *int, low, high int)
}

// checker reports what is out of bounds.
type checker struct{ faults *Faults }

func (c checker) span(at place, d *time.Duration, least time.Duration) {
	switch {
	case *d < 0 || *d > MaxSpan:
		tooLong(c.faults, at.String(), *d)
	case *d > 0 && *d < least:
		c.faults.Add(at.String(), "must be 0 or at least %s, is %s", least, *d)
	}
}

func (c checker) count(at place, n *int, low, high int) {
	switch {
	case *n >= low && *n <= high:
	case low == 0 && *n < 0:
		c.faults.Add(at.String(), "must be ≥ 0, is %d", *n)
	default:
		c.faults.Add(at.String(), "must be %d to %d, is %d", low, high, *n)
	}
}

// clamper moves what is out of bounds to the nearest bound.
type clamper struct{}

func (clamper) span(_ place, d *time.Duration, least time.Duration) {
	if *d = min(max(*d, 0), MaxSpan); *d > 0 {
		*d = max(*d, least)
	}
}

func (clamper) count(_ place, n *int, low, high int) { *n = min(max(*n, low), high) }

type namedDuration struct {
	path  string
	value *time.Duration
}

func (c *Campaign) durations() []namedDuration {
	return []namedDuration{
		{"ringTime", &c.RingTime}, {"tierWait", &c.TierWait}, {"serviceLevel", &c.ServiceLevel},
		{"shortAbandon", &c.ShortAbandon}, {"lateAfter", &c.LateAfter}, {"maxTransferTime", &c.MaxTransferTime}, {"maxTime", &c.MaxTime},
		{"botTimeout", &c.BotTimeout}, {"botSilence", &c.BotSilence}, {"window", &c.Window},
		{"sendTimeout", &c.SendTimeout}, {"sendReplies", &c.SendReplies}, {"sendTexts", &c.SendTexts}, {"sendTemplates", &c.SendTemplates},
		{"wrapUp", &c.WrapUp}, {"wrapUpMax", &c.WrapUpMax},
		{"declineMemory", &c.DeclineMemory}, {"declineDelay", &c.DeclineDelay}, {"missDelay", &c.MissDelay},
		{"failDelay", &c.FailDelay}, {"ageing", &c.Ageing}, {"stickyWait", &c.StickyWait}, {"reopen", &c.Reopen},
		{"announce.first", &c.Announce.First},
		{"silence.customerWarn", &c.Silence.CustomerWarn}, {"silence.customerEnd", &c.Silence.CustomerEnd},
		{"silence.agentNudge", &c.Silence.AgentNudge}, {"silence.agentReturn", &c.Silence.AgentReturn},
	}
}

func (m *Member) numbers(b bounds, at place) {
	b.count(at.with("tier"), &m.Tier, 0, MaxCount)
	b.count(at.with("limit"), &m.Limit, 0, MaxCount)
	b.count(at.with("penalty"), &m.Penalty, 0, 100)
}

func (s *Skill) numbers(b bounds, at place) {
	if s.Level != 0 { // 0 means 1
		b.count(at.with("level"), &s.Level, 1, 10)
	}
	b.span(at.with("for"), &s.For, 0)
}

// numbers visits a ring. The After of an overflow step's ring is not used, and may be
// anything within bounds.
func (r *Relax) numbers(b bounds, at place) {
	b.span(at.with("after"), &r.After, 0)
	b.count(at.with("lower"), &r.Lower, 0, MaxCount)
	b.count(at.with("tiers"), &r.Tiers, 0, MaxCount)
}

func (s *Overflow) numbers(b bounds, at place) {
	b.span(at.with("after"), &s.After, 0)
	b.span(at.with("every"), &s.Every, MinRepeat)
	b.count(at.with("than"), &s.Than, 0, int(MaxSpan/time.Second))
	if s.Relax != nil {
		s.Relax.numbers(b, at.with("relax"))
	}
}

func (p place) with(field string) place {
	if p.field != "" {
		field = p.field + "." + field
	}
	p.field = field
	return p
}

// numbers visits every number of an agent's configuration.
func (a *Agent) numbers(b bounds) {
	b.count(place{field: "limit"}, &a.Limit, 0, MaxCount)
	b.span(place{field: "lease"}, &a.Lease, 0)
	for _, name := range slices.Sorted(maps.Keys(a.ChannelLimits)) {
		limit := a.ChannelLimits[name]
		if b.count(place{field: "channelLimits." + name}, &limit, 0, MaxCount); limit != a.ChannelLimits[name] {
			a.ChannelLimits[name] = limit
		}
	}
}

// clamped returns a with every number within its bounds.
func (a Agent) clamped() Agent {
	var f Faults
	if a.numbers(checker{&f}); len(f) == 0 {
		return a
	}
	a.ChannelLimits = maps.Clone(a.ChannelLimits)
	a.numbers(clamper{})
	return a
}

// numbers visits every number of a campaign's configuration that is in no list.
func (c *Campaign) numbers(b bounds) {
	for _, d := range c.durations() {
		b.span(place{field: d.path}, d.value, 0)
	}
	b.span(place{field: "announce.every"}, &c.Announce.Every, MinRepeat)
	b.count(place{field: "maxInteractions"}, &c.MaxInteractions, 0, MaxCount)
	b.count(place{field: "sendAttempts"}, &c.SendAttempts, 0, MaxAttempts)
	b.count(place{field: "autoPauseMisses"}, &c.AutoPauseMisses, 0, MaxCount)
	b.count(place{field: "maxHops"}, &c.MaxHops, 0, MaxAttempts)
	b.count(place{field: "priority"}, &c.Priority, -MaxCount, MaxCount)
}

// listNumbers visits the numbers of a campaign's members, skills, rings and steps.
func (c *Campaign) listNumbers(b bounds) {
	visitSkills(c.Skills, b)
	for i := range c.Members {
		c.Members[i].numbers(b, place{list: "members", index: i})
		visitSkills(c.Members[i].Skills, b)
	}
	for i := range c.Relax {
		c.Relax[i].numbers(b, place{list: "relax", index: i})
	}
	for i := range c.Overflow {
		c.Overflow[i].numbers(b, place{list: "overflow", index: i})
	}
}

func visitSkills(list []Skill, b bounds) {
	for i := range list {
		list[i].numbers(b, place{list: "skills", index: i})
	}
}

// clamped returns c with every number within its bounds.
func (c Campaign) clamped() Campaign {
	var f Faults
	c.numbers(checker{&f})
	if c.listNumbers(checker{&f}); len(f) == 0 {
		return c
	}
	c.Skills, c.Members = slices.Clone(c.Skills), slices.Clone(c.Members)
	c.Relax, c.Overflow = slices.Clone(c.Relax), slices.Clone(c.Overflow)
	for i := range c.Members {
		c.Members[i].Skills = slices.Clone(c.Members[i].Skills)
	}
	for i := range c.Overflow {
		if r := c.Overflow[i].Relax; r != nil {
			own := *r
			c.Overflow[i].Relax = &own
		}
	}
	c.numbers(clamper{})
	c.listNumbers(clamper{})
	return c
}
