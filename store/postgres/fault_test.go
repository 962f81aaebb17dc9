package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pgtest"
	"github.com/usher-go/usher/store/postgres"
	"github.com/usher-go/usher/store/storetest"
)

const (
	patience = 600 * time.Millisecond
	// late is what a call may take beyond its patience on a busy machine, and recovery
	// how soon everything works when the fault is over.
	late     = 2 * time.Second
	recovery = 5 * time.Second
)

// through returns a pool whose connections go through a proxy.
func through(t testing.TB) (*proxy, *pgxpool.Pool) {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(pgtest.URL(t))
	require.NoError(t, err)
	p := newProxy(t, fmt.Sprintf("%s:%d", cfg.ConnConfig.Host, cfg.ConnConfig.Port))
	cfg.ConnConfig.Fallbacks, cfg.ConnConfig.TLSConfig = nil, nil // they lead past the proxy
	cfg.ConnConfig.Host, cfg.ConnConfig.Port = "127.0.0.1", p.listener.Addr().(*net.TCPAddr).AddrPort().Port()
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		p.set(cut)
		go pool.Close()
	})
	return p, pool
}

// calls are all methods of a journal that ask the server. Each gets the last record that is
// in the journal.
var calls = []struct {
	name string
	call func(ctx context.Context, j *postgres.Journal, last uint64) error
}{
	{"append", func(ctx context.Context, j *postgres.Journal, last uint64) error {
		return j.Append(ctx, last, storetest.Records(last, 3))
	}},
	{"load", func(ctx context.Context, j *postgres.Journal, _ uint64) error { return drain(j.Load(ctx, 0)) }},
	{"find", func(ctx context.Context, j *postgres.Journal, _ uint64) error {
		return drain(j.Find(ctx, store.Query{Interaction: "i1"}))
	}},
	{"save snapshot", func(ctx context.Context, j *postgres.Journal, last uint64) error {
		return j.SaveSnapshot(ctx, store.Snapshot{Seq: last, Version: 1, Data: []byte("{}")})
	}},
	{"load snapshot", func(ctx context.Context, j *postgres.Journal, _ uint64) error {
		_, err := j.LoadSnapshot(ctx)
		return err
	}},
	{"truncate", func(ctx context.Context, j *postgres.Journal, last uint64) error {
		return j.Truncate(ctx, last, []string{"i1"})
	}},
	{"erase", func(ctx context.Context, j *postgres.Journal, last uint64) error {
		return j.Erase(ctx, []uint64{last, 2})
	}},
	{"hold", func(ctx context.Context, j *postgres.Journal, _ uint64) error { return j.Hold(ctx) }},
	{"size", func(ctx context.Context, j *postgres.Journal, _ uint64) error {
		_, err := j.Size(ctx)
		return err
	}},
}

func drain(seq func(func(store.Record, error) bool)) (err error) {
	for _, e := range seq {
		err = e
	}
	return err
}

// lastOf returns the last record of the journal.
func lastOf(t testing.TB, j *postgres.Journal) (last uint64) {
	t.Helper()
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		last = r.Seq
	}
	return last
}

// Whatever the server or the network does, every call returns within the patience with an
// error, and works again soon after the fault is over.
func TestEveryCallReturns(t *testing.T) {
	_, base := migrated(t)
	for name, f := range map[string]fault{"hang": hang, "drop": drop, "cut": cut} {
		for i, c := range calls {
			t.Run(name+" "+c.name, func(t *testing.T) {
				if testing.Short() && f != drop {
					t.Skip("waits for a second")
				}
				t.Parallel()
				p, pool := through(t)
				cfg := base
				cfg.Center, cfg.Patience, cfg.Lease = fmt.Sprintf("%s %d", name, i), patience, 300*time.Millisecond
				j := open(t, pool, cfg)
				require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 9)))
				require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: 5, Version: 1, Data: []byte("{}")}))

				p.set(f)
				if c.name == "hold" { // it asks when the last answer is old
					require.Eventually(t, func() bool { return j.Hold(t.Context()) != nil }, late, 10*time.Millisecond)
				}
				began := time.Now()
				err := c.call(t.Context(), j, 9)
				assert.Less(t, time.Since(began), patience+late)
				require.Error(t, err)
				if f != cut {
					require.ErrorIs(t, err, store.ErrNoAnswer)
				}
				require.NotErrorIs(t, err, store.ErrConflict)

				p.set(none)
				began = time.Now()
				for {
					err := drain(j.Load(t.Context(), 0))
					if err == nil {
						err = c.call(t.Context(), j, lastOf(t, j))
					}
					if err == nil {
						break
					}
					require.Less(t, time.Since(began), recovery, "%v", err)
				}
				last := lastOf(t, j)
				require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 1)))
				require.NoError(t, j.Hold(t.Context()))
			})
		}
	}
}

// Opening has a deadline too.
func TestOpenReturns(t *testing.T) {
	_, base := migrated(t)
	for name, f := range map[string]fault{"hang": hang, "drop": drop, "cut": cut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, pool := through(t)
			cfg := base
			cfg.Center, cfg.Patience = name, patience
			p.set(f)
			began := time.Now()
			_, err := postgres.Open(t.Context(), pool, cfg)
			require.Error(t, err)
			assert.Less(t, time.Since(began), patience+closing+late)
			p.set(none)
			began = time.Now()
			for {
				j, err := postgres.Open(t.Context(), pool, cfg)
				if err == nil {
					require.NoError(t, j.Close())
					return
				}
				require.Less(t, time.Since(began), recovery, "%v", err)
			}
		})
	}
}

// closing is what giving up connections may take.
const closing = 2 * time.Second

// An append that is under way when the server hangs is in the journal once, whether its
// answer comes or not, when the server is back within the patience.
func TestAppendSurvivesAHang(t *testing.T) {
	for name, f := range map[string]fault{"hang": hang, "drop": drop, "cut": cut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, cfg := migrated(t)
			p, pool := through(t)
			cfg.Patience = 12 * time.Second
			j := open(t, pool, cfg)
			last := uint64(0)
			for range 5 {
				require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 5)))
				last += 5
				p.set(f)
				back := time.AfterFunc(700*time.Millisecond, func() { p.set(none) })
				require.NoError(t, j.Append(t.Context(), last, storetest.Records(last, 5)))
				last += 5
				back.Stop()
				p.set(none)
			}
			next := uint64(1)
			for r, err := range j.Load(t.Context(), 0) {
				require.NoError(t, err)
				require.Equal(t, next, r.Seq)
				next++
			}
			require.Equal(t, last+1, next)
		})
	}
}

// A caller who gives up is told so, not that the server does not answer.
func TestCallersContextEndsACall(t *testing.T) {
	_, cfg := migrated(t)
	p, pool := through(t)
	j := open(t, pool, cfg)
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 9)))
	p.set(hang)
	defer p.set(none)
	for _, c := range calls {
		if c.name == "hold" {
			continue // it does not ask now
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := c.call(ctx, j, 9)
		cancel()
		require.Error(t, err, c.name)
		assert.ErrorIs(t, err, context.DeadlineExceeded, c.name)
		assert.False(t, errors.Is(err, store.ErrNoAnswer), c.name)
	}
}
