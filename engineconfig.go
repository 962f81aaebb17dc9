package usher

import (
	"context"
	"iter"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/strategy"
)

// Compile returns what the engine reads of a configuration, for those who drive an engine
// without a center, such as a simulation. A *[ConfigError] has every fault there is.
// Connectors and bots need only be named, which a center would look up.
func (c Config) Compile(strategies ...strategy.Strategy) ([]queue.Agent, []queue.Campaign, error) {
	list := canonical(c.Campaigns, strategies)
	names := settings.Names{Strategies: strategyNames(strategies)}
	if faults := settings.Validate(c.Agents, list, names); len(faults) > 0 {
		return nil, nil, configError(faults)
	}
	var agents []queue.Agent
	for i := range c.Agents {
		agents = append(agents, compileAgent(&c.Agents[i]))
	}
	var campaigns []queue.Campaign
	for i := range list {
		campaigns = append(campaigns, compileCampaign(&list[i]))
	}
	return agents, campaigns, nil
}

// Events yields the events of a journal from a sequence number on, in order, without
// opening a center: for reports and what-if studies. A journal that was truncated begins
// later; one error, of the journal or of a record that cannot be read, ends it.
func Events(ctx context.Context, j store.Journal, from uint64) iter.Seq2[queue.Event, error] {
	return func(yield func(queue.Event, error) bool) {
		for r, err := range j.Load(ctx, from) {
			ev := queue.Event{}
			if err == nil {
				ev, err = decodeEvent(r)
			}
			if !yield(ev, err) || err != nil {
				return
			}
		}
	}
}
