package cloudapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/usher-go/usher/channel"
)

// Send implements [channel.Connector]. It makes at most one call, and none when it can
// tell that Meta would refuse the message (Permanent) or that a rate limit is reached
// (Retry, with the time to wait in RetryAfter; it never waits itself).
//
// Out.Key travels as biz_opaque_callback_data and comes back in every status of the
// message. Meta has no idempotency key: after an Ambiguous failure that status is the only
// way to learn whether the message was taken.
//
// A phone is addressed in digits with +, a user or parent id as it is. The receipt names
// the recipient as Meta resolved it, which for Brazil and Mexico may be another form of the
// phone.
func (c *Connector) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	id, body, err := c.compose(out)
	if err != nil {
		return channel.Receipt{}, c.refused(out, &channel.SendError{Class: channel.Permanent, Err: err})
	}
	if err := ctx.Err(); err != nil {
		return channel.Receipt{}, &channel.SendError{Class: channel.Retry, Err: &unsentError{err}}
	}
	to := string(out.To)
	if wait, which := c.rates.take(id, to); wait > 0 {
		return channel.Receipt{}, c.refused(out, &channel.SendError{
			Class: channel.Retry, RetryAfter: wait,
			Err: fmt.Errorf("cloudapi: local rate limit of the %s: wait %v", which, wait.Round(time.Millisecond)),
		})
	}
	answer, err := c.postJSON(ctx, id+"/messages", body)
	if err == nil {
		var receipt channel.Receipt
		if receipt, err = readReceipt(answer); err == nil {
			c.rates.learn(receipt.Aliases)
			c.rates.passed(id, to)
			return receipt, nil
		}
	}
	return channel.Receipt{}, c.refused(out, c.classify(err, id, to))
}

// refused logs a failure. Validation and Graph messages may quote what was sent, so only
// codes are logged.
func (c *Connector) refused(out channel.Outbound, e *channel.SendError) *channel.SendError {
	attrs := []any{
		slog.String("key", out.Key), slog.String("from", out.From),
		slog.String("class", string(e.Class)), slog.Int("code", e.Code), slog.Duration("retryAfter", e.RetryAfter),
	}
	if g, ok := errors.AsType[*GraphError](e); ok {
		attrs = append(attrs, slog.Int("http", g.HTTPStatus), slog.String("trace", g.TraceID))
	}
	c.log.Warn("cloudapi: send failed", attrs...)
	return e
}

// classify turns the error of a call into what may be done about it.
func (c *Connector) classify(err error, number, to string) *channel.SendError {
	if graph, ok := errors.AsType[*GraphError](err); ok {
		v := judge(graph)
		if graph.Code == codePairRate || graph.Code == codeThroughput {
			v.after = c.rates.penalise(graph.Code, number, to)
		}
		return &channel.SendError{Class: v.class, Code: graph.Code, RetryAfter: v.after, Err: graph}
	}
	if status, ok := errors.AsType[*statusError](err); ok {
		v := status.judge()
		return &channel.SendError{Class: v.class, RetryAfter: v.after, Err: status}
	}
	if _, ok := errors.AsType[*unsentError](err); ok {
		return &channel.SendError{Class: channel.Retry, Err: err}
	}
	return &channel.SendError{Class: channel.Ambiguous, Err: err}
}

// readReceipt reads the answer to a send. Without a message id it is an error that cannot
// be told from a message taken.
func readReceipt(body []byte) (channel.Receipt, error) {
	var r channel.Receipt
	if !json.Valid(body) {
		return r, errors.New("cloudapi: the answer to a send is not JSON")
	}
	s := scanner{b: body}
	for key := range s.members() {
		switch string(key) {
		case "messages":
			for n := range s.items() {
				if id := readString(&s, "id"); n == 0 {
					r.MessageID = id
				}
			}
		case "contacts":
			for range s.items() {
				r.Aliases = readRecipient(&s, r.Aliases)
			}
		}
	}
	if r.MessageID == "" {
		return r, errors.New("cloudapi: the answer to a send names no message")
	}
	return r, nil
}

func readRecipient(s *scanner, list []channel.Alias) []channel.Alias {
	for key := range s.members() {
		switch string(key) {
		case "wa_id", "user_id", "parent_user_id":
			list = appendID(list, s.text())
		}
	}
	return list
}

// MarkRead implements [channel.Reader]. Meta marks earlier messages of the customer too,
// and takes messages of the last 30 days. The error is a *[channel.SendError]; trying again
// is always harmless.
func (c *Connector) MarkRead(ctx context.Context, number, messageID string) error {
	return c.acknowledge(ctx, number, readBody{Product: "whatsapp", Status: "read", ID: messageID})
}

// Typing implements [channel.Typer]. The sign stays until an answer is sent, 25 s at the
// longest, and marks the message read. The error is a *[channel.SendError].
func (c *Connector) Typing(ctx context.Context, number, messageID string) error {
	b := readBody{Product: "whatsapp", Status: "read", ID: messageID, Typing: &typing{Type: "text"}}
	return c.acknowledge(ctx, number, b)
}

type readBody struct {
	Product string  `json:"messaging_product"`
	Status  string  `json:"status"`
	ID      string  `json:"message_id"`
	Typing  *typing `json:"typing_indicator,omitempty"`
}

type typing struct {
	Type string `json:"type"`
}

func (c *Connector) acknowledge(ctx context.Context, number string, b readBody) error {
	var f sendFaults
	id, ok := c.ids[number]
	if !ok {
		f.add("number", "%q is not a number of this connector", number)
	}
	f.required("messageID", b.ID)
	body, err := json.Marshal(b)
	if err := errors.Join(f.err(), err); err != nil {
		return &channel.SendError{Class: channel.Permanent, Err: err}
	}
	if _, err := c.postJSON(ctx, id+"/messages", body); err != nil {
		return c.classify(err, id, "")
	}
	return nil
}
