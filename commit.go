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
// before it was being written. Whoever comes first writes for all; there is no goroutine
// for it, and nothing is waited for when nobody else is there.
type batch struct {
	steps   []*step
	last    uint64        // the last event of it
	waiters int           // callers who wait for their turn to write it, or for its end
	turn    chan struct{} // has one token when the batch before is done: who takes it writes
	done    chan struct{} // closed when it is durable, or failed
	err     error
	snap    *queue.Snapshot // the state right behind it, when one is due
	ask     bool            // somebody waits for that snapshot to be saved
	saved   error           // what came of it
}

func newBatch() *batch {
	return &batch{turn: make(chan struct{}, 1), done: make(chan struct{})}
}

// flush makes everything decided up to seq durable. Only then do the events reach
// subscribers and the effects the outbox.
func (c *Center) flush(ctx context.Context, seq uint64) error {
	b, mine, err := c.join(seq)
	if b == nil {
		return err
	}
	if !mine {
		select {
		case <-b.done:
			return b.err
		case <-b.turn:
		case <-ctx.Done():
			if !c.giveUp(b) {
				return context.Cause(ctx)
			}
		}
	}
	c.write(ctx)
	return b.err
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
	case c.writing != nil || c.turned:
		c.pending.waiters++
		return c.pending, false, nil
	}
	c.turned = true
	return c.pending, true, nil
}

// giveUp is a caller going away. It reports whether the caller must write nevertheless,
// because the turn was given to the batch and nobody else is there to take it.
func (c *Center) giveUp(b *batch) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.waiters--
	if b != c.pending || b.waiters > 0 {
		return false
	}
	select {
	case <-b.turn:
		return true
	default:
		return false
	}
}

// write writes the pending batch, whose turn it is, and goes on with the next if nobody
// waits who could.
func (c *Center) write(ctx context.Context) {
	for more := true; more; {
		// Whoever is about to decide gets in: under load that halves the number of writes,
		// and nobody is waited for who is not there.
		runtime.Gosched()
		b := c.take()
		if b == nil {
			return
		}
		more = c.written(ctx, b, c.append(ctx, b))
	}
}

// take makes the pending batch the one that is being written: late deciders are in it.
func (c *Center) take() *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turned = false
	if c.failed != nil {
		return nil
	}
	b := c.pending
	c.writing, c.pending = b, newBatch()
	b.snap = c.snapshotLocked(b.ask)
	return b
}

func (c *Center) append(ctx context.Context, b *batch) error {
	var records []store.Record
	for _, s := range b.steps {
		records = append(records, s.encoded()...)
	}
	if len(records) == 0 {
		return nil
	}
	// Who gave up has already decided: the write is not theirs to cancel.
	return c.journal.Append(context.WithoutCancel(ctx), records[0].Seq-1, records)
}

// written hands the turn on, so that the next batch is written beside what follows, and
// publishes the batch. It reports whether the caller is to write the next batch too.
func (c *Center) written(ctx context.Context, b *batch, err error) (more bool) {
	if err != nil {
		b.err = c.stop(err)
		c.mu.Lock()
		c.writing = nil
		c.mu.Unlock()
		close(b.done)
		return false
	}
	// The next batch waits here with being published, so the order is that of the journal.
	c.publishing.Lock()
	c.mu.Lock()
	c.writing, c.published = nil, b
	more = c.handOnLocked()
	c.mu.Unlock()
	c.publish(b.steps)
	save := c.capture(b.snap)
	c.mu.Lock()
	c.durable, c.published = max(c.durable, b.last), nil
	running := c.running
	c.mu.Unlock()
	c.publishing.Unlock()
	if b.ask && save != nil {
		b.saved, save = save(ctx), nil
	}
	close(b.done)
	c.saveLater(ctx, save, running)
	return more
}

// handOnLocked gives the turn to the pending batch, if there is something in it. It
// reports whether nobody is there to take it.
func (c *Center) handOnLocked() bool {
	next := c.pending
	if next.waiters > 0 {
		c.turned = true
		next.turn <- struct{}{}
		return false
	}
	c.turned = len(next.steps) > 0
	return c.turned
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
