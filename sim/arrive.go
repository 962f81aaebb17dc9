package sim

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	hour = int64(3600e9)
	day  = 24 * hour
)

// stream is one stream of customers in a replication. Each kind of draw has a source of its
// own, so that two configurations that are compared see the same customers.
type stream struct {
	*streamPlan
	when, handle, patience, who *rand.Rand

	day    int64   // of which busy is the factor
	busy   float64 // of the day's rates
	trace  int     // next of Trace
	cell   int     // interval of Counts
	booked int64   // waiting time is booked up to here
	left   int     // customers still to come in it
}

// everyNanos is the length of the stream's intervals.
func (s *streamPlan) everyNanos() int64 {
	if s.Every > 0 {
		return int64(s.Every.Duration())
	}
	return int64(defaultInterval)
}

// busyness is the factor of a day, drawn once a day, in order.
func (s *stream) busyness(d int64) float64 {
	if s.Busyness == 0 {
		return 1
	}
	for s.day < d {
		s.day++
		s.busy = gamma(s.when, s.Busyness)
	}
	return s.busy
}

// rate returns the rate per nanosecond at an instant after the start, and until when it
// holds.
func (s *stream) rate(at, midnight int64) (perNano float64, until int64) {
	t := at + midnight // since midnight of the first day
	d := t / day
	until = (d+1)*day - midnight
	r := s.Rate
	if n := int64(len(s.Rates)); n > 0 {
		e := s.everyNanos()
		r += s.Rates[t/e%n]
		until = min(until, (t/e+1)*e-midnight)
	}
	if s.Busyness == 0 && len(s.Rates) == 0 {
		until = math.MaxInt64
	}
	return r * s.busyness(d) / float64(hour), until
}

// never is an instant that does not come.
const never = math.MaxInt64

// next returns the next arrival of the Poisson process after an instant, or never when there
// is none before the limit. Instants count from the start.
func (s *stream) next(at, midnight, limit int64) int64 {
	e := s.when.ExpFloat64()
	for at < limit {
		r, until := s.rate(at, midnight)
		if r > 0 {
			if gap := e / r; gap < float64(until-at) {
				return at + int64(gap)
			}
			e -= r * float64(until-at)
		}
		at = until
	}
	return never
}

// nextCounted returns the next arrival of Counts: of those that are left in an interval,
// the first of so many instants drawn in what is left of it.
func (s *stream) nextCounted(at int64) int64 {
	e := s.everyNanos()
	for {
		if s.left == 0 {
			s.cell++
			if s.cell >= len(s.Counts) {
				return never
			}
			s.left = s.Counts[s.cell]
			at = int64(s.cell) * e
			continue
		}
		end := int64(s.cell+1) * e
		u := 1 - math.Pow(1-s.when.Float64(), 1/float64(s.left))
		s.left--
		return at + int64(u*float64(end-at))
	}
}

// openStreams schedules the first customer of every stream.
func (w *world) openStreams() {
	for i := range w.streams {
		s := &w.streams[i]
		s.day, s.cell = -1, -1
		w.schedule(s.next(0, w.midnight, w.lastArrival), evArrive, i)
		w.schedule(s.nextCounted(0), evCounted, i)
		w.scheduleTrace(i)
		if len(s.Bursts) > 0 {
			w.agenda.add(w.p.start, evBursts, int32(i), 0)
		}
	}
}

// schedule adds an arrival at an instant after the start, if there is one in time.
func (w *world) schedule(at int64, k kind, i int) {
	if at != never && at < w.lastArrival {
		w.agenda.add(w.p.start+at, k, int32(i), 0)
	}
}

func (w *world) scheduleTrace(i int) {
	s := &w.streams[i]
	if s.trace < len(s.Trace) {
		w.schedule(int64(s.Trace[s.trace].At.Duration()), evTrace, i)
	}
}

// come handles the events of streams.
func (w *world) come(e event) {
	i := int(e.x)
	s := &w.streams[i]
	switch e.kind {
	case evArrive:
		w.arrive(i, nil)
		w.schedule(s.next(w.now-w.p.start, w.midnight, w.lastArrival), evArrive, i)
	case evCounted:
		w.arrive(i, nil)
		w.schedule(s.nextCounted(w.now-w.p.start), evCounted, i)
	case evTrace:
		w.arrive(i, &s.Trace[s.trace])
		s.trace++
		w.scheduleTrace(i)
	case evBurst:
		w.arrive(i, nil)
	case evBursts:
		w.layBursts(i)
	}
}

// layBursts schedules a day's bursts.
func (w *world) layBursts(i int) {
	s := &w.streams[i]
	today := (w.now-w.p.start+w.midnight)/day*day - w.midnight
	for _, b := range s.Bursts {
		from := today + int64(b.At)
		for range b.Count {
			at := from + int64(float64(b.Over.Duration())*s.when.Float64())
			if at >= w.now-w.p.start {
				w.schedule(at, evBurst, i)
			}
		}
	}
	w.schedule(today+day, evBursts, i)
}

// sortTrace returns calls in order of arrival.
func sortTrace(calls []Call) []Call {
	out := slices.Clone(calls)
	slices.SortStableFunc(out, func(a, b Call) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	return out
}
