package queue

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

func (Send) cause() string    { return "send" }
func (Sent) cause() string    { return "sent" }
func (Receipt) cause() string { return "receipt" }

// do queues a message to the customer. Free text outside the window is refused before
// anything is called.
func (c Send) do(e *Engine) error {
	in, err := e.findInteraction(c.Interaction)
	if err != nil {
		return err
	}
	if c.Agent != "" {
		a, err := e.findAgent(c.Agent)
		if err != nil {
			return err
		}
		if in.phase != inAgent || in.agent != a {
			return e.refuse(ErrNotOwner, in, "")
		}
	}
	if c.Dedup != "" && in.wishes.granted(c.Dedup) {
		return nil
	}
	if in.cust == nil {
		return e.refuse(ErrInvalid, in, "the customer has no address")
	}
	if !c.Message.Template && !e.inWindow(in) {
		return e.refuse(ErrWindowClosed, in, "")
	}
	e.postAs(in, c.Message, c.Agent, "", c.Dedup)
	return nil
}

// inWindow reports whether free text may be sent to the customer now.
func (e *Engine) inWindow(in *interaction) bool {
	w := int64(in.camp.cfg.Window)
	return w == 0 || in.cust != nil && e.now < later(stampOf(in.cust.windows, in.number), w)
}

// say sends one of the campaign's texts.
func (e *Engine) say(in *interaction, text string) {
	if text != "" && in.cust != nil {
		e.post(in, Message{Text: text}, "", "")
	}
}

// post is Send for those who cannot be told of an error: outside the window the message
// is recorded as failed.
func (e *Engine) post(in *interaction, m Message, agent, bot string) {
	if in.cust == nil {
		return
	}
	key := e.postAs(in, m, agent, bot, "")
	if m.Template || e.inWindow(in) {
		return
	}
	e.moveMessage(in, key, MessageFailed, "customer service window is closed", 0)
}

// postAs puts a message in the interaction's outbox and, if nothing is before it, asks to
// send it. A message outside the window is queued only to be failed.
func (e *Engine) postAs(in *interaction, m Message, agent, bot, token string) string {
	ev := e.about(MessageQueued, in)
	m.ID = ""
	ev.Message, ev.Agent, ev.Bot, ev.Topic = &m, agent, bot, token
	ev.Key = in.id + "/" + strconv.FormatUint(e.seq+1, 10)
	ev.Delivery = MessageWaits
	if len(in.outbox) == 0 && (m.Template || e.inWindow(in)) {
		ev.Delivery, ev.Until, ev.Count = MessageSending, instant(e.answerBy(in.camp.sendTimeout())), 1
	}
	key := ev.Key
	p := e.emit(ev)
	if p.Delivery == MessageSending {
		e.effect(e.sendEffect(in, in.outbox[0]))
	}
	return key
}

func (c *campaign) sendTimeout() int64 {
	if c.cfg.SendTimeout > 0 {
		return int64(c.cfg.SendTimeout)
	}
	return int64(DefaultSendTimeout)
}

func (e *Engine) sendEffect(in *interaction, o *outgoing) Effect {
	return Effect{
		Kind: EffectSend, Seq: o.asked, Interaction: in.id, Campaign: in.camp.id,
		Connector: e.connector(in), Number: in.number, Customer: in.cust.id,
		Address: in.cust.address, Key: o.key, Message: &o.message,
	}
}

// connector is the one that has the number of an interaction, which may have moved to a
// campaign with another.
func (e *Engine) connector(in *interaction) string {
	if c := e.numbers[in.number]; c != nil {
		return c.cfg.Connector
	}
	return in.camp.cfg.Connector
}

func (e *Engine) applyMessageQueued(ev *Event, in *interaction) {
	o := &outgoing{key: ev.Key, message: *ev.Message, state: ev.Delivery, attempts: ev.Count}
	in.outbox = append(in.outbox, o)
	if ev.Topic != "" {
		in.grant(ev.Topic)
	}
	if o.state == MessageSending {
		o.asked = ev.Seq
		e.arm(in, timerSend, nanos(ev.Until))
	}
	if ev.Agent != "" {
		in.spoke, in.customerTurn, in.warned = e.now, true, false
		e.armSilence(in)
	}
}

// maxTokens bounds how many wishes to send are remembered per interaction.
const maxTokens = 64

// outgoing finds an unsettled message by key.
func (in *interaction) outgoing(key string) *outgoing {
	for _, o := range in.outbox {
		if o.key == key {
			return o
		}
	}
	return nil
}

// do is the connector's answer to an attempt. What comes after a receipt has settled the
// message, or twice, changes nothing.
func (c Sent) do(e *Engine) error {
	in := e.interactions[c.Interaction]
	if in == nil {
		return &Error{Command: e.cause, Code: ErrUnknownInteraction, Interaction: c.Interaction}
	}
	o := in.outgoing(c.Key)
	if o == nil || o.state != MessageSending && o.state != MessageUnknown {
		return nil
	}
	switch c.Result {
	case SendAccepted:
		e.settleMessage(in, o, MessageAccepted, c.ProviderID, "", 0)
		e.learnRecipient(in, c.Aliases)
	case SendRetry:
		e.retryMessage(in, o, c)
	case SendFailed:
		e.settleMessage(in, o, MessageFailed, c.ProviderID, c.Reason, c.Code)
	case SendAmbiguous:
		if o.state == MessageSending {
			e.unknownMessage(in, o, c.Reason)
		}
	default:
		return e.refuse(ErrInvalid, in, "unknown result "+string(c.Result)+"; valid: accepted, retry, failed, ambiguous")
	}
	return nil
}

// settleMessage ends the wait for a message and asks for the next in line.
func (e *Engine) settleMessage(in *interaction, o *outgoing, s MessageState, provider, reason string, code int) {
	ev := e.about(MessageMoved, in)
	ev.Key, ev.Delivery, ev.ProviderID, ev.Reason, ev.Code, ev.Number = o.key, s, provider, reason, code, in.number
	e.emit(ev)
	e.pump(in)
}

// moveMessage is settleMessage for a message that was never asked for.
func (e *Engine) moveMessage(in *interaction, key string, s MessageState, reason string, code int) {
	if o := in.outgoing(key); o != nil {
		e.settleMessage(in, o, s, "", reason, code)
	}
}

func (e *Engine) unknownMessage(in *interaction, o *outgoing, reason string) {
	ev := e.about(MessageMoved, in)
	ev.Key, ev.Delivery, ev.Reason, ev.Count = o.key, MessageUnknown, reason, o.attempts
	ev.Until = instant(e.answerBy(in.camp.sendTimeout()))
	e.emit(ev)
}

// retryMessage waits before the next attempt, or gives up after the last.
func (e *Engine) retryMessage(in *interaction, o *outgoing, c Sent) {
	most := in.camp.cfg.SendAttempts
	if most == 0 {
		most = DefaultSendAttempts
	}
	if o.attempts >= most {
		e.settleMessage(in, o, MessageFailed, "", c.Reason, c.Code)
		return
	}
	wait := c.RetryAfter
	if wait <= 0 {
		wait = time.Second << (2 * min(o.attempts-1, 5)) // 1 s, 4 s, 16 s, 64 s, …
	}
	ev := e.about(MessageMoved, in)
	ev.Key, ev.Delivery, ev.Reason, ev.Code, ev.Count = o.key, MessageWaits, c.Reason, c.Code, o.attempts
	ev.Until = instant(later(e.now, wait))
	e.emit(ev)
}

// sendOver acts at a message's deadline: it is time to try again, or to stop waiting for
// an answer, or for the receipt that would have settled what is unknown. A message that
// may have been taken is never sent again.
func (e *Engine) sendOver(in *interaction) {
	if len(in.outbox) == 0 {
		return
	}
	switch o := in.outbox[0]; o.state {
	case MessageWaits:
		e.pump(in)
	case MessageSending:
		e.unknownMessage(in, o, "no answer in time")
	case MessageUnknown:
		e.settleMessage(in, o, MessageFailed, "", "unconfirmed", 0)
	}
}

// pump asks to send the first message in line.
func (e *Engine) pump(in *interaction) {
	if len(in.outbox) == 0 {
		return
	}
	o := in.outbox[0]
	if o.state != MessageWaits {
		return
	}
	if !o.message.Template && !e.inWindow(in) {
		e.settleMessage(in, o, MessageFailed, "", "customer service window is closed", 0)
		return
	}
	ev := e.about(MessageMoved, in)
	ev.Key, ev.Delivery, ev.Count = o.key, MessageSending, o.attempts+1
	ev.Until = instant(e.answerBy(in.camp.sendTimeout()))
	e.emit(ev)
	e.effect(e.sendEffect(in, o))
}

// do moves a message by the provider's word, forwards only.
func (c Receipt) do(e *Engine) error {
	if ref := e.sent[refID(c.Number, c.ProviderID)]; ref != nil {
		if supersedes(c.State, ref.state) {
			e.put(Event{
				Kind: MessageMoved, Interaction: ref.interaction, Campaign: ref.campaign, Key: ref.key, Delivery: c.State,
				ProviderID: ref.provider, Number: ref.number, Reason: c.Reason, Code: c.Code, Pricing: c.Pricing,
			})
		}
		return nil
	}
	id := c.Key[:max(strings.LastIndexByte(c.Key, '/'), 0)]
	in := e.interactions[id]
	if in == nil || in.outgoing(c.Key) == nil || messageRanks[c.State] == 0 {
		return &Error{Command: e.cause, Code: ErrUnknownMessage, Interaction: id, Reason: c.ProviderID}
	}
	// The receipt came before the connector's answer, or settles an unknown one.
	ev := e.about(MessageMoved, in)
	ev.Key, ev.Delivery, ev.ProviderID, ev.Number = c.Key, c.State, c.ProviderID, in.number
	ev.Reason, ev.Code, ev.Pricing = c.Reason, c.Code, c.Pricing
	e.emit(ev)
	e.learnRecipient(in, c.Aliases)
	e.pump(in)
	return nil
}

var messageRanks = map[MessageState]int{
	MessageWaits: 1, MessageSending: 2, MessageUnknown: 3, MessageAccepted: 4, MessageFailed: 5,
	MessageSent: 5, MessageDelivered: 6, MessageRead: 7, MessagePlayed: 8,
}

// supersedes reports whether a message in state old moves on seeing s: forward, except
// that a failure replaces sent, and delivery disproves a failure.
func supersedes(s, old MessageState) bool {
	return messageRanks[s] > messageRanks[old] || s == MessageFailed && old == MessageSent
}

func refID(number, provider string) string { return number + "|" + provider }

func (r *sentRef) id() string { return refID(r.number, r.provider) }

func (e *Engine) applyMessageMoved(ev *Event) {
	if ref := e.sent[refID(ev.Number, ev.ProviderID)]; ref != nil && ev.ProviderID != "" {
		ref.state = ev.Delivery
		return
	}
	in := e.named(ev.Interaction)
	if in == nil {
		return
	}
	o := in.outgoing(ev.Key)
	if o == nil {
		return
	}
	o.state, o.asked = ev.Delivery, 0
	switch ev.Delivery {
	case MessageSending:
		o.asked, o.attempts = ev.Seq, ev.Count
		e.arm(in, timerSend, nanos(ev.Until))
	case MessageWaits, MessageUnknown:
		e.arm(in, timerSend, nanos(ev.Until))
	default:
		e.applySettled(ev, in, o)
	}
}

// applySettled takes a message out of the outbox and remembers the provider's id of it.
func (e *Engine) applySettled(ev *Event, in *interaction, o *outgoing) {
	if in.outbox[0] == o {
		e.disarm(in, timerSend)
	}
	in.outbox = slices.DeleteFunc(in.outbox, func(x *outgoing) bool { return x == o })
	if ev.ProviderID == "" {
		e.dropEnded(in)
		return
	}
	ref := &sentRef{
		number: ev.Number, provider: ev.ProviderID, interaction: in.id, key: o.key,
		campaign: in.camp.id, state: ev.Delivery, at: e.now,
	}
	e.sent[ref.id()] = ref
	e.sentOrder = append(e.sentOrder, ref)
	e.armSweep()
	e.dropEnded(in)
}
