package sqlite_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
	"github.com/usher-go/usher/store/storetest"
)

// image is the files of a journal, by what is behind its path, as a crash leaves them.
type image map[string][]byte

func takeImage(t testing.TB, path string) image {
	t.Helper()
	img := image{}
	for _, suffix := range []string{"", "-wal", ".mark"} {
		data, err := os.ReadFile(path + suffix)
		require.NoError(t, err)
		img[suffix] = data
	}
	return img
}

// with returns the image with one file replaced; without that file if data is nil.
func (img image) with(suffix string, data []byte) image {
	img = maps.Clone(img)
	img[suffix] = data
	if data == nil {
		delete(img, suffix)
	}
	return img
}

func (img image) write(t testing.TB) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "center.db")
	for suffix, data := range img {
		require.NoError(t, os.WriteFile(path+suffix, data, 0o600))
	}
	return path
}

// open opens the image and returns its records and the number of its snapshot, or an error.
func (img image) open(t testing.TB) (records int, snapshot uint64, err error) {
	t.Helper()
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: img.write(t)})
	if err != nil {
		return 0, 0, err
	}
	defer func() { require.NoError(t, j.Close()) }()
	for _, err := range j.Load(t.Context(), 0) {
		if err != nil {
			return records, 0, err
		}
		records++
	}
	s, err := j.LoadSnapshot(t.Context())
	return records, s.Seq, err
}

// Records and number of the snapshot in a busyImage.
const (
	busyRecords  = 200
	busySnapshot = 80
)

// busyImage returns a crash image with appends and a snapshot in the WAL, after a
// checkpoint of a part of it, and the marks that there were on the way.
func busyImage(t *testing.T, checkpoint string) (img image, marks [][]byte) {
	t.Helper()
	h := &harness{map[store.Journal]string{}}
	path := filepath.Join(t.TempDir(), "center.db")
	j := h.must(t, sqlite.Config{Path: path})
	defer j.Close()
	note := func() {
		data, err := os.ReadFile(path + ".mark")
		require.NoError(t, err)
		marks = append(marks, data)
	}
	for last := uint64(0); last < busyRecords; last += 20 {
		note()
		require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 20)))
		if last+20 == busySnapshot {
			note()
			require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: busySnapshot, Version: 1, Data: []byte("{}")}))
			if checkpoint == "half" {
				h.checkpoint(t, j)
			}
		}
	}
	if checkpoint == "whole" {
		h.checkpoint(t, j)
	}
	return takeImage(t, path), marks
}

// What was acknowledged is in the WAL until the next checkpoint. Wherever a byte of it
// changes and wherever it is cut, opening notices, or nothing is missing.
func TestDamagedWAL(t *testing.T) {
	for _, checkpoint := range []string{"none", "half", "whole"} {
		t.Run(checkpoint, func(t *testing.T) {
			t.Parallel()
			img, _ := busyImage(t, checkpoint)
			records, snapshot, err := img.open(t)
			require.NoError(t, err, "the image is not damaged")
			require.EqualValues(t, []any{busyRecords, busySnapshot}, []any{records, int(snapshot)})
			wal, noticed := img["-wal"], 0
			check := func(what string, at int, damaged []byte) {
				records, snapshot, err := img.with("-wal", damaged).open(t)
				if err == nil {
					assert.EqualValues(t, []any{busyRecords, busySnapshot}, []any{records, int(snapshot)}, "%s at %d of %d", what, at, len(wal))
					return
				}
				noticed++
				var corrupt *store.CorruptError
				require.ErrorAs(t, err, &corrupt, "%s at %d of %d", what, at, len(wal))
				for _, text := range []string{"center.db-wal", "backup", "center.db.mark"} {
					assert.ErrorContains(t, err, text)
				}
			}
			places := []int{0, 5, 17, 25, 31, 32, 36, 41, 50, len(wal) - 1}
			for at := 60; at < len(wal); at += len(wal)/60 + 1 {
				places = append(places, at)
			}
			for _, at := range places {
				flipped := slices.Clone(wal)
				flipped[at] ^= 0x40
				check("flipped", at, flipped)
				check("cut", at, wal[:at])
			}
			check("removed", 0, nil)
			switch checkpoint {
			case "none":
				assert.Equal(t, 2*len(places)+1, noticed, "all of the WAL was acknowledged, and nothing is in the file")
			case "half": // the WAL has begun again: its end is of the earlier generation
				assert.Greater(t, noticed, len(places)/2)
			}
		})
	}
}

// What is missing is named.
func TestDamagedWALSaysWhatIsMissing(t *testing.T) {
	img, _ := busyImage(t, "half")
	wal := slices.Clone(img["-wal"])
	wal[100] ^= 1
	_, _, err := img.with("-wal", wal).open(t)
	var corrupt *store.CorruptError
	require.ErrorAs(t, err, &corrupt)
	assert.EqualValues(t, busySnapshot+1, corrupt.Seq, "the file itself ends before it")
	assert.ErrorContains(t, err, "records 81 to 200, which were acknowledged")
	// Nothing was written: a copy of the files is still worth something.
	damaged := img.with("-wal", wal)
	path := damaged.write(t)
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.ErrorIs(t, err, store.ErrCorrupt)
	assert.Equal(t, damaged, takeImage(t, path))
	// Without the mark the loss is accepted.
	require.NoError(t, os.Remove(path+".mark"))
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	assert.Equal(t, busySnapshot, count(t, j))
	require.NoError(t, j.Append(t.Context(), busySnapshot, storetest.Records(busySnapshot, 1)))
	require.NoError(t, j.Close())
}

// After a loss of power the mark may be older than the journal, or empty, or cut: the
// journal opens.
func TestMarkBehindTheJournal(t *testing.T) {
	for _, checkpoint := range []string{"none", "half", "whole"} {
		img, marks := busyImage(t, checkpoint)
		newest := img[".mark"]
		marks = append(marks, nil, []byte{}, make([]byte, 4096), newest[:100], []byte(strings.Repeat("x\n", 3000)))
		for i, m := range marks {
			records, _, err := img.with(".mark", m).open(t)
			require.NoError(t, err, "mark %d", i)
			assert.Equal(t, busyRecords, records)
			if m == nil {
				continue
			}
			flipped := slices.Clone(m)
			for at := 0; at < len(flipped); at += 7 {
				flipped[at] ^= 4
			}
			records, _, err = img.with(".mark", flipped).open(t)
			require.NoError(t, err, "flipped mark %d", i)
			assert.Equal(t, busyRecords, records)
		}
	}
}

// A commit that was never acknowledged may be cut anywhere.
func TestWALCutBehindTheMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 50)))
	before := takeImage(t, path)
	require.NoError(t, j.Append(t.Context(), 50, storetest.Records(50, 500)))
	after := takeImage(t, path)["-wal"]
	for cut := len(before["-wal"]); cut < len(after); cut += 1 + len(after)/50 {
		j, err := sqlite.Open(t.Context(), sqlite.Config{Path: before.with("-wal", after[:cut]).write(t)})
		require.NoError(t, err, "cut at %d of %d", cut, len(after))
		assert.Equal(t, 50, count(t, j))
		require.NoError(t, j.Close())
	}
}

// The mark follows the journal through closing, checkpoints, erasures and a WAL that
// begins again.
func TestMarkFollows(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 30 MB")
	}
	path := filepath.Join(t.TempDir(), "center.db")
	last := uint64(0)
	for range 3 {
		j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		require.NoError(t, err)
		for n := range 80 {
			require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 500)))
			last += 500
			if n == 40 {
				require.NoError(t, j.Erase(t.Context(), []uint64{last - 3}))
			}
			if n%20 != 7 {
				continue
			}
			img := takeImage(t, path)
			k, err := sqlite.Open(t.Context(), sqlite.Config{Path: img.write(t)})
			require.NoError(t, err)
			assert.EqualValues(t, last, count(t, k))
			require.NoError(t, k.Close())
			wal := slices.Clone(img["-wal"])
			require.NotEmpty(t, wal)
			_, _, err = img.with("-wal", wal[:len(wal)/1000]).open(t)
			if !assert.ErrorIs(t, err, store.ErrCorrupt, "after %d", last) {
				return
			}
		}
		require.NoError(t, j.Close())
	}
}

func TestFileRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 9)))
	require.NoError(t, j.Close())
	require.NoError(t, os.Remove(path))
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.ErrorIs(t, err, store.ErrCorrupt)
	require.ErrorContains(t, err, "was removed")
	require.ErrorContains(t, err, "records 1 to 9")
	assert.NoFileExists(t, path)
}

// Nothing but its checksum would show that the index is behind the records.
func TestDamagedIndexMark(t *testing.T) {
	h := &harness{map[store.Journal]string{}}
	for _, indexed := range []int{1, 9, 10} {
		path := filepath.Join(t.TempDir(), "center.db")
		j := h.must(t, sqlite.Config{Path: path})
		require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 9)))
		require.NoError(t, j.Close())
		h.exec(t, j, "UPDATE head SET indexed = ?", indexed)
		_, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		var corrupt *store.CorruptError
		require.ErrorAs(t, err, &corrupt)
		assert.Contains(t, corrupt.Problem, "index")
	}
}

// The last batches are deleted from the file, and the mark with them: opening compares the
// snapshot with the records.
func TestTheEndIsMissingButTheSnapshotIsThere(t *testing.T) {
	h := &harness{map[store.Journal]string{}}
	for _, after := range []uint64{0, 10, 20} {
		path := filepath.Join(t.TempDir(), "center.db")
		j := h.must(t, sqlite.Config{Path: path})
		for last := uint64(0); last < 30; last += 10 {
			require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 10)))
		}
		require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: 30, Version: 1, Data: []byte("{}")}))
		require.NoError(t, j.Close())
		require.NoError(t, os.Remove(path+".mark"))
		for first := after + 1; first < 30; first += 10 {
			h.exec(t, j, "DELETE FROM batch WHERE first = ?", first)
		}
		_, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		var ahead *store.SnapshotAheadError
		require.ErrorAs(t, err, &ahead)
		assert.Equal(t, store.SnapshotAheadError{Snapshot: 30, Last: after}, *ahead)
		require.ErrorIs(t, err, store.ErrCorrupt)
		_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
		require.ErrorIs(t, err, store.ErrSnapshotAhead, "trying again changes nothing")
	}
}
