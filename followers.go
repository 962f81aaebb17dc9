package usher

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/queue"
)

// followers are what is folded from the events beside the engine while a journal is read.
// They become the center's own by publish, which cannot fail halfway.
type followers struct {
	board    *board
	past     *past
	kept     *retention
	notes    []BlacklistNote // changes of the center's own list, in order
	attempts []blacklist.Attempt
	snapshot uint64 // the event of the snapshot; 0 = there was none
}

func newFollowers(remember int) (*followers, error) {
	b, err := newBoard()
	if err != nil {
		return nil, err
	}
	return &followers{board: b, past: newPast(remember), kept: newRetention(&Options{}, false)}, nil
}

// adopt takes over what a snapshot holds beside the engine.
func (f *followers) adopt(whole *centerSnapshot) error {
	f.snapshot = whole.Engine.Seq
	f.kept.load(whole.retentionState)
	return errors.Join(f.board.load(whole.Board, whole.Engine.Interactions), f.past.load(whole.Past), f.loadList(whole.List))
}

func (f *followers) loadList(data json.RawMessage) error {
	if len(data) == 0 {
		return nil
	}
	var n BlacklistNote
	if err := json.Unmarshal(data, &n.Added); err != nil {
		return fmt.Errorf("usher: blacklist: %w", err)
	}
	if err := blacklist.NewList().Add(n.Added...); err != nil {
		return fmt.Errorf("usher: blacklist: %w", err)
	}
	f.notes = append(f.notes, n)
	return nil
}

// apply follows one event.
func (f *followers) apply(ev *queue.Event, engine *queue.Engine) {
	f.board.apply(ev)
	f.past.apply(ev, engine.Interaction)
	f.kept.apply(ev)
	if n, err := noteOf(ev); err == nil && n != nil {
		f.notes = append(f.notes, *n)
	}
	if a, ok := attemptOf(ev); ok {
		f.attempts = append(f.attempts, a)
	}
}

// publish makes them the center's. What hosts may hold already, such as the list, stays
// the same object.
func (f *followers) publish(c *Center) error {
	c.board.become(f.board)
	c.past.become(f.past)
	for i := range f.notes {
		if err := c.changeBy(&f.notes[i]); err != nil {
			return err
		}
	}
	for _, a := range f.attempts {
		c.history.Record(a)
	}
	c.retention.load(f.kept.save())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.snaps.seq = f.snapshot
	return nil
}
