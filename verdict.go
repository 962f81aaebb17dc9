package usher

import (
	"context"
	"slices"
	"time"

	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// Commands that a blacklist decides on carry its verdict. A host's Checker is asked before
// the decision, outside of every lock. The center's own list is asked within the decision, so
// that no command falls between an entry and the interactions that it ends.

// undurable is a change of the center's own list that is decided and not yet published.
type undurable struct {
	seq  uint64
	list *blacklist.List // the entries added
}

// admit asks a host's Checker about a command, if it is one that a blacklist decides on. A
// verdict that the command has already is kept.
func (c *Center) admit(ctx context.Context, command queue.Command) (queue.Command, error) {
	if c.list != nil {
		return command, nil // decide asks it
	}
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	command = value(command)
	var q blacklist.Query
	var ask bool
	if err := c.use(func(e *queue.Engine) { q, ask = listQuery(e, command) }); err != nil {
		return nil, err
	}
	if !ask {
		return command, nil
	}
	q.Now = c.now()
	v, err := c.guard.Check(ctx, q)
	if err != nil {
		c.log.Warn("usher: blacklist", "campaign", q.Campaign, "error", err)
	}
	return withVerdict(command, v), nil
}

// admitLocked is admit for the center's own list, within a decision.
func (c *Center) admitLocked(e *queue.Engine, now time.Time, command queue.Command) queue.Command {
	if c.list == nil || c.list.Len() == 0 && len(c.undurable) == 0 {
		return command
	}
	own := value(command)
	q, ask := listQuery(e, own)
	if !ask {
		return command
	}
	q.Now = now
	return withVerdict(own, c.matchLocked(q))
}

// matchLocked asks the center's own list, with the entries that are not durable yet.
func (c *Center) matchLocked(q blacklist.Query) blacklist.Verdict {
	v := c.list.Match(q)
	for i := 0; i < len(c.undurable) && !v.Blocked; i++ {
		v = c.undurable[i].list.Match(q)
	}
	return v
}

// value returns the command that a pointer points to, and any other command as it is.
func value(command queue.Command) queue.Command {
	if own := queue.Pointed(command); own != nil {
		return own
	}
	return command
}

// listQuery returns what is to be asked about a command, false for nothing.
func listQuery(e *queue.Engine, command queue.Command) (q blacklist.Query, ask bool) {
	q.Direction = blacklist.Incoming
	switch c := command.(type) {
	case queue.Arrive:
		q.Campaign, ask = c.Campaign, c.Blocked == nil
		if open := e.OpenOn(c.Number, c.Aliases...); open != "" || q.Campaign == "" {
			q.Campaign = open
		}
		if q.Campaign == "" {
			q.Campaign = e.CampaignOf(c.Number)
		}
		if ask && listUsed(e, q) {
			_, known := e.CustomerOf(c.Aliases...)
			q.Aliases = slices.Concat(known, c.Aliases, c.Weak)
		}
	case queue.Start:
		q.Campaign, q.Direction, ask = c.Campaign, blacklist.Outgoing, c.Blocked == nil
		if ask && listUsed(e, q) {
			_, known := e.CustomerOf(c.Aliases...)
			q.Aliases = slices.Concat(known, c.Aliases, c.Weak)
		}
	case queue.Transfer:
		q.Campaign, ask = c.ToCampaign, c.ToCampaign != "" && c.Blocked == nil
		q.Aliases = e.AliasesOf(c.Interaction)
	case queue.Move:
		q.Campaign, ask = c.Campaign, c.Blocked == nil
		q.Aliases = e.AliasesOf(c.Interaction)
	case queue.BotReply:
		q.Campaign, ask = c.Target, c.Next == queue.BotCampaign && c.Blocked == nil
		q.Aliases = e.AliasesOf(c.Interaction)
	case queue.Verdict:
		q.Campaign, ask = c.Campaign, c.Blocked == nil
		q.Aliases = e.AliasesOf(c.Interaction)
	}
	return q, ask && len(q.Aliases) > 0 && listUsed(e, q)
}

// listUsed reports whether a campaign uses the blacklist of a direction.
func listUsed(e *queue.Engine, q blacklist.Query) bool {
	cfg, ok := e.CampaignConfig(q.Campaign)
	if q.Direction == blacklist.Outgoing {
		return ok && cfg.OutgoingBlacklist
	}
	return ok && cfg.IncomingBlacklist
}

// withVerdict returns a command with the verdict of a blacklist.
func withVerdict(command queue.Command, v blacklist.Verdict) queue.Command {
	if !v.Blocked {
		return command
	}
	b := &queue.Block{Reason: v.Entry.Reason, Alias: v.Entry.Alias}
	switch c := command.(type) {
	case queue.Arrive:
		c.Blocked = b
		return c
	case queue.Start:
		c.Blocked = b
		return c
	case queue.Transfer:
		c.Blocked = b
		return c
	case queue.Move:
		c.Blocked = b
		return c
	case queue.BotReply:
		c.Blocked = b
		return c
	case queue.Verdict:
		c.Blocked = b
		return c
	}
	return command
}

// noteUndurable keeps the entries that events add to the center's own list until they are
// published, for a caller that holds c.mu.
func (c *Center) noteUndurable(events []queue.Event) {
	for i := range events {
		note, err := noteOf(&events[i])
		if err != nil || note == nil || c.list == nil || len(note.Added) == 0 {
			continue
		}
		list := blacklist.NewList()
		if list.Add(note.Added...) == nil {
			c.undurable = append(c.undurable, undurable{events[i].Seq, list})
		}
	}
}

// dropUndurable forgets entries that the own list has now.
func (c *Center) dropUndurable(seq uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.undurable = slices.DeleteFunc(c.undurable, func(u undurable) bool { return u.seq <= seq })
}

// unlistedLocked returns the commands for the open interactions whose customers the center's
// own list no longer has without some entries.
func (c *Center) unlistedLocked(e *queue.Engine, by string, removed []blacklist.Entry, now time.Time) (commands []queue.Command) {
	views := slices.DeleteFunc(concerned(e, removed), func(v queue.InteractionView) bool { return !v.Listed })
	if len(views) == 0 {
		return nil
	}
	rest := blacklist.NewList()
	_ = rest.Add(c.list.Entries()...) // they were accepted once
	for _, u := range c.undurable {
		_ = rest.Add(u.list.Entries()...)
	}
	for _, entry := range removed {
		rest.Remove(entry.Alias, entry.Scope, entry.Direction)
	}
	for _, v := range views {
		q := blacklist.Query{Campaign: v.Campaign, Direction: blacklist.Incoming, Aliases: e.AliasesOf(v.ID), Now: now}
		if !rest.Match(q).Blocked {
			commands = append(commands, queue.Unlist{Interaction: v.ID, By: by})
		}
	}
	return commands
}

// concerned returns the open interactions of the customers whom entries may name.
func concerned(e *queue.Engine, entries []blacklist.Entry) []queue.InteractionView {
	var strong, weak []string
	for _, entry := range entries {
		if channel.Alias(entry.Alias).Identifies() {
			strong = append(strong, entry.Alias)
		} else {
			weak = append(weak, entry.Alias)
		}
	}
	return e.OpenOf(strong, weak)
}

// endListed returns the commands for the open interactions of customers whom entries list, in
// campaigns that use the incoming blacklist.
func endListed(e *queue.Engine, entries *blacklist.List, now time.Time) (commands []queue.Command) {
	for _, v := range concerned(e, entries.Entries()) {
		q := blacklist.Query{Campaign: v.Campaign, Direction: blacklist.Incoming, Aliases: e.AliasesOf(v.ID), Now: now}
		if m := entries.Match(q); m.Blocked && listUsed(e, q) {
			commands = append(commands, queue.End{Interaction: v.ID, By: m.Entry.Author, Reason: m.Entry.Reason, Blacklisted: true})
		}
	}
	return commands
}
