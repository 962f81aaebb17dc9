package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
)

func TestNobodyIsLetInByMistake(t *testing.T) {
	center, err := usher.New(usher.Options{})
	require.NoError(t, err)
	assert.PanicsWithValue(t, "console: Options.Authorize is required: say who may come in (console.AllowAll for a demonstration)",
		func() { console.New(center, console.Options{}) })
	assert.Panics(t, func() { console.New(nil, console.Options{Authorize: who}) })
	assert.Panics(t, func() { console.New(center, console.Options{Authorize: who, TrustedOrigins: []string{"intranet"}}) })

	f := newFloor(t, nil)
	f.ask("nobody", "GET", "api/session", "").fails(401, "unauthorized")
	f.ask("banned", "GET", "api/session", "").fails(403, "forbidden")
	f.ask("nobody", "POST", "api/desk/state", `{"state":"available"}`).fails(401, "unauthorized")
}

func TestADemonstrationSaysSo(t *testing.T) {
	f := newFloor(t, func(_ *usher.Options, _ *usher.Config, o *console.Options) { o.Authorize = console.AllowAll })
	s := get[console.Session](f, "", "api/session?as=ana")
	assert.Equal(t, []any{true, "ana"}, []any{s.Demo, s.Actor.Agent})
	assert.NotContains(t, get[console.Session](f, "", "api/session").Actor.Can, "work", "without an agent there is no desk")
	f = newFloor(t, nil)
	assert.False(t, get[console.Session](f, "ana", "api/session").Demo)
}

// Any prefix, with and without StripPrefix: the console finds its way by itself.
func TestAnyPrefix(t *testing.T) {
	f := newFloor(t, nil)
	for name, mount := range map[string]struct {
		pattern string
		handler http.Handler
		at      string
	}{
		"root":                   {"/", f.desk, "/"},
		"prefix":                 {"/desk/", f.desk, "/desk/"},
		"deep":                   {"/a/b/c/", f.desk, "/a/b/c/"},
		"looks like an address":  {"/api/desk/api/", f.desk, "/api/desk/api/"},
		"stripped with a slash":  {"/desk/", http.StripPrefix("/desk/", f.desk), "/desk/"},
		"stripped without":       {"/desk/", http.StripPrefix("/desk", f.desk), "/desk/"},
		"a segment is escaped":   {"/{tenant}/desk/", f.desk, "/a%2Fb/desk/"},
		"another mux in between": {"/x/", http.StripPrefix("/x", http.StripPrefix("/y", f.desk)), "/x/y/"},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.Handle(mount.pattern, mount.handler)
			page := fetch(mux, "GET", mount.at, "ana")
			assert.Equal(t, []any{200, "text/html; charset=utf-8"}, []any{page.Code, page.Header().Get("Content-Type")})
			script := fetch(mux, "GET", mount.at+"app.js", "ana")
			assert.Equal(t, []any{200, "text/javascript; charset=utf-8"}, []any{script.Code, script.Header().Get("Content-Type")})
			assert.Equal(t, 200, fetch(mux, "GET", mount.at+"lib/htm.js", "ana").Code)
			assert.Equal(t, 200, fetch(mux, "GET", mount.at+"api/session", "ana").Code)
			assert.Equal(t, 404, fetch(mux, "GET", mount.at+"api/nothing", "ana").Code)
			assert.Equal(t, 404, fetch(mux, "GET", mount.at+"nothing.js", "ana").Code)
			assert.Equal(t, 405, fetch(mux, "DELETE", mount.at+"api/session", "ana").Code)
			assert.Equal(t, 404, fetch(mux, "POST", mount.at+"api/nothing", "ana").Code)
		})
	}
}

func fetch(h http.Handler, method, path, who string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Who", who)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// A router that hands on the prefix without its slash leads to the page all the same.
func TestThePrefixWithoutItsSlash(t *testing.T) {
	f := newFloor(t, nil)
	for _, h := range []http.Handler{f.desk, http.StripPrefix("/desk", f.desk)} {
		w := fetch(h, "GET", "/desk?x=1", "ana", "Accept", "text/html")
		assert.Equal(t, []any{307, "./desk/"}, []any{w.Code, w.Header().Get("Location")})
	}
	assert.Equal(t, 404, fetch(f.desk, "GET", "/desk", "ana").Code, "what is no browser is not sent about")
}

func TestFilesAreCheckedForChanges(t *testing.T) {
	f := newFloor(t, nil)
	w := fetch(f.desk, "GET", "/desk/", "")
	tag := w.Header().Get("ETag")
	require.NotEmpty(t, tag)
	assert.Equal(t, 304, fetch(f.desk, "GET", "/desk/", "", "If-None-Match", `"x", W/`+tag).Code)
	assert.Empty(t, fetch(f.desk, "HEAD", "/desk/", "").Body.String())
	assert.Equal(t, 405, fetch(f.desk, "POST", "/desk/", "").Code)
}

func TestNoInlineScriptRuns(t *testing.T) {
	f := newFloor(t, nil)
	for _, path := range []string{"/desk/", "/desk/api/session", "/desk/nothing"} {
		w := fetch(f.desk, "GET", path, "ana")
		policy := w.Header().Get("Content-Security-Policy")
		assert.Contains(t, policy, "script-src 'self';")
		assert.NotContains(t, policy, "unsafe")
		assert.Contains(t, policy, "frame-ancestors 'none'")
		assert.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	}
}

func TestOtherSitesAreKeptOut(t *testing.T) {
	f := newFloor(t, func(_ *usher.Options, _ *usher.Config, o *console.Options) {
		o.TrustedOrigins = []string{"https://intranet.example"}
	})
	body := `{"state":"available"}`
	f.ask("ana", "POST", "api/desk/state", body, "Sec-Fetch-Site", "cross-site").fails(403, "cross_origin")
	f.ask("ana", "POST", "api/desk/state", body, "Origin", "https://evil.example").fails(403, "cross_origin")
	f.ask("ana", "POST", "api/desk/state", body, "Content-Type", "text/plain").fails(415, "media_type")
	f.ask("ana", "POST", "api/desk/state", body, "Content-Type", "application/x-www-form-urlencoded").fails(415, "media_type")
	f.ask("ana", "POST", "api/desk/state", body, "Content-Type", "").fails(415, "media_type")
	assert.Equal(t, queue.Offline, get[console.Desk](f, "ana", "api/desk").Agent.State, "nothing has happened")
	assert.Equal(t, 200, f.ask("ana", "POST", "api/desk/state", body, "Sec-Fetch-Site", "same-origin").Status)
	assert.Equal(t, 200, f.ask("ana", "POST", "api/desk/state", body, "Origin", "https://intranet.example").Status)
}

func TestHostileBodies(t *testing.T) {
	f := newFloor(t, func(_ *usher.Options, _ *usher.Config, o *console.Options) { o.MaxBody = 2000 })
	const at = "api/desk/state"
	for body, problem := range map[string]string{
		"":                               "must be a JSON object",
		"null":                           "must be a JSON object",
		"[]":                             "must be a JSON object",
		`"x"`:                            "must be a JSON object",
		"{":                              "",
		`{"state":"available"} {}`:       "",
		`{"state":"available","zzz":1}`:  "zzz",
		`{"state":5}`:                    "state",
		`{"state":"asleep"}`:             "available, paused or offline",
		`{"state":"paused\u0000"}`:       "available",
		strings.Repeat(`{"a":`, 300):     "",
		`{"state":"available"` + "\xff}": "",
	} {
		p := f.ask("ana", "POST", at, body).fails(400, "invalid")
		assert.Contains(t, p.Message+fmt.Sprint(p.Faults), problem, body)
	}
	f.ask("ana", "POST", at, `{"reason":"`+strings.Repeat("x", 3000)+`"}`).fails(413, "too_large")
	for _, key := range []string{"", "a b", strings.Repeat("k", 65), "é"} {
		f.ask("ana", "POST", at, `{"state":"available"}`, "Idempotency-Key", key).fails(422, "key_missing")
	}
	assert.Equal(t, queue.Offline, get[console.Desk](f, "ana", "api/desk").Agent.State)
}

// Every route asks for a permission, and has it checked: the matrix of all routes and all
// kinds of people. openapi.json says who may.
func TestPermissions(t *testing.T) {
	data, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	var doc struct {
		Paths map[string]map[string]struct {
			Permissions []string `json:"x-permissions"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(data, &doc))
	f := newFloor(t, nil)
	n := 0
	for pattern, methods := range doc.Paths {
		for method, op := range methods {
			for name, actor := range crew {
				if pattern == "/api/stream" {
					continue // does not end: see the tests of the stream
				}
				path := strings.NewReplacer("{id}", "nothing", "{item}", "1").Replace(strings.TrimPrefix(pattern, "/"))
				got := f.ask(name, strings.ToUpper(method), path, "{}")
				may := len(op.Permissions) == 0 || slices.ContainsFunc(op.Permissions, func(p string) bool { return slices.Contains(actor.Can.Names(), p) })
				if actor.Agent == "" && slices.Equal(op.Permissions, []string{"work"}) {
					may = false // there is no desk without an agent
				}
				assert.Equal(t, !may, got.Status == 403, "%s %s as %s: %d %s", method, path, name, got.Status, got.Body)
				assert.Less(t, got.Status, 500+2, "%s %s as %s: %s", method, path, name, got.Body)
				n++
			}
			f.ask("nobody", strings.ToUpper(method), strings.NewReplacer("{id}", "x", "{item}", "1").Replace(strings.TrimPrefix(pattern, "/")), "{}").fails(401, "unauthorized")
		}
	}
	assert.Greater(t, n, 300)
}

// An agent sees what is theirs and nothing of others; a supervisor what is in their
// campaigns; and what may not be seen is not there.
func TestWhoSeesWhat(t *testing.T) {
	f := newFloor(t, nil)
	f.available("ana")
	id := f.say("hello", maria)
	post[console.Done](f, "ana", "api/interactions/"+id+"/accept", console.Empty{})
	f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
	waiting := f.say("anybody?", "phone:34600111333")

	sees := func(who, path string) bool { return f.ask(who, "GET", path, "").Status == 200 }
	for _, part := range []string{"", "/conversation", "/timeline", "/targets"} {
		at := "api/interactions/" + id + part
		assert.True(t, sees("ana", at), at)
		assert.False(t, sees("bruno", at), at)
		assert.False(t, sees("carla", at), at)
		assert.False(t, sees("half", at), at)
		assert.True(t, sees("sup", at), at)
	}
	assert.True(t, sees("reader", "api/interactions/"+id+"/conversation"))
	assert.True(t, sees("screen", "api/interactions/"+id))
	assert.Equal(t, 403, f.ask("screen", "GET", "api/interactions/"+id+"/conversation", "").Status)
	assert.Equal(t, []string{id}, interactions(get[console.Interactions](f, "ana", "api/interactions?state=all").Interactions))
	assert.Empty(t, get[console.Interactions](f, "half", "api/interactions?state=all").Interactions)
	assert.Len(t, get[console.Interactions](f, "screen", "api/interactions?state=all").Interactions, 2)
	f.ask("half", "GET", "api/interactions?campaign=sales", "")
	f.ask("half", "GET", "api/board?campaign=sales", "").fails(404, "unknown_campaign")
	assert.Equal(t, "support", get[console.Board](f, "half", "api/board").Campaigns[0].ID)
	f.ask("half", "POST", "api/interactions/"+id+"/end", "{}").fails(404, "unknown_interaction")
	f.ask("half", "POST", "api/agents/ana/state", `{"state":"offline"}`).fails(404, "unknown_agent")
	f.ask("half", "POST", "api/blacklist", `{"entries":[{"alias":"phone:1555"}]}`).fails(403, "forbidden")
	f.ask("bruno", "POST", "api/interactions/"+id+"/transfer", `{"agent":"carla"}`).fails(404, "unknown_interaction")
	f.ask("bruno", "POST", "api/interactions/"+waiting+"/assign", `{"agent":"bruno"}`).fails(403, "forbidden")

	// Earlier interactions of a customer are shown to who serves them.
	customer := get[console.Interaction](f, "ana", "api/interactions/"+id).Customer
	assert.Len(t, get[console.Interactions](f, "ana", "api/customers/"+customer+"/interactions").Interactions, 1)
	assert.Empty(t, get[console.Interactions](f, "bruno", "api/customers/"+customer+"/interactions").Interactions)
	post[console.Done](f, "ana", "api/interactions/"+id+"/finish", console.FinishBody{})
	assert.True(t, sees("ana", "api/interactions/"+id+"/conversation"), "who had it may read it")
	f.do(queue.AgentState{Agent: "bruno", State: queue.Available})
	again := f.say("me again", maria)
	post[console.Done](f, "bruno", "api/interactions/"+again+"/accept", console.Empty{})
	earlier := get[console.Interactions](f, "bruno", "api/customers/"+customer+"/interactions").Interactions
	assert.Equal(t, []string{again, id}, interactions(earlier))
	assert.True(t, sees("bruno", "api/interactions/"+id+"/conversation"))
}
