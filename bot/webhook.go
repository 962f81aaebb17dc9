package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usher-go/usher/internal/fault"
	"github.com/usher-go/usher/internal/redact"
	"github.com/usher-go/usher/internal/strict"
	"github.com/usher-go/usher/settings"
)

// Webhook is a bot that asks an HTTP service for every turn: it posts the [Session] as
// JSON and reads a [Reply]. The contract, with samples, is in docs/bot-webhook.md.
//
// A request is signed, carries the session's key so that a service can tell a repetition,
// and is tried again after a failed connection, a 429 and any 5xx, as long as the turn's
// time lasts. Redirects are not followed. Any other answer than 200 with a valid reply is a
// *[WebhookError], and the interaction goes on to the default of its phase. Times are real
// ones, whatever clock the center has.
type Webhook struct {
	// URL is where requests go: https, or http to this machine.
	URL string `json:"url"`
	// Insecure allows http to other machines.
	Insecure bool `json:"insecure,omitempty"`
	// Secrets sign requests, at least one; several while one replaces another, for every
	// one of them signs. A secret that begins with "whsec_" is base64, any other is used
	// as it is; it has at least 16 bytes.
	Secrets []string `json:"secrets"`
	// Headers are added to every request.
	Headers map[string]string `json:"headers,omitempty"`
	// Timeout bounds one attempt. 0 = 5 s.
	Timeout settings.Seconds `json:"timeout,omitempty"`
	// Attempts is how often a turn is asked for at most. 0 = 3.
	Attempts int `json:"attempts,omitempty"`
	// MaxReply is the size of the largest reply in bytes. 0 = 256 KiB.
	MaxReply int `json:"maxReply,omitempty"`

	// Transport carries the requests. nil = one of the bot's own, made as package http
	// makes its default, with more connections kept for turns that come at once.
	Transport http.RoundTripper `json:"-"`
}

// WebhookVersion is the version of the contract, sent with every request.
const WebhookVersion = 1

// The headers of a request, those of the Standard Webhooks specification 1.0, and one that
// many frameworks know by itself.
const (
	HeaderWebhookID        = "Webhook-Id"        // the session's key
	HeaderWebhookTimestamp = "Webhook-Timestamp" // Unix seconds of this attempt
	HeaderWebhookSignature = "Webhook-Signature" // "v1,<base64>", one for each secret, with spaces between
	HeaderIdempotencyKey   = "Idempotency-Key"   // the session's key
)

// NewWebhook returns the bot; its other turns may be under way at the same time. The error
// is a *[ConfigError] with every fault.
func NewWebhook(w Webhook) (Bot, error) { return New(Config{Webhook: &w}) }

// webhookBot holds secrets as closures, which package fmt prints as addresses: no verb and
// no nesting shows them.
type webhookBot struct {
	Webhook // without Secrets and Headers
	keys    func() [][]byte
	headers func() map[string]string
	hidden  redact.Secrets // removed from the text of answers
	client  *http.Client
	backoff time.Duration // before the second attempt; it doubles
}

func (w *Webhook) build(f *fault.Faults, path string) Bot {
	b := &webhookBot{Webhook: *w, backoff: 200 * time.Millisecond}
	checkURL(f, path+".url", w.URL, w.Insecure)
	var keys [][]byte
	if len(w.Secrets) == 0 {
		f.Add(path+".secrets", "must have at least one")
	}
	for i, s := range w.Secrets {
		key, problem := secretKey(s)
		if problem != "" {
			f.Add(path+".secrets["+decimal(i)+"]", "%s", problem)
		}
		keys = append(keys, key)
	}
	for _, h := range sortedKeys(w.Headers) {
		if !headerName(h) || strings.ContainsAny(w.Headers[h], "\r\n\x00") || owned(h) {
			f.Add(path+".headers", "%q cannot be set", clip(h, 64))
		}
	}
	atLeast := func(field string, n *int, most, normal int) {
		if *n < 0 || *n > most {
			f.Add(path+"."+field, "must be 0 to %d, is %d", most, *n)
		}
		if *n == 0 {
			*n = normal
		}
	}
	atLeast("timeout", (*int)(&b.Timeout), 600, 5)
	atLeast("attempts", &b.Attempts, 10, 3)
	atLeast("maxReply", &b.MaxReply, 16<<20, 256<<10)
	headers := maps.Clone(w.Headers)
	b.Secrets, b.Headers = nil, nil
	b.keys = func() [][]byte { return keys }
	b.headers = func() map[string]string { return headers }
	b.hidden = redact.New(w.hidden()...)
	b.client = &http.Client{Transport: w.transport(), CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return b
}

// hidden returns what must not be printed: the secrets, and the values of headers, which
// may be credentials, with and without the scheme that stands before them.
func (w *Webhook) hidden() []string {
	list := slices.Clone(w.Secrets)
	for _, s := range w.Secrets {
		list = append(list, strings.TrimPrefix(s, "whsec_"))
	}
	for _, v := range w.Headers {
		_, credential, _ := strings.Cut(v, " ")
		list = append(list, v, credential)
	}
	return list
}

// String names the address without its query. Secrets and headers are not in it.
func (w Webhook) String() string {
	text, _, _ := strings.Cut(w.URL, "?")
	return "bot.Webhook{URL: " + text + "}"
}

// Format prints String for every verb: no verb shows a secret.
func (w Webhook) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, w.String()) }

// LogValue is String for package slog.
func (w Webhook) LogValue() slog.Value { return slog.StringValue(w.String()) }

// keptConnections is how many connections wait for the next turn.
const keptConnections = 64

func (w *Webhook) transport() http.RoundTripper {
	usual, ok := http.DefaultTransport.(*http.Transport)
	if w.Transport != nil || !ok { // a host may have put something else there
		return w.Transport
	}
	own := usual.Clone()
	own.MaxIdleConnsPerHost = keptConnections
	return own
}

func checkURL(f *fault.Faults, path, text string, insecure bool) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		f.Add(path, "must be a URL such as https://bots.example.com/turn")
	case u.User != nil:
		f.Add(path, "must not have a user name or password; use headers")
	case u.Fragment != "":
		f.Add(path, "must not have a fragment")
	case u.Scheme == "https":
	case u.Scheme != "http":
		f.Add(path, "unknown scheme %q; valid: https, http", clip(u.Scheme, 64))
	case !insecure && !local(u.Hostname()):
		f.Add(path, "must be https; set insecure for http to another machine")
	}
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func headerName(h string) bool {
	return h != "" && strings.Trim(strings.ToLower(h), "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// owned reports whether a header is the bot's to set.
func owned(h string) bool {
	switch http.CanonicalHeaderKey(h) {
	case HeaderWebhookID, HeaderWebhookTimestamp, HeaderWebhookSignature, HeaderIdempotencyKey, "Content-Type", "Content-Length", "Host":
		return true
	}
	return false
}

// webhookRequest is the body of a request.
type webhookRequest struct {
	Version int `json:"version"`
	Session
}

// Turn implements [Bot].
func (b *webhookBot) Turn(ctx context.Context, s Session) (Reply, error) {
	body, err := json.Marshal(webhookRequest{WebhookVersion, s})
	if err != nil {
		return Reply{}, &WebhookError{Reason: WebhookInvalid, Err: err}
	}
	for attempt := 1; ; attempt++ {
		reply, failed := b.attempt(ctx, s.Key, body)
		if failed == nil {
			return reply, nil
		}
		failed.Attempts = attempt
		if attempt == b.Attempts || !failed.Temporary() || !b.pause(ctx, attempt, failed.after) {
			return Reply{}, failed
		}
	}
}

// pause waits before the next attempt, twice as long each time or as long as the service
// asks for. It returns false at once when the turn's time would be over.
func (b *webhookBot) pause(ctx context.Context, attempt int, asked time.Duration) bool {
	wait := b.backoff << (attempt - 1)
	wait = max(wait/2+rand.N(wait/2+1), asked)
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt asks once.
func (b *webhookBot) attempt(ctx context.Context, key string, body []byte) (Reply, *WebhookError) {
	ctx, cancel := context.WithTimeout(ctx, b.Timeout.Duration())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.URL, bytes.NewReader(body))
	if err != nil {
		return Reply{}, &WebhookError{Reason: WebhookInvalid, Err: err}
	}
	for h, v := range b.headers() {
		req.Header.Set(h, v)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set(HeaderWebhookID, key)
	req.Header.Set(HeaderIdempotencyKey, key)
	req.Header.Set(HeaderWebhookTimestamp, stamp)
	req.Header.Set(HeaderWebhookSignature, signatures(b.keys(), key, stamp, body))
	resp, err := b.client.Do(req)
	if err != nil {
		return Reply{}, b.network(ctx, err)
	}
	defer resp.Body.Close()
	return b.answer(ctx, resp)
}

// answer reads a response.
func (b *webhookBot) answer(ctx context.Context, resp *http.Response) (Reply, *WebhookError) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, int64(b.MaxReply)+1))
	status := &WebhookError{Reason: WebhookStatus, Status: resp.StatusCode, Body: clean(b.hidden.Text(string(data[:min(len(data), 4096)])), 200)}
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		status.Reason = WebhookRedirect
		return Reply{}, status
	case resp.StatusCode != http.StatusOK:
		status.after = retryAfter(resp.Header.Get("Retry-After"), time.Now())
		return Reply{}, status
	case err != nil:
		return Reply{}, b.network(ctx, err)
	case len(data) > b.MaxReply:
		return Reply{}, &WebhookError{Reason: WebhookTooLarge, Status: resp.StatusCode}
	}
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		status.Reason = WebhookInvalid
		status.Err = errNotJSON
		return Reply{}, status
	}
	reply, err := ParseReply(data)
	if err != nil {
		return Reply{}, &WebhookError{Reason: WebhookInvalid, Status: resp.StatusCode, Err: b.hidden.Error(err)}
	}
	return reply, nil
}

// ParseReply reads a reply from JSON as services of a [Webhook] send it. The error has
// every fault with its path: unknown fields, wrong types, and what [Reply.Validate] finds.
func ParseReply(data []byte) (Reply, error) {
	var f fault.Faults
	if text := bytes.TrimSpace(data); len(text) == 0 || text[0] != '{' {
		f.Add("", "must be an object")
		return Reply{}, f
	}
	var r Reply
	if err := strict.Unmarshal(data, &r); err != nil {
		return Reply{}, err
	}
	return r, r.Validate()
}

// retryAfter reads the header of that name, which has seconds or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(n, 0), 3600)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
