package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

// crowdAnswer is how long an agent has a customer of a crowd, on average.
const crowdAnswer = 150 * time.Second

const crowdAgents = 200

// crowd is a day with many customers. They write at random, more of them at eleven and at
// three; some only ask the bot, some give up, a few are on the blacklist, and a few come
// when it is closed.
type crowd struct {
	*stage
	crew   *crew
	ledger *ledger
	random *rand.Rand
	todo   actions
	turns  int
	from   time.Time
	w      io.Writer
	hour   time.Time // the next to print
}

// playCrowd plays the day and prints it by the hour, then the board.
func playCrowd(ctx context.Context, o options, w io.Writer) (err error) {
	c, err := newCrowd(ctx, o, w)
	if c != nil && c.stage != nil {
		defer func() { err = errors.Join(err, c.close()) }()
	}
	if err != nil {
		return err
	}
	c.header()
	c.arrival(o.crowd, 0)
	for len(c.todo) > 0 {
		if err := c.one(ctx); err != nil {
			return err
		}
	}
	// Everybody has come. Whoever is still there is served.
	if err := c.until(ctx, c.from.Add(12*time.Hour)); err != nil {
		return err
	}
	line := c.center.Board(c.from).Campaigns[0]
	printBoard(w, &line)
	return c.ledger.print(w, &line)
}

func newCrowd(ctx context.Context, o options, w io.Writer) (*crowd, error) {
	c := &crowd{
		w: w, from: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC),
		random: rand.New(rand.NewPCG(o.seed, 0)),
	}
	c.hour = c.from.Add(time.Hour)
	cfg, agents, err := crowdConfig(o)
	if err != nil {
		return nil, err
	}
	length := func(string) time.Duration { return c.spread(o.answer) }
	c.crew = newCrew(agents, o.reply, length, slog.New(slog.DiscardHandler))
	c.stage, err = newStage(ctx, set{
		from: c.from, config: cfg, desk: c.crew,
		meta:    cloudapitest.Config{Statuses: []channel.State{channel.Delivered}, Keep: 1000},
		account: func(a *cloudapi.Config) { a.MessagesPerSecond = 1000 },
		center:  func(u *usher.Options) { u.Retention = 10 * time.Minute },
	})
	if err != nil {
		return c, err
	}
	c.ledger = newLedger(c.center)
	if err := c.center.Blacklist().Add(listedCrowd()...); err != nil {
		return c, err
	}
	return c, c.crew.join(ctx, c.center)
}

// crowdConfig is the shop of the scripted day with as many agents as are asked for.
func crowdConfig(o options) (cfg usher.Config, agents []string, err error) {
	if cfg, err = usher.ParseConfig(deskJSON); err != nil {
		return cfg, nil, err
	}
	velo := &cfg.Campaigns[0]
	cfg.Agents, velo.Members, velo.Zone = nil, nil, ""
	n := o.agents
	if n == allAgents {
		n = crowdAgents
	}
	for i := range n {
		id := fmt.Sprintf("agent-%03d", i+1)
		agents = append(agents, id)
		cfg.Agents = append(cfg.Agents, usher.Agent{ID: id, Limit: max(o.limit, 2)})
		velo.Members = append(velo.Members, usher.Member{Agent: id})
	}
	velo.WhatsApp.BotOnEnd = ""
	velo.WhatsApp.OutOfHours.Hours.Zone = ""
	velo.WhatsApp.MaxInteractions = max(n/2, 1)
	return cfg, agents, nil
}
