package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/postgres"
	"github.com/usher-go/usher/store/sqlite"
)

type opener func(ctx context.Context, b *bench, producers int) (j store.Journal, done func(), err error)

func openMemory(context.Context, *bench, int) (store.Journal, func(), error) {
	return store.NewMemory(), func() {}, nil
}

func openSQLite(ctx context.Context, b *bench, producers int) (store.Journal, func(), error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("sqlite-%d", producers))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, nil, err
	}
	j, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(dir, "center.db")})
	return j, func() { _ = os.RemoveAll(dir) }, err
}

const benchSchema = "usher_bench"

func openPostgres(ctx context.Context, b *bench, _ int) (store.Journal, func(), error) {
	pool, err := pgxpool.New(ctx, b.url)
	if err != nil {
		return nil, nil, err
	}
	if _, err := pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+benchSchema+" CASCADE"); err != nil {
		return nil, nil, err
	}
	cfg := postgres.Config{Schema: benchSchema}
	if err := postgres.Up(ctx, pool, cfg); err != nil {
		return nil, nil, err
	}
	j, err := postgres.Open(ctx, pool, cfg)
	return j, func() {
		_, _ = pool.Exec(context.WithoutCancel(ctx), "DROP SCHEMA IF EXISTS "+benchSchema+" CASCADE")
		pool.Close()
	}, err
}

// wire is a connector that takes every message at once.
type wire struct{ sent atomic.Int64 }

const number = "+15550001111"

func (*wire) Name() string      { return "wire" }
func (*wire) Channel() string   { return "whatsapp" }
func (*wire) Numbers() []string { return []string{number} }

func (w *wire) Send(context.Context, channel.Outbound) (channel.Receipt, error) {
	return channel.Receipt{MessageID: fmt.Sprintf("wamid.%d", w.sent.Add(1))}, nil
}

// office is a center with as many agents as its producers keep busy. A producer is a
// customer and whoever answers: it writes, takes the offer, answers and finishes.
type office struct {
	center *usher.Center
	wire   *wire
	lives  atomic.Int64
	offers sync.Map // alias → chan queue.Effect
	waits  [][]time.Duration
}

func usherOn(open opener) measure {
	return func(ctx context.Context, b *bench, producers int) (r result, err error) {
		j, done, err := open(ctx, b, producers)
		if err != nil {
			return r, err
		}
		defer done()
		defer j.Close()
		o := &office{wire: &wire{}, waits: make([][]time.Duration, producers)}
		if err := o.open(ctx, j, producers); err != nil {
			return r, err
		}
		run, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- o.center.Run(run) }()
		r.lives = b.count(producers)
		began := time.Now()
		err = parallel(producers, r.lives, func(w int) error { return o.life(ctx, w) })
		r.took = time.Since(began)
		stop()
		if e := <-ended; err == nil {
			err = e
		}
		for _, w := range o.waits {
			r.waits = append(r.waits, w...)
		}
		return r, err
	}
}

func (o *office) open(ctx context.Context, j store.Journal, producers int) (err error) {
	o.center, err = usher.New(usher.Options{Connectors: []channel.Connector{o.wire}, Journal: j, Desk: usher.DeskFunc(o.offered)})
	if err != nil {
		return err
	}
	cfg := usher.Config{Campaigns: []usher.Campaign{{
		ID: "sales", WhatsApp: &settings.Card{Enable: true, Connector: "wire", PhoneNumbers: []string{number}, ServiceLevel: 20},
	}}}
	for i := range producers/4 + 1 {
		id := fmt.Sprintf("agent%d", i)
		cfg.Agents = append(cfg.Agents, usher.Agent{ID: id, Limit: 8})
		cfg.Campaigns[0].Members = append(cfg.Campaigns[0].Members, usher.Member{Agent: id})
	}
	if err := o.center.Configure(ctx, cfg); err != nil {
		return err
	}
	for _, a := range cfg.Agents {
		if _, err := o.center.Do(ctx, queue.AgentState{Agent: a.ID, State: queue.Available}); err != nil {
			return err
		}
	}
	return nil
}

// offered hands an offer to the producer whose customer it is.
func (o *office) offered(_ context.Context, f queue.Effect) error {
	if f.Kind != queue.EffectOffer {
		return nil
	}
	in, _ := o.center.Interaction(f.Interaction)
	if ch, ok := o.offers.LoadAndDelete(in.Address); ok {
		ch.(chan queue.Effect) <- f
	}
	return nil
}

// life is one interaction from its first message to its end.
func (o *office) life(ctx context.Context, w int) error {
	n := o.lives.Add(1)
	alias := channel.Phone(fmt.Sprintf("49%010d", n))
	ch := make(chan queue.Effect, 1)
	o.offers.Store(string(alias), ch)
	m := channel.TextMessage("Hello, my parcel has not arrived and it was promised for Tuesday. Can you help?")
	m.ID, m.Time = fmt.Sprintf("in.%d", n), time.Now()
	began := time.Now()
	err := o.center.Receive(ctx, []channel.Update{{
		Connector: "wire", Number: number, Message: &channel.Inbound{Message: m, From: channel.Customer{Name: "Maria Example", Aliases: []channel.Alias{alias}}},
	}})
	if err != nil {
		return err
	}
	f := <-ch
	o.waits[w] = append(o.waits[w], time.Since(began))
	if _, err := o.center.Do(ctx, queue.Accept{Agent: f.Agent, Interaction: f.Interaction}); err != nil {
		return err
	}
	answer := channel.TextMessage("Good morning Maria, I am looking at it now and will call you back within the hour.")
	if err := o.center.Send(ctx, usher.Reply{Interaction: f.Interaction, Agent: f.Agent, Message: answer}); err != nil {
		return err
	}
	_, err = o.center.Do(ctx, queue.Finish{Agent: f.Agent, Interaction: f.Interaction, Disposition: "solved"})
	return err
}
