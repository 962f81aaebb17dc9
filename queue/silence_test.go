package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// Silence of the customer: a warning, then the end, counted from the agent's last word.
func TestCustomerSilence(t *testing.T) {
	card := queue.Campaign{
		Silence: queue.Silence{CustomerWarn: time.Minute, CustomerEnd: 3 * time.Minute},
		Texts:   queue.Texts{SilenceWarning: "are you there?", SilenceEnded: "bye"},
	}
	speaks := func(f *floor, id string) {
		f.t.Helper()
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hi"}})
	}
	// asked is an interaction of ana, who has just spoken.
	asked := func(t *testing.T, c queue.Campaign) (*floor, string) {
		f := newFloor(t, c)
		f.available("ana")
		id := f.answered("maria", "ana")
		speaks(f, id)
		return f, id
	}

	t.Run("the customer is warned once, at its instant", func(t *testing.T) {
		f, id := asked(t, card)
		f.pass(3*time.Minute - 1)
		assert.Equal(t, start.Add(time.Minute), f.last(queue.Warned, id).At)
		assert.Len(t, f.all(queue.Warned, id), 1)
		assert.Equal(t, []string{"hi", "are you there?"}, f.texts(id))
	})
	t.Run("it ends counted from the agent's word, not from the warning", func(t *testing.T) {
		f, id := asked(t, card)
		f.pass(time.Hour)
		ended := f.last(queue.Ended, id)
		assert.Equal(t, start.Add(3*time.Minute), ended.At)
		assert.Equal(t, "customer is silent", ended.Reason)
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id), "an agent had it")
		assert.Equal(t, []string{"hi", "are you there?", "bye"}, f.texts(id))
		assert.Zero(t, f.agent("ana").Load)
	})
	t.Run("a word of the customer in time keeps it", func(t *testing.T) {
		f, id := asked(t, card)
		f.pass(3*time.Minute - 1)
		f.says("maria", "yes")
		f.pass(time.Hour)
		assert.Equal(t, "ana", f.view(id).Agent, "now it is for the agent to speak")
	})
	t.Run("a further word of the agent counts anew, with its own warning", func(t *testing.T) {
		f, id := asked(t, card)
		f.pass(2 * time.Minute)
		speaks(f, id)
		f.pass(3*time.Minute - 1)
		assert.Len(t, f.all(queue.Warned, id), 2)
		assert.Empty(t, f.all(queue.Ended, id))
		f.pass(1)
		assert.Equal(t, start.Add(5*time.Minute), f.last(queue.Ended, id).At)
	})
	t.Run("a reaction is no word", func(t *testing.T) {
		f, id := asked(t, card)
		f.pass(30 * time.Second)
		c := f.contact("maria", "👍")
		c.Message.Silent = true
		f.do(c)
		f.pass(time.Hour)
		assert.Equal(t, start.Add(3*time.Minute), f.last(queue.Ended, id).At)
	})
	t.Run("before the agent has spoken nothing is asked of the customer", func(t *testing.T) {
		f := newFloor(t, card)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.pass(time.Hour)
		assert.Equal(t, "ana", f.view(id).Agent)
		assert.Empty(t, f.texts(id))
	})
	t.Run("0 is any time", func(t *testing.T) {
		f, id := asked(t, queue.Campaign{Texts: card.Texts})
		f.pass(24 * time.Hour)
		assert.Equal(t, "ana", f.view(id).Agent)
		assert.Equal(t, []string{"hi"}, f.texts(id))
	})
	t.Run("a warning alone never ends it", func(t *testing.T) {
		c := card
		c.Silence.CustomerEnd = 0
		f, id := asked(t, c)
		f.pass(24 * time.Hour)
		assert.Len(t, f.all(queue.Warned, id), 1)
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("an end alone comes without a warning", func(t *testing.T) {
		c := card
		c.Silence.CustomerWarn = 0
		f, id := asked(t, c)
		f.pass(24 * time.Hour)
		assert.Empty(t, f.all(queue.Warned, id))
		assert.Equal(t, start.Add(3*time.Minute), f.last(queue.Ended, id).At)
	})
	t.Run("without texts it happens without words", func(t *testing.T) {
		c := card
		c.Texts = queue.Texts{}
		f, id := asked(t, c)
		f.pass(time.Hour)
		assert.Equal(t, []string{"hi"}, f.texts(id))
		assert.Len(t, f.all(queue.Ended, id), 1)
	})
	t.Run("parked, it is not counted", func(t *testing.T) {
		f, id := asked(t, card)
		f.do(queue.Park{Agent: "ana", Interaction: id})
		f.pass(24 * time.Hour)
		assert.True(t, f.view(id).Parked)
		assert.Empty(t, f.all(queue.Warned, id))
	})
	t.Run("nor is the time parked when the agent takes it up again", func(t *testing.T) {
		f, id := asked(t, card)
		f.do(queue.Park{Agent: "ana", Interaction: id})
		f.pass(time.Hour)
		f.do(queue.Resume{Agent: "ana", Interaction: id})
		f.pass(time.Second)
		// Only an active interaction may be too silent: this one is active again for a second.
		assert.Empty(t, f.all(queue.Ended, id))
	})
	t.Run("from our side it counts from the beginning", func(t *testing.T) {
		f := newFloor(t, card)
		f.available("ana")
		f.do(queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:maria"}, Customer: "c-maria", ID: "x"})
		f.pass(time.Hour)
		assert.Equal(t, start.Add(3*time.Minute), f.last(queue.Ended, "x").At)
	})
	t.Run("a transfer that is under way is withdrawn with it", func(t *testing.T) {
		f, id := asked(t, card)
		f.available("bruno")
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		f.pass(3 * time.Minute)
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
		assert.Empty(t, f.agent("bruno").Asked)
		assert.Zero(t, f.agent("bruno").Load)
	})
	t.Run("a shorter time that is past already acts when it is set", func(t *testing.T) {
		f, id := asked(t, card)
		f.pass(30 * time.Second)
		f.configure(queue.Campaign{Silence: queue.Silence{CustomerEnd: 10 * time.Second}})
		f.pass(time.Hour)
		require.Len(t, f.all(queue.Ended, id), 1)
		assert.Equal(t, start.Add(30*time.Second), f.last(queue.Ended, id).At)
	})
}

// Silence of the agent: a nudge, then the interaction returns to its queue with its age.
func TestAgentSilence(t *testing.T) {
	card := queue.Campaign{Silence: queue.Silence{AgentNudge: time.Minute, AgentReturn: 3 * time.Minute}}
	// taken is an interaction that ana has just answered, in words not yet.
	taken := func(t *testing.T, c queue.Campaign) (*floor, string) {
		f := newFloor(t, c)
		f.available("ana")
		return f, f.answered("maria", "ana")
	}

	t.Run("the agent is nudged once, at its instant", func(t *testing.T) {
		f, id := taken(t, card)
		f.pass(3*time.Minute - 1)
		assert.Len(t, f.all(queue.Nudged, id), 1)
		nudged := f.last(queue.Nudged, id)
		assert.Equal(t, start.Add(time.Minute), nudged.At)
		assert.Equal(t, "ana", nudged.Agent)
		last := f.effects[len(f.effects)-1]
		assert.Equal(t, queue.Effect{Kind: queue.EffectNudge, Seq: nudged.Seq, Interaction: id, Campaign: "sales", Agent: "ana"}, last)
		assert.Empty(t, f.texts(id), "the customer is told nothing")
	})
	t.Run("it returns to the queue with its age, others first", func(t *testing.T) {
		f, id := taken(t, card)
		f.pass(2 * time.Minute)
		f.available("bruno")
		f.pass(time.Minute)
		returned := f.last(queue.Requeued, id)
		assert.Equal(t, start.Add(3*time.Minute), returned.At)
		assert.Equal(t, "ana", returned.Agent)
		assert.Equal(t, "agent is silent", returned.Reason)
		assert.Equal(t, start, f.view(id).Since)
		assert.Equal(t, "bruno", f.view(id).Offered)
		assert.Zero(t, f.agent("ana").Load)
	})
	t.Run("it stands before who came later", func(t *testing.T) {
		f, id := taken(t, card)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.pass(time.Minute)
		younger := f.says("pedro", "hello")
		f.pass(2 * time.Minute)
		assert.Equal(t, []int{1, 2}, []int{f.view(id).Position, f.view(younger).Position})
	})
	t.Run("with nobody else the same agent is asked after the decline memory", func(t *testing.T) {
		f, id := taken(t, card)
		f.pass(3*time.Minute + queue.DefaultDeclineMemory - 1)
		assert.Empty(t, f.view(id).Offered)
		f.pass(1)
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("a word of the agent ends the count", func(t *testing.T) {
		f, id := taken(t, card)
		f.pass(3*time.Minute - 1)
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hi"}})
		f.pass(time.Hour)
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("a word of the host is none of the agent's", func(t *testing.T) {
		f, id := taken(t, card)
		f.pass(time.Minute)
		f.do(queue.Send{Interaction: id, Message: queue.Message{Text: "we are on it"}})
		f.pass(2 * time.Minute)
		assert.Len(t, f.all(queue.Requeued, id), 1)
	})
	t.Run("the customer's next question begins a new count", func(t *testing.T) {
		f, id := taken(t, card)
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hi"}})
		f.pass(10 * time.Minute)
		f.says("maria", "and?")
		f.pass(time.Hour)
		assert.Equal(t, start.Add(11*time.Minute), f.last(queue.Nudged, id).At)
		assert.Equal(t, start.Add(13*time.Minute), f.last(queue.Requeued, id).At)
	})
	t.Run("a customer who asks again does not give the agent more time", func(t *testing.T) {
		f, id := taken(t, card)
		for range 3 {
			f.pass(time.Minute)
			f.says("maria", "hello?")
		}
		// If each question began her time anew, the most impatient would never be returned.
		assert.Len(t, f.all(queue.Requeued, id), 1)
	})
	t.Run("0 is any time", func(t *testing.T) {
		f, id := taken(t, queue.Campaign{})
		f.pass(24 * time.Hour)
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("a nudge alone never takes it away", func(t *testing.T) {
		f, id := taken(t, queue.Campaign{Silence: queue.Silence{AgentNudge: time.Minute}})
		f.pass(24 * time.Hour)
		assert.Len(t, f.all(queue.Nudged, id), 1)
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("less than 0 is refused with its path", func(t *testing.T) {
		f := newFloor(t)
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", Silence: queue.Silence{AgentNudge: -1}}}, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{{Path: "silence.agentNudge", Problem: "must be ≥ 0, is -1ns"}}, err.Err)
	})
}
