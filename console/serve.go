package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/usher-go/usher/internal/strict"
)

// call is one request on its way through a handler.
type call struct {
	*Console
	route *route
	w     http.ResponseWriter
	r     *http.Request
	actor Actor
	args  map[string]string
	key   string // of a command
	body  any    // a pointer to what route.body is
	file  []byte // of an upload
	// serving is a customer whose earlier interactions the agent may see, as they serve them.
	serving string
}

// served is what a handler returns that has written its answer itself.
type served struct{}

// serve answers a request of the API.
func (c *Console) serve(w http.ResponseWriter, r *http.Request, routes []*entry, args map[string]string) {
	x := &call{Console: c, w: w, r: r, args: args}
	defer x.recovered()
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves the body out
	}
	i := slices.IndexFunc(routes, func(e *entry) bool { return e.method == method })
	if i < 0 {
		w.Header().Set("Allow", allowed(routes))
		x.fail(problem(http.StatusMethodNotAllowed, "method", "use %s", allowed(routes)))
		return
	}
	x.route = &routes[i].route
	if err := x.letIn(); err != nil {
		x.fail(err)
		return
	}
	if method != http.MethodGet {
		x.command()
		return
	}
	x.answer(x.route.do(x))
}

func allowed(routes []*entry) string {
	var list []string
	for _, e := range routes {
		list = append(list, e.method)
	}
	return strings.Join(list, ", ")
}

// recovered keeps a fault of ours, or of a hook, from taking the server's connection down
// without a word.
func (x *call) recovered() {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		x.log.Error("console: panic", "path", x.r.URL.Path, "panic", p, "stack", string(debug.Stack()))
		writeProblem(x.w, problem(http.StatusInternalServerError, "internal", "a fault of the server; it is in its log"))
	}
}

// letIn finds out who asks and whether they may.
func (x *call) letIn() error {
	if err := x.origin.Check(x.r); err != nil {
		return problem(http.StatusForbidden, "cross_origin", "sent from another site")
	}
	actor, err := x.authorize(x.r)
	if err != nil {
		return err
	}
	x.actor = actor
	x.met.meet(&actor)
	if x.route.need != 0 && actor.Can&x.route.need == 0 {
		return errForbidden
	}
	return nil
}

func (c *Console) authorize(r *http.Request) (Actor, error) {
	actor, err := c.opts.Authorize(r)
	switch {
	case errors.Is(err, ErrForbidden):
		return Actor{}, errForbidden
	case err != nil:
		c.log.Info("console: not let in", "path", r.URL.Path, "reason", err)
		return Actor{}, problem(http.StatusUnauthorized, "unauthorized", "log in first")
	case actor.ID == "":
		return Actor{}, fmt.Errorf("console: Options.Authorize returned an actor without an id")
	}
	if actor.Agent == "" {
		actor.Can &^= Work // there is no desk without an agent
	}
	return actor, nil
}

// command performs a request that changes something, once for its key.
func (x *call) command() {
	data, err := x.read()
	if err != nil {
		x.fail(err)
		return
	}
	sum := sha256.Sum256(append([]byte(x.r.Method+x.r.URL.Path+"?"+x.r.URL.RawQuery+"\n"), data...))
	old, finish, err := x.replies.begin(x.r.Context(), x.actor.ID, x.key, sum)
	switch {
	case err != nil:
		x.fail(err)
		return
	case old != nil:
		x.w.Header().Set("Idempotent-Replay", "true")
		writeJSON(x.w, old.status, old.data)
		return
	}
	// A wish that failed by our fault may be tried again under its key; also when do panics.
	var done *reply
	defer func() { finish(done) }()
	status, out := x.perform(data)
	if status < 500 {
		done = &reply{status: status, data: out}
	}
	writeJSON(x.w, status, out)
}

func (x *call) perform(data []byte) (int, []byte) {
	answer, err := any(nil), x.decode(data)
	if err == nil {
		answer, err = x.route.do(x)
	}
	if err != nil {
		f := x.faultOf(err)
		out, _ := json.Marshal(Problem{f.ProblemDetail}) // plain data always marshals
		return f.status, out
	}
	out, err := json.Marshal(answer)
	if err != nil {
		x.log.Error("console: answer", "path", x.r.URL.Path, "error", err)
		return http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"a fault of the server; it is in its log"}}`)
	}
	return max(x.route.status, http.StatusOK), out
}

// read checks what surrounds a command and reads its body.
func (x *call) read() ([]byte, error) {
	limit := x.opts.MaxBody
	if x.route.body == nil {
		limit = x.opts.MaxUpload
	} else if kind, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, problem(http.StatusUnsupportedMediaType, "media_type", "the Content-Type must be application/json")
	}
	x.key = x.r.Header.Get("Idempotency-Key")
	if !validKey(x.key) {
		return nil, problem(http.StatusUnprocessableEntity, "key_missing", "an Idempotency-Key of 1 to 64 visible ASCII characters is required")
	}
	data, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, limit))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, err
		}
		return nil, invalid("the body cannot be read")
	}
	return data, nil
}

func validKey(key string) bool {
	return key != "" && len(key) <= 64 && strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func (x *call) decode(data []byte) error {
	if x.route.body == nil {
		x.file = data
		return nil
	}
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return invalid("the body must be a JSON object")
	}
	x.body = reflect.New(reflect.TypeOf(x.route.body)).Interface()
	return strict.Unmarshal(data, x.body)
}

// answer writes what a handler returned.
func (x *call) answer(v any, err error) {
	if err != nil {
		x.fail(err)
		return
	}
	if _, ok := v.(served); ok {
		return
	}
	data, err := json.Marshal(v)
	if err != nil {
		x.fail(err)
		return
	}
	writeJSON(x.w, http.StatusOK, data)
}

func (x *call) fail(err error) { writeProblem(x.w, x.faultOf(err)) }

func (x *call) faultOf(err error) *fault {
	f := asFault(err)
	if f.cause != nil {
		x.log.Error("console: request", "path", x.r.URL.Path, "actor", x.actor.ID, "error", f.cause)
	}
	return f
}
