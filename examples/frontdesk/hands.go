package main

import (
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// hands is a clock whose hands are set by whoever plays the day. Its alarms never ring;
// the player calls Settle, which lets what is due act.
type hands struct {
	*clock.Mock // what nobody here asks for

	mu  sync.Mutex
	now time.Time
}

func newHands(at time.Time) *hands { return &hands{Mock: clock.NewMock(), now: at} }

// Now implements [clock.Clock].
func (h *hands) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// set moves the hands, forwards only.
func (h *hands) set(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.After(h.now) {
		h.now = t
	}
}
