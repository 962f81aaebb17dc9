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

// executeIn changes the file of a journal behind its back.
func executeIn(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	execAll(t, db, statements...)
}

// An append of several rows is atomic: when a later row fails, none of it is there, also for Find,
// and the next append continues where the journal ended before.
func TestAnAppendOfSeveralRowsIsAtomic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 10)))
	large := storetest.Records(10, 1100) // rows have 1024 records at most
	for _, failing := range []int{11, 1035} {
		executeIn(t, path, fmt.Sprintf("CREATE TRIGGER fails BEFORE INSERT ON batch WHEN new.first = %d BEGIN SELECT RAISE(ABORT, 'no'); END", failing))
		err := j.Append(t.Context(), 10, large)
		require.ErrorIs(t, err, store.ErrCorrupt)
		require.ErrorContains(t, err, "no (1811)", "the driver's text is kept")
		assert.Len(t, numbers(t, j), 10)
		require.ErrorIs(t, j.Append(t.Context(), 1110, storetest.Records(1110, 1)), store.ErrConflict)
		executeIn(t, path, "DROP TRIGGER fails")
	}
	require.NoError(t, j.Append(t.Context(), 10, large))
	require.NoError(t, j.Append(t.Context(), 1110, storetest.Records(1110, 1)))
	assert.Len(t, numbers(t, j), 1111)
	// A crash, and another process.
	k, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, TakeOver: true})
	require.NoError(t, err)
	defer k.Close()
	assert.Len(t, numbers(t, k), 1111)
}

// scattered appends records of 40 interactions, in turn, in batches of three, so that those of each
// are in many batches. Some of the index is on the disk and some in memory.
func scattered(t *testing.T, j *sqlite.Journal, n uint64) (want map[string][]uint64) {
	t.Helper()
	want = map[string][]uint64{}
	for last := uint64(0); last < n; last += 3 {
		records := storetest.Records(last, 3)
		for i := range records {
			id := fmt.Sprintf("in %d", records[i].Seq%40)
			if records[i].Seq%2 == 0 {
				id = fmt.Sprintf("own %d", records[i].Seq)
			}
			records[i].Interaction = id
			want[id] = append(want[id], records[i].Seq)
		}
		require.NoError(t, j.Append(t.Context(), last, records))
	}
	return want
}

func foundBy(t *testing.T, j *sqlite.Journal, interaction string, most int) (seqs []uint64) {
	t.Helper()
	for r, err := range j.Find(t.Context(), store.Query{Interaction: interaction}) {
		require.NoError(t, err)
		assert.Equal(t, interaction, r.Interaction)
		if seqs = append(seqs, r.Seq); len(seqs) == most {
			break
		}
	}
	return seqs
}

// Find yields the records of an interaction in order, once, wherever they are: among those kept, in
// batches that the index names, and in batches that only memory names; and it can be left after any.
func TestFindAcrossBatches(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	const n = 2400 // 1,200 interactions of their own: the index is written on the way
	want := scattered(t, j, n)
	for id, seqs := range want {
		if len(seqs) > 1 || seqs[0]%50 == 0 {
			assert.Equal(t, seqs, foundBy(t, j, id, 0), id)
		}
	}
	var keep []string
	for i := 1; i < 40; i += 4 {
		keep = append(keep, fmt.Sprintf("in %d", i))
	}
	require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: n / 2, Version: 1, Data: []byte("{}")}))
	require.NoError(t, j.Truncate(t.Context(), n/2+1, keep))
	check := func(j *sqlite.Journal) {
		for i, id := range keep {
			assert.Equal(t, want[id], foundBy(t, j, id, 0), id)
			for _, most := range []int{1, 2, len(want[id]) / 2, len(want[id])/2 + 1 + i} {
				assert.Equal(t, want[id][:most], foundBy(t, j, id, most), "%d of %s", most, id)
			}
		}
		assert.Empty(t, foundBy(t, j, "own 2", 0))
		assert.Equal(t, []uint64{n}, foundBy(t, j, fmt.Sprintf("own %d", n), 0))
		assert.Empty(t, foundBy(t, j, "nobody's", 0))
	}
	check(j)
	k, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, TakeOver: true})
	require.NoError(t, err)
	defer k.Close()
	check(k)
}

// Load begins at each record, also in the middle of a batch and among those kept, and goes on over
// more rows than one query reads.
func TestLoadFromEachRecord(t *testing.T) {
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "center.db")})
	require.NoError(t, err)
	defer j.Close()
	for last := uint64(0); last < 150; last += 3 {
		require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 3)))
	}
	require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: 100, Version: 1, Data: []byte("{}")}))
	require.NoError(t, j.Truncate(t.Context(), 76, []string{"i1"}))
	all := numbers(t, j)
	require.Len(t, all, 75+25)
	for from := uint64(0); from <= 151; from++ {
		var want, got []uint64
		for _, seq := range all {
			if seq >= from {
				want = append(want, seq)
			}
		}
		for r, err := range j.Load(t.Context(), from) {
			require.NoError(t, err)
			got = append(got, r.Seq)
		}
		require.Equal(t, want, got, "from %d", from)
	}
}

// A batch that is missing is damage, which names the first record that is; everything before it is
// read. So is a batch whose records are not those that it says.
func TestAMissingBatchIsNamed(t *testing.T) {
	for first, until := range map[uint64]int{4: 3, 49: 48, 52: 51, 97: 96} {
		path := filepath.Join(t.TempDir(), "center.db")
		j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		require.NoError(t, err)
		for last := uint64(0); last < 150; last += 3 {
			require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 3)))
		}
		executeIn(t, path, fmt.Sprintf("DELETE FROM batch WHERE first = %d", first))
		read := 0
		var damage error
		for _, err := range j.Load(t.Context(), 0) {
			if damage = err; err == nil {
				read++
			}
		}
		var corrupt *store.CorruptError
		require.ErrorAs(t, damage, &corrupt)
		assert.Equal(t, first, corrupt.Seq)
		assert.Equal(t, until, read)
		require.NoError(t, j.Close())
	}
}
