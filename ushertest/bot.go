package ushertest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
)

// Bot is a scripted bot. Each of its turns, with whatever customer, takes the next line of
// the script. Without a script, or at its end, it steps aside: to the queue at the start of
// an interaction, and in the other phases it ends it.
type Bot struct {
	c    *Center
	name string

	mu       sync.Mutex // turns come from the center
	script   []bot.Func
	sessions []bot.Session
}

// Bot returns the scripted bot of that name. One that the configuration does not name, or
// that the test brought itself, ends the test.
func (c *Center) Bot(name string) *Bot {
	c.t.Helper()
	b := c.bots[name]
	if b == nil {
		c.fail(nil, "the kit has no bot %q: no campaign names it, or it is one of the test's own", name)
	}
	return b
}

// Says adds a turn: it says this and waits for the customer.
func (b *Bot) Says(list ...string) *Bot {
	return b.Replies(bot.Reply{Messages: messages(list)})
}

// HandsOver adds a turn: it says this and hands over, such as to
// bot.Next{Action: bot.Queue}.
func (b *Bot) HandsOver(next bot.Next, list ...string) *Bot {
	return b.Replies(bot.Reply{Messages: messages(list), Next: next})
}

// Replies adds turns with any replies.
func (b *Bot) Replies(replies ...bot.Reply) *Bot {
	for _, r := range replies {
		b.add(func(context.Context, bot.Session) (bot.Reply, error) { return r, nil })
	}
	return b
}

// Fails adds a turn that fails.
func (b *Bot) Fails(err error) *Bot {
	b.add(func(context.Context, bot.Session) (bot.Reply, error) { return bot.Reply{}, err })
	return b
}

func (b *Bot) add(turn bot.Func) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.script = append(b.script, turn)
}

// Sessions are the turns it was asked for so far, with what the customers wrote.
func (b *Bot) Sessions() []bot.Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.sessions)
}

// Turn implements [bot.Bot].
func (b *Bot) Turn(ctx context.Context, s bot.Session) (bot.Reply, error) {
	turn := b.next(s)
	r, err := turn(ctx, s)
	if err != nil {
		return r, fmt.Errorf("bot %s: %w", b.name, err)
	}
	return r, nil
}

func (b *Bot) next(s bot.Session) bot.Func {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sessions = append(b.sessions, s)
	if len(b.script) == 0 {
		return stepAside
	}
	turn := b.script[0]
	b.script = b.script[1:]
	return turn
}

// stepAside is the turn of a bot that no story is about.
func stepAside(_ context.Context, s bot.Session) (bot.Reply, error) {
	if s.Phase == bot.Start {
		return bot.Reply{Next: bot.Next{Action: bot.Queue}}, nil
	}
	return bot.Reply{Next: bot.Next{Action: bot.Finish}}, nil
}

func messages(list []string) []channel.Message {
	var out []channel.Message
	for _, text := range list {
		out = append(out, channel.TextMessage(text))
	}
	return out
}
