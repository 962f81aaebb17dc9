package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const passing = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"a word nobody needs\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p","Elapsed":0.1}
`

const skipping = `{"Action":"output","Package":"p/store","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"p/store","Test":"TestB","Output":"    b_test.go:7: no server\n"}
{"Action":"output","Package":"p/store","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"p/store","Test":"TestB","Elapsed":0}
{"Action":"skip","Package":"p/empty","Elapsed":0}
`

const failing = `{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:9: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestC","Elapsed":0}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p","Elapsed":0.1}
`

const crashed = `{"ImportPath":"p","Action":"build-output","Output":"p/a.go:1: syntax error\n"}
{"Action":"fail","Package":"p","Elapsed":0}
`

func TestLongSpeechesAreShortened(t *testing.T) {
	var in, out bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&in, `{"Action":"output","Package":"p","Test":"TestC","Output":"line %d\n"}`+"\n", i)
	}
	in.WriteString(failing)
	ta := tally{out: &out, noskip: regexp.MustCompile("^$"), said: map[string][]string{}}
	assert.False(t, ta.read(&in))
	assert.Contains(t, out.String(), "line 89\n… 881 lines left out …\nline 971\n")
	assert.Contains(t, out.String(), "line 999\n    c_test.go:9: wrong\n")
}

func TestTally(t *testing.T) {
	for _, c := range []struct {
		name, in, noskip string
		well             bool
		want             string
	}{
		{"passing is short", passing, "^$", true, "ok  \tp\t0.1s\n1 passed, 0 failed, 0 skipped\n"},
		{"skips are named", passing + skipping, "^$", true,
			"ok  \tp\t0.1s\nskipped: p/store TestB: b_test.go:7: no server\n1 passed, 0 failed, 1 skipped\n"},
		{"skips that must not be", passing + skipping, "no server", false,
			"ok  \tp\t0.1s\nskipped: p/store TestB: b_test.go:7: no server (must not be skipped here)\n1 passed, 0 failed, 1 skipped\n"},
		{"failures are told", passing + failing, "^$", false,
			"ok  \tp\t0.1s\n    c_test.go:9: wrong\nFAIL\tp\t0.1s\n1 passed, 1 failed, 0 skipped\n"},
		{"what does not build", passing + crashed, "^$", false,
			"ok  \tp\t0.1s\np/a.go:1: syntax error\n1 passed, 0 failed, 0 skipped\n"},
		{"nothing is not well", "", "^$", false, "0 passed, 0 failed, 0 skipped\n"},
		{"what is no event passes through", "go: downloading x\n" + passing, "^$", true,
			"go: downloading x\nok  \tp\t0.1s\n1 passed, 0 failed, 0 skipped\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			ta := tally{out: &out, noskip: regexp.MustCompile(c.noskip), said: map[string][]string{}}
			assert.Equal(t, c.well, ta.read(strings.NewReader(c.in)))
			assert.Equal(t, c.want, out.String())
		})
	}
}
