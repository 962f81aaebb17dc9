package sim

import (
	"errors"
	"slices"

	"github.com/usher-go/usher/queue"
)

// task is an effect of the engine that is still to be performed. Effects are copied here
// because the engine uses its output again.
type task struct {
	kind    queue.EffectKind
	contact int32
	agent   int32
	key     string
	bot     botTask
}

// effectReach is the world's own: an agent has room for what is shown.
const effectReach queue.EffectKind = "reach"

// note keeps the effects of a step.
func (w *world) note(effects []queue.Effect) {
	for i := range effects {
		f := &effects[i]
		t := task{kind: f.Kind, contact: -1, agent: -1}
		switch f.Kind {
		case queue.EffectOffer:
			t.contact, t.agent = w.slot(f.Interaction), w.p.agentIndex[f.Agent]
		case queue.EffectShow:
			t.contact = w.slot(f.Interaction)
		case queue.EffectSend:
			t.bot.name, t.key = f.Interaction, f.Key
		case queue.EffectCheck:
			t.key, t.bot = f.Campaign, botTask{session: f.Seq, name: f.Interaction}
		case queue.EffectBot:
			t.contact = w.slot(f.Interaction)
			t.bot = botTask{session: f.Session, turn: f.Turn, phase: f.Phase, name: f.Bot}
		default:
			continue // what is revoked is stale by version; nobody needs a nudge
		}
		w.todo = append(w.todo, t)
	}
}

// settle performs the effects that are pending, and those that they cause.
func (w *world) settle() {
	for i := 0; i < len(w.todo); i++ {
		t := w.todo[i]
		switch t.kind {
		case queue.EffectOffer:
			w.ring(t)
		case queue.EffectShow:
			w.shown(t.contact)
		case queue.EffectSend:
			w.must(queue.Sent{Interaction: t.bot.name, Key: t.key, Result: queue.SendAccepted})
		case queue.EffectCheck: // no customer of a simulation is listed
			w.must(queue.Verdict{Interaction: t.bot.name, Campaign: t.key, Check: t.bot.session})
		case queue.EffectBot:
			w.askBot(t)
		case effectReach:
			w.reachAgain(t.agent)
		}
	}
	w.todo = w.todo[:0]
}

// ring is an offer reaching its agent, who will accept, decline or miss it.
func (w *world) ring(t task) {
	c := &w.contacts[t.contact]
	if !c.offered || c.asked != t.agent {
		return // over already
	}
	st := w.p.workers[t.agent].Staff
	k := evAccept
	if st.Decline > 0 || st.Miss > 0 {
		switch u := w.behave.Float64(); {
		case u < st.Miss:
			return
		case u < st.Miss+st.Decline:
			k = evDecline
		}
	}
	after := &st.Answer
	if k == evDecline && !st.Refuse.IsZero() {
		after = &st.Refuse
	}
	if delay := after.Draw(w.behave); delay > 0 {
		w.agenda.add(w.now+int64(delay*1e9), k, t.contact, c.ask)
		return
	}
	w.answerOffer(event{kind: k, x: t.contact})
}

func (w *world) answerOffer(e event) {
	c := &w.contacts[e.x]
	agent := w.p.agents[c.asked].ID
	if e.kind == evDecline {
		w.must(queue.Decline{Agent: agent, Interaction: c.id, Reason: "busy"})
		return
	}
	w.acceptCmd = queue.Accept{Agent: agent, Interaction: c.id}
	w.must(w.acceptCmd)
}

// askBot is a bot's turn. A bot on end, and one that takes no time, answers at once.
func (w *world) askBot(t task) {
	c := &w.contacts[t.contact]
	if c.phase != phaseBot {
		return
	}
	c.bot = t.bot
	if c.call != nil && c.call.Bot > 0 && t.bot.phase == queue.PhaseStart {
		w.agenda.add(w.now+int64(c.call.Bot.Duration()), evBot, t.contact, c.stay)
		return
	}
	if b := w.p.bots[t.bot.name]; b != nil {
		if d := b.Time.Draw(w.behave); d > 0 {
			w.agenda.add(w.now+int64(d*1e9), evBot, t.contact, c.stay)
			return
		}
	}
	w.botAnswers(t.contact)
}

// shown is an interaction of a pull strategy coming into sight. Agents who take no time to
// react take it in random order, those who prefer such customers first; the others reach
// for it after theirs.
func (w *world) shown(slot int32) {
	k := w.contacts[slot].campaign
	if !w.streams[w.contacts[slot].stream].Reach.IsZero() {
		w.reachLater(slot)
		return
	}
	name := w.streams[w.contacts[slot].stream].name()
	w.able = w.able[:0]
	keen := 0
	for i := range w.workers {
		if !w.mayReach(int32(i), k) {
			continue
		}
		w.able = append(w.able, int32(i))
		if slices.Contains(w.p.workers[i].Prefer, name) {
			last := len(w.able) - 1
			w.able[keen], w.able[last] = w.able[last], w.able[keen]
			keen++
		}
	}
	for _, part := range [2][]int32{w.able[:keen], w.able[keen:]} {
		w.behave.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		for _, agent := range part {
			if w.contacts[slot].phase == phaseQueue {
				w.reachSoon(agent)
			}
		}
	}
}

// mayReach reports whether an agent could take something of a campaign, as far as the world
// knows; the engine has the last word.
func (w *world) mayReach(agent, campaign int32) bool {
	a := &w.workers[agent]
	if a.state != queue.Available || a.leaving || a.reach || a.active >= w.p.workers[agent].limit {
		return false
	}
	for _, k := range w.p.workers[agent].pull {
		if k == campaign {
			return true
		}
	}
	return false
}

// reachSoon lets an agent take what is shown after the time that takes.
func (w *world) reachSoon(agent int32) {
	if delay := w.p.workers[agent].Answer.Draw(w.behave); delay > 0 {
		w.workers[agent].reach = true
		w.agenda.add(w.now+int64(delay*1e9), evReach, agent, 0)
		return
	}
	w.takeFirst(agent)
}

// takeFirst has an agent take the first in line of what is shown to them, those of
// preferred streams before the others.
func (w *world) takeFirst(agent int32) {
	list := w.engine.Visible(w.p.agents[agent].ID)
	if prefer := w.p.workers[agent].Prefer; len(prefer) > 0 {
		slices.SortStableFunc(list, func(a, b queue.InteractionView) int {
			return w.place(prefer, a.ID) - w.place(prefer, b.ID)
		})
	}
	for _, v := range list {
		err := w.step(queue.Take{Agent: w.p.agents[agent].ID, Interaction: v.ID})
		switch {
		case err == nil:
			return
		case errors.Is(err, queue.ErrAlreadyTaken), errors.Is(err, queue.ErrNotEligible):
			// The desk was slower than the floor; the next in line.
		default:
			w.fail(err)
			return
		}
	}
}

// place is 0 for interactions of preferred streams, 1 for others.
func (w *world) place(prefer []string, id string) int {
	if slot := w.slot(id); slot >= 0 && slices.Contains(prefer, w.streams[w.contacts[slot].stream].name()) {
		return 0
	}
	return 1
}

// reachLater has one of the agents with room take a contact after the time that its stream
// says.
func (w *world) reachLater(slot int32) {
	c := &w.contacts[slot]
	c.reaching = true
	w.agenda.add(w.now+int64(w.streams[c.stream].Reach.Draw(w.behave)*1e9), evTake, slot, c.stay)
}

// takenBySomeAgent gives a contact to one of the agents with room, at random. Without any it
// waits for the next who gets room.
func (w *world) takenBySomeAgent(slot int32) {
	c := &w.contacts[slot]
	c.reaching = false
	for _, n := range w.behave.Perm(len(w.workers)) {
		agent := int32(n)
		if !w.mayReach(agent, c.campaign) {
			continue
		}
		err := w.step(queue.Take{Agent: w.p.agents[agent].ID, Interaction: c.id})
		switch {
		case err == nil:
			w.reachNext(agent)
			return
		case errors.Is(err, queue.ErrAlreadyTaken), errors.Is(err, queue.ErrNotEligible):
		default:
			w.fail(err)
			return
		}
	}
}

// reachNext has the first in line that an agent with room sees, and no agent is about to take,
// taken after its time.
func (w *world) reachNext(agent int32) {
	for _, v := range w.engine.Visible(w.p.agents[agent].ID) {
		slot := w.slot(v.ID)
		if slot < 0 || w.contacts[slot].reaching || !w.mayReach(agent, w.contacts[slot].campaign) {
			continue
		}
		if w.streams[w.contacts[slot].stream].Reach.IsZero() {
			w.reachSoon(agent)
		} else {
			w.reachLater(slot)
		}
		return
	}
}

// reachAgain is an agent with room looking at what is shown.
func (w *world) reachAgain(agent int32) {
	for _, k := range w.p.workers[agent].pull {
		if w.mayReach(agent, k) {
			w.reachNext(agent)
			return
		}
	}
}
