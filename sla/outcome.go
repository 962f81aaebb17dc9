package sla

// Outcome is the class in which an interaction ends. Each ends in exactly one.
type Outcome string

// The outcomes, a closed set.
const (
	OutcomeAnswered    Outcome = "answered"     // an agent had it, whatever ended it
	OutcomeBotEnded    Outcome = "bot_ended"    // a bot ended it before any agent had it
	OutcomeAbandoned   Outcome = "abandoned"    // left by keyword or host, silent, closed while waiting
	OutcomeTimedOut    Outcome = "timed_out"    // the longest time in the queue passed
	OutcomeQueueFull   Outcome = "queue_full"   // too many were waiting
	OutcomeOutOfHours  Outcome = "out_of_hours" // the campaign was closed
	OutcomeBlacklisted Outcome = "blacklisted"  // the customer is listed
	OutcomeDisabled    Outcome = "disabled"     // the campaign or its channel was off
	OutcomeFailed      Outcome = "failed"       // something broke
)

// Outcomes returns all outcomes.
func Outcomes() []Outcome {
	return []Outcome{
		OutcomeAnswered, OutcomeBotEnded, OutcomeAbandoned, OutcomeTimedOut, OutcomeQueueFull,
		OutcomeOutOfHours, OutcomeBlacklisted, OutcomeDisabled, OutcomeFailed,
	}
}

// Ends counts interactions by the outcome in which they ended. In JSON each has the name of
// its outcome.
type Ends struct {
	Answered    int64 `json:"answered,omitempty"`
	BotEnded    int64 `json:"bot_ended,omitempty"`
	Abandoned   int64 `json:"abandoned,omitempty"`
	TimedOut    int64 `json:"timed_out,omitempty"`
	QueueFull   int64 `json:"queue_full,omitempty"`
	OutOfHours  int64 `json:"out_of_hours,omitempty"`
	Blacklisted int64 `json:"blacklisted,omitempty"`
	Disabled    int64 `json:"disabled,omitempty"`
	Failed      int64 `json:"failed,omitempty"`
}

// Of returns the count of one outcome, 0 for an unknown one.
func (e *Ends) Of(o Outcome) int64 {
	if n := e.counter(o); n != nil {
		return *n
	}
	return 0
}

// Total returns the count of all outcomes.
func (e *Ends) Total() int64 {
	var sum int64
	for _, o := range Outcomes() {
		sum += e.Of(o)
	}
	return sum
}

func (e *Ends) counter(o Outcome) *int64 {
	switch o {
	case OutcomeAnswered:
		return &e.Answered
	case OutcomeBotEnded:
		return &e.BotEnded
	case OutcomeAbandoned:
		return &e.Abandoned
	case OutcomeTimedOut:
		return &e.TimedOut
	case OutcomeQueueFull:
		return &e.QueueFull
	case OutcomeOutOfHours:
		return &e.OutOfHours
	case OutcomeBlacklisted:
		return &e.Blacklisted
	case OutcomeDisabled:
		return &e.Disabled
	case OutcomeFailed:
		return &e.Failed
	}
	return nil
}

func (e *Ends) add(o *Ends) {
	for _, name := range Outcomes() {
		*e.counter(name) += *o.counter(name)
	}
}
