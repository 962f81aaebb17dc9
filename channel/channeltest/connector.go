package channeltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/usher-go/usher/channel"
)

// Connector is a connector in memory. It is safe for concurrent use and starts nothing:
// what arrives, arrives while [Connector.Say], [Connector.Report] or [Connector.Deliver]
// runs.
type Connector struct {
	name    string
	numbers []string

	mu       sync.Mutex
	now      func() time.Time
	receiver channel.Receiver
	hook     func(context.Context, channel.Outbound) error
	failures []Failure
	sent     []channel.Outbound
	ids      map[string]string // key → message id
	count    int
	marks    []Mark
	files    map[string][]byte
	fetched  int
	changed  chan struct{} // closed and replaced at every send
}

var (
	_ channel.Connector    = (*Connector)(nil)
	_ channel.MediaFetcher = (*Connector)(nil)
	_ channel.Reader       = (*Connector)(nil)
	_ channel.Typer        = (*Connector)(nil)
)

// Failure is how a send fails. Taken says whether the provider took the message all the
// same, as it may have when the class is Ambiguous.
type Failure struct {
	Class      channel.Class
	Code       int
	RetryAfter time.Duration
	Taken      bool
}

// Mark is a message that was marked read.
type Mark struct {
	Number    string
	MessageID string
	Typing    bool
}

// NewConnector returns a connector for the channel "whatsapp". Numbers are in E.164; without
// any it has +15550783881.
func NewConnector(name string, numbers ...string) *Connector {
	if len(numbers) == 0 {
		numbers = []string{"+15550783881"}
	}
	return &Connector{
		name: name, numbers: slices.Clone(numbers), now: time.Now,
		ids: map[string]string{}, files: map[string][]byte{}, changed: make(chan struct{}),
	}
}

// Name implements [channel.Connector].
func (c *Connector) Name() string { return c.name }

// Channel implements [channel.Connector].
func (c *Connector) Channel() string { return "whatsapp" }

// Numbers implements [channel.Connector].
func (c *Connector) Numbers() []string { return slices.Clone(c.numbers) }

// Connect says who takes what arrives.
func (c *Connector) Connect(r channel.Receiver) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receiver = r
}

// Clock sets where the times of messages come from. Default [time.Now].
func (c *Connector) Clock(now func() time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// FailNext makes the next sends fail, one after another.
func (c *Connector) FailNext(failures ...Failure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, failures...)
}

// OnSend calls hook in every send before anything else is decided, without any lock
// held: it may block, panic, or return the error of the send.
func (c *Connector) OnSend(hook func(context.Context, channel.Outbound) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hook = hook
}

// Sent returns the messages taken so far, oldest first. A message that was sent twice is
// there twice.
func (c *Connector) Sent() []channel.Outbound {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

// Await waits until n messages were taken, and returns all.
func (c *Connector) Await(ctx context.Context, n int) ([]channel.Outbound, error) {
	for {
		c.mu.Lock()
		sent, changed := slices.Clone(c.sent), c.changed
		c.mu.Unlock()
		if len(sent) >= n {
			return sent, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return sent, fmt.Errorf("channeltest: %d of %d messages: %w", len(sent), n, ctx.Err())
		}
	}
}

// Send implements [channel.Connector].
func (c *Connector) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	if err := c.check(out); err != nil {
		return channel.Receipt{}, &channel.SendError{Class: channel.Permanent, Err: err}
	}
	if err := ctx.Err(); err != nil {
		return channel.Receipt{}, &channel.SendError{Class: channel.Retry, Err: err}
	}
	c.mu.Lock()
	hook := c.hook
	c.mu.Unlock()
	if hook != nil {
		if err := hook(ctx, out); err != nil {
			return channel.Receipt{}, err
		}
	}
	return c.take(out)
}

func (c *Connector) check(out channel.Outbound) error {
	if !slices.Contains(c.numbers, out.From) {
		return fmt.Errorf("channeltest: %q is not a number of this connector", out.From)
	}
	if err := out.To.Validate(); err != nil {
		return err
	}
	if !out.To.Identifies() {
		return fmt.Errorf("channeltest: nothing can be sent to %q", out.To)
	}
	switch out.Message.Kind {
	case channel.Text, channel.Image, channel.Video, channel.Audio, channel.Document, channel.Sticker,
		channel.Location, channel.Contacts, channel.Interactive, channel.Template, channel.Reaction:
		return nil
	}
	return fmt.Errorf("channeltest: kind %q cannot be sent", out.Message.Kind)
}

func (c *Connector) take(out channel.Outbound) (channel.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var failed *channel.SendError
	if len(c.failures) > 0 {
		f := c.failures[0]
		c.failures = c.failures[1:]
		failed = &channel.SendError{
			Class: f.Class, Code: f.Code, RetryAfter: f.RetryAfter, Err: errors.New("channeltest: made to fail"),
		}
		if !f.Taken {
			return channel.Receipt{}, failed
		}
	}
	c.count++
	id := fmt.Sprintf("out-%d", c.count)
	c.sent = append(c.sent, out)
	c.ids[out.Key] = id
	close(c.changed)
	c.changed = make(chan struct{})
	if failed != nil {
		return channel.Receipt{}, failed
	}
	return channel.Receipt{MessageID: id, Aliases: []channel.Alias{out.To}}, nil
}

// Say makes a customer write a text to a number, and returns the id of the message. From
// lists the customer's aliases, the one to reply to first. The error is the receiver's.
func (c *Connector) Say(ctx context.Context, number, text string, from ...channel.Alias) (string, error) {
	c.mu.Lock()
	c.count++
	m := channel.TextMessage(text)
	m.ID = fmt.Sprintf("in-%d", c.count)
	m.Time = c.now().UTC().Truncate(time.Second)
	c.mu.Unlock()
	return m.ID, c.Deliver(ctx, channel.Update{
		Number: number, Message: &channel.Inbound{From: channel.Customer{Aliases: from}, Message: m},
	})
}

// Report makes the provider say how far the message with a key has come.
func (c *Connector) Report(ctx context.Context, key string, state channel.State) error {
	c.mu.Lock()
	id, ok := c.ids[key]
	at := c.now().UTC().Truncate(time.Second)
	number := ""
	for _, out := range c.sent {
		if out.Key == key {
			number = out.From
		}
	}
	c.mu.Unlock()
	if !ok {
		return fmt.Errorf("channeltest: no message with the key %q was taken", key)
	}
	return c.Deliver(ctx, channel.Update{
		Number: number, Status: &channel.Status{MessageID: id, Key: key, State: state, Time: at},
	})
}

// Deliver hands in updates as they are, in one call, but for the connector's name, which it
// fills in. To deliver one twice is to make a duplicate.
func (c *Connector) Deliver(ctx context.Context, updates ...channel.Update) error {
	c.mu.Lock()
	r := c.receiver
	c.mu.Unlock()
	if r == nil {
		return errors.New("channeltest: nobody receives; call Connect first")
	}
	updates = slices.Clone(updates)
	for i := range updates {
		updates[i].Connector = c.name
	}
	return r.Receive(ctx, updates)
}

// MarkRead implements [channel.Reader].
func (c *Connector) MarkRead(_ context.Context, number, messageID string) error {
	return c.mark(Mark{Number: number, MessageID: messageID})
}

// Typing implements [channel.Typer].
func (c *Connector) Typing(_ context.Context, number, messageID string) error {
	return c.mark(Mark{Number: number, MessageID: messageID, Typing: true})
}

func (c *Connector) mark(m Mark) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marks = append(c.marks, m)
	return nil
}

// Marks returns what was marked read so far.
func (c *Connector) Marks() []Mark {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.marks)
}

// AddFile stores a file under an id, for [Connector.FetchMedia].
func (c *Connector) AddFile(id string, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files[id] = bytes.Clone(data)
}

// FetchMedia implements [channel.MediaFetcher].
func (c *Connector) FetchMedia(_ context.Context, _ string, ref channel.MediaRef) (io.ReadCloser, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fetched++
	data, ok := c.files[ref.ID]
	if !ok {
		return nil, fmt.Errorf("channeltest: no file %q", ref.ID)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// Fetched is how often a file was asked for.
func (c *Connector) Fetched() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fetched
}
