package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// Config says where a journal is.
type Config struct {
	// Path of the file. It is created when it is not there; its folder must be. Beside it
	// stand SQLite's own -wal and -shm, and a .lock with the name of the owner.
	Path string
	// TakeOver takes the journal although another process has it. That one is refused at
	// its next append. It is for an owner who is known to be stopped or stuck for good.
	TakeOver bool
	// Owner names this process to others who are refused. "" = host and process number.
	Owner string
}

// Journal is a [store.Journal] in a file.
type Journal struct {
	cfg   Config
	lock  *os.File
	write *sql.DB // one connection
	put   *sql.Stmt
	read  *sql.DB
	epoch int64

	mu      sync.Mutex // one append at a time; guards what follows
	last    uint64
	unsure  bool // last must be read again: a write failed
	fresh   mentions
	checked time.Time // the journal was this one's own then

	saving sync.Mutex // one snapshot at a time
	closed atomic.Bool

	logged atomic.Int64 // bytes written since the log was moved into the file
	moving atomic.Bool
	movers sync.WaitGroup
	ending sync.Mutex // no mover begins any more when closed is set

	checkpoint sync.Mutex // one at a time: SQLite refuses the second instead of waiting
}

var _ interface {
	store.Journal
	store.Holder
	store.Placer
} = (*Journal)(nil)

const busyTimeout = 5 * time.Second

// Open opens a journal, new or old, for writing. A *[store.OwnedError] says that another
// process has it.
func Open(ctx context.Context, cfg Config) (*Journal, error) {
	if cfg.Path == "" {
		return nil, errors.New("sqlite: config: path: is empty; name a file")
	}
	if cfg.Owner == "" {
		host, _ := os.Hostname()
		cfg.Owner = fmt.Sprintf("%s, process %d", host, os.Getpid())
	}
	j := &Journal{cfg: cfg, fresh: mentions{pack.Mentions{}}}
	if err := j.own(); err != nil {
		return nil, err
	}
	if err := j.open(ctx); err != nil {
		err = j.known(err)
		_ = j.Close()
		return nil, err
	}
	return j, nil
}

// own takes the lock beside the file. The system frees it when the process ends, so there
// is nothing to clean up after a crash.
func (j *Journal) own() error {
	f, err := os.OpenFile(j.cfg.Path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return j.known(err)
	}
	ok, err := lockFile(f)
	if ok {
		j.lock = f
		_ = f.Truncate(0) // the name is for people; the lock counts
		_, _ = f.WriteAt([]byte(j.cfg.Owner), 0)
		return nil
	}
	defer f.Close()
	if err != nil {
		return fmt.Errorf("sqlite: lock %s: %w", f.Name(), err)
	}
	if j.cfg.TakeOver {
		return nil
	}
	owner, _ := io.ReadAll(io.LimitReader(f, 200))
	return &store.OwnedError{Journal: j.cfg.Path, Owner: string(owner)}
}

func (j *Journal) open(ctx context.Context) error {
	var err error
	if j.write, err = connect(j.cfg.Path, "rwc"); err != nil {
		return err
	}
	j.write.SetMaxOpenConns(1)
	if err := j.prepare(ctx); err != nil {
		return err
	}
	if j.read, err = connect(j.cfg.Path, "rw", "query_only(1)"); err != nil {
		return err
	}
	if err := j.begin(ctx); err != nil {
		return err
	}
	return j.remember(ctx)
}

// connect opens the file with what makes an acknowledged write safe. secure_delete
// overwrites what is deleted, so that what was erased is gone.
func connect(path, mode string, more ...string) (*sql.DB, error) {
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}}
	pragmas := append([]string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)",
		"secure_delete(ON)", "wal_autocheckpoint(16000)", "journal_size_limit(67108864)", "foreign_keys(ON)",
	}, more...)
	q["_pragma"] = pragmas
	return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
}

// prepare makes the schema, or refuses one that it does not know.
func (j *Journal) prepare(ctx context.Context) error {
	var have int
	if err := j.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	switch {
	case have == form:
		return nil
	case have > 0 && have < form:
		return j.run(ctx, strings.Join(upgrades[have-1:], ";\n"))
	case have != 0:
		return fmt.Errorf("form %d of the file is not known to this library, which reads %d: use a later one", have, form)
	}
	var tables int
	if err := j.write.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if tables > 0 {
		return errors.New("the file is a database of something else")
	}
	return j.run(ctx, schema)
}

// run executes statements that lead to the current form, all or none of them.
func (j *Journal) run(ctx context.Context, statements string) error {
	return j.change(ctx, func(tx *sql.Tx) error {
		for s := range strings.SplitSeq(statements, ";\n") {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", form))
		return err
	})
}

// begin starts an epoch: whoever wrote before is refused from now on.
func (j *Journal) begin(ctx context.Context) error {
	err := j.change(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "UPDATE head SET epoch = epoch + 1, owner = ? RETURNING epoch", j.cfg.Owner).Scan(&j.epoch)
	})
	if err != nil {
		return err
	}
	j.checked = time.Now()
	if j.last, err = j.end(ctx); err != nil {
		return err
	}
	if j.put, err = j.write.PrepareContext(ctx, insertBatch); err != nil {
		return err
	}
	_, err = j.write.ExecContext(ctx, "DELETE FROM snapshot_part WHERE id NOT IN (SELECT id FROM snapshot)")
	return err
}

// end reads the last record's number.
func (j *Journal) end(ctx context.Context) (last uint64, err error) {
	err = j.write.QueryRowContext(ctx, "SELECT coalesce((SELECT last FROM batch ORDER BY first DESC LIMIT 1), base) FROM head").Scan(&last)
	return last, err
}

// Place implements [store.Placer].
func (j *Journal) Place(ctx context.Context, seq uint64, spared []store.Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed.Load() {
		return store.ErrClosed
	}
	if j.last > 0 {
		return store.ErrNotEmpty
	}
	err := j.change(ctx, func(tx *sql.Tx) error {
		if err := j.mine(ctx, tx); err != nil {
			return err
		}
		for i := range spared {
			if err := keep(ctx, tx, &spared[i]); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "UPDATE head SET base = ?, indexed = ?", seq, seq)
		return err
	})
	if err != nil {
		return j.known(err)
	}
	j.last = seq
	return nil
}

// change runs f in a transaction of the writer.
func (j *Journal) change(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := j.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Hold implements [store.Holder]. It looks into the file once a second at most.
func (j *Journal) Hold(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if time.Since(j.checked) < time.Second {
		return nil
	}
	var epoch int64
	var owner string
	if err := j.read.QueryRowContext(ctx, "SELECT epoch, owner FROM head").Scan(&epoch, &owner); err != nil {
		return j.known(err)
	}
	if epoch != j.epoch {
		return &store.ConflictError{Expect: j.last, Last: j.last, Owner: owner}
	}
	j.checked = time.Now()
	return nil
}

// closing says what an error at the end means: SQLite moves the log into the file then.
func (j *Journal) closing(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqlite: close %s: the log stays beside the file and will be read at the next opening: %w", j.cfg.Path, err)
}

// Close implements [store.Journal].
func (j *Journal) Close() error {
	j.ending.Lock()
	was := j.closed.Swap(true)
	j.ending.Unlock()
	if was {
		return nil
	}
	j.movers.Wait()
	var errs []error
	for _, db := range []*sql.DB{j.read, j.write} {
		if db != nil {
			errs = append(errs, j.closing(db.Close()))
		}
	}
	if j.lock != nil {
		errs = append(errs, j.lock.Close())
	}
	return errors.Join(errs...)
}
