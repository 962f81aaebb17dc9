package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// Max time: seconds in the queue; an offer that is out at the deadline may still be
// accepted, and if it is not, the deadline acts.
func TestMaxTime(t *testing.T) {
	minute := queue.Campaign{MaxTime: time.Minute, DeclineMemory: time.Hour, Texts: queue.Texts{TimedOut: "sorry"}}
	// ringing is a minute's queue in which ana is being asked from the 50th to the 80th
	// second, and the clock stands at the 70th: the deadline has passed meanwhile.
	ringing := func(t *testing.T, c queue.Campaign) (*floor, string) {
		f := newFloor(t, c)
		id := f.says("maria", "hello")
		f.pass(50 * time.Second)
		f.available("ana")
		f.pass(20 * time.Second)
		assert.Equal(t, "ana", f.view(id).Offered)
		assert.Equal(t, start.Add(time.Minute), f.last(queue.Overdue, id).At)
		return f, id
	}

	t.Run("0 is no limit", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Texts: queue.Texts{TimedOut: "sorry"}, BotAfterWait: "sorry"})
		id := f.says("maria", "hello")
		f.pass(7 * 24 * time.Hour)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Empty(t, f.texts(id))
	})
	t.Run("less than 0 is refused with its path", func(t *testing.T) {
		f := newFloor(t)
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", MaxTime: -1}}, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{{Path: "maxTime", Problem: "must be ≥ 0, is -1ns"}}, err.Err)
	})
	t.Run("a nanosecond before the deadline it waits", func(t *testing.T) {
		f := newFloor(t, minute)
		id := f.says("maria", "hello")
		f.pass(time.Minute - 1)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		f.pass(1)
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
	})
	t.Run("it ends at its own instant, however late that is noticed", func(t *testing.T) {
		f := newFloor(t, minute)
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		ended := f.last(queue.Ended, id)
		assert.Equal(t, start.Add(time.Minute), ended.At)
		assert.Equal(t, time.Minute, ended.Wait)
		assert.Equal(t, "deadline:max-time", ended.Cause)
	})
	t.Run("the text is sent once, and then the interaction is forgotten", func(t *testing.T) {
		f := newFloor(t, minute)
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		assert.Equal(t, []string{"sorry"}, f.texts(id))
		f.gone(id)
	})
	t.Run("without a text nothing is said", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxTime: time.Minute})
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
		assert.Empty(t, f.texts(id))
	})
	t.Run("who comes back after it waits anew", func(t *testing.T) {
		f := newFloor(t, minute)
		first := f.says("maria", "hello")
		f.pass(time.Minute)
		id := f.says("maria", "hello again")
		assert.NotEqual(t, first, id)
		f.pass(time.Minute - 1)
		assert.Equal(t, start.Add(time.Minute), f.view(id).Queued)
	})

	t.Run("an offer that is out at the deadline may still be accepted", func(t *testing.T) {
		f, id := ringing(t, minute)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		assert.Equal(t, 70*time.Second, f.last(queue.Answered, id).Wait)
		f.pass(time.Hour)
		assert.Equal(t, "ana", f.view(id).Agent, "the deadline is over with the queue")
		assert.Empty(t, f.texts(id))
	})
	t.Run("if it is declined, the deadline acts then", func(t *testing.T) {
		f, id := ringing(t, minute)
		f.available("bruno")
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
		assert.Equal(t, start.Add(70*time.Second), f.last(queue.Ended, id).At)
		assert.Len(t, f.all(queue.Offered, id), 1, "nobody else is asked")
		assert.Equal(t, []string{"sorry"}, f.texts(id))
		assert.Zero(t, f.agent("ana").Load)
	})
	t.Run("if it is missed, the deadline acts when the ring time is over", func(t *testing.T) {
		f, id := ringing(t, minute)
		f.pass(time.Hour)
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
		assert.Equal(t, start.Add(80*time.Second), f.last(queue.Ended, id).At)
	})
	t.Run("if it is revoked, the deadline acts at once", func(t *testing.T) {
		f, id := ringing(t, minute)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
		assert.Equal(t, start.Add(70*time.Second), f.last(queue.Ended, id).At)
	})
	t.Run("if it could not be shown, the deadline acts at once", func(t *testing.T) {
		f, id := ringing(t, minute)
		f.do(queue.OfferFailed{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
	})
	t.Run("a supervisor may still give it to another", func(t *testing.T) {
		f, id := ringing(t, minute)
		f.available("bruno")
		f.do(queue.Assign{Agent: "bruno", Interaction: id})
		f.pass(time.Hour)
		assert.Equal(t, "bruno", f.view(id).Agent)
	})
	t.Run("a limit made longer while that offer is out holds for it", func(t *testing.T) {
		f, id := ringing(t, minute)
		longer := minute
		longer.MaxTime = 10 * time.Minute
		f.configure(longer)
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		// Overdue under the old limit, it is not under the new one.
		assert.Empty(t, f.all(queue.Ended, id))
		f.pass(time.Hour)
		assert.Equal(t, start.Add(10*time.Minute), f.last(queue.Ended, id).At)
	})

	t.Run("with a bot for it, the bot has it instead and nothing is said", func(t *testing.T) {
		c := minute
		c.BotAfterWait = "sorry"
		f := newFloor(t, c)
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		assert.Equal(t, "sorry", f.view(id).Bot)
		assert.Equal(t, queue.PhaseWaiting, f.asked(id).Phase)
		assert.Empty(t, f.texts(id))
	})
	t.Run("the bot too waits for the offer that is out", func(t *testing.T) {
		c := minute
		c.BotAfterWait = "sorry"
		f, id := ringing(t, c)
		assert.Empty(t, f.all(queue.BotStarted, id))
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		assert.Equal(t, start.Add(70*time.Second), f.last(queue.BotStarted, id).At)
	})

	t.Run("a bot's time on start does not count", func(t *testing.T) {
		c := minute
		c.BotOnStart = "menu"
		f := newFloor(t, c)
		id := f.says("maria", "hello")
		f.pass(20 * time.Second)
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		f.pass(time.Hour)
		assert.Equal(t, start.Add(80*time.Second), f.last(queue.Ended, id).At)
	})
	t.Run("a decline does not start it again", func(t *testing.T) {
		f := newFloor(t, minute)
		f.available("ana")
		id := f.says("maria", "hello")
		f.pass(20 * time.Second)
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		f.pass(time.Hour)
		assert.Equal(t, start.Add(time.Minute), f.last(queue.Ended, id).At)
	})
	t.Run("a later stay in the queue has a deadline of its own, and what it ends with is answered", func(t *testing.T) {
		f := newFloor(t, minute)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.pass(5 * time.Minute)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline, Requeue: true})
		f.pass(time.Hour)
		ended := f.last(queue.Ended, id)
		assert.Equal(t, start.Add(6*time.Minute), ended.At)
		assert.Equal(t, queue.OutcomeAnswered, ended.Outcome, "an agent had it")
		assert.Equal(t, queue.OutcomeTimedOut, ended.Segment)
	})
	t.Run("in another campaign that one's limit holds, from entry there", func(t *testing.T) {
		f := newFloor(t, minute, queue.Campaign{ID: "support", MaxTime: 2 * time.Minute})
		id := f.says("maria", "hello")
		f.pass(30 * time.Second)
		f.do(queue.Move{Interaction: id, Campaign: "support"})
		f.pass(time.Hour)
		assert.Equal(t, start.Add(150*time.Second), f.last(queue.Ended, id).At)
	})
	t.Run("it holds for what is shown to be taken", func(t *testing.T) {
		c := minute
		c.Strategy = "ringall"
		f := newFloor(t, c)
		f.available("ana")
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
		f.refuse(queue.Take{Agent: "ana", Interaction: id}, queue.ErrEnded)
	})

	// change sets another limit in the 30th second and returns when the interaction ended.
	change := func(t *testing.T, to time.Duration) (*floor, string) {
		f := newFloor(t, minute)
		id := f.says("maria", "hello")
		f.pass(30 * time.Second)
		f.configure(queue.Campaign{MaxTime: to})
		f.pass(time.Hour)
		return f, id
	}
	t.Run("a longer limit holds for what waits", func(t *testing.T) {
		f, id := change(t, 2*time.Minute)
		assert.Equal(t, start.Add(2*time.Minute), f.last(queue.Ended, id).At)
	})
	t.Run("a shorter one that is past already acts when it is set", func(t *testing.T) {
		f, id := change(t, 10*time.Second)
		assert.Equal(t, start.Add(30*time.Second), f.last(queue.Ended, id).At)
	})
	t.Run("taken away, nothing ends", func(t *testing.T) {
		f, id := change(t, 0)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
}
