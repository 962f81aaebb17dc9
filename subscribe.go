package usher

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/usher-go/usher/queue"
)

// LagError is returned by [Subscription.Next] when the subscriber was so slow that events
// were dropped. The next call goes on with the oldest event there is; what was missed can
// be read from the journal.
type LagError struct {
	Missed uint64 // events
	From   uint64 // the first one missed
}

// Error implements error.
func (e *LagError) Error() string {
	return fmt.Sprintf("usher: subscriber lags: missed %d events from %d", e.Missed, e.From)
}

// Subscription follows the events of a center. It is for one goroutine.
type Subscription struct {
	subs  *subscribers
	kinds []queue.Kind
	next  uint64
	fresh bool // begins at the end of the journal, which is not known yet
	wake  chan struct{}
}

// subscribers shares one ring of recent events among all who follow: a slow one costs
// nothing and delays nobody, it only lags.
type subscribers struct {
	mu    sync.Mutex
	ring  [][]queue.Event // what was published together stands together; in order, none empty
	size  int             // events in the ring
	all   map[*Subscription]struct{}
	start uint64 // the last event before the ring
	begun bool   // start is known: the journal was read
}

// ringSize is how many events a subscriber may fall behind.
const ringSize = 8192

// Subscribe follows durable events of the given kinds (none = all), from the sequence
// number after; 0 means from now on, and before the journal was read, from its end on. Where
// events that follow after are no longer in memory, as after a restart, the first call of
// [Subscription.Next] returns a *[LagError]; read them with [Center.Events].
func (c *Center) Subscribe(after uint64, kinds ...queue.Kind) *Subscription {
	s := &Subscription{subs: &c.subs, kinds: kinds, next: max(after, after+1), wake: make(chan struct{}, 1)}
	c.subs.mu.Lock()
	defer c.subs.mu.Unlock()
	if after == 0 {
		s.next, s.fresh = c.subs.last()+1, !c.subs.begun
	}
	if c.subs.all == nil {
		c.subs.all = map[*Subscription]struct{}{}
	}
	c.subs.all[s] = struct{}{}
	return s
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.subs.mu.Lock()
	defer s.subs.mu.Unlock()
	delete(s.subs.all, s)
}

// Next returns the next event, waiting for it until ctx ends. When ctx has ended it returns
// the cause, also when there are events to read: see [Subscription.Poll]. A *[LagError] says
// that events were missed.
func (s *Subscription) Next(ctx context.Context) (queue.Event, error) {
	for {
		if ctx.Err() != nil {
			return queue.Event{}, context.Cause(ctx)
		}
		ev, ok, err := s.Poll()
		if ok || err != nil {
			return ev, err
		}
		select {
		case <-ctx.Done():
			return queue.Event{}, context.Cause(ctx)
		case <-s.wake:
		}
	}
}

// Poll is [Subscription.Next] without waiting: ok is false when there is no event to read yet.
func (s *Subscription) Poll() (ev queue.Event, ok bool, err error) {
	s.subs.mu.Lock()
	defer s.subs.mu.Unlock()
	if !s.subs.begun {
		return queue.Event{}, false, nil
	}
	ring, first := s.subs.ring, s.subs.start+1
	if len(ring) > 0 {
		first = ring[0][0].Seq
	}
	if s.next < first {
		lag := &LagError{Missed: first - s.next, From: s.next}
		s.next = first
		return queue.Event{}, false, lag
	}
	for at := s.subs.page(s.next); at < len(ring); at++ {
		for page := ring[at]; s.next <= page[len(page)-1].Seq; {
			ev := &page[s.next-page[0].Seq]
			s.next++
			if len(s.kinds) == 0 || slices.Contains(s.kinds, ev.Kind) {
				return *ev, true, nil
			}
		}
	}
	return queue.Event{}, false, nil
}

// begin says which event was the last before the center began. Subscriptions to what comes
// begin after it, and those to what was before it learn that they lag.
func (s *subscribers) begin(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start, s.begun = seq, true
	for x := range s.all {
		if x.fresh {
			x.next, x.fresh = seq+1, false
		}
		x.rouse()
	}
}

// rouse wakes a Next that waits.
func (s *Subscription) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *subscribers) last() uint64 {
	if n := len(s.ring); n > 0 {
		page := s.ring[n-1]
		return page[len(page)-1].Seq
	}
	return s.start
}

// page returns where in the ring an event is, or will be.
func (s *subscribers) page(seq uint64) int {
	return sort.Search(len(s.ring), func(i int) bool {
		page := s.ring[i]
		return page[len(page)-1].Seq >= seq
	})
}

// add puts events into the ring as they are, and drops the oldest when there are enough
// without them.
func (s *subscribers) add(events []queue.Event) {
	s.ring = append(s.ring, events)
	for s.size += len(events); s.size-len(s.ring[0]) >= ringSize; {
		s.size -= len(s.ring[0])
		s.ring[0] = nil
		s.ring = s.ring[1:]
	}
}

// publish adds events and wakes who waits for them.
func (s *subscribers) publish(events []queue.Event) {
	if len(events) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(events)
	for x := range s.all {
		x.rouse()
	}
}
