package e2e_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/console/e2e"
)

// An address that somebody edited, or an old bookmark, never blanks the page: every screen
// with every parameter that is none of its values shows itself or says what is wrong.
func TestEveryAddressShowsAPage(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "hello"))
	garbage := []string{"7d", "", "%00", "%zz", "null", "-1", "constructor", "<b>x</b>", "a,b", "９", strings.Repeat("x", 2000), "2026-13-45T99:99:99Z", "__proto__"}
	parameters := []string{"state", "period", "outcome", "agent", "campaign", "missed", "outbound", "tab", "id", "from", "toString"}
	sam, ana := h.person("sam", "#/dashboard"), h.person("ana", "#/desk")
	for _, p := range []struct {
		page   *e2e.Page
		screen []string
	}{
		{sam, []string{"dashboard", "list", "settings", "nonsense", "constructor", "", "list/e0", "list/%zz", "settings/none", "dashboard/x/y"}},
		{ana, []string{"desk", "desk/none", "desk/%zz", "dashboard", "list", "settings"}},
	} {
		look := func(hash string) {
			t.Helper()
			h.do(p.page.Eval("location.hash = "+quoted(hash)+"; new Promise((done) => setTimeout(done, 30))", nil))
			assert.Empty(t, eval[string](h, p.page, "document.querySelector('.guard')?.innerText || ''"), "%s cannot be drawn", hash)
			if !assert.True(t, eval[bool](h, p.page, "document.querySelector('main')?.innerText.trim().length > 0 && !!document.querySelector('nav a')"), "%s blanks the page", hash) {
				h.do(p.page.Reload())
			}
		}
		for _, screen := range p.screen {
			look("#/" + screen)
			for _, g := range garbage {
				var query []string
				for _, name := range parameters {
					query = append(query, name+"="+escaped(g))
				}
				look("#/" + screen + "?" + strings.Join(query, "&"))
			}
			for _, state := range []string{"waiting", "active", "bot", "open", "ended", "all"} {
				look("#/" + screen + "?state=" + state + "&period=7d")
			}
		}
		h.do(p.page.Settled())
		assert.Empty(t, p.page.Faults())
	}
}

// escaped is a value of a query; one with a percent sign is broken as it is.
func escaped(s string) string {
	if strings.HasPrefix(s, "%") {
		return s
	}
	return url.QueryEscape(s)
}

// What cannot be drawn says so in its place; everything else lives, and it is drawn again when
// it can be.
func TestWhatCannotBeDrawnSaysSoAndTheRestLives(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	sam := h.person("sam", "#/settings")
	// From now on the server's answer to one part of the dashboard makes no sense.
	h.do(sam.Eval(`(() => { const real = fetch; window.broken = true; window.fetch = async (u, o) => { const r = await real(u, o);
		if (!window.broken || !String(u).includes('api/series')) return r;
		return new Response(JSON.stringify({ intervals: [{ start: 'x', end: 'y', counts: { answered: 1, ends: { get: 1 } } }, null] }), { status: 200 }); }; })()`, nil))
	h.do(sam.Eval("location.hash = '#/dashboard'", nil))
	h.do(sam.Shows("This part cannot be shown."))
	h.do(sam.Until("document.querySelector('#agents')?.innerText.includes('Ana Lima')"))
	h.do(sam.Until("document.querySelector('.now')?.innerText.includes('Waiting')"))
	h.do(sam.Eval("window.broken = false", nil))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "hello")) // the board is read again
	h.do(sam.Until("document.querySelector('.now')?.innerText.includes('1')"))
	h.do(sam.Click(".linkish", "Try again"))
	h.do(sam.Until("[...document.querySelectorAll('.linkish')].filter((b) => b.innerText === 'Try again').forEach((b) => b.click()) || !document.querySelector('.guard')"))
	h.do(sam.Click(e2e.Button, "Settings"))
	h.do(sam.Until("location.hash.startsWith('#/settings') && document.querySelector('main').innerText.includes('Sales')"))
}

// quoted is a string of JavaScript.
func quoted(s string) string {
	data, _ := json.Marshal(s)
	return string(data)
}
