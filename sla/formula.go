package sla

// Unit is what the value of a [Formula] is counted in.
type Unit string

// The units.
const (
	Share   Unit = "share"   // 0 to 1
	Seconds Unit = "seconds" // 0 or more
)

// Formula is a named view over [Counts].
type Formula struct {
	// Name is fixed: it is used in JSON, in tables and in settings.
	Name string `json:"name"`
	Unit Unit   `json:"unit"`
	// Definition is the formula in words, fit to be shown beside the number.
	Definition string `json:"definition"`
	// Of computes the value. It is not ok when nothing was counted that the formula is
	// about, in which case there is no value to show, not a value of 0.
	Of func(*Counts) (value float64, ok bool) `json:"-"`
}

// Formulas returns all formulas, in the order of a report.
func Formulas() []Formula {
	return []Formula{
		{"serviceLevel", Share, "answered within the threshold ÷ answered", (*Counts).ServiceLevel},
		{"serviceLevelWithAbandoned", Share, "(answered + abandoned within the threshold) ÷ (answered + abandoned), without short abandons", (*Counts).ServiceLevelWithAbandoned},
		{"abandonRate", Share, "abandoned ÷ (answered + abandoned + timed out), without short abandons", (*Counts).AbandonRate},
		{"averageWait", Seconds, "time from queue entry to the answer ÷ answered", (*Counts).AverageWait},
		{"longestWait", Seconds, "longest time from queue entry to the answer", (*Counts).LongestWait},
		{"averageAbandonWait", Seconds, "time from queue entry to leaving ÷ abandoned, short abandons included", (*Counts).AverageAbandonWait},
		{"averageFirstResponse", Seconds, "time from the beginning to an agent's first message ÷ first messages", (*Counts).AverageFirstResponse},
		{"averageHandleTime", Seconds, "time that agents had interactions ÷ agents' parts in interactions", (*Counts).AverageHandleTime},
		{"transferRate", Share, "agents' parts that were transferred ÷ agents' parts in interactions", (*Counts).TransferRate},
		{"occupancy", Share, "time with work in hand ÷ time logged in", (*Counts).Occupancy},
	}
}

// ServiceLevel is the share of answered queue segments whose wait was within the threshold:
//
//	AnsweredIn ÷ (AnsweredIn + AnsweredLate)
//
// Segments that were answered while no threshold was set are in neither.
func (c *Counts) ServiceLevel() (value float64, ok bool) {
	return ratio(c.AnsweredIn, c.AnsweredIn+c.AnsweredLate)
}

// ServiceLevelWithAbandoned is the same with abandoned segments, which are good when the
// customer left within the threshold:
//
//	(AnsweredIn + AbandonedIn) ÷ (AnsweredIn + AnsweredLate + AbandonedIn + AbandonedLate)
//
// Short abandons, and segments that ended while no threshold was set, are in neither.
func (c *Counts) ServiceLevelWithAbandoned() (value float64, ok bool) {
	in := c.AnsweredIn + c.AbandonedIn
	return ratio(in, in+c.AnsweredLate+c.AbandonedLate)
}

// AbandonRate is the share of queue segments that the customer left:
//
//	(Abandoned − AbandonedShort) ÷ (Answered + Abandoned − AbandonedShort + TimedOut)
//
// Segments that left the queue for another reason are in neither, nor are those that wait.
func (c *Counts) AbandonRate() (value float64, ok bool) {
	abandoned := c.Abandoned - c.AbandonedShort
	return ratio(abandoned, c.Answered+abandoned+c.TimedOut)
}

// AverageWait is the mean wait of answered queue segments in seconds: WaitSum ÷ Answered.
func (c *Counts) AverageWait() (value float64, ok bool) { return mean(c.WaitSum, c.Answered) }

// LongestWait is the longest wait of an answered queue segment in seconds: WaitMax.
func (c *Counts) LongestWait() (value float64, ok bool) {
	return c.WaitMax.Seconds(), c.Answered > 0
}

// AverageAbandonWait is the mean time after which customers left, in seconds:
// AbandonWaitSum ÷ Abandoned. Short abandons are included.
func (c *Counts) AverageAbandonWait() (value float64, ok bool) {
	return mean(c.AbandonWaitSum, c.Abandoned)
}

// AverageFirstResponse is the mean time to an agent's first message, in seconds:
// ResponseSum ÷ Responded.
func (c *Counts) AverageFirstResponse() (value float64, ok bool) {
	return mean(c.ResponseSum, c.Responded)
}

// AverageHandleTime is the mean time that an agent had an interaction, in seconds:
// HandleSum ÷ Handled. An interaction that two agents had counts twice, with each one's time.
func (c *Counts) AverageHandleTime() (value float64, ok bool) { return mean(c.HandleSum, c.Handled) }

// TransferRate is the share of agents' parts in interactions that ended in a transfer:
// Transferred ÷ Handled. A transfer that came back to its sender is none.
func (c *Counts) TransferRate() (value float64, ok bool) { return ratio(c.Transferred, c.Handled) }

// Occupancy is the share of agents' time logged in with work in hand: BusySum ÷ LoggedInSum.
func (c *Counts) Occupancy() (value float64, ok bool) {
	return ratio(int64(c.BusySum), int64(c.LoggedInSum))
}

func ratio(part, whole int64) (float64, bool) {
	if whole <= 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

func mean(sum Micros, n int64) (float64, bool) {
	if n <= 0 {
		return 0, false
	}
	return sum.Seconds() / float64(n), true
}
