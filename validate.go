package usher

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/internal/strict"
	"github.com/usher-go/usher/queue"
)

// validate returns everything wrong with cfg as an addition to, or in place of parts of,
// the configuration that the center has.
func (c *Center) validate(cfg Config, have queue.Snapshot) error {
	var f strict.Faults
	trial, err := queue.New(c.engineConfig())
	if err != nil {
		return err
	}
	c.trialAgents(&f, trial, cfg, have)
	c.trialCampaigns(&f, trial, cfg, have)
	return configError(f)
}

// trialAgents gives an engine that nobody sees the agents there would be.
func (c *Center) trialAgents(f *strict.Faults, trial *queue.Engine, cfg Config, have queue.Snapshot) {
	for _, a := range have.Agents {
		_, _ = trial.Step(c.now(), queue.ConfigureAgent{Agent: a.Config})
	}
	seen := map[string]int{}
	for i, a := range cfg.Agents {
		path := fmt.Sprintf("agents[%d]", i)
		if first, twice := seen[a.ID]; twice {
			f.Add(path+".id", "%q is agents[%d] already", a.ID, first)
		}
		seen[a.ID] = i
		if _, err := trial.Step(c.now(), queue.ConfigureAgent{Agent: a.compile()}); err != nil {
			addEngineFaults(f, path, err)
		}
	}
}

func (c *Center) trialCampaigns(f *strict.Faults, trial *queue.Engine, cfg Config, have queue.Snapshot) {
	mine := map[string]int{}
	for i, x := range cfg.Campaigns {
		if first, twice := mine[x.ID]; twice {
			f.Add(fmt.Sprintf("campaigns[%d].id", i), "%q is campaigns[%d] already", x.ID, first)
			continue
		}
		mine[x.ID] = i
	}
	names := slices.Collect(maps.Keys(mine))
	for _, x := range have.Campaigns {
		if _, replaced := mine[x.Config.ID]; !replaced {
			_, _ = trial.Step(c.now(), queue.Configure{Campaign: x.Config})
			names = append(names, x.Config.ID)
		}
	}
	for i, x := range cfg.Campaigns {
		path := fmt.Sprintf("campaigns[%d]", i)
		if x.WhatsApp != nil {
			f.Under(path+".whatsapp", x.WhatsApp.Validate())
			c.checkNames(f, path+".whatsapp", x.WhatsApp, names)
		}
		if _, err := trial.Step(c.now(), queue.Configure{Campaign: x.compile()}); err != nil {
			addEngineFaults(f, path, err)
		}
	}
}

// checkNames looks up everything that a card names.
func (c *Center) checkNames(f *strict.Faults, path string, w *channel.WhatsApp, campaigns []string) {
	c.checkConnector(f, path, w)
	for _, b := range [][2]string{
		{"botOnStart", w.BotOnStart}, {"botOnEnd", w.BotOnEnd}, {"botAfterWaitingTime", w.BotAfterWaitingTime},
		{"bots.queueFull", w.Bots.QueueFull},
	} {
		if b[1] != "" {
			checkName(f, path+"."+b[0], "bot", b[1], slices.Collect(maps.Keys(c.opts.Bots)))
		}
	}
	for i, s := range w.Overflow {
		at := fmt.Sprintf("%s.overflow[%d].target", path, i)
		switch {
		case s.Target == "": // the engine says so
		case s.Do == string(queue.DoBot):
			checkName(f, at, "bot", s.Target, slices.Collect(maps.Keys(c.opts.Bots)))
		case s.Do == string(queue.DoCampaign):
			checkName(f, at, "campaign", s.Target, campaigns)
		}
	}
}

func (c *Center) checkConnector(f *strict.Faults, path string, w *channel.WhatsApp) {
	conn := c.connectors[w.Connector]
	switch {
	case w.Connector == "": // the card says so
	case conn == nil:
		checkName(f, path+".connector", "connector", w.Connector, slices.Collect(maps.Keys(c.connectors)))
	case conn.Channel() != "whatsapp":
		f.Add(path+".connector", "connector %q carries %s, not whatsapp", w.Connector, conn.Channel())
	default:
		for i, n := range w.PhoneNumbers {
			if !slices.Contains(conn.Numbers(), n) {
				f.Add(fmt.Sprintf("%s.phoneNumbers[%d]", path, i), "%s is not a number of connector %q; valid: %s",
					n, w.Connector, strings.Join(conn.Numbers(), ", "))
			}
		}
	}
}

func checkName(f *strict.Faults, path, what, name string, valid []string) {
	if slices.Contains(valid, name) {
		return
	}
	slices.Sort(valid)
	list := strings.Join(slices.Compact(valid), ", ")
	if list == "" {
		list = "none is registered"
	}
	f.Add(path, "unknown %s %q; valid: %s", what, name, list)
}

// enginePaths says where people wrote what the engine finds fault with. What is not here
// is checked by the card.
var enginePaths = [][2]string{
	{"id", "id"}, {"zone", "zone"}, {"members", "members"}, {"limit", "limit"}, {"lease", "lease"},
	{"lapse", "lapse"}, {"channelLimits", "channelLimits"}, {"numbers", "whatsapp.phoneNumbers"},
	{"strategy", "whatsapp.strategy"}, {"eligibility", "whatsapp.offers.eligibility"},
	{"atClosing", "whatsapp.outOfHours.atClosing"}, {"sticky", "whatsapp.return.sticky"},
	{"skills", "whatsapp.skills.require"}, {"relax", "whatsapp.skills.relax"}, {"overflow", "whatsapp.overflow"},
}

// addEngineFaults adds what the engine found and the card did not.
func addEngineFaults(f *strict.Faults, path string, err error) {
	var faults queue.Faults
	if !errors.As(err, &faults) {
		f.Add(path, "%v", err)
		return
	}
	for _, x := range faults {
		own, known := settingPath(x.Path)
		at := strict.Join(path, own)
		if known && !slices.ContainsFunc(*f, func(y strict.Fault) bool { return y.Path == at }) {
			f.Add(at, "%s", x.Problem)
		}
	}
}

func settingPath(path string) (string, bool) {
	for _, p := range enginePaths {
		if rest, ok := strings.CutPrefix(path, p[0]); ok && (rest == "" || rest[0] == '[' || rest[0] == '.') {
			return p[1] + rest, true
		}
	}
	return "", false
}
