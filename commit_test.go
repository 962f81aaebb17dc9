package usher_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/storetest"
)

// gated is a journal whose appends wait to be let through.
type gated struct {
	store.Journal
	began chan struct{} // gets one for each append that waits
	pass  chan struct{} // lets one through; closed = all

	mu      sync.Mutex
	appends int
}

func (g *gated) Append(ctx context.Context, expect uint64, records []store.Record) error {
	g.began <- struct{}{}
	<-g.pass
	g.mu.Lock()
	g.appends++
	g.mu.Unlock()
	return g.Journal.Append(ctx, expect, records)
}

func note(ctx context.Context, c *usher.Center, topic string) error {
	_, err := c.Do(ctx, queue.Note{Topic: topic})
	return err
}

func topics(t *testing.T, c *usher.Center) (list []string) {
	for ev, err := range c.Events(t.Context(), 0) {
		require.NoError(t, err)
		if ev.Kind == queue.Noted {
			list = append(list, ev.Topic)
		}
	}
	return list
}

// writing returns a center whose first note, which is one of all, is being written until
// the gate lets it pass.
func writing(t *testing.T) (g *gated, c *usher.Center, all *sync.WaitGroup) {
	t.Helper()
	g = &gated{Journal: store.NewMemory(), began: make(chan struct{}, 100), pass: make(chan struct{})}
	c, err := usher.New(usher.Options{Journal: g})
	require.NoError(t, err)
	all = &sync.WaitGroup{}
	all.Go(func() { assert.NoError(t, note(t.Context(), c, "first")) })
	<-g.began
	return g, c, all
}

// What is decided while a write is under way is written at once, behind it.
func TestOneWriteForAllWhoDecidedMeanwhile(t *testing.T) {
	g, c, all := writing(t)
	const others = 50
	for range others {
		all.Go(func() { assert.NoError(t, note(t.Context(), c, "other")) })
	}
	// All have decided when the state has their events; none has been told so.
	require.Eventually(t, func() bool { s, err := c.State(t.Context()); return err == nil && s.Seq == others+1 }, 10*time.Second, time.Millisecond)
	assert.Zero(t, c.Seq(), "nothing is durable yet")
	close(g.pass)
	all.Wait()
	assert.Equal(t, 2, g.appends)
	assert.Len(t, topics(t, c), others+1)
}

// Who stops waiting has decided nevertheless: it is written, even if nobody else is there.
func TestWhoGivesUpHasDecided(t *testing.T) {
	g, c, all := writing(t)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() { gone <- note(ctx, c, "second") }()
	require.Eventually(t, func() bool { s, err := c.State(t.Context()); return err == nil && s.Seq == 2 }, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	close(g.pass)
	all.Wait()
	assert.Equal(t, []string{"first", "second"}, topics(t, c))
	require.NoError(t, note(t.Context(), c, "third"))
}

// A center that cannot write stops, says why everywhere, and has acted on nothing that is
// not written. What was acknowledged is there for the next one.
func TestAFailedWriteStopsTheCenter(t *testing.T) {
	for name, written := range map[string]bool{"nothing was written": false, "only the answer was lost": true} {
		t.Run(name, func(t *testing.T) {
			journal := store.NewMemory()
			h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal = journal })
			h.available("ana")
			f := &storetest.Faulty{Journal: copyOf(t, journal)}
			opts := h.opts
			opts.Journal = f
			c, err := usher.New(opts)
			require.NoError(t, err)
			h.wa.Connect(c)
			ended := make(chan error)
			go func() { ended <- c.Run(t.Context()) }()
			if written {
				f.FailAfter(store.ErrFull)
			} else {
				f.FailBefore(store.ErrFull)
			}
			_, err = h.wa.Say(t.Context(), number, "hello", maria)
			require.ErrorIs(t, err, store.ErrFull)
			require.ErrorIs(t, err, usher.ErrStopped)
			require.ErrorIs(t, note(t.Context(), c, "more"), usher.ErrStopped)
			require.ErrorIs(t, <-ended, store.ErrFull, "Run returns the cause")
			f.FailAfter(nil)
			f.FailBefore(nil)
			h.open(opts)
			h.settle()
			assert.Equal(t, written, len(h.center.Interactions("")) == 1)
			h.say("hello?", maria)
			assert.Equal(t, "ana", h.only().Offered)
		})
	}
}
