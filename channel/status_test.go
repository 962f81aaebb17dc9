package channel_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/channel"
)

var states = []channel.State{
	channel.Queued, channel.Sending, channel.Unknown, channel.Accepted, channel.Sent,
	channel.Delivered, channel.Read, channel.Played, channel.Failed,
}

func TestStatesMoveForward(t *testing.T) {
	// For each state, the states that replace it.
	replaced := map[channel.State][]channel.State{
		channel.Queued:    {channel.Sending, channel.Unknown, channel.Accepted, channel.Sent, channel.Delivered, channel.Read, channel.Played, channel.Failed},
		channel.Sending:   {channel.Unknown, channel.Accepted, channel.Sent, channel.Delivered, channel.Read, channel.Played, channel.Failed},
		channel.Unknown:   {channel.Accepted, channel.Sent, channel.Delivered, channel.Read, channel.Played, channel.Failed},
		channel.Accepted:  {channel.Sent, channel.Delivered, channel.Read, channel.Played, channel.Failed},
		channel.Sent:      {channel.Delivered, channel.Read, channel.Played, channel.Failed},
		channel.Delivered: {channel.Read, channel.Played},
		channel.Read:      {channel.Played},
		channel.Played:    nil,
		channel.Failed:    {channel.Delivered, channel.Read, channel.Played}, // it arrived after all
	}
	for _, old := range states {
		for _, now := range states {
			assert.Equal(t, contains(replaced[old], now), now.Supersedes(old), "%s after %s", now, old)
		}
		assert.True(t, old.Supersedes(""), "anything follows nothing")
		assert.False(t, channel.State("deleted").Supersedes(old), "what is unknown follows nothing")
	}
}

func contains(list []channel.State, s channel.State) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// Scenario 41: statuses twice and in any order end in the same state.
func TestAnyOrderOfStatuses(t *testing.T) {
	tests := map[string]struct {
		seen []channel.State
		want channel.State
	}{
		"read":                   {[]channel.State{channel.Sent, channel.Delivered, channel.Read}, channel.Read},
		"failed":                 {[]channel.State{channel.Accepted, channel.Sent, channel.Failed}, channel.Failed},
		"failed, then delivered": {[]channel.State{channel.Sent, channel.Failed, channel.Delivered}, channel.Delivered},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			permute(tt.seen, func(order []channel.State) {
				state := channel.Queued
				for _, s := range append(order, order...) {
					if s.Supersedes(state) {
						state = s
					}
				}
				assert.Equal(t, tt.want, state, "%v", order)
			})
		})
	}
}

// permute calls f with every order of list.
func permute(list []channel.State, f func([]channel.State)) {
	if len(list) == 0 {
		f(nil)
		return
	}
	for i := range list {
		rest := append(append([]channel.State{}, list[:i]...), list[i+1:]...)
		permute(rest, func(order []channel.State) { f(append([]channel.State{list[i]}, order...)) })
	}
}

func TestValidStates(t *testing.T) {
	for _, s := range states {
		assert.True(t, s.Valid(), s)
	}
	for _, s := range []channel.State{"", "deleted", "SENT"} {
		assert.False(t, s.Valid(), s)
	}
}

// Statuses come twice and out of order; only evidence of progress counts.
func ExampleState_Supersedes() {
	state := channel.Accepted
	for _, seen := range []channel.State{channel.Read, channel.Delivered, channel.Sent, channel.Read} {
		if seen.Supersedes(state) {
			state = seen
		}
	}
	fmt.Println(state)
	// Output: read
}
