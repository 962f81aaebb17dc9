package usher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

const (
	defaultRetention       = 90 * 24 * time.Hour
	defaultBodyRetention   = 30 * 24 * time.Hour
	defaultMemoryRetention = 24 * time.Hour
	defaultJournalWarning  = 50 << 30
	// markShare is the part of a record's age by which it may be dropped too late: two
	// marks are at most this part of their age apart, or of the shortest retention.
	markShare = 32
	// expiryGrace is how long, in real time, the end of a Run waits for what is being
	// dropped. What is left is dropped after the next opening.
	expiryGrace = 5 * time.Second
)

// mark is the place of a snapshot in the journal. By its marks a center knows how old the
// records of the journal are, and with the spans which interactions were open then.
type mark struct {
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"` // of the last event up to it, or later
	// Whole says that every interaction that was open at the mark has a span over it.
	// Otherwise that is so only for those that were open at a neighbouring mark as well.
	Whole bool `json:"whole,omitempty"`
}

// openSpan says that an interaction was open from one mark to another. One that was
// reopened has First 0: it counts as open from its beginning.
type openSpan struct {
	Interaction string `json:"interaction"`
	First       uint64 `json:"first,omitempty"`
	Last        uint64 `json:"last"`
}

// retentionState is what a snapshot holds of the retention.
type retentionState struct {
	Marks  []mark     `json:"marks,omitempty"`
	Spans  []openSpan `json:"spans,omitempty"`
	Bodies uint64     `json:"bodies,omitempty"` // up to here bodies have been erased by age,
	Spared []string   `json:"spared,omitempty"` // except those of these interactions
}

// retention knows which records are old. Records are dropped, and bodies erased, up to a
// mark of the necessary age, except those of interactions that were open at it: they ended
// later, or have not ended.
//
// Most interactions are open at one mark at most, and there may be thousands of them at any
// time. To keep spans few, only interactions that were open at two marks have one. What
// precedes the first of two neighbouring marks of the necessary age is then dropped: an
// interaction without a span that was open at the first had ended before the second.
type retention struct {
	events, bodies time.Duration // how long they are kept after the end of their interaction; ≤ 0 = for ever

	mu     sync.Mutex // guards what follows
	marks  []mark     // in order
	spans  map[string]*openSpan
	erased uint64
	spared []string
	saved  uint64 // up to here the records are in a snapshot

	working   atomic.Bool  // old records are being dropped; the one who does so guards what follows
	due       atomic.Int64 // the latest instant at which dropping was asked for and not begun, 0 = none
	truncated uint64
	warned    int64
}

// newRetention returns the retention that options ask for.
func newRetention(opts *Options, memory bool) *retention {
	events, bodies := opts.Retention, opts.BodyRetention
	if events == 0 {
		events = defaultRetention
		if memory {
			events = defaultMemoryRetention
		}
	}
	if bodies == 0 && !memory {
		bodies = defaultBodyRetention
	}
	if events > 0 && bodies >= events {
		bodies = 0 // they go with the events
	}
	return &retention{events: events, bodies: bodies, spans: map[string]*openSpan{}}
}

// load takes over the state of a snapshot.
func (r *retention) load(s retentionState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks, r.erased, r.spared = s.Marks, s.Bodies, s.Spared
	if n := len(s.Marks); n > 0 {
		r.saved = s.Marks[n-1].Seq
	}
	clear(r.spans)
	for _, x := range s.Spans {
		r.spans[x.Interaction] = &x
	}
}

// save copies the state for a snapshot.
func (r *retention) save() retentionState {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := retentionState{Marks: slices.Clone(r.marks), Bodies: r.erased, Spared: slices.Clone(r.spared)}
	for _, x := range r.spans {
		s.Spans = append(s.Spans, *x)
	}
	slices.SortFunc(s.Spans, func(a, b openSpan) int { return cmp.Compare(a.Interaction, b.Interaction) })
	return s
}

// apply follows one event.
func (r *retention) apply(ev *queue.Event) {
	if ev.Kind != queue.Reopened {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans[ev.Interaction] = &openSpan{Interaction: ev.Interaction, Last: ev.Seq}
}

// covered notes that a snapshot with everything up to a record is in the journal: what it
// covers is not needed any more to restore the state.
func (r *retention) covered(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.saved = max(r.saved, seq)
}

// shortest returns the shorter of the two retentions, 0 if nothing is ever dropped.
func (r *retention) shortest() time.Duration {
	switch {
	case r.events <= 0:
		return max(r.bodies, 0)
	case r.bodies <= 0:
		return r.events
	}
	return min(r.events, r.bodies)
}

// note makes a mark of a state of the engine, at an instant of its clock.
func (r *retention) note(s *queue.Snapshot, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shortest() == 0 {
		r.marks = nil
		clear(r.spans)
		return
	}
	if n := len(r.marks); n > 0 && r.marks[n-1].Seq >= s.Seq {
		return
	}
	r.marks = append(r.marks, mark{Seq: s.Seq, At: time.Unix(0, s.Now).UTC(), Whole: true})
	last := &r.marks[len(r.marks)-1]
	for i := range s.Interactions {
		if in := &s.Interactions[i]; !r.open(in.ID, time.Unix(0, in.Opened)) {
			last.Whole = false
		}
	}
	r.thin(now)
}

// open notes that an interaction is open at the last mark. It reports whether it has a
// span.
func (r *retention) open(id string, opened time.Time) bool {
	last := r.marks[len(r.marks)-1].Seq
	if x := r.spans[id]; x != nil {
		x.Last = last
		return true
	}
	i := len(r.marks) - 1
	for i > 0 && !r.marks[i-1].At.Before(opened) {
		i--
	}
	if r.marks[i].Seq == last {
		return false
	}
	r.spans[id] = &openSpan{Interaction: id, First: r.marks[i].Seq, Last: last}
	return true
}

// thin removes the marks and spans that are not needed any more.
func (r *retention) thin(now time.Time) {
	oldest := math.MaxInt
	for _, age := range []time.Duration{r.events, r.bodies} {
		if age > 0 {
			oldest = min(oldest, max(r.indexOf(now, age)-1, 0))
		}
	}
	r.marks = slices.Delete(r.marks, 0, oldest)
	kept := r.marks[:0]
	for i, m := range r.marks {
		if len(kept) > 0 && i < len(r.marks)-1 {
			span := max(r.shortest(), now.Sub(m.At)) / markShare
			if r.marks[i+1].At.Sub(kept[len(kept)-1].At) <= span {
				continue
			}
		}
		kept = append(kept, m)
	}
	r.marks = kept
	maps.DeleteFunc(r.spans, func(_ string, x *openSpan) bool { return !r.needed(x) })
}

// needed reports whether a span has two marks. The mark of one that is removed is not whole
// any more.
func (r *retention) needed(x *openSpan) bool {
	from, _ := slices.BinarySearchFunc(r.marks, x.First, compareMark)
	to, _ := slices.BinarySearchFunc(r.marks, x.Last+1, compareMark)
	if to-from == 1 {
		r.marks[from].Whole = false
	}
	return to-from > 1
}

func compareMark(m mark, seq uint64) int { return cmp.Compare(m.Seq, seq) }

// indexOf returns the index of the last mark of an age that a snapshot covers, -1 if there
// is none.
func (r *retention) indexOf(now time.Time, age time.Duration) int {
	i := len(r.marks) - 1
	for i >= 0 && (r.marks[i].Seq > r.saved || now.Sub(r.marks[i].At) < age) {
		i--
	}
	return i
}

// old returns the record up to which everything is of an age except the records of certain
// interactions; 0 if nothing is. An age that is not positive is never reached.
func (r *retention) old(now time.Time, age time.Duration) (upTo uint64, keep []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.indexOf(now, age)
	if age <= 0 || i < 0 || i == 0 && !r.marks[0].Whole {
		return 0, nil
	}
	upTo = r.marks[i].Seq
	if !r.marks[i].Whole {
		upTo = r.marks[i-1].Seq
	}
	for id, x := range r.spans {
		if x.Last >= r.marks[i].Seq {
			keep = append(keep, id)
		}
	}
	slices.Sort(keep)
	return upTo, keep
}

// expireSoon drops old records, in a goroutine of the Run if one is active. One call at a time
// works; it repeats the work for the calls that come before it has ended.
func (c *Center) expireSoon(now time.Time) {
	c.retention.due.Store(now.UnixNano())
	if !c.retention.working.CompareAndSwap(false, true) {
		return
	}
	c.mu.Lock()
	ctx, beside := c.expiry, c.beside
	if beside {
		c.snaps.run.Add(1)
	}
	c.mu.Unlock()
	if !beside {
		ctx = context.Background()
	}
	work := func() {
		for {
			c.expireDue(ctx)
			c.retention.working.Store(false)
			if c.retention.due.Load() == 0 || !c.retention.working.CompareAndSwap(false, true) {
				return
			}
		}
	}
	if !beside {
		work()
		return
	}
	c.crew.run(func() {
		defer c.snaps.run.Done()
		work()
	})
}

// expireDue drops what was old at the latest instant that was asked for.
func (c *Center) expireDue(ctx context.Context) {
	now := time.Unix(0, c.retention.due.Swap(0)).UTC()
	c.contain("dropping old records", func() {
		if err := c.expire(ctx, now); err != nil && ctx.Err() == nil {
			c.log.Error("usher: retention", "error", err)
		}
	}, nil)
}

// expire drops events older than the retention, and bodies older than theirs.
func (c *Center) expire(ctx context.Context, now time.Time) error {
	return errors.Join(c.truncate(ctx, now), c.eraseOldBodies(ctx, now), c.checkSize(ctx))
}

func (c *Center) truncate(ctx context.Context, now time.Time) error {
	r := c.retention
	upTo, keep := r.old(now, r.events)
	if upTo <= r.truncated {
		return nil
	}
	began := c.now()
	err := c.journal.Truncate(ctx, upTo+1, keep)
	took := c.now().Sub(began)
	if err != nil {
		return fmt.Errorf("truncate, ended after %s: %w", took, err)
	}
	r.truncated = upTo
	c.log.Info("usher: old records dropped", "upTo", upTo, "kept", len(keep), "took", took)
	return nil
}

func (c *Center) eraseOldBodies(ctx context.Context, now time.Time) error {
	r := c.retention
	upTo, keep := r.old(now, r.bodies)
	r.mu.Lock()
	from, spared := r.erased+1, r.spared
	r.mu.Unlock()
	if upTo < from {
		return nil
	}
	kept := func(id string) bool {
		_, ok := slices.BinarySearch(keep, id)
		return ok
	}
	err := c.eraseWhere(ctx, from, upTo, func(rec *store.Record) bool { return !kept(rec.Interaction) })
	if err == nil {
		err = c.eraseSpared(ctx, slices.DeleteFunc(slices.Clone(spared), kept), upTo)
	}
	if err != nil {
		return fmt.Errorf("erase old bodies: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.erased, r.spared = upTo, keep
	return nil
}

// eraseSpared erases the bodies, up to a record, of interactions that were spared before.
func (c *Center) eraseSpared(ctx context.Context, interactions []string, upTo uint64) error {
	for _, id := range interactions {
		var seqs []uint64
		for r, err := range c.journal.Find(ctx, store.Query{Interaction: id}) {
			if err != nil {
				return err
			}
			if r.Seq <= upTo && len(r.Body) > 0 {
				seqs = append(seqs, r.Seq)
			}
		}
		if len(seqs) == 0 {
			continue
		}
		if err := c.journal.Erase(ctx, seqs); err != nil {
			return err
		}
	}
	return nil
}

// checkSize warns of a journal that is larger than it should be: once, and again whenever
// it has doubled.
func (c *Center) checkSize(ctx context.Context) error {
	sizer, ok := c.journal.(store.Sizer)
	limit := c.opts.JournalWarning
	if limit == 0 {
		limit = defaultJournalWarning
	}
	if !ok || limit < 0 {
		return nil
	}
	size, err := sizer.Size(ctx)
	if err != nil {
		return fmt.Errorf("size: %w", err)
	}
	r := c.retention
	switch {
	case size <= limit:
		r.warned = 0
	case size >= 2*r.warned:
		r.warned = size
		c.log.Warn("usher: the journal is larger than Options.JournalWarning: shorten Options.Retention, or look for interactions that never end",
			"bytes", size, "limit", limit)
	}
	return nil
}
