package usher_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/settings"
)

// faultsOf returns the lines of a configuration's faults.
func faultsOf(t *testing.T, err error) []string {
	t.Helper()
	ce, ok := errors.AsType[*usher.ConfigError](err)
	require.True(t, ok, "%v", err)
	var out []string
	for _, f := range ce.Faults {
		out = append(out, f.Path+": "+f.Problem)
	}
	return out
}

// What could be read of a faulty configuration comes with the error, so that a host can
// show people the rest of what is wrong in the same minute.
func TestParseConfigKeepsWhatFits(t *testing.T) {
	cfg, err := usher.ParseConfig([]byte(`{
		"agents": [{"id": "ana", "colour": "red"}],
		"campaigns": [{"id": "sales", "whatsapp": {"enable": true, "connector": "main", "phoneNumbers": ["+15550001111"], "maxTime": "x", "serviceLevel": -1}}]
	}`))
	assert.Len(t, faultsOf(t, err), 2)
	require.Len(t, cfg.Agents, 1)
	assert.Equal(t, "ana", cfg.Agents[0].ID)
	require.Len(t, cfg.Campaigns, 1)
	assert.EqualValues(t, -1, cfg.Campaigns[0].WhatsApp.ServiceLevel)

	_, err = usher.ParseConfig([]byte(`{"campaigns": [{"whatsapp": {"outOfHours": {"hours": {"week": 3}}, "connector": "main"}}]}`))
	require.Error(t, err)
}

// Scenario 34 (an unknown name is refused, with the list of those that are valid), at the
// door where people write names: all of them at once, and nothing changes.
func TestScenario34UnknownNames(t *testing.T) {
	h := newHouse(t, func(o *usher.Options, _ *usher.Config) {
		o.Bots = map[string]bot.Bot{"menu": bot.Func(nil), "survey": bot.Func(nil)}
	})
	before, err := json.Marshal(h.center.Board(morning))
	require.NoError(t, err)
	err = h.center.Configure(t.Context(), usher.Config{Campaigns: []usher.Campaign{{
		ID: "service", Members: []usher.Member{{Agent: "zoe"}},
		WhatsApp: &settings.Card{
			Enable: true, Connector: "mian", PhoneNumbers: []string{"+15550002222"}, Strategy: "roundrobin",
			BotOnStart: "meny", BotOnEnd: "servey", BotAfterWaitingTime: "tape",
			Offers:   settings.Offers{Eligibility: "any"},
			Overflow: []settings.Step{{Do: "campaign", Target: "salse"}, {Do: "bot", Target: "meny"}, {Do: "fly"}},
		},
	}}})
	lines := faultsOf(t, err)
	for _, want := range []string{
		`campaigns[0].whatsapp.connector: unknown connector "mian"; valid: main`,
		`campaigns[0].whatsapp.botOnStart: unknown bot "meny"; valid: menu, survey`,
		`campaigns[0].whatsapp.botOnEnd: unknown bot "servey"; valid: menu, survey`,
		`campaigns[0].whatsapp.botAfterWaitingTime: unknown bot "tape"; valid: menu, survey`,
		`campaigns[0].whatsapp.overflow[0].target: unknown campaign "salse"; valid: sales, service`,
		`campaigns[0].whatsapp.overflow[1].target: unknown bot "meny"; valid: menu, survey`,
	} {
		assert.Contains(t, lines, want)
	}
	for path, valid := range map[string]string{
		"campaigns[0].whatsapp.strategy":           "leastbusy, leastrecent, linear",
		"campaigns[0].whatsapp.offers.eligibility": "incall",
		"campaigns[0].whatsapp.overflow[2]":        "relax",
		"campaigns[0].members[0]":                  "zoe",
	} {
		assertFault(t, lines, path, valid)
	}
	after, err := json.Marshal(h.center.Board(morning))
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after), "nothing has changed")

	_, err = usher.ParseConfig([]byte(`{"campaigns": [{"id": "a", "whatsapp": {"servicelevel": 3}}]}`))
	assertFault(t, faultsOf(t, err), "campaigns[0].whatsapp.servicelevel", "serviceLevel")
}

// assertFault asserts that a fault under the path mentions what would be valid.
func assertFault(t *testing.T, lines []string, path, valid string) {
	t.Helper()
	for _, line := range lines {
		if len(line) > len(path) && line[:len(path)] == path {
			assert.Contains(t, line, valid)
			return
		}
	}
	assert.Fail(t, "no fault of "+path, "%q", lines)
}

// Whatever the bytes: no panic; what is accepted marshals to JSON and back unchanged; and
// a center either takes it or says everything that is wrong with it.
func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"agents":[{"id":"a","limit":2,"channelLimits":{"whatsapp":1},"lease":30,"lapse":"requeue"}]}`))
	f.Add([]byte(`{"campaigns":[{"id":"x","zone":"Mars/One","whatsapp":{"enable":true,"connector":"main","phoneNumbers":["+15550001111"],"maxTime":-1}}]}`))
	f.Add([]byte(`{"agents":[{"id":"a"},{"id":"a"}],"campaigns":[{"id":"x","members":[{"agent":"a","skills":[{"name":"fr","level":11}]}],"whatsapp":{"overflow":[{"do":"relax"}]}}]}`))
	if desk, err := os.ReadFile("examples/frontdesk/desk.json"); err == nil {
		f.Add(desk)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := usher.ParseConfig(data)
		if err != nil {
			if len(faultsOf(t, err)) == 0 {
				t.Fatal("an error without a fault")
			}
			return
		}
		text, err := json.Marshal(cfg)
		require.NoError(t, err)
		again, err := usher.ParseConfig(text)
		require.NoError(t, err, "%s", text)
		text2, err := json.Marshal(again)
		require.NoError(t, err)
		require.JSONEq(t, string(text), string(text2))
		center, err := usher.New(usher.Options{Connectors: []channel.Connector{channeltest.NewConnector("main", number)}})
		require.NoError(t, err)
		if err := center.Configure(t.Context(), cfg); err != nil && len(faultsOf(t, err)) == 0 {
			t.Fatal("an error without a fault")
		}
	})
}
