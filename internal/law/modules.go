package law

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// rootRequires is all that the root module may require.
var rootRequires = []string{"github.com/benbjohnson/clock", "golang.org/x/sync", "github.com/stretchr/testify"}

// rootIndirect is what comes with testify, and go mod tidy therefore writes down.
var rootIndirect = []string{"go.yaml.in/yaml/v3"}

// modules checks the root's go.mod, and that go.work lists every module, so that one
// command tests all.
func (r *repo) modules(fsys fs.FS) {
	for _, name := range directive(fsys, "go.mod", "require") {
		if !slices.Contains(rootRequires, name) && !slices.Contains(rootIndirect, name) {
			r.breaches = append(r.breaches, Breach{"go.mod", "modules",
				"the root module requires " + name + "; only " + strings.Join(rootRequires, ", ") +
					" are allowed, anything else belongs in a nested module"})
		}
	}
	uses := directive(fsys, "go.work", "use")
	for _, dir := range r.mods {
		if !slices.ContainsFunc(uses, func(u string) bool { return path.Clean(u) == dir }) {
			r.breaches = append(r.breaches, Breach{dir + "/go.mod", "modules", "go.work does not list this module"})
		}
	}
}

// directive returns the first word of every line that a directive of a go.mod or go.work
// has, in blocks or alone.
func directive(fsys fs.FS, name, word string) (out []string) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil // there may be none
	}
	block := ""
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "//")
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case fields[0] == ")":
			block = ""
		case len(fields) == 2 && fields[1] == "(":
			block = fields[0]
		case block == word:
			out = append(out, fields[0])
		case block == "" && fields[0] == word && len(fields) > 1:
			out = append(out, fields[1])
		}
	}
	return out
}
