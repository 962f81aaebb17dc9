package cloudapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
)

const text = `{"from":"16505551234","id":"wamid.1","timestamp":"1749416383","type":"text","text":{"body":"hello"}}`

func TestHandshake(t *testing.T) {
	h := newConnector(t, config()).Webhook(&inbox{})
	tests := map[string]struct {
		mode, token string
		status      int
	}{
		"right token":        {"subscribe", "verify", http.StatusOK},
		"another of several": {"subscribe", "second", http.StatusOK},
		"wrong token":        {"subscribe", "guess", http.StatusForbidden},
		"no token":           {"subscribe", "", http.StatusForbidden},
		"other mode":         {"unsubscribe", "verify", http.StatusForbidden},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			q := url.Values{"hub.mode": {tt.mode}, "hub.verify_token": {tt.token}, "hub.challenge": {"<b>0115"}}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/webhook?"+q.Encode(), nil))
			assert.Equal(t, tt.status, w.Code)
			if tt.status == http.StatusOK {
				assert.Equal(t, "<b>0115", w.Body.String(), "as it came")
				assert.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"), "never as HTML")
			} else {
				assert.Empty(t, w.Body.String())
			}
		})
	}
}

func TestMethods(t *testing.T) {
	h := newConnector(t, config()).Webhook(&inbox{})
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodHead} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/webhook", nil))
		assert.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
		assert.Equal(t, "GET, POST", w.Header().Get("Allow"))
	}
}

func TestAcknowledgement(t *testing.T) {
	body := []byte(message(text))

	t.Run("200 once the receiver has it", func(t *testing.T) {
		in := &inbox{}
		assert.Equal(t, http.StatusOK, post(newConnector(t, config()).Webhook(in), body))
		assert.Len(t, in.all(), 1)
	})
	t.Run("503 when the receiver does not take it", func(t *testing.T) {
		in := &inbox{err: errors.New("disk full")}
		assert.Equal(t, http.StatusServiceUnavailable, post(newConnector(t, config()).Webhook(in), body))
	})
	t.Run("a batch is one call", func(t *testing.T) {
		in := &inbox{}
		batch := []byte(message(text + "," + strings.Replace(text, "wamid.1", "wamid.2", 1)))
		assert.Equal(t, http.StatusOK, post(newConnector(t, config()).Webhook(in), batch))
		assert.Equal(t, 1, in.calls)
		assert.Len(t, in.all(), 2)
	})
	t.Run("nothing in it: 200 without a call", func(t *testing.T) {
		in := &inbox{}
		h := newConnector(t, config()).Webhook(in)
		assert.Equal(t, http.StatusOK, post(h, []byte(`{"object":"whatsapp_business_account","entry":[]}`)))
		assert.Zero(t, in.calls)
	})
	t.Run("the context is the request's", func(t *testing.T) {
		type key struct{}
		var got any
		h := newConnector(t, config()).Webhook(channel.ReceiverFunc(func(ctx context.Context, _ []channel.Update) error {
			got = ctx.Value(key{})
			return nil
		}))
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r = r.WithContext(context.WithValue(r.Context(), key{}, "mine"))
		r.Header.Set("X-Hub-Signature-256", sign(body))
		h.ServeHTTP(httptest.NewRecorder(), r)
		assert.Equal(t, "mine", got)
	})
}

func TestBodySize(t *testing.T) {
	cfg := config()
	cfg.MaxBody = 1000
	in := &inbox{}
	h := newConnector(t, cfg).Webhook(in)
	exact := []byte(message(text))
	exact = append(exact, bytes.Repeat([]byte(" "), 1000-len(exact))...)

	t.Run("at the limit", func(t *testing.T) {
		assert.Equal(t, http.StatusOK, post(h, exact))
		assert.Len(t, in.all(), 1)
	})
	t.Run("one byte over, length told", func(t *testing.T) {
		assert.Equal(t, http.StatusRequestEntityTooLarge, post(h, append(exact, ' ')))
	})
	t.Run("one byte over, length not told", func(t *testing.T) {
		body := slices.Concat(exact, []byte{' '})
		r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(bytes.NewReader(body)))
		r.ContentLength = -1
		r.Header.Set("X-Hub-Signature-256", sign(body))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	})
	t.Run("cut short", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(bytes.NewReader(exact[:100]), brokenReader{}))
		r.Header.Set("X-Hub-Signature-256", sign(exact))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, http.StatusBadRequest, w.Code)
	})
	assert.Empty(t, in.all(), "nothing of these arrives")
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestNotJSON(t *testing.T) {
	for _, body := range []string{"", "{", "null,", `{"object":"x"}}`, "\xff"} {
		u := one(t, decode(t, body))
		require.NotNil(t, u.Other, body)
		assert.Equal(t, "malformed", u.Other.Kind)
		assert.Equal(t, "not JSON", u.Other.Reason)
		assert.Equal(t, body, string(u.Other.Raw))
	}
}

func TestOtherObjects(t *testing.T) {
	for _, body := range []string{`{}`, `[]`, `null`, `"x"`, `{"object":"page","entry":[]}`, `{"object":{"a":1}}`} {
		u := one(t, decode(t, body))
		require.NotNil(t, u.Other, body)
		assert.Equal(t, "not a WhatsApp Business webhook", u.Other.Reason)
	}
}

func TestLogsHoldNoSecretsOrContent(t *testing.T) {
	var log bytes.Buffer
	cfg := config()
	cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.GraphURL = "http://127.0.0.1:1" // nobody listens
	c := newConnector(t, cfg)
	h := c.Webhook(&inbox{err: errors.New("disk full")})
	post(h, []byte(message(text)))
	postSigned(h, []byte(message(text)), "sha256=00")
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/?hub.verify_token=guess", nil))
	_, err := c.Send(t.Context(), outbound(channel.TextMessage("a private matter")))
	require.Error(t, err)
	_, err = c.Send(t.Context(), outbound(channel.TextMessage("")))
	require.Error(t, err)
	cfg.Logger.Info("made", "connector", c)

	assert.GreaterOrEqual(t, strings.Count(log.String(), "\n"), 5, "it did log: %s", &log)
	for _, word := range []string{cfg.AccessToken, secret, "verify,", "private", "hello", "16505551234", "guess"} {
		if word == cfg.AccessToken {
			word = "=" + word // the word "token" itself may stand in a sentence
		}
		assert.NotContains(t, log.String(), word)
	}
}

// TestNothingPrintsSecrets checks that no verb shows a secret of a connector or of its
// configuration, also inside other values.
func TestNothingPrintsSecrets(t *testing.T) {
	cfg := config()
	cfg.AccessToken, cfg.AppSecrets, cfg.VerifyTokens = "EAAG-SECRET", []string{"APP-SECRET"}, []string{"VERIFY-SECRET"}
	c := newConnector(t, cfg)
	type holder struct {
		C   *cloudapi.Connector
		Cfg cloudapi.Config
		h   any
	}
	for _, v := range []any{c, *c, cfg, &cfg, holder{c, cfg, nil}, []any{c, &cfg}, c.Webhook(&inbox{})} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			text := fmt.Sprintf(verb, v)
			assert.NotContains(t, text, "SECRET", "%s of %T", verb, v)
			assert.NotContains(t, text, fmt.Sprintf("%x", "EAAG-SECRET"), "%s of %T", verb, v)
		}
	}
}
