package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/console/e2e"
)

const figure = `(name) => [...document.querySelectorAll('.now > div')].find((d) => d.innerText.startsWith(name))?.querySelector('.fig').innerText.replace(/.*: */, '').trim()`

// The whole way of a conversation, as its customer, two agents and a supervisor see it.
func TestAConversationFromTheFirstWordToTheLast(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "bruno"))
	board := h.person("sam", "#/dashboard?campaign=sales")
	h.do(board.Until("(" + figure + ")('Waiting') === '0'"))
	ana := h.person("ana", "#/desk")
	bruno := h.person("bruno", "#/desk")

	h.do(h.Pause(t.Context(), "bruno"))
	h.do(ana.Click(".statebtn", "Offline"))
	h.do(ana.Click(e2e.Button, "Available"))
	h.do(ana.Until("document.querySelector('.statebtn').innerText.includes('Available')"))

	customer := h.phone("5511987651234", "Beatriz")
	h.do(customer.Fill("Message from Beatriz", "Hi, is the oak desk in stock?"))
	h.do(customer.Press("\r"))

	h.do(ana.Shows("Hi, is the oak desk in stock?"))
	h.do(board.Until("(" + figure + ")('Waiting') === '1'"))
	h.do(ana.Until("document.title.startsWith('(1)')"))
	h.do(ana.Until("document.querySelector('.offer .ring text').textContent > 0"))
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(board.Until("(" + figure + ")('Waiting') === '0' && (" + figure + ")('With agents') === '1'"))

	h.do(ana.Fill("Message", "Good morning! Yes, two are left."))
	h.do(ana.Press("\r"))
	h.do(customer.Shows("two are left"))
	h.do(ana.Until(`document.querySelector('.msg.out [aria-label="Read"]')`))

	h.do(h.Available(t.Context(), "bruno"))
	h.do(ana.Click(e2e.Button, "Transfer"))
	h.do(ana.Click("[role=radio]", "Bruno Costa"))
	h.do(ana.Click("dialog .foot button", "Transfer"))
	h.do(ana.Shows("Waiting for Bruno Costa to accept"))
	h.do(bruno.Until("document.querySelector('.offer .chip')"))

	h.Pass(40 * time.Second) // Bruno lets it run out
	h.do(ana.Shows("back with Ana Lima"))
	h.do(ana.Hides("Waiting for Bruno Costa to accept"))
	h.do(bruno.Until("!document.querySelector('.offer')"))

	h.do(ana.Click(e2e.Button, "Finish"))
	h.do(ana.Click("dialog label", "Sale"))
	h.do(ana.Click("dialog .foot button", "Finish"))
	h.do(ana.Shows("Choose a conversation"))
	h.do(board.Until("(" + figure + ")('With agents') === '0'"))
	h.do(ana.Click(e2e.Button, "History"))
	h.do(ana.Shows("Sale"))
}

func TestAReplyToAnOutdatedConversationSaysWhatIsNewBeforeItIsSent(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "hello"))
	ana := h.person("ana", "#/desk")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Fill("Message", "We close at six."))
	// What comes now is on its way to the page as the agent presses Enter.
	h.do(ana.Eval(`(() => { const real = fetch; window.fetch = (u, o) => String(u).includes('/send') && !window.held ? new Promise((go) => { window.held = () => go(real(u, o)); }) : real(u, o); })()`, nil))
	h.do(ana.Press("\r"))
	h.do(ana.Until("window.held"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "Never mind, I found it"))
	h.do(ana.Eval("window.held()", nil))
	h.do(ana.Shows("Not sent yet: something new was said"))
	h.do(ana.Until("document.querySelector('[role=alertdialog]').innerText.includes('Never mind, I found it')"))
	h.do(ana.Click(e2e.Button, "Send it all the same"))
	h.do(ana.Until("[...document.querySelectorAll('.msg.out')].some((m) => m.innerText.includes('We close at six.'))"))
	h.do(ana.Hides("Not sent yet"))
}

func TestTwoTabsShareOneStreamAndBothStayFresh(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	first := h.person("ana", "#/desk")
	h.do(first.Until("document.querySelector('.conn').innerText.includes('Live')"))
	second, err := first.Beside()
	h.do(err)
	defer second.Close()
	h.do(second.Open(h.URL + "/desk/#/desk"))
	h.do(second.Until("document.querySelector('.conn').innerText.includes('Live')"))
	assert.Equal(t, 1, h.Streams(), "one stream for a browser")
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "are you there?"))
	h.do(first.Shows("are you there?"))
	h.do(second.Shows("are you there?"))
	h.do(second.Click(e2e.Button, "Accept"))
	h.do(first.Until("!document.querySelector('.offer')"))
	h.do(first.Go("about:blank")) // the tab that read the stream goes
	h.do(second.Until("document.querySelector('.conn').innerText.includes('Live')"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "and now?"))
	h.do(second.Shows("and now?"))
	assert.Equal(t, 1, h.Streams())
}

func TestADroppedConnectionNeverShowsStaleAsFresh(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "before the gap"))
	ana := h.person("ana", "#/desk")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Until("document.querySelector('.composer textarea')"))
	h.do(ana.Fill("Message", "still there?"))
	h.Cut()
	h.do(ana.Shows("This may be out of date"))
	h.do(ana.Until("document.querySelector('.conn').innerText.includes('Connection lost')"))
	assert.True(t, eval[bool](h, ana, "document.querySelector('.composer [type=submit]').disabled"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "during the gap"))
	h.Mend()
	h.do(ana.Shows("during the gap"))
	h.do(ana.Hides("This may be out of date"))
	h.do(ana.Until("document.querySelectorAll('.msg.in').length === 2")) // and nothing twice
}

func TestAReloadInMidOfferKeepsTheOfferAndItsClock(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	ana := h.person("ana", "#/desk")
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "anybody?"))
	h.do(ana.Until("document.querySelector('.offer')"))
	h.Pass(12 * time.Second)
	h.do(ana.Reload())
	h.do(ana.Until("document.querySelector('.offer .ring text').textContent <= 19"))
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Until("location.hash.startsWith('#/desk/') && document.querySelector('.composer textarea')"))
}

func TestAnExpiredPermissionEndsWhatItAllowed(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	ana := h.person("ana", "#/desk")
	h.do(ana.Until("document.querySelector('.conn').innerText.includes('Live')"))
	h.Forbid("ana")
	h.do(ana.Shows("Your access has ended"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "a secret"))
	h.do(ana.Reload())
	h.do(ana.Shows("Please log in"))
	assert.False(t, eval[bool](h, ana, "document.body.innerText.includes('a secret')"))
}

func TestWhereStreamsDoNotPassThePageAsks(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	h.CutStreams()
	ana := h.person("ana", "#/desk")
	h.do(ana.Until("document.querySelector('.conn').innerText.includes('slower line')"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "over a bad line"))
	h.do(ana.Shows("over a bad line"))
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Until("document.querySelector('.composer textarea')"))
	h.do(ana.Hides("may be out of date"))
}
