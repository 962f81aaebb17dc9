package console

import (
	"slices"
	"strings"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
)

// entries are the entries of the blacklist that the actor sees.
func (x *call) entries() ([]blacklist.Entry, error) {
	list := x.center.Blacklist()
	if list == nil {
		return nil, usher.ErrForeignList
	}
	_, covered, err := x.scope()
	if err != nil {
		return nil, err
	}
	q := strings.ToLower(x.r.URL.Query().Get("q"))
	return slices.DeleteFunc(list.Entries(), func(e blacklist.Entry) bool {
		text := strings.ToLower(e.Alias + "\n" + e.Reason + "\n" + e.Author)
		return e.Scope != "" && !covered(e.Scope) || !strings.Contains(text, q)
	}), nil
}

// blacklist lists the entries.
func (c *Console) blacklist(x *call) (any, error) {
	limit, err := x.limit()
	if err != nil {
		return nil, err
	}
	list, err := x.entries()
	if err != nil {
		return nil, err
	}
	out := BlacklistPage{Entries: list[:min(limit, len(list))], Total: len(list)}
	for i := range out.Entries {
		out.Entries[i] = x.redactEntry(out.Entries[i])
	}
	return out, nil
}

func (x *call) redactEntry(e blacklist.Entry) blacklist.Entry {
	e.Alias, e.Reason = x.redact(FieldAddress, e.Alias), x.redact(FieldText, e.Reason)
	return e
}

// confined refuses entries beyond the campaigns that the actor is confined to.
func (x *call) confined(list []blacklist.Entry) error {
	for _, e := range list {
		if x.actor.Campaigns != nil && !x.actor.covers(strings.TrimSpace(e.Scope)) {
			return errForbidden
		}
	}
	return nil
}

// blacklistAdd puts entries on the list, in the actor's name.
func (c *Console) blacklistAdd(x *call) (any, error) {
	return x.addEntries(x.body.(*BlacklistBody).Entries)
}

func (x *call) addEntries(list []blacklist.Entry) (any, error) {
	if err := x.confined(list); err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Author = x.actor.ID // not whoever the page says
	}
	if err := x.center.Block(x.r.Context(), x.actor.ID, list...); err != nil {
		return nil, err
	}
	return BlacklistChange{Added: len(list), Total: x.center.Blacklist().Len()}, nil
}

// blacklistRemove takes entries off the list.
func (c *Console) blacklistRemove(x *call) (any, error) {
	list := x.body.(*BlacklistRemoveBody).Entries
	if err := x.confined(list); err != nil {
		return nil, err
	}
	if c.center.Blacklist() == nil {
		return nil, usher.ErrForeignList
	}
	before := c.center.Blacklist().Len()
	if err := c.center.Unblock(x.r.Context(), x.actor.ID, list...); err != nil {
		return nil, err
	}
	after := c.center.Blacklist().Len()
	return BlacklistChange{Removed: max(before-after, 0), Total: after}, nil
}

// blacklistImport puts a file on the list, or only checks it.
func (c *Console) blacklistImport(x *call) (any, error) {
	body := x.body.(*BlacklistImportBody)
	list, err := blacklist.ReadCSV(strings.NewReader(body.CSV))
	if err != nil {
		if strings.HasPrefix(err.Error(), blacklist.ErrTooLarge.Error()) {
			return nil, problem(413, "too_large", "the file is too large: split it")
		}
		return nil, err
	}
	if err := x.confined(list); err != nil {
		return nil, err
	}
	if c.center.Blacklist() == nil {
		return nil, usher.ErrForeignList
	}
	if body.Check {
		return BlacklistChange{Added: len(list), Total: c.center.Blacklist().Len(), Checked: true}, nil
	}
	// Authors of a file stay: they are history.
	if err := c.center.Block(x.r.Context(), x.actor.ID, list...); err != nil {
		return nil, err
	}
	return BlacklistChange{Added: len(list), Total: c.center.Blacklist().Len()}, nil
}

// block puts the customer of an interaction on the list.
func (c *Console) block(x *call) (any, error) {
	s, err := x.own()
	if err != nil {
		return nil, err
	}
	if _, _, err := x.handler(&s); err != nil {
		return nil, err
	}
	body := x.body.(*BlockBody)
	if body.All && !x.actor.may(Supervise|Configure) {
		return nil, errForbidden
	}
	address := s.view.Address
	if address == "" {
		address = s.sum.Address
	}
	if address == "" {
		return nil, invalid("the customer of this interaction has no address")
	}
	e := blacklist.Entry{
		Alias: address, Scope: s.campaign(), Direction: body.Direction, Reason: body.Reason, Author: x.actor.ID, Expires: body.Expires,
	}
	if body.All {
		e.Scope = ""
	}
	if err := c.center.Block(x.r.Context(), x.actor.ID, e); err != nil {
		return nil, err
	}
	return BlacklistChange{Added: 1, Total: c.center.Blacklist().Len()}, nil
}

// blacklistHistory lists what the blacklist stopped.
func (c *Console) blacklistHistory(x *call) (any, error) {
	limit, err := x.limit()
	if err != nil {
		return nil, err
	}
	list, err := x.attempts(limit)
	if err != nil {
		return nil, err
	}
	return BlacklistHistory{Attempts: list, Totals: c.center.Blocked().Totals()}, nil
}

func (x *call) attempts(limit int) ([]blacklist.Attempt, error) {
	_, covered, err := x.scope()
	if err != nil {
		return nil, err
	}
	q := x.r.URL.Query()
	out := []blacklist.Attempt{}
	for _, a := range x.center.Blocked().Attempts(blacklist.Filter{
		Campaign: q.Get("campaign"), Direction: blacklist.Direction(q.Get("direction")), Alias: q.Get("alias"),
	}) {
		if !covered(a.Campaign) || limit > 0 && len(out) == limit {
			continue
		}
		a.Entry = x.redactEntry(a.Entry)
		for i := range a.Aliases {
			a.Aliases[i] = x.redact(FieldAddress, a.Aliases[i])
		}
		a.Aliases = orEmpty(a.Aliases)
		out = append(out, a)
	}
	return out, nil
}
