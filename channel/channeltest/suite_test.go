package channeltest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
)

// harness runs the suite against the connector in memory; mend replaces its parts.
func harness(mend func(*Connector, *Harness)) func(testing.TB, channel.Receiver) Harness {
	return func(_ testing.TB, r channel.Receiver) Harness {
		c := NewConnector("fake", "+15550783881", "+15550783882")
		c.Connect(r)
		h := Harness{
			Connector: c, To: channel.Phone("16505551234"),
			Taken: func() []string {
				var keys []string
				for _, out := range c.Sent() {
					keys = append(keys, out.Key)
				}
				return keys
			},
			FailNext: func(class channel.Class) bool {
				c.FailNext(Failure{Class: class, Taken: class == channel.Ambiguous})
				return true
			},
			Inbound: func(ctx context.Context, text string) error {
				_, err := c.Say(ctx, c.Numbers()[0], text, channel.Phone("16505551234"))
				return err
			},
			Deliver: func(ctx context.Context, key string) error { return c.Report(ctx, key, channel.Delivered) },
		}
		if mend != nil {
			mend(c, &h)
		}
		return h
	}
}

func TestConnectorPassesTheSuite(t *testing.T) { Run(t, harness(nil)) }

// recorder takes failures instead of failing.
type recorder struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skip(...any)          { runtime.Goexit() }
func (r *recorder) Skipf(string, ...any) { runtime.Goexit() }

// verdict runs every rule and returns the names of those that were broken.
func verdict(t *testing.T, open func(testing.TB, channel.Receiver) Harness) []string {
	var broken []string
	for _, r := range rules {
		rec := &recorder{TB: t}
		var wg sync.WaitGroup
		wg.Go(func() { r.run(rec, open) })
		wg.Wait()
		if len(rec.said) > 0 {
			assert.Contains(t, rec.said[0], r.name, "the failure names the rule")
			broken = append(broken, r.name)
		}
	}
	return broken
}

// wrapped is a connector with one fault.
type wrapped struct {
	*Connector
	name    func() string
	numbers func() []string
	send    func(context.Context, channel.Outbound) (channel.Receipt, error)
}

func (w *wrapped) Name() string {
	if w.name != nil {
		return w.name()
	}
	return w.Connector.Name()
}

func (w *wrapped) Numbers() []string {
	if w.numbers != nil {
		return w.numbers()
	}
	return w.Connector.Numbers()
}

func (w *wrapped) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	if w.send != nil {
		return w.send(ctx, out)
	}
	return w.Connector.Send(ctx, out)
}

func TestSuiteFindsEveryFault(t *testing.T) {
	shared := []string{"+15550783881"}
	tests := map[string]struct {
		mend func(c *Connector, h *Harness)
		rule string // a part of the name of one that must break
	}{
		"no name": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, name: func() string { return "" }}
		}, "name and channel"},
		"numbers shared": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, numbers: func() []string { return shared }}
		}, "numbers are E.164"},
		"number without +": {func(c *Connector, h *Harness) {
			c.numbers = []string{"15550783881"}
		}, "numbers are E.164"},
		"sent twice": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, send: func(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
				_, _ = c.Send(ctx, out)
				return c.Send(ctx, out)
			}}
		}, "taken once"},
		"no id": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, send: func(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
				_, err := c.Send(ctx, out)
				return channel.Receipt{}, err
			}}
		}, "gets an id"},
		"same id": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, send: func(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
				_, err := c.Send(ctx, out)
				return channel.Receipt{MessageID: "same"}, err
			}}
		}, "an id of its own"},
		"order lost": {func(_ *Connector, h *Harness) {
			taken := h.Taken
			h.Taken = func() []string { keys := taken(); slices.Reverse(keys); return keys }
		}, "in that order"},
		"foreign number": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, send: func(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
				out.From = c.numbers[0]
				return c.Send(ctx, out)
			}}
		}, "foreign number"},
		"any alias": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, send: func(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
				out.To = channel.Phone("1")
				return c.Send(ctx, out)
			}}
		}, "alias"},
		"any kind": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, send: func(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
				out.Message.Kind = channel.Text
				return c.Send(ctx, out)
			}}
		}, "kinds that only arrive"},
		"deaf to the context": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, send: func(_ context.Context, out channel.Outbound) (channel.Receipt, error) {
				return c.Send(context.Background(), out)
			}}
		}, "context"},
		"bare errors": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, send: func(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
				r, err := c.Send(ctx, out)
				if err != nil {
					err = errors.New("failed")
				}
				return r, err
			}}
		}, "each failure has its class"},
		"repeats by itself": {func(c *Connector, h *Harness) {
			h.Connector = &wrapped{Connector: c, send: func(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
				r, err := c.Send(ctx, out)
				if channel.ClassOf(err) == channel.Ambiguous && err != nil {
					_, _ = c.Send(ctx, out)
				}
				return r, err
			}}
		}, "not repeated"},
		"wait without retry": {func(c *Connector, h *Harness) {
			h.FailNext = func(class channel.Class) bool {
				c.FailNext(Failure{Class: class, RetryAfter: time.Second})
				return true
			}
		}, "class"},
		"retry that never works": {func(c *Connector, h *Harness) {
			h.FailNext = func(class channel.Class) bool {
				c.FailNext(Failure{Class: class}, Failure{Class: class})
				return true
			}
		}, "the same message can be sent"},
		"status of another": {func(c *Connector, h *Harness) {
			h.Deliver = func(ctx context.Context, _ string) error {
				return c.Deliver(ctx, channel.Update{Status: &channel.Status{MessageID: "other", State: channel.Delivered}})
			}
		}, "a status names"},
		"no status": {func(_ *Connector, h *Harness) {
			h.Deliver = func(context.Context, string) error { return nil }
		}, "a status names"},
		"no sender": {func(c *Connector, h *Harness) {
			h.Inbound = func(ctx context.Context, text string) error {
				_, err := c.Say(ctx, c.numbers[0], text)
				return err
			}
		}, "is complete"},
		"only a user name": {func(c *Connector, h *Harness) {
			h.Inbound = func(ctx context.Context, text string) error {
				_, err := c.Say(ctx, c.numbers[0], text, channel.Username("maria"))
				return err
			}
		}, "is complete"},
		"local time": {func(c *Connector, h *Harness) {
			h.Inbound = func(ctx context.Context, text string) error {
				m := channel.TextMessage(text)
				m.ID, m.Time = "1", time.Now().In(time.FixedZone("X", 3600))
				return c.Deliver(ctx, channel.Update{Number: c.numbers[0], Message: &channel.Inbound{Message: m}})
			}
		}, "is complete"},
		"two things in one update": {func(c *Connector, h *Harness) {
			h.Deliver = func(ctx context.Context, key string) error {
				return c.Deliver(ctx, channel.Update{
					Status: &channel.Status{Key: key, State: channel.Delivered}, Other: &channel.Notice{Kind: "x"},
				})
			}
		}, "a status names"},
		"acknowledges what was lost": {func(_ *Connector, h *Harness) {
			inbound := h.Inbound
			h.Inbound = func(ctx context.Context, text string) error { _ = inbound(ctx, text); return nil }
		}, "not acknowledged"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			broken := verdict(t, harness(tt.mend))
			assert.Contains(t, strings.Join(broken, "\n"), tt.rule)
		})
	}
	assert.Empty(t, verdict(t, harness(nil)), "and none where there is none")
}

func TestConnectorHooks(t *testing.T) {
	c := NewConnector("fake")
	out := channel.Outbound{Key: "k", From: "+15550783881", To: channel.Phone("1"), Message: channel.TextMessage("x")}

	t.Run("a hook decides", func(t *testing.T) {
		boom := &channel.SendError{Class: channel.Stopped, Err: errors.New("boom")}
		c.OnSend(func(context.Context, channel.Outbound) error { return boom })
		_, err := c.Send(t.Context(), out)
		require.ErrorIs(t, err, boom)
		assert.Empty(t, c.Sent())
		c.OnSend(nil)
	})
	t.Run("await", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Await(ctx, 1)
		require.ErrorIs(t, err, context.Canceled)
		_, err = c.Send(t.Context(), out)
		require.NoError(t, err)
		sent, err := c.Await(ctx, 1)
		require.NoError(t, err)
		assert.Equal(t, []channel.Outbound{out}, sent)
	})
	t.Run("nobody receives", func(t *testing.T) {
		_, err := c.Say(t.Context(), "+15550783881", "hi", channel.Phone("1"))
		assert.ErrorContains(t, err, "Connect")
	})
	t.Run("report of what was never sent", func(t *testing.T) {
		assert.ErrorContains(t, c.Report(t.Context(), "nothing", channel.Read), "nothing")
	})
	t.Run("marks and files", func(t *testing.T) {
		require.NoError(t, c.MarkRead(t.Context(), "+15550783881", "in-1"))
		require.NoError(t, c.Typing(t.Context(), "+15550783881", "in-1"))
		assert.Len(t, c.Marks(), 2)
		c.AddFile("f", []byte("data"))
		_, err := c.FetchMedia(t.Context(), "+15550783881", channel.MediaRef{ID: "f"})
		require.NoError(t, err)
		_, err = c.FetchMedia(t.Context(), "+15550783881", channel.MediaRef{ID: "g"})
		require.Error(t, err)
		assert.Equal(t, 2, c.Fetched())
	})
}
