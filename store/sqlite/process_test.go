//go:build unix

package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
	"github.com/usher-go/usher/store/storetest"
)

// envPath is the path of the journal that this process opens instead of running tests, and
// envTakeOver says that it takes it over.
const (
	envPath     = "USHER_SQLITE_PATH"
	envTakeOver = "USHER_SQLITE_TAKE_OVER"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(envPath); path != "" {
		owner(path)
		return
	}
	os.Exit(m.Run())
}

// owner opens a journal and appends a record for each line that it reads, or truncates all
// but the parked interaction when the line says so. It answers each line with "ok" or an error.
func owner(path string) {
	ctx := context.Background()
	j, err := sqlite.Open(ctx, sqlite.Config{Path: path, TakeOver: os.Getenv(envTakeOver) != ""})
	last := uint64(0)
	if err == nil {
		for r := range j.Load(ctx, 0) {
			last = r.Seq
		}
	}
	answer := func() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("ok")
	}
	answer()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); answer() {
		if lines.Text() == "truncate" {
			err = j.Truncate(ctx, last+1, []string{parked})
			continue
		}
		if err = j.Append(ctx, last, storetest.Records(last, 1)); err == nil {
			last++
		}
	}
}

// other is another process with a journal.
type other struct {
	cmd   *exec.Cmd
	in    io.Writer
	lines *bufio.Scanner
}

func startOther(t *testing.T, path string, env ...string) *other {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), envPath+"="+path), env...)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	o := &other{cmd, in, bufio.NewScanner(out)}
	t.Cleanup(func() { o.end() })
	require.Equal(t, "ok", o.answer())
	return o
}

func (o *other) answer() string {
	o.lines.Scan()
	return o.lines.Text()
}

func (o *other) append() string {
	_, _ = io.WriteString(o.in, "\n")
	return o.answer()
}

func (o *other) end() {
	_ = o.cmd.Process.Kill()
	_ = o.cmd.Wait()
}

func refused(t *testing.T, path string, by *other) {
	t.Helper()
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err == nil {
		_ = j.Close()
	}
	var owned *store.OwnedError
	require.ErrorAs(t, err, &owned)
	assert.Contains(t, owned.Owner, fmt.Sprintf("process %d", by.cmd.Process.Pid))
}

// The process that takes a journal over has the lock at once: no other can open it, whether
// the one before lives, is stopped, or has ended.
func TestTakeOverTakesTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	a := startOther(t, path)
	require.Equal(t, "ok", a.append())
	refused(t, path, a)
	require.NoError(t, a.cmd.Process.Signal(syscall.SIGSTOP))
	b := startOther(t, path, envTakeOver+"=1")
	refused(t, path, b)
	require.Equal(t, "ok", b.append())
	a.end()
	refused(t, path, b)
	require.Equal(t, "ok", b.append(), "the owner was not disturbed")

	// And once more: b is now the one that is stuck, and comes back.
	require.NoError(t, b.cmd.Process.Signal(syscall.SIGSTOP))
	c := startOther(t, path, envTakeOver+"=1")
	require.Equal(t, "ok", c.append())
	require.NoError(t, b.cmd.Process.Signal(syscall.SIGCONT))
	assert.Contains(t, b.append(), store.ErrConflict.Error())
	b.end()
	refused(t, path, c)
	c.end()
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	assert.Equal(t, 4, count(t, j))
}

// A process that ends, however it ends, leaves the journal free and whole.
func TestOwnerKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	for n := range 3 {
		a := startOther(t, path)
		require.Equal(t, "ok", a.append())
		a.end()
		j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		require.NoError(t, err)
		assert.Equal(t, n+1, count(t, j))
		require.NoError(t, j.Close())
	}
}

// Of processes that take a journal over at the same time, one has it.
func TestTakeOverAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	first, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer first.Close()
	const n = 6
	got := make(chan *sqlite.Journal, n)
	for range n {
		go func() {
			j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, TakeOver: true})
			if err != nil && !errors.Is(err, store.ErrOwned) {
				t.Errorf("taking over: %v", err)
			}
			got <- j
		}()
	}
	var opened []*sqlite.Journal
	for range n {
		if j := <-got; j != nil {
			t.Cleanup(func() { _ = j.Close() })
			opened = append(opened, j)
		}
	}
	owners := 0
	for _, j := range opened {
		err := j.Append(t.Context(), 0, storetest.Records(0, 1))
		if err == nil {
			owners++
			continue
		}
		require.ErrorIs(t, err, store.ErrConflict)
	}
	assert.Equal(t, 1, owners, "of %d that were opened", len(opened))
}

// A process that is killed while it truncates leaves a whole journal to the next one.
func TestAKilledTruncationIsContinued(t *testing.T) {
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	for round := range rounds {
		const batches = 1000
		path := filepath.Join(t.TempDir(), "center.db")
		require.NoError(t, filled(t, path, batches, 1000).Close())
		o := startOther(t, path)
		_, err := io.WriteString(o.in, "truncate\n")
		require.NoError(t, err)
		db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(5000)")
		require.NoError(t, err)
		for left := batches; left > batches-100*round-1; {
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM batch").Scan(&left))
		}
		require.NoError(t, db.Close())
		o.end()
		j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		require.NoError(t, err)
		all, kept := load(t, j)
		assert.Less(t, all, 10*batches)
		assert.Greater(t, all, batches-1+10, "killed too late")
		assert.Equal(t, batches, kept)
		require.NoError(t, j.Truncate(t.Context(), 10*batches+1, []string{parked}))
		all, kept = load(t, j)
		assert.Equal(t, batches-1+10, all)
		assert.Equal(t, batches, kept)
		require.NoError(t, j.Close())
	}
}
