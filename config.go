package usher

import (
	"github.com/usher-go/usher/internal/fault"
	"github.com/usher-go/usher/internal/strict"
	"github.com/usher-go/usher/settings"
)

// Config is the configuration of a center: its agents and campaigns. It is plain data,
// marshals to JSON and back, and counts time in seconds. Package settings says what each
// setting means.
type Config struct {
	Agents    []Agent    `json:"agents,omitempty"`
	Campaigns []Campaign `json:"campaigns,omitempty"`
}

// Agent is somebody who answers.
type Agent = settings.Agent

// Campaign is a line of business: who works in it, and its channels.
type Campaign = settings.Campaign

// Member is an agent's membership of a campaign. The place in the list is the position.
type Member = settings.Member

// Fault is one thing wrong, such as {"campaigns[0].whatsapp.maxTime", "must be ≥ 0, is -5"}.
type Fault = settings.Fault

// ParseConfig reads a configuration from JSON. Every unknown field and every value of the
// wrong type is reported, in one [ConfigError]. The configuration that comes with an error
// is what could be read of it, for whoever wants to check the rest at once; empty when that
// is not possible.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	var faults fault.Faults
	faults.Under("", strict.Unmarshal(data, &c))
	return c, configError(faults)
}

// ConfigError is everything that is wrong with a configuration.
type ConfigError struct{ Faults []Fault }

// Error implements error, a line for each fault.
func (e *ConfigError) Error() string {
	return "usher: configuration:\n" + settings.Faults(e.Faults).Error()
}

func configError(list settings.Faults) error {
	if len(list) == 0 {
		return nil
	}
	return &ConfigError{Faults: list}
}
