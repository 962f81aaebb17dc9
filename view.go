package usher

import (
	"context"
	"fmt"
	"time"

	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// Interaction returns an open interaction, or one that has ended and still has messages
// on their way.
func (c *Center) Interaction(id string) (v queue.InteractionView, ok bool) {
	_ = c.use(func(e *queue.Engine) { v, ok = e.Interaction(id) })
	return v, ok
}

// Interactions returns the open interactions of a campaign, "" = of all, by age.
func (c *Center) Interactions(campaign string) (list []queue.InteractionView) {
	_ = c.use(func(e *queue.Engine) { list = e.Interactions(campaign) })
	return list
}

// Visible returns the waiting interactions that an agent may take: those of campaigns with
// a pull strategy.
func (c *Center) Visible(agent string) (list []queue.InteractionView) {
	_ = c.use(func(e *queue.Engine) { list = e.Visible(agent) })
	return list
}

// Viewers returns the agents who may take a waiting interaction of a campaign with a pull
// strategy, by their place in the campaign: those for whom [Center.Visible] has it.
func (c *Center) Viewers(interaction string) (list []string) {
	_ = c.use(func(e *queue.Engine) { list = e.Viewers(interaction) })
	return list
}

// Explain says why a waiting interaction waits: what stands between it and every agent.
func (c *Center) Explain(ctx context.Context, interaction string) (queue.Explanation, error) {
	if err := c.load(ctx); err != nil {
		return queue.Explanation{}, err
	}
	var x queue.Explanation
	var refused error
	if err := c.use(func(e *queue.Engine) { x, refused = e.Explain(interaction) }); err != nil {
		return queue.Explanation{}, err
	}
	return x, refused
}

// Transcript returns the events of an interaction, open or ended, from the journal. The error
// wraps [queue.ErrUnknownInteraction] for one of which the journal has nothing, or nothing any
// more: see [Options.Retention].
func (c *Center) Transcript(ctx context.Context, interaction string) ([]queue.Event, error) {
	var out []queue.Event
	for r, err := range c.journal.Find(ctx, store.Query{Interaction: interaction}) {
		if err != nil {
			return nil, fmt.Errorf("usher: transcript of %s: %w", interaction, err)
		}
		ev, err := decodeEvent(r)
		if err != nil {
			return nil, err
		}
		out = append(out, ev)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("usher: transcript: %w", &queue.Error{Command: "transcript", Code: queue.ErrUnknownInteraction, Interaction: interaction})
	}
	return out, nil
}

// Blocked returns the history of attempts that a blacklist stopped, in both directions.
func (c *Center) Blocked() *blacklist.History { return c.history }

// Now returns the center's time.
func (c *Center) Now() time.Time { return c.now() }

// Agents returns all agents by id.
func (c *Center) Agents() (list []queue.AgentView) {
	_ = c.use(func(e *queue.Engine) { list = e.Agents() })
	return list
}

// Agent returns one agent.
func (c *Center) Agent(id string) (v queue.AgentView, ok bool) {
	_ = c.use(func(e *queue.Engine) { v, ok = e.Agent(id) })
	return v, ok
}

// Campaigns returns all campaigns by id, as they stand.
func (c *Center) Campaigns() (list []queue.CampaignView) {
	_ = c.use(func(e *queue.Engine) { list = e.Campaigns() })
	return list
}
