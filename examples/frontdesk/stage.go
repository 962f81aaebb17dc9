package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

// stage is a front desk and the world around it: a center behind a webhook, and a
// stand-in for Meta that posts to it and takes what it sends. Both listen on ports of
// this machine and talk HTTP; only the clock is the player's.
type stage struct {
	clock  *hands
	center *usher.Center
	graph  *cloudapitest.Server
	number string
	pace   func(ctx context.Context, until time.Time) error // waits, when the day is live

	running errgroup.Group
	stop    context.CancelFunc
	servers []*http.Server
}

// set says what a stage is made from.
type set struct {
	from   time.Time
	meta   cloudapitest.Config
	config usher.Config
	desk   usher.Desk
	// What a crowd needs and a day of a few customers does not.
	account func(*cloudapi.Config)
	center  func(*usher.Options)
}

func newStage(ctx context.Context, s set) (*stage, error) {
	st := &stage{clock: newHands(s.from), number: "+15550783881"}
	st.pace = func(context.Context, time.Time) error { return nil }
	s.meta.Now = st.clock.Now
	st.graph = cloudapitest.NewServer(s.meta)
	url, err := st.listen(ctx, st.graph)
	if err != nil {
		return nil, err
	}
	account := st.graph.ConnectorConfig(connectorName, url)
	if s.account != nil {
		s.account(&account)
	}
	connector, err := cloudapi.New(account)
	if err != nil {
		return nil, err
	}
	known, err := bots("")
	if err != nil {
		return nil, err
	}
	opts := usher.Options{
		Connectors: []channel.Connector{connector}, Bots: known, Desk: s.desk, Clock: st.clock, NewID: counted("i"),
	}
	if s.center != nil {
		s.center(&opts)
	}
	st.center, err = usher.New(opts)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/webhook", connector.Webhook(st.center))
	if url, err = st.listen(ctx, mux); err != nil {
		return nil, err
	}
	st.graph.SetWebhook(url + "/webhook")
	runs, stop := context.WithCancel(context.WithoutCancel(ctx))
	st.stop = stop
	st.running.Go(func() error { return st.center.Run(runs) })
	if err := st.center.Configure(ctx, s.config); err != nil {
		return nil, err
	}
	return st, st.graph.Verify(ctx)
}

// counted makes ids that are the same on every day.
func counted(prefix string) func() string {
	var n atomic.Int64
	return func() string { return fmt.Sprintf("%s%07d", prefix, n.Add(1)) }
}

// listen serves a handler on a free port and returns its address.
func (s *stage) listen(ctx context.Context, h http.Handler) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	s.servers = append(s.servers, server)
	s.running.Go(func() error { return unlessClosed(server.Serve(l)) })
	return "http://" + l.Addr().String(), nil
}

// close ends what the stage runs and returns what went wrong meanwhile.
func (s *stage) close() error {
	if s.stop != nil {
		s.stop()
	}
	for _, server := range s.servers {
		_ = server.Close()
	}
	return s.running.Wait()
}

// settle returns when everything that follows from what happened has happened: offers
// shown, bots asked, messages sent, their statuses reported, and what follows from those.
func (s *stage) settle(ctx context.Context) error {
	for {
		before := s.graph.Taken()
		if err := s.center.Settle(ctx); err != nil {
			return err
		}
		if err := s.graph.Settle(ctx); err != nil {
			return err
		}
		if err := s.center.Settle(ctx); err != nil {
			return err
		}
		if s.graph.Taken() == before {
			return nil
		}
	}
}

// advance lets time pass until an instant, with a stop at every deadline in between.
func (s *stage) advance(ctx context.Context, until time.Time, then func() error) error {
	for {
		next, ok := s.center.Next()
		if !ok || next.After(until) {
			break
		}
		if err := s.arrive(ctx, next, then); err != nil {
			return err
		}
	}
	return s.arrive(ctx, until, then)
}

func (s *stage) arrive(ctx context.Context, at time.Time, then func() error) error {
	if err := s.pace(ctx, at); err != nil {
		return err
	}
	s.clock.set(at)
	if err := s.settle(ctx); err != nil {
		return err
	}
	return then()
}

// pacer makes time pass so many times faster than the real one.
func (s *stage) pacer(speed float64) func(context.Context, time.Time) error {
	return func(ctx context.Context, until time.Time) error {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		last := time.Now()
		for s.clock.Now().Before(until) {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case now := <-tick.C:
				passed := s.clock.Now().Add(time.Duration(float64(now.Sub(last)) * speed))
				if passed.After(until) {
					passed = until
				}
				s.clock.set(passed)
				last = now
			}
		}
		return nil
	}
}
