package cloudapi_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
)

const benchBody = `{"object":"whatsapp_business_account","entry":[{"id":"419561257915477","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Sheena Nelson"},"wa_id":"16505551234","user_id":"US.13491208655302741918"}],"messages":[{"from":"16505551234","from_user_id":"US.13491208655302741918","id":"wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=","timestamp":"1749416383","type":"text","text":{"body":"Does it come in another color?"}}]},"field":"messages"}]}]}`

// The least that any webhook must do: read, verify, parse.
func bareHandler(secret string) http.Handler {
	type payload struct {
		Object string `json:"object"`
		Entry  []struct {
			ID      string `json:"id"`
			Changes []struct {
				Field string `json:"field"`
				Value struct {
					Metadata struct {
						ID string `json:"phone_number_id"`
					} `json:"metadata"`
					Contacts []struct {
						Profile struct {
							Name string `json:"name"`
						} `json:"profile"`
						WaID   string `json:"wa_id"`
						UserID string `json:"user_id"`
					} `json:"contacts"`
					Messages []struct {
						From      string `json:"from"`
						ID        string `json:"id"`
						Timestamp string `json:"timestamp"`
						Type      string `json:"type"`
						Text      struct {
							Body string `json:"body"`
						} `json:"text"`
					} `json:"messages"`
				} `json:"value"`
			} `json:"changes"`
		} `json:"entry"`
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
		if !hmac.Equal([]byte(want), []byte(r.Header.Get("X-Hub-Signature-256"))) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var p payload
		if json.Unmarshal(body, &p) != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
}

// The handler, compared with one that only verifies and parses.
func BenchmarkWebhook(b *testing.B) {
	c, err := cloudapi.New(cloudapi.Config{
		Name: "main", AccessToken: "t", AppSecrets: []string{"secret"}, VerifyTokens: []string{"v"},
		Numbers: map[string]string{"106540352242922": "+15550783881"},
	})
	if err != nil {
		b.Fatal(err)
	}
	count := 0
	full := c.Webhook(channel.ReceiverFunc(func(_ context.Context, u []channel.Update) error {
		count += len(u)
		return nil
	}))
	for name, h := range map[string]http.Handler{"full": full, "bare": bareHandler("secret")} {
		b.Run(name, func(b *testing.B) {
			mac := hmac.New(sha256.New, []byte("secret"))
			mac.Write([]byte(benchBody))
			signature := "sha256=" + hex.EncodeToString(mac.Sum(nil))
			b.ReportAllocs()
			b.SetBytes(int64(len(benchBody)))
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/webhook", bytes.NewReader([]byte(benchBody)))
				r.Header.Set("X-Hub-Signature-256", signature)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
	if count == 0 {
		b.Fatal("nothing decoded")
	}
}
