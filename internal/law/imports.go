package law

import (
	"path"
	"slices"
	"strings"
)

// These rooms may import the root; for all others it is the root that imports them.
var hosts = []string{"console", "ushertest", "sim", "examples"}

// These packages measure and test the whole library, so they import the root too. Only tests
// import them.
var proofs = []string{"internal/bench", "internal/crashtest", "internal/golden", "internal/proptest"}

// walls says, for the rooms that have them, which other rooms of the repository they may
// import. What is not here is bound by the rules for all alone.
var walls = map[string][]string{
	"settings": {"schedule", "internal/fault"},
	"queue":    {"strategy", "schedule", "sla", "internal/fault", "internal/phone"},
	"strategy": nil,
	// The suite plays strategies in the real engine.
	"strategy/strategytest": {"strategy", "queue"},
	"schedule":              {"internal/fault"},
	"sla":                   nil,
	"blacklist":             {"internal/phone", "internal/spreadsheet"},
	"bot":                   {"channel", "settings", "internal/fault", "internal/redact", "internal/strict"}, // messages are plain data
	"channel":               {"settings", "internal/fault", "internal/phone", "internal/redact"},
	"store":                 {"internal/jsontext"}, // adapters pack records by hand
}

// imports checks one file against the walls.
func (r *repo) imports(f *file) {
	for _, s := range f.ast.Imports {
		name := imported(s)
		if strings.HasPrefix(name, "github.com/stretchr/testify") && !f.test {
			r.breach(s.Pos(), "testify", "only _test.go files use it; kits for others report through testing.TB")
		}
		dir, ours := room(name)
		switch {
		case !ours || dir == f.dir:
		case dir == "." && !r.mayImportRoot(f):
			r.breach(s.Pos(), "root", "only %s import the root", strings.Join(hosts, ", "))
		case f.dir == "." && !f.test && under(dir, slices.Concat(hosts, proofs)...):
			r.breach(s.Pos(), "root", "the root does not import %s: it is %s that imports the root", dir, dir)
		default:
			if own, allowed, walled := wall(f.dir); walled && !under(dir, append(allowed, own)...) {
				r.breach(s.Pos(), "wall", "%s imports %s; allowed: %s", own, dir, list(allowed))
			}
		}
	}
}

// mayImportRoot says so for the rooms of hosts, and for tests, unless they are a leaf's.
func (r *repo) mayImportRoot(f *file) bool {
	_, _, walled := wall(f.dir)
	return f.dir == "." || under(f.dir, hosts...) || under(f.dir, proofs...) || f.test && !walled
}

// wall returns the walled room that a folder belongs to, and what it may import.
func wall(dir string) (own string, allowed []string, walled bool) {
	for d := dir; d != "."; d = path.Dir(d) {
		if allowed, walled = walls[d]; walled {
			return d, allowed, true
		}
	}
	return "", nil, false
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
