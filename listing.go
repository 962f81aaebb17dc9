package usher

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/queue"
)

// ErrForeignList is returned by [Center.Block] and [Center.Unblock] when the host has a
// blacklist of its own: change that one.
var ErrForeignList = errors.New("usher: the blacklist is the host's own")

// TopicBlacklist is the topic of the notes in the journal by which the center's own
// blacklist changes; their data is a [BlacklistNote].
const TopicBlacklist = "usher.blacklist"

// BlacklistNote is one change of the center's own blacklist.
type BlacklistNote struct {
	By      string            `json:"by,omitempty"`
	Added   []blacklist.Entry `json:"added,omitempty"`
	Removed []blacklist.Entry `json:"removed,omitempty"`
}

// Block puts entries on the center's own blacklist on behalf of somebody. Unlike a change
// made through [Center.Blacklist] it is an event, and safe in the journal when Block
// returns. Entries without an author or an instant get by and now. A faulty entry is a
// *[blacklist.Error], and none is added. In campaigns that use the incoming blacklist, the open
// interactions of listed customers end with the outcome blacklisted, and an agent who has one
// is told, as [queue.End] with Blacklisted says. That is in the same append to the journal as
// the entries.
func (c *Center) Block(ctx context.Context, by string, entries ...blacklist.Entry) error {
	entries = slices.Clone(entries)
	trial := blacklist.NewList()
	for i := range entries {
		if entries[i].Author == "" {
			entries[i].Author = by
		}
		if entries[i].Created.IsZero() {
			entries[i].Created = c.now()
		}
	}
	if err := trial.Add(entries...); err != nil {
		return err
	}
	note, err := c.listNote(BlacklistNote{By: by, Added: trial.Entries()})
	if note == nil {
		return err
	}
	if err := c.load(ctx); err != nil {
		return err
	}
	seq, err := c.change(ctx, *note, func(e *queue.Engine, now time.Time) []queue.Command { return endListed(e, trial, now) })
	if err != nil {
		return err
	}
	return c.flush(ctx, seq)
}

// change records a change of the list and acts on the open interactions that it concerns,
// under one lock, so that all of it is in one append to the journal.
func (c *Center) change(ctx context.Context, note queue.Note, follow func(*queue.Engine, time.Time) []queue.Command) (seq uint64, err error) {
	if err := c.enter(ctx); err != nil {
		return 0, err
	}
	d, err := c.stepLocked(note)
	if err != nil {
		return 0, err // the lock is released
	}
	var commands []queue.Command
	if err := c.engineCall(func(e *queue.Engine) { commands = follow(e, d.at) }); err != nil {
		return 0, err
	}
	for _, command := range commands {
		if d, err = c.stepLocked(command); err != nil {
			return 0, err
		}
	}
	seq = c.seq
	arm := c.alarmLocked(d)
	c.mu.Unlock()
	arm.set()
	return seq, nil
}

// stepLocked gives the engine a command and queues what follows for the journal, for a caller
// that holds c.mu and goes on. After an error the lock is released: the center has stopped.
func (c *Center) stepLocked(command queue.Command) (*decision, error) {
	d, err := c.decideLocked(func(e *queue.Engine, now time.Time) (queue.Output, error) { return e.Step(now, command) })
	if err == nil {
		c.keepLocked(d)
	}
	return d, err
}

// Unblock takes entries off the center's own blacklist: alias, scope and direction name
// them. Those that are not on it are passed over, and leave no event. Conversations of
// customers whom no other entry lists are as before, as [queue.Unlist] says, in the same append
// to the journal.
func (c *Center) Unblock(ctx context.Context, by string, entries ...blacklist.Entry) error {
	if c.list == nil {
		return ErrForeignList
	}
	if err := c.load(ctx); err != nil {
		return err
	}
	trial := blacklist.NewList()
	if err := trial.Add(c.list.Entries()...); err != nil {
		return err
	}
	entries = slices.DeleteFunc(slices.Clone(entries), func(e blacklist.Entry) bool {
		_, listed := trial.Remove(e.Alias, e.Scope, e.Direction)
		return !listed
	})
	note, err := c.listNote(BlacklistNote{By: by, Removed: entries})
	if note == nil {
		return cmp.Or(err, c.err())
	}
	seq, err := c.change(ctx, *note, func(e *queue.Engine, now time.Time) []queue.Command {
		return c.unlistedLocked(e, by, entries, now)
	})
	if err != nil {
		return err
	}
	return c.flush(ctx, seq)
}

// listNote returns the command that records a change of the center's own list, nil for none.
func (c *Center) listNote(note BlacklistNote) (*queue.Note, error) {
	if c.list == nil {
		return nil, ErrForeignList
	}
	if len(note.Added)+len(note.Removed) == 0 {
		return nil, nil
	}
	data, err := json.Marshal(note)
	if err != nil {
		return nil, err
	}
	return &queue.Note{Topic: TopicBlacklist, Data: data}, nil
}

// noteOf returns the change of the center's own blacklist that an event is, nil if it is
// none.
func noteOf(ev *queue.Event) (*BlacklistNote, error) {
	if ev.Kind != queue.Noted || ev.Topic != TopicBlacklist {
		return nil, nil
	}
	var note BlacklistNote
	if err := json.Unmarshal(ev.Data, &note); err != nil {
		return nil, err
	}
	return &note, nil
}

// listed changes the blacklist by its notes.
func (c *Center) listed(ev *queue.Event) {
	note, err := noteOf(ev)
	if err == nil && note != nil {
		err = c.changeBy(note)
		c.dropUndurable(ev.Seq)
	}
	if err != nil {
		c.log.Error("usher: blacklist", "seq", ev.Seq, "error", err)
	}
}

// changeBy changes the blacklist by a note.
func (c *Center) changeBy(note *BlacklistNote) error {
	if c.list == nil {
		return nil
	}
	err := c.list.Add(note.Added...)
	for _, e := range note.Removed {
		c.list.Remove(e.Alias, e.Scope, e.Direction)
	}
	return err
}
