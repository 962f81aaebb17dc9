package usher_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
)

// slowJournal holds every append back until it is released.
type slowJournal struct {
	*store.Memory
	release chan struct{}
	held    atomic.Bool
}

func (j *slowJournal) Append(ctx context.Context, expect uint64, records []store.Record) error {
	if j.held.Load() {
		select {
		case <-j.release:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return j.Memory.Append(ctx, expect, records)
}

// TestReceiveIsBounded lets more calls of Receive come than may wait for a slow journal: those
// beyond the bound are refused at once, the others are taken, and commands are not bounded.
func TestReceiveIsBounded(t *testing.T) {
	for name, bound := range map[string]int{"bounded": 10, "not bounded": -1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				journal := &slowJournal{Memory: store.NewMemory(), release: make(chan struct{})}
				center := receiving(t, journal, bound)
				journal.held.Store(true)
				var taken, refused atomic.Int32
				for i := range 50 {
					go func() {
						err := center.Receive(t.Context(), []channel.Update{inboundUpdate(string(rune('A'+i)), channel.Phone("346001112"+string(rune('0'+i/10))+string(rune('0'+i%10))))})
						switch {
						case err == nil:
							taken.Add(1)
						case errors.Is(err, usher.ErrOverloaded):
							refused.Add(1)
						}
					}()
				}
				synctest.Wait()
				want := int32(40)
				if bound < 0 {
					want = 0
				}
				assert.Equal(t, want, refused.Load())
				assert.Zero(t, taken.Load())
				command := make(chan error, 1)
				go func() { command <- note(t.Context(), center, "a command") }()
				synctest.Wait()
				close(journal.release)
				require.NoError(t, <-command)
				synctest.Wait()
				assert.Equal(t, 50-want, taken.Load())
				require.NoError(t, center.Receive(t.Context(), []channel.Update{inboundUpdate("later", "phone:34600999999")}))
			})
		})
	}
}

func receiving(t *testing.T, journal store.Journal, bound int) *usher.Center {
	t.Helper()
	meta := cloudapitest.NewServer(cloudapitest.Config{Numbers: map[string]string{"1": number}})
	connector := connectorOf(t, meta)
	center, err := usher.New(usher.Options{Connectors: []channel.Connector{connector}, Journal: journal, MaxReceiving: bound})
	require.NoError(t, err)
	require.NoError(t, center.Configure(t.Context(), usher.Config{Campaigns: []usher.Campaign{{ID: "c", WhatsApp: &settings.Card{
		Enable: true, Connector: "main", PhoneNumbers: []string{number},
	}}}}))
	return center
}

// TestOverloadIsToldToTheProvider checks the answer of the webhook.
func TestOverloadIsToldToTheProvider(t *testing.T) {
	meta := cloudapitest.NewServer(cloudapitest.Config{Numbers: map[string]string{"1": number}})
	full := channel.ReceiverFunc(func(context.Context, []channel.Update) error { return &usher.OverloadedError{Receiving: 1000} })
	hook := httptest.NewServer(connectorOf(t, meta).Webhook(full))
	defer hook.Close()
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1"},
		"messages":[{"from":"34600111222","id":"w","timestamp":"1770000000","type":"text","text":{"body":"x"}}]}}]}]}`)
	resp := postTo(t, hook.URL, body, meta.Sign(body))
	assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	assert.Equal(t, "5", resp.Header.Get("Retry-After"))
}

func connectorOf(t *testing.T, meta *cloudapitest.Server) *cloudapi.Connector {
	t.Helper()
	c, err := cloudapi.New(meta.ConnectorConfig("main", "http://127.0.0.1:1"))
	require.NoError(t, err)
	return c
}

func postTo(t *testing.T, url string, body []byte, signature string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("X-Hub-Signature-256", signature)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp
}
