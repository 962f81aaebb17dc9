package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// Announcements: waiting customers are told where they stand.
func TestAnnounce(t *testing.T) {
	telling := func(first, every time.Duration) queue.Campaign {
		return queue.Campaign{Announce: queue.Announce{First: first, Every: every, Text: "{position} of {waiting}, {minutes} min"}}
	}

	t.Run("without a text nothing is said", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Announce: queue.Announce{Every: time.Second}})
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		assert.Empty(t, f.texts(id))
		assert.Empty(t, f.all(queue.Told, id))
	})
	t.Run("first 0 is at entry, every 0 is once", func(t *testing.T) {
		f := newFloor(t, telling(0, 0))
		f.says("pedro", "hello")
		id := f.says("maria", "hello")
		assert.Equal(t, []string{"2 of 2, 1 min"}, f.texts(id))
		f.pass(time.Hour)
		assert.Len(t, f.texts(id), 1)
	})
	t.Run("first and every, at their instants, with the position as it is then", func(t *testing.T) {
		f := newFloor(t, telling(time.Minute, 30*time.Second))
		before := f.says("pedro", "hello")
		id := f.says("maria", "hello")
		f.pass(time.Minute - 1)
		assert.Empty(t, f.texts(id))
		f.pass(1)
		f.do(queue.Leave{Interaction: before})
		f.pass(time.Minute)
		assert.Equal(t, []string{"2 of 2, 1 min", "1 of 1, 1 min", "1 of 1, 1 min"}, f.texts(id))
		for i, ev := range f.all(queue.Told, id) {
			assert.Equal(t, start.Add(time.Minute+time.Duration(i)*30*time.Second), ev.At)
			assert.Equal(t, "deadline:announce", ev.Cause)
		}
	})
	t.Run("only when nearer: nothing is said that is no progress", func(t *testing.T) {
		c := telling(0, 10*time.Second)
		c.Announce.OnlyWhenNearer = true
		f := newFloor(t, c)
		a, b, id := f.says("c1", "hello"), f.says("c2", "hello"), f.says("maria", "hello")
		f.pass(25 * time.Second)
		f.do(queue.Leave{Interaction: a})
		f.pass(30 * time.Second)
		f.urgent("vip", number, 9) // maria is third again
		f.pass(30 * time.Second)
		f.do(queue.Leave{Interaction: b})
		f.pass(30 * time.Second)
		assert.Equal(t, []string{"3 of 3, 1 min", "2 of 2, 1 min"}, f.texts(id), "second again is no news")
	})
	t.Run("who can be asked for at once is not told to wait", func(t *testing.T) {
		f := newFloor(t, telling(0, 0))
		f.available("ana")
		id := f.says("maria", "hello")
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.pass(time.Hour)
		assert.Empty(t, f.texts(id))
	})
	t.Run("nothing is said while an agent is being asked, but when that came to nothing", func(t *testing.T) {
		for _, first := range []time.Duration{0, 10 * time.Second} {
			c := telling(first, 0)
			c.RingTime, c.Announce.OnlyWhenNearer = 20*time.Second, true
			f := newFloor(t, c)
			f.available("ana")
			f.says("pedro", "hello")
			id := f.says("maria", "hello")
			f.pass(20*time.Second - 1)
			assert.Empty(t, f.texts(id))
			f.pass(1)
			assert.Equal(t, []string{"2 of 2, 1 min"}, f.texts(id), "%s", first)
			assert.Equal(t, start.Add(20*time.Second), f.last(queue.MessageQueued, id).At)
		}
	})
	t.Run("who was told before an offer is told again in their turn", func(t *testing.T) {
		c := telling(0, 10*time.Second)
		c.RingTime = 15 * time.Second
		f := newFloor(t, c)
		id := f.says("maria", "hello")
		f.available("ana")
		f.pass(15 * time.Second)
		assert.Len(t, f.texts(id), 1, "at 10 s ana is being asked")
		f.pass(5 * time.Second)
		assert.Len(t, f.texts(id), 2)
	})
	t.Run("a text set while people wait is said, one taken away is not", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		f.configure(telling(time.Minute, 0))
		f.pass(0)
		assert.Len(t, f.texts(id), 1)
		f = newFloor(t, telling(time.Minute, 0))
		id = f.says("maria", "hello")
		f.configure(queue.Campaign{})
		f.pass(time.Hour)
		assert.Empty(t, f.texts(id))
	})
	t.Run("times below 0 are refused", func(t *testing.T) {
		err := newFloor(t).refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", Announce: queue.Announce{First: -1, Every: -1}}}, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{{Path: "announce.first", Problem: "must be ≥ 0, is -1ns"}, {Path: "announce.every", Problem: "must be ≥ 0, is -1ns"}}, err.Err)
	})
}

// The estimated wait: the position times the mean time between two answers while somebody
// waits.
func TestEstimatedWait(t *testing.T) {
	// answers lets ana answer and finish the first in line, so long after the one before.
	answers := func(f *floor, gaps ...time.Duration) {
		f.t.Helper()
		for _, gap := range gaps {
			f.pass(gap)
			f.do(queue.Assign{Interaction: f.first(), Agent: "ana", Override: true})
			f.do(queue.Finish{Interaction: f.agent("ana").Has[0], Agent: "ana"})
		}
	}
	// estimate is what a newcomer is told.
	estimate := func(f *floor) time.Duration {
		f.t.Helper()
		return f.last(queue.Told, f.says(fmt.Sprint("new", f.ids), "hello")).Wait
	}
	waiting := func(t *testing.T, n int) *floor {
		f := newFloor(t, queue.Campaign{Announce: queue.Announce{Text: "{minutes}"}})
		for i := range n {
			f.says(fmt.Sprint("c", i), "hello")
		}
		return f
	}

	t.Run("without experience it is 0, and the text says a minute", func(t *testing.T) {
		f := waiting(t, 4)
		answers(f, time.Minute) // one answer is no time between two
		assert.Zero(t, estimate(f))
		assert.Equal(t, []string{"1"}, f.texts("i5"))
	})
	t.Run("the time between two answers, for each place in line", func(t *testing.T) {
		f := waiting(t, 4)
		answers(f, 10*time.Second, 40*time.Second)
		assert.Equal(t, 3*40*time.Second, estimate(f), "as the third")
		assert.Equal(t, []string{"2"}, f.texts("i5"), "in whole minutes, rounded up")
	})
	t.Run("then an eighth of what is new", func(t *testing.T) {
		f := waiting(t, 5)
		answers(f, 0, 40*time.Second, 120*time.Second)
		assert.Equal(t, 3*50*time.Second, estimate(f))
	})
	t.Run("an hour in which nobody waited is no time between two answers", func(t *testing.T) {
		f := waiting(t, 3)
		answers(f, 0, 40*time.Second, 40*time.Second)
		f.pass(12 * time.Hour)
		f.says("early", "hello")
		f.says("bird", "hello")
		answers(f, time.Second)
		assert.Equal(t, 2*40*time.Second, estimate(f))
	})
}

// first returns the first in line of sales.
func (f *floor) first() string {
	f.t.Helper()
	for _, v := range f.e.Interactions("sales") {
		if v.Position == 1 {
			return v.ID
		}
	}
	f.t.Fatal("nobody waits")
	return ""
}
