package ushertest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// Customer is somebody who writes.
type Customer struct {
	c       *Center
	name    string
	aliases []channel.Alias
	number  string // the business number written to
	heard   int    // how many of the messages received were heard
}

// Customer returns a customer with a name for the story and at least one alias, such as
// "+34600111222" or "user:US.134912"; the first is what replies go to. They write to the
// first number of the first campaign, or see [Customer.WritingTo].
func (c *Center) Customer(name string, aliases ...string) *Customer {
	c.t.Helper()
	x := &Customer{c: c, name: name}
	for _, text := range aliases {
		alias := channel.Alias(text)
		if !strings.Contains(text, ":") {
			alias = channel.Phone(text)
		}
		if err := alias.Validate(); err != nil {
			c.t.Fatalf("ushertest: customer %s: %v", name, err)
		}
		x.aliases = append(x.aliases, alias)
	}
	if len(aliases) == 0 {
		c.t.Fatalf("ushertest: customer %s: has no alias, such as a phone number", name)
	}
	for _, campaign := range c.config.Campaigns {
		if w := campaign.WhatsApp; w != nil && x.number == "" && len(w.PhoneNumbers) > 0 {
			x.number = w.PhoneNumbers[0]
		}
	}
	c.past.name(name, x.aliases)
	return x
}

// WritingTo returns the same customer in their conversation with another number.
func (x *Customer) WritingTo(number string) *Customer {
	y := *x
	y.number, y.heard = number, 0
	return &y
}

// Says sends a text.
func (x *Customer) Says(text string) {
	x.c.t.Helper()
	x.Sends(channel.TextMessage(text))
}

// Sends sends any message. It gets an id and a time unless it has them; one that has the
// id of an earlier message is a duplicate.
func (x *Customer) Sends(m channel.Message) {
	x.c.t.Helper()
	if x.c.campaignOf(x.number) == "" {
		x.c.fail(x, "%s writes to %q, which is the number of no campaign", x.name, x.number)
	}
	if m.ID == "" {
		x.c.messages++
		m.ID = fmt.Sprintf("in-%d", x.c.messages)
	}
	if m.Time.IsZero() {
		m.Time = x.c.Now().UTC().Truncate(time.Second) // WhatsApp counts whole seconds
	}
	x.c.story.step("%s %s", x.name, content(m))
	err := x.c.receive(channel.Update{
		Connector: x.c.connectorOf(x.number), Number: x.number,
		Message: &channel.Inbound{From: channel.Customer{Aliases: x.aliases, Name: x.name}, Message: m},
	})
	x.c.settle()
	if err != nil {
		x.c.fail(x, "the message of %s was not taken: %v", x.name, err)
	}
}

// Leaves gives up, as the host noticed.
func (x *Customer) Leaves() {
	x.c.t.Helper()
	x.c.story.step("%s leaves", x.name)
	x.c.do(x, queue.Leave{Interaction: x.mustHave()})
}

// Heard checks that the customer has received the text, after whatever they heard before.
func (x *Customer) Heard(text string) {
	x.c.t.Helper()
	inbox := x.Inbox()
	i := slices.IndexFunc(inbox[x.heard:], func(m channel.Message) bool { return m.Text == text })
	if i < 0 {
		x.c.fail(x, "%s did not hear %q; heard since then: %s", x.name, text, texts(inbox[x.heard:]))
	}
	x.heard += i + 1
}

// HeardNothing checks that the customer has received nothing after whatever they heard
// before.
func (x *Customer) HeardNothing() {
	x.c.t.Helper()
	if rest := x.Inbox()[x.heard:]; len(rest) > 0 {
		x.c.fail(x, "%s heard %s", x.name, texts(rest))
	}
}

// Inbox is everything that the customer has received from the number they write to, oldest
// first.
func (x *Customer) Inbox() []channel.Message {
	x.c.t.Helper()
	var out []channel.Message
	for _, sent := range x.c.Connector(x.c.connectorOf(x.number)).Sent() {
		if sent.From == x.number && slices.Contains(x.aliases, sent.To) {
			out = append(out, sent.Message)
		}
	}
	return out
}

// IsWaiting checks that the customer is in the queue, being offered or not.
func (x *Customer) IsWaiting() {
	x.c.t.Helper()
	if v, ok := x.Interaction(); !ok || v.Owner != queue.OwnedByQueue {
		x.c.fail(x, "%s is not waiting: %s", x.name, x.whereabouts())
	}
}

// IsWith checks that the customer is talking with the agent.
func (x *Customer) IsWith(a *Agent) {
	x.c.t.Helper()
	if v, ok := x.Interaction(); !ok || v.Owner != queue.OwnedByAgent || v.Agent != a.id {
		x.c.fail(x, "%s is not with %s: %s", x.name, a.id, x.whereabouts())
	}
}

// IsWithBot checks that the customer is talking with the bot of that name.
func (x *Customer) IsWithBot(name string) {
	x.c.t.Helper()
	if v, ok := x.Interaction(); !ok || v.Owner != queue.OwnedByBot || v.Bot != name {
		x.c.fail(x, "%s is not with bot %s: %s", x.name, name, x.whereabouts())
	}
}

// Ended checks how the customer's last contact ended. One that was refused at the door has
// an outcome too, such as [queue.OutcomeOutOfHours].
func (x *Customer) Ended(outcome queue.Outcome) {
	x.c.t.Helper()
	if _, open := x.Interaction(); open || x.c.past.outcome(x) != outcome {
		x.c.fail(x, "the contact of %s did not end %s: %s", x.name, outcome, x.whereabouts())
	}
}

// Interaction is the customer's open interaction with the number they write to.
func (x *Customer) Interaction() (queue.InteractionView, bool) {
	v, ok := x.c.Interaction(x.c.past.interaction(x))
	return v, ok && v.Owner != queue.OwnedByNobody
}

// mustHave returns the id of the open interaction; without one the test ends.
func (x *Customer) mustHave() string {
	x.c.t.Helper()
	v, ok := x.Interaction()
	if !ok {
		x.c.fail(x, "%s has no open interaction: %s", x.name, x.whereabouts())
	}
	return v.ID
}

// whereabouts says where the customer is.
func (x *Customer) whereabouts() string {
	v, ok := x.Interaction()
	outcome := x.c.past.outcome(x)
	switch {
	case !ok && outcome == "":
		return x.name + " has not written"
	case !ok:
		return "the contact ended " + string(outcome)
	case v.Owner == queue.OwnedByBot:
		return x.name + " is with bot " + v.Bot
	case v.Owner == queue.OwnedByAgent && v.Offered != "":
		return fmt.Sprintf("%s is with %s, who transfers to %s", x.name, v.Agent, v.Offered)
	case v.Owner == queue.OwnedByAgent:
		return x.name + " is with " + v.Agent
	case v.Offered != "":
		return fmt.Sprintf("%s waits at position %d of %s, and %s is being asked until %s",
			x.name, v.Position, v.Campaign, v.Offered, clockTime(v.Until))
	}
	return fmt.Sprintf("%s waits at position %d of %s, and nobody is being asked", x.name, v.Position, v.Campaign)
}

// connectorOf returns the name of the connector that has a number.
func (c *Center) connectorOf(number string) string {
	for _, x := range c.config.Campaigns {
		if w := x.WhatsApp; w != nil && slices.Contains(w.PhoneNumbers, number) {
			return w.Connector
		}
	}
	return ""
}

// content says what a message is.
func content(m channel.Message) string {
	if m.Kind == channel.Text {
		return fmt.Sprintf("says %q", m.Text)
	}
	return fmt.Sprintf("sends %s %q", m.Kind, m.Text)
}

func texts(list []channel.Message) string {
	if len(list) == 0 {
		return "nothing"
	}
	var out []string
	for _, m := range list {
		out = append(out, fmt.Sprintf("%q", m.Text))
	}
	return strings.Join(out, ", ")
}
