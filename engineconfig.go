package usher

import (
	"context"
	"errors"
	"iter"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/strategy"
)

// Compile returns what the engine reads of a configuration, for those who drive an engine
// without a center, such as a simulation. A *[ConfigError] has every fault there is.
// Connectors and bots need only be named, which a center would look up.
func (c Config) Compile(strategies ...strategy.Strategy) ([]queue.Agent, []queue.Campaign, error) {
	assumed := Options{Strategies: strategies, Bots: map[string]bot.Bot{}}
	numbers := map[string]named{}
	for _, x := range c.Campaigns {
		if w := x.WhatsApp; w != nil {
			numbers[w.Connector] = named{w.Connector, append(numbers[w.Connector].numbers, w.PhoneNumbers...)}
			assume(assumed.Bots, w)
		}
	}
	for name, conn := range numbers {
		if name != "" {
			assumed.Connectors = append(assumed.Connectors, conn)
		}
	}
	center, err := New(assumed)
	if err == nil {
		_, err = center.plan(c, current{}, "")
	}
	if err != nil {
		return nil, nil, err
	}
	var agents []queue.Agent
	for _, a := range c.Agents {
		agents = append(agents, a.compile())
	}
	var campaigns []queue.Campaign
	for _, x := range c.Campaigns {
		campaigns = append(campaigns, x.compile())
	}
	return agents, campaigns, nil
}

// assume adds a bot under every name that a card uses.
func assume(bots map[string]bot.Bot, w *channel.WhatsApp) {
	names := []string{w.BotOnStart, w.BotOnEnd, w.BotAfterWaitingTime, w.Bots.QueueFull}
	for _, s := range w.Overflow {
		if s.Do == string(queue.DoBot) {
			names = append(names, s.Target)
		}
	}
	for _, name := range names {
		if name != "" {
			bots[name] = nil
		}
	}
}

// named is a connector of which only the name and the numbers are known.
type named struct {
	name    string
	numbers []string
}

func (n named) Name() string      { return n.name }
func (n named) Channel() string   { return "whatsapp" }
func (n named) Numbers() []string { return n.numbers }

func (n named) Send(context.Context, channel.Outbound) (channel.Receipt, error) {
	return channel.Receipt{}, &channel.SendError{Class: channel.Permanent, Err: errors.New("usher: the connector is only named")}
}

// Events yields the events of a journal from a sequence number on, in order, without
// opening a center: for reports and what-if studies. A journal that was truncated begins
// later; one error, of the journal or of a record that cannot be read, ends it.
func Events(ctx context.Context, j store.Journal, from uint64) iter.Seq2[queue.Event, error] {
	return func(yield func(queue.Event, error) bool) {
		for r, err := range j.Load(ctx, from) {
			ev := queue.Event{}
			if err == nil {
				ev, err = decodeEvent(r)
			}
			if !yield(ev, err) || err != nil {
				return
			}
		}
	}
}
