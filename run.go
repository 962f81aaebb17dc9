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
		if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
			return nil
		}
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
	c.tick(work)
	c.distribute(ctx, work, &lanes)
	c.drain(&lanes, cancel)
	ending, cut := context.WithTimeout(context.WithoutCancel(ctx), c.journalTimeout())
	defer cut()
	c.putDown(ending)
	return c.err()
}

// distribute gives lanes to workers until ctx ends or the center stops.
func (c *Center) distribute(ctx, work context.Context, lanes *sync.WaitGroup) {
	one := make(chan struct{}, 1) // of Concurrency 1
	for ctx.Err() == nil && c.err() == nil {
		for _, l := range c.out.take() {
			release := func() {}
			if c.opts.Concurrency == 1 {
				select {
				case one <- struct{}{}:
					release = func() { <-one }
				case <-ctx.Done():
					return // the rest stays in its lanes
				}
			}
			lanes.Add(1)
			c.crew.run(func() {
				defer lanes.Done()
				defer release()
				c.work(work, l)
			})
		}
		select {
		case <-ctx.Done():
		case <-c.out.wake:
		}
	}
}

// putDown records for retry what was not begun, and saves a snapshot so that the next
// opening is quick. A message that was not begun is sent after it; left as it is, it could
// not be told from one that may have been sent. It takes little longer than ctx.
func (c *Center) putDown(ctx context.Context) {
	defer c.saved(ctx)
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
		_ = c.flush(ctx, c.decided()) // a cancelled caller may have left it to be written
		return
	}
	if err := c.checkpoint(ctx); err != nil {
		c.log.Error("usher: snapshot at the end", "error", err)
	}
}

// saved waits for snapshots that are being saved, until ctx ends, and a little while for
// old records that are being dropped. Later snapshots are saved by the writer.
func (c *Center) saved(ctx context.Context) {
	c.mu.Lock()
	c.beside = false
	c.mu.Unlock()
	late := time.AfterFunc(expiryGrace, c.stopExpiry)
	defer late.Stop()
	defer c.stopExpiry()
	if !waitFor(ctx, &c.snaps.run) {
		c.log.Error("usher: a snapshot is not saved at the end of the run; the next opening reads more of the journal")
	}
}

// waitFor reports whether a group is done before ctx ends.
func waitFor(ctx context.Context, group *sync.WaitGroup) bool {
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
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
	// What was cut off returns at once, except from a write to the journal.
	ctx, stop := context.WithTimeout(context.Background(), max(timeout, 0)+c.journalTimeout())
	defer stop()
	if !waitFor(ctx, lanes) {
		c.log.Error("usher: effects are still under way at the end of the run; they are abandoned")
	}
}

func (c *Center) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running {
		return ErrRunning
	}
	c.running, c.beside = true, true
	c.expiry, c.stopExpiry = context.WithCancel(context.Background())
	c.crew.keep()
	return nil
}

// rest disarms the alarm and lets another Run begin.
func (c *Center) rest() {
	c.mu.Lock()
	c.running = false
	c.crew.release()
	timer := c.alarm.disarm()
	c.mu.Unlock()
	timer.stop()
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
	d, err := c.act(func(e *queue.Engine, now time.Time) (queue.Output, error) { return e.Advance(now), nil })
	if err != nil {
		return // the center has stopped
	}
	if err := c.flush(ctx, d.seq); err != nil && !errors.Is(err, ErrStopped) {
		c.log.Error("usher: deadlines", "error", err)
	}
}

// work performs the effects of one lane, in order.
func (c *Center) work(ctx context.Context, l *lane) {
	for {
		f, ok := c.out.next(l)
		if !ok || !c.beginEffect(ctx, l, f) {
			return
		}
	}
}

// beginEffect performs an effect. It returns false when the Run is over, or the center stopped.
func (c *Center) beginEffect(ctx context.Context, l *lane, f queue.Effect) (performed bool) {
	release, err := c.out.place(ctx, f)
	if err != nil {
		c.out.back(l, f) // the run is over
		return false
	}
	defer release()
	if !c.mayAct(ctx) {
		c.out.back(l, f)
		return false
	}
	defer c.out.done()
	c.contain("performing "+string(f.Kind), func() {
		c.perform(ctx, f)
		performed = true
	}, nil)
	return performed
}

// mayAct reports whether the center has not stopped and the journal is still its own, where it
// could be taken over: a center that was paused must not act on what another has done since.
// Otherwise the center stops.
func (c *Center) mayAct(ctx context.Context) bool {
	if c.err() != nil {
		return false // it stopped while the effect waited for a place
	}
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
		c.log.Warn("usher: the journal's owner is unknown; no effect starts until it is known", "error", err)
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
		if ctx.Err() != nil {
			return context.Cause(ctx) // tick did not wait any longer
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
func (c *Center) Next() (next time.Time, ok bool) {
	_ = c.use(func(e *queue.Engine) { next, ok = e.Next() })
	return next, ok
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
