package cloudapi_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

const (
	number   = "+15550783881"
	numberID = "106540352242922"
	secret   = "test_app_secret"
)

func config() cloudapi.Config {
	return cloudapi.Config{
		Name: "main", AccessToken: "token", AppSecrets: []string{secret}, VerifyTokens: []string{"verify", "second"},
		Numbers: map[string]string{numberID: number},
	}
}

func newConnector(t testing.TB, cfg cloudapi.Config) *cloudapi.Connector {
	t.Helper()
	c, err := cloudapi.New(cfg)
	require.NoError(t, err)
	return c
}

// inbox is a receiver that keeps everything, or refuses with err.
type inbox struct {
	mu      sync.Mutex
	updates []channel.Update
	calls   int
	err     error
}

func (i *inbox) Receive(_ context.Context, updates []channel.Update) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.calls++
	if i.err == nil {
		i.updates = append(i.updates, updates...)
	}
	return i.err
}

// all returns what has arrived since the last call.
func (i *inbox) all() []channel.Update {
	i.mu.Lock()
	defer i.mu.Unlock()
	out := i.updates
	i.updates = nil
	return out
}

// sign makes the header Meta would send.
func sign(body []byte) string {
	return cloudapitest.NewServer(cloudapitest.Config{AppSecret: secret}).Sign(body)
}

// post hands a signed body to a handler and returns the status.
func post(h http.Handler, body []byte) int {
	return postSigned(h, body, sign(body))
}

func postSigned(h http.Handler, body []byte, signature string) int {
	r := httptest.NewRequest(http.MethodPost, "/webhook", bytes.NewReader(body))
	if signature != "" {
		r.Header.Set("X-Hub-Signature-256", signature)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// decode runs a body through the handler of a fresh connector.
func decode(t testing.TB, body string) []channel.Update {
	t.Helper()
	in := &inbox{}
	h := newConnector(t, config()).Webhook(in)
	require.Equal(t, http.StatusOK, post(h, []byte(body)))
	return in.all()
}

// change wraps the value of a change into an envelope; the metadata is put in.
func change(field, value string) string {
	value = strings.TrimSpace(value)
	meta := `{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"` + numberID + `"}`
	if value != "{}" {
		meta += ","
	}
	return `{"object":"whatsapp_business_account","entry":[{"id":"WABA","changes":[{"value":` + meta + value[1:] + `,"field":"` + field + `"}]}]}`
}

// message wraps one message and its contact.
func message(item string) string {
	return change("messages", `{"contacts":[{"profile":{"name":"Sheena Nelson"},"wa_id":"16505551234"}],"messages":[`+item+`]}`)
}

// one returns the only update.
func one(t testing.TB, updates []channel.Update) channel.Update {
	t.Helper()
	require.Len(t, updates, 1)
	return updates[0]
}

// world is a connector with a stand-in Graph server behind it, all over real HTTP.
type world struct {
	graph     *cloudapitest.Server
	connector *cloudapi.Connector
	inbox     *inbox
	url       string // of the Graph server
}

func newWorld(t testing.TB, cfg cloudapitest.Config, change func(*cloudapi.Config)) *world {
	t.Helper()
	w := &world{graph: cloudapitest.NewServer(cfg), inbox: &inbox{}}
	graph := httptest.NewServer(w.graph)
	t.Cleanup(graph.Close)
	w.url = graph.URL
	settings := w.graph.ConnectorConfig("main", graph.URL)
	if change != nil {
		change(&settings)
	}
	w.connector = newConnector(t, settings)
	w.serve(t, w.inbox)
	return w
}

// serve gives the connector's webhook an address, and tells Meta.
func (w *world) serve(t testing.TB, r channel.Receiver) {
	t.Helper()
	hook := httptest.NewServer(w.connector.Webhook(r))
	t.Cleanup(hook.Close)
	w.graph.SetWebhook(hook.URL)
}

func outbound(m channel.Message) channel.Outbound {
	return channel.Outbound{Key: "i1:7", From: number, To: channel.Phone("16505551234"), Message: m}
}

// sendError unpacks the error of a send.
func sendError(t testing.TB, err error) *channel.SendError {
	t.Helper()
	se, ok := errors.AsType[*channel.SendError](err)
	require.True(t, ok, "want a *channel.SendError, got %T: %v", err, err)
	return se
}
