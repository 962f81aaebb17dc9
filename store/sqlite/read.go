package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// Load implements [store.Journal].
func (j *Journal) Load(ctx context.Context, from uint64) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for r, err := range j.rows(ctx, from) {
			if err != nil {
				yield(store.Record{}, err)
				return
			}
			records, err := r.Unpack()
			if err != nil {
				yield(store.Record{}, err)
				return
			}
			for _, rec := range records {
				if rec.Seq >= from && !yield(rec, nil) {
					return
				}
			}
		}
	}
}

// rowsAtOnce is how many rows are read in one query. No read lasts longer than that, so
// that the log can be emptied into the file beside any reader.
const rowsAtOnce = 16

// rows yields the rows that hold the records from a number on. A gap between them is
// damage.
func (j *Journal) rows(ctx context.Context, from uint64) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		next, began := from, false
		for {
			list, err := within(ctx, func() ([]row, error) {
				list, err := j.some(ctx, next)
				return list, j.known(err)
			})
			if err != nil {
				if c, ok := errors.AsType[*store.CorruptError](err); ok && c.Seq == 0 {
					c.Seq = max(next, 1)
				}
				yield(row{}, err)
				return
			}
			for _, r := range list {
				if began && r.First != next && !r.begins {
					yield(row{}, &store.CorruptError{Seq: next, Problem: fmt.Sprintf("it is missing; the next is %d", r.First)})
					return
				}
				began, next = true, r.Last+1
				if !yield(r, nil) {
					return
				}
			}
			if len(list) == 0 {
				return
			}
		}
	}
}

// row is a batch, or a record that a truncation kept.
type row struct {
	pack.Row
	begins bool // records before it may have been dropped
}

// some reads the next rows.
func (j *Journal) some(ctx context.Context, from uint64) ([]row, error) {
	if j.closed.Load() {
		return nil, store.ErrClosed
	}
	rows, err := j.read.QueryContext(ctx, `SELECT * FROM (
			SELECT seq AS first, seq AS last, sum, record, true FROM kept WHERE seq >= ?1 ORDER BY seq LIMIT ?2)
		UNION ALL SELECT * FROM (
			SELECT first, last, sum, records, first = (SELECT min(first) FROM batch) FROM batch
			WHERE first >= coalesce((SELECT max(first) FROM batch WHERE first <= ?1), ?1) AND last >= ?1 ORDER BY first LIMIT ?2)
		ORDER BY first LIMIT ?2`, from, rowsAtOnce)
	if err != nil {
		return nil, err
	}
	return batches(rows)
}

// batches reads what a query of the fields of row found, and closes it.
func batches(rows *sql.Rows) (list []row, err error) {
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.First, &r.Last, &r.Sum, &r.Data, &r.begins); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Find implements [store.Journal].
func (j *Journal) Find(ctx context.Context, q store.Query) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		if q == (store.Query{}) {
			return
		}
		last := uint64(0)
		all := func(records []store.Record, err error) bool {
			if err != nil {
				yield(store.Record{}, err)
				return false
			}
			for _, rec := range records {
				if rec.Seq > last && slices.Contains(rec.Queries(), q) {
					if last = rec.Seq; !yield(rec, nil) {
						return false
					}
				}
			}
			return true
		}
		// The index first: a batch that is dropped after it was read has moved to what is kept.
		firsts, err := within(ctx, func() ([]uint64, error) {
			firsts, err := j.mentioned(ctx, q)
			return firsts, j.known(err)
		})
		if err != nil {
			yield(store.Record{}, err)
			return
		}
		if !all(j.kept(ctx, q, last)) {
			return
		}
		for _, first := range firsts {
			if !all(j.batchOrKept(ctx, q, first, last)) {
				return
			}
		}
	}
}

// batchOrKept returns the records of a batch or, if that was dropped meanwhile, those that
// [Journal.kept] does.
func (j *Journal) batchOrKept(ctx context.Context, q store.Query, first, after uint64) ([]store.Record, error) {
	return within(ctx, func() ([]store.Record, error) {
		records, there, err := j.batch(ctx, first)
		if err == nil && !there {
			records, err = j.readKept(ctx, q, after)
		}
		return records, j.known(err)
	})
}

// kept returns the records behind a number that a query finds among those which
// truncations have kept.
func (j *Journal) kept(ctx context.Context, q store.Query, after uint64) ([]store.Record, error) {
	return within(ctx, func() ([]store.Record, error) {
		records, err := j.readKept(ctx, q, after)
		return records, j.known(err)
	})
}

func (j *Journal) readKept(ctx context.Context, q store.Query, after uint64) ([]store.Record, error) {
	where, id := "interaction = ?", q.Interaction
	if id == "" {
		where, id = "customer <> '' AND customer = ?", q.Customer
	}
	rows, err := j.read.QueryContext(ctx, "SELECT seq, seq, sum, record, true FROM kept WHERE "+where+" AND seq > ? ORDER BY seq", id, after)
	if err != nil {
		return nil, err
	}
	list, err := batches(rows)
	if err != nil {
		return nil, err
	}
	var out []store.Record
	for i := range list {
		records, err := list[i].Unpack()
		if err != nil {
			return nil, err
		}
		out = append(out, records...)
	}
	return out, nil
}

// mentioned returns the batches that a query is about, in order.
func (j *Journal) mentioned(ctx context.Context, q store.Query) ([]uint64, error) {
	if j.closed.Load() {
		return nil, store.ErrClosed
	}
	kind, id := pack.Key(q)
	// What moves from memory to the index meanwhile is found in one of them: memory is
	// looked at first, and kept until the index has it.
	j.mu.Lock()
	firsts := slices.Clone(j.fresh.Mentions[q])
	j.mu.Unlock()
	rows, err := j.read.QueryContext(ctx, "SELECT f.value FROM mention AS m, json_each(m.firsts) AS f WHERE m.kind = ? AND m.id = ?", kind, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var first uint64
		if err := rows.Scan(&first); err != nil {
			return nil, err
		}
		firsts = append(firsts, first)
	}
	slices.Sort(firsts)
	return slices.Compact(firsts), rows.Err()
}

// batch reads one batch, if it is there.
func (j *Journal) batch(ctx context.Context, first uint64) (records []store.Record, there bool, err error) {
	r := pack.Row{First: first}
	err = j.read.QueryRowContext(ctx, "SELECT last, sum, records FROM batch WHERE first = ?", first).Scan(&r.Last, &r.Sum, &r.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	records, err = r.Unpack()
	return records, true, err
}

// remember reads the mentions that are not in the index yet. What is damaged is left to
// those who read it.
func (j *Journal) remember(ctx context.Context) error {
	var indexed uint64
	var sum uint32
	if err := j.read.QueryRowContext(ctx, "SELECT indexed, sum FROM head").Scan(&indexed, &sum); err != nil {
		return err
	}
	if want := indexedSum(indexed); sum != want || indexed > j.last {
		return &store.CorruptError{Seq: j.last + 1, Problem: fmt.Sprintf("the index is said to have the records up to %d: checksum is %08x, want %08x, "+
			"and the journal ends at %d; restore the journal from a backup", indexed, sum, want, j.last)}
	}
	for r, err := range j.rows(ctx, indexed+1) {
		if errors.Is(err, store.ErrCorrupt) {
			return nil
		}
		if err != nil {
			return err
		}
		if records, err := r.Unpack(); err == nil {
			j.fresh.Note(r.First, records)
		}
	}
	return nil
}
