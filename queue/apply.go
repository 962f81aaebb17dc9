package queue

import (
	"fmt"
	"slices"
)

// apply folds one event into the state. It is the only way the state changes, for events
// just decided and for those of a journal alike, and it decides nothing.
func (e *Engine) apply(ev *Event) {
	e.seq = ev.Seq
	switch ev.Kind {
	case CampaignConfigured:
		e.applyCampaignConfigured(ev)
	case CampaignRemoved:
		e.applyCampaignRemoved(e.line(ev.Campaign))
	case CampaignHours:
		e.applyCampaignHours(ev, e.line(ev.Campaign))
	case CampaignDay:
		e.applyCampaignDay(e.line(ev.Campaign))
	case AgentConfigured:
		e.applyAgentConfigured(ev)
	case AgentRemoved, AgentStated, AgentOnCall, AgentAlive, AgentWrapUp, AgentDelayed:
		e.applyAgent(ev, e.person(ev.Agent))
	case CustomerKnown:
		e.applyCustomerKnown(ev)
	case CustomerMerged:
		e.applyCustomerMerged(ev)
	case AliasLost:
		e.applyAliasLost(ev)
	case AccountDown:
		e.applyAccountDown(ev)
	case AccountUp:
		e.applyAccountUp(ev)
	case CustomerLinked:
		e.applyCustomerLinked(ev)
	case CustomerErased:
		e.applyErased(ev)
	case CustomerBlocked:
		e.applyCustomerBlocked(ev)
	case Opened:
		e.applyOpened(ev)
	case Reopened:
		e.applyReopened(ev)
	case Started:
		e.applyStarted(ev)
	case Refused:
		e.applyRefused(ev)
	case MessageMoved:
		e.applyMessageMoved(ev)
	case Swept:
		e.applySwept()
	case StrategyFailed:
		e.applyStrategyFailed(ev, e.line(ev.Campaign))
	case ClockSkewed:
		e.applyClockSkewed(ev)
	case Received:
		e.applyReceived(ev, e.of(ev))
	case Queued:
		e.applyQueued(ev, e.of(ev))
	case Offered:
		e.applyOffered(ev, e.of(ev))
	case OfferEnd:
		e.applyOfferEnd(ev, e.of(ev))
	case Answered:
		e.applyAnswered(ev, e.of(ev))
	case Breached:
		e.applyBreached(e.of(ev))
	case Overdue:
		e.applyOverdue(e.of(ev))
	case Required:
		e.applyRequired(ev, e.of(ev))
	case Forgave:
		e.applyForgave(e.of(ev))
	case Stepped:
		e.applyStepped(ev, e.of(ev))
	case Told:
		e.applyTold(ev, e.of(ev))
	case TransferStarted:
		e.applyTransferStarted(ev, e.of(ev))
	case TransferReturned:
		e.applyTransferReturned(ev, e.of(ev))
	case TransferDone:
		e.applyTransferDone(e.of(ev))
	case Moved:
		e.applyMoved(ev, e.of(ev))
	case ListAsked:
		e.applyListAsked(ev, e.of(ev))
	case Listed:
		e.of(ev).listed = true
	case Unlisted:
		e.of(ev).listed = false
	case Parked:
		e.applyParked(e.of(ev))
	case Resumed:
		e.applyResumed(ev, e.of(ev))
	case Requeued:
		e.applyRequeued(ev, e.of(ev))
	case Warned, Nudged:
		e.applyWarned(e.of(ev))
	case VarsSet:
		e.applyVarsSet(ev, e.of(ev))
	case Finished:
		e.applyFinished(ev, e.of(ev))
	case Ended:
		e.applyEnded(ev, e.of(ev))
	case BotStarted:
		e.applyBotStarted(ev, e.of(ev))
	case BotTurned:
		e.applyBotTurned(ev, e.of(ev))
	case BotWaits:
		e.applyBotWaits(ev, e.of(ev))
	case BotEnded:
		e.applyBotEnded(e.of(ev))
	case MessageQueued:
		e.applyMessageQueued(ev, e.of(ev))
	case Shown, BotLate, Noted:
	default:
		panic(fmt.Sprintf("events of kind %s cannot be folded", ev.Kind))
	}
}

func (e *Engine) applyAgent(ev *Event, a *agent) {
	switch ev.Kind {
	case AgentRemoved:
		e.applyAgentRemoved(a)
	case AgentStated:
		e.applyAgentStated(ev, a)
	case AgentOnCall:
		e.applyAgentOnCall(ev, a)
	case AgentAlive:
		a.lease = nanos(ev.Until)
		e.armAgent(a, timerLease, a.lease)
	case AgentWrapUp:
		e.applyAgentWrapUp(ev, a)
	case AgentDelayed:
		e.applyAgentDelayed(ev, a)
	}
}

// of returns the open interaction that an event is about.
func (e *Engine) of(ev *Event) *interaction { return e.named(ev.Interaction) }

// applyReopened makes the interaction that ended open again, as it was.
func (e *Engine) applyReopened(ev *Event) {
	left := e.interactions[ev.Interaction] // its last messages may still be on their way
	in := e.applyOpened(ev)
	in.last, in.answered = ev.Agent, ev.Outcome == OutcomeAnswered
	if left == nil {
		return
	}
	in.outbox, in.wishes, in.timers = left.outbox, left.wishes, left.timers
	left.outbox, left.timers = nil, nil
	if i := slices.Index(in.cust.sending, left); i >= 0 {
		in.cust.sending[i] = in
	}
	if in.headBlocked() {
		e.account(e.connector(in)).block(in)
	}
	for _, t := range in.timers {
		t.interaction = in
	}
}

func (e *Engine) applyBreached(in *interaction) {
	in.breached = true
	e.disarm(in, timerBreach)
}

func (e *Engine) applyOverdue(in *interaction) {
	in.overdue = true
	e.disarm(in, timerMaxTime)
}
