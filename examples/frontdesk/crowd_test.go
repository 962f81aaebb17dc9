package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Two days with the same seed are the same day; every customer is in one class.
func TestCrowd(t *testing.T) {
	play := func(seed string) string {
		var out, errs bytes.Buffer
		args := []string{"-crowd", "400", "-agents", "3", "-seed", seed}
		require.Equal(t, exitOK, run(t.Context(), args, none, &out, &errs), "%s", errs.String())
		return out.String()
	}
	first := play("1")
	assert.Equal(t, first, play("1"))
	assert.NotEqual(t, first, play("2"))
	assert.Contains(t, first, "Every one of 400 interactions is in exactly one outcome class; 0 are open.")
}
