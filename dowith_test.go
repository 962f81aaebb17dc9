package usher_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

func (h *house) state() string {
	h.t.Helper()
	s, err := h.center.State(h.t.Context())
	require.NoError(h.t, err)
	data, err := json.Marshal(s)
	require.NoError(h.t, err)
	return string(data)
}

// arrives is a contact of a customer of the house.
func arrives(id string) queue.Arrive {
	return queue.Arrive{Campaign: "sales", Number: number, Aliases: []string{string(maria)}, ID: id, Customer: "c-" + id, Message: &queue.Message{Text: "I have paid"}}
}

func TestDoWith(t *testing.T) {
	journal := store.NewMemory()
	h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal = journal })
	h.available("ana")

	t.Run("what fails was never decided", func(t *testing.T) {
		before := h.state()
		_, err := h.center.DoWith(t.Context(), arrives("i1"), func(context.Context, uint64, []store.Record) error {
			return assert.AnError
		})
		require.ErrorIs(t, err, assert.AnError)
		assert.Equal(t, before, h.state())
		assert.Empty(t, h.center.Interactions(""))
	})
	t.Run("what panics was never decided, and the center goes on", func(t *testing.T) {
		before := h.state()
		_, err := h.center.DoWith(t.Context(), arrives("i1"), func(context.Context, uint64, []store.Record) error {
			panic("the pool is closed")
		})
		require.ErrorContains(t, err, "the pool is closed")
		assert.Equal(t, before, h.state())
	})
	t.Run("what is refused is not written", func(t *testing.T) {
		_, err := h.center.DoWith(t.Context(), queue.Finish{Agent: "ana", Interaction: "nothing"}, func(context.Context, uint64, []store.Record) error {
			t.Error("write was called")
			return nil
		})
		require.ErrorIs(t, err, queue.ErrUnknownInteraction)
	})
	t.Run("what is written is done, and others wait for it", func(t *testing.T) {
		var other chan error
		events, err := h.center.DoWith(t.Context(), arrives("i2"), func(ctx context.Context, expect uint64, records []store.Record) error {
			other = make(chan error, 1)
			go func() {
				_, err := h.center.Do(t.Context(), queue.Note{Topic: "meanwhile"})
				other <- err
			}()
			return journal.Append(ctx, expect, records)
		})
		require.NoError(t, err)
		require.NoError(t, <-other)
		h.settle()
		assert.Equal(t, "ana", h.only().Offered)
		assert.Equal(t, queue.CustomerKnown, events[0].Kind)
		var notes []uint64
		for ev, err := range h.center.Events(t.Context(), 0) {
			require.NoError(t, err)
			if ev.Kind == queue.Noted {
				notes = append(notes, ev.Seq)
			}
		}
		require.Len(t, notes, 1)
		assert.Greater(t, notes[0], events[len(events)-1].Seq)
	})
	t.Run("a lost answer to the commit is no failure", func(t *testing.T) {
		in := h.only().ID
		_, err := h.center.DoWith(t.Context(), queue.Accept{Agent: "ana", Interaction: in}, func(ctx context.Context, expect uint64, records []store.Record) error {
			require.NoError(t, journal.Append(ctx, expect, records))
			return assert.AnError
		})
		require.NoError(t, err)
		assert.Equal(t, "ana", h.only().Agent)
	})
	t.Run("the journal and the center are the same", func(t *testing.T) {
		was := h.state()
		h.settle()
		other := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal = copyOf(t, journal) })
		assert.Len(t, other.center.Interactions(""), 1)
		assert.Equal(t, was, h.state())
	})
}

// copyOf returns a journal with the same records.
func copyOf(t *testing.T, from store.Journal) store.Journal {
	t.Helper()
	to := store.NewMemory()
	require.NoError(t, store.Copy(t.Context(), to, from))
	return to
}
