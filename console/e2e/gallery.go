package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
)

// Gallery is a stage in the middle of a day and every screen that shows it.
type Gallery struct {
	stage   *Stage
	browser *Browser
	people  map[string]*Page
	talk    string // the interaction on Ana's desk
}

// Shot is one picture to be taken.
type Shot struct {
	Name string // "dashboard-dark-1366"
	Take func() ([]byte, error)
}

// OpenGallery plays the day. It takes some seconds.
func OpenGallery(ctx context.Context) (*Gallery, error) {
	now := time.Now().UTC()
	at := time.Date(now.Year(), now.Month(), now.Day(), 8, 0, 0, 0, time.UTC).AddDate(0, 0, -1)
	for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.AddDate(0, 0, -1)
	}
	config := Config()
	config.Campaigns[0].WhatsApp.OutOfHours.Hours = &schedule.Schedule{Zone: "UTC", Week: []schedule.Rule{
		{Days: []string{"mon", "tue", "wed", "thu"}, Range: schedule.Range{From: "08:00", To: "20:00"}},
		{Days: []string{"fri"}, Range: schedule.Range{From: "08:00", To: "14:00"}},
		{Days: []string{"fri"}, Range: schedule.Range{From: "15:30", To: "23:00"}},
		{Days: []string{"sat"}, Range: schedule.Range{From: "09:00", To: "13:00"}},
	}, Exceptions: []schedule.Exception{{Date: "2027-12-25", Closed: true, Note: "Christmas"}}}
	s, err := NewStage(ctx, Options{At: at, Config: config, WhatIf: console.WhatIfFunc(pretend)})
	if err != nil {
		return nil, err
	}
	g := &Gallery{stage: s, people: map[string]*Page{}}
	if g.browser, err = Open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := g.play(ctx); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// Close ends the gallery.
func (g *Gallery) Close() {
	g.browser.Close()
	_ = g.stage.Close()
}

// pretend stands in for the simulator: the pictures are of the page, not of figures.
func pretend(_ context.Context, t console.Trial, progress func(float64)) (console.WhatIfResult, error) {
	progress(1)
	return console.WhatIfResult{From: t.From, To: t.To, Notes: []string{"a stand-in for the simulator"}}, nil
}

func (g *Gallery) play(ctx context.Context) error {
	s := g.stage
	s.Allow("sam", console.Actor{ID: "sam", Name: "Sam Okafor", Can: console.Supervisor})
	s.Allow("ana", console.Actor{ID: "ana", Name: "Ana Lima", Agent: "ana", Can: console.Agent})
	if err := s.Day(ctx, 5.4); err != nil {
		return err
	}
	if _, err := s.Center.Do(ctx, queue.AgentState{Agent: "diego", State: queue.Paused, Reason: "Lunch"}); err != nil {
		return err
	}
	return g.converse(ctx)
}

// converse puts a conversation on Ana's desk, an offer beside it, and some who wait.
func (g *Gallery) converse(ctx context.Context) error {
	s := g.stage
	const phone = "5511987651234"
	for _, x := range s.Center.Interactions("") { // her desk is hers
		if x.Owner == queue.OwnedByAgent && x.Agent == "ana" {
			if _, err := s.Center.Do(ctx, queue.Finish{Interaction: x.ID, Agent: "ana", NoBot: true}); err != nil {
				return err
			}
		}
	}
	for _, a := range []string{"bruno", "carla", "elena"} {
		if _, err := s.Center.Do(ctx, queue.AgentState{Agent: a, State: queue.Paused, Reason: "Training"}); err != nil {
			return err
		}
	}
	if err := g.acceptAll(ctx, 2); err != nil {
		return err
	}
	if err := s.Say(ctx, phone, "Beatriz Nogueira", SalesNumber, "Hi! I ordered the oak desk last week, order 48213."); err != nil {
		return err
	}
	in, err := g.give(ctx, "Beatriz Nogueira")
	if err != nil {
		return err
	}
	g.talk = in
	if err := g.chat(ctx, phone, in); err != nil {
		return err
	}
	for i, wait := range []time.Duration{70 * time.Second, 25 * time.Second, 18 * time.Second, 5 * time.Second} {
		s.Pass(wait)
		if err := s.Say(ctx, fmt.Sprintf("552198800%04d", i), names[i*3], SalesNumber, questions[i]); err != nil {
			return err
		}
	}
	return s.Available(ctx, "elena")
}

// acceptAll lets Ana take what is offered to her, n at most.
func (g *Gallery) acceptAll(ctx context.Context, n int) error {
	for _, x := range g.stage.Center.Interactions("") {
		if x.Offered == "ana" && n > 0 {
			if _, err := g.stage.Center.Do(ctx, queue.Decline{Agent: "ana", Interaction: x.ID}); err != nil {
				return err
			}
			n--
		}
	}
	return nil
}

// give assigns the interaction of a customer to Ana.
func (g *Gallery) give(ctx context.Context, name string) (string, error) {
	for _, x := range g.stage.Center.Interactions("") {
		if x.Name == name {
			_, err := g.stage.Center.Do(ctx, queue.Assign{Interaction: x.ID, Agent: "ana", Override: true, By: "sam"})
			return x.ID, err
		}
	}
	return "", fmt.Errorf("e2e: %s has no interaction", name)
}

func (g *Gallery) chat(ctx context.Context, phone, in string) error {
	s := g.stage
	lines := []struct{ from, text string }{
		{"ana", "Good afternoon Beatriz! Let me look that up for you."},
		{"ana", "It left our warehouse this morning and should be with you on Thursday."},
		{"customer", "Perfect 🙌"},
		{"customer", "Could the driver call before? The bell does not work."},
		{"ana", "Of course. I have put a note on the delivery: “call ahead, bell out of order”."},
		{"customer", "You are the best, thank you!"},
		{"customer", "One more thing: does the matching chair come in oak too?"},
	}
	for _, l := range lines {
		s.Pass(35 * time.Second)
		var err error
		if l.from == "customer" {
			err = s.Say(ctx, phone, "Beatriz Nogueira", SalesNumber, l.text)
		} else {
			err = s.Center.Send(ctx, usher.Reply{Interaction: in, Agent: l.from, Message: text(l.text)})
		}
		if err != nil {
			return err
		}
		time.Sleep(30 * time.Millisecond) // for the line to take it
	}
	return g.show(ctx, phone, in)
}

// show adds what is more than text: a menu, the answer to it, a contact, an order, a quote and
// a reaction.
func (g *Gallery) show(ctx context.Context, phone, in string) error {
	s := g.stage
	var last string
	say := func(m channel.Message) error {
		s.Pass(20 * time.Second)
		sent, err := s.Line.Say(ctx, s.Center, phone, "Beatriz Nogueira", SalesNumber, m)
		last = sent.ID
		return err
	}
	menu := channel.Menu{Header: "Chairs", Footer: "Delivery is free", Options: []channel.Option{{ID: "oak", Title: "Oak"}, {ID: "pine", Title: "Pine"}}}
	err := s.Center.Send(ctx, usher.Reply{Interaction: in, Agent: "ana", Message: channel.Message{Kind: channel.Interactive, Text: "It does. Which wood would you like?", Menu: &menu}})
	for _, m := range []channel.Message{
		{Kind: channel.Answer, Text: "Oak", Answer: &channel.AnswerRef{ID: "oak", Source: "button"}},
		{Kind: channel.Order, Text: "With cushions, please", Order: &channel.OrderRef{Items: []channel.OrderItem{{Product: "chair-oak", Quantity: 4, Price: 129, Currency: "EUR"}, {Product: "cushion-grey", Quantity: 4, Price: 19.5, Currency: "EUR"}}}},
		{Kind: channel.Contacts, Contacts: []byte(`[{"name":{"formatted_name":"Rui Nogueira"},"phones":[{"phone":"+5511912340000","type":"CELL"}]}]`)},
		{Kind: channel.Text, Text: "He will be at home"},
	} {
		err = errors.Join(err, say(m))
	}
	return errors.Join(err, say(channel.Message{Kind: channel.Reaction, Reaction: &channel.ReactionRef{MessageID: last, Emoji: "👍"}}))
}

func text(s string) channel.Message { return channel.TextMessage(s) }

// screens are what there is to see: whose, where, and what is done there first.
func (g *Gallery) screens() []screen {
	return []screen{
		{"dashboard", "sam", "#/dashboard", nil},
		{"campaign", "sam", "#/dashboard?campaign=sales&period=24h", why},
		{"agents", "sam", "#/dashboard", scrollTo("#agents")},
		{"list", "sam", "#/list?state=ended&period=24h", nil},
		{"conversation", "sam", "#/list/" + g.talk, nil},
		{"desk", "ana", "#/desk/" + g.talk, nil},
		{"transfer", "ana", "#/desk/" + g.talk, func(p *Page) error { return p.Click(Button, "Transfer") }},
		{"pending", "ana", "#/desk", func(p *Page) error { return p.Click(Button, "Pending") }},
		{"settings", "sam", "#/settings/sales", nil},
		{"hours", "sam", "#/settings/sales", scrollTo("[data-setting='set.outOfHours']")},
		{"members", "sam", "#/settings/sales", scrollTo("#s-members")},
		{"review", "sam", "#/settings/sales", review},
	}
}

func scrollTo(selector string) func(*Page) error {
	return func(p *Page) error {
		if err := p.Until("document.querySelector(" + quote(selector) + ")"); err != nil {
			return err
		}
		return p.Eval("document.querySelector("+quote(selector)+").scrollIntoView({block: 'start'})", nil)
	}
}

// why asks why somebody waits.
func why(p *Page) error {
	if err := p.Click(Button, "Why?"); err != nil {
		return err
	}
	return scrollTo("#waiting")(p)
}

// review changes two settings and asks what that would do.
func review(p *Page) error {
	if err := p.Fill("Max Time", "120"); err != nil {
		return err
	}
	if err := p.Fill("Service Level", "20"); err != nil {
		return err
	}
	if err := p.Click(Button, "Review and save"); err != nil {
		return err
	}
	return p.Shows("What will change")
}

type screen struct {
	name, who, at string
	first         func(*Page) error
}

// Sizes are the windows that every screen must fit, width and height: a small phone, and the
// common laptops and desktops.
func Sizes() [][2]int64 { return [][2]int64{{320, 640}, {1280, 800}, {1366, 768}, {1440, 900}} }

// Shots lists every picture.
func (g *Gallery) Shots() []Shot {
	var out []Shot
	for _, s := range g.screens() {
		for _, size := range Sizes() {
			for _, dark := range []bool{false, true} {
				name := fmt.Sprintf("%s-%s-%d", s.name, map[bool]string{false: "light", true: "dark"}[dark], size[0])
				out = append(out, Shot{name, func() ([]byte, error) { return g.take(s, size[0], size[1], dark) }})
			}
		}
	}
	for _, dark := range []bool{false, true} {
		for _, wide := range []bool{true, false} {
			name := map[bool]string{false: "light", true: "dark"}[dark] + map[bool]string{false: "-narrow", true: "-wide"}[wide]
			width := map[bool]int64{false: 360, true: 1360}[wide]
			out = append(out, Shot{"phone-" + name, func() ([]byte, error) { return g.phones(width, dark) }})
		}
	}
	return out
}

func (g *Gallery) take(s screen, width, height int64, dark bool) ([]byte, error) {
	p, err := g.person(s.who)
	if err != nil {
		return nil, err
	}
	if err := p.Size(width, height, dark); err != nil {
		return nil, err
	}
	if err := p.Open(g.stage.URL + "/desk/" + s.at); err != nil {
		return nil, err
	}
	if s.first != nil {
		if err := s.first(p); err != nil {
			return nil, err
		}
	}
	return p.Calm()
}

func (g *Gallery) phones(width int64, dark bool) ([]byte, error) {
	p, err := g.person("sam")
	if err != nil {
		return nil, err
	}
	if err := p.Size(width, 860, dark); err != nil {
		return nil, err
	}
	if err := p.Go(g.stage.URL + "/phone/?phone=5511987651234:Beatriz+Nogueira&phone=59899123456:Diego+P%C3%A9rez"); err != nil {
		return nil, err
	}
	if err := p.Shows("oak desk"); err != nil {
		return nil, err
	}
	return p.Calm()
}

// person is somebody's tab, logged in.
func (g *Gallery) person(name string) (*Page, error) {
	if p := g.people[name]; p != nil {
		return p, nil
	}
	p, err := g.browser.Person()
	if err != nil {
		return nil, err
	}
	g.people[name] = p
	return p, p.Go(g.stage.URL + "/as/" + name)
}

// Open goes to an address of the console and waits until it has settled there.
func (p *Page) Open(url string) error {
	if err := p.Go("about:blank"); err != nil {
		return err
	}
	if err := p.Go(url); err != nil {
		return err
	}
	return p.Settled()
}

// Settled waits until a screen has what it shows.
func (p *Page) Settled() error {
	return p.Until("document.querySelector('main, .nothing') && !document.querySelector('.skel')")
}

// Calm waits for what moves to come to rest, and takes the picture.
func (p *Page) Calm() ([]byte, error) {
	js := "new Promise((done) => setTimeout(() => document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))), 350))"
	if err := p.Eval(js, new(bool)); err != nil {
		return nil, err
	}
	return p.Shot()
}
