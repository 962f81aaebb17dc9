package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/console/e2e"
	"github.com/usher-go/usher/queue"
)

// A transfer names its sender, its receiver and its reason to both, and each sees the note that
// concerns them.
func TestATransferSaysWhoHandsOverToWhomAndWhy(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "Do you deliver to Porto?"))
	ana, bruno := h.person("ana", "#/desk"), h.person("bruno", "#/desk")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Fill("Message", "Let me ask."))
	h.do(ana.Press("\r"))
	h.do(ana.Until("document.querySelector('.conv .pv').innerText === 'You: Let me ask.'"))
	h.do(h.Available(t.Context(), "bruno"))

	h.do(ana.Click(e2e.Button, "Transfer"))
	h.do(ana.Click("[role=radio]", "Bruno Costa"))
	h.do(ana.Fill("Reason (optional)", "he knows Portugal"))
	h.do(ana.Click("dialog .foot button", "Transfer"))
	h.do(ana.Shows("Waiting for Bruno Costa to accept. It stays yours until then."))
	h.do(ana.Shows("Ana Lima transfers to Bruno Costa: “he knows Portugal”"))

	h.do(bruno.Until("document.querySelector('.offer')?.innerText.includes('from Ana Lima')"))
	h.do(bruno.Until("document.querySelector('.offer').innerText.includes('“he knows Portugal”')"))
	h.do(bruno.Until("document.querySelector('.offer').innerText.includes('Ana Lima: Let me ask.')"))
	id := eval[string](h, bruno, "document.querySelector('.offer').dataset.offer")
	h.do(bruno.Eval("location.hash = '#/desk/"+id+"'", nil)) // look before accepting
	h.do(bruno.Shows("Ana Lima hands this conversation over to you."))
	h.do(bruno.Hides("It stays yours"))
	assert.False(t, eval[bool](h, bruno, "document.querySelector('.pane').innerText.includes('Take it back')"))
	h.do(bruno.Click(e2e.Button, "Accept"))
	h.do(bruno.Shows("Bruno Costa took over from Ana Lima"))
	h.do(bruno.Shows("Ana Lima transfers to Bruno Costa: “he knows Portugal”"))
	h.do(bruno.Until("document.querySelector('.conv .pv').innerText === 'Ana Lima: Let me ask.'"))
	h.do(bruno.Until("[...document.querySelectorAll('.side .tl li')].some((l) => l.innerText.includes('Bruno Costa took over from Ana Lima'))"))
	assert.False(t, eval[bool](h, bruno, `/\b(ana|bruno)\b/.test(document.querySelector('main').innerText)`), "names, not ids")
}

// After a transfer to a campaign the next agent reads from whom it comes and why; a supervisor
// who moves one is named too.
func TestATransferToACampaignSaysWhy(t *testing.T) {
	h := open(t, e2e.Options{})
	h.Allow("diego", console.Actor{ID: "diego", Name: "Diego Rossi", Agent: "diego", Can: console.Agent})
	h.person("sam", "#/dashboard") // so that the name is known
	h.do(h.Available(t.Context(), "ana", "diego"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "My desk wobbles"))
	ana, diego := h.person("ana", "#/desk"), h.person("diego", "#/desk")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Click(e2e.Button, "Transfer"))
	h.do(ana.Click(e2e.Button, "A campaign"))
	h.do(ana.Click("[role=radio]", "Support"))
	h.do(ana.Fill("Reason (optional)", "needs a new leg"))
	h.do(ana.Click("dialog .foot button", "Transfer"))
	h.do(diego.Click(e2e.Button, "Accept"))
	h.do(diego.Shows("Moved to Support: “needs a new leg”"))
	in := h.Center.Interactions("")[0]
	_, err := h.Center.Do(t.Context(), queue.Requeue{Interaction: in.ID, By: "sam", Reason: "Carla knows this model"})
	h.do(err)
	// Diego, who had it, is not asked again for a while; the supervisor gives it to him.
	_, err = h.Center.Do(t.Context(), queue.Assign{Interaction: in.ID, Agent: "diego", By: "sam"})
	h.do(err)
	h.do(diego.Shows("Returned to the queue: “Carla knows this model”"))
}
