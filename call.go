package usher

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"
)

// HookError says that code of the host, which the center called, did not return as it
// should: it panicked, ended its goroutine with runtime.Goexit, did not return in time, or
// returned what cannot be used. errors.As finds it in what the call led to.
type HookError struct {
	// Hook names what was called, such as "bot greeter" or "journal: append".
	Hook string
	// Err is what happened. It wraps context.DeadlineExceeded for a call that did not
	// return in time. Of a panic it has the text of a runtime error and the type of any
	// other value, whose text may hold a secret.
	Err error
	// Stack is where it panicked, nil if it did not.
	Stack []byte

	value any
}

// Value returns what it panicked with, nil if it did not.
func (e *HookError) Value() any { return e.value }

// Error implements error.
func (e *HookError) Error() string { return e.Hook + ": " + e.Err.Error() }

// Unwrap returns what happened.
func (e *HookError) Unwrap() error { return e.Err }

var (
	errGoexit = errors.New("ended its goroutine (runtime.Goexit)")
	// errAbandoned is returned without a call when too many calls have not returned.
	errAbandoned = fmt.Errorf("not called: %d earlier calls of the host's code have not returned", maxAbandoned)
)

// newPanic describes a panic, or runtime.Goexit when the recovered value is nil. It is
// called by the deferred function that recovered.
func newPanic(hook string, value any) *HookError {
	e := &HookError{Hook: hook, value: value}
	switch v := value.(type) {
	case nil:
		e.Err = errGoexit
		return e
	case runtime.Error:
		e.Err = fmt.Errorf("panicked: %w", v)
	default:
		e.Err = fmt.Errorf("panicked with a value of type %T", v)
	}
	e.Stack = debug.Stack()
	return e
}

const (
	// maxAbandoned bounds the calls that were given up and still run, each with its
	// goroutine.
	maxAbandoned = 1024
	// callGrace is how long a call may still return its own answer after its context ended.
	callGrace = 100 * time.Millisecond
	// hookTimeout bounds calls for which no option sets a limit.
	hookTimeout = 5 * time.Second
)

// calling calls f, which is the host's, and returns within limit (real time; less than 0 =
// none) and when ctx ends, also while f still runs. A call that outlives its time is abandoned: its
// context has ended, and what it returns is dropped.
func calling[T any](ctx context.Context, c *Center, hook string, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	var zero T
	if c.abandoned.Load() >= maxAbandoned {
		return zero, &HookError{Hook: hook, Err: errAbandoned}
	}
	if limit >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("did not return within %v: %w", limit, context.DeadlineExceeded))
		defer cancel()
	}
	done := make(chan answer[T], 1)
	c.crew.run(func() { attempt(hook, done, func() (T, error) { return f(ctx) }) })
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
	}
	grace := time.NewTimer(callGrace)
	defer grace.Stop()
	select {
	case a := <-done:
		return a.value, a.err
	case <-grace.C:
	}
	c.abandoned.Add(1)
	go func() {
		<-done
		c.abandoned.Add(-1)
	}()
	return zero, &HookError{Hook: hook, Err: context.Cause(ctx)}
}

type answer[T any] struct {
	value T
	err   error
}

// attempt calls f and sends its answer, also when f panics or ends the goroutine.
func attempt[T any](hook string, done chan<- answer[T], f func() (T, error)) {
	var a answer[T]
	returned := false
	defer func() {
		if !returned {
			a = answer[T]{err: newPanic(hook, recover())}
		}
		done <- a
	}()
	a.value, a.err = f()
	if a.err != nil {
		_ = a.err.Error() // an error whose text panics is no error to hand on
	}
	returned = true
}

// recovered calls f in the caller's goroutine and turns a panic into an error.
func recovered[T any](hook string, f func() (T, error)) (T, error) {
	done := make(chan answer[T], 1)
	attempt(hook, done, f)
	a := <-done
	return a.value, a.err
}

// call is calling for what returns nothing but an error.
func (c *Center) call(ctx context.Context, hook string, limit time.Duration, f func(context.Context) error) error {
	_, err := calling(ctx, c, hook, limit, func(ctx context.Context) (struct{}, error) { return struct{}{}, f(ctx) })
	return err
}

// contain runs f, which is the center's own. If it panics, or ends its goroutine, the center
// stops, and after is called with the cause.
func (c *Center) contain(what string, f func(), after func(error)) {
	returned := false
	defer func() {
		if returned {
			return
		}
		err := c.stop(newPanic(what, recover()))
		if after != nil {
			after(err)
		}
	}()
	f()
	returned = true
}
