package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/sim/erlang"
)

var update = flag.Bool("update", false, "write cases.json anew from the formulas")

// collection is a collection of published and exact results that lies beside the repository
// where it is developed.
const collection = "../../../shared/queueing/cases.json"

// report runs the program on a file and checks that it agrees.
func report(t *testing.T, file, arrivals string, more ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), append([]string{"-cases", file, "-n", arrivals}, more...), &out, &errs)
	require.Equal(t, exitAgrees, code, "%s\n%s", disagreements(out.String()), errs.String())
	return out.String()
}

// disagreements are the lines whose last field, z, is beyond 3.
func disagreements(out string) string {
	var list []string
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		var z float64
		if _, err := fmt.Sscan(fields[len(fields)-1], &z); err == nil && math.Abs(z) > 3 {
			list = append(list, line)
		}
	}
	return strings.Join(list, "")
}

// TestPublishedResults takes several seconds and runs with USHER_LONG=1, as CI's step theory sets it.
func TestPublishedResults(t *testing.T) {
	if os.Getenv("USHER_LONG") != "1" {
		t.Skip("the published results are compared with USHER_LONG=1; bash .ci/run theory does that")
	}
	if _, err := os.Stat(collection); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the collection of published results is not at %s; the cases of closed formulas run anyway", collection)
	}
	out := report(t, collection, "20000", "-seed", "11")
	assert.Regexp(t, `(?m)^41 cases|^40 cases`, out)
	t.Log(strings.TrimSpace(out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:]))
}

func TestClosedFormulas(t *testing.T) {
	want, err := json.MarshalIndent(map[string]any{"title": "Closed formulas of queueing theory", "cases": formulas()}, "", " ")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("cases.json", append(want, '\n'), 0o644))
	}
	have, err := os.ReadFile("cases.json")
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(have), "cases.json is not what the formulas give: go test -update")
	out := report(t, "cases.json", "20000", "-seed", "3")
	assert.Contains(t, out, "8 cases, 96 figures, 0 beyond 4 sigma")
}

// formulas are cases whose answers are computed.
func formulas() []map[string]any {
	type q = erlang.Queue
	return []map[string]any{
		formula("C_1", 10, q{Handle: 180, Agents: 1, Limit: -1, Within: 60}),
		formula("C_20", 350, q{Handle: 180, Agents: 20, Limit: -1, Within: 20}),
		formula("C_100", 1800, q{Handle: 180, Agents: 100, Limit: -1, Within: 10}),
		formula("B_8", 120, q{Handle: 240, Agents: 8, Limit: 0, Within: 20}),
		formula("K_6_4", 110, q{Handle: 200, Agents: 6, Limit: 4, Within: 30}),
		formula("A_12", 260, q{Handle: 180, Agents: 12, Limit: -1, Patience: 120, Within: 20}),
		formula("A_40", 700, q{Handle: 200, Agents: 40, Limit: -1, Patience: 400, Within: 20}),
		formula("AK_5_6", 130, q{Handle: 180, Agents: 5, Limit: 6, Patience: 150, Within: 15}),
	}
}

func formula(id string, perHour float64, q erlang.Queue) map[string]any {
	q.Arrivals = perHour / 3600
	r := q.Solve()
	params := map[string]any{"lambda_per_hour": perHour, "aht_seconds": q.Handle, "agents": q.Agents, "capacity_per_agent": 1}
	if q.Limit >= 0 {
		params["queue_limit"] = q.Limit
	}
	if q.Patience > 0 {
		params["patience_mean_seconds"] = q.Patience
	}
	served := 1 - r.Blocked - r.Abandoned
	return map[string]any{"id": id, "params": params, "expected": map[string]any{
		"p_wait": r.Wait, "p_block": r.Blocked, "p_abandon": r.Abandoned, "p_timeout": 0, "asa_seconds": r.Served,
		"mean_wait_all_seconds": r.All, "mean_queue_length": r.Length, "occupancy": r.Occupancy,
		"mean_handle_time_seconds": q.Handle, "agent_busy_fraction": r.Occupancy,
		"service_level": map[string]any{"threshold_seconds": q.Within, "value": r.InTime, "of_answered": r.InTime / served},
	}}
}

// A program that always agrees would prove nothing.
func TestAWrongValueIsFound(t *testing.T) {
	c := formula("wrong", 120, erlang.Queue{Handle: 240, Agents: 8, Limit: 0, Within: 20})
	c["expected"] = map[string]any{"p_block": 0.4, "occupancy": 0.6}
	file := write(t, c)
	var out, errs bytes.Buffer
	assert.Equal(t, exitDiffers, run(t.Context(), []string{"-cases", file, "-n", "20000"}, &out, &errs))
	assert.Contains(t, out.String(), "1 cases, 2 figures, 2 beyond 4 sigma, 100.0 % beyond 2 sigma")
}

func write(t *testing.T, cases ...map[string]any) string {
	t.Helper()
	data, err := json.Marshal(map[string]any{"cases": cases})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "cases.json")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	return file
}

func TestWhatCannotBeExpressedIsSaid(t *testing.T) {
	good := formula("good", 10, erlang.Queue{Handle: 180, Agents: 1, Limit: -1, Within: 60})
	retrials := formula("retrials", 10, erlang.Queue{Handle: 180, Agents: 1, Limit: -1, Within: 60})
	retrials["params"].(map[string]any)["retrial_mean_seconds"] = 60
	unstable := formula("unstable", 30, erlang.Queue{Handle: 180, Agents: 1, Limit: 5, Within: 60})
	delete(unstable["params"].(map[string]any), "queue_limit")
	figure := formula("figure", 10, erlang.Queue{Handle: 180, Agents: 1, Limit: -1, Within: 60})
	figure["expected"] = map[string]any{"p_wait": 0.5, "happiness": 0.9}
	out := report(t, write(t, good, retrials, unstable, figure), "20000")
	assert.Contains(t, out, `retrials cannot be expressed: cases[1].params: field "retrial_mean_seconds" is not known`)
	assert.Contains(t, out, "unstable cannot be expressed: cases[2]: more work comes than the agents can do")
	assert.Contains(t, out, "figure: a figure cannot be measured: cases[3].expected.happiness: this figure is not known")
	assert.Contains(t, out, "2 cases, ")
}

func TestFaultsOfAFileAreReportedTogether(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"not JSON": {"{\n\"cases\": [}", []string{"line 2: invalid character '}'"}},
		"no cases": {`{"title": "x"}`, []string{"cases: must be a list with at least one case"}},
		"several": {
			`{"cases": [{"id": "a", "params": {"lambda_per_hour": 1}, "expected": {"p_wait": 0}}, {"id": "a", "params": {}, "expected": {}}, {"expected": 3}]}`,
			[]string{`cases[1].id: "a" is cases[0] already`, "cases[1].params: must not be empty", "cases[2].id: must not be empty", "cases[2].expected: must be an object"},
		},
		"numbers": {
			`{"cases": [{"id": "a", "params": {"lambda_per_hour": "many", "aht_seconds": 180, "agents": 1}, "expected": {"p_wait": 0}},
			            {"id": "b", "params": {"lambda_per_hour": 10, "aht_seconds": -1, "agents": 1}, "expected": {"p_wait": 0}},
			            {"id": "c", "params": {"lambda_per_hour": 10, "aht_seconds": 1, "agents": 0}, "expected": {"p_wait": 0}},
			            {"id": "d", "params": {"lambda_per_hour": 10, "aht_seconds": 1, "agents": 1}, "expected": {"p_wait": "x"}}]}`,
			[]string{"cases[0].params", "cases[1].params", "aht_seconds must be above 0, is -1", "must have 1 to 100000 agents", "cases[3].expected.p_wait: must be a number"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "cases.json")
			require.NoError(t, os.WriteFile(file, []byte(c.file), 0o600))
			var out, errs bytes.Buffer
			assert.Equal(t, exitUsage, run(t.Context(), []string{"-cases", file}, &out, &errs))
			for _, want := range c.want {
				assert.Contains(t, errs.String(), want)
			}
			assert.Empty(t, out.String())
		})
	}
}

func FuzzCases(f *testing.F) {
	data, err := os.ReadFile("cases.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"cases":[{"id":"x","sim":{"classes":[{"lam":1,"service":["exp",1]}],"groups":[{"n":1}]},"expected":{"p_wait":1}}]}`))
	f.Add([]byte(`{"cases":[{"id":"x","params":{"lambda_per_30min":[1,2],"aht_seconds":1,"agents":1},"expected":{"p_wait_by_30min":[0,0]}}]}`))
	all := regexp.MustCompile("")
	f.Fuzz(func(_ *testing.T, data []byte) {
		cases, err := parseCases(data, all)
		if err == nil {
			_, _, _ = prepareAll(cases, 1000)
		}
	})
}
