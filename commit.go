package usher

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// batch is what is written to the journal at once: everything decided while the batch
// before it was being written. Whoever comes when nobody writes does it himself, without
// waiting for others; what has come meanwhile is left to a goroutine that goes on until
// nothing is left, so that nobody writes for long what is not his.
type batch struct {
	steps []*step
	last  uint64        // the last event of it
	done  chan struct{} // closed when it is durable and published, or failed
	err   error
	snap  *queue.Snapshot // the state right behind it, when one is due
	ask   bool            // somebody waits for that snapshot to be saved
	saved error           // what came of it
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

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
		return b.err
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
	case c.published != nil && c.published.last >= seq:
		return c.published, false, nil
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

// write writes the pending batch, and stays until nothing is left; or, where it is not to
// stay, leaves the rest to one that does.
func (c *Center) write(stay bool) {
	for {
		// Whoever is about to decide gets in: under load that halves the number of writes,
		// and nobody is waited for who is not there.
		runtime.Gosched()
		b := c.take()
		if b == nil {
			return
		}
		if err := c.append(b); err != nil {
			c.lose(b, err)
			return
		}
		switch more := c.wrote(b); {
		case more && stay:
			c.crew.run(func() { c.handOn(b) })
			continue
		case more:
			c.crew.run(func() { c.write(true) })
		}
		c.handOn(b)
		return
	}
}

// take makes the pending batch the one that is being written: late deciders are in it.
func (c *Center) take() *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return nil
	}
	b := c.pending
	c.writing, c.pending = b, newBatch()
	b.snap = c.snapshotLocked(b.ask)
	return b
}

// append has no context of anybody's: who gives up has decided already.
func (c *Center) append(b *batch) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panicked: %v", r)
		}
	}()
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
	return c.journal.Append(context.Background(), records[0].Seq-1, records)
}

// lose ends the center with a batch that could not be written.
func (c *Center) lose(b *batch, cause error) {
	b.err = c.stop(cause)
	c.mu.Lock()
	c.writing = nil
	c.mu.Unlock()
	close(b.done)
}

// wrote notes that a batch is in the journal and reports whether there is more to write.
// It returns with the right to publish, which it waits for: batches are published in the
// order of the journal, each beside the writing of the next.
func (c *Center) wrote(b *batch) (more bool) {
	c.publishing.Lock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing, c.published = nil, b
	c.busy = len(c.pending.steps) > 0 || c.pending.ask
	return c.busy
}

// handOn publishes a batch, gives up the right to, and lets go of those who wait for it.
func (c *Center) handOn(b *batch) {
	c.publish(b.steps)
	save := c.capture(b.snap)
	c.mu.Lock()
	c.durable, c.published = max(c.durable, b.last), nil
	running := c.running
	c.mu.Unlock()
	c.publishing.Unlock()
	switch {
	case save == nil:
	case b.ask:
		b.saved = save(context.Background())
	case running:
		c.snaps.run.Go(func() { c.saveNow(save) })
	default:
		c.saveNow(save)
	}
	close(b.done)
}

// stop ends the center: its memory is ahead of its journal and must not be acted on.
func (c *Center) stop(cause error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return c.failed
	}
	c.failed = fmt.Errorf("%w: journal: %w", ErrStopped, cause)
	c.log.Error("usher: center has stopped", "error", cause)
	c.out.close()
	c.pending.err = c.failed
	close(c.pending.done)
	c.pending = newBatch()
	return c.failed
}

// performed leaves out what nobody would perform: offers where the host follows the events.
func (c *Center) performed(effects []queue.Effect) []queue.Effect {
	if c.opts.Desk != nil {
		return effects
	}
	return slices.DeleteFunc(effects, func(f queue.Effect) bool {
		return f.Kind != queue.EffectSend && f.Kind != queue.EffectBot
	})
}

// publish hands on what is durable.
func (c *Center) publish(steps []*step) {
	for _, s := range steps {
		for i := range s.events {
			c.board.apply(&s.events[i])
			c.past.apply(&s.events[i], c.Interaction)
			c.blacklisted(&s.events[i])
		}
		c.subs.publish(s.events)
		c.out.add(c.performed(s.effects))
	}
}
