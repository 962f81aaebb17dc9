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
	"github.com/usher-go/usher/strategy"
)

// plan checks cfg as a change of the configuration that the center has, and returns the
// commands that perform it. The commands are tried on an engine with that configuration,
// so that what passes here is what the center's engine accepts.
func (c *Center) plan(cfg Config, have current, by string) ([]queue.Command, error) {
	trial, err := c.trial(have)
	if err != nil {
		return nil, err
	}
	p := planner{center: c, trial: trial, have: have, by: by}
	p.agents(cfg.Agents)
	p.campaigns(cfg.Campaigns)
	return p.commands, configError(p.faults)
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

// planner collects the commands of a change and everything that is wrong with it.
type planner struct {
	center   *Center
	trial    *queue.Engine
	have     current
	by       string
	faults   strict.Faults
	commands []queue.Command
}

// try adds a command if the trial accepts it. path is where the configuration that it
// comes from is written.
func (p *planner) try(path string, command queue.Command) bool {
	if _, err := p.trial.Step(p.center.now(), command); err != nil {
		addEngineFaults(&p.faults, path, err)
		return false
	}
	p.commands = append(p.commands, command)
	return true
}

func (p *planner) agents(list []Agent) {
	seen := map[string]int{}
	for i, a := range list {
		path := fmt.Sprintf("agents[%d]", i)
		if first, twice := seen[a.ID]; twice {
			p.faults.Add(path+".id", "%q is agents[%d] already", a.ID, first)
			continue
		}
		seen[a.ID] = i
		checkSpan(&p.faults, path+".lease", a.Lease)
		if have, ok := p.have.agent(a.ID); ok && sameJSON(a, decompileAgent(have)) {
			continue
		}
		if !p.try(path, queue.ConfigureAgent{Agent: a.compile(), By: p.by}) {
			// Its memberships are checked as if it were right.
			_, _ = p.trial.Step(p.center.now(), queue.ConfigureAgent{Agent: queue.Agent{ID: a.ID}})
		}
	}
}

// checkSpan reports seconds out of bounds in the unit in which they are written.
func checkSpan(f *strict.Faults, path string, s channel.Seconds) {
	if s < 0 || s > channel.MaxSeconds {
		f.Add(path, "must be 0 to %d, is %d", channel.MaxSeconds, s)
	}
}

func (p *planner) campaigns(list []Campaign) {
	mine := map[string]int{}
	taken := map[string]string{}
	for i, x := range list {
		if first, twice := mine[x.ID]; twice {
			p.faults.Add(fmt.Sprintf("campaigns[%d].id", i), "%q is campaigns[%d] already", x.ID, first)
			continue
		}
		mine[x.ID] = i
		if x.WhatsApp != nil {
			for _, n := range x.WhatsApp.PhoneNumbers {
				taken[n] = x.ID
			}
		}
	}
	p.handOver(mine, taken)
	names := slices.Collect(maps.Keys(mine))
	for _, x := range p.have.campaigns {
		names = append(names, x.ID)
	}
	for i, x := range list {
		if mine[x.ID] == i {
			p.campaign(fmt.Sprintf("campaigns[%d]", i), x, names)
		}
	}
}

// handOver first takes numbers from campaigns of the change that lose them to others, so
// that no number belongs to two at any time.
func (p *planner) handOver(mine map[string]int, taken map[string]string) {
	for _, have := range p.have.campaigns {
		i, changes := mine[have.ID]
		if !changes {
			continue // the engine refuses the change: the number is taken
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

// canonical returns the strategy that a name stands for, as the engine does.
func (c *Center) canonical(name string) string {
	if slices.ContainsFunc(c.opts.Strategies, func(s strategy.Strategy) bool { return s.Name() == name }) {
		return name
	}
	return strategy.Canonical(name)
}

func (p *planner) campaign(path string, x Campaign, names []string) {
	if x.WhatsApp != nil {
		p.faults.Under(path+".whatsapp", x.WhatsApp.Validate())
		p.center.checkNames(&p.faults, path+".whatsapp", x.WhatsApp, names)
	}
	for i, m := range x.Members {
		for j, s := range m.Skills {
			checkSpan(&p.faults, fmt.Sprintf("%s.members[%d].skills[%d].for", path, i, j), s.For)
		}
	}
	if x.WhatsApp != nil {
		own := *x.WhatsApp
		own.Strategy = p.center.canonical(own.Strategy)
		x.WhatsApp = &own
	}
	q := x.compile()
	if have, ok := p.have.campaign(x.ID); ok {
		if q = x.over(have); sameJSON(x, decompileCampaign(have)) && x.unchanged(q, have) {
			return
		}
	}
	p.try(path, queue.Configure{Campaign: q, By: p.by})
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

// enginePaths says where people write what the engine finds fault with.
var enginePaths = [][2]string{
	{"numbers", "whatsapp.phoneNumbers"}, {"strategy", "whatsapp.strategy"},
	{"serviceLevel", "whatsapp.serviceLevel"}, {"maxInteractions", "whatsapp.maxInteractions"},
	{"maxTransferTime", "whatsapp.maxTransferTime"}, {"maxTime", "whatsapp.maxTime"},
	{"hours", "whatsapp.outOfHours.hours"}, {"atClosing", "whatsapp.outOfHours.atClosing"},
	{"eligibility", "whatsapp.offers.eligibility"}, {"ringTime", "whatsapp.offers.ringTime"},
	{"tierWait", "whatsapp.offers.tierWait"}, {"wrapUp", "whatsapp.offers.wrapUp"},
	{"wrapUpMax", "whatsapp.offers.wrapUpMax"}, {"autoPauseMisses", "whatsapp.offers.autoPauseMisses"},
	{"declineMemory", "whatsapp.offers.declineMemory"}, {"declineDelay", "whatsapp.offers.declineDelay"},
	{"missDelay", "whatsapp.offers.missDelay"}, {"failDelay", "whatsapp.offers.failDelay"},
	{"botTimeout", "whatsapp.bots.timeout"}, {"botSilence", "whatsapp.bots.silence"},
	{"priority", "whatsapp.priority.level"}, {"ageing", "whatsapp.priority.ageing"},
	{"skills", "whatsapp.skills.require"}, {"relax", "whatsapp.skills.relax"},
	{"sticky", "whatsapp.return.sticky"}, {"stickyWait", "whatsapp.return.wait"}, {"reopen", "whatsapp.return.reopen"},
	{"silence", "whatsapp.silence"}, {"announce", "whatsapp.announce"}, {"overflow", "whatsapp.overflow"},
	{"texts", "whatsapp.texts"}, {"leaveWords", "whatsapp.leaveWords"}, {"shortAbandon", "whatsapp.shortAbandon"},
	{"maxHops", "whatsapp.maxHops"}, {"lateAfter", "whatsapp.lateAfter"},
	{"sendReplies", "whatsapp.sends.replies"}, {"sendTexts", "whatsapp.sends.texts"}, {"sendTemplates", "whatsapp.sends.templates"},
	{"sendTimeout", "whatsapp.sends.timeout"}, {"sendAttempts", "whatsapp.sends.attempts"},
}

// addEngineFaults adds what the engine found, unless the card reported the same path in
// its own units. No fault is left out: what is not among the paths keeps the engine's.
func addEngineFaults(f *strict.Faults, path string, err error) {
	var faults queue.Faults
	if !errors.As(err, &faults) {
		f.Add(path, "%v", err)
		return
	}
	for _, x := range faults {
		at := strict.Join(path, settingPath(x.Path))
		if !slices.ContainsFunc(*f, func(y strict.Fault) bool { return y.Path == at || x.Path == "hours" && strings.HasPrefix(y.Path, at) }) {
			f.Add(at, "%s", x.Problem)
		}
	}
}

func settingPath(path string) string {
	for _, p := range enginePaths {
		if rest, ok := strings.CutPrefix(path, p[0]); ok && (rest == "" || rest[0] == '[' || rest[0] == '.') {
			return p[1] + rest
		}
	}
	return path
}
