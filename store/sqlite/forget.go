package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// changedAtOnce is how many batches are dropped or changed in one transaction, so that
// appends get in between.
const changedAtOnce = 16

// Truncate implements [store.Journal]. Whole batches are dropped, and never the last.
func (j *Journal) Truncate(ctx context.Context, before uint64) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	for {
		n, err := j.truncate(ctx, before)
		if err != nil || n == 0 {
			return j.known(err)
		}
	}
}

func (j *Journal) truncate(ctx context.Context, before uint64) (n int, err error) {
	err = j.change(ctx, func(tx *sql.Tx) error {
		if err := j.mine(ctx, tx); err != nil {
			return err
		}
		list, err := old(ctx, tx, before)
		n = len(list)
		for _, r := range list {
			if err := drop(ctx, tx, r); err != nil {
				return err
			}
		}
		return err
	})
	return n, err
}

// old returns the first batches, if all they hold is before a record and in the snapshot.
func old(ctx context.Context, tx *sql.Tx, before uint64) ([]pack.Row, error) {
	rows, err := tx.QueryContext(ctx, `SELECT first, last, sum, records FROM batch
		WHERE first < ?1 AND last < ?1 AND last <= coalesce((SELECT max(seq) FROM snapshot), 0) AND first < (SELECT max(first) FROM batch)
		ORDER BY first LIMIT ?2`, before, changedAtOnce)
	if err != nil {
		return nil, err
	}
	return batches(rows)
}

// drop removes a batch and what the index says of it.
func drop(ctx context.Context, tx *sql.Tx, r pack.Row) error {
	records, _ := r.Unpack() // of what is damaged the index keeps its lines, which find nothing
	m := pack.Mentions{}
	m.Note(r.First, records)
	for q := range m {
		kind, id := pack.Key(q)
		if _, err := tx.ExecContext(ctx, "DELETE FROM mention WHERE kind = ? AND id = ? AND last = ?", kind, id, r.First); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM batch WHERE first = ?", r.First)
	return err
}

// Erase implements [store.Journal]. Afterwards the log is emptied into the file, so that
// the text is in neither.
func (j *Journal) Erase(ctx context.Context, seqs []uint64) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	seqs = slices.Clone(seqs)
	slices.Sort(seqs)
	for len(seqs) > 0 {
		err := j.change(ctx, func(tx *sql.Tx) error {
			if err := j.mine(ctx, tx); err != nil {
				return err
			}
			for range changedAtOnce {
				if len(seqs) == 0 {
					break
				}
				n, err := strip(ctx, tx, seqs)
				if err != nil {
					return err
				}
				seqs = seqs[n:]
			}
			return nil
		})
		if err != nil {
			return j.known(err)
		}
	}
	return j.known(j.empty(ctx))
}

// strip erases the bodies of those of seqs that are in the batch of the first one. It
// returns how many that are.
func strip(ctx context.Context, tx *sql.Tx, seqs []uint64) (int, error) {
	var r pack.Row
	err := tx.QueryRowContext(ctx, "SELECT first, last, sum, records FROM batch WHERE first <= ? ORDER BY first DESC LIMIT 1", seqs[0]).
		Scan(&r.First, &r.Last, &r.Sum, &r.Data)
	if errors.Is(err, sql.ErrNoRows) || err == nil && r.Last < seqs[0] {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	r, n, err := r.Strip(seqs)
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, "UPDATE batch SET sum = ?, records = ? WHERE first = ?", r.Sum, string(r.Data), r.First)
	return n, err
}

// empty moves everything from the log into the file.
func (j *Journal) empty(ctx context.Context) error {
	j.checkpoint.Lock()
	defer j.checkpoint.Unlock()
	var busy, log, done int
	if err := j.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("erased, but a reader keeps the log from being emptied: close it and erase again")
	}
	return nil
}
