package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// timeline prints what happens as people would tell it: a line for an event, with the
// time, who, and what.
type timeline struct {
	w         io.Writer
	zone      *time.Location
	events    *usher.Subscription
	customers map[string]string // name by customer
	talks     map[string]string // customer by interaction
}

func newTimeline(center *usher.Center, w io.Writer, zone *time.Location) *timeline {
	return &timeline{
		w: w, zone: zone, events: center.Subscribe(0), customers: map[string]string{}, talks: map[string]string{},
	}
}

// follow prints the next event.
func (t *timeline) follow(ctx context.Context) error {
	ev, err := t.events.Next(ctx)
	return t.show(&ev, err)
}

// show prints an event, or how many were missed.
func (t *timeline) show(ev *queue.Event, err error) error {
	var lag *usher.LagError
	if errors.As(err, &lag) {
		_, _ = fmt.Fprintf(t.w, "          (%d events are not shown)\n", lag.Missed)
		return nil
	}
	if err != nil {
		return err
	}
	t.print(ev)
	return nil
}

// drain prints everything there is.
func (t *timeline) drain() {
	for {
		ev, ok, err := t.events.Poll()
		if !ok && err == nil {
			return
		}
		_ = t.show(&ev, err)
	}
}

func (t *timeline) print(ev *queue.Event) {
	t.learn(ev)
	if who, what := t.tell(ev); what != "" {
		_, _ = fmt.Fprintf(t.w, "%s  %-10s %s\n", ev.At.In(t.zone).Format("15:04:05"), who, what)
	}
	if ev.Kind == queue.Ended {
		delete(t.talks, ev.Interaction)
	}
}

// learn notes who is who.
func (t *timeline) learn(ev *queue.Event) {
	switch ev.Kind {
	case queue.CustomerKnown:
		name := ev.Name
		if name == "" && len(ev.Aliases) > 0 {
			name = channel.Alias(ev.Aliases[0]).Value()
		}
		if _, known := t.customers[ev.Customer]; !known || ev.Name != "" {
			t.customers[ev.Customer] = plain(name)
		}
	case queue.CustomerMerged:
		delete(t.customers, ev.From)
	case queue.Opened, queue.Started, queue.Reopened, queue.Refused:
		t.talks[ev.Interaction] = ev.Customer
	}
}

func (t *timeline) customer(ev *queue.Event) string {
	if name := t.customers[t.talks[ev.Interaction]]; name != "" {
		return name
	}
	if name := t.customers[ev.Customer]; name != "" {
		return name
	}
	return "customer"
}

// tell puts an event in words; "" for one that people need not see.
func (t *timeline) tell(ev *queue.Event) (who, what string) {
	who = t.customer(ev)
	switch ev.Kind {
	case queue.Opened, queue.Received, queue.Reopened:
		return who, said(ev.Message)
	case queue.Refused:
		return who, said(ev.Message) + " (refused: " + spaced(ev.Outcome) + ")"
	case queue.CustomerBlocked:
		if ev.Outbound {
			return "blacklist", fmt.Sprintf("keeps %s from writing to %s: %s", ev.Agent, ev.From, ev.Reason)
		}
		return "blacklist", fmt.Sprintf("keeps %s out: %s", ev.From, ev.Reason)
	case queue.Listed:
		return "blacklist", fmt.Sprintf("tells %s that %s is listed: %s", ev.Agent, who, ev.Reason)
	case queue.Unlisted:
		return "blacklist", fmt.Sprintf("has %s no longer", who)
	case queue.Started:
		return ev.Agent, "writes to " + who + " first"
	case queue.Ended:
		what = "is done: " + spaced(ev.Outcome)
		if ev.Reason != "" && ev.Reason != "bot" {
			what += ", " + plain(ev.Reason)
		}
		return who, what
	}
	if strings.HasPrefix(ev.Kind.String(), "message.") {
		return t.tellMessage(ev)
	}
	if strings.HasPrefix(ev.Kind.String(), "bot.") {
		return t.tellBot(ev)
	}
	if strings.HasPrefix(ev.Kind.String(), "agent.") || strings.HasPrefix(ev.Kind.String(), "campaign.") {
		return t.tellStaff(ev)
	}
	return t.tellQueue(ev)
}

func (t *timeline) tellMessage(ev *queue.Event) (who, what string) {
	switch {
	case ev.Kind == queue.MessageQueued:
		who = ev.Agent + ev.Bot
		if who == "" {
			who = "desk"
		}
		return who, "to " + t.customer(ev) + ": " + words(ev.Message)
	case ev.Delivery == queue.MessageFailed:
		return "whatsapp", "a message to " + t.customer(ev) + " failed: " + plain(ev.Reason)
	case ev.Delivery == queue.MessageUnknown:
		return "whatsapp", "nobody knows whether a message to " + t.customer(ev) + " was taken: " + plain(ev.Reason)
	case ev.Delivery == queue.MessageWaits:
		return "whatsapp", fmt.Sprintf("a message to %s waits until %s: %s", t.customer(ev), t.clock(ev.Until), plain(ev.Reason))
	}
	return "", ""
}

func (t *timeline) tellBot(ev *queue.Event) (who, what string) {
	switch {
	case ev.Kind == queue.BotStarted && ev.Phase == queue.PhaseWaiting:
		return ev.Bot, fmt.Sprintf("has %s after %s of waiting", t.customer(ev), ev.Wait)
	case ev.Kind == queue.BotStarted:
		return ev.Bot, "has " + t.customer(ev)
	case ev.Kind == queue.BotEnded && ev.Failed:
		return ev.Bot, "failed: " + plain(ev.Reason)
	case ev.Kind == queue.BotLate:
		return "bot", "answered too late; dropped"
	}
	return "", ""
}

func (t *timeline) tellStaff(ev *queue.Event) (who, what string) {
	switch ev.Kind {
	case queue.AgentStated:
		what = "is " + string(ev.State)
		if ev.Reason != "" {
			what += " (" + plain(ev.Reason) + ")"
		}
		return ev.Agent, what
	case queue.CampaignHours:
		if ev.Open {
			return "desk", "opens"
		}
		return "desk", "closes"
	}
	return "", ""
}

func (t *timeline) tellQueue(ev *queue.Event) (who, what string) {
	who = t.customer(ev)
	switch ev.Kind {
	case queue.Queued:
		return who, "is in the queue"
	case queue.Offered:
		return "queue", fmt.Sprintf("offers %s to %s until %s", who, ev.Agent, t.clock(ev.Until))
	case queue.OfferEnd:
		return ev.Agent, strings.TrimSuffix(ev.Reason+" the offer of "+who+": "+plain(ev.From), ": ")
	case queue.Answered:
		return ev.Agent, fmt.Sprintf("answers %s after %s", who, ev.Wait)
	case queue.Breached:
		return "desk", "missed the service level for " + who
	case queue.Overdue:
		return who, "waited too long, but an offer is out"
	case queue.TransferStarted:
		return ev.From, fmt.Sprintf("transfers %s to %s%s", who, ev.Agent, t.until(ev.Until))
	case queue.TransferReturned:
		return "queue", fmt.Sprintf("gives %s back to %s: %s by %s", who, ev.Agent, ev.Reason, ev.From)
	case queue.TransferDone:
		return ev.Agent, fmt.Sprintf("takes %s over from %s", who, ev.From)
	case queue.Moved:
		return who, "moves from " + ev.From + " to " + ev.Campaign
	case queue.Requeued:
		return who, "goes back to the queue"
	case queue.Finished:
		return ev.Agent, fmt.Sprintf("finishes with %s after %s: %s", who, ev.Wait, plain(ev.Reason))
	}
	return "", ""
}

func (t *timeline) clock(at time.Time) string { return at.In(t.zone).Format("15:04:05") }

func (t *timeline) until(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return " until " + t.clock(at)
}

func spaced(o queue.Outcome) string { return strings.ReplaceAll(string(o), "_", " ") }

// said is how a customer put it.
func said(m *queue.Message) string {
	if full, err := decoded(m); err == nil && full.Kind == channel.Answer {
		return "chooses: " + plain(full.Text)
	}
	return "writes: " + words(m)
}

func decoded(m *queue.Message) (channel.Message, error) {
	if m == nil {
		return channel.Message{}, nil
	}
	return usher.Decode(m)
}

// words is what a message says, in one line.
func words(m *queue.Message) string {
	full, err := decoded(m)
	switch {
	case err != nil:
		return "(unreadable)"
	case full.Kind == channel.Text:
		return plain(full.Text)
	case full.Menu != nil:
		var titles []string
		for _, o := range full.Menu.Options {
			titles = append(titles, o.Title)
		}
		return plain(full.Text) + " [" + strings.Join(titles, " | ") + "]"
	}
	return strings.TrimSpace("(" + string(full.Kind) + ") " + plain(full.Text))
}

// plain makes foreign text safe for a terminal, and short.
func plain(text string) string {
	const most = 100
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
