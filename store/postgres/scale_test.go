package postgres_test

import (
	"testing"

	"github.com/usher-go/usher/store/internal/scaletest"
)

// A truncation of millions of records that keeps a hundred interactions delays no append by
// more than 100 ms. USHER_SCALE is the number of records, such as 10000000.
func TestTruncationAtScale(t *testing.T) {
	scaletest.Wanted(t)
	pool, cfg := migrated(t)
	scaletest.Truncation(t, open(t, pool, cfg), nil)
}
