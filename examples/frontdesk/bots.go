package main

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
)

// bots are what a configuration can name.
func bots() map[string]bot.Bot {
	return map[string]bot.Bot{
		"menu":    bot.Func(menu),
		"message": bot.Func(takeMessage),
		"survey":  bot.Func(survey),
	}
}

func botNames() []string { return slices.Sorted(maps.Keys(bots())) }

// menu asks what it is about. An order's status it knows itself; all else waits for an
// agent.
func menu(_ context.Context, s bot.Session) (bot.Reply, error) {
	if s.Turn == 0 {
		return ask(channel.Message{
			Kind: channel.Interactive, Text: "Hello, this is Velo, the bicycle shop. How can we help?",
			Menu: &channel.Menu{Options: []channel.Option{
				{ID: "status", Title: "Order status"}, {ID: "agent", Title: "Talk to us"},
			}},
		}), nil
	}
	switch choice := chosen(s.Input); {
	case choice == "status" || choice == "1":
		r := ask(channel.TextMessage("Your bicycle is ready. Come by any day until six."))
		r.Next.Action = bot.Finish
		return r, nil
	case choice == "agent" || choice == "2":
		return bot.Reply{Set: map[string]string{"topic": "advice"}, Next: bot.Next{Action: bot.Queue}}, nil
	case s.Turn < 3:
		return ask(channel.TextMessage("Please press a button, or write 1 or 2.")), nil
	}
	return bot.Reply{Next: bot.Next{Action: bot.Queue}}, nil
}

// takeMessage is for those who waited too long: it takes a message and says goodbye.
func takeMessage(_ context.Context, s bot.Session) (bot.Reply, error) {
	if s.Turn == 0 {
		return ask(channel.TextMessage("Sorry that nobody is free. Leave us a message and we write back.")), nil
	}
	r := ask(channel.TextMessage("Thank you, we have noted that."))
	if s.Input != nil {
		r.Set = map[string]string{"message": s.Input.Text}
	}
	r.Next.Action = bot.Finish
	return r, nil
}

// survey asks for a score and a comment.
func survey(_ context.Context, s bot.Session) (bot.Reply, error) {
	switch {
	case s.Turn == 0:
		return ask(channel.TextMessage("How did we do, from 1 to 5?")), nil
	case s.Vars["score"] == "":
		n, err := strconv.Atoi(chosen(s.Input))
		if err != nil || n < 1 || n > 5 {
			return bot.Reply{Next: bot.Next{Action: bot.Finish}}, nil
		}
		r := ask(channel.TextMessage("Thank you. Is there anything to add?"))
		r.Set = map[string]string{"score": strconv.Itoa(n)}
		return r, nil
	}
	return bot.Reply{
		Set:  map[string]string{"comment": s.Input.Text},
		Next: bot.Next{Action: bot.Finish},
	}, nil
}

func ask(m channel.Message) bot.Reply { return bot.Reply{Messages: []channel.Message{m}} }

// chosen is the option that was pressed, or what was typed.
func chosen(m *channel.Message) string {
	if m == nil {
		return ""
	}
	if m.Answer != nil {
		return m.Answer.ID
	}
	return strings.TrimSpace(m.Text)
}
