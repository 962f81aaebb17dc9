package law_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/internal/law"
)

// The repository keeps its own law.
func TestTheHouseKeepsTheLaw(t *testing.T) {
	breaches, err := law.Check(os.DirFS("../.."))
	require.NoError(t, err)
	for _, b := range breaches {
		t.Error(b)
	}
}

// Every rule can be broken, and is then found: the house above is quiet because it keeps
// the law, not because nobody looks.
func TestBreachesAreFound(t *testing.T) {
	const doc = "// Package p is a package.\npackage p\n"
	for _, c := range []struct{ name, file, source, want string }{
		{"clock", "queue/a.go", doc + `import "time"; var x = time.Now`, "queue/a.go:3: pure: queue uses time.Now; take now as an argument"},
		{"clock by another name", "sla/a.go", doc + `import t "time"; var x = t.NewTimer(1)`, "pure: sla uses time.NewTimer"},
		{"clock below a pure room", "strategy/inner/a.go", doc + `import "time"; func f() { <-time.After(1) }`, "pure: strategy/inner uses time.After"},
		{"local zone", "schedule/a.go", doc + `import "time"; var x = time.Local`, "pure: schedule uses time.Local"},
		{"network", "queue/a.go", doc + `import _ "net/http"`, "pure: queue imports net/http"},
		{"files", "queue/a.go", doc + `import _ "os"`, "pure: queue imports os"},
		{"locks", "strategy/a.go", doc + `import _ "sync/atomic"`, "pure: strategy imports sync/atomic"},
		{"context", "sla/a.go", doc + `import _ "context"`, "pure: sla imports context"},
		{"logger", "queue/a.go", doc + `import _ "log/slog"`, "pure: queue imports log/slog"},
		{"global dice", "queue/a.go", doc + `import _ "math/rand/v2"`, "pure: queue imports math/rand/v2"},
		{"goroutine", "queue/a.go", doc + `func f() { go f() }`, "pure: queue starts a goroutine"},
		{"leaf to leaf", "sla/a.go", doc + `import _ "github.com/usher-go/usher/schedule"`, "wall: sla imports schedule; allowed: none"},
		{"leaf's test to leaf", "blacklist/a_test.go", doc + `import _ "github.com/usher-go/usher/sla"`, "wall: blacklist imports sla"},
		{"engine to a shell's room", "queue/a.go", doc + `import _ "github.com/usher-go/usher/store"`, "wall: queue imports store; allowed: strategy, schedule, sla"},
		{"leaf to the root", "bot/a.go", doc + `import _ "github.com/usher-go/usher"`, "root: only console, ushertest, sim, examples import the root"},
		{"leaf's test to the root", "bot/a_test.go", doc + `import _ "github.com/usher-go/usher"`, "root: only console"},
		{"adapter to the root", "channel/cloudapi/a.go", doc + `import _ "github.com/usher-go/usher"`, "root: only console"},
		{"root to its hosts", "a.go", doc + `import _ "github.com/usher-go/usher/console"`, "root: the root does not import console"},
		{"testify in a kit", "ushertest/a.go", doc + `import _ "github.com/stretchr/testify/require"`, "testify: only _test.go files use it"},
		{"init", "a.go", doc + `func init() {}`, "manners: a library has no init"},
		{"exit", "store/a.go", doc + `import "os"; func f() { os.Exit(1) }`, "manners: a library does not end the process"},
		{"signals", "console/a.go", doc + `import "os/signal"; func f() { signal.Notify(nil) }`, "manners: a library installs no signal handler"},
		{"sleeping test", "a_test.go", doc + `import "time"; func f() { time.Sleep(1) }`, "sleep: a test does not sleep"},
		{"package without a word", "store/a.go", "package p", "store: doc: package p has no doc comment"},
		{"function without a word", "store/a.go", doc + `func F() {}`, "doc: F has no doc comment"},
		{"method without a word", "store/a.go", doc + "// T is.\ntype T[K any] struct{}\nfunc (*T[K]) M() {}", "doc: M has no doc comment"},
		{"type without a word", "store/a.go", doc + `type T int`, "doc: T has no doc comment"},
		{"constant without a word", "store/a.go", doc + "const (\n\tC = 1\n)", "doc: C has no doc comment"},
		{"requirement", "go.mod", "module m\nrequire (\n\tgithub.com/benbjohnson/clock v1\n\texample.com/heavy v1 // indirect\n)\n", "go.mod: modules: the root module requires example.com/heavy"},
		{"program without zones", "examples/x/main.go", "// X is.\npackage main\n" + `import _ "github.com/usher-go/usher"`, "examples/x/main.go:2: zones: a program embeds the time zone database"},
		{"one requirement", "go.mod", "module m\nrequire example.com/heavy v1\n", "modules: the root module requires example.com/heavy"},
		{"lost module", "store/x/go.mod", "module m\n", "store/x/go.mod: modules: go.work does not list this module"},
	} {
		t.Run(c.name, func(t *testing.T) {
			breaches, err := law.Check(house(c.file, c.source))
			require.NoError(t, err)
			require.Len(t, breaches, 1)
			assert.Contains(t, breaches[0].String(), c.want)
		})
	}
}

// house is a repository that keeps the law, but for one file.
func house(name, source string) fstest.MapFS {
	fsys := fstest.MapFS{
		"go.mod":  {Data: []byte("module github.com/usher-go/usher\n")},
		"go.work": {Data: []byte("go 1.26\n\nuse (\n\t.\n\t./store/known\n)\n")},
	}
	fsys["store/known/go.mod"] = &fstest.MapFile{Data: []byte("module m\n")}
	fsys[name] = &fstest.MapFile{Data: []byte(source)}
	return fsys
}

// What looks like a breach and is none.
func TestWhatTheLawAllows(t *testing.T) {
	const doc = "// Package p is a package.\npackage p\n"
	for _, c := range []struct{ name, file, source string }{
		{"time as data", "queue/a.go", doc + `import "time"; var x time.Time; var y = time.Second; var z = x.Sub`},
		{"a field called Now", "queue/a.go", doc + `type t struct{ Now int }; func f(time t) int { return time.Now }`},
		{"clock in a pure room's test", "queue/a_test.go", doc + `import "time"; var x = time.Now`},
		{"clock elsewhere", "channel/cloudapi/a.go", doc + `import "time"; var x = time.Now`},
		{"engine to leaves", "queue/a.go", doc + `import _ "github.com/usher-go/usher/strategy"`},
		{"proof to the root", "internal/bench/a.go", doc + `import _ "github.com/usher-go/usher"`},
		{"host to the root", "examples/x/main.go", "// Command x is.\npackage main\n" + `import _ "github.com/usher-go/usher"; import _ "time/tzdata"`},
		{"test outside the leaves to the root", "internal/x/a_test.go", doc + `import _ "github.com/usher-go/usher"`},
		{"testify in a test", "sla/a_test.go", doc + `import _ "github.com/stretchr/testify/require"`},
		{"sleep in a bubble", "a_test.go", doc + "import (\n\t\"time\"\n\t\"testing/synctest\"\n)\nvar _ = synctest.Test\nfunc f() { time.Sleep(1) }"},
		{"a command's own process", "examples/x/main.go", "// Command x is.\npackage main\n" + `import "os"; func main() { os.Exit(2) }`},
		{"a group's comment", "a.go", doc + "// The colours.\nconst (\n\tRed = 1\n\tBlue = 2\n)"},
		{"a method of what nobody sees", "a.go", doc + "type t int\nfunc (t) Error() string { return \"\" }"},
		{"folders that the go command passes by", "testdata/a.go", "package p\nfunc F() {}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			breaches, err := law.Check(house(c.file, c.source))
			require.NoError(t, err)
			assert.Empty(t, breaches)
		})
	}
}

func TestWhatIsNoGoIsAnError(t *testing.T) {
	_, err := law.Check(house("a.go", "packag p"))
	require.Error(t, err)
	assert.True(t, strings.HasPrefix(err.Error(), "a.go:1"), err.Error())
}
