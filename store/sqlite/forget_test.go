package sqlite_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
	"github.com/usher-go/usher/store/storetest"
)

// numbers returns the numbers of the records that a journal has, and checks that each interaction
// and customer is found with the same ones.
func numbers(t *testing.T, j store.Journal) (all []uint64) {
	t.Helper()
	want := map[store.Query][]uint64{}
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		all = append(all, r.Seq)
		for _, q := range r.Queries() {
			want[q] = append(want[q], r.Seq)
		}
	}
	for i := range 3 {
		for _, q := range []store.Query{{Interaction: fmt.Sprintf("i%d", i)}, {Customer: fmt.Sprintf("c%d", i)}} {
			var found []uint64
			for r, err := range j.Find(t.Context(), q) {
				require.NoError(t, err)
				found = append(found, r.Seq)
			}
			assert.Equal(t, want[q], found, "%v", q)
		}
	}
	return all
}

// layout are the last records of the batches in TestTruncateAtEachEdge.
var layout = []uint64{3, 4, 8, 10}

// edgeRecords are records of which number 2 has no interaction.
func edgeRecords(after uint64, n int) []store.Record {
	records := storetest.Records(after, n)
	for i := range records {
		if records[i].Seq == 2 {
			records[i].Interaction = ""
		}
	}
	return records
}

// afterTruncate returns the records that are in batches, and those kept, after a truncation.
func afterTruncate(batches []uint64, kept []uint64, before, snapshot uint64, keep []string) (left, spared []uint64) {
	interaction := func(seq uint64) string { return edgeRecords(seq-1, 1)[0].Interaction }
	keep = slices.DeleteFunc(slices.Clone(keep), func(id string) bool { return id == "" })
	for _, seq := range kept {
		if seq >= before || slices.Contains(keep, interaction(seq)) {
			spared = append(spared, seq)
		}
	}
	first := uint64(1)
	for i, last := range layout {
		dropped := last < before && last <= snapshot && i < len(layout)-1
		for seq := first; seq <= last; seq++ {
			switch {
			case !slices.Contains(batches, seq):
			case !dropped:
				left = append(left, seq)
			case slices.Contains(keep, interaction(seq)):
				spared = append(spared, seq)
			}
		}
		first = last + 1
	}
	return left, spared
}

// A truncation drops the batches which it may and no others, and keeps the records of each
// interaction to keep, also the first and the last of a batch; a second one drops what only the
// first kept.
func TestTruncateAtEachEdge(t *testing.T) {
	keeps := [][]string{nil, {"i1"}, {"i0", "i2", "unknown", ""}}
	snapshots := []uint64{3, 7, 8, 10}
	if testing.Short() {
		snapshots = []uint64{7, 8}
	}
	for _, snapshot := range snapshots {
		for _, before := range []uint64{1, 3, 4, 5, 9, 11} {
			for n, keep := range keeps {
				j, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "center.db")})
				require.NoError(t, err)
				var all []uint64
				for _, last := range layout {
					from := uint64(len(all))
					require.NoError(t, j.Append(t.Context(), from, edgeRecords(from, int(last-from))))
					for seq := from + 1; seq <= last; seq++ {
						all = append(all, seq)
					}
				}
				require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: snapshot, Version: 1, Data: []byte("{}")}))
				left, kept := all, []uint64(nil)
				for _, step := range []struct {
					before uint64
					keep   []string
				}{{before, keep}, {before, keep}, {4, keeps[(n+1)%3]}, {11, keeps[(n+2)%3]}} {
					require.NoError(t, j.Truncate(t.Context(), step.before, step.keep))
					left, kept = afterTruncate(left, kept, step.before, snapshot, step.keep)
					require.Equal(t, slices.Sorted(slices.Values(slices.Concat(left, kept))), numbers(t, j),
						"snapshot %d, truncated before %d keeping %v, then before %d keeping %v", snapshot, before, keep, step.before, step.keep)
				}
				require.NoError(t, j.Close())
			}
		}
	}
}

// More batches than one transaction drops, and more kept records than one drops, are all dropped,
// and with them what the index says of them.
func TestTruncateManyBatches(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	const each, batches = 60, 40
	for n := range uint64(batches) {
		records := storetest.Records(n*each, each)
		for i := range records {
			records[i].Interaction = fmt.Sprintf("of batch %d", n)
			if i%2 == 0 {
				records[i].Interaction = fmt.Sprintf("own %d", records[i].Seq)
			}
		}
		require.NoError(t, j.Append(t.Context(), n*each, records))
	}
	last := uint64(each * batches)
	require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: last, Version: 1, Data: []byte("{}")}))
	var keep []string
	for n := range batches {
		keep = append(keep, fmt.Sprintf("of batch %d", n))
	}
	require.NoError(t, j.Truncate(t.Context(), last+1, keep))
	assert.Equal(t, each+(batches-1)*each/2, count(t, j), "all of the last batch, and the half of the others")
	require.NoError(t, j.Truncate(t.Context(), last+1, keep[:1]))
	assert.Equal(t, each+each/2, count(t, j))
	require.NoError(t, j.Truncate(t.Context(), last+1, nil))
	assert.Equal(t, each, count(t, j))
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		require.Greater(t, r.Seq, last-each)
	}
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	var lines int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM mention WHERE last <= ?", last-each).Scan(&lines))
	assert.Zero(t, lines, "lines of the index for batches that were dropped")
}

// erasable is a journal of 40 batches of five records with a body each, of which the first eight
// were dropped but for the records of i1.
func erasable(t *testing.T, path string) *sqlite.Journal {
	t.Helper()
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	for last := uint64(0); last < 200; last += 5 {
		records := storetest.Records(last, 5)
		for i := range records {
			records[i].Body = fmt.Appendf(nil, `{"text":"body of %d;"}`, records[i].Seq)
		}
		require.NoError(t, j.Append(t.Context(), last, records))
	}
	require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: 200, Version: 1, Data: []byte("{}")}))
	require.NoError(t, j.Truncate(t.Context(), 41, []string{"i1"}))
	return j
}

// An erasure removes the bodies of exactly the records that it names, in whatever order and however
// often it names them, and whether there is such a record.
func TestEraseRemovesWhatItNames(t *testing.T) {
	every := func(from, to, step uint64) (list []uint64) {
		for seq := from; seq <= to; seq += step {
			list = append(list, seq)
		}
		return list
	}
	reversed := every(1, 200, 3)
	slices.Reverse(reversed)
	for name, seqs := range map[string][]uint64{
		"none":                         nil,
		"the first and last kept":      {1, 40},
		"dropped ones only":            {2, 3, 5},
		"dropped, kept and in batches": {5, 4, 3, 41, 45, 46, 2},
		"the edges of batches":         {41, 45, 46, 50, 200},
		"twice, and beyond the end":    {60, 60, 0, 201, 9999, 61, 60},
		"many, backwards":              reversed,
		"all":                          every(1, 200, 1),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "center.db")
			j := erasable(t, path)
			defer j.Close()
			given := slices.Clone(seqs)
			require.NoError(t, j.Erase(t.Context(), seqs))
			assert.Equal(t, given, seqs, "the caller's numbers are as they were")
			records := 0
			for r, err := range j.Load(t.Context(), 0) {
				require.NoError(t, err)
				records++
				erased := slices.Contains(seqs, r.Seq)
				assert.Equal(t, erased, r.Body == nil, "record %d", r.Seq)
				assert.NotEmpty(t, r.Data)
				if erased {
					assert.False(t, inFiles(t, path, fmt.Sprintf("body of %d;", r.Seq)), "record %d", r.Seq)
				}
			}
			assert.Equal(t, 160+14, records)
			require.NoError(t, j.Close())
			again, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
			require.NoError(t, err)
			assert.Equal(t, records, len(numbers(t, again)))
			require.NoError(t, again.Close())
		})
	}
}
