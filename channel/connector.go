package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Connector is a transport account with its business numbers. The center calls it from
// many goroutines, but never sends two messages of one interaction at the same time.
//
// A Connector may also implement [MediaFetcher], [Reader] or [Typer].
type Connector interface {
	// Name is how a campaign's settings refer to it.
	Name() string
	// Channel is what it carries, such as "whatsapp".
	Channel() string
	// Numbers are the business numbers it owns, in E.164 with the leading +.
	Numbers() []string
	// Send hands one message to the provider and reports what became of it. It returns
	// a *[SendError] for every failure, whose Class says what the caller may do next.
	// It does not try again by itself once the provider may have taken the message.
	Send(ctx context.Context, out Outbound) (Receipt, error)
}

// Outbound is a message on its way to a customer.
type Outbound struct {
	// Key names this message for ever: a second Send with the same key means the same
	// message. Connectors pass it to providers that can echo it in a [Status].
	Key string `json:"key"`
	// From is the business number, in E.164 with the leading +.
	From string `json:"from"`
	// To is the alias to reply to, exactly as it wrote.
	To      Alias   `json:"to"`
	Message Message `json:"message"`
}

// Receipt is the provider's word that it took a message.
type Receipt struct {
	MessageID string  `json:"messageId"`
	Aliases   []Alias `json:"aliases,omitempty"` // the recipient as the provider resolved it
}

// Class says what may be done about a failed send.
type Class string

// The classes of failure.
const (
	// Permanent: this message will never pass; another one may.
	Permanent Class = "permanent"
	// Retry: nothing was taken; the same message may be sent again after RetryAfter.
	Retry Class = "retry"
	// WindowClosed: only a template reaches this customer now.
	WindowClosed Class = "window_closed"
	// Ambiguous: it may or may not have been taken. Sending again could repeat it, so
	// its state stays unknown until a status settles it or a deadline gives it up.
	Ambiguous Class = "ambiguous"
	// Stopped: the whole account cannot send until somebody mends it.
	Stopped Class = "stopped"
)

// SendError is returned by [Connector.Send].
type SendError struct {
	Class      Class
	Code       int           // the provider's code, 0 when there was none
	RetryAfter time.Duration // for Retry: wait at least this long; 0 = the caller's own backoff
	Err        error
}

// Error implements error.
func (e *SendError) Error() string {
	if e.Code != 0 {
		return fmt.Sprintf("channel: send: %s (code %d): %v", e.Class, e.Code, e.Err)
	}
	return fmt.Sprintf("channel: send: %s: %v", e.Class, e.Err)
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// ClassOf returns the class of an error from [Connector.Send]. An error that is not a
// *SendError is [Ambiguous]: nothing is known about it.
func ClassOf(err error) Class {
	if se, ok := errors.AsType[*SendError](err); ok {
		return se.Class
	}
	return Ambiguous
}

// Update is one thing that happened at the provider. Exactly one of Message, Status,
// Identity and Other is set.
type Update struct {
	// Connector is the name of the connector that took it.
	Connector string `json:"connector"`
	// Number is the business number concerned, in E.164 with the leading +. Empty for
	// notices about the account.
	Number string `json:"number,omitempty"`

	Message  *Inbound  `json:"message,omitempty"`
	Status   *Status   `json:"status,omitempty"`
	Identity *Identity `json:"identity,omitempty"`
	Other    *Notice   `json:"other,omitempty"`
}

// Inbound is a message from a customer.
type Inbound struct {
	From Customer `json:"from"`
	Message
}

// Customer is what one webhook says of who wrote.
type Customer struct {
	// Aliases in order of preference for a reply: the first is exactly what wrote.
	Aliases []Alias `json:"aliases"`
	// Name is the display name of the profile; hostile text like any other.
	Name string `json:"name,omitempty"`
}

// Identity tells that a customer is now known by other aliases. Old is what was known,
// New what replaces or joins it; both name one customer from now on.
type Identity struct {
	Old []Alias `json:"old"`
	New []Alias `json:"new"`
	// Raw is the original, which may say more, such as when it happened. Routing ignores it.
	Raw json.RawMessage `json:"raw,omitempty"`
}

// Notice is anything else: a change of the account, a call, a group message, a kind of
// webhook this version does not know. It is reported, never routed.
type Notice struct {
	Kind   string `json:"kind"`             // the provider's name for it
	Reason string `json:"reason,omitempty"` // why it was not routed
	// Account is the provider's id of the account concerned, when it names one.
	Account string `json:"account,omitempty"`
	Raw     []byte `json:"raw,omitempty"` // as it came
}

// Receiver takes what arrives. A nil error means that every update is safe with it and
// the provider need not repeat any; after an error the provider should send all again.
// Receivers drop what they have seen before, so repeating is harmless.
type Receiver interface {
	Receive(ctx context.Context, updates []Update) error
}

// ReceiverFunc is a function that is a [Receiver].
type ReceiverFunc func(ctx context.Context, updates []Update) error

// Receive calls f.
func (f ReceiverFunc) Receive(ctx context.Context, updates []Update) error { return f(ctx, updates) }

// MediaFetcher is a [Connector] that can read the files customers send.
type MediaFetcher interface {
	// FetchMedia opens a file; the caller closes it. number is the business number that
	// received it.
	FetchMedia(ctx context.Context, number string, ref MediaRef) (io.ReadCloser, error)
}

// Reader is a [Connector] that can tell a customer that a message was read.
type Reader interface {
	MarkRead(ctx context.Context, number, messageID string) error
}

// Typer is a [Connector] that can show a customer that an answer is being written to
// the message with the given id.
type Typer interface {
	Typing(ctx context.Context, number, messageID string) error
}
