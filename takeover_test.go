package usher_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/storetest"
)

// held is a journal that is asked before each effect whether it still belongs to the center.
type held struct {
	store.Journal
	mu    sync.Mutex
	errs  []error // of the next calls of Hold, the last one for all further calls
	calls int
}

func (h *held) Hold(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	if len(h.errs) == 0 {
		return nil
	}
	err := h.errs[0]
	if len(h.errs) > 1 {
		h.errs = h.errs[1:]
	}
	return err
}

// answered is a second center, with a Run of its own, on a copy of a journal in which ana has a
// conversation with maria.
type answered struct {
	*house
	id    string
	ended chan error
}

func newAnswered(t *testing.T, change func(*usher.Options)) *answered {
	t.Helper()
	journal := store.NewMemory()
	h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal = journal })
	h.available("ana")
	h.say("hello", maria)
	h.do(queue.Accept{Agent: "ana", Interaction: h.only().ID})
	a := &answered{house: h, id: h.only().ID, ended: make(chan error, 1)}
	opts := h.opts
	opts.Journal = copyOf(t, journal)
	change(&opts)
	center, err := usher.New(opts)
	require.NoError(t, err)
	h.center = center
	go func() { a.ended <- center.Run(t.Context()) }()
	return a
}

func (a *answered) send(text string) error {
	return a.center.Send(a.t.Context(), usher.Reply{Interaction: a.id, Agent: "ana", Message: channel.TextMessage(text)})
}

// A center whose journal another one has taken over performs nothing that it has decided, and
// stops with the conflict as its cause.
func TestACenterThatWasTakenOverPerformsNothing(t *testing.T) {
	for name, cause := range map[string]error{"conflict": &store.ConflictError{Expect: 1, Last: 2}, "closed": store.ErrClosed} {
		t.Run(name, func(t *testing.T) {
			a := newAnswered(t, func(o *usher.Options) { o.Journal = &held{Journal: o.Journal, errs: []error{cause}} })
			require.NoError(t, a.send("too late"))
			err := <-a.ended
			require.ErrorIs(t, err, usher.ErrStopped)
			require.ErrorIs(t, err, cause)
			require.ErrorIs(t, a.center.Settle(t.Context()), usher.ErrStopped)
			require.ErrorIs(t, note(t.Context(), a.center, "more"), cause)
			assert.Empty(t, a.wa.Sent())
		})
	}
}

// While the owner of the journal is unknown no effect starts; once it is known to be the center,
// the effect is performed.
func TestAnEffectWaitsUntilTheOwnerIsKnown(t *testing.T) {
	down := errors.New("the database does not answer")
	j := &held{errs: []error{down, down, nil}}
	a := newAnswered(t, func(o *usher.Options) { j.Journal, o.Journal = o.Journal, j })
	require.NoError(t, a.send("later"))
	a.settle()
	assert.Len(t, a.wa.Sent(), 1)
	assert.GreaterOrEqual(t, j.calls, 3)
	require.NoError(t, note(t.Context(), a.center, "it has not stopped"))
}

// An append that finds another owner stops the center, and what it decided is not performed.
func TestAConflictingAppendStopsTheCenter(t *testing.T) {
	f := &storetest.Faulty{}
	a := newAnswered(t, func(o *usher.Options) { f.Journal, o.Journal = o.Journal, f })
	a.settle()
	f.FailBefore(&store.ConflictError{Expect: 1, Last: 2})
	require.ErrorIs(t, a.send("never"), store.ErrConflict)
	require.ErrorIs(t, <-a.ended, store.ErrConflict)
	assert.Empty(t, a.wa.Sent())
}

// After a center has stopped no effect starts, also one that was decided and durable before, and
// a call of Settle that waits for effects returns.
func TestNoEffectStartsAfterTheStop(t *testing.T) {
	synctest.Test(t, noEffectStartsAfterTheStop)
}

func noEffectStartsAfterTheStop(t *testing.T) {
	f := &storetest.Faulty{}
	began, release := make(chan struct{}, 10), make(chan struct{})
	a := newAnswered(t, func(o *usher.Options) { f.Journal, o.Journal, o.Concurrency = o.Journal, f, 1 })
	a.wa.Connect(a.center)
	a.say("hello", channel.Phone("34600333444"))
	other := ""
	for _, in := range a.center.Interactions("") {
		if in.ID != a.id {
			other = in.ID
		}
	}
	a.do(queue.Accept{Agent: "ana", Interaction: other})
	a.wa.OnSend(func(context.Context, channel.Outbound) error {
		began <- struct{}{}
		<-release
		return nil
	})
	require.NoError(t, a.send("under way"))
	<-began
	require.NoError(t, a.center.Send(t.Context(), usher.Reply{Interaction: other, Agent: "ana", Message: channel.TextMessage("not begun")}))
	settled := make(chan error, 1)
	go func() { settled <- a.center.Settle(t.Context()) }()
	synctest.Wait() // until it waits for the effects
	f.FailBefore(store.ErrFull)
	require.ErrorIs(t, note(t.Context(), a.center, "fails"), store.ErrFull)
	require.ErrorIs(t, <-settled, usher.ErrStopped)
	close(release)
	require.ErrorIs(t, <-a.ended, store.ErrFull)
	require.Len(t, a.wa.Sent(), 1)
	assert.Equal(t, "under way", a.wa.Sent()[0].Message.Text)
}

// When a write fails, every caller whose decision is in it, or is to be written after it, gets
// the cause.
func TestEveryCallerGetsTheErrorOfTheWrite(t *testing.T) {
	g := &gated{Journal: &storetest.Faulty{Journal: store.NewMemory()}, began: make(chan struct{}, 100), pass: make(chan struct{})}
	g.Journal.(*storetest.Faulty).FailBefore(store.ErrFull)
	c, err := usher.New(usher.Options{Journal: g})
	require.NoError(t, err)
	const others = 20
	errs := make(chan error, others+1)
	go func() { errs <- note(t.Context(), c, "first") }()
	<-g.began
	for range others {
		go func() { errs <- note(t.Context(), c, "other") }()
	}
	require.Eventually(t, func() bool { s, err := c.State(t.Context()); return err == nil && s.Seq == others+1 }, 10*time.Second, time.Millisecond)
	close(g.pass)
	for range others + 1 {
		err := <-errs
		require.ErrorIs(t, err, usher.ErrStopped)
		require.ErrorIs(t, err, store.ErrFull)
	}
	assert.Zero(t, c.Seq())
	assert.Equal(t, 1, g.appends, "nothing is written after a failure")
}
