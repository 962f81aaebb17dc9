package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
)

// parked has one of its records in every batch of a journal that filled makes.
const parked = "parked"

// filled opens a journal with some batches of ten records with text, and a snapshot of them.
func filled(t testing.TB, path string, batches, text int) *sqlite.Journal {
	t.Helper()
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	last := uint64(0)
	for range batches {
		records := make([]store.Record, 10)
		for i := range records {
			seq := last + 1 + uint64(i)
			records[i] = store.Record{
				Seq: seq, At: time.Unix(int64(seq), 0).UTC(), Kind: "message.received", Version: 1,
				Interaction: fmt.Sprintf("i%d", seq), Customer: "c", Data: []byte(`{"n":1}`),
				Body: fmt.Appendf(nil, `{"text":"secret of %d %s"}`, seq, strings.Repeat("x", text)),
			}
		}
		records[3].Interaction = parked
		require.NoError(t, j.Append(t.Context(), last, records))
		last += 10
	}
	require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: last, Version: 1, Data: []byte("{}")}))
	return j
}

// load returns how many records a journal has, and how many are of the parked interaction.
func load(t testing.TB, j store.Journal) (all, kept int) {
	t.Helper()
	last := uint64(0)
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		require.Greater(t, r.Seq, last)
		last = r.Seq
		all++
		if r.Interaction == parked {
			kept++
		}
	}
	return all, kept
}

// asked is a context that ends when it has been asked a number of times whether it has.
type asked struct {
	context.Context
	cancel context.CancelFunc
	left   *atomic.Int64
}

func (c asked) Err() error {
	if c.left.Add(-1) == 0 {
		c.cancel()
	}
	return c.Context.Err()
}

// A truncation may end anywhere. The journal it leaves behind is whole, for its own process
// and for the next one, and the next truncation completes it.
func TestAnInterruptedTruncationIsContinued(t *testing.T) {
	const batches = 400
	partly := 0
	for after := int64(1); ; after += 7 {
		path := filepath.Join(t.TempDir(), "center.db")
		j := filled(t, path, batches, 100)
		ctx, cancel := context.WithCancel(t.Context())
		left := &atomic.Int64{}
		left.Store(after)
		err := j.Truncate(asked{ctx, cancel, left}, 10*batches+1, []string{parked})
		cancel()
		all, kept := load(t, j)
		assert.Equal(t, batches, kept, "interrupted after %d", after)
		// Another process continues, as after a crash: the journal was not closed.
		k, openErr := sqlite.Open(t.Context(), sqlite.Config{Path: path, TakeOver: true})
		require.NoError(t, openErr)
		again, _ := load(t, k)
		assert.Equal(t, all, again)
		require.NoError(t, k.Truncate(t.Context(), 10*batches+1, []string{parked}))
		rest, kept := load(t, k)
		assert.Equal(t, batches-1+10, rest, "what is kept and the last batch")
		assert.Equal(t, batches, kept)
		require.NoError(t, k.Close())
		if err == nil {
			break
		}
		require.ErrorIs(t, err, context.Canceled)
		if all > rest && all < 10*batches {
			partly++
		}
	}
	assert.Positive(t, partly, "no truncation was interrupted halfway")
}

// A reader that stays keeps the WAL from being checkpointed. The truncation waits for it
// instead of letting the WAL grow as large as the journal.
func TestATruncationBesideAReaderDoesNotFillTheLog(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 64 MB")
	}
	h := &harness{map[store.Journal]string{}}
	path := filepath.Join(t.TempDir(), "center.db")
	const batches = 800
	j := filled(t, path, batches, 8000)
	h.paths[j] = path
	reads := h.reader(t, j)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	require.ErrorIs(t, j.Truncate(ctx, 10*batches+1, nil), context.DeadlineExceeded)
	info, err := os.Stat(path + "-wal")
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(32<<20))
	require.NoError(t, reads.Rollback())
	require.NoError(t, j.Truncate(t.Context(), 10*batches+1, nil))
	all, _ := load(t, j)
	assert.Equal(t, 10, all)
}

// Close does not wait for a truncation, which ends with ErrClosed.
func TestCloseEndsATruncation(t *testing.T) {
	const batches = 1000
	path := filepath.Join(t.TempDir(), "center.db")
	j := filled(t, path, batches, 1000)
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	defer db.Close()
	done := make(chan error, 1)
	go func() { done <- j.Truncate(context.Background(), 10*batches+1, nil) }()
	for left := batches; left == batches; {
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM batch").Scan(&left))
	}
	require.NoError(t, j.Close())
	select {
	case err := <-done:
		require.ErrorIs(t, err, store.ErrClosed)
	case <-time.After(10 * time.Second):
		t.Fatal("the truncation does not end")
	}
}
