package crashtest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// An offer that was out is shown again, the same one, while its time lasts.
func TestAnOfferSurvives(t *testing.T) {
	everyJournal(t, func(t *testing.T, fresh maker) {
		h := newHouse(t, fresh, nil)
		h.available("ana")
		h.say("hello", maria)
		h.settle()
		before := h.offers()
		require.Len(t, before, 1)
		h.crash(5 * time.Second)
		assert.Equal(t, before, h.offers(), "the same offer, under the same key")
		h.do(queue.Accept{Agent: "ana", Interaction: before[0].Interaction})
		assert.Equal(t, "ana", h.only().Agent)
	})
}

// An offer whose time passed while the center was down was missed then, not now, and what
// follows from it happened then.
func TestAnOfferEndsAtItsInstant(t *testing.T) {
	everyJournal(t, func(t *testing.T, fresh maker) {
		h := newHouse(t, fresh, nil)
		h.available("ana")
		h.say("hello", maria)
		h.settle()
		h.available("bruno")
		until := h.offers()[0].Until.Sub(morning)
		require.Positive(t, until)
		h.crash(until + until/2)
		assert.Equal(t, []time.Duration{until}, h.when(queue.OfferEnd))
		assert.Equal(t, []time.Duration{0, until}, h.when(queue.Offered), "the next agent was asked at that instant")
		assert.Equal(t, "bruno", h.only().Offered)
	})
}

// A bot's turn that was under way is asked for again under its key; when its time is over,
// the interaction left the bot at that instant.
func TestABotsTurnSurvives(t *testing.T) {
	everyJournal(t, func(t *testing.T, fresh maker) {
		h := newHouse(t, fresh, func(_ *usher.Options, cfg *usher.Config) { cfg.Campaigns[0].WhatsApp.BotOnStart = "greeter" })
		h.hang = make(chan struct{})
		h.say("hello", maria)
		require.Equal(t, queue.OwnedByBot, h.only().Owner)
		require.Eventually(t, func() bool { h.mu.Lock(); defer h.mu.Unlock(); return len(h.asked) == 1 }, 10*time.Second, time.Millisecond)
		key := h.asked[0]
		old := h.hang
		h.mu.Lock()
		h.hang = nil
		h.mu.Unlock()
		h.crash(time.Second)
		assert.Equal(t, []string{key}, h.asked)
		assert.Equal(t, queue.OwnedByQueue, h.only().Owner)
		close(old)
	})
}

// A transfer that nobody answered while the center was down returned at its deadline.
func TestATransferReturnsAtItsInstant(t *testing.T) {
	everyJournal(t, func(t *testing.T, fresh maker) {
		h := newHouse(t, fresh, func(_ *usher.Options, cfg *usher.Config) { cfg.Campaigns[0].WhatsApp.MaxTransferTime = 30 })
		h.available("ana")
		h.say("hello", maria)
		h.settle()
		in := h.only().ID
		h.do(queue.Accept{Agent: "ana", Interaction: in})
		h.available("bruno")
		h.do(queue.Transfer{Interaction: in, Agent: "ana", ToAgent: "bruno"})
		require.Equal(t, "bruno", h.only().Offered)
		h.crash(10 * time.Second)
		assert.Equal(t, "bruno", h.only().Offered, "still being offered")
		require.Len(t, h.offers(), 1)
		assert.True(t, h.offers()[0].Transfer)
		h.crash(time.Hour)
		assert.Equal(t, []time.Duration{30 * time.Second}, h.when(queue.TransferReturned))
		assert.Equal(t, "ana", h.only().Agent)
	})
}

// A wrap-up that ended while the center was down let the next customer in at that instant.
func TestAWrapUpEndsAtItsInstant(t *testing.T) {
	everyJournal(t, func(t *testing.T, fresh maker) {
		h := newHouse(t, fresh, func(_ *usher.Options, cfg *usher.Config) {
			cfg.Campaigns[0].WhatsApp.Offers.WrapUp = 40
			cfg.Agents[0].Limit = 1
		})
		h.available("ana")
		h.say("hello", maria)
		h.settle()
		in := h.only().ID
		h.do(queue.Accept{Agent: "ana", Interaction: in})
		h.do(queue.Finish{Agent: "ana", Interaction: in})
		h.say("me too", pedro)
		h.settle()
		require.Empty(t, h.only().Offered)
		h.crash(41 * time.Second)
		assert.Equal(t, []time.Duration{0, 40 * time.Second}, h.when(queue.Offered))
		assert.Equal(t, "ana", h.only().Offered)
	})
}

// A message that was being sent may have arrived: it is not sent again, it is marked, and a
// receipt settles it. One that was to be sent later is sent later.
func TestMessagesOnTheirWay(t *testing.T) {
	everyJournal(t, func(t *testing.T, fresh maker) {
		h := newHouse(t, fresh, nil)
		h.available("ana")
		h.say("hello", maria)
		h.settle()
		in := h.only().ID
		h.do(queue.Accept{Agent: "ana", Interaction: in})
		began, hang := make(chan struct{}), make(chan struct{})
		defer close(hang)
		h.wa.OnSend(func(ctx context.Context, _ channel.Outbound) error {
			close(began)
			select {
			case <-hang:
			case <-ctx.Done():
			}
			return nil
		})
		for _, text := range []string{"first", "second"} {
			require.NoError(t, h.center.Send(t.Context(), usher.Reply{Interaction: in, Agent: "ana", Message: channel.TextMessage(text)}))
		}
		<-began
		h.crash(time.Second)
		assert.Empty(t, h.wa.Sent(), "neither the first, which may have arrived, nor the second, which is behind it")
		var key string
		for ev, err := range h.center.Events(t.Context(), 0) {
			require.NoError(t, err)
			if ev.Delivery == queue.MessageUnknown {
				key = ev.Key
			}
		}
		require.NotEmpty(t, key, "it is marked")
		_, err := h.center.Do(t.Context(), queue.Receipt{Number: number, Key: key, ProviderID: "wamid.1", State: queue.MessageDelivered})
		require.NoError(t, err)
		h.settle()
		require.Len(t, h.wa.Sent(), 1)
		assert.Equal(t, "second", h.wa.Sent()[0].Message.Text)
	})
}

// A message that was not begun when the center was asked to end is sent when it is back.
func TestWhatWasNotBegunIsSentLater(t *testing.T) {
	everyJournal(t, func(t *testing.T, fresh maker) {
		h := newHouse(t, fresh, nil)
		h.available("ana")
		h.say("hello", maria)
		h.settle()
		in := h.only().ID
		h.do(queue.Accept{Agent: "ana", Interaction: in})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		h.idle()
		require.NoError(t, h.center.Send(t.Context(), usher.Reply{Interaction: in, Agent: "ana", Message: channel.TextMessage("good morning")}))
		require.NoError(t, h.center.Run(ctx))
		assert.Empty(t, h.wa.Sent())
		h.crash(time.Second)
		require.Len(t, h.wa.Sent(), 1)
		assert.Equal(t, "good morning", h.wa.Sent()[0].Message.Text)
		for ev, err := range h.center.Events(t.Context(), 0) {
			require.NoError(t, err)
			assert.NotEqual(t, queue.MessageUnknown, ev.Delivery)
		}
	})
}
