package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/usher-go/usher/store"
)

// known makes the errors of PostgreSQL those of package store, where they are among them.
func known(err error) error {
	if err == nil {
		return nil
	}
	for _, e := range []error{store.ErrConflict, store.ErrCorrupt, store.ErrClosed, store.ErrGap, store.ErrNoSnapshot, store.ErrOwned, store.ErrNoAnswer} {
		if errors.Is(err, e) {
			return err
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case "53100": // disk_full
			return fmt.Errorf("%w: %w", store.ErrFull, err)
		case "25006", "42501": // read_only_sql_transaction, insufficient_privilege
			return fmt.Errorf("%w: %w", store.ErrReadOnly, err)
		}
	}
	return fmt.Errorf("postgres: %w", err)
}

// passing reports whether an error may be over in a moment: the connection broke, or the
// server is restarting. What the statement did is not known then.
func passing(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return !errors.Is(err, store.ErrConflict) && !errors.Is(err, context.Canceled)
	}
	// Connection exceptions, operator intervention, serialization and too many clients.
	for _, class := range []string{"08", "57P", "40", "53300"} {
		if strings.HasPrefix(pg.Code, class) {
			return true
		}
	}
	return false
}
