package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// A leave word is the whole message, however it is written; never a word in a sentence.
func TestLeaveWordIsTheWholeMessage(t *testing.T) {
	words := []string{"stop", "No more!", "¡Cancelar!", "❌", "ЗАВЕРШИТЬ"}
	for text, leaves := range map[string]bool{
		"stop": true, "Stop": true, "STOP!": true, "stop.": true, "  stop …\n": true, "«Stop»": true, "*stop*": true, "s.t.o.p": true,
		"no more": true, "No  more!!": true, "cancelar": true, "CANCELAR": true, "❌": true, " ❌ ": true, "завершить.": true,
		"stop it": false, "please stop": false, "stopp": false, "don't stop!": false, "nomore": false, "": false, " ": false, "!": false, "❌❌": false, "👍": false,
	} {
		t.Run(text, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{LeaveWords: words})
			f.do(queue.Arrive{Number: number, Campaign: "sales", ID: "i", Customer: "c", Aliases: []string{"a"}, Message: &queue.Message{ID: "1", Text: "hello"}})
			f.do(queue.Arrive{Number: number, Campaign: "sales", ID: "j", Customer: "c", Aliases: []string{"a"}, Message: &queue.Message{ID: "2", Text: text}})
			_, open := f.e.Interaction("i")
			assert.Equal(t, leaves, !open)
		})
	}
}

func TestEmptyLeaveWordIsRefused(t *testing.T) {
	_, err := boundEngine(t).Step(start, queue.Configure{Campaign: queue.Campaign{ID: "sales", LeaveWords: []string{"stop", " "}}})
	assertFault(t, err, "leaveWords[1]")
}

// A message that is older than the campaign's limit when it arrives is taken as any other,
// and its event says how old it is.
func TestLateMessageIsMarked(t *testing.T) {
	for _, c := range []struct {
		name       string
		limit, age time.Duration
		want       time.Duration
	}{
		{"default, new", 0, time.Minute, 0}, {"default, at the limit", 0, time.Hour, 0}, {"default, two days", 0, 48 * time.Hour, 48 * time.Hour},
		{"own limit", 10 * time.Minute, 11 * time.Minute, 11 * time.Minute}, {"as long as can be", queue.MaxSpan, 48 * time.Hour, 0},
		{"from the future", 0, -time.Hour, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{LateAfter: c.limit})
			for i, id := range []string{"i", "j"} {
				events := f.do(queue.Arrive{Campaign: "sales", ID: id, Customer: "c", Number: number, Aliases: []string{"a"}, Message: &queue.Message{ID: id, At: f.now.Add(-c.age)}})
				kind := []queue.Kind{queue.Opened, queue.Received}[i]
				found := false
				for _, ev := range events {
					if ev.Kind == kind {
						found = true
						assert.Equal(t, c.want, ev.Late)
					}
				}
				require.True(t, found, "no %s", kind)
			}
		})
	}
}

// A message without the provider's time is not late; one that is turned away can be.
func TestLateMessageAtTheDoor(t *testing.T) {
	f := newFloor(t, queue.Campaign{Disabled: true})
	events := f.do(queue.Arrive{Campaign: "sales", ID: "i", Message: &queue.Message{At: f.now.Add(-48 * time.Hour)}})
	assert.Equal(t, queue.Refused, events[0].Kind)
	assert.Equal(t, 48*time.Hour, events[0].Late)
	events = f.do(queue.Arrive{Campaign: "sales", ID: "j", Message: &queue.Message{}})
	assert.Zero(t, events[0].Late)
}

func TestAliasOfAStrategyIsItsName(t *testing.T) {
	f := newFloor(t, queue.Campaign{Strategy: "fewestcalls"})
	c, _ := f.e.CampaignConfig("sales")
	assert.Equal(t, "fewest", c.Strategy)
}
