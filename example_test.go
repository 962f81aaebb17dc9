package usher_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// A WhatsApp number and one agent. The account holds what Meta gave you; here it is one
// of a stand-in for Meta, so that the example runs.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	meta := cloudapitest.NewServer(cloudapitest.Config{})
	graph := httptest.NewServer(meta)
	defer graph.Close()
	account := meta.ConnectorConfig("main", graph.URL)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()

	whatsapp, err := cloudapi.New(account)
	try(err)
	center, err := usher.New(usher.Options{Connectors: []channel.Connector{whatsapp}})
	try(err)
	try(center.Configure(ctx, usher.Config{
		Agents: []usher.Agent{{ID: "ana", Limit: 3}},
		Campaigns: []usher.Campaign{{ID: "sales", Members: []usher.Member{{Agent: "ana"}}, WhatsApp: &settings.Card{
			Enable: true, Connector: "main", PhoneNumbers: whatsapp.Numbers(), Strategy: "leastbusy", ServiceLevel: 20}}},
	}))
	mux.Handle("/webhook", whatsapp.Webhook(center))
	go func() { try(center.Run(ctx)) }()

	meta.SetWebhook(server.URL + "/webhook")
	_, err = center.Do(ctx, queue.AgentState{Agent: "ana", State: queue.Available})
	try(err)
	maria := meta.Phone(cloudapitest.Person{Name: "Maria", Number: "16505551234"})
	try(maria.Say(ctx, "+15550783881", "Are you open?"))

	first := center.Interactions("sales")[0]
	fmt.Println("offered to", first.Offered)
	_, err = center.Do(ctx, queue.Accept{Agent: "ana", Interaction: first.ID})
	try(err)
	try(center.Send(ctx, usher.Reply{Interaction: first.ID, Agent: "ana", Message: channel.TextMessage("We are.")}))
	inbox, err := maria.Await(ctx, 1)
	try(err)
	fmt.Println(inbox[0].From, "wrote:", inbox[0].Text)
	// Output:
	// offered to ana
	// +15550783881 wrote: We are.
}

func try(err error) {
	if err != nil {
		panic(err)
	}
}

// A host exports totals as counters: they never become smaller.
func ExampleCenter_Totals() {
	center, _ := usher.New(usher.Options{})
	ctx := context.Background()
	_, _ = center.Do(ctx, queue.Configure{Campaign: queue.Campaign{ID: "sales", Numbers: []string{"+15550001111"}}})
	_, _ = center.Do(ctx, queue.Arrive{Number: "+15550001111", Aliases: []string{"phone:34600111222"}, Customer: "maria", ID: "one"})
	_, _ = center.Do(ctx, queue.Leave{Interaction: "one"})
	totals, _ := center.Totals(ctx)
	for campaign, n := range totals {
		fmt.Printf("usher_opened_total{campaign=%q} %d\n", campaign, n.Opened)
		fmt.Printf("usher_ended_total{campaign=%q,outcome=\"abandoned\"} %d\n", campaign, n.Ends.Abandoned)
	}
	// Output:
	// usher_opened_total{campaign="sales"} 1
	// usher_ended_total{campaign="sales",outcome="abandoned"} 1
}
