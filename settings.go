package usher

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/strategy"
)

// Check returns the *[ConfigError] that [Center.Configure] would return, and changes
// nothing. nil means that Configure with cfg would succeed as things are.
func (c *Center) Check(ctx context.Context, cfg Config) error {
	have, err := c.current(ctx)
	if err != nil {
		return err
	}
	_, err = c.plan(ctx, cfg, have, "")
	return err
}

// Config returns the configuration that the center has, as people write it. A campaign
// whose channel settings were made or changed by a command of package queue has no card;
// [Center.Configure] keeps these settings.
func (c *Center) Config(ctx context.Context) (Config, error) {
	have, err := c.current(ctx)
	if err != nil {
		return Config{}, err
	}
	var cfg Config
	for _, a := range have.agents {
		cfg.Agents = append(cfg.Agents, decompileAgent(a))
	}
	for _, q := range have.campaigns {
		cfg.Campaigns = append(cfg.Campaigns, decompileCampaign(q))
	}
	return cfg, nil
}

func decompileAgent(a queue.Agent) Agent {
	return Agent{
		ID: a.ID, Name: a.Name, Limit: a.Limit, ChannelLimits: maps.Clone(a.ChannelLimits),
		Lease: seconds(a.Lease), Lapse: string(a.Lapse),
	}
}

// seconds returns a duration in whole seconds, rounded up.
func seconds(d time.Duration) settings.Seconds {
	return settings.Seconds((d + time.Second - 1) / time.Second)
}

// decompileCampaign returns a campaign of the engine as people write it. The card is the
// one that it was compiled from; if the settings of the channel are not that card's, a
// command has changed them, and there is none.
func decompileCampaign(q queue.Campaign) Campaign {
	c := Campaign{ID: q.ID, Name: q.Name, Disabled: q.Disabled, Zone: q.Zone, Members: decompileMembers(q.Members)}
	var written Campaign
	if len(q.Settings) == 0 || json.Unmarshal(q.Settings, &written) != nil || written.WhatsApp == nil {
		return c
	}
	made := compileCampaign(&written)
	made.ID, made.Name, made.Zone, made.Members = q.ID, q.Name, q.Zone, q.Members
	// A card of a version without bounds may have been cut to them, or have wrapped.
	if unchanged(made, q) || written.WhatsApp.Validate() != nil {
		c.WhatsApp, c.Disabled = written.WhatsApp, written.Disabled
	}
	return c
}

func decompileMembers(list []queue.Member) []Member {
	var out []Member
	for _, m := range list {
		x := Member{
			Agent: m.Agent, Tier: m.Tier, Penalty: m.Penalty, Limit: m.Limit,
			NoReceive: m.NoReceive, NoInitiate: m.NoInitiate,
		}
		for _, s := range m.Skills {
			x.Skills = append(x.Skills, settings.Skill{Name: s.Name, Level: s.Level, For: seconds(s.For)})
		}
		out = append(out, x)
	}
	return out
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
	n.Strategies = strategyNames(c.opts.Strategies)
	return n
}

// strategyNames returns the names of the built-in strategies and of the host's own.
func strategyNames(own []strategy.Strategy) (names []string) {
	for _, s := range append(strategy.Builtin(), own...) {
		names = append(names, s.Name())
	}
	return names
}

// Connector returns a connector by name, nil if there is none.
func (c *Center) Connector(name string) channel.Connector { return c.connectors[name] }
