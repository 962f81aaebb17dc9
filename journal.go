package usher

import (
	"context"
	"fmt"
	"iter"

	"github.com/usher-go/usher/queue"
)

// Events yields the events of the journal from a sequence number on, as far as they are
// durable, in order: what a subscriber missed, or a report over the past. What the
// retention has dropped is not there any more, see [Options.Retention]. An error ends it.
func (c *Center) Events(ctx context.Context, from uint64) iter.Seq2[queue.Event, error] {
	return func(yield func(queue.Event, error) bool) {
		for r, err := range c.journal.Load(ctx, from) {
			if err != nil {
				yield(queue.Event{}, fmt.Errorf("usher: journal: %w", err))
				return
			}
			ev, err := decodeEvent(r)
			if !yield(ev, err) || err != nil {
				return
			}
		}
	}
}

// State returns the whole state of routing as plain data, for support and for tests that
// compare. Treat it as read-only. It is made while nothing is decided: of a large center,
// not often.
func (c *Center) State(ctx context.Context) (queue.Snapshot, error) {
	if err := c.load(ctx); err != nil {
		return queue.Snapshot{}, err
	}
	var s queue.Snapshot
	err := c.use(func(e *queue.Engine) { s = e.Snapshot() })
	return s, err
}
