// Command mutate measures how well the tests of a package hold its files: it changes one
// place of the source at a time and counts the changes that the tests of that package notice.
//
//	go run ./internal/mutate [flags] package-folder file.go...
//
// Each mutant is compiled with an overlay, so no file is changed, and only the tests of the
// same package run, in short mode and with a timeout. A mutant is killed when a test fails or
// the time is over, which is printed as "timeout", and not counted when it does not compile.
// It prints every mutant with its result, then killed ÷ (generated − equivalent) for each file.
//
// Mutants that no test can tell from the original stand in the file of -equivalent, a line
// each: the id as it is printed, " # ", and the argument.
//
// It runs by hand, because it takes hours. With -sample N it takes at most N mutants a file,
// always the same ones for the same source.
package main

import (
	"bufio"
	"cmp"
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	sample := flag.Int("sample", 0, "at most `N` mutants of each file; 0 = all")
	timeout := flag.Duration("timeout", time.Minute, "of the tests of one mutant")
	budget := flag.Duration("budget", time.Hour, "of the whole run; what is left then is not counted")
	equivalent := flag.String("equivalent", "", "`file` of mutants that no test can tell from the original")
	only := flag.String("only", "", "run only mutants whose id contains this `text`")
	tests := flag.String("tests", "", "run only the tests that match this `regexp`, for a lower bound in less time")
	flag.Parse()
	if flag.NArg() < 2 {
		flag.Usage()
		os.Exit(2)
	}
	argued, err := readArgued(*equivalent)
	if err != nil {
		fatal(err)
	}
	r := runner{dir: flag.Arg(0), timeout: *timeout, tests: *tests, argued: argued}
	ctx, cancel := context.WithTimeout(context.Background(), *budget)
	defer cancel()
	var scores []score
	for _, file := range flag.Args()[1:] {
		list, err := mutants(filepath.Join(r.dir, file))
		if err != nil {
			fatal(err)
		}
		list = slices.DeleteFunc(list, func(m mutant) bool { return !strings.Contains(m.id, *only) })
		s, err := r.file(ctx, file, choose(list, *sample))
		if err != nil {
			fatal(err)
		}
		scores = append(scores, s)
	}
	report(scores)
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "mutate:", err)
	os.Exit(1)
}

// choose takes n of the mutants, spread over the file by a hash of their ids; 0 = all.
func choose(list []mutant, n int) []mutant {
	if n == 0 || len(list) <= n {
		return list
	}
	slices.SortStableFunc(list, func(a, b mutant) int { return cmp.Compare(hash(a.id), hash(b.id)) })
	list = list[:n]
	slices.SortStableFunc(list, func(a, b mutant) int { return cmp.Compare(a.from, b.from) })
	return list
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

// readArgued reads the file of equivalent mutants.
func readArgued(path string) (map[string]bool, error) {
	argued := map[string]bool{}
	if path == "" {
		return argued, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		id, why, ok := strings.Cut(lines.Text(), " # ")
		if ok && strings.TrimSpace(why) != "" {
			argued[strings.TrimSpace(id)] = true
		}
	}
	return argued, nil
}

// score is the result for a file.
type score struct {
	file                                  string
	killed, survived, equivalent, invalid int
	left                                  int // the budget was over
}

func (s *score) rate() float64 {
	if n := s.killed + s.survived; n > 0 {
		return 100 * float64(s.killed) / float64(n)
	}
	return 0
}

func report(scores []score) {
	all := score{file: "all"}
	fmt.Printf("\n%-32s %8s %9s %11s %8s %6s %7s\n", "file", "killed", "survived", "equivalent", "invalid", "left", "rate")
	for _, s := range scores {
		all.killed, all.survived, all.equivalent = all.killed+s.killed, all.survived+s.survived, all.equivalent+s.equivalent
		all.invalid, all.left = all.invalid+s.invalid, all.left+s.left
	}
	for _, s := range append(scores, all) {
		fmt.Printf("%-32s %8d %9d %11d %8d %6d %6.1f%%\n", s.file, s.killed, s.survived, s.equivalent, s.invalid, s.left, s.rate())
	}
}
