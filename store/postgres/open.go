package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usher-go/usher/store"
)

// Config says which journal. The zero value is that of the center "main" in the tables
// usher_… of the schema public.
type Config struct {
	Schema string // "" = "public"
	Prefix string // of the tables; "" = "usher_"
	Center string // "" = "main"

	// Lease is how long an owner that hangs keeps the journal, 0 = 15 s. An owner asks
	// again before it acts when two thirds of it have passed without a write; so one that
	// was paused learns what happened meanwhile before anybody sees it act. One whose
	// connection ends, such as by a crash, is followed at once.
	Lease time.Duration
	// Patience bounds every call. An append is repeated until then when the connection
	// breaks, the server restarts, or a sixth of it passes without an answer; afterwards the
	// error is [store.ErrNoAnswer] or that of the last attempt, and the center stops. Other
	// calls are tried once; a truncation and an erasure are bounded in each of their
	// steps. 0 = 20 s, which is less than the center's own limit.
	Patience time.Duration
	// TakeOver takes the journal although somebody has it and the lease is not over.
	TakeOver bool
	// Owner names this process to others who are refused. "" = host and process number.
	Owner string
}

const minLease = 100 * time.Millisecond

func (c *Config) defaults() {
	set := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	set(&c.Schema, "public")
	set(&c.Prefix, "usher_")
	set(&c.Center, "main")
	if c.Lease == 0 {
		c.Lease = 15 * time.Second
	}
	if c.Patience == 0 {
		c.Patience = 20 * time.Second
	}
	if c.Owner == "" {
		host, _ := os.Hostname()
		c.Owner = fmt.Sprintf("%s, process %d", host, os.Getpid())
	}
}

// Journal is a [store.Journal] in PostgreSQL.
type Journal struct {
	cfg   Config
	conns *connections
	sql   statements
	id    int32 // of the center
	epoch int64

	mu     sync.Mutex
	renews time.Time // when the last write or renewal that went well began
	lost   error     // somebody else has it

	changing sync.Mutex // held from reading batches to changing them; appends do not take it

	stop   context.CancelFunc
	done   sync.WaitGroup
	closed atomic.Bool
}

var _ interface {
	store.Journal
	store.Holder
	store.Placer
} = (*Journal)(nil)

// Open opens the journal of a center for writing; a center that is not there is created.
// A *[store.OwnedError] says that another process has it, a *[SchemaError] that [Up] is to
// be called first. The pool stays the caller's: the journal makes connections of its own
// with the same settings, at most as many, and keeps one of them until Close, to let others
// know at once when this process ends.
func Open(ctx context.Context, pool *pgxpool.Pool, cfg Config) (*Journal, error) {
	cfg.defaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	conns, err := connectionsOf(pool)
	if err != nil {
		return nil, known(err)
	}
	j := &Journal{cfg: cfg, conns: conns, sql: cfg.statements()}
	var conn *pgxpool.Conn
	err = conns.within(ctx, cfg.Patience, func(ctx context.Context, pool *pgxpool.Pool) (err error) {
		conn, err = j.open(ctx, pool)
		return err
	})
	if err != nil {
		conns.close()
		return nil, known(err)
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	j.stop = stop
	j.done.Go(func() { j.keep(background, conn) })
	return j, nil
}

// open makes the journal this process's. It returns the connection that holds the lock.
func (j *Journal) open(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	if err := Validate(ctx, pool, j.cfg); err != nil {
		return nil, err
	}
	if _, err := pool.Exec(ctx, j.sql.create, j.cfg.Center); err != nil {
		return nil, err
	}
	if err := pool.QueryRow(ctx, j.sql.id, j.cfg.Center).Scan(&j.id); err != nil {
		return nil, err
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if err := j.own(ctx, conn); err != nil {
		_ = conn.Conn().Close(ctx) // with it ends the lock, if that was taken
		conn.Release()
		return nil, err
	}
	return conn, nil
}

// own makes the journal this process's: the next epoch begins. That may be when nobody
// holds the center's lock, which ends with the owner's connection, or when its lease is over.
func (j *Journal) own(ctx context.Context, conn *pgxpool.Conn) error {
	began := time.Now()
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var owner string
		var until time.Time
		var over, free bool
		// The row is locked first: of two who open, one waits here.
		if err := tx.QueryRow(ctx, j.sql.owner, j.id).Scan(&owner, &until, &over); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, j.sql.lock, j.lockKey()).Scan(&free); err != nil {
			return err
		}
		if !free && !over && !j.cfg.TakeOver {
			return &store.OwnedError{Journal: fmt.Sprintf("center %q", j.cfg.Center), Owner: owner, Until: until}
		}
		return tx.QueryRow(ctx, j.sql.begin, j.id, j.cfg.Owner, j.cfg.Lease).Scan(&j.epoch)
	})
	if err == nil {
		j.renewed(began)
	}
	return err
}

// lockKey is what the owner's connection holds.
func (j *Journal) lockKey() string { return fmt.Sprintf("%s %d", j.cfg.name("usher {center}"), j.id) }

func (j *Journal) renewed(began time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if began.After(j.renews) {
		j.renews = began
	}
}

// keep renews the lease until the journal is closed. A connection that breaks is replaced,
// and takes the lock as soon as it is free: the server may notice later than this process
// that the old one is broken.
func (j *Journal) keep(ctx context.Context, conn *pgxpool.Conn) {
	defer func() {
		if conn != nil {
			conn.Release()
		}
	}()
	tick := time.NewTicker(min(j.cfg.Lease/3, time.Second))
	defer tick.Stop()
	renewed, locked := time.Now(), true
	for {
		select {
		case <-ctx.Done():
			if conn != nil {
				j.leave(conn)
			}
			return
		case <-tick.C:
		}
		if conn == nil {
			conn = j.acquire(ctx)
			locked = false
		}
		if conn == nil {
			continue
		}
		if !locked {
			locked = j.relock(ctx, conn)
		}
		if time.Since(renewed) >= j.cfg.Lease/3 && !conn.Conn().IsClosed() {
			if j.renew(ctx, conn) == nil { // a lost journal is reported when it is asked for
				renewed = time.Now()
			}
		}
		if conn.Conn().IsClosed() {
			conn.Release()
			conn = nil
		}
	}
}

// acquire returns a connection, nil if there is none in time.
func (j *Journal) acquire(ctx context.Context) (conn *pgxpool.Conn) {
	_ = j.conns.within(ctx, j.attempt(), func(ctx context.Context, pool *pgxpool.Pool) (err error) {
		conn, err = pool.Acquire(ctx)
		return err
	})
	return conn
}

// relock takes the center's lock if it is free.
func (j *Journal) relock(ctx context.Context, conn *pgxpool.Conn) (free bool) {
	ctx, cancel := context.WithTimeout(ctx, j.attempt())
	defer cancel()
	err := conn.QueryRow(ctx, j.sql.lock, j.lockKey()).Scan(&free)
	return err == nil && free
}

// leave gives the journal up, so that the next owner need not wait.
func (j *Journal) leave(conn *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = conn.Exec(ctx, j.sql.leave, j.id, j.epoch)
	_, _ = conn.Exec(ctx, j.sql.unlock, j.lockKey())
}

// renew prolongs the lease, if the journal is still ours.
func (j *Journal) renew(ctx context.Context, q querier) error {
	j.mu.Lock()
	lost := j.lost
	j.mu.Unlock()
	if lost != nil {
		return lost
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, j.attempt())
	defer cancel()
	var last uint64
	err := q.QueryRow(ctx, j.sql.renew, j.id, j.epoch, j.cfg.Lease).Scan(&last)
	if errors.Is(err, pgx.ErrNoRows) {
		return j.conflict(ctx, q, 0)
	}
	if err == nil {
		j.renewed(began)
	}
	return err
}

// conflict is the error of a write that was refused.
func (j *Journal) conflict(ctx context.Context, q querier, expect uint64) error {
	e := &store.ConflictError{Expect: expect}
	var epoch int64
	if err := q.QueryRow(ctx, j.sql.head, j.id).Scan(&epoch, &e.Owner, &e.Last); err != nil {
		return err
	}
	if epoch == j.epoch {
		e.Owner = ""
		return e
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lost = e
	return e
}

// attempt is how long one attempt waits for an answer.
func (j *Journal) attempt() time.Duration { return max(j.cfg.Patience/6, 10*time.Millisecond) }

// call calls f, which is tried once, and for no longer than the patience.
func (j *Journal) call(ctx context.Context, f func(context.Context, *pgxpool.Pool) error) error {
	return j.conns.within(ctx, j.cfg.Patience, f)
}

// Hold implements [store.Holder]. It asks the database when two thirds of the lease have
// passed without a write.
func (j *Journal) Hold(ctx context.Context) error {
	j.mu.Lock()
	lost, age := j.lost, time.Since(j.renews)
	j.mu.Unlock()
	if lost != nil || age < j.cfg.Lease*2/3 {
		return lost
	}
	return known(j.conns.within(ctx, j.attempt(), func(ctx context.Context, pool *pgxpool.Pool) error { return j.renew(ctx, pool) }))
}

// Place implements [store.Placer].
func (j *Journal) Place(ctx context.Context, seq uint64, spared []store.Record) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	var k keptRows
	for i := range spared {
		k.add(&spared[i])
	}
	var id int32
	err := j.call(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		return pool.QueryRow(ctx, j.sql.place, j.id, j.epoch, seq, k.seqs, k.interactions, k.customers, k.sums, k.records).Scan(&id)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrNotEmpty
	}
	return known(err)
}

// Close implements [store.Journal].
func (j *Journal) Close() error {
	if j.closed.Swap(true) {
		return nil
	}
	j.stop()
	j.done.Wait()
	j.conns.close()
	return nil
}
