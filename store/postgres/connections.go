package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/puddle/v2"

	"github.com/usher-go/usher/store"
)

// dialTimeout bounds a new connection, and keepAlive finds out that one is dead while
// nothing is sent over it.
const (
	dialTimeout = 5 * time.Second
	closeGrace  = 2 * time.Second
)

var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3}

// connections are the journal's own, with the host's settings. A server that does not
// answer leaves connections behind on which nothing will arrive, and the pool takes up to 15
// seconds to give each of them up; so after a call without an answer the pool is replaced.
type connections struct {
	cfg *pgxpool.Config

	mu     sync.Mutex // guards what follows
	pool   *pgxpool.Pool
	closed bool
}

func connectionsOf(host *pgxpool.Pool) (*connections, error) {
	cfg := host.Config()
	cfg.MinConns, cfg.MinIdleConns = 0, 0
	if t := cfg.ConnConfig.ConnectTimeout; t == 0 || t > dialTimeout {
		cfg.ConnConfig.ConnectTimeout = dialTimeout
	}
	dial := cfg.ConnConfig.DialFunc
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok && err == nil {
			_ = tcp.SetKeepAliveConfig(keepAlive) // calls have deadlines of their own
		}
		return conn, err
	}
	c := &connections{cfg: cfg}
	var err error
	c.pool, err = pgxpool.NewWithConfig(context.Background(), cfg)
	return c, err
}

func (c *connections) get() *pgxpool.Pool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pool
}

// replace gives up a pool, unless that was done already. Calls that use it end as they do.
func (c *connections) replace(old *pgxpool.Pool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.pool != old {
		return
	}
	next, err := pgxpool.NewWithConfig(context.Background(), c.cfg.Copy())
	if err != nil {
		return // the old one was made of the same
	}
	c.pool = next
	go old.Close()
}

// close ends the connections. Those that do not end are left to their timeouts.
func (c *connections) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.pool.Close()
	}()
	select {
	case <-done:
	case <-time.After(closeGrace):
	}
}

// within calls f with a pool, and returns [store.ErrNoAnswer] when it takes longer than a
// limit. f is called again when another call has replaced its pool before it had a
// connection.
func (c *connections) within(ctx context.Context, limit time.Duration, f func(context.Context, *pgxpool.Pool) error) error {
	inner, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		pool := c.get()
		err := f(inner, pool)
		switch {
		case err == nil, ctx.Err() != nil:
			return err
		case inner.Err() != nil:
			c.replace(pool)
			return fmt.Errorf("%w within %s: %w", store.ErrNoAnswer, limit, err)
		case c.get() == pool, !errors.Is(err, context.Canceled) && !errors.Is(err, puddle.ErrClosedPool):
			return err
		}
	}
}
