package cloudapi_test

import (
	"context"
	"testing"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

// The suite of every connector, over real HTTP.
func TestConformance(t *testing.T) {
	failures := map[channel.Class]cloudapitest.Failure{
		channel.Permanent: cloudapitest.Graph(131026), channel.Retry: cloudapitest.Graph(131016),
		channel.WindowClosed: cloudapitest.Graph(131047), channel.Ambiguous: cloudapitest.Cut(true),
		channel.Stopped: cloudapitest.Graph(190),
	}
	channeltest.Run(t, func(t testing.TB, r channel.Receiver) channeltest.Harness {
		w := newWorld(t, cloudapitest.Config{}, nil)
		w.serve(t, r)
		phone := w.graph.Phone(cloudapitest.Person{Name: "Sheena Nelson", Number: "16505551234", UserID: bsuid, Username: "@sheena"})
		return channeltest.Harness{
			Connector: w.connector,
			To:        channel.Phone("16505551234"),
			Taken: func() []string {
				var keys []string
				for _, sent := range w.graph.Sent() {
					keys = append(keys, sent.Key)
				}
				return keys
			},
			FailNext: func(class channel.Class) bool { w.graph.FailNext(failures[class]); return true },
			Inbound:  func(ctx context.Context, text string) error { return phone.Say(ctx, number, text) },
			Deliver: func(ctx context.Context, key string) error {
				for _, sent := range phone.Inbox() {
					if sent.Key == key {
						return w.graph.Post(ctx, w.graph.Status(sent, channel.Delivered))
					}
				}
				t.Fatalf("%s did not arrive", key)
				return nil
			},
		}
	})
}
