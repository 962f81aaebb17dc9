package console_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// The secrets of the configuration, each of which a provider quotes.
const (
	accessToken = "EAAG-very-SECRET-token"
	appSecret   = "app-SECRET-0123456789"
	verifyToken = "verify-SECRET-words"
	botSecret   = "whsec_U0VDUkVULVNFQ1JFVC1TRUNSRVQ="
	botHeader   = "Bearer bot-SECRET-credential"
)

// leaky is a transport to a provider that answers every request with an error that quotes
// the credentials it knows.
type leaky struct {
	mode    string
	secrets []string
}

var leaks = []string{"graph", "graph details", "html", "not json", "connection", "cut"}

func (l *leaky) RoundTrip(r *http.Request) (*http.Response, error) {
	quoted := r.Header.Get("Authorization") + " " + strings.Join(l.secrets, " ")
	answer := func(status int, kind, body string) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Request: r,
			Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
	switch l.mode {
	case "graph":
		return answer(401, "application/json", fmt.Sprintf(`{"error":{"message":%q,"code":190,"fbtrace_id":%q}}`, quoted, quoted))
	case "graph details":
		return answer(400, "application/json", fmt.Sprintf(`{"error":{"message":"no","code":100,"error_data":{"details":%q}}}`, quoted))
	case "html":
		return answer(403, "text/html", "<html>"+quoted)
	case "not json":
		return answer(200, "application/json", quoted)
	case "connection":
		return nil, errors.New("proxy refuses " + quoted)
	}
	resp, err := answer(200, "application/json", "")
	resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), failing{errors.New("cut: " + quoted)}))
	return resp, err
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// locked is a buffer that goroutines may write to.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// TestSecretsStayInside plays every failure of a provider that quotes the credentials it was
// called with, and looks for each of them in the log, the journal, the errors that methods
// return, and every answer of the console.
func TestSecretsStayInside(t *testing.T) {
	for _, mode := range leaks {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { secretsStayInside(t, mode) })
		})
	}
}

func secretsStayInside(t *testing.T, mode string) {
	var seen locked
	logger := slog.New(slog.NewTextHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug}))
	wa, err := cloudapi.New(cloudapi.Config{
		Name: "wa", AccessToken: accessToken, AppSecrets: []string{appSecret}, VerifyTokens: []string{verifyToken},
		Numbers: map[string]string{"99": "+15550001111"}, GraphURL: "http://graph.test",
		HTTPClient: &http.Client{Transport: &leaky{mode, []string{accessToken, appSecret, verifyToken}}}, Logger: logger,
	})
	require.NoError(t, err)
	service, err := bot.NewWebhook(bot.Webhook{
		URL: "https://bots.test/turn", Secrets: []string{botSecret}, Attempts: 1,
		Headers: map[string]string{"Authorization": botHeader}, Transport: &leaky{mode, []string{botSecret, strings.TrimPrefix(botSecret, "whsec_"), botHeader}},
	})
	require.NoError(t, err)
	journal := store.NewMemory()
	center, err := usher.New(usher.Options{
		Connectors: []channel.Connector{wa}, Bots: map[string]bot.Bot{"service": service}, Journal: journal, Logger: logger,
	})
	require.NoError(t, err)
	cfg, err := usher.ParseConfig([]byte(`{"agents":[{"id":"ana","limit":5}],"campaigns":[{"id":"c","members":[{"agent":"ana"}],
		"whatsapp":{"enable":true,"connector":"wa","phoneNumbers":["+15550001111"],"botOnStart":"service"}}]}`))
	require.NoError(t, err)
	require.NoError(t, center.Configure(t.Context(), cfg))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- center.Run(ctx) }()

	hook := wa.Webhook(center)
	post := func(value string) {
		body := []byte(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"99"},` + value + `}}]}]}`)
		mac := hmac.New(sha256.New, []byte(appSecret))
		mac.Write(body)
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		w := httptest.NewRecorder()
		hook.ServeHTTP(w, r)
		require.Equal(t, 200, w.Code)
	}
	now := fmt.Sprint(time.Now().Unix())
	_, err = center.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(t, err)
	post(`"messages":[{"from":"447700900123","id":"w1","timestamp":"` + now + `","type":"image","image":{"id":"m1","mime_type":"image/png"}}]`)
	synctest.Wait()
	id := center.Open(func(*usher.Summary) bool { return true })[0].Interaction
	if _, err := center.Do(t.Context(), queue.Accept{Agent: "ana", Interaction: id}); err != nil {
		t.Fatal(err)
	}
	say := func(err error) {
		if err != nil {
			fmt.Fprintf(&seen, "%v %+v %#v %s\n", err, err, err, err)
		}
	}
	hello := channel.TextMessage("hello")
	say(center.Send(t.Context(), usher.Reply{Interaction: id, Agent: "ana", Message: hello}))
	synctest.Wait()
	post(`"statuses":[{"id":"out-1","status":"failed","recipient_id":"447700900123","timestamp":"` + now + `","errors":[{"code":131026,"title":"` + accessToken + `","error_data":{"details":"` + appSecret + `"}}]}],"errors":[{"code":1,"title":"` + accessToken + `"}]`)
	_, err = wa.FetchMedia(t.Context(), "+15550001111", channel.MediaRef{ID: "m1"})
	say(err)
	_, err = wa.Upload(t.Context(), "+15550001111", cloudapi.File{MIME: "image/png", Body: strings.NewReader("x")})
	say(err)
	say(wa.MarkRead(t.Context(), "+15550001111", "w1"))
	_, err = service.Turn(t.Context(), bot.Session{Key: "k"})
	say(err)
	fmt.Fprintf(&seen, "%v %+v %#v %s %q %v %#v\n", wa, wa, wa, wa, wa, service, service)
	synctest.Wait()

	desk := console.New(center, console.Options{Authorize: console.AllowAll})
	for _, path := range []string{
		"session", "board", "agents", "campaigns", "interactions", "interactions/" + id, "interactions/" + id + "/conversation",
		"interactions/" + id + "/timeline", "interactions/" + id + "/media/0", "interactions/" + id + "/media/1", "campaigns/c/settings",
		"csv/interactions",
	} {
		w := httptest.NewRecorder()
		desk.ServeHTTP(w, httptest.NewRequest("GET", "/api/"+path, nil))
		fmt.Fprintf(&seen, "%s: %d %v %s\n", path, w.Code, w.Header(), w.Body)
	}
	cancel()
	require.NoError(t, <-done)
	for r, err := range journal.Load(t.Context(), 1) {
		require.NoError(t, err)
		fmt.Fprintf(&seen, "%s %s %s\n", r.Kind, r.Data, r.Body)
	}
	s, err := journal.LoadSnapshot(t.Context())
	if err == nil {
		_, _ = seen.Write(s.Data)
	}
	text := seen.b.String()
	require.Contains(t, text, "[redacted]", "the failures were seen")
	for _, secret := range []string{
		accessToken, appSecret, verifyToken, botSecret, strings.TrimPrefix(botSecret, "whsec_"), botHeader, strings.TrimPrefix(botHeader, "Bearer "), "SECRET",
	} {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%q is in: …%s…", secret, text[max(at-200, 0):min(at+200, len(text))])
		}
	}
}
