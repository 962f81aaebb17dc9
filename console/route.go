package console

import (
	"net/url"
	"strings"
)

// find returns the routes, one per method, that an address may mean. The console does not
// know its prefix: the longest end of the path that is a route is taken for it, so a
// prefix may contain anything.
func (c *Console) find(path string) (routes []*entry, args map[string]string, ok bool) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range segments {
		if s != "api" {
			continue
		}
		if routes, args, ok = c.match(segments[i:]); ok {
			return routes, args, true
		}
	}
	return nil, nil, false
}

func (c *Console) match(segments []string) (routes []*entry, args map[string]string, ok bool) {
	for i := range c.table {
		e := &c.table[i]
		found, fits := e.fits(segments)
		if !fits || len(routes) > 0 && routes[0].path != e.path {
			continue // of two paths the first in the table goes before
		}
		routes, args = append(routes, e), found
	}
	return routes, args, len(routes) > 0
}

// fits compares segment by segment; wildcards take one segment that is not empty.
func (e *entry) fits(segments []string) (map[string]string, bool) {
	if len(segments) != len(e.segments) {
		return nil, false
	}
	var args map[string]string
	for i, want := range e.segments {
		name, wild := strings.CutPrefix(want, "{")
		if !wild {
			if want != segments[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}
		if args == nil {
			args = map[string]string{}
		}
		args[strings.TrimSuffix(name, "}")] = value
	}
	return args, true
}
