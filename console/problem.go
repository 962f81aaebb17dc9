package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// ErrForbidden in an error of Options.Authorize, wrapped or not, says that the user is known and
// may not use the console: they are not asked to log in.
var ErrForbidden = errors.New("console: forbidden")

// fault is an answer that is an error.
type fault struct {
	status int
	ProblemDetail
	cause error // for the log
}

func (f *fault) Error() string { return f.Message }

func problem(status int, code, format string, args ...any) *fault {
	return &fault{status: status, ProblemDetail: ProblemDetail{Code: code, Message: fmt.Sprintf(format, args...)}}
}

func invalid(format string, args ...any) *fault {
	return problem(http.StatusBadRequest, "invalid", format, args...)
}

var (
	errUnknown   = problem(http.StatusNotFound, "unknown_interaction", "there is no such interaction, or it is not yours to see")
	errForbidden = problem(http.StatusForbidden, "forbidden", "you may not do this")
)

// refusals are the engine's codes as the API names them.
var refusals = map[queue.Code]struct {
	status int
	code   string
}{
	queue.ErrInvalid:            {400, "invalid"},
	queue.ErrUnknownCampaign:    {404, "unknown_campaign"},
	queue.ErrUnknownAgent:       {404, "unknown_agent"},
	queue.ErrUnknownInteraction: {404, "unknown_interaction"},
	queue.ErrUnknownMessage:     {404, "unknown_message"},
	queue.ErrEnded:              {409, "ended"},
	queue.ErrNotOffered:         {409, "not_offered"},
	queue.ErrAlreadyTaken:       {409, "already_taken"},
	queue.ErrNotOwner:           {409, "not_owner"},
	queue.ErrNotWaiting:         {409, "not_waiting"},
	queue.ErrNotEligible:        {409, "not_eligible"},
	queue.ErrNotMember:          {409, "not_member"},
	queue.ErrTransferring:       {409, "transferring"},
	queue.ErrNotTransferring:    {409, "not_transferring"},
	queue.ErrCampaignClosed:     {409, "campaign_closed"},
	queue.ErrCampaignFull:       {409, "campaign_full"},
	queue.ErrCampaignDisabled:   {409, "campaign_disabled"},
	queue.ErrNobodyOnDuty:       {409, "nobody_on_duty"},
	queue.ErrLoop:               {409, "loop"},
	queue.ErrBlacklisted:        {409, "blacklisted"},
	queue.ErrOpen:               {409, "open"},
	queue.ErrWindowClosed:       {409, "window_closed"},
	queue.ErrInUse:              {409, "in_use"},
	queue.ErrNumberTaken:        {409, "number_taken"},
}

// asFault makes an answer of any error.
func asFault(err error) *fault {
	var (
		f       *fault
		refused *queue.Error
		config  *usher.ConfigError
		list    *blacklist.Error
		shape   settings.Faults
		large   *http.MaxBytesError
	)
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &config):
		return withFaults("faults", http.StatusUnprocessableEntity, config.Faults)
	case errors.As(err, &refused):
		return ofRefusal(refused)
	case errors.As(err, &list):
		return withFaults("faults", http.StatusUnprocessableEntity, listFaults(list))
	case errors.As(err, &shape):
		return withFaults("invalid", http.StatusBadRequest, shape)
	case errors.As(err, &large):
		return problem(http.StatusRequestEntityTooLarge, "too_large", "the body is larger than %d bytes", large.Limit)
	case errors.Is(err, usher.ErrStopped):
		return problem(http.StatusServiceUnavailable, "stopped", "the center can no longer write its journal")
	case errors.Is(err, usher.ErrNotFailed):
		return problem(http.StatusConflict, "not_failed", "only a message that has failed can be sent again")
	case errors.Is(err, usher.ErrForeignList):
		return problem(http.StatusNotImplemented, "not_supported", "the blacklist is the host's own: change it there")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return problem(http.StatusServiceUnavailable, "busy", "it took too long")
	}
	f = problem(http.StatusInternalServerError, "internal", "a fault of the server; it is in its log")
	f.cause = err
	return f
}

func ofRefusal(e *queue.Error) *fault {
	known, ok := refusals[e.Code]
	if !ok {
		known.status, known.code = http.StatusConflict, strings.ReplaceAll(string(e.Code), " ", "_")
	}
	f := problem(known.status, known.code, "%s", string(e.Code))
	if e.Reason != "" {
		f.Message += ": " + e.Reason
	}
	f.Interaction, f.Agent, f.Campaign, f.Reason = e.Interaction, e.Agent, e.Campaign, e.Reason
	return f
}

func withFaults(code string, status int, faults []usher.Fault) *fault {
	f := problem(status, code, "%d faults", len(faults))
	if len(faults) == 1 {
		f.Message = strings.TrimPrefix(faults[0].Path+": "+faults[0].Problem, ": ")
	}
	f.Faults = faults
	return f
}

func listFaults(e *blacklist.Error) []usher.Fault {
	out := []usher.Fault{}
	for _, x := range e.Faults {
		path := x.Field
		if x.Line > 0 {
			path = strings.TrimSuffix(fmt.Sprintf("line %d: %s", x.Line, x.Field), ": ")
		}
		text := x.Problem
		if x.Value != "" {
			text = fmt.Sprintf("%q %s", x.Value, x.Problem)
		}
		out = append(out, usher.Fault{Path: path, Problem: text})
	}
	return out
}

func writeProblem(w http.ResponseWriter, f *fault) {
	data, _ := json.Marshal(Problem{f.ProblemDetail}) // plain data always marshals
	writeJSON(w, f.status, data)
}

func writeJSON(w http.ResponseWriter, status int, data []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(data) // shared with other answers: not to be appended to
	_, _ = w.Write([]byte("\n"))
}
