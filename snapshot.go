package usher

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
	retentionState
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
	o := jsontext.Begin(make([]byte, 0, len(engine)+len(s.Board)+len(s.Past)+len(s.List)+1024))
	o.Value("engine", engine)
	o.Value("board", s.Board)
	o.Value("past", s.Past)
	o.Value("list", s.List)
	retention, err := json.Marshal(s.retentionState)
	if err != nil {
		return nil, err
	}
	data := o.End()
	if len(retention) > len("{}") { // its fields follow the others in the same object
		data = append(append(data[:len(data)-1], ','), retention[1:]...)
	}
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

// snapshots is what a center remembers about its snapshots.
type snapshots struct {
	seq   uint64    // the last event in one; guarded by Center.mu, like the next three
	at    time.Time // when it was taken
	pause time.Time // none is taken before
	busy  bool      // one is being saved

	captured atomic.Uint64 // how many were captured

	saving chan struct{}  // holds a token while one is saved; guards what follows
	saved  uint64         // the latest in order of capture
	run    sync.WaitGroup // saves of snapshots and drops of old records in goroutines of a Run
}

const (
	defaultSnapshotEvery    = 10_000
	defaultSnapshotInterval = 5 * time.Minute
	// snapshotShare is how many times as long as a snapshot took it is to the next.
	snapshotShare = 20
	// snapshotMost is how many times the usual number of events there are before one is
	// taken all the same: what is read at the next opening is bounded, whatever it costs.
	snapshotMost = 5
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
func (c *Center) capture(b *batch) func(context.Context) error {
	if b.snap == nil {
		return nil
	}
	order := c.snaps.captured.Add(1)
	whole := centerSnapshot{Engine: *b.snap, List: c.saveList()}
	board, past := c.board.save(), c.past.save()
	return func(ctx context.Context) error {
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			// How long it took is seen by the decisions made since then.
			c.snaps.busy, c.snaps.pause = false, c.at.Add(snapshotShare*c.at.Sub(b.at))
		}()
		whole.Board, _ = json.Marshal(board) // plain data always marshals
		whole.Past, _ = json.Marshal(past)
		return c.saveSnapshot(ctx, &whole, b.at, order)
	}
}

// saveNow saves. Without a snapshot the journal is only longer, so a failure is logged and
// tried again at the next one.
func (c *Center) saveNow(ctx context.Context, b *batch, save func(context.Context) error) {
	if b.saved = save(ctx); b.saved != nil {
		c.log.Error("usher: snapshot", "error", b.saved)
	}
}

// saveSnapshot writes a snapshot.
func (c *Center) saveSnapshot(ctx context.Context, whole *centerSnapshot, at time.Time, order uint64) error {
	select {
	case c.snaps.saving <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-c.snaps.saving }()
	if order < c.snaps.saved {
		return nil // a later one of the same event is there; this may hold what was erased since
	}
	c.retention.note(&whole.Engine, at)
	whole.retentionState = c.retention.save()
	data, err := whole.encode()
	if err != nil {
		return err
	}
	err = c.journal.SaveSnapshot(ctx, store.Snapshot{Seq: whole.Engine.Seq, At: at, Version: queue.SnapshotVersion, Data: data})
	if err != nil {
		return err
	}
	c.snaps.saved = order
	c.retention.covered(whole.Engine.Seq)
	return nil
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
	late := time.NewTimer(journalLong * c.journalTimeout())
	defer late.Stop()
	select {
	case <-b.kept:
		return b.saved
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-late.C:
		return errors.New("usher: the snapshot is not saved in time: the journal is busy with an earlier one")
	}
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
