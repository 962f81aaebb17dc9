package cloudapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/usher-go/usher/channel"
)

// GraphError is what the Graph API answered instead of doing what it was asked. Meta
// advises to decide on Code and Details, not on the HTTP status or the wording.
type GraphError struct {
	Code       int
	Subcode    int // 0 since v16.0, as a rule
	Message    string
	Details    string
	HTTPStatus int
	TraceID    string // for Meta's support
	Transient  bool   // Meta says that trying again may help
}

// Error implements error.
func (e *GraphError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cloudapi: graph error %d (HTTP %d): %s", e.Code, e.HTTPStatus, e.Message)
	if e.Details != "" && e.Details != e.Message {
		b.WriteString(": " + e.Details)
	}
	if e.TraceID != "" {
		b.WriteString(" (trace " + e.TraceID + ")")
	}
	return b.String()
}

// readGraphError finds the error in an answer, or returns nil. Meta quotes the access token
// in some of them; the error does not hold it.
func (c *Connector) readGraphError(status int, body []byte) *GraphError {
	if !json.Valid(body) {
		return nil
	}
	var found *GraphError
	s := scanner{b: body}
	for key := range s.members() {
		if string(key) == "error" {
			found = readErrorBody(&s)
		}
	}
	if found != nil {
		found.HTTPStatus = status
		found.Message, found.Details = c.secrets.Text(found.Message), c.secrets.Text(found.Details)
		found.TraceID = c.secrets.Text(found.TraceID)
	}
	return found
}

func readErrorBody(s *scanner) *GraphError {
	e := &GraphError{Code: -1}
	for key := range s.members() {
		switch string(key) {
		case "code":
			e.Code = int(s.integer())
		case "error_subcode":
			e.Subcode = int(s.integer())
		case "message":
			e.Message = s.text()
		case "fbtrace_id":
			e.TraceID = s.text()
		case "is_transient":
			e.Transient = s.boolean()
		case "error_data":
			e.Details = readString(s, "details")
		}
	}
	if e.Code < 0 {
		return nil
	}
	return e
}

// The codes that something else here depends on.
const (
	codeThroughput = 130429
	codePairRate   = 131056
)

type verdict struct {
	class channel.Class
	after time.Duration
}

var (
	permanent = verdict{class: channel.Permanent}
	stopped   = verdict{class: channel.Stopped}
	retry     = verdict{class: channel.Retry}
)

// verdicts says what may be done after each of Meta's documented codes. Those that are
// missing are judged by [judge].
var verdicts = map[int]verdict{
	0: stopped, 190: stopped, // token invalid or expired
	3: stopped, 10: stopped, 131005: stopped, // permission
	368: stopped, 131031: stopped, 131042: stopped, // policy, locked, payment
	33: stopped, 131037: stopped, 131045: stopped, 133010: stopped, // registration of the number

	1: retry, 2: retry, 131000: retry, 131016: retry, 133004: retry,
	4:              {channel.Retry, time.Minute}, // calls of the app
	80007:          {channel.Retry, time.Minute}, // calls of the account
	codeThroughput: retry,                        // the wait comes from the local bucket
	codePairRate:   retry,
	131048:         {channel.Retry, time.Hour}, // spam limit: lifts slowly
	131053:         {channel.Retry, 10 * time.Second},
	131057:         {channel.Retry, time.Minute},
	134101:         {channel.Retry, 10 * time.Minute}, // template still being synchronised

	131047: {class: channel.WindowClosed},
	470:    {class: channel.WindowClosed}, // its number before 2023

	100: permanent, 130472: permanent, 130497: permanent, 130501: permanent,
	131008: permanent, 131009: permanent, 131021: permanent, 131026: permanent,
	131030: permanent, 131035: permanent, 131036: permanent, 131049: permanent,
	131050: permanent, 131051: permanent, 131052: permanent, 131055: permanent,
	131062: permanent, 133016: permanent, 134100: permanent, 134102: permanent,
	135000: permanent,
}

// judge classifies an answer of Graph. Every such answer means that the message was not
// taken.
func judge(e *GraphError) verdict {
	if v, ok := verdicts[e.Code]; ok {
		return v
	}
	switch {
	case e.Code >= 200 && e.Code < 300: // the range of missing permissions
		return stopped
	case e.Transient, e.HTTPStatus >= 500, e.HTTPStatus == http.StatusTooManyRequests:
		return retry
	}
	return permanent
}

// statusError is an answer that did not come from Graph itself: a proxy, a gateway, or
// nothing readable.
type statusError struct {
	status int
	after  time.Duration // Retry-After
}

func (e *statusError) Error() string {
	return fmt.Sprintf("cloudapi: HTTP %d without a Graph error", e.status)
}

func newStatusError(resp *http.Response) *statusError {
	e := &statusError{status: resp.StatusCode}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 && n <= 24*60*60 {
		e.after = time.Duration(n) * time.Second
	}
	return e
}

// judge decides on the HTTP status alone. A gateway that fails may have passed the
// message on, and so may one that says 2xx without telling the message's id.
func (e *statusError) judge() verdict {
	switch {
	case e.status == http.StatusTooManyRequests:
		return verdict{channel.Retry, e.after}
	case e.status >= 500, e.status < 300:
		return verdict{class: channel.Ambiguous}
	case e.status < 400, e.status == http.StatusUnauthorized, e.status == http.StatusForbidden,
		e.status == http.StatusNotFound, e.status == http.StatusProxyAuthRequired:
		return stopped // the address or the credentials are wrong: no message will pass
	}
	return permanent
}
