package cloudapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// maxAnswer bounds what is read of an answer from Graph.
const maxAnswer = 1 << 20

// unsentError marks a call of which nothing left this machine.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return "cloudapi: nothing was sent: " + e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// address returns the URL of a node of the Graph API.
func (c *Connector) address(path string) string {
	return c.cfg.GraphURL + "/" + c.cfg.GraphVersion + "/" + path
}

// postJSON calls Graph and returns the answer of a 2xx. The error is a *GraphError, a
// *statusError, an *unsentError, or, when nobody can tell, any other.
func (c *Connector) postJSON(ctx context.Context, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address(path), bytes.NewReader(body))
	if err != nil {
		return nil, &unsentError{err}
	}
	req.Header.Set("Content-Type", "application/json")
	return c.do(req)
}

// do makes one call within Config.Timeout.
func (c *Connector) do(req *http.Request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(req.Context(), c.cfg.Timeout)
	defer cancel()
	return c.doWithin(ctx, req)
}

func (c *Connector) doWithin(ctx context.Context, req *http.Request) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, &unsentError{err}
	}
	ctx, wire := watch(ctx)
	resp, err := c.open(req.WithContext(ctx))
	if err != nil {
		return nil, wire.judge(c.secrets.Error(plain(err)))
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode/100 == 2 {
		if err != nil {
			return nil, fmt.Errorf("cloudapi: answer cut short: %w", c.secrets.Error(plain(err)))
		}
		return body, nil
	}
	if graph := c.readGraphError(resp.StatusCode, body); graph != nil {
		return nil, graph
	}
	return nil, newStatusError(resp)
}

// open sends a request with the access token. The host must be Graph's or one that
// [Connector.trusted] accepts.
func (c *Connector) open(req *http.Request) (*http.Response, error) {
	req.Header.Set("Authorization", "Bearer "+c.secrets.token())
	return c.cfg.HTTPClient.Do(req)
}

// redirect stops at every redirect of a call, and follows one of a download to trusted
// hosts only. A message that is posted twice is sent twice.
func (c *Connector) redirect(req *http.Request, via []*http.Request) error {
	if req.Method != http.MethodGet || via[0].Method != http.MethodGet || len(via) > 3 || !c.trusted(req.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

// wire records how far the transport came, in the words of [httptrace].
type wire struct{ asked, connected atomic.Bool }

func watch(ctx context.Context) (context.Context, *wire) {
	w := &wire{}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Called once more when the transport tries again by itself, which it does only
		// when it knows that nothing of the last try was taken.
		GetConn: func(string) { w.asked.Store(true); w.connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { w.connected.Store(true) },
	}), w
}

// judge tells the failures before a connection was there, when nothing can have been
// written, from all others. A transport that reports nothing gets no benefit of the
// doubt.
func (w *wire) judge(err error) error {
	if w.asked.Load() && !w.connected.Load() {
		return &unsentError{err}
	}
	return fmt.Errorf("cloudapi: no answer: %w", err)
}

// plain takes the address off an error: those of media carry a key of their own.
func plain(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return ue.Err
	}
	return err
}
