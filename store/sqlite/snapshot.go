package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// partSize is how much of a snapshot is written in one transaction, so that appends get
// in between.
const partSize = 1 << 20

// SaveSnapshot implements [store.Journal].
func (j *Journal) SaveSnapshot(ctx context.Context, s store.Snapshot) error {
	if ctx.Done() != nil {
		s.Data = slices.Clone(s.Data) // a call that is left to itself may outlive the caller's
	}
	return call(ctx, func() error {
		j.saving.Lock()
		defer j.saving.Unlock()
		if j.closed.Load() {
			return store.ErrClosed
		}
		return j.known(j.saveSnapshot(ctx, s))
	})
}

func (j *Journal) saveSnapshot(ctx context.Context, s store.Snapshot) error {
	var have uint64
	var id int64
	err := j.write.QueryRowContext(ctx, `SELECT coalesce((SELECT max(seq) FROM snapshot), 0),
		1 + max(coalesce((SELECT max(id) FROM snapshot), 0), coalesce((SELECT max(id) FROM snapshot_part), 0))`).Scan(&have, &id)
	if err != nil || s.Seq < have {
		return err
	}
	last, err := j.end(ctx)
	if err != nil {
		return err
	}
	if s.Seq > last {
		return &store.SnapshotAheadError{Snapshot: s.Seq, Last: last}
	}
	if err := j.saveParts(ctx, id, s.Data); err != nil {
		return err
	}
	err = j.change(ctx, func(tx *sql.Tx) error {
		if err := j.mine(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM snapshot"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO snapshot (id, seq, at, version, sum, size) VALUES (?, ?, ?, ?, ?, ?)",
			id, s.Seq, s.At.UTC().Format(time.RFC3339Nano), s.Version, pack.Sum(s.Data), len(s.Data))
		return err
	})
	if err != nil {
		return err
	}
	return j.dropParts(ctx, id)
}

func (j *Journal) saveParts(ctx context.Context, id int64, data []byte) error {
	for n := 0; len(data) > 0; n++ {
		part := data[:min(partSize, len(data))]
		data = data[len(part):]
		err := j.change(ctx, func(tx *sql.Tx) error {
			if err := j.mine(ctx, tx); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO snapshot_part (id, n, data) VALUES (?, ?, ?)", id, n, part)
			return err
		})
		if err != nil {
			return err
		}
		j.wrote(len(part))
	}
	return nil
}

// dropParts removes earlier snapshots, a part at a time.
func (j *Journal) dropParts(ctx context.Context, before int64) error {
	for {
		var n int64
		err := j.change(ctx, func(tx *sql.Tx) error {
			result, err := tx.ExecContext(ctx,
				"DELETE FROM snapshot_part WHERE rowid = (SELECT rowid FROM snapshot_part WHERE id < ? LIMIT 1)", before)
			if err != nil {
				return err
			}
			n, err = result.RowsAffected()
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// mine is the fence of everything that is written beside batches.
func (j *Journal) mine(ctx context.Context, tx *sql.Tx) error {
	var epoch int64
	if err := tx.QueryRowContext(ctx, "SELECT epoch FROM head").Scan(&epoch); err != nil {
		return err
	}
	if epoch != j.epoch {
		return j.lost(ctx, tx, 0)
	}
	return nil
}

// LoadSnapshot implements [store.Journal].
func (j *Journal) LoadSnapshot(ctx context.Context) (store.Snapshot, error) {
	return within(ctx, func() (store.Snapshot, error) {
		s, err := j.loadSnapshot(ctx)
		return s, j.known(err)
	})
}

func (j *Journal) loadSnapshot(ctx context.Context) (store.Snapshot, error) {
	if j.closed.Load() {
		return store.Snapshot{}, store.ErrClosed
	}
	// One transaction, so that a snapshot that replaces this one does not come between.
	tx, err := j.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return store.Snapshot{}, err
	}
	defer func() { _ = tx.Rollback() }()
	return readSnapshot(ctx, tx)
}

func readSnapshot(ctx context.Context, tx *sql.Tx) (s store.Snapshot, err error) {
	var id, size int64
	var at string
	var sum uint32
	err = tx.QueryRowContext(ctx, "SELECT id, seq, at, version, sum, size FROM snapshot ORDER BY id DESC LIMIT 1").
		Scan(&id, &s.Seq, &at, &s.Version, &sum, &size)
	if errors.Is(err, sql.ErrNoRows) {
		return s, store.ErrNoSnapshot
	}
	if err != nil {
		return s, err
	}
	if s.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return s, &store.CorruptError{Seq: s.Seq, Problem: "snapshot: " + err.Error()}
	}
	parts, err := tx.QueryContext(ctx, "SELECT data FROM snapshot_part WHERE id = ? ORDER BY n", id)
	if err != nil {
		return s, err
	}
	defer parts.Close()
	s.Data = make([]byte, 0, max(size, 0))
	for parts.Next() {
		var data sql.RawBytes
		if err := parts.Scan(&data); err != nil {
			return s, err
		}
		s.Data = append(s.Data, data...)
	}
	if err := parts.Err(); err != nil {
		return s, err
	}
	if got := pack.Sum(s.Data); got != sum {
		return s, &store.CorruptError{Seq: s.Seq, Problem: fmt.Sprintf("snapshot: checksum is %08x, want %08x", got, sum)}
	}
	return s, nil
}
