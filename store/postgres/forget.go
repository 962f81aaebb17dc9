package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// changedAtOnce is how many batches one statement drops or changes, and keptAtOnce how
// many records that were kept. A statement keeps the next owner waiting while it works,
// but no append.
const (
	changedAtOnce = 64
	keptAtOnce    = 5000
	// vacuumTimes is how many times the patience a vacuum of the tables may take.
	vacuumTimes = 15
)

// Truncate implements [store.Journal]. Whole batches are dropped; their records of
// interactions to keep move to the table kept.
func (j *Journal) Truncate(ctx context.Context, before uint64, keep []string) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	j.changing.Lock()
	defer j.changing.Unlock()
	if err := j.dropKept(ctx, before, keep); err != nil {
		return known(err)
	}
	spare := make(map[string]bool, len(keep))
	for _, id := range keep {
		spare[id] = id != ""
	}
	for {
		list, err := j.some(ctx, j.sql.old, j.id, before, changedAtOnce)
		if err != nil || len(list) == 0 {
			return known(err)
		}
		if err := j.drop(ctx, list, spare); err != nil {
			return known(err)
		}
	}
}

// dropKept drops what earlier truncations kept and this one does not.
func (j *Journal) dropKept(ctx context.Context, before uint64, keep []string) error {
	if keep == nil {
		keep = []string{} // a null would match nothing
	}
	for {
		var n int
		err := j.change(ctx, &n, j.sql.dropKept, before, keep, keptAtOnce)
		if err != nil || n < keptAtOnce {
			return err
		}
	}
}

// drop removes batches and what the index says of them. Of a batch that is damaged nothing
// can be kept, and its lines of the index, which then find nothing, stay.
func (j *Journal) drop(ctx context.Context, list []row, spare map[string]bool) error {
	var a arrays
	var k keptRows
	m := pack.Mentions{}
	for i := range list {
		r := &list[i]
		a.firsts = append(a.firsts, int64(r.First))
		records, _ := r.Unpack()
		m.Note(r.First, records)
		for n := range records {
			if spare[records[n].Interaction] {
				k.add(&records[n])
			}
		}
	}
	a.mention(m)
	return j.change(ctx, new(int32), j.sql.drop, k.seqs, k.interactions, k.customers, k.sums, k.records, a.kinds, a.ids, a.where, a.firsts)
}

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
	j.changing.Lock()
	defer j.changing.Unlock()
	seqs = slices.Clone(seqs)
	slices.Sort(seqs)
	if err := j.eraseKept(ctx, seqs); err != nil {
		return known(err)
	}
	for len(seqs) > 0 {
		n, err := j.eraseBatches(ctx, seqs)
		if err != nil {
			return known(err)
		}
		seqs = seqs[n:]
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
		list, err := j.some(ctx, j.sql.rowKept, j.id, part)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			continue
		}
		var a arrays
		for i := range list {
			stripped, _, err := list[i].Strip([]uint64{list[i].First})
			if err != nil {
				return err
			}
			a.add(&stripped)
		}
		if err := j.change(ctx, new(int32), j.sql.stripKept, a.firsts, a.sums, a.texts); err != nil {
			return err
		}
	}
	return nil
}

// eraseBatches erases the bodies of the first of seqs, as many as are in some batches. It
// returns how many that are.
func (j *Journal) eraseBatches(ctx context.Context, seqs []uint64) (done int, err error) {
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
