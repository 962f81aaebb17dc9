package usher_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// recording is a journal in memory that notes what had left the center at each append.
type recording struct {
	store.Journal
	mu    sync.Mutex
	sent  func() int
	marks []recorded
}

// recorded is an append that has ended: the last record, and how many messages the provider
// had by then.
type recorded struct {
	last uint64
	sent int
}

func (r *recording) Append(ctx context.Context, expect uint64, records []store.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.Journal.Append(ctx, expect, records)
	r.marks = append(r.marks, recorded{records[len(records)-1].Seq, r.sent()})
	return err
}

// until returns a journal with the records up to a number: what is there after a crash.
func (r *recording) until(t *testing.T, last uint64) *store.Memory {
	t.Helper()
	m := store.NewMemory()
	for rec, err := range r.Load(t.Context(), 0) {
		require.NoError(t, err)
		if rec.Seq <= last {
			require.NoError(t, m.Append(t.Context(), rec.Seq-1, []store.Record{rec}))
		}
	}
	return m
}

// story is a life with all that leaves a center: a bot, offers, messages of which one is to be
// sent later and one is in doubt, a transfer.
func story(h *house) {
	h.available("ana")
	h.say("hello", maria)
	in := h.only().ID
	h.do(queue.Accept{Agent: "ana", Interaction: in})
	send := func(text string) {
		require.NoError(h.t, h.center.Send(h.t.Context(), usher.Reply{Interaction: in, Agent: "ana", Message: channel.TextMessage(text)}))
		h.settle()
	}
	send("one")
	h.wa.FailNext(channeltest.Failure{Class: channel.Retry, RetryAfter: 20 * time.Second})
	send("two")
	send("three")
	h.pass(21 * time.Second)
	h.available("bruno")
	h.do(queue.Transfer{Interaction: in, Agent: "ana", ToAgent: "bruno"})
	h.do(queue.Accept{Agent: "bruno", Interaction: in})
	h.do(queue.Finish{Agent: "bruno", Interaction: in, Disposition: "done"})
}

// A center that crashed after any append opens with what was acknowledged, sends nothing again
// that may have been sent, sends what was not begun, and shows the offers and asks the bots that
// it was waiting for, under the same keys.
func TestOpeningAfterACrashAtEveryAppend(t *testing.T) {
	rec := &recording{Journal: store.NewMemory()}
	desk := usher.DeskFunc(func(context.Context, queue.Effect) error { return nil })
	welcome := bot.Func(func(context.Context, bot.Session) (bot.Reply, error) {
		return bot.Reply{Messages: []channel.Message{channel.TextMessage("welcome")}, Next: bot.Next{Action: bot.Queue}}, nil
	})
	h := newHouse(t, func(o *usher.Options, cfg *usher.Config) {
		o.Journal, o.Desk, o.Bots, o.Concurrency, o.Retention = rec, desk, map[string]bot.Bot{"welcome": welcome}, 1, -1
		cfg.Campaigns[0].WhatsApp.BotOnStart = "welcome"
		rec.sent = func() int { return 0 }
	})
	rec.mu.Lock()
	rec.sent = func() int { return len(h.wa.Sent()) }
	rec.mu.Unlock()
	story(h)
	require.Len(t, h.wa.Sent(), 4)
	rec.mu.Lock()
	marks := slices.Clone(rec.marks)
	rec.mu.Unlock()
	require.Greater(t, len(marks), 12)
	sawOffer, sawTurn := false, false
	for _, m := range marks {
		j := rec.until(t, m.last)
		begun, waits, settled := messages(t, j)
		wa := channeltest.NewConnector("main", number, "+15550002222")
		mock := clock.NewMock()
		offers, turns, at := pending(t, j)
		mock.Set(at)
		wa.Clock(mock.Now)
		var mu sync.Mutex
		var shown, asked []string
		desk := usher.DeskFunc(func(_ context.Context, f queue.Effect) error {
			mu.Lock()
			defer mu.Unlock()
			if f.Kind == queue.EffectOffer {
				shown = append(shown, fmt.Sprint(f.Seq, f.Interaction, f.Agent, f.Until, f.Transfer))
			}
			return nil
		})
		welcome := bot.Func(func(ctx context.Context, s bot.Session) (bot.Reply, error) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, s.Key)
			return welcome.Turn(ctx, s)
		})
		again := &house{t: t, wa: wa, clock: mock}
		stop := again.open(usher.Options{
			Connectors: []channel.Connector{wa}, Journal: j, Clock: mock, Desk: desk, Bots: map[string]bot.Bot{"welcome": welcome}, Retention: -1,
		})
		again.settle()
		again.pass(30 * time.Second) // what is to be sent later
		doubt := map[string]bool{}
		for ev, err := range again.center.Events(t.Context(), m.last+1) {
			require.NoError(t, err)
			if ev.Delivery == queue.MessageUnknown {
				doubt[ev.Key] = true
			}
		}
		stop()
		for _, offer := range offers {
			assert.Contains(t, shown, offer, "record %d: an offer that was out is not shown", m.last)
		}
		for _, turn := range turns {
			assert.Contains(t, asked, turn, "record %d: a turn that was under way is not asked for", m.last)
		}
		sawOffer, sawTurn = sawOffer || len(offers) > 0, sawTurn || len(turns) > 0
		var keys []string
		for _, out := range wa.Sent() {
			keys = append(keys, out.Key)
			assert.False(t, begun[out.Key], "record %d: %s may have been sent and is sent again", m.last, out.Key)
			assert.False(t, settled[out.Key], "record %d: %s was accepted and is sent again", m.last, out.Key)
		}
		for key := range begun {
			assert.True(t, doubt[key], "record %d: %s may have been sent and is not marked", m.last, key)
		}
		for key := range waits {
			if len(begun) == 0 { // what is in doubt holds back what follows
				assert.Contains(t, keys, key, "record %d: %s was not begun", m.last, key)
			}
		}
	}
	assert.True(t, sawOffer && sawTurn, "the test sees offers and turns")
}

// A journal opens at any time after a crash, also when every deadline of what was under way
// has passed by then: of an interaction that had ended with a message on its way nothing is
// left to recover.
func TestOpeningLongAfterACrash(t *testing.T) {
	rec := &recording{Journal: store.NewMemory(), sent: func() int { return 0 }}
	entered, release := make(chan struct{}), make(chan struct{})
	h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal = rec })
	h.available("ana")
	h.say("hello", maria)
	in := h.only().ID
	h.do(queue.Accept{Agent: "ana", Interaction: in})
	h.wa.OnSend(func(context.Context, channel.Outbound) error {
		close(entered)
		<-release
		return nil
	})
	require.NoError(t, h.center.Send(t.Context(), usher.Reply{Interaction: in, Agent: "ana", Message: channel.TextMessage("bye")}))
	<-entered
	_, err := h.center.Do(t.Context(), queue.Finish{Agent: "ana", Interaction: in})
	require.NoError(t, err)
	last := rec.marks[len(rec.marks)-1].last
	for _, later := range []time.Duration{0, time.Second, time.Minute, 2 * time.Minute, 3 * time.Minute, time.Hour, 1000 * time.Hour} {
		mock := clock.NewMock()
		mock.Set(h.clock.Now().Add(later))
		again := &house{t: t, wa: channeltest.NewConnector("main", number, "+15550002222"), clock: mock}
		stop := again.open(usher.Options{Connectors: []channel.Connector{again.wa}, Journal: rec.until(t, last), Clock: mock})
		again.settle()
		again.say("hello", maria) // with the id of the first message: it is known
		again.say("hello again", maria)
		again.only()
		assert.Empty(t, again.wa.Sent(), "%v later: a message that may have been sent is sent again", later)
		stop()
	}
	close(release)
}

// pending returns the offers and the keys of the bots' turns that a journal waits for, and the
// instant of its last record.
func pending(t *testing.T, j store.Journal) (offers, turns []string, at time.Time) {
	t.Helper()
	e, err := queue.New(queue.Config{})
	require.NoError(t, err)
	c, err := usher.New(usher.Options{Journal: j})
	require.NoError(t, err)
	for ev, err := range c.Events(t.Context(), 1) {
		require.NoError(t, err)
		require.NoError(t, e.Replay([]queue.Event{ev}))
		at = ev.At
	}
	for _, f := range e.Pending() {
		switch f.Kind {
		case queue.EffectOffer:
			offers = append(offers, fmt.Sprint(f.Seq, f.Interaction, f.Agent, f.Until, f.Transfer))
		case queue.EffectBot:
			turns = append(turns, fmt.Sprintf("%s/%d", f.Interaction, f.Seq))
		}
	}
	return offers, turns, at
}

// messages returns the keys of the messages of a journal: handed to the connector without an
// answer, waiting to be, and accepted.
func messages(t *testing.T, j store.Journal) (begun, waits, settled map[string]bool) {
	t.Helper()
	c, err := usher.New(usher.Options{Journal: j})
	require.NoError(t, err)
	begun, waits, settled = map[string]bool{}, map[string]bool{}, map[string]bool{}
	for ev, err := range c.Events(t.Context(), 1) {
		require.NoError(t, err)
		if ev.Key == "" || ev.Delivery == "" {
			continue
		}
		delete(begun, ev.Key)
		delete(waits, ev.Key)
		switch ev.Delivery {
		case queue.MessageSending:
			begun[ev.Key] = true
		case queue.MessageWaits:
			waits[ev.Key] = true
		default:
			settled[ev.Key] = true
		}
	}
	return begun, waits, settled
}

// What a connector answers decides what becomes of the message, and is in its event: also when
// the connector panics, returns an error of its own kind, or is gone.
func TestWhatAConnectorAnswersDecides(t *testing.T) {
	fails := func(err error) func(context.Context, channel.Outbound) error {
		return func(context.Context, channel.Outbound) error { return err }
	}
	for name, c := range map[string]struct {
		hook  func(context.Context, channel.Outbound) error
		state queue.MessageState
		code  int
		until time.Duration
		why   string
	}{
		"taken":         {hook: nil, state: queue.MessageAccepted},
		"retry":         {hook: fails(&channel.SendError{Class: channel.Retry, Code: 7, RetryAfter: 50 * time.Second, Err: errors.New("slower")}), state: queue.MessageWaits, code: 7, until: 50 * time.Second, why: "slower"},
		"permanent":     {hook: fails(&channel.SendError{Class: channel.Permanent, Code: 8, Err: errors.New("never")}), state: queue.MessageFailed, code: 8, why: "never"},
		"window closed": {hook: fails(&channel.SendError{Class: channel.WindowClosed, Code: 9, Err: errors.New("closed")}), state: queue.MessageFailed, code: 9, why: "closed"},
		"ambiguous":     {hook: fails(&channel.SendError{Class: channel.Ambiguous, Err: errors.New("cut")}), state: queue.MessageUnknown, why: "cut"},
		"another error": {hook: fails(errors.New("odd")), state: queue.MessageUnknown, why: "odd"},
		"a panic":       {hook: func(context.Context, channel.Outbound) error { panic("boom") }, state: queue.MessageUnknown, why: "panicked"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nil)
			h.available("ana")
			h.say("hello", maria)
			h.do(queue.Accept{Agent: "ana", Interaction: h.only().ID})
			h.wa.OnSend(c.hook)
			require.NoError(t, h.center.Send(t.Context(), usher.Reply{Interaction: h.only().ID, Agent: "ana", Message: channel.TextMessage("the text")}))
			h.settle()
			var last queue.Event
			text := ""
			for ev, err := range h.center.Events(t.Context(), 1) {
				require.NoError(t, err)
				if ev.Kind == queue.MessageQueued {
					text = ev.Message.Text
				}
				if ev.Kind == queue.MessageMoved {
					last = ev
				}
			}
			assert.Equal(t, "the text", text)
			assert.Equal(t, []any{c.state, c.code}, []any{last.Delivery, last.Code})
			assert.Contains(t, last.Reason, c.why)
			if c.until > 0 {
				assert.Equal(t, h.clock.Now().Add(c.until).UTC(), last.Until, "the provider's time is kept")
				h.wa.OnSend(nil)
				h.pass(c.until - 1)
				assert.Empty(t, h.wa.Sent())
				h.pass(1)
				assert.Len(t, h.wa.Sent(), 1)
			}
		})
	}
}

// secretWords are what must be gone after an erasure.
var secretWords = []string{"34600111222", "MariaSecret", "herwords", "ourwords", "secretvar", "wamidsecret"}

// secretTalk is a conversation with the customer to be erased.
func secretTalk(h *house, id string) {
	_, err := h.center.Do(h.t.Context(), queue.Arrive{
		Campaign: "sales", Number: number, Aliases: []string{string(maria)}, Name: "MariaSecret", ID: id, Customer: "customer-1",
		Message: &queue.Message{ID: "wamidsecret" + id, Text: "herwords", At: h.clock.Now()}, Vars: map[string]string{"k": "secretvar"},
	})
	require.NoError(h.t, err)
	h.settle()
	h.do(queue.Accept{Agent: "ana", Interaction: id})
	require.NoError(h.t, h.center.Send(h.t.Context(), usher.Reply{Interaction: id, Agent: "ana", Message: channel.TextMessage("ourwords")}))
	h.settle()
	h.do(queue.Finish{Agent: "ana", Interaction: id, Disposition: "done"})
}

// kept is everything that a journal holds, as text.
func kept(t *testing.T, j store.Journal) string {
	t.Helper()
	var b strings.Builder
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		b.Write(r.Data)
		b.Write(r.Body)
	}
	s, err := j.LoadSnapshot(t.Context())
	if err == nil {
		b.Write(s.Data)
	}
	return b.String()
}

func foundIn(text string) (list []string) {
	for _, w := range secretWords {
		if strings.Contains(text, w) {
			list = append(list, w)
		}
	}
	return list
}

// failingErasure fails the n-th call that an erasure makes.
type failingErasure struct {
	store.Journal
	mu    sync.Mutex
	after int // calls that still succeed; less than 0 = all
}

var errBroken = errors.New("broken")

func (b *failingErasure) broken() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.after--
	return b.after == -1
}

func (b *failingErasure) set(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.after = n
}

func (b *failingErasure) SaveSnapshot(ctx context.Context, s store.Snapshot) error {
	if b.broken() {
		return errBroken
	}
	return b.Journal.SaveSnapshot(ctx, s)
}

func (b *failingErasure) Erase(ctx context.Context, seqs []uint64) error {
	if b.broken() {
		return errBroken
	}
	return b.Journal.Erase(ctx, seqs)
}

// Nothing of a customer who is erased remains in the journal, the snapshot, the summaries or
// with subscribers; others keep what is theirs. When the journal fails at any call, or the
// center crashes there, the erasure can be repeated, by the alias alone, and is complete then.
func TestErasureAtEveryFailure(t *testing.T) {
	for n := range 5 {
		b := &failingErasure{Journal: store.NewMemory(), after: -1}
		h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal, o.Retention = b, -1 })
		h.available("ana")
		secretTalk(h, "i1")
		secretTalk(h, "i2")
		require.NoError(t, h.center.Block(t.Context(), "boss"))
		h.say("words of Pedro", channel.Phone("34600333444"))
		require.ElementsMatch(t, secretWords, foundIn(kept(t, b)), "the test sees what is there")
		b.set(n)
		err := h.center.Erase(t.Context(), usher.Erasure{Aliases: []channel.Alias{maria}, By: "officer"})
		b.set(-1)
		center := h.center
		if err != nil {
			require.ErrorIs(t, err, errBroken)
			// A crash: what is in the journal is opened again.
			left := store.NewMemory()
			require.NoError(t, store.Copy(t.Context(), left, b.Journal))
			b = &failingErasure{Journal: left, after: -1}
			center, err = usher.New(usher.Options{Journal: b, Connectors: h.opts.Connectors, Clock: h.clock, Retention: -1})
			require.NoError(t, err)
			require.NoError(t, center.Erase(t.Context(), usher.Erasure{Aliases: []channel.Alias{maria}}), "call %d", n)
		}
		assert.Empty(t, foundIn(kept(t, b)), "call %d", n)
		assert.Contains(t, kept(t, b), "words of Pedro")
		ended, _ := center.Ended(0, func(*usher.Summary) bool { return true })
		require.Len(t, ended, 2)
		for _, s := range ended {
			assert.Empty(t, s.Name+s.Address)
		}
		_, known := center.Summary(center.Interactions("")[0].ID)
		assert.True(t, known)
	}
}

// Subscribers read nothing of an erased customer, and lose no event.
func TestErasureReachesSubscribers(t *testing.T) {
	h := newHouse(t, nil)
	s := h.center.Subscribe(1)
	h.available("ana")
	secretTalk(h, "i1")
	h.say("words of Pedro", channel.Phone("34600333444"))
	require.NoError(t, h.center.Erase(t.Context(), usher.Erasure{Customer: "customer-1"}))
	next, pedro := uint64(2), false
	for {
		ev, ok, err := s.Poll()
		require.NoError(t, err)
		if !ok {
			break
		}
		assert.Equal(t, next, ev.Seq)
		next++
		text := ev.Name + strings.Join(ev.Aliases, "") + ev.Vars["k"] + ev.ProviderID
		if ev.Message != nil {
			text += ev.Message.ID + ev.Message.Text
			pedro = pedro || ev.Message.Text == "words of Pedro"
		}
		assert.Empty(t, foundIn(text), "event %d", ev.Seq)
	}
	assert.Equal(t, h.center.Seq()+1, next)
	assert.True(t, pedro)
	require.ErrorIs(t, h.center.Erase(t.Context(), usher.Erasure{Aliases: []channel.Alias{channel.Phone("34600333444")}}), queue.ErrInUse)
}
