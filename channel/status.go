package channel

import (
	"encoding/json"
	"time"
)

// State is how far an outbound message has come. States only move forward, and only on
// evidence from the provider: [State.Supersedes] is the rule.
type State string

// The states of an outbound message.
const (
	Queued    State = "queued"    // waiting behind an earlier message of the same interaction
	Sending   State = "sending"   // handed to the connector, no answer yet
	Unknown   State = "unknown"   // the connector cannot tell whether the provider took it
	Accepted  State = "accepted"  // the provider took it
	Sent      State = "sent"      // the provider passed it on
	Delivered State = "delivered" // it is on the customer's device
	Read      State = "read"
	Played    State = "played" // a voice message was listened to
	Failed    State = "failed"
)

var ranks = map[State]int{
	Queued: 1, Sending: 2, Unknown: 3, Accepted: 4, Failed: 5, Sent: 5,
	Delivered: 6, Read: 7, Played: 8,
}

// Supersedes reports whether a message in state old moves to s on seeing s. Duplicates
// and older states do not move it. Failed gives way to delivered and later, which prove
// that the message arrived after all, and replaces anything up to sent.
func (s State) Supersedes(old State) bool {
	return ranks[s] > ranks[old] || s == Failed && old == Sent
}

// Valid reports whether s is one of the states above.
func (s State) Valid() bool { return ranks[s] > 0 }

// Status is news about a message that was sent.
type Status struct {
	MessageID string    `json:"messageId"`         // the provider's id
	Key       string    `json:"key,omitempty"`     // the key given to Send, when the provider echoes it
	State     State     `json:"state"`             //
	Time      time.Time `json:"time,omitzero"`     //
	Aliases   []Alias   `json:"aliases,omitempty"` // the recipient, as the provider names them now
	Code      int       `json:"code,omitempty"`    // the provider's error code of a failure
	// Reason is the provider's text for a failure: all errors that it names, the first one
	// first.
	Reason string `json:"reason,omitempty"`
	// Class says what a failure means, as it does in a [SendError]: WindowClosed closes the
	// reply window, Stopped stops the account. "" = not known.
	Class   Class  `json:"class,omitempty"`
	Pricing string `json:"pricing,omitempty"` // billing category, such as "service"
	// Raw is the original of a status that says more than these fields hold, such as the
	// conversation it is billed with. Routing ignores it.
	Raw json.RawMessage `json:"raw,omitempty"`
}
