package usher

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

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
// *[blacklist.Error], and none is added. Open interactions of listed customers that no agent
// has end with the outcome blacklisted, in campaigns that use the incoming blacklist.
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
	if err := c.changeList(ctx, BlacklistNote{By: by, Added: trial.Entries()}); err != nil {
		return err
	}
	return c.endListed(ctx)
}

// endListed ends the open interactions of listed customers that no agent has.
func (c *Center) endListed(ctx context.Context) error {
	type open struct {
		id, campaign string
		aliases      []string
	}
	var all []open
	err := c.use(func(e *queue.Engine) {
		for _, v := range e.Interactions("") {
			cfg, _ := e.CampaignConfig(v.Campaign)
			if v.Agent != "" || !cfg.IncomingBlacklist {
				continue
			}
			if _, aliases := e.CustomerOf(v.Address); len(aliases) > 0 {
				all = append(all, open{v.ID, v.Campaign, aliases})
			}
		}
	})
	if err != nil {
		return err
	}
	for _, in := range all {
		v, err := c.list.Check(ctx, blacklist.Query{
			Campaign: in.campaign, Direction: blacklist.Incoming, Aliases: in.aliases, Now: c.now(),
		})
		if err != nil {
			return err
		}
		if !v.Blocked {
			continue
		}
		var over *queue.Error // it ended in the time since it was found
		_, err = c.Do(ctx, queue.End{Interaction: in.id, By: v.Entry.Author, Reason: v.Entry.Reason, Blacklisted: true})
		if err != nil && !errors.As(err, &over) {
			return err
		}
	}
	return nil
}

// Unblock takes entries off the center's own blacklist: alias, scope and direction name
// them. Those that are not on it are passed over.
func (c *Center) Unblock(ctx context.Context, by string, entries ...blacklist.Entry) error {
	return c.changeList(ctx, BlacklistNote{By: by, Removed: entries})
}

func (c *Center) changeList(ctx context.Context, note BlacklistNote) error {
	if c.list == nil {
		return ErrForeignList
	}
	if len(note.Added)+len(note.Removed) == 0 {
		return nil
	}
	data, err := json.Marshal(note)
	if err != nil {
		return err
	}
	_, err = c.Do(ctx, queue.Note{Topic: TopicBlacklist, Data: data})
	return err
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
