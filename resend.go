package usher

import (
	"context"
	"errors"
	"fmt"

	"github.com/usher-go/usher/queue"
)

// ErrNotFailed is returned by [Center.Resend] for a message that has not failed.
var ErrNotFailed = errors.New("usher: the message has not failed")

// Resend queues a message that has failed once more, as a new message with the same content.
// key is that of the failed message, as its events have it. A message that failed because its
// end is unknown ("unconfirmed") may reach the customer twice; that is the caller's decision.
// The same message is sent again at most once, however often Resend is called.
//
// It returns [ErrNotFailed] for a message that is on its way or was delivered, an error that
// wraps [queue.ErrUnknownMessage] for one that the journal does not have (any more), and the
// errors of [Center.Send].
func (c *Center) Resend(ctx context.Context, interaction, agent, key string) error {
	events, err := c.Transcript(ctx, interaction)
	if err != nil {
		return err
	}
	var message *queue.Message
	state := queue.MessageState("")
	for i := range events {
		switch ev := &events[i]; {
		case ev.Key != key:
		case ev.Kind == queue.MessageQueued:
			message, state = ev.Message, ev.Delivery
		case ev.Kind == queue.MessageMoved:
			state = ev.Delivery
		}
	}
	switch {
	case message == nil || message.Text == "" && len(message.Body) == 0:
		return fmt.Errorf("usher: resend: %w", &queue.Error{Command: "resend", Code: queue.ErrUnknownMessage, Interaction: interaction, Reason: key})
	case state != queue.MessageFailed:
		return fmt.Errorf("%w: it is %s", ErrNotFailed, state)
	}
	_, err = c.Do(ctx, queue.Send{Interaction: interaction, Agent: agent, Message: *message, Dedup: "resend " + key})
	return err
}
