// Theory runs published and exact results of queueing theory through the real engine and
// says how far off each figure is.
//
//	go run ./examples/theory -cases FILE [-n ARRIVALS] [-only REGEXP] [-seed N]
//
// It prints a line per figure (case, figure, expected, simulated, z), where z counts
// standard deviations, and at the end
//
//	N cases, M figures, K beyond 4 sigma, P % beyond 2 sigma
//
// A case of a form that it cannot express is reported before that line. The exit code is 0
// when every figure is within 4 standard deviations, 1 when one is not, 2 when the
// arguments or the file are wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"regexp"
	_ "time/tzdata" // zones on a machine without a database

	"github.com/usher-go/usher/sim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const (
	exitAgrees = iota
	exitDiffers
	exitUsage
)

type options struct {
	cases    string
	arrivals float64
	only     *regexp.Regexp
	seed     uint64
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("theory", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.cases, "cases", "", "the `file` of cases (required)")
	n := fs.Int("n", 400_000, "`arrivals` to simulate in each case, after the warm-up")
	only := fs.String("only", "", "run the cases whose id matches this `regexp`")
	fs.Uint64Var(&o.seed, "seed", 1, "`number` that all draws depend on")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	var errs []error
	if o.cases == "" {
		errs = append(errs, errors.New("-cases: must name a file"))
	}
	if fs.NArg() > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	if *n < 1000 || *n > 1e10 {
		errs = append(errs, fmt.Errorf("-n: must be 1000 to 1e10, is %d", *n))
	}
	o.arrivals = float64(*n)
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		errs = append(errs, fmt.Errorf("-only: %w", err))
	}
	return o, errors.Join(errs...)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitAgrees
	}
	var cases []testCase
	if err == nil {
		cases, err = readCases(o.cases, o.only)
	}
	if err == nil && len(cases) == 0 {
		err = fmt.Errorf("-only: no case matches %q", o.only)
	}
	if err != nil {
		fmt.Fprintf(stderr, "theory: %v\n", err)
		return exitUsage
	}
	experiments, refused, err := prepareAll(cases, o.arrivals)
	if err != nil {
		fmt.Fprintf(stderr, "theory: %s:\n%v\n", o.cases, err)
		return exitUsage
	}
	rows, err := simulateAll(ctx, experiments, o.seed, stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "theory: %v\n", err)
		return exitUsage
	}
	for _, line := range refused {
		fmt.Fprintln(stdout, line)
	}
	return summarize(stdout, len(experiments), rows)
}

// prepareAll reads every case before any is simulated, so that all faults are known at once.
func prepareAll(cases []testCase, arrivals float64) (ready []*experiment, refused []string, err error) {
	var errs []error
	for i := range cases {
		x, err := prepare(&cases[i], arrivals)
		no, cannot := errors.AsType[*inexpressible](err)
		switch {
		case cannot:
			refused = append(refused, fmt.Sprintf("%s cannot be expressed: %s", cases[i].ID, no.why))
		case err != nil:
			errs = append(errs, err)
		default:
			for _, e := range x.unknown {
				refused = append(refused, fmt.Sprintf("%s: a figure cannot be measured: %v", x.id, e))
			}
			ready = append(ready, x)
		}
	}
	return ready, refused, errors.Join(errs...)
}

func simulateAll(ctx context.Context, list []*experiment, seed uint64, stdout, stderr io.Writer) ([]row, error) {
	var all []row
	for i, x := range list {
		progress, wipe := sim.Bar(stderr, fmt.Sprintf("%s (%d of %d)", x.id, i+1, len(list)))
		rows, err := x.run(ctx, seed+uint64(i), progress)
		wipe()
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			r.write(stdout)
		}
		all = append(all, rows...)
	}
	return all, nil
}

func summarize(w io.Writer, cases int, rows []row) int {
	beyond2, beyond4 := 0, 0
	for _, r := range rows {
		if math.Abs(r.z) > 2 {
			beyond2++
		}
		if math.Abs(r.z) > 4 {
			beyond4++
		}
	}
	percent := 0.0
	if len(rows) > 0 {
		percent = 100 * float64(beyond2) / float64(len(rows))
	}
	fmt.Fprintf(w, "%d cases, %d figures, %d beyond 4 sigma, %.1f %% beyond 2 sigma\n", cases, len(rows), beyond4, percent)
	if beyond4 > 0 {
		return exitDiffers
	}
	return exitAgrees
}
