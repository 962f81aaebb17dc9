package channeltest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/usher-go/usher/channel"
)

func checkName(b *bench) {
	c := b.Connector
	if c.Name() == "" || c.Channel() == "" {
		b.broken("Name is %q and Channel %q", c.Name(), c.Channel())
	}
	name, kind := c.Name(), c.Channel()
	b.sends(b.text())
	if c.Name() != name || c.Channel() != kind {
		b.broken("they changed to %q and %q", c.Name(), c.Channel())
	}
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{2,14}$`)

func checkNumbers(b *bench) {
	numbers := b.Connector.Numbers()
	if len(numbers) == 0 {
		b.broken("there are none")
	}
	for i, n := range numbers {
		if !e164.MatchString(n) {
			b.broken("%q is not E.164", n)
		}
		if slices.Contains(numbers[:i], n) {
			b.broken("%s is listed twice", n)
		}
	}
	want := slices.Clone(numbers)
	clear(numbers)
	if got := b.Connector.Numbers(); !slices.Equal(got, want) {
		b.broken("writing to the result of Numbers changes the connector: %q", got)
	}
}

func checkSend(b *bench) {
	out := b.text()
	receipt := b.sends(out)
	if receipt.MessageID == "" {
		b.broken("the receipt has no message id")
	}
	for _, a := range receipt.Aliases {
		if err := a.Validate(); err != nil {
			b.broken("the receipt has a bad alias: %v", err)
		}
	}
	if n := b.times(out.Key); n != 1 {
		b.broken("the provider took it %d times", n)
	}
}

func checkDistinct(b *bench) {
	first, second := b.sends(b.text()), b.sends(b.text())
	if first.MessageID == second.MessageID {
		b.broken("two messages have the id %q", first.MessageID)
	}
}

func checkOrder(b *bench) {
	var want []string
	for range 5 {
		out := b.text()
		b.sends(out)
		want = append(want, out.Key)
	}
	if got := b.Taken(); !slices.Equal(got, want) {
		b.broken("sent %q, taken %q", want, got)
	}
}

func checkConcurrent(b *bench) {
	const n = 20
	outs := make([]channel.Outbound, n)
	for i := range outs {
		outs[i] = b.text()
	}
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range outs {
		wg.Go(func() { _, errs[i] = b.Connector.Send(b.Context(), outs[i]) })
	}
	wg.Wait()
	for i, out := range outs {
		if errs[i] != nil {
			b.broken("Send failed: %v", errs[i])
		} else if times := b.times(out.Key); times != 1 {
			b.broken("%s was taken %d times", out.Key, times)
		}
	}
}

func checkForeignNumber(b *bench) {
	out := b.text()
	for _, number := range []string{"", "+19995550199", "nonsense"} {
		out.From = number
		b.refuses(fmt.Sprintf("from %q", number), out, channel.Permanent)
	}
}

func checkAliases(b *bench) {
	out := b.text()
	for _, to := range []channel.Alias{"", "phone:", "fax:123", "123", channel.Username("somebody")} {
		out.To = to
		b.refuses(fmt.Sprintf("to %q", to), out, channel.Permanent)
	}
}

func checkKinds(b *bench) {
	out := b.text()
	kinds := []channel.Kind{
		"", "nonsense", channel.Answer, channel.Order, channel.Edit, channel.Revoke, channel.System, channel.Unsupported,
	}
	for _, kind := range kinds {
		out.Message.Kind = kind
		b.refuses(fmt.Sprintf("kind %q", kind), out, channel.Permanent)
	}
}

func checkContext(b *bench) {
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	out := b.text()
	_, err := b.Connector.Send(ctx, out)
	b.hasClass("ended context", err, channel.Retry)
	if !errors.Is(err, context.Canceled) {
		b.broken("the error does not wrap context.Canceled: %v", err)
	}
	if n := b.times(out.Key); n != 0 {
		b.broken("the provider took it")
	}
}

var classes = []channel.Class{
	channel.Permanent, channel.Retry, channel.WindowClosed, channel.Ambiguous, channel.Stopped,
}

func checkClasses(b *bench) {
	for _, class := range classes {
		if !b.FailNext(class) {
			continue
		}
		_, err := b.Connector.Send(b.Context(), b.text())
		b.hasClass("made to fail", err, class)
	}
}

func checkNoRepeat(b *bench) {
	for _, class := range classes {
		if !b.FailNext(class) {
			continue
		}
		out, most := b.text(), 0
		if class == channel.Ambiguous {
			most = 1
		}
		_, _ = b.Connector.Send(b.Context(), out)
		if n := b.times(out.Key); n > most {
			b.broken("class %s: the provider took it %d times, at most %d is right", class, n, most)
		}
	}
	out := b.text()
	b.sends(out)
	if n := b.times(out.Key); n != 1 {
		b.broken("the message after the failures was taken %d times", n)
	}
}

func checkRetry(b *bench) {
	if !b.FailNext(channel.Retry) {
		b.Skip("the provider has no failure that allows a retry")
	}
	out := b.text()
	_, err := b.Connector.Send(b.Context(), out)
	se, ok := errors.AsType[*channel.SendError](err)
	if !ok || se.Class != channel.Retry {
		b.broken("the error is %v", err)
		return
	}
	if se.RetryAfter > 0 {
		b.Skipf("the provider asks to wait for %v", se.RetryAfter)
	}
	b.sends(out)
	if n := b.times(out.Key); n != 1 {
		b.broken("the provider took it %d times", n)
	}
}
