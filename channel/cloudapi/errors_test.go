package cloudapi_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

// Every code of Meta's table, through HTTP.
func TestGraphCodes(t *testing.T) {
	classes := map[channel.Class][]int{
		channel.Stopped: {0, 190, 3, 10, 200, 250, 299, 131005, 368, 131031, 131042, 33, 131037, 131045, 133010},
		channel.Retry: {
			1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131053, 131056, 131057, 133004, 134101,
		},
		channel.WindowClosed: {131047},
		channel.Permanent: {
			100, 130472, 130497, 130501, 131008, 131009, 131021, 131026, 131030, 131035, 131036, 131049, 131050,
			131051, 131052, 131055, 131059, 131062, 132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018,
			132068, 132069, 133016, 134100, 134102, 135000, 139100, 147001, 999999,
		},
	}
	for class, codes := range classes {
		for _, code := range codes {
			t.Run(fmt.Sprint(class, " ", code), func(t *testing.T) {
				w := newWorld(t, cloudapitest.Config{}, nil)
				w.graph.FailNext(cloudapitest.Graph(code))
				_, err := w.connector.Send(t.Context(), outbound(channel.TextMessage("x")))
				se := sendError(t, err)
				assert.Equal(t, class, se.Class)
				assert.Equal(t, code, se.Code)
				graph, ok := errors.AsType[*cloudapi.GraphError](err)
				require.True(t, ok)
				assert.Equal(t, code, graph.Code)
				assert.Equal(t, "made to fail", graph.Details)
				assert.Equal(t, "TRACE", graph.TraceID)
				assert.GreaterOrEqual(t, graph.HTTPStatus, 400)
				assert.Empty(t, w.graph.Sent())
				if class != channel.Retry {
					assert.Zero(t, se.RetryAfter)
				}
			})
		}
	}
}

func TestRetryAfter(t *testing.T) {
	waits := map[int]time.Duration{
		1: 0, 4: time.Minute, 80007: time.Minute, 130429: time.Second, 131048: time.Hour, 131056: time.Second,
		131053: 10 * time.Second, 131057: time.Minute, 134101: 10 * time.Minute,
	}
	for code, want := range waits {
		w := newWorld(t, cloudapitest.Config{}, nil)
		w.graph.FailNext(cloudapitest.Graph(code))
		_, err := w.connector.Send(t.Context(), outbound(channel.TextMessage("x")))
		assert.Equal(t, want, sendError(t, err).RetryAfter, code)
	}
}

func TestOtherAnswers(t *testing.T) {
	respond := func(status int, header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if name, value, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	tests := map[string]struct {
		handler http.HandlerFunc
		class   channel.Class
		after   time.Duration
	}{
		"500 without a body":         {respond(500, "", ""), channel.Ambiguous, 0},
		"502 from a gateway":         {respond(502, "", "<html>"), channel.Ambiguous, 0},
		"504 from a gateway":         {respond(504, "", "{}"), channel.Ambiguous, 0},
		"200 with HTML":              {respond(200, "", "<html>"), channel.Ambiguous, 0},
		"200 with an empty list":     {respond(200, "", `{"messages":[]}`), channel.Ambiguous, 0},
		"200 with an empty id":       {respond(200, "", `{"messages":[{"id":""}]}`), channel.Ambiguous, 0},
		"200 and cut short":          {respond(200, "Content-Length: 100", `{"messages":`), channel.Ambiguous, 0},
		"429 from a gateway":         {respond(429, "Retry-After: 7", ""), channel.Retry, 7 * time.Second},
		"429, no time":               {respond(429, "", ""), channel.Retry, 0},
		"429, a silly time":          {respond(429, "Retry-After: 99999999999", ""), channel.Retry, 0},
		"401 from a proxy":           {respond(401, "", ""), channel.Stopped, 0},
		"403 from a proxy":           {respond(403, "", ""), channel.Stopped, 0},
		"404 from a wrong address":   {respond(404, "", "not found"), channel.Stopped, 0},
		"400 without a body":         {respond(400, "", ""), channel.Permanent, 0},
		"413":                        {respond(413, "", ""), channel.Permanent, 0},
		"unknown code, HTTP 500":     {respond(500, "", `{"error":{"code":77}}`), channel.Retry, 0},
		"unknown code, HTTP 400":     {respond(400, "", `{"error":{"code":77}}`), channel.Permanent, 0},
		"unknown code, transient":    {respond(400, "", `{"error":{"code":77,"is_transient":true}}`), channel.Retry, 0},
		"code as a string":           {respond(400, "", `{"error":{"code":"131047","message":"m"}}`), channel.WindowClosed, 0},
		"error without a code":       {respond(500, "", `{"error":{"message":"m"}}`), channel.Ambiguous, 0},
		"error is a string":          {respond(500, "", `{"error":"boom"}`), channel.Ambiguous, 0},
		"error data is a string":     {respond(400, "", `{"error":{"code":100,"error_data":"text"}}`), channel.Permanent, 0},
		"hangs up without an answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, channel.Ambiguous, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			graph := httptest.NewServer(tt.handler)
			defer graph.Close()
			cfg := config()
			cfg.GraphURL = graph.URL
			_, err := newConnector(t, cfg).Send(t.Context(), outbound(channel.TextMessage("x")))
			se := sendError(t, err)
			assert.Equal(t, tt.class, se.Class, "%v", err)
			assert.Equal(t, tt.after, se.RetryAfter)
		})
	}
}

func TestBrokenConnections(t *testing.T) {
	send := func(t *testing.T, ctx context.Context, cfg cloudapi.Config) *channel.SendError {
		_, err := newConnector(t, cfg).Send(ctx, outbound(channel.TextMessage("x")))
		return sendError(t, err)
	}
	t.Run("nobody listens: nothing was sent", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		cfg := config()
		cfg.GraphURL = "http://" + l.Addr().String()
		assert.Equal(t, channel.Retry, send(t, t.Context(), cfg).Class)
	})
	t.Run("no such host: nothing was sent", func(t *testing.T) {
		cfg := config()
		cfg.HTTPClient = &http.Client{Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.DNSError{Err: "no such host"}
			},
		}}
		se := send(t, t.Context(), cfg)
		assert.Equal(t, channel.Retry, se.Class)
		assert.ErrorContains(t, se, "no such host")
		assert.NotContains(t, se.Error(), "graph.facebook.com", "addresses stay out of errors")
	})
	t.Run("not TLS: nothing was sent", func(t *testing.T) {
		graph := httptest.NewServer(http.NotFoundHandler())
		defer graph.Close()
		cfg := config()
		cfg.GraphURL = strings.Replace(graph.URL, "http:", "https:", 1)
		assert.Equal(t, channel.Retry, send(t, t.Context(), cfg).Class)
	})
	t.Run("the deadline passes while dialling: nothing was sent", func(t *testing.T) {
		cfg := config()
		cfg.Timeout = time.Millisecond
		cfg.HTTPClient = &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() },
		}}
		assert.Equal(t, channel.Retry, send(t, t.Context(), cfg).Class)
	})
	for name, failure := range map[string]cloudapitest.Failure{
		"reset before it was taken": cloudapitest.Cut(false),
		"reset after it was taken":  cloudapitest.Cut(true),
	} {
		t.Run(name+": nobody knows", func(t *testing.T) {
			w := newWorld(t, cloudapitest.Config{}, nil)
			w.graph.FailNext(failure)
			_, err := w.connector.Send(t.Context(), outbound(channel.TextMessage("x")))
			assert.Equal(t, channel.Ambiguous, sendError(t, err).Class)
		})
	}
	t.Run("no answer in time: nobody knows", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, func(c *cloudapi.Config) { c.Timeout = 30 * time.Millisecond })
		w.graph.FailNext(cloudapitest.Silence(true))
		_, err := w.connector.Send(t.Context(), outbound(channel.TextMessage("x")))
		assert.Equal(t, channel.Ambiguous, sendError(t, err).Class)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Len(t, w.graph.Sent(), 1)
	})
	t.Run("the caller gives up after it was taken: nobody knows", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, nil)
		w.graph.FailNext(cloudapitest.Silence(true))
		ctx, cancel := context.WithCancel(t.Context())
		phone := w.graph.Phone(cloudapitest.Person{Number: "16505551234"})
		go func() {
			_, _ = phone.Await(t.Context(), 1)
			cancel()
		}()
		_, err := w.connector.Send(ctx, outbound(channel.TextMessage("x")))
		assert.Equal(t, channel.Ambiguous, sendError(t, err).Class)
	})
	t.Run("a transport that tells nothing gets no benefit of the doubt", func(t *testing.T) {
		cfg := config()
		cfg.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("lost")
		})}
		assert.Equal(t, channel.Ambiguous, send(t, t.Context(), cfg).Class)
	})
	t.Run("a connection that died while idle", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, nil)
		w.graph.FailNext(cloudapitest.Failure{}, cloudapitest.Cut(false))
		_, err := w.connector.Send(t.Context(), outbound(channel.TextMessage("x")))
		require.NoError(t, err)
		_, err = w.connector.Send(t.Context(), outbound(channel.TextMessage("y")))
		assert.Equal(t, channel.Ambiguous, sendError(t, err).Class, "the transport must not post it again by itself")
		assert.Len(t, w.graph.Sent(), 1)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestGraphErrorText(t *testing.T) {
	e := &cloudapi.GraphError{Code: 131047, HTTPStatus: 400, Message: "Re-engagement message", Details: "24 hours", TraceID: "A1"}
	assert.Equal(t, "cloudapi: graph error 131047 (HTTP 400): Re-engagement message: 24 hours (trace A1)", e.Error())
}

// Graph speaks HTTP/2, where a broken stream is not a broken connection.
func TestBrokenStreams(t *testing.T) {
	meta := cloudapitest.NewServer(cloudapitest.Config{})
	graph := httptest.NewUnstartedServer(meta)
	graph.EnableHTTP2 = true
	graph.StartTLS()
	cfg := meta.ConnectorConfig("main", graph.URL)
	cfg.HTTPClient = graph.Client()
	cfg.Timeout = 200 * time.Millisecond
	c := newConnector(t, cfg)
	for _, failure := range []cloudapitest.Failure{
		{}, cloudapitest.Cut(false), cloudapitest.Cut(true), cloudapitest.Silence(true), {},
	} {
		meta.FailNext(failure)
		_, err := c.Send(t.Context(), outbound(channel.TextMessage("x")))
		if failure == (cloudapitest.Failure{}) {
			require.NoError(t, err)
			continue
		}
		assert.Equal(t, channel.Ambiguous, sendError(t, err).Class, "%v", err)
	}
	assert.Len(t, meta.Sent(), 4, "taken once each, and the cut before not at all")
	graph.Close()
	// The transport may still hold a connection that it does not know to be dead: then
	// nothing proves that the message was not taken.
	_, err := c.Send(t.Context(), outbound(channel.TextMessage("x")))
	assert.Contains(t, []channel.Class{channel.Retry, channel.Ambiguous}, sendError(t, err).Class, "%v", err)
}
