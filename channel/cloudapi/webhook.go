package cloudapi

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/usher-go/usher/channel"
)

// Webhook returns the handler for the callback address registered with Meta. It may
// serve several apps, accounts and numbers, and any number of requests at once.
//
//	GET                          the verification handshake: 200 and the challenge, or 403
//	POST, signed                 200 once r.Receive has returned nil, else 503, and Meta repeats;
//	                             with Retry-After if the error has a method RetryAfter
//	POST, signed, but no JSON    200 and a notice "malformed": repeating would not mend it
//	POST, signature wrong        401; Meta repeats, which helps when a secret was wrong
//	POST, over Config.MaxBody    413
//	POST, cut short              400
//	anything else                405
//
// Every update of one POST goes to r in one call, in the order of the payload. What is
// not a message, a status or news of an identity is handed over as a [channel.Notice] with
// the reason, and acknowledged: nothing that Meta signs is dropped silently. Meta sends
// at least once and in any order; r must expect both.
//
// The context of the call ends when Meta hangs up. Meta's own target is an answer within
// 250 ms at the median, so r should not do more than make the updates safe.
func (c *Connector) Webhook(r channel.Receiver) http.Handler {
	return &webhook{c: c, to: r}
}

type webhook struct {
	c  *Connector
	to channel.Receiver
}

func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		w.WriteHeader(h.post(w, r))
	case http.MethodGet:
		h.handshake(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// handshake answers the request that Meta makes when somebody sets the callback address.
// It carries no signature.
func (h *webhook) handshake(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("hub.mode") != "subscribe" || !oneOf(h.c.secrets.verify(), q.Get("hub.verify_token")) {
		h.c.log.Warn("cloudapi: webhook verification refused: wrong mode or verify token")
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, q.Get("hub.challenge"))
}

func (h *webhook) post(w http.ResponseWriter, r *http.Request) int {
	buf := bodies.Get().(*bytes.Buffer)
	defer recycle(buf)
	if status := h.read(buf, w, r); status != http.StatusOK {
		return status
	}
	body := buf.Bytes()
	if !h.c.verifier.valid(r.Header.Get(signatureHeader), body) {
		h.c.log.Warn("cloudapi: webhook refused: missing or wrong signature; check the app secret",
			slog.Int("bytes", len(body)))
		return http.StatusUnauthorized
	}
	updates := h.c.decode(body)
	if len(updates) == 0 {
		return http.StatusOK
	}
	for i := range updates {
		if m := updates[i].Message; m != nil {
			h.c.rates.learn(m.From.Aliases)
		}
	}
	if err := h.to.Receive(r.Context(), updates); err != nil {
		h.c.log.Error("cloudapi: webhook not taken, Meta will repeat it",
			slog.Int("updates", len(updates)), slog.Any("err", h.c.secrets.Error(err)))
		if busy, ok := errors.AsType[interface {
			error
			RetryAfter() time.Duration
		}](err); ok {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(busy.RetryAfter().Seconds()))))
		}
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

func (h *webhook) read(buf *bytes.Buffer, w http.ResponseWriter, r *http.Request) int {
	if r.ContentLength > h.c.cfg.MaxBody {
		return http.StatusRequestEntityTooLarge
	}
	_, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, h.c.cfg.MaxBody))
	if err == nil {
		return http.StatusOK
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	h.c.log.Warn("cloudapi: webhook body cut short", slog.Any("err", h.c.secrets.Error(err)))
	return http.StatusBadRequest
}

// bodies holds buffers for webhook bodies. Decoding copies what it keeps.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// recycle keeps ordinary buffers; a batch of megabytes is left to the collector.
func recycle(buf *bytes.Buffer) {
	if buf.Cap() > 64<<10 {
		return
	}
	buf.Reset()
	bodies.Put(buf)
}
