package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// After a long sleep, or a long time closed, everything that repeats acts at most once for
// the time that was missed, and the next keeps its beat.
func TestRepetitionsThatWereMissed(t *testing.T) {
	const night = 12*time.Hour + 17*time.Second
	for name, c := range map[string]struct {
		campaign queue.Campaign
		prepare  func(f *floor)
		kind     queue.Kind
		most     int
		next     time.Duration // from the beginning, 0 = none
	}{
		"position announcements": {
			campaign: queue.Campaign{Announce: queue.Announce{Text: "{position}", First: time.Minute, Every: time.Minute}},
			kind:     queue.MessageQueued, most: 1, next: 12*time.Hour + time.Minute,
		},
		"an overflow step that does not apply": {
			campaign: queue.Campaign{Overflow: []queue.Overflow{{After: time.Minute, Every: 30 * time.Second, When: queue.QueueLonger, Than: 5, Do: queue.DoEnd}}},
			kind:     queue.Stepped, most: 2, next: 12*time.Hour + 30*time.Second,
		},
		"an overflow step that applies": {
			campaign: queue.Campaign{Overflow: []queue.Overflow{{After: time.Minute, Every: 30 * time.Second, Do: queue.DoMessage, Text: "sorry"}}},
			kind:     queue.MessageQueued, most: 1,
		},
		"warning of a silent customer": {
			campaign: queue.Campaign{Silence: queue.Silence{CustomerWarn: time.Minute}, Texts: queue.Texts{SilenceWarning: "still there?"}},
			prepare: func(f *floor) {
				f.available("ana")
				id := f.answered("maria", "ana")
				f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "yes?"}})
			},
			kind: queue.Warned, most: 1,
		},
		"nudge of a silent agent": {
			campaign: queue.Campaign{Silence: queue.Silence{AgentNudge: time.Minute}},
			prepare: func(f *floor) {
				f.available("ana")
				f.answered("maria", "ana")
			},
			kind: queue.Nudged, most: 1,
		},
		"sweeps":     {kind: queue.Swept, most: 1},
		"day resets": {campaign: queue.Campaign{Zone: "Asia/Tokyo"}, kind: queue.CampaignDay, most: 1},
	} {
		for _, restart := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", after a restart"}[restart], func(t *testing.T) {
				f := newFloor(t, c.campaign)
				if c.prepare != nil {
					c.prepare(f)
				} else {
					f.says("maria", "hello")
				}
				before := len(f.all(c.kind, ""))
				if restart {
					var err error
					f.e, err = queue.Restore(queue.Config{Seed: 1}, f.e.Snapshot())
					require.NoError(t, err)
				}
				f.pass(night)
				happened := f.all(c.kind, "")[before:]
				assert.LessOrEqual(t, len(happened), c.most)
				assert.NotEmpty(t, happened)
				if c.next != 0 {
					f.pass(c.next - night - 1)
					assert.Len(t, f.all(c.kind, "")[before:], len(happened))
					f.pass(1)
					assert.Len(t, f.all(c.kind, "")[before:], len(happened)+1)
				}
			})
		}
	}
}

// The day's deadline is also missed for weeks.
func TestDaysThatWereMissed(t *testing.T) {
	f := newFloor(t, queue.Campaign{Zone: "America/Santiago"})
	f.pass(300 * 24 * time.Hour)
	require.Len(t, f.all(queue.CampaignDay, ""), 1)
	zone, err := time.LoadLocation("America/Santiago")
	require.NoError(t, err)
	now := f.now.In(zone)
	assert.Equal(t, time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone).UTC(), f.last(queue.CampaignDay, "").At)
}

// What is asked for at a deadline that is acted on late has its whole time to be answered.
func TestWhatIsAskedForLate(t *testing.T) {
	const night = 12 * time.Hour
	t.Run("a message that is tried again", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hi"}})
		key := f.last(queue.MessageQueued, id).Key
		f.do(queue.Sent{Interaction: id, Key: key, Result: queue.SendRetry, RetryAfter: time.Minute})
		f.pass(night)
		moved := f.last(queue.MessageMoved, id)
		assert.Equal(t, queue.MessageSending, moved.Delivery, "it is not unknown before it could be sent")
		assert.Equal(t, start.Add(time.Minute), moved.At)
		assert.True(t, moved.Until.After(f.now))
		f.do(queue.Sent{Interaction: id, Key: key, Result: queue.SendAccepted, ProviderID: "wamid.1"})
		assert.Equal(t, queue.MessageAccepted, f.last(queue.MessageMoved, id).Delivery)
	})
	t.Run("a bot after the longest time in the queue", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxTime: time.Minute, BotAfterWait: "survey"})
		id := f.says("maria", "hello")
		f.pass(night)
		assert.Equal(t, "survey", f.view(id).Bot)
		assert.Equal(t, f.now.Add(queue.DefaultBotTimeout), f.last(queue.BotStarted, id).Until)
		f.replies(id, queue.BotReply{Next: queue.BotEnd})
		assert.Equal(t, queue.OutcomeBotEnded, f.outcome(id))
	})
}
