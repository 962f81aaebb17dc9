package bot_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/settings"
)

const secret = "0123456789abcdef"

var session = bot.Session{
	Key: "i1/7", Interaction: "i1", Campaign: "sales", Customer: "c1", CustomerName: "Maria", Number: "+15550001111",
	Channel: "whatsapp", Phase: bot.Start, Turn: 2, Vars: map[string]string{"a": "1"}, Now: morning,
	Input: &channel.Message{ID: "m1", Kind: channel.Text, Text: "hello"},
}

// service is a real HTTP server and the bot that asks it.
func service(t *testing.T, w bot.Webhook, h http.HandlerFunc) bot.Bot {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	w.URL, w.Secrets = server.URL+"/turn", append(w.Secrets, secret)
	b, err := bot.NewWebhook(w)
	require.NoError(t, err)
	return b
}

func answers(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, text)
	}
}

// fails asks once and returns the typed error.
func fails(t *testing.T, b bot.Bot) *bot.WebhookError {
	t.Helper()
	r, err := b.Turn(t.Context(), session)
	assert.Equal(t, bot.Reply{}, r)
	var failed *bot.WebhookError
	require.ErrorAs(t, err, &failed)
	return failed
}

func TestWebhook(t *testing.T) {
	t.Run("the request is the session, signed, and the reply is the answer", func(t *testing.T) {
		b := service(t, bot.Webhook{Headers: map[string]string{"Authorization": "Bearer x"}}, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			assert.NoError(t, bot.VerifyWebhook(r.Header, body, time.Now(), secret))
			assert.Equal(t, []string{"POST", "/turn", "application/json", "Bearer x", "i1/7", "i1/7"}, []string{
				r.Method, r.URL.Path, r.Header.Get("Content-Type"), r.Header.Get("Authorization"),
				r.Header.Get("Webhook-Id"), r.Header.Get("Idempotency-Key"),
			})
			assert.JSONEq(t, `{
				"version": 1, "key": "i1/7", "interaction": "i1", "campaign": "sales", "customer": "c1", "customerName": "Maria",
				"number": "+15550001111", "channel": "whatsapp", "phase": "start", "turn": 2, "vars": {"a": "1"},
				"now": "2026-03-02T09:00:00Z", "input": {"id": "m1", "kind": "text", "text": "hello"}
			}`, string(body))
			answers(`{"messages": [{"kind": "text", "text": "hi"}], "set": {"a": ""}, "next": {"action": "queue", "priority": 3, "skills": []}}`)(w, r)
		})
		r, err := b.Turn(t.Context(), session)
		require.NoError(t, err)
		assert.Equal(t, bot.Reply{
			Messages: []channel.Message{channel.TextMessage("hi")}, Set: map[string]string{"a": ""},
			Next: bot.Next{Action: bot.Queue, Priority: pointer(3), Skills: []settings.Skill{}},
		}, r)
	})
	t.Run("an empty object says nothing and waits", func(t *testing.T) {
		r, err := service(t, bot.Webhook{}, answers(`{}`)).Turn(t.Context(), session)
		require.NoError(t, err)
		assert.Equal(t, bot.Reply{}, r)
	})
	t.Run("replies that are none", func(t *testing.T) {
		for text, want := range map[string]string{
			``: "must be an object", `null`: "must be an object", `[]`: "must be an object", `{`: "not JSON at byte 1: unexpected end of JSON input",
			`{"messages":[{"kind":"text","text":"x","markdown":true}],"nxt":{}}`: "messages[0].markdown: unknown field; valid: answer, contacts, " +
				"forwarded, id, kind, location, media, menu, order, raw, reaction, referral, replyFrom, replyTo, template, text, time\nnxt: unknown field; valid: messages, next, set",
			`{"next":{"action":"agent"}}`: "bot: reply: next.target: must name the agent to hand over to",
			`{"next":"queue"}`:            "next: must be an object, is a string",
		} {
			e := fails(t, service(t, bot.Webhook{}, answers(text)))
			assert.Equal(t, bot.WebhookInvalid, e.Reason, text)
			assert.EqualError(t, e.Err, want, text)
			assert.Equal(t, 1, e.Attempts)
		}
	})
	t.Run("a reply that does not say it is JSON", func(t *testing.T) {
		e := fails(t, service(t, bot.Webhook{}, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>oops") }))
		assert.EqualError(t, e, `bot: webhook: invalid: status 200: content type must be application/json: "<html>oops"`)
	})
	t.Run("statuses that are for good are not tried again", func(t *testing.T) {
		for _, status := range []int{201, 204, 301, 302, 307, 400, 401, 404, 422} {
			var asked atomic.Int32
			e := fails(t, service(t, bot.Webhook{}, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			}))
			assert.Equal(t, status, e.Status)
			assert.False(t, e.Temporary())
			assert.EqualValues(t, 1, asked.Load(), "%d: asked again, or followed", status)
			assert.Equal(t, status > 300 && status < 400, e.Reason == bot.WebhookRedirect)
		}
	})
	t.Run("no redirect leads the customer's words elsewhere", func(t *testing.T) {
		thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
		defer thief.Close()
		e := fails(t, service(t, bot.Webhook{}, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, thief.URL, http.StatusTemporaryRedirect)
		}))
		assert.Equal(t, bot.WebhookRedirect, e.Reason)
	})
	t.Run("the size is bounded, whatever it is packed in", func(t *testing.T) {
		exact := `{"set":{"x":"` + strings.Repeat("a", 100-16) + `"}}`
		require.Len(t, exact, 100)
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(make([]byte, 8<<20)) // packed before anybody waits for it
		_ = z.Close()
		bomb := packed.Bytes()
		_, err := service(t, bot.Webhook{MaxReply: 100}, answers(exact)).Turn(t.Context(), session)
		require.NoError(t, err)
		assert.Equal(t, bot.WebhookTooLarge, fails(t, service(t, bot.Webhook{MaxReply: 99}, answers(exact))).Reason)
		assert.Equal(t, bot.WebhookTooLarge, fails(t, service(t, bot.Webhook{}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		})).Reason)
	})
	t.Run("a broken answer is a matter of the network, and tried again", func(t *testing.T) {
		var asked atomic.Int32
		b := service(t, bot.Webhook{}, func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) == 1 {
				w.Header().Set("Content-Length", "100")
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"messages"`)
				panic(http.ErrAbortHandler)
			}
			answers(`{}`)(w, r)
		})
		_, err := b.Turn(t.Context(), session)
		require.NoError(t, err)
		assert.EqualValues(t, 2, asked.Load())
	})
	t.Run("a service that is not there", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address := l.Addr().String()
		require.NoError(t, l.Close())
		b, err := bot.NewWebhook(bot.Webhook{URL: "http://" + address + "/?token=hidden", Secrets: []string{secret}, Attempts: 1})
		require.NoError(t, err)
		e := fails(t, b)
		assert.Equal(t, bot.WebhookNetwork, e.Reason)
		assert.True(t, e.Temporary())
		assert.NotContains(t, e.Error(), "hidden")
	})
}

// transport answers requests without a network, so that a bubble's clock can move.
type transport func(r *http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func response(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func TestWebhookTries(t *testing.T) {
	// attempts runs turns in a bubble and notes when each attempt was made.
	attempts := func(t *testing.T, w bot.Webhook, limit time.Duration, answer transport, check func(at []time.Duration, err error, took time.Duration)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var at []time.Duration
			var stamps []string
			w.URL, w.Secrets = "https://bots.example.com", []string{secret}
			w.Transport = transport(func(r *http.Request) (*http.Response, error) {
				at, stamps = append(at, time.Since(start)), append(stamps, r.Header.Get("Webhook-Timestamp"))
				body, _ := io.ReadAll(r.Body)
				assert.NoError(t, bot.VerifyWebhook(r.Header, body, time.Now(), secret), "every attempt is signed anew")
				assert.Equal(t, "i1/7", r.Header.Get("Idempotency-Key"), "every attempt has the same key")
				return answer(r)
			})
			b, err := bot.NewWebhook(w)
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			_, err = b.Turn(ctx, session)
			check(at, err, time.Since(start))
		})
	}
	status := func(code int, header ...string) transport {
		return func(*http.Request) (*http.Response, error) { return response(code, "busy", header...), nil }
	}
	for _, code := range []int{429, 500, 502, 503} {
		attempts(t, bot.Webhook{}, time.Minute, status(code), func(at []time.Duration, err error, _ time.Duration) {
			require.Len(t, at, 3, code)
			assert.InDelta(t, 150*time.Millisecond, at[1], float64(50*time.Millisecond))
			assert.InDelta(t, 300*time.Millisecond, at[2]-at[1], float64(100*time.Millisecond), "it doubles")
			assert.EqualError(t, err, fmt.Sprintf(`bot: webhook: status: status %d after 3 attempts: "busy"`, code))
		})
	}
	attempts(t, bot.Webhook{Attempts: 1}, time.Minute, status(503), func(at []time.Duration, _ error, _ time.Duration) { assert.Len(t, at, 1) })
	attempts(t, bot.Webhook{Attempts: 2}, time.Minute, status(429, "Retry-After", "7"), func(at []time.Duration, _ error, _ time.Duration) {
		assert.Equal(t, []time.Duration{0, 7 * time.Second}, at, "as the service asks")
	})
	attempts(t, bot.Webhook{Attempts: 2}, time.Minute, func(*http.Request) (*http.Response, error) {
		return response(503, "", "Retry-After", time.Now().Add(9*time.Second).UTC().Format(http.TimeFormat)), nil
	}, func(at []time.Duration, _ error, _ time.Duration) {
		assert.Equal(t, []time.Duration{0, 9 * time.Second}, at, "or at the instant it says")
	})
	attempts(t, bot.Webhook{}, 10*time.Second, status(503, "Retry-After", "11"), func(at []time.Duration, err error, took time.Duration) {
		assert.Len(t, at, 1)
		assert.Zero(t, took, "a turn that would be late is given up at once")
		assert.ErrorContains(t, err, "503")
	})
	attempts(t, bot.Webhook{}, time.Minute, func() transport {
		n := 0
		return func(*http.Request) (*http.Response, error) {
			if n++; n < 3 {
				return nil, errors.New("connection reset")
			}
			return response(200, `{}`), nil
		}
	}(), func(at []time.Duration, err error, _ time.Duration) {
		assert.Len(t, at, 3)
		assert.NoError(t, err)
	})
	silent := transport(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	attempts(t, bot.Webhook{Timeout: 4}, time.Minute, silent, func(at []time.Duration, err error, took time.Duration) {
		assert.Len(t, at, 3)
		assert.InDelta(t, 12500*time.Millisecond, took, float64(200*time.Millisecond))
		var e *bot.WebhookError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, bot.WebhookTimeout, e.Reason)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
	attempts(t, bot.Webhook{}, 3*time.Second, silent, func(at []time.Duration, err error, took time.Duration) {
		assert.Len(t, at, 1)
		assert.Equal(t, 3*time.Second, took, "the turn's time bounds all attempts")
		assert.Error(t, err)
	})
}

func TestVerifyWebhook(t *testing.T) {
	// The vector that libraries of the Standard Webhooks specification are tested with.
	body := []byte(`{"test": 2432232314}`)
	header := func() http.Header {
		return http.Header{
			"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"},
			"Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
		}
	}
	const key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	now := time.Unix(1614265330, 0)
	require.NoError(t, bot.VerifyWebhook(header(), body, now, key))
	require.NoError(t, bot.VerifyWebhook(header(), body, now, "an older secret.", key))
	require.NoError(t, bot.VerifyWebhook(header(), body, now.Add(5*time.Minute), key))
	require.NoError(t, bot.VerifyWebhook(header(), body, now.Add(-5*time.Minute), key))
	with := func(name string, v string) http.Header {
		h := header()
		h.Set(name, v)
		return h
	}
	require.NoError(t, bot.VerifyWebhook(with("Webhook-Signature", "v1,AAAA v2,x "+header().Get("Webhook-Signature")), body, now, key))
	for name, err := range map[string]error{
		"body":      bot.VerifyWebhook(header(), []byte(`{"test": 2432232315}`), now, key),
		"late":      bot.VerifyWebhook(header(), body, now.Add(5*time.Minute+1), key),
		"early":     bot.VerifyWebhook(header(), body, now.Add(-5*time.Minute-1), key),
		"secret":    bot.VerifyWebhook(header(), body, now, "another secret of mine"),
		"none":      bot.VerifyWebhook(header(), body, now),
		"id":        bot.VerifyWebhook(with("Webhook-Id", "other"), body, now, key),
		"no id":     bot.VerifyWebhook(with("Webhook-Id", ""), body, now, key),
		"time":      bot.VerifyWebhook(with("Webhook-Timestamp", "1614265331"), body, now, key),
		"no time":   bot.VerifyWebhook(with("Webhook-Timestamp", "x"), body, now, key),
		"signature": bot.VerifyWebhook(with("Webhook-Signature", "v1,AAAA"), body, now, key),
		"empty":     bot.VerifyWebhook(http.Header{}, body, now, key),
	} {
		assert.ErrorIs(t, err, bot.ErrSignature, name)
	}
	err := bot.VerifyWebhook(header(), body, now, "short")
	require.Error(t, err)
	assert.NotErrorIs(t, err, bot.ErrSignature, "a bad secret is the service's own mistake")
	assert.NotContains(t, err.Error(), "short secret")
}

// While one secret replaces another both sign, and a service with either is content.
func TestWebhookRotatesSecrets(t *testing.T) {
	const next = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	b := service(t, bot.Webhook{Secrets: []string{next}}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		assert.NoError(t, bot.VerifyWebhook(r.Header, body, time.Now(), secret))
		assert.NoError(t, bot.VerifyWebhook(r.Header, body, time.Now(), next))
		answers(`{}`)(w, r)
	})
	_, err := b.Turn(t.Context(), session)
	require.NoError(t, err)
}

func TestWebhookConfiguration(t *testing.T) {
	_, err := bot.NewWebhook(bot.Webhook{
		URL: "ftp://x", Secrets: []string{"short", "whsec_!", "whsec_AAAA"}, Timeout: -1, Attempts: 11, MaxReply: 1 << 30,
		Headers: map[string]string{"X Y": "", "webhook-id": "x", "X-Ok": "a\nb", "Fine": "x"},
	})
	assert.Equal(t, []string{
		`webhook.url: unknown scheme "ftp"; valid: https, http`,
		"webhook.secrets[0]: is too short; use at least 16 random bytes",
		"webhook.secrets[1]: must be base64 after whsec_",
		"webhook.secrets[2]: is too short; use at least 16 random bytes",
		`webhook.headers: "X Y" cannot be set`, `webhook.headers: "X-Ok" cannot be set`, `webhook.headers: "webhook-id" cannot be set`,
		"webhook.timeout: must be 0 to 600, is -1", "webhook.attempts: must be 0 to 10, is 11",
		"webhook.maxReply: must be 0 to 16777216, is 1073741824",
	}, faults(t, err))
	for address, want := range map[string]string{
		"":                           "must be a URL such as https://bots.example.com/turn",
		"https://":                   "must be a URL such as https://bots.example.com/turn",
		"https://:80":                "must be a URL such as https://bots.example.com/turn",
		"://":                        "must be a URL such as https://bots.example.com/turn",
		"https://u:p@x":              "must not have a user name or password; use headers",
		"https://x#y":                "must not have a fragment",
		"http://bots.example.com":    "must be https; set insecure for http to another machine",
		"http://localhost.evil.com/": "must be https; set insecure for http to another machine",
	} {
		_, err := bot.NewWebhook(bot.Webhook{URL: address, Secrets: []string{secret}})
		assert.Equal(t, []string{"webhook.url: " + want}, faults(t, err), address)
	}
	for _, w := range []bot.Webhook{{URL: "http://localhost:1"}, {URL: "http://127.0.0.1"}, {URL: "http://[::1]:80/"}, {URL: "http://bots", Insecure: true}} {
		w.Secrets = []string{secret}
		_, err := bot.NewWebhook(w)
		assert.NoError(t, err, w.URL)
	}
	_, err = bot.NewWebhook(bot.Webhook{URL: "https://x"})
	assert.Equal(t, []string{"webhook.secrets: must have at least one"}, faults(t, err))
	_, err = json.Marshal(bot.Config{Webhook: &bot.Webhook{Transport: http.DefaultTransport}})
	assert.NoError(t, err)
}

// TestWebhookShowsNoSecret checks that an answer which quotes the request's credentials, and
// printing the bot or its configuration, show none of them.
func TestWebhookShowsNoSecret(t *testing.T) {
	w := bot.Webhook{Headers: map[string]string{"Authorization": "Bearer a-private-credential"}}
	b := service(t, w, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, r.Header.Get("Authorization")+" "+secret)
	})
	e := fails(t, b)
	assert.NotContains(t, e.Error(), "a-private-credential")
	assert.NotContains(t, e.Error(), secret)
	assert.Contains(t, e.Body, "[redacted]")
	w.Secrets = []string{secret}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		for _, v := range []any{b, w, &w, []any{b, w}} {
			text := fmt.Sprintf(verb, v)
			assert.NotContains(t, text, "a-private-credential", "%s of %T", verb, v)
			assert.NotContains(t, text, secret, "%s of %T", verb, v)
		}
	}
}
