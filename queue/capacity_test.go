package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// toSupport is a message of a customer to the number of support.
func toSupport(f *floor, customer string) string {
	f.t.Helper()
	c := f.contact(customer, "hello")
	c.Number = other
	return f.arrives(c)
}

// Limits: active, offered and reserved work never exceed them, whichever way it comes.
func TestCapacity(t *testing.T) {
	limit := func(f *floor, a queue.Agent) {
		f.t.Helper()
		a.ID = "ana"
		f.do(queue.ConfigureAgent{Agent: a})
		f.available("ana")
	}
	// offers opens so many interactions in sales and returns how many ana is asked for.
	offers := func(f *floor, n int) int {
		f.t.Helper()
		for i := range n {
			f.says(string(rune('a'+i)), "hello")
		}
		return len(f.agent("ana").Asked)
	}
	member := func(m queue.Member) queue.Campaign {
		m.Agent = "ana"
		return queue.Campaign{Members: []queue.Member{m}}
	}

	t.Run("an agent without a limit has room for one", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		limit(f, queue.Agent{})
		assert.Equal(t, 1, offers(f, 3))
	})
	t.Run("offers count as much as what the agent has", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		limit(f, queue.Agent{Limit: 3})
		assert.Equal(t, 3, offers(f, 5))
		f.do(queue.Accept{Agent: "ana", Interaction: "i1"})
		assert.Equal(t, []string{"i2", "i3"}, f.agent("ana").Asked)
		assert.Equal(t, 3, f.agent("ana").Load)
	})
	t.Run("less than 0 is refused with its path", func(t *testing.T) {
		f := newFloor(t)
		err := f.refuse(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: -1, ChannelLimits: map[string]int{"whatsapp": -2}}}, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{{Path: "channelLimits.whatsapp", Problem: "must be ≥ 0, is -2"}, {Path: "limit", Problem: "must be ≥ 0, is -1"}}, err.Err)
	})
	t.Run("the limit is one over all campaigns", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{}, queue.Campaign{ID: "support"})
		limit(f, queue.Agent{Limit: 1})
		f.says("maria", "hello")
		waiting := toSupport(f, "pedro")
		assert.Empty(t, f.view(waiting).Offered)
		f.do(queue.Accept{Agent: "ana", Interaction: "i1"})
		f.do(queue.Finish{Agent: "ana", Interaction: "i1"})
		assert.Equal(t, "ana", f.view(waiting).Offered)
	})
	t.Run("a member's limit is for one campaign", func(t *testing.T) {
		f := newFloor(t, member(queue.Member{Limit: 1}), queue.Campaign{ID: "support"})
		limit(f, queue.Agent{Limit: 3})
		assert.Equal(t, 1, offers(f, 2))
		assert.Equal(t, "ana", f.view(toSupport(f, "pedro")).Offered)
	})
	t.Run("a member's limit of 0 is the agent's, and a higher one gives no more than that", func(t *testing.T) {
		for _, most := range []int{0, 9} {
			f := newFloor(t, member(queue.Member{Limit: most}))
			limit(f, queue.Agent{Limit: 2})
			assert.Equal(t, 2, offers(f, 4))
		}
	})
	t.Run("a channel's limit is over its campaigns", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Channel: "whatsapp"}, queue.Campaign{ID: "support", Channel: "whatsapp"},
			queue.Campaign{ID: "phone", Channel: "voice", Numbers: []string{}})
		limit(f, queue.Agent{Limit: 5, ChannelLimits: map[string]int{"whatsapp": 2}})
		assert.Equal(t, 2, offers(f, 2))
		assert.Empty(t, f.view(toSupport(f, "pedro")).Offered)
		assert.Equal(t, "ana", f.view(f.arrives(queue.Arrive{Campaign: "phone", ID: "call"})).Offered)
	})
	t.Run("a channel's limit of 0 is nothing on that channel", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Channel: "whatsapp"})
		limit(f, queue.Agent{Limit: 5, ChannelLimits: map[string]int{"whatsapp": 0}})
		assert.Zero(t, offers(f, 1))
	})

	// costly is an interaction of so many units.
	costly := func(f *floor, customer string, cost int) string {
		f.t.Helper()
		c := f.contact(customer, "hello")
		c.Cost = cost
		return f.arrives(c)
	}
	t.Run("cost counts in units, and a lighter one behind goes past what does not fit", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		limit(f, queue.Agent{Limit: 3})
		first, heavy, light := costly(f, "maria", 2), costly(f, "pedro", 2), costly(f, "lucia", 1)
		assert.Equal(t, []string{first, light}, f.agent("ana").Asked)
		assert.Equal(t, 3, f.agent("ana").Load)
		f.do(queue.Accept{Agent: "ana", Interaction: first})
		f.do(queue.Finish{Agent: "ana", Interaction: first})
		assert.Equal(t, []string{light, heavy}, f.agent("ana").Asked)
	})
	t.Run("what costs more than the limit waits for somebody larger", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		limit(f, queue.Agent{Limit: 3})
		f.available("bruno")
		id := costly(f, "maria", 4)
		assert.Empty(t, f.view(id).Offered)
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "bruno", Limit: 4}})
		assert.Equal(t, "bruno", f.view(id).Offered)
	})

	t.Run("a higher limit is used at once, the oldest first", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		limit(f, queue.Agent{Limit: 1})
		offers(f, 3)
		limit(f, queue.Agent{Limit: 2})
		assert.Equal(t, []string{"i1", "i2"}, f.agent("ana").Asked)
	})
	t.Run("a lower limit takes nothing away and gives nothing more", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		limit(f, queue.Agent{Limit: 3})
		for _, who := range []string{"maria", "pedro", "lucia"} {
			f.answered(who, "ana")
		}
		limit(f, queue.Agent{Limit: 1})
		next := f.says("juan", "hello")
		for i, id := range []string{"i1", "i2", "i3"} {
			assert.Len(t, f.agent("ana").Has, 3-i)
			assert.Empty(t, f.view(next).Offered)
			f.do(queue.Finish{Agent: "ana", Interaction: id})
		}
		assert.Equal(t, "ana", f.view(next).Offered)
	})

	// full is ana with room for one, with maria, while pedro waits.
	full := func(t *testing.T) (f *floor, has, waits string) {
		f = newFloor(t, queue.Campaign{})
		limit(f, queue.Agent{Limit: 1})
		return f, f.answered("maria", "ana"), f.says("pedro", "hello")
	}
	t.Run("taking, being given and beginning are refused over it, with the reason", func(t *testing.T) {
		f, _, waits := full(t)
		begin := queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:lucia"}, Customer: "c-lucia", ID: "x"}
		for _, c := range []queue.Command{queue.Take{Agent: "ana", Interaction: waits}, queue.Assign{Agent: "ana", Interaction: waits}, begin} {
			assert.Equal(t, "full", f.refuse(c, queue.ErrNotEligible).Reason)
		}
	})
	t.Run("so is a transfer to one who is full", func(t *testing.T) {
		f, has, waits := full(t)
		f.available("bruno")
		f.do(queue.Accept{Agent: "bruno", Interaction: waits})
		assert.Equal(t, "full", f.refuse(queue.Transfer{Interaction: waits, Agent: "bruno", ToAgent: "ana"}, queue.ErrNotEligible).Reason)
		assert.Equal(t, []string{has}, f.agent("ana").Has)
	})
	t.Run("an override may exceed it, and the event says so", func(t *testing.T) {
		f, _, waits := full(t)
		f.do(queue.Take{Agent: "ana", Interaction: waits, Override: true})
		assert.True(t, f.last(queue.Answered, waits).Override)
		assert.True(t, f.view(waits).Over)
		f.do(queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:lucia"}, Customer: "c-lucia", ID: "x", Override: true})
		assert.True(t, f.last(queue.Started, "x").Override)
		assert.Equal(t, 3, f.agent("ana").Load)
	})
	t.Run("an override that exceeds a member's limit says so too", func(t *testing.T) {
		f := newFloor(t, member(queue.Member{Limit: 1}))
		limit(f, queue.Agent{Limit: 3})
		f.answered("maria", "ana")
		f.do(queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:lucia"}, Customer: "c-lucia", ID: "x", Override: true})
		// Without the override this is refused as full, so the event must bear it.
		assert.True(t, f.last(queue.Started, "x").Override)
	})
	t.Run("the sender's slot is reserved while a transfer is asked", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		limit(f, queue.Agent{Limit: 1})
		id := f.answered("maria", "ana")
		f.available("bruno")
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		assert.Equal(t, []int{1, 1}, []int{f.agent("ana").Load, f.agent("bruno").Load})
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		assert.Equal(t, []int{0, 1}, []int{f.agent("ana").Load, f.agent("bruno").Load})
	})
}

// Park and resume: what is on hold takes no room until it comes back.
func TestPark(t *testing.T) {
	// parked is ana with room for one, maria on hold and pedro in her place.
	parked := func(t *testing.T) (f *floor, hold, instead string) {
		f = newFloor(t, queue.Campaign{})
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1}})
		f.available("ana")
		hold = f.answered("maria", "ana")
		instead = f.says("pedro", "hello")
		assert.Empty(t, f.view(instead).Offered)
		f.do(queue.Park{Agent: "ana", Interaction: hold})
		return f, hold, instead
	}

	t.Run("on hold it makes room for the next at once", func(t *testing.T) {
		f, hold, instead := parked(t)
		assert.Equal(t, "ana", f.view(instead).Offered)
		assert.Equal(t, "ana", f.view(hold).Agent)
		assert.Equal(t, 1, f.agent("ana").Load)
	})
	t.Run("taken up again over the limit is refused", func(t *testing.T) {
		f, hold, _ := parked(t)
		assert.Equal(t, "full", f.refuse(queue.Resume{Agent: "ana", Interaction: hold}, queue.ErrNotEligible).Reason)
		assert.True(t, f.view(hold).Parked)
	})
	t.Run("with an override it is recorded", func(t *testing.T) {
		f, hold, _ := parked(t)
		f.do(queue.Resume{Agent: "ana", Interaction: hold, Override: true})
		assert.True(t, f.last(queue.Resumed, hold).Override)
		assert.Equal(t, 2, f.agent("ana").Load)
	})
	t.Run("within the limit it is not over", func(t *testing.T) {
		f, hold, instead := parked(t)
		f.do(queue.Leave{Interaction: instead})
		f.do(queue.Resume{Agent: "ana", Interaction: hold})
		assert.False(t, f.last(queue.Resumed, hold).Override)
		assert.Equal(t, 1, f.agent("ana").Load)
	})
	t.Run("the customer's word brings it back, over the limit, and the event says so", func(t *testing.T) {
		f, hold, instead := parked(t)
		f.do(queue.Accept{Agent: "ana", Interaction: instead})
		f.says("maria", "I am back")
		assert.False(t, f.view(hold).Parked)
		assert.True(t, f.last(queue.Resumed, hold).Override)
		assert.True(t, f.view(hold).Over)
		assert.Equal(t, 2, f.agent("ana").Load)
	})
	t.Run("over the limit nothing more comes until there is room again", func(t *testing.T) {
		f, hold, instead := parked(t)
		f.do(queue.Accept{Agent: "ana", Interaction: instead})
		f.says("maria", "I am back")
		next := f.says("lucia", "hello")
		f.do(queue.Finish{Agent: "ana", Interaction: hold})
		assert.Empty(t, f.view(next).Offered)
		f.do(queue.Finish{Agent: "ana", Interaction: instead})
		assert.Equal(t, "ana", f.view(next).Offered)
	})
	t.Run("a reaction leaves it on hold", func(t *testing.T) {
		f, hold, _ := parked(t)
		c := f.contact("maria", "👍")
		c.Message.Silent = true
		f.do(c)
		assert.True(t, f.view(hold).Parked)
	})
	t.Run("parking twice is parking once", func(t *testing.T) {
		f, hold, _ := parked(t)
		assert.Empty(t, f.do(queue.Park{Agent: "ana", Interaction: hold}))
		assert.Equal(t, 1, f.agent("ana").Load)
	})
	t.Run("finished while on hold it gives back nothing twice", func(t *testing.T) {
		f, hold, instead := parked(t)
		f.do(queue.Finish{Agent: "ana", Interaction: hold})
		assert.Equal(t, 1, f.agent("ana").Load)
		f.do(queue.Accept{Agent: "ana", Interaction: instead})
		f.do(queue.Finish{Agent: "ana", Interaction: instead})
		assert.Zero(t, f.agent("ana").Load)
	})
	t.Run("another agent's cannot be parked or taken up", func(t *testing.T) {
		f, hold, _ := parked(t)
		f.refuse(queue.Park{Agent: "bruno", Interaction: hold}, queue.ErrNotOwner)
		f.refuse(queue.Resume{Agent: "bruno", Interaction: hold}, queue.ErrNotOwner)
	})
	t.Run("a member's limit holds for taking up too", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Members: []queue.Member{{Agent: "ana", Limit: 1}}})
		f.available("ana") // room for two, one of them in sales
		hold := f.answered("maria", "ana")
		f.do(queue.Park{Agent: "ana", Interaction: hold})
		f.answered("pedro", "ana")
		f.pass(time.Second)
		// The agent has room for another, the membership has not.
		f.refuse(queue.Resume{Agent: "ana", Interaction: hold}, queue.ErrNotEligible)
	})
}
