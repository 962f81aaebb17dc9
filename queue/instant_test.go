package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// Whatever the clock shows, a life of everything with a deadline takes a bounded number of
// events, and what is asked for again comes no sooner than it should.
func TestClockAtTheEndsOfTime(t *testing.T) {
	for name, now := range map[string]time.Time{
		"no time": {}, "year -1": time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), "1677": time.Date(1677, 1, 1, 0, 0, 0, 0, time.UTC),
		"1969": time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC), "1970": time.Unix(0, 0), "now": start,
		"before the latest": queue.Latest.Add(-time.Minute), "the latest": queue.Latest, "after it": queue.Latest.Add(time.Hour),
		"2262": time.Date(2262, 4, 11, 23, 47, 0, 0, time.UTC), "2263": time.Date(2263, 1, 1, 0, 0, 0, 0, time.UTC),
		"9999": time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloorAt(t, now)
			f.configure(queue.Campaign{
				Zone: "America/Santiago", ServiceLevel: time.Minute, MaxTime: time.Hour, WrapUp: time.Minute, Window: 24 * time.Hour,
				Announce: queue.Announce{Text: "{position} {minutes}", Every: time.Minute}, TierWait: time.Minute,
				Overflow: []queue.Overflow{{After: time.Minute, Every: time.Minute, When: queue.QueueLonger, Than: 5, Do: queue.DoEnd}},
			})
			f.available("ana")
			id := f.says("maria", "hello")
			assert.Equal(t, "ana", f.view(id).Offered)
			for range 10 {
				f.pass(time.Minute)
			}
			assert.Less(t, len(f.events), 200)
			for _, ev := range f.events {
				assert.False(t, ev.At.Before(queue.Earliest) || ev.At.After(queue.Latest), "an event at %s", ev.At)
			}
		})
	}
}

// The window counts from the provider's time of a message, which may be wrong: one in the
// future counts as now, one before 1970 as long ago.
func TestMessageAtTheEndsOfTime(t *testing.T) {
	for name, c := range map[string]struct {
		at   time.Time
		open bool
	}{
		"none": {time.Time{}, true}, "now": {start, true}, "an hour ago": {start.Add(-time.Hour), true},
		"two days ago": {start.Add(-48 * time.Hour), false}, "tomorrow": {start.Add(24 * time.Hour), true},
		"2263": {time.Date(2263, 1, 1, 0, 0, 0, 0, time.UTC), true}, "9999": {time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), true},
		"1969": {time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC), false}, "1677": {time.Date(1677, 1, 1, 0, 0, 0, 0, time.UTC), false},
		"year 1": {time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{Window: 24 * time.Hour})
			contact := f.contact("maria", "hello")
			contact.Message.At = c.at
			id := f.arrives(contact)
			out, err := f.e.Step(f.now, queue.Send{Interaction: id, Message: queue.Message{Text: "hello"}})
			f.keep(out)
			if c.open {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, queue.ErrWindowClosed)
			}
		})
	}
}
