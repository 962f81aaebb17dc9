package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/sla"
)

func (f *floor) put(who, path string, body any) answer {
	f.t.Helper()
	data, err := json.Marshal(body)
	require.NoError(f.t, err)
	return f.ask(who, "PUT", path, string(data))
}

func TestSettingsAreReadCheckedAndSaved(t *testing.T) {
	f := newFloor(t, nil)
	at := "api/campaigns/sales/settings"
	s := get[console.Settings](f, "sup", at)
	assert.Equal(t, []any{"Sales", "main"}, []any{s.Campaign.Name, s.Campaign.WhatsApp.Connector})
	assert.Contains(t, s.Choices.Strategies, "leastbusy")
	assert.Equal(t, map[string]string{number: "sales", second: "support"}, s.Choices.Connectors[0].Taken)

	s.Campaign.WhatsApp.MaxTime = 90
	preview := post[console.Preview](f, "sup", at+"/check", console.SettingsBody{Campaign: s.Campaign, Version: s.Version})
	assert.Equal(t, []console.Change{{Path: "whatsapp.maxTime", From: nil, To: 90.0}}, preview.Changes)
	assert.Empty(t, preview.Faults)
	saved := f.put("sup", at, console.SettingsBody{Campaign: s.Campaign, Version: s.Version}).ok(new(console.Settings)).(console.Settings)
	assert.EqualValues(t, 90, saved.Campaign.WhatsApp.MaxTime)
	assert.NotEqual(t, s.Version, saved.Version)
	assert.Equal(t, saved, get[console.Settings](f, "sup", at))

	// Two supervisors edit the same settings: the later one is told.
	f.put("sup", at, console.SettingsBody{Campaign: s.Campaign, Version: s.Version}).fails(409, "settings_changed")
	f.put("half", at, console.SettingsBody{Campaign: s.Campaign, Version: saved.Version}).fails(404, "unknown_campaign")
	f.ask("half", "GET", at, "").fails(404, "unknown_campaign")
	s.Campaign.ID = "other"
	f.put("sup", at, console.SettingsBody{Campaign: s.Campaign, Version: saved.Version}).fails(400, "invalid")
}

func TestFaultsStandBesideTheirFields(t *testing.T) {
	f := newFloor(t, nil)
	at := "api/campaigns/sales/settings"
	s := get[console.Settings](f, "sup", at)
	s.Campaign.WhatsApp.MaxTime = -5
	s.Campaign.WhatsApp.BotOnStart = "robbie"
	s.Campaign.Members = append(s.Campaign.Members, usher.Member{Agent: "nobody"})
	body := console.SettingsBody{Campaign: s.Campaign, Version: s.Version}
	preview := post[console.Preview](f, "sup", at+"/check", body)
	paths := map[string]string{}
	for _, x := range preview.Faults {
		paths[x.Path] = x.Problem
	}
	assert.Contains(t, paths, "whatsapp.maxTime")
	assert.Contains(t, paths, "whatsapp.botOnStart")
	assert.Contains(t, fmt.Sprint(paths), "nobody")
	assert.Len(t, f.put("sup", at, body).fails(422, "faults").Faults, len(preview.Faults))
	p := f.ask("sup", "POST", at+"/check", `{"campaign":{"id":"sales","whatsapp":{"maxTime":"soon","mixTime":1}}}`).fails(400, "invalid")
	assert.Len(t, p.Faults, 2)
	assert.Equal(t, "campaign.whatsapp.maxTime", p.Faults[0].Path)
}

// Before saving the supervisor learns what will happen to those who are there, and then
// it happens.
func TestPreviewSaysWhatHappens(t *testing.T) {
	f := newFloor(t, nil)
	at := "api/campaigns/sales/settings"
	f.available("ana", "bruno")
	active := f.say("1", "phone:34600000001")
	first := get[console.Interaction](f, "sup", "api/interactions/"+active).Offered
	post[console.Done](f, first, "api/interactions/"+active+"/accept", console.Empty{})
	f.say("2", "phone:34600000002")
	f.say("3", "phone:34600000003") // offered, one to each
	f.do(queue.AgentState{Agent: "ana", State: queue.Paused}, queue.AgentState{Agent: "bruno", State: queue.Paused})
	f.available("ana")
	f.pass(25 * time.Second)
	s := get[console.Settings](f, "sup", at)
	effects := func(change func(*usher.Campaign)) map[string]int {
		next := get[console.Settings](f, "sup", at).Campaign
		change(&next)
		p := post[console.Preview](f, "sup", at+"/check", console.SettingsBody{Campaign: next, Version: s.Version})
		require.Empty(t, p.Faults)
		assert.Equal(t, []int{2, 1}, []int{p.Waiting, p.Active})
		out := map[string]int{}
		for _, e := range p.Effects {
			out[e.Kind] = e.Count
			assert.Contains(t, e.Text, fmt.Sprint(e.Count))
		}
		return out
	}
	assert.Empty(t, effects(func(c *usher.Campaign) { c.Name = "Verkauf" }))
	assert.Equal(t, map[string]int{"times_out": 2}, effects(func(c *usher.Campaign) { c.WhatsApp.MaxTime = 10 }))
	assert.Empty(t, effects(func(c *usher.Campaign) { c.WhatsApp.MaxTime = 60 }))
	assert.Equal(t, map[string]int{"over_max": 1}, effects(func(c *usher.Campaign) { c.WhatsApp.MaxInteractions = 1 }))
	assert.Equal(t, map[string]int{"late": 2}, effects(func(c *usher.Campaign) { c.WhatsApp.ServiceLevel = 15 }))
	assert.Equal(t, map[string]int{"disabled": 3}, effects(func(c *usher.Campaign) { c.WhatsApp.Enable = false }))
	assert.Equal(t, map[string]int{"closes": 2}, effects(func(c *usher.Campaign) {
		c.WhatsApp.OutOfHours.Hours = &schedule.Schedule{Week: []schedule.Rule{{Days: []string{"mon"}, Range: schedule.Range{From: "10:00", To: "11:00"}}}}
	}))
	gone := effects(func(c *usher.Campaign) { c.Members = nil })
	assert.Equal(t, map[string]int{"no_member": 2, "loses_offer": 2, "keeps_active": 1}, gone)

	s.Campaign.WhatsApp.MaxTime = 10
	f.put("sup", at, console.SettingsBody{Campaign: s.Campaign, Version: s.Version}).ok(new(console.Settings))
	f.pass(31 * time.Second) // offers that were out may still be accepted
	assert.EqualValues(t, 2, get[console.Board](f, "sup", "api/board").Total.Counts.Ends.TimedOut)
}

func TestMembersAreComparedOneByOne(t *testing.T) {
	f := newFloor(t, nil)
	s := get[console.Settings](f, "sup", "api/campaigns/sales/settings")
	s.Campaign.Members = []usher.Member{{Agent: "bruno", Penalty: 2}, {Agent: "ana"}, {Agent: "carla"}}
	p := post[console.Preview](f, "sup", "api/campaigns/sales/settings/check", console.SettingsBody{Campaign: s.Campaign})
	var paths []string
	for _, c := range p.Changes {
		paths = append(paths, c.Path)
	}
	assert.Equal(t, []string{"members[bruno].penalty", "members[carla]", "members.order"}, paths)
}

func TestAgentsAreConfigured(t *testing.T) {
	f := newFloor(t, nil)
	done := f.put("sup", "api/agents/ana/settings", console.AgentBody{Agent: usher.Agent{ID: "ana", Name: "Ana Maria", Limit: 5}}).ok(new(console.AgentDone)).(console.AgentDone)
	assert.Equal(t, []any{"Ana Maria", 5}, []any{done.Agent.Name, done.Agent.Limit})
	p := f.put("sup", "api/agents/ana/settings", console.AgentBody{Agent: usher.Agent{ID: "ana", Limit: -1}}).fails(422, "faults")
	assert.Equal(t, "limit", p.Faults[0].Path)
	f.put("sup", "api/agents/ana/settings", console.AgentBody{Agent: usher.Agent{ID: "bruno"}}).fails(400, "invalid")
	f.put("half", "api/agents/ana/settings", console.AgentBody{Agent: usher.Agent{ID: "ana"}}).fails(404, "unknown_agent")
	assert.NotEmpty(t, get[console.Agents](f, "sup", "api/agents?campaign=sales").Agents)
}

func TestTheBlacklist(t *testing.T) {
	f := newFloor(t, nil)
	add := f.ask("sup", "POST", "api/blacklist", `{"entries":[{"alias":"+34 600 111 222","scope":"sales","reason":"rude","author":"somebody else"}]}`)
	assert.Equal(t, console.BlacklistChange{Added: 1, Total: 1}, add.ok(new(console.BlacklistChange)))
	page := get[console.BlacklistPage](f, "sup", "api/blacklist?q=RUDE")
	require.Len(t, page.Entries, 1)
	assert.Equal(t, []string{"phone:34600111222", "sup@example.com"}, []string{page.Entries[0].Alias, page.Entries[0].Author}, "the author is who did it")
	assert.Empty(t, f.say("hello", maria), "kept out")
	history := get[console.BlacklistHistory](f, "sup", "api/blacklist/history?campaign=sales")
	assert.Equal(t, []any{1, uint64(1)}, []any{len(history.Attempts), history.Totals.Recorded})
	assert.Empty(t, get[console.BlacklistHistory](f, "half", "api/blacklist/history").Attempts)

	p := f.ask("sup", "POST", "api/blacklist", `{"entries":[{"alias":"x"},{"alias":"phone:15550001","direction":"sideways"}]}`).fails(422, "faults")
	assert.Len(t, p.Faults, 2)
	assert.Equal(t, "entries[0].alias", p.Faults[0].Path)

	file := "alias,reason\nphone:15550001,=cmd()\n"
	checked := post[console.BlacklistChange](f, "sup", "api/blacklist/import", console.BlacklistImportBody{CSV: file, Check: true})
	assert.Equal(t, console.BlacklistChange{Added: 1, Total: 1, Checked: true}, checked)
	assert.Equal(t, 2, post[console.BlacklistChange](f, "sup", "api/blacklist/import", console.BlacklistImportBody{CSV: file}).Total)
	bad := f.ask("sup", "POST", "api/blacklist/import", `{"csv":"alias\nnobody\n"}`).fails(422, "faults")
	assert.Equal(t, "line 2: alias", bad.Faults[0].Path)
	assert.Contains(t, string(f.ask("sup", "GET", "api/csv/blacklist", "").Body), "'=cmd()")

	removed := f.ask("sup", "POST", "api/blacklist/remove", `{"entries":[{"alias":"phone:34600111222","scope":"sales"}]}`)
	assert.Equal(t, console.BlacklistChange{Removed: 1, Total: 1}, removed.ok(new(console.BlacklistChange)))
	assert.NotEmpty(t, f.say("hello", maria))
}

func TestWhatIf(t *testing.T) {
	begun, end := make(chan func(float64)), make(chan error)
	f := newFloor(t, func(_ *usher.Options, _ *usher.Config, o *console.Options) {
		o.WhatIf = console.WhatIfFunc(func(ctx context.Context, trial console.Trial, progress func(float64)) (console.WhatIfResult, error) {
			begun <- progress
			select {
			case <-ctx.Done():
				return console.WhatIfResult{}, ctx.Err()
			case err := <-end:
				return console.WhatIfResult{From: trial.From, To: trial.To, After: console.WhatIfSide{Counts: sla.Counts{Answered: 3, AnsweredIn: 3}}}, err
			}
		})
	})
	campaign := get[console.Settings](f, "sup", "api/campaigns/sales/settings").Campaign
	run := f.ask("sup", "POST", "api/whatif", mustJSON(console.WhatIfBody{Campaign: campaign}))
	require.Equal(t, 202, run.Status, "%s", run.Body)
	id := run.ok(new(console.Run)).(console.Run).ID
	(<-begun)(0.5)
	at := "api/whatif/" + id
	got := get[console.Run](f, "sup", at)
	assert.Equal(t, []any{"running", 0.5}, []any{got.State, got.Progress})
	f.ask("half", "GET", at, "").fails(404, "unknown_run")
	end <- nil
	await(t, func() bool { return get[console.Run](f, "sup", at).State == "done" })
	got = get[console.Run](f, "sup", at)
	assert.Equal(t, 1.0, *got.Result.After.Figures["serviceLevel"])
	assert.Equal(t, morning.Add(-24*time.Hour), got.Result.From)

	// One that is cancelled, one that fails, and no more than two at once.
	start := func() string {
		id := post[console.Run](f, "sup", "api/whatif", console.WhatIfBody{Campaign: campaign}).ID
		<-begun
		return id
	}
	one, two := start(), start()
	f.ask("sup", "POST", "api/whatif", mustJSON(console.WhatIfBody{Campaign: campaign})).fails(503, "busy")
	assert.Equal(t, "cancelled", post[console.Run](f, "sup", "api/whatif/"+one+"/cancel", console.Empty{}).State)
	end <- errors.New("the journal is too short")
	await(t, func() bool { return get[console.Run](f, "sup", "api/whatif/"+two).State == "failed" })
	assert.Equal(t, "the journal is too short", get[console.Run](f, "sup", "api/whatif/"+two).Problem)
	campaign.WhatsApp.MaxTime = -1
	f.ask("sup", "POST", "api/whatif", mustJSON(console.WhatIfBody{Campaign: campaign})).fails(422, "faults")

	none := newFloor(t, nil)
	none.ask("sup", "POST", "api/whatif", `{"campaign":{"id":"sales"}}`).fails(501, "not_supported")
}

func mustJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// await waits for what happens on another goroutine.
func await(t *testing.T, ready func() bool) {
	t.Helper()
	require.Eventually(t, ready, 5*time.Second, time.Millisecond)
}

// A campaign that is not there yet is made by saving it.
func TestANewCampaign(t *testing.T) {
	f := newFloor(t, nil)
	fresh := usher.Campaign{ID: "night", Name: "Night", Members: []usher.Member{{Agent: "carla"}}}
	f.put("sup", "api/campaigns/night/settings", console.SettingsBody{Campaign: fresh, Version: "of another"}).fails(409, "settings_changed")
	f.put("half", "api/campaigns/night/settings", console.SettingsBody{Campaign: fresh}).fails(404, "unknown_campaign")
	got := f.put("sup", "api/campaigns/night/settings", console.SettingsBody{Campaign: fresh}).ok(new(console.Settings)).(console.Settings)
	assert.Equal(t, "Night", got.Campaign.Name)
	assert.Len(t, get[console.Campaigns](f, "sup", "api/campaigns").Campaigns, 3)
}

// A setting that can have no effect is shown before saving, and can be saved.
func TestWarningsStandBesideTheirFields(t *testing.T) {
	f := newFloor(t, nil)
	at := "api/campaigns/sales/settings"
	s := get[console.Settings](f, "sup", at)
	s.Campaign.WhatsApp.MaxTime, s.Campaign.WhatsApp.Texts.TimedOut = 0, "sorry"
	body := console.SettingsBody{Campaign: s.Campaign, Version: s.Version}
	preview := post[console.Preview](f, "sup", at+"/check", body)
	assert.Empty(t, preview.Faults)
	assert.Contains(t, preview.Warnings, usher.Fault{Path: "whatsapp.texts.timedOut", Problem: "has no effect without maxTime"})
	f.put("sup", at, body).ok(new(console.Settings))
}

// What another person changes in another campaign is no conflict.
func TestSavesOfTwoCampaignsAreIndependent(t *testing.T) {
	f := newFloor(t, nil)
	sales := get[console.Settings](f, "sup", "api/campaigns/sales/settings")
	support := get[console.Settings](f, "sup", "api/campaigns/support/settings")
	sales.Campaign.WhatsApp.MaxTime, support.Campaign.WhatsApp.MaxTime = 90, 120
	f.put("sup", "api/campaigns/sales/settings", console.SettingsBody{Campaign: sales.Campaign, Version: sales.Version}).ok(new(console.Settings))
	f.put("sup", "api/campaigns/support/settings", console.SettingsBody{Campaign: support.Campaign, Version: support.Version}).ok(new(console.Settings))
	assert.EqualValues(t, 90, get[console.Settings](f, "sup", "api/campaigns/sales/settings").Campaign.WhatsApp.MaxTime)
}

// A message that the provider delivered two days after it was sent is marked at the desk.
func TestLateMessageIsMarkedAtTheDesk(t *testing.T) {
	f := newFloor(t, nil)
	f.available("ana")
	message := channel.TextMessage("are you open today?")
	message.ID, message.Time = "late", f.clock.Now().Add(-48*time.Hour)
	require.NoError(t, f.center.Receive(t.Context(), []channel.Update{{Connector: "main", Number: number, Message: &channel.Inbound{
		From: channel.Customer{Aliases: []channel.Alias{maria}}, Message: message,
	}}}))
	f.settle()
	id := f.center.Interactions("sales")[0].ID
	items := get[console.Conversation](f, "sup", "api/interactions/"+id+"/conversation").Items
	assert.InDelta(t, 48*3600, messages(items)[0].Late, 1)
}
