package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// mutant is one change of a file: the bytes between two offsets are replaced.
type mutant struct {
	path     string
	original []byte
	from, to int
	with     string
	line     int
	// id names the mutant as long as the source does not change there: file, function, and
	// the code before and after.
	id string
}

func (m *mutant) source() []byte {
	return slices.Concat(m.original[:m.from], []byte(m.with), m.original[m.to:])
}

// finder collects the mutants of one file.
type finder struct {
	path string
	src  []byte
	fset *token.FileSet
	fn   string
	list []mutant
	seen map[string]int
}

// mutants returns all mutants of a file, in order.
func mutants(path string) ([]mutant, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &finder{path: path, src: src, fset: token.NewFileSet(), seen: map[string]int{}}
	file, err := parser.ParseFile(f.fset, path, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			f.fn = fn.Name.Name
			ast.Inspect(fn.Body, f.visit)
		}
	}
	slices.SortStableFunc(f.list, func(a, b mutant) int { return a.from - b.from })
	return f.list, nil
}

func (f *finder) offset(p token.Pos) int { return f.fset.Position(p).Offset }

func (f *finder) text(n ast.Node) string { return string(f.src[f.offset(n.Pos()):f.offset(n.End())]) }

// add notes that the code between two positions is replaced.
func (f *finder) add(from, to token.Pos, with string) {
	a, b := f.offset(from), f.offset(to)
	id := fmt.Sprintf("%s %s: %s → %s", filepath.Base(f.path), f.fn, short(string(f.src[a:b])), short(with))
	if f.seen[id]++; f.seen[id] > 1 {
		id += " (" + strconv.Itoa(f.seen[id]) + ")"
	}
	f.list = append(f.list, mutant{f.path, f.src, a, b, with, f.fset.Position(from).Line, id})
}

// short is code on one line.
func short(code string) string {
	words := strings.Join(strings.Fields(code), " ")
	if words == "" {
		return "nothing"
	}
	if len(words) > 90 {
		words = words[:90] + "…"
	}
	return words
}

func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		f.negate(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			f.negate(n.Cond)
		}
	case *ast.CaseClause:
		for _, e := range n.List {
			f.condition(e)
		}
		f.remove(n.Body)
	case *ast.CommClause:
		f.remove(n.Body)
	case *ast.BlockStmt:
		f.remove(n.List)
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.ReturnStmt:
		f.returned(n)
	case *ast.BasicLit:
		f.literal(n)
	case *ast.Ident:
		switch n.Name {
		case "true":
			f.add(n.Pos(), n.End(), "false")
		case "false":
			f.add(n.Pos(), n.End(), "true")
		}
	}
	return true
}

// negate turns a condition round.
func (f *finder) negate(e ast.Expr) { f.add(e.Pos(), e.End(), "!("+f.text(e)+")") }

// condition negates what is certainly a condition.
func (f *finder) condition(e ast.Expr) {
	if b, ok := e.(*ast.BinaryExpr); ok && (b.Op.Precedence() <= token.LSS.Precedence()) {
		f.negate(e)
	}
}

// swaps are the operators that stand for others at a boundary, or combine otherwise.
var swaps = map[token.Token]string{
	token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">", token.LAND: "||", token.LOR: "&&", token.ADD: "-", token.SUB: "+", token.MUL: "/",
}

func (f *finder) binary(b *ast.BinaryExpr) {
	if with, ok := swaps[b.Op]; ok {
		f.add(b.X.Pos(), b.Y.End(), f.text(b.X)+" "+with+" "+f.text(b.Y))
	}
}

// remove takes away single statements that the rest may compile without.
func (f *finder) remove(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.DeferStmt, *ast.GoStmt, *ast.BranchStmt:
			f.add(s.Pos(), s.End(), "")
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				f.add(s.Pos(), s.End(), "")
			}
		}
	}
}

// returned returns no error where there may be one, and zero in place of what is computed.
func (f *finder) returned(r *ast.ReturnStmt) {
	for i, e := range r.Results {
		text := f.text(e)
		switch {
		case text == "nil" || text == "true" || text == "false":
		case i == len(r.Results)-1 && (strings.Contains(strings.ToLower(text), "err") || strings.HasPrefix(text, "&") || strings.HasPrefix(text, "fmt.Errorf")):
			f.add(e.Pos(), e.End(), "nil")
		case strings.Contains(text, "==") || strings.Contains(text, "!=") || strings.Contains(text, "&&"):
			f.negate(e)
		}
	}
}

// literal changes a number by one.
func (f *finder) literal(l *ast.BasicLit) {
	if n, err := strconv.Atoi(l.Value); l.Kind == token.INT && err == nil {
		f.add(l.Pos(), l.End(), strconv.Itoa(n+1))
	}
}
