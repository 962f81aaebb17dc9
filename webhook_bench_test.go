package usher_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// What routing adds to a webhook: the same handler over HTTP on this machine, once before a
// center that routes the message and keeps it in the journal, and once before a receiver
// that drops what it gets, so that the handler only verifies, parses and answers. The two
// take turns of 1,000 requests in one run, so that both meet the same machine; between the
// turns the conversations end. With new=all every message opens an interaction, is queued
// and offered to one of 100 agents, which is the most that routing can cost; with
// new=1in5 four more messages follow it. A client=bare does as little as a client can, so
// that the handlers are most of what is measured; client=http is Go's own.
//
//	go test -run '^$' -bench WebhookRouting -benchtime 20x .
func BenchmarkWebhookRouting(b *testing.B) {
	for _, client := range []string{"bare", "http"} {
		for name, each := range map[string]int{"new=all": 1, "new=1in5": 5} {
			b.Run("client="+client+"/"+name, func(b *testing.B) { benchRouting(b, client, each) })
		}
	}
}

// turnLength is how many requests a handler answers before the other one's turn.
const turnLength = 1000

func benchRouting(b *testing.B, client string, each int) {
	meta := cloudapitest.NewServer(cloudapitest.Config{Numbers: map[string]string{"106540352242922": number}})
	connector, err := cloudapi.New(meta.ConnectorConfig("main", "http://127.0.0.1:1"))
	require.NoError(b, err)
	center := benchCenter(b, connector)
	routed := newRace(b, client, connector.Webhook(center))
	bare := newRace(b, client, connector.Webhook(channel.ReceiverFunc(func(context.Context, []channel.Update) error { return nil })))
	message := 0
	turns := func(order ...*race) {
		requests := make([]benchRequest, turnLength)
		for i := range requests {
			message++
			requests[i] = newBenchRequest(meta, message/each, message)
		}
		for _, r := range order {
			r.run(b, requests)
		}
		for _, in := range center.Interactions("") {
			_, err := center.Do(b.Context(), queue.End{Interaction: in.ID})
			require.NoError(b, err)
		}
	}
	for range 4 { // until both are warm
		turns(routed, bare)
	}
	routed.reset()
	bare.reset()
	for b.Loop() {
		turns(routed, bare)
		turns(bare, routed)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(routed.rate(), "routed/s")
	b.ReportMetric(bare.rate(), "bare/s")
	b.ReportMetric(routed.rate()/bare.rate(), "ratio")
	b.ReportMetric(routed.cost(), "routed-cpu-µs")
	b.ReportMetric(bare.cost(), "bare-cpu-µs")
}

func benchCenter(b *testing.B, connector channel.Connector) *usher.Center {
	center, err := usher.New(usher.Options{Connectors: []channel.Connector{connector}})
	require.NoError(b, err)
	cfg := usher.Config{Campaigns: []usher.Campaign{{
		ID: "sales", WhatsApp: &settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{number}, ServiceLevel: 20},
	}}}
	for i := range 100 {
		a := usher.Agent{ID: fmt.Sprintf("agent-%d", i), Limit: 20}
		cfg.Agents = append(cfg.Agents, a)
		cfg.Campaigns[0].Members = append(cfg.Campaigns[0].Members, usher.Member{Agent: a.ID})
	}
	require.NoError(b, center.Configure(b.Context(), cfg))
	for _, a := range cfg.Agents {
		_, err := center.Do(b.Context(), queue.AgentState{Agent: a.ID, State: queue.Available})
		require.NoError(b, err)
	}
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- center.Run(ctx) }()
	b.Cleanup(func() { stop(); require.NoError(b, <-done) })
	return center
}

// benchRequest is a signed message of a customer: as it is on the wire, and its parts.
type benchRequest struct {
	wire, body []byte
	signature  string
}

func newBenchRequest(meta *cloudapitest.Server, customer, message int) benchRequest {
	body := fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"419561257915477","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Sheena Nelson"},"wa_id":"1650%07d"}],"messages":[{"from":"1650%07d","id":"wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA%d","timestamp":"1749416383","type":"text","text":{"body":"Does it come in another color?"}}]},"field":"messages"}]}]}`, customer, customer, message)
	r := benchRequest{body: body, signature: meta.Sign(body)}
	r.wire = fmt.Appendf(nil, "POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Hub-Signature-256: %s\r\nContent-Length: %d\r\n\r\n%s", r.signature, len(body), body)
	return r
}

// race measures how many requests a second a handler answers to a few clients, each of
// which sends one after the other on a connection of its own.
type race struct {
	clients []func(benchRequest) error
	count   int
	took    time.Duration
	spent   time.Duration // of the processors
}

func newRace(b *testing.B, client string, h http.Handler) *race {
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	r := &race{}
	for range 4 * runtime.GOMAXPROCS(0) {
		if client == "http" {
			r.clients = append(r.clients, httpClient(b, server.URL))
		} else {
			r.clients = append(r.clients, bareClient(b, server.Listener.Addr().String()))
		}
	}
	return r
}

func (r *race) reset() { r.count, r.took, r.spent = 0, 0, 0 }

func (r *race) run(b *testing.B, requests []benchRequest) {
	began, before := time.Now(), processors(b)
	var all sync.WaitGroup
	for i, send := range r.clients {
		all.Go(func() {
			for n := i; n < len(requests); n += len(r.clients) {
				if err := send(requests[n]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	r.took += time.Since(began)
	r.spent += processors(b) - before
	r.count += len(requests)
}

func httpClient(b *testing.B, url string) func(benchRequest) error {
	transport := &http.Transport{}
	b.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	return func(r benchRequest) error {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url+"/webhook", bytes.NewReader(r.body))
		if err != nil {
			return err
		}
		req.Header.Set("X-Hub-Signature-256", r.signature)
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("the webhook answered %d", resp.StatusCode)
		}
		return nil
	}
}

func bareClient(b *testing.B, address string) func(benchRequest) error {
	conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close() })
	in := bufio.NewReader(conn)
	return func(r benchRequest) error {
		if _, err := conn.Write(r.wire); err != nil {
			return err
		}
		status, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if !bytes.Contains(status, []byte(" 200 ")) {
			return fmt.Errorf("the webhook answered %s", status)
		}
		for {
			line, err := in.ReadSlice('\n')
			if err != nil || len(line) <= 2 {
				return err
			}
		}
	}
}

// processors is how long the process has had a processor, which does not depend on what
// else the machine does.
func processors(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cost is what one request costs, client included.
func (r *race) cost() float64 { return float64(r.spent.Microseconds()) / float64(r.count) }

func (r *race) rate() float64 { return float64(r.count) / r.took.Seconds() }
