package blacklist

import (
	"context"
	"time"
)

// Query asks whether one customer may talk with one campaign.
type Query struct {
	// Campaign id. With "" only entries for all campaigns match.
	Campaign string `json:"campaign,omitempty"`
	// Direction of the attempt, [Incoming] or [Outgoing]. "" or [Both] asks whether
	// any direction is stopped.
	Direction Direction `json:"direction,omitempty"`
	// Aliases are all that is known of the customer; one that is listed is enough.
	Aliases []string `json:"aliases"`
	// Now decides which entries have expired.
	Now time.Time `json:"now"`
}

// Verdict is the answer to a [Query].
type Verdict struct {
	Blocked bool `json:"blocked"`
	// Entry is the one that matched; the zero Entry when nothing did.
	Entry Entry `json:"entry,omitzero"`
}

// Checker is a blacklist. [List] is one; a host with a list of its own writes another.
//
// Check is called by many goroutines at once, once per first message and once per start
// of a conversation, and the customer waits for it: it should answer in milliseconds and
// return when ctx ends. It must not keep or change the query's aliases. An error means
// that nothing is known; [Guard] turns it into a verdict.
type Checker interface {
	Check(ctx context.Context, q Query) (Verdict, error)
}

// CheckerFunc makes a [Checker] of a function.
type CheckerFunc func(ctx context.Context, q Query) (Verdict, error)

// Check calls f.
func (f CheckerFunc) Check(ctx context.Context, q Query) (Verdict, error) { return f(ctx, q) }
