package cloudapi_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

// hand is a clock that the test moves.
type hand struct{ t time.Time }

func (h *hand) now() time.Time          { return h.t }
func (h *hand) forward(d time.Duration) { h.t = h.t.Add(d) }

func newHand() *hand { return &hand{time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

// clocked is a world whose limits follow a hand; the stand-in keeps Meta's own limits.
func clocked(t *testing.T, h *hand, change func(*cloudapi.Config)) *world {
	return newWorld(t, cloudapitest.Config{Limits: true, Now: h.now}, change)
}

func (w *world) send(t *testing.T, to string) error {
	out := outbound(channel.TextMessage("x"))
	out.To = channel.Phone(to)
	_, err := w.connector.Send(t.Context(), out)
	return err
}

// refused checks that a send was held back here, without a call.
func (w *world) refused(t *testing.T, to string, wait time.Duration) {
	t.Helper()
	before := len(w.graph.Sent())
	se := sendError(t, w.send(t, to))
	assert.Equal(t, channel.Retry, se.Class)
	assert.Equal(t, wait, se.RetryAfter)
	assert.Zero(t, se.Code, "Meta was not asked")
	assert.Len(t, w.graph.Sent(), before)
}

func TestPairLimit(t *testing.T) {
	h := newHand()
	w := clocked(t, h, nil)
	for range 45 {
		require.NoError(t, w.send(t, "1"))
	}
	w.refused(t, "1", 6*time.Second)
	require.NoError(t, w.send(t, "2"), "others are not concerned")

	h.forward(5 * time.Second)
	w.refused(t, "1", time.Second)
	h.forward(time.Second)
	require.NoError(t, w.send(t, "1"))
	w.refused(t, "1", 6*time.Second)

	h.forward(time.Hour)
	for range 45 {
		require.NoError(t, w.send(t, "1"), "the whole burst is back, and no more than that")
	}
	w.refused(t, "1", 6*time.Second)
}

func TestPairLimitIsPerNumber(t *testing.T) {
	h := newHand()
	cfg := cloudapitest.Config{Limits: true, Now: h.now, Numbers: map[string]string{numberID: number, "2": "+15550783882"}}
	w := newWorld(t, cfg, nil)
	for range 45 {
		require.NoError(t, w.send(t, "1"))
	}
	w.refused(t, "1", 6*time.Second)
	out := outbound(channel.TextMessage("x"))
	out.From, out.To = "+15550783882", channel.Phone("1")
	_, err := w.connector.Send(t.Context(), out)
	require.NoError(t, err)
}

func TestNumberLimit(t *testing.T) {
	h := newHand()
	w := clocked(t, h, nil)
	for i := range 80 {
		require.NoError(t, w.send(t, fmt.Sprint(100+i)))
	}
	w.refused(t, "1", time.Second)
	h.forward(time.Second / 2)
	w.refused(t, "1", time.Second/2)
	h.forward(time.Second / 2)
	for i := range 80 {
		require.NoError(t, w.send(t, fmt.Sprint(200+i)))
	}
	w.refused(t, "1", time.Second)
}

// TestThroughputHoldsInEverySecond offers three times the throughput and counts what passes
// in every window of one second, not only in those that begin at a full one.
func TestThroughputHoldsInEverySecond(t *testing.T) {
	for _, limit := range []int{20, 80, 1000} {
		h := newHand()
		w := newWorld(t, cloudapitest.Config{Now: h.now}, func(c *cloudapi.Config) { c.MessagesPerSecond = limit })
		begin := h.t
		var passed []time.Duration
		for i := 0; h.t.Sub(begin) < 1500*time.Millisecond; i++ {
			if w.send(t, fmt.Sprint(10_000+i)) == nil {
				passed = append(passed, h.t.Sub(begin))
			}
			h.forward(time.Second / time.Duration(3*limit))
		}
		for i, at := range passed {
			if i >= limit && at-passed[i-limit] < time.Second {
				t.Fatalf("%d messages within %v from %v on; the limit is %d a second", limit+1, at-passed[i-limit], passed[i-limit], limit)
			}
		}
		assert.GreaterOrEqual(t, len(passed), limit, "the limit is used")
	}
}

// TestPairLimitCountsAPerson sends by turns to the phone, to another form of it and to the
// user id of one person: Meta counts all of them together.
func TestPairLimitCountsAPerson(t *testing.T) {
	for _, when := range []string{"known before", "learned on the way"} {
		h := newHand()
		w := clocked(t, h, nil)
		hook := w.connector.Webhook(w.inbox)
		learn := func() {
			body := []byte(change("messages", `{"contacts":[{"wa_id":"5531988888888","user_id":"BR.1"}],`+
				`"messages":[{"from":"553188888888","from_user_id":"BR.1","id":"w1","timestamp":"1749416383","type":"text","text":{"body":"x"}}]}`))
			require.Equal(t, 200, postSigned(hook, body, w.graph.Sign(body)))
		}
		if when == "known before" {
			learn()
		}
		passed := 0
		for i := range 60 {
			if i == 20 && when != "known before" {
				learn()
			}
			out := outbound(channel.TextMessage("x"))
			out.To = []channel.Alias{"phone:5531988888888", "user:BR.1", "phone:553188888888"}[i%3]
			if i < 20 && when != "known before" {
				out.To = "phone:553188888888"
			}
			if _, err := w.connector.Send(t.Context(), out); err == nil {
				passed++
			}
		}
		assert.Equal(t, 45, passed, when)
	}
}

func TestLimitsAreConfigurable(t *testing.T) {
	h := newHand()
	t.Run("slower", func(t *testing.T) {
		w := clocked(t, h, func(c *cloudapi.Config) { c.MessagesPerSecond, c.PairInterval = 2, time.Minute })
		require.NoError(t, w.send(t, "1"))
		require.NoError(t, w.send(t, "2"))
		w.refused(t, "3", time.Second)
	})
	t.Run("none here: then Meta says it", func(t *testing.T) {
		w := clocked(t, h, func(c *cloudapi.Config) { c.MessagesPerSecond, c.PairInterval = -1, -1 })
		for range 45 {
			require.NoError(t, w.send(t, "1"))
		}
		assert.Equal(t, 131056, sendError(t, w.send(t, "1")).Code)
	})
}

// A refusal by Meta empties the bucket here too, for longer each time in a row.
func TestPenalties(t *testing.T) {
	tests := map[string]struct {
		code  int
		waits []int
		other bool // whether other customers may be written to meanwhile
	}{
		"pair":   {131056, []int{1, 6, 16, 64, 256, 256}, true}, // 4 s, but the bucket takes 6,
		"number": {130429, []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 256}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHand()
			w := newWorld(t, cloudapitest.Config{Now: h.now}, nil)
			for _, seconds := range tt.waits {
				wait := time.Duration(seconds) * time.Second
				w.graph.FailNext(cloudapitest.Graph(tt.code))
				se := sendError(t, w.send(t, "1"))
				assert.Equal(t, tt.code, se.Code)
				assert.Equal(t, wait, se.RetryAfter)
				w.refused(t, "1", wait)
				if tt.other {
					require.NoError(t, w.send(t, "2"))
				} else {
					w.refused(t, "2", wait)
				}
				h.forward(wait)
			}
			require.NoError(t, w.send(t, "1"), "after the wait it goes on")
			h.forward(time.Hour)
			w.graph.FailNext(cloudapitest.Graph(tt.code))
			assert.Equal(t, time.Second, sendError(t, w.send(t, "1")).RetryAfter, "a success ends the row")
		})
	}
}

func TestClockSteppingBack(t *testing.T) {
	h := newHand()
	w := clocked(t, h, func(c *cloudapi.Config) { c.MessagesPerSecond = -1 })
	require.NoError(t, w.send(t, "1"))
	h.forward(-time.Minute)
	for range 30 {
		require.NoError(t, w.send(t, "1"))
	}
}
