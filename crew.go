package usher

import "sync/atomic"

// crew runs functions side by side. During a Run it keeps the goroutines for the next
// ones: their stacks have grown to what a decision takes, and a new one would have to grow
// it again.
type crew struct {
	todo chan func()                   // unbuffered: only who has nothing to do is given something
	over atomic.Pointer[chan struct{}] // closed when the Run ends; nil without one
	idle atomic.Int32
}

// crewIdle is how many goroutines are kept while there is nothing to do.
const crewIdle = 64

// run starts f and returns.
func (w *crew) run(f func()) {
	select {
	case w.todo <- f:
	default:
		go w.work(f)
	}
}

func (w *crew) work(f func()) {
	for {
		f()
		over := w.over.Load()
		if over == nil || w.idle.Load() >= crewIdle {
			return
		}
		w.idle.Add(1)
		select {
		case f = <-w.todo:
			w.idle.Add(-1)
		case <-*over:
			w.idle.Add(-1)
			return
		}
	}
}

// keep begins to keep goroutines, and release lets go of those who have nothing to do.
func (w *crew) keep() {
	over := make(chan struct{})
	w.over.Store(&over)
}

func (w *crew) release() { close(*w.over.Swap(nil)) }

// kept reports whether there is a Run.
func (w *crew) kept() bool { return w.over.Load() != nil }
