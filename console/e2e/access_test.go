package e2e_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

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

// wide is JavaScript that lists what does not fit the window: a page that scrolls beyond its
// shell, parts that run out of their card, and tables that are cut.
const wide = `(() => { const out = [], root = document.scrollingElement;
  if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) out.push('the page scrolls: ' + root.scrollWidth + ' × ' + root.scrollHeight);
  const name = (e) => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40);
  for (const e of document.querySelectorAll('main, .page, .page > *, .pane, .convlist, .panehead, .composer')) if (e.getBoundingClientRect().right > innerWidth + 1 || (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'visible')) out.push(name(e) + ' is too wide');
  for (const card of document.querySelectorAll('.card')) { const right = card.getBoundingClientRect().right;
    for (const e of card.querySelectorAll('*')) { const r = e.getBoundingClientRect(); if (r.width > 1 && r.right > right + 1 && !e.closest('svg, .sr')) out.push(name(e) + ' runs out of its card'); } }
  for (const e of document.querySelectorAll('.tablewrap')) if (e.scrollWidth > e.clientWidth + 1) out.push(name(e) + ' is cut');
  return [...new Set(out)].slice(0, 8); })()`

// Every screen fits the windows that people have, from a small phone on, whatever customers are
// called.
func TestEveryScreenFitsItsWindow(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana", "bruno", "diego"))
	h.do(h.Say(t.Context(), "16505550001", strings.Repeat("W", 300), e2e.SalesNumber, strings.Repeat("x", 2000)))
	ana, sam := h.person("ana", "#/desk"), h.person("sam", "")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Until("document.querySelector('.composer textarea')"))
	talk := strings.TrimPrefix(eval[string](h, ana, "location.hash"), "#/desk/")
	h.do(h.Pause(t.Context(), "bruno"))
	h.do(h.Say(t.Context(), "16505550002", "Maria da Conceição Albuquerque", e2e.SalesNumber, "hello"))
	h.Pass(26 * time.Hour)
	for at, p := range map[string]*e2e.Page{"#/dashboard": sam, "#/list?state=all&period=24h": sam, "#/list/" + talk: sam, "#/settings/sales": sam, "#/desk": ana, "#/desk/" + talk: ana} {
		for _, size := range append(e2e.Sizes(), [2]int64{360, 720}) {
			h.do(p.Size(size[0], size[1], false))
			h.do(p.Open(h.URL + "/desk/" + at))
			assert.Empty(t, eval[[]string](h, p, wide), "%s at %d", at, size[0])
		}
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
