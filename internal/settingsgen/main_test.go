package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is made of the declarations is made of those that there are.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	for what, file := range map[string]string{"docs": "../../settings/docs_gen.go", "page": "../../docs/settings.md"} {
		want, err := generate(what, file)
		require.NoError(t, err)
		have, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(have), "%s: run go generate ./settings", file)
	}
}

// A setting without a comment, and one of a group that no table shows, are refused.
func TestWhatIsNotDescribedIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/x.go", []byte("package x\n\ntype Card struct {\n\tNew int `json:\"new\" set:\"count\"`\n}\n"), 0o600))
	_, err := generate("docs", dir+"/docs_gen.go")
	assert.EqualError(t, err, "Card.New has no comment")
	require.NoError(t, os.WriteFile(dir+"/page.md", []byte("<!-- settings: agents -->\n<!-- end of settings -->\n"), 0o600))
	_, err = generate("page", dir+"/page.md")
	assert.ErrorContains(t, err, "no table <!-- settings: campaigns -->")
}
