package bot

import (
	"strconv"
	"time"

	"github.com/usher-go/usher/channel"
)

// ownKeys are the variables in which ready-made bots keep where they are.
var ownKeys = []string{keyAt, keyTries, keyAsked, surveyAt, surveyTries, surveyAsked}

// forget deletes variables that are set.
func forget(s Session, set map[string]string, keys ...string) {
	for _, k := range keys {
		if s.Vars[k] != "" {
			set[k] = ""
		}
	}
}

func count(v string) int {
	n, _ := strconv.Atoi(v) // what is no number counts as none
	return min(max(n, 0), 1000)
}

func decimal(n int) string { return strconv.Itoa(n) }

func instant(s Session) string { return strconv.FormatInt(s.Now.UnixMilli(), 10) }

// heard is what a message says, as it may be stored: its words, or of a file without any
// its kind. "" = nothing that anybody could read.
func heard(m *channel.Message) string {
	if m == nil || !m.Speaks() {
		return ""
	}
	text := clean(m.Text, maxValue)
	if text == "" && m.Kind != channel.Text {
		text = "[" + string(m.Kind) + "]"
	}
	return text
}

// burstTime is how soon after a question a picture cannot be an answer to it.
const burstTime = 5 * time.Second

// burst reports whether the input is a file that was on its way when the question was
// asked. An album comes as a message for each picture; one that is asked about again for
// every picture would be the end of the customer's patience.
func burst(s Session, key string) bool {
	if s.Input.Kind == channel.Text || s.Input.Kind == channel.Answer {
		return false
	}
	asked, err := strconv.ParseInt(s.Vars[key], 10, 64)
	if err != nil {
		return false
	}
	since := s.Now.Sub(time.UnixMilli(asked))
	return since >= 0 && since < burstTime
}
