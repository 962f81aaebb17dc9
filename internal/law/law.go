// Package law holds up the walls between the rooms of this repository: what may import
// what, what the pure rooms must not touch, what must be documented. [Check] reads the
// sources as they are; the package's test runs it over the whole repository.
package law

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Module is the path of the root module.
const Module = "github.com/usher-go/usher"

// Breach is one place where a rule is broken.
type Breach struct {
	Where string // "queue/offer.go:12", or a folder
	Rule  string // which rule, such as "pure"
	What  string // what is wrong and what to do instead
}

// String returns "where: rule: what".
func (b Breach) String() string { return fmt.Sprintf("%s: %s: %s", b.Where, b.Rule, b.What) }

// Check returns every breach of the law in the repository at the root of fsys, by place.
// The error says that something could not be read or is not Go.
func Check(fsys fs.FS) ([]Breach, error) {
	r := &repo{fset: token.NewFileSet(), rooms: map[string][]*file{}}
	if err := fs.WalkDir(fsys, ".", r.visit(fsys)); err != nil {
		return nil, err
	}
	r.modules(fsys)
	for _, files := range r.rooms {
		for _, f := range files {
			r.imports(f)
			r.pure(f)
			r.manners(f)
			r.documented(f)
		}
	}
	r.packageDocs()
	r.zones()
	slices.SortFunc(r.breaches, func(a, b Breach) int { return cmp.Compare(a.String(), b.String()) })
	return slices.Compact(r.breaches), nil
}

// repo is what was read, and what was found.
type repo struct {
	fset     *token.FileSet
	rooms    map[string][]*file // by folder, "." = the root
	mods     []string           // folders that have a go.mod
	breaches []Breach
}

// file is one Go source.
type file struct {
	dir  string // "." or "channel/cloudapi"
	test bool   // _test.go
	ast  *ast.File
}

// visit reads the Go sources, passing by what the go command passes by.
func (r *repo) visit(fsys fs.FS) fs.WalkDirFunc {
	return func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") ||
			base == "testdata" || base == "vendor" || base == "node_modules"):
			return fs.SkipDir
		case base == "go.mod":
			r.mods = append(r.mods, path.Dir(name))
		case !d.IsDir() && strings.HasSuffix(name, ".go"):
			return r.parse(fsys, name)
		}
		return nil
	}
}

func (r *repo) parse(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(r.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &file{dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), ast: parsed}
	r.rooms[f.dir] = append(r.rooms[f.dir], f)
	return nil
}

func (r *repo) breach(at token.Pos, rule, format string, args ...any) {
	p := r.fset.Position(at)
	r.breaches = append(r.breaches, Breach{fmt.Sprintf("%s:%d", p.Filename, p.Line), rule, fmt.Sprintf(format, args...)})
}

// imported returns the path of an import.
func imported(s *ast.ImportSpec) string {
	p, _ := strconv.Unquote(s.Path.Value) // the parser has seen to it
	return p
}

// room returns the folder of an import of this repository, "." for the root.
func room(importPath string) (dir string, ours bool) {
	if importPath == Module {
		return ".", true
	}
	return strings.CutPrefix(importPath, Module+"/")
}

// under reports whether dir is one of the rooms or inside one.
func under(dir string, rooms ...string) bool {
	return slices.ContainsFunc(rooms, func(r string) bool { return dir == r || strings.HasPrefix(dir, r+"/") })
}
