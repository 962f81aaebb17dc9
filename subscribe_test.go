package usher_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// used returns a journal with some events of a center that has ended, and their number.
func used(t *testing.T) (j store.Journal, last uint64) {
	t.Helper()
	j = store.NewMemory()
	c, err := usher.New(usher.Options{Journal: j})
	require.NoError(t, err)
	for range 5 {
		_, err = c.Do(t.Context(), queue.Note{Topic: "before"})
		require.NoError(t, err)
	}
	return j, c.Seq()
}

// A subscription from an event that is only in the journal learns so at once, not with the
// next event; then it continues with what comes.
func TestSubscriptionFromBeforeARestart(t *testing.T) {
	for _, early := range []bool{true, false} {
		j, last := used(t)
		c, err := usher.New(usher.Options{Journal: j})
		require.NoError(t, err)
		var s *usher.Subscription
		if early {
			s = c.Subscribe(2)
			_, ok, err := s.Poll()
			require.NoError(t, err)
			require.False(t, ok, "the journal is not read yet")
		}
		_, err = c.Config(t.Context()) // reads the journal
		require.NoError(t, err)
		if !early {
			s = c.Subscribe(2)
		}
		_, err = s.Next(t.Context())
		var lag *usher.LagError
		require.ErrorAs(t, err, &lag)
		assert.Equal(t, usher.LagError{Missed: last - 2, From: 3}, *lag)
		_, ok, err := s.Poll()
		require.NoError(t, err)
		assert.False(t, ok)
		_, err = c.Do(t.Context(), queue.Note{Topic: "after"})
		require.NoError(t, err)
		ev, err := s.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, last+1, ev.Seq)
	}
}

// A subscription to what comes, made before the journal is read, misses nothing and lags by
// nothing.
func TestSubscriptionBeforeTheJournalIsRead(t *testing.T) {
	j, last := used(t)
	c, err := usher.New(usher.Options{Journal: j})
	require.NoError(t, err)
	s := c.Subscribe(0)
	_, err = c.Do(t.Context(), queue.Note{Topic: "after"})
	require.NoError(t, err)
	ev, err := s.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, last+1, ev.Seq)
}

// A subscription that has the last event of the journal lags by nothing.
func TestSubscriptionFromTheLastEvent(t *testing.T) {
	j, last := used(t)
	c, err := usher.New(usher.Options{Journal: j})
	require.NoError(t, err)
	s := c.Subscribe(last)
	_, err = c.Do(t.Context(), queue.Note{Topic: "after"})
	require.NoError(t, err)
	ev, err := s.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, last+1, ev.Seq)
}

// Next returns the cause of a context that has ended although there are events; Poll reads
// them.
func TestNextHonoursItsContext(t *testing.T) {
	c, err := usher.New(usher.Options{})
	require.NoError(t, err)
	s := c.Subscribe(0)
	_, err = c.Do(t.Context(), queue.Note{Topic: "one"})
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	cancel(enough)
	_, err = s.Next(ctx)
	require.ErrorIs(t, err, enough)
	ev, ok, err := s.Poll()
	require.NoError(t, err)
	assert.True(t, ok)
	assert.EqualValues(t, 1, ev.Seq)
	_, ok, err = s.Poll()
	require.NoError(t, err)
	assert.False(t, ok)
}
