package usher_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// The first sample is short, and it is a part of the Example, which runs.
func TestTheReadmesSampleIsTheExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	source, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	found := goBlock.FindSubmatch(readme)
	require.NotNil(t, found, "README.md has no sample")
	sample := string(found[1])
	assert.LessOrEqual(t, strings.Count(sample, "\n"), 12, "the sample is longer than 12 lines")
	assert.Contains(t, dedent(string(source)), sample, "the sample is not a part of the Example in example_test.go")
}

// dedent takes a tab from every line that has one.
func dedent(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "\t")
	}
	return strings.Join(lines, "\n")
}

var link = regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)

// A link within the repository leads somewhere.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, pattern := range []string{"*.md", "*/*.md", "*/*/*.md"} {
		pages, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, page := range pages {
			text, err := os.ReadFile(page)
			require.NoError(t, err)
			for _, l := range link.FindAllStringSubmatch(string(text), -1) {
				if strings.Contains(l[1], "://") {
					continue
				}
				_, err := os.Stat(filepath.Join(filepath.Dir(page), l[1]))
				assert.NoErrorf(t, err, "%s links to %s", page, l[1])
			}
		}
	}
}

// Every room of the house is on the map.
func TestTheMapShowsEveryRoom(t *testing.T) {
	page, err := os.ReadFile("CONTRIBUTING.md")
	require.NoError(t, err)
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, e := range entries {
		sources, _ := filepath.Glob(filepath.Join(e.Name(), "*.go"))
		if deeper, _ := filepath.Glob(filepath.Join(e.Name(), "*", "*.go")); len(sources)+len(deeper) > 0 {
			assert.True(t, strings.Contains(string(page), "]("+e.Name()+")"), "CONTRIBUTING.md's map has no row for %s/", e.Name())
		}
	}
}

// What the changelog says a name has become is there, and a name that is kept means the same.
func TestNamesThatMovedAreThere(t *testing.T) {
	text, err := os.ReadFile("CHANGELOG.md")
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^ *\\| `([a-z]+\\.\\w+)`( \\(kept[^|]*)? \\| `([a-z]+\\.\\w+)` \\|$").FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(rows), 10)
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\t\"github.com/usher-go/usher/channel\"\n\t\"github.com/usher-go/usher/settings\"\n)\n\n")
	for _, r := range rows {
		value := r[3]
		if !strings.Contains(value, ".Max") {
			value = "*new(" + value + ")"
		}
		b.WriteString("var _ = " + value + "\n")
		if r[2] != "" {
			b.WriteString("var _ " + r[3] + " = *new(" + r[1] + ")\n")
		}
	}
	b.WriteString("\nfunc main() {}\n")
	file := filepath.Join(t.TempDir(), "names.go")
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "vet", file).CombinedOutput()
	require.NoError(t, err, "%s\n%s", out, b.String())
}
