package law

import (
	"go/ast"
	"path"
	"slices"
	"strings"
)

// The pure rooms decide; they get the time as an argument and touch nothing outside.
var pureRooms = []string{"queue", "settings", "strategy", "schedule", "sla"}

// impure are packages, and all below them, that a pure room does not import.
var impure = []string{
	"bufio", "context", "crypto/rand", "database", "embed", "expvar", "log", "math/rand", "net", "os", "plugin",
	"runtime", "sync", "syscall", "testing", "unsafe",
	"github.com/benbjohnson/clock", "golang.org/x/sync",
}

// clocks are the names of package time that read a clock or start a timer.
var clocks = []string{
	"Now", "Since", "Until", "After", "AfterFunc", "Tick", "Sleep", "NewTimer", "NewTicker", "Timer", "Ticker", "Local",
}

// pure checks one source of a pure room; its tests are free.
func (r *repo) pure(f *file) {
	if f.test || !under(f.dir, pureRooms...) || strings.HasSuffix(f.dir, "test") {
		return
	}
	for _, s := range f.ast.Imports {
		if name := imported(s); under(name, impure...) {
			r.breach(s.Pos(), "pure", "%s imports %s; a pure room gets what it needs as arguments", f.dir, name)
		}
		if s.Name != nil && s.Name.Name == "." {
			r.breach(s.Pos(), "pure", "a dot import hides what is used")
		}
	}
	clock := localName(f.ast, "time")
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			r.breach(n.Pos(), "pure", "%s starts a goroutine", f.dir)
		case *ast.SelectorExpr:
			if name, ok := selected(n, clock); ok && slices.Contains(clocks, name) {
				r.breach(n.Pos(), "pure", "%s uses time.%s; take now as an argument", f.dir, name)
			}
		}
		return true
	})
}

// manners are for every package that somebody imports: the process belongs to the host.
func (r *repo) manners(f *file) {
	if f.test {
		r.sleepless(f)
		return
	}
	if f.ast.Name.Name == "main" {
		return
	}
	process, signals := localName(f.ast, "os"), localName(f.ast, "os/signal")
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				r.breach(n.Pos(), "manners", "a library has no init: do it when somebody asks")
			}
		case *ast.SelectorExpr:
			if name, ok := selected(n, process); ok && name == "Exit" {
				r.breach(n.Pos(), "manners", "a library does not end the process: return an error")
			}
			if name, ok := selected(n, signals); ok && strings.HasPrefix(name, "Notify") {
				r.breach(n.Pos(), "manners", "a library installs no signal handler: take a context")
			}
		}
		return true
	})
}

// sleepless forbids sleeping in tests, but for those in a synctest bubble, whose clock is
// not the real one.
func (r *repo) sleepless(f *file) {
	for _, s := range f.ast.Imports {
		if imported(s) == "testing/synctest" {
			return
		}
	}
	clock := localName(f.ast, "time")
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if name, ok := selected(sel, clock); ok && name == "Sleep" {
				r.breach(n.Pos(), "sleep", "a test does not sleep: move the clock, or wait for what it needs")
			}
		}
		return true
	})
}

// localName is what a file calls an imported package, "" if it does not import it.
func localName(f *ast.File, importPath string) string {
	for _, s := range f.Imports {
		switch {
		case imported(s) != importPath:
		case s.Name != nil:
			return s.Name.Name
		default:
			return path.Base(importPath)
		}
	}
	return ""
}

// selected returns x of the expression pkg.x.
func selected(n *ast.SelectorExpr, pkg string) (name string, ok bool) {
	id, ok := n.X.(*ast.Ident)
	return n.Sel.Name, ok && pkg != "" && id.Name == pkg
}
