package cloudapitest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

const (
	number   = "+15550783881"
	messages = "/v26.0/106540352242922/messages"
)

// call makes a request as any client might, and returns status and body.
func call(t *testing.T, s http.Handler, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer test-token")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func send(content string) string {
	return `{"messaging_product":"whatsapp","to":"+16505551234",` + content + `}`
}

func TestRefusals(t *testing.T) {
	s := cloudapitest.NewServer(cloudapitest.Config{})
	ok := send(`"type":"text","text":{"body":"x"}`)
	tests := map[string]struct {
		method, path, body, header string
		status, code               int
	}{
		"no token":           {"POST", messages, ok, "Authorization: ", 401, 190},
		"wrong token":        {"POST", messages, ok, "Authorization: Bearer x", 401, 190},
		"old version":        {"POST", "/v20.0/106540352242922/messages", ok, "", 400, 2635},
		"unknown number":     {"POST", "/v26.0/1/messages", ok, "", 400, 100},
		"unknown edge":       {"POST", "/v26.0/106540352242922/calls", ok, "", 400, 100},
		"not JSON":           {"POST", messages, "{", "", 400, 100},
		"wrong types":        {"POST", messages, `{"to":5}`, "", 400, 100},
		"no product":         {"POST", messages, `{"to":"+1","type":"text","text":{"body":"x"}}`, "", 400, 100},
		"group":              {"POST", messages, send(`"recipient_type":"group","type":"text","text":{"body":"x"}`), "", 400, 131009},
		"nobody":             {"POST", messages, `{"messaging_product":"whatsapp","type":"text","text":{"body":"x"}}`, "", 400, 131008},
		"no +":               {"POST", messages, strings.Replace(ok, "+", "", 1), "", 400, 131009},
		"no type":            {"POST", messages, send(`"text":{"body":"x"}`), "", 400, 131051},
		"no text":            {"POST", messages, send(`"type":"text"`), "", 400, 131008},
		"empty text":         {"POST", messages, send(`"type":"text","text":{"body":""}`), "", 400, 131008},
		"long text":          {"POST", messages, send(`"type":"text","text":{"body":"` + strings.Repeat("x", 4097) + `"}`), "", 400, 131009},
		"image of nothing":   {"POST", messages, send(`"type":"image","image":{}`), "", 400, 131009},
		"no image":           {"POST", messages, send(`"type":"image"`), "", 400, 131008},
		"id and link":        {"POST", messages, send(`"type":"image","image":{"id":"1","link":"https://x"}`), "", 400, 131009},
		"audio with caption": {"POST", messages, send(`"type":"audio","audio":{"id":"1","caption":"x"}`), "", 400, 131009},
		"four buttons":       {"POST", messages, send(`"type":"interactive","interactive":{"type":"button","body":{"text":"x"},"action":{"buttons":[` + buttons(4) + `]}}`), "", 400, 131009},
		"no such menu":       {"POST", messages, send(`"type":"interactive","interactive":{"type":"wheel"}`), "", 400, 131009},
		"no menu":            {"POST", messages, send(`"type":"interactive"`), "", 400, 131008},
		"list, no sections":  {"POST", messages, send(`"type":"interactive","interactive":{"type":"list","body":{"text":"x"},"action":{"button":"b"}}`), "", 400, 131009},
		"no template":        {"POST", messages, send(`"type":"template"`), "", 400, 131008},
		"reaction, no emoji": {"POST", messages, send(`"type":"reaction","reaction":{"message_id":"w"}`), "", 400, 131008},
		"no place":           {"POST", messages, send(`"type":"location","location":{"latitude":1}`), "", 400, 131008},
		"no contacts":        {"POST", messages, send(`"type":"contacts","contacts":[]`), "", 400, 131008},
		"nameless contact":   {"POST", messages, send(`"type":"contacts","contacts":[{}]`), "", 400, 131008},
		"read what":          {"POST", messages, `{"messaging_product":"whatsapp","status":"read"}`, "", 400, 131009},
		"odd typing":         {"POST", messages, `{"messaging_product":"whatsapp","status":"read","message_id":"w","typing_indicator":{"type":"x"}}`, "", 400, 131009},
		"no such media":      {"GET", "/v26.0/5", "", "", 400, 100},
		"upload of text":     {"POST", "/v26.0/106540352242922/media", "x", "", 400, 100},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if tt.header != "" {
				headers = append(headers, tt.header)
			}
			status, body := call(t, s, tt.method, tt.path, tt.body, headers...)
			assert.Equal(t, tt.status, status)
			assert.Contains(t, body, fmt.Sprintf(`"code":%d,`, tt.code))
		})
	}
	assert.Empty(t, s.Sent())
	assert.Empty(t, s.Marks())

	status, body := call(t, s, "POST", messages, ok)
	assert.Equal(t, 200, status)
	assert.JSONEq(t, `{"messaging_product":"whatsapp","contacts":[{"input":"+16505551234","wa_id":"16505551234"}],"messages":[{"id":"wamid.OUT00000001"}]}`, body)
}

func buttons(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"type":"reply","reply":{"id":"%d","title":"t%d"}}`, i, i))
	}
	return strings.Join(list, ",")
}

func TestUploadNeedsAType(t *testing.T) {
	s := cloudapitest.NewServer(cloudapitest.Config{})
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	require.NoError(t, form.WriteField("messaging_product", "whatsapp"))
	_, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="x"`}})
	require.NoError(t, err)
	require.NoError(t, form.Close())
	status, _ := call(t, s, "POST", "/v26.0/106540352242922/media", body.String(), "Content-Type: "+form.FormDataContentType())
	assert.Equal(t, 400, status)
}

func TestDownloadNeedsTheToken(t *testing.T) {
	s := cloudapitest.NewServer(cloudapitest.Config{})
	id := s.AddMedia("image/png", []byte("picture"))
	_, body := call(t, s, "GET", "/v26.0/"+id, "")
	_, path, ok := strings.Cut(body, "http://example.com")
	require.True(t, ok, body)
	path, _, _ = strings.Cut(path, `"`)
	status, _ := call(t, s, "GET", path, "", "Authorization: ")
	assert.Equal(t, 401, status)
	status, body = call(t, s, "GET", path, "")
	assert.Equal(t, 200, status)
	assert.Equal(t, "picture", body)
	status, _ = call(t, s, "GET", path+"x", "")
	assert.Equal(t, 404, status)
}

// desk is a connector behind the server, and what reached it.
type desk struct {
	*cloudapitest.Server
	connector *cloudapi.Connector

	mu      sync.Mutex
	updates []channel.Update
	err     error
}

func newDesk(t *testing.T, cfg cloudapitest.Config) *desk {
	d := &desk{Server: cloudapitest.NewServer(cfg)}
	graph := httptest.NewServer(d)
	t.Cleanup(graph.Close)
	var err error
	d.connector, err = cloudapi.New(d.ConnectorConfig("main", graph.URL))
	require.NoError(t, err)
	hook := httptest.NewServer(d.connector.Webhook(d))
	t.Cleanup(hook.Close)
	d.SetWebhook(hook.URL)
	return d
}

func (d *desk) Receive(_ context.Context, updates []channel.Update) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.updates = append(d.updates, updates...)
	}
	return d.err
}

func (d *desk) refuse(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// arrived returns what came since the last call, one line each.
func (d *desk) arrived() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, u := range d.updates {
		switch {
		case u.Message != nil:
			out = append(out, fmt.Sprintf("%s %s %q", u.Message.From.Aliases[0], u.Message.Kind, u.Message.Text))
		case u.Status != nil:
			out = append(out, fmt.Sprintf("%s %s %d", u.Status.MessageID, u.Status.State, u.Status.Code))
		default:
			out = append(out, fmt.Sprintf("%+v %+v", u.Identity, u.Other))
		}
	}
	d.updates = nil
	return out
}

func (d *desk) send(t *testing.T, to channel.Alias, m channel.Message) error {
	_, err := d.connector.Send(t.Context(), channel.Outbound{Key: "k", From: number, To: to, Message: m})
	return err
}

func TestHandshakeWithAConnector(t *testing.T) {
	d := newDesk(t, cloudapitest.Config{})
	require.NoError(t, d.Verify(t.Context()))
	d.SetWebhook("http://127.0.0.1:1")
	assert.Error(t, d.Verify(t.Context()))
}

func TestStatuses(t *testing.T) {
	all := []channel.State{channel.Sent, channel.Delivered, channel.Read}
	phone := channel.Phone("16505551234")

	t.Run("at once", func(t *testing.T) {
		d := newDesk(t, cloudapitest.Config{Statuses: all})
		require.NoError(t, d.send(t, phone, channel.TextMessage("x")))
		require.NoError(t, d.Settle(t.Context()))
		assert.Equal(t, []string{"wamid.OUT00000001 sent 0", "wamid.OUT00000001 delivered 0", "wamid.OUT00000001 read 0"}, d.arrived())
	})
	t.Run("held", func(t *testing.T) {
		d := newDesk(t, cloudapitest.Config{Statuses: all, Hold: true})
		require.NoError(t, d.send(t, phone, channel.TextMessage("x")))
		require.NoError(t, d.Settle(t.Context()))
		assert.Empty(t, d.arrived())
		d.refuse(fmt.Errorf("not now"))
		assert.Error(t, d.Report(t.Context()))
		d.refuse(nil)
		require.NoError(t, d.Redeliver(t.Context()))
		require.NoError(t, d.Report(t.Context()))
		assert.Len(t, d.arrived(), 3)
		require.NoError(t, d.Report(t.Context()))
		assert.Empty(t, d.arrived(), "each once")
	})
	t.Run("of a user id", func(t *testing.T) {
		d := newDesk(t, cloudapitest.Config{Statuses: all[:1]})
		require.NoError(t, d.send(t, channel.User("US.1"), channel.TextMessage("x")))
		require.NoError(t, d.send(t, channel.Parent("US.ENT.1"), channel.TextMessage("x")))
		require.NoError(t, d.Settle(t.Context()))
		assert.Equal(t, []channel.Alias{"user:US.1"}, d.updates[0].Status.Aliases)
		assert.Equal(t, []channel.Alias{"parent:US.ENT.1"}, d.updates[1].Status.Aliases)
	})
	t.Run("bounce", func(t *testing.T) {
		d := newDesk(t, cloudapitest.Config{Statuses: all})
		d.FailNext(cloudapitest.Bounce(131047))
		require.NoError(t, d.send(t, phone, channel.TextMessage("x")))
		require.NoError(t, d.Settle(t.Context()))
		assert.Equal(t, []string{"wamid.OUT00000001 failed 131047"}, d.arrived())
	})
	t.Run("settle gives up with its context", func(t *testing.T) {
		d := newDesk(t, cloudapitest.Config{})
		d.FailNext(cloudapitest.Silence(true))
		p := d.Phone(cloudapitest.Person{Number: "16505551234"})
		sending, stop := context.WithCancel(t.Context())
		defer stop()
		go func() {
			out := channel.Outbound{From: number, To: phone, Message: channel.TextMessage("x")}
			_, _ = d.connector.Send(sending, out)
		}()
		_, err := p.Await(t.Context(), 1)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, d.Settle(ctx), context.Canceled)
		stop()
		assert.NoError(t, d.Settle(t.Context()))
	})
}

// Every failure, as a client that knows nothing sees it.
func TestFailures(t *testing.T) {
	tests := map[string]struct {
		failure cloudapitest.Failure
		taken   int
		answer  string
	}{
		"graph":           {cloudapitest.Graph(131016), 0, "500"},
		"bare status":     {cloudapitest.HTTP(503), 0, "503"},
		"gateway":         {cloudapitest.Gateway(), 1, "502"},
		"garble":          {cloudapitest.Garble(), 1, "200 <html>"},
		"cut":             {cloudapitest.Cut(false), 0, "no answer"},
		"cut, taken":      {cloudapitest.Cut(true), 1, "no answer"},
		"silence":         {cloudapitest.Silence(false), 0, "no answer"},
		"silence, taken":  {cloudapitest.Silence(true), 1, "no answer"},
		"bounce":          {cloudapitest.Bounce(131026), 1, "200"},
		"none, then next": {cloudapitest.Failure{}, 1, "200"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := cloudapitest.NewServer(cloudapitest.Config{})
			graph := httptest.NewServer(s)
			defer graph.Close()
			s.FailNext(tt.failure)
			client := &http.Client{Timeout: 100 * time.Millisecond}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, graph.URL+messages,
				strings.NewReader(send(`"type":"text","text":{"body":"x"}`)))
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer test-token")
			answer := "no answer"
			if resp, err := client.Do(req); err == nil {
				body, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				answer = fmt.Sprint(resp.StatusCode, " ", string(body))
			}
			assert.True(t, strings.HasPrefix(answer, tt.answer), answer)
			assert.Len(t, s.Sent(), tt.taken)
		})
	}
}

func TestLimits(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	s := cloudapitest.NewServer(cloudapitest.Config{Limits: true, Now: func() time.Time { return now }})
	post := func(to string) string {
		_, body := call(t, s, "POST", messages, strings.Replace(send(`"type":"text","text":{"body":"x"}`), "16505551234", to, 1))
		return body
	}
	for range 45 {
		assert.NotContains(t, post("1"), "error")
	}
	assert.Contains(t, post("1"), `"code":131056,`)
	for range 34 { // one went to the refusal
		assert.NotContains(t, post("2"), "error")
	}
	assert.Contains(t, post("2"), `"code":130429,`)
	now = now.Add(6 * time.Second)
	assert.NotContains(t, post("1"), "error")
	assert.Contains(t, post("1"), `"code":131056,`)
}

func TestWindow(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	d := newDesk(t, cloudapitest.Config{Window: true, Now: func() time.Time { return now }})
	maria := d.Phone(cloudapitest.Person{Number: "16505551234", UserID: "US.1", HideNumber: true})
	code := func(to channel.Alias, m channel.Message) int {
		if se, ok := errors.AsType[*channel.SendError](d.send(t, to, m)); ok {
			return se.Code
		}
		return 0
	}
	text := channel.TextMessage("x")
	template := channel.Message{Kind: channel.Template, Template: &channel.TemplateRef{Name: "n", Language: "en"}}

	assert.Equal(t, 131047, code(channel.User("US.1"), text), "she never wrote")
	require.NoError(t, maria.Say(t.Context(), number, "hi"))
	assert.Equal(t, 0, code(channel.User("US.1"), text))
	assert.Equal(t, 0, code(channel.Phone("16505551234"), text), "under either name")
	assert.Equal(t, 131047, code(channel.Phone("1"), text), "others did not")
	now = now.Add(24 * time.Hour)
	assert.Equal(t, 0, code(channel.User("US.1"), text))
	now = now.Add(time.Second)
	assert.Equal(t, 131047, code(channel.User("US.1"), text))
	assert.Equal(t, 0, code(channel.User("US.1"), template))
}
