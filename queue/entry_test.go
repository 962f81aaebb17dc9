package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// TestReachesAClosedQueue: with `close`, what reaches the queue after closing ends; the text is
// for those whom no agent ever had.
func TestReachesAClosedQueue(t *testing.T) {
	closing := func() queue.Campaign {
		c := office()
		c.AtClosing = queue.Close
		return c
	}

	t.Run("a bot hands over after closing", func(t *testing.T) {
		c := closing()
		c.BotOnStart, c.BotTimeout = "menu", 10*time.Hour
		f := newFloor(t, c)
		id := f.says("maria", "hello")
		bot := f.e.Pending()[0]
		f.pass(9*time.Hour + time.Minute)
		f.do(queue.BotReply{Interaction: id, Session: bot.Session, Next: queue.BotQueue})
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(id))
		assert.Equal(t, []string{"closed"}, f.texts(id))
		assert.True(t, f.last(queue.Refused, f.says("maria", "hello?")).Repeat, "the text is sent once in a closed period")
	})
	t.Run("a transfer returns and its sender is gone", func(t *testing.T) {
		f := newFloor(t, closing())
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.pass(9*time.Hour + time.Minute)
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		f.do(queue.Decline{Agent: "bruno", Interaction: id})
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
		assert.Empty(t, f.texts(id))
	})
	t.Run("a requeue", func(t *testing.T) {
		f := newFloor(t, closing())
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.pass(9*time.Hour + time.Minute)
		f.do(queue.Requeue{Interaction: id})
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
		assert.Empty(t, f.texts(id))
	})
	t.Run("at closing, what an agent had ends without the text", func(t *testing.T) {
		f := newFloor(t, closing())
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline, Requeue: true})
		never := f.says("pedro", "hello")
		f.pass(9 * time.Hour)
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
		assert.Empty(t, f.texts(id))
		assert.Equal(t, []string{"closed"}, f.texts(never))
	})
	for _, at := range []queue.Closing{queue.Drain, queue.Hold} {
		t.Run("with another choice it waits: "+string(at), func(t *testing.T) {
			c := closing()
			c.AtClosing = at
			f := newFloor(t, c)
			f.available("ana")
			id := f.answered("maria", "ana")
			f.pass(9*time.Hour + time.Minute)
			f.do(queue.Requeue{Interaction: id})
			assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		})
	}
}

// TestNobodyOnDuty: a transfer to a campaign of which no member is logged in is refused.
func TestNobodyOnDuty(t *testing.T) {
	support := func(c queue.Campaign, members ...queue.Member) queue.Campaign {
		c.ID, c.Members = "support", append([]queue.Member{}, members...)
		return c
	}
	for _, test := range []struct {
		name    string
		to      queue.Campaign
		carla   queue.State
		refused bool
	}{
		{"no member at all", support(queue.Campaign{}), queue.Available, true},
		{"the only member is offline", support(queue.Campaign{}, queue.Member{Agent: "carla"}), queue.Offline, true},
		{"the only member may not receive", support(queue.Campaign{}, queue.Member{Agent: "carla", NoReceive: true}), queue.Available, true},
		{"the only member is paused", support(queue.Campaign{}, queue.Member{Agent: "carla"}), queue.Paused, false},
		{"a member is available", support(queue.Campaign{}, queue.Member{Agent: "carla"}), queue.Available, false},
		{"hold", support(queue.Campaign{AtClosing: queue.Hold}), queue.Offline, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{}, test.to)
			f.available("ana")
			id := f.answered("maria", "ana")
			f.do(queue.AgentState{Agent: "carla", State: test.carla})
			transfer := queue.Transfer{Interaction: id, Agent: "ana", ToCampaign: "support"}
			if test.refused {
				err := f.refuse(transfer, queue.ErrNobodyOnDuty)
				assert.Equal(t, "support", err.Campaign)
				assert.ErrorContains(t, err, "nobody_on_duty")
				assert.Equal(t, "ana", f.view(id).Agent)
				transfer.Override = true
			}
			f.do(transfer)
			assert.Equal(t, "support", f.view(id).Campaign)
		})
	}
	t.Run("a closed campaign that holds accepts", func(t *testing.T) {
		c := office()
		c.AtClosing = queue.Hold
		f := newFloor(t, queue.Campaign{}, support(c, queue.Member{Agent: "carla"}))
		f.available("ana")
		id := f.answered("maria", "ana")
		f.pass(10 * time.Hour)
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToCampaign: "support"})
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
}

// TestParkedAndAbsent: a parked customer who writes while the agent is offline does not stay
// there for ever.
func TestParkedAndAbsent(t *testing.T) {
	parked := func(t *testing.T, c queue.Campaign) (*floor, string) {
		f := newFloor(t, c)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Park{Interaction: id, Agent: "ana"})
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		f.available("bruno")
		f.says("maria", "are you there?")
		return f, id
	}

	t.Run("it returns to the queue with its age", func(t *testing.T) {
		f, id := parked(t, queue.Campaign{})
		assert.Equal(t, []any{"bruno", start}, []any{f.view(id).Offered, f.view(id).Since})
	})
	t.Run("or after the campaign's limit of the agent's silence", func(t *testing.T) {
		f, id := parked(t, queue.Campaign{Silence: queue.Silence{AgentReturn: time.Minute}})
		assert.Equal(t, "ana", f.view(id).Agent)
		f.pass(time.Minute)
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
}

// TestRingTimeFollows: an offer that is out follows the ring time.
func TestRingTimeFollows(t *testing.T) {
	f := newFloor(t, queue.Campaign{RingTime: time.Minute})
	f.available("ana")
	id := f.says("maria", "hello")
	f.configure(queue.Campaign{RingTime: 20 * time.Second})
	assert.Equal(t, start.Add(20*time.Second), f.view(id).Until)
	f.pass(time.Minute)
	assert.Equal(t, start.Add(20*time.Second), f.last(queue.OfferEnd, id).At)
}

// TestDeclineMemoryFollows: the pause of an agent who declined follows the setting.
func TestDeclineMemoryFollows(t *testing.T) {
	for _, test := range []struct{ before, then, want time.Duration }{
		{time.Minute, 20 * time.Second, 20 * time.Second},
		{20 * time.Second, time.Minute, time.Minute},
		{time.Minute, 5 * time.Second, 10 * time.Second}, // at once: it has passed
		{time.Minute, 0, queue.DefaultDeclineMemory},
	} {
		f := newFloor(t, queue.Campaign{DeclineMemory: test.before})
		f.available("ana")
		id := f.says("maria", "hello")
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		f.pass(10 * time.Second)
		f.configure(queue.Campaign{DeclineMemory: test.then})
		f.pass(10 * time.Minute)
		assert.Equal(t, start.Add(test.want), f.all(queue.Offered, id)[1].At, "%s → %s", test.before, test.then)
	}
}
