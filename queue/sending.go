package queue

import (
	"slices"
	"time"
)

// Messages to one customer from one number go out one at a time, in the order in which they
// were queued. The first of them is tried with growing pauses until it is taken, refused for
// good, or expires; see account for what keeps all messages of a connector back. An attempt
// whose end is unknown is never repeated.

// messageKind says how long a message may be tried.
type messageKind uint8

const (
	kindReply    messageKind = iota // of an agent or of the host
	kindText                        // the campaign's own: announcements, warnings
	kindBot                         //
	kindTemplate                    // tried for its own validity
)

// kindOf reads the kind from the event that queues a message.
func kindOf(ev *Event) messageKind {
	switch {
	case ev.Message.Template:
		return kindTemplate
	case ev.Bot != "":
		return kindBot
	case ev.Reason == ownText:
		return kindText
	}
	return kindReply
}

// Defaults of how long a message that was certainly not taken is tried.
const (
	DefaultReplyExpiry    = 15 * time.Minute
	DefaultTextExpiry     = time.Minute
	DefaultTemplateExpiry = 24 * time.Hour
)

// expiry is how long a message may be tried.
func (c *campaign) expiry(o *outgoing) time.Duration {
	or := func(d, normal time.Duration) time.Duration {
		if d > 0 {
			return d
		}
		return normal
	}
	switch o.kind {
	case kindTemplate:
		return or(o.message.Validity, or(c.cfg.SendTemplates, DefaultTemplateExpiry))
	case kindBot:
		return or(c.cfg.BotTimeout, DefaultBotTimeout)
	case kindText:
		return or(c.cfg.SendTexts, DefaultTextExpiry)
	}
	return or(c.cfg.SendReplies, DefaultReplyExpiry)
}

// expires is when the first message of an interaction is given up.
func (in *interaction) expires(o *outgoing) int64 {
	return later(o.queued, int64(in.camp.expiry(o)))
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
	acct := e.accountOf(in, o)
	switch c.Result {
	case SendAccepted:
		e.settleMessage(in, o, MessageAccepted, c.ProviderID, "", 0)
		e.learnRecipient(in, c.Aliases)
		e.working(acct)
	case SendRetry:
		e.retryMessage(in, o, acct, c)
	case SendStopped:
		e.failing(acct, true, c.Reason, c.Code)
		e.waitAgain(in, o, e.now, c)
	case SendFailed, SendWindowClosed:
		e.moved(in, o, MessageFailed, c.ProviderID, c.Reason, c.Code, c.Result == SendWindowClosed)
		if c.Code != 0 {
			e.working(acct) // the provider has answered
		}
	case SendAmbiguous:
		if o.state == MessageSending {
			e.unknownMessage(in, o, c.Reason, !c.Interrupted)
			e.failing(acct, false, c.Reason, c.Code)
		}
	default:
		return e.refuse(ErrInvalid, in, "unknown result "+string(c.Result)+"; valid: accepted, retry, failed, window_closed, stopped, ambiguous")
	}
	e.pump(in)
	e.retryBlocked(acct)
	return nil
}

// accountOf returns the account that a message is being sent by, or would be.
func (e *Engine) accountOf(in *interaction, o *outgoing) *account {
	if o.account != nil {
		return o.account
	}
	return e.known(e.connector(in))
}

// settleMessage ends the wait for a message.
func (e *Engine) settleMessage(in *interaction, o *outgoing, s MessageState, provider, reason string, code int) {
	e.moved(in, o, s, provider, reason, code, false)
}

func (e *Engine) moved(in *interaction, o *outgoing, s MessageState, provider, reason string, code int, closed bool) {
	ev := e.about(MessageMoved, in)
	ev.Key, ev.Delivery, ev.ProviderID, ev.Reason, ev.Code, ev.Number = o.key, s, provider, reason, code, in.number
	ev.Direct = closed && !e.wroteSince(in, o.tried)
	e.emit(ev)
}

// wroteSince reports whether the customer has written since an attempt began: then the
// provider's word that the window is closed is out of date.
func (e *Engine) wroteSince(in *interaction, at int64) bool {
	return in.cust != nil && stampOf(in.cust.windows, in.number) > at
}

func (e *Engine) unknownMessage(in *interaction, o *outgoing, reason string, evidence bool) {
	ev := e.about(MessageMoved, in)
	ev.Key, ev.Delivery, ev.Reason, ev.Count, ev.Failed = o.key, MessageUnknown, reason, o.attempts, evidence
	ev.Until = instant(e.answerBy(in.camp.sendTimeout()))
	e.emit(ev)
}

// maxRetryPause bounds the pauses between attempts that the provider does not ask for.
const maxRetryPause = 32 * time.Second

// retryMessage waits before the next attempt, or gives up: after the configured number of
// attempts, and when the provider asks for a pause beyond the message's expiry.
func (e *Engine) retryMessage(in *interaction, o *outgoing, acct *account, c Sent) {
	wait := c.RetryAfter
	if wait <= 0 {
		wait = min(time.Second<<min(o.attempts-1, 10), maxRetryPause)
	}
	most := in.camp.cfg.SendAttempts
	if most > 0 && o.attempts >= most || c.RetryAfter > 0 && later(e.now, int64(wait)) >= in.expires(o) {
		e.settleMessage(in, o, MessageFailed, "", c.Reason, c.Code)
		return
	}
	e.waitAgain(in, o, later(e.now, int64(wait)), c)
	if c.RetryAfter <= 0 {
		e.failing(acct, false, c.Reason, c.Code)
	}
	if c.RetryAfter <= 0 && e.known(acct.connector).down {
		e.waitForAccount(in, o) // not for its own pause, which may end long after the outage
	}
}

// waitAgain lets a message wait for its next attempt, at most until it expires. While its
// account is down it waits for the account.
func (e *Engine) waitAgain(in *interaction, o *outgoing, until int64, c Sent) {
	ev := e.about(MessageMoved, in)
	ev.Key, ev.Delivery, ev.Reason, ev.Code, ev.Count = o.key, MessageWaits, c.Reason, c.Code, o.attempts
	ev.Failed = c.RetryAfter <= 0 && c.Result == SendRetry
	ev.Until = instant(min(until, in.expires(o)))
	e.emit(ev)
}

// waitForAccount lets a message wait for its account, until it expires.
func (e *Engine) waitForAccount(in *interaction, o *outgoing) {
	ev := e.about(MessageMoved, in)
	ev.Key, ev.Delivery, ev.Reason, ev.Count, ev.Open = o.key, MessageWaits, o.reason, o.attempts, true
	ev.Until = instant(in.expires(o))
	e.emit(ev)
}

// sendOver acts at a message's deadline: it is time to try again or to give up, or to stop
// waiting for an answer, or for the receipt that would have settled what is unknown. A
// message that may have been taken is never sent again.
func (e *Engine) sendOver(in *interaction) {
	if len(in.outbox) == 0 {
		return
	}
	o := in.outbox[0]
	acct := e.accountOf(in, o)
	switch o.state {
	case MessageSending:
		e.unknownMessage(in, o, "no answer in time", true)
		e.failing(acct, false, "no answer in time", 0)
	case MessageUnknown:
		e.settleMessage(in, o, MessageFailed, "", "unconfirmed", 0)
	}
	e.pump(in)
	e.retryBlocked(acct)
}

// pump asks to send the first message of an interaction if it may be tried now, after
// giving up those that have expired. When none is left, the next interaction with the same
// customer on the same number has its turn.
func (e *Engine) pump(in *interaction) {
	for len(in.outbox) > 0 {
		o := in.outbox[0]
		if o.state != MessageWaits {
			return
		}
		switch acct := e.known(e.connector(in)); {
		case in.cust == nil: // forgotten by an earlier version
			e.settleMessage(in, o, MessageFailed, "", "customer is forgotten", 0)
		case e.now >= in.expires(o):
			e.settleMessage(in, o, MessageFailed, "", expiredText(in.camp.expiry(o), o.reason), 0)
		case o.attempts == 0 && !e.firstInLine(in):
			return
		case !o.message.Template && !e.inWindow(in):
			e.settleMessage(in, o, MessageFailed, "", "customer service window is closed", 0)
		case e.now < o.again:
			return // its own pause
		case !e.mayTry(acct):
			if !o.blocked {
				e.waitForAccount(in, o)
			}
			return
		default:
			ev := e.about(MessageMoved, in)
			ev.Key, ev.Delivery, ev.Count = o.key, MessageSending, o.attempts+1
			ev.Until = instant(e.answerBy(in.camp.sendTimeout()))
			e.emit(ev)
			e.effect(e.sendEffect(in, o))
			return
		}
	}
	if in.cust == nil {
		return
	}
	if i := in.cust.lineOn(in.number); i >= 0 {
		e.pump(in.cust.sending[i])
	}
}

func expiredText(within time.Duration, reason string) string {
	text := "not sent within " + within.String()
	if reason != "" {
		text += ": " + reason
	}
	return text
}

// lineOn finds the interaction whose messages to the customer from a number go first, -1 if
// there is none.
func (c *customer) lineOn(number string) int {
	return slices.IndexFunc(c.sending, func(in *interaction) bool { return in.number == number })
}

// firstInLine reports whether no other interaction has messages to the customer from the
// same number that were queued before.
func (e *Engine) firstInLine(in *interaction) bool {
	i := in.cust.lineOn(in.number)
	return i < 0 || in.cust.sending[i] == in
}

// fly notes that a message is being sent by an account.
func (e *Engine) fly(in *interaction, o *outgoing, ev *Event) {
	o.asked, o.attempts, o.tried, o.blocked, o.again = ev.Seq, ev.Count, e.now, false, 0
	o.account = e.account(e.connector(in))
	o.account.flying++
	e.arm(in, timerSend, nanos(ev.Until))
}

// land ends an attempt, and counts what it says about the account.
func (o *outgoing) land(ev *Event) {
	a := o.account
	if a == nil {
		return
	}
	a.flying--
	o.account = nil
	switch {
	case ev == nil:
	case ev.Failed:
		a.fails++
	case ev.Delivery != MessageWaits && ev.Delivery != MessageUnknown && (ev.Delivery != MessageFailed || ev.Code != 0):
		a.fails = 0
	}
}

func (e *Engine) applyMessageMoved(ev *Event) {
	if ref := e.sent[refID(ev.Number, ev.ProviderID)]; ref != nil && ev.ProviderID != "" {
		ref.state, ref.priced = ev.Delivery, ref.priced || ev.Pricing != ""
		e.closeWindow(ev)
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
	o.land(ev)
	o.state, o.asked = ev.Delivery, 0
	switch ev.Delivery {
	case MessageSending:
		e.fly(in, o, ev)
	case MessageWaits:
		o.reason, o.blocked, o.again = ev.Reason, ev.Open, nanos(ev.Until)
		if o.blocked {
			o.again = 0
			e.account(e.connector(in)).block(in)
		}
		e.arm(in, timerSend, nanos(ev.Until))
	case MessageUnknown:
		e.arm(in, timerSend, nanos(ev.Until))
	default:
		e.closeWindow(ev)
		e.applySettled(ev, in, o)
	}
}

// closeWindow follows the provider's word that the customer service window is closed.
func (e *Engine) closeWindow(ev *Event) {
	in := e.interactions[ev.Interaction]
	if !ev.Direct || in == nil || in.cust == nil {
		return
	}
	in.cust.windows = slices.DeleteFunc(slices.Clone(in.cust.windows), func(w stamp) bool { return w.name == in.number })
}

// applySettled takes a message out of the outbox and remembers the provider's id of it.
func (e *Engine) applySettled(ev *Event, in *interaction, o *outgoing) {
	if in.outbox[0] == o {
		e.disarm(in, timerSend)
	}
	in.outbox = slices.DeleteFunc(in.outbox, func(x *outgoing) bool { return x == o })
	e.leaveLine(in)
	if ev.ProviderID == "" {
		e.dropEnded(in)
		return
	}
	ref := &sentRef{
		number: ev.Number, provider: ev.ProviderID, interaction: in.id, key: o.key,
		campaign: in.camp.id, state: ev.Delivery, at: e.now, priced: ev.Pricing != "",
	}
	e.sent[ref.id()] = ref
	e.sentOrder = append(e.sentOrder, ref)
	e.armSweep()
	e.dropEnded(in)
}

// leaveLine takes an interaction without messages from those of its customer that have some.
func (e *Engine) leaveLine(in *interaction) {
	if len(in.outbox) == 0 && in.cust != nil {
		in.cust.sending = remove(in.cust.sending, in)
	}
}

// dropOutbox forgets the messages that were not sent.
func (e *Engine) dropOutbox(in *interaction) {
	for _, o := range in.outbox {
		o.land(nil)
	}
	in.outbox = nil
	e.leaveLine(in)
}
