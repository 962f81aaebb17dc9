package settings

// Agent is somebody who answers.
type Agent struct {
	// The id is what commands use.
	ID string `json:"id" set:"id"`
	// For people.
	Name string `json:"name,omitempty" set:"label"`
	// Interactions at once over all campaigns: active, offered and reserved. 0 = 1.
	Limit int `json:"limit,omitempty" set:"count zero=1"`
	// The same for single channels, such as {"whatsapp": 4}.
	ChannelLimits map[string]int `json:"channelLimits,omitempty" set:"limits"`
	// How long presence lasts, in full, from the last heartbeat; then the agent is offline.
	// 0 = for ever.
	Lease Seconds `json:"lease,omitempty" set:"seconds"`
	// What becomes of active interactions when presence lapses: left out, they stay with
	// the agent; `requeue`, they return to their queues with their age.
	Lapse string `json:"lapse,omitempty" set:"choice of=requeue"`
}

// Campaign is a line of business: who works in it, and its channels.
type Campaign struct {
	// The id is what commands use.
	ID string `json:"id" set:"id"`
	// For people.
	Name string `json:"name,omitempty" set:"label"`
	// Nothing new comes in or goes out, on any channel. Open interactions go on to their
	// end.
	Disabled bool `json:"disabled,omitempty" set:"switch"`
	// The IANA time zone of the campaign's day. Left out = UTC.
	Zone string `json:"zone,omitempty" set:"zone zero=UTC"`
	// Who works here. The place in the list is the position, which `linear` follows and
	// which breaks ties.
	Members []Member `json:"members,omitempty" set:"members"`
	// The card of the WhatsApp channel. Left out, the campaign has no such channel.
	WhatsApp *Card `json:"whatsapp,omitempty"`
}

// Member is an agent's membership of a campaign.
type Member struct {
	// The agent's id.
	Agent string `json:"agent" set:"agent"`
	// A lower tier is exhausted before the next is tried.
	Tier int `json:"tier,omitempty" set:"count"`
	// Lowers the weight of `wrandom`, which is 1 ÷ (1 + penalty).
	Penalty int `json:"penalty,omitempty" set:"count max=100"`
	// Interactions at once in this campaign. 0 = the agent's limit.
	Limit int `json:"limit,omitempty" set:"count zero=agent"`
	// What the agent can.
	Skills []Skill `json:"skills,omitempty" set:"skills"`
	// Takes away the permission to be given interactions.
	NoReceive bool `json:"noReceive,omitempty" set:"switch"`
	// Takes away the permission to start interactions.
	NoInitiate bool `json:"noInitiate,omitempty" set:"switch"`
}

// Skill is a skill with a level: what a member has, or the least that an interaction asks
// for.
type Skill struct {
	// The skill.
	Name string `json:"name" set:"name"`
	// 1 to 10; 0 = 1.
	Level int `json:"level,omitempty" set:"count min=1 max=10 zero=1"`
	// How long from queue entry a requirement is asked for; then it is dropped. 0 = as
	// long as the interaction waits. It has no meaning for what a member has.
	For Seconds `json:"for,omitempty" set:"seconds"`
}
