package usher

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// batch is what is written to the journal at once: everything decided while the batch
// before it was being written. Whoever comes when nobody writes does it himself, without
// waiting for others; what has come meanwhile is left to a goroutine of the Run that goes on
// until nothing is left, so that nobody writes for long what is not his. Without a Run there
// is nobody to leave it to, and who began goes on.
type batch struct {
	steps []*step
	last  uint64        // the last event of it
	done  chan struct{} // closed when it is durable and published, or failed
	err   error
	snap  *queue.Snapshot // the state right behind it, when one is due
	at    time.Time       // of the last decision in snap
	ask   bool            // a caller waits for that snapshot to be saved
	saved error           // what came of it
	kept  chan struct{}   // closed when the snapshot is saved, or was not

	ended, over sync.Once
}

// end releases the callers that wait for the batch.
func (b *batch) end() { b.ended.Do(func() { close(b.done) }) }

// endSave releases the caller that waits for the snapshot.
func (b *batch) endSave() { b.over.Do(func() { close(b.kept) }) }

func newBatch() *batch { return &batch{done: make(chan struct{}), kept: make(chan struct{})} }

// flush makes everything decided up to seq durable. Only then do the events reach
// subscribers and the effects the outbox.
func (c *Center) flush(ctx context.Context, seq uint64) error {
	b, mine, err := c.join(seq)
	if b == nil {
		return err
	}
	return c.finish(ctx, b, mine)
}

// finish writes a batch, or waits until somebody has.
func (c *Center) finish(ctx context.Context, b *batch, mine bool) error {
	if mine {
		c.write(false)
	}
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
	}
	select {
	case <-b.done:
		return b.err
	default:
		return context.Cause(ctx) // it is written all the same
	}
}

// join returns the batch that makes seq durable, and whether the caller is to write it;
// nil when there is nothing to wait for.
func (c *Center) join(seq uint64) (b *batch, mine bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.durable >= seq:
		return nil, false, nil
	case c.failed != nil:
		return nil, false, c.failed
	case c.writing != nil && c.writing.last >= seq:
		return c.writing, false, nil
	}
	return c.pending, c.mineLocked(), nil
}

// mineLocked makes the caller the writer, if there is none.
func (c *Center) mineLocked() bool {
	mine := !c.busy
	c.busy = true
	return mine
}

// moreLocked reports whether there is something for a writer to do; otherwise there is none
// any more.
func (c *Center) moreLocked() bool {
	c.busy = len(c.pending.steps) > 0 || c.pending.ask
	return c.busy
}

// claim makes the caller the writer when everything that was decided is in the journal, so
// that no batch and no snapshot comes between until unclaim.
func (c *Center) claim(ctx context.Context) error {
	for {
		c.mu.Lock()
		if c.failed != nil {
			defer c.mu.Unlock()
			return c.failed
		}
		mine, empty := c.mineLocked(), len(c.pending.steps) == 0
		b := c.pending
		if c.writing != nil {
			b = c.writing
		}
		c.mu.Unlock()
		switch {
		case mine && empty:
			return nil
		case mine:
			c.write(false)
		}
		select {
		case <-b.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (c *Center) unclaim() {
	c.mu.Lock()
	more := c.moreLocked()
	c.mu.Unlock()
	if more {
		c.crew.run(func() { c.write(true) })
	}
}

// write writes the pending batch, and stays until nothing is left; or, where it is not to
// stay and there is a Run, leaves the rest to one that does. When it panics, or ends its
// goroutine, the center stops.
func (c *Center) write(stay bool) {
	c.contain("writing the journal", func() { c.writeAll(stay) }, func(err error) {
		c.mu.Lock()
		b := c.writing
		c.writing = nil
		c.mu.Unlock()
		if b != nil {
			b.err = err
			b.end()
			b.endSave()
		}
	})
}

func (c *Center) writeAll(stay bool) {
	for {
		c.gather()
		b, err := c.take()
		if b == nil {
			return
		}
		if err == nil {
			err = c.append(b)
		}
		if err != nil {
			c.lose(b, err)
			return
		}
		if more := c.handOn(b); !more {
			return
		}
		if !stay && c.crew.kept() {
			c.crew.run(func() { c.write(true) })
			return
		}
	}
}

// gather lets those decide who are about to, as long as more of them do: under load there
// is one write for all of them, and nobody is waited for who is not there.
func (c *Center) gather() {
	n, last := 0, -1
	for round := 0; n > last && round < gatherRounds; round++ {
		runtime.Gosched()
		c.mu.Lock()
		n, last = len(c.pending.steps), n
		c.mu.Unlock()
	}
}

// gatherRounds bounds that, for when there is no end of those who come.
const gatherRounds = 8

// take makes the pending batch the one that is being written: late deciders are in it. It
// returns nil when the center has stopped. After an error it has stopped with this batch.
func (c *Center) take() (*batch, error) {
	c.mu.Lock()
	if c.failed != nil {
		c.mu.Unlock()
		return nil, nil //nolint:nilerr // stop has released the callers that wait
	}
	b := c.pending
	c.writing, c.pending = b, newBatch()
	if !b.ask && !c.snapshotDueLocked() {
		c.mu.Unlock()
		return b, nil
	}
	var snap queue.Snapshot
	if err := c.engineCall(func(e *queue.Engine) { snap = e.Snapshot() }); err != nil {
		return b, err
	}
	b.snap = &snap
	c.snaps.seq, c.snaps.at, c.snaps.busy = snap.Seq, c.at, true
	b.at = c.at
	c.mu.Unlock()
	return b, nil
}

// append writes a batch to the journal. It ignores the callers' contexts: a cancelled caller
// must not abort a write that it shares.
func (c *Center) append(b *batch) error {
	n := 0
	for _, s := range b.steps {
		n += len(s.events)
	}
	records := make([]store.Record, 0, n)
	for _, s := range b.steps {
		records = append(records, s.encoded()...)
	}
	if len(records) == 0 {
		return nil
	}
	if err := c.journal.Append(context.Background(), records[0].Seq-1, records); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// lose ends the center with a batch that could not be written.
func (c *Center) lose(b *batch, cause error) {
	b.err = c.stop(cause)
	c.mu.Lock()
	c.writing = nil
	c.mu.Unlock()
	b.end()
	b.endSave()
}

// handOn publishes a batch that is in the journal, and lets go of those who wait for it. It
// reports whether there is more to write.
func (c *Center) handOn(b *batch) (more bool) {
	c.publish(b.steps)
	save := c.capture(b)
	c.mu.Lock()
	c.writing, c.durable = nil, max(c.durable, b.last)
	more = c.moreLocked()
	beside := save != nil && c.beside
	if beside {
		c.snaps.run.Add(1) // before anybody waits for it
	}
	c.mu.Unlock()
	b.end()
	if save == nil {
		b.endSave()
	}
	finish := func(ctx context.Context) {
		defer b.endSave()
		c.contain("saving a snapshot", func() { c.saveNow(ctx, b, save) }, nil)
		b.endSave() // nothing waits for old records to be dropped
		if b.saved == nil {
			c.expireSoon(b.at)
		}
	}
	switch {
	case save == nil:
	case beside:
		c.crew.run(func() {
			defer c.snaps.run.Done()
			finish(context.Background())
		})
	default: // callers wait for it
		ctx, cancel := context.WithTimeout(context.Background(), c.journalTimeout())
		defer cancel()
		finish(ctx)
	}
	return more
}

// stop ends the center: its memory is ahead of its journal and must not be acted on. It
// returns what every later call returns.
func (c *Center) stop(cause error) error {
	c.mu.Lock()
	first := c.failed == nil
	err := c.failLocked(cause)
	c.mu.Unlock()
	if first {
		c.logStop(cause)
	}
	return err
}

// failLocked is stop for a caller that holds c.mu, and is to call logStop without it.
func (c *Center) failLocked(cause error) error {
	if c.failed != nil {
		return c.failed
	}
	c.failed = fmt.Errorf("%w: %w", ErrStopped, cause)
	c.out.close()
	c.pending.err = c.failed
	c.pending.end()
	c.pending.endSave()
	c.pending = newBatch()
	if c.gate != nil { // callers that wait for a transaction
		close(c.gate)
		c.gate = nil
	}
	return c.failed
}

func (c *Center) logStop(cause error) {
	args := []any{"error", cause}
	if he, ok := errors.AsType[*HookError](cause); ok && he.Stack != nil {
		args = append(args, "stack", string(he.Stack))
	}
	c.log.Error("usher: center has stopped", args...)
}

// performed leaves out what nobody would perform: offers where the host follows the events.
func (c *Center) performed(effects []queue.Effect) []queue.Effect {
	if c.opts.Desk != nil {
		return effects
	}
	return slices.DeleteFunc(effects, func(f queue.Effect) bool {
		return f.Kind != queue.EffectSend && f.Kind != queue.EffectBot && f.Kind != queue.EffectCheck
	})
}

// publish hands on what is durable.
func (c *Center) publish(steps []*step) {
	for _, s := range steps {
		for i := range s.events {
			c.board.apply(&s.events[i])
			c.past.apply(&s.events[i], c.Interaction)
			c.blacklisted(&s.events[i])
			c.retention.apply(&s.events[i])
			c.logState(&s.events[i])
		}
		c.subs.publish(s.events)
		c.out.add(c.performed(s.effects))
	}
}
