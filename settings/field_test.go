package settings_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/settings"
)

// names has what the samples of these tests refer to.
var names = settings.Names{
	Connectors: []settings.Connector{{Name: "main", Channel: "whatsapp", Numbers: []string{"+15550001111", "+15550002222"}}},
	Strategies: []string{"leastbusy", "linear"}, Bots: []string{"front"},
	Campaigns: []string{"other"}, Numbers: map[string]string{"+15550002222": "other"},
}

// sample returns a configuration in which every list has an element.
func sample() ([]settings.Agent, []settings.Campaign) {
	return []settings.Agent{{ID: "ana", ChannelLimits: map[string]int{"whatsapp": 2}}}, []settings.Campaign{{
		ID: "sales", Members: []settings.Member{{Agent: "ana", Skills: []settings.Skill{{Name: "english"}}}},
		WhatsApp: &settings.Card{
			Enable: true, Connector: "main", PhoneNumbers: []string{"+15550001111"},
			Skills:     settings.Skills{Require: []settings.Skill{{Name: "english"}}, Relax: []settings.Ring{{Drop: true}}},
			Overflow:   []settings.Step{{Do: "relax", Relax: &settings.Ring{Lower: 1}}},
			LeaveWords: []string{"cancel"},
		},
	}}
}

// at returns the value of a setting in a sample, whose lists have one element.
func at(t *testing.T, agents []settings.Agent, campaigns []settings.Campaign, path string) reflect.Value {
	t.Helper()
	v := reflect.ValueOf(&struct {
		Agents    []settings.Agent    `json:"agents"`
		Campaigns []settings.Campaign `json:"campaigns"`
	}{agents, campaigns}).Elem()
	for _, step := range strings.Split(path, ".") {
		name, list := strings.CutSuffix(step, "[]")
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		found := false
		for f := range v.Type().Fields() {
			if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name {
				v, found = v.FieldByIndex(f.Index), true
				break
			}
		}
		require.True(t, found, path)
		if list {
			v = v.Index(0)
		}
	}
	return v
}

// Every number of a configuration is accepted at its bounds and refused beyond them, with
// the path at which it stands.
func TestEveryNumberHasItsBounds(t *testing.T) {
	numbers := 0
	for _, f := range settings.Fields() {
		if f.Kind != settings.SecondsKind && f.Kind != settings.CountKind {
			continue
		}
		numbers++
		low := f.Min
		if f.Zero != "" {
			low = min(low, 0)
		}
		for n, fine := range map[int]bool{low: true, f.Min: true, f.Max: true, low - 1: false, f.Max + 1: false, -1 << 62: false, 1<<63 - 1: false} {
			agents, campaigns := sample()
			at(t, agents, campaigns, f.Path).SetInt(int64(n))
			faults := settings.Validate(agents, campaigns, names)
			path := strings.ReplaceAll(f.Path, "[]", "[0]")
			if fine {
				for _, x := range faults {
					assert.False(t, x.Path == path && strings.HasPrefix(x.Problem, "must be"), "%s = %d: %s", f.Path, n, x.Problem)
				}
				continue
			}
			require.NotEmpty(t, faults, "%s = %d", f.Path, n)
			assert.Equal(t, path, faults[0].Path)
			assert.Contains(t, faults[0].Problem, fmt.Sprint(n))
		}
	}
	assert.Greater(t, numbers, 40)
}

// Every choice accepts its values and no other; every text is bounded; every name is valid
// UTF-8; every list is bounded.
func TestEveryValueIsChecked(t *testing.T) {
	long := strings.Repeat("é", settings.MaxText)
	for _, f := range settings.Fields() {
		path := strings.ReplaceAll(f.Path, "[]", "[0]")
		problem := func(set func(reflect.Value)) string {
			agents, campaigns := sample()
			set(at(t, agents, campaigns, f.Path))
			for _, x := range settings.Validate(agents, campaigns, names) {
				if x.Path == path || strings.HasPrefix(x.Path, path+"[") {
					return x.Problem
				}
			}
			return ""
		}
		text := func(s string) func(reflect.Value) { return func(v reflect.Value) { v.SetString(s) } }
		switch f.Kind {
		case settings.ChoiceKind:
			require.NotEmpty(t, f.Values, path)
			for _, value := range f.Values {
				assert.NotContains(t, problem(text(value)), "unknown value", "%s = %s", path, value)
			}
			assert.Equal(t, `unknown value "nonsense"; valid: `+strings.Join(f.Values, ", "), problem(text("nonsense")), path)
		case settings.TextKind:
			assert.Empty(t, problem(text(long)), path)
			assert.Equal(t, "must be at most 4096 characters for WhatsApp, has 4097", problem(text(long+"x")), path)
		case settings.NameKind, settings.IDKind, settings.AgentKind, settings.BotKind, settings.ConnectorKind, settings.StrategyKind, settings.TargetKind:
			assert.Contains(t, problem(text("a\xffb")), "must be valid UTF-8", path)
		case settings.ZoneKind:
			assert.Contains(t, problem(text("Mars/Olympus")), "unknown time zone", path)
		case settings.SkillsKind, settings.RingsKind, settings.StepsKind, settings.WordsKind:
			assert.Equal(t, "must have at most 1000 elements, has 1001", problem(func(v reflect.Value) { v.Set(reflect.MakeSlice(v.Type(), 1001, 1001)) }), path)
		}
	}
}

// Each declaration is complete: a comment, a group, and a path of its own.
func TestEveryDeclarationIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range settings.Fields() {
		assert.NotEmpty(t, f.Doc, f.Path)
		assert.NotEmpty(t, f.Group, f.Path)
		assert.False(t, seen[f.Path], f.Path)
		seen[f.Path] = true
	}
	main := []string{}
	for _, f := range settings.Fields() {
		if f.Group == "main" || f.Group == "outOfHours" && f.Kind == settings.HoursKind {
			main = append(main, strings.TrimPrefix(f.Path, "campaigns[].whatsapp."))
		}
	}
	assert.Equal(t, []string{
		"enable", "connector", "phoneNumbers", "strategy", "serviceLevel", "maxInteractions", "maxTransferTime", "botOnStart", "botOnEnd", "maxTime",
		"botAfterWaitingTime", "outOfHours.hours", "incomingBlacklist", "outgoingBlacklist",
	}, main)
}
