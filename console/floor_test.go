package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const (
	number = "+15550001111"
	second = "+15550002222"
)

var maria = channel.Phone("34600111222")

// floor is a center on a mock clock with two campaigns, three agents and a fake connector,
// and a console before it.
type floor struct {
	t      *testing.T
	center *usher.Center
	wa     *channeltest.Connector
	clock  *clock.Mock
	opts   usher.Options
	desk   *console.Console
	keys   int
}

// crew are the people that tests let in by the header Who.
var crew = map[string]console.Actor{
	"ana":    {ID: "ana@example.com", Name: "Ana", Agent: "ana", Can: console.Agent},
	"bruno":  {ID: "bruno@example.com", Agent: "bruno", Can: console.Agent},
	"carla":  {ID: "carla@example.com", Agent: "carla", Can: console.Agent},
	"sup":    {ID: "sup@example.com", Name: "Sue", Can: console.Supervisor},
	"half":   {ID: "half@example.com", Can: console.Supervisor, Campaigns: []string{"support"}},
	"reader": {ID: "reader@example.com", Can: console.ReadOnly},
	"screen": {ID: "screen@example.com", Can: console.Watch},
}

func who(r *http.Request) (console.Actor, error) {
	a, ok := crew[r.Header.Get("Who")]
	switch {
	case r.Header.Get("Who") == "banned":
		return a, fmt.Errorf("no: %w", console.ErrForbidden)
	case !ok:
		return a, fmt.Errorf("nobody knows %q", r.Header.Get("Who"))
	}
	return a, nil
}

func newFloor(t *testing.T, change func(*usher.Options, *usher.Config, *console.Options)) *floor {
	t.Helper()
	f := &floor{t: t, clock: clock.NewMock(), wa: channeltest.NewConnector("main", number, second)}
	f.clock.Set(morning)
	f.wa.Clock(f.clock.Now)
	f.opts = usher.Options{Connectors: []channel.Connector{f.wa}, Clock: f.clock}
	members := []usher.Member{{Agent: "ana"}, {Agent: "bruno"}}
	cfg := usher.Config{
		Agents: []usher.Agent{{ID: "ana", Name: "Ana", Limit: 3}, {ID: "bruno", Limit: 3}, {ID: "carla", Limit: 3}},
		Campaigns: []usher.Campaign{
			{ID: "sales", Name: "Sales", Members: members, WhatsApp: &settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{number}, ServiceLevel: 20, MaxTransferTime: 60, IncomingBlacklist: true}},
			{ID: "support", Members: []usher.Member{{Agent: "carla"}}, WhatsApp: &settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{second}}},
		},
	}
	opts := console.Options{Authorize: who}
	if change != nil {
		change(&f.opts, &cfg, &opts)
	}
	f.open(cfg, opts)
	return f
}

func (f *floor) open(cfg usher.Config, opts console.Options) {
	f.t.Helper()
	var err error
	f.center, err = usher.New(f.opts)
	require.NoError(f.t, err)
	f.wa.Connect(f.center)
	ctx, cancel := context.WithCancel(f.t.Context())
	done := make(chan error, 1)
	center := f.center
	go func() { done <- center.Run(ctx) }()
	f.desk = console.New(f.center, opts)
	f.t.Cleanup(sync.OnceFunc(func() {
		f.desk.Close()
		cancel()
		assert.NoError(f.t, <-done)
	}))
	require.NoError(f.t, f.center.Configure(f.t.Context(), cfg))
}

func (f *floor) settle() {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(f.t, f.center.Settle(ctx))
}

func (f *floor) pass(d time.Duration) {
	f.t.Helper()
	f.clock.Add(d)
	f.settle()
}

func (f *floor) do(commands ...queue.Command) {
	f.t.Helper()
	for _, c := range commands {
		_, err := f.center.Do(f.t.Context(), c)
		require.NoError(f.t, err)
	}
	f.settle()
}

func (f *floor) available(agents ...string) {
	f.t.Helper()
	for _, a := range agents {
		f.do(queue.AgentState{Agent: a, State: queue.Available})
	}
}

// say makes a customer write to sales, and returns the interaction.
func (f *floor) say(text string, from channel.Alias) string {
	return f.sayTo(number, text, from)
}

func (f *floor) sayTo(number, text string, from channel.Alias) string {
	f.t.Helper()
	_, err := f.wa.Say(f.t.Context(), number, text, from)
	require.NoError(f.t, err)
	f.settle()
	for _, v := range f.center.Interactions("") {
		if v.Address == string(from) && v.Number == number {
			return v.ID
		}
	}
	return ""
}

// answer is what the API answered.
type answer struct {
	t      *testing.T
	Status int
	Header http.Header
	Body   []byte
}

// ask sends a request as somebody. body "" is none.
func (f *floor) ask(who, method, path, body string, headers ...string) answer {
	f.t.Helper()
	r := httptest.NewRequestWithContext(f.t.Context(), method, "/desk/"+path, strings.NewReader(body))
	r.Header.Set("Who", who)
	if method != "GET" {
		f.keys++
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprintf("key-%d", f.keys))
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	w := httptest.NewRecorder()
	f.desk.ServeHTTP(w, r)
	f.settle()
	data, err := io.ReadAll(w.Body)
	require.NoError(f.t, err)
	got := answer{f.t, w.Code, w.Header(), bytes.TrimSpace(data)}
	checkShape(f.t, method, path, got)
	return got
}

// get reads something that must be there.
func get[T any](f *floor, who, path string) T {
	f.t.Helper()
	return f.ask(who, "GET", path, "").ok(new(T)).(T)
}

// post performs a command that must succeed.
func post[T any](f *floor, who, path string, body any) T {
	f.t.Helper()
	data, err := json.Marshal(body)
	require.NoError(f.t, err)
	return f.ask(who, "POST", path, string(data)).ok(new(T)).(T)
}

func (a answer) ok(into any) any {
	a.t.Helper()
	require.Less(a.t, a.Status, 300, "%s", a.Body)
	require.NoError(a.t, json.Unmarshal(a.Body, into), "%s", a.Body)
	return deref(into)
}

// fails checks the code of an error.
func (a answer) fails(status int, code string) console.ProblemDetail {
	a.t.Helper()
	var p console.Problem
	require.Equal(a.t, status, a.Status, "%s", a.Body)
	require.NoError(a.t, json.Unmarshal(a.Body, &p))
	require.Equal(a.t, code, p.Error.Code, "%s", a.Body)
	require.NotEmpty(a.t, p.Error.Message)
	return p.Error
}

func interactions(list []console.Interaction) []string {
	ids := []string{}
	for _, in := range list {
		ids = append(ids, in.ID)
	}
	return ids
}

// pull makes sales a campaign whose interactions agents take.
func pull(_ *usher.Options, cfg *usher.Config, _ *console.Options) {
	cfg.Campaigns[0].WhatsApp.Strategy = "ringall"
}
