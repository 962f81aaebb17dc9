package settings

import (
	"math"
	"time"
)

// Seconds is a span of time in whole seconds, 0 to [MaxSeconds].
type Seconds int

// The bounds of settings. A number outside of its bounds is a fault.
const (
	// MaxSeconds is the longest span, 366 days.
	MaxSeconds Seconds = 366 * 24 * 60 * 60
	// MaxCount is the largest count, limit and tier, and the largest distance of a priority
	// from 0.
	MaxCount = 1_000_000
	// MaxRepeats is the largest number of repetitions: MaxHops and Sends.Attempts.
	MaxRepeats = 100
	// MaxList is how many elements a list of skills, relaxations, overflow steps or leave
	// words may have.
	MaxList = 1000
	// MaxText is the length of a text in characters (not bytes) that WhatsApp delivers.
	MaxText = 4096
)

// Duration returns s as a time.Duration. Seconds beyond [MaxSeconds], which no center
// accepts, become the longest duration with the same sign instead of a wrapped one.
func (s Seconds) Duration() time.Duration {
	const most = math.MaxInt64 / int64(time.Second)
	switch n := int64(s); {
	case n > most:
		return math.MaxInt64
	case n < -most:
		return math.MinInt64
	default:
		return time.Duration(n) * time.Second
	}
}
