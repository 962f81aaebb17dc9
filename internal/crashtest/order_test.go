package crashtest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/postgres"
)

// That an order is paid and that its customer is in the queue are one transaction of the
// host's.
func TestPaidAndQueuedTogether(t *testing.T) {
	url := databaseURL(t)
	if url == "" {
		t.Skip("no PostgreSQL answers on 127.0.0.1:5432; set USHER_POSTGRES to the URL of one")
	}
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	schema := fmt.Sprintf("usher_order_%d", time.Now().UnixNano())
	require.NoError(t, postgres.Up(t.Context(), pool, postgres.Config{Schema: schema}))
	j, err := postgres.Open(t.Context(), pool, postgres.Config{Schema: schema})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = j.Close()
		_, _ = pool.Exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
		pool.Close()
	})
	_, err = pool.Exec(t.Context(), "CREATE TABLE "+schema+".orders (id integer PRIMARY KEY, paid boolean)")
	require.NoError(t, err)
	h := newHouse(t, func(*testing.T) store.Journal { return j }, func(o *usher.Options, _ *usher.Config) { o.SnapshotEvery = 5 })
	h.available("ana")

	pay := func(order int, fail error) error {
		command := queue.Arrive{
			Campaign: "sales", Number: number, Aliases: []string{fmt.Sprintf("phone:3460000%d", order)}, ID: fmt.Sprintf("i%d", order),
			Customer: fmt.Sprintf("c%d", order), Message: &queue.Message{Text: "paid"},
		}
		_, err := h.center.DoWith(t.Context(), command, func(ctx context.Context, expect uint64, records []store.Record) error {
			return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, "INSERT INTO "+schema+".orders VALUES ($1, true)", order); err != nil {
					return err
				}
				if err := j.AppendTx(ctx, tx, expect, records); err != nil {
					return err
				}
				return fail
			})
		})
		return err
	}
	for order := range 12 {
		want := error(nil)
		if order%3 == 0 {
			want = assert.AnError
		}
		require.ErrorIs(t, pay(order, want), want)
		h.settle()
	}
	require.Error(t, pay(1, nil), "paid twice")
	var orders int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM "+schema+".orders").Scan(&orders))
	assert.Equal(t, 8, orders)
	assert.Len(t, h.center.Interactions(""), 8)
	h.fresh = func(*testing.T) store.Journal { return store.NewMemory() }
	h.crash(0)
	assert.Len(t, h.center.Interactions(""), 8)
}
