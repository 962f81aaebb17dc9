package routers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/console"
)

// Every way in which chi hands requests on leads to the page, its files, the API and the
// stream.
func TestChi(t *testing.T) {
	center, err := usher.New(usher.Options{})
	require.NoError(t, err)
	require.NoError(t, center.Configure(t.Context(), usher.Config{Agents: []usher.Agent{{ID: "ana"}}}))
	desk := console.New(center, console.Options{Authorize: console.AllowAll})
	t.Cleanup(desk.Close)
	for name, mount := range map[string]struct {
		at  string
		add func(chi.Router)
	}{
		"mount":              {"/desk/", func(r chi.Router) { r.Mount("/desk", desk) }},
		"mount with a slash": {"/desk/", func(r chi.Router) { r.Mount("/desk/", desk) }},
		"handle":             {"/desk/", func(r chi.Router) { r.Handle("/desk/*", desk) }},
		"stripped":           {"/desk/", func(r chi.Router) { r.Handle("/desk/*", http.StripPrefix("/desk", desk)) }},
		"mount stripped":     {"/desk/", func(r chi.Router) { r.Mount("/desk", http.StripPrefix("/desk", desk)) }},
		"sub-router":         {"/admin/desk/", func(r chi.Router) { r.Route("/admin", func(r chi.Router) { r.Mount("/desk", desk) }) }},
		"tenant":             {"/t/a%2Fb/desk/", func(r chi.Router) { r.Mount("/t/{tenant}/desk", desk) }},
		"root":               {"/", func(r chi.Router) { r.Mount("/", desk) }},
	} {
		t.Run(name, func(t *testing.T) {
			router := chi.NewRouter()
			mount.add(router)
			server := httptest.NewServer(router)
			defer server.Close()
			for path, kind := range map[string]string{
				"": "text/html", "app.js": "text/javascript", "lib/htm.js": "text/javascript", "api/session": "application/json",
				"api/desk?as=ana": "application/json", "api/csv/agents": "text/csv",
			} {
				res := get(t, server.URL+mount.at+path)
				assert.Equal(t, http.StatusOK, res.status, path)
				assert.True(t, strings.HasPrefix(res.kind, kind), "%s: %s", path, res.kind)
			}
			assert.Equal(t, http.StatusNotFound, get(t, server.URL+mount.at+"api/nothing").status)
			state(t, server.URL+mount.at)
		})
	}
}

// The prefix without its slash leads to the page, as the browser follows it.
func TestChiWithoutTheSlash(t *testing.T) {
	center, err := usher.New(usher.Options{})
	require.NoError(t, err)
	router := chi.NewRouter()
	router.Mount("/admin/desk", console.New(center, console.Options{Authorize: console.AllowAll}))
	server := httptest.NewServer(router)
	defer server.Close()
	res := get(t, server.URL+"/admin/desk", "Accept", "text/html")
	assert.Equal(t, []any{http.StatusOK, "/admin/desk/"}, []any{res.status, res.path})
}

// page is an answer: its status, its type, and the path that redirects led to.
type page struct {
	status     int
	kind, path string
}

func get(t *testing.T, url string, headers ...string) page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	return page{res.StatusCode, res.Header.Get("Content-Type"), res.Request.URL.Path}
}

// state performs a command.
func state(t *testing.T, at string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+"api/desk/state?as=ana", strings.NewReader(`{"state":"available"}`))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", strings.ReplaceAll(t.Name(), " ", "-"))
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	_ = res.Body.Close()
	assert.Equal(t, http.StatusOK, res.StatusCode)
}
