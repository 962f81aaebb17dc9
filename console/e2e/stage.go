package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
	"golang.org/x/sync/errgroup"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/examples/phones"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/settings"
)

// The numbers of the stage's business.
const (
	SalesNumber   = "+15550783881"
	SupportNumber = "+15550783882"
)

// Stage is a contact center with its console and its customers' phones, served on a port
// of this machine. Its clock runs, and can be moved on.
type Stage struct {
	Center *usher.Center
	Line   *phones.Line
	URL    string // of the server; the console is at /desk/, the phones at /phone/

	clock *clock.Mock
	hands sync.Mutex
	real  time.Time // when the hands were moved last

	users   sync.Map // name → console.Actor; who is not in it may not come in
	gate    gate
	server  *http.Server
	running errgroup.Group
	stop    context.CancelFunc
}

// Options say what a stage is made from.
type Options struct {
	At     time.Time // the first instant; zero = now
	Config usher.Config
	WhatIf console.WhatIf
	Demo   bool
}

// NewStage returns a stage that runs until it is closed.
func NewStage(ctx context.Context, o Options) (*Stage, error) {
	s := &Stage{clock: clock.NewMock(), real: time.Now(), Line: phones.New("whatsapp", SalesNumber, SupportNumber)}
	if o.At.IsZero() {
		o.At = s.real
	}
	s.clock.Set(o.At)
	if len(o.Config.Campaigns) == 0 {
		o.Config = Config()
	}
	center, err := usher.New(usher.Options{
		Connectors: []channel.Connector{s.Line}, Clock: s.clock,
		Bots: map[string]bot.Bot{"welcome": bot.Func(welcome), "survey": farewell("How was it?"), "callback": farewell("We call you back.")},
	})
	if err != nil {
		return nil, err
	}
	s.Center = center
	runs, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.running.Go(func() error { return center.Run(runs) })
	s.running.Go(func() error { return s.tick(runs) })
	if err := center.Configure(ctx, o.Config); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.serve(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// farewell is a bot that says one thing and ends its part.
func farewell(text string) bot.Bot {
	return bot.Func(func(context.Context, bot.Session) (bot.Reply, error) {
		return bot.Reply{Messages: []channel.Message{channel.TextMessage(text)}, Next: bot.Next{Action: bot.Finish}}, nil
	})
}

// welcome answers what it knows and hands the rest to people.
func welcome(_ context.Context, s bot.Session) (bot.Reply, error) {
	if s.Input != nil && strings.Contains(s.Input.Text, "Saturday") {
		return bot.Reply{Messages: []channel.Message{channel.TextMessage("On Saturdays we are here from 9 to 13.")}, Next: bot.Next{Action: bot.Finish}}, nil
	}
	return bot.Reply{Messages: []channel.Message{channel.TextMessage("Welcome! Somebody will be with you in a moment.")}, Next: bot.Next{Action: bot.Queue}}, nil
}

func (s *Stage) serve(ctx context.Context, o Options) error {
	authorize := s.authorize
	if o.Demo {
		authorize = console.AllowAll
	}
	desk := console.New(s.Center, console.Options{
		Authorize: authorize, WhatIf: o.WhatIf, Heartbeat: time.Second,
		Pauses:       []string{"Lunch", "Break", "Training"},
		Dispositions: []string{"Solved", "Sale", "Follow-up needed", "Wrong number"},
		Templates: []console.Template{
			{Name: "order_ready", Language: "en", Text: "Hello {{1}}, your order {{2}} is ready.", Params: 2},
			{Name: "we_are_back", Language: "en", Text: "Hello! You wrote to us. How can we help?"},
		},
	})
	mux := http.NewServeMux()
	mux.Handle("/desk/", &s.gate)
	s.gate.next = desk
	mux.Handle("/phone/", http.StripPrefix("/phone", s.Line.Handler(s.Center)))
	mux.HandleFunc("GET /as/{name}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "as", Value: r.PathValue("name"), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		http.Redirect(w, r, "/desk/", http.StatusSeeOther)
	})
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.URL = "http://" + l.Addr().String()
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	s.running.Go(func() error {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return nil
}

// Close ends everything.
func (s *Stage) Close() error {
	if s.server != nil {
		_ = s.server.Close()
	}
	s.stop()
	return s.running.Wait()
}

// tick lets the clock run with the world's.
func (s *Stage) tick(ctx context.Context) error {
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			s.Pass(0)
		}
	}
}

// Pass moves the clock on by d, beside what has passed by itself.
func (s *Stage) Pass(d time.Duration) {
	s.hands.Lock()
	defer s.hands.Unlock()
	now := time.Now()
	s.clock.Add(now.Sub(s.real) + d)
	s.real = now
}

// Now is the stage's time.
func (s *Stage) Now() time.Time { return s.clock.Now() }

// Allow lets somebody in as an actor; the page is at /as/NAME. Forbid takes that away.
func (s *Stage) Allow(name string, a console.Actor) { s.users.Store(name, a) }

// Forbid ends somebody's access.
func (s *Stage) Forbid(name string) { s.users.Delete(name) }

func (s *Stage) authorize(r *http.Request) (console.Actor, error) {
	c, err := r.Cookie("as")
	if err != nil {
		return console.Actor{}, errors.New("not logged in")
	}
	a, ok := s.users.Load(c.Value)
	if !ok {
		return console.Actor{}, fmt.Errorf("%s may not come in", c.Value)
	}
	return a.(console.Actor), nil
}

// Say lets a customer write.
func (s *Stage) Say(ctx context.Context, phone, name, number, text string) error {
	_, err := s.Line.Say(ctx, s.Center, phone, name, number, channel.Message{Kind: channel.Text, Text: text})
	return err
}

// Available makes agents available.
func (s *Stage) Available(ctx context.Context, agents ...string) error {
	for _, a := range agents {
		if _, err := s.Center.Do(ctx, queue.AgentState{Agent: a, State: queue.Available}); err != nil {
			return err
		}
	}
	return nil
}

// gate stands before the console and can cut its lines.
type gate struct {
	next  http.Handler
	mu    sync.Mutex
	shut  bool
	poll  bool // streams do not come through
	lines map[*http.Request]context.CancelFunc
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	g.mu.Lock()
	if g.shut || g.poll && strings.HasSuffix(r.URL.Path, "api/stream") {
		g.mu.Unlock()
		hangUp(w)
		return
	}
	if g.lines == nil {
		g.lines = map[*http.Request]context.CancelFunc{}
	}
	g.lines[r] = cancel
	g.mu.Unlock()
	g.next.ServeHTTP(w, r.WithContext(ctx))
	g.mu.Lock()
	delete(g.lines, r)
	g.mu.Unlock()
}

func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// Cut breaks every line to the console and lets none in until Mend.
func (s *Stage) Cut() {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.gate.shut = true
	for _, cancel := range s.gate.lines {
		cancel()
	}
}

// CutStreams breaks streams for good, as a proxy does that waits for the end of every answer.
func (s *Stage) CutStreams() {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.gate.poll = true
	for r, cancel := range s.gate.lines {
		if strings.HasSuffix(r.URL.Path, "api/stream") {
			cancel()
		}
	}
}

// Mend lets lines in again.
func (s *Stage) Mend() {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.gate.shut = false
}

// Config is a small contact center: two campaigns, a handful of agents.
func Config() usher.Config {
	week := schedule.Schedule{Zone: "UTC", Week: []schedule.Rule{
		{Days: []string{"mon", "tue", "wed", "thu", "fri"}, Range: schedule.Range{From: "00:00", To: "24:00"}},
		{Days: []string{"sat"}, Range: schedule.Range{From: "00:00", To: "24:00"}},
		{Days: []string{"sun"}, Range: schedule.Range{From: "00:00", To: "24:00"}},
	}, Exceptions: []schedule.Exception{{Date: "2027-12-25", Closed: true, Note: "Christmas"}}}
	agents := []usher.Agent{
		{ID: "ana", Name: "Ana Lima", Limit: 3}, {ID: "bruno", Name: "Bruno Costa", Limit: 3},
		{ID: "carla", Name: "Carla Méndez", Limit: 4}, {ID: "diego", Name: "Diego Rossi", Limit: 2},
		{ID: "elena", Name: "Elena Petrova", Limit: 3},
	}
	return usher.Config{Agents: agents, Campaigns: []usher.Campaign{
		{
			ID: "sales", Name: "Sales", Zone: "UTC",
			Members: []usher.Member{{Agent: "ana"}, {Agent: "bruno"}, {Agent: "carla", Tier: 1}, {Agent: "elena", Tier: 1, Skills: []settings.Skill{{Name: "french", Level: 8}}}},
			WhatsApp: &settings.Card{
				Enable: true, Connector: "whatsapp", PhoneNumbers: []string{SalesNumber}, Strategy: "leastbusy",
				ServiceLevel: 30, MaxInteractions: 50, MaxTransferTime: 30, IncomingBlacklist: true, OutgoingBlacklist: true,
				OutOfHours: settings.OutOfHours{Hours: &week, Message: "We are closed now."}, Offers: settings.Offers{RingTime: 30, AutoPauseMisses: 1000},
			},
		},
		{
			ID: "support", Name: "Support", Zone: "UTC",
			Members: []usher.Member{{Agent: "carla"}, {Agent: "diego"}, {Agent: "ana", Tier: 1}},
			WhatsApp: &settings.Card{
				Enable: true, Connector: "whatsapp", PhoneNumbers: []string{SupportNumber}, Strategy: "rrmemory",
				ServiceLevel: 60, MaxTransferTime: 45, MaxTime: 420, BotOnStart: "welcome", BotAfterWaitingTime: "callback", IncomingBlacklist: true,
			},
		},
	}}
}

// Pause pauses an agent.
func (s *Stage) Pause(ctx context.Context, agent string) error {
	_, err := s.Center.Do(ctx, queue.AgentState{Agent: agent, State: queue.Paused, Reason: "Break"})
	return err
}

// Streams is how many streams of events are open.
func (s *Stage) Streams() int {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	n := 0
	for r := range s.gate.lines {
		if strings.HasSuffix(r.URL.Path, "api/stream") {
			n++
		}
	}
	return n
}
