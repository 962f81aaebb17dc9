package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// Append implements [store.Journal].
func (j *Journal) Append(ctx context.Context, expect uint64, records []store.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := store.Consecutive(expect, records); err != nil {
		return err
	}
	rows := pack.Rows(records)
	if ctx.Done() != nil {
		records = slices.Clone(records) // an append that is left to itself may outlive the caller's
	}
	return call(ctx, func() error { return j.appendRows(ctx, expect, records, rows) })
}

func (j *Journal) appendRows(ctx context.Context, expect uint64, records []store.Record, rows []pack.Row) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case j.closed.Load():
		return store.ErrClosed
	case j.unsure:
		last, err := j.end(ctx)
		if err != nil {
			return j.known(err)
		}
		j.last, j.unsure = last, false
	}
	if expect != j.last {
		return &store.ConflictError{Expect: expect, Last: j.last}
	}
	if len(records) == 0 {
		return nil
	}
	if err := j.append(ctx, expect, records, rows); err != nil {
		j.unsure, j.checked = true, time.Time{}
		return j.known(err)
	}
	j.checked = time.Now()
	return nil
}

func (j *Journal) append(ctx context.Context, expect uint64, records []store.Record, rows []pack.Row) error {
	full := len(j.fresh.Mentions) >= freshMost
	last := rows[len(rows)-1].Last
	err := j.commit(ctx, func() error {
		err := j.insertAll(ctx, expect, rows, full)
		if err == nil {
			j.ended = last
		}
		return err
	})
	if err != nil {
		return err
	}
	if full {
		j.fresh = mentions{pack.Mentions{}}
	}
	j.last = last
	for _, r := range rows {
		j.fresh.Note(r.First, records[r.First-expect-1:r.Last-expect])
		j.wrote(len(r.Data))
	}
	return nil
}

// insertAll writes rows, and what is in memory of the index if there is much of it.
func (j *Journal) insertAll(ctx context.Context, expect uint64, rows []pack.Row, full bool) error {
	if len(rows) == 1 && !full {
		return j.insert(ctx, nil, expect, rows[0])
	}
	return j.transact(ctx, func(tx *sql.Tx) error {
		for _, r := range rows {
			if err := j.insert(ctx, tx, expect, r); err != nil {
				return err
			}
		}
		if !full {
			return nil
		}
		return j.fresh.save(ctx, tx, expect)
	})
}

// insertBatch writes a row, if the epoch is still ours: the check and the write are one
// statement, and outside a larger transaction one statement is all that a commit costs.
const insertBatch = "INSERT INTO batch (first, last, sum, records) SELECT ?, ?, ?, ? WHERE (SELECT epoch FROM head) = ?"

// insert writes a row, in a transaction or by itself.
func (j *Journal) insert(ctx context.Context, tx *sql.Tx, expect uint64, r pack.Row) error {
	stmt := j.put
	if tx != nil {
		stmt = tx.StmtContext(ctx, stmt)
	}
	result, err := stmt.ExecContext(ctx, r.First, r.Last, r.Sum, string(r.Data), j.epoch)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return j.lost(ctx, tx, expect)
}

// lost is the error of who was taken over.
func (j *Journal) lost(ctx context.Context, tx *sql.Tx, expect uint64) error {
	conflict := &store.ConflictError{Expect: expect, Last: j.last}
	query := j.read.QueryRowContext
	if tx != nil {
		query = tx.QueryRowContext
	}
	if err := query(ctx, "SELECT owner, coalesce((SELECT max(last) FROM batch), 0) FROM head").Scan(&conflict.Owner, &conflict.Last); err != nil {
		return errors.Join(conflict, err)
	}
	return conflict
}

// mentions are those of the latest batches. They are in memory, because writing them to
// the index with every commit would cost more than the commit; they go there many at a
// time, and what is not there yet is read again at the next opening.
type mentions struct{ pack.Mentions }

// freshMost is how many interactions and customers are kept in memory before they are
// written, and linesAtOnce how many of them one statement writes.
const (
	freshMost   = 1024
	linesAtOnce = 128
)

// save writes the mentions to the index, which then has all up to a record.
func (m mentions) save(ctx context.Context, tx *sql.Tx, upTo uint64) error {
	var lines []any
	for q, list := range m.All() {
		kind, id := pack.Key(q)
		firsts, err := json.Marshal(list)
		if err != nil {
			return err
		}
		lines = append(lines, kind, id, list[len(list)-1], string(firsts))
	}
	const columns = 4
	for part := range slices.Chunk(lines, columns*linesAtOnce) {
		values := strings.Repeat(", (?, ?, ?, ?)", len(part)/columns)[1:]
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO mention (kind, id, last, firsts) VALUES"+values, part...); err != nil {
			return err
		}
	}
	return setIndexed(ctx, tx, upTo)
}
