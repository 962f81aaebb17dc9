package usher_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// methods calls every exported method of a center, with arguments that name something; each
// returns the method's error, if it has one.
var methods = map[string]func(ctx context.Context, c *usher.Center) error{
	"Agent":      func(_ context.Context, c *usher.Center) error { c.Agent("ana"); return nil },
	"Agents":     func(_ context.Context, c *usher.Center) error { c.Agents(); return nil },
	"Blacklist":  func(_ context.Context, c *usher.Center) error { c.Blacklist(); return nil },
	"Blocked":    func(_ context.Context, c *usher.Center) error { c.Blocked().Totals(); return nil },
	"Board":      func(_ context.Context, c *usher.Center) error { c.Board(morning); return nil },
	"Campaigns":  func(_ context.Context, c *usher.Center) error { c.Campaigns(); return nil },
	"Configured": func(_ context.Context, c *usher.Center) error { c.Configured(); return nil },
	"Connector":  func(_ context.Context, c *usher.Center) error { c.Connector("main"); return nil },
	"Ended":      func(_ context.Context, c *usher.Center) error { c.Ended(0, nil); return nil },
	"Interaction": func(_ context.Context, c *usher.Center) error {
		c.Interaction("nope")
		return nil
	},
	"Interactions": func(_ context.Context, c *usher.Center) error { c.Interactions(""); return nil },
	"Names":        func(_ context.Context, c *usher.Center) error { c.Names(); return nil },
	"Next":         func(_ context.Context, c *usher.Center) error { c.Next(); return nil },
	"Now":          func(_ context.Context, c *usher.Center) error { c.Now(); return nil },
	"Open":         func(_ context.Context, c *usher.Center) error { c.Open(nil); return nil },
	"Seq":          func(_ context.Context, c *usher.Center) error { c.Seq(); return nil },
	"Since":        func(_ context.Context, c *usher.Center) error { c.Since("ana"); return nil },
	"Summary":      func(_ context.Context, c *usher.Center) error { c.Summary("nope"); return nil },
	"Viewers":      func(_ context.Context, c *usher.Center) error { c.Viewers("nope"); return nil },
	"Visible":      func(_ context.Context, c *usher.Center) error { c.Visible("ana"); return nil },
	"Series": func(_ context.Context, c *usher.Center) error {
		_, err := c.Series("sales", morning, morning.Add(time.Hour))
		return err
	},
	"Subscribe": func(ctx context.Context, c *usher.Center) error {
		s := c.Subscribe(0)
		defer s.Close()
		ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		_, err := s.Next(ctx)
		return err
	},
	"Block": func(ctx context.Context, c *usher.Center) error {
		return c.Block(ctx, "me", blacklist.Entry{Alias: "phone:34600777777"})
	},
	"Unblock": func(ctx context.Context, c *usher.Center) error {
		return c.Unblock(ctx, "me", blacklist.Entry{Alias: "phone:34600777777"})
	},
	"Check":     func(ctx context.Context, c *usher.Center) error { return c.Check(ctx, extraAgent) },
	"Configure": func(ctx context.Context, c *usher.Center) error { return c.Configure(ctx, extraAgent) },
	"ConfigureAs": func(ctx context.Context, c *usher.Center) error {
		return c.ConfigureAs(ctx, "me", extraAgent)
	},
	"ConfigureIf": func(ctx context.Context, c *usher.Center) error { return c.ConfigureIf(ctx, "me", 0, extraAgent) },
	"Missing":     func(ctx context.Context, c *usher.Center) error { _, err := c.Missing(ctx); return err },
	"Config":      func(ctx context.Context, c *usher.Center) error { _, err := c.Config(ctx); return err },
	"Do":          func(ctx context.Context, c *usher.Center) error { return note(ctx, c, "probe") },
	"DoWith": func(ctx context.Context, c *usher.Center) error {
		_, err := c.DoWith(ctx, queue.Note{Topic: "with"}, func(context.Context, uint64, []store.Record) error { return context.Canceled })
		return err
	},
	"Erase": func(ctx context.Context, c *usher.Center) error {
		return c.Erase(ctx, usher.Erasure{Aliases: []channel.Alias{"phone:34600888888"}})
	},
	"Events": func(ctx context.Context, c *usher.Center) error {
		for _, err := range c.Events(ctx, 0) {
			if err != nil {
				return err
			}
		}
		return nil
	},
	"Explain": func(ctx context.Context, c *usher.Center) error { _, err := c.Explain(ctx, "nope"); return err },
	"Receive": func(ctx context.Context, c *usher.Center) error {
		return c.Receive(ctx, []channel.Update{inboundUpdate("probe", "phone:34600666666")})
	},
	"Run": func(ctx context.Context, c *usher.Center) error {
		ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		return c.Run(ctx)
	},
	"Send": func(ctx context.Context, c *usher.Center) error {
		return c.Send(ctx, usher.Reply{Interaction: "nope", Message: channel.TextMessage("hi")})
	},
	"Settle": func(ctx context.Context, c *usher.Center) error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		return c.Settle(ctx)
	},
	"Start": func(ctx context.Context, c *usher.Center) error {
		_, err := c.Start(ctx, usher.Outgoing{Campaign: "sales", Agent: "ana", To: "phone:34600555555"})
		return err
	},
	"Totals":       func(ctx context.Context, c *usher.Center) error { _, err := c.Totals(ctx); return err },
	"DownAccounts": func(ctx context.Context, c *usher.Center) error { _, err := c.DownAccounts(ctx); return err },
	"Resend":       func(ctx context.Context, c *usher.Center) error { return c.Resend(ctx, "nope", "ana", "nope/1") },
	"State":        func(ctx context.Context, c *usher.Center) error { _, err := c.State(ctx); return err },
	"Transcript":   func(ctx context.Context, c *usher.Center) error { _, err := c.Transcript(ctx, "nope"); return err },
}

var extraAgent = usher.Config{Agents: []usher.Agent{{ID: "extra"}}}

// inboundUpdate is a message from an alias as a connector reports it.
func inboundUpdate(id string, alias channel.Alias) channel.Update {
	m := channel.TextMessage("hello")
	m.ID = id
	return channel.Update{Connector: "main", Number: number, Message: &channel.Inbound{From: channel.Customer{Aliases: []channel.Alias{alias}}, Message: m}}
}

// A new method must be added to the tables.
func TestEveryMethodIsListed(t *testing.T) {
	typ := reflect.TypeFor[*usher.Center]()
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		if name != "LimitEngine" {
			assert.Contains(t, methods, name)
		}
	}
}
