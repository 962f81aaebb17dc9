package pace_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store/internal/pace"
)

// The size of a step follows how long the last one took, by a factor of two at most and
// within its bounds, and a step is followed by as much rest.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.Pace{Aim: 10 * time.Millisecond, Least: 4, Most: 20}
		assert.Equal(t, 4, p.Size())
		for _, s := range []struct {
			took time.Duration
			size int
		}{
			{5 * time.Millisecond, 8}, {time.Microsecond, 16}, {time.Microsecond, 20}, {20 * time.Millisecond, 10},
			{time.Hour, 5}, {time.Hour, 4}, {10 * time.Millisecond, 4},
		} {
			require.NoError(t, p.Rest(t.Context()))
			require.NoError(t, p.Time(func() error { time.Sleep(s.took); return nil }))
			ended := time.Now()
			p.Adapt(p.Size())
			assert.Equal(t, s.size, p.Size())
			require.NoError(t, p.Rest(t.Context()))
			assert.Equal(t, s.took, time.Since(ended))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, p.Rest(ctx), context.Canceled)
		assert.ErrorIs(t, pace.Pause(ctx, time.Hour), context.Canceled)
	})
}
