package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/usher-go/usher/internal/fault"
)

// Message is a bot that says something and lets go: a greeting on start, a farewell on
// end, "we could not answer you" after waiting time. With Store it takes a message first.
type Message struct {
	// Texts are sent in order, at least one and at most ten, each up to 4,096
	// characters. {name} is the customer's name, {x} the variable x of the interaction,
	// {name|friend} has a word for when there is none.
	Texts []string `json:"texts"`
	// Set changes variables of the interaction; an empty value deletes.
	Set map[string]string `json:"set,omitempty"`
	// Store makes the bot wait for the customer's next message, and names the variable
	// that it goes into, up to 1,000 characters; of a file without a word it is its kind,
	// such as "[image]". "" = nothing is waited for.
	Store string `json:"store,omitempty"`
	// Thanks is said when the message was taken.
	Thanks string `json:"thanks,omitempty"`
	// Next is what follows. The zero value is to the queue from the start, and the end
	// from any other phase.
	Next Next `json:"next,omitzero"`
}

// NewMessage returns the bot. The error is a *[ConfigError] with every fault.
func NewMessage(m Message) (Bot, error) { return New(Config{Message: &m}) }

func (m *Message) build(f *fault.Faults, path string) Bot {
	if len(m.Texts) == 0 || len(m.Texts) > 10 {
		f.Add(path+".texts", "must be 1 to 10 texts, there are %d", len(m.Texts))
	}
	for i, text := range m.Texts {
		checkRequired(f, fmt.Sprintf("%s.texts[%d]", path, i), text, maxText)
	}
	checkSet(f, path+".set", m.Set)
	checkText(f, path+".thanks", m.Thanks, maxText)
	checkExit(f, path+".next", m.Next)
	switch {
	case m.Store != "":
		checkSet(f, path+".store", map[string]string{m.Store: ""})
	case m.Thanks != "":
		f.Add(path+".thanks", "has no meaning without store")
	}
	own := *m
	own.Texts, own.Set, own.Next = slices.Clone(m.Texts), maps.Clone(m.Set), m.Next.clone()
	return &messageBot{own}
}

type messageBot struct{ cfg Message }

// Turn implements [Bot].
func (b *messageBot) Turn(_ context.Context, s Session) (Reply, error) {
	if s.Turn > 0 {
		return b.taken(s), nil
	}
	r := Reply{Set: maps.Clone(b.cfg.Set)}
	for _, text := range b.cfg.Texts {
		r.Messages = say(r.Messages, text, s)
	}
	if b.cfg.Store == "" {
		r.Next = b.cfg.Next.or(s.Phase)
	}
	return r, nil
}

// taken stores the customer's message.
func (b *messageBot) taken(s Session) Reply {
	if b.cfg.Store == "" { // it waited for one under the configuration it had before
		return Reply{Next: b.cfg.Next.or(s.Phase)}
	}
	text := heard(s.Input)
	if text == "" {
		return Reply{}
	}
	return Reply{
		Messages: say(nil, b.cfg.Thanks, s), Set: map[string]string{b.cfg.Store: text}, Next: b.cfg.Next.or(s.Phase),
	}
}
