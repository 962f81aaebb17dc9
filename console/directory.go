package console

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/usher-go/usher"
)

// directory is the configuration as the console looks things up in it. It is made anew
// whenever the center's configuration changes.
type directory struct {
	have atomic.Pointer[book]
}

// book is one edition of the directory; it does not change.
type book struct {
	seq       uint64
	config    usher.Config
	campaigns map[string]*usher.Campaign
	agents    map[string]*usher.Agent
}

func (c *Console) book(ctx context.Context) (*book, error) {
	// Read before the configuration: a change in between only makes the next edition.
	seq := c.center.Configured()
	if b := c.directory.have.Load(); b != nil && b.seq == seq && seq != 0 {
		return b, nil
	}
	cfg, err := c.center.Config(ctx)
	if err != nil {
		return nil, err
	}
	b := &book{seq: seq, config: cfg, campaigns: map[string]*usher.Campaign{}, agents: map[string]*usher.Agent{}}
	for i := range cfg.Campaigns {
		b.campaigns[cfg.Campaigns[i].ID] = &cfg.Campaigns[i]
	}
	for i := range cfg.Agents {
		b.agents[cfg.Agents[i].ID] = &cfg.Agents[i]
	}
	c.directory.have.Store(b) // whoever is last: the next reader compares
	return b, nil
}

func (b *book) campaignName(id string) string {
	if x := b.campaigns[id]; x != nil && x.Name != "" {
		return x.Name
	}
	return id
}

func (b *book) agentName(id string) string {
	if a := b.agents[id]; a != nil && a.Name != "" {
		return a.Name
	}
	return id
}

func (b *book) member(campaign, agent string) (usher.Member, bool) {
	x := b.campaigns[campaign]
	if x == nil {
		return usher.Member{}, false
	}
	i := slices.IndexFunc(x.Members, func(m usher.Member) bool { return m.Agent == agent })
	if i < 0 {
		return usher.Member{}, false
	}
	return x.Members[i], true
}

func (b *book) numbers(campaign string) []string {
	if x := b.campaigns[campaign]; x != nil && x.WhatsApp != nil {
		return slices.Clone(x.WhatsApp.PhoneNumbers)
	}
	return []string{}
}

func (b *book) connector(campaign string) string {
	if x := b.campaigns[campaign]; x != nil && x.WhatsApp != nil {
		return x.WhatsApp.Connector
	}
	return ""
}
