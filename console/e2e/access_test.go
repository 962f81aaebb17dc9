package e2e_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/console/e2e"
)

// axe runs axe-core on the page and returns its serious findings.
func (h *house) axe(p *e2e.Page, only ...string) []string {
	h.t.Helper()
	if !eval[bool](h, p, "!!window.axe") {
		script, err := os.ReadFile("testdata/axe/axe.min.js")
		require.NoError(h.t, err)
		h.do(p.Eval(string(script)+";true", nil))
	}
	rules := ""
	if len(only) > 0 {
		rules = ", runOnly: ['" + strings.Join(only, "','") + "']"
	}
	return eval[[]string](h, p, `axe.run(document, {resultTypes: ['violations']`+rules+`}).then((r) => r.violations
		.filter((v) => ['serious', 'critical'].includes(v.impact))
		.map((v) => v.id + ': ' + v.help + ' — ' + v.nodes.slice(0, 4).map((n) => n.html.slice(0, 160) + ' ' + (n.any[0]?.message || '')).join(' | ')))`)
}

func TestEveryScreenIsAccessible(t *testing.T) {
	h := open(t, e2e.Options{WhatIf: console.WhatIfFunc(tried)})
	h.do(h.Available(t.Context(), "ana", "diego"))
	for i := range 3 {
		h.do(h.Say(t.Context(), fmt.Sprintf("1650555000%d", i), fmt.Sprintf("Customer %d", i), e2e.SalesNumber, "hello"))
	}
	ana, sam := h.person("ana", "#/desk"), h.person("sam", "")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Until("document.querySelector('.composer textarea')"))
	talk := strings.TrimPrefix(eval[string](h, ana, "location.hash"), "#/desk/")
	press := func(kind, name string) func(*e2e.Page) error {
		return func(p *e2e.Page) error { return p.Click(kind, name) }
	}
	for _, s := range []struct {
		name, at string
		page     *e2e.Page
		first    func(*e2e.Page) error
	}{
		{"dashboard", "#/dashboard", sam, nil},
		{"why one waits", "#/dashboard?campaign=sales", sam, press(e2e.Button, "Why?")},
		{"list", "#/list?state=all", sam, nil},
		{"a conversation to read", "#/list/" + talk, sam, nil},
		{"desk", "#/desk/" + talk, ana, nil},
		{"transfer", "#/desk/" + talk, ana, press(e2e.Button, "Transfer")},
		{"templates", "#/desk/" + talk, ana, press(e2e.Button, "Send a template")},
		{"pending", "#/desk", ana, press(e2e.Button, "Pending")},
		{"settings", "#/settings/sales", sam, func(p *e2e.Page) error {
			return p.Eval("document.querySelectorAll('details').forEach((d) => { d.open = true; })", nil)
		}},
		{"blacklist", "#/settings/sales", sam, press("#s-blacklist button", "Add")},
	} {
		t.Run(s.name, func(t *testing.T) {
			h.do(s.page.Size(1280, 860, false))
			h.do(s.page.Open(h.URL + "/desk/" + s.at))
			if s.first != nil {
				h.do(s.first(s.page))
			}
			_, err := s.page.Calm()
			h.do(err)
			assert.Empty(t, strings.Join(h.axe(s.page), "\n"))
			h.do(s.page.Size(1280, 860, true))
			_, err = s.page.Calm() // colours fade over
			h.do(err)
			assert.Empty(t, strings.Join(h.axe(s.page, "color-contrast"), "\n"), "in the dark")
		})
	}
	t.Run("phone", func(t *testing.T) {
		p := h.phone("16505550009", "Zoe")
		assert.Empty(t, strings.Join(h.axe(p), "\n"))
	})
}

// Every screen fits a window of 360 px: nothing makes the page scroll sideways.
func TestEveryScreenFitsANarrowWindow(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	h.do(h.Say(t.Context(), "16505550001", strings.Repeat("W", 300), e2e.SalesNumber, strings.Repeat("x", 2000)))
	ana, sam := h.person("ana", "#/desk"), h.person("sam", "")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Until("document.querySelector('.composer textarea')"))
	talk := strings.TrimPrefix(eval[string](h, ana, "location.hash"), "#/desk/")
	for at, p := range map[string]*e2e.Page{"#/dashboard": sam, "#/list?state=all": sam, "#/list/" + talk: sam, "#/settings/sales": sam, "#/desk": ana, "#/desk/" + talk: ana} {
		h.do(p.Size(360, 720, false))
		h.do(p.Open(h.URL + "/desk/" + at))
		wide := eval[string](h, p, `[...document.querySelectorAll('main, .page, .page > *, .pane, .convlist')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 || (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'visible')).map((e) => e.className + ' ' + e.scrollWidth).join()`)
		assert.Empty(t, wide, at)
	}
}

// No text is missing in any language, and keys and names are the reader's.
func TestThePageSpeaksItsLanguages(t *testing.T) {
	h := open(t, e2e.Options{Demo: true})
	p := h.person("anybody", "#/settings/sales")
	h.do(p.Shows("everybody is let in"))
	h.do(p.Click(".who", "Your menu"))
	h.do(p.Click(e2e.Button, "Carla Méndez"))
	h.do(p.Until("location.search === '?as=carla' && document.querySelector('.navlink[href=\"#/desk\"]')"))
	missing := eval[[]string](h, p, `import('./texts.js').then((m) => Object.entries(m.default).filter(([, v]) => v.length !== 3 || v.some((s) => !s)).map(([k]) => k))`)
	assert.Empty(t, missing)
	h.do(p.Eval("localStorage.setItem('usher.lang', 'pt')", nil))
	h.do(p.Reload())
	h.do(p.Shows("Nível de serviço"))
	h.do(p.Eval("localStorage.setItem('usher.lang', 'es')", nil))
	h.do(p.Reload())
	h.do(p.Shows("Nivel de servicio"))
	raw := eval[[]string](h, p, `[...document.querySelectorAll('main *')].filter((e) => !e.children.length && /^(set|group|settings|fig|def|col|hours|member|black|whatif)\.[a-zA-Z.]+$/.test(e.textContent.trim())).map((e) => e.textContent)`)
	assert.Empty(t, raw, "keys that have no text")
}
