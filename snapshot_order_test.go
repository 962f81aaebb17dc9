package usher

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

var errDisk = errors.New("disk")

// unsteady is a journal whose next snapshot fails.
type unsteady struct {
	store.Journal
	fail bool
}

func (u *unsteady) SaveSnapshot(ctx context.Context, s store.Snapshot) error {
	if u.fail {
		u.fail = false
		return errDisk
	}
	return u.Journal.SaveSnapshot(ctx, s)
}

// A snapshot is passed over for a later one that is there, not for one that failed: who
// erases relies on it.
func TestASnapshotIsNotPassedOverForOneThatFailed(t *testing.T) {
	journal := &unsteady{Journal: store.NewMemory(), fail: true}
	c, err := New(Options{Journal: journal})
	require.NoError(t, err)
	require.NoError(t, c.load(t.Context()))
	whole := &centerSnapshot{Engine: c.engine.Snapshot()}
	require.ErrorIs(t, c.saveSnapshot(t.Context(), whole, c.now(), 6), errDisk)
	require.NoError(t, c.saveSnapshot(t.Context(), whole, c.now(), 5))
	_, err = journal.LoadSnapshot(t.Context())
	require.NoError(t, err, "nothing was saved")
	require.NoError(t, c.saveSnapshot(t.Context(), whole, c.now(), 4), "a later one is there")
	assert.EqualValues(t, 5, c.snaps.saved)
}

// A snapshot that is asked for while the host's transaction is under way waits for it, and
// has nothing of what was undone.
func TestASnapshotWaitsForDoWith(t *testing.T) {
	journal := store.NewMemory()
	c, err := New(Options{Journal: journal})
	require.NoError(t, err)
	_, err = c.Do(t.Context(), queue.Note{Topic: "before"})
	require.NoError(t, err)
	saved := make(chan error, 1)
	_, err = c.DoWith(t.Context(), queue.Note{Topic: "undone"}, func(context.Context, uint64, []store.Record) error {
		go func() { saved <- c.checkpoint(t.Context()) }()
		// It has asked when the pending batch knows of it; it must not be served.
		require.Eventually(t, func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.pending.ask }, 10*time.Second, time.Millisecond)
		assert.Empty(t, saved)
		return errDisk
	})
	require.ErrorIs(t, err, errDisk)
	require.NoError(t, <-saved)
	s, err := journal.LoadSnapshot(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 1, s.Seq)
}
