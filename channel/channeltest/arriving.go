package channeltest

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/usher-go/usher/channel"
)

func checkStatus(b *bench) {
	if b.Deliver == nil {
		b.Skip("the provider has no statuses")
	}
	out := b.text()
	receipt := b.sends(out)
	if err := b.Deliver(b.Context(), out.Key); err != nil {
		b.broken("not acknowledged: %v", err)
	}
	for _, u := range b.checked() {
		if u.Status == nil {
			continue
		}
		if u.Status.MessageID != receipt.MessageID && u.Status.Key != out.Key {
			b.broken("sent %q with key %q, the status is about %q with key %q",
				receipt.MessageID, out.Key, u.Status.MessageID, u.Status.Key)
		}
		if u.Status.State != channel.Delivered {
			b.broken("the state is %q", u.Status.State)
		}
		return
	}
	b.broken("no status arrived")
}

func checkInbound(b *bench) {
	if err := b.Inbound(b.Context(), "hello"); err != nil {
		b.broken("not acknowledged: %v", err)
	}
	for _, u := range b.checked() {
		if m := u.Message; m != nil {
			b.checkMessage(u.Number, m)
			return
		}
	}
	b.broken("no message arrived")
}

func (b *bench) checkMessage(number string, m *channel.Inbound) {
	b.Helper()
	switch {
	case number != b.from():
		b.broken("it arrived at %q, not at %q", number, b.from())
	case m.Kind != channel.Text || m.Text != "hello":
		b.broken("it is a %s with %q", m.Kind, m.Text)
	case m.ID == "":
		b.broken("it has no id")
	case m.Time.IsZero() || m.Time.Location() != time.UTC:
		b.broken("its time is %v, which is not set or not UTC", m.Time)
	case len(m.From.Aliases) == 0:
		b.broken("it has no sender")
	case !m.From.Aliases[0].Identifies():
		b.broken("nobody can reply to %q", m.From.Aliases[0])
	default:
		out := b.text()
		out.To = m.From.Aliases[0]
		b.sends(out)
	}
}

func checkReceiverError(b *bench) {
	b.inbox.refuse(errors.New("disk full"))
	if err := b.Inbound(b.Context(), "lost?"); err == nil {
		b.broken("it was acknowledged although the receiver had an error")
	}
	b.inbox.refuse(nil)
	if err := b.Inbound(b.Context(), "again"); err != nil {
		b.broken("after the error: %v", err)
	}
}

// checked returns what has arrived, and checks what holds for every update.
func (b *bench) checked() []channel.Update {
	b.Helper()
	updates := b.inbox.all()
	for _, u := range updates {
		if u.Connector != b.Connector.Name() {
			b.broken("an update names the connector %q", u.Connector)
		}
		if u.Number != "" && !slices.Contains(b.Connector.Numbers(), u.Number) {
			b.broken("an update names the number %q", u.Number)
		}
		if n := parts(u); n != 1 {
			b.broken("an update holds %d things", n)
		}
		b.checkPlain(u)
	}
	return updates
}

// parts counts which of the four are set.
func parts(u channel.Update) int {
	n := 0
	for _, set := range []bool{u.Message != nil, u.Status != nil, u.Identity != nil, u.Other != nil} {
		if set {
			n++
		}
	}
	return n
}

// checkPlain sees that the update survives a journal.
func (b *bench) checkPlain(u channel.Update) {
	b.Helper()
	data, err := json.Marshal(u)
	var back channel.Update
	if err == nil {
		err = json.Unmarshal(data, &back)
	}
	if err != nil || !reflect.DeepEqual(u, back) {
		b.broken("an update changes on its way through JSON: %v", err)
	}
}
