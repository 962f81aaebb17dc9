package usher_test

import (
	"context"
	"strconv"
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
	"github.com/usher-go/usher/settings"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const number = "+15550001111"

// house is a center on a mock clock with one campaign, a fake connector, and a Run under
// way for as long as the test lasts.
type house struct {
	t      *testing.T
	center *usher.Center
	wa     *channeltest.Connector
	clock  *clock.Mock
	opts   usher.Options
}

func newHouse(t *testing.T, change func(*usher.Options, *usher.Config)) *house {
	t.Helper()
	h := &house{t: t, clock: clock.NewMock(), wa: channeltest.NewConnector("main", number, "+15550002222")}
	h.clock.Set(morning)
	h.wa.Clock(h.clock.Now)
	opts := usher.Options{Connectors: []channel.Connector{h.wa}, Clock: h.clock}
	cfg := usher.Config{
		Agents: []usher.Agent{{ID: "ana", Limit: 2}, {ID: "bruno", Limit: 2}},
		Campaigns: []usher.Campaign{{
			ID: "sales", Members: []usher.Member{{Agent: "ana"}, {Agent: "bruno"}},
			WhatsApp: &settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{number}, ServiceLevel: 20},
		}},
	}
	if change != nil {
		change(&opts, &cfg)
	}
	h.opts = opts
	h.open(opts)
	require.NoError(t, h.center.Configure(t.Context(), cfg))
	return h
}

// open makes a center and runs it until the test ends.
func (h *house) open(opts usher.Options) (stop func()) {
	h.t.Helper()
	var err error
	h.center, err = usher.New(opts)
	require.NoError(h.t, err)
	h.wa.Connect(h.center)
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan error, 1)
	center := h.center
	go func() { done <- center.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		assert.NoError(h.t, <-done)
	})
	h.t.Cleanup(stop)
	return stop
}

func (h *house) do(c queue.Command) {
	h.t.Helper()
	_, err := h.center.Do(h.t.Context(), c)
	require.NoError(h.t, err)
	h.settle()
}

func (h *house) settle() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(h.t, h.center.Settle(ctx))
}

func (h *house) pass(d time.Duration) {
	h.t.Helper()
	h.clock.Add(d)
	h.settle()
}

func (h *house) say(text string, alias channel.Alias) string {
	h.t.Helper()
	id, err := h.wa.Say(h.t.Context(), number, text, alias)
	require.NoError(h.t, err)
	h.settle()
	return id
}

func (h *house) available(agents ...string) {
	h.t.Helper()
	for _, a := range agents {
		h.do(queue.AgentState{Agent: a, State: queue.Available})
	}
}

// only returns the one open interaction.
func (h *house) only() queue.InteractionView {
	h.t.Helper()
	list := h.center.Interactions("")
	require.Len(h.t, list, 1)
	return list[0]
}

var maria = channel.Phone("34600111222")

func TestALife(t *testing.T) {
	h := newHouse(t, nil)
	h.available("ana")
	h.say("hello", maria)
	in := h.only()
	assert.Equal(t, "ana", in.Offered)
	h.pass(5 * time.Second)
	h.do(queue.Accept{Agent: "ana", Interaction: in.ID})
	require.NoError(t, h.center.Send(t.Context(), usher.Reply{Interaction: in.ID, Agent: "ana", Message: channel.TextMessage("hi Maria")}))
	h.settle()
	require.Len(t, h.wa.Sent(), 1)
	sent := h.wa.Sent()[0]
	assert.Equal(t, maria, sent.To)
	assert.Equal(t, number, sent.From)
	assert.Equal(t, "hi Maria", sent.Message.Text)
	require.NoError(t, h.wa.Report(t.Context(), sent.Key, channel.Delivered))
	h.do(queue.Finish{Agent: "ana", Interaction: in.ID, Disposition: "sold"})
	assert.Empty(t, h.center.Interactions(""))

	line := h.center.Board(morning).Campaigns[0]
	level, ok := line.Counts.ServiceLevel()
	assert.True(t, ok)
	assert.Equal(t, 1.0, level)
	assert.EqualValues(t, 1, line.Counts.Ends.Answered)

	events, err := h.center.Transcript(t.Context(), in.ID)
	require.NoError(t, err)
	var kinds []queue.Kind
	for _, ev := range events {
		kinds = append(kinds, ev.Kind)
	}
	assert.Equal(t, []queue.Kind{
		queue.Opened, queue.Queued, queue.Offered, queue.Answered, queue.MessageQueued, queue.MessageMoved,
		queue.MessageMoved, queue.Finished, queue.Ended,
	}, kinds)
	assert.Equal(t, "hello", events[0].Message.Text)
}

// With a concurrency of 1 everything is performed in the order in which it was decided,
// whatever the interaction: what a test needs to go the same way every time.
func TestOneAtATime(t *testing.T) {
	const n = 40
	var order []string
	h := newHouse(t, func(o *usher.Options, c *usher.Config) {
		o.Concurrency = 1
		o.Bots = map[string]bot.Bot{"late": bot.Func(func(_ context.Context, s bot.Session) (bot.Reply, error) {
			order = append(order, s.Interaction)
			return bot.Reply{Messages: []channel.Message{channel.TextMessage("sorry")}, Next: bot.Next{Action: bot.Finish}}, nil
		})}
		w := c.Campaigns[0].WhatsApp
		w.MaxTime, w.BotAfterWaitingTime = 60, "late"
	})
	var want []string
	for i := range n {
		h.say("hello", channel.Phone(strconv.Itoa(34600000000+i)))
	}
	for _, in := range h.center.Interactions("") {
		want = append(want, in.ID)
	}
	h.pass(time.Minute) // all of them at once
	assert.Equal(t, want, order)
	require.Len(t, h.wa.Sent(), n)
	for i, sent := range h.wa.Sent() {
		assert.Equal(t, channel.Phone(strconv.Itoa(34600000000+i)), sent.To)
	}
}
