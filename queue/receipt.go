package queue

import "strings"

// do moves a message by the provider's word, forwards only. A price is kept also when it
// comes with a status that is out of date.
func (c Receipt) do(e *Engine) error {
	if ref := e.sent[refID(c.Number, c.ProviderID)]; ref != nil {
		c.about(e, ref)
		return nil
	}
	id := c.Key[:max(strings.LastIndexByte(c.Key, '/'), 0)]
	in := e.interactions[id]
	if in == nil || in.outgoing(c.Key) == nil || messageRanks[c.State] == 0 {
		return &Error{Command: e.cause, Code: ErrUnknownMessage, Interaction: id, Reason: c.ProviderID}
	}
	// The receipt came before the connector's answer, or settles an unknown one.
	o := in.outgoing(c.Key)
	acct := e.accountOf(in, o)
	ev := e.about(MessageMoved, in)
	ev.Key, ev.Delivery, ev.ProviderID, ev.Number = c.Key, c.State, c.ProviderID, in.number
	ev.Reason, ev.Code, ev.Pricing = c.Reason, c.Code, c.Pricing
	ev.Direct = c.WindowClosed && !e.wroteSince(in, o.tried)
	e.emit(ev)
	e.learnRecipient(in, c.Aliases)
	if c.Stopped {
		e.failing(acct, true, c.Reason, c.Code)
	} else {
		e.working(acct)
	}
	e.pump(in)
	e.retryBlocked(acct)
	return nil
}

// about moves a message that the provider has taken.
func (c Receipt) about(e *Engine, ref *sentRef) {
	state := c.State
	if !supersedes(state, ref.state) {
		if c.Pricing == "" || ref.priced {
			return
		}
		state = ref.state
	}
	in := e.interactions[ref.interaction]
	e.put(Event{
		Kind: MessageMoved, Interaction: ref.interaction, Campaign: ref.campaign, Key: ref.key, Delivery: state,
		ProviderID: ref.provider, Number: ref.number, Reason: c.Reason, Code: c.Code, Pricing: c.Pricing,
		Direct: c.WindowClosed && in != nil && !e.wroteSince(in, ref.at),
	})
	if camp := e.numbers[ref.number]; camp != nil && c.Stopped {
		e.failing(e.known(camp.cfg.Connector), true, c.Reason, c.Code)
	}
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
