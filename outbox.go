package usher

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/usher-go/usher/queue"
)

// outbox holds the effects that may start: their events are durable. Those of one
// interaction form a lane and are performed one after another; lanes go side by side.
type outbox struct {
	mu     sync.Mutex
	lanes  map[laneKey]*lane
	ready  []*lane // have work and nobody at it
	wake   chan struct{}
	closed bool
	open   int           // effects added and not yet performed
	idle   chan struct{} // closed when open is 0; nil while nobody waits for it

	sends *semaphore.Weighted
	turns *semaphore.Weighted
	shows *semaphore.Weighted
}

// laneKey keeps what agents see apart from what goes to the customer, so that a slow
// provider does not delay an offer, and a bot's turn apart from both.
type laneKey struct {
	interaction string
	kind        queue.EffectKind // of a send, a turn or a check; "" = the desk's
}

type lane struct {
	key  laneKey
	todo []queue.Effect
	busy bool
}

const defaultConcurrency = 256

func (o *outbox) init(concurrency int) {
	if concurrency <= 0 {
		concurrency = defaultConcurrency
	}
	o.lanes = map[laneKey]*lane{}
	o.wake = make(chan struct{}, 1)
	// Bots and the desk have places of their own: slow ones must not keep messages from
	// going out.
	o.sends = semaphore.NewWeighted(int64(concurrency))
	o.turns = semaphore.NewWeighted(int64(concurrency))
	o.shows = semaphore.NewWeighted(int64(concurrency))
}

// add puts effects behind those of their interactions.
func (o *outbox) add(effects []queue.Effect) {
	if len(effects) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	o.open += len(effects)
	for i := range effects {
		f := &effects[i]
		key := laneOf(f)
		l := o.lanes[key]
		if l == nil {
			l = &lane{key: key}
			o.lanes[key] = l
		}
		l.todo = append(l.todo, *f)
		if !l.busy {
			l.busy = true
			o.ready = append(o.ready, l)
		}
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func laneOf(f *queue.Effect) laneKey {
	if f.Kind == queue.EffectSend || f.Kind == queue.EffectBot || f.Kind == queue.EffectCheck {
		return laneKey{f.Interaction, f.Kind}
	}
	return laneKey{interaction: f.Interaction}
}

// take returns the lanes that are to be worked on.
func (o *outbox) take() []*lane {
	o.mu.Lock()
	defer o.mu.Unlock()
	ready := o.ready
	o.ready = nil
	return ready
}

// next returns the lane's next effect; without one the lane is free again.
func (o *outbox) next(l *lane) (queue.Effect, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(l.todo) == 0 || o.closed {
		l.busy = false
		delete(o.lanes, l.key)
		return queue.Effect{}, false
	}
	f := l.todo[0]
	l.todo = l.todo[1:]
	return f, true
}

// back returns an effect that could not begin to the front of its lane.
func (o *outbox) back(l *lane, f queue.Effect) {
	o.mu.Lock()
	defer o.mu.Unlock()
	l.todo = append([]queue.Effect{f}, l.todo...)
}

// leave takes everything that has not begun, in order within each lane. It is for when
// nobody works any more.
func (o *outbox) leave() []queue.Effect {
	o.mu.Lock()
	defer o.mu.Unlock()
	var left []queue.Effect
	for _, l := range o.lanes {
		left = append(left, l.todo...)
	}
	o.lanes, o.ready, o.open = map[laneKey]*lane{}, nil, 0
	o.idleLocked()
	slices.SortStableFunc(left, func(a, b queue.Effect) int { return cmp.Compare(a.Seq, b.Seq) })
	return left
}

// done notes that an effect was performed.
func (o *outbox) done() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open--
	o.idleLocked()
}

// idleLocked tells those who wait that nothing is left.
func (o *outbox) idleLocked() {
	if o.idle != nil && (o.open == 0 || o.closed) {
		close(o.idle)
		o.idle = nil
	}
}

// wait returns when nothing is left to perform.
func (o *outbox) wait(ctx context.Context) error {
	o.mu.Lock()
	if o.open == 0 || o.closed {
		o.mu.Unlock()
		return nil
	}
	if o.idle == nil {
		o.idle = make(chan struct{})
	}
	idle := o.idle
	o.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close drops everything: what was not performed is asked for again after recovery.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.ready = nil
	o.idleLocked()
	select {
	case o.wake <- struct{}{}: // the Run ends
	default:
	}
}

// place returns the places that an effect takes one of.
func (o *outbox) place(ctx context.Context, f queue.Effect) (release func(), err error) {
	sem := o.shows
	switch f.Kind {
	case queue.EffectSend:
		sem = o.sends
	case queue.EffectBot, queue.EffectCheck:
		sem = o.turns
	}
	if err := sem.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return func() { sem.Release(1) }, nil
}
