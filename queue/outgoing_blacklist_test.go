package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// Outgoing blacklist: nobody can begin with a listed customer; the error is typed and
// there is one record.
func TestOutgoingBlacklist(t *testing.T) {
	guarded := queue.Campaign{OutgoingBlacklist: true}
	begin := queue.Start{
		Campaign: "sales", Agent: "ana", Aliases: []string{"phone:maria"}, Customer: "c-maria", ID: "x",
		Message: &queue.Message{Text: "hi"},
	}
	listed := begin
	listed.Blocked = &queue.Block{Reason: "asked us not to", Alias: "phone:maria"}
	// denied performs a start that must be refused for the list, with one record.
	denied := func(f *floor, c queue.Start) *queue.Error {
		f.t.Helper()
		before := len(f.all(queue.CustomerBlocked, ""))
		out, err := f.e.Step(f.now, c)
		events := f.keep(out)
		require.ErrorIs(f.t, err, queue.ErrBlacklisted)
		require.Len(f.t, events, 1, "the record is all there is")
		assert.Len(f.t, f.all(queue.CustomerBlocked, ""), before+1)
		var refused *queue.Error
		require.ErrorAs(f.t, err, &refused)
		return refused
	}

	t.Run("a typed error, and nothing begins", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.available("ana")
		err := denied(f, listed)
		assert.Equal(t, queue.Error{Command: "start", Code: queue.ErrBlacklisted, Campaign: "sales", Agent: "ana", Reason: "asked us not to"}, *err)
		assert.Empty(t, f.e.Interactions(""))
		assert.Empty(t, f.effects, "no message goes out")
		assert.Zero(t, f.agent("ana").Load)
		known, _ := f.e.CustomerOf("phone:maria")
		assert.Empty(t, known)
	})
	t.Run("the record says who, where, why and which way", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.available("ana")
		f.pass(time.Minute)
		denied(f, listed)
		ev := f.last(queue.CustomerBlocked, "")
		assert.Equal(t, start.Add(time.Minute), ev.At)
		assert.Equal(t, "sales", ev.Campaign)
		assert.Equal(t, number, ev.Number)
		assert.Equal(t, "ana", ev.Agent)
		assert.Equal(t, []string{"phone:maria"}, ev.Aliases)
		assert.Equal(t, "asked us not to", ev.Reason)
		assert.Equal(t, "phone:maria", ev.From)
		assert.True(t, ev.Outbound)
	})
	t.Run("each attempt is a record", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.available("ana")
		denied(f, listed)
		denied(f, listed)
		assert.Len(t, f.all(queue.CustomerBlocked, ""), 2)
	})
	t.Run("a template is no way round", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.available("ana")
		c := listed
		c.Message = &queue.Message{Template: true}
		denied(f, c)
	})
	t.Run("nor is an override of the agent's limit", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.available("ana")
		c := listed
		c.Override, c.By = true, "chief"
		denied(f, c)
	})
	t.Run("off, the verdict is ignored", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{IncomingBlacklist: true})
		f.available("ana")
		f.do(listed)
		assert.Equal(t, "ana", f.view("x").Agent)
		assert.Empty(t, f.all(queue.CustomerBlocked, ""))
	})
	t.Run("on, who is not listed is written to", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.available("ana")
		f.do(begin)
		assert.Equal(t, []string{"hi"}, f.texts("x"))
		assert.Empty(t, f.all(queue.CustomerBlocked, ""))
	})
	t.Run("each campaign has its own switch", func(t *testing.T) {
		f := newFloor(t, guarded, queue.Campaign{ID: "support"})
		f.available("ana")
		c := listed
		c.Campaign = "support"
		f.do(c)
		assert.Equal(t, "support", f.view("x").Campaign)
	})
	t.Run("a listed customer who writes comes in all the same", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.available("ana")
		denied(f, listed)
		id := f.says("maria", "hello")
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hi"}})
		assert.Equal(t, []string{"hi"}, f.texts(id), "an answer begins nothing")
	})

	t.Run("one who may not begin at all leaves no record", func(t *testing.T) {
		f := newFloor(t, guarded)
		f.refuse(listed, queue.ErrNotEligible) // ana is offline
		assert.Empty(t, f.all(queue.CustomerBlocked, ""))
	})
	t.Run("the switch of the campaign comes before", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{OutgoingBlacklist: true, Disabled: true})
		f.available("ana")
		f.refuse(listed, queue.ErrCampaignDisabled)
		assert.Empty(t, f.all(queue.CustomerBlocked, ""))
	})
	t.Run("an open interaction comes before", func(t *testing.T) {
		f := newFloor(t, guarded)
		id := f.says("maria", "hello")
		f.available("ana")
		assert.Equal(t, id, f.refuse(listed, queue.ErrOpen).Interaction)
		assert.Empty(t, f.all(queue.CustomerBlocked, ""))
	})
}
