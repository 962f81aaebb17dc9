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
	"github.com/usher-go/usher/ushertest"
)

func TestResend(t *testing.T) {
	config, err := usher.ParseConfig([]byte(`{"agents":[{"id":"ana"}],"campaigns":[{"id":"c","members":[{"agent":"ana"}],
		"whatsapp":{"enable":true,"connector":"main","phoneNumbers":["+15550001111"]}}]}`))
	require.NoError(t, err)
	c := ushertest.New(t, config)
	ana, maria := c.Agent("ana"), c.Customer("Maria", "+34600111222")
	ana.Available()
	maria.Says("hello")
	ana.Accepts(maria)
	in, _ := maria.Interaction()
	c.Connector("main").FailNext(channeltest.Failure{Class: channel.Permanent, Code: 1})
	ana.Says(maria, "an answer")
	ana.Says(maria, "delivered")
	require.Len(t, maria.Inbox(), 1)
	keys := map[string]string{}
	events, err := c.Transcript(t.Context(), in.ID)
	require.NoError(t, err)
	for _, ev := range events {
		if ev.Kind == queue.MessageQueued {
			keys[ev.Message.Text] = ev.Key
		}
	}
	for range 2 {
		require.NoError(t, c.Resend(t.Context(), in.ID, "ana", keys["an answer"]))
		c.Advance(time.Second)
	}
	require.Len(t, maria.Inbox(), 2, "sent again once")
	assert.ErrorIs(t, c.Resend(t.Context(), in.ID, "ana", keys["delivered"]), usher.ErrNotFailed)
	assert.ErrorIs(t, c.Resend(t.Context(), in.ID, "ana", "no such key"), queue.ErrUnknownMessage)
	assert.ErrorIs(t, c.Resend(t.Context(), in.ID, "bruno", keys["an answer"]), queue.ErrUnknownAgent)
	ana.Finishes(maria, "")
	assert.Error(t, c.Resend(t.Context(), in.ID, "ana", keys["an answer"]))
}
