//go:build unix

package postgres_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/postgres"
	"github.com/usher-go/usher/store/storetest"
)

// cluster starts a PostgreSQL server of the test's own and returns a pool for it and the
// process. Where that is not possible the test is skipped, and says why.
func cluster(t *testing.T) (*pgxpool.Pool, *os.Process) {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		t.Skip("no initdb in /usr/lib/postgresql")
	}
	bin := filepath.Dir(found[len(found)-1])
	// Not the test's own folder, into which another user may not look.
	dir, err := os.MkdirTemp("", "usher-cluster-") //nolint:usetesting // see above
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // the server refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Skip("no user postgres to run a server as")
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		require.NoError(t, os.Chown(dir, int(uid), int(gid)))
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	out, err := initdb.CombinedOutput()
	require.NoError(t, err, "%s", out)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	require.NoError(t, l.Close())
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1", "-k", dir)
	server.SysProcAttr, server.Dir = attr, dir
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGCONT)
		_ = server.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = server.Wait()
	})
	pool, err := pgxpool.New(t.Context(), fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.Eventually(t, func() bool { return pool.Ping(t.Context()) == nil }, 20*time.Second, 50*time.Millisecond)
	return pool, server.Process
}

// A server that is stopped as a whole: appends return within the patience, and work within
// seconds after it continues.
func TestStoppedServer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server")
	}
	pool, server := cluster(t)
	cfg := postgres.Config{Patience: time.Second}
	require.NoError(t, postgres.Up(t.Context(), pool, cfg))
	j := open(t, pool, cfg)
	last := uint64(0)
	for range 3 {
		require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 5)))
		rows, err := pool.Query(t.Context(), "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
		require.NoError(t, err)
		pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
		require.NoError(t, err)
		require.NotEmpty(t, pids)
		pids = append(pids, server.Pid)
		signal := func(s syscall.Signal) {
			for _, pid := range pids {
				_ = syscall.Kill(pid, s)
			}
		}
		signal(syscall.SIGSTOP)
		began := time.Now()
		err = j.Append(t.Context(), last+5, storetest.Records(last+5, 5))
		took := time.Since(began)
		signal(syscall.SIGCONT)
		require.ErrorIs(t, err, store.ErrNoAnswer)
		assert.Less(t, took, cfg.Patience+late)

		began = time.Now()
		require.Eventually(t, func() bool { return drain(j.Load(t.Context(), 0)) == nil }, recovery, 10*time.Millisecond)
		last = lastOf(t, j)
		require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 1)))
		last++
		t.Logf("works again %s after the server continues", time.Since(began))
	}
	next := uint64(1)
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		require.Equal(t, next, r.Seq)
		next++
	}
}
