package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// rowsAtOnce is how many rows are read in one query.
const rowsAtOnce = 16

// row is a batch, or a record that a truncation kept.
type row struct {
	pack.Row
	begins bool // records before it may have been dropped
}

// some reads rows, to their end, so that no connection is held while they are looked at.
func (j *Journal) some(ctx context.Context, sql string, args ...any) (list []row, err error) {
	if j.closed.Load() {
		return nil, store.ErrClosed
	}
	err = j.call(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scan)
		return err
	})
	return list, err
}

func scan(r pgx.CollectableRow) (row, error) {
	var x row
	var sum int64
	err := r.Scan(&x.First, &x.Last, &sum, &x.Data, &x.begins)
	x.Sum = uint32(sum)
	return x, err
}

// Load implements [store.Journal].
func (j *Journal) Load(ctx context.Context, from uint64) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		next, began := from, false
		for {
			list, err := j.some(ctx, j.sql.load, j.id, next, rowsAtOnce)
			if err != nil {
				yield(store.Record{}, known(err))
				return
			}
			if len(list) == 0 {
				return
			}
			for _, r := range list {
				if began && r.First != next && !r.begins {
					yield(store.Record{}, &store.CorruptError{Seq: next, Problem: fmt.Sprintf("it is missing; the next is %d", r.First)})
					return
				}
				began, next = true, r.Last+1
				if !each(&r.Row, yield, func(rec *store.Record) bool { return rec.Seq >= from }) {
					return
				}
			}
		}
	}
}

// each yields the records of a row that match, until yield has enough.
func each(r *pack.Row, yield func(store.Record, error) bool, match func(*store.Record) bool) bool {
	records, err := r.Unpack()
	if err != nil {
		yield(store.Record{}, err)
		return false
	}
	for i := range records {
		if match(&records[i]) && !yield(records[i], nil) {
			return false
		}
	}
	return true
}

// Find implements [store.Journal].
func (j *Journal) Find(ctx context.Context, q store.Query) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		kind, id := pack.Key(q)
		after := uint64(0)
		for {
			list, err := j.some(ctx, j.sql.find, j.id, kind, id, after, rowsAtOnce)
			if err != nil {
				yield(store.Record{}, known(err))
				return
			}
			if len(list) == 0 {
				return
			}
			for _, r := range list {
				after = r.Last
				if !each(&r.Row, yield, func(rec *store.Record) bool { return slices.Contains(rec.Queries(), q) }) {
					return
				}
			}
		}
	}
}

// SaveSnapshot implements [store.Journal].
func (j *Journal) SaveSnapshot(ctx context.Context, s store.Snapshot) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	return known(j.call(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		tag, err := pool.Exec(ctx, j.sql.snapshot, j.id, j.epoch, s.Seq, s.At.UTC().Format(time.RFC3339Nano), s.Version, int64(pack.Sum(s.Data)), s.Data)
		if err != nil || tag.RowsAffected() > 0 {
			return err
		}
		// It is an older one, it is ahead of the journal, or another process has the journal.
		last, err := j.mine(ctx, pool)
		if err == nil && s.Seq > last {
			return &store.SnapshotAheadError{Snapshot: s.Seq, Last: last}
		}
		return err
	}))
}

// mine returns the last record, or a *[store.ConflictError] if another process has the journal.
func (j *Journal) mine(ctx context.Context, q querier) (last uint64, err error) {
	err = q.QueryRow(ctx, j.sql.renew, j.id, j.epoch, j.cfg.Lease).Scan(&last)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, j.conflict(ctx, q, 0)
	}
	return last, err
}

// LoadSnapshot implements [store.Journal].
func (j *Journal) LoadSnapshot(ctx context.Context) (s store.Snapshot, err error) {
	if j.closed.Load() {
		return s, store.ErrClosed
	}
	var at string
	var sum int64
	var last uint64
	err = j.call(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		return pool.QueryRow(ctx, j.sql.saved, j.id).Scan(&s.Seq, &at, &s.Version, &sum, &s.Data, &last)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return s, store.ErrNoSnapshot
	}
	if err != nil {
		return s, known(err)
	}
	if s.Seq > last {
		return store.Snapshot{}, &store.SnapshotAheadError{Snapshot: s.Seq, Last: last}
	}
	if s.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return s, &store.CorruptError{Seq: s.Seq, Problem: "snapshot: " + err.Error()}
	}
	if got := pack.Sum(s.Data); got != uint32(sum) {
		return s, &store.CorruptError{Seq: s.Seq, Problem: fmt.Sprintf("snapshot: checksum is %08x, want %08x", got, uint32(sum))}
	}
	return s, nil
}
