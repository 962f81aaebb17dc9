package sla

import "time"

// Micros is a length of time in whole microseconds. Sums of lengths are kept in it because
// a sum of nanoseconds overflows within weeks on a floor of thousands of agents.
type Micros int64

// Seconds returns the length in seconds.
func (m Micros) Seconds() float64 { return float64(m) / 1e6 }

// micros takes a negative length, which a clock that was set back can produce, for none.
func micros(d time.Duration) Micros { return Micros(max(d, 0) / time.Microsecond) }

// Counts are the raw counters of a campaign over some stretch of time. They are plain data:
// compare them with ==, store them as JSON, merge them with [Counts.Add]. The zero Counts
// has counted nothing.
//
// Fields that stand alone are counted by their caller (c.Offers++); where one event touches
// several there is a method, and only the methods keep the formulas within their bounds.
type Counts struct {
	// Opened counts interactions that customers began and that were not refused,
	// Outbound those that began from our side.
	Opened   int64 `json:"opened,omitempty"`
	Outbound int64 `json:"outbound,omitempty"`
	// Ends counts ends by outcome. Reopened counts interactions that continued after
	// they had ended, each of which ends again: see [Counts.Interactions].
	Ends     Ends  `json:"ends,omitzero"`
	Reopened int64 `json:"reopened,omitempty"`

	// Queue segments: those that began, and those that ended, by how. Those that are
	// waiting are in Queued only. Left are those that neither an agent, nor the
	// customer, nor the longest time in the queue ended: moved to another campaign,
	// taken by a bot, blacklisted while waiting.
	Queued    int64 `json:"queued,omitempty"`
	Answered  int64 `json:"answered,omitempty"`
	Abandoned int64 `json:"abandoned,omitempty"` // short ones included
	TimedOut  int64 `json:"timedOut,omitempty"`
	Left      int64 `json:"left,omitempty"`

	// Of the answered and of the abandoned that were not short, while a threshold was
	// set: those within it and those after it.
	AnsweredIn     int64 `json:"answeredIn,omitempty"`
	AnsweredLate   int64 `json:"answeredLate,omitempty"`
	AbandonedShort int64 `json:"abandonedShort,omitempty"`
	AbandonedIn    int64 `json:"abandonedIn,omitempty"`
	AbandonedLate  int64 `json:"abandonedLate,omitempty"`

	WaitSum        Micros `json:"waitSumMicros,omitempty"` // of answered segments
	WaitMax        Micros `json:"waitMaxMicros,omitempty"` // of answered segments
	AbandonWaitSum Micros `json:"abandonWaitSumMicros,omitempty"`

	// Handled counts the parts of agents in interactions, each from when the agent has it
	// to when they finish or hand it over; Transferred those that were handed over.
	Handled     int64  `json:"handled,omitempty"`
	Transferred int64  `json:"transferred,omitempty"`
	HandleSum   Micros `json:"handleSumMicros,omitempty"`

	Responded   int64  `json:"responded,omitempty"` // first responses
	ResponseSum Micros `json:"responseSumMicros,omitempty"`

	Offers   int64 `json:"offers,omitempty"`
	Accepts  int64 `json:"accepts,omitempty"`
	Declines int64 `json:"declines,omitempty"`
	Misses   int64 `json:"misses,omitempty"`

	BotSessions int64 `json:"botSessions,omitempty"`
	BotFailures int64 `json:"botFailures,omitempty"`

	MessagesIn  int64 `json:"messagesIn,omitempty"`
	MessagesOut int64 `json:"messagesOut,omitempty"`

	// Agents' time logged in, and the part of it with work in hand.
	LoggedInSum Micros `json:"loggedInSumMicros,omitempty"`
	BusySum     Micros `json:"busySumMicros,omitempty"`
}

// Answer counts a queue segment that an agent answered, at the answer. wait is from queue
// entry to the answer. threshold is the service level's, inclusive; 0 or less = not
// measured: the segment counts for the waiting times and for no service level.
func (c *Counts) Answer(wait, threshold time.Duration) {
	c.Answered++
	w := micros(wait)
	c.WaitSum += w
	c.WaitMax = max(c.WaitMax, w)
	switch {
	case threshold <= 0:
	case wait <= threshold:
		c.AnsweredIn++
	default:
		c.AnsweredLate++
	}
}

// Abandon counts a queue segment that the customer left. wait and threshold are as for
// [Counts.Answer]. A wait of up to short, inclusive, makes it a short abandon, which the
// formulas leave out: who leaves at once was not failed by the campaign. short of 0 or
// less = none is.
func (c *Counts) Abandon(wait, threshold, short time.Duration) {
	c.Abandoned++
	c.AbandonWaitSum += micros(wait)
	switch {
	case short > 0 && wait <= short:
		c.AbandonedShort++
	case threshold <= 0:
	case wait <= threshold:
		c.AbandonedIn++
	default:
		c.AbandonedLate++
	}
}

// End counts the end of an interaction in its class. An unknown outcome is counted nowhere
// and is an *[OutcomeError].
func (c *Counts) End(o Outcome) error {
	n := c.Ends.counter(o)
	if n == nil {
		return &OutcomeError{o}
	}
	*n++
	return nil
}

// Interactions returns how many interactions ended and stayed ended: the ends less those
// taken back by a reopening. Over a stretch in which some were reopened that had ended
// before it, the number is that much lower, and may be negative.
func (c *Counts) Interactions() int64 { return c.Ends.Total() - c.Reopened }

// Handle counts an agent's part in an interaction that the agent finished, after having
// had it for d.
func (c *Counts) Handle(d time.Duration) {
	c.Handled++
	c.HandleSum += micros(d)
}

// Transfer counts an agent's part in an interaction that ended because somebody else took
// it over: an agent who accepted a transfer, or another campaign.
func (c *Counts) Transfer(d time.Duration) {
	c.Handle(d)
	c.Transferred++
}

// Respond counts the first message of an agent in an interaction, d after its beginning.
func (c *Counts) Respond(d time.Duration) {
	c.Responded++
	c.ResponseSum += micros(d)
}

// AgentTime counts d of one agent's time logged in, during which the agent had work in
// hand or had none. [Series.AgentTime] splits such time among intervals.
func (c *Counts) AgentTime(d time.Duration, busy bool) {
	c.LoggedInSum += micros(d)
	if busy {
		c.BusySum += micros(d)
	}
}

// Add merges o into c: counters and sums add up, the longest wait is the longer one. The
// order of merging does not matter.
func (c *Counts) Add(o *Counts) {
	c.Opened += o.Opened
	c.Outbound += o.Outbound
	c.Ends.add(&o.Ends)
	c.Reopened += o.Reopened
	c.Queued += o.Queued
	c.Answered += o.Answered
	c.Abandoned += o.Abandoned
	c.TimedOut += o.TimedOut
	c.Left += o.Left
	c.AnsweredIn += o.AnsweredIn
	c.AnsweredLate += o.AnsweredLate
	c.AbandonedShort += o.AbandonedShort
	c.AbandonedIn += o.AbandonedIn
	c.AbandonedLate += o.AbandonedLate
	c.WaitSum += o.WaitSum
	c.WaitMax = max(c.WaitMax, o.WaitMax)
	c.AbandonWaitSum += o.AbandonWaitSum
	c.Handled += o.Handled
	c.Transferred += o.Transferred
	c.HandleSum += o.HandleSum
	c.Responded += o.Responded
	c.ResponseSum += o.ResponseSum
	c.Offers += o.Offers
	c.Accepts += o.Accepts
	c.Declines += o.Declines
	c.Misses += o.Misses
	c.BotSessions += o.BotSessions
	c.BotFailures += o.BotFailures
	c.MessagesIn += o.MessagesIn
	c.MessagesOut += o.MessagesOut
	c.LoggedInSum += o.LoggedInSum
	c.BusySum += o.BusySum
}
