package usher

import "sync/atomic"

// crew runs functions side by side, on goroutines that it keeps for the next ones: their
// stacks have grown to what a decision takes, and a new one would have to grow it again.
type crew struct {
	todo chan func() // unbuffered: only who has nothing to do is given something
	over chan struct{}
	idle atomic.Int32
}

// crewIdle is how many goroutines are kept while there is nothing to do.
const crewIdle = 64

func newCrew() *crew { return &crew{todo: make(chan func()), over: make(chan struct{})} }

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
		if w.idle.Add(1) > crewIdle {
			w.idle.Add(-1)
			return
		}
		select {
		case f = <-w.todo:
			w.idle.Add(-1)
		case <-w.over:
			return
		}
	}
}

// end lets go of those who have nothing to do. The others go when they are done.
func (w *crew) end() { close(w.over) }
