package settings

import "github.com/usher-go/usher/schedule"

// Card has the settings of one channel of a campaign. The first fourteen are the settings
// that contact centers know, in the order of their guide; the groups after them are what
// such systems also offer.
type Card struct {
	// Off, nothing new comes in or goes out; open interactions go on to their end.
	Enable bool `json:"enable" set:"switch"`
	// Which connector receives and sends.
	Connector string `json:"connector" set:"connector"`
	// Those of the connector's numbers that lead here, in E.164, at least one. A number
	// belongs to one campaign. Replies go out from the number the customer wrote to.
	PhoneNumbers []string `json:"phoneNumbers" set:"numbers"`
	// Which eligible agent is asked first. Left out = `leastbusy`. `fewestcalls` is another
	// name of `fewest`.
	Strategy string `json:"strategy,omitempty" set:"strategy zero=leastbusy"`
	// The threshold from queue entry to an agent's answer, inclusive. Late answers happen
	// all the same; they only miss. 0 = not measured.
	ServiceLevel Seconds `json:"serviceLevel,omitempty" set:"seconds"`
	// How many may wait in the queue without an offer. An arrival that an agent can be asked
	// for at once enters; one that must wait when the limit is reached ends `queue_full`.
	// With `ringall` and `ringallmultiple` an interaction counts when it exceeds what the
	// agents who see it can take now. Returns (a decline, an offer that ran out, a transfer
	// that comes back, a bot that requeues) are never refused, so that more can wait than
	// the limit says. The board shows waiting and ringing separately.
	MaxInteractions int `json:"maxInteractions,omitempty" set:"count"`
	// How long an agent has to answer a transfer before it returns to the agent who sent it,
	// whose slot stays reserved. Declined, it returns at once. When the sender is offline it
	// goes to the queue, at its place, and the agent who declined it is not asked first. A
	// change applies to transfers that are out, counted from when each began. A transfer to
	// a campaign enters that queue with its age; it is refused by a campaign that is closed
	// (unless `hold`), full or disabled, after too many changes of campaign, and with
	// `nobody_on_duty` when no member who may receive is logged in (unless overridden, or
	// `hold`).
	MaxTransferTime Seconds `json:"maxTransferTime,omitempty" set:"seconds"`
	// The bot that has the interaction first.
	BotOnStart string `json:"botOnStart,omitempty" set:"bot"`
	// The bot that has it when the agent has finished; the agent is free already.
	BotOnEnd string `json:"botOnEnd,omitempty" set:"bot"`
	// The longest time in the queue. An offer that is out at that moment may still be
	// accepted; then it ends `timed_out`, or the next setting acts.
	MaxTime Seconds `json:"maxTime,omitempty" set:"seconds"`
	// The bot that has it then. It may end it, take a message, move it, or put it back at
	// its place.
	BotAfterWaitingTime string `json:"botAfterWaitingTime,omitempty" set:"bot"`
	// When the campaign is open, and what happens when it is not.
	OutOfHours OutOfHours `json:"outOfHours,omitzero"`
	// A listed customer's message creates nothing but one record in the history. A customer
	// who is listed in the middle of a conversation: while a bot has it, it waits or is
	// offered, it ends `blacklisted` without a text; an agent who has it keeps it and is
	// told, a pending transfer returns, and no other agent and no bot gets it. A transfer, a
	// move and a bot's hand-over to another campaign ask that campaign's list, and are
	// refused with `blacklisted`; so does an overflow step, which is then not performed. A
	// host with a list of its own sends `queue.End` with `Blacklisted` for each open
	// interaction of a customer it lists.
	IncomingBlacklist bool `json:"incomingBlacklist,omitempty" set:"switch"`
	// Nobody can start an interaction with a listed customer.
	OutgoingBlacklist bool `json:"outgoingBlacklist,omitempty" set:"switch"`

	// How agents are asked.
	Offers Offers `json:"offers,omitzero"`
	// The limits of bots.
	Bots Bots `json:"bots,omitzero"`
	// Who is served first.
	Priority Priority `json:"priority,omitzero"`
	// What interactions ask of agents, and how that becomes easier.
	Skills Skills `json:"skills,omitzero"`
	// What happens when a customer comes back.
	Return Return `json:"return,omitzero"`
	// How long the two sides of an active interaction may be silent.
	Silence Silence `json:"silence,omitzero"`
	// Tells those who wait where they stand.
	Announce Announce `json:"announce,omitzero"`
	// How long messages are tried.
	Sends Sends `json:"sends,omitzero"`
	// What is done when an interaction waits long or no agent is there to answer it.
	Overflow []Step `json:"overflow,omitempty" set:"steps"`
	// What is sent without anybody writing it.
	Texts Texts `json:"texts,omitzero"`
	// What a waiting customer writes to give up, such as `cancel`. The whole message is
	// compared, without regard to case, punctuation and extra space: `Cancel!` is one,
	// `cancel my order` is not.
	LeaveWords []string `json:"leaveWords,omitempty" set:"words"`
	// Giving up within this time does not count as abandoned.
	ShortAbandon Seconds `json:"shortAbandon,omitempty" set:"seconds"`
	// The age from which a customer's message counts as late, for example after an outage of
	// the provider: the time between its sending and its arrival here. It is delivered as
	// any other; its event has `late`, and the desk shows how late it came. 0 = 3600.
	LateAfter Seconds `json:"lateAfter,omitempty" set:"seconds zero=3600"`
	// How often an interaction may change campaign. 0 = 5.
	MaxHops int `json:"maxHops,omitempty" set:"count max=100 zero=5"`
}

// OutOfHours is when a campaign is open and what happens when it is not.
type OutOfHours struct {
	// Weekly hours with exceptions: `zone`, `week`, `exceptions`. Left out = always open.
	Hours *schedule.Schedule `json:"hours,omitempty" set:"hours"`
	// Goes to a customer who writes while closed, once per closed period, and never in an
	// open conversation.
	Message string `json:"message,omitempty" set:"text"`
	// What becomes of those who wait, and of what reaches the queue after closing: `drain`
	// (default) serves them while agents are there, `hold` keeps them until opening, `close`
	// ends them. The out-of-hours message goes to those whom no agent ever had; a
	// conversation that an agent had ends without it.
	AtClosing string `json:"atClosing,omitempty" set:"choice of=drain|hold|close zero=drain"`
}

// Offers says how agents are asked.
type Offers struct {
	// Whether a call or another interaction excludes an agent: `nocall` (default: only
	// limits count), `incall` (a call or any interaction does), `interaction` (any
	// interaction does), `nopause` (nothing but pause does), `omni` (those with nothing
	// first, then those with room).
	Eligibility string `json:"eligibility,omitempty" set:"choice of=nocall|incall|interaction|nopause|omni zero=nocall"`
	// Assign at once, without asking.
	AutoAnswer bool `json:"autoAnswer,omitempty" set:"switch"`
	// How long an offer stands, also one that is out when this changes. 0 = 30.
	RingTime Seconds `json:"ringTime,omitempty" set:"seconds zero=30"`
	// Opens one more tier each time this time has passed, whatever tiers an overflow step opened. 0 =
	// when the lower ones are exhausted.
	TierWait Seconds `json:"tierWait,omitempty" set:"seconds"`
	// Time after an interaction in which the agent gets nothing.
	WrapUp Seconds `json:"wrapUp,omitempty" set:"seconds"`
	// How far that time can be extended. 0 = three times as long.
	WrapUpMax Seconds `json:"wrapUpMax,omitempty" set:"seconds"`
	// Pauses an agent after this number of missed offers in a row. 0 = 3; with the largest
	// number, 1,000,000, there is no pause in practice.
	AutoPauseMisses int `json:"autoPauseMisses,omitempty" set:"count zero=3"`
	// The least time before an interaction is offered again to an agent who declined, missed
	// or requeued it. 0 = 30. After it the other agents still come first: see
	// [rounds](strategies.md#what-is-the-same-for-all).
	DeclineMemory Seconds `json:"declineMemory,omitempty" set:"seconds zero=30"`
	// For how long an agent gets nothing after a decline.
	DeclineDelay Seconds `json:"declineDelay,omitempty" set:"seconds"`
	// For how long an agent gets nothing after a missed offer.
	MissDelay Seconds `json:"missDelay,omitempty" set:"seconds"`
	// For how long an agent gets nothing after an offer that could not be shown.
	FailDelay Seconds `json:"failDelay,omitempty" set:"seconds"`
}

// Bots has the limits of bots.
type Bots struct {
	// The bot that has an interaction which the full queue refused.
	QueueFull string `json:"queueFull,omitempty" set:"bot"`
	// For one answer of a bot. 0 = 30. A bot that fails, panics or is late exits to the
	// default of its phase: queue on start, end on end, end after waiting.
	Timeout Seconds `json:"timeout,omitempty" set:"seconds zero=30"`
	// For the customer's answer to a bot. 0 = 600.
	Silence Seconds `json:"silence,omitempty" set:"seconds zero=600"`
	// A bot after waiting time that fails puts the interaction back instead of ending it.
	RequeueAfterWaiting bool `json:"requeueAfterWaiting,omitempty" set:"switch"`
}

// Priority says who is served first.
type Priority struct {
	// Of a new interaction; higher goes first.
	Level int `json:"level,omitempty" set:"count min=-1000000"`
	// Waiting time that is worth one level, so that a flood of high priority lets others
	// through. 0 = none.
	Ageing Seconds `json:"ageing,omitempty" set:"seconds"`
}

// Skills says what interactions ask of agents and how that relaxes.
type Skills struct {
	// What every interaction asks of agents.
	Require []Skill `json:"require,omitempty" set:"skills"`
	// How that becomes easier, in order of `after`.
	Relax []Ring `json:"relax,omitempty" set:"rings"`
}

// Ring is one step by which a requirement relaxes.
type Ring struct {
	// The time in the queue.
	After Seconds `json:"after" set:"seconds"`
	// Which skill; left out = every one.
	Skill string `json:"skill,omitempty" set:"name"`
	// How many levels lower the required level becomes, not below 1.
	Lower int `json:"lower,omitempty" set:"count"`
	// The skill is no longer asked for.
	Drop bool `json:"drop,omitempty" set:"switch"`
	// How many more tiers are opened.
	Tiers int `json:"tiers,omitempty" set:"count"`
}

// Return says what happens when a customer comes back.
type Return struct {
	// A customer who comes back goes to the agent they had last, also after an attempt that
	// no agent answered: `prefer`, if the agent can take it at once, or `wait`. Left out =
	// off.
	Sticky string `json:"sticky,omitempty" set:"choice of=prefer|wait"`
	// How long `wait` waits.
	Wait Seconds `json:"wait,omitempty" set:"seconds"`
	// A message so soon after the end continues the interaction that ended.
	Reopen Seconds `json:"reopen,omitempty" set:"seconds"`
}

// Silence bounds how long the two sides of an active interaction may be silent.
type Silence struct {
	// When a customer whom an agent waits for is warned.
	CustomerWarn Seconds `json:"customerWarn,omitempty" set:"seconds"`
	// When such an interaction ends.
	CustomerEnd Seconds `json:"customerEnd,omitempty" set:"seconds"`
	// When an agent whom a customer waits for is reminded.
	AgentNudge Seconds `json:"agentNudge,omitempty" set:"seconds"`
	// When such an interaction goes back to the queue, with its age. A transfer is an act of
	// the agent: while it is out, its own time decides. A parked interaction whose customer
	// writes while its agent is offline follows this setting; without it, or with `lapse:
	// requeue`, it returns to the queue at once.
	AgentReturn Seconds `json:"agentReturn,omitempty" set:"seconds"`
}

// Announce tells those who wait where they stand.
type Announce struct {
	// What is sent; `{position}`, `{waiting}` and `{minutes}` are replaced.
	Text string `json:"text,omitempty" set:"text"`
	// When first. 0 = at entry.
	First Seconds `json:"first,omitempty" set:"seconds"`
	// How often then. After a time in which the center was closed or the machine slept there
	// is at most one, and the next keeps its beat. 0 = only once.
	Every Seconds `json:"every,omitempty" set:"seconds"`
	// Only when the position is better than last time.
	OnlyWhenNearer bool `json:"onlyWhenNearer,omitempty" set:"switch"`
}

// Sends says how long a message is tried that the provider has certainly not taken, because
// it cannot be reached or asks to wait. When the time is over the message has failed, and the
// agent may send it again. A bot's messages are tried for Bots.Timeout. A message that may
// have been taken is never sent twice.
type Sends struct {
	// How long a message of an agent or of the host is tried. 0 = 900.
	Replies Seconds `json:"replies,omitempty" set:"seconds zero=900"`
	// The same for the campaign's own texts: announcements, warnings, out of hours. 0 = 60.
	Texts Seconds `json:"texts,omitempty" set:"seconds zero=60"`
	// The same for templates without a `validity` of their own. 0 = 86,400. A bot's messages
	// are tried for `bots.timeout`.
	Templates Seconds `json:"templates,omitempty" set:"seconds zero=86400"`
	// How long one attempt may last before its end counts as unknown. It stays so until a
	// status settles it, for as long again. 0 = 60.
	Timeout Seconds `json:"timeout,omitempty" set:"seconds zero=60"`
	// How often a message is tried at most. 0 = no bound but the time.
	Attempts int `json:"attempts,omitempty" set:"count max=100"`
}

// Step is an overflow step: what to do after some waiting, if a condition holds.
type Step struct {
	// The time in the queue at which the step is considered.
	After Seconds `json:"after,omitempty" set:"seconds"`
	// Considered again so often until it applies. 0 = once.
	Every Seconds `json:"every,omitempty" set:"seconds"`
	// The condition: `nobody_logged_in`, `nobody_available`, `queue_longer` or
	// `wait_longer`. Left out = always.
	When string `json:"when,omitempty" set:"choice of=nobody_logged_in|nobody_available|queue_longer|wait_longer"`
	// What the last two compare with: interactions, or seconds.
	Than int `json:"than,omitempty" set:"count max=31622400"`
	// What is done: `message`, `relax`, `campaign`, `bot` or `end`.
	Do string `json:"do" set:"choice of=message|relax|campaign|bot|end"`
	// The campaign or bot that the action names.
	Target string `json:"target,omitempty" set:"target"`
	// The text of `message` and `end`.
	Text string `json:"text,omitempty" set:"text"`
	// What becomes easier, for `relax`; its own `after` is not used.
	Relax *Ring `json:"relax,omitempty"`
}

// Texts are sent without anybody writing them. Empty = none.
type Texts struct {
	// When the queue is full.
	QueueFull string `json:"queueFull,omitempty" set:"text"`
	// When the longest time has passed.
	TimedOut string `json:"timedOut,omitempty" set:"text"`
	// When a leave word was understood.
	Left string `json:"left,omitempty" set:"text"`
	// When a customer whom an agent waits for is silent.
	SilenceWarning string `json:"silenceWarning,omitempty" set:"text"`
	// When such an interaction ends.
	SilenceEnded string `json:"silenceEnded,omitempty" set:"text"`
}
