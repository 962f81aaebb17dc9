package schedule

import (
	"cmp"
	"slices"
	"time"
)

// Hours answer when a schedule is open. They are immutable and safe for concurrent use. A
// nil *Hours is always open.
type Hours struct {
	loc        *time.Location
	week       [7][]span // by weekday, merged
	exceptions []exception
	always     bool // the week alone leaves no gap
	never      bool // the week alone has no range
}

// span is wall-clock seconds from the midnight it begins after; to may reach into the
// next day.
type span struct{ from, to int64 }

type exception struct {
	day   int64
	spans []span
}

const (
	daySeconds = int64(24 * 3600)
	// reach is further than any clock was ever moved at once, and one day.
	reach = 2 * daySeconds
)

// finish sorts and merges, once.
func (h *Hours) finish() {
	h.never = true
	for i := range h.week {
		h.week[i] = merge(h.week[i])
		h.never = h.never && len(h.week[i]) == 0
	}
	for i := range h.exceptions {
		h.exceptions[i].spans = merge(h.exceptions[i].spans)
	}
	slices.SortFunc(h.exceptions, func(a, b exception) int { return cmp.Compare(a.day, b.day) })
	h.always = h.covers()
}

func merge(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := list[:0]
	for _, s := range list {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
		} else {
			out = append(out, s)
		}
	}
	return slices.Clone(out)
}

// covers reports whether the week's ranges leave no gap.
func (h *Hours) covers() bool {
	for day := range h.week {
		// What of this day is covered by the day before, then by its own ranges.
		reached := int64(0)
		for _, s := range h.week[(day+6)%7] {
			reached = max(reached, s.to-daySeconds)
		}
		for _, s := range h.week[day] {
			if s.from > reached {
				return false
			}
			reached = max(reached, s.to)
		}
		if reached < daySeconds {
			return false
		}
	}
	return true
}

// Open reports whether t is within opening hours.
func (h *Hours) Open(t time.Time) bool {
	if h == nil {
		return true
	}
	c := h.clock(t)
	_, open := c.until(c.now, c.day)
	return open
}

// Next returns the first instant after t at which the schedule opens or closes, false if
// it never does again.
func (h *Hours) Next(t time.Time) (time.Time, bool) {
	if h == nil {
		return time.Time{}, false
	}
	c := h.clock(t)
	at, ok := c.next()
	return time.Unix(at, 0).UTC(), ok
}

// Since returns the instant at which the present period, open or closed, began; false if
// it has no beginning. It names the period: two instants have the same one if and only if
// they are in the same period.
func (h *Hours) Since(t time.Time) (time.Time, bool) {
	if h == nil {
		return time.Time{}, false
	}
	c := h.clock(t)
	at, ok := c.since()
	return time.Unix(at, 0).UTC(), ok
}

// spansOf returns the ranges that begin on a day.
func (h *Hours) spansOf(day int64) []span {
	if len(h.exceptions) > 0 {
		i, found := slices.BinarySearchFunc(h.exceptions, day, func(e exception, day int64) int { return cmp.Compare(e.day, day) })
		if found {
			return h.exceptions[i].spans
		}
	}
	return h.week[weekday(day)]
}

// clock is a zone around one instant: while no change of the zone is near, wall time is
// the instant plus an offset.
type clock struct {
	h        *Hours
	now      int64 // Unix seconds, rounded down: boundaries are whole seconds
	day      int64 // local day
	offset   int64
	low, top int64 // instants between which the offset holds for sure
}

func (h *Hours) clock(t time.Time) clock {
	c := clock{h: h, now: floor(t)}
	c.near(c.now)
	c.day = dayOf(c.now + c.offset)
	return c
}

// near learns the zone around an instant.
func (c *clock) near(at int64) {
	t := time.Unix(at, 0).In(c.h.loc)
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	c.offset, c.low, c.top = int64(offset), -1<<62, 1<<62
	if !start.IsZero() {
		c.low = start.Unix() + reach
	}
	if !end.IsZero() {
		c.top = end.Unix() - reach
	}
}

// instants returns the first and the last instant that the wall shows w, in seconds since
// 1970 local time. When it never does, both are the instant of the jump over it.
func (c *clock) instants(w int64) (first, last int64) {
	if at := w - c.offset; at >= c.low && at < c.top {
		return at, at
	}
	c.near(w - c.offset)
	if at := w - c.offset; at >= c.low && at < c.top {
		return at, at
	}
	// A change of the zone is near: try the offsets on both sides of it.
	early, late := c.offsetAt(w-reach), c.offsetAt(w+reach)
	a, b := w-early, w-late
	okA, okB := c.offsetAt(a) == early, c.offsetAt(b) == late
	switch {
	case okA && okB:
		return min(a, b), max(a, b)
	case okA:
		return a, a
	case okB:
		return b, b
	}
	start, _ := time.Unix(a, 0).In(c.h.loc).ZoneBounds()
	return start.Unix(), start.Unix()
}

func (c *clock) offsetAt(at int64) int64 {
	_, offset := time.Unix(at, 0).In(c.h.loc).Zone()
	return int64(offset)
}

// bounds returns the instants of a span of a day, from inclusive, to exclusive.
func (c *clock) bounds(day int64, s span) (from, to int64) {
	from, _ = c.instants(day*daySeconds + s.from)
	_, to = c.instants(day*daySeconds + s.to)
	return from, to
}

// until returns the latest end of the ranges that cover at, which is on or just after
// day. A range can begin at most two days before: it lasts less than two, and a zone may
// skip a day.
func (c *clock) until(at, day int64) (end int64, open bool) {
	for d := day - 3; d <= day+1; d++ {
		for _, s := range c.h.spansOf(d) {
			if from, to := c.bounds(d, s); from <= at && at < to {
				end, open = max(end, to), true
			}
		}
	}
	return end, open
}

// opens returns the first beginning of a range after at, among those of nine days.
func (c *clock) opens(at, day int64) (start int64, ok bool) {
	for d := day - 3; d <= day+9; d++ {
		if ok && d > day+1 && start <= (d-2)*daySeconds-c.offset {
			return start, true
		}
		for _, s := range c.h.spansOf(d) {
			if from, to := c.bounds(d, s); from > at && from < to && (!ok || from < start) {
				start, ok = from, true
			}
		}
	}
	return start, ok
}

// next finds the end of the present period.
func (c *clock) next() (int64, bool) {
	at := c.now
	end, open := c.until(at, c.day)
	if !open {
		return c.nextOpening(at)
	}
	for {
		// One range may run into the next; the week as a whole repeats, so a full round
		// without an end has none before the next exception.
		at = end
		day := dayOf(at + c.offsetAt(at))
		if c.h.always && at-c.now > 8*daySeconds {
			i, _ := slices.BinarySearchFunc(c.h.exceptions, day-1, func(e exception, day int64) int { return cmp.Compare(e.day, day) })
			if i == len(c.h.exceptions) {
				return 0, false
			}
			if skip := c.h.exceptions[i].day; skip > day+1 {
				day = skip - 1
				at, _ = c.instants(day * daySeconds)
			}
		}
		if end, open = c.until(at, day); !open {
			return at, true
		}
	}
}

// nextOpening looks in the days ahead, then at the dates of exceptions.
func (c *clock) nextOpening(at int64) (int64, bool) {
	day := c.day
	for {
		if start, ok := c.opens(at, day); ok {
			return start, true
		}
		i, _ := slices.BinarySearchFunc(c.h.exceptions, day+10, func(e exception, day int64) int { return cmp.Compare(e.day, day) })
		if i == len(c.h.exceptions) {
			return 0, false
		}
		if !c.h.never {
			day += 9 // only a long row of closed exceptions gets here
			continue
		}
		day = c.h.exceptions[i].day
	}
}

// since finds the beginning of the present period, by the same steps backwards.
func (c *clock) since() (int64, bool) {
	if _, open := c.until(c.now, c.day); open {
		return c.openSince()
	}
	return c.closedSince()
}

func (c *clock) openSince() (int64, bool) {
	at, day := c.now, c.day
	for {
		start := at
		for d := day - 3; d <= day+1; d++ {
			for _, s := range c.h.spansOf(d) {
				if from, to := c.bounds(d, s); from <= at && at <= to && from < to {
					start = min(start, from)
				}
			}
		}
		if start == at {
			return at, true
		}
		at = start
		day = dayOf(at + c.offsetAt(at))
		if !c.h.always || c.now-at <= 8*daySeconds {
			continue
		}
		i, _ := slices.BinarySearchFunc(c.h.exceptions, day+2, func(e exception, day int64) int { return cmp.Compare(e.day, day) })
		if i == 0 {
			return 0, false
		}
		if skip := c.h.exceptions[i-1].day; skip < day-4 {
			day = skip + 4
			at, _ = c.instants(day * daySeconds)
		}
	}
}

func (c *clock) closedSince() (int64, bool) {
	day := c.day
	for {
		end, found := int64(0), false
		for d := day + 1; d >= day-9; d-- {
			for _, s := range c.h.spansOf(d) {
				if from, to := c.bounds(d, s); to <= c.now && from < to && (!found || to > end) {
					end, found = to, true
				}
			}
		}
		if found {
			return end, true
		}
		i, _ := slices.BinarySearchFunc(c.h.exceptions, day-9, func(e exception, day int64) int { return cmp.Compare(e.day, day) })
		switch {
		case i == 0 && c.h.never:
			return 0, false
		case c.h.never:
			day = c.h.exceptions[i-1].day
		case i == 0 && day < c.day-20:
			return 0, false
		default:
			day -= 9
		}
	}
}

func floor(t time.Time) int64 { return t.Unix() }

// dayOf counts days since 1 January 1970, a Thursday.
func dayOf(seconds int64) int64 {
	day := seconds / daySeconds
	if seconds%daySeconds < 0 {
		day--
	}
	return day
}

// dayNumber is the day of a time whose wall clock stands for UTC.
func dayNumber(t time.Time) int64 { return dayOf(t.Unix()) }

func weekday(day int64) int { return int(((day+4)%7 + 7) % 7) }
