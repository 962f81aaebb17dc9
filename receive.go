package usher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/internal/phone"
	"github.com/usher-go/usher/queue"
)

// Receive takes what a connector received: a [Center] is a [channel.Receiver]. When it
// returns nil every update is in the journal, was dropped as a duplicate, or was told to
// [Options.Notice] as not for us, and the provider need not repeat it. An error means that
// nothing is certain and all of it should come again; repeating is harmless.
func (c *Center) Receive(ctx context.Context, updates []channel.Update) error {
	if err := c.door(updates); err != nil {
		return err
	}
	defer c.receiving.Add(-1)
	if n, most := c.receiving.Add(1), c.maxReceiving(); most > 0 && n > most {
		return &OverloadedError{Receiving: int(n - 1)}
	}
	if err := c.load(ctx); err != nil {
		return err
	}
	var last uint64
	for _, u := range updates {
		seq, err := c.receive(ctx, u)
		last = max(last, seq)
		var refused *queue.Error
		switch {
		case err == nil:
		case errors.As(err, &refused), errors.Is(err, errNotice):
			c.notice(ctx, u, err)
		default:
			return err
		}
	}
	if last == 0 {
		return nil
	}
	return c.flush(ctx, last)
}

// sendable refuses a message that no connector could send.
func sendable(command, interaction string, m channel.Message) error {
	if err := m.Sendable(); err != nil {
		return &queue.Error{Command: command, Code: queue.ErrInvalid, Interaction: interaction, Err: err}
	}
	return nil
}

// ErrOverloaded is what an *[OverloadedError] is.
var ErrOverloaded = errors.New("usher: overloaded")

// OverloadedError is returned by [Center.Receive] when as many calls are under way as
// [Options.MaxReceiving] allows. Nothing is taken; the provider repeats it.
type OverloadedError struct{ Receiving int }

// Error implements error.
func (e *OverloadedError) Error() string {
	return fmt.Sprintf("%v: %d calls of Receive are under way; the journal is slower than what arrives", ErrOverloaded, e.Receiving)
}

// Is makes errors.Is(err, ErrOverloaded) true.
func (e *OverloadedError) Is(target error) bool { return target == ErrOverloaded }

// RetryAfter is when the provider may repeat it. Handlers of webhooks say so in the header of
// that name.
func (e *OverloadedError) RetryAfter() time.Duration { return 5 * time.Second }

const defaultMaxReceiving = 1000

func (c *Center) maxReceiving() int64 {
	if c.opts.MaxReceiving == 0 {
		return defaultMaxReceiving
	}
	return int64(c.opts.MaxReceiving)
}

// ErrUnknownConnector is returned by [Center.Receive] for updates of a connector that the
// center does not have: nothing of them is taken, and the provider repeats them.
var ErrUnknownConnector = errors.New("usher: unknown connector")

// ErrInvalidNumber is returned by [Center.Receive] for updates whose business number is not in
// E.164, which is a fault of the connector: nothing of them is taken, and the provider repeats
// them. A valid number that no campaign has is told to [Options.Notice] instead.
var ErrInvalidNumber = errors.New("usher: number is not E.164")

// door checks the connectors and the business numbers of updates.
func (c *Center) door(updates []channel.Update) error {
	for i := range updates {
		u := &updates[i]
		if c.connectors[u.Connector] == nil {
			return fmt.Errorf("%w: updates[%d] is of %q; valid: %s", ErrUnknownConnector, i, u.Connector,
				strings.Join(slices.Sorted(maps.Keys(c.connectors)), ", "))
		}
		// Only a message needs a number: notices of an account have none.
		if (u.Number != "" || u.Message != nil) && !phone.IsE164(u.Number) {
			return fmt.Errorf("%w: updates[%d].number of connector %q must be a + and 3 to 15 digits with the country code, is %.40q",
				ErrInvalidNumber, i, u.Connector, u.Number)
		}
	}
	return nil
}

// errNotice marks an update that is none of the engine's business.
var errNotice = errors.New("usher: not routed")

func (c *Center) receive(ctx context.Context, u channel.Update) (seq uint64, err error) {
	switch {
	case u.Message != nil:
		return c.receiveMessage(ctx, u)
	case u.Status != nil:
		_, seq, err = c.decide(ctx, c.receipt(ctx, u))
	case u.Identity != nil:
		return c.receiveIdentity(ctx, u)
	case u.Other != nil:
		return 0, fmt.Errorf("%w: %s: %s", errNotice, u.Other.Kind, u.Other.Reason)
	default:
		return 0, fmt.Errorf("%w: empty update", errNotice)
	}
	return seq, err
}

func (c *Center) receiveIdentity(ctx context.Context, u channel.Update) (seq uint64, err error) {
	old, _ := sortAliases(c.validAliases(ctx, u, "identity: old", u.Identity.Old))
	strong, weak := sortAliases(c.validAliases(ctx, u, "identity: new", u.Identity.New))
	if len(old)+len(strong) == 0 {
		return 0, fmt.Errorf("%w: identity has no valid alias that identifies a customer", errNotice)
	}
	_, seq, err = c.decideNew(ctx, 1, func(ids []string) queue.Command {
		return queue.Identify{Old: old, New: strong, Weak: weak, Customer: ids[0]}
	})
	return seq, err
}

func (c *Center) receiveMessage(ctx context.Context, u channel.Update) (uint64, error) {
	a, err := c.arrival(ctx, u)
	if err != nil {
		return 0, err
	}
	admitted, err := c.admit(ctx, a)
	if err != nil {
		return 0, err
	}
	events, seq, err := c.decideNew(ctx, 2, func(ids []string) queue.Command {
		a, _ := admitted.(queue.Arrive)
		a.ID, a.Customer = ids[0], ids[1]
		return a
	})
	if !u.Message.Speaks() && err == nil && !slices.ContainsFunc(events, arrived) {
		err = fmt.Errorf("%w: %s %s concerns no open conversation, or came twice", errNotice, u.Message.Kind, u.Message.ID)
	}
	return seq, err
}

// validAliases returns the valid aliases of a list, and reports the others. what says where in
// the update they are.
func (c *Center) validAliases(ctx context.Context, u channel.Update, what string, list []channel.Alias) []channel.Alias {
	valid := make([]channel.Alias, 0, len(list))
	for _, a := range list {
		if err := a.Validate(); err != nil {
			c.notice(ctx, u, fmt.Errorf("%w: %s: %w", errNotice, what, err))
			continue
		}
		valid = append(valid, a)
	}
	return valid
}

// arrived tells what a message did from the deadlines that were due beside it.
func arrived(ev queue.Event) bool { return ev.Cause == "arrive" }

// arrival is a customer's message as the engine takes it. Its ids and the verdict of the
// blacklist follow.
func (c *Center) arrival(ctx context.Context, u channel.Update) (queue.Arrive, error) {
	m := inner(u.Message.Message)
	a := queue.Arrive{Number: u.Number, Name: u.Message.From.Name, Message: &m}
	a.Aliases, a.Weak = sortAliases(c.validAliases(ctx, u, "message "+u.Message.ID, u.Message.From.Aliases))
	if len(a.Aliases) == 0 {
		return a, fmt.Errorf("%w: message %s has no valid alias that identifies its sender", errNotice, u.Message.ID)
	}
	return a, nil
}

// sortAliases parts what proves identity from what does not.
func sortAliases(list []channel.Alias) (strong, weak []string) {
	for _, a := range list {
		if a.Identifies() {
			strong = append(strong, string(a))
		} else {
			weak = append(weak, string(a))
		}
	}
	return strong, weak
}

func (c *Center) receipt(ctx context.Context, u channel.Update) queue.Receipt {
	strong, _ := sortAliases(c.validAliases(ctx, u, "status of "+u.Status.MessageID, u.Status.Aliases))
	return queue.Receipt{
		Number: u.Number, ProviderID: u.Status.MessageID, Key: u.Status.Key, State: queue.MessageState(u.Status.State),
		At: u.Status.Time, Aliases: strong, Code: u.Status.Code, Reason: u.Status.Reason, Pricing: u.Status.Pricing,
		WindowClosed: u.Status.Class == channel.WindowClosed, Stopped: u.Status.Class == channel.Stopped,
	}
}

// notice tells the host what was not routed. A Notice that fails is logged.
func (c *Center) notice(ctx context.Context, u channel.Update, reason error) {
	if c.opts.Notice == nil {
		c.log.Info("usher: not routed", "connector", u.Connector, "number", u.Number, "reason", reason)
		return
	}
	err := c.call(ctx, "Notice", hookTimeout, func(context.Context) error {
		c.opts.Notice(u, reason)
		return nil
	})
	if err != nil {
		c.logHook(err, "reason", reason)
	}
}

// Outgoing is an interaction that an agent starts.
type Outgoing struct {
	Campaign string
	Agent    string
	Number   string        // one of the campaign's; "" = its first
	To       channel.Alias // who to write to
	Name     string
	// Message is sent first. WhatsApp asks for a template when the customer has not
	// written in the last 24 hours.
	Message  *channel.Message
	Override bool   // over the agent's limit, recorded
	By       string // who asked for it, when it was not the agent
}

// Start opens an interaction from our side and returns its id. A customer on the outgoing
// blacklist gets nothing: the error wraps [queue.ErrBlacklisted] and one record is kept.
func (c *Center) Start(ctx context.Context, o Outgoing) (string, error) {
	if err := o.To.Validate(); err != nil {
		return "", &queue.Error{Command: "start", Code: queue.ErrInvalid, Campaign: o.Campaign, Agent: o.Agent, Err: err}
	}
	if o.Message != nil {
		if err := sendable("start", "", *o.Message); err != nil {
			return "", err
		}
	}
	if err := c.load(ctx); err != nil {
		return "", err
	}
	s := queue.Start{
		Campaign: o.Campaign, Number: o.Number, Agent: o.Agent, Aliases: []string{string(o.To)}, Name: o.Name,
		Override: o.Override, By: o.By,
	}
	if o.Message != nil {
		m := inner(*o.Message)
		s.Message = &m
	}
	admitted, err := c.admit(ctx, s)
	if err != nil {
		return "", err
	}
	var id string
	_, seq, err := c.decideNew(ctx, 2, func(ids []string) queue.Command {
		s, _ := admitted.(queue.Start)
		s.Customer, s.ID = ids[0], ids[1]
		id = s.ID
		return s
	})
	if seq > 0 {
		if commitErr := c.flush(ctx, seq); commitErr != nil {
			return "", commitErr
		}
	}
	return id, err
}

// Reply is a message to the customer of an interaction.
type Reply struct {
	Interaction string
	Agent       string // who writes; "" = the host
	Message     channel.Message
	// Dedup makes it safe to say the same again over a bad line: the same value is sent
	// once.
	Dedup string
}

// Send queues a message to a customer. It returns when the message is safe, not when it
// has arrived: its way is in the events. Free text outside WhatsApp's window is an error
// that wraps [queue.ErrWindowClosed], before anything is called.
//
// A message that no connector could send (empty, without its file, of no kind) is an error
// that wraps [queue.ErrInvalid] and has every fault under its path.
func (c *Center) Send(ctx context.Context, r Reply) error {
	if err := sendable("send", r.Interaction, r.Message); err != nil {
		return err
	}
	_, err := c.Do(ctx, queue.Send{Interaction: r.Interaction, Agent: r.Agent, Message: inner(r.Message), Dedup: r.Dedup})
	return err
}

// asSendError finds the details of a failed send.
func asSendError(err error) *channel.SendError {
	se, _ := errors.AsType[*channel.SendError](err)
	return se
}

// Decode returns the message of an event as connectors know it.
func Decode(m *queue.Message) (channel.Message, error) {
	out, err := outbound(m)
	if err != nil {
		return out, err
	}
	out.ID, out.Time = m.ID, m.At
	return out, nil
}

// blacklisted follows an event with the blacklist and its history.
func (c *Center) blacklisted(ev *queue.Event) {
	c.listed(ev)
	if a, ok := attemptOf(ev); ok {
		c.history.Record(a)
	}
}

// attemptOf returns the blocked attempt that an event records.
func attemptOf(ev *queue.Event) (blacklist.Attempt, bool) {
	if ev.Kind != queue.CustomerBlocked {
		return blacklist.Attempt{}, false
	}
	d := blacklist.Incoming
	if ev.Outbound {
		d = blacklist.Outgoing
	}
	return blacklist.Attempt{
		Time: ev.At, Campaign: ev.Campaign, Direction: d, Aliases: ev.Aliases, Number: ev.Number, By: ev.Agent,
		Entry: blacklist.Entry{Alias: ev.From, Reason: ev.Reason},
	}, true
}

func (c *Center) saveList() json.RawMessage {
	if c.list == nil {
		return nil
	}
	data, _ := json.Marshal(c.list.Entries()) // plain data always marshals
	return data
}
