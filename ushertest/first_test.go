package ushertest_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/ushertest"
)

func TestWhoeverDoesNotAnswerIsPassedOver(t *testing.T) {
	center := ushertest.New(t, ushertest.ReadConfig(t, "testdata/sales.json"))
	maria := center.Customer("Maria", "+34600111222")
	ana, bruno := center.Agent("ana"), center.Agent("bruno")

	ana.Available()
	bruno.Available()
	maria.Says("hello")
	ana.WasOffered(maria)
	center.Advance(30 * time.Second) // as long as it rings
	bruno.WasOffered(maria)
	bruno.Accepts(maria)
	bruno.Says(maria, "Hello Maria.")
	maria.Heard("Hello Maria.")
}

// The first test stands in three places; here it runs.
func TestTheFirstTestIsTheSameEverywhere(t *testing.T) {
	source, err := os.ReadFile("first_test.go")
	require.NoError(t, err)
	_, test, _ := strings.Cut(string(source), "\n\nfunc ")
	test, _, _ = strings.Cut(test, "\n}\n")
	test = "func " + test + "\n}\n"
	assert.LessOrEqual(t, strings.Count(test, "\n"), 15)

	guide, err := os.ReadFile("../docs/testing.md")
	require.NoError(t, err)
	assert.Contains(t, string(guide), "```go\n"+test+"```\n")
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	comment := strings.ReplaceAll("//\t"+strings.ReplaceAll(strings.TrimSpace(test), "\n", "\n//\t"), "//\t\n", "//\n")
	assert.Contains(t, string(doc), comment)
}
