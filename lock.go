package usher

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usher-go/usher/queue"
)

// engineLock is the mutex of a center's engine and of the state beside it. While the
// engine runs, the host's code may run too (strategies, the Clock), and it may block or
// call the center. A holder that does not return from the engine for limit, while others
// wait, loses the mutex: stuck is called in its place, and the mutex is released.
//
// Only the engine runs between enter and leave. Everything else that the mutex guards is
// changed outside them, where a holder cannot lose it.
type engineLock struct {
	mu    sync.Mutex
	turns uint64 // guarded by mu

	limit   time.Duration
	stuck   func()        // holds the mutex
	turn    atomic.Uint64 // of the holder whose engine runs; 0 = none does
	waiting atomic.Int32  // callers that wait for the mutex
	watched atomic.Bool   // a look at the holder is scheduled
}

// engineLimit is how long one call of the engine may take while others wait.
const engineLimit = 30 * time.Second

// engineLooks is how often a holder is looked at within the limit. One look is not enough:
// the whole process may have been paused.
const engineLooks = 4

// Lock acquires the mutex.
func (l *engineLock) Lock() {
	if l.mu.TryLock() {
		return
	}
	l.waiting.Add(1)
	if l.watched.CompareAndSwap(false, true) {
		l.watch(0, 0)
	}
	l.mu.Lock()
	l.waiting.Add(-1)
}

// Unlock releases the mutex. It must not be called by a holder that lost it.
func (l *engineLock) Unlock() { l.mu.Unlock() }

// enter says that the holder calls the engine.
func (l *engineLock) enter() (turn uint64) {
	l.turns++
	l.turn.Store(l.turns)
	return l.turns
}

// leave says that the engine returned. It reports whether the caller still holds the mutex.
func (l *engineLock) leave(turn uint64) bool { return l.turn.CompareAndSwap(turn, 0) }

// watch looks at the holder later, and again as long as callers wait.
func (l *engineLock) watch(seen uint64, times int) {
	time.AfterFunc(l.limit/engineLooks, func() {
		turn := l.turn.Load()
		switch {
		case turn == 0 || turn != seen:
			times = 0
		case times+1 < engineLooks:
			times++
		case l.turn.CompareAndSwap(turn, 0):
			l.stuck()
			l.mu.Unlock()
		}
		if l.waiting.Load() == 0 {
			l.watched.Store(false)
			if l.waiting.Load() == 0 || !l.watched.CompareAndSwap(false, true) {
				return
			}
		}
		l.watch(turn, times)
	})
}

// errStuck is the cause of a center whose engine did not return.
var errStuck = errors.New("the engine did not return: a strategy or the Clock blocks, or calls the center")

// engineCall calls f, which uses the engine and writes to nothing else of the center, for a
// caller that holds c.mu. After nil the caller still holds it. After an error it does not:
// the engine panicked, or lost the mutex, and the center has stopped.
func (c *Center) engineCall(f func(*queue.Engine)) (err error) {
	engine := c.engine // before enter: stuck writes to it when the turn is taken
	turn, returned := c.mu.enter(), false
	defer func() {
		r := recover() // nil after runtime.Goexit
		switch {
		case !c.mu.leave(turn):
			err = c.err()
		case !returned:
			problem := newPanic("the engine", r)
			err = c.failLocked(problem)
			c.engine = nil // a decision may have been half done
			c.mu.Unlock()
			c.logStop(problem)
		}
	}()
	f(engine)
	returned = true
	return nil
}

// stuck stops the center in place of a caller whose engine does not return.
func (c *Center) stuck() {
	_ = c.failLocked(errStuck)
	c.engine = nil // that caller still uses it
	go c.logStop(errStuck)
}

// use calls f, which only reads the engine, while c.mu is held. f is not called before the
// journal was read, when the result is nil, nor without an engine after the center stopped.
func (c *Center) use(f func(*queue.Engine)) error {
	c.mu.Lock()
	if c.engine == nil {
		defer c.mu.Unlock()
		return c.failed
	}
	if err := c.engineCall(f); err != nil {
		return err
	}
	c.mu.Unlock()
	return nil
}

// decision is what the engine made of a command.
type decision struct {
	step  *step // nil when nothing happened
	at    time.Time
	seq   uint64 // the last event
	next  time.Time
	armed bool // there is a next deadline
	err   error
}

// decideLocked lets f give the engine a command, for a caller that holds c.mu. The error is
// that of engineCall; the engine's own is in the decision.
func (c *Center) decideLocked(f func(e *queue.Engine, now time.Time) (queue.Output, error)) (*decision, error) {
	d := &decision{}
	err := c.engineCall(func(e *queue.Engine) {
		d.at = c.now()
		var out queue.Output
		out, d.err = f(e, d.at)
		d.step = newStep(out) // before the engine uses the room again
		d.seq = e.Seq()
		d.next, d.armed = e.Next()
	})
	return d, err
}

// act lets f give the engine a command, and queues what follows for the journal.
func (c *Center) act(f func(e *queue.Engine, now time.Time) (queue.Output, error)) (*decision, error) {
	d, err := c.decideLocked(f)
	if err != nil {
		return nil, err
	}
	c.keepLocked(d)
	arm := c.alarmLocked(d)
	c.mu.Unlock()
	arm.set()
	return d, nil
}

// keepLocked queues a decision for the journal.
func (c *Center) keepLocked(d *decision) {
	c.at, c.seq = d.at, d.seq
	if d.step != nil {
		c.pending.steps = append(c.pending.steps, d.step)
		c.pending.last = d.seq
		c.configured = max(c.configured, configuredBy(d.step.events))
		c.noteUndurable(d.step.events)
	}
}
