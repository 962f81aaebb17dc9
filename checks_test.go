package usher_test

import (
	"errors"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
)

// overflowHouse is a house whose campaign sales overflows into support after a minute.
func overflowHouse(t *testing.T, a blacklist.Checker, change func(*usher.Options)) *house {
	t.Helper()
	return newHouse(t, func(o *usher.Options, cfg *usher.Config) {
		o.Blacklist, o.Journal = a, store.NewMemory()
		if change != nil {
			change(o)
		}
		cfg.Campaigns = append(cfg.Campaigns, usher.Campaign{ID: "support", WhatsApp: &settings.Card{
			Enable: true, Connector: "main", PhoneNumbers: []string{"+15550002222"}, IncomingBlacklist: true,
		}})
		cfg.Campaigns[0].WhatsApp.Overflow = []settings.Step{{After: 60, Do: "campaign", Target: "support"}}
	})
}

// TestOverflowAsksTheList: an overflow step asks the list of the campaign that it leads to, the
// center's own or the host's.
func TestOverflowAsksTheList(t *testing.T) {
	lists(t, func(t *testing.T, a *asked) {
		var checker blacklist.Checker
		if a != nil {
			checker = a
		}
		h := overflowHouse(t, checker, nil)
		h.block(a, "support")
		h.say("hello", maria)
		h.say("hello", pedro)
		h.pass(time.Minute)
		assert.Len(t, h.center.Interactions("support"), 1)
		left := h.center.Interactions("sales")
		require.Len(t, left, 1)
		assert.Equal(t, string(maria), left[0].Address)
		steps := h.events(left[0].ID, queue.Stepped)
		require.Len(t, steps, 1)
		assert.Contains(t, steps[0].Reason, "blacklisted")
		if a != nil {
			assert.Equal(t, "support", a.last(t).Campaign)
		}
	})
}

// A Checker that fails decides by the host's choice.
func TestOverflowWithABlacklistThatFails(t *testing.T) {
	for _, closed := range []bool{false, true} {
		h := overflowHouse(t, &asked{err: errors.New("unreachable")}, func(o *usher.Options) { o.BlacklistFailClosed = closed })
		h.say("hello", maria)
		h.pass(time.Minute)
		assert.Equal(t, map[bool]string{false: "support", true: "sales"}[closed], h.only().Campaign)
	}
}

// A blacklist that was being asked when the center stopped is asked again.
func TestOverflowCheckAfterARestart(t *testing.T) {
	a := &asked{block: string(maria), scope: "support"}
	h := &house{t: t, clock: clock.NewMock(), wa: channeltest.NewConnector("main", number)}
	h.clock.Set(morning)
	opts := usher.Options{Journal: store.NewMemory(), Clock: h.clock, Connectors: []channel.Connector{h.wa}, Blacklist: a}
	first, err := usher.New(opts) // without a Run: nothing is performed
	require.NoError(t, err)
	for _, command := range []queue.Command{
		queue.Configure{Campaign: queue.Campaign{ID: "support", IncomingBlacklist: true}},
		queue.Configure{Campaign: queue.Campaign{ID: "sales", Overflow: []queue.Overflow{{After: time.Minute, Do: queue.DoCampaign, Target: "support"}}}},
		queue.Arrive{ID: "i1", Customer: "c1", Campaign: "sales", Aliases: []string{string(maria)}},
	} {
		_, err := first.Do(t.Context(), command)
		require.NoError(t, err)
	}
	h.clock.Set(morning.Add(time.Minute))
	_, err = first.Do(t.Context(), queue.Note{Topic: "a step is due"})
	require.NoError(t, err)

	h.open(opts)
	h.settle()
	assert.Len(t, h.events("i1", queue.ListAsked), 1)
	assert.Equal(t, "support", a.last(t).Campaign)
	steps := h.events("i1", queue.Stepped)
	require.Len(t, steps, 1)
	assert.Contains(t, steps[0].Reason, "abuse")
}
