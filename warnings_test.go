package usher_test

import (
	"bytes"
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/settings"
)

// soundConfig is a configuration in which every setting has an effect.
func soundConfig() usher.Config {
	return usher.Config{
		Agents: []usher.Agent{{ID: "ana", Limit: 2, ChannelLimits: map[string]int{"whatsapp": 1}, Lease: 60, Lapse: "requeue"}},
		Campaigns: []usher.Campaign{{
			ID: "sales", Members: []usher.Member{{Agent: "ana", Skills: []settings.Skill{{Name: "english", Level: 5}}}},
			WhatsApp: &settings.Card{
				Enable: true, Connector: "main", PhoneNumbers: []string{number}, ServiceLevel: 20, MaxTime: 600, MaxInteractions: 10,
				OutOfHours: settings.OutOfHours{Hours: &schedule.Schedule{}, Message: "closed", AtClosing: "hold"},
				Offers:     settings.Offers{RingTime: 20, MissDelay: 5, DeclineDelay: 5, AutoPauseMisses: 2, TierWait: 30, WrapUp: 10, WrapUpMax: 20},
				Skills:     settings.Skills{Require: []settings.Skill{{Name: "english", Level: 5}}, Relax: []settings.Ring{{After: 60, Lower: 2}, {After: 90, Drop: true}}},
				Return:     settings.Return{Sticky: "wait", Wait: 30},
				Silence:    settings.Silence{CustomerWarn: 60, CustomerEnd: 120, AgentNudge: 30, AgentReturn: 60},
				Announce:   settings.Announce{Text: "you are {position}", First: 30, Every: 60, OnlyWhenNearer: true},
				Texts:      settings.Texts{QueueFull: "full", TimedOut: "sorry", Left: "bye", SilenceWarning: "still there?", SilenceEnded: "bye"},
				LeaveWords: []string{"cancel"},
				Overflow: []settings.Step{
					{After: 60, Every: 10, When: "queue_longer", Than: 5, Do: "message", Text: "busy"},
					{After: 120, Every: 10, Do: "campaign", Target: "sales"}, {After: 180, Do: "end", Text: "sorry"},
				},
			},
		}},
	}
}

func TestSoundConfigurationHasNoWarnings(t *testing.T) {
	assert.Empty(t, soundConfig().Warnings())
	assert.Empty(t, usher.Config{Campaigns: []usher.Campaign{{ID: "without a card"}}}.Warnings())
}

// Each change makes settings useless; the warnings name them, and nothing else.
func TestSettingsWithoutEffectAreWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*usher.Config, *settings.Card)
		paths  []string // below campaigns[0].whatsapp, unless they begin with a dot
	}{
		"not enabled":       {func(_ *usher.Config, w *settings.Card) { w.Enable = false }, []string{"enable"}},
		"not measured":      {func(_ *usher.Config, w *settings.Card) { w.ServiceLevel = 0 }, []string{"serviceLevel"}},
		"measured too late": {func(_ *usher.Config, w *settings.Card) { w.ServiceLevel = 601 }, []string{"serviceLevel"}},
		"no longest time": {func(_ *usher.Config, w *settings.Card) {
			w.MaxTime, w.BotAfterWaitingTime, w.Texts.TimedOut = 0, "tape", "sorry"
		}, []string{"botAfterWaitingTime", "texts.timedOut"}},
		"bot in place of the text": {func(_ *usher.Config, w *settings.Card) { w.BotAfterWaitingTime = "tape" }, []string{"texts.timedOut"}},
		"requeue without a bot":    {func(_ *usher.Config, w *settings.Card) { w.Bots.RequeueAfterWaiting = true }, []string{"bots.requeueAfterWaiting"}},
		"no limit of the queue":    {func(_ *usher.Config, w *settings.Card) { w.MaxInteractions, w.Bots.QueueFull = 0, "busy" }, []string{"bots.queueFull", "texts.queueFull"}},
		"no leave words":           {func(_ *usher.Config, w *settings.Card) { w.LeaveWords = nil }, []string{"texts.left"}},
		"always open":              {func(_ *usher.Config, w *settings.Card) { w.OutOfHours.Hours = nil }, []string{"outOfHours.message", "outOfHours.atClosing"}},
		"after the end": {func(_ *usher.Config, w *settings.Card) {
			w.MaxTime, w.Announce.First, w.Offers.TierWait = 20, 21, 21
		}, []string{"announce.first", "offers.tierWait", "skills.relax[0].after", "skills.relax[1].after", "overflow[0].after", "overflow[1].after", "overflow[2].after"}},
		"put back by a bot": {func(_ *usher.Config, w *settings.Card) {
			w.MaxTime, w.BotAfterWaitingTime, w.Texts.TimedOut = 20, "tape", ""
		}, nil},
		"not asked": {func(_ *usher.Config, w *settings.Card) { w.Offers.AutoAnswer = true },
			[]string{"offers.ringTime", "offers.autoPauseMisses", "offers.declineDelay", "offers.missDelay"}},
		"pull and auto-answer": {func(_ *usher.Config, w *settings.Card) { w.Strategy, w.Offers.AutoAnswer = "ringall", true }, []string{"offers.autoAnswer"}},
		"no wrap-up":           {func(_ *usher.Config, w *settings.Card) { w.Offers.WrapUp = 0 }, []string{"offers.wrapUpMax"}},
		"short wrap-up":        {func(_ *usher.Config, w *settings.Card) { w.Offers.WrapUpMax = 5 }, []string{"offers.wrapUpMax"}},
		"no warning":           {func(_ *usher.Config, w *settings.Card) { w.Silence.CustomerWarn = 0 }, []string{"texts.silenceWarning"}},
		"warning without text": {func(_ *usher.Config, w *settings.Card) { w.Texts.SilenceWarning = "" }, []string{"silence.customerWarn"}},
		"no end":               {func(_ *usher.Config, w *settings.Card) { w.Silence.CustomerEnd = 0 }, []string{"texts.silenceEnded"}},
		"warned after the end": {func(_ *usher.Config, w *settings.Card) { w.Silence.CustomerWarn = 120 }, []string{"silence.customerWarn"}},
		"nudged after return":  {func(_ *usher.Config, w *settings.Card) { w.Silence.AgentNudge = 60 }, []string{"silence.agentNudge"}},
		"nothing to announce": {func(_ *usher.Config, w *settings.Card) { w.Announce.Text = "" },
			[]string{"announce.first", "announce.every", "announce.onlyWhenNearer"}},
		"announced once":        {func(_ *usher.Config, w *settings.Card) { w.Announce.Every = 0 }, []string{"announce.onlyWhenNearer"}},
		"not sticky":            {func(_ *usher.Config, w *settings.Card) { w.Return.Sticky = "prefer" }, []string{"return.wait"}},
		"sticky without a wait": {func(_ *usher.Config, w *settings.Card) { w.Return.Wait = 0 }, []string{"return.sticky"}},
		"skill of no member": {func(_ *usher.Config, w *settings.Card) {
			w.Skills.Require[0].Level, w.Skills.Relax = 6, nil
		}, []string{"skills.require[0]"}},
		"lower and drop":   {func(_ *usher.Config, w *settings.Card) { w.Skills.Relax[1].Lower = 1 }, []string{"skills.relax[1].lower"}},
		"fields of a step": {func(_ *usher.Config, w *settings.Card) { w.Overflow[0].When = "" }, []string{"overflow[0].than", "overflow[0].every"}},
		"more fields of a step": {func(_ *usher.Config, w *settings.Card) {
			w.Overflow[0].Target, w.Overflow[1].Text, w.Overflow[1].Relax = "sales", "x", &settings.Ring{After: 5, Lower: 1, Drop: true}
		}, []string{"overflow[0].target", "overflow[1].text", "overflow[1].relax", "overflow[1].relax.after", "overflow[1].relax.lower"}},
		"after an end":         {func(_ *usher.Config, w *settings.Card) { w.Overflow[2].After = 90 }, []string{"overflow[1]"}},
		"no member":            {func(c *usher.Config, w *settings.Card) { c.Campaigns[0].Members, w.Skills.Require = nil, nil }, []string{".campaigns[0].members"}},
		"no member receives":   {func(c *usher.Config, _ *settings.Card) { c.Campaigns[0].Members[0].NoReceive = true }, []string{".campaigns[0].members"}},
		"no lease":             {func(c *usher.Config, _ *settings.Card) { c.Agents[0].Lease = 0 }, []string{".agents[0].lapse"}},
		"limit of a channel":   {func(c *usher.Config, _ *settings.Card) { c.Agents[0].ChannelLimits["whatsapp"] = 3 }, []string{".agents[0].channelLimits.whatsapp"}},
		"at the agent's limit": {func(c *usher.Config, _ *settings.Card) { c.Agents[0].ChannelLimits["whatsapp"] = 2 }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := soundConfig()
			c.change(&cfg, cfg.Campaigns[0].WhatsApp)
			var want, got []string
			for _, p := range c.paths {
				if p[0] == '.' {
					want = append(want, p[1:])
				} else {
					want = append(want, "campaigns[0].whatsapp."+p)
				}
			}
			for _, w := range cfg.Warnings() {
				got = append(got, w.Path)
				assert.NotEmpty(t, w.Problem)
			}
			assert.ElementsMatch(t, want, got)
		})
	}
}

// Warnings keep nothing from being configured, and are logged.
func TestWarningsAreLogged(t *testing.T) {
	var log bytes.Buffer
	center, err := usher.New(usher.Options{
		Connectors: []channel.Connector{channeltest.NewConnector("main", number)}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	require.NoError(t, err)
	cfg := soundConfig()
	require.NoError(t, center.Configure(t.Context(), cfg))
	assert.Empty(t, log.String())
	cfg.Campaigns[0].WhatsApp.Enable = false
	require.NoError(t, center.Check(t.Context(), cfg))
	require.NoError(t, center.Configure(t.Context(), cfg))
	assert.Contains(t, log.String(), "path=campaigns[0].whatsapp.enable")
}

// The configuration of the example is a good one to copy.
func TestExampleHasNoWarnings(t *testing.T) {
	text, err := os.ReadFile("examples/frontdesk/desk.json")
	if err != nil {
		t.Skip(err)
	}
	cfg, err := usher.ParseConfig(text)
	require.NoError(t, err)
	assert.Empty(t, cfg.Warnings())
}

// "fewestcalls" is what contact centers call "fewest"; a strategy of the host's comes first.
func TestAliasOfAStrategy(t *testing.T) {
	center := bareCenter(t)
	cfg := fullConfig()
	cfg.Campaigns[0].WhatsApp.Strategy = "fewestcalls"
	require.NoError(t, center.Configure(t.Context(), cfg))
	assert.Equal(t, "fewestcalls", cfg.Campaigns[0].WhatsApp.Strategy, "the caller's card is not changed")
	have, err := center.Config(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "fewest", have.Campaigns[0].WhatsApp.Strategy)
	seq := center.Seq()
	require.NoError(t, center.Configure(t.Context(), cfg))
	assert.Equal(t, seq, center.Seq(), "it is the same")
}
