package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
)

// More of what went wrong in other systems, by the numbers of the list of scenarios. 17,
// 18 and 20 are with presence, 29 with ageing, 34 with the supervisor.
func TestScenariosOfLife(t *testing.T) {
	t.Run("6 the same message twice is one, and an album of ten pictures is one interaction", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		c := f.contact("maria", "look")
		first := f.arrives(c)
		c.ID = "again"
		assert.Empty(t, f.do(c))
		for range 9 {
			assert.Equal(t, first, f.says("maria", ""))
		}
		assert.Len(t, f.all(queue.Opened, ""), 1)
		assert.Len(t, f.all(queue.Received, first), 9)
		f.pass(7 * 24 * time.Hour)
		f.do(queue.End{Interaction: first})
		assert.Empty(t, f.do(c), "a week later, and after its end, it is still the same")
	})
	t.Run("6 two first messages at one instant, in either order", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		a, b := f.contact("maria", "hello"), f.contact("maria", "I have a question")
		f.do(b)
		f.do(a)
		assert.Len(t, f.e.Interactions(""), 1)
	})

	t.Run("19 one who ignores offers: the others first, then a pause after k, and nothing is asked for ever", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: "linear", RingTime: 10 * time.Second, AutoPauseMisses: 3, DeclineMemory: time.Minute})
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.pass(10 * time.Second)
		assert.Equal(t, "bruno", f.view(id).Offered, "the others first")
		f.pass(time.Hour)
		for _, a := range []string{"ana", "bruno"} {
			assert.Equal(t, []any{queue.Paused, "missed offers"}, []any{f.agent(a).State, f.agent(a).Reason})
		}
		assert.Len(t, f.all(queue.Offered, id), 6)
		f.available("carla")
		assert.Equal(t, []any{"carla", start}, []any{f.view(id).Offered, f.view(id).Since})
	})
	t.Run("21 wrap-up of zero is immediate, in the same step", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1}})
		f.available("ana")
		id, next := f.answered("maria", "ana"), f.says("pedro", "hello")
		events := f.do(queue.Finish{Agent: "ana", Interaction: id})
		last := events[len(events)-1]
		assert.Equal(t, []any{queue.Offered, next, "ana", start}, []any{last.Kind, last.Interaction, last.Agent, last.At})
	})
	t.Run("21 wrap-up of one agent does not hold another", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{WrapUp: time.Hour})
		f.available("ana")
		f.do(queue.Finish{Agent: "ana", Interaction: f.answered("maria", "ana")})
		f.available("bruno")
		assert.Equal(t, "bruno", f.view(f.says("pedro", "hello")).Offered)
	})
	t.Run("22 pulling obeys the same limits as being given", func(t *testing.T) {
		for _, strategy := range []string{"ringallmultiple", "leastbusy"} {
			f := newFloor(t, queue.Campaign{Strategy: strategy, Members: []queue.Member{{Agent: "ana", Limit: 1}}})
			first, second := f.says("maria", "hello"), f.says("pedro", "hello")
			f.available("ana")
			f.do(queue.Take{Agent: "ana", Interaction: first})
			assert.Equal(t, "full", f.refuse(queue.Take{Agent: "ana", Interaction: second}, queue.ErrNotEligible).Reason)
			f.do(queue.Take{Agent: "ana", Interaction: second, Override: true})
			assert.True(t, f.last(queue.Answered, second).Override)
			assert.True(t, f.view(second).Over)
		}
	})
	t.Run("22 pulling as fast as one can never goes over", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: "ringallmultiple"}, queue.Campaign{ID: "support", Strategy: "ringallmultiple"})
		f.available("ana")
		taken := 0
		for i := range 20 {
			id := f.says(fmt.Sprint("c", i), "hello")
			if i%2 == 0 {
				id = toSupport(f, fmt.Sprint("d", i))
			}
			if out, err := f.e.Step(f.now, queue.Take{Agent: "ana", Interaction: id}); err == nil {
				f.keep(out)
				taken++
			}
			assert.LessOrEqual(t, f.agent("ana").Load, 2)
		}
		assert.Equal(t, 2, taken)
	})
}

// Hours: 30 and 31 of the list.
func TestScenariosOfTime(t *testing.T) {
	week := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	daily := func(zone string, ranges ...schedule.Range) queue.Campaign {
		c := queue.Campaign{Texts: queue.Texts{OutOfHours: "closed"}, Hours: &schedule.Schedule{Zone: zone}}
		for _, r := range ranges {
			c.Hours.Week = append(c.Hours.Week, schedule.Rule{Days: week, Range: r})
		}
		return c
	}
	// at is the floor at an instant, reached by the hours' own deadlines.
	at := func(f *floor, when time.Time) *floor {
		f.t.Helper()
		require.False(f.t, when.Before(f.now))
		f.pass(when.Sub(f.now))
		return f
	}
	open := func(f *floor) bool { f.t.Helper(); return f.e.Campaigns()[0].Open }
	utc := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, time.UTC)
	}

	t.Run("30 two ranges a day", func(t *testing.T) {
		f := newFloor(t, daily("", schedule.Range{From: "08:00", To: "12:00"}, schedule.Range{From: "14:00", To: "18:00"}))
		for _, x := range []struct {
			hour, minute int
			open         bool
		}{{11, 59, true}, {12, 0, false}, {13, 59, false}, {14, 0, true}, {18, 0, false}} {
			assert.Equal(t, x.open, open(at(f, utc(3, 2, x.hour, x.minute))), "%d:%02d", x.hour, x.minute)
		}
	})
	t.Run("30 hours over midnight", func(t *testing.T) {
		f := newFloor(t, daily("", schedule.Range{From: "22:00", To: "06:00"}))
		assert.False(t, open(f))
		assert.True(t, open(at(f, utc(3, 2, 22, 0))))
		assert.True(t, open(at(f, utc(3, 3, 5, 59))))
		assert.False(t, open(at(f, utc(3, 3, 6, 0))))
	})
	t.Run("30 shift end with people waiting: each choice", func(t *testing.T) {
		for closing, want := range map[queue.Closing]string{queue.Drain: "ana", queue.Hold: "", queue.Close: "gone"} {
			c := office()
			c.AtClosing = closing
			f := newFloor(t, c)
			id := f.says("maria", "hello")
			f.pass(10 * time.Hour)
			f.available("ana")
			if want == "gone" {
				assert.Equal(t, queue.OutcomeAbandoned, f.outcome(id))
				continue
			}
			assert.Equal(t, want, f.view(id).Offered)
		}
	})
	t.Run("30 a holiday", func(t *testing.T) {
		f := newFloor(t, office(schedule.Exception{Date: "2026-03-03", Closed: true}))
		assert.False(t, open(at(f, utc(3, 3, 12, 0))))
		assert.True(t, open(at(f, utc(3, 4, 8, 0))))
	})
	t.Run("30 the clocks go forward and back: the wall says when, with the server in another zone", func(t *testing.T) {
		f := newFloor(t, daily("Europe/Madrid", schedule.Range{From: "09:00", To: "18:00"}))
		for _, x := range []struct{ opens, closes time.Time }{
			{utc(3, 28, 8, 0), utc(3, 28, 17, 0)},   // winter: one hour ahead
			{utc(3, 29, 7, 0), utc(3, 29, 16, 0)},   // since that night: two
			{utc(10, 24, 7, 0), utc(10, 24, 16, 0)}, // summer
			{utc(10, 25, 8, 0), utc(10, 25, 17, 0)}, // since that night: one again
		} {
			assert.False(t, open(at(f, x.opens.Add(-1))))
			assert.True(t, open(at(f, x.opens)))
			assert.True(t, open(at(f, x.closes.Add(-1))))
			assert.False(t, open(at(f, x.closes)))
			assert.Equal(t, x.closes, f.last(queue.CampaignHours, "").At)
		}
	})
	t.Run("31 the text: once for each customer and closed period", func(t *testing.T) {
		f := newFloor(t, office())
		at(f, utc(3, 2, 20, 0))
		for range 3 {
			f.says("maria", "hello?")
			f.pass(time.Hour)
		}
		f.says("pedro", "hello?")
		at(f, utc(3, 3, 20, 0))
		f.says("maria", "hello again?")
		assert.Len(t, f.all(queue.MessageQueued, ""), 3, "maria twice, in two nights, and pedro")
	})
	t.Run("31 never in an open conversation, nor after an agent's own message", func(t *testing.T) {
		f := newFloor(t, office())
		f.available("ana")
		id := f.answered("maria", "ana")
		at(f, utc(3, 2, 20, 0))
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "I am still here"}})
		f.says("maria", "good")
		assert.Equal(t, []string{"I am still here"}, f.texts(id))
		f.do(queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:eva"}, Customer: "c-eva", ID: "out", Message: &queue.Message{Text: "hi eva"}})
		f.says("eva", "yes?")
		assert.Equal(t, []string{"hi eva"}, f.texts("out"))
		assert.Empty(t, f.all(queue.Refused, ""))
	})
}
