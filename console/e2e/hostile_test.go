package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/console/e2e"
)

// What customers call themselves and write is shown as text and harms nothing.
func TestHostileTextIsShownAsTextAndHarmsNothing(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	name := "\u202e<img src=x onerror=window.pwned=1>\u200b\u200d\u2066"
	h.do(h.Say(t.Context(), "16505550001", name, e2e.SalesNumber, "<script>window.pwned=1</script><b>bold</b>"))
	ana := h.person("ana", "#/desk")
	sam := h.person("sam", "#/dashboard")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Until("document.querySelector('.composer textarea')"))
	evil := []string{
		"\u202eevil txt.exe", "javascript:alert(1) https://x", strings.Repeat("Z̷̡̢̧̨̛̗̘̙̜̝̞̟̠̣̤̥̦̩̪̫̬̭̮̯̰̱̲̳̹̺̻̼͇͈͉͍͎̀́̂̃̄̅̆̇̈̉̊̋̌̍̎̏̐̑̒̓̔̽̾̿", 40), "=1+1", "{{constructor.constructor('window.pwned=1')()}}",
		"${window.pwned=1}", "\u0000\u0007\u001b[31mred", strings.Repeat("\n", 3000) + "end", "🏴󠁧󠁢󠁥󠁮󠁧󠁿👩‍👩‍👧‍👦",
	}
	for _, text := range evil {
		h.do(h.Say(t.Context(), "16505550001", name, e2e.SalesNumber, text))
	}
	h.do(ana.Until(fmt.Sprintf("document.querySelectorAll('.msg.in').length === %d", len(evil)+1)))
	h.do(ana.Shows("<script>window.pwned=1</script><b>bold</b>"))
	h.do(sam.Open(h.URL + "/desk/#/list?state=all"))
	h.do(sam.Until("document.querySelector('tbody a')"))
	for _, p := range []*e2e.Page{ana, sam} {
		assert.False(t, eval[bool](h, p, "!!window.pwned"))
		assert.Zero(t, eval[int](h, p, "document.querySelectorAll('main b, main script, main img[src=x]').length"))
		assert.NotContains(t, eval[string](h, p, "document.querySelector('main').innerText + document.title"), "\u202e", "nothing turns the direction")
	}
	tall := eval[float64](h, ana, "Math.max(...[...document.querySelectorAll('.msg.in')].filter((m) => m.textContent.includes('Z')).map((m) => m.scrollHeight))")
	assert.Less(t, tall, 600.0, "marks do not pile up over their neighbours")
}

func TestAMegabyteOfTextDoesNotFreezeThePage(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	h.do(h.Say(t.Context(), "16505550001", strings.Repeat("name ", 50_000), e2e.SalesNumber, "first"))
	ana := h.person("ana", "#/desk")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Until("document.querySelector('.composer textarea')"))
	h.do(ana.Eval(`(() => { window.worst = 0; let at = performance.now(); (function tick() { const now = performance.now(); window.worst = Math.max(window.worst, now - at); at = now; setTimeout(tick, 16); })(); })()`, nil))
	h.do(h.Say(t.Context(), "16505550001", "n", e2e.SalesNumber, strings.Repeat("lorem ipsum\u0301\u0301\u0301 ", 60_000)))
	h.do(ana.Shows("Save all ("))
	h.do(ana.Click(e2e.Button, "Show more"))
	h.do(ana.Fill("Message", "I am still here"))
	assert.Less(t, eval[float64](h, ana, "window.worst"), 1500.0, "milliseconds in which the page did not answer")
}

// A conversation of a thousand messages opens soon, goes on by itself, and can be read to
// its beginning.
func TestAThousandMessagesStaySmooth(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	for i := range 1000 {
		h.do(h.Say(t.Context(), "16505550001", "John", e2e.SalesNumber, fmt.Sprintf("message number %d", i)))
	}
	ana := h.person("ana", "#/desk")
	h.do(ana.Click(e2e.Button, "Accept"))
	start := time.Now()
	h.do(ana.Shows("message number 999"))
	t.Logf("the last message was there %v after the click", time.Since(start).Round(time.Millisecond))
	h.do(ana.Until("(() => { const e = document.querySelector('.thread'); return e.scrollHeight - e.scrollTop - e.clientHeight < 4; })()"))
	worst := eval[float64](h, ana, `(async () => { const e = document.querySelector('.thread'); let worst = 0, at = performance.now();
		for (let i = 0; i < 40; i++) { e.scrollTop -= 600; await new Promise(requestAnimationFrame); const now = performance.now(); worst = Math.max(worst, now - at); at = now; }
		return worst; })()`)
	t.Logf("longest frame while scrolling: %.0f ms", worst)
	assert.Less(t, worst, 1000.0)
	h.do(ana.Until(`(() => { const e = document.querySelector('.thread'); e.scrollTop = 0; return document.body.innerText.includes('message number 0\n'); })()`))
	h.do(h.Say(t.Context(), "16505550001", "John", e2e.SalesNumber, "and one more"))
	h.do(ana.Shows("1 new")) // it does not tear the reader away
	h.do(ana.Click(e2e.Button, "1 new"))
	h.do(ana.Until("(() => { const e = document.querySelector('.thread'); return e.scrollHeight - e.scrollTop - e.clientHeight < 4; })()"))
}

// What a keystroke, a tick of the clock and a new message cost does not grow with the length of
// the conversation: messages that have been drawn are not drawn again.
func TestAKeystrokeCostsTheSameInALongConversation(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	for i := range 2000 {
		h.do(h.Say(t.Context(), "16505550001", "John", e2e.SalesNumber, fmt.Sprintf("message number %d", i)))
	}
	ana := h.person("ana", "#/desk")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Shows("message number 1999"))
	h.do(ana.Until(`(() => { const e = document.querySelector('.thread'); e.scrollTop = 0; return document.querySelectorAll('.msg').length === 2000; })()`))
	// The time until the page has been laid out again; and what changes in the thread.
	median := eval[float64](h, ana, `(async () => {
		const e = document.querySelector('.composer textarea'), times = [];
		window.redrawn = 0; new MutationObserver((l) => { window.redrawn += l.length; }).observe(document.querySelector('.lines'), { subtree: true, childList: true, characterData: true, attributes: true });
		for (let i = 0; i < 30; i++) { const at = performance.now(); e.value += 'x'; e.dispatchEvent(new Event('input', { bubbles: true })); await new Promise((done) => queueMicrotask(() => { document.body.offsetHeight; done(); })); times.push(performance.now() - at); await new Promise(requestAnimationFrame); }
		return times.sort((a, b) => a - b)[15]; })()`)
	t.Logf("a keystroke costs %.1f ms with 2,000 messages", median)
	assert.Less(t, median, 16.0, "milliseconds: a frame")
	renders := eval[int](h, ana, `(async () => { await new Promise((done) => setTimeout(done, 2500)); return window.redrawn; })()`)
	assert.Zero(t, renders, "changes in the thread while nothing was said")
}
