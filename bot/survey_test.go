package bot_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
)

func surveyTalk(t *testing.T, v bot.Survey) *talk {
	t.Helper()
	v.Question = "How was it?"
	b, err := bot.NewSurvey(v)
	require.NoError(t, err)
	return newTalk(t, b, bot.End)
}

func TestSurvey(t *testing.T) {
	full := bot.Survey{Comment: "Why?", Thanks: "Thank you!", Invalid: "A number, please."}
	t.Run("score, comment, thanks, end", func(t *testing.T) {
		k := surveyTalk(t, full)
		r := k.begin()
		assert.Equal(t, channel.Interactive, r.Messages[0].Kind)
		assert.Equal(t, "1–5", r.Messages[0].Menu.Button)
		assert.Equal(t, channel.Option{ID: "score:5", Title: "5"}, r.Messages[0].Menu.Options[0])
		k.presses("score:2")
		k.waits()
		assert.Equal(t, []string{"Why?"}, k.texts())
		assert.Equal(t, bot.Result{Score: 2, HasScore: true}, bot.ReadResult(k.s.Vars), "stored the moment it is given")
		r = k.says("  too slow\n\u202ereally ")
		assert.Equal(t, bot.Next{Action: bot.Finish}, r.Next)
		assert.Equal(t, []string{"Thank you!"}, k.texts())
		assert.Equal(t, bot.Result{Score: 2, HasScore: true, Comment: "too slow\nreally", Commented: true}, bot.ReadResult(k.s.Vars))
		k.clean()
	})
	t.Run("without a comment it ends after the score", func(t *testing.T) {
		k := surveyTalk(t, bot.Survey{})
		k.begin()
		assert.Equal(t, bot.Reply{Set: map[string]string{"score": "4", "survey.asked": ""}, Next: bot.Next{Action: bot.Finish}}, k.says("4"))
	})
	t.Run("only the unhappy are asked why", func(t *testing.T) {
		v := full
		v.CommentUpTo = pointer(3)
		k := surveyTalk(t, v)
		k.begin()
		k.says("4")
		assert.Equal(t, []string{"Thank you!"}, k.texts())
		k.begin()
		k.says("3")
		assert.Equal(t, []string{"Why?"}, k.texts())
	})
	t.Run("a picture is a comment", func(t *testing.T) {
		k := surveyTalk(t, full)
		k.begin()
		k.says("5")
		k.turn(&channel.Message{Kind: channel.Image, Media: &channel.MediaRef{ID: "m"}})
		assert.Equal(t, "[image]", k.s.Vars["comment"])
	})
	t.Run("a comment of nothing is none", func(t *testing.T) {
		k := surveyTalk(t, full)
		k.begin()
		k.says("5")
		assert.Equal(t, bot.Finish, k.says("\u200b ").Next.Action)
		assert.False(t, bot.ReadResult(k.s.Vars).Commented)
	})
	t.Run("a comment of a megabyte is a thousand characters", func(t *testing.T) {
		k := surveyTalk(t, full)
		k.begin()
		k.says("5")
		k.says(strings.Repeat("é", 1<<20))
		assert.Equal(t, 1000, utf8.RuneCountInString(k.s.Vars["comment"]))
	})
	t.Run("no score twice is the end", func(t *testing.T) {
		k := surveyTalk(t, full)
		k.begin()
		k.says("bye")
		k.waits()
		assert.Equal(t, []string{"A number, please.", "How was it?"}, k.texts())
		r := k.says("bye!")
		assert.Equal(t, bot.Next{Action: bot.Finish}, r.Next)
		assert.Empty(t, r.Messages)
		assert.Empty(t, k.s.Vars)
	})
	t.Run("a second survey of the interaction starts from nothing", func(t *testing.T) {
		k := surveyTalk(t, full)
		k.begin()
		k.says("5")
		k.says("fine")
		k.begin()
		assert.Equal(t, bot.Result{}, bot.ReadResult(k.s.Vars))
	})
	t.Run("what an earlier session left behind is not looked at", func(t *testing.T) {
		k := surveyTalk(t, full)
		k.begin()
		k.says("5") // and silent about the comment
		k.begin()
		k.says("3")
		assert.Equal(t, "3", k.s.Vars["score"])
	})
	t.Run("reactions and turns without input are no answers", func(t *testing.T) {
		k := surveyTalk(t, full)
		k.begin()
		assert.Equal(t, bot.Reply{}, k.turn(&channel.Message{Kind: channel.Reaction}))
		assert.Equal(t, bot.Reply{}, k.turn(nil))
		k.says("5")
		assert.Equal(t, bot.Reply{}, k.turn(&channel.Message{Kind: channel.Reaction}))
	})
	t.Run("an album that was on its way is not asked about", func(t *testing.T) {
		k := surveyTalk(t, full)
		k.begin()
		for range 10 {
			assert.Equal(t, bot.Reply{}, k.turn(&channel.Message{Kind: channel.Image}))
		}
	})
	t.Run("it leads on in every phase", func(t *testing.T) {
		for _, phase := range phases {
			k := surveyTalk(t, bot.Survey{})
			k.s.Phase = phase
			k.begin()
			want := bot.Finish
			if phase == bot.Start {
				want = bot.Queue
			}
			assert.Equal(t, want, k.says("5").Next.Action, phase)
			k = surveyTalk(t, bot.Survey{Next: bot.Next{Action: bot.Campaign, Target: "callback"}})
			k.s.Phase = phase
			k.begin()
			assert.Equal(t, "callback", k.says("5").Next.Target, phase)
		}
	})
	t.Run("a result that is none", func(t *testing.T) {
		assert.Equal(t, bot.Result{}, bot.ReadResult(nil))
		assert.Equal(t, bot.Result{}, bot.ReadResult(map[string]string{"score": "five"}))
	})
}

func TestSurveyScores(t *testing.T) {
	read := func(t *testing.T, v bot.Survey, text string) string {
		k := surveyTalk(t, v)
		k.begin()
		k.says(text)
		return k.s.Vars["score"]
	}
	for text, want := range map[string]string{
		"5": "5", " 5. ": "5", "5!": "5", "5 stars": "5", "I'd give it a 4, because it took long": "4", "4/5": "4", "4 out of 5": "4",
		"4 de 5": "4", "5/5": "5", "5 5": "5", "٣": "3", "３": "3", "3️⃣": "3", "05": "5", "⭐⭐⭐⭐": "4", "★★ meh": "2", "5⭐": "5", "1": "1", "\u200f5": "5",
		"0": "", "6": "", "10": "", "-1": "", "4.5": "", "4,5": "", "1 or 2": "", "1-5": "", "good": "", "": "", "5th": "", "100%": "",
		"⭐⭐⭐⭐⭐⭐": "", "+34600111222": "", "3 4 5": "", strings.Repeat("⭐", 1<<20): "", strings.Repeat("a", 1<<20) + " 5": "",
	} {
		assert.Equal(t, want, read(t, bot.Survey{}, text), "%.40q", text)
	}
	likely := bot.Survey{Min: 0, Max: 10}
	for text, want := range map[string]string{"0": "0", "10": "10", "11": "", "10/10": "10", "9 out of 10": "9", "4/5": ""} {
		assert.Equal(t, want, read(t, likely, text), text)
	}
	named := bot.Survey{Max: 3, Min: 1, Labels: []string{"Bad", "So so", "Good 😀"}}
	for text, want := range map[string]string{"bad": "1", "it was so so": "2", "GOOD 😀!": "3", "2": "2", "so": "", "bad, no: so so": ""} {
		assert.Equal(t, want, read(t, named, text), text)
	}
}

func TestSurveyIsShown(t *testing.T) {
	shown := func(t *testing.T, v bot.Survey) channel.Message {
		t.Helper()
		return surveyTalk(t, v).begin().Messages[0]
	}
	assert.Empty(t, shown(t, bot.Survey{Min: 1, Max: 3}).Menu.Button, "three scores are buttons")
	assert.Len(t, shown(t, bot.Survey{Min: 1, Max: 10}).Menu.Options, 10)
	assert.Equal(t, channel.TextMessage("How was it?"), shown(t, bot.Survey{Min: 0, Max: 10}), "eleven scores are a question")
	assert.Equal(t, channel.TextMessage("How was it?"), shown(t, bot.Survey{Style: "text"}))
	assert.Equal(t, "Rate", shown(t, bot.Survey{Style: "list", Max: 1, Button: "Rate"}).Menu.Button)
	assert.Equal(t, "Good", shown(t, bot.Survey{Max: 1, Labels: []string{"Bad", "Good"}}).Menu.Options[0].Title)
}

func TestSurveyConfiguration(t *testing.T) {
	_, err := bot.NewSurvey(bot.Survey{
		Min: 1, Max: 3, Labels: []string{"Bad 2", " ", "!"}, Style: "wheel", Button: strings.Repeat("x", 21), Tries: 21,
		CommentUpTo: pointer(4), Next: bot.Next{Action: bot.Campaign},
	})
	assert.Equal(t, []string{
		"survey.question: must not be empty",
		"survey.button: is 21 characters long, the longest is 20",
		"survey.tries: must be 0 to 20, is 21",
		"survey.next.target: must name the campaign to hand over to",
		"survey.commentUpTo: must be a score, 1 to 3, is 4",
		"survey.commentUpTo: has no meaning without comment",
		"survey.labels[0]: has a number that is not its score, 1",
		"survey.labels[1]: must not be empty",
		"survey.labels[2]: has no letter or digit to write",
		`survey.style: unknown style "wheel"; valid: buttons, list, text, or none`,
	}, faults(t, err))
	for _, v := range []bot.Survey{{Min: 5, Max: 5}, {Min: -1, Max: 5}, {Min: 1, Max: 101}, {Min: 5, Max: 1}} {
		v.Question = "?"
		_, err := bot.NewSurvey(v)
		require.Len(t, faults(t, err), 1)
		assert.Contains(t, faults(t, err)[0], "survey.max: must be above min, and both 0 to 100")
	}
	_, err = bot.NewSurvey(bot.Survey{Question: "?", Labels: []string{"Bad", "BAD!", "x", "y", "z"}})
	assert.Equal(t, []string{"survey.labels[1]: reads the same as another label"}, faults(t, err))
	_, err = bot.NewSurvey(bot.Survey{Question: "?", Labels: []string{"Bad"}, Style: "buttons"})
	assert.Equal(t, []string{"survey.labels: must be one for each score, 5, or none; there are 1", "survey.style: 5 scores do not fit in buttons"}, faults(t, err))
}
