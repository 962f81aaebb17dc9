package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
	// Path of the file. It is created if it does not exist; its directory is not. In the
	// same directory are SQLite's -wal and -shm, a .lock with the name of the owner, and a
	// .mark with the acknowledged end of the journal.
	Path string
	// TakeOver takes the journal although another process has it. That one is refused at
	// its next append. It is for an owner that is known to be stopped or stuck for good.
	TakeOver bool
	// Owner names this process in the errors of processes that are refused. "" = host and
	// process number.
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

	gone   chan struct{} // closed when no transaction follows any more
	writer chan struct{} // held by the one write transaction; guards what follows
	files  files
	tail   tail
	mark   *markFile
	ended  uint64 // the last record that was acknowledged

	mu      sync.Mutex // one append at a time, taken before writer; guards what follows
	last    uint64
	unsure  bool // last must be read again: a write failed
	fresh   mentions
	checked time.Time // the journal was this one's own then

	saving sync.Mutex // one snapshot at a time
	// changing is held from reading batches to changing them. Appends do not take it.
	changing sync.Mutex
	closed   atomic.Bool

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
	j := &Journal{cfg: cfg, gone: make(chan struct{}), writer: make(chan struct{}, 1), fresh: mentions{pack.Mentions{}}}
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

func (j *Journal) open(ctx context.Context) error {
	if err := j.verify(ctx); err != nil {
		return err
	}
	m, _ := readMark(j.cfg.Path)
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
	if err := j.check(ctx, m); err != nil {
		return err
	}
	if err := j.follow(m); err != nil {
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
	return sql.Open("sqlite", uri(path)+"?"+q.Encode())
}

// uri returns a path as SQLite's URIs have it.
func uri(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

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
		return j.run(ctx, strings.Join(upgrades[have-1:], ";\n"), have < summed)
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
	return j.run(ctx, schema, true)
}

// run executes statements that lead to the current form, all or none of them. sum says
// that head has no checksum yet.
func (j *Journal) run(ctx context.Context, statements string, sum bool) error {
	return j.change(ctx, func(tx *sql.Tx) error {
		for s := range strings.SplitSeq(statements, ";\n") {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		if sum {
			var indexed uint64
			if err := tx.QueryRowContext(ctx, "SELECT indexed FROM head").Scan(&indexed); err != nil {
				return err
			}
			if err := setIndexed(ctx, tx, indexed); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", form))
		return err
	})
}

// setIndexed writes up to which record the index has everything. It has a checksum because
// nothing else would show that it is wrong: what the index lacks is just not found.
func setIndexed(ctx context.Context, tx *sql.Tx, indexed uint64) error {
	_, err := tx.ExecContext(ctx, "UPDATE head SET indexed = ?, sum = ?", indexed, indexedSum(indexed))
	return err
}

func indexedSum(indexed uint64) uint32 { return pack.Sum(fmt.Appendf(nil, "indexed %d", indexed)) }

// begin starts an epoch: every writer of an earlier one is refused from now on.
func (j *Journal) begin(ctx context.Context) error {
	err := j.change(ctx, func(tx *sql.Tx) error {
		if err := j.stillOurs(); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "UPDATE head SET epoch = epoch + 1, owner = ? RETURNING epoch", j.cfg.Owner).Scan(&j.epoch)
	})
	if err != nil {
		return err
	}
	j.checked = time.Now()
	if j.last, err = j.end(ctx); err != nil {
		return err
	}
	j.ended = j.last
	if err := j.files.note(j.cfg.Path, j.cfg.Path+"-wal"); err != nil {
		return err
	}
	if j.put, err = j.write.PrepareContext(ctx, insertBatch); err != nil {
		return err
	}
	return j.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM snapshot_part WHERE id NOT IN (SELECT id FROM snapshot)")
		return err
	})
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
		if _, err := tx.ExecContext(ctx, "UPDATE head SET base = ?", seq); err != nil {
			return err
		}
		return setIndexed(ctx, tx, seq)
	})
	if err != nil {
		return j.known(err)
	}
	j.last = seq
	return nil
}

// Hold implements [store.Holder]. It reads the file once a second at most.
func (j *Journal) Hold(ctx context.Context) error {
	return call(ctx, func() error {
		j.mu.Lock()
		defer j.mu.Unlock()
		if time.Since(j.checked) < time.Second {
			return nil
		}
		if j.closed.Load() {
			return store.ErrClosed
		}
		return j.known(j.hold(ctx))
	})
}

func (j *Journal) hold(ctx context.Context) error {
	var epoch int64
	var owner string
	if err := j.read.QueryRowContext(ctx, "SELECT epoch, owner FROM head").Scan(&epoch, &owner); err != nil {
		return err
	}
	if epoch != j.epoch {
		return &store.ConflictError{Expect: j.last, Last: j.last, Owner: owner}
	}
	if err := j.files.check(); err != nil {
		return err
	}
	j.retakeLock()
	j.checked = time.Now()
	return nil
}

// closing says what an error of Close means: SQLite checkpoints the WAL there.
func (j *Journal) closing(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqlite: close %s: the WAL stays where it is and is read at the next opening: %w", j.cfg.Path, j.typed(err))
}

// closeTimeout is how long Close waits for what is under way.
const closeTimeout = 10 * time.Second

// Close implements [store.Journal]. It waits 10 seconds at most for a disk that hangs.
func (j *Journal) Close() error {
	j.ending.Lock()
	was := j.closed.Swap(true)
	j.ending.Unlock()
	if was {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := call(ctx, func() error {
		j.movers.Wait()
		j.writer <- struct{}{} // never given back: no transaction follows
		close(j.gone)
		j.tail.close()
		var errs []error
		for _, db := range []*sql.DB{j.read, j.write} {
			if db != nil {
				errs = append(errs, db.Close())
			}
		}
		if j.mark != nil {
			errs = append(errs, j.mark.close())
		}
		return j.closing(errors.Join(errs...))
	})
	if j.lock != nil {
		err = errors.Join(err, j.lock.Close())
	}
	return err
}
