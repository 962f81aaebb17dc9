package law

import (
	"go/ast"
	"strings"
)

// packageDocs wants a doc comment for every package.
func (r *repo) packageDocs() {
	for dir, files := range r.rooms {
		documented := false
		name := ""
		for _, f := range files {
			if !strings.HasSuffix(f.ast.Name.Name, "_test") {
				name = f.ast.Name.Name
			}
			documented = documented || f.ast.Doc.Text() != ""
		}
		if !documented && name != "" {
			r.breaches = append(r.breaches, Breach{dir, "doc", "package " + name + " has no doc comment"})
		}
	}
}

// documented wants a doc comment for every exported name of a package that can be
// imported. In a group of constants, variables or types the group's comment will do.
func (r *repo) documented(f *file) {
	if f.test || f.ast.Name.Name == "main" {
		return
	}
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Doc.Text() == "" && d.Name.IsExported() && ast.IsExported(receiver(d)) {
				r.breach(d.Pos(), "doc", "%s has no doc comment", d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				r.documentedSpec(d, s)
			}
		}
	}
}

func (r *repo) documentedSpec(d *ast.GenDecl, s ast.Spec) {
	group := d.Doc.Text() != ""
	switch s := s.(type) {
	case *ast.TypeSpec:
		if !group && s.Doc.Text() == "" && s.Name.IsExported() {
			r.breach(s.Pos(), "doc", "%s has no doc comment", s.Name.Name)
		}
	case *ast.ValueSpec:
		for _, n := range s.Names {
			if !group && s.Doc.Text() == "" && s.Comment.Text() == "" && n.IsExported() {
				r.breach(n.Pos(), "doc", "%s has no doc comment", n.Name)
			}
		}
	}
}

// receiver is the name of the type that a method is of; a function is as exported as its
// own name.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return "Function"
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
