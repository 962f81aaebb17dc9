package usher

import (
	"crypto/rand"
	"time"
)

// idDigits is in the order of its letters, and has what base32 has.
const idDigits = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// idTime is how many digits of an id are the time: enough for milliseconds up to the year
// 37,000. The 16 behind them are 80 random bits.
const idTime = 10

// newID returns 26 letters and digits that sort by the time at which they were made.
// Journals have an index of them: new ones stand side by side at its end, where random ones
// would each change a page of their own, and what is read together lies together.
func newID(now time.Time) string {
	id := []byte(rand.Text())
	ms := uint64(max(now.UnixMilli(), 0))
	for i := idTime - 1; i >= 0; i-- {
		id[i] = idDigits[ms%32]
		ms /= 32
	}
	return string(id)
}
