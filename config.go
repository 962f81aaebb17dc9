package usher

import (
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/internal/strict"
)

// Config is the configuration of a center as people write it: its agents and campaigns.
// It is plain data, marshals to JSON and back, and counts time in seconds.
type Config struct {
	Agents    []Agent    `json:"agents,omitempty"`
	Campaigns []Campaign `json:"campaigns,omitempty"`
}

// Agent is somebody who answers.
type Agent struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Limit is how many interactions the agent can have at once, over all campaigns.
	// 0 means 1.
	Limit int `json:"limit,omitempty"`
	// ChannelLimits bounds single channels, such as {"whatsapp": 4}.
	ChannelLimits map[string]int `json:"channelLimits,omitempty"`
	// Lease is how long the agent's presence lasts without a heartbeat. 0 = for ever.
	Lease channel.Seconds `json:"lease,omitempty"`
	// Lapse says what becomes of active interactions when presence lapses: "" = they
	// stay with the agent, "requeue" = they return to their queues with their age.
	Lapse string `json:"lapse,omitempty"`
}

// Campaign is a line of business: who works in it, and its channels.
type Campaign struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Disabled lets nothing new in or out on any channel; open interactions go on to
	// their end.
	Disabled bool `json:"disabled,omitempty"`
	// Zone is the IANA time zone of the campaign's day; "" = UTC.
	Zone     string            `json:"zone,omitempty"`
	Members  []Member          `json:"members,omitempty"`
	WhatsApp *channel.WhatsApp `json:"whatsapp,omitempty"`
}

// Member is an agent's membership of a campaign. The place in the list is the position.
type Member struct {
	Agent   string          `json:"agent"`
	Tier    int             `json:"tier,omitempty"`    // a lower tier is exhausted first
	Penalty int             `json:"penalty,omitempty"` // 0 to 100
	Limit   int             `json:"limit,omitempty"`   // in this campaign; 0 = the agent's
	Skills  []channel.Skill `json:"skills,omitempty"`
	// NoReceive and NoInitiate take away the permission to be given interactions, and
	// to start them.
	NoReceive  bool `json:"noReceive,omitempty"`
	NoInitiate bool `json:"noInitiate,omitempty"`
}

// ParseConfig reads a configuration from JSON. Every unknown field and every value of the
// wrong type is reported, in one [ConfigError]. The configuration that comes with an error
// is what could be read of it, for whoever wants to check the rest at once; empty when that
// is not possible.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	var faults strict.Faults
	faults.Under("", strict.Unmarshal(data, &c))
	return c, configError(faults)
}

// ConfigError is everything that is wrong with a configuration.
type ConfigError struct{ Faults []Fault }

// Fault is one thing wrong, such as {"campaigns[0].whatsapp.maxTime", "must be ≥ 0, is -5"}.
type Fault struct {
	Path    string `json:"path"`
	Problem string `json:"problem"`
}

// Error implements error, a line for each fault.
func (e *ConfigError) Error() string {
	list := make(strict.Faults, len(e.Faults))
	for i, f := range e.Faults {
		list[i] = strict.Fault(f)
	}
	return "usher: configuration:\n" + list.Error()
}

func configError(list strict.Faults) error {
	if len(list) == 0 {
		return nil
	}
	e := &ConfigError{}
	for _, f := range list {
		e.Faults = append(e.Faults, Fault(f))
	}
	return e
}
