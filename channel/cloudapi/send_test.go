package cloudapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

func TestSendBodies(t *testing.T) {
	w := newWorld(t, cloudapitest.Config{}, nil)
	tests := map[string]struct {
		message channel.Message
		want    string // beside the fields that all have
	}{
		"text":          {channel.TextMessage("h<i> & ä"), `"type":"text","text":{"body":"h<i> & ä"}`},
		"quoting":       {channel.Message{Kind: channel.Text, Text: "x", ReplyTo: "w0"}, `"type":"text","text":{"body":"x"},"context":{"message_id":"w0"}`},
		"image by id":   {channel.Message{Kind: channel.Image, Text: "look", Media: &channel.MediaRef{ID: "7", URL: "https://x/y"}}, `"type":"image","image":{"id":"7","caption":"look"}`},
		"video by link": {channel.Message{Kind: channel.Video, Media: &channel.MediaRef{URL: "https://x/y.mp4"}}, `"type":"video","video":{"link":"https://x/y.mp4"}`},
		"voice note":    {channel.Message{Kind: channel.Audio, Media: &channel.MediaRef{ID: "7", Voice: true}}, `"type":"audio","audio":{"id":"7","voice":true}`},
		"document":      {channel.Message{Kind: channel.Document, Text: "bill", Media: &channel.MediaRef{ID: "7", Filename: "a.pdf"}}, `"type":"document","document":{"id":"7","caption":"bill","filename":"a.pdf"}`},
		"sticker":       {channel.Message{Kind: channel.Sticker, Media: &channel.MediaRef{ID: "7"}}, `"type":"sticker","sticker":{"id":"7"}`},
		"location":      {channel.Message{Kind: channel.Location, Location: &channel.Place{Latitude: 0, Longitude: -73.5, Name: "N"}}, `"type":"location","location":{"latitude":0,"longitude":-73.5,"name":"N"}`},
		"contacts":      {channel.Message{Kind: channel.Contacts, Contacts: json.RawMessage(`[{"name":{"formatted_name":"L","first_name":"L"}}]`)}, `"type":"contacts","contacts":[{"name":{"formatted_name":"L","first_name":"L"}}]`},
		"buttons": {channel.Message{Kind: channel.Interactive, Text: "Sure?", Menu: &channel.Menu{Header: "H", Footer: "F", Options: []channel.Option{{ID: "y", Title: "Yes"}, {ID: "n", Title: "No"}}}},
			`"type":"interactive","interactive":{"type":"button","header":{"type":"text","text":"H"},"body":{"text":"Sure?"},"footer":{"text":"F"},"action":{"buttons":[{"type":"reply","reply":{"id":"y","title":"Yes"}},{"type":"reply","reply":{"id":"n","title":"No"}}]}}`},
		"list": {channel.Message{Kind: channel.Interactive, Text: "Which?", Menu: &channel.Menu{Button: "Open", Options: []channel.Option{{ID: "1", Title: "A", Section: "S"}, {ID: "2", Title: "B", Section: "T", Description: "d"}, {ID: "3", Title: "C", Section: "S"}}}},
			`"type":"interactive","interactive":{"type":"list","body":{"text":"Which?"},"action":{"button":"Open","sections":[{"title":"S","rows":[{"id":"1","title":"A"},{"id":"3","title":"C"}]},{"title":"T","rows":[{"id":"2","title":"B","description":"d"}]}]}}`},
		"template": {channel.Message{Kind: channel.Template, Template: &channel.TemplateRef{Name: "hello", Language: "en_US", Components: json.RawMessage(`[{"type":"body"}]`)}},
			`"type":"template","template":{"name":"hello","language":{"code":"en_US"},"components":[{"type":"body"}]}`},
		"reaction":         {channel.Message{Kind: channel.Reaction, Reaction: &channel.ReactionRef{MessageID: "w0", Emoji: "👍"}}, `"type":"reaction","reaction":{"message_id":"w0","emoji":"👍"}`},
		"reaction removed": {channel.Message{Kind: channel.Reaction, Reaction: &channel.ReactionRef{MessageID: "w0"}}, `"type":"reaction","reaction":{"message_id":"w0","emoji":""}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			receipt, err := w.connector.Send(t.Context(), outbound(tt.message))
			require.NoError(t, err)
			sent := w.graph.Sent()
			last := sent[len(sent)-1]
			assert.Equal(t, last.ID, receipt.MessageID)
			assert.Equal(t, []channel.Alias{"phone:16505551234"}, receipt.Aliases)
			assert.Equal(t, "i1:7", last.Key)
			assert.JSONEq(t, `{"messaging_product":"whatsapp","recipient_type":"individual","to":"+16505551234",`+
				`"biz_opaque_callback_data":"i1:7",`+tt.want+`}`, string(last.Body))
		})
	}
}

func TestSendRecipients(t *testing.T) {
	w := newWorld(t, cloudapitest.Config{}, nil)
	tests := map[channel.Alias]string{
		channel.Phone("5511912345678"): `"to":"+5511912345678"`,
		channel.User(bsuid):            `"recipient":"` + bsuid + `"`,
		channel.Parent(parent):         `"recipient":"` + parent + `"`,
	}
	for to, want := range tests {
		out := outbound(channel.TextMessage("x"))
		out.To = to
		receipt, err := w.connector.Send(t.Context(), out)
		require.NoError(t, err)
		sent := w.graph.Sent()
		last := sent[len(sent)-1]
		assert.Equal(t, to, last.To)
		assert.Contains(t, string(last.Body), want)
		assert.NotEmpty(t, receipt.Aliases)
	}
}

// Scenario 38: the reply goes to exactly the form that wrote, and the receipt may name
// another.
func TestReceiptNamesTheResolvedRecipient(t *testing.T) {
	graph := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"contacts":[{"input":"+551112345678","wa_id":"5511912345678","user_id":"BR.1"}],"messages":[{"id":"w"}]}`))
	}))
	defer graph.Close()
	cfg := config()
	cfg.GraphURL = graph.URL + "/"
	receipt, err := newConnector(t, cfg).Send(t.Context(), outbound(channel.TextMessage("x")))
	require.NoError(t, err)
	assert.Equal(t, channel.Receipt{MessageID: "w", Aliases: []channel.Alias{"phone:5511912345678", "user:BR.1"}}, receipt)
}

func TestSendRequest(t *testing.T) {
	var got *http.Request
	var body string
	graph := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(data)
		got, body = r, string(data)
		_, _ = w.Write([]byte(`{"messages":[{"id":"w"}]}`))
	}))
	defer graph.Close()
	cfg := config()
	cfg.GraphURL, cfg.GraphVersion = graph.URL, "v25.0"
	cfg.SendFields = map[string]json.RawMessage{"messaging_account_id": json.RawMessage(`"77"`), "a": json.RawMessage(`{"b":1}`)}
	_, err := newConnector(t, cfg).Send(t.Context(), outbound(channel.TextMessage("x")))
	require.NoError(t, err)
	assert.Equal(t, "/v25.0/"+numberID+"/messages", got.URL.Path)
	assert.Equal(t, "Bearer token", got.Header.Get("Authorization"))
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.True(t, json.Valid([]byte(body)), body)
	assert.Contains(t, body, `"messaging_account_id":"77"`)
	assert.Contains(t, body, `"a":{"b":1}`)
}

func TestSendResponses(t *testing.T) {
	data, err := os.ReadFile(shared(t, "send-responses.json"))
	require.NoError(t, err)
	var responses map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &responses))
	tests := map[string]struct {
		alias channel.Alias
		class channel.Class // "" for a success
		code  int
	}{
		"send_ok_phone":           {alias: "phone:16505551234"},
		"send_ok_bsuid":           {alias: channel.User(bsuid)},
		"send_ok_template_paced":  {alias: "phone:16315552222"},
		"error_130429":            {class: channel.Retry, code: 130429},
		"error_131030":            {class: channel.Permanent, code: 131030},
		"error_131062":            {class: channel.Permanent, code: 131062},
		"block_users_partial_400": {class: channel.Permanent, code: 139100},
		"media_get":               {class: channel.Ambiguous}, // 200, but no message
		"mark_read_ok":            {class: channel.Ambiguous},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			require.NotEmpty(t, responses[name])
			graph := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tt.code != 0 {
					w.WriteHeader(http.StatusBadRequest)
				}
				_, _ = w.Write(responses[name])
			}))
			defer graph.Close()
			cfg := config()
			cfg.GraphURL = graph.URL
			receipt, err := newConnector(t, cfg).Send(t.Context(), outbound(channel.TextMessage("x")))
			if tt.class == "" {
				require.NoError(t, err)
				assert.Equal(t, []channel.Alias{tt.alias}, receipt.Aliases)
				assert.True(t, strings.HasPrefix(receipt.MessageID, "wamid."))
				return
			}
			se := sendError(t, err)
			assert.Equal(t, tt.class, se.Class)
			assert.Equal(t, tt.code, se.Code)
		})
	}
}

func TestMarkReadAndTyping(t *testing.T) {
	w := newWorld(t, cloudapitest.Config{}, nil)
	require.NoError(t, w.connector.MarkRead(t.Context(), number, "wamid.1"))
	require.NoError(t, w.connector.Typing(t.Context(), number, "wamid.2"))
	assert.Equal(t, []cloudapitest.Mark{
		{From: number, MessageID: "wamid.1"}, {From: number, MessageID: "wamid.2", Typing: true},
	}, w.graph.Marks())
	assert.Empty(t, w.graph.Sent())

	for _, err := range []error{
		w.connector.MarkRead(t.Context(), "+19995550199", "wamid.1"),
		w.connector.Typing(t.Context(), number, ""),
	} {
		assert.Equal(t, channel.Permanent, sendError(t, err).Class)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, channel.Retry, sendError(t, w.connector.MarkRead(ctx, number, "wamid.1")).Class)
}

// Scenario 40: an ambiguous send is settled by the status that carries its key.
func TestAmbiguousSendIsSettledByAStatus(t *testing.T) {
	w := newWorld(t, cloudapitest.Config{Statuses: []channel.State{channel.Sent}}, nil)
	w.graph.FailNext(cloudapitest.Cut(true))
	_, err := w.connector.Send(t.Context(), outbound(channel.TextMessage("x")))
	require.Equal(t, channel.Ambiguous, sendError(t, err).Class)
	require.NoError(t, w.graph.Settle(t.Context()))
	require.Empty(t, w.inbox.all(), "nobody knows yet")

	require.NoError(t, w.graph.Report(t.Context()))
	u := one(t, w.inbox.all())
	require.NotNil(t, u.Status)
	assert.Equal(t, "i1:7", u.Status.Key)
	assert.Equal(t, w.graph.Sent()[0].ID, u.Status.MessageID)
	assert.Len(t, w.graph.Sent(), 1, "and nothing was sent twice")
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	reached := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer elsewhere.Close()
	graph := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer graph.Close()
	cfg := config()
	cfg.GraphURL = graph.URL
	cfg.HTTPClient = &http.Client{} // whose default is to follow
	_, err := newConnector(t, cfg).Send(t.Context(), outbound(channel.TextMessage("x")))
	assert.Equal(t, channel.Stopped, sendError(t, err).Class, "the address is wrong")
	assert.False(t, reached)
	assert.Nil(t, cfg.HTTPClient.CheckRedirect, "the caller's client is left alone")
}

func TestConfigIsCopied(t *testing.T) {
	cfg := config()
	c := newConnector(t, cfg)
	clear(cfg.Numbers)
	cfg.AppSecrets[0] = "changed"
	assert.Equal(t, []string{number}, c.Numbers())
	assert.Equal(t, http.StatusOK, post(c.Webhook(&inbox{}), []byte(`{}`)))
}

func TestConnectorSays(t *testing.T) {
	cfg := config()
	cfg.Numbers["2"] = "+12025550100"
	c := newConnector(t, cfg)
	assert.Equal(t, "main", c.Name())
	assert.Equal(t, "whatsapp", c.Channel())
	assert.Equal(t, []string{"+12025550100", number}, c.Numbers(), "sorted")
	assert.Equal(t, "cloudapi:main", c.String())
	var _ channel.MediaFetcher = c
	var _ channel.Reader = c
	var _ channel.Typer = c
	_, err := cloudapi.New(cfg)
	assert.NoError(t, err, "a configuration may be used again")
}
