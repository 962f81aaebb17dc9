package sqlite_test

import (
	"bytes"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
	"github.com/usher-go/usher/store/storetest"
)

// harness keeps the path of each journal, to get at its file behind its back.
type harness struct{ paths map[store.Journal]string }

func (h *harness) open(t testing.TB, cfg sqlite.Config) (store.Journal, error) {
	j, err := sqlite.Open(t.Context(), cfg)
	if err != nil {
		return nil, err
	}
	h.paths[j] = cfg.Path
	return j, nil
}

func (h *harness) must(t testing.TB, cfg sqlite.Config) store.Journal {
	t.Helper()
	j, err := h.open(t, cfg)
	require.NoError(t, err)
	return j
}

func (h *harness) exec(t testing.TB, j store.Journal, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: h.paths[j]}).EscapedPath()}).String())
	require.NoError(t, err)
	defer db.Close()
	result, err := db.ExecContext(t.Context(), query, args...)
	require.NoError(t, err)
	n, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

func TestJournal(t *testing.T) {
	h := &harness{map[store.Journal]string{}}
	storetest.Run(t, storetest.Harness{
		Open: func(t testing.TB) store.Journal {
			return h.must(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "center ?#%.db")})
		},
		Reopen: func(t testing.TB, j store.Journal) (store.Journal, error) {
			return h.open(t, sqlite.Config{Path: h.paths[j]})
		},
		Beside: func(t testing.TB, j store.Journal) (store.Journal, error) {
			return h.open(t, sqlite.Config{Path: h.paths[j]})
		},
		TakeOver: func(t testing.TB, j store.Journal) store.Journal {
			return h.must(t, sqlite.Config{Path: h.paths[j], TakeOver: true})
		},
		Corrupt: func(t testing.TB, j store.Journal, seq uint64) {
			h.exec(t, j, `UPDATE batch SET records = replace(records, '"n":', '"m":') WHERE first = ?`, seq)
		},
		Residue: func(t testing.TB, j store.Journal, text string) bool { return inFiles(t, h.paths[j], text) },
	})
}

// inFiles reports whether text is in the file or in those beside it.
func inFiles(t testing.TB, path, text string) bool {
	t.Helper()
	dir, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	for _, f := range dir {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(path), f.Name()))
		require.NoError(t, err)
		if bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}

func TestWhoIsRefusedHearsOfWhom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Owner: "the first"})
	require.NoError(t, err)
	defer j.Close()
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	var owned *store.OwnedError
	require.ErrorAs(t, err, &owned)
	assert.Equal(t, store.OwnedError{Journal: path, Owner: "the first"}, *owned)
	require.NoError(t, j.Close())
	k, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	require.NoError(t, k.Close())
}

func TestAnotherFileIsRefused(t *testing.T) {
	_, err := sqlite.Open(t.Context(), sqlite.Config{})
	require.ErrorContains(t, err, "path: is empty")

	path := filepath.Join(t.TempDir(), "letters.txt")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("dear diary "), 1000), 0o600))
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.ErrorIs(t, err, store.ErrCorrupt)

	path = filepath.Join(t.TempDir(), "other.db")
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "CREATE TABLE recipes (name TEXT)")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.ErrorContains(t, err, "a database of something else")

	path = filepath.Join(t.TempDir(), "missing", "center.db")
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.ErrorIs(t, err, os.ErrNotExist)
}

// Records can be read one by one with nothing but SQLite.
func TestTheFileIsPlain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 9)))
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer db.Close()
	var seq int
	var kind, customer, n, text string
	err = db.QueryRowContext(t.Context(), `SELECT seq, kind, customer, data ->> 'n', body ->> 'text' FROM record WHERE interaction = 'i2' ORDER BY seq DESC LIMIT 1`).
		Scan(&seq, &kind, &customer, &n, &text)
	require.NoError(t, err)
	assert.Equal(t, []any{8, "kind", "c2", "8", "body of 8"}, []any{seq, kind, customer, n, text})
}

// Interactions are found through many commits, whether the index has them already, and
// after a crash that came before it had.
func TestFindThroughTheIndex(t *testing.T) {
	if testing.Short() {
		t.Skip("needs thousands of commits")
	}
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	var all []store.Record
	for i := range uint64(30) {
		batch := storetest.Records(i*300, 300)
		for k := range batch {
			batch[k].Interaction = string(rune('A'+i%7)) + batch[k].Interaction + string(batch[k].Data)
		}
		require.NoError(t, j.Append(t.Context(), i*300, batch))
		all = append(all, batch...)
	}
	check := func() {
		for i := 0; i < len(all); i += 301 {
			var got []store.Record
			for r, err := range j.Find(t.Context(), store.Query{Interaction: all[i].Interaction}) {
				require.NoError(t, err)
				got = append(got, r)
			}
			require.Len(t, got, 1)
			assert.Equal(t, all[i].Seq, got[0].Seq)
		}
	}
	check()
	require.NoError(t, j.Close())
	j, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	check()
	require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: 9000, Version: 1, Data: []byte("{}")}))
	require.NoError(t, j.Truncate(t.Context(), 9000, nil))
	for i := 0; i < 8000; i += 500 {
		for range j.Find(t.Context(), store.Query{Interaction: all[i].Interaction}) {
			t.Fatal("a truncated record was found")
		}
	}
}

// A file of an earlier form is brought to the current one, with what it has.
func TestAnEarlierFormIsUpgraded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 9)))
	require.NoError(t, j.Append(t.Context(), 9, storetest.Records(9, 9)))
	require.NoError(t, j.Close())
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	for _, s := range []string{
		"DROP TABLE mention",
		"CREATE TABLE mention (kind INTEGER NOT NULL, id TEXT NOT NULL, first INTEGER NOT NULL, PRIMARY KEY (kind, id, first)) WITHOUT ROWID",
		"INSERT INTO mention VALUES (1, 'i2', 1), (1, 'i2', 10), (2, 'c2', 1)",
		"UPDATE head SET indexed = 18",
		"DROP VIEW record",
		"DROP TABLE kept",
		"CREATE VIEW record AS SELECT r.value ->> 'seq' AS seq FROM batch, json_each(batch.records) AS r",
		"ALTER TABLE head DROP COLUMN sum",
		"PRAGMA user_version = 1",
	} {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())
	j, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	var got []uint64
	for r, err := range j.Find(t.Context(), store.Query{Interaction: "i2"}) {
		require.NoError(t, err)
		got = append(got, r.Seq)
	}
	var want []uint64
	for _, r := range storetest.Records(0, 18) {
		if r.Interaction == "i2" {
			want = append(want, r.Seq)
		}
	}
	assert.Equal(t, want, got)
	require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: 18, Version: 1, Data: []byte("{}")}))
	require.NoError(t, j.Truncate(t.Context(), 18, []string{"i2"}))
	db, err = sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM record WHERE seq < 10 AND interaction = 'i2'").Scan(&n))
	assert.Equal(t, 3, n)
}

// The log does not grow for ever, although nothing but appends happens.
func TestTheLogIsMovedIntoTheFile(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 25 MB")
	}
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	for last := uint64(0); last < 80_000; last += 500 {
		require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 500)))
	}
	log, err := os.Stat(path + "-wal")
	require.NoError(t, err)
	file, err := os.Stat(path)
	require.NoError(t, err)
	assert.Less(t, log.Size(), int64(12<<20), "the log")
	assert.Greater(t, file.Size(), log.Size(), "the file")
}

// What is erased beside appends waits for the log to be moved, and does not fail.
func TestErasingBesideAppends(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 40 MB")
	}
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "center.db")})
	require.NoError(t, err)
	defer j.Close()
	last, stop, stopped := uint64(0), make(chan struct{}), make(chan error, 1)
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 500)))
	go func() {
		for last = 500; ; last += 500 {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := j.Append(t.Context(), last, storetest.Records(last, 500)); err != nil {
				stopped <- err
				return
			}
		}
	}()
	for i := range uint64(40) {
		assert.NoError(t, j.Erase(t.Context(), []uint64{1 + i}))
	}
	close(stop)
	require.NoError(t, <-stopped)
}

// checkpoint moves the whole WAL into the file, without beginning it again.
func (h *harness) checkpoint(t testing.TB, j store.Journal) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+h.paths[j])
	require.NoError(t, err)
	defer db.Close()
	var busy, log, done int
	require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &done))
	require.Equal(t, log, done)
}

func count(t testing.TB, j store.Journal) (n int) {
	t.Helper()
	for _, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		n++
	}
	return n
}
