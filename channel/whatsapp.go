package channel

import (
	"fmt"
	"time"

	"github.com/usher-go/usher/internal/strict"
	"github.com/usher-go/usher/schedule"
)

// Seconds is a span of time as settings count it.
type Seconds int

// Duration returns s as a time.Duration.
func (s Seconds) Duration() time.Duration { return time.Duration(s) * time.Second }

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
	Overflow []Step   `json:"overflow,omitempty"`
	Texts    Texts    `json:"texts,omitzero"`
	// LeaveWords are what a waiting customer writes to give up, such as "cancel".
	LeaveWords []string `json:"leaveWords,omitempty"`
	// ShortAbandon is the wait up to which giving up does not count as abandoned.
	ShortAbandon Seconds `json:"shortAbandon,omitempty"`
	// MaxHops bounds how often an interaction changes campaign; 0 = 5.
	MaxHops int `json:"maxHops,omitempty"`
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
	// AutoPauseMisses pauses an agent who misses so many offers in a row.
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
	for _, s := range w.spans() {
		if s.value < 0 {
			f.Add(s.path, "must be ≥ 0, is %d", s.value)
		}
	}
	if h := w.OutOfHours.Hours; h != nil {
		if _, err := h.Compile(); err != nil {
			f.Under("outOfHours.hours", err)
		}
	}
	return f.Err()
}

type span struct {
	path  string
	value int
}

// spans lists every number of the card that must not be negative.
func (w *WhatsApp) spans() []span {
	list := []span{
		{"serviceLevel", int(w.ServiceLevel)}, {"maxInteractions", w.MaxInteractions},
		{"maxTransferTime", int(w.MaxTransferTime)}, {"maxTime", int(w.MaxTime)},
		{"offers.ringTime", int(w.Offers.RingTime)}, {"offers.tierWait", int(w.Offers.TierWait)},
		{"offers.wrapUp", int(w.Offers.WrapUp)}, {"offers.wrapUpMax", int(w.Offers.WrapUpMax)},
		{"offers.autoPauseMisses", w.Offers.AutoPauseMisses}, {"offers.declineMemory", int(w.Offers.DeclineMemory)},
		{"offers.declineDelay", int(w.Offers.DeclineDelay)}, {"offers.missDelay", int(w.Offers.MissDelay)},
		{"offers.failDelay", int(w.Offers.FailDelay)}, {"bots.timeout", int(w.Bots.Timeout)},
		{"bots.silence", int(w.Bots.Silence)}, {"priority.ageing", int(w.Priority.Ageing)},
		{"return.wait", int(w.Return.Wait)}, {"return.reopen", int(w.Return.Reopen)},
		{"silence.customerWarn", int(w.Silence.CustomerWarn)}, {"silence.customerEnd", int(w.Silence.CustomerEnd)},
		{"silence.agentNudge", int(w.Silence.AgentNudge)}, {"silence.agentReturn", int(w.Silence.AgentReturn)},
		{"announce.first", int(w.Announce.First)}, {"announce.every", int(w.Announce.Every)},
		{"shortAbandon", int(w.ShortAbandon)}, {"maxHops", w.MaxHops},
	}
	for i, r := range w.Skills.Relax {
		list = append(list, span{fmt.Sprintf("skills.relax[%d].after", i), int(r.After)})
	}
	for i, s := range w.Overflow {
		list = append(list,
			span{fmt.Sprintf("overflow[%d].after", i), int(s.After)},
			span{fmt.Sprintf("overflow[%d].every", i), int(s.Every)})
	}
	return list
}
