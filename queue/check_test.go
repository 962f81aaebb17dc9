package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// overflows is a campaign whose second overflow step, after a minute, leads to support, and
// whose third ends what waits after an hour.
func overflows(every time.Duration) queue.Campaign {
	return queue.Campaign{Overflow: []queue.Overflow{
		{After: 2 * time.Hour, Do: queue.DoMessage, Text: "sorry"},
		{After: time.Minute, Every: every, Do: queue.DoCampaign, Target: "support"},
		{After: time.Hour, Do: queue.DoEnd},
	}}
}

// guarded is support with a blacklist.
func guarded() queue.Campaign {
	return queue.Campaign{ID: "support", IncomingBlacklist: true, Members: []queue.Member{{Agent: "carla"}}}
}

// checked returns the one question that a blacklist is being asked.
func (f *floor) checked() queue.Effect {
	f.t.Helper()
	var found []queue.Effect
	for _, ef := range f.e.Pending() {
		if ef.Kind == queue.EffectCheck {
			found = append(found, ef)
		}
	}
	require.Len(f.t, found, 1)
	return found[0]
}

// TestOverflowAsksTheTargetsList: an overflow step into a campaign with a blacklist asks it, and
// is performed or skipped with the answer, or with the engine's rule when there is none in time.
func TestOverflowAsksTheTargetsList(t *testing.T) {
	block := &queue.Block{Reason: "abuse", Alias: "phone:maria"}
	answer := func(f *floor, b *queue.Block) {
		x := f.checked()
		f.do(queue.Verdict{Interaction: x.Interaction, Campaign: x.Campaign, Check: x.Seq, Blocked: b})
	}
	begin := func(t *testing.T, every time.Duration) (*floor, string) {
		f := newFloor(t, overflows(every), guarded())
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		return f, id
	}
	skipped := func(t *testing.T, f *floor, id string) {
		t.Helper()
		ev := f.last(queue.Stepped, id)
		assert.Equal(t, []any{2, false}, []any{ev.Count, ev.Open})
		assert.Contains(t, ev.Reason, "blacklisted")
		assert.Equal(t, "sales", f.view(id).Campaign)
		f.pass(time.Hour)
		f.gone(id) // the next step acts
	}

	t.Run("asked", func(t *testing.T) {
		f, id := begin(t, 0)
		assert.Equal(t, "sales", f.view(id).Campaign)
		asked := f.last(queue.ListAsked, id)
		assert.Equal(t, []any{"sales", "support", 2, f.now.Add(queue.DefaultCheckTimeout)}, []any{asked.Campaign, asked.From, asked.Count, asked.Until})
		want := queue.Effect{Kind: queue.EffectCheck, Seq: asked.Seq, Interaction: id, Campaign: "support", Customer: "c-maria", Until: asked.Until}
		assert.Equal(t, want, f.effects[len(f.effects)-1])
		assert.Equal(t, want, f.checked())
	})
	t.Run("not listed", func(t *testing.T) {
		f, id := begin(t, 0)
		answer(f, nil)
		assert.Equal(t, "support", f.view(id).Campaign)
	})
	t.Run("listed", func(t *testing.T) {
		f, id := begin(t, 0)
		answer(f, block)
		assert.Empty(t, f.e.Pending())
		skipped(t, f, id)
	})
	t.Run("listed, and considered again", func(t *testing.T) {
		f, id := begin(t, 10*time.Minute)
		answer(f, block)
		f.pass(10*time.Minute - 1)
		assert.Empty(t, f.e.Pending())
		f.pass(1)
		answer(f, nil)
		assert.Equal(t, "support", f.view(id).Campaign)
	})
	for _, closed := range []bool{false, true} {
		t.Run("no answer", func(t *testing.T) {
			e, err := queue.New(queue.Config{Seed: 1, CheckFailClosed: closed, CheckTimeout: time.Second})
			require.NoError(t, err)
			f := &floor{t: t, e: e, now: start}
			f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "carla"}})
			c := overflows(0)
			c.Members = []queue.Member{}
			f.configure(c)
			f.configure(guarded())
			id := f.says("maria", "hello")
			f.pass(time.Minute)
			late := f.checked()
			f.pass(time.Second)
			if closed {
				skipped(t, f, id)
			} else {
				assert.Equal(t, "support", f.view(id).Campaign)
			}
			before := f.e.Seq()
			if !closed {
				f.do(queue.Verdict{Interaction: id, Campaign: "support", Check: late.Seq, Blocked: block})
				assert.Equal(t, before, f.e.Seq(), "a late verdict changes nothing")
			}
			again, err := queue.New(queue.Config{Seed: 1})
			require.NoError(t, err)
			require.NoError(t, again.Replay(f.events), "a replay has no rule of its own")
			assert.Equal(t, len(f.e.Interactions("support")), len(again.Interactions("support")))
		})
	}
	t.Run("an answer to something else", func(t *testing.T) {
		f, id := begin(t, 0)
		x := f.checked()
		f.do(queue.Verdict{Interaction: id, Campaign: "support", Check: x.Seq + 1})
		f.do(queue.Verdict{Interaction: id, Campaign: "sales", Check: x.Seq})
		assert.Equal(t, "sales", f.view(id).Campaign)
		f.checked()
	})
	t.Run("an agent is asked, then the list again", func(t *testing.T) {
		f, id := begin(t, 0)
		f.available("ana")
		assert.Equal(t, "ana", f.view(id).Offered)
		for _, ef := range f.e.Pending() {
			assert.NotEqual(t, queue.EffectCheck, ef.Kind)
		}
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		f.pass(0)
		answer(f, nil)
		assert.Equal(t, "support", f.view(id).Campaign)
	})
	t.Run("it leaves the queue", func(t *testing.T) {
		f, id := begin(t, 0)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.do(queue.Assign{Interaction: id, Agent: "ana", Override: true})
		f.pass(time.Minute)
		assert.Empty(t, f.e.Pending())
	})
	t.Run("the configuration changes", func(t *testing.T) {
		f, id := begin(t, 0)
		old := f.checked()
		c := overflows(0)
		c.Overflow = c.Overflow[1:]
		f.configure(c)
		f.do(queue.Verdict{Interaction: id, Campaign: "support", Check: old.Seq, Blocked: block})
		f.pass(0)
		answer(f, nil)
		assert.Equal(t, "support", f.view(id).Campaign)
	})
	t.Run("without overflow steps", func(t *testing.T) {
		f, id := begin(t, 0)
		f.configure(queue.Campaign{})
		f.pass(time.Hour)
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("the target is closed when the answer comes", func(t *testing.T) {
		f, id := begin(t, 0)
		c := guarded()
		c.Disabled = true
		f.configure(c)
		answer(f, nil)
		assert.Contains(t, f.last(queue.Stepped, id).Reason, "disabled")
		assert.Equal(t, "sales", f.view(id).Campaign)
	})
	t.Run("a list that is off is not asked", func(t *testing.T) {
		f := newFloor(t, overflows(0), queue.Campaign{ID: "support"})
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		assert.Equal(t, "support", f.view(id).Campaign)
		assert.Empty(t, f.all(queue.ListAsked, id))
	})
	t.Run("a contact without aliases is on no list", func(t *testing.T) {
		f := newFloor(t, overflows(0), guarded())
		id := f.arrives(queue.Arrive{Number: number, ID: "call"})
		f.pass(time.Minute)
		assert.Equal(t, "support", f.view(id).Campaign)
	})
}
