package usher_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// asked is a blacklist of the host's that keeps what it is asked.
type asked struct {
	mu      sync.Mutex
	queries []blacklist.Query
	block   string // the alias that is listed
	scope   string // in this campaign, "" = all
	err     error
}

func (a *asked) Check(_ context.Context, q blacklist.Query) (blacklist.Verdict, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queries = append(a.queries, q)
	for _, alias := range q.Aliases {
		if a.err == nil && alias == a.block && (a.scope == "" || a.scope == q.Campaign) {
			return blacklist.Verdict{Blocked: true, Entry: blacklist.Entry{Alias: alias, Reason: "abuse"}}, nil
		}
	}
	return blacklist.Verdict{}, a.err
}

func (a *asked) last(t *testing.T) blacklist.Query {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	require.NotEmpty(t, a.queries)
	return a.queries[len(a.queries)-1]
}

func listedHouse(t *testing.T, a *asked, change func(*usher.Options, *settings.Card)) *house {
	t.Helper()
	return newHouse(t, func(o *usher.Options, cfg *usher.Config) {
		w := cfg.Campaigns[0].WhatsApp
		o.Blacklist, w.IncomingBlacklist, w.OutgoingBlacklist = a, true, true
		if change != nil {
			change(o, w)
		}
	})
}

// mariasID is maria's user id, which does not show her phone.
var mariasID = channel.User("US.MARIA")

// meets makes the center know maria by phone and user id, with no conversation open.
func (h *house) meets() {
	h.t.Helper()
	h.available("ana")
	_, err := h.wa.Say(h.t.Context(), number, "hello", maria, mariasID)
	require.NoError(h.t, err)
	h.settle()
	id := h.only().ID
	h.do(queue.Accept{Agent: "ana", Interaction: id})
	h.do(queue.Finish{Agent: "ana", Interaction: id, Disposition: "done"})
	require.Empty(h.t, h.center.Interactions(""))
}

// A listed phone keeps a customer out who writes, or is written to, under another alias: the
// blacklist is asked for all that is known of them, and of the message itself.
func TestTheBlacklistIsAskedForAllAliases(t *testing.T) {
	a := &asked{}
	h := listedHouse(t, a, nil)
	h.meets()
	a.block = string(maria)
	name := channel.Username("maria")
	_, err := h.wa.Say(t.Context(), number, "again", mariasID, name)
	require.NoError(t, err)
	h.settle()
	q := a.last(t)
	assert.Equal(t, []any{"sales", blacklist.Incoming, morning}, []any{q.Campaign, q.Direction, q.Now.UTC()})
	for _, alias := range []channel.Alias{maria, mariasID, name} {
		assert.Contains(t, q.Aliases, string(alias))
	}
	assert.Empty(t, h.center.Interactions(""), "the listed customer is kept out")

	before := h.center.Seq()
	_, err = h.center.Start(t.Context(), usher.Outgoing{Campaign: "sales", Agent: "ana", To: mariasID})
	require.ErrorIs(t, err, queue.ErrBlacklisted)
	assert.Equal(t, blacklist.Outgoing, a.last(t).Direction)
	assert.Contains(t, a.last(t).Aliases, string(maria))
	assert.Contains(t, a.last(t).Aliases, string(mariasID))
	assert.Empty(t, h.center.Interactions(""))
	assert.Equal(t, before+1, h.center.Seq(), "one record is kept")
}

// A campaign whose blacklists are off asks nothing.
func TestABlacklistThatIsOffIsNotAsked(t *testing.T) {
	a := &asked{block: string(maria)}
	h := listedHouse(t, a, func(_ *usher.Options, w *settings.Card) { w.IncomingBlacklist, w.OutgoingBlacklist = false, false })
	h.meets()
	_, err := h.center.Start(t.Context(), usher.Outgoing{Campaign: "sales", Agent: "ana", To: mariasID})
	require.NoError(t, err)
	assert.Empty(t, a.queries)
}

// A blacklist that gives no verdict lets a start through, or refuses it, as the host chose.
func TestStartWithABlacklistThatFails(t *testing.T) {
	for _, closed := range []bool{false, true} {
		a := &asked{err: errors.New("unreachable")}
		h := listedHouse(t, a, func(o *usher.Options, _ *settings.Card) { o.BlacklistFailClosed = closed })
		h.available("ana")
		id, err := h.center.Start(t.Context(), usher.Outgoing{Campaign: "sales", Agent: "ana", To: maria})
		if closed {
			require.ErrorIs(t, err, queue.ErrBlacklisted)
			assert.Empty(t, h.center.Interactions(""))
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, id, h.only().ID)
	}
}
