package usher

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/usher-go/usher/queue"
)

// Configure sets agents and campaigns, new or in place of those that the center has;
// others stay as they are. It is all or nothing: a *[ConfigError] has every fault, and
// then nothing has changed. An agent or campaign that is already as cfg says gets no
// event, so that Configure with what [Center.Config] returned changes nothing.
//
// A campaign without a card replaces no channel settings that were made by a command of
// package queue: it keeps them, with the name, zone, members and switch of cfg.
//
// Settings that can have no effect are logged as warnings; see [Config.Warnings].
func (c *Center) Configure(ctx context.Context, cfg Config) error {
	return c.configure(ctx, "", cfg, nil)
}

// ConfigureAs is [Center.Configure] on behalf of a person, whose id is By in the events.
func (c *Center) ConfigureAs(ctx context.Context, by string, cfg Config) error {
	return c.configure(ctx, by, cfg, nil)
}

// ConfigureIf is [Center.ConfigureAs] on the condition that nothing has changed the
// configuration since version, which [Center.Configured] returned before the caller read
// the configuration. Otherwise it changes nothing and returns a *[ConflictError].
func (c *Center) ConfigureIf(ctx context.Context, by string, version uint64, cfg Config) error {
	return c.configure(ctx, by, cfg, &version)
}

// ConflictError is returned by [Center.ConfigureIf] when the configuration is no longer
// the expected version: read it again and repeat the change.
type ConflictError struct {
	Expected uint64 // the version that the caller named
	Current  uint64 // the version that there is
}

// Error implements error.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("usher: the configuration has changed: expected version %d, is %d; read it again", e.Expected, e.Current)
}

// configure checks a change outside the lock and performs it if the configuration is
// still the one that it was checked against; otherwise it checks again.
func (c *Center) configure(ctx context.Context, by string, cfg Config, version *uint64) error {
	for {
		have, err := c.current(ctx)
		if err != nil {
			return err
		}
		if version != nil && *version != have.version {
			return &ConflictError{Expected: *version, Current: have.version}
		}
		commands, err := c.plan(ctx, cfg, have, by)
		if err != nil {
			return err
		}
		done, seq, err := c.performAll(ctx, have.version, commands)
		if err != nil {
			return err
		}
		if !done {
			continue
		}
		if err := c.flush(ctx, seq); err != nil {
			return err
		}
		for _, w := range cfg.Warnings() {
			c.log.Warn("usher: a setting has no effect", "path", w.Path, "problem", w.Problem)
		}
		return nil
	}
}

// performAll gives the engine commands that were checked against a version of the
// configuration, all under one lock, so that they are in one append to the journal. It
// does nothing when the configuration has another version.
func (c *Center) performAll(ctx context.Context, version uint64, commands []queue.Command) (done bool, seq uint64, err error) {
	if err := c.enter(ctx); err != nil {
		return false, 0, err
	}
	if c.configured != version {
		c.mu.Unlock()
		return false, 0, nil
	}
	var last *decision
	for _, command := range commands {
		d, stopped := c.stepLocked(command)
		if stopped != nil {
			return false, 0, stopped // the lock is released
		}
		if last = d; d.err != nil {
			err = fmt.Errorf("usher: a checked configuration was refused: %w", d.err)
			break
		}
	}
	var arm *arming
	if last != nil {
		arm = c.alarmLocked(last)
	}
	seq = c.seq
	c.mu.Unlock()
	arm.set()
	return true, seq, err
}

// current is the configuration in the engine, by id, and its version.
type current struct {
	agents    []queue.Agent
	campaigns []queue.Campaign
	version   uint64
}

func (c *Center) current(ctx context.Context) (have current, err error) {
	if err := c.load(ctx); err != nil {
		return have, err
	}
	err = c.use(func(e *queue.Engine) {
		have.version = c.configured
		have.agents, have.campaigns = e.Configuration()
	})
	return have, err
}

func (x current) agent(id string) (queue.Agent, bool) {
	i, ok := slices.BinarySearchFunc(x.agents, id, func(a queue.Agent, id string) int { return strings.Compare(a.ID, id) })
	if !ok {
		return queue.Agent{}, false
	}
	return x.agents[i], true
}

func (x current) campaign(id string) (queue.Campaign, bool) {
	i, ok := slices.BinarySearchFunc(x.campaigns, id, func(q queue.Campaign, id string) int { return strings.Compare(q.ID, id) })
	if !ok {
		return queue.Campaign{}, false
	}
	return x.campaigns[i], true
}

// changesConfig reports whether events of a kind change the configuration.
func changesConfig(kind queue.Kind) bool {
	switch kind {
	case queue.AgentConfigured, queue.AgentRemoved, queue.CampaignConfigured, queue.CampaignRemoved:
		return true
	}
	return false
}

// configuredBy returns the last of events that changes the configuration, 0 if none does.
func configuredBy(events []queue.Event) uint64 {
	for i := len(events) - 1; i >= 0; i-- {
		if changesConfig(events[i].Kind) {
			return events[i].Seq
		}
	}
	return 0
}

// over returns the engine's configuration of campaign c in place of have. What a command
// made, and people cannot write, stays unless c changes it: fractions of a second of the
// members, and the channel's settings of a campaign without a card.
func over(c *Campaign, have queue.Campaign) queue.Campaign {
	q := compileCampaign(c)
	if sameJSON(c.Members, decompileMembers(have.Members)) {
		q.Members = have.Members
	}
	if c.WhatsApp != nil || decompileCampaign(have).WhatsApp != nil {
		return q
	}
	kept := have
	kept.Name, kept.Disabled, kept.Zone, kept.Members, kept.Settings = q.Name, q.Disabled, q.Zone, q.Members, q.Settings
	return kept
}

// unchanged reports whether q says what have says already, apart from what both were made of.
func unchanged(q, have queue.Campaign) bool {
	q.Settings, have.Settings = nil, nil
	return sameJSON(q, have)
}

// sameJSON compares plain data as it is written, so that nil and empty lists are the same.
func sameJSON(a, b any) bool {
	x, _ := json.Marshal(a) // plain data always marshals
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}
