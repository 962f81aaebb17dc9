package queue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	must "github.com/stretchr/testify/require"
)

// Every kind has a text of its own that is read back as that kind, and a fold.
func TestEveryKindHasANameAndAFold(t *testing.T) {
	seen := map[string]bool{}
	for k := Kind(1); k < kinds; k++ {
		text, err := k.MarshalText()
		must.NoError(t, err, "kind %d has no name", uint16(k))
		assert.False(t, seen[string(text)], "%s is the name of two kinds", text)
		seen[string(text)] = true
		var back Kind
		must.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, k, back)
		e, err := New(Config{})
		must.NoError(t, err)
		if err := e.Replay([]Event{{Seq: 1, Kind: k}}); err != nil { // most do not fit an empty state
			assert.NotContains(t, err.Error(), "cannot be folded", "%s", k)
		}
	}
}

// An event without a kind, or of an unknown one, is neither written, nor read, nor folded.
func TestNoKindIsAnError(t *testing.T) {
	for _, k := range []Kind{0, kinds, 60000} {
		_, err := k.MarshalText()
		assert.ErrorContains(t, err, "unknown")
		e, err := New(Config{})
		must.NoError(t, err)
		assert.ErrorContains(t, e.Replay([]Event{{Seq: 1, Kind: k}}), "cannot be folded")
	}
	var k Kind
	for _, text := range []string{"", "interaction", "interaction.opened "} {
		assert.ErrorContains(t, k.UnmarshalText([]byte(text)), "unknown", "%q", text)
	}
}
