package usher

import (
	"context"
	"fmt"
	"slices"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/strategy"
)

// plan checks cfg as a change of the configuration that the center has, and returns the
// commands that perform it. The commands are tried on an engine with that configuration,
// so that what passes here is what the center's engine accepts.
func (c *Center) plan(ctx context.Context, cfg Config, have current, by string) ([]queue.Command, error) {
	cfg.Campaigns = canonical(cfg.Campaigns, c.opts.Strategies)
	names, err := c.referable(ctx, cfg, have)
	if err != nil {
		return nil, err
	}
	if faults := settings.Validate(cfg.Agents, cfg.Campaigns, names); len(faults) > 0 {
		return nil, configError(faults)
	}
	trial, err := c.trial(have)
	if err != nil {
		return nil, err
	}
	p := planner{center: c, trial: trial, have: have, by: by}
	p.agents(cfg.Agents)
	p.campaigns(cfg.Campaigns)
	return p.commands, configError(p.faults)
}

// referable is what cfg may refer to: what is registered, and what it leaves as it is. The
// error is that of a connector which does not say its numbers.
func (c *Center) referable(ctx context.Context, cfg Config, have current) (settings.Names, error) {
	names := c.Names()
	out := settings.Names{Strategies: names.Strategies, Bots: append([]string{}, names.Bots...), Numbers: map[string]string{}}
	named := map[string]bool{}
	for _, x := range cfg.Campaigns {
		if x.WhatsApp != nil {
			named[x.WhatsApp.Connector] = true
		}
	}
	var err error
	if out.Connectors, err = c.describe(ctx, names.Connectors, named); err != nil {
		return out, err
	}
	for _, a := range have.agents {
		out.Agents = append(out.Agents, a.ID)
	}
	for _, q := range have.campaigns {
		out.Campaigns = append(out.Campaigns, q.ID)
		if slices.ContainsFunc(cfg.Campaigns, func(x Campaign) bool { return x.ID == q.ID }) {
			continue
		}
		for _, n := range q.Numbers {
			out.Numbers[n] = q.ID
		}
	}
	return out, nil
}

// describe returns connectors by name; only those that are named are asked for their numbers.
func (c *Center) describe(ctx context.Context, names []string, named map[string]bool) ([]settings.Connector, error) {
	out := make([]settings.Connector, len(names))
	for i, name := range names {
		out[i].Name = name
		if !named[name] {
			continue
		}
		full, err := calling(ctx, c, "connector "+name, hookTimeout, func(context.Context) (settings.Connector, error) {
			conn := c.connectors[name]
			return settings.Connector{Name: name, Channel: conn.Channel(), Numbers: conn.Numbers()}, nil
		})
		if err != nil {
			return nil, fmt.Errorf("usher: configuration: %w", err)
		}
		out[i] = full
	}
	return out, nil
}

// trial returns an engine that has a configuration and nothing else.
func (c *Center) trial(have current) (*queue.Engine, error) {
	engine, err := queue.New(c.engineConfig())
	if err != nil {
		return nil, err
	}
	now := c.now()
	var events []queue.Event
	add := func(ev queue.Event) {
		ev.Seq, ev.At = uint64(len(events)+1), now
		events = append(events, ev)
	}
	for i := range have.agents {
		add(queue.Event{Kind: queue.AgentConfigured, Agent: have.agents[i].ID, AgentConfig: &have.agents[i]})
	}
	for i := range have.campaigns {
		add(queue.Event{Kind: queue.CampaignConfigured, Campaign: have.campaigns[i].ID, Config: &have.campaigns[i]})
	}
	if err := engine.Replay(events); err != nil {
		return nil, fmt.Errorf("usher: configuration: %w", err)
	}
	return engine, nil
}

// planner collects the commands of a change.
type planner struct {
	center   *Center
	trial    *queue.Engine
	have     current
	by       string
	faults   settings.Faults
	commands []queue.Command
}

// try adds a command if the trial accepts it. The trial refuses nothing that was validated;
// if it does, the fault has the path of the agent or campaign.
func (p *planner) try(path string, command queue.Command) {
	if _, err := p.trial.Step(p.center.now(), command); err != nil {
		p.faults.Under(path, err)
		return
	}
	p.commands = append(p.commands, command)
}

func (p *planner) agents(list []Agent) {
	for i := range list {
		if have, ok := p.have.agent(list[i].ID); !ok || !sameJSON(list[i], decompileAgent(have)) {
			p.try(fmt.Sprintf("agents[%d]", i), queue.ConfigureAgent{Agent: compileAgent(&list[i]), By: p.by})
		}
	}
}

func (p *planner) campaigns(list []Campaign) {
	p.handOver(list)
	for i := range list {
		q := compileCampaign(&list[i])
		if have, ok := p.have.campaign(q.ID); ok {
			if q = over(&list[i], have); sameJSON(list[i], decompileCampaign(have)) && unchanged(q, have) {
				continue
			}
		}
		p.try(fmt.Sprintf("campaigns[%d]", i), queue.Configure{Campaign: q, By: p.by})
	}
}

// handOver first takes numbers from campaigns of the change that lose them to others, so
// that no number belongs to two at any time.
func (p *planner) handOver(list []Campaign) {
	place, taken := map[string]int{}, map[string]string{}
	for i, x := range list {
		place[x.ID] = i
		if x.WhatsApp != nil {
			for _, n := range x.WhatsApp.PhoneNumbers {
				taken[n] = x.ID
			}
		}
	}
	for _, have := range p.have.campaigns {
		i, changes := place[have.ID]
		if !changes {
			continue // no campaign of the change has one of its numbers
		}
		kept := slices.DeleteFunc(slices.Clone(have.Numbers), func(n string) bool {
			owner, ok := taken[n]
			return ok && owner != have.ID
		})
		if len(kept) < len(have.Numbers) {
			have.Numbers = kept
			p.try(fmt.Sprintf("campaigns[%d]", i), queue.Configure{Campaign: have, By: p.by})
		}
	}
}

// canonical returns campaigns with the names of strategies that other names stand for. A
// strategy of the host's with the name of an alias comes first, as in the engine.
func canonical(list []Campaign, own []strategy.Strategy) []Campaign {
	out := slices.Clone(list)
	for i := range out {
		w := out[i].WhatsApp
		if w == nil || slices.ContainsFunc(own, func(s strategy.Strategy) bool { return s.Name() == w.Strategy }) {
			continue
		}
		card := *w
		card.Strategy = strategy.Canonical(w.Strategy)
		out[i].WhatsApp = &card
	}
	return out
}
