package sim

import (
	"math"
	"strconv"
	"time"

	"github.com/usher-go/usher/queue"
)

// phase is where a contact is, as the world knows it.
type phase uint8

const (
	phaseNone phase = iota // not in, or out again
	phaseBot
	phaseQueue
	phaseAgent
)

// contact is one interaction in the world: its customer's mind and what is left to do. It
// lives in a slot that is used again, with an id that is used again, so that memory does
// not grow with the length of a run.
type contact struct {
	id       string
	stream   int32
	campaign int32
	agent    int32 // who has it
	asked    int32 // to whom it is offered
	phase    phase
	offered  bool
	counted  bool // arrived in the time that is counted
	resolved bool // the flow has counted it
	waits    bool // the customer's patience has begun
	reaching bool // an agent is about to take it
	free     bool // the slot was released
	cell     int32

	arrived  int64
	since    int64   // in this phase
	entered  int64   // the queue, until an agent wrote
	work     float64 // of the last part
	patience float64
	turns    int
	call     *Call // of a trace; nil = all was drawn
	step     int   // handoffs of call that were tried

	// Versions: events that carry another one are stale.
	stay, ask, part, chat uint32

	told  int64 // the first estimate: when,
	until int64 // and of which instant
	bot   botTask

	customer, number string // of those who write messages
}

type botTask struct {
	session uint64
	turn    int
	phase   queue.Phase
	name    string
}

// newContact makes a customer up: everything that is drawn of one is drawn here, whatever
// becomes of them.
func (w *world) newContact(s *stream, i int32, call *Call) int32 {
	var slot int32
	if n := len(w.free); n > 0 {
		slot = w.free[n-1]
		w.free = w.free[:n-1]
	} else {
		slot = int32(len(w.contacts))
		w.contacts = append(w.contacts, contact{id: "i" + strconv.Itoa(int(slot))})
	}
	c := &w.contacts[slot]
	id := c.id
	if w.p.known { // the past is remembered by id
		w.ids++
		id = "k" + strconv.Itoa(w.ids)
		w.bySlot[id] = slot
	}
	*c = contact{
		id: id, stream: i, campaign: s.campaign, agent: -1, asked: -1, call: call, arrived: w.now, cell: int32(w.cell), counted: w.measuring,
		stay: c.stay + 1, ask: c.ask + 1, part: c.part + 1, chat: c.chat + 1,
	}
	c.work = s.Handle.Draw(s.handle) * 1e9
	c.patience = math.Inf(1)
	if s.Patience != nil {
		c.patience = s.Patience.Draw(s.patience) * 1e9
	}
	if call != nil {
		c.recall(call)
	}
	if m := s.Messages; m != nil {
		c.turns = max(int(math.Round(m.Turns.Draw(s.handle))), 1)
	}
	return slot
}

// recall takes over what is known of a call that happened.
func (c *contact) recall(call *Call) {
	if call.Handle > 0 {
		left := call.Handle
		for _, h := range call.Handoffs {
			left -= h.After
		}
		c.work = float64(max(left, 0).Duration())
	} else {
		c.work += float64(call.Busy.Duration())
	}
	c.patience += float64(call.Waited.Duration())
	if call.Patience > 0 {
		c.patience = float64(call.Patience.Duration())
	}
}

// partWork returns the work until the next handoff, or until the end.
func (c *contact) partWork() float64 {
	if h := c.handoff(); h != nil {
		return float64(h.After.Duration())
	}
	return c.work
}

// handoff is the next attempt to hand the contact on; nil = there is none.
func (c *contact) handoff() *Handoff {
	if c.call == nil || c.step >= len(c.call.Handoffs) {
		return nil
	}
	return &c.call.Handoffs[c.step]
}

// release gives a slot back. Releasing it again has no effect: an arrival that is refused is
// released when its end is folded and again when the arrival returns.
func (w *world) release(slot int32) {
	if w.contacts[slot].free {
		return
	}
	w.contacts[slot].free = true
	if w.p.known {
		delete(w.bySlot, w.contacts[slot].id)
		w.contacts[slot].id = "i" + strconv.Itoa(int(slot))
	}
	w.contacts[slot].phase = phaseNone
	w.free = append(w.free, slot)
}

// slot finds the contact of an id.
func (w *world) slot(id string) int32 {
	if w.p.known {
		if s, ok := w.bySlot[id]; ok {
			return s
		}
		return -1
	}
	n := int32(0)
	for i := 1; i < len(id); i++ {
		n = n*10 + int32(id[i]-'0')
	}
	return n
}

// rename gives the contact that is arriving the id of the interaction that it continues.
func (w *world) rename(id string) {
	c := &w.contacts[w.arriving]
	delete(w.bySlot, c.id)
	c.id = id
	w.bySlot[id] = w.arriving
}

// wait starts the customer's patience, at the first entry into the queue.
func (w *world) wait(slot int32) {
	c := &w.contacts[slot]
	c.waits = true
	if left := c.patience; left < float64(w.stop-w.now) {
		w.agenda.add(w.now+int64(left), evPatience, slot, c.stay)
	}
}

// contactEvent performs an event of a contact that is still at the version it was made for.
func (w *world) contactEvent(e event) {
	c := &w.contacts[e.x]
	switch e.kind {
	case evPatience:
		if c.stay == e.ver && c.phase == phaseQueue {
			w.leaveCmd = queue.Leave{Interaction: c.id, Reason: "out of patience"}
			w.must(w.leaveCmd)
		}
	case evAccept, evDecline:
		if c.ask == e.ver && c.offered {
			w.answerOffer(e)
		}
	case evDone:
		if c.part == e.ver && c.phase == phaseAgent {
			w.done(e.x)
		}
	case evWrites, evGiveUp:
		if c.chat == e.ver && c.phase == phaseAgent {
			w.customerTurn(e)
		}
	case evTake:
		if c.stay == e.ver && c.phase == phaseQueue {
			w.takenBySomeAgent(e.x)
		}
	case evRespond:
		if c.stay == e.ver && c.phase == phaseAgent && c.entered != 0 {
			w.counts(c.campaign).Respond(time.Duration(w.now - c.entered))
			c.entered = 0
		}
	case evBot:
		if c.stay == e.ver && c.phase == phaseBot {
			w.botAnswers(e.x)
		}
	}
}

// done is called when the agent has done what there was to do in a contact: all of it, or
// one message.
func (w *world) done(slot int32) {
	c := &w.contacts[slot]
	m := w.streams[c.stream].Messages
	if h := c.handoff(); h != nil && m == nil {
		c.step++
		w.handOn(slot, h)
		return
	}
	if m == nil {
		w.finish(slot)
		return
	}
	w.must(queue.Send{Interaction: c.id, Agent: w.p.agents[c.agent].ID, Message: queue.Message{Template: true}})
	w.settle()
	if c = &w.contacts[slot]; c.phase != phaseAgent {
		return
	}
	c.turns--
	if c.turns <= 0 {
		w.finish(slot)
		return
	}
	c.chat++
	if w.behave.Float64() < m.Silent {
		give := m.GiveUp.Duration()
		if give == 0 {
			give = 10 * time.Minute
		}
		w.agenda.add(w.now+int64(give), evGiveUp, slot, c.chat)
		return
	}
	w.agenda.add(w.now+int64(m.Customer.Draw(w.behave)*1e9), evWrites, slot, c.chat)
}

// customerTurn is the customer's answer, or the agent giving up waiting for it.
func (w *world) customerTurn(e event) {
	c := &w.contacts[e.x]
	if e.kind == evGiveUp {
		w.finish(e.x)
		return
	}
	w.customerWrites(c)
	w.settle()
	if c = &w.contacts[e.x]; c.phase == phaseAgent {
		w.begin(e.x)
	}
}

func (w *world) customerWrites(c *contact) {
	w.must(queue.Arrive{
		Campaign: w.p.campaigns[w.streams[c.stream].campaign].ID, Number: c.number, Customer: c.customer,
		Aliases: []string{c.customer}, ID: "x" + c.id, Message: &queue.Message{},
	})
}

// finish ends the agent's part.
func (w *world) finish(slot int32) {
	c := &w.contacts[slot]
	w.beforeFinish(c.agent)
	w.finishCmd = queue.Finish{Interaction: c.id, Agent: w.p.agents[c.agent].ID}
	w.must(w.finishCmd)
}

// handOn has the agent hand a contact on. When the engine refuses that, because the receiver
// is away or a queue is closed, the agent tries another receiver, since a transfer that
// happened had one who could take it, and in the end goes on with the next part of the work.
func (w *world) handOn(slot int32, h *Handoff) {
	c := &w.contacts[slot]
	var err error
	switch {
	case h.Agent != "":
		err = w.transfer(c, h)
	case h.Campaign != "":
		err = w.step(queue.Transfer{Interaction: c.id, Agent: w.p.agents[c.agent].ID, ToCampaign: h.Campaign})
	default:
		err = w.step(queue.Requeue{Interaction: c.id})
	}
	if err != nil {
		w.begin(slot)
	}
}

// transfer offers a contact to the agent of a handoff or, when that is refused, to the others
// in random order.
func (w *world) transfer(c *contact, h *Handoff) error {
	err := w.step(queue.Transfer{Interaction: c.id, Agent: w.p.agents[c.agent].ID, ToAgent: h.Agent, Override: h.Override})
	if err == nil {
		return nil
	}
	for _, i := range w.behave.Perm(len(w.p.agents)) {
		if w.step(queue.Transfer{Interaction: c.id, Agent: w.p.agents[c.agent].ID, ToAgent: w.p.agents[i].ID}) == nil {
			return nil
		}
	}
	return err
}

// respond schedules the agent's first message after an answer.
func (w *world) respond(slot int32) {
	c := &w.contacts[slot]
	delay := w.streams[c.stream].Respond.Draw(w.behave)
	if c.call != nil && c.call.Respond != 0 && c.step == 0 {
		delay = float64(c.call.Respond)
	}
	if delay > 0 {
		w.agenda.add(w.now+int64(delay*1e9), evRespond, slot, c.stay)
	}
}

// botAnswers is the bot letting go.
func (w *world) botAnswers(slot int32) {
	c := &w.contacts[slot]
	b := w.p.bots[c.bot.name]
	next := queue.BotQueue
	if c.bot.phase == queue.PhaseEnd || c.bot.phase == queue.PhaseStart && c.call != nil && c.call.BotEnded || b != nil && w.behave.Float64() < b.Ends {
		next = queue.BotEnd
	}
	w.must(queue.BotReply{Interaction: c.id, Session: c.bot.session, Turn: c.bot.turn, Next: next})
}
