package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usher-go/usher/store"
)

// changedAtOnce is how many batches one statement of an erasure changes, and keptAtOnce how
// many records that were kept one statement changes or drops. A statement keeps the next
// owner waiting while it works, but no append.
const (
	changedAtOnce = 64
	keptAtOnce    = 5000
	// vacuumTimes is how many times the patience a vacuum of the tables may take.
	vacuumTimes = 15
)

// change runs a statement that does nothing, and returns no row, when another writer owns
// the journal.
func (j *Journal) change(ctx context.Context, result any, sql string, args ...any) error {
	return j.call(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		err := pool.QueryRow(ctx, sql, append([]any{j.id, j.epoch}, args...)...).Scan(result)
		if errors.Is(err, pgx.ErrNoRows) {
			return j.conflict(ctx, pool, 0)
		}
		return err
	})
}

// Erase implements [store.Journal]. No query finds what was erased. The server's files
// have its old rows until their room is used again, and its logs and backups as long as
// they are kept: see docs/operations.md.
func (j *Journal) Erase(ctx context.Context, seqs []uint64) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	seqs = slices.Clone(seqs)
	slices.Sort(seqs)
	// Batches first: a truncation may move a record from there to what is kept, and none back.
	for rest := seqs; len(rest) > 0; {
		n, err := j.eraseBatches(ctx, rest)
		if err != nil {
			return known(err)
		}
		rest = rest[n:]
	}
	if err := j.eraseKept(ctx, seqs); err != nil {
		return known(err)
	}
	// Dead rows cannot be seen by a query, so that their room cannot be freed now is no failure.
	_ = j.conns.within(ctx, vacuumTimes*j.cfg.Patience, func(ctx context.Context, pool *pgxpool.Pool) error {
		_, err := pool.Exec(ctx, j.sql.vacuum)
		return err
	})
	return nil
}

// eraseKept erases the bodies of records that truncations have kept.
func (j *Journal) eraseKept(ctx context.Context, seqs []uint64) error {
	for part := range slices.Chunk(seqs, keptAtOnce) {
		if err := j.eraseSomeKept(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) eraseSomeKept(ctx context.Context, seqs []uint64) error {
	j.changing.Lock()
	defer j.changing.Unlock()
	list, err := j.some(ctx, j.sql.rowKept, j.id, seqs)
	if err != nil || len(list) == 0 {
		return err
	}
	var a arrays
	for i := range list {
		stripped, _, err := list[i].Strip([]uint64{list[i].First})
		if err != nil {
			return err
		}
		a.add(&stripped)
	}
	return j.change(ctx, new(int32), j.sql.stripKept, a.firsts, a.sums, a.texts)
}

// eraseBatches erases the bodies of the first of seqs, as many as are in some batches. It
// returns how many that are.
func (j *Journal) eraseBatches(ctx context.Context, seqs []uint64) (done int, err error) {
	j.changing.Lock()
	defer j.changing.Unlock()
	var a arrays
	for n := 0; n < changedAtOnce && done < len(seqs); n++ {
		list, err := j.some(ctx, j.sql.row, j.id, seqs[done])
		if err != nil {
			return 0, err
		}
		if len(list) == 0 || list[0].Last < seqs[done] {
			done++
			continue
		}
		stripped, k, err := list[0].Strip(seqs[done:])
		if err != nil {
			return 0, err
		}
		a.add(&stripped)
		done += k
	}
	return done, j.change(ctx, new(int32), j.sql.strip, a.firsts, a.sums, a.texts)
}
