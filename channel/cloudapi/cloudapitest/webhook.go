package cloudapitest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/usher-go/usher/channel"
)

// Event is one thing a webhook reports: a message of a customer, or a status. Posting one
// event twice makes a duplicate, several at once a batch, and any order is allowed.
type Event struct {
	number  string // phone_number_id
	list    string // "messages" or "statuses"
	contact map[string]any
	item    map[string]any
	from    []channel.Alias // who wrote, when somebody did
	at      time.Time
}

// StatusError is returned by [Server.Post] and what calls it when the webhook answered
// anything but 200. Meta would repeat; [Server.Redeliver] does.
type StatusError struct{ Status int }

// Error implements error.
func (e *StatusError) Error() string {
	return fmt.Sprintf("cloudapitest: the webhook answered %d", e.Status)
}

// Verify makes the handshake with which Meta checks a callback address.
func (s *Server) Verify(ctx context.Context) error {
	q := url.Values{
		"hub.mode": {"subscribe"}, "hub.verify_token": {s.cfg.VerifyToken}, "hub.challenge": {"1158201444"},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address()+"?"+q.Encode(), nil)
	if err != nil {
		return fmt.Errorf("cloudapitest: %w", err)
	}
	resp, err := s.cfg.Client.Do(req)
	if err != nil {
		return fmt.Errorf("cloudapitest: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if resp.StatusCode != http.StatusOK || string(body) != q.Get("hub.challenge") {
		return &StatusError{resp.StatusCode}
	}
	return nil
}

func (s *Server) address() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.webhook
}

// Post sends events to the webhook, signed, in one request. A nil error means 200.
func (s *Server) Post(ctx context.Context, events ...Event) error {
	s.mu.Lock()
	for _, e := range events {
		for _, who := range e.from {
			if r := (route{e.number, who}); e.at.After(s.wrote[r]) {
				s.wrote[r] = e.at
			}
		}
	}
	s.mu.Unlock()
	body, err := json.Marshal(s.envelope(events))
	if err != nil {
		return fmt.Errorf("cloudapitest: %w", err)
	}
	return s.PostBody(ctx, escape(body))
}

// PostBody signs a body as it is and sends it to the webhook.
func (s *Server) PostBody(ctx context.Context, body []byte) error {
	defer s.enter()()
	err := s.deliver(ctx, body)
	if err != nil {
		s.mu.Lock()
		s.missed = append(s.missed, body)
		s.mu.Unlock()
	}
	return err
}

// Redeliver posts once more what was not answered with 200, oldest first, and forgets
// what is taken now.
func (s *Server) Redeliver(ctx context.Context) error {
	s.mu.Lock()
	missed := s.missed
	s.missed = nil
	s.mu.Unlock()
	var first error
	for _, body := range missed {
		if err := s.PostBody(ctx, body); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (s *Server) deliver(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("cloudapitest: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hub-Signature-256", s.Sign(body))
	resp, err := s.cfg.Client.Do(req)
	if err != nil {
		return fmt.Errorf("cloudapitest: %w", err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return &StatusError{resp.StatusCode}
	}
	return nil
}

// Sign returns the value of X-Hub-Signature-256 for a body.
func (s *Server) Sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(s.cfg.AppSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// envelope puts neighbours of one number and kind into one change.
func (s *Server) envelope(events []Event) map[string]any {
	changes := []any{}
	var value map[string]any
	for i, e := range events {
		if i == 0 || events[i-1].number != e.number || events[i-1].list != e.list {
			value = map[string]any{
				"messaging_product": "whatsapp",
				"metadata":          map[string]any{"display_phone_number": s.display(e.number), "phone_number_id": e.number},
			}
			changes = append(changes, map[string]any{"field": "messages", "value": value})
		}
		add(value, e.list, e.item)
		if e.contact != nil {
			add(value, "contacts", e.contact)
		}
	}
	return map[string]any{
		"object": "whatsapp_business_account",
		"entry":  []any{map[string]any{"id": "102290129340398", "changes": changes}},
	}
}

func add(value map[string]any, list string, item any) {
	items, _ := value[list].([]any)
	value[list] = append(items, item)
}

// display is a number as metadata shows it: without +.
func (s *Server) display(id string) string { return channel.Phone(s.cfg.Numbers[id]).Value() }

// id returns the phone_number_id of a business number, "" for a stranger's.
func (s *Server) id(number string) string {
	for id, n := range s.cfg.Numbers {
		if n == number {
			return id
		}
	}
	return ""
}

// Status is the report that a message has come so far.
func (s *Server) Status(sent Sent, state channel.State) Event {
	item := map[string]any{
		"id": sent.ID, "status": string(state), "timestamp": strconv.FormatInt(s.cfg.Now().Unix(), 10),
		"recipient_type": "individual",
	}
	if sent.Key != "" {
		item["biz_opaque_callback_data"] = sent.Key
	}
	switch sent.To.Kind() {
	case channel.KindPhone:
		item["recipient_id"] = sent.To.Value()
	case channel.KindParent:
		item["recipient_parent_user_id"] = sent.To.Value()
	default:
		item["recipient_user_id"] = sent.To.Value()
	}
	if state == channel.Sent {
		item["pricing"] = map[string]any{"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
	}
	return Event{number: s.id(sent.From), list: "statuses", item: item}
}

// Failed is the report that a message could not be delivered.
func (s *Server) Failed(sent Sent, code int) Event {
	e := s.Status(sent, channel.Failed)
	e.item["errors"] = []any{map[string]any{
		"code": code, "title": "Message failed", "message": "Message failed",
		"error_data": map[string]any{"details": "made to fail"},
	}}
	return e
}

// statuses reports a message that was taken, now or when Report is called. A message
// whose sender got no answer is reported only by Report: until then nobody knows.
func (s *Server) statuses(ctx context.Context, sent Sent, f Failure) {
	var events []Event
	for _, state := range s.cfg.Statuses {
		events = append(events, s.Status(sent, state))
	}
	if f.mode == "bounce" {
		events = []Event{s.Failed(sent, f.code)}
	}
	if s.cfg.Hold || !f.answers() || s.address() == "" {
		s.mu.Lock()
		s.held = append(s.held, events...)
		s.mu.Unlock()
		return
	}
	for _, e := range events {
		_ = s.Post(context.WithoutCancel(ctx), e) // what is refused waits for Redeliver
	}
}

// Report posts the statuses that are held, each in a request of its own.
func (s *Server) Report(ctx context.Context) error {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	for i, e := range held {
		if err := s.Post(ctx, e); err != nil {
			s.mu.Lock()
			s.held = append(held[i+1:len(held):len(held)], s.held...)
			s.mu.Unlock()
			return err
		}
	}
	return nil
}

// Settle waits until the server is doing nothing: every send answered, every status
// posted.
func (s *Server) Settle(ctx context.Context) error {
	return s.wait(ctx, func() bool { return s.busy == 0 })
}

// wait blocks until done, which is called with the lock held, or until ctx ends.
func (s *Server) wait(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := done(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("cloudapitest: %w", ctx.Err())
		}
	}
}

// escape writes JSON as Meta does: everything beyond ASCII as \u…, and slashes with a
// backslash. Who verifies a signature over anything but these bytes fails.
func escape(body []byte) []byte {
	out := make([]byte, 0, len(body)+len(body)/8)
	for i := 0; i < len(body); {
		if body[i] == '/' {
			out = append(out, '\\')
		}
		if body[i] < utf8.RuneSelf {
			out = append(out, body[i])
			i++
			continue
		}
		r, n := utf8.DecodeRune(body[i:])
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += n
	}
	return out
}
