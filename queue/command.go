package queue

import (
	"encoding/json"
	"time"
)

// Command is one thing that can happen. The types of this file are all there are: each
// is a fact or a wish from outside, complete with everything that needed I/O to find out.
// Step decides; a refused command returns an *[Error] and changes nothing.
type Command interface {
	// do checks the command, then emits its events.
	do(e *Engine) error
	// cause names the command in its events.
	cause() string
}

// Message is one message as the engine sees it: enough to route, deduplicate and send.
type Message struct {
	// ID of an inbound message is the provider's, unique per business number; "" is
	// never taken for a duplicate. Outbound messages get their key from the engine.
	ID string `json:"id,omitempty"`
	// At is the provider's time of an inbound message; the window counts from it.
	At time.Time `json:"at,omitzero"`
	// Text is the body when there is nothing else to the message.
	Text string `json:"text,omitempty"`
	// Body is the whole message in the host's form, opaque to the engine.
	Body json.RawMessage `json:"body,omitempty"`
	// Template may be sent outside the window.
	Template bool `json:"template,omitempty"`
	// Validity is how long a template may be tried; 0 = Campaign.SendTemplates.
	Validity time.Duration `json:"validity,omitempty"`
	// Silent messages (reactions, edits, notices) join an open interaction but open none.
	Silent bool `json:"silent,omitempty"`
}

// Preferred is an agent that an interaction should go to.
type Preferred struct {
	Agent string `json:"agent"`
	Score int    `json:"score,omitempty"` // higher is tried first
}

// Block is the verdict of a blacklist.
type Block struct {
	Reason string `json:"reason,omitempty"`
	Alias  string `json:"alias,omitempty"` // the entry that matched
}

// Arrive is a contact from a customer, usually a message. It continues the customer's
// open interaction on that number, or opens one after the checks of the campaign.
type Arrive struct {
	// Campaign that is contacted; "" = the one that Number belongs to.
	Campaign string
	Number   string
	// Aliases are what the customer is known by, the one to reply to first. All of them
	// name one customer from now on.
	Aliases []string
	// Weak are aliases that do not prove identity, such as user names.
	Weak []string
	Name string // display name
	// Customer is the id to use for a customer who is not known by any alias.
	Customer string
	// ID is the id to use if an interaction opens. Required.
	ID string
	// Message is what was said; nil for contacts without one, such as calls.
	Message *Message
	// Blocked is the verdict of the incoming blacklist, nil = not listed. The list is that of
	// the campaign which has the customer's open interaction on Number, else of Campaign.
	Blocked *Block
	// Below apply if an interaction opens.
	Priority  *int // nil = the campaign's
	Skills    []Skill
	Cost      int // units of capacity; 0 = 1
	Preferred []Preferred
	// PreferFor is how long the preferred agents are waited for; 0 = only if one can
	// take it at once.
	PreferFor time.Duration
	Vars      map[string]string
}

// Start opens an interaction from our side. The agent who starts it has it at once.
type Start struct {
	Campaign string
	Number   string // one of the campaign's; "" = its first
	Agent    string
	Aliases  []string
	Weak     []string
	Name     string
	Customer string // as in Arrive
	ID       string
	Message  *Message // sent first; outside the window it must be a template
	Blocked  *Block   // the verdict of the outgoing blacklist
	Override bool     // over the agent's limit, recorded
	By       string   // who asked, when it was not the agent
}

// Accept takes an offer.
type Accept struct{ Agent, Interaction string }

// Decline refuses an offer. Declining a transfer returns it at once.
type Decline struct{ Agent, Interaction, Reason string }

// OfferFailed says that an offer could not be shown to its agent.
type OfferFailed struct{ Agent, Interaction, Reason string }

// Take is an agent pulling a waiting interaction.
type Take struct {
	Agent, Interaction string
	Override           bool // over the limit, recorded
}

// Assign is a supervisor giving an interaction to an agent, who has it at once.
type Assign struct {
	Interaction, Agent string
	Override           bool // although the agent is not eligible, recorded
	By, Reason         string
}

// Transfer hands an active interaction from its agent to another agent or campaign.
type Transfer struct {
	Interaction string
	Agent       string // who has it
	ToAgent     string // either this,
	ToCampaign  string // or this
	Override    bool   // although the receiver is not eligible, or no member is on duty
	By, Reason  string
	// Blocked is the verdict of ToCampaign's incoming blacklist, nil = not listed.
	Blocked *Block
}

// CancelTransfer takes back a transfer that was not answered yet.
type CancelTransfer struct{ Interaction, Agent string }

// Finish ends the agent's part.
type Finish struct {
	Interaction, Agent string
	Disposition        string
	NoBot              bool // skip the bot on end
}

// Park puts an active interaction on hold: it leaves the agent's count until the
// customer writes or the agent resumes it.
type Park struct{ Interaction, Agent string }

// Resume takes a parked interaction off hold, within the agent's limit.
type Resume struct {
	Interaction, Agent string
	Override           bool
}

// Leave is the customer giving up, as the host noticed it.
type Leave struct{ Interaction, Reason string }

// End is a supervisor or the host ending an interaction.
type End struct {
	Interaction, By, Reason string
	// Blacklisted says that the customer is on the incoming blacklist now. It is the command of
	// a host with a list of its own, for each open interaction of a customer who was put on it.
	//
	// An interaction that no agent has ends without a text to the customer and with the outcome
	// blacklisted (answered if an agent had it before); a pending offer is revoked. An agent
	// who has it keeps it and is told once, by a [Listed] event and an [EffectListed]; a pending
	// transfer returns. Such an interaction cannot be transferred to an agent, ends when it
	// would go back to a queue, has no bot on end, and gets no text of the campaign's, until
	// a message of the customer is let in again, or [Unlist].
	Blacklisted bool
}

// Requeue puts an interaction back in its queue with its age, wherever it is. Whoever has
// it, or is being asked, is not asked again before the campaign's decline memory is over.
type Requeue struct{ Interaction, By, Reason string }

// Move puts an interaction in another campaign's queue with its age, wherever it is.
type Move struct {
	Interaction, Campaign, By, Reason string
	// Blocked is the verdict of Campaign's incoming blacklist, nil = not listed.
	Blocked *Block
}

// Unlist says that the customer of an interaction is no longer on the incoming blacklist: what
// [End] with Blacklisted took from it is given back. Without such an End it does nothing.
type Unlist struct{ Interaction, By, Reason string }

// Reprioritize changes what an interaction asks for. nil = as it is; Skills are the whole
// list, in place of what the campaign asks for too. One that is being offered to an agent
// who lacks a new skill is taken back, at its place.
type Reprioritize struct {
	Interaction string
	Priority    *int
	Skills      *[]Skill
	By, Reason  string
}

// SetVars sets variables of an interaction; an empty value deletes.
type SetVars struct {
	Interaction string
	Vars        map[string]string
}

// AgentState is what an agent says about being there.
type AgentState struct {
	Agent  string
	State  State
	Reason string // of a pause
	// Requeue returns what the agent has to the queues with its age; then there is nothing
	// for AfterWork to finish.
	Requeue bool
	// AfterWork lets the agent finish what they have, wrap-up included; nothing new comes
	// meanwhile. What is on hold does not keep them.
	AfterWork bool
	By        string
}

// State of an agent.
type State string

// The states an agent can be in. What the agent is doing (offered, busy, wrap-up) is
// derived from work.
const (
	Offline   State = "offline"
	Available State = "available"
	Paused    State = "paused"
)

// AgentCall says whether an agent is on a telephone call.
type AgentCall struct {
	Agent  string
	OnCall bool
}

// Heartbeat renews an agent's presence lease.
type Heartbeat struct{ Agent string }

// WrapUp extends an agent's wrap-up by For, or ends it when For is 0.
type WrapUp struct {
	Agent string
	For   time.Duration
}

// Send is a message to the customer from the agent who has the interaction, or from the
// host when Agent is "".
type Send struct {
	Interaction string
	Agent       string
	Message     Message
	// Dedup makes a repeated Send harmless: the same value sends once.
	Dedup string
}

// Sent is what became of a message handed to a connector.
type Sent struct {
	Interaction string
	Key         string
	Result      SendResult
	ProviderID  string        // of an accepted message
	Aliases     []string      // the recipient as the provider resolved it
	RetryAfter  time.Duration // of SendRetry: what the provider asks for, 0 = growing pauses of the engine's
	Interrupted bool          // of SendAmbiguous: cut off on our side, which says nothing of the provider
	Code        int           // the provider's error
	Reason      string
}

// SendResult is the outcome of one attempt to send.
type SendResult string

// The outcomes of an attempt.
const (
	SendAccepted  SendResult = "accepted"
	SendRetry     SendResult = "retry"     // not taken, may be tried again
	SendFailed    SendResult = "failed"    // will never be taken
	SendAmbiguous SendResult = "ambiguous" // may have been taken: never tried again
	// SendWindowClosed: the provider says that only a template reaches the customer now.
	SendWindowClosed SendResult = "window_closed"
	// SendStopped: the account cannot send at all. The message waits with all others.
	SendStopped SendResult = "stopped"
)

// Receipt is news about a message the provider has.
type Receipt struct {
	// Number and ProviderID, or Key, say which.
	Number     string
	ProviderID string
	Key        string
	State      MessageState
	At         time.Time
	Aliases    []string
	Code       int
	Reason     string
	Pricing    string
	// WindowClosed says of a failure that only a template reaches the customer now, Stopped
	// that the account cannot send at all.
	WindowClosed, Stopped bool
}

// BotReply is a bot's answer to one turn.
type BotReply struct {
	Interaction string
	Session     uint64 // of the turn, as in the effect
	Turn        int
	Messages    []Message
	Set         map[string]string
	Next        BotNext
	Target      string // agent or campaign
	Priority    *int
	Skills      *[]Skill
	Failed      string // why there is no answer; "" = there is one
	// Blocked is the verdict of the incoming blacklist of the campaign in Target, nil = not
	// listed.
	Blocked *Block
}

// BotNext is what a bot wants to happen.
type BotNext string

// The choices of a bot.
const (
	BotWait     BotNext = ""         // it goes on when the customer writes
	BotQueue    BotNext = "queue"    // to the campaign's queue
	BotAgent    BotNext = "agent"    // to the queue, for that agent
	BotCampaign BotNext = "campaign" // to another campaign
	BotEnd      BotNext = "end"
)

// Verdict is the answer to an [EffectCheck]. One that comes too late, or when the question has
// become idle, changes nothing.
type Verdict struct {
	Interaction string
	Campaign    string // whose blacklist was asked, as in the effect
	Check       uint64 // Seq of the effect
	Blocked     *Block // nil = not listed
}

// Identify says that aliases name one customer.
type Identify struct {
	Old, New []string
	Weak     []string
	// Customer is the id to use when nobody is known by any of the aliases, so that the
	// news is not lost when it comes before the first message. "" = refused then.
	Customer string
}

// Configure sets a campaign's configuration, new or in place of the one it has.
type Configure struct {
	Campaign Campaign
	By       string
}

// RemoveCampaign removes a campaign that has no open interaction, nor one whose last
// messages are still on their way.
type RemoveCampaign struct{ Campaign, By string }

// ConfigureAgent sets an agent's configuration, new or in place of the one they have.
type ConfigureAgent struct {
	Agent Agent
	By    string
}

// RemoveAgent removes an agent from the center. Offers are revoked and active
// interactions go back to their queues with their age.
type RemoveAgent struct{ Agent, By string }

// Note puts a fact of the host's into the event log; the engine keeps nothing of it.
type Note struct {
	Topic       string
	Interaction string
	Campaign    string
	Data        json.RawMessage
}
