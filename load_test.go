package usher_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// breaking is a journal whose reading fails after some records, as often as it is told.
type breaking struct {
	store.Journal
	after int
	times int
	stop  func() // called in place of an error, when set
}

func (b *breaking) Load(ctx context.Context, from uint64) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		n := 0
		for r, err := range b.Journal.Load(ctx, from) {
			if n++; n > b.after && b.times > 0 {
				b.times--
				if b.stop != nil {
					b.stop()
					<-ctx.Done()
				}
				yield(store.Record{}, errors.Join(errors.New("connection reset"), ctx.Err()))
				return
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// What a failed reading of the journal has seen is not counted by the next one.
func TestLoadIsAtomic(t *testing.T) {
	for _, snapshot := range []bool{false, true} {
		for name, cancelled := range map[string]bool{"error": false, "cancelled": true} {
			t.Run(map[bool]string{true: "snapshot and tail, ", false: "no snapshot, "}[snapshot]+name, func(t *testing.T) {
				journal := store.NewMemory()
				h := newHouse(t, func(o *usher.Options, c *usher.Config) {
					o.Journal = journal
					if snapshot {
						o.SnapshotEvery = 5
					}
					c.Campaigns[0].WhatsApp.IncomingBlacklist = true
				})
				require.NoError(t, h.center.Block(t.Context(), "me", blacklist.Entry{Alias: "phone:34600999999", Reason: "threats"}))
				h.say("hello", "phone:34600000001")
				h.say("hello", "phone:34600999999")
				h.say("hello", "phone:34600000002")
				want, counts, ended := stateOf(t, h.center), h.center.Board(morning).Campaigns[0].Counts, len(h.center.Open(func(*usher.Summary) bool { return true }))

				ctx, cancel := context.WithCancel(t.Context())
				b := &breaking{Journal: copyOf(t, journal), after: 2, times: 2}
				if cancelled {
					b.times, b.stop = 1, cancel
				}
				opts := h.opts
				opts.Journal = b
				c, err := usher.New(opts)
				require.NoError(t, err)
				for b.times > 0 {
					_, err = c.State(ctx)
					require.Error(t, err)
					require.NotErrorIs(t, err, usher.ErrStopped)
				}
				cancel()
				assert.Empty(t, c.Open(func(*usher.Summary) bool { return true }), "nothing of a failed reading is shown")
				assert.Zero(t, c.Blacklist().Len())

				got := stateOf(t, c)
				assert.Equal(t, want, got)
				assert.Equal(t, counts, c.Board(morning).Campaigns[0].Counts)
				assert.Len(t, c.Open(func(*usher.Summary) bool { return true }), ended)
				assert.Equal(t, 1, c.Blacklist().Len())
				if !snapshot { // attempts are not part of a snapshot
					assert.EqualValues(t, 1, c.Blocked().Totals().Recorded)
				}
			})
		}
	}
}

func stateOf(t *testing.T, c *usher.Center) queue.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s, err := c.State(ctx)
	require.NoError(t, err)
	return s
}
