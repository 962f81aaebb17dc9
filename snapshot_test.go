package usher_test

import (
	"context"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// outliving is a journal that a center takes for one which outlives it.
type outliving struct{ store.Journal }

// noted is a center without a Run, on a clock of its own, and how to add events to it.
func noted(t *testing.T, opts usher.Options) (c *usher.Center, mock *clock.Mock, notes func(n int)) {
	t.Helper()
	mock = clock.NewMock()
	mock.Set(morning)
	opts.Clock = mock
	c, err := usher.New(opts)
	require.NoError(t, err)
	return c, mock, func(n int) {
		t.Helper()
		for range n {
			_, err := c.Do(t.Context(), queue.Note{Topic: "fact"})
			require.NoError(t, err)
		}
	}
}

// snapshotOf returns the number of the last event in a journal's snapshot, 0 when there is none.
func snapshotOf(t *testing.T, j store.Journal) uint64 {
	t.Helper()
	s, err := j.LoadSnapshot(t.Context())
	if err != nil {
		require.ErrorIs(t, err, store.ErrNoSnapshot)
	}
	return s.Seq
}

// A snapshot is taken after so many events, or when so long has passed and there are events.
func TestSnapshotsAreTakenWhenDue(t *testing.T) {
	t.Run("by number", func(t *testing.T) {
		j := store.NewMemory()
		_, _, notes := noted(t, usher.Options{Journal: j, SnapshotEvery: 10})
		notes(9)
		assert.Zero(t, snapshotOf(t, j))
		notes(1)
		assert.EqualValues(t, 10, snapshotOf(t, j))
		notes(9)
		assert.EqualValues(t, 10, snapshotOf(t, j))
		notes(1)
		assert.EqualValues(t, 20, snapshotOf(t, j))
	})
	t.Run("by time", func(t *testing.T) {
		j := store.NewMemory()
		_, mock, notes := noted(t, usher.Options{Journal: j, SnapshotInterval: time.Minute})
		notes(1)
		mock.Add(time.Minute - 1)
		notes(1)
		assert.Zero(t, snapshotOf(t, j))
		mock.Add(1)
		notes(1)
		assert.EqualValues(t, 3, snapshotOf(t, j))
	})
	t.Run("by default", func(t *testing.T) {
		j := outliving{store.NewMemory()}
		c, mock, notes := noted(t, usher.Options{Journal: j})
		notes(1)
		mock.Add(5*time.Minute - 1)
		notes(1)
		assert.Zero(t, snapshotOf(t, j))
		mock.Add(1)
		notes(1)
		assert.EqualValues(t, 3, snapshotOf(t, j), "after five minutes")
		notes(9_999)
		assert.EqualValues(t, 3, snapshotOf(t, j))
		notes(1)
		assert.EqualValues(t, 10_003, snapshotOf(t, j), "after ten thousand events")
		assert.EqualValues(t, 10_003, c.Seq())
	})
	t.Run("in memory, by default, by time alone", func(t *testing.T) {
		j := store.NewMemory()
		_, _, notes := noted(t, usher.Options{Journal: j})
		notes(10_001)
		assert.Zero(t, snapshotOf(t, j))
	})
}

// A snapshot of a version that is not known is skipped where all records are there; else the
// center does not open, and names both versions and what to do.
func TestASnapshotOfAnotherVersion(t *testing.T) {
	for _, truncated := range []bool{false, true} {
		j := store.NewMemory()
		_, _, notes := noted(t, usher.Options{Journal: j, SnapshotEvery: 5})
		notes(7)
		s, err := j.LoadSnapshot(t.Context())
		require.NoError(t, err)
		s.Version, s.Data = 9, []byte("another form")
		require.NoError(t, j.SaveSnapshot(t.Context(), s))
		bare := store.NewMemory()
		if truncated {
			require.NoError(t, bare.Place(t.Context(), 5, nil))
		}
		for r, err := range j.Load(t.Context(), 0) {
			require.NoError(t, err)
			if !truncated || r.Seq > 5 {
				require.NoError(t, bare.Append(t.Context(), r.Seq-1, []store.Record{r}))
			}
		}
		require.NoError(t, bare.SaveSnapshot(t.Context(), s))
		c, _, _ := noted(t, usher.Options{Journal: bare})
		state, err := c.State(t.Context())
		if truncated {
			require.ErrorContains(t, err, "snapshot 5 has version 9, this library reads version 1")
			require.ErrorContains(t, err, "open it once with the version of the library that wrote it")
			continue
		}
		require.NoError(t, err)
		assert.EqualValues(t, 7, state.Seq)
	}
}

// A snapshot that is damaged, or does not fit together, is an error that names it.
func TestADamagedSnapshotIsAnError(t *testing.T) {
	for _, data := range []string{"", "{", `{"engine":{"version":1,"seq":5},"board":"x"}`, `{"engine":{"version":1,"seq":5},"board":{},"list":[{"alias":""}]}`} {
		j := store.NewMemory()
		require.NoError(t, j.Place(t.Context(), 5, nil))
		require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: 5, At: morning, Version: 1, Data: []byte(data)}))
		if data == "" {
			continue // a journal in memory takes it for none
		}
		c, _, _ := noted(t, usher.Options{Journal: j})
		_, err := c.State(t.Context())
		assert.ErrorContains(t, err, "snapshot 5", "%s", data)
	}
}

// The center's own blacklist, the counts and the summaries are in the snapshot: they are there
// when the records that made them are not.
func TestWhatStandsBesideTheEngineIsInTheSnapshot(t *testing.T) {
	j := store.NewMemory()
	first, _, _ := noted(t, usher.Options{Journal: j, SnapshotEvery: 1, Retention: -1})
	require.NoError(t, first.Block(t.Context(), "boss", blacklist.Entry{Alias: "phone:34600999888", Reason: "threats"}))
	for _, command := range []queue.Command{
		queue.Configure{Campaign: queue.Campaign{ID: "sales", Numbers: []string{number}}},
		queue.Arrive{Number: number, Aliases: []string{string(maria)}, Customer: "maria", ID: "i1"},
		queue.End{Interaction: "i1", By: "boss"},
	} {
		_, err := first.Do(t.Context(), command)
		require.NoError(t, err)
	}
	s, err := j.LoadSnapshot(t.Context())
	require.NoError(t, err)
	bare := store.NewMemory()
	require.NoError(t, bare.Place(t.Context(), s.Seq, nil))
	require.NoError(t, bare.SaveSnapshot(t.Context(), s))
	c, _, _ := noted(t, usher.Options{Journal: bare})
	totals, err := c.Totals(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 1, totals["sales"].Ends.Abandoned)
	require.Len(t, c.Blacklist().Entries(), 1)
	assert.Equal(t, "threats", c.Blacklist().Entries()[0].Reason)
	ended, complete := c.Ended(0, func(*usher.Summary) bool { return true })
	assert.True(t, complete)
	require.Len(t, ended, 1)
	assert.Equal(t, queue.OutcomeAbandoned, ended[0].Outcome)
	assert.Equal(t, s.Seq, c.Seq())
}

// lostEnd is a journal of a host that does not compare its snapshot with its records.
type lostEnd struct {
	*store.Memory
	snapshot store.Snapshot
}

func (j lostEnd) LoadSnapshot(context.Context) (store.Snapshot, error) { return j.snapshot, nil }

// A journal that has lost records which are in its snapshot cannot be opened, and the error names
// both; one whose records were all dropped because they are in the snapshot can.
func TestASnapshotAheadOfAHostsJournal(t *testing.T) {
	whole := store.NewMemory()
	_, _, notes := noted(t, usher.Options{Journal: whole, SnapshotEvery: 10})
	notes(10)
	s, err := whole.LoadSnapshot(t.Context())
	require.NoError(t, err)
	var records []store.Record
	for r, err := range whole.Load(t.Context(), 0) {
		require.NoError(t, err)
		records = append(records, r)
	}
	for last := range s.Seq {
		j := lostEnd{store.NewMemory(), s}
		require.NoError(t, j.Append(t.Context(), 0, records[:last]))
		c, _, _ := noted(t, usher.Options{Journal: j})
		_, err := c.Do(t.Context(), queue.Note{Topic: "fact"})
		var ahead *store.SnapshotAheadError
		require.ErrorAs(t, err, &ahead, "%d records", last)
		assert.Equal(t, store.SnapshotAheadError{Snapshot: s.Seq, Last: last}, *ahead)
	}
	require.NoError(t, whole.Truncate(t.Context(), s.Seq+1, nil))
	_, _, notes = noted(t, usher.Options{Journal: whole})
	notes(1)
	assert.Equal(t, s.Seq+1, lastOf(t, whole))
}

// lastOf returns the number of the last record of a journal.
func lastOf(t *testing.T, j store.Journal) (last uint64) {
	t.Helper()
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		last = r.Seq
	}
	return last
}
