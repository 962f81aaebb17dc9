package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// Max interactions: a limit on how many wait. The one over it ends as queue_full; what
// comes back is never refused for it.
func TestMaxInteractions(t *testing.T) {
	one := queue.Campaign{MaxInteractions: 1}
	waiting := func(f *floor) int { return f.e.Campaigns()[0].Waiting }

	t.Run("the limit itself gets in, one over it does not", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxInteractions: 2})
		a, b, c := f.says("c1", "hello"), f.says("c2", "hello"), f.says("c3", "hello")
		assert.Equal(t, queue.OwnedByQueue, f.view(a).Owner)
		assert.Equal(t, queue.OwnedByQueue, f.view(b).Owner)
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(c))
		f.gone(c)
		assert.False(t, f.last(queue.Ended, c).Open, "it never waited")
		assert.Empty(t, f.all(queue.Queued, c))
		assert.Empty(t, f.texts(c), "without a text nothing is said")
	})
	t.Run("0 is no limit", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		for range 50 {
			f.arrives(queue.Arrive{Number: number, ID: f.contact("x", "").ID})
		}
		assert.Equal(t, 50, waiting(f))
	})
	t.Run("less than 0 is refused", func(t *testing.T) {
		f := newFloor(t, one)
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", MaxInteractions: -1}}, queue.ErrInvalid)
		assert.ErrorContains(t, err, "maxInteractions: must be ≥ 0, is -1")
	})
	t.Run("what agents and bots have does not count", func(t *testing.T) {
		f := newFloor(t, one)
		f.available("ana")
		f.answered("c1", "ana")
		f.answered("c2", "ana")
		f.configure(queue.Campaign{MaxInteractions: 1, BotOnStart: "menu"})
		f.says("c3", "hello")
		f.configure(one)
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("c4", "hello")).Owner)
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(f.says("c5", "hello")))
	})
	t.Run("what is being offered does not count", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxInteractions: 1, Members: []queue.Member{{Agent: "ana", Limit: 1}}})
		f.available("ana")
		assert.Equal(t, "ana", f.view(f.says("c1", "hello")).Offered)
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("c2", "hello")).Owner)
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(f.says("c3", "hello")))
		board := f.e.Campaigns()[0]
		assert.Equal(t, []int{2, 1}, []int{board.Waiting, board.Ringing})
	})
	t.Run("what comes back from an offer is never refused and counts again", func(t *testing.T) {
		f := newFloor(t, one)
		f.available("ana", "bruno", "carla")
		for _, c := range []string{"c1", "c2", "c3"} {
			assert.NotEmpty(t, f.view(f.says(c, "hello")).Offered)
		}
		for _, a := range []string{"ana", "bruno", "carla"} {
			f.do(queue.AgentState{Agent: a, State: queue.Paused})
		}
		board := f.e.Campaigns()[0]
		assert.Equal(t, []int{3, 0}, []int{board.Waiting, board.Ringing})
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(f.says("c4", "hello")))
	})
	t.Run("one who can be served at once would not wait, and gets in", func(t *testing.T) {
		french := []queue.Skill{{Name: "french"}}
		f := newFloor(t, one)
		f.available("ana")
		c := f.contact("c1", "bonjour")
		c.Skills = french
		f.arrives(c)
		assert.Equal(t, "ana", f.view(f.says("c2", "hello")).Offered)
		c = f.contact("c3", "bonjour")
		c.Skills = french
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(f.arrives(c)))
	})
	for _, pull := range []struct {
		strategy string
		able     int // interactions that two agents with room for two can take
	}{{strategy.RingAll, 2}, {strategy.RingAllMultiple, 4}} {
		t.Run(pull.strategy+": what the agents who see it can take does not count", func(t *testing.T) {
			f := newFloor(t, queue.Campaign{MaxInteractions: 1, Strategy: pull.strategy})
			f.available("ana", "bruno")
			for i := range pull.able + 1 {
				assert.Equal(t, queue.OwnedByQueue, f.view(f.says(fmt.Sprint("c", i), "hello")).Owner, i)
			}
			assert.Equal(t, queue.OutcomeQueueFull, f.outcome(f.says("one more", "hello")))
			f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
			assert.Equal(t, queue.OutcomeQueueFull, f.outcome(f.says("and another", "hello")))
			f.available("carla", "ana")
			assert.Equal(t, queue.OwnedByQueue, f.view(f.says("later", "hello")).Owner)
		})
	}
	t.Run("where agents pull, only those with the skills see it", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxInteractions: 1, Strategy: strategy.RingAllMultiple, Members: []queue.Member{
			{Agent: "ana", Skills: []queue.Skill{{Name: "french"}}}, {Agent: "bruno"}}})
		f.available("bruno")
		french := func(customer string) string {
			c := f.contact(customer, "bonjour")
			c.Skills = []queue.Skill{{Name: "french"}}
			return f.arrives(c)
		}
		assert.Equal(t, queue.OwnedByQueue, f.view(french("c1")).Owner)
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(french("c2")), "bruno does not see it")
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("c3", "hello")).Owner, "bruno can take it at once")
	})
	t.Run("an answer makes room", func(t *testing.T) {
		f := newFloor(t, one)
		id := f.says("c1", "hello")
		f.says("c2", "hello")
		f.do(queue.Assign{Agent: "ana", Interaction: id, Override: true})
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("c3", "hello")).Owner)
	})
	t.Run("every attempt is an interaction of its own, counted once", func(t *testing.T) {
		f := newFloor(t, one)
		f.says("c1", "hello")
		a, b := f.says("c2", "hello"), f.says("c2", "please")
		assert.NotEqual(t, a, b)
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(a))
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(b))
	})
	t.Run("a message of one who waits is not refused", func(t *testing.T) {
		f := newFloor(t, one)
		id := f.says("c1", "hello")
		assert.Equal(t, id, f.says("c1", "anybody?"))
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("each campaign has a limit of its own", func(t *testing.T) {
		f := newFloor(t, one, queue.Campaign{ID: "support", MaxInteractions: 1})
		f.says("c1", "hello")
		c := f.contact("c2", "hello")
		c.Number = other
		assert.Equal(t, queue.OwnedByQueue, f.view(f.arrives(c)).Owner)
	})
	t.Run("what we begin ourselves does not wait", func(t *testing.T) {
		f := newFloor(t, one)
		f.says("c1", "hello")
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.do(queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:maria"}, Customer: "c-maria", ID: "x"})
		assert.Equal(t, "ana", f.view("x").Agent)
	})
	t.Run("a lower limit sends nobody away who waits", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxInteractions: 3})
		f.says("c1", "hello")
		f.says("c2", "hello")
		f.configure(one)
		assert.Equal(t, 2, waiting(f))
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(f.says("c3", "hello")))
	})

	t.Run("a text is sent, and the interaction is over when it is out", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxInteractions: 1, Texts: queue.Texts{QueueFull: "we are busy"}})
		f.says("c1", "hello")
		id := f.says("c2", "hello")
		assert.Equal(t, []string{"we are busy"}, f.texts(id))
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(id))
		assert.Equal(t, queue.OwnedByNobody, f.view(id).Owner)
		f.delivers()
		_, open := f.e.Interaction(id)
		assert.False(t, open)
	})
	t.Run("a bot on start that hands over to a full queue", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxInteractions: 1, BotOnStart: "menu"})
		a, b := f.says("c1", "hello"), f.says("c2", "hello")
		f.do(queue.BotReply{Interaction: a, Session: f.asked(a).Session, Next: queue.BotQueue})
		f.replies(b, queue.BotReply{Next: queue.BotQueue})
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(b))
	})
	t.Run("a bot on start that fails before a full queue", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxInteractions: 1, BotOnStart: "menu"})
		a, b := f.says("c1", "hello"), f.says("c2", "hello")
		f.replies(a, queue.BotReply{Next: queue.BotQueue})
		f.replies(b, queue.BotReply{Failed: "panic"})
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(b))
	})
	t.Run("a transfer into a full campaign is refused", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{}, queue.Campaign{ID: "support", MaxInteractions: 1, Members: []queue.Member{{Agent: "carla"}}})
		f.available("ana")
		a, b := f.answered("c1", "ana"), f.answered("c2", "ana")
		f.do(queue.Transfer{Agent: "ana", Interaction: a, ToCampaign: "support", Override: true})
		err := f.refuse(queue.Transfer{Agent: "ana", Interaction: b, ToCampaign: "support"}, queue.ErrCampaignFull)
		assert.Equal(t, "support", err.Campaign)
		f.refuse(queue.Move{Interaction: b, Campaign: "support"}, queue.ErrCampaignFull)
		assert.Equal(t, "ana", f.view(b).Agent)
	})
}

// What comes back is never refused for a full queue.
func TestMaxInteractionsReturns(t *testing.T) {
	one := queue.Campaign{MaxInteractions: 1, MaxTransferTime: time.Minute, Members: []queue.Member{{Agent: "ana", Limit: 1}, {Agent: "bruno"}}}
	// full has an interaction of maria with ana, and one of pedro that fills the queue.
	full := func(t *testing.T) (f *floor, id, filler string) {
		f = newFloor(t, one)
		f.available("ana")
		id = f.answered("maria", "ana")
		return f, id, f.says("pedro", "hello")
	}
	back := func(f *floor, id string) {
		f.t.Helper()
		assert.Equal(f.t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Equal(f.t, start, f.view(id).Since)
		assert.Equal(f.t, 2, f.e.Campaigns()[0].Waiting)
		assert.Equal(f.t, 1, f.view(id).Position, "at its place before the other")
	}

	t.Run("a decline, and an offer that expires", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxInteractions: 1, Members: []queue.Member{{Agent: "ana", Limit: 1}}})
		f.available("ana")
		id := f.says("maria", "hello")
		f.configure(queue.Campaign{MaxInteractions: 1, Members: []queue.Member{{Agent: "ana"}}})
		f.says("pedro", "hello") // ana has room for both
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		back(f, id)
		f.pass(queue.DefaultRingTime)
		f.pass(queue.DefaultRingTime)
		assert.Equal(t, 2, f.e.Campaigns()[0].Waiting)
		assert.Empty(t, f.all(queue.Ended, ""))
	})
	t.Run("the host puts it back", func(t *testing.T) {
		f, id, _ := full(t)
		f.do(queue.Requeue{Interaction: id})
		back(f, id)
	})
	t.Run("an agent who leaves gives it back", func(t *testing.T) {
		f, id, _ := full(t)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline, Requeue: true})
		back(f, id)
	})
	t.Run("a transfer comes back and its sender is gone", func(t *testing.T) {
		f, id, filler := full(t)
		f.available("bruno")
		f.do(queue.Decline{Agent: "bruno", Interaction: filler})
		f.do(queue.Transfer{Agent: "ana", Interaction: id, ToAgent: "bruno"})
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
		back(f, id)
	})
	t.Run("a bot on end puts it back", func(t *testing.T) {
		c := one
		c.BotOnEnd = "survey"
		f, id, _ := full(t)
		f.configure(c)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused, AfterWork: true})
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		back(f, id)
	})
	t.Run("a bot after waiting time puts it back", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{MaxInteractions: 1, MaxTime: time.Minute, BotAfterWait: "sorry"})
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		f.says("pedro", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		back(f, id)
	})
}

// The bot for a full queue has the one over the limit.
func TestMaxInteractionsBot(t *testing.T) {
	busy := queue.Campaign{MaxInteractions: 1, BotQueueFull: "busy", Texts: queue.Texts{QueueFull: "we are busy"}}
	over := func(t *testing.T, c queue.Campaign) (f *floor, id string) {
		f = newFloor(t, c, queue.Campaign{ID: "support"})
		f.says("pedro", "hello")
		return f, f.says("maria", "hello")
	}

	t.Run("it is asked in place of the text", func(t *testing.T) {
		f, id := over(t, busy)
		asked := f.asked(id)
		assert.Equal(t, []any{"busy", queue.PhaseOverflow}, []any{asked.Bot, asked.Phase})
		assert.Equal(t, "busy", f.view(id).Bot)
		assert.Empty(t, f.texts(id))
	})
	t.Run("what it ends is queue_full", func(t *testing.T) {
		f, id := over(t, busy)
		f.replies(id, queue.BotReply{Next: queue.BotEnd, Messages: []queue.Message{{Text: "call us tomorrow"}}})
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(id))
		assert.Equal(t, []string{"call us tomorrow"}, f.texts(id))
	})
	t.Run("so it is when it fails", func(t *testing.T) {
		f, id := over(t, busy)
		f.pass(queue.DefaultBotTimeout)
		assert.True(t, f.last(queue.BotEnded, id).Failed)
		assert.Equal(t, queue.OutcomeQueueFull, f.outcome(id))
	})
	t.Run("it may let it in", func(t *testing.T) {
		f, id := over(t, busy)
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Equal(t, 2, f.e.Campaigns()[0].Waiting)
	})
	t.Run("it may move it to another campaign", func(t *testing.T) {
		f, id := over(t, busy)
		f.replies(id, queue.BotReply{Next: queue.BotCampaign, Target: "support"})
		assert.Equal(t, "support", f.view(id).Campaign)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("one that was let in is like any other", func(t *testing.T) {
		c := busy
		c.Overflow = []queue.Overflow{{After: time.Minute, Do: queue.DoBot, Target: "patience"}}
		f, id := over(t, c)
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		f.pass(time.Minute)
		f.replies(id, queue.BotReply{Next: queue.BotEnd})
		// The verdict of the full queue does not outlive the entry.
		assert.Equal(t, queue.OutcomeBotEnded, f.outcome(id))
	})
	t.Run("one that was let in returns to the queue when a later bot fails", func(t *testing.T) {
		c := busy
		c.Overflow = []queue.Overflow{{After: time.Minute, Do: queue.DoBot, Target: "patience"}}
		f, id := over(t, c)
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		f.pass(time.Minute)
		f.replies(id, queue.BotReply{Failed: "panic"})
		assert.Empty(t, f.all(queue.Ended, id))
	})
}
