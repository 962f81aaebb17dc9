package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/usher-go/usher/channel"
)

// Survey is a bot that asks how it was: for a score, and then, if it has a question for
// that, for a comment. It is made for the end of an interaction and works in every phase.
//
// The score is understood as a press, a number with words around it ("5, thanks!", "4 out
// of 5", "4/5"), a row of stars, or one of the labels. It is stored the moment it is given,
// the comment likewise, in variables of the interaction; see [ReadResult]. A customer who
// says no more has given what they gave.
type Survey struct {
	// Question asks for the score, up to 1,024 characters.
	Question string `json:"question"`
	// Min and Max are the lowest and highest score; both 0 = 1 to 5.
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
	// Labels are what the scores are called from Min to Max, one for each or none.
	Labels []string `json:"labels,omitempty"`
	// Style and Button are those of a [Menu]. Scores are listed from the highest.
	Style  string `json:"style,omitempty"`
	Button string `json:"button,omitempty"`
	// Comment asks for a comment. "" = none is asked for.
	Comment string `json:"comment,omitempty"`
	// CommentUpTo asks only those who gave this score or a lower one. nil = all.
	CommentUpTo *int `json:"commentUpTo,omitempty"`
	// Thanks is said after the last answer.
	Thanks string `json:"thanks,omitempty"`
	// Invalid is said before the score is asked for again.
	Invalid string `json:"invalid,omitempty"`
	// Tries is how many answers in a row that are no score end the survey. 0 = 2.
	Tries int `json:"tries,omitempty"`
	// Next is what follows, also when no score was given. The zero value is to the queue
	// from the start, and the end from any other phase.
	Next Next `json:"next,omitzero"`
}

// The variables that a [Survey] stores its results in.
const (
	VarScore   = "score"   // decimal, such as "4"
	VarComment = "comment" // up to 1,000 characters
)

const (
	surveyAt    = "survey.at"
	surveyTries = "survey.tries"
	surveyAsked = "survey.asked"
)

const scorePrefix = "score:"

// Result is what a [Survey] found out.
type Result struct {
	Score     int
	HasScore  bool
	Comment   string
	Commented bool
}

// ReadResult reads a survey's result from an interaction's variables. A center shows those
// of an open interaction in its view; of one that has ended they are in its events, each
// interaction.vars with what was set at that instant.
func ReadResult(vars map[string]string) Result {
	r := Result{Comment: vars[VarComment]}
	r.Commented = r.Comment != ""
	r.Score, r.HasScore = integer(vars[VarScore])
	return r
}

// NewSurvey returns the bot. The error is a *[ConfigError] with every fault.
func NewSurvey(v Survey) (Bot, error) { return New(Config{Survey: &v}) }

type surveyBot struct {
	Survey
	labels  [][]string // words of Labels
	options []channel.Option
}

// Turn implements [Bot].
func (b *surveyBot) Turn(_ context.Context, s Session) (Reply, error) {
	switch {
	case s.Turn == 0:
		set := map[string]string{}
		forget(s, set, VarScore, VarComment)
		return b.ask(s, set), nil
	case s.Input == nil || !s.Input.Speaks():
		return Reply{}, nil
	case s.Vars[surveyAt] == "comment":
		return b.commented(s), nil
	}
	score, ok := b.read(s.Input)
	if !ok {
		return b.again(s), nil
	}
	return b.scored(s, score), nil
}

// scored stores the score and asks on.
func (b *surveyBot) scored(s Session, score int) Reply {
	set := map[string]string{VarScore: decimal(score)}
	forget(s, set, surveyTries)
	if b.Comment == "" || b.CommentUpTo != nil && score > *b.CommentUpTo {
		return b.done(s, set)
	}
	set[surveyAt] = "comment"
	return Reply{Messages: say(nil, b.Comment, s), Set: set}
}

// commented stores what was said.
func (b *surveyBot) commented(s Session) Reply {
	set := map[string]string{}
	if text := heard(s.Input); text != "" {
		set[VarComment] = text
	}
	return b.done(s, set)
}

func (b *surveyBot) done(s Session, set map[string]string) Reply {
	forget(s, set, surveyAt, surveyTries, surveyAsked)
	return Reply{Messages: say(nil, b.Thanks, s), Set: set, Next: b.Next.or(s.Phase)}
}

// ask asks for the score.
func (b *surveyBot) ask(s Session, set map[string]string, before ...channel.Message) Reply {
	forget(s, set, surveyAt, surveyTries)
	set[surveyAsked] = instant(s)
	return Reply{Messages: append(before, b.question(s)), Set: set}
}

// again asks once more, or lets go.
func (b *surveyBot) again(s Session) Reply {
	if burst(s, surveyAsked) {
		return Reply{}
	}
	set := map[string]string{}
	tries := count(s.Vars[surveyTries]) + 1
	if tries >= b.Tries {
		forget(s, set, surveyAt, surveyTries, surveyAsked)
		return Reply{Set: set, Next: b.Next.or(s.Phase)}
	}
	r := b.ask(s, set, say(nil, b.Invalid, s)...)
	r.Set[surveyTries] = decimal(tries)
	return r
}

// read returns the score that an answer means.
func (b *surveyBot) read(m *channel.Message) (int, bool) {
	if m.Answer != nil {
		if text, ours := strings.CutPrefix(m.Answer.ID, scorePrefix); ours {
			return b.within(integer(text))
		}
	}
	folded := fold(m.Text)
	said := words(folded)
	for i, label := range b.labels {
		if len(said) > 0 && slices.Equal(label, said) {
			return b.Min + i, true
		}
	}
	list, ok := numbers(folded)
	list = slices.Compact(list)
	switch {
	case !ok || len(list) > 2 || len(list) == 2 && list[1] != b.Max:
		return 0, false
	case len(list) > 0:
		return b.within(list[0], true)
	}
	if n := stars(m.Text); n > 0 {
		return b.within(n, true)
	}
	return b.labelled(said)
}

func (b *surveyBot) within(score int, ok bool) (int, bool) {
	return score, ok && score >= b.Min && score <= b.Max
}

// labelled returns the score whose label, and no other's, is among the words.
func (b *surveyBot) labelled(said []string) (score int, found bool) {
	for i, label := range b.labels {
		if !contains(said, label) {
			continue
		}
		if found {
			return 0, false
		}
		score, found = b.Min+i, true
	}
	return score, found
}

func stars(text string) (n int) {
	if len(text) > maxRead {
		return 0
	}
	for _, r := range text {
		if r == '⭐' || r == '★' || r == '🌟' {
			n++
		}
	}
	return n
}

// question is the question for the score as it is sent.
func (b *surveyBot) question(s Session) channel.Message {
	text := expand(b.Question, s, maxBody)
	if b.options == nil {
		return channel.TextMessage(text)
	}
	m := &channel.Menu{Options: slices.Clone(b.options)}
	if b.Style == styleList {
		m.Button = b.Button
	}
	return channel.Message{Kind: channel.Interactive, Text: text, Menu: m}
}
