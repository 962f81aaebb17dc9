package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
)

// Max transfer time: how long the agent who receives a transfer has to answer, before it
// returns to the one who sent it.
func TestMaxTransferTime(t *testing.T) {
	const limit = 20 * time.Second
	timed := queue.Campaign{MaxTransferTime: limit, RingTime: 5 * time.Second}
	toBruno := func(id string) queue.Transfer {
		return queue.Transfer{Agent: "ana", Interaction: id, ToAgent: "bruno"}
	}
	// sent has an interaction of maria that ana has and transfers to bruno.
	sent := func(t *testing.T, c queue.Campaign) (f *floor, id string) {
		f = newFloor(t, c)
		f.available("ana")
		id = f.answered("maria", "ana")
		f.available("bruno")
		f.pass(time.Minute)
		f.do(toBruno(id))
		return f, id
	}
	returned := func(f *floor, id, how string) {
		f.t.Helper()
		ev := f.last(queue.TransferReturned, id)
		assert.Equal(f.t, []string{"bruno", "ana", how}, []string{ev.From, ev.Agent, ev.Reason})
		assert.Equal(f.t, "ana", f.view(id).Agent)
		assert.Empty(f.t, f.view(id).Offered)
		assert.Equal(f.t, []int{1, 0}, []int{f.agent("ana").Load, f.agent("bruno").Load})
	}

	t.Run("the receiver is asked until then, and the sender has it meanwhile", func(t *testing.T) {
		f, id := sent(t, timed)
		v := f.view(id)
		assert.Equal(t, []string{"ana", "bruno"}, []string{v.Agent, v.Offered})
		assert.Equal(t, f.now.Add(limit), v.Until, "the ring time of offers does not matter")
		last := f.effects[len(f.effects)-1]
		assert.Equal(t, []any{queue.EffectOffer, "bruno", true, f.now.Add(limit)}, []any{last.Kind, last.Agent, last.Transfer, last.Until})
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "one moment"}})
	})
	t.Run("accepted a nanosecond before the deadline", func(t *testing.T) {
		f, id := sent(t, timed)
		f.pass(limit - 1)
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		ev := f.last(queue.TransferDone, id)
		assert.Equal(t, []string{"ana", "bruno"}, []string{ev.From, ev.Agent})
		assert.Equal(t, "bruno", f.view(id).Agent)
		assert.Equal(t, []int{0, 1}, []int{f.agent("ana").Load, f.agent("bruno").Load})
		f.pass(time.Hour)
		assert.Empty(t, f.all(queue.TransferReturned, id))
	})
	t.Run("accepted exactly at the deadline is too late", func(t *testing.T) {
		f, id := sent(t, timed)
		due := f.now.Add(limit)
		f.pass(limit)
		// The sender, who was never without it, has it.
		f.refuse(queue.Accept{Agent: "bruno", Interaction: id}, queue.ErrAlreadyTaken)
		returned(f, id, "missed")
		assert.Equal(t, due, f.last(queue.TransferReturned, id).At)
	})
	t.Run("it returns at its own instant, however late it is noticed", func(t *testing.T) {
		f, id := sent(t, timed)
		due := f.now.Add(limit)
		f.pass(time.Hour)
		returned(f, id, "missed")
		assert.Equal(t, due, f.last(queue.TransferReturned, id).At)
		last := f.effects[len(f.effects)-1]
		assert.Equal(t, []any{queue.EffectRevoke, "bruno"}, []any{last.Kind, last.Agent}, "the receiver is told")
	})
	t.Run("0 is no limit", func(t *testing.T) {
		f, id := sent(t, queue.Campaign{})
		assert.Zero(t, f.view(id).Until)
		f.pass(24 * time.Hour)
		assert.Equal(t, "bruno", f.view(id).Offered)
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		assert.Equal(t, "bruno", f.view(id).Agent)
	})
	t.Run("less than 0 is refused", func(t *testing.T) {
		f := newFloor(t, timed)
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", MaxTransferTime: -1}}, queue.ErrInvalid)
		assert.ErrorContains(t, err, "maxTransferTime: must be ≥ 0, is -1ns")
	})
	t.Run("declined returns at once", func(t *testing.T) {
		f, id := sent(t, timed)
		f.pass(time.Second)
		f.do(queue.Decline{Agent: "bruno", Interaction: id})
		returned(f, id, "declined")
		assert.Equal(t, start.Add(61*time.Second), f.last(queue.TransferReturned, id).At)
		f.pass(time.Hour)
		assert.Len(t, f.all(queue.TransferReturned, id), 1)
	})
	t.Run("taken back by the sender", func(t *testing.T) {
		f, id := sent(t, timed)
		f.do(queue.CancelTransfer{Agent: "ana", Interaction: id})
		returned(f, id, "cancelled")
		f.refuse(queue.CancelTransfer{Agent: "ana", Interaction: id}, queue.ErrNotTransferring)
	})
	t.Run("one that could not be shown returns at once", func(t *testing.T) {
		f, id := sent(t, timed)
		f.do(queue.OfferFailed{Agent: "bruno", Interaction: id})
		returned(f, id, "failed")
	})
	t.Run("a receiver who pauses or leaves gives it back", func(t *testing.T) {
		for _, state := range []queue.State{queue.Paused, queue.Offline} {
			f, id := sent(t, timed)
			f.do(queue.AgentState{Agent: "bruno", State: state})
			returned(f, id, "agent is "+string(state))
		}
	})
	for _, test := range []struct {
		name         string
		before, then time.Duration
		want         time.Duration // from the transfer, 0 = it stays out
	}{
		{"longer", 20 * time.Second, time.Minute, time.Minute},
		{"shorter", time.Minute, 20 * time.Second, 20 * time.Second},
		{"shorter than what has passed", time.Minute, 5 * time.Second, 10 * time.Second},
		{"set", 0, 30 * time.Second, 30 * time.Second},
		{"taken away", 30 * time.Second, 0, 0},
	} {
		t.Run("a transfer that is out follows the setting: "+test.name, func(t *testing.T) {
			f, id := sent(t, queue.Campaign{MaxTransferTime: test.before})
			at := f.now
			f.pass(10 * time.Second)
			f.configure(queue.Campaign{MaxTransferTime: test.then})
			f.pass(time.Hour)
			if test.want == 0 {
				assert.Equal(t, "bruno", f.view(id).Offered)
				assert.Zero(t, f.view(id).Until)
				return
			}
			returned(f, id, "missed")
			assert.Equal(t, at.Add(test.want), f.last(queue.TransferReturned, id).At)
		})
	}
	t.Run("a receiver who is no longer a member gives it back", func(t *testing.T) {
		f, id := sent(t, timed)
		c := timed
		c.Members = []queue.Member{{Agent: "ana"}}
		f.configure(c)
		// As an offer out of the queue is.
		assert.Empty(t, f.view(id).Offered)
	})

	t.Run("the sender's slot stays reserved, so a return never overfills", func(t *testing.T) {
		c := timed
		c.Members = []queue.Member{{Agent: "ana", Limit: 1}, {Agent: "bruno", Limit: 1}}
		f, id := sent(t, c)
		waits := f.says("pedro", "hello")
		assert.Empty(t, f.view(waits).Offered, "both are full: one has it, one is asked")
		f.pass(limit)
		assert.Equal(t, "ana", f.view(id).Agent)
		assert.Equal(t, []int{1, 1}, []int{f.agent("ana").Load, f.agent("bruno").Load})
		assert.Equal(t, "bruno", f.view(waits).Offered, "it is the receiver who is free again")
	})
	t.Run("the answer frees the slot", func(t *testing.T) {
		c := timed
		c.Members = []queue.Member{{Agent: "ana", Limit: 1}, {Agent: "bruno", Limit: 1}}
		f, id := sent(t, c)
		waits := f.says("pedro", "hello")
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		assert.Equal(t, "ana", f.view(waits).Offered)
	})
	t.Run("the sender is gone: the queue, at its place", func(t *testing.T) {
		f, id := sent(t, timed)
		f.do(queue.AgentState{Agent: "carla", State: queue.Paused})
		later := f.says("pedro", "hello") // offered to bruno, who has room for one more
		f.do(queue.Decline{Agent: "bruno", Interaction: later})
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		assert.Equal(t, "bruno", f.view(id).Offered, "the transfer itself goes on")
		f.do(queue.Decline{Agent: "bruno", Interaction: id})
		v := f.view(id)
		assert.Equal(t, []any{"", queue.OwnedByQueue, start}, []any{v.Offered, v.Owner, v.Since}, "bruno just declined it")
		f.pass(queue.DefaultDeclineMemory)
		assert.Equal(t, "bruno", f.view(id).Offered, "no other agent is there")
		f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
		assert.Equal(t, []int{1, 2}, []int{f.view(id).Position, f.view(later).Position})
	})
	t.Run("the sender is gone at the deadline: the queue, at that instant", func(t *testing.T) {
		f, id := sent(t, timed)
		due := f.now.Add(limit)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		f.pass(time.Hour)
		queued := f.last(queue.Queued, id)
		assert.Equal(t, []any{due, start, true}, []any{queued.At, queued.Since, queued.Return})
	})
	t.Run("the sender is removed: the queue, at once", func(t *testing.T) {
		f, id := sent(t, timed)
		f.do(queue.RemoveAgent{Agent: "ana"})
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Equal(t, start, f.view(id).Since)
		assert.Len(t, f.all(queue.TransferReturned, id), 1)
	})
	t.Run("a sender who only paused has it again", func(t *testing.T) {
		f, id := sent(t, timed)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.pass(limit)
		returned(f, id, "missed")
	})
	t.Run("the sender finishes: the receiver is no longer asked", func(t *testing.T) {
		f, id := sent(t, timed)
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
		assert.Equal(t, []int{0, 0}, []int{f.agent("ana").Load, f.agent("bruno").Load})
		f.refuse(queue.Accept{Agent: "bruno", Interaction: id}, queue.ErrUnknownInteraction)
	})

	t.Run("to somebody who cannot have it is refused with the reason", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno", Limit: 1}}})
		f.available("ana")
		id := f.answered("maria", "ana")
		assert.Equal(t, "offline", f.refuse(toBruno(id), queue.ErrNotEligible).Reason)
		f.available("bruno")
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.answered("pedro", "bruno")
		assert.Equal(t, "full", f.refuse(toBruno(id), queue.ErrNotEligible).Reason)
		f.available("carla")
		assert.Equal(t, "not a member", f.refuse(queue.Transfer{Agent: "ana", Interaction: id, ToAgent: "carla"}, queue.ErrNotEligible).Reason)
		f.refuse(queue.Transfer{Agent: "ana", Interaction: id, ToAgent: "nobody"}, queue.ErrUnknownAgent)
		f.refuse(queue.Transfer{Agent: "ana", Interaction: id, ToAgent: "ana"}, queue.ErrInvalid)
		f.refuse(queue.Transfer{Agent: "bruno", Interaction: id, ToAgent: "carla"}, queue.ErrNotOwner)
	})
	t.Run("an override goes over the limit and says so", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno", Limit: 1}}})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.available("bruno")
		f.answered("pedro", "bruno")
		tr := toBruno(id)
		tr.Override = true
		f.do(tr)
		assert.True(t, f.last(queue.TransferStarted, id).Override)
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		assert.True(t, f.view(id).Over)
	})
	t.Run("a second transfer waits for the answer to the first", func(t *testing.T) {
		f, id := sent(t, timed)
		f.available("carla")
		f.refuse(queue.Transfer{Agent: "ana", Interaction: id, ToAgent: "carla"}, queue.ErrTransferring)
		f.refuse(queue.Park{Agent: "ana", Interaction: id}, queue.ErrTransferring)
	})
}

// A transfer to a campaign enters that campaign's queue with its age kept, or is refused
// with the reason.
func TestTransferToCampaign(t *testing.T) {
	support := queue.Campaign{ID: "support", Members: []queue.Member{{Agent: "carla"}}}
	toSupport := func(id string) queue.Transfer {
		return queue.Transfer{Agent: "ana", Interaction: id, ToCampaign: "support"}
	}
	forced := func(id string) queue.Transfer { // no member of support is on duty
		c := toSupport(id)
		c.Override = true
		return c
	}
	with := func(t *testing.T, to queue.Campaign) (f *floor, id string) {
		f = newFloor(t, queue.Campaign{}, to)
		f.available("ana")
		id = f.answered("maria", "ana")
		f.pass(time.Hour)
		return f, id
	}
	refused := func(f *floor, id string, code queue.Code) {
		f.t.Helper()
		err := f.refuse(toSupport(id), code)
		assert.Equal(f.t, "support", err.Campaign)
		assert.Equal(f.t, []string{"ana", "sales"}, []string{f.view(id).Agent, f.view(id).Campaign})
	}

	t.Run("the age is kept: it goes before who came later", func(t *testing.T) {
		f, id := with(t, support)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		c := f.contact("pedro", "hello")
		c.Number = other
		later := f.arrives(c)
		f.pass(time.Minute)
		f.do(forced(id))
		v := f.view(id)
		assert.Equal(t, []any{"support", queue.OwnedByQueue, start, f.now, 1}, []any{v.Campaign, v.Owner, v.Since, v.Queued, v.Position})
		assert.Equal(t, 2, f.view(later).Position)
		assert.Zero(t, f.agent("ana").Load, "the sender's slot is free")
		f.available("carla")
		assert.Equal(t, id, f.all(queue.Offered, "")[1].Interaction)
	})
	t.Run("the limit of time does not apply", func(t *testing.T) {
		to := support
		to.MaxTransferTime = time.Second
		f, id := with(t, to)
		f.do(forced(id))
		f.pass(time.Hour)
		assert.Empty(t, f.all(queue.TransferReturned, ""))
		assert.Equal(t, "support", f.view(id).Campaign)
	})
	t.Run("disabled", func(t *testing.T) {
		to := support
		to.Disabled = true
		f, id := with(t, to)
		refused(f, id, queue.ErrCampaignDisabled)
	})
	t.Run("closed", func(t *testing.T) {
		to := support
		to.Hours = &schedule.Schedule{} // never open
		f, id := with(t, to)
		refused(f, id, queue.ErrCampaignClosed)
	})
	t.Run("full", func(t *testing.T) {
		to := support
		to.MaxInteractions = 1
		f, id := with(t, to)
		c := f.contact("pedro", "hello")
		c.Number = other
		f.arrives(c)
		refused(f, id, queue.ErrCampaignFull)
	})
	t.Run("a loop", func(t *testing.T) {
		both := []queue.Member{{Agent: "ana"}}
		f := newFloor(t, queue.Campaign{Members: both, MaxHops: 2}, queue.Campaign{ID: "support", Members: both, MaxHops: 2})
		f.available("ana")
		id := f.answered("maria", "ana")
		for _, to := range []string{"support", "sales"} {
			f.do(queue.Transfer{Agent: "ana", Interaction: id, ToCampaign: to})
			f.do(queue.Accept{Agent: "ana", Interaction: id})
		}
		err := f.refuse(toSupport(id), queue.ErrLoop)
		assert.Equal(t, "it changed campaign 2 times", err.Reason)
	})
	t.Run("unknown, the same, none and both", func(t *testing.T) {
		f, id := with(t, support)
		f.refuse(queue.Transfer{Agent: "ana", Interaction: id, ToCampaign: "nowhere"}, queue.ErrUnknownCampaign)
		f.refuse(queue.Transfer{Agent: "ana", Interaction: id, ToCampaign: "sales"}, queue.ErrInvalid)
		f.refuse(queue.Transfer{Agent: "ana", Interaction: id}, queue.ErrInvalid)
		f.refuse(queue.Transfer{Agent: "ana", Interaction: id, ToAgent: "bruno", ToCampaign: "support"}, queue.ErrInvalid)
	})
	t.Run("what every interaction of that campaign asks for is asked for", func(t *testing.T) {
		to := support
		to.Skills = []queue.Skill{{Name: "french"}}
		f, id := with(t, to)
		f.do(forced(id))
		f.available("carla")
		// Not only of what comes in by its own door.
		assert.Empty(t, f.view(id).Offered)
	})
}
