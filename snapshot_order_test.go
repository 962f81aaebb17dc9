package usher

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
