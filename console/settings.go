package console

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// settings is a campaign's configuration and what may be chosen in it.
func (c *Console) settings(x *call) (any, error) {
	b, err := x.book(x.r.Context())
	if err != nil {
		return nil, err
	}
	campaign, err := x.editable(b)
	if err != nil {
		return nil, err
	}
	return c.settingsOf(b, campaign), nil
}

// editable is the campaign that the address names, for those who may edit it.
func (x *call) editable(b *book) (*usher.Campaign, error) {
	id := x.args["id"]
	campaign := b.campaigns[id]
	if campaign == nil || !x.actor.covers(id) {
		f := problem(http.StatusNotFound, "unknown_campaign", "there is no campaign %q, or it is not yours to see", id)
		f.Campaign = id
		return nil, f
	}
	return campaign, nil
}

func (c *Console) settingsOf(b *book, campaign *usher.Campaign) Settings {
	out := Settings{Campaign: *campaign, Agents: orEmpty(b.config.Agents), Version: versionOf(campaign), Fields: cardFields}
	names := c.center.Names()
	out.Choices = Choices{
		Connectors: []ConnectorRef{}, Strategies: names.Strategies, Eligibilities: []string{},
		Bots: orEmpty(names.Bots), Campaigns: []CampaignRef{},
	}
	for _, e := range queue.Eligibilities() {
		out.Choices.Eligibilities = append(out.Choices.Eligibilities, string(e))
	}
	for _, name := range names.Connectors {
		conn := c.center.Connector(name)
		out.Choices.Connectors = append(out.Choices.Connectors, ConnectorRef{
			Name: name, Channel: conn.Channel(), Numbers: orEmpty(conn.Numbers()), Taken: b.taken(conn.Numbers()),
		})
	}
	for _, v := range c.center.Campaigns() {
		out.Choices.Campaigns = append(out.Choices.Campaigns, CampaignRef{
			ID: v.ID, Name: b.campaignName(v.ID), Open: v.Open, Enabled: v.Enabled, Waiting: v.Waiting, Numbers: b.numbers(v.ID),
		})
	}
	return out
}

// cardFields are the settings that a card has itself; those of the elements of its lists
// belong to their list.
var cardFields = func() (out []settings.Field) {
	for _, f := range settings.Fields() {
		if path, ok := strings.CutPrefix(f.Path, "campaigns[].whatsapp."); ok && !strings.Contains(path, "[]") {
			f.Path = path
			out = append(out, f)
		}
	}
	return out
}()

// taken says to which campaigns numbers lead.
func (b *book) taken(numbers []string) map[string]string {
	out := map[string]string{}
	for id := range b.campaigns {
		for _, n := range b.numbers(id) {
			if slices.Contains(numbers, n) {
				out[n] = id
			}
		}
	}
	return out
}

// versionOf names exactly one configuration, "" none.
func versionOf(campaign *usher.Campaign) string {
	if campaign == nil {
		return ""
	}
	data, _ := json.Marshal(campaign) // plain data always marshals
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:10])
}

// edited is the configuration in the body of a request, and the one there is now, nil for
// a new campaign.
func (x *call) edited(b *book) (*usher.Campaign, *usher.Campaign, error) {
	next := &x.body.(*SettingsBody).Campaign
	id := x.args["id"]
	if next.ID != id {
		return nil, nil, invalid("campaign.id must be that of the address, %q, is %q", id, next.ID)
	}
	if !x.actor.covers(id) {
		_, err := x.editable(b)
		return nil, nil, cmp.Or[error](err, errForbidden)
	}
	return next, b.campaigns[id], nil
}

// checkSettings says what is wrong with settings and what saving them would do.
func (c *Console) checkSettings(x *call) (any, error) {
	b, err := x.book(x.r.Context())
	if err != nil {
		return nil, err
	}
	next, have, err := x.edited(b)
	if err != nil {
		return nil, err
	}
	faults, err := c.faultsOf(x.r.Context(), next)
	if err != nil {
		return nil, err
	}
	out := Preview{Faults: faults, Warnings: warningsOf(next), Changes: changes(have, next), Effects: []Effect{}, Version: versionOf(have)}
	open := c.center.Interactions(next.ID)
	for _, v := range open {
		switch v.Owner {
		case queue.OwnedByQueue:
			out.Waiting++
		case queue.OwnedByAgent:
			out.Active++
		}
	}
	if len(faults) == 0 {
		out.Effects = (&change{have: have, next: next, open: open, now: x.now()}).effects()
	}
	return out, nil
}

// faultsOf returns everything wrong with a configuration, with paths within it.
func (c *Console) faultsOf(ctx context.Context, next *usher.Campaign) ([]usher.Fault, error) {
	err := c.center.Check(ctx, usher.Config{Campaigns: []usher.Campaign{*next}})
	list, ok := errors.AsType[*usher.ConfigError](err)
	if err != nil && !ok {
		return nil, err
	}
	out := []usher.Fault{}
	if ok {
		for _, f := range list.Faults {
			f.Path = strings.TrimPrefix(strings.TrimPrefix(f.Path, "campaigns[0]"), ".")
			out = append(out, f)
		}
	}
	return out, nil
}

// warningsOf returns the warnings of a campaign, with paths within it.
func warningsOf(next *usher.Campaign) []usher.Fault {
	out := []usher.Fault{}
	for _, f := range (usher.Config{Campaigns: []usher.Campaign{*next}}).Warnings() {
		f.Path = strings.TrimPrefix(f.Path, "campaigns[0].")
		out = append(out, f)
	}
	return out
}

// saveSettings replaces a campaign's configuration if it is still the one that was edited.
func (c *Console) saveSettings(x *call) (any, error) {
	select {
	case c.saving <- struct{}{}:
		defer func() { <-c.saving }()
	case <-x.r.Context().Done():
		return nil, x.r.Context().Err()
	}
	ctx := x.r.Context()
	next := &x.body.(*SettingsBody).Campaign
	var err error
	for range saveAttempts {
		if err = c.replaceSettings(ctx, x); !isConflict(err) {
			break
		}
	}
	switch {
	case isConflict(err):
		return nil, errSettingsChanged
	case err != nil:
		return nil, err
	}
	b, err := x.book(ctx)
	if err != nil {
		return nil, err
	}
	return c.settingsOf(b, b.campaigns[next.ID]), nil
}

// saveAttempts is how often a save is repeated because something else in the configuration
// changed after it was read.
const saveAttempts = 3

var errSettingsChanged = problem(http.StatusConflict, "settings_changed", "the settings have changed: read them again")

func isConflict(err error) bool {
	_, conflict := errors.AsType[*usher.ConflictError](err)
	return conflict
}

// replaceSettings replaces a campaign's configuration if it is the one that was edited. A
// *usher.ConflictError says that the center's configuration changed in between.
func (c *Console) replaceSettings(ctx context.Context, x *call) error {
	b, err := x.book(ctx)
	if err != nil {
		return err
	}
	next, have, err := x.edited(b)
	if err != nil {
		return err
	}
	if x.body.(*SettingsBody).Version != versionOf(have) {
		return errSettingsChanged
	}
	if faults, err := c.faultsOf(ctx, next); err != nil || len(faults) > 0 {
		return cmp.Or[error](err, withFaults("faults", http.StatusUnprocessableEntity, faults))
	}
	return c.center.ConfigureIf(ctx, x.actor.ID, b.seq, usher.Config{Campaigns: []usher.Campaign{*next}})
}

// saveAgent sets an agent's configuration, of a new one or one there is.
func (c *Console) saveAgent(x *call) (any, error) {
	next := x.body.(*AgentBody).Agent
	if next.ID != x.args["id"] {
		return nil, invalid("agent.id must be that of the address, %q, is %q", x.args["id"], next.ID)
	}
	if a, ok := c.center.Agent(next.ID); x.actor.Campaigns != nil && (!ok || !slices.ContainsFunc(a.Campaigns, x.actor.covers)) {
		return nil, noAgent(next.ID)
	}
	err := c.center.ConfigureAs(x.r.Context(), x.actor.ID, usher.Config{Agents: []usher.Agent{next}})
	if list, ok := errors.AsType[*usher.ConfigError](err); ok {
		for i := range list.Faults {
			list.Faults[i].Path = strings.TrimPrefix(strings.TrimPrefix(list.Faults[i].Path, "agents[0]"), ".")
		}
	}
	if err != nil {
		return nil, err
	}
	a, _ := c.center.Agent(next.ID)
	return AgentDone{Agent: c.agentLine(a), Cursor: c.cursor(c.center.Seq())}, nil
}
