package bot_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/settings"
)

func TestMessage(t *testing.T) {
	greet := func(t *testing.T, m bot.Message) *talk {
		t.Helper()
		b, err := bot.NewMessage(m)
		require.NoError(t, err)
		return newTalk(t, b, bot.Start)
	}
	t.Run("it says its texts in order", func(t *testing.T) {
		k := greet(t, bot.Message{Texts: []string{"Welcome.", "One moment."}, Set: map[string]string{"greeted": "yes"}})
		k.begin()
		assert.Equal(t, []string{"Welcome.", "One moment."}, k.texts())
		assert.Equal(t, map[string]string{"greeted": "yes"}, k.s.Vars)
	})
	t.Run("without a word it leads to the queue from the start, and to the end else", func(t *testing.T) {
		k := greet(t, bot.Message{Texts: []string{"."}})
		for _, phase := range phases {
			k.s.Phase = phase
			want := bot.Finish
			if phase == bot.Start {
				want = bot.Queue
			}
			assert.Equal(t, bot.Next{Action: want}, k.begin().Next, phase)
		}
	})
	t.Run("it leads where it is told", func(t *testing.T) {
		next := bot.Next{Action: bot.Campaign, Target: "support", Priority: pointer(5), Skills: []settings.Skill{{Name: "french", Level: 3}}}
		k := greet(t, bot.Message{Texts: []string{"."}, Next: next})
		for _, phase := range phases {
			k.s.Phase = phase
			assert.Equal(t, next, k.begin().Next, phase)
		}
	})
	t.Run("values in braces", func(t *testing.T) {
		k := greet(t, bot.Message{Texts: []string{"Hi {name|friend}, order {order} of {day|today}{x|}. {other} {"}})
		k.s.Vars["order"] = "A-1"
		k.begin()
		assert.Equal(t, []string{"Hi friend, order A-1 of today. {other} {"}, k.texts())
		k.s.CustomerName = "Maria"
		k.begin()
		assert.Equal(t, []string{"Hi Maria, order A-1 of today. {other} {"}, k.texts())
	})
	t.Run("a name without a word for none is left out", func(t *testing.T) {
		k := greet(t, bot.Message{Texts: []string{"Hi{name}"}})
		k.begin()
		assert.Equal(t, []string{"Hi"}, k.texts())
	})
	t.Run("a value is never expanded again", func(t *testing.T) {
		k := greet(t, bot.Message{Texts: []string{"{name} {x}"}})
		k.s.CustomerName, k.s.Vars["x"], k.s.Vars["secret"] = "{secret}", "{secret}", "123"
		k.begin()
		assert.Equal(t, []string{"{secret} {secret}"}, k.texts())
	})
	t.Run("a hostile name is one short line", func(t *testing.T) {
		k := greet(t, bot.Message{Texts: []string{"Hi {name}."}})
		k.s.CustomerName = "a\u202e\u200b\x00b\n\xff" + strings.Repeat("x", 1<<20)
		k.begin()
		text := k.texts()[0]
		assert.True(t, strings.HasPrefix(text, "Hi a b x"), text[:20])
		assert.LessOrEqual(t, utf8.RuneCountInString(text), 64+len("Hi ."))
		assert.True(t, utf8.ValidString(text))
	})
	t.Run("a text is never longer than a message may be", func(t *testing.T) {
		k := greet(t, bot.Message{Texts: []string{strings.Repeat("{x}", 100)}})
		k.s.Vars["x"] = strings.Repeat("é", 5000)
		k.begin()
		assert.Equal(t, 4096, utf8.RuneCountInString(k.texts()[0]))
	})
	t.Run("a text that comes to nothing is not sent", func(t *testing.T) {
		k := greet(t, bot.Message{Texts: []string{"{x|}", "Hi"}})
		k.begin()
		assert.Equal(t, []string{"Hi"}, k.texts())
	})
	t.Run("it takes a message", func(t *testing.T) {
		k := greet(t, bot.Message{
			Texts: []string{"Leave us a message."}, Store: "message", Thanks: "Thank you, {name|friend}.", Set: map[string]string{"callback": "yes"},
		})
		for _, phase := range phases {
			k.s.Phase, k.s.Vars = phase, map[string]string{}
			k.begin()
			k.waits()
			assert.Equal(t, bot.Reply{}, k.turn(nil))
			assert.Equal(t, bot.Reply{}, k.turn(&channel.Message{Kind: channel.Reaction}))
			assert.Equal(t, bot.Reply{}, k.says("\u200b"))
			r := k.says(" call me\x00 at six ")
			assert.NotEqual(t, bot.Wait, r.Next.Action, phase)
			assert.Equal(t, []string{"Thank you, friend."}, k.texts())
			assert.Equal(t, map[string]string{"callback": "yes", "message": "call me  at six"}, k.s.Vars)
		}
		k.begin()
		k.turn(&channel.Message{Kind: channel.Audio, Media: &channel.MediaRef{ID: "m", Voice: true}})
		assert.Equal(t, "[audio]", k.s.Vars["message"])
	})
	t.Run("thanks for nothing, and a variable that cannot be", func(t *testing.T) {
		_, err := bot.NewMessage(bot.Message{Texts: []string{"x"}, Thanks: "x"})
		assert.Equal(t, []string{"message.thanks: has no meaning without store"}, faults(t, err))
		_, err = bot.NewMessage(bot.Message{Texts: []string{"x"}, Store: "menu.at"})
		assert.Equal(t, []string{`message.store: "menu.at" cannot be the name of a variable`}, faults(t, err))
	})
	t.Run("every fault at once", func(t *testing.T) {
		_, err := bot.NewMessage(bot.Message{
			Texts: []string{" ", strings.Repeat("x", 4097)}, Set: map[string]string{"": "x", "menu.at": "y"},
			Next: bot.Next{Action: "quit"},
		})
		assert.Equal(t, []string{
			"message.texts[0]: must not be empty",
			"message.texts[1]: is 4097 characters long, the longest is 4096",
			`message.set: "" cannot be the name of a variable`,
			`message.set: "menu.at" cannot be the name of a variable`,
			`message.next.action: unknown action "quit"; valid: wait, queue, agent, campaign, end`,
		}, faults(t, err))
		_, err = bot.NewMessage(bot.Message{Next: bot.Next{Action: "wait"}})
		assert.Equal(t, []string{
			"message.texts: must be 1 to 10 texts, there are 0",
			"message.next.action: there is nothing to wait for; valid: queue, agent, campaign, end",
		}, faults(t, err))
		_, err = bot.NewMessage(bot.Message{Texts: []string{"x"}, Next: bot.Next{Target: "ana"}})
		assert.Equal(t, []string{"message.next.action: must not be empty beside other fields; valid: queue, agent, campaign, end"}, faults(t, err))
	})
}
