package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/usher-go/usher/store"
)

// commit runs f, which commits one transaction, while no other does, and writes the mark.
// It fails if the files are not where they were: what is written to a file that was
// removed is gone with the process.
func (j *Journal) commit(ctx context.Context, f func() error) error {
	select {
	case j.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-j.gone:
		return store.ErrClosed
	}
	defer func() { <-j.writer }()
	if err := f(); err != nil {
		return err
	}
	if err := j.files.check(); err != nil {
		return err
	}
	j.acknowledge()
	return nil
}

// change runs f in a transaction of the writer.
func (j *Journal) change(ctx context.Context, f func(*sql.Tx) error) error {
	return j.commit(ctx, func() error { return j.transact(ctx, f) })
}

func (j *Journal) transact(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := j.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// files are the files of the journal as they were when it was opened.
type files []file

type file struct {
	path string
	info fs.FileInfo
}

func (f *files) note(paths ...string) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		*f = append(*f, file{path, info})
	}
	return nil
}

// check returns a *[store.IOError] if a file was removed or replaced.
func (f files) check() error {
	for _, was := range f {
		now, err := os.Stat(was.path)
		switch {
		case err != nil:
			return &store.IOError{
				Journal: f[0].path, Problem: was.path + " is no longer there", Err: err,
				Do: "put it back where it was and open the journal again; what was acknowledged before is in it",
			}
		case !os.SameFile(was.info, now):
			return &store.IOError{
				Journal: f[0].path, Problem: was.path + " was replaced while the journal was open",
				Do: "close the journal before its files are replaced, then open it again",
			}
		}
	}
	return nil
}

// grace is how long a call that was cancelled may take to end by itself.
const grace = 100 * time.Millisecond

// within runs f and returns what it returns, or the context's error at most [grace] after
// that has ended: SQLite is interrupted then, but a mutex or a call of the system that
// hangs, as on a disk that does not answer, cannot be cancelled. f is then left to end by
// itself and must own all that it uses. A context that never ends costs nothing.
func within[T any](ctx context.Context, f func() (T, error)) (T, error) {
	if ctx.Done() == nil {
		return f()
	}
	if err := ctx.Err(); err != nil {
		var none T
		return none, err
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("panicked: %v", p)
			}
			done <- r
		}()
		r.value, r.err = f()
	}()
	select {
	case r := <-done:
		return r.value, ended(ctx, r.err)
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case r := <-done:
		return r.value, ended(ctx, r.err)
	case <-late.C:
		var none T
		return none, ctx.Err()
	}
}

// ended returns the context's error for a statement that was interrupted because the context
// has ended, other errors as they are.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return ctx.Err()
	}
	return err
}

// call is within for a function that returns an error only.
func call(ctx context.Context, f func() error) error {
	_, err := within(ctx, func() (struct{}, error) { return struct{}{}, f() })
	return err
}
