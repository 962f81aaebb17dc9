package queue

import (
	"encoding/json"
	"time"

	"github.com/usher-go/usher/schedule"
)

// Agent is the configuration of one agent of the center. The zero value of a field is
// its default. Durations marshal as nanoseconds: this is the journal's form, people edit
// the settings of package channel.
type Agent struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Limit is the agent's capacity over all campaigns, in units of interaction cost.
	// 0 means 1.
	Limit int `json:"limit,omitempty"`
	// ChannelLimits bounds the load on single channels, such as {"whatsapp": 4}.
	ChannelLimits map[string]int `json:"channelLimits,omitempty"`
	// Lease is how long presence lasts without a [Heartbeat]. 0 = for ever.
	Lease time.Duration `json:"lease,omitempty"`
	// Lapse says what becomes of active interactions when presence lapses.
	Lapse Lapse `json:"lapse,omitempty"`
}

// Lapse is what happens to an agent's active interactions when their presence lapses.
type Lapse string

// The choices of [Lapse].
const (
	LapseKeep    Lapse = ""        // they stay with the agent, who may come back
	LapseRequeue Lapse = "requeue" // they return to their queues with their age
)

// Skill is a skill with a level: what a member has, or the least an interaction asks for.
type Skill struct {
	Name  string `json:"name"`
	Level int    `json:"level,omitempty"` // 1 to 10; 0 means 1
	// For, in a requirement, is how long from queue entry it is asked for; then it is
	// dropped. 0 = as long as the interaction waits.
	For time.Duration `json:"for,omitempty"`
}

// Member is an agent's membership of a campaign. Its place in the campaign's list is its
// position.
type Member struct {
	Agent   string  `json:"agent"`
	Tier    int     `json:"tier,omitempty"`    // 0 and up; a lower tier is exhausted first
	Penalty int     `json:"penalty,omitempty"` // 0 to 100
	Limit   int     `json:"limit,omitempty"`   // capacity in this campaign; 0 = the agent's
	Skills  []Skill `json:"skills,omitempty"`
	// NoReceive keeps the campaign's interactions from being offered to the agent.
	NoReceive bool `json:"noReceive,omitempty"`
	// NoInitiate keeps the agent from starting interactions in the campaign's name.
	NoInitiate bool `json:"noInitiate,omitempty"`
}

// Eligibility says which occupied agents may be offered more, as contact centers name it.
// Offline and paused agents never are.
type Eligibility string

// The eligibility modes.
const (
	// NoCall does not look at the telephone: being on a call does not exclude, and an
	// agent gets interactions up to the limits. The default.
	NoCall Eligibility = "nocall"
	// InCall looks at the telephone: an agent on a call, or with any interaction, is
	// excluded; and while the agent has one of this campaign, or is asked for one,
	// campaigns of every mode but NoPause exclude the agent too.
	InCall Eligibility = "incall"
	// Interaction gives one interaction at a time and does not look at the telephone.
	Interaction Eligibility = "interaction"
	// NoPause excludes for nothing but pause: not for a call, and not for an
	// interaction of an InCall campaign.
	NoPause Eligibility = "nopause"
	// Omni takes agents with no interaction and no call first, and only when there is
	// none any other with room.
	Omni Eligibility = "omni"
)

// Eligibilities lists the modes.
func Eligibilities() []Eligibility {
	return []Eligibility{NoCall, InCall, Interaction, NoPause, Omni}
}

// Closing says what happens to waiting interactions when the campaign closes.
type Closing string

// The choices of [Closing].
const (
	Drain Closing = ""      // served while agents are there
	Hold  Closing = "hold"  // kept until opening; the time in between is not counted against MaxTime
	Close Closing = "close" // ended as abandoned
)

// StickyMode says whether a customer goes to the agent they had last.
type StickyMode string

// The choices of [StickyMode].
const (
	StickyOff    StickyMode = ""
	StickyPrefer StickyMode = "prefer" // if the agent can take it at once
	StickyWait   StickyMode = "wait"   // wait for the agent up to StickyWait
)

// Campaign is the configuration of one line of business on one channel, as the engine
// needs it. The zero value of a field is its default; a zero duration that limits
// something means no limit, unless said otherwise.
type Campaign struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Disabled lets no new interaction in or out; open ones go on to their end.
	Disabled bool `json:"disabled,omitempty"`
	// Channel names the kind of channel for agents' ChannelLimits, such as "whatsapp".
	Channel string `json:"channel,omitempty"`
	// Connector is handed to the shell with every message; the engine does not read it.
	Connector string `json:"connector,omitempty"`
	// Numbers are the business numbers that lead here. A number belongs to one campaign.
	Numbers []string `json:"numbers,omitempty"`
	// Zone is the IANA time zone whose days reset the day's counters; "" = UTC.
	Zone    string   `json:"zone,omitempty"`
	Members []Member `json:"members,omitempty"`

	Strategy    string      `json:"strategy,omitempty"`    // "" = leastbusy
	Eligibility Eligibility `json:"eligibility,omitempty"` // "" = nocall
	AutoAnswer  bool        `json:"autoAnswer,omitempty"`  // assign at once, without an offer
	// RingTime is how long an offer stands. 0 = 30 s.
	RingTime time.Duration `json:"ringTime,omitempty"`
	// TierWait opens each next tier after that much more waiting. 0 = as soon as the
	// lower ones are exhausted.
	TierWait time.Duration `json:"tierWait,omitempty"`

	ServiceLevel    time.Duration `json:"serviceLevel,omitempty"`    // threshold, inclusive
	ShortAbandon    time.Duration `json:"shortAbandon,omitempty"`    // abandons up to it do not count
	MaxInteractions int           `json:"maxInteractions,omitempty"` // waiting at once
	MaxTransferTime time.Duration `json:"maxTransferTime,omitempty"`
	MaxTime         time.Duration `json:"maxTime,omitempty"` // in the queue

	BotOnStart   string `json:"botOnStart,omitempty"`
	BotOnEnd     string `json:"botOnEnd,omitempty"`
	BotAfterWait string `json:"botAfterWait,omitempty"`
	BotQueueFull string `json:"botQueueFull,omitempty"`
	// BotTimeout is how long a bot may take over one answer. 0 = 30 s.
	BotTimeout time.Duration `json:"botTimeout,omitempty"`
	// BotSilence is how long a bot waits for the customer. 0 = 10 min.
	BotSilence time.Duration `json:"botSilence,omitempty"`
	// BotAfterWaitFails says what a failed bot after waiting time exits to: false = the
	// interaction ends, true = it goes back to its place in the queue.
	BotAfterWaitRequeues bool `json:"botAfterWaitRequeues,omitempty"`

	// Hours are the opening hours; nil = always open.
	Hours     *schedule.Schedule `json:"hours,omitempty"`
	AtClosing Closing            `json:"atClosing,omitempty"`

	IncomingBlacklist bool `json:"incomingBlacklist,omitempty"`
	OutgoingBlacklist bool `json:"outgoingBlacklist,omitempty"`

	// Window is how long after the customer's last message free text may be sent.
	// 0 = always.
	Window time.Duration `json:"window,omitempty"`
	// SendTimeout is how long a message may be on its way before it counts as failed.
	// 0 = 60 s.
	SendTimeout time.Duration `json:"sendTimeout,omitempty"`
	// SendAttempts is how often a message that was not taken is tried at most. 0 = as often as
	// it takes until it expires.
	SendAttempts int `json:"sendAttempts,omitempty"`
	// SendReplies is how long a message of an agent or of the host that was certainly not
	// taken is tried. 0 = 15 min.
	SendReplies time.Duration `json:"sendReplies,omitempty"`
	// SendTexts is the same for the campaign's own texts, such as announcements. 0 = 60 s.
	SendTexts time.Duration `json:"sendTexts,omitempty"`
	// SendTemplates is the same for templates without a validity of their own. 0 = 24 h. A
	// bot's messages are tried for the bot's timeout.
	SendTemplates time.Duration `json:"sendTemplates,omitempty"`

	WrapUp time.Duration `json:"wrapUp,omitempty"`
	// WrapUpMax bounds extensions of a wrap-up. 0 = WrapUp × 3.
	WrapUpMax time.Duration `json:"wrapUpMax,omitempty"`
	// AutoPauseMisses pauses an agent after so many offers in a row ran out. 0 = 3. With
	// [MaxCount] no agent is paused in practice.
	AutoPauseMisses int `json:"autoPauseMisses,omitempty"`
	// DeclineMemory is how long an interaction is not offered again to an agent who
	// declined, missed, transferred or requeued it. 0 = 30 s. After it the agent is asked
	// again when every other eligible agent has been.
	DeclineMemory time.Duration `json:"declineMemory,omitempty"`
	// An agent is offered nothing for this long after a decline, a miss, a failure.
	DeclineDelay time.Duration `json:"declineDelay,omitempty"`
	MissDelay    time.Duration `json:"missDelay,omitempty"`
	FailDelay    time.Duration `json:"failDelay,omitempty"`

	Priority int `json:"priority,omitempty"` // of a new interaction; higher goes first
	// Ageing is the waiting time worth one point of priority. 0 = none.
	Ageing time.Duration `json:"ageing,omitempty"`
	Skills []Skill       `json:"skills,omitempty"` // asked for by every interaction
	Relax  []Relax       `json:"relax,omitempty"`  // in order of After

	Sticky     StickyMode    `json:"sticky,omitempty"`
	StickyWait time.Duration `json:"stickyWait,omitempty"`
	// Reopen is how long after its end a customer's next message continues an
	// interaction, with its id and variables. 0 = a new one.
	Reopen time.Duration `json:"reopen,omitempty"`

	Overflow []Overflow `json:"overflow,omitempty"`
	Announce Announce   `json:"announce,omitzero"`
	Silence  Silence    `json:"silence,omitzero"`
	Texts    Texts      `json:"texts,omitzero"`
	// LeaveWords are messages with which a waiting customer gives up, such as "cancel". The
	// whole message is compared, without regard to case and punctuation: "Cancel!" is one,
	// "cancel my order" is not.
	LeaveWords []string `json:"leaveWords,omitempty"`
	// LateAfter is the age from which a customer's message counts as late: it is delivered
	// all the same, and its event says how old it is. 0 = 1 h.
	LateAfter time.Duration `json:"lateAfter,omitempty"`
	// MaxHops bounds how often an interaction changes campaign. 0 = 5.
	MaxHops int `json:"maxHops,omitempty"`

	// Settings is the card that this was made from, for the host; not read here.
	Settings json.RawMessage `json:"settings,omitempty"`
}

// Relax is one ring: what becomes easier after a time in the queue.
type Relax struct {
	After time.Duration `json:"after"`
	Skill string        `json:"skill,omitempty"` // "" = every skill
	Lower int           `json:"lower,omitempty"` // by how many levels, not below 1
	Drop  bool          `json:"drop,omitempty"`  // no longer asked for
	Tiers int           `json:"tiers,omitempty"` // opens so many more tiers
}

// Overflow is one thing to do when waiting gets too long or there is nobody to wait for.
type Overflow struct {
	// After is the time in the queue at which the step is considered, or as soon after it
	// as no agent is being asked. Each step has its own time; of those due at one instant
	// the first in the list goes first.
	After time.Duration `json:"after,omitempty"`
	// Every considers it again and again until it is done: while it does not apply, or the
	// campaign it leads to is closed or full. 0 = once.
	Every time.Duration `json:"every,omitempty"`
	When  Predicate     `json:"when,omitempty"`
	// Than is the queue length, or the longest wait in seconds, of the predicates that compare.
	Than int    `json:"than,omitempty"`
	Do   Action `json:"do"`
	// Target is the campaign or the bot of the actions that name one.
	Target string `json:"target,omitempty"`
	Text   string `json:"text,omitempty"`  // of message and end
	Relax  *Relax `json:"relax,omitempty"` // of relax; its After is not used
}

// Predicate is a condition of an [Overflow] step.
type Predicate string

// The predicates.
const (
	Always          Predicate = ""
	NobodyLoggedIn  Predicate = "nobody_logged_in" // of the members who may receive
	NobodyAvailable Predicate = "nobody_available" // all of them offline, paused or finishing work
	QueueLonger     Predicate = "queue_longer"     // more waiting than Than, this one included
	WaitLonger      Predicate = "wait_longer"      // the first in line waits longer than Than seconds
)

// Action is what an [Overflow] step does.
type Action string

// The actions.
const (
	DoMessage  Action = "message"
	DoRelax    Action = "relax"
	DoCampaign Action = "campaign"
	DoBot      Action = "bot"
	DoEnd      Action = "end"
)

// Announce tells waiting customers where they stand.
type Announce struct {
	First time.Duration `json:"first,omitempty"` // first after so long; 0 = at entry
	Every time.Duration `json:"every,omitempty"` // then every so long; 0 = never again
	// Text may use {position}, {waiting} (how many wait) and {minutes} (the estimated
	// wait, rounded up; 1 too while there is no experience yet). Empty = no announcements.
	// Nothing is said while an agent is being asked.
	Text string `json:"text,omitempty"`
	// OnlyWhenNearer drops announcements that would not report a better position.
	OnlyWhenNearer bool `json:"onlyWhenNearer,omitempty"`
}

// Silence bounds how long the parties of an active interaction may be silent. 0 = any time.
type Silence struct {
	CustomerWarn time.Duration `json:"customerWarn,omitempty"` // sends Texts.SilenceWarning
	CustomerEnd  time.Duration `json:"customerEnd,omitempty"`  // ends the interaction
	AgentNudge   time.Duration `json:"agentNudge,omitempty"`   // an event for the desk
	AgentReturn  time.Duration `json:"agentReturn,omitempty"`  // back to the queue with its age
}

// Texts are the messages that the engine sends by itself. Empty = none is sent.
type Texts struct {
	QueueFull      string `json:"queueFull,omitempty"`
	TimedOut       string `json:"timedOut,omitempty"`
	OutOfHours     string `json:"outOfHours,omitempty"`
	SilenceWarning string `json:"silenceWarning,omitempty"`
	SilenceEnded   string `json:"silenceEnded,omitempty"`
	Left           string `json:"left,omitempty"` // confirms a leave word
}

// Defaults of fields whose zero value is not "none".
const (
	DefaultRingTime      = 30 * time.Second
	DefaultBotTimeout    = 30 * time.Second
	DefaultBotSilence    = 10 * time.Minute
	DefaultSendTimeout   = time.Minute
	DefaultDeclineMemory = 30 * time.Second

	DefaultAutoPauseMisses = 3
	DefaultLateAfter       = time.Hour
	DefaultMaxHops         = 5
)
