package cloudapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

func fetch(t *testing.T, c *cloudapi.Connector, ref channel.MediaRef) (string, error) {
	t.Helper()
	body, err := c.FetchMedia(t.Context(), number, ref)
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(body)
	return string(data), err
}

func TestFetchMedia(t *testing.T) {
	t.Run("lookup, then download", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, nil)
		id := w.graph.AddMedia("image/png", []byte("picture"))
		data, err := fetch(t, w.connector, channel.MediaRef{ID: id, URL: "https://evil.example/x"})
		require.NoError(t, err)
		assert.Equal(t, "picture", data)
		assert.Equal(t, 1, w.graph.MediaLookups())
	})
	t.Run("the address was too old: one new lookup", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, nil)
		id := w.graph.AddMedia("image/png", []byte("picture"))
		w.graph.FailMedia(404)
		data, err := fetch(t, w.connector, channel.MediaRef{ID: id})
		require.NoError(t, err)
		assert.Equal(t, "picture", data)
		assert.Equal(t, 2, w.graph.MediaLookups())
	})
	t.Run("not a second one", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, nil)
		id := w.graph.AddMedia("image/png", []byte("picture"))
		w.graph.FailMedia(404, 404, 404)
		_, err := fetch(t, w.connector, channel.MediaRef{ID: id})
		assert.ErrorContains(t, err, "HTTP 404")
		assert.Equal(t, 2, w.graph.MediaLookups())
	})
	t.Run("no lookup for another failure", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, nil)
		id := w.graph.AddMedia("image/png", []byte("picture"))
		w.graph.FailMedia(500)
		_, err := fetch(t, w.connector, channel.MediaRef{ID: id})
		assert.ErrorContains(t, err, "HTTP 500")
		assert.Equal(t, 1, w.graph.MediaLookups())
	})
	t.Run("no such file", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, nil)
		_, err := fetch(t, w.connector, channel.MediaRef{ID: "../../me"})
		graph, ok := errors.AsType[*cloudapi.GraphError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, 100, graph.Code)
	})
	t.Run("a foreign number", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, nil)
		_, err := w.connector.FetchMedia(t.Context(), "+19995550199", channel.MediaRef{ID: "1"})
		assert.ErrorContains(t, err, "not a number of this connector")
	})
	t.Run("ended context", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.connector.FetchMedia(ctx, number, channel.MediaRef{ID: "1"})
		assert.ErrorIs(t, err, context.Canceled)
	})
}

func TestMediaSize(t *testing.T) {
	ten := func(c *cloudapi.Config) { c.MaxMedia = 10 }
	t.Run("at the limit", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, ten)
		data, err := fetch(t, w.connector, channel.MediaRef{ID: w.graph.AddMedia("x", []byte("0123456789"))})
		require.NoError(t, err)
		assert.Equal(t, "0123456789", data)
	})
	t.Run("the lookup says it is larger", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, ten)
		_, err := fetch(t, w.connector, channel.MediaRef{ID: w.graph.AddMedia("x", []byte("0123456789a"))})
		assert.ErrorIs(t, err, cloudapi.ErrMediaTooLarge)
	})
	for name, length := range map[string]bool{"the download says it is larger": true, "the download never ends": false} {
		t.Run(name, func(t *testing.T) {
			graph := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if length {
					w.Header().Set("Content-Length", "100")
				}
				_, _ = w.Write([]byte(strings.Repeat("x", 100)))
				w.(http.Flusher).Flush()
			}))
			defer graph.Close()
			cfg := config()
			cfg.MaxMedia, cfg.GraphURL = 10, graph.URL
			data, err := fetch(t, newConnector(t, cfg), channel.MediaRef{URL: graph.URL + "/file"})
			assert.ErrorIs(t, err, cloudapi.ErrMediaTooLarge)
			assert.LessOrEqual(t, len(data), 10)
		})
	}
}

// The access token goes to Meta and to nobody else.
func TestMediaHosts(t *testing.T) {
	var asked []string
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		assert.Equal(t, "Bearer token", r.Header.Get("Authorization"))
		asked = append(asked, r.URL.Host)
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("x")), ContentLength: 1}, nil
	})
	cfg := config()
	cfg.HTTPClient = &http.Client{Transport: transport}
	cfg.MediaHosts = []string{"cdn.example.org", ".example.net"}
	c := newConnector(t, cfg)
	tests := map[string]bool{
		"https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1": true,
		"https://LOOKASIDE.FBSBX.COM/x":                                    true,
		"https://mmg.whatsapp.net/x":                                       true,
		"https://graph.facebook.com/x":                                     true,
		"https://cdn.example.org/x":                                        true,
		"https://a.b.example.net:8443/x":                                   true,
		"https://example.net/x":                                            false,
		"http://lookaside.fbsbx.com/x":                                     false, // no TLS
		"https://fbsbx.com.evil.example/x":                                 false,
		"https://evilfbsbx.com/x":                                          false,
		"https://evil.example/x?lookaside.fbsbx.com":                       false,
		"https://lookaside.fbsbx.com@evil.example/x":                       false,
		"https://evil.example#.fbsbx.com":                                  false,
		"file:///etc/passwd":                                               false,
		"":                                                                 false,
		"://":                                                              false,
		"https://cdn.example.org.":                                         true, // the same host, rooted
	}
	for address, trusted := range tests {
		t.Run(address, func(t *testing.T) {
			asked = nil
			_, err := fetch(t, c, channel.MediaRef{URL: address})
			if trusted {
				require.NoError(t, err)
				assert.Len(t, asked, 1)
				return
			}
			assert.ErrorIs(t, err, cloudapi.ErrMediaHost)
			assert.Empty(t, asked)
		})
	}
}

func TestMediaRedirects(t *testing.T) {
	var leaked []string
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leaked = append(leaked, r.Header.Get("Authorization"))
	}))
	defer evil.Close()
	mux := http.NewServeMux()
	mux.Handle("/away", http.RedirectHandler(evil.URL, http.StatusFound))
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	mux.Handle("/near", http.RedirectHandler("/file", http.StatusFound))
	mux.HandleFunc("/file", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	graph := httptest.NewServer(mux)
	defer graph.Close()
	cfg := config()
	cfg.GraphURL = graph.URL
	c := newConnector(t, cfg)

	data, err := fetch(t, c, channel.MediaRef{URL: graph.URL + "/near"})
	require.NoError(t, err)
	assert.Equal(t, "ok", data)
	_, err = fetch(t, c, channel.MediaRef{URL: graph.URL + "/away"})
	assert.ErrorContains(t, err, "HTTP 302")
	_, err = fetch(t, c, channel.MediaRef{URL: graph.URL + "/loop"})
	assert.ErrorContains(t, err, "HTTP 302")
	assert.Empty(t, leaked)
}

func TestUpload(t *testing.T) {
	w := newWorld(t, cloudapitest.Config{}, nil)
	upload := func(number string, f cloudapi.File) (channel.MediaRef, error) {
		return w.connector.Upload(t.Context(), number, f)
	}
	t.Run("and send, and fetch", func(t *testing.T) {
		ref, err := upload(number, cloudapi.File{Name: "bíll \"1\".pdf", MIME: "application/pdf", Body: strings.NewReader("%PDF")})
		require.NoError(t, err)
		assert.Equal(t, "application/pdf", ref.MIME)
		_, err = w.connector.Send(t.Context(), outbound(channel.Message{Kind: channel.Document, Media: &ref}))
		require.NoError(t, err)
		data, err := fetch(t, w.connector, ref)
		require.NoError(t, err)
		assert.Equal(t, "%PDF", data)
	})
	t.Run("too large for its kind", func(t *testing.T) {
		for mime, limit := range map[string]int{
			"image/webp": 500 << 10, "image/png": 5 << 20, "audio/ogg; codecs=opus": 16 << 20,
		} {
			_, err := upload(number, cloudapi.File{MIME: mime, Body: strings.NewReader(strings.Repeat("x", limit+1))})
			assert.ErrorIs(t, err, cloudapi.ErrMediaTooLarge, mime)
			_, err = upload(number, cloudapi.File{MIME: mime, Body: strings.NewReader(strings.Repeat("x", limit))})
			assert.NoError(t, err, mime)
		}
	})
	t.Run("refused before a call", func(t *testing.T) {
		for _, f := range []cloudapi.File{{MIME: "a/b"}, {Body: strings.NewReader("x")}, {MIME: "a\r\nb", Body: strings.NewReader("x")}} {
			_, err := upload(number, f)
			assert.ErrorContains(t, err, "cloudapi: upload: needs")
		}
		_, err := upload("+19995550199", cloudapi.File{MIME: "a/b", Body: strings.NewReader("x")})
		assert.Error(t, err)
	})
	t.Run("refused by Graph", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, func(c *cloudapi.Config) { c.AccessToken = "old" })
		_, err := w.connector.Upload(t.Context(), number, cloudapi.File{MIME: "a/b", Body: strings.NewReader("x")})
		assert.Equal(t, channel.Stopped, sendError(t, err).Class)
	})
	t.Run("a reader that fails", func(t *testing.T) {
		_, err := upload(number, cloudapi.File{MIME: "a/b", Body: brokenReader{}})
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}
