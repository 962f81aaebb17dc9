package queue

import (
	"fmt"
	"slices"
)

// Kind says what an event is. Its text is part of the journal's wire form. (It is no byte,
// so that vet finds string(kind), which is not its text.)
type Kind uint16

// The kinds of event, with the fields that each one sets beside Seq, At, Kind, Cause and,
// where an interaction is concerned, Interaction and Campaign.
const (
	_                  Kind = iota // no event
	CampaignConfigured             // Config, By
	CampaignRemoved                // Campaign, By
	CampaignHours                  // Campaign, Open
	CampaignDay                    // Campaign: the day's counters start again
	AgentConfigured                // AgentConfig, By
	AgentRemoved                   // Agent, By
	AgentStated                    // Agent, State, Reason, AfterWork, By
	AgentOnCall                    // Agent, Open = on a call
	AgentAlive                     // Agent, Until: the lease was renewed
	AgentWrapUp                    // Agent, Until; no Until: it is over
	AgentDelayed                   // Agent, Campaign, Until, Reason; no Until: it is over

	CustomerKnown   // Customer, Aliases, Weak, Name
	CustomerMerged  // Customer, From: From is Customer too
	CustomerErased  // Customer or Interaction that is forgotten, By
	CustomerBlocked // Campaign, Number, Aliases, Message id, From: the entry's alias, Reason, Outbound; Interaction and Customer of an open conversation

	Opened   // Customer, Number, Message, Late: the age of a message that came late, Priority, Skills, Cost, Prefer, Vars
	Started  // as Opened, Agent, Override: from our side
	Reopened // Outcome that is taken back, Message, Late, Agent who had it
	Refused  // Outcome, Customer, Number, Message, Late, Since (closed), Repeat, Open: an agent talks to them elsewhere
	Received // Message from the customer, Late
	Queued   // Since, Until (max time), Reason, Return, Prefer, Wait; Direct: Wait is the campaign's stickyWait
	Offered  // Agent, Until, Explain
	Shown    // to all who may take it
	OfferEnd // Agent, Reason: declined, missed, failed, revoked, requeued (by By); From: why; Until: memory
	Answered // Agent, Wait, Threshold, Override, Explain, Direct
	Breached // Threshold: the service level is missed
	Required // Skills, Tier, Widened: tiers an overflow step opens, Priority, Agent it waits for, By, Reason; Direct: other skills are asked for, they did not just relax
	Overdue  // MaxTime passed while an offer was out
	Forgave  // agents who declined may be asked again
	Stepped  // Count: the overflow step that was considered, from 1; Until: again then; Open: it was performed; Reason
	Told     // Position, Wait: the customer was told

	TransferStarted  // From, Agent, Until, Override, By, Reason
	TransferReturned // From, Agent = who has it again, Reason
	TransferDone     // From, Agent who has it now, Wait
	Moved            // Campaign it is in now, From campaign, Agent who had it, By, Reason

	Parked     // Agent
	Resumed    // Agent, Override, Reason
	Requeued   // Agent who had it, By, Reason
	Warned     // the customer is silent
	Nudged     // Agent is silent
	VarsSet    // Vars
	Finished   // Agent, Disposition, Reason, Wait = handle time
	Ended      // Outcome, Reason, Disposition the agent gave before, By; from the queue also Open, Wait, Threshold, Segment, Since (closed)
	BotStarted // Bot, Phase, Until; from the queue also Open, Wait
	BotTurned  // Bot, Turn, Until: it is asked for the next answer
	BotWaits   // Bot, Until: for the customer
	BotEnded   // Bot, Phase, Reason, Failed
	BotLate    // Bot: an answer came when the bot had nothing to say; dropped

	MessageQueued // Message with its key, Agent or Bot or neither, Prefer = dedup
	MessageMoved  // Key, Message state, ProviderID, Until, Count = attempts, Reason, Code

	Noted // Topic, Data
	Swept // what is older than the center remembers is forgotten

	StrategyFailed // Topic: the strategy of Campaign; Agent it was asked about; Reason; Count: failures since the campaign was configured; Failed: it is disabled now

	ClockSkewed // Since: what the wall clock shows, which was set back; Wait: how far the engine's time is ahead of it; no Wait: it has caught up

	AliasLost      // Customer, Aliases: phones that are another person's now, or too old
	CustomerLinked // Customer, From: one person, merged when no interaction ends by it

	AccountDown // Topic = connector, Reason, Code, Direct: the provider stopped it; Count = probes, Until the next; no Until: it may be probed
	AccountUp   // Topic = connector, Wait: how long it was down

	ListAsked // From: the campaign whose incoming blacklist is asked, Count: the overflow step that leads there, from 1, Until: how long the verdict is waited for
	Listed    // Agent who has the interaction and is told that its customer is blacklisted, From: the entry's alias, Reason, By
	Unlisted  // Agent, By, Reason: the customer is no longer blacklisted
	kinds
)

var kindNames = [kinds]string{
	CampaignConfigured: "campaign.configured",
	CampaignRemoved:    "campaign.removed",
	CampaignHours:      "campaign.hours",
	CampaignDay:        "campaign.day",
	AgentConfigured:    "agent.configured",
	AgentRemoved:       "agent.removed",
	AgentStated:        "agent.state",
	AgentOnCall:        "agent.call",
	AgentAlive:         "agent.alive",
	AgentWrapUp:        "agent.wrapup",
	AgentDelayed:       "agent.delayed",

	CustomerKnown:   "customer.known",
	CustomerMerged:  "customer.merged",
	CustomerErased:  "customer.erased",
	CustomerBlocked: "customer.blocked",

	Opened:   "interaction.opened",
	Started:  "interaction.started",
	Reopened: "interaction.reopened",
	Refused:  "interaction.refused",
	Received: "interaction.received",
	Queued:   "interaction.queued",
	Offered:  "interaction.offered",
	Shown:    "interaction.shown",
	OfferEnd: "interaction.offer_ended",
	Answered: "interaction.answered",
	Breached: "interaction.breached",
	Required: "interaction.required",
	Overdue:  "interaction.overdue",
	Forgave:  "interaction.forgave",
	Stepped:  "interaction.stepped",
	Told:     "interaction.told",

	TransferStarted:  "transfer.started",
	TransferReturned: "transfer.returned",
	TransferDone:     "transfer.done",
	Moved:            "interaction.moved",

	Parked:     "interaction.parked",
	Resumed:    "interaction.resumed",
	Requeued:   "interaction.requeued",
	Warned:     "interaction.warned",
	Nudged:     "interaction.nudged",
	VarsSet:    "interaction.vars",
	Finished:   "interaction.finished",
	Ended:      "interaction.ended",
	BotStarted: "bot.started",
	BotTurned:  "bot.turned",
	BotWaits:   "bot.waits",
	BotEnded:   "bot.ended",
	BotLate:    "bot.late",

	MessageQueued: "message.queued",
	MessageMoved:  "message.state",

	Noted: "note",
	Swept: "swept",

	StrategyFailed: "strategy.failed",

	ClockSkewed: "clock.skewed",

	AliasLost:      "customer.alias_lost",
	CustomerLinked: "customer.linked",

	AccountDown: "account.down",
	AccountUp:   "account.up",

	ListAsked: "interaction.list_asked",
	Listed:    "interaction.listed",
	Unlisted:  "interaction.unlisted",
}

// valid reports whether k is one of the kinds above.
func (k Kind) valid() bool { return k < kinds && kindNames[k] != "" }

// String returns the kind's text, such as "interaction.opened".
func (k Kind) String() string {
	if !k.valid() {
		return fmt.Sprintf("Kind(%d)", uint16(k))
	}
	return kindNames[k]
}

// MarshalText implements [encoding.TextMarshaler].
func (k Kind) MarshalText() ([]byte, error) {
	if !k.valid() {
		return nil, fmt.Errorf("queue: kind of event %d is unknown", uint16(k))
	}
	return []byte(kindNames[k]), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (k *Kind) UnmarshalText(text []byte) error {
	i := slices.Index(kindNames[:], string(text))
	if i < 0 || !Kind(i).valid() {
		return fmt.Errorf("queue: kind of event %q is unknown", text)
	}
	*k = Kind(i)
	return nil
}
