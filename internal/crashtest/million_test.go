package crashtest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/postgres"
)

// A center of a million events opens within two seconds: a snapshot bounds what is read.
// The whole is a benchmark, since making the million takes a while:
//
//	go test -run '^$' -bench Open -benchtime 3x ./internal/crashtest
func BenchmarkOpen(b *testing.B) {
	for _, name := range []string{"sqlite", "postgres"} {
		b.Run(name, func(b *testing.B) {
			j, reopen := benchJournal(b, name)
			events := live(b, j, 1_000_000)
			for b.Loop() {
				j = reopen(j)
				c, err := usher.New(usher.Options{Journal: j, Retention: -1})
				require.NoError(b, err)
				state, err := c.State(b.Context())
				require.NoError(b, err)
				require.Equal(b, events, state.Seq)
			}
			b.ReportMetric(float64(events), "events")
			b.ReportMetric(float64(b.Elapsed().Seconds())/float64(b.N), "s/open")
		})
	}
}

// live makes a journal with at least n events of customers who come, are answered and go.
func live(t testing.TB, j store.Journal, n uint64) uint64 {
	c, err := usher.New(usher.Options{Journal: j, Retention: -1})
	require.NoError(t, err)
	do := func(command queue.Command) {
		_, err := c.Do(t.Context(), command)
		require.NoError(t, err)
	}
	do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 100}})
	do(queue.Configure{Campaign: queue.Campaign{ID: "sales", Numbers: []string{number}, Members: []queue.Member{{Agent: "ana"}}}})
	do(queue.AgentState{Agent: "ana", State: queue.Available})
	const callers = 64
	next := make(chan int)
	done := make(chan struct{})
	for range callers {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range next {
				id := fmt.Sprintf("i%08d", i)
				do(queue.Arrive{
					Campaign: "sales", Number: number, Aliases: []string{fmt.Sprintf("phone:49%09d", i)}, Name: "Maria Example", ID: id, Customer: "c" + id,
					Message: &queue.Message{ID: "in." + id, Text: "Hello, my parcel has not arrived.", At: time.Now()},
				})
				do(queue.Accept{Agent: "ana", Interaction: id})
				do(queue.Finish{Agent: "ana", Interaction: id, Disposition: "solved"})
			}
		}()
	}
	for i := 0; c.Seq() < n; i++ {
		next <- i
	}
	close(next)
	for range callers {
		<-done
	}
	return c.Seq()
}

// benchJournal opens a journal, and says how to open it again.
func benchJournal(b *testing.B, kind string) (store.Journal, func(store.Journal) store.Journal) {
	b.Helper()
	where := place{kind: kind, path: filepath.Join(b.TempDir(), "center.db")}
	if kind == "postgres" {
		where.path, where.url = fmt.Sprintf("usher_million_%d", time.Now().UnixNano()), os.Getenv("USHER_POSTGRES")
		if where.url == "" {
			where.url = localPostgres
		}
		pool, err := pgxpool.New(b.Context(), where.url)
		require.NoError(b, err)
		require.NoError(b, postgres.Up(b.Context(), pool, postgres.Config{Schema: where.path}))
		b.Cleanup(func() {
			_, _ = pool.Exec(context.Background(), "DROP SCHEMA "+where.path+" CASCADE")
			pool.Close()
		})
	}
	open := func() store.Journal {
		j, closing, err := where.open(b.Context(), false)
		require.NoError(b, err)
		b.Cleanup(func() { _ = j.Close(); closing() })
		return j
	}
	return open(), func(j store.Journal) store.Journal {
		require.NoError(b, j.Close())
		return open()
	}
}
