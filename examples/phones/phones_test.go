package phones_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/examples/phones"
)

// inbox is a center that only remembers what came.
type inbox struct {
	mu  sync.Mutex
	got []channel.Update
}

func (b *inbox) Receive(_ context.Context, list []channel.Update) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, list...)
	return nil
}

func (b *inbox) last() channel.Update {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.got[len(b.got)-1]
}

const number = "+15550783881"

func serve(t *testing.T) (*phones.Line, *inbox, *httptest.Server) {
	line, box := phones.New("whatsapp", number), &inbox{}
	srv := httptest.NewServer(line.Handler(box))
	t.Cleanup(srv.Close)
	return line, box, srv
}

func post(t *testing.T, url string, body any) (int, map[string]any) {
	data, err := json.Marshal(body)
	require.NoError(t, err)
	res, err := http.Post(url, "application/json", bytes.NewReader(data))
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	out := map[string]any{}
	_ = json.NewDecoder(res.Body).Decode(&out)
	return res.StatusCode, out
}

func TestACustomerWritesAsAProviderWouldBringIt(t *testing.T) {
	_, box, srv := serve(t)
	status, m := post(t, srv.URL+"/api/say", map[string]any{"from": "+55 11 98765-1234", "name": "Ana", "number": number, "text": "hello"})
	require.Equal(t, http.StatusOK, status)
	assert.Equal(t, true, m["mine"])
	u := box.last()
	assert.Equal(t, number, u.Number)
	assert.Equal(t, channel.Phone("5511987651234"), u.Message.From.Aliases[0])
	assert.Equal(t, "hello", u.Message.Text)
	assert.NotEmpty(t, u.Message.ID)
	status, m = post(t, srv.URL+"/api/say", map[string]any{"from": "5511", "number": "+1", "text": "x"})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, m["error"], number, "it says which numbers there are")
}

func TestTheDesksMessagesComeToThePhoneOnceAndAreReadWhenTheyAreSeen(t *testing.T) {
	line, box, srv := serve(t)
	out := channel.Outbound{Key: "k1", From: number, To: channel.Phone("16505551234"), Message: channel.TextMessage("good day")}
	first, err := line.Send(t.Context(), out)
	require.NoError(t, err)
	again, err := line.Send(t.Context(), out)
	require.NoError(t, err)
	assert.Equal(t, first.MessageID, again.MessageID)
	res, err := http.Get(srv.URL + "/api/phones?phone=16505551234")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var list struct{ Messages []phones.Message }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&list))
	require.Len(t, list.Messages, 1)
	assert.Equal(t, "good day", list.Messages[0].Text)
	status, _ := post(t, srv.URL+"/api/read", map[string]any{"phone": "16505551234"})
	require.Equal(t, http.StatusOK, status)
	assert.Equal(t, channel.Read, box.last().Status.State)
	assert.Equal(t, first.MessageID, box.last().Status.MessageID)
	_, err = line.Send(t.Context(), channel.Outbound{Key: "k2", From: "+1", To: out.To, Message: out.Message})
	assert.Equal(t, channel.Permanent, channel.ClassOf(err))
}

func TestFilesGoBothWaysAndOnlyPicturesAreShown(t *testing.T) {
	line, _, srv := serve(t)
	ref, err := line.UploadMedia(t.Context(), number, console.Upload{Name: "a.html", MIME: "text/html", Data: []byte("<script>")})
	require.NoError(t, err)
	res, err := http.Get(srv.URL + "/api/file/" + ref.ID)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	assert.Equal(t, "application/octet-stream", res.Header.Get("Content-Type"))
	assert.Equal(t, "attachment", res.Header.Get("Content-Disposition"))
	r, err := line.FetchMedia(t.Context(), number, ref)
	require.NoError(t, err)
	data, _ := io.ReadAll(r)
	assert.Equal(t, "<script>", string(data))
	_, err = line.FetchMedia(t.Context(), number, channel.MediaRef{ID: "nowhere"})
	assert.Error(t, err)
}
