package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pgtest"
	"github.com/usher-go/usher/store/postgres"
	"github.com/usher-go/usher/store/storetest"
)

var schemas atomic.Int64

// connect returns a pool and a schema of the test's own, which is gone after it.
func connect(t testing.TB) (*pgxpool.Pool, postgres.Config) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), pgtest.URL(t))
	require.NoError(t, err)
	cfg := postgres.Config{Schema: fmt.Sprintf("usher_test_%d_%d", time.Now().UnixNano(), schemas.Add(1))}
	t.Cleanup(func() {
		_, err := pool.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+cfg.Schema+" CASCADE")
		assert.NoError(t, err)
		pool.Close()
	})
	return pool, cfg
}

func migrated(t testing.TB) (*pgxpool.Pool, postgres.Config) {
	t.Helper()
	pool, cfg := connect(t)
	require.NoError(t, postgres.Up(t.Context(), pool, cfg))
	return pool, cfg
}

func open(t testing.TB, pool *pgxpool.Pool, cfg postgres.Config) *postgres.Journal {
	t.Helper()
	j, err := postgres.Open(t.Context(), pool, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func TestJournal(t *testing.T) {
	pool, cfg := migrated(t)
	var centers atomic.Int64
	configs := map[store.Journal]postgres.Config{}
	again := func(t testing.TB, cfg postgres.Config) (store.Journal, error) {
		j, err := postgres.Open(t.Context(), pool, cfg)
		if err != nil {
			return nil, err
		}
		configs[j] = cfg
		return j, nil
	}
	exec := func(t testing.TB, sql string, args ...any) {
		tag, err := pool.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
		require.EqualValues(t, 1, tag.RowsAffected())
	}
	storetest.Run(t, storetest.Harness{
		Open: func(t testing.TB) store.Journal {
			cfg := cfg
			cfg.Center = fmt.Sprintf("center %d", centers.Add(1))
			j, err := again(t, cfg)
			require.NoError(t, err)
			return j
		},
		Reopen: func(t testing.TB, j store.Journal) (store.Journal, error) { return again(t, configs[j]) },
		Beside: func(t testing.TB, j store.Journal) (store.Journal, error) { return again(t, configs[j]) },
		TakeOver: func(t testing.TB, j store.Journal) store.Journal {
			cfg := configs[j]
			cfg.TakeOver = true
			k, err := again(t, cfg)
			require.NoError(t, err)
			return k
		},
		Corrupt: func(t testing.TB, j store.Journal, seq uint64) {
			exec(t, fmt.Sprintf(`UPDATE %s.usher_batch SET records = replace(records, '"n":', '"m":')
				WHERE first = $1 AND center = (SELECT id FROM %[1]s.usher_center WHERE name = $2)`, cfg.Schema), seq, configs[j].Center)
		},
		Break: func(t testing.TB, j store.Journal) (func(), error) {
			_, err := pool.Exec(t.Context(), fmt.Sprintf(`CREATE FUNCTION %s.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
				CREATE TRIGGER full_disk BEFORE INSERT ON %[1]s.usher_batch EXECUTE FUNCTION %[1]s.full()`, cfg.Schema))
			require.NoError(t, err)
			return func() {
				_, err := pool.Exec(t.Context(), fmt.Sprintf(`DROP FUNCTION %s.full CASCADE`, cfg.Schema))
				require.NoError(t, err)
			}, store.ErrFull
		},
		Residue: func(t testing.TB, _ store.Journal, text string) bool { return inTables(t, pool, cfg.Schema, text) },
	})
}

// inTables reports whether text is in any table of the schema.
func inTables(t testing.TB, pool *pgxpool.Pool, schema, text string) bool {
	t.Helper()
	rows, err := pool.Query(t.Context(), "SELECT table_name FROM information_schema.tables WHERE table_schema = $1 AND table_type = 'BASE TABLE'", schema)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	for _, table := range tables {
		var n int
		query := fmt.Sprintf("SELECT count(*) FROM %s.%s AS x WHERE encode(convert_to(x::text, 'UTF8'), 'escape') LIKE $1 OR x::text LIKE $2", schema, table)
		require.NoError(t, pool.QueryRow(t.Context(), query, "%"+text+"%", "%"+fmt.Sprintf("%x", text)+"%").Scan(&n))
		if n > 0 {
			return true
		}
	}
	return false
}

func TestMigrationsRunOnceHoweverManyStart(t *testing.T) {
	pool, cfg := connect(t)
	var schema *postgres.SchemaError
	require.ErrorAs(t, postgres.Validate(t.Context(), pool, cfg), &schema)
	assert.Equal(t, 0, schema.Have)
	_, err := postgres.Open(t.Context(), pool, cfg)
	require.ErrorContains(t, err, "call postgres.Up")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { assert.NoError(t, postgres.Up(t.Context(), pool, cfg)) })
	}
	all.Wait()
	require.NoError(t, postgres.Validate(t.Context(), pool, cfg))
	_, err = pool.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s.usher_migration (version) VALUES (99)", cfg.Schema))
	require.NoError(t, err)
	require.ErrorContains(t, postgres.Validate(t.Context(), pool, cfg), "use a later one")
}

// The script is the same schema.
func TestTheScriptIsEnough(t *testing.T) {
	pool, cfg := connect(t)
	cfg.Prefix = "cc_"
	script, err := postgres.SQL(cfg)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), script)
	require.NoError(t, err)
	require.NoError(t, postgres.Validate(t.Context(), pool, cfg))
	require.NoError(t, postgres.Up(t.Context(), pool, cfg))
	j := open(t, pool, cfg)
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 9)))
	var n string
	err = pool.QueryRow(t.Context(), fmt.Sprintf("SELECT data ->> 'n' FROM %s.cc_record WHERE center = 'main' AND seq = 7", cfg.Schema)).Scan(&n)
	require.NoError(t, err)
	assert.Equal(t, "7", n)
}

func TestConfigIsChecked(t *testing.T) {
	_, err := postgres.SQL(postgres.Config{Schema: "x; drop", Prefix: "Ä", Lease: 1, Patience: -1})
	require.Error(t, err)
	for _, part := range []string{"schema: must", "prefix: must", "lease: must be ≥ 100ms, is 1ns", "patience: must be ≥ 0"} {
		assert.Contains(t, err.Error(), part)
	}
}

// What the host does and what the journal gets commit together, or neither does.
func TestAppendTx(t *testing.T) {
	pool, cfg := migrated(t)
	j := open(t, pool, cfg)
	_, err := pool.Exec(t.Context(), fmt.Sprintf("CREATE TABLE %s.orders (id integer, paid boolean)", cfg.Schema))
	require.NoError(t, err)
	paid := func(id int, fail error) error {
		return pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s.orders VALUES ($1, true)", cfg.Schema), id); err != nil {
				return err
			}
			if err := j.AppendTx(t.Context(), tx, 0, storetest.Records(0, 3)); err != nil {
				return err
			}
			return fail
		})
	}
	count := func() (orders, records int) {
		err := pool.QueryRow(t.Context(), fmt.Sprintf("SELECT (SELECT count(*) FROM %s.orders), (SELECT count(*) FROM %[1]s.usher_record)", cfg.Schema)).
			Scan(&orders, &records)
		require.NoError(t, err)
		return orders, records
	}
	require.ErrorIs(t, paid(1, assert.AnError), assert.AnError)
	orders, records := count()
	assert.Equal(t, []int{0, 0}, []int{orders, records})
	require.NoError(t, paid(2, nil))
	orders, records = count()
	assert.Equal(t, []int{1, 3}, []int{orders, records})
	require.ErrorIs(t, paid(3, nil), store.ErrConflict)
	orders, _ = count()
	assert.Equal(t, 1, orders)
}

// terminate ends the server's side of every connection that works in a schema.
func terminate(t *testing.T, pool *pgxpool.Pool, schema string) {
	t.Helper()
	_, err := pool.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE $1", "%"+schema+"%")
	assert.NoError(t, err)
}

// Connections that break under a writer lose nothing and write nothing twice.
func TestBrokenConnectionsAreNoEnd(t *testing.T) {
	pool, cfg := migrated(t)
	other, err := pgxpool.New(t.Context(), pgtest.URL(t))
	require.NoError(t, err)
	defer other.Close()
	j := open(t, pool, cfg)
	for i := range uint64(60) {
		var killer sync.WaitGroup
		if i%4 == 0 { // before, during or after it
			killer.Go(func() { terminate(t, other, cfg.Schema) })
		}
		require.NoError(t, j.Append(t.Context(), i*10, storetest.Records(i*10, 10)))
		killer.Wait()
	}
	n := uint64(0)
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		n++
		assert.Equal(t, n, r.Seq)
	}
	assert.EqualValues(t, 600, n)
}

// An owner whose lease is over is followed, and hears of it before it acts.
func TestALeaseEnds(t *testing.T) {
	pool, cfg := migrated(t)
	cfg.Lease = 300 * time.Millisecond
	j := open(t, pool, cfg)
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 1)))
	_, err := postgres.Open(t.Context(), pool, cfg)
	var owned *store.OwnedError
	require.ErrorAs(t, err, &owned)
	assert.True(t, strings.Contains(owned.Owner, "process") && !owned.Until.IsZero(), "%+v", owned)
	// Renewals come at their own pace: at times one is faster than the next owner.
	var k *postgres.Journal
	for range 100 {
		_, err := pool.Exec(t.Context(), fmt.Sprintf("UPDATE %s.usher_center SET until = now() - interval '1 s'", cfg.Schema))
		require.NoError(t, err)
		if k, err = postgres.Open(t.Context(), pool, cfg); err == nil {
			break
		}
		require.ErrorIs(t, err, store.ErrOwned)
	}
	require.NotNil(t, k)
	defer k.Close()
	require.ErrorIs(t, j.Append(t.Context(), 1, storetest.Records(1, 1)), store.ErrConflict)
	require.ErrorIs(t, j.Hold(t.Context()), store.ErrConflict)
	require.NoError(t, k.Hold(t.Context()))
	require.NoError(t, k.Append(t.Context(), 1, storetest.Records(1, 1)))
}

// A server that refuses to write says so.
func TestReadOnly(t *testing.T) {
	pool, cfg := migrated(t)
	j := open(t, pool, cfg)
	ro, err := pgxpool.ParseConfig(pgtest.URL(t))
	require.NoError(t, err)
	ro.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET default_transaction_read_only = on")
		return err
	}
	readOnly, err := pgxpool.NewWithConfig(t.Context(), ro)
	require.NoError(t, err)
	defer readOnly.Close()
	_, err = postgres.Open(t.Context(), readOnly, cfg)
	require.ErrorIs(t, err, store.ErrReadOnly)
	var pg *pgconn.PgError
	require.ErrorAs(t, err, &pg)
	require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 1)))
}

// TestSnapshotAheadOfTheJournal loses the last records behind the journal's back: opening the
// snapshot says so.
func TestSnapshotAheadOfTheJournal(t *testing.T) {
	pool, cfg := migrated(t)
	ctx := t.Context()
	j := open(t, pool, cfg)
	records := storetest.Records(0, 6)
	for i := range records {
		require.NoError(t, j.Append(ctx, uint64(i), records[i:i+1]))
	}
	require.NoError(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: 6, At: time.Now(), Version: 1, Data: []byte("{}")}))
	_, err := pool.Exec(ctx, `DELETE FROM `+cfg.Schema+`.usher_batch WHERE last > 4`)
	require.NoError(t, err)
	_, err = j.LoadSnapshot(ctx)
	ahead, ok := errors.AsType[*store.SnapshotAheadError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, store.SnapshotAheadError{Snapshot: 6, Last: 4}, *ahead)
}
