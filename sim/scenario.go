package sim

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/strategy"
)

// Scenario is what is simulated: a center, who writes to it, and how its agents work. It is
// plain data and marshals to JSON and back; the zero value of a field is its default.
type Scenario struct {
	Name string `json:"name,omitempty"`
	// Center is the configuration under test, exactly as a center has it. Of a WhatsApp
	// card the connector and the phone numbers may be left out: nothing is sent.
	Center usher.Config `json:"center"`
	// Arrivals are the streams of customers.
	Arrivals []Arrivals `json:"arrivals"`
	// Staff says how agents work and when they are there. An agent that no entry names is
	// always there, accepts at once and works at speed 1.
	Staff []Staff `json:"staff,omitempty"`
	// Concurrency is how fast an agent works on each of so many conversations at once.
	Concurrency Slowdown `json:"concurrency,omitzero"`
	// Bots are the bots that the center's campaigns name.
	Bots []Bot `json:"bots,omitempty"`

	// Start is the first instant of the first day. Zero = Monday, 5 January 2026, UTC.
	Start time.Time `json:"start,omitzero"`
	// WarmUp is simulated first and not counted, so that what is counted does not begin
	// with an empty floor.
	WarmUp Seconds `json:"warmUp,omitempty"`
	// Length is what is counted, after WarmUp. 0 = a day.
	Length Seconds `json:"length,omitempty"`
	// Steady goes on with arrivals after Length until everybody who came in it has been
	// served, for questions about the long run. Otherwise the doors close at the end of
	// Length and those inside are served, as at the end of a day.
	Steady bool `json:"steady,omitempty"`
	// Stop ends a replication at the end of Length with whatever is open then, as a board
	// looks that is read at that instant. It excludes Steady.
	Stop bool `json:"stop,omitempty"`
	// Interval is the length of one of the intervals that results are also given for; it
	// divides Period, after which intervals repeat. 0 = 30 minutes, and a day.
	Interval Seconds `json:"interval,omitempty"`
	Period   Seconds `json:"period,omitempty"`
	// Threshold is the wait within which an answer counts for the figures per offered
	// interaction, inclusive. 0 = the service level of the campaign.
	Threshold Seconds `json:"threshold,omitempty"`

	// Strategies beside the built-in ones that campaigns may name.
	Strategies []strategy.Strategy `json:"-"`
	// Agents and Campaigns, when set, are the engine's own configuration in place of
	// Center, for what settings in whole seconds cannot say.
	Agents    []queue.Agent    `json:"-"`
	Campaigns []queue.Campaign `json:"-"`
	// Observe is called with every event of a replication, in order, while the warm-up
	// passes too. Replications run at the same time; the event must not be kept.
	Observe func(replication int, ev *queue.Event) `json:"-"`
}

// Seconds is a length of time as scenarios count it, up to [MaxSeconds]; fractions are fine.
type Seconds float64

// Duration returns s as a time.Duration.
func (s Seconds) Duration() time.Duration { return time.Duration(float64(s) * 1e9) }

// For returns d in seconds.
func For(d time.Duration) Seconds { return Seconds(d.Seconds()) }

// Arrivals is one stream of customers. Rate, Rates, Counts, Bursts and Trace may be combined.
type Arrivals struct {
	// Name of the stream in results. "" = the campaign's id.
	Name     string `json:"name,omitempty"`
	Campaign string `json:"campaign"`

	// Rate is a number of customers per hour, at any time. Rates are per hour too, by
	// interval of Every (0 = 30 minutes) from midnight, and start again after the last.
	// Both are Poisson.
	Rate  float64   `json:"rate,omitempty"`
	Rates []float64 `json:"rates,omitempty"`
	// Counts are exact numbers of customers by interval of Every from the start, at
	// instants drawn within it.
	Counts []int   `json:"counts,omitempty"`
	Every  Seconds `json:"every,omitempty"`
	// Busyness, when set, multiplies a day's rates by a draw from a gamma distribution of
	// mean 1 and this shape: the lower, the more days differ. Real days do, more than a
	// Poisson process would.
	Busyness float64 `json:"busyness,omitempty"`
	Bursts   []Burst `json:"bursts,omitempty"`
	// Trace are arrivals that happened.
	Trace []Call `json:"trace,omitempty"`

	// Handle is the work in one interaction: its handle time at speed 1. With Messages the
	// work is in the messages.
	Handle   Dist      `json:"handle,omitzero"`
	Messages *Messages `json:"messages,omitempty"`
	// Respond is the time from the answer to the agent's first message, where the work is
	// not in messages; the zero value = first responses are not counted.
	Respond Dist `json:"respond,omitzero"`
	// Reach is how long a customer of a pull strategy is in the sight of agents with room
	// until one of them takes it; the zero value = each agent reacts after its own Answer.
	Reach Dist `json:"reach,omitzero"`
	// Patience is how long customers wait in the queue before they leave; nil = for ever.
	Patience *Dist `json:"patience,omitempty"`

	// Customers is how many different people write, so that some come back, which matters
	// to sticky agents and reopening. 0 = everybody is new.
	Customers int `json:"customers,omitempty"`

	// Threshold is that of the scenario for this stream; 0 = the scenario's.
	Threshold Seconds `json:"threshold,omitempty"`

	Priority *int             `json:"priority,omitempty"` // nil = the campaign's
	Skills   []settings.Skill `json:"skills,omitempty"`
	Cost     int              `json:"cost,omitempty"`
}

// Burst is many customers together, every day.
type Burst struct {
	At    Clock   `json:"at"`
	Count int     `json:"count"`
	Over  Seconds `json:"over,omitempty"` // spread evenly at random over so long
}

// Call is one arrival that happened. What is not known is drawn from the stream's
// distributions.
type Call struct {
	At       Seconds `json:"at"` // from the scenario's start
	Handle   Seconds `json:"handle,omitempty"`
	Patience Seconds `json:"patience,omitempty"`
	// Waited says that the customer was seen to wait so long without leaving: the
	// patience is that and a draw more. Busy says the same of an agent's work that was not
	// finished: the handle time of the last part is that and a draw more.
	Waited Seconds `json:"waited,omitempty"`
	Busy   Seconds `json:"busy,omitempty"`
	// Respond is the time from the answer to the agent's first message; negative = the
	// agent wrote none.
	Respond Seconds `json:"respond,omitempty"`
	// Bot is how long the campaign's bot on start had the customer; BotEnded says that the
	// bot then ended the interaction.
	Bot      Seconds `json:"bot,omitempty"`
	BotEnded bool    `json:"botEnded,omitempty"`
	// Handoffs are the attempts of agents to hand the interaction on, in order. Handle
	// includes the work before each of them.
	Handoffs []Handoff `json:"handoffs,omitempty"`
}

// Handoff is one attempt to hand an interaction on after some work: to an agent, to a
// campaign, or back to its queue when both are empty. Whether an agent accepts it is decided
// by that agent's behaviour; if not, the sender does the next part of the work.
type Handoff struct {
	After    Seconds `json:"after"`
	Agent    string  `json:"agent,omitempty"`
	Campaign string  `json:"campaign,omitempty"`
	Override bool    `json:"override,omitempty"`
}

// Messages makes an interaction an exchange: the agent writes, the customer answers, and so
// on until the agent has written Turns times. Only what the agent has to answer takes the
// agent's time; what the customer has to answer only takes a slot.
type Messages struct {
	Turns    Dist `json:"turns"`    // rounded, at least 1
	Agent    Dist `json:"agent"`    // work in one message
	Customer Dist `json:"customer"` // until the customer answers
	// Silent is the chance that the customer never answers a message. Then the campaign's
	// silence limits decide, or the agent gives up after GiveUp (0 = 10 minutes).
	Silent float64 `json:"silent,omitempty"`
	GiveUp Seconds `json:"giveUp,omitempty"`
}

// Staff says how some agents work and when they are there.
type Staff struct {
	// Agents by id; empty = all that no other entry names.
	Agents []string `json:"agents,omitempty"`
	// Shifts of a day; empty = always there. At the end of one, and in a pause, agents
	// finish what they have and take nothing new.
	Shifts []Shift `json:"shifts,omitempty"`
	Pauses []Pause `json:"pauses,omitempty"`
	// Present, in place of shifts, is when they were there, from the scenario's start.
	// In the spans of Paused they take nothing new.
	Present []Span `json:"present,omitempty"`
	Paused  []Span `json:"paused,omitempty"`
	// Count, in place of shifts, is how many of them are there by interval of Every (0 =
	// 30 minutes) from midnight, starting again after the last. When it goes down, idle
	// ones leave, then whoever finishes next.
	Count []int   `json:"count,omitempty"`
	Every Seconds `json:"every,omitempty"`

	// Speed divides the work of interactions; 0 = 1. SpeedFor is for single streams, on
	// top of it.
	Speed    float64            `json:"speed,omitempty"`
	SpeedFor map[string]float64 `json:"speedFor,omitempty"`
	// Answer is how long they take to accept an offer, or to take one that is shown to
	// all; the zero value = at once. Refuse is how long they take to decline one; the zero
	// value = as long as to accept. Decline and Miss are the chances that they decline
	// an offer, or do not react to it.
	Answer  Dist    `json:"answer,omitzero"`
	Refuse  Dist    `json:"refuse,omitzero"`
	Decline float64 `json:"decline,omitempty"`
	Miss    float64 `json:"miss,omitempty"`
	// Prefer are streams of which they take customers first, of what pull strategies show.
	Prefer []string `json:"prefer,omitempty"`
	// Back is how long agents whom the campaign paused for missing offers stay away.
	// 0 = 5 minutes.
	Back Seconds `json:"back,omitempty"`
}

// Shift is when agents are there, on the days of Days ("mon" … "sun"; empty = every day). A
// shift whose To is not after From ends on the next day.
type Shift struct {
	From Clock    `json:"from"`
	To   Clock    `json:"to"`
	Days []string `json:"days,omitempty"`
}

// Span is a stretch of time from the scenario's start.
type Span struct {
	From Seconds `json:"from"`
	To   Seconds `json:"to"`
}

// Pause is a break, every day of a shift.
type Pause struct {
	At     Clock   `json:"at"`
	For    Seconds `json:"for"`
	Reason string  `json:"reason,omitempty"`
}

// Slowdown is the law of working on several conversations at once. By default agents work
// on each as fast as on one alone.
type Slowdown struct {
	// Speeds is the speed of each of 1, 2, … conversations at once; of more, the last.
	Speeds []float64 `json:"speeds,omitempty"`
	// PerExtra is another way to say it: each of n goes at 1 ÷ (1 + PerExtra × (n − 1)).
	PerExtra float64 `json:"perExtra,omitempty"`
}

// of returns the speed of each of n.
func (s Slowdown) of(n int) float64 {
	if len(s.Speeds) > 0 {
		return s.Speeds[min(max(n, 1), len(s.Speeds))-1]
	}
	return 1 / (1 + s.PerExtra*float64(max(n, 1)-1))
}

func (s Slowdown) isZero() bool { return len(s.Speeds) == 0 && s.PerExtra == 0 }

// Bot is a bot in a simulation: it takes a time, then ends the interaction or lets go of it.
type Bot struct {
	Name string `json:"name"`
	Time Dist   `json:"time,omitzero"`
	// Ends is the share of interactions that it ends; the others go (back) to the queue.
	// A bot on end always ends them.
	Ends float64 `json:"ends,omitempty"`
}

// Clock is a time of day, in JSON as "HH:MM" or "HH:MM:SS", up to "24:00".
type Clock time.Duration

// At returns the time of day so many hours and minutes after midnight.
func At(hour, minute int) Clock {
	return Clock(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// String returns c as HH:MM, with seconds when there are any.
func (c Clock) String() string {
	s := int(time.Duration(c) / time.Second)
	if s%60 == 0 {
		return fmt.Sprintf("%02d:%02d", s/3600, s/60%60)
	}
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}

// MarshalJSON implements json.Marshaler.
func (c Clock) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// UnmarshalJSON implements json.Unmarshaler.
func (c *Clock) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf(`must be a time of day such as "08:30", is %s`, data)
	}
	parsed, err := parseClock(s)
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

func parseClock(s string) (Clock, error) {
	var h, m, sec, n int
	wrong := fmt.Errorf(`must be a time of day such as "08:30", is %q`, s)
	if k, _ := fmt.Sscanf(s, "%2d:%2d:%2d%n", &h, &m, &sec, &n); k < 3 {
		sec = 0
		if k, _ := fmt.Sscanf(s, "%2d:%2d", &h, &m); k < 2 || len(s) != 5 {
			return 0, wrong
		}
	} else if len(s) != 8 {
		return 0, wrong
	}
	if h < 0 || m < 0 || sec < 0 || m > 59 || sec > 59 || h*3600+m*60+sec > 24*3600 {
		return 0, wrong
	}
	return Clock(time.Duration(h*3600+m*60+sec) * time.Second), nil
}
