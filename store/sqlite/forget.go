package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// changedAtOnce is how many batches an erasure changes in one transaction, so that appends
// get in between.
const changedAtOnce = 16

// Erase implements [store.Journal]. Afterwards the log is emptied into the file, so that
// the text is in neither.
func (j *Journal) Erase(ctx context.Context, seqs []uint64) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	seqs = slices.Clone(seqs)
	slices.Sort(seqs)
	return call(ctx, func() error { return j.known(j.erase(ctx, seqs)) })
}

// erase erases the bodies of records, whose numbers are sorted.
func (j *Journal) erase(ctx context.Context, seqs []uint64) error {
	for len(seqs) > 0 {
		n, err := j.eraseSome(ctx, seqs)
		if err != nil {
			return err
		}
		seqs = seqs[n:]
	}
	return j.empty(ctx)
}

// eraseSome erases the bodies of the first of seqs, in one transaction. It returns how many
// that are.
func (j *Journal) eraseSome(ctx context.Context, seqs []uint64) (done int, err error) {
	j.changing.Lock()
	defer j.changing.Unlock()
	err = j.change(ctx, func(tx *sql.Tx) error {
		if err := j.mine(ctx, tx); err != nil {
			return err
		}
		for n := 0; n < changedAtOnce && done < len(seqs); n++ {
			k, err := strip(ctx, tx, seqs[done:])
			if err != nil {
				return err
			}
			done += k
		}
		return nil
	})
	return done, err
}

// strip erases the bodies of those of seqs that are in the batch of the first one, or of
// the first one if it was kept. It returns how many that are.
func strip(ctx context.Context, tx *sql.Tx, seqs []uint64) (int, error) {
	var r pack.Row
	err := tx.QueryRowContext(ctx, `SELECT seq, seq, sum, record FROM kept WHERE seq = ?1
		UNION ALL SELECT * FROM (SELECT first, last, sum, records FROM batch WHERE first <= ?1 ORDER BY first DESC LIMIT 1)`, seqs[0]).
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
	if _, err := tx.ExecContext(ctx, "UPDATE kept SET sum = ?, record = ? WHERE seq = ?", r.Sum, string(r.Data), r.First); err != nil {
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
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errors.New("erased, but a reader keeps the log from being emptied: close it and erase again")
	}
	return nil
}
