package crashtest_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/internal/golden"
	"github.com/usher-go/usher/internal/golden/state"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/postgres"
	"github.com/usher-go/usher/store/sqlite"
)

// eachGolden runs a test for every golden that has a form of the journal.
func eachGolden(t *testing.T, file string, test func(t *testing.T, dir string)) {
	t.Helper()
	dirs, err := filepath.Glob("../../testdata/golden/v*/*")
	require.NoError(t, err)
	n := 0
	for _, dir := range dirs {
		if golden.Has(dir, file) {
			n++
			t.Run(filepath.Base(dir), func(t *testing.T) { test(t, dir) })
		}
	}
	require.NotZero(t, n)
}

// opens checks the state of a golden's center, uses the center and opens it again. open
// returns the journal of one opening.
func opens(t *testing.T, dir string, open func() store.Journal) {
	t.Helper()
	j := open()
	defer func() { _ = j.Close() }() // of the latest opening: an open journal keeps its pool from closing
	now, err := golden.Now(t.Context(), j)
	require.NoError(t, err)
	c := centerAt(t, j, now)
	require.NoError(t, state.Check(t.Context(), dir, c))
	require.NoError(t, state.Use(t.Context(), c))
	want, err := state.Of(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, j.Close())
	j = open()
	got, err := state.Of(t.Context(), centerAt(t, j, now))
	require.NoError(t, err)
	assert.Empty(t, golden.Diff(want, got), "opened again")
}

func centerAt(t *testing.T, j store.Journal, now time.Time) *usher.Center {
	t.Helper()
	mock := clock.NewMock()
	mock.Set(now)
	opts := state.Options(j)
	opts.Clock, opts.SnapshotEvery = mock, 10
	c, err := usher.New(opts)
	require.NoError(t, err)
	return c
}

// A file that an earlier version wrote, copied with its WAL while it was open, opens to the
// state that version had.
func TestGoldenFilesOpen(t *testing.T) {
	eachGolden(t, golden.SQLiteFile, func(t *testing.T, dir string) {
		to := t.TempDir()
		path, err := golden.Unpack(dir, golden.SQLiteFile, to)
		require.NoError(t, err)
		_, err = golden.Unpack(dir, golden.WALFile, to)
		require.NoError(t, err)
		opens(t, dir, func() store.Journal {
			j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
			require.NoError(t, err)
			return j
		})
	})
}

// A schema that an earlier version wrote opens to the state that version had, after Up.
func TestGoldenSchemasOpen(t *testing.T) {
	url := databaseURL(t)
	if url == "" {
		t.Skip("no PostgreSQL answers on 127.0.0.1:5432; set USHER_POSTGRES to the URL of one")
	}
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	defer pool.Close()
	eachGolden(t, golden.PostgresFile, func(t *testing.T, dir string) {
		schema := fmt.Sprintf("usher_golden_%d", time.Now().UnixNano())
		t.Cleanup(func() { _, _ = pool.Exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE") })
		restoreDump(t, url, dir, schema)
		cfg := postgres.Config{Schema: schema}
		require.NoError(t, postgres.Up(t.Context(), pool, cfg))
		opens(t, dir, func() store.Journal {
			j, err := postgres.Open(t.Context(), pool, cfg)
			require.NoError(t, err)
			return j
		})
	})
}

// restoreDump runs a dump of PostgreSQL against a schema of another name.
func restoreDump(t *testing.T, url, dir, schema string) {
	t.Helper()
	data, err := golden.Read(dir, golden.PostgresFile)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }() // the dump changes its settings
	script := strings.ReplaceAll(string(data), golden.Schema+".", schema+".")
	script = strings.ReplaceAll(script, "CREATE SCHEMA "+golden.Schema, "CREATE SCHEMA "+schema)
	_, err = conn.PgConn().Exec(t.Context(), script).ReadAll()
	require.NoError(t, err)
}
