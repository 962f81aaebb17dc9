package usher_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// moved returns the last change of a message's state.
func (h *house) moved() (last queue.Event) {
	h.t.Helper()
	for ev, err := range h.center.Events(h.t.Context(), 1) {
		require.NoError(h.t, err)
		if ev.Kind == queue.MessageMoved {
			last = ev
		}
	}
	return last
}

// A message that no connector can carry, or whose body is not a message, fails with the reason
// in its event, and no connector is called.
func TestAMessageThatCannotBeHandedOver(t *testing.T) {
	t.Run("unknown connector", func(t *testing.T) {
		a := newAnswered(t, func(o *usher.Options) { o.Connectors = nil })
		require.NoError(t, a.send("hi"))
		a.settle()
		assert.Equal(t, []any{queue.MessageFailed, "unknown connector main"}, []any{a.moved().Delivery, a.moved().Reason})
	})
	t.Run("body", func(t *testing.T) {
		a := newAnswered(t, func(*usher.Options) {})
		a.do(queue.Send{Interaction: a.id, Agent: "ana", Message: queue.Message{Body: json.RawMessage(`{"kind":1}`)}})
		assert.Equal(t, queue.MessageFailed, a.moved().Delivery)
		assert.Contains(t, a.moved().Reason, "usher: message body")
		assert.Empty(t, a.wa.Sent())
	})
}

// An offer that the desk could not show goes to the next agent, with the desk's error in the
// event. An error on anything else changes nothing.
func TestAnOfferThatTheDeskCannotShow(t *testing.T) {
	desk := usher.DeskFunc(func(_ context.Context, f queue.Effect) error {
		if f.Kind != queue.EffectOffer || f.Agent == "ana" {
			return errors.New("the screen is dark")
		}
		return nil
	})
	h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Desk = desk })
	h.available("ana")
	h.say("hello", maria)
	id := h.only().ID
	h.available("bruno")
	assert.Equal(t, "bruno", h.only().Offered)
	failed := h.events(id, queue.OfferEnd)
	require.Len(t, failed, 1)
	assert.Equal(t, []string{"ana", "failed"}, []string{failed[0].Agent, failed[0].Reason})
	assert.Contains(t, failed[0].From, "the screen is dark")
	h.do(queue.Accept{Agent: "bruno", Interaction: id})
	assert.Equal(t, "bruno", h.only().Agent)
}

// The event of a bot that failed says why.
func TestWhyABotFailed(t *testing.T) {
	for why, turn := range map[string]bot.Func{
		"out of paper": func(context.Context, bot.Session) (bot.Reply, error) { return bot.Reply{}, errors.New("out of paper") },
		"bot: reply": func(context.Context, bot.Session) (bot.Reply, error) {
			return bot.Reply{Next: bot.Next{Action: "dance"}}, nil
		},
	} {
		h := newHouse(t, func(o *usher.Options, cfg *usher.Config) {
			o.Bots, cfg.Campaigns[0].WhatsApp.BotOnStart = map[string]bot.Bot{"b": turn}, "b"
		})
		h.say("hello", maria)
		ended := h.events(h.only().ID, queue.BotEnded)
		require.Len(t, ended, 1)
		assert.Contains(t, ended[0].Reason, why)
	}
}

// The bot of an open conversation that is not among the options any more has failed, by name.
func TestABotThatIsGone(t *testing.T) {
	j := store.NewMemory()
	waits := bot.Func(func(context.Context, bot.Session) (bot.Reply, error) {
		return bot.Reply{Next: bot.Next{Action: bot.Wait}}, nil
	})
	h := newHouse(t, func(o *usher.Options, cfg *usher.Config) {
		o.Journal, o.Bots, cfg.Campaigns[0].WhatsApp.BotOnStart = j, map[string]bot.Bot{"b": waits}, "b"
	})
	h.say("hello", maria)
	opts := h.opts
	opts.Journal, opts.Bots = copyOf(t, j), nil
	h.open(opts)
	h.say("more", maria)
	ended := h.events(h.only().ID, queue.BotEnded)
	require.Len(t, ended, 1)
	assert.Equal(t, "unknown bot b", ended[0].Reason)
}

// failingPass is a journal whose n-th reading from now on fails after some records.
type failingPass struct {
	store.Journal
	n, after int
}

func (f *failingPass) Load(ctx context.Context, from uint64) iter.Seq2[store.Record, error] {
	b := &breaking{Journal: f.Journal, after: f.after}
	if f.n--; f.n == 0 {
		b.times = 1
	}
	return b.Load(ctx, from)
}

// A reading that fails at any of the passes of an erasure is returned, and the erasure can be
// repeated.
func TestAnErasureThatCannotReadTheJournal(t *testing.T) {
	for pass := range 3 {
		for _, after := range []int{0, 3} {
			f := &failingPass{Journal: store.NewMemory(), after: after}
			h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal, o.Retention = f, -1 })
			h.available("ana")
			secretTalk(h, "i1")
			f.n = pass + 1
			erase := func() error {
				return h.center.Erase(t.Context(), usher.Erasure{Aliases: []channel.Alias{maria}})
			}
			require.ErrorContains(t, erase(), "usher: erase: connection reset", "pass %d", pass)
			require.NoError(t, erase())
			assert.Empty(t, foundIn(kept(t, f)))
		}
	}
}
