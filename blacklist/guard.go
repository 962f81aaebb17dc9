package blacklist

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// The defaults of a [Guard].
const (
	DefaultTimeout  = 500 * time.Millisecond
	DefaultMaxCalls = 64
)

// Guard stands between a center and a [Checker] that may be slow, fail or panic. It is a
// Checker itself, whose Check always gives a usable verdict: when the checker gives none,
// by FailClosed. Set the fields before the first Check; a Guard must not be copied.
type Guard struct {
	// Checker to ask. nil is an error at every Check.
	Checker Checker
	// Timeout for one check, in real time; 0 or less = [DefaultTimeout]. Webhooks wait
	// for the check, so it should stay well under a second.
	Timeout time.Duration
	// FailClosed is the verdict when there is none: false lets the customer through
	// (fail open), true stops them.
	FailClosed bool
	// MaxCalls is how many checks may be under way at once; 0 or less =
	// [DefaultMaxCalls]. A further one waits for a place, within its own timeout. A
	// checker that ignores its context and hangs so holds this many goroutines at
	// most.
	MaxCalls int

	once   sync.Once
	places chan struct{}
}

// CheckError is the error of [Guard.Check]: the checker gave no verdict. Report it; the
// verdict that came with it is already decided.
type CheckError struct {
	// Blocked is the verdict given in place of the missing one.
	Blocked bool
	// Err is the checker's own error, a *[PanicError], the end of the context
	// (context.DeadlineExceeded after the timeout), or [ErrBusy].
	Err error
}

// Error implements error.
func (e *CheckError) Error() string {
	if e.Blocked {
		return "blacklist: check failed, stopped (fail closed): " + e.Err.Error()
	}
	return "blacklist: check failed, let through (fail open): " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *CheckError) Unwrap() error { return e.Err }

// PanicError says that a [Checker] panicked.
type PanicError struct {
	Value any    // what it panicked with
	Stack []byte // where
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("checker panicked: %v", e.Value) }

// Check asks the checker and returns within the timeout, whether the checker does or not.
// When there is no answer, the verdict is that of FailClosed and the error a *[CheckError].
func (g *Guard) Check(ctx context.Context, q Query) (Verdict, error) {
	switch c := g.Checker.(type) {
	case nil:
		return g.missing(q, errors.New("no checker is set; set Guard.Checker"))
	case *List: // neither fails nor waits: no goroutine for the common case
		return c.Match(q), nil
	}
	g.once.Do(func() { g.places = make(chan struct{}, orDefault(g.MaxCalls, DefaultMaxCalls)) })
	ctx, cancel := context.WithTimeout(ctx, orDefault(g.Timeout, DefaultTimeout))
	defer cancel()

	select {
	case g.places <- struct{}{}:
	case <-ctx.Done():
		return g.missing(q, fmt.Errorf("%w: %w", ErrBusy, ctx.Err()))
	}
	// The buffer lets a checker that comes back too late end without a listener.
	answers := make(chan answer, 1)
	q.Aliases = append([]string(nil), q.Aliases...) // a late checker may still read them
	go func() {
		defer func() { <-g.places }()
		answers <- ask(ctx, g.Checker, q)
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return g.missing(q, a.err)
		}
		return a.verdict, nil
	case <-ctx.Done():
		return g.missing(q, ctx.Err())
	}
}

type answer struct {
	verdict Verdict
	err     error
}

// ask turns a panic of the checker into an error.
func ask(ctx context.Context, c Checker, q Query) (a answer) {
	defer func() {
		if v := recover(); v != nil {
			a = answer{err: &PanicError{Value: v, Stack: debug.Stack()}}
		}
	}()
	v, err := c.Check(ctx, q)
	return answer{v, err}
}

// missing is the verdict when the checker gave none.
func (g *Guard) missing(q Query, err error) (Verdict, error) {
	v := Verdict{Blocked: g.FailClosed}
	if v.Blocked {
		v.Entry = Entry{Scope: q.Campaign, Direction: q.Direction, Reason: "the blacklist could not be asked"}
	}
	return v, &CheckError{Blocked: v.Blocked, Err: err}
}

func orDefault[T int | time.Duration](v, standard T) T {
	if v <= 0 {
		return standard
	}
	return v
}
