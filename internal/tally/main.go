// Command tally reads the output of "go test -json" from standard input, prints it the way
// go test would have without -json, then every test that was skipped with its reason, and
// ends with a line that counts. Its exit code is 1 when a test failed, or nothing was
// tested, or a test was skipped whose package, name or reason matches -noskip.
//
//	go test -json work | go run ./internal/tally -noskip 'postgres|browser'
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	noskip := flag.String("noskip", "^$", "regular expression of skips, with their reasons, that must not be")
	flag.Parse()
	must, err := regexp.Compile(*noskip)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally: -noskip:", err)
		os.Exit(2)
	}
	t := tally{out: os.Stdout, noskip: must, said: map[string][]string{}}
	if !t.read(os.Stdin) {
		os.Exit(1)
	}
}

// event is a line of go test -json.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	// ImportPath and Output are set for what the compiler says.
	ImportPath string
}

// tally counts, and remembers what each running test has said.
type tally struct {
	out    io.Writer
	noskip *regexp.Regexp
	said   map[string][]string // by package and test

	passed, failed, skipped int
	broken                  bool // something else than a test failed
	skips                   []string
}

// read takes everything and reports whether all is well.
func (t *tally) read(r io.Reader) bool {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var ev event
		if json.Unmarshal(lines.Bytes(), &ev) != nil {
			fmt.Fprintln(t.out, lines.Text()) // not of the test's making
			continue
		}
		t.take(ev)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(t.out, "tally:", err)
		t.broken = true
	}
	for _, s := range t.skips {
		fmt.Fprintln(t.out, s)
	}
	fmt.Fprintf(t.out, "%d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped)
	return t.failed == 0 && !t.broken && t.passed > 0
}

func (t *tally) take(ev event) {
	id := ev.Package + " " + ev.Test
	switch ev.Action {
	case "output", "build-output":
		if ev.Test == "" {
			t.plain(ev)
			return
		}
		t.said[id] = append(t.said[id], ev.Output)
	case "pass":
		t.end(ev, id, &t.passed)
	case "fail":
		if ev.Test != "" {
			fmt.Fprint(t.out, strings.Join(shorten(t.said[id]), ""))
		}
		t.end(ev, id, &t.failed)
		t.broken = t.broken || ev.Test == ""
	case "skip":
		t.skip(ev, id)
	}
}

// shorten keeps the beginning and the end of a long speech.
func shorten(lines []string) []string {
	const most, tail = 120, 30
	if len(lines) <= most {
		return lines
	}
	gap := fmt.Sprintf("… %d lines left out …\n", len(lines)-most)
	return slices.Concat(lines[:most-tail], []string{gap}, lines[len(lines)-tail:])
}

// plain prints what belongs to no test: the line of the package, crashes, the compiler.
func (t *tally) plain(ev event) {
	if s := strings.TrimSpace(ev.Output); s != "PASS" && s != "" {
		fmt.Fprint(t.out, ev.Output)
	}
}

func (t *tally) end(ev event, id string, count *int) {
	if ev.Test != "" {
		*count++
	}
	delete(t.said, id)
}

func (t *tally) skip(ev event, id string) {
	if ev.Test == "" {
		return // a package without tests
	}
	t.skipped++
	reason := ""
	for _, s := range t.said[id] {
		if s = strings.TrimSpace(s); s != "" && !strings.HasPrefix(s, "=== ") && !strings.HasPrefix(s, "--- ") {
			reason = s
		}
	}
	line := fmt.Sprintf("skipped: %s %s: %s", ev.Package, ev.Test, reason)
	if t.noskip.MatchString(line) {
		line += " (must not be skipped here)"
		t.broken = true
	}
	t.skips = append(t.skips, line)
	delete(t.said, id)
}
