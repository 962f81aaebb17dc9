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
func (c *Center) Interaction(id string) (queue.InteractionView, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engine == nil {
		return queue.InteractionView{}, false
	}
	return c.engine.Interaction(id)
}

// Interactions returns the open interactions of a campaign, "" = of all, by age.
func (c *Center) Interactions(campaign string) []queue.InteractionView {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engine == nil {
		return nil
	}
	return c.engine.Interactions(campaign)
}

// Visible returns the waiting interactions that an agent may take: those of campaigns with
// a pull strategy.
func (c *Center) Visible(agent string) []queue.InteractionView {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engine == nil {
		return nil
	}
	return c.engine.Visible(agent)
}

// Viewers returns the agents who may take a waiting interaction of a campaign with a pull
// strategy, by their place in the campaign: those for whom [Center.Visible] has it.
func (c *Center) Viewers(interaction string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engine == nil {
		return nil
	}
	return c.engine.Viewers(interaction)
}

// Explain says why a waiting interaction waits: what stands between it and every agent.
func (c *Center) Explain(ctx context.Context, interaction string) (queue.Explanation, error) {
	if err := c.load(ctx); err != nil {
		return queue.Explanation{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.engine.Explain(interaction)
}

// Transcript returns the events of an interaction, open or ended, from the journal.
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
	return out, nil
}

// Blocked returns the history of attempts that a blacklist stopped, in both directions.
func (c *Center) Blocked() *blacklist.History { return c.history }

// Now returns the center's time.
func (c *Center) Now() time.Time { return c.now() }

// Agents returns all agents by id.
func (c *Center) Agents() []queue.AgentView {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engine == nil {
		return nil
	}
	return c.engine.Agents()
}

// Agent returns one agent.
func (c *Center) Agent(id string) (queue.AgentView, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engine == nil {
		return queue.AgentView{}, false
	}
	return c.engine.Agent(id)
}

// Campaigns returns all campaigns by id, as they stand.
func (c *Center) Campaigns() []queue.CampaignView {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engine == nil {
		return nil
	}
	return c.engine.Campaigns()
}
