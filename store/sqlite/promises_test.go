package sqlite_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
	"github.com/usher-go/usher/store/storetest"
)

// The index never says that it has a record which it has not: each interaction is found after a
// crash, whichever append wrote the index.
func TestTheIndexHasWhatItSays(t *testing.T) {
	for extra := range uint64(4) {
		path := filepath.Join(t.TempDir(), "center.db")
		j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		require.NoError(t, err)
		const many = 1100 // more than are kept in memory before the index is written
		all := storetest.Records(0, many+int(extra))
		for i := range all {
			all[i].Interaction = fmt.Sprintf("own-%d", i+1)
		}
		require.NoError(t, j.Append(t.Context(), 0, all[:many]))
		for i := many; i < len(all); i++ {
			require.NoError(t, j.Append(t.Context(), uint64(i), all[i:i+1]))
		}
		// Another one takes over a journal that was not closed.
		k, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, TakeOver: true})
		require.NoError(t, err)
		for _, i := range []int{0, many - 1, len(all) - 1, many, many + 1} {
			if i >= len(all) {
				continue
			}
			var got []uint64
			for r, err := range k.Find(t.Context(), store.Query{Interaction: all[i].Interaction}) {
				require.NoError(t, err)
				got = append(got, r.Seq)
			}
			assert.Equal(t, []uint64{uint64(i) + 1}, got, "%d more", extra)
		}
		require.NoError(t, k.Close())
		require.NoError(t, j.Close())
	}
}

// While a reader keeps the log from being emptied an erasure does not say that it is done; once
// the reader is gone it can be repeated, and nothing of the text is in the files.
func TestAnErasureBesideAReaderIsNotDone(t *testing.T) {
	h := &harness{map[store.Journal]string{}}
	path := filepath.Join(t.TempDir(), "center.db")
	j := h.must(t, sqlite.Config{Path: path})
	defer j.Close()
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 4)))
	reads := h.reader(t, j)
	require.ErrorContains(t, j.Erase(t.Context(), []uint64{4, 2}), "a reader keeps the log from being emptied")
	require.NoError(t, reads.Rollback())
	require.NoError(t, j.Erase(t.Context(), []uint64{4, 2}))
	assert.False(t, inFiles(t, path, "body of"))
}

// reader returns a transaction that has begun to read a journal's file.
func (h *harness) reader(t testing.TB, j store.Journal) *sql.Tx {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+h.paths[j])
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	var n int
	require.NoError(t, tx.QueryRowContext(t.Context(), "SELECT count(*) FROM batch").Scan(&n))
	return tx
}
