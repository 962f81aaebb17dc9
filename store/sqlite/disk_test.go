//go:build unix

package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
	"github.com/usher-go/usher/store/storetest"
)

// small mounts a disk of 8 MB.
func small(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("mounting a small disk takes root on Linux")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=8m", "none", dir).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted here: %s", out)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fillUp appends until it fails and returns the last record that was acknowledged.
func fillUp(t *testing.T, j store.Journal) (last uint64, err error) {
	t.Helper()
	for last < 1_000_000 {
		if err = j.Append(t.Context(), last, storetest.Records(last, 200)); err != nil {
			return last, err
		}
		last += 200
	}
	t.Fatal("the disk is never full")
	return 0, nil
}

func count(t *testing.T, j store.Journal) (n int) {
	t.Helper()
	for _, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		n++
	}
	return n
}

// A full disk refuses what comes, keeps what was, and goes on when there is room.
func TestAFullDisk(t *testing.T) {
	dir := small(t)
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 5<<20), 0o600))
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "center.db")})
	require.NoError(t, err)
	last, err := fillUp(t, j)
	require.ErrorIs(t, err, store.ErrFull)
	assert.Contains(t, err.Error(), "center.db")
	assert.EqualValues(t, last, count(t, j))
	require.NoError(t, os.Remove(ballast))
	require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 200)))
	require.NoError(t, j.Close())
	j, err = sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "center.db")})
	require.NoError(t, err)
	defer j.Close()
	assert.EqualValues(t, last+200, count(t, j))
}

// The same where nobody may mount: SQLite itself is told that there is no more room.
func TestAFileThatMayNotGrow(t *testing.T) {
	h := &harness{map[store.Journal]string{}}
	path := filepath.Join(t.TempDir(), "center.db")
	j := h.must(t, sqlite.Config{Path: path})
	limit := syscall.Rlimit{}
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit))
	small := limit
	small.Cur = 1 << 20
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small))
	last, err := fillUp(t, j)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
	require.Error(t, err)
	assert.False(t, errors.Is(err, store.ErrConflict))
	assert.EqualValues(t, last, count(t, j))
	require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 200)))
	require.NoError(t, j.Close())
	j = h.must(t, sqlite.Config{Path: path})
	defer j.Close()
	assert.EqualValues(t, last+200, count(t, j))
}

// A disk that becomes read-only refuses what comes and keeps what was.
func TestAReadOnlyDisk(t *testing.T) {
	dir := small(t)
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "center.db")})
	require.NoError(t, err)
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 100)))
	require.NoError(t, j.Close())
	out, err := exec.CommandContext(t.Context(), "mount", "-o", "remount,ro", dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "center.db")})
	require.ErrorIs(t, err, store.ErrReadOnly)
	out, err = exec.CommandContext(t.Context(), "mount", "-o", "remount,rw", dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	j, err = sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "center.db")})
	require.NoError(t, err)
	defer j.Close()
	assert.EqualValues(t, 100, count(t, j))
}

// A write that the power cut in half was never acknowledged: what is in the log behind the
// last whole commit is passed over.
func TestATornLastWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 50)))
	before, err := os.Stat(path + "-wal")
	require.NoError(t, err)
	require.NoError(t, j.Append(t.Context(), 50, storetest.Records(50, 500)))
	wal, err := os.ReadFile(path + "-wal")
	require.NoError(t, err)
	db, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, cut := range []int64{before.Size(), before.Size() + 1, (before.Size() + int64(len(wal))) / 2, int64(len(wal)) - 1, int64(len(wal))} {
		crashed := filepath.Join(t.TempDir(), "center.db")
		require.NoError(t, os.WriteFile(crashed, db, 0o600))
		require.NoError(t, os.WriteFile(crashed+"-wal", wal[:cut], 0o600))
		k, err := sqlite.Open(t.Context(), sqlite.Config{Path: crashed})
		require.NoError(t, err)
		want := 50
		if cut == int64(len(wal)) {
			want = 550
		}
		assert.Equal(t, want, count(t, k), "cut at %d of %d", cut, len(wal))
		require.NoError(t, k.Append(t.Context(), uint64(want), storetest.Records(uint64(want), 1)))
		require.NoError(t, k.Close())
	}
}
