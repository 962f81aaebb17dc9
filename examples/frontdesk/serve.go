package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// serve answers real numbers until ctx ends.
func (d *desk) serve(ctx context.Context, stdout io.Writer) (err error) {
	journal, err := d.journal(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	ignored := &ignored{}
	crew := newCrew(d.crew, d.reply, func(string) time.Duration { return d.answer }, d.log)
	center, err := usher.New(usher.Options{
		Connectors: []channel.Connector{d.connector}, Bots: d.bots, Desk: crew, Notice: ignored.add, Logger: d.log,
		Journal: journal.Journal,
	})
	if err != nil {
		return err
	}
	before, err := center.Config(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(center.Configure(ctx, d.config), center.Blacklist().Add(d.listed...)); err != nil {
		return err
	}
	lines := newTimeline(center, stdout, time.Local)
	if d.quiet {
		lines = newTimeline(center, io.Discard, time.Local)
	}
	if err := errors.Join(sendHome(ctx, center, crew), crew.join(ctx, center)); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.listen)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(stdout, "frontdesk: listening on http://%s/webhook\n", listener.Addr())
	_, _ = fmt.Fprintln(stdout, "frontdesk:", journal.about(len(before.Campaigns) > 0))
	return d.run(ctx, center, crew, lines, ignored, listener)
}

// sendHome logs out agents who were on duty before a restart and are nobody's now; what
// they had goes back to the queue.
func sendHome(ctx context.Context, center *usher.Center, crew *crew) error {
	for _, a := range center.Board(time.Now()).Agents {
		if a.State == queue.Offline || crew.member[a.ID] {
			continue
		}
		if _, err := center.Do(ctx, queue.AgentState{Agent: a.ID, State: queue.Offline, Requeue: true}); err != nil {
			return err
		}
	}
	return nil
}

// run lets everything go on until ctx ends or something breaks. Then the webhook closes
// first, so that what was acknowledged is still routed, and the center finishes what is
// under way.
func (d *desk) run(ctx context.Context, center *usher.Center, crew *crew, lines *timeline, ignored *ignored, l net.Listener) error {
	server := &http.Server{
		Handler:           d.routes(center, ignored),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	}
	all, ctx := errgroup.WithContext(ctx)
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	all.Go(func() error { return unlessClosed(server.Serve(l)) })
	all.Go(func() error {
		<-ctx.Done()
		defer stop()
		late, cancel := context.WithTimeout(inner, 5*time.Second)
		defer cancel()
		return server.Shutdown(late)
	})
	all.Go(func() error { return center.Run(inner) })
	all.Go(func() error { return untilDone(inner, crew.follow) })
	all.Go(func() error { crew.work(inner); return nil })
	// Nobody waits for the timeline: whoever reads it may have stopped reading.
	go func() { _ = untilDone(inner, lines.follow) }()
	return all.Wait()
}

func unlessClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// untilDone calls f again and again until ctx ends.
func untilDone(ctx context.Context, f func(context.Context) error) error {
	for ctx.Err() == nil {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

func (d *desk) routes(center *usher.Center, ignored *ignored) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/webhook", d.connector.Webhook(center))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc("GET /board", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, boardOf(center, ignored))
	})
	return mux
}
