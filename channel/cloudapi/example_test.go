package cloudapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

// A WhatsApp number that answers, with a stand-in for Meta. For a real number leave GraphURL
// away, take the tokens from the environment, and serve Webhook at the registered address.
func Example() {
	meta := cloudapitest.NewServer(cloudapitest.Config{})
	graph := httptest.NewServer(meta)
	defer graph.Close()

	number, err := cloudapi.New(cloudapi.Config{
		Name: "main", AccessToken: "test-token", AppSecrets: []string{"test-secret"}, VerifyTokens: []string{"test-verify"},
		Numbers:  map[string]string{"106540352242922": "+15550783881"},
		GraphURL: graph.URL,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	hook := httptest.NewServer(number.Webhook(channel.ReceiverFunc(func(ctx context.Context, updates []channel.Update) error {
		for _, u := range updates {
			if u.Message == nil {
				continue
			}
			_, err := number.Send(ctx, channel.Outbound{
				Key: u.Message.ID, From: u.Number, To: u.Message.From.Aliases[0],
				Message: channel.TextMessage("Hello " + u.Message.From.Name),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})))
	defer hook.Close()
	meta.SetWebhook(hook.URL)

	ctx := context.Background()
	maria := meta.Phone(cloudapitest.Person{Name: "Maria", Number: "16505551234"})
	_ = maria.Say(ctx, "+15550783881", "Are you open?")
	for _, sent := range maria.Inbox() {
		fmt.Println(sent.From, sent.Text)
	}
	// Output: +15550783881 Hello Maria
}

// What to do about a failed send is in its class; what Meta said is in the cause.
func ExampleConnector_Send() {
	meta := cloudapitest.NewServer(cloudapitest.Config{})
	graph := httptest.NewServer(meta)
	defer graph.Close()
	number, err := cloudapi.New(meta.ConnectorConfig("main", graph.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	out := channel.Outbound{
		Key: "interaction-1:4", From: "+15550783881", To: channel.Phone("16505551234"),
		Message: channel.TextMessage("Your parcel has arrived."),
	}
	for _, failure := range []cloudapitest.Failure{
		cloudapitest.Graph(131047), cloudapitest.Gateway(), cloudapitest.Graph(130429),
	} {
		meta.FailNext(failure)
		_, err = number.Send(context.Background(), out)
		fmt.Print(channel.ClassOf(err))
		if graphErr, ok := errors.AsType[*cloudapi.GraphError](err); ok {
			fmt.Print(", code ", graphErr.Code)
		}
		fmt.Println()
	}
	// Output:
	// window_closed, code 131047
	// ambiguous
	// retry, code 130429
}
