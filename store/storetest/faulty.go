package storetest

import (
	"context"
	"sync"

	"github.com/usher-go/usher/store"
)

// Faulty is a journal that fails when it is told to. It wraps another one.
type Faulty struct {
	store.Journal

	mu     sync.Mutex
	before error
	after  error
}

// FailBefore makes appends fail with err, written nowhere, until it is called with nil.
func (f *Faulty) FailBefore(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = err
}

// FailAfter makes appends write and then fail with err, as when the answer of a database
// is lost, until it is called with nil.
func (f *Faulty) FailAfter(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after = err
}

// Append implements [store.Journal].
func (f *Faulty) Append(ctx context.Context, expect uint64, records []store.Record) error {
	f.mu.Lock()
	before, after := f.before, f.after
	f.mu.Unlock()
	if before != nil {
		return before
	}
	if err := f.Journal.Append(ctx, expect, records); err != nil {
		return err
	}
	return after
}
