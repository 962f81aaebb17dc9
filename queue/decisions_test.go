package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// TestDecidedEnd: what has passed its longest time is not offered again, whatever else
// happens within the decision that ends it.
func TestDecidedEnd(t *testing.T) {
	c := queue.Campaign{
		RingTime: 20 * time.Second, MaxTime: 10 * time.Second, AutoPauseMisses: 1,
		Announce: queue.Announce{Text: "you are {position}"},
	}
	f := newFloor(t, c)
	f.available("ana")
	first := f.answered("maria", "ana")
	f.available("bruno")
	f.do(queue.Transfer{Interaction: first, Agent: "ana", ToAgent: "bruno"})
	f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
	late := f.says("pedro", "hello") // offered to bruno, who is paused when he misses it
	require.Equal(t, "bruno", f.view(late).Offered)
	f.pass(15 * time.Second)
	f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "carla", Limit: 1}})
	f.do(queue.AgentState{Agent: "carla", State: queue.Available})
	events := f.pass(5 * time.Second)

	assert.Equal(t, queue.OutcomeTimedOut, f.outcome(late))
	assert.Len(t, f.all(queue.Offered, late), 1)
	assert.Equal(t, "carla", f.view(first).Offered, "it came back to the queue")
	end := 0
	for i, ev := range events {
		if ev.Kind == queue.Ended {
			end = i
		}
		if ev.Kind == queue.Offered {
			assert.Greater(t, i, end, "nothing is matched before the decision is complete")
			assert.NotZero(t, end)
		}
	}
	assert.Empty(t, f.texts(first), "carla is asked at once")
}

// TestAnnouncedAtEntry: the position is told at entry only to those who wait when the step
// is over.
func TestAnnouncedAtEntry(t *testing.T) {
	c := queue.Campaign{Announce: queue.Announce{Text: "you are {position}"}}
	f := newFloor(t, c)
	waits := f.says("maria", "hello")
	assert.Equal(t, []string{"you are 1"}, f.texts(waits))
	f.do(queue.Leave{Interaction: waits})
	f.available("ana")
	id := f.answered("pedro", "ana")
	assert.Empty(t, f.texts(id))
	f.do(queue.AgentState{Agent: "ana", State: queue.Offline, Requeue: true})
	assert.Equal(t, []string{"you are 1"}, f.texts(id), "it came back and waits")
}

// TestFewestNewcomer: a newcomer starts at the least that any member who stays has.
func TestFewestNewcomer(t *testing.T) {
	with := func(agents ...string) queue.Campaign {
		c := queue.Campaign{Strategy: "fewest", AutoAnswer: true}
		for _, a := range agents {
			c.Members = append(c.Members, queue.Member{Agent: a})
		}
		return c
	}
	answered := func(f *floor, agent string) int {
		for _, m := range f.e.Snapshot().Campaigns[0].Members {
			if m.Agent == agent {
				return m.Answered
			}
		}
		return -1
	}
	for _, test := range []struct {
		name         string
		before, then []string
		want         int
	}{
		{"in place of a member who answered none", []string{"ana", "bruno"}, []string{"ana", "carla"}, 5},
		{"beside a member who answered none", []string{"ana", "bruno"}, []string{"ana", "bruno", "carla"}, 0},
		{"in place of all", []string{"ana", "bruno"}, []string{"carla"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFloor(t, with(test.before...))
			f.available("ana")
			for range 5 {
				f.do(queue.Finish{Agent: "ana", Interaction: f.says("maria", "hello")})
			}
			f.configure(with(test.then...))
			assert.Equal(t, test.want, answered(f, "carla"))
		})
	}
	t.Run("an agent who is removed takes the counter along", func(t *testing.T) {
		f := newFloor(t, with("ana", "bruno"))
		f.available("ana")
		for range 5 {
			f.do(queue.Finish{Agent: "ana", Interaction: f.says("maria", "hello")})
		}
		f.do(queue.RemoveAgent{Agent: "bruno"})
		f.configure(with("ana", "carla"))
		assert.Equal(t, 5, answered(f, "carla"))
	})
}

// TestTiersOpenIndependently: the tiers that overflow steps opened do not delay those that
// waiting opens, also after a restart.
func TestTiersOpenIndependently(t *testing.T) {
	c := queue.Campaign{
		TierWait: time.Minute,
		Members:  []queue.Member{{Agent: "x0"}, {Agent: "x1", Tier: 1}, {Agent: "x2", Tier: 2}, {Agent: "x3", Tier: 3}},
		Overflow: []queue.Overflow{{After: 10 * time.Second, Do: queue.DoRelax, Relax: &queue.Relax{Tiers: 1}}},
	}
	for _, test := range []struct {
		tier int
		want time.Duration
	}{{1, 10 * time.Second}, {2, time.Minute}, {3, 2 * time.Minute}} {
		f := newFloor(t)
		for _, m := range c.Members {
			f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: m.Agent}})
		}
		f.configure(c)
		f.available(c.Members[test.tier].Agent)
		id := f.says("maria", "hello")
		f.pass(30 * time.Second)
		e, err := queue.Restore(queue.Config{Seed: 1}, f.e.Snapshot())
		require.NoError(t, err)
		f.e = e
		f.pass(time.Hour)
		assert.Equal(t, start.Add(test.want), f.all(queue.Offered, id)[0].At, "tier %d", test.tier)
	}
}

// TestReopenedStaysAnswered: the one outcome of an interaction that an agent had is answered,
// however it ends after it was reopened.
func TestReopenedStaysAnswered(t *testing.T) {
	reopened := func(t *testing.T, c queue.Campaign) (*floor, string) {
		c.Reopen, c.Members = time.Hour, []queue.Member{{Agent: "bruno"}}
		f := newFloor(t, c)
		f.available("bruno")
		id := f.answered("maria", "bruno")
		f.do(queue.Finish{Agent: "bruno", Interaction: id})
		f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
		f.says("pedro", "hello")
		require.Equal(t, id, f.says("maria", "one more thing"))
		return f, id
	}
	ended := func(f *floor, id string) queue.Event { return f.last(queue.Ended, id) }

	t.Run("at a full queue", func(t *testing.T) {
		f, id := reopened(t, queue.Campaign{MaxInteractions: 1})
		assert.Len(t, f.all(queue.Ended, id), 2)
		assert.Equal(t, []any{queue.OutcomeAnswered, "bruno"}, []any{ended(f, id).Outcome, ended(f, id).Agent})
	})
	t.Run("by the bot of a full queue", func(t *testing.T) {
		f, id := reopened(t, queue.Campaign{MaxInteractions: 1, BotQueueFull: "sorry"})
		f.pass(time.Minute) // the bot does not answer
		assert.Equal(t, queue.OutcomeAnswered, ended(f, id).Outcome)
	})
	t.Run("after the longest time", func(t *testing.T) {
		f, id := reopened(t, queue.Campaign{MaxTime: time.Minute})
		f.pass(time.Minute)
		assert.Equal(t, []any{queue.OutcomeAnswered, queue.OutcomeTimedOut}, []any{ended(f, id).Outcome, ended(f, id).Segment})
	})
	t.Run("left by the customer", func(t *testing.T) {
		f, id := reopened(t, queue.Campaign{})
		f.do(queue.Leave{Interaction: id})
		assert.Equal(t, []any{queue.OutcomeAnswered, queue.OutcomeAbandoned}, []any{ended(f, id).Outcome, ended(f, id).Segment})
	})
}

// TestSilenceDuringTransfer: a transfer is an act of the agent, and its own time decides.
func TestSilenceDuringTransfer(t *testing.T) {
	card := queue.Campaign{
		MaxTransferTime: 100 * time.Second,
		Silence:         queue.Silence{AgentNudge: 10 * time.Second, AgentReturn: 20 * time.Second, CustomerEnd: 150 * time.Second},
	}
	sent := func(t *testing.T) (*floor, string) {
		f := newFloor(t, card)
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		return f, id
	}

	t.Run("the transfer stays out for all of its time", func(t *testing.T) {
		f, id := sent(t)
		f.pass(100*time.Second - 1)
		assert.Equal(t, "bruno", f.view(id).Offered)
		assert.Empty(t, f.all(queue.Nudged, id))
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		assert.Equal(t, "bruno", f.view(id).Agent)
	})
	t.Run("the sender's time begins when it comes back", func(t *testing.T) {
		f, id := sent(t)
		f.pass(100 * time.Second)
		f.pass(20*time.Second - 1)
		assert.Equal(t, "ana", f.view(id).Agent)
		assert.Len(t, f.all(queue.Nudged, id), 1)
		f.pass(1)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("a message of the customer does not start it", func(t *testing.T) {
		f, id := sent(t)
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "one moment"}})
		f.says("maria", "hello?")
		f.pass(99 * time.Second)
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("the customer's silence counts from the transfer", func(t *testing.T) {
		c := card
		c.MaxTransferTime = 0
		f := newFloor(t, c)
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hello"}})
		f.pass(100 * time.Second)
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		f.pass(150*time.Second - 1)
		assert.Equal(t, "bruno", f.view(id).Offered)
		f.pass(1)
		f.gone(id)
	})
}

// TestLastAgent: an attempt that no agent had does not make the center forget which agent the
// customer had.
func TestLastAgent(t *testing.T) {
	attempts := map[string]func(f *floor, c queue.Campaign){
		"abandoned": func(f *floor, _ queue.Campaign) { f.do(queue.Leave{Interaction: f.says("maria", "hello")}) },
		"timed out": func(f *floor, c queue.Campaign) {
			c.MaxTime = time.Second
			f.configure(c)
			f.says("maria", "hello")
			f.pass(time.Second)
		},
		"queue full": func(f *floor, c queue.Campaign) {
			c.MaxInteractions = 1
			f.configure(c)
			f.says("pedro", "hello")
			f.says("maria", "hello")
			f.do(queue.End{Interaction: f.e.Interactions("")[0].ID})
		},
		"ended by a bot": func(f *floor, c queue.Campaign) {
			c.BotOnStart = "menu"
			f.configure(c)
			id := f.says("maria", "hello")
			f.do(queue.BotReply{Interaction: id, Session: f.e.Pending()[0].Session, Next: queue.BotEnd})
		},
		"blacklisted": func(f *floor, c queue.Campaign) {
			c.IncomingBlacklist = true
			f.configure(c)
			f.says("maria", "hello")
			again := f.contact("maria", "hello")
			again.Blocked = &queue.Block{}
			f.do(again)
		},
	}
	for name, attempt := range attempts {
		t.Run(name, func(t *testing.T) {
			c := queue.Campaign{Strategy: "linear", Sticky: queue.StickyPrefer, Members: []queue.Member{{Agent: "bruno"}, {Agent: "ana"}}}
			f := newFloor(t, c)
			f.available("ana")
			f.do(queue.Finish{Agent: "ana", Interaction: f.answered("maria", "ana")})
			f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
			attempt(f, c)
			require.Empty(t, f.e.Interactions(""))
			f.configure(c)
			f.available("bruno", "ana")
			assert.Equal(t, "ana", f.view(f.says("maria", "hello")).Offered)
		})
	}
	t.Run("reopen: what was left after it was reopened goes to the same agent", func(t *testing.T) {
		c := queue.Campaign{Strategy: "linear", Reopen: time.Hour, Members: []queue.Member{{Agent: "bruno"}, {Agent: "ana"}}}
		f := newFloor(t, c)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.says("maria", "hello")
		f.do(queue.Leave{Interaction: id})
		f.available("bruno", "ana")
		require.Equal(t, id, f.says("maria", "hello"))
		assert.Equal(t, "ana", f.view(id).Offered)
	})
}
