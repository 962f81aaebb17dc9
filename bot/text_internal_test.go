package bot

import (
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
)

// Digits are read by their place in a row of ten; that is only right while every script has
// its digits so.
func TestDigitsOfEveryScript(t *testing.T) {
	rows := func(lo, hi rune) {
		assert.Zero(t, (hi-lo+1)%10, "%U to %U", lo, hi)
		if hi-lo+1 > 10 {
			assert.Equal(t, rune(0x1D7CE), lo, "only one range has several rows")
		}
		for r := lo; r <= hi; r++ {
			assert.Equal(t, byte((r-lo)%10), digit(r), "%U", r)
		}
	}
	for _, x := range unicode.Nd.R16 {
		rows(rune(x.Lo), rune(x.Hi))
	}
	for _, x := range unicode.Nd.R32 {
		rows(rune(x.Lo), rune(x.Hi))
	}
}

func TestClip(t *testing.T) {
	for text, want := range map[string]string{"": "", "abc": "abc", "abcd": "abcd", "abcde": "abc…", "éééé": "éééé", "ééééé": "ééé…"} {
		assert.Equal(t, want, clip(text, 4), text)
	}
}
