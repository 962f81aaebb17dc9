package usher

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestIDsSortByTimeAndNeverRepeat(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var ids []string
	for i := range 3000 {
		// From one millisecond over every carry up to years.
		ids = append(ids, newID(now.Add(time.Duration(i*i*i)*time.Millisecond)))
	}
	assert.True(t, slices.IsSorted(ids))
	seen := map[string]bool{}
	for range 100_000 {
		id := newID(now)
		assert.Len(t, id, 26)
		assert.False(t, seen[id], "%s came twice", id)
		seen[id] = true
	}
	assert.Len(t, newID(time.Time{}), 26, "before 1970 there is no order, but an id")
}
