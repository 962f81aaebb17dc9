package usher

import (
	"context"
	"time"

	"github.com/benbjohnson/clock"
)

// alarm is the one timer of a Run, at the engine's next deadline or before it. It is guarded
// by Center.mu, but the Clock, which is the host's, is called without the mutex.
type alarm struct {
	set        bool // for at
	at         time.Time
	generation uint64 // makes a timer that was replaced harmless
	timer      *oldTimer
}

// oldTimer is a timer to be stopped without the mutex; nil = none.
type oldTimer struct{ timer *clock.Timer }

func (o *oldTimer) stop() {
	if o != nil && o.timer != nil {
		o.timer.Stop()
	}
}

// disarm forgets the timer and returns it.
func (a *alarm) disarm() *oldTimer {
	old := a.timer
	a.generation++
	a.set, a.timer = false, nil
	return old
}

// arming sets the timer; nil = there is nothing to set.
type arming struct {
	center     *Center
	old        *oldTimer
	next       time.Time
	generation uint64
}

// alarmLocked returns what sets the alarm to the next deadline after a decision. An earlier
// one stays: it finds nothing due and sets the next, which costs less than moving it with
// every decision.
func (c *Center) alarmLocked(d *decision) *arming {
	if !c.running || c.failed != nil || !d.armed || c.alarm.set && !d.next.Before(c.alarm.at) {
		return nil
	}
	a := &arming{center: c, old: c.alarm.disarm(), next: d.next}
	c.alarm.set, c.alarm.at = true, d.next
	a.generation = c.alarm.generation
	return a
}

// set calls the Clock. One of the host's that fails, or does not return, stops the center:
// nothing would act at deadlines any more.
func (a *arming) set() {
	switch {
	case a == nil:
	case a.center.opts.Clock == nil:
		a.start()
	default:
		err := a.center.call(context.Background(), "the Clock", hookTimeout, func(context.Context) error {
			a.start()
			return nil
		})
		if err != nil {
			_ = a.center.stop(err)
		}
	}
}

func (a *arming) start() {
	a.old.stop()
	c := a.center
	t := &oldTimer{c.clock.AfterFunc(max(a.next.Sub(c.now()), 0), func() { c.ring(a.generation) })}
	c.mu.Lock()
	current := c.alarm.set && c.alarm.generation == a.generation
	if current {
		c.alarm.timer = t
	}
	c.mu.Unlock()
	if !current {
		t.stop()
	}
}

// ring acts when the alarm goes off.
func (c *Center) ring(generation uint64) {
	c.mu.Lock()
	current := c.alarm.set && generation == c.alarm.generation && c.running
	if current {
		c.alarm.disarm()
	}
	c.mu.Unlock()
	if current {
		c.contain("acting at a deadline", func() { c.tick(context.Background()) }, nil)
	}
}
