package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
	"github.com/usher-go/usher/store/storetest"
)

// bounded are the calls that end with their context.
var bounded = map[string]struct {
	call   func(ctx context.Context, j *sqlite.Journal) error
	writes bool
	slow   string // the table that it reads
}{
	"append": {func(ctx context.Context, j *sqlite.Journal) error { return j.Append(ctx, 9, storetest.Records(9, 2)) }, true, ""},
	"load":   {func(ctx context.Context, j *sqlite.Journal) error { return drain(j.Load(ctx, 0)) }, false, "kept"},
	"find": {func(ctx context.Context, j *sqlite.Journal) error {
		return drain(j.Find(ctx, store.Query{Interaction: "i1"}))
	}, false, "kept"},
	"save snapshot": {func(ctx context.Context, j *sqlite.Journal) error {
		return j.SaveSnapshot(ctx, store.Snapshot{Seq: 9, Version: 1, Data: make([]byte, 3<<20)})
	}, true, "snapshot"},
	"load snapshot": {func(ctx context.Context, j *sqlite.Journal) error {
		_, err := j.LoadSnapshot(ctx)
		return err
	}, false, "snapshot"},
	"truncate": {func(ctx context.Context, j *sqlite.Journal) error { return j.Truncate(ctx, 9, []string{"i1"}) }, true, "kept"},
	"erase":    {func(ctx context.Context, j *sqlite.Journal) error { return j.Erase(ctx, []uint64{2, 4}) }, true, "kept"},
}

func drain(records iter.Seq2[store.Record, error]) error {
	for _, err := range records {
		if err != nil {
			return err
		}
	}
	return nil
}

// deadlineLate is how long after its deadline a call may return: far less than the five seconds
// that a call without one waits for a lock, and more than a loaded machine needs.
const deadlineLate = 2 * time.Second

// ends checks that a call ends with its context.
func ends(t *testing.T, j *sqlite.Journal, call func(context.Context, *sqlite.Journal) error) {
	t.Helper()
	const limit = 50 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	began := time.Now()
	require.ErrorIs(t, call(ctx, j), context.DeadlineExceeded)
	assert.Less(t, time.Since(began), limit+deadlineLate)
}

// works checks that a journal of records works, and has nothing twice.
func works(t *testing.T, j *sqlite.Journal) {
	t.Helper()
	last := uint64(count(t, j))
	require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 1)))
	require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: last + 1, Version: 1, Data: []byte("{}")}))
	s, err := j.LoadSnapshot(t.Context())
	require.NoError(t, err)
	assert.Equal(t, last+1, s.Seq)
	require.NoError(t, j.Erase(t.Context(), []uint64{2}))
	var found []uint64
	for r, err := range j.Find(t.Context(), store.Query{Interaction: "i1"}) {
		require.NoError(t, err)
		found = append(found, r.Seq)
	}
	assert.Subset(t, found, []uint64{1, 4, 7})
	require.NoError(t, j.Truncate(t.Context(), last, nil))
	assert.LessOrEqual(t, count(t, j), int(last)+1)
}

// file opens a connection of another program to the file of a journal with nine records.
func (h *harness) file(t *testing.T) (*sqlite.Journal, *sql.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "center.db")
	j := h.must(t, sqlite.Config{Path: path}).(*sqlite.Journal)
	t.Cleanup(func() { _ = j.Close() })
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 9)))
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)&_pragma=legacy_alter_table(ON)")
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return j, db
}

func execAll(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err, s)
	}
}

func TestACancelledCallDoesNothing(t *testing.T) {
	h := &harness{map[store.Journal]string{}}
	for name, m := range bounded {
		t.Run(name, func(t *testing.T) {
			j, _ := h.file(t)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			require.ErrorIs(t, m.call(ctx, j), context.Canceled)
			assert.Equal(t, 9, count(t, j))
			_, err := j.LoadSnapshot(t.Context())
			require.ErrorIs(t, err, store.ErrNoSnapshot)
			works(t, j)
		})
	}
}

// A call that another program's lock keeps waiting ends with its context; those that only read do
// not wait.
func TestADeadlineDuringALock(t *testing.T) {
	h := &harness{map[store.Journal]string{}}
	for name, m := range bounded {
		t.Run(name, func(t *testing.T) {
			j, db := h.file(t)
			execAll(t, db, "BEGIN IMMEDIATE")
			if m.writes {
				ends(t, j, m.call)
			} else if err := m.call(t.Context(), j); !errors.Is(err, store.ErrNoSnapshot) {
				require.NoError(t, err)
			}
			execAll(t, db, "ROLLBACK")
			works(t, j)
		})
	}
}

// So does one that waits for another call of the same journal, which waits for the lock.
func TestADeadlineBehindAnotherCall(t *testing.T) {
	h := &harness{map[store.Journal]string{}}
	for _, first := range []string{"append", "save snapshot", "erase"} {
		for name, m := range bounded {
			if !m.writes && name != "find" {
				continue
			}
			t.Run(first+"/"+name, func(t *testing.T) {
				j, db := h.file(t)
				execAll(t, db, "BEGIN IMMEDIATE")
				ctx, cancel := context.WithCancel(t.Context())
				waits := make(chan error, 1)
				go func() { waits <- bounded[first].call(ctx, j) }()
				if m.writes {
					ends(t, j, m.call)
				} else {
					ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
					began := time.Now()
					err := m.call(ctx, j)
					cancel()
					require.True(t, err == nil || errors.Is(err, context.DeadlineExceeded), "%v", err)
					assert.Less(t, time.Since(began), deadlineLate)
				}
				cancel()
				require.ErrorIs(t, <-waits, context.Canceled)
				execAll(t, db, "ROLLBACK")
				works(t, j)
			})
		}
	}
}

// endless are statements that put a view without an end in place of a table, and back.
func endless(table, columns string) (put, back []string) {
	put = []string{
		"ALTER TABLE " + table + " RENAME TO aside",
		"CREATE VIEW " + table + " AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) " +
			"SELECT " + columns + " FROM (SELECT max(i) AS i FROM n)",
		"CREATE TRIGGER endless INSTEAD OF DELETE ON " + table + " BEGIN SELECT 1; END",
	}
	return put, []string{"DROP VIEW " + table, "ALTER TABLE aside RENAME TO " + table}
}

// A call whose statement takes long ends with its context.
func TestADeadlineDuringALongStatement(t *testing.T) {
	h := &harness{map[store.Journal]string{}}
	columns := map[string]string{
		"kept":     "i AS seq, 'i' || i AS interaction, '' AS customer, 0 AS sum, '' AS record",
		"snapshot": "i AS id, i AS seq, '' AS at, 1 AS version, 0 AS sum, 0 AS size",
	}
	for name, m := range bounded {
		if m.slow == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			j, db := h.file(t)
			put, back := endless(m.slow, columns[m.slow])
			execAll(t, db, put...)
			ends(t, j, m.call)
			execAll(t, db, back...)
			works(t, j)
		})
	}
}

// A lock of another program that lasts longer than a call waits is an error that says what to do.
func TestALockThatLasts(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for five seconds")
	}
	h := &harness{map[store.Journal]string{}}
	j, db := h.file(t)
	execAll(t, db, "BEGIN IMMEDIATE")
	err := j.Append(t.Context(), 9, storetest.Records(9, 1))
	var failed *store.IOError
	require.ErrorAs(t, err, &failed)
	assert.ErrorContains(t, err, "another program holds a lock on the file for more than 5s: end the program that has the file open")
	execAll(t, db, "ROLLBACK")
	works(t, j)
}
