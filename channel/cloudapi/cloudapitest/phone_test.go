package cloudapitest_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

func TestPhoneWrites(t *testing.T) {
	d := newDesk(t, cloudapitest.Config{})
	maria := d.Phone(cloudapitest.Person{Name: "María/Ñ 😀", Number: "+1 650 555 1234", UserID: "US.1", ParentID: "US.ENT.1", Username: "@maria"})
	sent := cloudapitest.Sent{ID: "wamid.X", From: number}
	events := []cloudapitest.Event{
		maria.Text(number, "¿abierto? 😀 a/b <c>"), maria.Reply(sent, "yes"), maria.React(sent, "👍"), maria.React(sent, ""),
		maria.Media(number, "image", d.AddMedia("image/png", nil), "image/png", "look"), maria.Location(number, 1, 2),
		maria.Message(number, "hologram", map[string]any{"id": "h"}),
	}
	for _, e := range events {
		require.NoError(t, d.Post(t.Context(), e))
	}
	want := []string{
		`phone:16505551234 text "¿abierto? 😀 a/b <c>"`, `phone:16505551234 text "yes"`, `phone:16505551234 reaction ""`,
		`phone:16505551234 reaction ""`, `phone:16505551234 image "look"`, `phone:16505551234 location ""`,
		`phone:16505551234 unsupported ""`,
	}
	require.Len(t, d.updates, len(want))
	for i, u := range d.updates {
		assert.Equal(t, events[i].ID(), u.Message.ID)
		assert.Equal(t, "María/Ñ 😀", u.Message.From.Name)
		assert.Equal(t, []channel.Alias{"phone:16505551234", "user:US.1", "parent:US.ENT.1", "name:@maria"}, u.Message.From.Aliases)
		assert.Equal(t, number, u.Number)
	}
	assert.Equal(t, "wamid.X", d.updates[1].Message.ReplyTo)
	assert.Equal(t, "👍", d.updates[2].Message.Reaction.Emoji)
	assert.Equal(t, want, d.arrived())
}

func TestPhoneWithoutNumber(t *testing.T) {
	d := newDesk(t, cloudapitest.Config{})
	maria := d.Phone(cloudapitest.Person{Number: "16505551234", UserID: "US.1", HideNumber: true})
	require.NoError(t, maria.Say(t.Context(), number, "hi"))
	assert.Equal(t, []string{`user:US.1 text "hi"`}, d.arrived())
	for _, to := range []channel.Alias{channel.User("US.1"), channel.Phone("16505551234"), channel.Phone("1")} {
		require.NoError(t, d.send(t, to, channel.TextMessage("hello")))
	}
	assert.Len(t, maria.Inbox(), 2, "by either name, and nothing of others")
}

func TestPhoneChooses(t *testing.T) {
	d := newDesk(t, cloudapitest.Config{})
	maria := d.Phone(cloudapitest.Person{Number: "16505551234"})
	buttons := channel.Message{Kind: channel.Interactive, Text: "Sure?", Menu: &channel.Menu{Options: []channel.Option{{ID: "y", Title: "Yes"}, {ID: "n", Title: "No"}}}}
	list := channel.Message{Kind: channel.Interactive, Text: "Which?", Menu: &channel.Menu{Button: "Open", Options: []channel.Option{{ID: "1", Title: "One", Description: "d"}}}}
	for _, m := range []channel.Message{buttons, list, channel.TextMessage("x")} {
		require.NoError(t, d.send(t, channel.Phone("16505551234"), m))
	}
	require.NoError(t, maria.Choose(t.Context(), "No"))
	require.NoError(t, maria.Choose(t.Context(), "1"))
	assert.Equal(t, &channel.AnswerRef{ID: "n", Source: "button"}, d.updates[0].Message.Answer)
	assert.Equal(t, maria.Inbox()[0].ID, d.updates[0].Message.ReplyTo)
	assert.Equal(t, &channel.AnswerRef{ID: "1", Description: "d", Source: "list"}, d.updates[1].Message.Answer)
	assert.ErrorContains(t, maria.Choose(t.Context(), "Maybe"), `no message offers "Maybe"`)
	_, err := maria.Press(maria.Inbox()[2], "x")
	assert.ErrorContains(t, err, "has no option")
}

func TestBatches(t *testing.T) {
	d := newDesk(t, cloudapitest.Config{Numbers: map[string]string{"1": "+15550000001", "2": "+15550000002"}})
	ann := d.Phone(cloudapitest.Person{Name: "Ann", Number: "1001"})
	bob := d.Phone(cloudapitest.Person{Name: "Bob", Number: "1002"})
	a, b := ann.Text("+15550000001", "a"), bob.Text("+15550000002", "b")
	status := d.Status(cloudapitest.Sent{ID: "w", From: "+15550000002", To: channel.Phone("1002")}, channel.Read)
	late := ann.Text("+15550000001", "late").At(time.Unix(1749416383, 0))
	require.NoError(t, d.Post(t.Context(), b, a, a, status, late))
	assert.Equal(t, "Bob", d.updates[0].Message.From.Name)
	assert.Equal(t, "+15550000002", d.updates[0].Number)
	assert.Equal(t, d.updates[1], d.updates[2], "a duplicate is the same in every respect")
	assert.Equal(t, int64(1749416383), d.updates[4].Message.Time.Unix())
	assert.Equal(t, []string{`phone:1002 text "b"`, `phone:1001 text "a"`, `phone:1001 text "a"`, "w read 0", `phone:1001 text "late"`}, d.arrived())
	assert.Contains(t, string(a.JSON()), `"body":"a"`)
}

func TestRedelivery(t *testing.T) {
	d := newDesk(t, cloudapitest.Config{})
	maria := d.Phone(cloudapitest.Person{Number: "16505551234"})
	d.refuse(errors.New("down"))
	err := maria.Say(t.Context(), number, "one")
	se, ok := errors.AsType[*cloudapitest.StatusError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, http.StatusServiceUnavailable, se.Status)
	assert.Error(t, d.Redeliver(t.Context()), "still down")
	d.refuse(nil)
	require.NoError(t, maria.Say(t.Context(), number, "two"))
	require.NoError(t, d.Redeliver(t.Context()))
	require.NoError(t, d.Redeliver(t.Context()))
	assert.Equal(t, []string{`phone:16505551234 text "two"`, `phone:16505551234 text "one"`}, d.arrived())
}

func TestAwait(t *testing.T) {
	d := newDesk(t, cloudapitest.Config{})
	maria := d.Phone(cloudapitest.Person{Number: "16505551234"})
	go func() { _ = d.send(t, channel.Phone("16505551234"), channel.TextMessage("hello")) }()
	inbox, err := maria.Await(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, "hello", inbox[0].Text)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = maria.Await(ctx, 2)
	assert.ErrorIs(t, err, context.Canceled)
}
