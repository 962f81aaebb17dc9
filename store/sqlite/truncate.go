package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pace"
	"github.com/usher-go/usher/store/internal/pack"
)

const (
	// chunkTime is how long a transaction of a truncation should take. An append waits for
	// one of them at most.
	chunkTime = 10 * time.Millisecond
	// chunkLeast and chunkMost bound the bytes that a transaction drops, chunkBatches its
	// batches. Less is not worth the flush of a commit.
	chunkLeast   = 128 << 10
	chunkMost    = 4 << 20
	chunkBatches = 256
	// keptAtOnce is how many records that were kept are dropped in one transaction.
	keptAtOnce = 200
	// truncatedBytes is about how many bytes a truncation writes to the WAL before it has
	// them checkpointed.
	truncatedBytes = 8 << 20
	// walFrames is the length of the WAL, in pages that are not checkpointed, above which a
	// truncation waits. It is less than what SQLite checkpoints within a commit.
	walFrames = 4000
	// walPoll is how often a truncation that waits looks at the WAL.
	walPoll = 100 * time.Millisecond

	pageSize = 4096
)

// truncation is a call of Truncate. It works in chunks of one short transaction each, and
// the journal is whole after every one of them: a truncation that was interrupted is
// continued by the next.
type truncation struct {
	j      *Journal
	before uint64
	keep   string          // JSON
	spare  map[string]bool // the same
	bytes  int             // written since the last checkpoint, about

	pace pace.Pace // of the transactions; their size is how many bytes they drop
}

// Truncate implements [store.Journal]. Whole batches are dropped, and never the last; their
// records of interactions to keep move to the table kept. The room in the file is used
// again by later appends. secure_delete overwrites it, because the text must be gone.
//
// An append waits for one transaction at most, of some milliseconds. When ctx ends, the
// truncation stops before its next transaction.
func (j *Journal) Truncate(ctx context.Context, before uint64, keep []string) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	names, err := json.Marshal(append([]string{}, keep...))
	if err != nil {
		return err
	}
	t := &truncation{j: j, before: before, keep: string(names), spare: make(map[string]bool, len(keep)), pace: pace.Pace{Aim: chunkTime, Least: chunkLeast, Most: chunkMost}}
	for _, id := range keep {
		t.spare[id] = id != ""
	}
	return call(ctx, func() error { return j.known(t.run(ctx)) })
}

func (t *truncation) run(ctx context.Context) error {
	if err := t.j.change(ctx, func(tx *sql.Tx) error { return t.j.mine(ctx, tx) }); err != nil {
		return err
	}
	after := uint64(0)
	for _, step := range []func() (more bool, err error){
		func() (more bool, err error) { after, more, err = t.dropKept(ctx, after); return more, err },
		func() (more bool, err error) { return t.dropBatches(ctx) },
	} {
		for more := true; more; {
			var err error
			if more, err = t.locked(step); err != nil {
				return err
			}
			if t.bytes >= truncatedBytes {
				if err := t.checkpoint(ctx); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// locked runs a step while no other truncation or erasure changes what it reads.
func (t *truncation) locked(step func() (bool, error)) (bool, error) {
	t.j.changing.Lock()
	defer t.j.changing.Unlock()
	return step()
}

// change runs f in a transaction, if the journal is still this one's. Before that it leaves
// the journal to appends for as long as they had to wait for the last transaction.
func (t *truncation) change(ctx context.Context, f func(*sql.Tx) error) error {
	if err := t.pace.Rest(ctx); err != nil {
		return err
	}
	return t.j.commit(ctx, func() error {
		return t.pace.Time(func() error {
			return t.j.transact(ctx, func(tx *sql.Tx) error {
				if err := t.j.mine(ctx, tx); err != nil {
					return err
				}
				return f(tx)
			})
		})
	})
}

// dropKept drops some of what earlier truncations kept and this one does not. It returns
// the last record that it dropped, and whether there may be more behind it.
func (t *truncation) dropKept(ctx context.Context, after uint64) (last uint64, more bool, err error) {
	var n int
	err = t.j.read.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0), count(*) FROM (SELECT seq FROM kept
		WHERE seq > ? AND seq < ? AND interaction NOT IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?)`,
		after, t.before, t.keep, keptAtOnce).Scan(&last, &n)
	if err != nil || n == 0 {
		return 0, false, err
	}
	t.bytes += 3 * n * pageSize
	return last, n == keptAtOnce, t.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM kept WHERE seq > ? AND seq <= ? AND interaction NOT IN (SELECT value FROM json_each(?))",
			after, last, t.keep)
		return err
	})
}

// dropBatches drops the first batches that may be dropped, as many as its pace allows.
func (t *truncation) dropBatches(ctx context.Context) (more bool, err error) {
	list, size, err := t.old(ctx)
	if err != nil || len(list) == 0 {
		return false, err
	}
	m, spared := t.divide(list)
	err = t.change(ctx, func(tx *sql.Tx) error {
		for i := range spared {
			if err := keep(ctx, tx, &spared[i]); err != nil {
				return err
			}
		}
		return drop(ctx, tx, list[0].First, list[len(list)-1].First, m)
	})
	t.bytes += size + len(m)*pageSize
	t.pace.Adapt(size)
	return true, err
}

// old returns the first batches, if all they hold is before a record and in the snapshot,
// and about how many bytes of the file they take.
func (t *truncation) old(ctx context.Context) (list []row, size int, err error) {
	rows, err := t.j.read.QueryContext(ctx, `SELECT first, last, sum, records, true FROM batch
		WHERE first < ?1 AND last < ?1 AND last <= coalesce((SELECT max(seq) FROM snapshot), 0) AND first < (SELECT max(first) FROM batch)
		ORDER BY first LIMIT ?2`, t.before, chunkBatches)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for size < t.pace.Size() && rows.Next() {
		var r row
		if err := rows.Scan(&r.First, &r.Last, &r.Sum, &r.Data, &r.begins); err != nil {
			return nil, 0, err
		}
		list = append(list, r)
		size += len(r.Data) + pageSize
	}
	return list, size, rows.Err()
}

// divide returns what batches mention and their records to keep. Of a batch that is damaged
// nothing can be kept, and its lines of the index, which then find nothing, stay.
func (t *truncation) divide(list []row) (m pack.Mentions, spared []store.Record) {
	m = pack.Mentions{}
	for _, r := range list {
		records, _ := r.Unpack()
		m.Note(r.First, records)
		for i := range records {
			if t.spare[records[i].Interaction] {
				spared = append(spared, records[i])
			}
		}
	}
	return m, spared
}

// drop removes the batches from first to last, and the lines of the index that name no
// later one.
func drop(ctx context.Context, tx *sql.Tx, first, last uint64, m pack.Mentions) error {
	line, err := tx.PrepareContext(ctx, "DELETE FROM mention WHERE kind = ? AND id = ? AND last BETWEEN ? AND ?")
	if err != nil {
		return err
	}
	defer line.Close()
	if err := dropLines(ctx, line, first, last, m); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM batch WHERE first BETWEEN ? AND ?", first, last)
	return err
}

func dropLines(ctx context.Context, line *sql.Stmt, first, last uint64, m pack.Mentions) error {
	for q := range m.All() {
		kind, id := pack.Key(q)
		if _, err := line.ExecContext(ctx, kind, id, first, last); err != nil {
			return err
		}
	}
	return nil
}

// keep writes a record to the table kept.
func keep(ctx context.Context, tx *sql.Tx, r *store.Record) error {
	one := pack.NewRow([]store.Record{*r})
	_, err := tx.ExecContext(ctx, "INSERT INTO kept (seq, interaction, customer, sum, record) VALUES (?, ?, ?, ?, ?)",
		r.Seq, r.Interaction, r.Customer, one.Sum, string(one.Data))
	return err
}

// checkpoint moves the WAL into the file. While a reader keeps most of it from being moved
// the truncation waits, so that the WAL does not grow.
func (t *truncation) checkpoint(ctx context.Context) error {
	t.bytes = 0
	for {
		t.j.move(ctx)
		var busy, frames, done int
		if err := t.j.read.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &frames, &done); err != nil {
			return err
		}
		if frames-done < walFrames {
			return ctx.Err()
		}
		if err := pace.Pause(ctx, walPoll); err != nil {
			return err
		}
	}
}
