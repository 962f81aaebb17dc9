package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// changedAtOnce is how many batches are dropped or changed in one transaction, so that
// appends get in between.
const changedAtOnce = 16

// keptAtOnce is how many records that were kept are dropped in one transaction.
const keptAtOnce = 1000

// Truncate implements [store.Journal]. Whole batches are dropped, and never the last; their
// records of interactions to keep move to the table kept.
func (j *Journal) Truncate(ctx context.Context, before uint64, keep []string) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	names, err := json.Marshal(append([]string{}, keep...))
	if err != nil {
		return err
	}
	spare := make(map[string]bool, len(keep))
	for _, id := range keep {
		spare[id] = id != ""
	}
	return call(ctx, func() error { return j.known(j.truncate(ctx, before, string(names), spare)) })
}

// truncate drops records step by step, each in a transaction. names is spare as JSON.
func (j *Journal) truncate(ctx context.Context, before uint64, names string, spare map[string]bool) error {
	for _, step := range []func(*sql.Tx) (more bool, err error){
		func(tx *sql.Tx) (bool, error) { return dropKept(ctx, tx, before, names) },
		func(tx *sql.Tx) (bool, error) { return dropBatches(ctx, tx, before, spare) },
	} {
		for more := true; more; {
			err := j.change(ctx, func(tx *sql.Tx) (err error) {
				if err := j.mine(ctx, tx); err != nil {
					return err
				}
				more, err = step(tx)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// dropKept drops some of what earlier truncations kept and this one does not.
func dropKept(ctx context.Context, tx *sql.Tx, before uint64, keep string) (more bool, err error) {
	result, err := tx.ExecContext(ctx, `DELETE FROM kept WHERE seq IN (
		SELECT seq FROM kept WHERE seq < ? AND interaction NOT IN (SELECT value FROM json_each(?)) LIMIT ?)`, before, keep, keptAtOnce)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == keptAtOnce, err
}

// dropBatches drops the first batches that it may drop.
func dropBatches(ctx context.Context, tx *sql.Tx, before uint64, spare map[string]bool) (more bool, err error) {
	list, err := old(ctx, tx, before)
	for _, r := range list {
		if err := drop(ctx, tx, r, spare); err != nil {
			return false, err
		}
	}
	return len(list) > 0, err
}

// old returns the first batches, if all they hold is before a record and in the snapshot.
func old(ctx context.Context, tx *sql.Tx, before uint64) ([]row, error) {
	rows, err := tx.QueryContext(ctx, `SELECT first, last, sum, records, true FROM batch
		WHERE first < ?1 AND last < ?1 AND last <= coalesce((SELECT max(seq) FROM snapshot), 0) AND first < (SELECT max(first) FROM batch)
		ORDER BY first LIMIT ?2`, before, changedAtOnce)
	if err != nil {
		return nil, err
	}
	return batches(rows)
}

// drop removes a batch and what the index says of it. Of one that is damaged nothing can
// be kept, and its lines of the index, which then find nothing, stay.
func drop(ctx context.Context, tx *sql.Tx, r row, spare map[string]bool) error {
	records, _ := r.Unpack()
	m := pack.Mentions{}
	m.Note(r.First, records)
	for q := range m {
		kind, id := pack.Key(q)
		if _, err := tx.ExecContext(ctx, "DELETE FROM mention WHERE kind = ? AND id = ? AND last = ?", kind, id, r.First); err != nil {
			return err
		}
	}
	for i := range records {
		if spare[records[i].Interaction] {
			if err := keep(ctx, tx, &records[i]); err != nil {
				return err
			}
		}
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM batch WHERE first = ?", r.First)
	return err
}

// keep writes a record to the table kept.
func keep(ctx context.Context, tx *sql.Tx, r *store.Record) error {
	one := pack.NewRow([]store.Record{*r})
	_, err := tx.ExecContext(ctx, "INSERT INTO kept (seq, interaction, customer, sum, record) VALUES (?, ?, ?, ?, ?)",
		r.Seq, r.Interaction, r.Customer, one.Sum, string(one.Data))
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
	return call(ctx, func() error { return j.known(j.erase(ctx, seqs)) })
}

// erase erases the bodies of records, whose numbers are sorted.
func (j *Journal) erase(ctx context.Context, seqs []uint64) error {
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
			return err
		}
	}
	return j.empty(ctx)
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
