package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// servedBefore is a floor on which ana (room for one) has served maria before, and bruno, who
// stands first in the campaign's list, would be asked by the strategy.
func servedBefore(t *testing.T, c queue.Campaign) *floor {
	c.Strategy = "linear"
	c.Members = []queue.Member{{Agent: "bruno"}, {Agent: "ana"}}
	f := newFloor(t, c)
	f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1}})
	f.available("ana")
	id := f.answered("maria", "ana")
	f.do(queue.Finish{Agent: "ana", Interaction: id})
	f.available("bruno")
	f.pass(time.Hour)
	return f
}

// occupyAna gives ana another interaction, over bruno.
func occupyAna(f *floor) string {
	f.t.Helper()
	f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
	id := f.answered("pedro", "ana")
	f.available("bruno")
	return id
}

// Sticky agent: whether a customer goes to the agent they had last.
func TestSticky(t *testing.T) {
	off := queue.Campaign{}
	prefer := queue.Campaign{Sticky: queue.StickyPrefer}
	wait := queue.Campaign{Sticky: queue.StickyWait, StickyWait: time.Minute}
	// back is maria's next interaction and the agent who is asked for it.
	back := func(f *floor) (id, offered string) {
		f.t.Helper()
		id = f.says("maria", "hello again")
		return id, f.view(id).Offered
	}
	is := func(t *testing.T, f *floor, agent string) string {
		t.Helper()
		id, offered := back(f)
		assert.Equal(t, agent, offered)
		return id
	}

	t.Run("off: the strategy decides", func(t *testing.T) { is(t, servedBefore(t, off), "bruno") })
	t.Run("prefer: the last agent, before the strategy's first", func(t *testing.T) { is(t, servedBefore(t, prefer), "ana") })
	t.Run("wait: the last agent too, when there is room", func(t *testing.T) { is(t, servedBefore(t, wait), "ana") })
	t.Run("a customer without a past goes by the strategy", func(t *testing.T) {
		f := servedBefore(t, prefer)
		assert.Equal(t, "bruno", f.view(f.says("lucia", "hello")).Offered)
	})
	t.Run("prefer: full, another is asked at once", func(t *testing.T) {
		f := servedBefore(t, prefer)
		occupyAna(f)
		is(t, f, "bruno")
	})
	t.Run("prefer: paused, another is asked at once", func(t *testing.T) {
		f := servedBefore(t, prefer)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		is(t, f, "bruno")
	})
	t.Run("prefer: offline, another is asked at once", func(t *testing.T) {
		f := servedBefore(t, prefer)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		is(t, f, "bruno")
	})
	t.Run("wait: at the limit of the queue nobody waits beside a free agent", func(t *testing.T) {
		full := wait
		full.MaxInteractions = 1
		f := servedBefore(t, full)
		occupyAna(f)
		f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
		c := f.contact("lucia", "bonjour")
		c.Skills = []queue.Skill{{Name: "french"}}
		f.arrives(c) // waits for skills that no agent has, and is all that may
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "bruno", Limit: 2}})
		f.available("bruno")
		is(t, f, "bruno")
	})
	t.Run("prefer: declined, another is asked", func(t *testing.T) {
		f := servedBefore(t, prefer)
		id := is(t, f, "ana")
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		// The preference holds only if ana can take it at once.
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("prefer: paused during the offer, another is asked", func(t *testing.T) {
		f := servedBefore(t, prefer)
		id := is(t, f, "ana")
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("prefer: offline during the offer, another is asked", func(t *testing.T) {
		f := servedBefore(t, prefer)
		id := is(t, f, "ana")
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		assert.Equal(t, "bruno", f.view(id).Offered)
	})

	t.Run("wait: full, nobody else is asked until the time is over", func(t *testing.T) {
		f := servedBefore(t, wait)
		occupyAna(f)
		id := is(t, f, "")
		f.pass(time.Minute - 1)
		assert.Empty(t, f.view(id).Offered)
		f.pass(1)
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("wait: the agent who is free in time gets it", func(t *testing.T) {
		f := servedBefore(t, wait)
		busy := occupyAna(f)
		id := is(t, f, "")
		f.pass(time.Minute - 1)
		f.do(queue.Finish{Agent: "ana", Interaction: busy})
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("wait: paused counts as there", func(t *testing.T) {
		f := servedBefore(t, wait)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		id := is(t, f, "")
		f.available("ana")
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("wait: offline is not waited for", func(t *testing.T) {
		f := servedBefore(t, wait)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		is(t, f, "bruno")
	})
	t.Run("wait: one who goes offline meanwhile is waited for no longer", func(t *testing.T) {
		f := servedBefore(t, wait)
		occupyAna(f)
		id := is(t, f, "")
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("wait: one who is leaving is not waited for", func(t *testing.T) {
		f := servedBefore(t, wait)
		occupyAna(f)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline, AfterWork: true})
		is(t, f, "bruno")
	})
	t.Run("wait: declined, another is asked when the time is over", func(t *testing.T) {
		f := servedBefore(t, wait)
		id := is(t, f, "ana")
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.pass(time.Minute)
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("wait: those behind are served meanwhile", func(t *testing.T) {
		f := servedBefore(t, wait)
		occupyAna(f)
		is(t, f, "")
		assert.Equal(t, "bruno", f.view(f.says("lucia", "hello")).Offered)
	})
	t.Run("wait of 0 is prefer", func(t *testing.T) {
		f := servedBefore(t, queue.Campaign{Sticky: queue.StickyWait})
		occupyAna(f)
		is(t, f, "bruno")
	})

	t.Run("one who is no longer a member is not preferred", func(t *testing.T) {
		f := servedBefore(t, wait)
		c := wait
		c.Members = []queue.Member{{Agent: "bruno"}}
		f.configure(c)
		is(t, f, "bruno")
	})
	t.Run("one who left the center is not preferred", func(t *testing.T) {
		f := servedBefore(t, wait)
		f.do(queue.RemoveAgent{Agent: "ana"})
		is(t, f, "bruno")
	})
	t.Run("one who may not receive is not preferred", func(t *testing.T) {
		f := servedBefore(t, wait)
		c := wait
		c.Members = []queue.Member{{Agent: "bruno"}, {Agent: "ana", NoReceive: true}}
		f.configure(c)
		is(t, f, "bruno")
	})
	t.Run("the last agent of another campaign does not count", func(t *testing.T) {
		f := servedBefore(t, prefer)
		f.configure(queue.Campaign{ID: "support", Sticky: queue.StickyPrefer, Strategy: "linear",
			Members: []queue.Member{{Agent: "bruno"}, {Agent: "ana"}}})
		c := f.contact("maria", "hello")
		c.Number = other
		assert.Equal(t, "bruno", f.view(f.arrives(c)).Offered)
	})
	t.Run("agents named at arrival come before the last one", func(t *testing.T) {
		f := servedBefore(t, prefer)
		c := f.contact("maria", "hello")
		c.Preferred = []queue.Preferred{{Agent: "bruno"}}
		assert.Equal(t, "bruno", f.view(f.arrives(c)).Offered)
	})
	t.Run("an unknown mode is refused with the valid ones", func(t *testing.T) {
		f := newFloor(t)
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", Sticky: "glue"}}, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{{Path: "sticky", Problem: `unknown value "glue"; valid: prefer, wait`}}, err.Err)
	})
}

// Reopen: a customer who comes back soon goes on with the interaction that ended.
func TestReopen(t *testing.T) {
	hour := queue.Campaign{Reopen: 2 * time.Hour} // servedBefore lets one pass
	const first = "i1"

	t.Run("with its id, its variables and its agent", func(t *testing.T) {
		f := newFloor(t, hour)
		f.available("ana", "bruno")
		c := f.contact("maria", "hello")
		c.Vars = map[string]string{"order": "7"}
		id := f.arrives(c)
		had := f.view(id).Offered
		f.do(queue.Accept{Agent: had, Interaction: id})
		f.do(queue.Finish{Agent: had, Interaction: id})
		f.pass(time.Minute)
		assert.Equal(t, id, f.says("maria", "one more thing"))
		v := f.view(id)
		assert.Equal(t, had, v.Offered, "who is no longer the one idle for longest")
		assert.Equal(t, map[string]string{"order": "7"}, v.Vars)
		assert.Equal(t, start.Add(time.Minute), v.Since, "its age counts from now")
		assert.Equal(t, queue.OutcomeAnswered, f.last(queue.Reopened, id).Outcome)
		assert.Empty(t, f.all(queue.Opened, "i2"))
	})
	t.Run("exactly at the end of the time it is still the same", func(t *testing.T) {
		f := servedBefore(t, hour)
		f.pass(time.Hour)
		assert.Equal(t, first, f.says("maria", "hello"))
	})
	t.Run("a nanosecond later it is a new one", func(t *testing.T) {
		f := servedBefore(t, hour)
		f.pass(time.Hour + 1)
		id := f.says("maria", "hello")
		assert.NotEqual(t, first, id)
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("0 is always a new one", func(t *testing.T) {
		f := servedBefore(t, queue.Campaign{})
		assert.NotEqual(t, first, f.says("maria", "hello"))
	})
	t.Run("the agent is full: another is asked", func(t *testing.T) {
		f := servedBefore(t, hour)
		occupyAna(f)
		f.says("maria", "hello")
		assert.Equal(t, "bruno", f.view(first).Offered)
	})
	t.Run("the agent has left: another is asked", func(t *testing.T) {
		f := servedBefore(t, hour)
		f.do(queue.RemoveAgent{Agent: "ana"})
		assert.Equal(t, first, f.says("maria", "hello"))
		assert.Equal(t, "bruno", f.view(first).Offered)
	})
	t.Run("the agent declines: another is asked", func(t *testing.T) {
		f := servedBefore(t, hour)
		f.says("maria", "hello")
		f.do(queue.Decline{Agent: "ana", Interaction: first})
		assert.Equal(t, "bruno", f.view(first).Offered)
	})
	t.Run("the bot on start is not asked again", func(t *testing.T) {
		f := servedBefore(t, hour)
		c := hour
		c.BotOnStart = "menu"
		f.configure(c)
		f.says("maria", "hello")
		assert.Equal(t, queue.OwnedByQueue, f.view(first).Owner)
	})
	t.Run("what no agent had is not opened again", func(t *testing.T) {
		c := hour
		c.MaxTime = time.Minute
		f := newFloor(t, c)
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
		assert.NotEqual(t, id, f.says("maria", "hello"))
	})
	t.Run("closed, it stays closed", func(t *testing.T) {
		c := office()
		c.Reopen = 24 * time.Hour
		f := servedBefore(t, c)
		f.pass(9 * time.Hour)
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(f.says("maria", "hello")))
	})
	t.Run("a goodbye that is still on its way does not matter", func(t *testing.T) {
		f := newFloor(t, hour)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "bye"}})
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		// The quickest answer of all comes before the connector's.
		assert.Equal(t, id, f.says("maria", "one more thing"))
	})
}
