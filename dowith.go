package usher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// DoWith is [Center.Do] with a journal entry that the host makes itself, in a transaction
// of its own: that an order is paid and that its customer is in the queue become true
// together, or neither does. write gets the records to append and where they belong, and
// is to have them durable when it returns nil, usually with AppendTx of store/postgres:
//
//	_, err := center.DoWith(ctx, command, func(ctx context.Context, expect uint64, records []store.Record) error {
//		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
//			if _, err := tx.Exec(ctx, "UPDATE orders SET paid = true WHERE id = $1", id); err != nil {
//				return err
//			}
//			return journal.AppendTx(ctx, tx, expect, records)
//		})
//	})
//
// write is called once, unless the command is refused or changes nothing. When it returns
// an error, or panics, the journal is asked what is true. If the records are not in it, the
// decision is undone, as if it had never been made, and write's error is returned; if they
// are, because only the answer to the commit was lost, DoWith returns nil.
//
// The center decides nothing else while write is at work: it must be quick, and must not
// call the center. Its context ends after [Options.JournalTimeout]; a write that has not
// returned when as much time again has passed stops the center. Undoing reads the snapshot and what follows it again, which takes as
// long as opening does; a center whose transactions often fail should check first.
func (c *Center) DoWith(ctx context.Context, command queue.Command, write func(ctx context.Context, expect uint64, records []store.Record) error) ([]queue.Event, error) {
	if write == nil {
		return nil, &queue.Error{Command: "do", Code: queue.ErrInvalid, Reason: "write must not be nil"}
	}
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	open, err := c.shut(ctx)
	if err != nil {
		return nil, err
	}
	defer open()
	if err := c.claim(ctx); err != nil {
		return nil, err
	}
	if command, err = c.admit(ctx, command); err != nil {
		return nil, err
	}
	s, err := c.alone(ctx, command, write)
	if s == nil {
		// What only the deadlines did, because the command was refused, goes its usual way.
		if err := c.flush(context.WithoutCancel(ctx), c.decided()); err != nil {
			return nil, err
		}
		return nil, err
	}
	return s.events, err
}

// shut keeps everybody else from deciding until open is called.
func (c *Center) shut(ctx context.Context) (open func(), err error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.mu.Unlock()
	gate := make(chan struct{})
	c.gate = gate
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.gate == gate { // or the center has stopped
			c.gate = nil
			close(gate)
		}
	}, nil
}

// alone decides a command by itself, has it written, and gives up the claim. Without a step
// nothing of it is in the journal.
func (c *Center) alone(ctx context.Context, command queue.Command, write func(context.Context, uint64, []store.Record) error) (*step, error) {
	defer c.unclaim()
	d, err := c.decideAlone(command)
	if err != nil || d.step == nil {
		return nil, err
	}
	s := d.step
	limit := c.journalTimeout()
	err = c.call(context.WithoutCancel(ctx), "the write of DoWith", 2*limit, func(context.Context) error {
		within, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return write(within, s.events[0].Seq-1, s.encoded())
	})
	if he, ok := errors.AsType[*HookError](err); ok {
		if errors.Is(he, context.DeadlineExceeded) {
			return nil, c.stop(err) // it may still write
		}
		if text, ok := he.Value().(string); ok {
			err = fmt.Errorf("%w: %s", err, text) // the caller's own
		}
	}
	if err != nil {
		there, lookErr := c.look(ctx, s)
		if lookErr != nil {
			return nil, c.stop(errors.Join(err, lookErr))
		}
		if !there {
			return nil, c.undo(ctx, err)
		}
	}
	c.publish([]*step{s})
	c.mu.Lock()
	c.seq, c.durable = d.seq, max(c.durable, d.seq)
	arm := c.alarmLocked(d)
	c.mu.Unlock()
	arm.set()
	return s, nil
}

// decideAlone decides a command, and queues nothing of it for the journal unless it is
// refused or changes nothing: then there may be what deadlines did.
func (c *Center) decideAlone(command queue.Command) (*decision, error) {
	c.mu.Lock()
	if c.failed != nil {
		defer c.mu.Unlock()
		return nil, c.failed
	}
	d, err := c.decideLocked(func(e *queue.Engine, now time.Time) (queue.Output, error) {
		return e.Step(now, c.admitLocked(e, now, command))
	})
	if err != nil {
		return nil, err
	}
	defer c.mu.Unlock()
	if d.err != nil || d.step != nil && len(d.step.events) == 0 {
		c.keepLocked(d)
		d.step = nil
	}
	return d, d.err
}

// decided returns the last event there is.
func (c *Center) decided() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seq
}

// look reports whether the journal has the records of a step.
func (c *Center) look(ctx context.Context, s *step) (bool, error) {
	first := s.records[0]
	for r, err := range c.journal.Load(context.WithoutCancel(ctx), first.Seq) {
		if err != nil {
			return false, err
		}
		if string(r.Data) != string(first.Data) || !r.At.Equal(first.At) || r.Kind != first.Kind {
			return false, &store.ConflictError{Expect: first.Seq - 1, Last: r.Seq}
		}
		return true, nil
	}
	return false, nil
}

// undo makes the engine what the journal says. Nobody has seen more: what was decided was
// not published.
func (c *Center) undo(ctx context.Context, cause error) error {
	nothing := func(*centerSnapshot) error { return nil }
	engine, err := c.rebuild(context.WithoutCancel(ctx), nothing, func(*queue.Event, *queue.Engine) {})
	if err != nil {
		return c.stop(errors.Join(cause, err))
	}
	seq := engine.Seq()
	next, armed := engine.Next()
	c.mu.Lock()
	if c.failed != nil {
		defer c.mu.Unlock()
		return c.failed
	}
	if seq != c.durable {
		err := &store.ConflictError{Expect: c.durable, Last: seq}
		c.mu.Unlock()
		_ = c.stop(errors.Join(cause, err))
		return fmt.Errorf("%w: %w", cause, err)
	}
	c.engine, c.seq = engine, seq
	old := c.alarm.disarm()
	arm := c.alarmLocked(&decision{next: next, armed: armed})
	c.mu.Unlock()
	old.stop()
	arm.set()
	return cause
}
