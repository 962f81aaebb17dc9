package main

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/day.txt anew")

// The day that newcomers see, word for word: over real HTTP, and still the same each time.
func TestDay(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), []string{"-play"}, none, &out, &errs), "%s", errs.String())
	if *update {
		require.NoError(t, os.WriteFile("testdata/day.txt", out.Bytes(), 0o600))
	}
	want, err := os.ReadFile("testdata/day.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), out.String(), "if the change is meant: go test ./examples/frontdesk -run TestDay -update")
}

// The same day at a pace to watch tells the same story.
func TestDayLive(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), []string{"-live", "-speed", "40000"}, none, &out, &errs), "%s", errs.String())
	want, err := os.ReadFile("testdata/day.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), out.String())
}

// none is an empty environment.
func none(string) string { return "" }
