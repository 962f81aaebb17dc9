package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/internal/strict"
)

// Message is a bot that says something and lets go: a greeting on start, a farewell on
// end, "we could not take your call" after waiting time.
type Message struct {
	// Texts are sent in order, at least one and at most ten, each up to 4,096
	// characters. {name} is the customer's name, {x} the variable x of the interaction,
	// {name|friend} has a word for when there is none.
	Texts []string `json:"texts"`
	// Set changes variables of the interaction; an empty value deletes.
	Set map[string]string `json:"set,omitempty"`
	// Next is what follows. The zero value is to the queue from the start, and the end
	// from any other phase.
	Next Next `json:"next,omitzero"`
}

// NewMessage returns the bot. The error is a *[ConfigError] with every fault.
func NewMessage(m Message) (Bot, error) { return New(Config{Message: &m}) }

func (m *Message) build(f *strict.Faults, path string) Bot {
	if len(m.Texts) == 0 || len(m.Texts) > 10 {
		f.Add(path+".texts", "must be 1 to 10 texts, there are %d", len(m.Texts))
	}
	for i, text := range m.Texts {
		checkRequired(f, fmt.Sprintf("%s.texts[%d]", path, i), text, maxText)
	}
	checkSet(f, path+".set", m.Set)
	checkExit(f, path+".next", m.Next)
	return &messageBot{Message{slices.Clone(m.Texts), maps.Clone(m.Set), m.Next.clone()}}
}

type messageBot struct{ cfg Message }

// Turn implements [Bot].
func (b *messageBot) Turn(_ context.Context, s Session) (Reply, error) {
	var list []channel.Message
	for _, text := range b.cfg.Texts {
		list = say(list, text, s)
	}
	return Reply{Messages: list, Set: maps.Clone(b.cfg.Set), Next: b.cfg.Next.or(s.Phase)}, nil
}
