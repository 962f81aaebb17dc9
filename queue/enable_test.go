package queue_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// Enable: off lets nothing new in or out; open interactions go on to their end.
func TestEnable(t *testing.T) {
	off := func(f *floor) { f.configure(queue.Campaign{Disabled: true}) }

	t.Run("off refuses a newcomer, who is counted once", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Disabled: true})
		f.available("ana")
		id := f.says("maria", "hello")
		assert.Equal(t, queue.OutcomeDisabled, f.outcome(id))
		f.gone(id)
		assert.Empty(t, f.texts(id), "nothing is said")
		assert.Empty(t, f.all(queue.Opened, ""))
	})
	t.Run("off refuses an interaction from our side", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Disabled: true})
		f.available("ana")
		f.refuse(queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:1"}, Customer: "c", ID: "x"}, queue.ErrCampaignDisabled)
	})
	t.Run("what waits is served to its end", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		id := f.says("maria", "hello")
		off(f)
		f.available("ana")
		assert.Equal(t, "ana", f.view(id).Offered)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.says("maria", "still there?")
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
	})
	t.Run("what a bot has goes on to the queue", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnStart: "menu"})
		id := f.says("maria", "hello")
		f.configure(queue.Campaign{BotOnStart: "menu", Disabled: true})
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("a transfer into a disabled campaign is refused", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{}, queue.Campaign{ID: "support", Disabled: true})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.refuse(queue.Transfer{Agent: "ana", Interaction: id, ToCampaign: "support"}, queue.ErrCampaignDisabled)
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("on again lets in", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Disabled: true})
		f.says("maria", "hello")
		f.configure(queue.Campaign{})
		id := f.says("maria", "hello again")
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
	})
	t.Run("the check comes before the blacklist", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Disabled: true, IncomingBlacklist: true})
		c := f.contact("maria", "hello")
		c.Blocked = &queue.Block{Reason: "abuse"}
		assert.Equal(t, queue.OutcomeDisabled, f.outcome(f.arrives(c)))
		assert.Empty(t, f.all(queue.CustomerBlocked, ""))
	})
}
