//go:build unix

package sqlite_test

import (
	"io"
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

// A full disk refuses what comes, keeps what was, and goes on when there is room.
func TestAFullDisk(t *testing.T) {
	dir := small(t)
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 5<<20), 0o600))
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "center.db")})
	require.NoError(t, err)
	last, err := fillUp(t, j)
	require.ErrorIs(t, err, store.ErrFull)
	assert.ErrorContains(t, err, "center.db: there is no room to write: make room on its disk; the journal works again then")
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
	require.ErrorIs(t, err, store.ErrIO)
	assert.ErrorContains(t, err, "center.db: writing failed: check the disk")
	assert.EqualValues(t, last, count(t, j))
	require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 200)))
	require.NoError(t, j.Close())
	j = h.must(t, sqlite.Config{Path: path})
	defer j.Close()
	assert.EqualValues(t, last+200, count(t, j))
}

// A full disk says so at opening.
func TestOpeningOnAFullDisk(t *testing.T) {
	dir := small(t)
	ballast, err := os.Create(filepath.Join(dir, "ballast"))
	require.NoError(t, err)
	defer ballast.Close()
	for _, room := range []int{0, 4, 12, 20, 28, 36, 44} {
		_, _ = ballast.Seek(0, io.SeekEnd)
		_, err = io.Copy(ballast, zeros{})
		require.ErrorIs(t, err, syscall.ENOSPC)
		info, err := ballast.Stat()
		require.NoError(t, err)
		require.NoError(t, ballast.Truncate(info.Size()-int64(room)<<10))
		path := filepath.Join(dir, "center.db")
		j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		if err == nil {
			_, err = fillUp(t, j)
			_ = j.Close()
		}
		assert.ErrorIs(t, err, store.ErrFull, "%d KB", room)
		assert.ErrorContains(t, err, "make room on its disk", "%d KB", room)
		for _, suffix := range []string{"", "-wal", "-shm", ".lock", ".mark"} {
			_ = os.Remove(path + suffix)
		}
	}
}

// zeros is endless.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// run executes a command of the system, and skips the test where that is not possible.
func run(t *testing.T, why string, command ...string) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip(why + " takes root on Linux")
	}
	if out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Skipf("%s is not possible here: %v: %s", why, err, out)
	}
}

// refuses checks that all that would write is refused, and all that reads works.
func refuses(t *testing.T, j *sqlite.Journal, last uint64, kind error, text string) {
	t.Helper()
	for name, err := range map[string]error{
		"append":   j.Append(t.Context(), last, storetest.Records(last, 100)),
		"again":    j.Append(t.Context(), last, storetest.Records(last, 100)),
		"snapshot": j.SaveSnapshot(t.Context(), store.Snapshot{Seq: last, Version: 1, Data: make([]byte, 1<<16)}),
		"erase":    j.Erase(t.Context(), []uint64{2}),
	} {
		require.ErrorIs(t, err, kind, name)
		assert.ErrorContains(t, err, "center.db", name)
		assert.ErrorContains(t, err, text, name)
	}
	assert.EqualValues(t, last, count(t, j))
}

// A file system that becomes read-only while the journal is open, as Linux does with one that has an
// error, refuses what would be written. It has to be mounted again, for which the journal has to be
// closed; then it has what was acknowledged.
func TestADiskThatBecomesReadOnly(t *testing.T) {
	disk, dir := filepath.Join(t.TempDir(), "disk"), t.TempDir()
	const why = "mounting a file system from a file"
	require.NoError(t, os.WriteFile(disk, nil, 0o600))
	require.NoError(t, os.Truncate(disk, 32<<20))
	run(t, why, "mkfs.ext4", "-q", disk)
	run(t, why, "mount", "-o", "loop", disk, dir)
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	path := filepath.Join(dir, "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 100)))
	syscall.Sync() // what is on the disk is written, so that the pages of mapped files must be asked for again
	run(t, "aborting a file system", "mount", "-o", "remount,abort", dir)
	refuses(t, j, 100, store.ErrReadOnly, "its file system is read-only: mount the file system for writing, after the journal was closed")
	_ = j.Close() // fails too, or does not: nothing is lost
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.ErrorIs(t, err, store.ErrReadOnly)
	require.NoError(t, syscall.Unmount(dir, 0))
	run(t, why, "mount", "-o", "loop", disk, dir)
	j, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	assert.Equal(t, 100, count(t, j))
	require.NoError(t, j.Append(t.Context(), 100, storetest.Records(100, 1)))
}

// Files that may not be written for a while refuse what would be written; the open journal works
// again afterwards.
func TestFilesThatMayNotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	const why = "taking the right to write from an open file"
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 100)))
	t.Cleanup(func() { _ = exec.Command("chattr", "-i", path, path+"-wal").Run() })
	run(t, why, "chattr", "+i", path, path+"-wal")
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
		_ = f.Close()
		t.Skip(why + " has no effect here")
	}
	refuses(t, j, 100, store.ErrReadOnly, "this process may not write to it: give the process the right to read and write the file and its folder; an open journal works again")
	run(t, why, "chattr", "-i", path, path+"-wal")
	require.NoError(t, j.Append(t.Context(), 100, storetest.Records(100, 100)))
	require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: 200, Version: 1, Data: []byte("{}")}))
	require.NoError(t, j.Erase(t.Context(), []uint64{2}))
	assert.Equal(t, 200, count(t, j))
}

// A disk that is read-only when the journal is opened refuses what comes and keeps what was.
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
