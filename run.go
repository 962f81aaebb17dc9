package usher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/usher-go/usher/queue"
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
	var lanes errgroup.Group
	if c.opts.Concurrency == 1 {
		lanes.SetLimit(1)
	}
	c.tick(work)
	for ctx.Err() == nil && c.err() == nil {
		for _, l := range c.out.take() {
			lanes.Go(func() error {
				c.work(work, l)
				return nil
			})
		}
		select {
		case <-ctx.Done():
		case <-c.out.wake:
		}
	}
	c.drain(&lanes, cancel)
	c.snaps.run.Wait()
	return c.err()
}

// drain waits for what is under way, then cuts it off.
func (c *Center) drain(lanes *errgroup.Group, cancel context.CancelCauseFunc) {
	timeout := c.opts.DrainTimeout
	if timeout == 0 {
		timeout = defaultDrain
	}
	late := time.AfterFunc(timeout, func() {
		cancel(fmt.Errorf("usher: not finished %s after the end of the run", timeout))
	})
	defer late.Stop()
	_ = lanes.Wait() // lanes report their errors to the engine
}

func (c *Center) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running {
		return ErrRunning
	}
	c.running = true
	return nil
}

// rest disarms the alarm and lets another Run begin.
func (c *Center) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = false
	c.alarms++
	if c.alarm != nil {
		c.alarm.Stop()
		c.alarm = nil
	}
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
	c.alarmAt = time.Time{}
	c.keep(c.engine.Advance(c.now()))
	seq := c.engine.Seq()
	c.mu.Unlock()
	if err := c.flush(ctx, seq); err != nil {
		c.log.Error("usher: deadlines", "error", err)
	}
}

// armLocked sets the one alarm to the engine's next deadline. A generation number makes
// an alarm that was replaced harmless, and a spurious one only finds nothing due.
func (c *Center) armLocked() {
	if !c.running || c.failed != nil {
		return
	}
	next, ok := c.engine.Next()
	if !ok {
		next = time.Time{}
	}
	if c.alarm != nil && next.Equal(c.alarmAt) {
		return
	}
	if c.alarm != nil {
		c.alarm.Stop()
		c.alarm = nil
	}
	c.alarmAt = next
	c.alarms++
	if !ok {
		return
	}
	mine := c.alarms
	c.alarm = c.clock.AfterFunc(max(next.Sub(c.now()), 0), func() { c.ring(mine) })
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
			return // the run is over: recovery asks again
		}
		c.perform(ctx, f)
		release()
		c.out.done()
	}
}

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
