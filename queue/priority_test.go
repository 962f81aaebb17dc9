package queue_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// urgent is a first message of a customer to a number, with a priority.
func (f *floor) urgent(customer, number string, priority int) string {
	f.t.Helper()
	c := f.contact(customer, "hello")
	c.Number, c.Priority = number, &priority
	return f.arrives(c)
}

// served lets ana, with room for one, serve all that waits, and returns it in that order.
func (f *floor) served() (ids []string) {
	f.t.Helper()
	f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1}})
	f.available("ana")
	for len(f.agent("ana").Asked) > 0 {
		id := f.agent("ana").Asked[0]
		ids = append(ids, id)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.do(queue.Finish{Agent: "ana", Interaction: id})
	}
	return ids
}

// Priority: the higher goes first, then the older.
func TestPriority(t *testing.T) {
	t.Run("priority, then age", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		var ids []string
		for i, p := range []int{0, 5, 5, -1, 0} {
			ids = append(ids, f.urgent(fmt.Sprint("c", i), number, p))
			f.pass(time.Second)
		}
		order := []string{ids[1], ids[2], ids[0], ids[4], ids[3]}
		for i, id := range order {
			assert.Equal(t, i+1, f.view(id).Position)
		}
		assert.Equal(t, order, f.served())
	})
	t.Run("without one it has the campaign's", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Priority: 3})
		zero, low, plain := f.urgent("c1", number, 0), f.urgent("c2", number, 2), f.says("maria", "hello")
		assert.Equal(t, []string{plain, low, zero}, f.served())
	})
	t.Run("the highest and the lowest of all numbers are just that, with ageing too", func(t *testing.T) {
		for _, ageing := range []time.Duration{0, time.Second, 1000 * time.Hour} {
			f := newFloor(t, queue.Campaign{Ageing: ageing})
			var ids []string
			for i, p := range []int{math.MinInt, math.MaxInt, 0, 1 << 40, -1 << 40} {
				ids = append(ids, f.urgent(fmt.Sprint("c", i), number, p))
			}
			assert.Equal(t, []string{ids[1], ids[3], ids[2], ids[4], ids[0]}, f.served(), "%s", ageing)
		}
	})
	t.Run("a bot gives one", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnStart: "menu"})
		first, second := f.says("maria", "hello"), f.says("pedro", "hello")
		f.replies(first, queue.BotReply{Next: queue.BotQueue})
		f.replies(second, queue.BotReply{Next: queue.BotQueue, Priority: pointer(1)})
		assert.Equal(t, []string{second, first}, f.served())
	})
	t.Run("a live change moves it, up and down", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		a, b, c := f.says("c1", "hello"), f.says("c2", "hello"), f.says("c3", "hello")
		f.do(queue.Reprioritize{Interaction: c, Priority: pointer(1)})
		f.do(queue.Reprioritize{Interaction: a, Priority: pointer(-1)})
		assert.Equal(t, []string{c, b, a}, f.served())
	})
	t.Run("a change takes no offer away", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1}})
		f.available("ana")
		first, second := f.says("c1", "hello"), f.says("c2", "hello")
		f.do(queue.Reprioritize{Interaction: second, Priority: pointer(9)})
		assert.Equal(t, "ana", f.view(first).Offered)
		f.do(queue.Reprioritize{Interaction: first, Priority: pointer(-9)})
		assert.Equal(t, "ana", f.view(first).Offered)
	})
	t.Run("across two campaigns: priority, then age", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{}, queue.Campaign{ID: "support"})
		var ids []string
		for i, x := range []struct {
			number   string
			priority int
		}{{number, 0}, {other, 1}, {number, 1}, {other, 0}, {other, 2}} {
			ids = append(ids, f.urgent(fmt.Sprint("c", i), x.number, x.priority))
			f.pass(time.Second)
		}
		assert.Equal(t, []string{ids[4], ids[1], ids[2], ids[0], ids[3]}, f.served())
	})
	t.Run("moved, it keeps its priority and its age", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{}, queue.Campaign{ID: "support", Priority: 9})
		id := f.urgent("c1", number, 4)
		f.pass(time.Minute)
		there := f.urgent("c2", other, 4)
		f.do(queue.Move{Interaction: id, Campaign: "support"})
		assert.Equal(t, 4, f.view(id).Priority)
		assert.Equal(t, []string{id, there}, f.served())
	})
	t.Run("one that is declined, missed, requeued or given back keeps its place", func(t *testing.T) {
		for name, back := range map[string]func(f *floor, id string){
			"declined": func(f *floor, id string) { f.do(queue.Decline{Agent: "ana", Interaction: id}) },
			"missed":   func(f *floor, id string) { f.pass(queue.DefaultRingTime) },
			"failed":   func(f *floor, id string) { f.do(queue.OfferFailed{Agent: "ana", Interaction: id}) },
			"paused":   func(f *floor, id string) { f.do(queue.AgentState{Agent: "ana", State: queue.Paused}) },
			"requeued": func(f *floor, id string) {
				f.do(queue.Accept{Agent: "ana", Interaction: id})
				f.do(queue.Requeue{Interaction: id})
			},
		} {
			f := newFloor(t, queue.Campaign{})
			f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1}})
			f.available("ana")
			id := f.says("c1", "hello")
			f.pass(time.Second)
			f.says("c2", "hello")
			back(f, id)
			f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
			assert.Equal(t, []any{1, start}, []any{f.view(id).Position, f.view(id).Since}, name)
		}
	})
}

// Ageing: how much waiting is worth a point of priority.
func TestAgeing(t *testing.T) {
	minute := queue.Campaign{Ageing: time.Minute}

	t.Run("an older one passes a higher one once it has waited longer than that is worth", func(t *testing.T) {
		for waited, oldFirst := range map[time.Duration]bool{2*time.Minute - 1: false, 2*time.Minute + 1: true} {
			f := newFloor(t, minute)
			old := f.urgent("old", number, 0)
			f.pass(waited)
			young := f.urgent("young", number, 2)
			want := []string{young, old}
			if oldFirst {
				want = []string{old, young}
			}
			assert.Equal(t, want, f.served(), "%s", waited)
		}
	})
	t.Run("exactly as much: the higher priority", func(t *testing.T) {
		f := newFloor(t, minute)
		old := f.urgent("old", number, 0)
		f.pass(2 * time.Minute)
		young := f.urgent("young", number, 2)
		assert.Equal(t, []string{young, old}, f.served())
	})
	t.Run("29 a flood of high priority lets the others through when it is configured, and only then", func(t *testing.T) {
		for _, ageing := range []time.Duration{0, 10 * time.Second} {
			f := newFloor(t, queue.Campaign{Ageing: ageing})
			f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1}})
			id := f.urgent("patient", number, 0)
			f.urgent("first", number, 5)
			f.available("ana")
			for i := range 200 { // two come for each that is served, all of them urgent
				f.urgent(fmt.Sprint("a", i), number, 5)
				f.urgent(fmt.Sprint("b", i), number, 5)
				for _, asked := range f.agent("ana").Asked {
					f.do(queue.Accept{Agent: "ana", Interaction: asked})
					f.pass(time.Second)
					f.do(queue.Finish{Agent: "ana", Interaction: asked})
				}
			}
			list := f.all(queue.Answered, id)
			if ageing == 0 {
				assert.Empty(t, list)
				continue
			}
			assert.Len(t, list, 1)
			assert.Less(t, list[0].Wait, 2*time.Minute)
		}
	})
	t.Run("set while people wait, it orders them anew", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		old := f.urgent("old", number, 0)
		f.pass(time.Hour)
		young := f.urgent("young", number, 2)
		assert.Equal(t, 1, f.view(young).Position)
		f.configure(minute)
		assert.Equal(t, 1, f.view(old).Position)
		assert.Equal(t, []string{old, young}, f.served())
	})
	t.Run("less than 0 is refused", func(t *testing.T) {
		err := newFloor(t).refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", Ageing: -1}}, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{{Path: "ageing", Problem: "must be ≥ 0, is -1ns"}}, err.Err)
	})
}
