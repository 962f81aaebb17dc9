package bot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/internal/fault"
)

// maxScore bounds scales, so that a telephone number is never a score.
const maxScore = 100

func (v *Survey) build(f *fault.Faults, path string) Bot {
	b := &surveyBot{Survey: *v}
	b.Labels, b.Next = slices.Clone(v.Labels), v.Next.clone()
	if v.CommentUpTo != nil {
		most := *v.CommentUpTo
		b.CommentUpTo = &most
	}
	if b.Min == 0 && b.Max == 0 {
		b.Min, b.Max = 1, 5
	}
	if b.Tries == 0 {
		b.Tries = 2
	}
	if b.Button == "" {
		b.Button = fmt.Sprintf("%d–%d", b.Min, b.Max)
	}
	checkRequired(f, path+".question", v.Question, maxBody)
	checkText(f, path+".comment", v.Comment, maxText)
	checkText(f, path+".thanks", v.Thanks, maxText)
	checkText(f, path+".invalid", v.Invalid, maxText)
	checkText(f, path+".button", b.Button, maxButtonTitle)
	checkTries(f, path+".tries", v.Tries)
	checkExit(f, path+".next", v.Next)
	if b.Min < 0 || b.Max > maxScore || b.Min >= b.Max {
		f.Add(path+".max", "must be above min, and both 0 to %d; min is %d, max is %d", maxScore, b.Min, b.Max)
		return b
	}
	if n := v.CommentUpTo; n != nil && (*n < b.Min || *n > b.Max) {
		f.Add(path+".commentUpTo", "must be a score, %d to %d, is %d", b.Min, b.Max, *n)
	}
	if v.CommentUpTo != nil && v.Comment == "" {
		f.Add(path+".commentUpTo", "has no meaning without comment")
	}
	b.label(f, path)
	b.show(f, path)
	return b
}

// label checks the labels and prepares them for reading.
func (b *surveyBot) label(f *fault.Faults, path string) {
	if n, want := len(b.Labels), b.Max-b.Min+1; n != 0 && n != want {
		f.Add(path+".labels", "must be one for each score, %d, or none; there are %d", want, n)
		b.Labels = nil
		return
	}
	for i, text := range b.Labels {
		at := fmt.Sprintf("%s.labels[%d]", path, i)
		checkRequired(f, at, text, maxRowTitle)
		list := words(fold(text))
		if len(list) == 0 && strings.TrimSpace(text) != "" {
			f.Add(at, "has no letter or digit to write")
		}
		if slices.ContainsFunc(b.labels, func(x []string) bool { return len(x) > 0 && slices.Equal(x, list) }) {
			f.Add(at, "reads the same as another label")
		}
		if n, ok := numbers(fold(text)); len(n) > 0 && (!ok || len(n) > 1 || n[0] != b.Min+i) {
			f.Add(at, "has a number that is not its score, %d", b.Min+i)
		}
		b.labels = append(b.labels, list)
	}
}

// show settles the style: buttons or a list if the scores fit in, else the plain question.
func (b *surveyBot) show(f *fault.Faults, path string) {
	n, longest := b.Max-b.Min+1, 0
	for _, text := range b.Labels {
		longest = max(longest, utf8.RuneCountInString(text))
	}
	fits := map[string]bool{
		styleButtons: n <= maxButtons && longest <= maxButtonTitle, styleList: n <= maxRows, styleText: true,
	}
	fit, known := fits[b.Style]
	switch {
	case b.Style == "":
		for _, style := range []string{styleButtons, styleList, styleText} {
			if b.Style = style; fits[style] {
				break
			}
		}
	case !known:
		f.Add(path+".style", "unknown style %q; valid: buttons, list, text, or none", clip(b.Style, 64))
	case !fit:
		f.Add(path+".style", "%d scores do not fit in %s", n, b.Style)
	}
	if b.Style == styleText {
		return
	}
	for score := b.Max; score >= b.Min; score-- {
		o := channel.Option{ID: scorePrefix + decimal(score), Title: decimal(score)}
		if b.Labels != nil {
			o.Title = strings.TrimSpace(b.Labels[score-b.Min])
		}
		b.options = append(b.options, o)
	}
}

func integer(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil
}
