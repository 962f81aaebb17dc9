package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// Service level: answered within the threshold, inclusive, from queue entry to the answer
// of an agent. What is late still happens.
func TestServiceLevel(t *testing.T) {
	const limit = 20 * time.Second
	// A ring time beyond the threshold, so that one offer spans it.
	level := queue.Campaign{ServiceLevel: limit, RingTime: time.Minute}
	within := func(ev queue.Event) bool { return ev.Threshold > 0 && ev.Wait <= ev.Threshold }

	t.Run("answered exactly at the threshold is in time", func(t *testing.T) {
		f := newFloor(t, level)
		f.available("ana")
		id := f.says("maria", "hello")
		f.pass(limit)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		ev := f.last(queue.Answered, id)
		assert.Equal(t, []time.Duration{limit, limit}, []time.Duration{ev.Wait, ev.Threshold})
		f.pass(time.Hour)
		assert.Empty(t, f.all(queue.Breached, id))
	})
	t.Run("a nanosecond later is late, and still an answer", func(t *testing.T) {
		f := newFloor(t, level)
		f.available("ana")
		id := f.says("maria", "hello")
		f.pass(limit + 1)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		ev := f.last(queue.Answered, id)
		assert.False(t, within(ev))
		assert.Equal(t, limit+1, ev.Wait)
		assert.Equal(t, "ana", f.view(id).Agent)
		assert.Len(t, f.all(queue.Breached, id), 1)
	})
	t.Run("the breach bears its own instant, however late it is noticed", func(t *testing.T) {
		f := newFloor(t, level)
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		ev := f.last(queue.Breached, id)
		assert.Equal(t, start.Add(limit+1), ev.At)
		assert.Equal(t, "deadline:service-level", ev.Cause)
	})
	t.Run("the breach says what was missed", func(t *testing.T) {
		f := newFloor(t, level)
		id := f.says("maria", "hello")
		f.pass(limit + 1)
		assert.Equal(t, limit, f.last(queue.Breached, id).Threshold)
	})
	t.Run("it is breached once and goes on waiting", func(t *testing.T) {
		f := newFloor(t, level)
		id := f.says("maria", "hello")
		f.pass(limit + 1)
		f.pass(time.Hour)
		assert.Len(t, f.all(queue.Breached, id), 1)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		f.available("ana")
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("the breach is the engine's next deadline", func(t *testing.T) {
		f := newFloor(t, level)
		f.says("maria", "hello")
		next, ok := f.e.Next()
		require.True(t, ok)
		assert.Equal(t, start.Add(limit+1), next)
	})

	t.Run("a bot's time does not count", func(t *testing.T) {
		c := level
		c.BotOnStart, c.BotTimeout = "menu", time.Hour
		f := newFloor(t, c)
		f.available("ana")
		id := f.says("maria", "hello")
		f.pass(10 * time.Minute)
		assert.Empty(t, f.all(queue.Breached, id))
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		assert.Equal(t, start.Add(10*time.Minute), f.view(id).Queued)
		f.pass(limit)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		assert.Equal(t, limit, f.last(queue.Answered, id).Wait)
		assert.Empty(t, f.all(queue.Breached, id))
	})
	t.Run("a bot ends it before the threshold: nothing is measured", func(t *testing.T) {
		c := level
		c.BotOnStart = "menu"
		f := newFloor(t, c)
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotEnd})
		ev := f.last(queue.Ended, id)
		assert.Equal(t, queue.OutcomeBotEnded, ev.Outcome)
		assert.False(t, ev.Open, "it never was in the queue")
		f.pass(time.Hour)
		assert.Empty(t, f.all(queue.Breached, id))
	})
	t.Run("a decline does not start the clock again", func(t *testing.T) {
		f := newFloor(t, level)
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.pass(15 * time.Second)
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		f.pass(5 * time.Second)
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		assert.Equal(t, limit, f.last(queue.Answered, id).Wait)
	})
	t.Run("each stay in the queue has a clock of its own", func(t *testing.T) {
		f := newFloor(t, level)
		f.available("ana")
		id := f.says("maria", "hello")
		f.pass(limit + 1)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.pass(time.Minute)
		f.do(queue.Requeue{Interaction: id})
		f.available("bruno")
		back := f.now
		f.pass(limit)
		assert.Len(t, f.all(queue.Breached, id), 1)
		f.pass(1)
		assert.Equal(t, back.Add(limit+1), f.last(queue.Breached, id).At)
	})
	t.Run("the other campaign's threshold holds after a transfer, from its own entry", func(t *testing.T) {
		f := newFloor(t, level, queue.Campaign{ID: "support", ServiceLevel: 5 * time.Second, RingTime: time.Minute})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.pass(time.Minute)
		f.do(queue.Transfer{Agent: "ana", Interaction: id, ToCampaign: "support"})
		f.pass(5 * time.Second)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		ev := f.last(queue.Answered, id)
		assert.Equal(t, []time.Duration{5 * time.Second, 5 * time.Second}, []time.Duration{ev.Wait, ev.Threshold})
	})
	t.Run("a transfer from agent to agent is not measured again", func(t *testing.T) {
		f := newFloor(t, level)
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.do(queue.Transfer{Agent: "ana", Interaction: id, ToAgent: "bruno"})
		f.pass(time.Hour)
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		assert.Len(t, f.all(queue.Answered, id), 1)
		assert.Empty(t, f.all(queue.Breached, id))
	})
	t.Run("who leaves in time is told apart by the wait at the end", func(t *testing.T) {
		f := newFloor(t, level)
		id := f.says("maria", "hello")
		f.pass(limit)
		f.do(queue.Leave{Interaction: id})
		ev := f.last(queue.Ended, id)
		assert.Equal(t, []any{limit, limit, true, queue.OutcomeAbandoned}, []any{ev.Wait, ev.Threshold, ev.Open, ev.Segment})
		assert.Empty(t, f.all(queue.Breached, id))
	})

	t.Run("0 is not measured", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		id := f.says("maria", "hello")
		f.pass(24 * time.Hour)
		f.available("ana")
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		assert.Empty(t, f.all(queue.Breached, ""))
		assert.Zero(t, f.last(queue.Answered, id).Threshold)
		assert.Equal(t, 24*time.Hour, f.last(queue.Answered, id).Wait, "the wait is known all the same")
	})
	t.Run("less than 0 is refused", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", ServiceLevel: -time.Second}}, queue.ErrInvalid)
		assert.ErrorContains(t, err, "serviceLevel: must be ≥ 0, is -1s")
	})
	t.Run("an answer without an offer is measured too", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{ServiceLevel: limit, AutoAnswer: true})
		id := f.says("maria", "hello")
		f.pass(limit)
		f.available("ana")
		ev := f.last(queue.Answered, id)
		assert.Equal(t, []any{limit, limit, true}, []any{ev.Wait, ev.Threshold, ev.Direct})
	})
	t.Run("from our side nobody waits and nothing is measured", func(t *testing.T) {
		f := newFloor(t, level)
		f.available("ana")
		f.do(queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:maria"}, Customer: "c-maria", ID: "x"})
		f.pass(time.Hour)
		assert.Empty(t, f.all(queue.Answered, "x"))
		assert.Empty(t, f.all(queue.Breached, "x"))
	})

	t.Run("a longer threshold holds for what waits", func(t *testing.T) {
		f := newFloor(t, level)
		id := f.says("maria", "hello")
		f.pass(limit)
		f.configure(queue.Campaign{ServiceLevel: 2 * limit})
		f.pass(limit)
		assert.Empty(t, f.all(queue.Breached, id))
		f.pass(1)
		assert.Equal(t, start.Add(2*limit+1), f.last(queue.Breached, id).At)
	})
	t.Run("a shorter one that is past already is missed when it is set", func(t *testing.T) {
		f := newFloor(t, level)
		id := f.says("maria", "hello")
		f.pass(10 * time.Second)
		f.configure(queue.Campaign{ServiceLevel: 5 * time.Second})
		f.pass(0)
		assert.Equal(t, start.Add(10*time.Second), f.last(queue.Breached, id).At)
	})
	t.Run("taken away, nothing is missed any more", func(t *testing.T) {
		f := newFloor(t, level)
		id := f.says("maria", "hello")
		f.configure(queue.Campaign{})
		f.pass(time.Hour)
		assert.Empty(t, f.all(queue.Breached, id))
	})
}
