package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// WebhookReason says what went wrong with a [Webhook].
type WebhookReason string

// The reasons.
const (
	WebhookNetwork  WebhookReason = "network"   // no connection, or it broke
	WebhookTimeout  WebhookReason = "timeout"   // no answer in time
	WebhookStatus   WebhookReason = "status"    // another status than 200
	WebhookRedirect WebhookReason = "redirect"  // the service sends elsewhere, which is not followed
	WebhookTooLarge WebhookReason = "too large" // the reply is larger than allowed
	WebhookInvalid  WebhookReason = "invalid"   // the reply is not what the contract says
)

// WebhookError is returned by the turns of a [Webhook].
type WebhookError struct {
	Reason   WebhookReason
	Status   int    // of the last answer, 0 = there was none
	Attempts int    // made in all
	Body     string // how the answer begins, when its status was not 200
	Err      error  // the cause, nil when status or reason say it all

	after time.Duration // the service asked to wait
}

// Error implements error.
func (e *WebhookError) Error() string {
	text := "bot: webhook: " + string(e.Reason)
	if e.Status != 0 {
		text += fmt.Sprintf(": status %d", e.Status)
	}
	if e.Attempts > 1 {
		text += fmt.Sprintf(" after %d attempts", e.Attempts)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Body != "" {
		text += fmt.Sprintf(": %q", e.Body)
	}
	return text
}

// Unwrap returns the cause.
func (e *WebhookError) Unwrap() error { return e.Err }

// Temporary reports whether the same request may succeed later.
func (e *WebhookError) Temporary() bool {
	switch e.Reason {
	case WebhookNetwork, WebhookTimeout:
		return true
	case WebhookStatus:
		return e.Status == http.StatusTooManyRequests || e.Status >= 500
	}
	return false
}

var errNotJSON = errors.New("content type must be application/json")

// network is the error of a request that had no whole answer. The address is left out: it
// may carry what should not be in a log.
func (b *webhookBot) network(ctx context.Context, err error) *WebhookError {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	e := &WebhookError{Reason: WebhookNetwork, Err: b.hidden.Error(err)}
	if ctx.Err() != nil {
		e.Reason = WebhookTimeout
	}
	return e
}
