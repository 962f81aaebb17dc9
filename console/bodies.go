package console

import (
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// The types of this file are what commands carry. Unknown fields are refused. Version,
// where a body has it, is the version of the interaction that the command was based on;
// 0 = do not check.

// Empty is a command that needs nothing but its address.
type Empty struct {
	Version uint64 `json:"version,omitempty"`
}

// DeclineBody refuses an offer.
type DeclineBody struct {
	Reason string `json:"reason,omitempty"`
}

// TakeBody pulls a waiting interaction.
type TakeBody struct {
	Override bool `json:"override,omitempty"` // over the agent's limit, recorded
}

// SendBody is a message to the customer. Exactly what Message.Kind needs is set.
type SendBody struct {
	// Version must be given: a reply based on an outdated conversation is refused with
	// what is new.
	Version uint64   `json:"version"`
	Message Outgoing `json:"message"`
}

// ResendBody names a message that failed.
type ResendBody struct {
	Key string `json:"key"` // the id of its item in the conversation
}

// Outgoing is a message to send: a text, a file, a template, or a choice of options.
type Outgoing struct {
	Kind     channel.Kind      `json:"kind"`           // text, image, video, audio, document, template, interactive
	Text     string            `json:"text,omitempty"` // or a caption
	Media    *channel.MediaRef `json:"media,omitempty"`
	Template *TemplateUse      `json:"template,omitempty"`
	Menu     *channel.Menu     `json:"menu,omitempty"`
	ReplyTo  string            `json:"replyTo,omitempty"` // the id of the customer's message that it quotes
}

// TemplateUse is a template with its parameters filled in.
type TemplateUse struct {
	Name     string   `json:"name"`
	Language string   `json:"language"`
	Params   []string `json:"params,omitempty"` // of the body, in order
}

// TransferBody hands an interaction to an agent or to a campaign.
type TransferBody struct {
	Agent    string `json:"agent,omitempty"`
	Campaign string `json:"campaign,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Override bool   `json:"override,omitempty"` // although the agent is not eligible; supervisors only
	Version  uint64 `json:"version,omitempty"`
}

// FinishBody ends the agent's part.
type FinishBody struct {
	Disposition string `json:"disposition,omitempty"`
	NoBot       bool   `json:"noBot,omitempty"` // skip the bot on end
	Version     uint64 `json:"version,omitempty"`
}

// AssignBody gives an interaction to an agent at once.
type AssignBody struct {
	Agent    string `json:"agent"`
	Override bool   `json:"override,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Version  uint64 `json:"version,omitempty"`
}

// ReasonBody is a supervisor's command with its reason.
type ReasonBody struct {
	Reason  string `json:"reason,omitempty"`
	Version uint64 `json:"version,omitempty"`
}

// MoveBody puts an interaction into another campaign's queue.
type MoveBody struct {
	Campaign string `json:"campaign"`
	Reason   string `json:"reason,omitempty"`
	Version  uint64 `json:"version,omitempty"`
}

// PriorityBody changes what a waiting interaction asks for; what is absent stays.
type PriorityBody struct {
	Priority *int           `json:"priority,omitempty"`
	Skills   *[]queue.Skill `json:"skills,omitempty"`
	Reason   string         `json:"reason,omitempty"`
}

// NoteBody is a remark for colleagues; the customer never sees it.
type NoteBody struct {
	Text string `json:"text"`
}

// StartBody opens an interaction from our side.
type StartBody struct {
	Campaign string    `json:"campaign"`
	Number   string    `json:"number,omitempty"` // one of the campaign's; "" = its first
	To       string    `json:"to"`               // an alias, or a phone number with its country code
	Name     string    `json:"name,omitempty"`
	Message  *Outgoing `json:"message,omitempty"`
	Override bool      `json:"override,omitempty"`
}

// StateBody is what an agent says about being there.
type StateBody struct {
	State     queue.State `json:"state"`
	Reason    string      `json:"reason,omitempty"`
	Requeue   bool        `json:"requeue,omitempty"`   // active interactions go back to their queues
	AfterWork bool        `json:"afterWork,omitempty"` // once the agent has finished what they have
}

// CallBody says whether the agent is on the telephone.
type CallBody struct {
	OnCall bool `json:"onCall"`
}

// WrapUpBody extends a wrap-up, or ends it with 0.
type WrapUpBody struct {
	Seconds int `json:"seconds"`
}

// SettingsBody is a campaign's configuration to check, save or try.
type SettingsBody struct {
	Campaign usher.Campaign `json:"campaign"`
	// Version is that of the [Settings] that were edited. Required to save.
	Version string `json:"version,omitempty"`
}

// AgentBody is an agent's configuration.
type AgentBody struct {
	Agent usher.Agent `json:"agent"`
}

// BlacklistBody puts entries on the list.
type BlacklistBody struct {
	Entries []blacklist.Entry `json:"entries"`
}

// BlacklistRemoveBody takes entries off the list: alias, scope and direction name them.
type BlacklistRemoveBody struct {
	Entries []blacklist.Entry `json:"entries"`
}

// BlacklistImportBody is a CSV file as [blacklist.ReadCSV] takes it.
type BlacklistImportBody struct {
	CSV   string `json:"csv"`
	Check bool   `json:"check,omitempty"` // only check it
}

// BlockBody puts the customer of an interaction on the list.
type BlockBody struct {
	Reason string `json:"reason"`
	// All lists the customer for all campaigns, not only for the interaction's.
	All       bool                `json:"all,omitempty"`
	Direction blacklist.Direction `json:"direction,omitempty"` // "" = both
	Expires   time.Time           `json:"expires,omitzero"`    // zero = never
}

// WhatIfBody asks for a simulation of a campaign with other settings.
type WhatIfBody struct {
	Campaign usher.Campaign `json:"campaign"`
	From     time.Time      `json:"from,omitzero"` // zero = a day before To
	To       time.Time      `json:"to,omitzero"`   // zero = now
}
