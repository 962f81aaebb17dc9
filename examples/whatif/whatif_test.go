package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/sim"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
)

// past is a day of a small center, in a journal.
func past(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	patience := sim.Exponential(4 * time.Minute)
	var records []store.Record
	_, err = sim.Run(t.Context(), sim.Scenario{
		Center: usher.Config{
			Agents: []usher.Agent{{ID: "ana"}, {ID: "bruno"}, {ID: "carla"}},
			Campaigns: []usher.Campaign{{
				ID: "sales", Members: []usher.Member{{Agent: "ana"}, {Agent: "bruno"}, {Agent: "carla"}},
				WhatsApp: &settings.Card{Enable: true, ServiceLevel: 30},
			}},
		},
		Arrivals: []sim.Arrivals{{Campaign: "sales", Rates: []float64{0, 50, 40}, Every: 8 * 3600, Handle: sim.Exponential(150 * time.Second), Patience: &patience}},
		Staff:    []sim.Staff{{Shifts: []sim.Shift{{From: sim.At(8, 0), To: sim.At(23, 0)}}}},
		Observe: func(_ int, ev *queue.Event) {
			data, err := json.Marshal(ev)
			require.NoError(t, err)
			records = append(records, store.Record{Seq: ev.Seq, At: ev.At, Kind: ev.Kind.String(), Version: 1, Interaction: ev.Interaction, Customer: ev.Customer, Data: data})
		},
	}, sim.Options{Replications: 1, Seed: 5})
	require.NoError(t, err)
	require.NoError(t, j.Append(t.Context(), 0, records))
	require.NoError(t, j.Close())
	return path
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func play(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

func TestJournalBesideTwoChanges(t *testing.T) {
	journal := past(t)
	linear := file(t, "linear.json", `{"change": {"sales": {"whatsapp": {"strategy": "linear"}}}}`)
	fewer := file(t, "fewer.json", `{"name": "two agents", "staff": [{"agents": ["ana", "bruno"], "shifts": [{"from": "08:00", "to": "23:00"}]}, {"agents": ["carla"], "count": [0]}]}`)
	prefix := filepath.Join(t.TempDir(), "monday")
	code, out, errs := play(t, "-in", journal, "-scenario", linear, "-scenario", fewer, "-out", prefix, "-n", "8")
	require.Zero(t, code, errs)
	assert.Regexp(t, `(?m)^\d+ arrivals from 2026-01-05 to 2026-01-06$`, out)
	assert.Regexp(t, `as it was\s+linear\s+difference\s+two agents\s+difference`, out)
	assert.Regexp(t, `(?m)^\s*offered\s+([\d.]+) ± 0\s+([\d.]+) ± 0\s+\+0\s+same`, out, "the same customers come")
	assert.Regexp(t, `(?m)^\s*averageWait .*\+[\d.]+\s+worse$`, out, "with two agents they wait longer")
	assert.Regexp(t, `(?m)^\s*idleSpread .*worse`, out, "linear is unfair")
	for _, name := range []string{"-1.csv", "-2.csv", "-3.csv", "-queue.svg", "-level.svg", "-waits.svg"} {
		assert.FileExists(t, prefix+name)
		assert.Contains(t, out, "wrote "+prefix+name)
	}
	data, err := os.ReadFile(prefix + "-1.csv")
	require.NoError(t, err)
	assert.Contains(t, string(data), "all,,serviceLevel,share,")
}

const twoAgents = `{"center": {"agents": [{"id": "ana"}, {"id": "bruno"}], "campaigns": [{"id": "sales",
	"members": [{"agent": "ana"}, {"agent": "bruno"}], "whatsapp": {"enable": true, "serviceLevel": 20}}]}`

func TestCSVInTwoConfigurations(t *testing.T) {
	calls := "date,start,calls\n2026-03-02,09:00,9\n2026-03-02,09:30,12\n2026-03-03,09:00,7\n"
	a := file(t, "a.json", twoAgents+`, "arrivals": [{"campaign": "sales", "handle": {"law": "fixed", "mean": 240}}]}`)
	b := file(t, "b.json", twoAgents+`, "arrivals": [{"campaign": "sales", "handle": {"law": "fixed", "mean": 120}}]}`)
	code, out, errs := play(t, "-in", file(t, "calls.csv", calls), "-campaign", "sales", "-scenario", a, "-scenario", b)
	require.Zero(t, code, errs)
	assert.Contains(t, out, "28 arrivals from 2026-03-02 to 2026-03-04")
	assert.Regexp(t, `averageHandleTime\s+240.0 s ± 0.0 s\s+120.0 s ± 0.0 s\s+-120\s+better`, out)
	code, out, errs = play(t, "-in", file(t, "calls.csv", calls), "-campaign", "sales", "-scenario", a, "-from", "2026-03-03")
	require.Zero(t, code, errs)
	assert.Contains(t, out, "7 arrivals from 2026-03-03 to 2026-03-04")
}

func TestEveryFaultOfTheInputIsReported(t *testing.T) {
	good := file(t, "calls.csv", "arrived\n2026-03-02T09:00:00Z\n")
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"arguments":  {[]string{"-n", "1", "x"}, []string{"-in: must name a file", "-scenario: must name a file", "-n: must be 2 to 100000, is 1", `unexpected argument "x"`}},
		"a day":      {[]string{"-from", "soon"}, []string{"must be a day such as 2026-03-02"}},
		"no file":    {[]string{"-in", "nowhere.csv", "-scenario", "x"}, []string{"nowhere.csv"}},
		"lines":      {[]string{"-in", file(t, "bad.csv", "arrived,handle\nx,1\n2026-03-02T09:00:00Z,-1\n"), "-scenario", "x", "-campaign", "c"}, []string{"line 2, arrived: must be an instant", `line 3, handle: must be seconds, 0 or more, is "-1"`}},
		"no journal": {[]string{"-in", file(t, "text.db", "hello"), "-scenario", "x"}, []string{"neither CSV by its name (.csv) nor a SQLite journal"}},
		"scenarios": {
			[]string{"-in", good, "-campaign", "sales", "-scenario", file(t, "a.json", `{"cener": {}, "length": "x"}`), "-scenario", file(t, "b.json", twoAgents+`, "change": {"support": {}}, "arrivals": []}`)},
			[]string{"a.json", "cener: unknown field; valid: arrivals, bots, center, change", "length: must be a number", "b.json", "change.support: there is no such campaign"},
		},
		"settings": {
			[]string{"-in", good, "-campaign", "sales", "-scenario", file(t, "c.json", twoAgents+`, "change": {"sales": {"whatsapp": {"strategy": "lottery", "maxTime": -5}}}, "arrivals": [{"campaign": "sales", "handle": {"law": "guess"}}]}`)},
			[]string{"center.campaigns[0].whatsapp.maxTime: must be ≥ 0, is -5", `unknown strategy "lottery"`, `arrivals[0].handle.law: unknown law "guess"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := play(t, c.args...)
			assert.Equal(t, exitUsage, code)
			assert.Empty(t, out)
			for _, want := range c.want {
				assert.Contains(t, errs, want)
			}
		})
	}
}
