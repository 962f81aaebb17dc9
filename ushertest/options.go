package ushertest

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
)

// start is when every story begins: a Monday morning.
var start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// options are those of the test, completed with whatever its configuration names.
func (c *Center) options(change []func(*usher.Options)) usher.Options {
	c.t.Helper()
	mock := clock.NewMock()
	mock.Set(start)
	// One thing at a time: the same story every time.
	opts := usher.Options{Clock: mock, NewID: c.newID, Concurrency: 1}
	for _, f := range change {
		f(&opts)
	}
	var ok bool
	if c.Clock, ok = opts.Clock.(*clock.Mock); !ok {
		c.t.Fatalf("ushertest: the clock is a %T; it must be a *clock.Mock", opts.Clock)
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.NewTextHandler(logWriter{c}, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: plainLog}))
	}
	if opts.Notice == nil {
		opts.Notice = func(_ channel.Update, err error) { c.story.event(c.Now(), "not routed: "+err.Error()) }
	}
	c.addConnectors(&opts)
	c.addBots(&opts)
	return opts
}

// addConnectors makes the connectors that are named and missing.
func (c *Center) addConnectors(opts *usher.Options) {
	var names []string
	numbers := map[string][]string{}
	for _, x := range c.config.Campaigns {
		if w := x.WhatsApp; w != nil && w.Connector != "" {
			names = append(names, w.Connector)
			numbers[w.Connector] = append(numbers[w.Connector], w.PhoneNumbers...)
		}
	}
	for _, conn := range opts.Connectors {
		if kit, ok := conn.(*channeltest.Connector); ok {
			c.connectors[conn.Name()] = kit
		}
		delete(numbers, conn.Name())
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if list, missing := numbers[name]; missing {
			slices.Sort(list)
			conn := channeltest.NewConnector(name, slices.Compact(list)...)
			conn.Clock(c.Clock.Now)
			c.connectors[name] = conn
			opts.Connectors = append(opts.Connectors, conn)
		}
	}
}

// addBots makes the bots that are named and missing.
func (c *Center) addBots(opts *usher.Options) {
	bots := map[string]bot.Bot{}
	for _, name := range c.botNames() {
		c.bots[name] = &Bot{c: c, name: name}
		bots[name] = c.bots[name]
	}
	for name, b := range opts.Bots {
		delete(c.bots, name)
		bots[name] = b
	}
	opts.Bots = bots
}

func (c *Center) botNames() []string {
	var names []string
	for _, x := range c.config.Campaigns {
		w := x.WhatsApp
		if w == nil {
			continue
		}
		names = append(names, w.BotOnStart, w.BotOnEnd, w.BotAfterWaitingTime, w.Bots.QueueFull)
		for _, s := range w.Overflow {
			if s.Do == string(queue.DoBot) {
				names = append(names, s.Target)
			}
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// Connector is the kit's connector of that name, to make sends fail, or to deliver what no
// customer here does. One that the configuration does not name, or that the test brought
// itself, ends the test.
func (c *Center) Connector(name string) *channeltest.Connector {
	c.t.Helper()
	conn := c.connectors[name]
	if conn == nil {
		c.fail(nil, "the kit has no connector %q", name)
	}
	return conn
}

// logWriter puts the center's warnings into the story.
type logWriter struct{ c *Center }

// Write implements io.Writer for a slog handler, which calls it once per record.
func (w logWriter) Write(p []byte) (int, error) {
	w.c.story.event(w.c.Now(), "log: "+strings.TrimSpace(string(p)))
	return len(p), nil
}

// plainLog leaves out the real time, which has no place here.
func plainLog(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// receive hands in what a customer wrote.
func (c *Center) receive(u channel.Update) error {
	return c.Receive(context.Background(), []channel.Update{u})
}
