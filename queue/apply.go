package queue

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
	case Noted:
	case Swept:
		e.applySwept()
	default:
		e.applyInteraction(ev, e.named(ev.Interaction))
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

// applyInteraction folds the events of an open interaction.
func (e *Engine) applyInteraction(ev *Event, in *interaction) {
	switch ev.Kind {
	case Received:
		e.applyReceived(ev, in)
	case Queued:
		e.applyQueued(ev, in)
	case Offered:
		e.applyOffered(ev, in)
	case Shown:
	case OfferEnd:
		e.applyOfferEnd(ev, in)
	case Answered:
		e.applyAnswered(ev, in)
	case Breached:
		in.breached = true
		e.disarm(in, timerBreach)
	case Overdue:
		in.overdue = true
		e.disarm(in, timerMaxTime)
	case Required:
		e.applyRequired(ev, in)
	case Forgave:
		e.applyForgave(in)
	case Stepped:
		e.applyStepped(ev, in)
	case Told:
		e.applyTold(ev, in)
	case TransferStarted:
		e.applyTransferStarted(ev, in)
	case TransferReturned:
		e.applyTransferReturned(ev, in)
	case TransferDone:
		e.applyTransferDone(in)
	case Moved:
		e.applyMoved(ev, in)
	case Parked:
		e.applyParked(in)
	case Resumed:
		e.applyResumed(ev, in)
	case Requeued:
		e.applyRequeued(ev, in)
	case Warned, Nudged:
		e.applyWarned(in)
	case VarsSet:
		e.applyVarsSet(ev, in)
	case Finished:
		e.applyFinished(in)
	case Ended:
		e.applyEnded(ev, in)
	case BotStarted:
		e.applyBotStarted(ev, in)
	case BotTurned:
		e.applyBotTurned(ev, in)
	case BotWaits:
		e.applyBotWaits(ev, in)
	case BotEnded:
		e.applyBotEnded(in)
	case BotLate:
	case MessageQueued:
		e.applyMessageQueued(ev, in)
	}
}

// applyReopened makes the interaction that ended open again, as it was.
func (e *Engine) applyReopened(ev *Event) {
	left := e.interactions[ev.Interaction] // its last messages may still be on their way
	in := e.applyOpened(ev)
	in.last = ev.Agent
	if left == nil {
		return
	}
	in.outbox, in.wishes, in.timers = left.outbox, left.wishes, left.timers
	for _, t := range in.timers {
		t.interaction = in
	}
}
