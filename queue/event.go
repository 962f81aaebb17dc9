package queue

import (
	"encoding/json"
	"time"
)

// Event is a fact. Events are the journal: the state is a fold over them.
//
// It is one flat record rather than a type per kind so that a journal is plain to read
// and a step costs no allocation per event; the list of kinds says which fields are set.
type Event struct {
	Seq   uint64    `json:"seq"`
	At    time.Time `json:"at"` // the event's own instant, UTC
	Kind  Kind      `json:"kind"`
	Cause string    `json:"cause,omitempty"` // the command, or the deadline as "deadline:…"

	Interaction string `json:"interaction,omitempty"`
	Campaign    string `json:"campaign,omitempty"`
	Agent       string `json:"agent,omitempty"`
	Customer    string `json:"customer,omitempty"`
	From        string `json:"from,omitempty"`
	By          string `json:"by,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Disposition string `json:"disposition,omitempty"`
	Number      string `json:"number,omitempty"`

	Until     time.Time     `json:"until,omitzero"`
	Since     time.Time     `json:"since,omitzero"`
	Wait      time.Duration `json:"wait,omitempty"`
	Late      time.Duration `json:"late,omitempty"`
	Threshold time.Duration `json:"threshold,omitempty"`
	Outcome   Outcome       `json:"outcome,omitempty"`
	Segment   Outcome       `json:"segment,omitempty"`
	State     State         `json:"state,omitempty"`
	Bot       string        `json:"bot,omitempty"`
	Phase     Phase         `json:"phase,omitempty"`
	Session   uint64        `json:"session,omitempty"`
	Turn      int           `json:"turn,omitempty"`
	Count     int           `json:"count,omitempty"`
	Position  int           `json:"position,omitempty"`
	Priority  int           `json:"priority,omitempty"`
	Cost      int           `json:"cost,omitempty"`
	Tier      int           `json:"tier,omitempty"`
	Widened   int           `json:"widened,omitempty"`
	Code      int           `json:"code,omitempty"`

	Open      bool `json:"open,omitempty"`
	Outbound  bool `json:"outbound,omitempty"`
	Override  bool `json:"override,omitempty"`
	Repeat    bool `json:"repeat,omitempty"`
	Return    bool `json:"return,omitempty"`
	Direct    bool `json:"direct,omitempty"`
	AfterWork bool `json:"afterWork,omitempty"`
	Failed    bool `json:"failed,omitempty"`

	Key        string       `json:"key,omitempty"`
	Delivery   MessageState `json:"delivery,omitempty"`
	ProviderID string       `json:"providerId,omitempty"`
	Topic      string       `json:"topic,omitempty"`
	Pricing    string       `json:"pricing,omitempty"`
	Name       string       `json:"name,omitempty"`

	Message     *Message          `json:"message,omitempty"`
	Skills      []Skill           `json:"skills,omitempty"`
	Prefer      []Preferred       `json:"prefer,omitempty"`
	Aliases     []string          `json:"aliases,omitempty"`
	Weak        []string          `json:"weak,omitempty"`
	Vars        map[string]string `json:"vars,omitempty"`
	Explain     *Explanation      `json:"explain,omitempty"`
	Config      *Campaign         `json:"config,omitempty"`
	AgentConfig *Agent            `json:"agentConfig,omitempty"`
	Data        json.RawMessage   `json:"data,omitempty"`
}

// Outcome is how an interaction ended. Each has exactly one.
type Outcome string

// The outcomes.
const (
	OutcomeAnswered    Outcome = "answered"  // an agent had it
	OutcomeBotEnded    Outcome = "bot_ended" // ended by a bot, no agent had it
	OutcomeAbandoned   Outcome = "abandoned" // left by keyword or host, silent, closed while waiting
	OutcomeTimedOut    Outcome = "timed_out"
	OutcomeQueueFull   Outcome = "queue_full"
	OutcomeOutOfHours  Outcome = "out_of_hours"
	OutcomeBlacklisted Outcome = "blacklisted"
	OutcomeDisabled    Outcome = "disabled"
	OutcomeFailed      Outcome = "failed"
	// OutcomeMerged is no class of its own: the interaction turned out to be one with
	// another, which has the outcome.
	OutcomeMerged Outcome = "merged"
)

// Phase is what a bot is there for.
type Phase string

// The phases.
const (
	PhaseStart    Phase = "start"
	PhaseEnd      Phase = "end"
	PhaseWaiting  Phase = "waiting"  // after the longest time in the queue
	PhaseOverflow Phase = "overflow" // queue full, or an overflow step
)

// MessageState is how far an outbound message has come, as in package channel.
type MessageState string

// The states of an outbound message, in their order.
const (
	MessageWaits     MessageState = "queued"
	MessageSending   MessageState = "sending"
	MessageUnknown   MessageState = "unknown"
	MessageAccepted  MessageState = "accepted"
	MessageFailed    MessageState = "failed"
	MessageSent      MessageState = "sent"
	MessageDelivered MessageState = "delivered"
	MessageRead      MessageState = "read"
	MessagePlayed    MessageState = "played"
)

// Output is what a step produced. Its slices are used again by the next call: copy what
// is kept.
type Output struct {
	Events  []Event
	Effects []Effect
}

// EffectKind says what the shell is asked to do.
type EffectKind string

// The kinds of effect.
const (
	EffectOffer  EffectKind = "offer"  // show the offer to Agent until Until
	EffectRevoke EffectKind = "revoke" // take it from Agent's sight
	EffectShow   EffectKind = "show"   // tell those who may take it that it waits
	EffectSend   EffectKind = "send"   // send Message to Customer, answer with [Sent]
	EffectBot    EffectKind = "bot"    // ask Bot for its turn, answer with [BotReply]
	EffectNudge  EffectKind = "nudge"  // remind Agent
	EffectListed EffectKind = "listed" // tell Agent that the customer was blacklisted
	EffectCheck  EffectKind = "check"  // ask the incoming blacklist of Campaign about Customer, answer with [Verdict] until Until
)

// Effect is a request to the shell. It is performed at least once, in order within an
// interaction; (Interaction, Seq) stays the same when it is asked for again.
type Effect struct {
	Kind        EffectKind `json:"kind"`
	Seq         uint64     `json:"seq"` // of the event that asked for it
	Interaction string     `json:"interaction"`
	Campaign    string     `json:"campaign"`
	Agent       string     `json:"agent,omitempty"`
	Until       time.Time  `json:"until,omitzero"`
	Transfer    bool       `json:"transfer,omitempty"` // of an offer: from another agent

	// Of a message or a turn.
	Connector string   `json:"connector,omitempty"`
	Number    string   `json:"number,omitempty"`
	Customer  string   `json:"customer,omitempty"`
	Address   string   `json:"address,omitempty"` // the alias to write to
	Key       string   `json:"key,omitempty"`
	Message   *Message `json:"message,omitempty"`

	Bot     string            `json:"bot,omitempty"`
	Phase   Phase             `json:"phase,omitempty"`
	Session uint64            `json:"session,omitempty"`
	Turn    int               `json:"turn,omitempty"`
	Name    string            `json:"name,omitempty"` // the customer's
	Vars    map[string]string `json:"vars,omitempty"` // a copy
}
