package usher_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// TestBadMessagesAreRefused checks every message that no connector could send, at each door
// through which a host sends.
func TestBadMessagesAreRefused(t *testing.T) {
	wa := channeltest.NewConnector("main", number)
	center, err := usher.New(usher.Options{Connectors: []channel.Connector{wa}})
	require.NoError(t, err)
	require.NoError(t, center.Configure(t.Context(), usher.Config{
		Agents: []usher.Agent{{ID: "ana"}},
		Campaigns: []usher.Campaign{{ID: "c", Members: []usher.Member{{Agent: "ana"}}, WhatsApp: &settings.Card{
			Enable: true, Connector: "main", PhoneNumbers: []string{number},
		}}},
	}))
	require.NoError(t, center.Receive(t.Context(), []channel.Update{inboundUpdate("m1", "phone:34600111222")}))
	id := center.Open(nil)[0].Interaction
	_, err = center.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(t, err)
	before := center.Seq()
	for path, m := range map[string]channel.Message{
		"kind":     {Text: "no kind"},
		"text":     {Kind: channel.Text, Text: " \n"},
		"media":    {Kind: channel.Image, Text: "a caption"},
		"menu":     {Kind: channel.Interactive, Text: "choose", Menu: &channel.Menu{}},
		"location": {Kind: channel.Location},
		"contacts": {Kind: channel.Contacts},
		"template": {Kind: channel.Template, Template: &channel.TemplateRef{Language: "en"}},
		"reaction": {Kind: channel.Reaction, Reaction: &channel.ReactionRef{Emoji: "x"}},
		`"system"`: {Kind: channel.System, Text: "x"},
	} {
		err := center.Send(t.Context(), usher.Reply{Interaction: id, Message: m})
		assert.ErrorIs(t, err, queue.ErrInvalid, path)
		assert.ErrorContains(t, err, path)
		_, err = center.Start(t.Context(), usher.Outgoing{Campaign: "c", Agent: "ana", To: "phone:34600111333", Message: &m})
		assert.ErrorIs(t, err, queue.ErrInvalid, path)
		assert.ErrorContains(t, err, path)
	}
	assert.Equal(t, before, center.Seq(), "nothing happened")
}

// TestBadUpdatesAreReported checks that what a connector hands in is taken as far as it makes
// sense, and that the rest is reported with what is wrong.
func TestBadUpdatesAreReported(t *testing.T) {
	var notices []string
	wa := channeltest.NewConnector("main", number)
	center, err := usher.New(usher.Options{
		Connectors: []channel.Connector{wa}, Notice: func(_ channel.Update, err error) { notices = append(notices, err.Error()) },
	})
	require.NoError(t, err)
	require.NoError(t, center.Configure(t.Context(), usher.Config{Campaigns: []usher.Campaign{{ID: "c", WhatsApp: &settings.Card{
		Enable: true, Connector: "main", PhoneNumbers: []string{number},
	}}}}))
	good := inboundUpdate("good", "phone:34600111222")
	stranger := inboundUpdate("stranger", "phone:34600111333")
	stranger.Connector = "mian"
	err = center.Receive(t.Context(), []channel.Update{good, stranger})
	require.ErrorIs(t, err, usher.ErrUnknownConnector)
	assert.ErrorContains(t, err, `updates[1] is of "mian"; valid: main`)
	assert.Empty(t, center.Open(nil), "nothing is taken, so that repeating loses nothing")
	for _, n := range []string{"", "5550001111", "+", "+12", "+0123456", "+1234567890123456", "+1 555 000", "main", "\xff"} {
		odd := inboundUpdate("number", "phone:34600111222")
		odd.Number = n
		err = center.Receive(t.Context(), []channel.Update{good, odd})
		require.ErrorIs(t, err, usher.ErrInvalidNumber, n)
		assert.ErrorContains(t, err, "updates[1].number", n)
		odd.Message, odd.Status = nil, &channel.Status{MessageID: "x", State: channel.Delivered}
		if err = center.Receive(t.Context(), []channel.Update{odd}); n == "" {
			require.NoError(t, err, "only a message needs a number")
			continue
		}
		require.ErrorIs(t, err, usher.ErrInvalidNumber, n)
	}
	assert.Empty(t, center.Open(nil), "nothing is taken")
	notices = nil

	odd := inboundUpdate("odd", "fax:1")
	odd.Message.From.Aliases = append(odd.Message.From.Aliases, "phone:1-800-FLOWERS", "user:US.1")
	nameless := inboundUpdate("nameless", "fax:1")
	elsewhere := inboundUpdate("elsewhere", "phone:34600111444")
	elsewhere.Number = "+5550001111"
	require.NoError(t, center.Receive(t.Context(), []channel.Update{odd, nameless, elsewhere, good}))
	require.Len(t, center.Open(nil), 2, "the odd one by its user id, and the good one")
	require.Len(t, notices, 5)
	for i, want := range []string{`alias "fax:1": unknown kind`, `alias "phone:1-800-FLOWERS"`, `alias "fax:1": unknown kind`, "message nameless has no valid alias", "no campaign has the number +5550001111"} {
		assert.Contains(t, notices[i], want)
	}
}

// TestAliasesOfIdentitiesAndStatusesAreChecked checks that what a provider says of a customer's
// aliases outside of messages passes the same check as the sender of a message.
func TestAliasesOfIdentitiesAndStatusesAreChecked(t *testing.T) {
	var notices []string
	h := newHouse(t, func(o *usher.Options, _ *usher.Config) {
		o.Notice = func(_ channel.Update, err error) { notices = append(notices, err.Error()) }
	})
	require.NoError(t, h.center.Receive(t.Context(), []channel.Update{inboundUpdate("m1", "phone:34600111222")}))
	before := h.center.Seq()
	identity := func(old, now channel.Alias) channel.Update {
		return channel.Update{Connector: "main", Number: number, Identity: &channel.Identity{Old: []channel.Alias{old}, New: []channel.Alias{now}}}
	}
	require.NoError(t, h.center.Receive(t.Context(), []channel.Update{identity("fax:1", "phone:+1"), {
		Connector: "main", Number: number, Status: &channel.Status{MessageID: "x", State: channel.Read, Aliases: []channel.Alias{"user:"}},
	}}))
	require.Len(t, notices, 5)
	for i, want := range []string{`identity: old: channel: alias "fax:1"`, `identity: new: channel: alias "phone:+1"`, "identity has no valid alias", `status of x: channel: alias "user:"`, "unknown message: x"} {
		assert.Contains(t, notices[i], want)
	}
	assert.Equal(t, before, h.center.Seq(), "nothing happened")
	notices = nil
	both := identity("phone:34600111222", "user:US.1")
	both.Identity.New = append(both.Identity.New, "fax:1")
	require.NoError(t, h.center.Receive(t.Context(), []channel.Update{both, inboundUpdate("m2", "user:US.1")}))
	require.Len(t, notices, 1)
	assert.Len(t, h.center.Open(nil), 1, "the customer goes on under the new id")
}

func TestTranscriptOfTheUnknown(t *testing.T) {
	center, err := usher.New(usher.Options{})
	require.NoError(t, err)
	_, err = center.Transcript(t.Context(), "nope")
	assert.ErrorIs(t, err, queue.ErrUnknownInteraction)
}

func TestSeriesOfTheUnknown(t *testing.T) {
	h := newHouse(t, nil)
	require.NoError(t, h.center.Receive(t.Context(), []channel.Update{inboundUpdate("m1", "phone:34600111222")}))
	from, to := morning.Add(-time.Hour), morning.Add(time.Hour)
	_, err := h.center.Series("nope", from, to)
	require.ErrorIs(t, err, queue.ErrUnknownCampaign)
	var refused *queue.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "nope", refused.Campaign)
	list, err := h.center.Series("sales", from, to)
	require.NoError(t, err)
	assert.NotEmpty(t, list)

	_, err = h.center.Do(t.Context(), queue.End{Interaction: h.center.Open(nil)[0].Interaction})
	require.NoError(t, err)
	_, err = h.center.Do(t.Context(), queue.RemoveCampaign{Campaign: "sales"})
	require.NoError(t, err)
	again, err := h.center.Series("sales", from, to)
	require.NoError(t, err, "its counters stay")
	assert.NotEmpty(t, again)
}
