package e2e_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/console/e2e"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/sla"
)

// tried answers at once, as a simulator that has little to do.
func tried(ctx context.Context, x console.Trial, progress func(float64)) (console.WhatIfResult, error) {
	progress(0.5)
	if x.Campaign.WhatsApp.MaxTime == 999 { // the one that takes for ever
		<-ctx.Done()
		return console.WhatIfResult{}, ctx.Err()
	}
	side := func(in int64) console.WhatIfSide {
		return console.WhatIfSide{Counts: sla.Counts{Answered: 100, AnsweredIn: in, AnsweredLate: 100 - in}}
	}
	return console.WhatIfResult{From: x.From, To: x.To, Before: side(80), After: side(91), Notes: []string{"100 contacts were played"}}, nil
}

func TestTheFourteenSettingsAreThereInOrder(t *testing.T) {
	h := open(t, e2e.Options{})
	sam := h.person("sam", "#/settings/sales")
	names := eval[[]string](h, sam, `[...document.querySelectorAll('#s-whatsapp .setting > .about > .label')].map((e) => e.textContent)`)
	assert.Equal(t, []string{
		"Enable", "Connector", "Phone Number", "Strategy", "Service Level", "Max Interactions", "Max Transfer Time",
		"Bot on Start", "Bot on End", "Max Time", "Bot After Waiting Time", "Out of Hours", "Incoming Blacklist", "Outgoing Blacklist",
	}, names)
	assert.True(t, eval[bool](h, sam, `[...document.querySelectorAll('#s-whatsapp .setting .hint')].every((e) => e.textContent.length > 10)`), "each is explained")
}

func TestSettingsAreRefusedReviewedAndSaved(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Say(t.Context(), "16505550001", "John", e2e.SalesNumber, "I wait"))
	sam, other := h.person("sam", "#/settings/sales"), h.person("sam", "#/settings/sales")

	h.do(sam.Fill("Max Time", "-5"))
	h.do(sam.Until(`document.querySelector('[data-setting="set.maxTime"] .fault')?.innerText.includes('≥ 0')`))
	h.do(sam.Click(e2e.Button, "Review and save"))
	h.do(sam.Shows("1 to mend"))
	h.do(sam.Fill("Max Time", "600"))
	h.do(sam.Until(`!document.querySelector('.fault')`))
	h.do(sam.Drag(`#s-whatsapp .hday:nth-of-type(3) .track`, 0.5, 0.75))
	h.do(sam.Click("#s-members .btn", "Bruno Costa: move up"))
	h.do(sam.Click("#s-members .rm", "Remove: Ana Lima"))
	h.do(sam.Click(e2e.Button, "Review and save"))
	h.do(sam.Shows("What will change"))
	h.do(sam.Shows("Now 1 wait and 0 are with agents."))
	h.do(sam.Until(`document.querySelector('dialog .diff').innerText.includes('10 min')`))
	h.do(sam.Click("dialog .foot button", "Save"))
	h.do(sam.Shows("Saved"))

	h.do(other.Fill("Service Level", "45")) // somebody else edited what was
	h.do(other.Click(e2e.Button, "Review and save"))
	h.do(other.Click("dialog .foot button", "Save"))
	h.do(other.Shows("Somebody saved other settings meanwhile"))
	h.do(other.Click("dialog button", "Read them again"))
	h.do(other.Until(`document.getElementById('f-maxTime').value === '600' && document.getElementById('f-serviceLevel').value === '30'`))

	h.do(other.Click("#s-members .rm", "Remove: Bruno Costa"))
	h.do(other.Shows("Changes are not saved yet"))
	h.do(other.Click(e2e.Button, "Discard"))
	h.do(other.Hides("Changes are not saved yet"))
}

// An overflow step has everything that it has on the card: when it is repeated, and what it
// makes easier.
func TestAnOverflowStepIsEditedWhole(t *testing.T) {
	h := open(t, e2e.Options{})
	sam := h.person("sam", "#/settings/sales")
	h.do(sam.Until(`document.getElementById('f-overflow') || document.querySelector('[data-setting="group.overflow"]')`))
	h.do(sam.Eval(`document.querySelector('[data-setting="group.overflow"]').closest('details').open = true`, nil))
	h.do(sam.Click(`[data-setting="group.overflow"] button.linkish`, "+ Step"))
	h.do(sam.Choose("Do", "relax skills"))
	h.do(sam.Fill("Every (s)", "60"))
	h.do(sam.Fill("open tiers", "2"))
	h.do(sam.Click(e2e.Button, "Review and save"))
	h.do(sam.Click("dialog .foot button", "Save"))
	h.do(sam.Shows("Saved"))
	cfg, err := h.Center.Config(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []settings.Step{{After: 120, Every: 60, Do: "relax", Relax: &settings.Ring{Tiers: 2}}}, cfg.Campaigns[0].WhatsApp.Overflow)
}

func TestHoursAreDrawnByDragging(t *testing.T) {
	c := e2e.Config()
	c.Campaigns[0].WhatsApp.OutOfHours.Hours = nil
	h := open(t, e2e.Options{Config: c})
	sam := h.person("sam", "#/settings/sales")
	h.do(sam.Click("label.check", "By the week"))
	h.do(sam.Until("document.querySelectorAll('.hday').length === 7"))
	days := `[...document.querySelectorAll('.hday')].map((d) => [...d.querySelectorAll('.rl')].map((r) => r.textContent).join(' '))`
	h.do(sam.Drag(`.hday[aria-label="Saturday"] .track`, 9.0/24, 13.0/24))
	h.do(sam.Drag(`.hday[aria-label="Saturday"] .track`, 15.0/24, 18.0/24))
	h.do(sam.Drag(`.hday[aria-label="Monday"] .track`, 12.0/24, 13.0/24)) // moves the range by an hour
	assert.Equal(t, []string{"10:00–19:00", "09:00–18:00", "09:00–18:00", "09:00–18:00", "09:00–18:00", "09:00–13:00 15:00–18:00", ""}, eval[[]string](h, sam, days))
	h.do(sam.Eval(`document.querySelector('.hday[aria-label="Saturday"] .rangebar').focus()`, nil))
	h.do(sam.Press("\x7f")) // Delete
	h.do(sam.Until(days + `[5] === '15:00–18:00'`))
}

func TestSettingsAreTriedOnThePastWithProgressAndCancel(t *testing.T) {
	h := open(t, e2e.Options{WhatIf: console.WhatIfFunc(tried)})
	sam := h.person("sam", "#/settings/sales")
	h.do(sam.Click(e2e.Button, "Try on the last day"))
	h.do(sam.Fill("Max Time", "999"))
	h.do(sam.Click("#whatif button", "Try"))
	h.do(sam.Until("document.querySelector('#whatif progress')?.value === 0.5"))
	h.do(sam.Click("#whatif button", "Cancel"))
	h.do(sam.Shows("Cancelled."))
	h.do(sam.Fill("Max Time", "300"))
	h.do(sam.Click("#whatif button", "Try"))
	h.do(sam.Until(`[...document.querySelectorAll('.compare tr')].some((r) => /Service level\s+80%\s+91%\s+\+11%/.test(r.innerText))`))
	h.do(sam.Shows("100 contacts were played"))
}

func TestTheBlacklistIsKeptAndTellsWhatItStopped(t *testing.T) {
	h := open(t, e2e.Options{})
	sam := h.person("sam", "#/settings/sales")
	h.do(sam.Click("#s-blacklist button", "Add"))
	h.do(sam.Fill("Phone number or other alias", "nonsense"))
	h.do(sam.Click("dialog .foot button", "Add"))
	h.do(sam.Until("document.querySelector('dialog .fault, dialog .note.bad')"))
	h.do(sam.Fill("Phone number or other alias", "+1 650 555 1234"))
	h.do(sam.Fill("Reason", "=HYPERLINK(\"http://x\")"))
	h.do(sam.Click("dialog .foot button", "Add"))
	h.do(sam.Until("document.querySelector('#s-blacklist tbody tr')"))
	h.do(h.Say(t.Context(), "16505551234", "John", e2e.SalesNumber, "let me in"))
	h.do(sam.Click("#s-blacklist .seg button", "History"))
	h.do(sam.Until("document.querySelector('#s-blacklist tbody tr')?.innerText.includes('+1 650 555 1234')"))
	csv := eval[string](h, sam, "fetch('api/csv/blacklist?campaign=sales').then((r) => r.text())")
	assert.Contains(t, csv, "'=HYPERLINK", "a formula is no formula in the file")
}

func TestAReaderSeesAndMayNotAct(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Say(t.Context(), "16505550001", "John", e2e.SalesNumber, "I wait"))
	rita := h.person("rita", "#/dashboard")
	h.do(rita.Until("document.querySelector('#waiting tbody tr')"))
	assert.Equal(t, []string{"Dashboard"}, eval[[]string](h, rita, "[...document.querySelectorAll('.navlink')].map((a) => a.innerText.trim())"))
	h.do(rita.Click(e2e.Button, "Why?"))
	h.do(rita.Shows("No agent can take it now."))
	h.do(rita.Click("a", "John"))
	h.do(rita.Shows("You are reading this conversation."))
	assert.False(t, eval[bool](h, rita, "[...document.querySelectorAll('button')].some((b) => b.innerText.includes('Actions'))"))
}

func TestASupervisorActsWithTheirNameOnIt(t *testing.T) {
	h := open(t, e2e.Options{})
	h.do(h.Say(t.Context(), "16505550001", "John", e2e.SalesNumber, "I wait"))
	h.do(h.Available(t.Context(), "ana"))
	h.do(h.Pause(t.Context(), "ana"))
	sam := h.person("sam", "#/list?state=waiting")
	h.do(sam.Click("a", "John"))
	h.do(sam.Click(e2e.Button, "Actions"))
	h.do(sam.Click(e2e.Button, "Assign to an agent"))
	h.do(sam.Choose("Assign to an agent", "Ana Lima"))
	h.do(sam.Click("dialog .foot button", "Assign to an agent"))
	h.do(sam.Shows("Ana Lima has it"))
	talk := h.Center.Interactions("")[0]
	assert.Equal(t, "ana", talk.Agent)
	events, err := h.Center.Transcript(t.Context(), talk.ID)
	h.do(err)
	by := ""
	for _, ev := range events {
		if ev.Kind == queue.Answered {
			by = ev.By
		}
	}
	assert.Equal(t, "sam", by)
}
