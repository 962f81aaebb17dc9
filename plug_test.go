package usher_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// terminal is a connector: it prints what it is asked to send, and hands what arrives to
// the center. A real one posts to its provider and answers webhooks.
type terminal struct{ center *usher.Center }

func (*terminal) Name() string      { return "terminal" }
func (*terminal) Channel() string   { return "whatsapp" }
func (*terminal) Numbers() []string { return []string{"+15550001111"} }

func (*terminal) Send(_ context.Context, out channel.Outbound) (channel.Receipt, error) {
	fmt.Printf("%s reads: %s\n", out.To.Value(), out.Message.Text)
	return channel.Receipt{MessageID: "sent/" + out.Key}, nil
}

func (t *terminal) hears(ctx context.Context, from, text string) error {
	message := channel.TextMessage(text)
	message.ID = "received/" + from + "/" + text // the provider's id: what comes twice is dropped
	return t.center.Receive(ctx, []channel.Update{{
		Connector: t.Name(), Number: t.Numbers()[0],
		Message: &channel.Inbound{From: channel.Customer{Aliases: []channel.Alias{channel.Phone(from)}}, Message: message},
	}})
}

// Everything that a host adds goes into Options, and is named in the configuration: a
// connector, a bot, a strategy and a blacklist of one's own.
func ExampleOptions() {
	ctx, stop := context.WithCancel(context.Background())
	wire := &terminal{}
	greeter := bot.Func(func(_ context.Context, s bot.Session) (bot.Reply, error) {
		hello := channel.TextMessage("Welcome to " + s.Campaign + ".")
		return bot.Reply{Messages: []channel.Message{hello}, Next: bot.Next{Action: bot.Queue}}, nil
	})
	newest := strategy.Func("newest", func(c strategy.Candidate) strategy.Key {
		return strategy.Key{First: -c.Joined, Second: -int64(c.Position)} // the latest member first
	})
	stranger := blacklist.CheckerFunc(func(_ context.Context, q blacklist.Query) (blacklist.Verdict, error) {
		return blacklist.Verdict{
			Blocked: slices.Contains(q.Aliases, "phone:666"), Entry: blacklist.Entry{Reason: "threats"},
		}, nil
	})

	center, err := usher.New(usher.Options{
		Connectors: []channel.Connector{wire},
		Bots:       map[string]bot.Bot{"greeter": greeter},
		Strategies: []strategy.Strategy{newest},
		Blacklist:  stranger,
	})
	try(err)
	wire.center = center
	config, err := usher.ParseConfig([]byte(`{
		"agents": [{"id": "ana"}, {"id": "bruno"}],
		"campaigns": [{
			"id": "sales", "members": [{"agent": "ana"}, {"agent": "bruno"}],
			"whatsapp": {
				"enable": true, "connector": "terminal", "phoneNumbers": ["+15550001111"],
				"strategy": "newest", "botOnStart": "greeter", "incomingBlacklist": true
			}
		}]
	}`))
	try(err)
	try(center.Configure(ctx, config))
	for _, agent := range []string{"ana", "bruno"} {
		_, err = center.Do(ctx, queue.AgentState{Agent: agent, State: queue.Available})
		try(err)
	}

	events := center.Subscribe(0, queue.Offered, queue.CustomerBlocked)
	defer events.Close()
	done := make(chan error)
	go func() { done <- center.Run(ctx) }()
	try(wire.hears(ctx, "666", "it is me again"))
	try(wire.hears(ctx, "34600111222", "hello"))
	for range 2 {
		ev, err := events.Next(ctx)
		try(err)
		fmt.Println(ev.Kind, ev.Agent+ev.Reason)
	}
	try(center.Settle(ctx)) // for a test: everything that follows has happened
	stop()
	try(<-done)
	// Unordered output:
	// customer.blocked threats
	// interaction.offered bruno
	// 34600111222 reads: Welcome to sales.
}
