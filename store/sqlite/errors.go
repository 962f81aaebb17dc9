package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	lib "modernc.org/sqlite/lib"

	"github.com/usher-go/usher/store"
)

// known returns err as an error of package store: what failed, on which path, and what to
// do about it. Errors of package store and of contexts are returned as they are.
func (j *Journal) known(err error) error {
	switch {
	case err == nil, already(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case isCode(err):
		return j.typed(err)
	case errors.Is(err, sql.ErrConnDone), j.closed.Load():
		return store.ErrClosed
	}
	return j.typed(err)
}

// typed is known for errors that do not mean that the journal is closed.
func (j *Journal) typed(err error) error {
	if c, ok := errors.AsType[coded](err); ok {
		return j.fail(j.meaning(c.Code()), err)
	}
	if m, ok := system(err); ok {
		return j.fail(m, err)
	}
	return fmt.Errorf("sqlite: %s: %w", j.cfg.Path, err)
}

// already reports whether an error is package store's.
func already(err error) bool {
	for _, known := range []error{
		store.ErrConflict, store.ErrCorrupt, store.ErrClosed, store.ErrGap, store.ErrNoSnapshot, store.ErrOwned, store.ErrNotEmpty,
		store.ErrIO, store.ErrFull, store.ErrReadOnly,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// coded is implemented by the errors of the driver.
type coded interface {
	error
	Code() int // extended result code
}

func isCode(err error) bool {
	_, ok := errors.AsType[coded](err)
	return ok
}

// fail returns the error of package store for a meaning.
func (j *Journal) fail(m meaning, err error) error {
	wrap := func(kind error) error {
		return fmt.Errorf("%w: %s: %s: %s: %w", kind, j.cfg.Path, m.problem, m.do, err)
	}
	switch m.kind {
	case full:
		return wrap(store.ErrFull)
	case readOnly:
		return wrap(store.ErrReadOnly)
	case damaged:
		return fmt.Errorf("%w: %w", &store.CorruptError{Problem: fmt.Sprintf("%s: %s: %s", j.cfg.Path, m.problem, m.do)}, err)
	case interrupted:
		return fmt.Errorf("%w: %w", context.Canceled, err)
	}
	return &store.IOError{Journal: j.cfg.Path, Problem: m.problem, Do: m.do, Err: err}
}

// meaning returns what a result code says. For a code that the file system is the reason
// of, it looks there: SQLite has the same code for a disk that is broken and one that is
// read-only.
func (j *Journal) meaning(code int) meaning {
	switch code & 0xff {
	case lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_AUTH:
		if m, ok := j.inspect(); ok {
			return m
		}
	}
	if m, ok := meanings[code]; ok {
		return m
	}
	if m, ok := meanings[code&0xff]; ok {
		return m
	}
	return meaning{failed, fmt.Sprintf("SQLite returned the result code %d", code), doReport}
}

// system returns what an error of the operating system says; false if err is none.
func system(err error) (meaning, bool) {
	for _, e := range noSpace {
		if errors.Is(err, e) {
			return meanings[lib.SQLITE_FULL], true
		}
	}
	switch {
	case errors.Is(err, syscall.EROFS):
		return meaning{readOnly, "its file system is read-only", doRemount}, true
	case errors.Is(err, fs.ErrPermission):
		return meaning{readOnly, "this process may not write to it", doPermit}, true
	case errors.Is(err, fs.ErrNotExist):
		return meaning{failed, "the file or its folder does not exist", doFolder}, true
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTDIR):
		return meaning{failed, "a folder is where a file should be, or a file where a folder should be", doPath}, true
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return meaning{failed, "too many files are open", "raise the limit of open files (ulimit -n), then open the journal again"}, true
	}
	_, ok := errors.AsType[syscall.Errno](err)
	return meaning{failed, "a call of the operating system failed", doDisk}, ok
}
