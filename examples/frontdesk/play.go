package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/queue"
)

// deskJSON is the configuration of the day that is played.
//
//go:embed desk.json
var deskJSON []byte

// day plays a script on a stage.
type day struct {
	*stage
	w      io.Writer
	lines  *timeline
	ledger *ledger
	from   time.Time
}

// step is something that somebody does at a time of the day.
type step struct {
	at    string // "15:04:05"
	title string // of the scene that begins here
	do    func(ctx context.Context) error
}

// playDay plays the script and prints the board.
func playDay(ctx context.Context, o options, w io.Writer) (err error) {
	d, err := newDay(ctx, w)
	if d != nil && d.stage != nil {
		defer func() { err = errors.Join(err, d.close()) }()
	}
	if err != nil {
		return err
	}
	if o.live {
		d.pace = d.pacer(o.speed)
	}
	for _, s := range d.script() {
		if err := d.play(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.at, err)
		}
	}
	line := d.center.Board(d.from).Campaigns[0]
	printBoard(w, &line)
	return d.ledger.print(w, &line)
}

func newDay(ctx context.Context, w io.Writer) (*day, error) {
	cfg, err := usher.ParseConfig(deskJSON)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(cfg.Campaigns[0].Zone)
	if err != nil {
		return nil, err
	}
	d := &day{w: w, from: time.Date(2026, 3, 2, 8, 30, 0, 0, zone)}
	d.stage, err = newStage(ctx, set{
		from: d.from, config: cfg,
		meta: cloudapitest.Config{
			Statuses: []channel.State{channel.Sent, channel.Delivered}, Limits: true, Window: true,
		},
	})
	if err != nil {
		return d, err
	}
	d.lines, d.ledger = newTimeline(d.center, w, zone), newLedger(d.center)
	_, _ = fmt.Fprintf(w, "%s, %s\n", cfg.Campaigns[0].Name, d.from.Format("Monday 2 January 2006"))
	return d, d.center.Blacklist().Add(blacklist.Entry{Alias: "phone:" + troll.Number, Reason: "threatened us", Author: "Ana"})
}

func (d *day) play(ctx context.Context, s step) error {
	clock, err := time.Parse("15:04:05", s.at)
	if err != nil {
		return err
	}
	at := time.Date(d.from.Year(), d.from.Month(), d.from.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, d.from.Location())
	if err := d.advance(ctx, at, d.look); err != nil {
		return err
	}
	if s.title != "" {
		_, _ = fmt.Fprintf(d.w, "\n%s\n", s.title)
	}
	if s.do == nil {
		return nil
	}
	if err := s.do(ctx); err != nil {
		return err
	}
	if err := d.settle(ctx); err != nil {
		return err
	}
	return d.look()
}

// look prints what has happened.
func (d *day) look() error {
	d.lines.drain()
	d.ledger.drain()
	return nil
}

// say is a customer writing.
func (d *day) say(p *cloudapitest.Phone, text string) func(context.Context) error {
	return func(ctx context.Context) error { return p.Say(ctx, d.number, text) }
}

// show is a customer sending a picture.
func (d *day) show(p *cloudapitest.Phone, caption string) func(context.Context) error {
	return func(ctx context.Context) error {
		return d.graph.Post(ctx, p.Media(d.number, "image", "2754859441498128", "image/jpeg", caption))
	}
}

// choose is a customer pressing a button.
func (d *day) choose(p *cloudapitest.Phone, option string) func(context.Context) error {
	return func(ctx context.Context) error { return p.Choose(ctx, option) }
}

// is an agent saying so.
func (d *day) is(agent string, state queue.State, reason string) func(context.Context) error {
	return d.do(queue.AgentState{Agent: agent, State: state, Reason: reason})
}

func (d *day) do(c queue.Command) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := d.center.Do(ctx, c)
		return err
	}
}

func (d *day) agent(id string) queue.AgentView {
	for _, a := range d.center.Board(d.from).Agents {
		if a.ID == id {
			return a
		}
	}
	return queue.AgentView{}
}

// accept is an agent taking what they are offered.
func (d *day) accept(agent string) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, interaction := range d.agent(agent).Asked {
			return d.do(queue.Accept{Agent: agent, Interaction: interaction})(ctx)
		}
		return fmt.Errorf("nothing is offered to %s", agent)
	}
}

// has passes what the agent has had the longest.
func (d *day) has(agent string, f func(ctx context.Context, interaction string) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, interaction := range d.agent(agent).Has {
			return f(ctx, interaction)
		}
		return fmt.Errorf("%s has nobody", agent)
	}
}

func (d *day) reply(agent, text string) func(context.Context) error {
	return d.has(agent, func(ctx context.Context, interaction string) error {
		return d.center.Send(ctx, usher.Reply{Interaction: interaction, Agent: agent, Message: channel.TextMessage(text)})
	})
}

func (d *day) finish(agent, how string) func(context.Context) error {
	return d.has(agent, func(ctx context.Context, interaction string) error {
		return d.do(queue.Finish{Agent: agent, Interaction: interaction, Disposition: how})(ctx)
	})
}

func (d *day) transfer(from, to string) func(context.Context) error {
	return d.has(from, func(ctx context.Context, interaction string) error {
		return d.do(queue.Transfer{Agent: from, Interaction: interaction, ToAgent: to})(ctx)
	})
}

// start is an agent writing first, to somebody on the blacklist.
func (d *day) start(agent string, to cloudapitest.Person) func(context.Context) error {
	return func(ctx context.Context) error {
		hello := channel.Message{Kind: channel.Template, Template: &channel.TemplateRef{Name: "hello", Language: "en"}}
		_, err := d.center.Start(ctx, usher.Outgoing{
			Campaign: "velo", Agent: agent, To: channel.Phone(to.Number), Name: to.Name, Message: &hello,
		})
		if errors.Is(err, queue.ErrBlacklisted) {
			d.note(agent, "is told: "+strings.TrimPrefix(err.Error(), "queue: "))
			return nil
		}
		return fmt.Errorf("started although listed: %w", err)
	}
}

// note prints what no event says.
func (d *day) note(who, what string) {
	_, _ = fmt.Fprintf(d.w, "%s  %-10s %s\n", d.lines.clock(d.clock.Now()), who, what)
}
