package channel

import (
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/usher-go/usher/internal/strict"
	"github.com/usher-go/usher/schedule"
)

// Seconds is a span of time as settings count it: whole seconds, 0 to [MaxSeconds].
type Seconds int

// The bounds of a settings card. A number outside of its bounds is a fault.
const (
	// MaxSeconds is the longest span, 366 days.
	MaxSeconds Seconds = 366 * 24 * 60 * 60
	// MaxCount is the largest count, limit and tier, and the largest distance of a priority from 0.
	MaxCount = 1_000_000
	// MaxRepeats is the largest MaxHops.
	MaxRepeats = 100
	// MaxText is the length of a text in characters (not bytes) that WhatsApp delivers.
	MaxText = 4096
)

// Duration returns s as a time.Duration. Seconds beyond [MaxSeconds], which no center
// accepts, become the longest duration with the same sign instead of a wrapped one.
func (s Seconds) Duration() time.Duration {
	const most = math.MaxInt64 / int64(time.Second)
	switch n := int64(s); {
	case n > most:
		return math.MaxInt64
	case n < -most:
		return math.MinInt64
	default:
		return time.Duration(n) * time.Second
	}
}

// WhatsApp is the settings card of a campaign's WhatsApp channel: plain data that
// marshals to JSON and back. The first fourteen are the settings that contact centers
// know, in the order of their guide; the groups after them are what such systems also
// offer. The zero value of a field is its default, and 0 seconds mean "no limit" unless
// said otherwise.
type WhatsApp struct {
	// Enable lets interactions in and out. Off, open ones go on to their end.
	Enable bool `json:"enable"`
	// Connector receives and sends, by name.
	Connector string `json:"connector"`
	// PhoneNumbers are those of the connector's numbers that lead to this campaign, in
	// E.164. A number belongs to one campaign.
	PhoneNumbers []string `json:"phoneNumbers"`
	// Strategy chooses among eligible agents, by name; "" = leastbusy.
	Strategy string `json:"strategy,omitempty"`
	// ServiceLevel is the threshold from queue entry to an agent's answer, inclusive.
	// 0 = not measured.
	ServiceLevel Seconds `json:"serviceLevel,omitempty"`
	// MaxInteractions limits those waiting at once.
	MaxInteractions int `json:"maxInteractions,omitempty"`
	// MaxTransferTime is how long an agent has to answer a transfer before it returns.
	MaxTransferTime Seconds `json:"maxTransferTime,omitempty"`
	// BotOnStart has the interaction first, by name; "" = none.
	BotOnStart string `json:"botOnStart,omitempty"`
	// BotOnEnd has it after the agent, for example to ask how it was.
	BotOnEnd string `json:"botOnEnd,omitempty"`
	// MaxTime is the longest time in the queue.
	MaxTime Seconds `json:"maxTime,omitempty"`
	// BotAfterWaitingTime has it when MaxTime has passed; "" = it ends.
	BotAfterWaitingTime string `json:"botAfterWaitingTime,omitempty"`
	// OutOfHours says when the campaign is open, and what happens when it is not.
	OutOfHours OutOfHours `json:"outOfHours,omitzero"`
	// IncomingBlacklist keeps listed customers out.
	IncomingBlacklist bool `json:"incomingBlacklist,omitempty"`
	// OutgoingBlacklist keeps anybody from starting an interaction with them.
	OutgoingBlacklist bool `json:"outgoingBlacklist,omitempty"`

	Offers   Offers   `json:"offers,omitzero"`
	Bots     Bots     `json:"bots,omitzero"`
	Priority Priority `json:"priority,omitzero"`
	Skills   Skills   `json:"skills,omitzero"`
	Return   Return   `json:"return,omitzero"` // of a customer who was here before
	Silence  Silence  `json:"silence,omitzero"`
	Announce Announce `json:"announce,omitzero"`
	Sends    Sends    `json:"sends,omitzero"`
	Overflow []Step   `json:"overflow,omitempty"`
	Texts    Texts    `json:"texts,omitzero"`
	// LeaveWords are what a waiting customer writes to give up, such as "cancel": the whole
	// message, without regard to case and punctuation.
	LeaveWords []string `json:"leaveWords,omitempty"`
	// ShortAbandon is the wait up to which giving up does not count as abandoned.
	ShortAbandon Seconds `json:"shortAbandon,omitempty"`
	// LateAfter is the age from which a customer's message counts as late. It is delivered
	// and marked. 0 = 3600.
	LateAfter Seconds `json:"lateAfter,omitempty"`
	// MaxHops bounds how often an interaction changes campaign; 0 = 5.
	MaxHops int `json:"maxHops,omitempty"`
}

// Sends says how long a message is tried that the provider has certainly not taken, because
// it cannot be reached or asks to wait. When the time is over the message has failed, and the
// agent may send it again. A bot's messages are tried for Bots.Timeout. A message that may
// have been taken is never sent twice.
type Sends struct {
	Replies   Seconds `json:"replies,omitempty"`   // of agents and of the host; 0 = 900
	Texts     Seconds `json:"texts,omitempty"`     // the campaign's own, such as announcements; 0 = 60
	Templates Seconds `json:"templates,omitempty"` // without a validity of their own; 0 = 86,400
	// Timeout is how long one attempt may last before its end counts as unknown; 0 = 60.
	Timeout Seconds `json:"timeout,omitempty"`
	// Attempts bounds how often a message is tried; 0 = no bound but the time.
	Attempts int `json:"attempts,omitempty"`
}

// OutOfHours is when a campaign is open and what happens when it is not.
type OutOfHours struct {
	// Hours are the opening hours; nil = always open.
	Hours *schedule.Schedule `json:"hours,omitempty"`
	// Message goes to a customer who writes while closed, once per closed period.
	Message string `json:"message,omitempty"`
	// AtClosing says what becomes of those waiting: "drain" (default), "hold", "close".
	AtClosing string `json:"atClosing,omitempty"`
}

// Offers says how agents are asked.
type Offers struct {
	// Eligibility is "nocall" (default), "incall", "interaction", "nopause" or "omni".
	Eligibility string  `json:"eligibility,omitempty"`
	AutoAnswer  bool    `json:"autoAnswer,omitempty"` // assign without asking
	RingTime    Seconds `json:"ringTime,omitempty"`   // 0 = 30
	TierWait    Seconds `json:"tierWait,omitempty"`   // opens one more tier each
	WrapUp      Seconds `json:"wrapUp,omitempty"`     // after an interaction
	WrapUpMax   Seconds `json:"wrapUpMax,omitempty"`  // with extensions; 0 = 3 × wrapUp
	// AutoPauseMisses pauses an agent after this number of missed offers in a row. 0 = 3.
	AutoPauseMisses int     `json:"autoPauseMisses,omitempty"`
	DeclineMemory   Seconds `json:"declineMemory,omitempty"` // not the same agent again; 0 = 30
	DeclineDelay    Seconds `json:"declineDelay,omitempty"`  // nothing for that agent
	MissDelay       Seconds `json:"missDelay,omitempty"`
	FailDelay       Seconds `json:"failDelay,omitempty"`
}

// Bots has the limits of bots.
type Bots struct {
	QueueFull string  `json:"queueFull,omitempty"` // has an interaction that the full queue refused
	Timeout   Seconds `json:"timeout,omitempty"`   // for one answer of a bot; 0 = 30
	Silence   Seconds `json:"silence,omitempty"`   // for the customer's; 0 = 600
	// RequeueAfterWaiting puts an interaction back in the queue when the bot after waiting
	// time fails; otherwise it ends.
	RequeueAfterWaiting bool `json:"requeueAfterWaiting,omitempty"`
}

// Priority says who is served first.
type Priority struct {
	Level  int     `json:"level,omitempty"`  // of a new interaction; higher goes first
	Ageing Seconds `json:"ageing,omitempty"` // waiting time worth one level; 0 = none
}

// Skills says what interactions ask of agents and how that relaxes.
type Skills struct {
	Require []Skill `json:"require,omitempty"`
	Relax   []Ring  `json:"relax,omitempty"`
}

// Skill is a skill with a level from 1 to 10; 0 means 1.
type Skill struct {
	Name  string  `json:"name"`
	Level int     `json:"level,omitempty"`
	For   Seconds `json:"for,omitempty"` // asked for only so long
}

// Ring is one step by which a requirement relaxes.
type Ring struct {
	After Seconds `json:"after"`
	Skill string  `json:"skill,omitempty"` // "" = every skill
	Lower int     `json:"lower,omitempty"` // by so many levels
	Drop  bool    `json:"drop,omitempty"`
	Tiers int     `json:"tiers,omitempty"` // opens so many more tiers
}

// Return says what happens when a customer comes back.
type Return struct {
	// Sticky is "" (off), "prefer" or "wait": the agent they had last.
	Sticky string  `json:"sticky,omitempty"`
	Wait   Seconds `json:"wait,omitempty"`   // how long "wait" waits
	Reopen Seconds `json:"reopen,omitempty"` // continues the ended interaction within
}

// Silence bounds how long the two sides of an active interaction may be silent.
type Silence struct {
	CustomerWarn Seconds `json:"customerWarn,omitempty"`
	CustomerEnd  Seconds `json:"customerEnd,omitempty"`
	AgentNudge   Seconds `json:"agentNudge,omitempty"`
	AgentReturn  Seconds `json:"agentReturn,omitempty"` // back to the queue with its age
}

// Announce tells those who wait where they stand.
type Announce struct {
	Text           string  `json:"text,omitempty"` // may use {position}, {waiting}, {minutes}
	First          Seconds `json:"first,omitempty"`
	Every          Seconds `json:"every,omitempty"` // 0 = only once
	OnlyWhenNearer bool    `json:"onlyWhenNearer,omitempty"`
}

// Step is an overflow step: what to do after some waiting, if a condition holds.
type Step struct {
	After Seconds `json:"after,omitempty"`
	Every Seconds `json:"every,omitempty"` // considered again until it applies; 0 = once
	// When is "" (always), "nobody_logged_in", "nobody_available", "queue_longer" or
	// "wait_longer"; Than is what the last two compare with, interactions or seconds.
	When   string `json:"when,omitempty"`
	Than   int    `json:"than,omitempty"`
	Do     string `json:"do"`               // "message", "relax", "campaign", "bot" or "end"
	Target string `json:"target,omitempty"` // the campaign or bot
	Text   string `json:"text,omitempty"`
	Relax  *Ring  `json:"relax,omitempty"`
}

// Texts are sent without anybody writing them. Empty = none.
type Texts struct {
	QueueFull      string `json:"queueFull,omitempty"`
	TimedOut       string `json:"timedOut,omitempty"`
	Left           string `json:"left,omitempty"`
	SilenceWarning string `json:"silenceWarning,omitempty"`
	SilenceEnded   string `json:"silenceEnded,omitempty"`
}

// Window is how long after a customer's last message WhatsApp lets free text be sent.
const Window = 24 * time.Hour

// Validate returns every fault that the card shows by itself; names of connectors, bots,
// strategies and campaigns are checked where they are known.
func (w *WhatsApp) Validate() error {
	var f strict.Faults
	if w.Connector == "" {
		f.Add("connector", "must name a connector")
	}
	if len(w.PhoneNumbers) == 0 {
		f.Add("phoneNumbers", "must have at least one of the connector's numbers")
	}
	for _, n := range w.numbers() {
		n.check(&f)
	}
	for _, t := range w.texts() {
		if n := utf8.RuneCountInString(t.text); n > MaxText {
			f.Add(t.path, "must be at most %d characters for WhatsApp, has %d", MaxText, n)
		}
	}
	if h := w.OutOfHours.Hours; h != nil {
		if _, err := h.Compile(); err != nil {
			f.Under("outOfHours.hours", err)
		}
	}
	return f.Err()
}

// number is a number of the card with its bounds.
type number struct {
	path      string
	value     int
	low, high int
}

func (n number) check(f *strict.Faults) {
	switch {
	case n.value >= n.low && n.value <= n.high:
	case n.low == 0 && n.value < 0:
		f.Add(n.path, "must be ≥ 0, is %d", n.value)
	case n.low == 0:
		f.Add(n.path, "must be 0 to %d, is %d", n.high, n.value)
	default:
		f.Add(n.path, "must be %d to %d, is %d", n.low, n.high, n.value)
	}
}

func span(path string, s Seconds) number    { return number{path, int(s), 0, int(MaxSeconds)} }
func count(path string, n, most int) number { return number{path, n, 0, most} }

// numbers lists every number of the card.
func (w *WhatsApp) numbers() []number {
	list := []number{
		span("serviceLevel", w.ServiceLevel), count("maxInteractions", w.MaxInteractions, MaxCount),
		span("maxTransferTime", w.MaxTransferTime), span("maxTime", w.MaxTime),
		span("offers.ringTime", w.Offers.RingTime), span("offers.tierWait", w.Offers.TierWait),
		span("offers.wrapUp", w.Offers.WrapUp), span("offers.wrapUpMax", w.Offers.WrapUpMax),
		count("offers.autoPauseMisses", w.Offers.AutoPauseMisses, MaxCount), span("offers.declineMemory", w.Offers.DeclineMemory),
		span("offers.declineDelay", w.Offers.DeclineDelay), span("offers.missDelay", w.Offers.MissDelay),
		span("offers.failDelay", w.Offers.FailDelay), span("bots.timeout", w.Bots.Timeout),
		span("bots.silence", w.Bots.Silence), {"priority.level", w.Priority.Level, -MaxCount, MaxCount},
		span("priority.ageing", w.Priority.Ageing), span("return.wait", w.Return.Wait), span("return.reopen", w.Return.Reopen),
		span("silence.customerWarn", w.Silence.CustomerWarn), span("silence.customerEnd", w.Silence.CustomerEnd),
		span("silence.agentNudge", w.Silence.AgentNudge), span("silence.agentReturn", w.Silence.AgentReturn),
		span("announce.first", w.Announce.First), span("announce.every", w.Announce.Every),
		span("sends.replies", w.Sends.Replies), span("sends.texts", w.Sends.Texts), span("sends.templates", w.Sends.Templates),
		span("sends.timeout", w.Sends.Timeout), count("sends.attempts", w.Sends.Attempts, MaxRepeats),
		span("shortAbandon", w.ShortAbandon), span("lateAfter", w.LateAfter), count("maxHops", w.MaxHops, MaxRepeats),
	}
	for i, s := range w.Skills.Require {
		list = append(list, s.numbers(fmt.Sprintf("skills.require[%d]", i))...)
	}
	for i, r := range w.Skills.Relax {
		list = append(list, r.numbers(fmt.Sprintf("skills.relax[%d]", i))...)
	}
	for i, s := range w.Overflow {
		path := fmt.Sprintf("overflow[%d]", i)
		list = append(list, span(path+".after", s.After), span(path+".every", s.Every), count(path+".than", s.Than, int(MaxSeconds)))
		if s.Relax != nil {
			list = append(list, s.Relax.numbers(path+".relax")...)
		}
	}
	return list
}

func (s *Skill) numbers(path string) []number {
	return []number{span(path+".for", s.For)} // the engine says which levels there are
}

func (r *Ring) numbers(path string) []number {
	return []number{span(path+".after", r.After), count(path+".lower", r.Lower, MaxCount), count(path+".tiers", r.Tiers, MaxCount)}
}

// text is a text of the card that is sent to customers.
type text struct{ path, text string }

// texts lists every text that is sent. What an announcement puts in place of a
// placeholder is shorter than the placeholder.
func (w *WhatsApp) texts() []text {
	list := []text{
		{"outOfHours.message", w.OutOfHours.Message}, {"announce.text", w.Announce.Text},
		{"texts.queueFull", w.Texts.QueueFull}, {"texts.timedOut", w.Texts.TimedOut}, {"texts.left", w.Texts.Left},
		{"texts.silenceWarning", w.Texts.SilenceWarning}, {"texts.silenceEnded", w.Texts.SilenceEnded},
	}
	for i, s := range w.Overflow {
		list = append(list, text{fmt.Sprintf("overflow[%d].text", i), s.Text})
	}
	return list
}
