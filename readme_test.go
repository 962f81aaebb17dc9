package usher_test

import (
	"os"
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
