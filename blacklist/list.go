package blacklist

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// List is a blacklist in memory. The zero List is empty and ready; it is safe for
// concurrent use and must not be copied. A query costs a few hash look-ups however long
// the list is.
//
// A List keeps nothing on disk: to persist one, store what [List.Entries] returns and
// give it to [List.Add] at the next start.
type List struct {
	mu      sync.RWMutex
	entries map[identity]Entry
}

// NewList returns an empty list.
func NewList() *List { return &List{} }

// identity is what makes an entry the same entry.
type identity struct {
	alias     string
	scope     string
	direction Direction
}

func (e Entry) identity() identity { return identity{e.Alias, e.Scope, e.Direction} }

// Add puts entries on the list, each in place of the one with the same alias, scope and
// direction. It adds all of them or, when any is faulty, none; the error is an *[Error]
// with every fault of every entry.
func (l *List) Add(entries ...Entry) error {
	clean, err := cleanAll(entries)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries == nil {
		l.entries = make(map[identity]Entry, len(clean))
	}
	for _, e := range clean {
		l.entries[e.identity()] = e
	}
	return nil
}

func cleanAll(entries []Entry) ([]Entry, error) {
	var all Error
	clean := make([]Entry, len(entries))
	for i, e := range entries {
		var faults []Fault
		clean[i], faults = e.clean()
		for j := range faults {
			faults[j].Field = fmt.Sprintf("entries[%d].%s", i, faults[j].Field)
		}
		all.add(faults...)
	}
	return clean, all.orNil()
}

// Remove takes an entry off the list and returns it. It takes exactly the entry with that
// alias, scope and direction ("" = [Both]); another form of the same phone is another entry.
func (l *List) Remove(alias, scope string, d Direction) (Entry, bool) {
	if d == "" {
		d = Both
	}
	id := identity{canonical(alias), scope, d}
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.entries[id]
	delete(l.entries, id)
	return e, ok
}

// Prune takes off the entries that have expired at now and returns how many they were.
// They match nothing anyway; pruning only frees their memory.
func (l *List) Prune(now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.entries)
	for id, e := range l.entries {
		if e.Expired(now) {
			delete(l.entries, id)
		}
	}
	return before - len(l.entries)
}

// Len returns the number of entries, expired ones included.
func (l *List) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.entries)
}

// Entries returns all entries, expired ones included, by alias, scope and direction.
func (l *List) Entries() []Entry {
	l.mu.RLock()
	all := make([]Entry, 0, len(l.entries))
	for _, e := range l.entries {
		all = append(all, e)
	}
	l.mu.RUnlock()
	slices.SortFunc(all, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Alias, b.Alias), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Direction, b.Direction))
	})
	return all
}

// Match returns the verdict of the list. Of several entries that match it names the one
// for the earliest alias of the query; then the one with exactly that alias before one
// with its other form (see [Variants]), the campaign's own before one for all campaigns,
// and the asked direction before [Both].
func (l *List) Match(q Query) Verdict {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.entries) == 0 {
		return Verdict{}
	}
	for _, alias := range q.Aliases {
		alias = canonical(alias)
		if e, ok := l.matchAliasLocked(alias, &q); ok {
			return Verdict{Blocked: true, Entry: e}
		}
		other, ok := otherAlias(alias)
		if !ok {
			continue
		}
		if e, ok := l.matchAliasLocked(other, &q); ok {
			return Verdict{Blocked: true, Entry: e}
		}
	}
	return Verdict{}
}

func (l *List) matchAliasLocked(alias string, q *Query) (Entry, bool) {
	if q.Campaign != "" {
		if e, ok := l.matchScopeLocked(alias, q.Campaign, q); ok {
			return e, true
		}
	}
	return l.matchScopeLocked(alias, "", q)
}

func (l *List) matchScopeLocked(alias, scope string, q *Query) (Entry, bool) {
	for _, d := range [...]Direction{Incoming, Outgoing, Both} {
		if d != Both && d != q.Direction && q.Direction != Both && q.Direction != "" {
			continue
		}
		if e, ok := l.entries[identity{alias, scope, d}]; ok && !e.Expired(q.Now) {
			return e, true
		}
	}
	return Entry{}, false
}

// Check implements [Checker] with [List.Match]. It never fails.
func (l *List) Check(_ context.Context, q Query) (Verdict, error) { return l.Match(q), nil }
