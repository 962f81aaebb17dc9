package usher

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/usher-go/usher/internal/jsontext"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// centerSnapshot is what a snapshot of the center holds.
type centerSnapshot struct {
	Engine queue.Snapshot  `json:"engine"`
	Board  json.RawMessage `json:"board"`
	Past   json.RawMessage `json:"past,omitempty"`
	List   json.RawMessage `json:"list,omitempty"`
	Marks  []mark          `json:"marks,omitempty"`
	Bodies uint64          `json:"bodies,omitempty"` // up to here they have been erased by age
}

// customersOnLine is how many customers stand on a line of an encoded snapshot.
const customersOnLine = 4096

// encode writes a line of JSON with everything but the customers, then lines with some
// thousands of them each: there may be a hundred thousand, and lines can be read side by
// side. What is JSON already is taken as it is.
func (s *centerSnapshot) encode() ([]byte, error) {
	rest := s.Engine
	rest.Customers = nil
	engine, err := json.Marshal(rest)
	if err != nil {
		return nil, err
	}
	marks, err := json.Marshal(s.Marks)
	if err != nil {
		return nil, err
	}
	o := jsontext.Begin(make([]byte, 0, len(engine)+len(s.Board)+len(s.Past)+len(s.List)+len(marks)+128))
	o.Value("engine", engine)
	o.Value("board", s.Board)
	o.Value("past", s.Past)
	o.Value("list", s.List)
	if len(s.Marks) > 0 {
		o.Value("marks", marks)
	}
	o.Uint("bodies", s.Bodies)
	data := o.End()
	for some := range slices.Chunk(s.Engine.Customers, customersOnLine) {
		line, err := json.Marshal(some)
		if err != nil {
			return nil, err
		}
		data = append(append(data, '\n'), line...)
	}
	return data, nil
}

// decodeSnapshot is the way back.
func decodeSnapshot(data []byte) (*centerSnapshot, error) {
	lines := bytes.Split(data, []byte{'\n'})
	customers := make([][]queue.CustomerSnap, len(lines))
	whole := &centerSnapshot{}
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	all.Go(func() error { return json.Unmarshal(lines[0], whole) })
	for i, line := range lines[1:] {
		all.Go(func() error { return json.Unmarshal(line, &customers[i+1]) })
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	customers[0] = whole.Engine.Customers // all of them, in one that is a single line
	whole.Engine.Customers = slices.Concat(customers...)
	return whole, nil
}

// mark is the instant of a snapshot: by them the journal's age is known.
type mark struct {
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
}

// snapshots is what a center remembers about its snapshots.
type snapshots struct {
	seq   uint64    // the last event in one; guarded by Center.mu, like the next three
	at    time.Time // when it was taken
	pause time.Time // none is taken before
	busy  bool      // one is being saved

	captured atomic.Uint64 // how many were captured

	saving sync.Mutex // one is saved at a time; guards what follows
	saved  uint64     // the latest in order of capture
	marks  []mark
	bodies uint64
	run    sync.WaitGroup // saving beside a Run
}

const (
	defaultSnapshotEvery    = 10_000
	defaultSnapshotInterval = 5 * time.Minute
	defaultRetention        = 24 * time.Hour
	// snapshotShare is how many times as long as a snapshot took it is to the next.
	snapshotShare = 20
	// snapshotMost is how many times the usual number of events there are before one is
	// taken all the same: what is read at the next opening is bounded, whatever it costs.
	snapshotMost = 5
	// marksKept bounds how finely the age of the journal is known.
	marksKept = 64
)

// snapshotDueLocked reports whether a snapshot is to be taken with the next batch, so that
// it stands exactly behind it. The time is that of the last decision.
func (c *Center) snapshotDueLocked() bool {
	every, interval := uint64(max(c.opts.SnapshotEvery, 0)), c.opts.SnapshotInterval
	if every == 0 {
		every = defaultSnapshotEvery
		if _, memory := c.journal.(*store.Memory); memory {
			every = math.MaxUint64 // nobody will open it: only what is old must go at times
		}
	}
	if interval == 0 {
		interval = defaultSnapshotInterval
	}
	events, now := c.seq-c.snaps.seq, c.at
	switch {
	case events == 0 || c.snaps.busy:
		return false
	case now.Before(c.snaps.pause):
		return events/snapshotMost >= every
	}
	return events >= every || now.Sub(c.snaps.at) >= interval
}

// capture takes what must stand at the same event as the engine's snapshot, and returns
// what saves it all; nil if there is nothing to save. The rest can be done later.
func (c *Center) capture(b *batch) func() error {
	if b.snap == nil {
		return nil
	}
	order := c.snaps.captured.Add(1)
	whole := centerSnapshot{Engine: *b.snap, List: c.saveList()}
	board, past := c.board.save(), c.past.save()
	return func() error {
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			// How long it took is seen by the decisions made since then.
			c.snaps.busy, c.snaps.pause = false, c.at.Add(snapshotShare*c.at.Sub(b.at))
		}()
		whole.Board, _ = json.Marshal(board) // plain data always marshals
		whole.Past, _ = json.Marshal(past)
		return c.saveSnapshot(context.Background(), &whole, b.at, order)
	}
}

// saveNow saves. Without a snapshot the journal is only longer, so a failure is logged and
// tried again at the next one.
func (c *Center) saveNow(b *batch, save func() error) {
	if b.saved = save(); b.saved != nil {
		c.log.Error("usher: snapshot", "error", b.saved)
	}
}

// saveSnapshot writes a snapshot and drops what is behind it and old.
func (c *Center) saveSnapshot(ctx context.Context, whole *centerSnapshot, at time.Time, order uint64) error {
	c.snaps.saving.Lock()
	defer c.snaps.saving.Unlock()
	if order < c.snaps.saved {
		return nil // a later one of the same event is there; this may hold what was erased since
	}
	seq := whole.Engine.Seq
	c.mark(mark{seq, at})
	whole.Marks, whole.Bodies = c.snaps.marks, c.snaps.bodies
	data, err := whole.encode()
	if err != nil {
		return err
	}
	err = c.journal.SaveSnapshot(ctx, store.Snapshot{Seq: seq, At: at, Version: queue.SnapshotVersion, Data: data})
	if err != nil {
		return err
	}
	c.snaps.saved = order
	return c.expire(ctx, at)
}

// mark remembers a snapshot, and forgets every other one when there are many.
func (c *Center) mark(m mark) {
	if n := len(c.snaps.marks); n > 0 && c.snaps.marks[n-1].Seq >= m.Seq {
		return
	}
	c.snaps.marks = append(c.snaps.marks, m)
	if len(c.snaps.marks) <= marksKept {
		return
	}
	var fewer []mark
	for i, m := range c.snaps.marks {
		if i%2 == 0 || i == len(c.snaps.marks)-1 {
			fewer = append(fewer, m)
		}
	}
	c.snaps.marks = fewer
}

// expire drops events older than the retention, and bodies older than theirs.
func (c *Center) expire(ctx context.Context, now time.Time) error {
	retention := c.opts.Retention
	if retention == 0 {
		retention = defaultRetention
	}
	if before := c.olderThan(now, retention); before > 0 {
		if err := c.journal.Truncate(ctx, before, nil); err != nil {
			return fmt.Errorf("truncate: %w", err)
		}
	}
	if before := c.olderThan(now, c.opts.BodyRetention); before > c.snaps.bodies {
		if err := c.eraseRange(ctx, c.snaps.bodies+1, before); err != nil {
			return fmt.Errorf("erase old bodies: %w", err)
		}
		c.snaps.bodies = before
	}
	return nil
}

// olderThan returns the last event that is known to be of an age, 0 if none is or if the
// age is not positive.
func (c *Center) olderThan(now time.Time, age time.Duration) uint64 {
	var seq uint64
	for _, m := range c.snaps.marks {
		if age > 0 && now.Sub(m.At) >= age {
			seq = m.Seq
		}
	}
	return seq
}

// sinceSnapshot returns how many events there are since the last snapshot.
func (c *Center) sinceSnapshot() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seq - c.snaps.seq
}

// checkpoint saves a snapshot of the state as it is now and returns when it is safe.
func (c *Center) checkpoint(ctx context.Context) error {
	b, mine, err := c.joinNext()
	if err != nil {
		return err
	}
	if err := c.finish(ctx, b, mine); err != nil {
		return err
	}
	return b.saved
}

// joinNext asks for a snapshot with the next batch, even if there is nothing in it.
func (c *Center) joinNext() (b *batch, mine bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return nil, false, c.failed
	}
	b = c.pending
	b.ask = true
	return b, c.mineLocked(), nil
}

// eraseRange erases the bodies of a range of records.
func (c *Center) eraseRange(ctx context.Context, from, to uint64) error {
	return c.eraseWhere(ctx, from, to, func(*store.Record) bool { return true })
}

// eraseBatch is how many records are erased in one call.
const eraseBatch = 10_000

// eraseWhere erases the bodies of the records of a range that match.
func (c *Center) eraseWhere(ctx context.Context, from, to uint64, match func(*store.Record) bool) error {
	var seqs []uint64
	flush := func() error {
		defer func() { seqs = seqs[:0] }()
		if len(seqs) == 0 {
			return nil
		}
		return c.journal.Erase(ctx, seqs)
	}
	for r, err := range c.journal.Load(ctx, from) {
		if err != nil {
			return err
		}
		if r.Seq > to {
			break
		}
		if len(r.Body) > 0 && match(&r) {
			seqs = append(seqs, r.Seq)
		}
		if len(seqs) == eraseBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
