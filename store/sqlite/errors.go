package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/usher-go/usher/store"
)

// known makes the errors of SQLite those of package store, where they are among them.
func (j *Journal) known(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case lib.SQLITE_FULL:
			return fmt.Errorf("%w: %s: %w", store.ErrFull, j.cfg.Path, err)
		case lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_CANTOPEN:
			return fmt.Errorf("%w: %s: %w", store.ErrReadOnly, j.cfg.Path, err)
		case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
			return fmt.Errorf("%w: %s: %w", store.ErrCorrupt, j.cfg.Path, err)
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
			return fmt.Errorf("sqlite: %s: another connection holds a lock for more than %s: %w", j.cfg.Path, busyTimeout, err)
		}
	}
	switch {
	case errors.Is(err, sql.ErrConnDone), j.closed.Load():
		return store.ErrClosed
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %s: %w", store.ErrReadOnly, j.cfg.Path, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	if already(err) {
		return err
	}
	return fmt.Errorf("sqlite: %s: %w", j.cfg.Path, err)
}

// already reports whether an error is package store's.
func already(err error) bool {
	for _, known := range []error{store.ErrConflict, store.ErrCorrupt, store.ErrClosed, store.ErrGap, store.ErrNoSnapshot, store.ErrOwned} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
