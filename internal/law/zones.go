package law

import "slices"

// zones checks that every program which uses a package of the repository embeds the time
// zone database: on a machine without one, no campaign with a time zone would be accepted.
func (r *repo) zones() {
	for _, files := range r.rooms {
		var uses, embeds bool
		var program *file
		for _, f := range files {
			if f.test || f.ast.Name.Name != "main" {
				continue
			}
			program = f
			for _, s := range f.ast.Imports {
				_, ours := room(imported(s))
				uses = uses || ours
				embeds = embeds || imported(s) == "time/tzdata"
			}
		}
		if program != nil && uses && !embeds {
			first := slices.MinFunc(files, func(a, b *file) int { return int(a.ast.Package - b.ast.Package) })
			r.breach(first.ast.Package, "zones", "a program embeds the time zone database: import _ \"time/tzdata\"")
		}
	}
}
