package usher_test

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
)

// loading is a journal whose records are read by the test's function.
type loading struct {
	store.Journal
	load func(ctx context.Context, from uint64) iter.Seq2[store.Record, error]
}

func (l loading) Load(ctx context.Context, from uint64) iter.Seq2[store.Record, error] {
	return l.load(ctx, from)
}

// TestACallerOfAnOpeningMayGiveUp checks that a call whose context ends while another one reads
// the journal returns the cause, and decides nothing.
func TestACallerOfAnOpeningMayGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory, release := store.NewMemory(), make(chan struct{})
		c, err := usher.New(usher.Options{Journal: loading{memory, func(ctx context.Context, from uint64) iter.Seq2[store.Record, error] {
			<-release
			return memory.Load(ctx, from)
		}}})
		require.NoError(t, err)
		first := make(chan error, 1)
		go func() { first <- note(t.Context(), c, "first") }()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, note(ctx, c, "second"), context.Canceled)
		_, err = c.Totals(ctx)
		require.ErrorIs(t, err, context.Canceled)
		close(release)
		require.NoError(t, <-first)
		require.NoError(t, note(t.Context(), c, "third"), "the journal is read once")
		assert.Equal(t, []string{"first", "third"}, topics(t, c))
	})
}

// TestAPanicWhileOpeningStopsTheCenter checks that every call has the cause, the one that met it
// and later ones.
func TestAPanicWhileOpeningStopsTheCenter(t *testing.T) {
	c, err := usher.New(usher.Options{Clock: brokenClock{clock.NewMock()}})
	require.NoError(t, err)
	for range 2 {
		_, err = c.Totals(t.Context())
		require.ErrorIs(t, err, usher.ErrStopped)
		var hook *usher.HookError
		require.ErrorAs(t, err, &hook)
		assert.Equal(t, "opening", hook.Hook)
	}
}

type brokenClock struct{ *clock.Mock }

func (brokenClock) Now() time.Time { panic("broken") }

// TestARecordThatDoesNotFollow checks that a journal with a gap is an error of the journal: the
// center has not stopped, and opens when the journal is whole. The read has ended by then.
func TestARecordThatDoesNotFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := store.NewMemory()
		c, err := usher.New(usher.Options{Journal: memory})
		require.NoError(t, err)
		for range 3 {
			require.NoError(t, note(t.Context(), c, "x"))
		}
		var gap, closed atomic.Bool
		gap.Store(true)
		again, err := usher.New(usher.Options{Journal: loading{memory, func(ctx context.Context, from uint64) iter.Seq2[store.Record, error] {
			return func(yield func(store.Record, error) bool) {
				defer closed.Store(true)
				defer time.Sleep(10 * time.Millisecond)
				for r, err := range memory.Load(ctx, from) {
					if gap.Load() && r.Seq == 2 {
						continue
					}
					if !yield(r, err) {
						return
					}
				}
			}
		}}})
		require.NoError(t, err)
		_, err = again.State(t.Context())
		require.ErrorContains(t, err, "usher: journal: ")
		require.NotErrorIs(t, err, usher.ErrStopped)
		assert.True(t, closed.Load(), "the read has ended")
		gap.Store(false)
		s, err := again.State(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 3, s.Seq)
	})
}

// TestABotThatWasAskedIsAskedAgain opens a journal whose last center asked a bot and was told
// nothing, and offered an interaction: both are done again.
func TestABotThatWasAskedIsAskedAgain(t *testing.T) {
	journal, asked := store.NewMemory(), 0
	mock, wa := clock.NewMock(), channeltest.NewConnector("main", number)
	mock.Set(morning)
	opts := usher.Options{
		Journal: journal, Clock: mock, Connectors: []channel.Connector{wa},
		Bots: map[string]bot.Bot{"b": bot.Func(func(context.Context, bot.Session) (bot.Reply, error) {
			asked++
			return bot.Reply{Next: bot.Next{Action: bot.Queue}}, nil
		})},
	}
	first, err := usher.New(opts)
	require.NoError(t, err)
	require.NoError(t, first.Configure(t.Context(), usher.Config{Campaigns: []usher.Campaign{{
		ID: "sales", WhatsApp: &settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{number}, BotOnStart: "b"},
	}}}))
	require.NoError(t, first.Receive(t.Context(), []channel.Update{inboundUpdate("1", maria)}))
	h := &house{t: t, clock: mock, wa: wa}
	h.open(opts)
	h.settle()
	assert.Equal(t, 1, asked, "the first center had no Run")
	assert.Empty(t, h.only().Agent)
}

// TestDoWithMeetsACenterThatStops lets the journal fail while DoWith waits for a write that was
// under way: it returns the cause, writes nothing, and holds no lock.
func TestDoWithMeetsACenterThatStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := make(chan struct{})
		j := full{store.NewMemory(), fails}
		c, err := usher.New(usher.Options{Journal: j})
		require.NoError(t, err)
		errs := make(chan error, 2)
		go func() { errs <- note(t.Context(), c, "first") }()
		synctest.Wait()
		go func() {
			_, err := c.DoWith(t.Context(), queue.Note{Topic: "with"}, func(context.Context, uint64, []store.Record) error {
				assert.Fail(t, "nothing is to be written")
				return nil
			})
			errs <- err
		}()
		synctest.Wait()
		close(fails)
		for range 2 {
			err := <-errs
			require.ErrorIs(t, err, usher.ErrStopped)
			require.ErrorIs(t, err, store.ErrFull)
		}
		assert.Empty(t, c.Agents(), "no lock is held")
	})
}

type full struct {
	store.Journal
	fails chan struct{}
}

func (f full) Append(context.Context, uint64, []store.Record) error {
	<-f.fails
	return store.ErrFull
}
