package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/console/e2e"
)

// The composer counts what the server counts: characters, not bytes or halves of emoji.
func TestTheComposerCountsCharacters(t *testing.T) {
	h, ana, _ := talk(t)
	write := func(text string) {
		h.do(ana.Eval(fmt.Sprintf(`(() => { const e = document.querySelector('.composer textarea'); e.focus(); e.value = %s; e.dispatchEvent(new Event('input', { bubbles: true })); })()`, quoted(text)), nil))
		h.do(ana.Click(e2e.Button, "Send"))
	}
	for _, letter := range []string{"ш", "م", "😀"} {
		write(strings.Repeat(letter, 4096))
		h.do(ana.Until(fmt.Sprintf("[...document.querySelectorAll('.msg.out .tx')].some((m) => m.textContent.startsWith(%s)) && document.querySelector('.composer textarea').value === ''", quoted(letter))))
		write(strings.Repeat(letter, 4097))
		h.do(ana.Shows("The text is longer than 4096 characters"))
		h.do(ana.Until("!document.querySelector('.toasts')?.innerText"))
	}
	in, _ := h.Center.Interaction(h.Center.Interactions("")[0].ID)
	events, err := h.Center.Transcript(t.Context(), in.ID)
	h.do(err)
	sent := 0
	for _, ev := range events {
		if ev.Message != nil && ev.Agent == "ana" {
			sent++
		}
	}
	assert.Equal(t, 3, sent)
}

// The time beside what an agent does is the time of that, not since they logged in.
func TestTimeInAConversationIsThatOfTheConversation(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	sam := h.person("sam", "#/dashboard")
	row := "[...document.querySelectorAll('#agents tbody tr')].find((r) => r.innerText.includes('Ana Lima')).innerText"
	h.Pass(33 * time.Minute)
	h.do(h.Say(t.Context(), john, "John", e2e.SalesNumber, "hello"))
	h.do(sam.Until("!/33:/.test(" + row + ") && /Being asked/.test(" + row + ")"))
	ana := h.person("ana", "#/desk")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Until("document.querySelector('.composer textarea')"))
	h.Pass(2 * time.Minute)
	h.do(sam.Until("/In conversation\\s+2:\\d\\d/.test(" + row + ")"))
	h.do(ana.Click(e2e.Button, "Finish"))
	h.do(ana.Click("dialog label", "Solved"))
	h.do(ana.Click("dialog .foot button", "Finish"))
	h.do(sam.Until("/Available\\s+35:\\d\\d/.test(" + row + ")"))
}

// A service level of those who were answered says how many wait beyond it already.
func TestTheServiceLevelSaysHowManyAreLateAlready(t *testing.T) {
	h, _, _ := talk(t)
	h.do(h.Pause(t.Context(), "ana"))
	for i := range 3 {
		h.do(h.Say(t.Context(), fmt.Sprintf("1650555777%d", i), "Mary", e2e.SalesNumber, "hello?"))
	}
	sam := h.person("sam", "#/dashboard")
	kpi := "[...document.querySelectorAll('.kpi')].find((k) => k.innerText.startsWith('Service level')).innerText"
	h.do(sam.Until("(" + kpi + ").includes('100%') && (" + kpi + ").includes('1 of 1 in time')"))
	assert.NotContains(t, eval[string](h, sam, kpi), "late")
	h.Pass(31 * time.Second)
	h.do(sam.Until("(" + kpi + ").includes('3 that wait are late already')"))
}
