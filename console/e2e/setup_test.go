package e2e_test

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/console/e2e"
)

// one is the browser of all tests: each person in it has cookies of their own.
var one struct {
	sync.Once
	*e2e.Browser
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if one.Browser != nil {
		one.Close()
	}
	os.Exit(code)
}

// browser returns the browser of all tests, and skips the test unless USHER_BROWSER=1 asks for
// browser tests. With it, a machine without Chromium fails the test.
func browser(t testing.TB) *e2e.Browser {
	t.Helper()
	if os.Getenv("USHER_BROWSER") != "1" {
		t.Skip("browser tests run with USHER_BROWSER=1; bash .ci/run browser runs them all")
	}
	one.Do(func() { one.Browser, one.err = e2e.Open(context.Background()) })
	require.NoError(t, one.err)
	return one.Browser
}

// house is a stage with people in it.
type house struct {
	*e2e.Stage
	t testing.TB
}

// open opens a house in which Ana, Bruno and Sam the supervisor may come in.
func open(t *testing.T, o e2e.Options) *house {
	t.Helper()
	browser(t)
	s, err := e2e.NewStage(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	s.Allow("ana", console.Actor{ID: "ana", Name: "Ana Lima", Agent: "ana", Can: console.Agent})
	s.Allow("bruno", console.Actor{ID: "bruno", Name: "Bruno Costa", Agent: "bruno", Can: console.Agent})
	s.Allow("sam", console.Actor{ID: "sam", Name: "Sam Okafor", Can: console.Supervisor})
	s.Allow("rita", console.Actor{ID: "rita", Name: "Rita Reader", Can: console.ReadOnly})
	return &house{s, t}
}

// person comes in and goes to a screen. What the page's own code throws fails the test.
func (h *house) person(name, at string) *e2e.Page {
	h.t.Helper()
	p, err := browser(h.t).Person()
	require.NoError(h.t, err)
	h.t.Cleanup(func() {
		assert.Empty(h.t, p.Faults(), "%s's page complains", name)
		p.Close()
	})
	h.do(p.Go(h.URL + "/as/" + name + at)) // what is behind # survives the redirect
	h.do(p.Settled())
	return p
}

// phone opens a customer's phone.
func (h *house) phone(digits, name string) *e2e.Page {
	h.t.Helper()
	p, err := browser(h.t).Person()
	require.NoError(h.t, err)
	h.t.Cleanup(p.Close)
	h.do(p.Go(h.URL + "/phone/?phone=" + digits + ":" + name))
	h.do(p.Until("document.querySelector('.phone')"))
	return p
}

// do fails the test at the first thing that does not go as it should.
func (h *house) do(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// eval returns what an expression comes to.
func eval[T any](h *house, p *e2e.Page, js string) T {
	h.t.Helper()
	var v T
	h.do(p.Eval(js, &v))
	return v
}
