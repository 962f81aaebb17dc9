package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// changedAtOnce is how many batches are dropped or changed in one transaction, so that
// appends get in between.
const changedAtOnce = 64

// Truncate implements [store.Journal]. Whole batches are dropped.
func (j *Journal) Truncate(ctx context.Context, before uint64) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	for {
		list, err := j.some(ctx, j.sql.old, j.id, before, changedAtOnce)
		if err != nil {
			return known(err)
		}
		if err := j.drop(ctx, list); err != nil || len(list) == 0 {
			return known(err)
		}
	}
}

// drop removes batches and what the index says of them.
func (j *Journal) drop(ctx context.Context, list []pack.Row) error {
	return pgx.BeginFunc(ctx, j.pool, func(tx pgx.Tx) error {
		if err := j.mine(ctx, tx); err != nil || len(list) == 0 {
			return err
		}
		a := arrays{}
		for _, r := range list {
			a.firsts = append(a.firsts, int64(r.First))
			records, _ := r.Unpack() // of what is damaged the index keeps its lines, which find nothing
			m := pack.Mentions{}
			m.Note(r.First, records)
			a.mention(m)
		}
		if _, err := tx.Exec(ctx, j.sql.unmention, j.id, a.kinds, a.ids, a.where); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, j.sql.truncate, j.id, a.firsts)
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
	for len(seqs) > 0 {
		err := pgx.BeginFunc(ctx, j.pool, func(tx pgx.Tx) error {
			if err := j.mine(ctx, tx); err != nil {
				return err
			}
			for n := 0; n < changedAtOnce && len(seqs) > 0; n++ {
				done, err := j.stripRow(ctx, tx, seqs)
				if err != nil {
					return err
				}
				seqs = seqs[done:]
			}
			return nil
		})
		if err != nil {
			return known(err)
		}
	}
	// What is dead is for nobody to see; that its room cannot be freed now is no failure.
	_, _ = j.pool.Exec(ctx, j.sql.vacuum)
	return nil
}

// stripRow erases the bodies of those of seqs that are in the batch of the first one. It
// returns how many that are.
func (j *Journal) stripRow(ctx context.Context, tx pgx.Tx, seqs []uint64) (int, error) {
	rows, err := tx.Query(ctx, j.sql.row, j.id, seqs[0])
	if err != nil {
		return 0, err
	}
	r, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && r.Last < seqs[0] {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	r, n, err := r.Strip(seqs)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, j.sql.strip, j.id, r.First, int64(r.Sum), string(r.Data))
	return n, err
}
