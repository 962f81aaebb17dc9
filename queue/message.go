package queue

import (
	"strconv"
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
	if text != "" && in.cust != nil && !in.listed {
		e.postOwn(in, Message{Text: text})
	}
}

// post is Send for bots: outside the window the message is recorded as failed.
func (e *Engine) post(in *interaction, m Message, agent, bot string) {
	if in.cust != nil {
		e.queueMessage(in, m, Event{Agent: agent, Bot: bot})
	}
}

// postOwn sends one of the campaign's texts: outside the window it is recorded as failed.
func (e *Engine) postOwn(in *interaction, m Message) {
	e.queueMessage(in, m, Event{Reason: ownText})
}

// ownText marks the campaign's own texts among the messages without an agent or a bot.
const ownText = "text"

// postAs queues a message of an agent or of the host.
func (e *Engine) postAs(in *interaction, m Message, agent, bot, token string) {
	e.queueMessage(in, m, Event{Agent: agent, Bot: bot, Topic: token})
}

// queueMessage puts a message in the interaction's outbox and, if nothing stands before it,
// asks to send it. who has the fields of the event that say whose message it is.
func (e *Engine) queueMessage(in *interaction, m Message, who Event) {
	ev := e.about(MessageQueued, in)
	m.ID = ""
	ev.Message, ev.Agent, ev.Bot, ev.Topic, ev.Reason = &m, who.Agent, who.Bot, who.Topic, who.Reason
	ev.Key = in.id + "/" + strconv.FormatUint(e.seq+1, 10)
	ev.Delivery = MessageWaits
	acct := e.known(e.connector(in))
	if len(in.outbox) == 0 && e.firstInLine(in) && (m.Template || e.inWindow(in)) && e.mayTry(acct) {
		ev.Delivery, ev.Until, ev.Count = MessageSending, instant(e.answerBy(in.camp.sendTimeout())), 1
	}
	if p := e.emit(ev); p.Delivery == MessageSending {
		e.effect(e.sendEffect(in, in.outbox[0]))
		return
	}
	e.pump(in)
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
	o := &outgoing{key: ev.Key, message: *ev.Message, state: ev.Delivery, attempts: ev.Count, seq: ev.Seq, queued: e.now, kind: kindOf(ev)}
	if len(in.outbox) == 0 {
		in.cust.sending = append(in.cust.sending, in)
	}
	in.outbox = append(in.outbox, o)
	if ev.Topic != "" {
		in.grant(ev.Topic)
	}
	if o.state == MessageSending {
		e.fly(in, o, ev)
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
