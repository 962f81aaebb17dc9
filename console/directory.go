package console

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

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

// called returns what agents, campaigns and actors are called, of those ids where that
// differs from the id. Actors are known once they have been let in.
func (c *Console) called(ids ...string) map[string]string {
	b := c.directory.have.Load()
	var names map[string]string
	for _, id := range ids {
		name := id
		if b != nil && id != "" {
			if name = b.agentName(id); name == id {
				name = b.campaignName(id)
			}
		}
		if name == id {
			name = c.met.name(id)
		}
		if name != id {
			if names == nil {
				names = map[string]string{}
			}
			names[id] = name
		}
	}
	return names
}

// acquaintances remembers what actors are called, since the journal has only their ids.
type acquaintances struct {
	mu    sync.Mutex
	names map[string]string
}

// mostMet bounds how many actors are remembered; when there are more, all are forgotten.
const mostMet = 10_000

func (m *acquaintances) meet(a *Actor) {
	if a.Name == "" || a.Name == a.ID {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.names == nil || len(m.names) >= mostMet {
		m.names = map[string]string{}
	}
	m.names[a.ID] = a.Name
}

func (m *acquaintances) name(id string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if name := m.names[id]; name != "" {
		return name
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

// serviceLevel is the threshold of a campaign, 0 = none.
func (b *book) serviceLevel(campaign string) time.Duration {
	if x := b.campaigns[campaign]; x != nil && x.WhatsApp != nil {
		return x.WhatsApp.ServiceLevel.Duration()
	}
	return 0
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
