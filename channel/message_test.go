package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
)

func TestSpeaks(t *testing.T) {
	silent := map[channel.Kind]bool{channel.Reaction: true, channel.Edit: true, channel.Revoke: true, channel.System: true}
	kinds := []channel.Kind{
		channel.Text, channel.Image, channel.Video, channel.Audio, channel.Document, channel.Sticker, channel.Location,
		channel.Contacts, channel.Interactive, channel.Answer, channel.Template, channel.Reaction, channel.Order,
		channel.Edit, channel.Revoke, channel.System, channel.Unsupported,
	}
	for _, kind := range kinds {
		assert.Equal(t, !silent[kind], channel.Message{Kind: kind}.Speaks(), kind)
	}
}

// Updates and messages are kept in a journal: they must come back as they were.
func TestJSONRoundTrip(t *testing.T) {
	message := channel.Message{
		ID: "w", Time: time.Unix(1749416383, 0).UTC(), Kind: channel.Answer, Text: "t",
		Media: &channel.MediaRef{ID: "m", Voice: true}, Location: &channel.Place{Latitude: -1.5},
		Contacts: json.RawMessage(`[1]`), Menu: &channel.Menu{Options: []channel.Option{{ID: "a", Title: "A"}}},
		Answer:   &channel.AnswerRef{ID: "a", Data: json.RawMessage(`{"a":1}`)},
		Template: &channel.TemplateRef{Name: "n", Language: "en"}, Reaction: &channel.ReactionRef{MessageID: "x"},
		ReplyTo: "r", Forwarded: true, Referral: json.RawMessage(`{}`), Raw: json.RawMessage(`"raw"`),
	}
	updates := []channel.Update{
		{Connector: "c", Number: "+1555", Message: &channel.Inbound{
			From: channel.Customer{Aliases: []channel.Alias{"phone:1"}, Name: "N"}, Message: message,
		}},
		{Connector: "c", Status: &channel.Status{MessageID: "w", State: channel.Failed, Code: 7, Reason: "r"}},
		{Connector: "c", Identity: &channel.Identity{Old: []channel.Alias{"phone:1"}, New: []channel.Alias{"phone:2"}}},
		{Connector: "c", Other: &channel.Notice{Kind: "k", Reason: "r", Account: "a", Raw: []byte("\xff not JSON")}},
	}
	for _, u := range updates {
		data, err := json.Marshal(u)
		require.NoError(t, err)
		var back channel.Update
		require.NoError(t, json.Unmarshal(data, &back))
		assert.Equal(t, u, back)
	}
	t.Run("what is not set is not written", func(t *testing.T) {
		data, err := json.Marshal(channel.TextMessage("x"))
		require.NoError(t, err)
		assert.JSONEq(t, `{"kind":"text","text":"x"}`, string(data))
	})
}

func TestSendError(t *testing.T) {
	cause := errors.New("boom")
	err := fmt.Errorf("wrapped: %w", &channel.SendError{Class: channel.Retry, Code: 130429, Err: cause})
	assert.EqualError(t, err, "wrapped: channel: send: retry (code 130429): boom")
	assert.ErrorIs(t, err, cause)
	assert.Equal(t, channel.Retry, channel.ClassOf(err))
	assert.EqualError(t, &channel.SendError{Class: channel.Ambiguous, Err: cause}, "channel: send: ambiguous: boom")
	assert.Equal(t, channel.Ambiguous, channel.ClassOf(cause), "nothing is known about it")
}

// A receiver acknowledges with nil; after an error the provider sends all again.
func ExampleReceiverFunc() {
	var r channel.Receiver = channel.ReceiverFunc(func(_ context.Context, updates []channel.Update) error {
		for _, u := range updates {
			switch {
			case u.Message != nil:
				fmt.Println(u.Message.From.Aliases[0], "wrote", u.Message.Text)
			case u.Other != nil:
				fmt.Println("ignored:", u.Other.Reason)
			}
		}
		return nil
	})
	_ = r.Receive(context.Background(), []channel.Update{
		{Message: &channel.Inbound{
			From: channel.Customer{Aliases: []channel.Alias{channel.Phone("16505551234")}}, Message: channel.TextMessage("hello"),
		}},
		{Other: &channel.Notice{Kind: "calls", Reason: "calls are not routed"}},
	})
	// Output:
	// phone:16505551234 wrote hello
	// ignored: calls are not routed
}

// Up to three options make buttons; with a label for the button that opens it, a list.
func ExampleMenu() {
	m := channel.Message{Kind: channel.Interactive, Text: "What is it about?", Menu: &channel.Menu{
		Options: []channel.Option{{ID: "sales", Title: "Sales"}, {ID: "support", Title: "Support"}},
	}}
	data, _ := json.Marshal(m)
	fmt.Println(string(data))
	// Output: {"kind":"interactive","text":"What is it about?","menu":{"options":[{"id":"sales","title":"Sales"},{"id":"support","title":"Support"}]}}
}
