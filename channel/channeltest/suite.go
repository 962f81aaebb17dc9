package channeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/usher-go/usher/channel"
)

// Harness is a connector under test with a provider of its own behind it.
type Harness struct {
	Connector channel.Connector
	// To is a customer the provider can reach.
	To channel.Alias
	// Taken lists the keys of the messages the provider has taken, oldest first; a message
	// that was taken twice is listed twice.
	Taken func() []string
	// FailNext makes the next send fail in a way that calls for the class. It reports false
	// when the provider has no such failure; that check is then skipped.
	FailNext func(channel.Class) bool
	// Inbound makes the provider hand in a text from the customer to the connector's first
	// number. The error says that it was not acknowledged.
	Inbound func(ctx context.Context, text string) error
	// Deliver makes the provider report that the message with the key was delivered. Nil
	// when the provider has no statuses.
	Deliver func(ctx context.Context, key string) error
}

// Run checks the rules of [channel.Connector] and [channel.Receiver], each in a subtest
// that is named after the rule. Open returns a fresh connector whose updates go to r; it
// is called once for each rule, and may use t for cleaning up.
func Run(t *testing.T, open func(t testing.TB, r channel.Receiver) Harness) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) { r.run(t, open) })
	}
}

type rule struct {
	name  string
	check func(b *bench)
}

func (r rule) run(t testing.TB, open func(testing.TB, channel.Receiver) Harness) {
	t.Helper()
	b := &bench{TB: t, rule: r.name}
	b.Harness = open(t, &b.inbox)
	r.check(b)
}

var rules = []rule{
	{"name and channel are set and stay the same", checkName},
	{"numbers are E.164 and belong to the connector", checkNumbers},
	{"a message that is sent is taken once and gets an id", checkSend},
	{"every message gets an id of its own", checkDistinct},
	{"messages sent one after another are taken in that order", checkOrder},
	{"concurrent sends are all taken once", checkConcurrent},
	{"a foreign number is refused for good, before any call", checkForeignNumber},
	{"an alias that reaches nobody is refused for good", checkAliases},
	{"kinds that only arrive are refused for good", checkKinds},
	{"a context that has ended sends nothing and allows a retry", checkContext},
	{"each failure has its class", checkClasses},
	{"a failure is not repeated by the connector", checkNoRepeat},
	{"after a failure that allows it the same message can be sent", checkRetry},
	{"a status names the message it is about", checkStatus},
	{"a message that arrives is complete", checkInbound},
	{"an update that was not taken is not acknowledged", checkReceiverError},
}

// bench is one harness and what has arrived.
type bench struct {
	testing.TB
	Harness
	rule  string
	inbox inbox
	count int
}

// broken reports a broken rule.
func (b *bench) broken(format string, args ...any) {
	b.Helper()
	b.Errorf("rule broken: %s: %s", b.rule, fmt.Sprintf(format, args...))
}

// text is a message that has not been sent yet.
func (b *bench) text() channel.Outbound {
	b.count++
	key := fmt.Sprintf("suite-%d", b.count)
	return channel.Outbound{
		Key: key, From: b.from(), To: b.To, Message: channel.TextMessage("message " + key),
	}
}

func (b *bench) from() string {
	b.Helper()
	numbers := b.Connector.Numbers()
	if len(numbers) == 0 {
		b.Fatalf("rule broken: %s: the connector has no numbers", b.rule)
	}
	return numbers[0]
}

// times counts how often a key was taken.
func (b *bench) times(key string) int {
	n := 0
	for _, k := range b.Taken() {
		if k == key {
			n++
		}
	}
	return n
}

func (b *bench) sends(out channel.Outbound) channel.Receipt {
	b.Helper()
	receipt, err := b.Connector.Send(b.Context(), out)
	if err != nil {
		b.broken("Send failed: %v", err)
	}
	return receipt
}

// refuses checks that a send fails with a class and that the provider saw nothing.
func (b *bench) refuses(what string, out channel.Outbound, class channel.Class) {
	b.Helper()
	before := len(b.Taken())
	_, err := b.Connector.Send(b.Context(), out)
	b.hasClass(what, err, class)
	if n := len(b.Taken()) - before; n != 0 {
		b.broken("%s: the provider took %d messages", what, n)
	}
}

// hasClass checks the form of an error too.
func (b *bench) hasClass(what string, err error, class channel.Class) {
	b.Helper()
	se, ok := errors.AsType[*channel.SendError](err)
	switch {
	case err == nil:
		b.broken("%s: no error, want class %s", what, class)
	case !ok:
		b.broken("%s: the error is a %T, not a *channel.SendError: %v", what, err, err)
	case se.Class != class:
		b.broken("%s: class %s, want %s: %v", what, se.Class, class, err)
	case se.Err == nil:
		b.broken("%s: the error has no cause", what)
	case se.RetryAfter < 0 || se.RetryAfter > 0 && class != channel.Retry:
		b.broken("%s: class %s with RetryAfter %v", what, class, se.RetryAfter)
	}
}

// inbox is a receiver that keeps everything.
type inbox struct {
	mu      sync.Mutex
	updates []channel.Update
	err     error
}

// Receive implements [channel.Receiver].
func (i *inbox) Receive(_ context.Context, updates []channel.Update) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.err != nil {
		return i.err
	}
	i.updates = append(i.updates, updates...)
	return nil
}

func (i *inbox) refuse(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.err = err
}

func (i *inbox) all() []channel.Update {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.updates)
}
