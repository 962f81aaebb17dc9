package usher

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// check returns the configuration that the center has, and everything that is wrong with
// cfg as a change of it.
func (c *Center) check(ctx context.Context, cfg Config) (have queue.Snapshot, err error) {
	if err := c.load(ctx); err != nil {
		return have, err
	}
	if have, err = c.engineSettings(); err != nil {
		return have, err
	}
	return have, c.validate(cfg, have)
}

// Check returns the *[ConfigError] that [Center.Configure] would return, and changes
// nothing.
func (c *Center) Check(ctx context.Context, cfg Config) error {
	_, err := c.check(ctx, cfg)
	return err
}

// Config returns the configuration that the center has, as people write it. Campaigns that
// were configured by a command of package queue alone have no card.
func (c *Center) Config(ctx context.Context) (Config, error) {
	if err := c.load(ctx); err != nil {
		return Config{}, err
	}
	have, err := c.engineSettings()
	if err != nil {
		return Config{}, err
	}
	var cfg Config
	for _, a := range have.Agents {
		cfg.Agents = append(cfg.Agents, decompileAgent(a.Config))
	}
	for _, x := range have.Campaigns {
		campaign := Campaign{ID: x.Config.ID, Name: x.Config.Name, Disabled: x.Config.Disabled, Zone: x.Config.Zone}
		if len(x.Config.Settings) > 0 {
			if err := json.Unmarshal(x.Config.Settings, &campaign); err != nil {
				return Config{}, fmt.Errorf("usher: settings of campaign %q: %w", x.Config.ID, err)
			}
		}
		cfg.Campaigns = append(cfg.Campaigns, campaign)
	}
	return cfg, nil
}

func decompileAgent(a queue.Agent) Agent {
	return Agent{
		ID: a.ID, Name: a.Name, Limit: a.Limit, ChannelLimits: a.ChannelLimits,
		Lease: channel.Seconds(a.Lease.Seconds()), Lapse: string(a.Lapse),
	}
}

// Names are what a configuration may refer to by name, each in order.
type Names struct {
	Connectors []string `json:"connectors"`
	Strategies []string `json:"strategies"`
	Bots       []string `json:"bots"`
}

// Names returns what a configuration may refer to.
func (c *Center) Names() Names {
	n := Names{
		Connectors: slices.Sorted(maps.Keys(c.connectors)), Bots: slices.Sorted(maps.Keys(c.opts.Bots)),
	}
	for _, s := range strategy.Builtin() {
		n.Strategies = append(n.Strategies, s.Name())
	}
	for _, s := range c.opts.Strategies {
		n.Strategies = append(n.Strategies, s.Name())
	}
	return n
}

// Connector returns a connector by name, nil if there is none.
func (c *Center) Connector(name string) channel.Connector { return c.connectors[name] }
