package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryFaultAtOnceWithItsPath(t *testing.T) {
	s := Scenario{
		Center: center(), Length: -1, Interval: 7, Steady: true, Stop: true, WarmUp: Seconds(math.NaN()),
		Concurrency: Slowdown{Speeds: []float64{1, 0}, PerExtra: -1},
		Arrivals: []Arrivals{
			{Campaign: "sales", Rate: math.Inf(1), Counts: []int{-1}, Handle: Dist{Law: LawErlang, Mean: 1}, Cost: -1},
			{Campaign: "sales", Bursts: []Burst{{Count: 0, Over: -1}}, Handle: Dist{Mean: 5}, Patience: &Dist{Law: LawUniform, Min: 3, Max: 1}},
			{Campaign: "none", Trace: []Call{{At: -1}, {Bot: -1}, {Handoffs: []Handoff{{After: -1}}}}, Messages: &Messages{Silent: 2}},
		},
		Staff: []Staff{
			{Speed: -1, SpeedFor: map[string]float64{"x": 0}, Miss: 0.6, Decline: 0.5},
			{Agents: nil, Count: []int{-1}, Shifts: []Shift{{}}, Pauses: []Pause{{}}},
			{Agents: []string{"ana", "ana", "zoe"}, Present: []Span{{From: 5, To: 3}}},
		},
		Bots: []Bot{{Ends: 2}},
	}
	var wrong *ScenarioError
	require.ErrorAs(t, s.Validate(), &wrong)
	paths := map[string]bool{}
	for _, f := range wrong.Faults {
		paths[f.Path] = true
	}
	for _, want := range []string{
		"length", "interval", "warmUp", "concurrency.speeds[1]", "concurrency.perExtra",
		"arrivals[0].rate", "arrivals[0].counts[0]", "arrivals[0].handle.shape", "arrivals[0].cost",
		"arrivals[1].name", "arrivals[1].bursts[0].count", "arrivals[1].bursts[0].over", "arrivals[1].handle.law", "arrivals[1].patience",
		"arrivals[2].campaign", "arrivals[2].trace[0]", "arrivals[2].trace[1]", "arrivals[2].trace[2].handoffs[0]", "stop", "arrivals[2].messages.silent", "arrivals[2].messages.agent",
		"staff[0].speed", "staff[0].speedFor.x", "staff[0].miss", "staff[1].agents", "staff[1]", "staff[1].count[0]", "staff[1].pauses[0].for",
		"staff[2].agents[1]", "staff[2].agents[2]", "staff[2].present[0]", "bots[0].name", "bots[0].ends",
	} {
		assert.True(t, paths[want], "%s is not reported:\n%v", want, wrong)
	}
}

func TestScenarioIsPlainData(t *testing.T) {
	s := busyDay()
	s.Agents, s.Campaigns, s.Observe = nil, nil, nil
	s.Center = center()
	data, err := json.Marshal(s)
	require.NoError(t, err)
	var back Scenario
	require.NoError(t, json.Unmarshal(data, &back))
	again, err := json.Marshal(back)
	require.NoError(t, err)
	assert.JSONEq(t, string(data), string(again))
	assert.Contains(t, string(data), `"from":"05:00"`)
	_, err = ParseScenario([]byte(`{"centre": 1, "arrivals": [{"at": 3}], "length": "long"}`))
	assert.ErrorContains(t, err, "centre: unknown field; valid: arrivals, bots, center")
	assert.ErrorContains(t, err, "length: must be a number")
}

func FuzzScenario(f *testing.F) {
	f.Add([]byte(`{"center":{"agents":[{"id":"a"}],"campaigns":[{"id":"c","members":[{"agent":"a"}]}]},"arrivals":[{"campaign":"c","rate":5,"handle":{"law":"fixed","mean":9}}],"length":600}`))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = ParseScenario(data) })
}

// Every span of a scenario has a bound, checked under its path.
func TestEverySpanIsBounded(t *testing.T) {
	full := func() Scenario {
		return Scenario{
			Center: center(),
			Arrivals: []Arrivals{{
				Campaign: "sales", Rate: 1, Handle: Dist{Law: LawFixed, Mean: 5}, Bursts: []Burst{{Count: 1}},
				Trace: []Call{{Handoffs: []Handoff{{}}}}, Messages: &Messages{Turns: Dist{Law: LawFixed, Mean: 1}, Agent: Dist{Law: LawFixed, Mean: 1}},
			}},
			Staff: []Staff{{Present: []Span{{To: 5}}, Pauses: []Pause{{For: 5}}}},
		}
	}
	var wrong *ScenarioError
	base := full()
	require.NoError(t, base.Validate())
	spans := 0
	var walk func(v reflect.Value, path string, in func(reflect.Value) reflect.Value)
	walk = func(v reflect.Value, path string, in func(reflect.Value) reflect.Value) {
		switch {
		case v.Type() == reflect.TypeFor[Seconds]():
			spans++
			for _, value := range []float64{1.1e9, 1e300, math.Inf(1)} {
				s := full()
				in(reflect.ValueOf(&s).Elem()).SetFloat(value)
				if assert.ErrorAs(t, s.Validate(), &wrong, "%s = %v", path, value) {
					assert.Contains(t, fmt.Sprint(wrong.Faults), path)
				}
			}
		case v.Kind() == reflect.Pointer && !v.IsNil():
			walk(v.Elem(), path, func(r reflect.Value) reflect.Value { return in(r).Elem() })
		case v.Kind() == reflect.Struct && v.Type().PkgPath() == reflect.TypeFor[Scenario]().PkgPath():
			for i := range v.NumField() {
				name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
				walk(v.Field(i), strings.TrimPrefix(path+"."+name, "."), func(r reflect.Value) reflect.Value { return in(r).Field(i) })
			}
		case v.Kind() == reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), func(r reflect.Value) reflect.Value { return in(r).Index(i) })
			}
		}
	}
	walk(reflect.ValueOf(base), "", func(v reflect.Value) reflect.Value { return v })
	assert.Greater(t, spans, 20)
	for _, every := range []Seconds{1e-12, 0.5, -1} {
		s := full()
		s.Arrivals[0].Every = every
		require.ErrorAs(t, s.Validate(), &wrong)
	}
	for _, d := range []Dist{{Law: LawFixed, Mean: 1.1e9}, {Law: LawUniform, Max: 1.1e9}, {Law: LawEmpirical, Values: []float64{1.1e9}}} {
		s := full()
		s.Arrivals[0].Handle = d
		require.ErrorAs(t, s.Validate(), &wrong, "%v", d)
	}
}
