package settings_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/settings"
)

// What does not fit together, and names of what is not there, are faults with a path and the
// list of what is valid.
func TestValidate(t *testing.T) {
	type change func(*settings.Agent, *settings.Campaign)
	card := func(f func(*settings.Card)) change {
		return func(_ *settings.Agent, c *settings.Campaign) { f(c.WhatsApp) }
	}
	for want, do := range map[string]change{
		"":                                func(*settings.Agent, *settings.Campaign) {},
		"agents[0].id: must not be empty": func(a *settings.Agent, c *settings.Campaign) { a.ID, c.Members = "", nil },
		`agents[0].channelLimits.whatsapp: must be ≥ 0, is -1`: func(a *settings.Agent, _ *settings.Campaign) { a.ChannelLimits["whatsapp"] = -1 },
		"campaigns[0].id: must not be empty":                   func(_ *settings.Agent, c *settings.Campaign) { c.ID = "" },
		`campaigns[0].members[0].agent: unknown agent "eve"`:   func(_ *settings.Agent, c *settings.Campaign) { c.Members[0].Agent = "eve" },
		`campaigns[0].members[1].agent: "ana" is members[0] already`: func(_ *settings.Agent, c *settings.Campaign) {
			c.Members = append(c.Members, settings.Member{Agent: "ana"})
		},
		"campaigns[0].members[0].skills[0].name: must not be empty": func(_ *settings.Agent, c *settings.Campaign) { c.Members[0].Skills[0].Name = "" },
		`campaigns[0].whatsapp.skills.require[1].name: "english" is listed twice`: card(func(w *settings.Card) {
			w.Skills.Require = append(w.Skills.Require, settings.Skill{Name: "english"})
		}),
		"campaigns[0].whatsapp.connector: must name a connector":                                card(func(w *settings.Card) { w.Connector = "" }),
		`campaigns[0].whatsapp.connector: unknown connector "x"; valid: main`:                   card(func(w *settings.Card) { w.Connector = "x" }),
		"campaigns[0].whatsapp.phoneNumbers: must have at least one of the connector's numbers": card(func(w *settings.Card) { w.PhoneNumbers = nil }),
		"campaigns[0].whatsapp.phoneNumbers[1]: +15550001111 is listed twice": card(func(w *settings.Card) {
			w.PhoneNumbers = append(w.PhoneNumbers, w.PhoneNumbers[0])
		}),
		`campaigns[0].whatsapp.phoneNumbers[0]: +15550002222 belongs to campaign "other"`: card(func(w *settings.Card) { w.PhoneNumbers[0] = "+15550002222" }),
		`campaigns[0].whatsapp.phoneNumbers[0]: +1999 is not a number of connector "main"; valid: +15550001111, +15550002222`: card(func(w *settings.Card) {
			w.PhoneNumbers[0] = "+1999"
		}),
		`campaigns[0].whatsapp.strategy: unknown strategy "dice"; valid: leastbusy, linear`: card(func(w *settings.Card) { w.Strategy = "dice" }),
		`campaigns[0].whatsapp.botOnEnd: unknown bot "x"; valid: front`:                     card(func(w *settings.Card) { w.BotOnEnd = "x" }),
		`campaigns[0].whatsapp.bots.queueFull: unknown bot "x"; valid: front`:               card(func(w *settings.Card) { w.Bots.QueueFull = "x" }),
		`campaigns[0].whatsapp.outOfHours.hours.week[0].from: must be HH:MM from 00:00 to 24:00, is "9"`: card(func(w *settings.Card) {
			w.OutOfHours.Hours = &schedule.Schedule{Week: []schedule.Rule{{Days: []string{"mon"}, Range: schedule.Range{From: "9", To: "18:00"}}}}
		}),
		"campaigns[0].whatsapp.skills.relax[1].after: must be in ascending order, is 5 after 9": card(func(w *settings.Card) {
			w.Skills.Relax = []settings.Ring{{After: 9, Drop: true}, {After: 5, Drop: true}}
		}),
		"campaigns[0].whatsapp.skills.relax[0]: does nothing: set lower, drop or tiers":           card(func(w *settings.Card) { w.Skills.Relax[0].Drop = false }),
		"campaigns[0].whatsapp.overflow[0].do: must be one of message, relax, campaign, bot, end": card(func(w *settings.Card) { w.Overflow[0].Do = "" }),
		"campaigns[0].whatsapp.overflow[0].text: must not be empty":                               card(func(w *settings.Card) { w.Overflow[0].Do = "message" }),
		"campaigns[0].whatsapp.overflow[0].relax: must be set":                                    card(func(w *settings.Card) { w.Overflow[0].Relax = nil }),
		"campaigns[0].whatsapp.overflow[0].relax: does nothing: set lower, drop or tiers":         card(func(w *settings.Card) { w.Overflow[0].Relax.Lower = 0 }),
		"campaigns[0].whatsapp.overflow[0].target: must name the bot":                             card(func(w *settings.Card) { w.Overflow[0].Do = "bot" }),
		`campaigns[0].whatsapp.overflow[0].target: unknown campaign "x"; valid: other, sales`:     card(func(w *settings.Card) { w.Overflow[0].Do, w.Overflow[0].Target = "campaign", "x" }),
		"campaigns[0].whatsapp.leaveWords[0]: must not be empty":                                  card(func(w *settings.Card) { w.LeaveWords[0] = " " }),
	} {
		agents, campaigns := sample()
		do(&agents[0], &campaigns[0])
		assert.Equal(t, want, settings.Validate(agents, campaigns, names).Error())
	}
}

// A list of names that is nil is not known: nothing is refused for it.
func TestValidateWithoutNames(t *testing.T) {
	agents, campaigns := sample()
	campaigns[0].WhatsApp.Connector, campaigns[0].WhatsApp.Strategy, campaigns[0].WhatsApp.BotOnStart = "any", "any", "any"
	assert.Empty(t, settings.Validate(agents, campaigns, settings.Names{}))
	assert.NoError(t, campaigns[0].WhatsApp.Validate())
}

// An element that repeats the id of an earlier one is a fault, and is not checked further.
func TestValidateRepeated(t *testing.T) {
	agents, campaigns := sample()
	agents = append(agents, settings.Agent{ID: "ana", Limit: -1})
	campaigns = append(campaigns, settings.Campaign{ID: "sales"}, settings.Campaign{ID: "new", WhatsApp: campaigns[0].WhatsApp})
	assert.Equal(t, settings.Faults{
		{Path: "agents[1].id", Problem: `"ana" is agents[0] already`},
		{Path: "campaigns[1].id", Problem: `"sales" is campaigns[0] already`},
		{Path: "campaigns[2].whatsapp.phoneNumbers[0]", Problem: `+15550001111 belongs to campaign "sales"`},
	}, settings.Validate(agents, campaigns, names))
}
