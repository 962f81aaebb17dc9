package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/examples/phones"
	"github.com/usher-go/usher/store"
)

// openJSON is the front desk that is opened in the browser, until its settings are changed
// there.
//
//go:embed open.json
var openJSON []byte

// The numbers of open.json.
const (
	veloNumber    = "+15550783881"
	repairsNumber = "+15550783882"
)

// house is a front desk that is open: a center whose journal is a file, its console, and
// a telephone network in the browser in the place of WhatsApp.
type house struct {
	options
	center *usher.Center
	line   *phones.Line
	crew   *crew
	desks  []*console.Console
	past   store.Journal
	log    *slog.Logger
}

// openHouse serves the console until ctx ends.
func openHouse(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	journal, err := o.journal(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	h := &house{options: o, past: journal, line: phones.New(connectorName, veloNumber, repairsNumber), log: slog.New(slog.NewTextHandler(stderr, nil))}
	known, err := bots("")
	if err != nil {
		return err
	}
	h.crew = newCrew([]string{"dora", "emil"}, o.reply, func(string) time.Duration { return o.answer }, h.log)
	h.center, err = usher.New(usher.Options{
		Connectors: []channel.Connector{h.line}, Bots: known, Desk: h.crew, Journal: journal, Logger: h.log,
	})
	if err != nil {
		return err
	}
	again, err := h.furnish(ctx)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(stdout, "frontdesk: open http://%s/ in a browser\n", listener.Addr())
	_, _ = fmt.Fprintln(stdout, "frontdesk:", journal.about(again))
	return h.run(ctx, listener)
}

// furnish configures a center that has no campaign yet; again says that it had. What was
// changed in the browser stays.
func (h *house) furnish(ctx context.Context) (again bool, err error) {
	have, err := h.center.Config(ctx)
	if err != nil || len(have.Campaigns) > 0 {
		return true, err
	}
	cfg, err := usher.ParseConfig(openJSON)
	if err != nil {
		return false, err
	}
	return false, h.center.Configure(ctx, cfg)
}

// run lets everything go on until ctx ends or something breaks.
func (h *house) run(ctx context.Context, l net.Listener) error {
	handler := h.routes()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute}
	all, ctx := errgroup.WithContext(ctx)
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	all.Go(func() error { return unlessClosed(server.Serve(l)) })
	all.Go(func() error {
		<-ctx.Done()
		defer stop()
		for _, d := range h.desks {
			d.Close() // streams would hold up the end
		}
		late, cancel := context.WithTimeout(inner, 2*time.Second)
		defer cancel()
		if err := server.Shutdown(late); err != nil {
			return server.Close() // the phones' streams
		}
		return nil
	})
	all.Go(func() error { return h.center.Run(inner) })
	if err := h.crew.join(ctx, h.center); err != nil {
		stop()
		return errors.Join(err, server.Close())
	}
	all.Go(func() error { return untilDone(inner, h.crew.follow) })
	all.Go(func() error { h.crew.work(inner); return nil })
	all.Go(func() error { return h.walkIns(inner) })
	return all.Wait()
}

// walkers write to the repairs, so that there is something to see.
var walkers = []struct{ phone, name, text string }{
	{"5511987650001", "Beatriz Nogueira", "My rear brake squeaks. Can I bring the bike today?"},
	{"59899120002", "Diego Pérez", "¿Reparan bicicletas eléctricas?"},
	{"351912340003", "Rita Sousa", "Bom dia! A minha bicicleta já está pronta?"},
	{"34600110004", "Lucía Gómez", "Do you repair e-bikes?"},
	{"14155550005", "Sam Carter", "Flat tyre again, the same wheel as last week…"},
}

// walkIns lets one of them write now and then.
func (h *house) walkIns(ctx context.Context) error {
	if h.walkins == 0 {
		return nil
	}
	tick := time.NewTicker(h.walkins)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		w := walkers[rand.IntN(len(walkers))]
		if _, err := h.line.Say(ctx, h.center, w.phone, w.name, repairsNumber, channel.TextMessage(w.text)); err != nil && ctx.Err() == nil {
			h.log.Warn("frontdesk: walk-in", "error", err)
		}
	}
}
