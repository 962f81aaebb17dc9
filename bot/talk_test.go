package bot_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// talk is a conversation with a bot. It does what a center does between turns, and asks
// every turn twice, as after a crash: both answers must be the same, and the session must
// not be touched.
type talk struct {
	t    *testing.T
	b    bot.Bot
	s    bot.Session
	last bot.Reply
}

func newTalk(t *testing.T, b bot.Bot, phase bot.Phase) *talk {
	t.Helper()
	return &talk{t: t, b: b, s: bot.Session{
		Key: "i1/1", Interaction: "i1", Campaign: "sales", Phase: phase, Now: morning, Vars: map[string]string{},
	}}
}

// turn asks the bot.
func (k *talk) turn(in *channel.Message) bot.Reply {
	k.t.Helper()
	s := k.s
	s.Input, s.Vars = in, maps.Clone(k.s.Vars)
	r, err := k.b.Turn(k.t.Context(), s)
	require.NoError(k.t, err)
	assert.Equal(k.t, k.s.Vars, s.Vars, "a bot changed its copy of the variables")
	again, err := k.b.Turn(k.t.Context(), s)
	require.NoError(k.t, err)
	assert.Equal(k.t, r, again, "the same turn had two answers")
	require.NoError(k.t, r.Validate())
	for name, v := range r.Set {
		if v == "" {
			delete(k.s.Vars, name)
		} else {
			k.s.Vars[name] = v
		}
	}
	k.s.Turn++
	k.last = r
	return r
}

// begin is the first turn of a session.
func (k *talk) begin() bot.Reply {
	k.t.Helper()
	k.s.Turn = 0
	if k.s.Phase == bot.Start {
		return k.turn(&channel.Message{Kind: channel.Text, Text: "hello"})
	}
	return k.turn(nil)
}

func (k *talk) says(text string) bot.Reply {
	k.t.Helper()
	return k.turn(&channel.Message{Kind: channel.Text, Text: text})
}

// presses presses a button or row with an id.
func (k *talk) presses(id string) bot.Reply {
	k.t.Helper()
	return k.turn(&channel.Message{Kind: channel.Answer, Text: "title", Answer: &channel.AnswerRef{ID: id, Source: "button"}})
}

// texts are what the last reply said.
func (k *talk) texts() (list []string) {
	for _, m := range k.last.Messages {
		list = append(list, m.Text)
	}
	return list
}

// waits says that the bot goes on when the customer writes.
func (k *talk) waits() {
	k.t.Helper()
	assert.Equal(k.t, bot.Next{}, k.last.Next)
}

// clean says that nothing of the bot's own is left in the variables.
func (k *talk) clean() {
	k.t.Helper()
	for name := range k.s.Vars {
		assert.NotContains(k.t, name, ".", "left behind")
	}
}

// faults are the paths and problems of a configuration error.
func faults(t *testing.T, err error) []string {
	t.Helper()
	var config *bot.ConfigError
	require.ErrorAs(t, err, &config)
	var list []string
	for _, f := range config.Faults {
		list = append(list, f.Path+": "+f.Problem)
	}
	return list
}

func pointer[T any](v T) *T { return &v }

var phases = []bot.Phase{bot.Start, bot.End, bot.Waiting, bot.Overflow}
