package queue

import (
	"fmt"
	"strings"
)

// Code is the condition that a command was refused for. Codes are errors, for errors.Is.
type Code string

// Error implements error.
func (c Code) Error() string { return "queue: " + string(c) }

// The conditions.
const (
	ErrInvalid            Code = "invalid command"     // a required field is missing or wrong
	ErrUnknownCampaign    Code = "unknown campaign"    //
	ErrUnknownAgent       Code = "unknown agent"       //
	ErrUnknownInteraction Code = "unknown interaction" // or ended and forgotten
	ErrUnknownMessage     Code = "unknown message"     // or older than what is remembered
	ErrEnded              Code = "interaction has ended"
	ErrNotOffered         Code = "not offered to this agent" // expired, revoked or never offered
	ErrAlreadyTaken       Code = "already taken"             // somebody else was first
	ErrNotOwner           Code = "agent does not have this interaction"
	ErrNotWaiting         Code = "interaction is not waiting"
	ErrNotEligible        Code = "agent is not eligible" // Reason says why
	ErrNotMember          Code = "agent is not a member of the campaign"
	ErrTransferring       Code = "a transfer is under way"
	ErrNotTransferring    Code = "no transfer is under way"
	ErrCampaignClosed     Code = "campaign is closed"
	ErrCampaignFull       Code = "campaign's queue is full"
	ErrCampaignDisabled   Code = "campaign is disabled"
	ErrNobodyOnDuty       Code = "no member of the campaign is on duty"
	ErrLoop               Code = "too many changes of campaign"
	ErrBlacklisted        Code = "customer is blacklisted"
	ErrOpen               Code = "customer has an open interaction on this number" // it is Error.Interaction
	ErrWindowClosed       Code = "customer service window is closed: send a template"
	ErrInUse              Code = "still has open interactions"
	ErrNumberTaken        Code = "number belongs to another campaign"
	// ErrInterrupted is returned by every step after one that did not return, because of a
	// panic or because a strategy ended its goroutine or called the engine. What is in memory
	// may be half of a decision: build a new engine from the journal.
	ErrInterrupted Code = "a step before this one did not return"
)

// Error is returned by Step for a command that was refused. Unwrap gives its Code, or
// the faults of a configuration.
type Error struct {
	Command     string // such as "accept"
	Code        Code
	Interaction string
	Agent       string
	Campaign    string
	Reason      string // what stood in the way, such as "full" or "lacks skill french"
	Err         error  // a cause beyond the code

	taken bool // a number is another campaign's: the error is ErrNumberTaken as well
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "queue: %s: %s", e.Command, string(e.Code))
	for _, p := range [][2]string{{"interaction", e.Interaction}, {"agent", e.Agent}, {"campaign", e.Campaign}} {
		if p[1] != "" {
			fmt.Fprintf(&b, ", %s %q", p[0], p[1])
		}
	}
	if e.Reason != "" {
		b.WriteString(": " + e.Reason)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap makes errors.Is work with the code and errors.As with the cause.
func (e *Error) Unwrap() []error {
	list := []error{e.Code}
	if e.taken {
		list = append(list, ErrNumberTaken)
	}
	if e.Err != nil {
		list = append(list, e.Err)
	}
	return list
}
