package cloudapi

import (
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/internal/phone"
)

// maxPersons bounds how many ids are remembered in each of the two generations.
const maxPersons = 100_000

// persons knows which ids are one person, as far as webhooks and answers to sends have said
// so, because Meta's limit for a pair counts a person and not an id. What is not used for a
// long time is forgotten: two generations are kept, and the older one goes when the newer
// one is full. The zero value knows nothing.
type persons struct {
	names, old map[string]string // alias → the person's name, which is one of their aliases
}

// of returns the name of the person with an alias: the same for all of their aliases. All
// forms of a phone are one alias.
func (p *persons) of(alias string) string {
	alias = phone.CanonicalAlias(alias)
	name := p.find(alias)
	if name == "" {
		return alias
	}
	return name
}

func (p *persons) find(alias string) string {
	if name, ok := p.names[alias]; ok {
		return name
	}
	name, ok := p.old[alias]
	if ok {
		p.put(alias, name)
	}
	return name
}

func (p *persons) put(alias, name string) {
	if len(p.names) >= maxPersons || p.names == nil {
		p.old, p.names = p.names, map[string]string{}
	}
	p.names[alias] = name
}

// learn notes that aliases belong to one person, and calls joined with the names that gave
// way to another. User names prove nothing and are ignored.
func (p *persons) learn(aliases []channel.Alias, joined func(old, name string)) {
	if len(aliases) < 2 {
		return
	}
	var known []string
	name := ""
	for _, a := range aliases {
		if !a.Identifies() || a.Kind() == channel.KindParent { // a parent id may be that of many
			continue
		}
		c := phone.CanonicalAlias(string(a))
		known = append(known, c)
		if a.Kind() == channel.KindUser || name == "" {
			name = c // the user id decides; without one the first phone
		}
	}
	for _, c := range known {
		if old := p.of(c); old != name {
			p.put(c, name)
			joined(old, name)
		}
	}
}
