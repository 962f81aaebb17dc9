package channeltest_test

import (
	"context"
	"fmt"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
)

// A connector in memory echoes what arrives.
func ExampleConnector() {
	c := channeltest.NewConnector("main", "+15550783881")
	c.Connect(channel.ReceiverFunc(func(ctx context.Context, updates []channel.Update) error {
		for _, u := range updates {
			_, err := c.Send(ctx, channel.Outbound{
				Key: "echo:" + u.Message.ID, From: u.Number, To: u.Message.From.Aliases[0],
				Message: channel.TextMessage("You said: " + u.Message.Text),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	_, _ = c.Say(context.Background(), "+15550783881", "hello", channel.Phone("16505551234"))
	for _, out := range c.Sent() {
		fmt.Println(out.To, out.Message.Text)
	}
	// Output: phone:16505551234 You said: hello
}
