package usher

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// ErrRunning is returned by [Center.Run] while another Run of the center has not returned.
var ErrRunning = errors.New("usher: center is running already")

const defaultDrain = 10 * time.Second

// Run performs what the center decides (messages, bot turns, offers) and wakes it at its
// deadlines, until ctx ends; then it finishes what is under way, for at most the drain
// timeout, and returns nil. What was not performed is not lost: it is in the journal. A
// center that stops by itself returns an error that wraps [ErrStopped].
//
// Without Run the center still decides, and deadlines act with the next command.
func (c *Center) Run(ctx context.Context) error {
	if err := c.load(ctx); err != nil {
		return err
	}
	if err := c.start(); err != nil {
		return err
	}
	defer c.rest()
	// Work goes on for a while after ctx ends.
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	var lanes sync.WaitGroup
	places := make(chan struct{}, 1) // of Concurrency 1
	c.tick(work)
	for ctx.Err() == nil && c.err() == nil {
		for _, l := range c.out.take() {
			if c.opts.Concurrency == 1 {
				places <- struct{}{}
			}
			lanes.Add(1)
			c.crew.run(func() {
				defer lanes.Done()
				c.work(work, l)
				if c.opts.Concurrency == 1 {
					<-places
				}
			})
		}
		select {
		case <-ctx.Done():
		case <-c.out.wake:
		}
	}
	c.drain(&lanes, cancel)
	c.putDown(context.WithoutCancel(ctx))
	return c.err()
}

// putDown lays aside what was not begun, and saves a snapshot so that the next opening is
// quick. A message that nobody began to send is sent after it; were it left as it is, it
// could not be told from one that may have been sent.
func (c *Center) putDown(ctx context.Context) {
	defer c.saved()
	if c.err() != nil {
		return
	}
	var rest []queue.Effect
	for _, f := range c.out.leave() {
		if f.Kind != queue.EffectSend {
			rest = append(rest, f)
			continue
		}
		c.answer(ctx, f, queue.Sent{
			Interaction: f.Interaction, Key: f.Key, Result: queue.SendRetry, RetryAfter: 1, Reason: "the center was stopped before it was sent",
		})
	}
	c.out.add(rest)
	if c.sinceSnapshot() == 0 {
		_ = c.flush(ctx, c.decided()) // somebody who gave up may have left it to be written
		return
	}
	if err := c.checkpoint(ctx); err != nil {
		c.log.Error("usher: snapshot at the end", "error", err)
	}
}

// saved waits for snapshots that are being saved. Those that come later are saved by who
// writes.
func (c *Center) saved() {
	c.mu.Lock()
	c.beside = false
	c.mu.Unlock()
	c.snaps.run.Wait()
}

// drain waits for what is under way, then cuts it off.
func (c *Center) drain(lanes *sync.WaitGroup, cancel context.CancelCauseFunc) {
	timeout := c.opts.DrainTimeout
	if timeout == 0 {
		timeout = defaultDrain
	}
	late := time.AfterFunc(timeout, func() {
		cancel(fmt.Errorf("usher: not finished %s after the end of the run", timeout))
	})
	defer late.Stop()
	lanes.Wait()
}

func (c *Center) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running {
		return ErrRunning
	}
	c.running, c.beside = true, true
	c.crew.keep()
	return nil
}

// rest disarms the alarm and lets another Run begin.
func (c *Center) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = false
	c.crew.release()
	c.disarmLocked()
}

func (c *Center) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// tick lets what is due act.
func (c *Center) tick(ctx context.Context) {
	if err := c.enter(ctx); err != nil {
		return
	}
	c.keep(c.engine.Advance(c.now()))
	seq := c.engine.Seq()
	c.mu.Unlock()
	if err := c.flush(ctx, seq); err != nil {
		c.log.Error("usher: deadlines", "error", err)
	}
}

// armLocked sets the one alarm to the engine's next deadline, or leaves an earlier one,
// which finds nothing due and sets the next. A generation number makes an alarm that was
// replaced harmless.
func (c *Center) armLocked() {
	if !c.running || c.failed != nil {
		return
	}
	next, ok := c.engine.Next()
	if !ok || c.alarm != nil && !next.Before(c.alarmAt) {
		return // one that is too early costs less than moving it with every decision
	}
	c.disarmLocked()
	c.alarmAt = next
	mine := c.alarms
	c.alarm = c.clock.AfterFunc(max(next.Sub(c.now()), 0), func() { c.ring(mine) })
}

func (c *Center) disarmLocked() {
	c.alarms++
	if c.alarm != nil {
		c.alarm.Stop()
		c.alarm = nil
	}
}

func (c *Center) ring(generation uint64) {
	c.mu.Lock()
	current := generation == c.alarms && c.running
	if current {
		c.alarm = nil
	}
	c.mu.Unlock()
	if current {
		c.tick(context.Background())
	}
}

// work performs the effects of one lane, in order.
func (c *Center) work(ctx context.Context, l *lane) {
	for {
		f, ok := c.out.next(l)
		if !ok {
			return
		}
		release, err := c.out.place(ctx, f)
		if err != nil {
			c.out.back(l, f) // the run is over
			return
		}
		if !c.mayAct(ctx) {
			release()
			c.out.back(l, f)
			return
		}
		c.perform(ctx, f)
		release()
		c.out.done()
	}
}

// mayAct reports whether the journal is still this center's, where it could be taken over:
// somebody who was paused must not act on what others have done since. Otherwise the
// center stops.
func (c *Center) mayAct(ctx context.Context) bool {
	holder, ok := c.journal.(store.Holder)
	if !ok {
		return true
	}
	for {
		err := holder.Hold(ctx)
		switch {
		case err == nil:
			return true
		case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrClosed):
			_ = c.stop(err)
			return false
		}
		c.log.Warn("usher: whose the journal is cannot be found out; nothing is done until it can", "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(holdAgain):
		}
	}
}

// holdAgain is how long to wait, in real time, for a database that does not answer.
const holdAgain = 250 * time.Millisecond

// Settle lets what is due act and returns when everything that follows has been performed
// and answered. It needs a Run under way. Tests and simulations that hold the clock call
// it after every step; a service has no use for it.
func (c *Center) Settle(ctx context.Context) error {
	for {
		if err := c.load(ctx); err != nil {
			return err
		}
		c.tick(ctx)
		if err := c.out.wait(ctx); err != nil {
			return err
		}
		if err := c.err(); err != nil {
			return err
		}
		// What was performed may have made something due.
		if next, ok := c.Next(); !ok || next.After(c.now()) {
			return nil
		}
	}
}

// Next returns the center's next deadline.
func (c *Center) Next() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engine == nil {
		return time.Time{}, false
	}
	return c.engine.Next()
}

// answer gives the engine the result of an effect. That it came too late is no error.
func (c *Center) answer(ctx context.Context, f queue.Effect, command queue.Command) {
	_, err := c.Do(ctx, command)
	switch {
	case err == nil, errors.Is(err, ErrStopped):
	case errors.Is(err, queue.ErrNotOffered), errors.Is(err, queue.ErrEnded), errors.Is(err, queue.ErrUnknownInteraction):
		c.log.Info("usher: late result", "effect", f.Kind, "interaction", f.Interaction, "reason", err)
	default:
		c.log.Error("usher: result refused", "effect", f.Kind, "interaction", f.Interaction, "error", err)
	}
}
