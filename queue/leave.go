package queue

import (
	"strings"
	"time"
	"unicode"
)

// leaves reports whether a message is one of the campaign's words for giving up: the whole
// message, compared without regard to case, punctuation and space around and between words.
func (in *interaction) leaves(m *Message) bool {
	words := in.camp.cfg.LeaveWords
	if len(words) == 0 || strings.TrimSpace(m.Text) == "" {
		return false
	}
	said := spoken(m.Text)
	for _, w := range words {
		if said != "" && said == spoken(w) || strings.EqualFold(strings.TrimSpace(m.Text), strings.TrimSpace(w)) {
			return true
		}
	}
	return false
}

// spoken reduces a text to what is said aloud: letters, marks and digits in lower case, with
// one space between words. A text of signs alone, such as an emoji, is empty.
func spoken(text string) string {
	keep := func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r) && !unicode.Is(unicode.Variation_Selector, r), unicode.IsNumber(r):
			return unicode.ToLower(r)
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}
	return strings.Join(strings.Fields(strings.Map(keep, text)), " ")
}

// lateness returns how old a message is, 0 unless it is older than the campaign's limit.
func (e *Engine) lateness(c *campaign, m *Message) time.Duration {
	if m == nil || m.At.IsZero() {
		return 0
	}
	limit := c.cfg.LateAfter
	if limit == 0 {
		limit = DefaultLateAfter
	}
	if age := time.Duration(e.now - nanos(m.At)); age > limit {
		return age
	}
	return 0
}
