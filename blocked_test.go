package usher_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
)

// guardedHouse is a house whose campaigns sales and support use the blacklist: the center's own
// when a is nil. The bot "waits" waits for the customer, "moves" hands over to support.
func guardedHouse(t *testing.T, a *asked, change func(*settings.Card)) *house {
	t.Helper()
	return newHouse(t, func(o *usher.Options, cfg *usher.Config) {
		if a != nil {
			o.Blacklist = a
		}
		o.Bots = map[string]bot.Bot{
			"waits": bot.Func(func(context.Context, bot.Session) (bot.Reply, error) { return bot.Reply{}, nil }),
			"moves": bot.Func(func(context.Context, bot.Session) (bot.Reply, error) {
				return bot.Reply{Next: bot.Next{Action: bot.Campaign, Target: "support"}}, nil
			}),
		}
		cfg.Campaigns = append(cfg.Campaigns, usher.Campaign{ID: "support", WhatsApp: &settings.Card{
			Enable: true, Connector: "main", PhoneNumbers: []string{"+15550002222"}, IncomingBlacklist: true,
		}, Members: cfg.Campaigns[0].Members})
		cfg.Campaigns[0].WhatsApp.IncomingBlacklist = true
		if change != nil {
			change(cfg.Campaigns[0].WhatsApp)
		}
	})
}

// block puts maria on the list: the center's own, or the host's, which says so for her open
// interactions.
func (h *house) block(a *asked, scope string) {
	h.t.Helper()
	if a == nil {
		require.NoError(h.t, h.center.Block(h.t.Context(), "sup", blacklist.Entry{Alias: string(maria), Scope: scope, Reason: "abuse"}))
		h.settle()
		return
	}
	a.mu.Lock()
	a.block, a.scope = string(maria), scope
	a.mu.Unlock()
	for _, v := range h.center.Interactions(scope) {
		h.do(queue.End{Interaction: v.ID, By: "sup", Reason: "abuse", Blacklisted: true})
	}
}

// lists calls f with the center's own list and with one of the host's.
func lists(t *testing.T, f func(t *testing.T, a *asked)) {
	t.Run("own list", func(t *testing.T) { f(t, nil) })
	t.Run("the host's", func(t *testing.T) { f(t, &asked{}) })
}

// TestBlockedAtEveryStage: a customer who is blacklisted reaches no further agent, wherever
// they are, and the board counts them once.
func TestBlockedAtEveryStage(t *testing.T) {
	accept := func(h *house) {
		h.do(queue.Accept{Agent: "ana", Interaction: h.only().ID})
	}
	for _, stage := range []struct {
		name     string
		change   func(*settings.Card)
		begin    func(h *house)
		keeps    bool // ana keeps it
		answered bool
	}{
		{name: "bot", change: func(w *settings.Card) { w.BotOnStart = "waits" }},
		{name: "waiting", begin: func(h *house) { h.do(queue.AgentState{Agent: "ana", State: queue.Offline}) }},
		{name: "offered"},
		{name: "with agent", keeps: true, begin: accept},
		{name: "parked", keeps: true, begin: func(h *house) {
			accept(h)
			h.do(queue.Park{Agent: "ana", Interaction: h.only().ID})
		}},
		{name: "transfer pending", keeps: true, begin: func(h *house) {
			accept(h)
			h.available("bruno")
			h.do(queue.Transfer{Agent: "ana", Interaction: h.only().ID, ToAgent: "bruno"})
		}},
		{name: "bot on end", answered: true, change: func(w *settings.Card) { w.BotOnEnd = "waits" }, begin: func(h *house) {
			accept(h)
			h.do(queue.Finish{Agent: "ana", Interaction: h.only().ID})
		}},
	} {
		t.Run(stage.name, func(t *testing.T) {
			lists(t, func(t *testing.T, a *asked) {
				h := guardedHouse(t, a, stage.change)
				h.available("ana")
				h.say("hello", maria)
				if stage.begin != nil {
					stage.begin(h)
				}
				id := h.only().ID
				h.block(a, "")
				h.say("hello?", maria)
				line := h.center.Board(morning).Campaigns[0]
				assert.Equal(t, []int{0, 0, 0}, []int{line.Waiting, line.Ringing, line.Bots})
				assert.Empty(t, h.said(maria))
				attempts := int64(1) // a contact of its own
				switch {
				case stage.keeps:
					v := h.only()
					assert.Equal(t, []any{"ana", "", true}, []any{v.Agent, v.Offered, v.Listed})
					assert.Len(t, h.events(id, queue.Listed), 1)
					assert.Equal(t, 1, line.Active)
					h.do(queue.Finish{Agent: "ana", Interaction: id})
					line = h.center.Board(morning).Campaigns[0]
					assert.EqualValues(t, 1, line.Counts.Ends.Answered)
					attempts = 0 // it belongs to the open conversation
				case stage.answered:
					assert.EqualValues(t, 1, line.Counts.Ends.Answered)
				default:
					attempts++ // and the interaction
				}
				assert.Equal(t, attempts, line.Counts.Ends.Blacklisted)
				assert.Zero(t, line.Counts.Ends.Abandoned)
				assert.Empty(t, h.center.Interactions(""))
				got, _ := h.center.Agent("ana")
				assert.Zero(t, got.Load)
			})
		})
	}
}

// TestTheListOfTheTarget: the list of a campaign keeps out a customer who would come from
// another campaign, by whatever way.
func TestTheListOfTheTarget(t *testing.T) {
	lists(t, func(t *testing.T, a *asked) {
		h := guardedHouse(t, a, nil)
		h.available("ana")
		h.say("hello", maria)
		id := h.only().ID
		h.do(queue.Accept{Agent: "ana", Interaction: id})
		h.block(a, "support")
		assert.False(t, h.only().Listed, "sales does not list her")
		for _, c := range []queue.Command{
			queue.Transfer{Agent: "ana", Interaction: id, ToCampaign: "support"},
			&queue.Move{Interaction: id, Campaign: "support"},
		} {
			_, err := h.center.Do(t.Context(), c)
			require.ErrorIs(t, err, queue.ErrBlacklisted)
			assert.ErrorContains(t, err, "abuse")
		}
		_, err := h.center.DoWith(t.Context(), queue.Move{Interaction: id, Campaign: "support"}, func(context.Context, uint64, []store.Record) error {
			assert.Fail(t, "a refused command is written")
			return nil
		})
		require.ErrorIs(t, err, queue.ErrBlacklisted)
		assert.Equal(t, "sales", h.only().Campaign)
	})
	t.Run("bot", func(t *testing.T) {
		lists(t, func(t *testing.T, a *asked) {
			h := guardedHouse(t, a, func(w *settings.Card) { w.BotOnStart = "moves" })
			h.block(a, "support")
			h.say("hello", maria)
			assert.Equal(t, []any{"sales", queue.OwnedByQueue}, []any{h.only().Campaign, h.only().Owner})
			h.say("hello", pedro)
			assert.Len(t, h.center.Interactions("support"), 1, "who is not listed gets there")
		})
	})
}

// A host's Checker that gives no verdict lets a transfer pass, or refuses it, as the host chose.
func TestATransferWithABlacklistThatFails(t *testing.T) {
	for _, closed := range []bool{false, true} {
		a := &asked{}
		h := guardedHouse(t, a, nil)
		if closed {
			h = newHouse(t, func(o *usher.Options, cfg *usher.Config) {
				o.Blacklist, o.BlacklistFailClosed = a, true
				second := cfg.Campaigns[0]
				second.ID, second.WhatsApp = "support", &settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{"+15550002222"}, IncomingBlacklist: true}
				cfg.Campaigns = append(cfg.Campaigns, second)
			})
		}
		h.available("ana")
		h.say("hello", maria)
		a.mu.Lock()
		a.err = context.DeadlineExceeded
		a.mu.Unlock()
		_, err := h.center.Do(t.Context(), queue.Move{Interaction: h.only().ID, Campaign: "support"})
		if closed {
			require.ErrorIs(t, err, queue.ErrBlacklisted)
		} else {
			require.NoError(t, err)
		}
	}
}

// appends is a journal that says what is appended at once, and may be told to wait.
type appends struct {
	store.Journal
	kinds [][]string
	gate  chan struct{} // nil = open
}

func (j *appends) Append(ctx context.Context, expect uint64, records []store.Record) error {
	var kinds []string
	for _, r := range records {
		kinds = append(kinds, r.Kind)
	}
	j.kinds = append(j.kinds, kinds)
	if j.gate != nil {
		<-j.gate
	}
	return j.Journal.Append(ctx, expect, records)
}

// TestBlockIsOneAppend: an entry and what it ends are in the journal together, and no command
// that is decided after the entry falls between, also while the entry is being written.
func TestBlockIsOneAppend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &appends{Journal: store.NewMemory()}
		mock := clock.NewMock()
		mock.Set(morning)
		c, err := usher.New(usher.Options{Journal: j, Clock: mock})
		require.NoError(t, err)
		do := func(command queue.Command) error {
			_, err := c.Do(t.Context(), command)
			return err
		}
		for _, id := range []string{"sales", "support"} {
			require.NoError(t, do(queue.Configure{Campaign: queue.Campaign{ID: id, IncomingBlacklist: true}}))
		}
		arrive := func(id string, alias channel.Alias) queue.Arrive {
			return queue.Arrive{ID: id, Customer: "c-" + id, Campaign: "sales", Aliases: []string{string(alias)}, Weak: []string{string(channel.Username(id))}}
		}
		require.NoError(t, do(arrive("maria", maria)))
		require.NoError(t, do(arrive("pedro", pedro)))
		require.NoError(t, do(arrive("lucia", lucia)))
		j.kinds, j.gate = nil, make(chan struct{})
		blocked, moved, arrived := make(chan error, 1), make(chan error, 1), make(chan error, 1)
		go func() {
			blocked <- c.Block(t.Context(), "sup", blacklist.Entry{Alias: string(maria)}, blacklist.Entry{Alias: string(channel.Username("lucia"))},
				blacklist.Entry{Alias: string(pedro), Scope: "support"})
		}()
		synctest.Wait()
		go func() { moved <- do(queue.Move{Interaction: "pedro", Campaign: "support"}) }()
		go func() { arrived <- do(arrive("again", maria)) }()
		synctest.Wait()
		close(j.gate)
		require.NoError(t, <-blocked)
		require.ErrorIs(t, <-moved, queue.ErrBlacklisted)
		require.NoError(t, <-arrived)
		assert.Equal(t, []string{"note", "interaction.ended", "interaction.ended"}, j.kinds[0])
		open := c.Interactions("")
		assert.Equal(t, []string{"pedro"}, []string{open[0].ID})
		assert.Len(t, open, 1)

		again, err := usher.New(usher.Options{Journal: j, Clock: mock})
		require.NoError(t, err)
		_, err = again.Do(t.Context(), queue.Move{Interaction: "pedro", Campaign: "support"})
		require.ErrorIs(t, err, queue.ErrBlacklisted)
		require.NoError(t, again.Unblock(t.Context(), "sup", blacklist.Entry{Alias: string(pedro), Scope: "support"}))
		_, err = again.Do(t.Context(), queue.Move{Interaction: "pedro", Campaign: "support"})
		require.NoError(t, err)
	})
}

// A message is asked about in the campaign that has the conversation.
func TestTheListOfTheConversation(t *testing.T) {
	lists(t, func(t *testing.T, a *asked) {
		h := guardedHouse(t, a, nil)
		h.available("ana")
		h.say("hello", maria)
		id := h.only().ID
		h.do(queue.Move{Interaction: id, Campaign: "support"})
		h.block(a, "sales")
		h.say("hello?", maria)
		assert.Len(t, h.events(id, queue.Received), 1, "support does not list her")
		h.block(a, "support")
		assert.Empty(t, h.center.Interactions(""))
		assert.True(t, slices.ContainsFunc(h.events(id, queue.Ended), func(ev queue.Event) bool { return ev.By == "sup" && ev.Reason == "abuse" }))
	})
}

// bounded ends a context that a test waits with.
func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// TestUnblockGivesBack: a customer who is taken off the list in the middle of a conversation is
// as any other again, unless another entry lists them.
func TestUnblockGivesBack(t *testing.T) {
	h := guardedHouse(t, nil, nil)
	h.available("ana")
	h.say("hello", maria)
	id := h.only().ID
	h.do(queue.Accept{Agent: "ana", Interaction: id})
	everywhere := blacklist.Entry{Alias: string(maria)}
	sales := blacklist.Entry{Alias: string(maria), Scope: "sales"}
	require.NoError(t, h.center.Block(t.Context(), "sup", everywhere, sales))
	require.True(t, h.only().Listed)
	require.NoError(t, h.center.Unblock(t.Context(), "sup", everywhere))
	require.True(t, h.only().Listed, "the other entry has them")
	require.NoError(t, h.center.Unblock(t.Context(), "sup", sales))
	assert.False(t, h.only().Listed)
	assert.Len(t, h.events(id, queue.Unlisted), 1)
	h.do(queue.Requeue{Interaction: id})
	assert.Equal(t, id, h.only().ID, "it waits")
}
