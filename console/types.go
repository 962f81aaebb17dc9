package console

import (
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/sla"
)

// The types of this file are what the API answers; docs/http.md explains them. Times are
// UTC, spans are seconds unless their name says otherwise, and an instant that does not
// apply is left out.

// Session is who is looking and what this console can do.
type Session struct {
	Actor       ActorView     `json:"actor"`
	Now         time.Time     `json:"now"`
	Cursor      string        `json:"cursor"` // where a stream may begin
	Demo        bool          `json:"demo"`   // everybody is let in: say so on every page
	Title       string        `json:"title,omitempty"`
	Features    Features      `json:"features"`
	Heartbeat   int           `json:"heartbeat"` // seconds between two signs of life of the stream
	Pauses      []string      `json:"pauses"`
	Outcomes    []string      `json:"dispositions"`
	Templates   []Template    `json:"templates"`
	MaxText     int           `json:"maxText"`    // characters (Unicode code points) of a text message
	MaxCaption  int           `json:"maxCaption"` // characters of the text with a file
	MaxUpload   int64         `json:"maxUpload"`  // bytes of a file
	Definitions []sla.Formula `json:"definitions"`
}

// ActorView is an [Actor] as the page sees them.
type ActorView struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Agent     string   `json:"agent,omitempty"`     // the agent they are
	Can       []string `json:"can"`                 // "work", "watch", "read", "supervise", "configure"
	Campaigns []string `json:"campaigns,omitempty"` // they are confined to these; none = all
}

// Features says which parts the host has plugged in.
type Features struct {
	WhatIf    bool `json:"whatIf"`
	Blacklist bool `json:"blacklist"` // the center's own list can be edited
	Media     bool `json:"media"`     // some connector fetches files
	Upload    bool `json:"upload"`    // some connector takes files
}

// Template is a message that may be sent when the window is closed.
type Template struct {
	Name      string   `json:"name"`
	Language  string   `json:"language"`
	Text      string   `json:"text,omitempty"`      // as customers see it, with {{1}}, {{2}} … for parameters
	Params    int      `json:"params,omitempty"`    // how many parameters the body has
	Campaigns []string `json:"campaigns,omitempty"` // where it is offered; none = everywhere
}

// Board is the dashboard: how things stand, and what was counted since From.
type Board struct {
	Now       time.Time      `json:"now"`
	From      time.Time      `json:"from"`
	Cursor    string         `json:"cursor"`
	Total     CampaignLine   `json:"total"` // of the campaigns below
	Campaigns []CampaignLine `json:"campaigns"`
	Agents    []AgentLine    `json:"agents"`
}

// CampaignLine is one campaign on the board.
type CampaignLine struct {
	ID      string `json:"id"` // "" of the total
	Name    string `json:"name"`
	Open    bool   `json:"open"`
	Enabled bool   `json:"enabled"`
	// How it stands now. Offered are those of Waiting that an agent is being asked for.
	Waiting int       `json:"waiting"`
	Offered int       `json:"offered"`
	Active  int       `json:"active"`
	Parked  int       `json:"parked"` // of Active
	Bots    int       `json:"bots"`
	Oldest  time.Time `json:"oldest,omitzero"` // queue entry of the one that waits longest
	// Late are those of Waiting that are beyond the service level's threshold: they are not
	// answered yet, so that no figure of Counts has them.
	Late int `json:"late"`
	// ServiceLevel is the threshold in seconds, 0 = none; MaxWaiting the queue's limit.
	ServiceLevel int `json:"serviceLevel"`
	MaxWaiting   int `json:"maxWaiting"`
	// What was counted: raw counters, and the named figures made of them. A figure that
	// nothing was counted for is null.
	Counts  sla.Counts          `json:"counts"`
	Figures map[string]*float64 `json:"figures"`
	Ended   int64               `json:"ended"` // interactions that ended, refusals included
	// Staff counts members by activity; see AgentLine.Activity.
	Staff map[string]int `json:"staff"`
}

// AgentLine is one agent on the board.
type AgentLine struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	State     queue.State `json:"state"` // what the agent said
	Reason    string      `json:"reason,omitempty"`
	AfterWork bool        `json:"afterWork,omitempty"` // nothing new: the agent leaves after this
	OnCall    bool        `json:"onCall,omitempty"`
	// Activity is what the agent does: offline, paused, wrapup, offered, busy (has
	// interactions), available.
	Activity string    `json:"activity"`
	Since    time.Time `json:"since,omitzero"` // in this state
	// BusySince is the answer of the oldest interaction that the agent has.
	BusySince time.Time `json:"busySince,omitzero"`
	WrapUntil time.Time `json:"wrapUntil,omitzero"` // end of wrap-up
	Load      int       `json:"load"`
	Limit     int       `json:"limit"`
	Active    int       `json:"active"` // interactions the agent has, parked ones included
	Asked     int       `json:"asked"`  // offers that are out
	Campaigns []string  `json:"campaigns"`
}

// Series is a campaign's counters by interval, oldest first.
type Series struct {
	Campaign  string     `json:"campaign,omitempty"` // "" = all that the actor sees
	Intervals []Interval `json:"intervals"`
}

// Interval is one interval of a [Series].
type Interval struct {
	Start   time.Time           `json:"start"`
	End     time.Time           `json:"end"`
	Counts  sla.Counts          `json:"counts"`
	Figures map[string]*float64 `json:"figures"`
}

// Interaction is one conversation, open or ended.
type Interaction struct {
	ID           string            `json:"id"`
	Campaign     string            `json:"campaign"`
	CampaignName string            `json:"campaignName,omitempty"`
	Customer     string            `json:"customer,omitempty"`
	Name         string            `json:"name,omitempty"`    // the customer's
	Address      string            `json:"address,omitempty"` // the customer's, such as phone:5511912345678
	Number       string            `json:"number,omitempty"`  // ours
	Owner        queue.Owner       `json:"owner"`             // bot, queue, agent, nobody = ended
	Agent        string            `json:"agent,omitempty"`   // who has it, or had it last
	Bot          string            `json:"bot,omitempty"`
	Offered      string            `json:"offered,omitempty"`  // the agent being asked
	Transfer     bool              `json:"transfer,omitempty"` // Agent is handing it to Offered
	Until        time.Time         `json:"until,omitzero"`     // of the offer or transfer; none = no limit
	Reason       string            `json:"reason,omitempty"`   // why Agent is handing it on; on desks and for a single interaction
	Names        map[string]string `json:"names,omitempty"`    // what Agent and Offered are called, where that differs from the id
	Parked       bool              `json:"parked,omitempty"`
	Over         bool              `json:"over,omitempty"`
	Outbound     bool              `json:"outbound,omitempty"`
	Listed       bool              `json:"listed,omitempty"` // the customer was blacklisted while Agent has it
	Opened       time.Time         `json:"opened"`
	Queued       time.Time         `json:"queued,omitzero"` // its age counts from here
	Taken        time.Time         `json:"taken,omitzero"`
	Waited       float64           `json:"waited,omitempty"` // seconds in the queue before the latest answer, or before the end
	Ended        time.Time         `json:"ended,omitzero"`
	Outcome      string            `json:"outcome,omitempty"` // of one that has ended
	Disposition  string            `json:"disposition,omitempty"`
	Position     int               `json:"position,omitempty"`
	Priority     int               `json:"priority,omitempty"`
	Skills       []queue.Skill     `json:"skills,omitempty"`
	Vars         map[string]string `json:"vars,omitempty"`
	Sending      int               `json:"sending,omitempty"` // messages not settled yet
	// WindowUntil is when free text can no longer be sent; none = no such limit.
	WindowUntil time.Time `json:"windowUntil,omitzero"`
	// Version goes up with every message and every change of hands. Commands name the one
	// they were based on. Only where the conversation or a desk is asked for; 0 = not told.
	Version uint64 `json:"version,omitempty"`
	// Last is the latest message, for lists; on desks only.
	Last *Item `json:"last,omitempty"`
	// May lists the commands that the actor may try now, such as "accept". On desks and
	// for a single interaction.
	May []string `json:"may,omitempty"`
}

// Interactions is a list of interactions.
type Interactions struct {
	Cursor       string        `json:"cursor"`
	Interactions []Interaction `json:"interactions"`
	// Next is what to give as before for the page after this one; "" = the last page.
	Next string `json:"next,omitempty"`
	// Complete is false when older interactions were forgotten; see docs/http.md.
	Complete bool `json:"complete"`
}

// Explanation says why an interaction waits.
type Explanation struct {
	Interaction string `json:"interaction"`
	queue.Explanation
}

// Conversation is a page of what was said and done, oldest first.
type Conversation struct {
	Interaction Interaction `json:"interaction"`
	Cursor      string      `json:"cursor"`
	Items       []Item      `json:"items"`
	// Before is what to give as before for the items that came before; 0 = none.
	Before uint64 `json:"before,omitempty"`
}

// Item is one line of a conversation.
type Item struct {
	// ID stays the same for ever; Seq orders items.
	ID  string    `json:"id"`
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
	// Type is "message" or "event".
	Type string `json:"type"`
	// From says who: "customer", "agent", "bot" or "system". Agent or Bot is who exactly.
	From  string `json:"from"`
	Agent string `json:"agent,omitempty"`
	Bot   string `json:"bot,omitempty"`
	By    string `json:"by,omitempty"` // the actor behind it, when not the agent
	// Names has what the agents, campaigns and actors in it are called, by id, where that
	// differs from the id.
	Names map[string]string `json:"names,omitempty"`
	// Of a message. ProviderID is by what replies and reactions name one that was sent; it
	// is known once the provider has taken it. Media is where its file is, relative to the console; "" = none to be had.
	Message    *channel.Message `json:"message,omitempty"`
	ProviderID string           `json:"providerId,omitempty"`
	Media      string           `json:"media,omitempty"`
	// Late is the age in seconds of a customer's message that came late; see lateAfter in
	// the settings.
	Late float64 `json:"late,omitempty"`
	// Delivery is how far an outbound message has come: queued, sending, unknown,
	// accepted, sent, delivered, read, played, failed. Problem says why it failed.
	Delivery string `json:"delivery,omitempty"`
	Problem  string `json:"problem,omitempty"`
	Code     int    `json:"code,omitempty"` // the provider's
	// Of an event: its kind, such as "transfer.started", and what goes with it.
	Kind     queue.Kind `json:"kind,omitempty"`
	To       string     `json:"to,omitempty"`       // agent or campaign
	Campaign string     `json:"campaign,omitempty"` // it is in since then
	Reason   string     `json:"reason,omitempty"`
	Outcome  string     `json:"outcome,omitempty"`
	Text     string     `json:"text,omitempty"` // of a note; of a template with its values
	Wait     float64    `json:"wait,omitempty"` // seconds
	Until    time.Time  `json:"until,omitzero"`
}

// Timeline is everything that happened to an interaction, as the journal has it, without
// what was said.
type Timeline struct {
	Interaction Interaction       `json:"interaction"`
	Events      []queue.Event     `json:"events"`
	Names       map[string]string `json:"names"` // what agents, campaigns and actors in Events are called
}

// Desk is what an agent has before them.
type Desk struct {
	Now       time.Time     `json:"now"`
	Cursor    string        `json:"cursor"`
	Agent     AgentLine     `json:"agent"`
	Pending   []Interaction `json:"pending"`   // offers and transfers to the agent, then what may be taken
	Active    []Interaction `json:"active"`    // the agent has them, parked ones included
	History   []Interaction `json:"history"`   // the latest 50 that the agent had, ended or handed on
	Campaigns []CampaignRef `json:"campaigns"` // the agent works in
}

// CampaignRef is a campaign where it is named.
type CampaignRef struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Open     bool     `json:"open"`
	Enabled  bool     `json:"enabled"`
	Waiting  int      `json:"waiting"`
	Numbers  []string `json:"numbers"`
	Initiate bool     `json:"initiate,omitempty"` // the actor may start interactions
}

// Campaigns lists the campaigns that the actor sees.
type Campaigns struct {
	Campaigns []CampaignRef `json:"campaigns"`
}

// Targets is to whom an interaction can be transferred.
type Targets struct {
	Agents    []TargetAgent `json:"agents"`
	Campaigns []CampaignRef `json:"campaigns"`
}

// TargetAgent is an agent an interaction can be transferred to.
type TargetAgent struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Activity string `json:"activity"`
	Load     int    `json:"load"`
	Limit    int    `json:"limit"`
	// Obstacle is what stands in the way, such as "full"; "" = nothing does.
	Obstacle string `json:"obstacle,omitempty"`
}

// Agents lists agents.
type Agents struct {
	Agents []AgentLine `json:"agents"`
}

// Done is the answer to a command on an interaction.
type Done struct {
	Interaction Interaction `json:"interaction"`
	Cursor      string      `json:"cursor"` // of the state that it left
}

// AgentDone is the answer to a command on an agent.
type AgentDone struct {
	Agent  AgentLine `json:"agent"`
	Cursor string    `json:"cursor"`
}

// Settings is a campaign's configuration and what may be chosen in it.
type Settings struct {
	Campaign usher.Campaign `json:"campaign"`
	Agents   []usher.Agent  `json:"agents"`
	Version  string         `json:"version"` // names exactly this configuration
	Choices  Choices        `json:"choices"`
	// Fields are the settings of the card, with paths below it: what the page is made of.
	Fields []settings.Field `json:"fields"`
}

// Choices are the names that settings may use.
type Choices struct {
	Connectors    []ConnectorRef `json:"connectors"`
	Strategies    []string       `json:"strategies"`
	Eligibilities []string       `json:"eligibilities"`
	Bots          []string       `json:"bots"`
	Campaigns     []CampaignRef  `json:"campaigns"`
}

// ConnectorRef is a connector and its numbers; Taken has the campaign of those in use.
type ConnectorRef struct {
	Name    string            `json:"name"`
	Channel string            `json:"channel"`
	Numbers []string          `json:"numbers"`
	Taken   map[string]string `json:"taken"`
}

// Preview is what saving settings would do.
type Preview struct {
	// Faults is everything wrong; with any, nothing can be saved.
	Faults []usher.Fault `json:"faults"`
	// Warnings are settings that can have no effect; they can be saved.
	Warnings []usher.Fault `json:"warnings"`
	// Changes are the settings that differ, by path. Effects say what follows for those
	// who are in the campaign now.
	Changes []Change `json:"changes"`
	Effects []Effect `json:"effects"`
	Waiting int      `json:"waiting"` // interactions in the queue now
	Active  int      `json:"active"`  // with agents
	Version string   `json:"version"` // of the configuration that it would replace
}

// Change is one setting that differs.
type Change struct {
	Path string `json:"path"` // such as "whatsapp.maxTime"
	From any    `json:"from"` // null = it was not there
	To   any    `json:"to"`   // null = it will not be there
}

// Effect is one consequence of a change.
type Effect struct {
	// Kind is a fixed name: see docs/http.md.
	Kind  string `json:"kind"`
	Count int    `json:"count"` // how many are concerned
	Text  string `json:"text"`  // the same in English
}

// BlacklistPage is the blacklist.
type BlacklistPage struct {
	Entries []blacklist.Entry `json:"entries"`
	Total   int               `json:"total"` // that match, of which Entries may be the first
}

// BlacklistHistory is what the blacklist stopped, the latest first.
type BlacklistHistory struct {
	Attempts []blacklist.Attempt `json:"attempts"`
	Totals   blacklist.Totals    `json:"totals"`
}

// BlacklistChange is the answer to a change of the blacklist.
type BlacklistChange struct {
	Added   int  `json:"added"`             // new or replaced
	Removed int  `json:"removed"`           //
	Total   int  `json:"total"`             // entries on the list now
	Checked bool `json:"checked,omitempty"` // only checked: nothing has changed
}

// Uploaded is a file that a message may carry.
type Uploaded struct {
	Media channel.MediaRef `json:"media"`
	Kind  channel.Kind     `json:"kind"` // of the message to send it with
}

// Run is a simulation that was asked for.
type Run struct {
	ID       string        `json:"id"`
	Campaign string        `json:"campaign"`
	State    string        `json:"state"`    // "running", "done", "failed" or "cancelled"
	Progress float64       `json:"progress"` // 0 to 1
	Started  time.Time     `json:"started"`
	Problem  string        `json:"problem,omitempty"`
	Result   *WhatIfResult `json:"result,omitempty"`
}

// Notice of a change, on the stream. One arrives for everything that concerns the actor's desk, or an
// interaction that they follow.
type Notice struct {
	Seq         uint64     `json:"seq"`
	At          time.Time  `json:"at"`
	Kind        queue.Kind `json:"kind"`
	Interaction string     `json:"interaction,omitempty"`
	Campaign    string     `json:"campaign,omitempty"`
	Agent       string     `json:"agent,omitempty"`
	Until       time.Time  `json:"until,omitzero"`
	// Item is the new line of the conversation, if the event is one; for message.state it
	// is the message that moved, with ID, Delivery, Problem and Code alone.
	Item *Item `json:"item,omitempty"`
}

// Events is the answer to a poll.
type Events struct {
	Cursor string `json:"cursor"`
	// Gap says that events were missed: read everything again.
	Gap    bool    `json:"gap"`
	Events []Frame `json:"events"`
}

// Frame is one event of the stream.
type Frame struct {
	ID   string `json:"id"`
	Type string `json:"type"` // "change", "board"
	Data any    `json:"data"`
}

// BoardNotice tells that the board has changed, at most once a second.
type BoardNotice struct {
	At        time.Time `json:"at"`
	Campaigns []string  `json:"campaigns"` // in which something happened
}

// Problem is the body of every answer with a status of 400 or more.
type Problem struct {
	Error ProblemDetail `json:"error"`
}

// ProblemDetail says what is wrong and what to do.
type ProblemDetail struct {
	Code        string        `json:"code"`    // a fixed name: see docs/http.md
	Message     string        `json:"message"` // for people, English
	Interaction string        `json:"interaction,omitempty"`
	Agent       string        `json:"agent,omitempty"`
	Campaign    string        `json:"campaign,omitempty"`
	Reason      string        `json:"reason,omitempty"`
	Faults      []usher.Fault `json:"faults,omitempty"` // of a configuration or a list
	// News is what the customer or others said since the version that a command was based
	// on; Version is the one that includes it. Of the code "outdated".
	News    []Item `json:"news,omitempty"`
	Version uint64 `json:"version,omitempty"`
}
