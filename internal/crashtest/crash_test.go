package crashtest_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/postgres"
)

// process is a child.
type process struct {
	*exec.Cmd
	url   string
	lines chan string // what it says after it is ready; closed at its end
}

func (w *witness) start(env ...string) *process {
	w.t.Helper()
	p := &process{Cmd: exec.CommandContext(w.t.Context(), os.Args[0]), lines: make(chan string, 16)}
	p.Env = append(append(os.Environ(), envStore+"="+w.where.kind, envPath+"="+w.where.path, envURL+"="+w.where.url, envGraph+"="+w.graph), env...)
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	require.NoError(w.t, err)
	require.NoError(w.t, p.Start())
	lines := bufio.NewScanner(out)
	require.True(w.t, lines.Scan(), "the child said nothing")
	url, ok := strings.CutPrefix(lines.Text(), "ready ")
	require.True(w.t, ok, "the child said %q", lines.Text())
	go func() {
		defer close(p.lines)
		for lines.Scan() {
			p.lines <- lines.Text()
		}
	}()
	p.url = url
	w.meta.SetWebhook(url)
	return p
}

// round lets customers write to a center until it is killed, at some moment.
func (w *witness) round(phones []*cloudapitest.Phone, life time.Duration) {
	p := w.start()
	kill := time.AfterFunc(life, func() { _ = p.Process.Kill() })
	defer kill.Stop()
	ctx, cancel := context.WithCancel(w.t.Context())
	var all sync.WaitGroup
	all.Go(func() { _ = w.meta.Redeliver(ctx) })
	for _, phone := range phones {
		all.Go(func() {
			for ctx.Err() == nil {
				w.say(phone)
			}
		})
	}
	for line := range p.lines { // until it is dead
		w.calls.read(line)
	}
	cancel()
	all.Wait()
	_ = p.Wait()
}

// rounds is how often TestCrash kills a center: USHER_CRASH_ROUNDS, or 10. CI's step crash sets 200.
// Twenty seconds before the test binary's timeout TestCrash fails and says how many were run.
func rounds(t *testing.T) int {
	t.Helper()
	if s := os.Getenv("USHER_CRASH_ROUNDS"); s != "" {
		n, err := strconv.Atoi(s)
		require.NoError(t, err, "USHER_CRASH_ROUNDS")
		return n
	}
	return 10
}

// stage is a stand-in for Meta, and a witness.
func stage(t *testing.T, where place) *witness {
	client := &http.Client{Timeout: callDeadline, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	meta := cloudapitest.NewServer(cloudapitest.Config{Statuses: []channel.State{channel.Sent, channel.Delivered}, Client: client})
	graph := httptest.NewServer(meta)
	t.Cleanup(graph.Close)
	return newWitness(t, where, graph.URL, meta)
}

// TestCrash kills a center at random moments under random load, on each database, and
// holds what is left against what was seen from outside. See rounds for how often.
func TestCrash(t *testing.T) {
	for name, where := range places(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := stage(t, where(t))
			var phones []*cloudapitest.Phone
			for i := range 6 {
				phones = append(phones, w.meta.Phone(cloudapitest.Person{Name: fmt.Sprintf("Person %d", i), Number: fmt.Sprintf("1650555%04d", i)}))
			}
			total, done, began := rounds(t), 0, time.Now()
			for ; done < total; done++ {
				if end, ok := t.Deadline(); ok && time.Until(end) < 20*time.Second {
					t.Errorf("the test's deadline is near: %d of %d rounds were run", done, total)
					break
				}
				w.round(phones, time.Duration(5+rand.IntN(100))*time.Millisecond)
				w.check()
				if t.Failed() {
					t.Fatalf("round %d", done)
				}
				if done%50 == 49 {
					w.report(done+1, time.Since(began))
				}
			}
			assert.NotEmpty(t, w.acked, "nothing happened")
			assert.NotZero(t, w.checked, "nothing happened")
			w.atLast()
			w.report(done, time.Since(began))
		})
	}
}

// report logs what was seen so far.
func (w *witness) report(rounds int, took time.Duration) {
	repeated := 0
	for _, n := range w.keys {
		repeated += min(n-1, 1)
	}
	w.t.Logf("%d rounds in %v: %d words were answered 200, %d messages went out, %d were ambiguous, %d of those went out twice; %d events; %d calls, the longest (%s) took %v",
		rounds, took.Round(time.Second), len(w.acked), w.checked, len(w.ambiguous), repeated, w.seq, w.calls.n, w.calls.name, w.calls.longest.Round(time.Millisecond))
}

// atLast ends a center in peace and sees that nothing is on its way any more.
func (w *witness) atLast() {
	p := w.start()
	require.NoError(w.t, w.meta.Redeliver(w.t.Context()))
	began := time.Now()
	require.NoError(w.t, p.Process.Signal(syscall.SIGTERM))
	for line := range p.lines {
		w.calls.read(line)
	}
	w.calls.took("stop", time.Since(began))
	require.NoError(w.t, p.Wait(), "a center that is asked to end does so without an error")
	w.check()
}

func places(t *testing.T) map[string]func(*testing.T) place {
	url := databaseURL(t)
	return map[string]func(*testing.T) place{
		"sqlite": func(t *testing.T) place { return place{kind: "sqlite", path: filepath.Join(t.TempDir(), "center.db")} },
		"postgres": func(t *testing.T) place {
			if url == "" {
				t.Skip("no PostgreSQL answers on 127.0.0.1:5432; set USHER_POSTGRES to the URL of one")
			}
			schema := fmt.Sprintf("usher_crash_%d", time.Now().UnixNano())
			pool, err := pgxpool.New(t.Context(), url)
			require.NoError(t, err)
			require.NoError(t, postgres.Up(t.Context(), pool, postgres.Config{Schema: schema}))
			t.Cleanup(func() {
				_, err := pool.Exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
				assert.NoError(t, err)
				pool.Close()
			})
			return place{kind: "postgres", path: schema, url: url}
		},
	}
}

// localPostgres is where development and CI have their server.
const localPostgres = "postgres://postgres@127.0.0.1:5432/postgres"

// databaseURL is "" where there is no database and none is required.
func databaseURL(t *testing.T) string {
	if url := os.Getenv("USHER_POSTGRES"); url != "" {
		return url
	}
	pool, err := pgxpool.New(t.Context(), localPostgres)
	require.NoError(t, err)
	defer pool.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := pool.Ping(ctx); err != nil {
		require.Empty(t, os.Getenv("CI"), "in CI these tests are not skipped: %v", err)
		return ""
	}
	return localPostgres
}

// A center that was paused past its right finds its journal taken when it wakes, and stops
// without having done anything: here a message that waited to be sent again.
func TestAPausedOwnerDoesNothingMore(t *testing.T) {
	for name, where := range places(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := stage(t, where(t))
			p := w.start(envQuiet + "=1")
			j, closing, err := w.where.open(t.Context(), false)
			require.ErrorIs(t, err, store.ErrOwned, "a second writer")
			assert.Nil(t, j)
			_ = closing
			p = w.busy(p)
			require.NoError(t, p.Process.Signal(syscall.SIGSTOP))
			// The other may have it when the lease is over; a file has none, and somebody decides.
			j, closing = w.reopen(w.where.kind == "sqlite")
			defer closing()
			defer j.Close()
			c, _, err := center(j, w.graph)
			require.NoError(t, err)
			_, err = c.Do(t.Context(), queue.Note{Topic: "taken"})
			require.NoError(t, err)
			taken := w.meta.Taken()
			require.NoError(t, p.Process.Signal(syscall.SIGCONT))
			var last string
			for line := range p.lines {
				last = line
			}
			assert.Contains(t, last, "usher: center has stopped")
			assert.Contains(t, last, "journal has another writer")
			require.Error(t, p.Wait())
			assert.Equal(t, taken, w.meta.Taken(), "it acted after it had lost its journal")
			_, err = c.Do(t.Context(), queue.Note{Topic: "still here"})
			require.NoError(t, err)
		})
	}
}

// busy starts the child anew with agents, one of whose messages Meta asks to send later:
// when it returns, that is about to happen.
func (w *witness) busy(p *process) *process {
	w.t.Helper()
	require.NoError(w.t, p.Process.Signal(syscall.SIGTERM))
	for range p.lines {
	}
	require.NoError(w.t, p.Wait())
	j, closing := w.reopen(false)
	c, _, err := center(j, w.graph)
	require.NoError(w.t, err)
	_, err = c.Do(w.t.Context(), queue.AgentState{Agent: "agent0", State: queue.Available})
	require.NoError(w.t, err)
	require.NoError(w.t, j.Close())
	closing()
	w.meta.FailNext(cloudapitest.Graph(130429))
	p = w.start(envQuiet+"=1", envAnswer+"=1")
	w.say(w.meta.Phone(cloudapitest.Person{Name: "Maria", Number: "16505551234"}))
	require.Equal(w.t, "answered", <-p.lines)
	return p
}
