package sim

import (
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/sla"
)

// absorb follows what the engine decided: first what it means to the world and to the
// figures, then the effects, which are only noted.
func (w *world) absorb(out queue.Output) {
	for i := range out.Events {
		ev := &out.Events[i]
		if w.p.sc.Observe != nil {
			w.p.sc.Observe(w.rep, ev)
		}
		if ev.Kind == queue.Reopened {
			w.rename(ev.Interaction)
		}
		switch {
		case ev.Interaction != "":
			if slot := w.slot(ev.Interaction); slot >= 0 {
				w.foldContact(ev, slot)
			}
		case ev.Agent != "":
			w.foldAgent(ev)
		}
	}
	w.note(out.Effects)
}

// foldAgent follows the state of agents.
func (w *world) foldAgent(ev *queue.Event) {
	i := w.p.agentIndex[ev.Agent]
	a := &w.workers[i]
	switch ev.Kind {
	case queue.AgentStated:
		if ev.AfterWork {
			return
		}
		w.book(i)
		a.state, a.logged, a.leaving = ev.State, ev.State != queue.Offline, false
		if ev.State == queue.Paused && ev.Cause == "deadline:ring" {
			back := w.p.workers[i].Back.Duration()
			if back == 0 {
				back = 5 * time.Minute
			}
			w.agenda.add(w.now+int64(back), evBack, i, 0)
		}
	case queue.AgentWrapUp, queue.AgentDelayed:
		if !ev.Until.IsZero() {
			return
		}
	default:
		return
	}
	w.freed(i)
}

// freed lets an agent who may have room look at what is shown.
func (w *world) freed(agent int32) {
	if len(w.p.workers[agent].pull) > 0 {
		w.todo = append(w.todo, task{kind: effectReach, agent: agent})
	}
}

// foldContact follows one interaction.
func (w *world) foldContact(ev *queue.Event, slot int32) {
	c := &w.contacts[slot]
	n := w.counts(c.campaign)
	switch ev.Kind {
	case queue.Opened, queue.Reopened:
		w.opened(ev, c, n)
	case queue.Refused:
		w.opened(ev, c, n)
		if !ev.Repeat {
			_ = n.End(sla.Outcome(ev.Outcome)) // the engine's outcomes are sla's
		}
		w.resolve(c, ev)
		w.gone(slot)
	case queue.Queued:
		n.Queued++
		w.enqueued(c, slot)
	case queue.Answered:
		n.Answer(ev.Wait, ev.Threshold)
		if !ev.Direct {
			n.Accepts++
		}
		w.answered(ev, slot)
	case queue.Finished:
		n.Handle(ev.Wait)
		w.parted(c, slot, phaseBot)
	case queue.Requeued:
		if ev.Agent != "" {
			n.Handle(ev.Wait)
		}
		w.parted(c, slot, phaseBot)
	case queue.Moved:
		w.moved(ev, c, slot)
	case queue.TransferStarted:
		n.Offers++
		w.asked(c, ev.Agent)
	case queue.TransferDone:
		w.transferred(ev, c, n, slot)
	case queue.TransferReturned:
		w.unasked(ev, c, n)
		w.begin(slot)
	case queue.Ended:
		w.ended(ev, c, n, slot)
	default:
		w.foldMore(ev, c, n)
	}
}

// foldMore follows what does not move an interaction from one owner to another, but for the
// bots.
func (w *world) foldMore(ev *queue.Event, c *contact, n *sla.Counts) {
	switch ev.Kind {
	case queue.Offered:
		n.Offers++
		w.asked(c, ev.Agent)
	case queue.OfferEnd:
		w.unasked(ev, c, n)
	case queue.Told:
		if c.told == 0 && !ev.Repeat && ev.Wait > 0 {
			c.told, c.until = w.now, w.now+int64(ev.Wait)
		}
	case queue.BotStarted:
		n.BotSessions++
		w.toBot(ev, c, n)
	case queue.BotEnded:
		if ev.Failed {
			n.BotFailures++
		}
	case queue.Received:
		n.MessagesIn++
	case queue.MessageQueued:
		n.MessagesOut++
		if ev.Agent != "" && c.entered != 0 {
			n.Respond(time.Duration(w.now - c.entered))
			c.entered = 0
		}
	}
}

// asked begins an offer, of the queue or of a transfer.
func (w *world) asked(c *contact, agent string) {
	c.offered, c.asked = true, w.p.agentIndex[agent]
	c.ask++
	w.offeredTo(c.asked)
}

// unasked ends an offer that was not accepted.
func (w *world) unasked(ev *queue.Event, c *contact, n *sla.Counts) {
	switch ev.Reason {
	case "declined":
		n.Declines++
	case "missed":
		n.Misses++
	}
	c.offered = false
	c.ask++
}

// transferred gives an interaction to the agent who accepted its transfer.
func (w *world) transferred(ev *queue.Event, c *contact, n *sla.Counts, slot int32) {
	n.Accepts++
	n.Transfer(ev.Wait)
	w.parted(c, slot, phaseAgent)
	c.offered = false
	c.ask++
	c.agent = w.p.agentIndex[ev.Agent]
	w.load(c.agent, +1)
	w.begin(slot)
}

// opened begins an interaction.
func (w *world) opened(ev *queue.Event, c *contact, n *sla.Counts) {
	switch ev.Kind {
	case queue.Opened:
		n.Opened++
	case queue.Reopened:
		n.Reopened++
	}
	if ev.Message != nil {
		n.MessagesIn++
	}
	c.phase, c.since = phaseBot, w.now
	w.open++
	if c.counted {
		w.owed++
		w.flow(c).Offered++
	}
}

// enqueued begins a stay in the queue.
func (w *world) enqueued(c *contact, slot int32) {
	w.bookQueue(c.stream)
	c.phase, c.since, c.entered = phaseQueue, w.now, w.now
	c.stay++
	c.told, c.reaching = 0, false
	w.waiting[c.stream]++
	if !c.waits && slot != w.arriving { // arrive knows whether it is answered at once
		w.wait(slot)
	}
}

// unqueued ends one.
func (w *world) unqueued(c *contact) {
	if c.phase != phaseQueue {
		return
	}
	w.bookQueue(c.stream)
	w.waiting[c.stream]--
	c.stay++
	c.ask++
	c.offered = false
}

// answered gives an interaction to its agent, who begins to work.
func (w *world) answered(ev *queue.Event, slot int32) {
	c := &w.contacts[slot]
	w.unqueued(c)
	if c.told != 0 && w.measuring {
		w.tally.Promise.add(c.told, c.until, w.now)
	}
	w.resolve(c, ev)
	c.phase, c.agent, c.since = phaseAgent, w.p.agentIndex[ev.Agent], w.now
	w.load(c.agent, +1)
	if w.measuring {
		w.tally.Agents[c.agent].Answered++
	}
	w.begin(slot)
	if w.streams[c.stream].Messages == nil {
		w.respond(slot)
	}
}

// parted ends an agent's part.
func (w *world) parted(c *contact, slot int32, to phase) {
	if c.phase == phaseAgent {
		w.bookPart(c)
		w.load(c.agent, -1)
		w.drop(c.agent, slot)
		w.freed(c.agent)
	}
	w.unqueued(c)
	c.phase, c.since = to, w.now
}

func (w *world) toBot(ev *queue.Event, c *contact, n *sla.Counts) {
	if ev.Open {
		if ev.Phase == queue.PhaseWaiting {
			n.TimedOut++
		} else {
			n.Left++
		}
	}
	w.unqueued(c)
	c.phase, c.since = phaseBot, w.now
	c.stay++
}

// moved takes an interaction to another campaign, whose queue it enters with the next event.
func (w *world) moved(ev *queue.Event, c *contact, slot int32) {
	from := w.counts(w.p.campaignIndex[ev.From])
	if ev.Open {
		from.Left++
	}
	if ev.Agent != "" {
		from.Transfer(ev.Wait)
	}
	w.parted(c, slot, phaseBot)
	c.campaign = w.p.campaignIndex[ev.Campaign]
}

func (w *world) ended(ev *queue.Event, c *contact, n *sla.Counts, slot int32) {
	if ev.Outcome != queue.OutcomeMerged {
		_ = n.End(sla.Outcome(ev.Outcome))
	}
	switch {
	case !ev.Open:
	case ev.Segment == queue.OutcomeAbandoned:
		n.Abandon(ev.Wait, ev.Threshold, w.p.campaigns[c.campaign].ShortAbandon)
	case ev.Segment == queue.OutcomeTimedOut:
		n.TimedOut++
	default:
		n.Left++
	}
	w.parted(c, slot, phaseNone)
	w.resolve(c, ev)
	w.gone(slot)
}

// gone is an interaction that is over.
func (w *world) gone(slot int32) {
	w.open--
	if w.contacts[slot].counted {
		w.owed--
	}
	w.release(slot)
}
