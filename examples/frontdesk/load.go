package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/settings"
)

// desk is a front desk that is ready to be served.
type desk struct {
	options
	connector *cloudapi.Connector
	config    usher.Config
	bots      map[string]bot.Bot
	listed    []blacklist.Entry
	crew      []string // agents who are programs
	log       *slog.Logger
}

// prepare reads everything that -serve needs and reports everything that is wrong with
// it: one that is wrong does not hide another.
func prepare(f *faults, o options, getenv func(string) string, stderr io.Writer) *desk {
	d := &desk{options: o, log: slog.New(slog.NewTextHandler(stderr, nil))}
	d.connector = connect(f, getenv, d.log)
	d.readBots(f)
	d.readConfig(f)
	d.readBlacklist(f)
	return d
}

func (d *desk) readBots(f *faults) {
	var err error
	var ce *bot.ConfigError
	switch d.bots, err = bots(d.options.bots); {
	case err == nil:
	case errors.As(err, &ce):
		for _, x := range ce.Faults {
			f.add("bots: %s: %s: %s", d.options.bots, x.Path, x.Problem)
		}
	default:
		f.add("bots: %v", err)
	}
}

func (d *desk) readConfig(f *faults) {
	if d.options.config == "" {
		d.defaultConfig(f)
		return
	}
	data, err := os.ReadFile(d.options.config)
	if err != nil {
		f.add("config: %v", err)
		return
	}
	cfg, err := usher.ParseConfig(data)
	unread := d.report(f, nil, err)
	d.config = cfg
	if len(cfg.Campaigns) == 0 && len(unread) == 0 {
		f.add("config: %s: has no campaign", d.options.config)
	}
	d.staff()
	d.report(f, unread, d.trial())
}

// report adds the faults of a configuration that are not among those known already, and
// returns where all of them are.
func (d *desk) report(f *faults, known []string, err error) []string {
	var ce *usher.ConfigError
	switch {
	case err == nil:
	case !errors.As(err, &ce):
		f.add("config: %s: %v", d.options.config, err)
	default:
		for _, x := range ce.Faults {
			if !under(x.Path, known) {
				f.add("config: %s: %s", d.options.config, strings.TrimPrefix(x.Path+": "+x.Problem, ": "))
				known = append(known, x.Path)
			}
		}
	}
	return known
}

// under reports whether a path is one of the known, or a part of one.
func under(path string, known []string) bool {
	for _, k := range known {
		if rest, ok := strings.CutPrefix(path, k); ok && (k == "" || rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// defaultConfig is one campaign on every number, always open, without bots.
func (d *desk) defaultConfig(f *faults) {
	if d.connector == nil {
		return
	}
	d.config = usher.Config{Campaigns: []usher.Campaign{{
		ID: "frontdesk", Name: "Front desk",
		WhatsApp: &settings.Card{
			Enable: true, Connector: connectorName, PhoneNumbers: d.connector.Numbers(),
			Strategy: "leastbusy", ServiceLevel: 20, IncomingBlacklist: true, OutgoingBlacklist: true,
		},
	}}}
	if d.agents == allAgents {
		d.agents = 2
	}
	d.staff()
	d.report(f, nil, d.trial())
}

// staff chooses the agents who are programs: those of the configuration in their order,
// and, when more are asked for, new ones in every campaign.
func (d *desk) staff() {
	for _, a := range d.config.Agents {
		d.crew = append(d.crew, a.ID)
	}
	if d.agents < 0 {
		return // all of them, or a fault that is reported already
	}
	for n := 1; len(d.crew) < d.agents; n++ {
		a := usher.Agent{ID: fmt.Sprintf("agent-%d", n), Name: fmt.Sprintf("Agent %d", n), Limit: d.limit}
		if d.has(a.ID) {
			continue
		}
		d.crew = append(d.crew, a.ID)
		d.config.Agents = append(d.config.Agents, a)
		for i := range d.config.Campaigns {
			c := &d.config.Campaigns[i]
			c.Members = append(c.Members, usher.Member{Agent: a.ID})
		}
	}
	d.crew = d.crew[:d.agents]
}

func (d *desk) has(agent string) bool {
	for _, a := range d.config.Agents {
		if a.ID == agent {
			return true
		}
	}
	return false
}

// trial gives the configuration to a center that nobody sees.
func (d *desk) trial() error {
	var connector channel.Connector = d.connector
	if d.connector == nil { // what the environment lacks is reported once, not for every number
		connector = anyNumber(d.config)
	}
	center, err := usher.New(usher.Options{Connectors: []channel.Connector{connector}, Bots: d.bots})
	if err != nil {
		return err
	}
	return center.Configure(context.Background(), d.config)
}

func (d *desk) readBlacklist(f *faults) {
	if d.options.blacklist == "" {
		return
	}
	file, err := os.Open(d.options.blacklist)
	if err != nil {
		f.add("blacklist: %v", err)
		return
	}
	defer func() { _ = file.Close() }()
	d.listed, err = blacklist.ReadCSV(file)
	var be *blacklist.Error
	switch {
	case err == nil:
	case errors.As(err, &be):
		for _, x := range be.Faults {
			f.add("blacklist: %s: %v", d.options.blacklist, x)
		}
	default:
		f.add("blacklist: %s: %v", d.options.blacklist, err)
	}
}

// anyNumber is a connector that owns every number of a configuration.
func anyNumber(cfg usher.Config) channel.Connector {
	var all []string
	for _, c := range cfg.Campaigns {
		if c.WhatsApp != nil {
			all = append(all, c.WhatsApp.PhoneNumbers...)
		}
	}
	return &placeholder{numbers: all}
}

type placeholder struct{ numbers []string }

func (*placeholder) Name() string        { return connectorName }
func (*placeholder) Channel() string     { return "whatsapp" }
func (p *placeholder) Numbers() []string { return p.numbers }
func (*placeholder) Send(context.Context, channel.Outbound) (channel.Receipt, error) {
	return channel.Receipt{}, &channel.SendError{Class: channel.Permanent, Err: errors.New("frontdesk: not connected")}
}
