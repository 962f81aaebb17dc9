package queue

import (
	"math"
	"time"
)

// The bounds of the engine's time. An instant outside of them counts as the nearest: the
// engine keeps Unix nanoseconds, which end in April 2262, and 0 is no instant. From Latest
// on time stands still, and no deadline falls due.
var (
	Earliest = time.Unix(0, 1).UTC()
	Latest   = time.Date(2261, time.April, 1, 0, 0, 0, 0, time.UTC)
)

// never is the instant of a deadline beyond the last: it does not fall due.
const never = math.MaxInt64

var lastInstant = Latest.UnixNano()

// clamp returns a time of the caller's as the engine's: 1 to Latest.
func clamp(now time.Time) int64 { return min(max(nanos(now), 1), lastInstant) }

// nanos returns a time as Unix nanoseconds without its zone and monotonic reading: 0 for no
// time at all, else 1 to never.
func nanos(t time.Time) int64 {
	switch s := t.Unix(); {
	case t.IsZero():
		return 0
	case s < 0:
		return 1
	case s >= never/int64(time.Second):
		return never
	}
	return max(t.UnixNano(), 1)
}

// instant returns the time of Unix nanoseconds; 0 is no time at all.
func instant(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// later returns the instant d after at, at most never.
func later[D ~int64](at int64, d D) int64 {
	if d > 0 && at > never-int64(d) {
		return never
	}
	return at + int64(d)
}

// times returns n times d, at most never. Neither may be negative.
func times(d int64, n int) int64 {
	if d > 0 && int64(n) > never/d {
		return never
	}
	return d * int64(n)
}
