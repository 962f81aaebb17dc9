package queue_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// The wall clock was two hours ahead and is set right: deadlines fall due at half rate until
// it has caught up, four hours later by the wall clock.
func TestWallClockStepsBack(t *testing.T) {
	const ahead, ring = 2 * time.Hour, 30 * time.Second
	stepBack := func(t *testing.T) (f *floor, id string) {
		f = newFloor(t, queue.Campaign{RingTime: ring})
		f.available("ana")
		f.pass(ahead)
		id = f.says("maria", "hello")
		f.now = start
		f.pass(0)
		return f, id
	}
	t.Run("it is recorded, with how far the engine's time is ahead", func(t *testing.T) {
		f, _ := stepBack(t)
		ev := f.last(queue.ClockSkewed, "")
		assert.Equal(t, start.Add(ahead), ev.At)
		assert.Equal(t, start, ev.Since)
		assert.Equal(t, ahead, ev.Wait)
		assert.Equal(t, ahead, f.e.Skew())
		f.pass(time.Hour)
		assert.Equal(t, ahead-30*time.Minute, f.e.Skew())
		assert.Len(t, f.all(queue.ClockSkewed, ""), 1)
	})
	t.Run("an offer rings twice as long by the wall clock", func(t *testing.T) {
		f, id := stepBack(t)
		next, ok := f.e.Next()
		require.True(t, ok)
		assert.Equal(t, start.Add(2*ring), next)
		f.pass(2*ring - 1)
		assert.Empty(t, f.all(queue.OfferEnd, id))
		f.pass(1)
		assert.Equal(t, start.Add(ahead+ring), f.last(queue.OfferEnd, id).At)
	})
	t.Run("when it has caught up, that is recorded, and time runs as before", func(t *testing.T) {
		f, _ := stepBack(t)
		f.pass(2*ahead - time.Minute)
		f.pass(2 * time.Minute)
		all := f.all(queue.ClockSkewed, "")
		require.Len(t, all, 2)
		assert.Equal(t, start.Add(2*ahead), all[1].At)
		assert.Zero(t, all[1].Wait)
		assert.Zero(t, f.e.Skew())
		id := f.says("pedro", "hello")
		assert.Equal(t, f.now, f.view(id).Opened)
	})
	t.Run("a second step back", func(t *testing.T) {
		f, id := stepBack(t)
		f.pass(ring)
		f.now = start.Add(-time.Hour)
		f.pass(0)
		assert.Equal(t, ahead+ring/2+time.Hour, f.e.Skew())
		f.pass(ring)
		assert.Equal(t, start.Add(ahead+ring), f.last(queue.OfferEnd, id).At)
	})
	t.Run("a step of up to a second is not recorded", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.pass(time.Minute)
		f.pass(-time.Second)
		f.pass(time.Second / 2)
		assert.Empty(t, f.all(queue.ClockSkewed, ""))
	})
	for name, reopen := range map[string]func(*floor) (*queue.Engine, error){
		"a snapshot": func(f *floor) (*queue.Engine, error) { return queue.Restore(queue.Config{Seed: 1}, f.e.Snapshot()) },
		"a journal": func(f *floor) (*queue.Engine, error) {
			e, err := queue.New(queue.Config{Seed: 1})
			require.NoError(f.t, err)
			return e, e.Replay(f.events)
		},
	} {
		t.Run("after a restart from "+name+" time continues at half rate", func(t *testing.T) {
			f, id := stepBack(t)
			var err error
			f.e, err = reopen(f)
			require.NoError(t, err)
			f.pass(2*ring - 1)
			assert.Empty(t, f.all(queue.OfferEnd, id))
			f.pass(1)
			assert.NotEmpty(t, f.all(queue.OfferEnd, id))
		})
		t.Run("a clock that was set back while the center was closed, from "+name, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{RingTime: ring})
			f.available("ana")
			f.pass(ahead)
			id := f.says("maria", "hello")
			var err error
			f.e, err = reopen(f)
			require.NoError(t, err)
			f.now = start
			f.pass(0)
			assert.Equal(t, ahead, f.e.Skew())
			f.pass(2 * ring)
			assert.NotEmpty(t, f.all(queue.OfferEnd, id))
		})
	}
}

// Whatever the wall clock does, the engine's time does not go back, no event is before the
// one that precedes it, Next names the first instant at which something is due, and an
// engine restored at any point gives the same events.
func TestWallClockThatWanders(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 7))
		f := newFloor(t, queue.Campaign{RingTime: 20 * time.Second, MaxTime: 10 * time.Minute, Announce: queue.Announce{Text: "{position}", Every: time.Minute}})
		f.available("ana", "bruno")
		for range 60 {
			other, err := queue.Restore(queue.Config{Seed: 1}, f.e.Snapshot())
			require.NoError(t, err)
			switch r.IntN(6) {
			case 0:
				f.now = f.now.Add(-time.Duration(r.Int64N(int64(time.Hour))))
			case 1:
				f.now = f.now.Add(time.Duration(r.Int64N(int64(time.Hour))))
			default:
				f.now = f.now.Add(time.Duration(r.Int64N(int64(10 * time.Second))))
			}
			c := f.contact(string(rune('a'+r.IntN(26))), "hello")
			out, err := other.Step(f.now, c)
			require.NoError(t, err)
			theirs := asJSON(t, out.Events)
			require.Equal(t, theirs, asJSON(t, f.do(c)))
			if next, ok := f.e.Next(); ok && next.After(f.now) && next.Before(f.now.Add(time.Hour)) {
				f.now = next.Add(-1)
				require.Empty(t, f.pass(0), "something was due before Next")
				require.NotEmpty(t, f.pass(1), "nothing was due at Next")
			}
		}
		for i := 1; i < len(f.events); i++ {
			require.False(t, f.events[i].At.Before(f.events[i-1].At), "event %d is before the one that precedes it", i)
		}
	}
}
