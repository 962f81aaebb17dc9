package sla

import (
	"fmt"
	"slices"
	"time"
)

// The defaults of a [SeriesConfig].
const (
	DefaultInterval = 30 * time.Minute
	DefaultKeep     = 14 * 48 // two weeks of half hours
)

// SeriesConfig says how a [Series] cuts time and how much of it is kept. In JSON its
// durations are nanoseconds.
type SeriesConfig struct {
	// Interval is the length of one: whole seconds, a divisor of a day; 0 =
	// [DefaultInterval].
	Interval time.Duration `json:"interval,omitempty"`
	// Keep is how many intervals are kept for each campaign; 0 = [DefaultKeep].
	Keep int `json:"keep,omitempty"`
	// Offset is that of the local zone, east of UTC, whole seconds and within a day. It
	// only shifts where intervals begin: intervals of an hour begin at the full hours of
	// a zone at +05:30 when it is 5 h 30 min. It does not follow summer time, which is
	// of no account for intervals of an hour or less.
	Offset time.Duration `json:"offset,omitempty"`
}

func (c SeriesConfig) withDefaults() SeriesConfig {
	if c.Interval == 0 {
		c.Interval = DefaultInterval
	}
	if c.Keep == 0 {
		c.Keep = DefaultKeep
	}
	return c
}

// maxKeep keeps a typing error from taking all memory: ten years of quarter hours.
const maxKeep = 10 * 366 * 96

func (c SeriesConfig) validate() error {
	const day = 24 * time.Hour
	var faults []string
	if c.Interval < time.Second || c.Interval%time.Second != 0 || day%c.Interval != 0 {
		faults = append(faults, fmt.Sprintf("config.interval: must be whole seconds and divide a day, is %v", c.Interval))
	}
	if c.Keep < 1 || c.Keep > maxKeep {
		faults = append(faults, fmt.Sprintf("config.keep: must be 1 to %d, is %d", maxKeep, c.Keep))
	}
	if c.Offset <= -day || c.Offset >= day || c.Offset%time.Second != 0 {
		faults = append(faults, fmt.Sprintf("config.offset: must be whole seconds and within a day, is %v", c.Offset))
	}
	if faults != nil {
		return &Error{faults}
	}
	return nil
}

// Series keeps [Counts] per campaign and interval. Make one with [NewSeries].
//
// For each campaign the latest intervals are kept, up to the one that was last asked for.
// What falls out is not lost: it is merged into one Counts of everything before (see
// [Series.Before]), and what is counted late for such an interval goes there as well. So
// every count is in exactly one place, and in the same one whenever it comes.
type Series struct {
	cfg       SeriesConfig
	campaigns map[string]*track
}

// track is one campaign's ring of intervals. An interval is numbered by how many lie
// between it and 1970; number n is in slots[n mod Keep], nil when nothing was asked for it.
type track struct {
	slots  []*Counts
	newest int64
	before Counts
	spare  *Counts // one that fell out, to be used again
}

// Interval is the counts of one campaign from Start up to but without End.
type Interval struct {
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Counts Counts    `json:"counts,omitzero"`
}

// NewSeries returns an empty series, or an *[Error] with every fault of the configuration.
func NewSeries(cfg SeriesConfig) (*Series, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return &Series{cfg: cfg, campaigns: map[string]*track{}}, nil
}

// Config returns the configuration with its defaults filled in.
func (s *Series) Config() SeriesConfig { return s.cfg }

// Campaigns returns the campaigns that anything was counted for, in order.
func (s *Series) Campaigns() []string {
	ids := make([]string, 0, len(s.campaigns))
	for id := range s.campaigns {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Forget drops all of a campaign's counts.
func (s *Series) Forget(campaign string) { delete(s.campaigns, campaign) }

// At returns the counters of the interval in which t lies, to be counted in. The pointer
// holds until the next call; do not keep it. An instant before the oldest interval that
// is kept gives the counters of everything before.
func (s *Series) At(campaign string, t time.Time) *Counts {
	n := s.number(t)
	tr := s.campaigns[campaign]
	if tr == nil {
		tr = &track{slots: make([]*Counts, s.cfg.Keep), newest: n}
		s.campaigns[campaign] = tr
	}
	return tr.at(n)
}

func (tr *track) at(n int64) *Counts {
	keep := int64(len(tr.slots))
	if n <= tr.newest-keep {
		return &tr.before
	}
	if n > tr.newest {
		// Those that fall out: at most all of them, however far n is ahead.
		for i := max(tr.newest+1, n-keep+1); i <= n; i++ {
			tr.drop(i)
		}
		tr.newest = n
	}
	slot := &tr.slots[floorMod(n, keep)]
	if *slot == nil {
		*slot = tr.fresh()
	}
	return *slot
}

// drop empties the slot of interval n, which another interval may hold.
func (tr *track) drop(n int64) {
	slot := &tr.slots[floorMod(n, int64(len(tr.slots)))]
	if *slot == nil {
		return
	}
	tr.before.Add(*slot)
	tr.spare, *slot = *slot, nil
}

func (tr *track) fresh() *Counts {
	c := tr.spare
	if c == nil {
		return &Counts{}
	}
	tr.spare, *c = nil, Counts{}
	return c
}

// AgentTime counts the time from one instant up to another of one agent who was logged in,
// with work in hand or without, in the intervals in which it passed.
func (s *Series) AgentTime(campaign string, from, to time.Time, busy bool) {
	if !from.Before(to) {
		return
	}
	s.At(campaign, to.Add(-1)) // makes room for the latest first, so that the oldest is known
	tr := s.campaigns[campaign]
	if oldest := s.start(tr.newest - int64(len(tr.slots)) + 1); from.Before(oldest) {
		end := earlier(oldest, to)
		tr.before.AgentTime(end.Sub(from), busy)
		from = end
	}
	for from.Before(to) {
		n := s.number(from)
		end := earlier(s.start(n+1), to)
		tr.at(n).AgentTime(end.Sub(from), busy)
		from = end
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Range returns the campaign's intervals that overlap the time from one instant up to
// another, oldest first and without gaps: those in which nothing was counted are empty.
// It begins with the oldest interval that holds counts, or later, and has no more than
// Keep intervals. A zero from means that oldest one, a zero to the latest. Counts are
// copies. A campaign for which nothing was ever counted has none.
func (s *Series) Range(campaign string, from, to time.Time) []Interval {
	tr := s.campaigns[campaign]
	if tr == nil {
		return nil
	}
	first, last := s.bounds(tr, from, to)
	var out []Interval
	for n := first; n <= last; n++ {
		i := Interval{Start: s.start(n), End: s.start(n + 1)}
		if c := tr.peek(n); c != nil {
			i.Counts = *c
		}
		out = append(out, i)
	}
	return out
}

// Total returns the sum of the intervals that [Series.Range] returns.
func (s *Series) Total(campaign string, from, to time.Time) Counts {
	var sum Counts
	tr := s.campaigns[campaign]
	if tr == nil {
		return sum
	}
	first, last := s.bounds(tr, from, to)
	for n := first; n <= min(last, tr.newest); n++ {
		if c := tr.peek(n); c != nil {
			sum.Add(c)
		}
	}
	return sum
}

// Before returns the sum of all that was counted for intervals that are no longer kept.
// Together with the Total of all kept ones it is all that was ever counted.
func (s *Series) Before(campaign string) Counts {
	if tr := s.campaigns[campaign]; tr != nil {
		return tr.before
	}
	return Counts{}
}

// Ever returns the sum of all that was ever counted for a campaign: [Series.Before] and all
// intervals that are kept.
func (s *Series) Ever(campaign string) Counts {
	tr := s.campaigns[campaign]
	if tr == nil {
		return Counts{}
	}
	sum := tr.before
	for _, c := range tr.slots {
		if c != nil {
			sum.Add(c)
		}
	}
	return sum
}

// bounds returns the numbers of the first and the last interval of a range; first > last
// when it is empty.
func (s *Series) bounds(tr *track, from, to time.Time) (first, last int64) {
	keep := int64(len(tr.slots))
	first, last = tr.newest-keep+1, tr.newest
	for first < tr.newest && tr.peek(first) == nil {
		first++
	}
	if !from.IsZero() {
		first = max(first, s.number(from))
	}
	if !to.IsZero() {
		last = s.number(to.Add(-1)) // up to, but without
	}
	return first, min(last, first+keep-1)
}

// peek returns the counters of an interval that is kept, nil when there are none.
func (tr *track) peek(n int64) *Counts {
	keep := int64(len(tr.slots))
	if n > tr.newest || n <= tr.newest-keep {
		return nil
	}
	return tr.slots[floorMod(n, keep)]
}

func (s *Series) number(t time.Time) int64 {
	return floorDiv(t.Unix()+s.offset(), s.length())
}

func (s *Series) start(n int64) time.Time {
	return time.Unix(n*s.length()-s.offset(), 0).UTC()
}

func (s *Series) length() int64 { return int64(s.cfg.Interval / time.Second) }
func (s *Series) offset() int64 { return int64(s.cfg.Offset / time.Second) }

// floorDiv and floorMod round down, so that instants before 1970 are in order too.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
