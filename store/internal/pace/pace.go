// Package pace sizes the steps of a long job by how long they take, and leaves as much time
// between them as they took, so that other work waits for one short step at most.
package pace

import (
	"context"
	"time"
)

// Pace is the pace of one job. It is not safe for concurrent use.
type Pace struct {
	// Aim is how long a step should take.
	Aim time.Duration
	// Least and Most bound the size of a step, in any unit. The first step has the size
	// Least.
	Least, Most int

	size  int
	ended time.Time // the last step
	took  time.Duration
}

// Size returns how large the next step should be.
func (p *Pace) Size() int { return max(p.size, p.Least) }

// Rest waits until as much time has passed since the last step as that step took, or until
// the context ends.
func (p *Pace) Rest(ctx context.Context) error { return Pause(ctx, p.took-time.Since(p.ended)) }

// Time runs a step and keeps how long it took.
func (p *Pace) Time(step func() error) error {
	began := time.Now()
	defer func() {
		p.ended = time.Now()
		p.took = p.ended.Sub(began)
	}()
	return step()
}

// Adapt sets the size of the next step by the last one, which had the size done. It changes
// by a factor of two at most.
func (p *Pace) Adapt(done int) {
	size := int64(p.Size())
	next := int64(done) * int64(p.Aim) / max(int64(p.took), 1)
	p.size = int(min(max(next, size/2, int64(p.Least)), 2*size, int64(p.Most)))
}

// Pause waits for a duration, if it is positive, or until the context ends.
func Pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	return ctx.Err()
}
