package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"maragu.dev/goqite"
	_ "modernc.org/sqlite" // the same driver as ours
)

// job is the work of a life for a job queue: to be stored, taken and done once.
type job struct {
	Text string `json:"text"`
}

// Kind implements river.JobArgs.
func (job) Kind() string { return "life" }

// worker notes when a job is worked.
type worker struct {
	river.WorkerDefaults[job]
	mu    sync.Mutex
	waits []time.Duration
	left  atomic.Int64
	done  chan struct{}
}

// Work implements river.Worker.
func (w *worker) Work(_ context.Context, j *river.Job[job]) error {
	wait := time.Since(j.CreatedAt)
	w.mu.Lock()
	w.waits = append(w.waits, wait)
	w.mu.Unlock()
	if w.left.Add(-1) == 0 {
		close(w.done)
	}
	return nil
}

const riverSchema = "usher_bench_river"

// riverOn inserts jobs and works them. Tuned means that it fetches as often as it may and
// has as many workers as producers can use.
func riverOn(tuned bool) measure {
	return func(ctx context.Context, b *bench, producers int) (r result, err error) {
		cfg, err := pgxpool.ParseConfig(b.url)
		if err != nil {
			return r, err
		}
		cfg.MaxConns = 32
		pool, err := pgxpool.NewWithConfig(ctx, cfg)
		if err != nil {
			return r, err
		}
		defer pool.Close()
		if _, err := pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+riverSchema+" CASCADE; CREATE SCHEMA "+riverSchema); err != nil {
			return r, err
		}
		defer func() { _, _ = pool.Exec(context.WithoutCancel(ctx), "DROP SCHEMA "+riverSchema+" CASCADE") }()
		quiet := slog.New(slog.DiscardHandler)
		migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: riverSchema, Logger: quiet})
		if err != nil {
			return r, err
		}
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return r, err
		}
		r.lives = b.count(producers)
		w := &worker{done: make(chan struct{})}
		w.left.Store(int64(r.lives))
		workers := river.NewWorkers()
		river.AddWorker(workers, w)
		config := &river.Config{Schema: riverSchema, Workers: workers, Logger: quiet, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 100}}}
		if tuned {
			config.FetchCooldown, config.FetchPollInterval = river.FetchCooldownMin, 5*time.Millisecond
			config.Queues[river.QueueDefault] = river.QueueConfig{MaxWorkers: 1000}
		}
		client, err := river.NewClient(riverpgxv5.New(pool), config)
		if err != nil {
			return r, err
		}
		return r, w.run(ctx, client, producers, &r)
	}
}

func (w *worker) run(ctx context.Context, client *river.Client[pgx.Tx], producers int, r *result) error {
	if err := client.Start(ctx); err != nil {
		return err
	}
	began := time.Now()
	err := parallel(producers, r.lives, func(int) error {
		_, err := client.Insert(ctx, job{"Hello, my parcel has not arrived and it was promised for Tuesday. Can you help?"}, nil)
		return err
	})
	if err != nil {
		return err
	}
	select {
	case <-w.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	r.took = time.Since(began)
	r.waits = w.waits
	return client.Stop(ctx)
}

// goqiteOn sends, receives and deletes messages, in WAL mode with synchronous=FULL.
func goqiteOn(ctx context.Context, b *bench, producers int) (r result, err error) {
	path := filepath.Join(b.dir, fmt.Sprintf("goqite-%d.db", producers))
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return r, err
	}
	defer os.Remove(path)
	defer db.Close()
	db.SetMaxOpenConns(1)
	schema, err := goqiteSchema(ctx)
	if err != nil {
		return r, err
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return r, err
	}
	q := goqite.New(goqite.NewOpts{DB: db, Name: "lives"})
	r.lives = min(b.count(producers), 1000) // it takes its time
	var mu sync.Mutex
	began := time.Now()
	err = parallel(producers, r.lives, func(int) error {
		start := time.Now()
		if err := q.Send(ctx, goqite.Message{Body: []byte(`{"text":"Hello, my parcel has not arrived and it was promised for Tuesday. Can you help?"}`)}); err != nil {
			return err
		}
		m, err := q.ReceiveAndWait(ctx, time.Millisecond)
		if err != nil {
			return err
		}
		mu.Lock()
		r.waits = append(r.waits, time.Since(start))
		mu.Unlock()
		return q.Delete(ctx, m.ID)
	})
	r.took = time.Since(began)
	return r, err
}

// goqiteSchema reads the tables that goqite needs from its own module.
func goqiteSchema(ctx context.Context) (string, error) {
	dir, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "maragu.dev/goqite").Output()
	if err != nil {
		return "", fmt.Errorf("goqite's schema: run this inside the repository: %w", err)
	}
	schema, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema_sqlite.sql"))
	return string(schema), err
}
