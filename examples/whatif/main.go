// Whatif plays what happened in a center again in other configurations, on the same
// customers, and shows them side by side.
//
//	go run . -in center.db -scenario change.json -out monday
//	go run . -in calls.csv -campaign sales -scenario as-it-is.json -scenario other.json
//
// The input is the journal of a center (a SQLite file, see store/sqlite) or CSV, a line for
// each interaction or for each interval; package sim says which columns. A journal knows the
// configuration and when agents were there, so "as it was" is the first column and a
// scenario only says what is different; with CSV the first scenario is compared with.
//
// A scenario is a JSON file in the form of sim.Scenario with one thing more, change: by
// campaign, the settings that are different, in the form of a campaign's settings.
//
//	{"name": "linear", "change": {"sales": {"whatsapp": {"strategy": "linear"}}}}
//
// The report goes to the output, and with -out PREFIX also to PREFIX.csv, with pictures
// PREFIX-queue.svg, PREFIX-level.svg and PREFIX-waits.svg. The exit code is 2 when an
// argument or a file is wrong, every fault with its line or path and its field.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
	_ "time/tzdata" // zones on a machine without a database

	"github.com/usher-go/usher/sim"
	"github.com/usher-go/usher/sim/plot"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const exitUsage = 2

type options struct {
	in, campaign, out string
	scenarios         []string
	from, to          time.Time
	sim.Options
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	var errs []error
	fs := flag.NewFlagSet("whatif", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.in, "in", "", "the `file` with what happened: a journal, or .csv (required)")
	fs.Func("scenario", "a `file` with a scenario; may be given several times (required)", func(s string) error {
		o.scenarios = append(o.scenarios, s)
		return nil
	})
	fs.StringVar(&o.campaign, "campaign", "", "the `id` of the campaign of CSV lines without one")
	fs.StringVar(&o.out, "out", "", "the `prefix` of a CSV and of pictures to write")
	fs.IntVar(&o.Replications, "n", 10, "`replications`")
	fs.Uint64Var(&o.Seed, "seed", 1, "`number` that all draws depend on")
	day := func(name, usage string, to *time.Time) {
		fs.Func(name, usage, func(s string) (err error) {
			if *to, err = time.Parse(time.DateOnly, s); err != nil {
				err = errors.New("must be a day such as 2026-03-02")
			}
			return err
		})
	}
	day("from", "the first `day` to play, UTC; default the first there is", &o.from)
	day("to", "the `day` before which to stop; default after the last", &o.to)
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if o.in == "" {
		errs = append(errs, errors.New("-in: must name a file"))
	}
	if len(o.scenarios) == 0 {
		errs = append(errs, errors.New("-scenario: must name a file"))
	}
	if o.Replications < 2 || o.Replications > 100_000 {
		errs = append(errs, fmt.Errorf("-n: must be 2 to 100000, is %d", o.Replications))
	}
	if fs.NArg() > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	return o, errors.Join(errs...)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = answer(ctx, o, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "whatif: %v\n", err)
		return exitUsage
	}
	return 0
}

// answer reads, simulates and reports.
func answer(ctx context.Context, o options, stdout, stderr io.Writer) error {
	history, err := readInput(ctx, o)
	if err != nil {
		return err
	}
	scenarios, err := readScenarios(o.scenarios, history)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d arrivals from %s to %s\n\n", history.Arrivals(),
		history.Start.Format(time.DateOnly), history.Start.Add(history.Length).Format(time.DateOnly))
	progress, wipe := sim.Bar(stderr, "simulating")
	o.Progress = progress
	c, err := sim.Compare(ctx, scenarios, o.Options)
	wipe()
	if err != nil {
		return err
	}
	return report(o, c, stdout)
}

func report(o options, c *sim.Comparison, stdout io.Writer) error {
	if err := c.Table(stdout); err != nil {
		return err
	}
	for i, r := range c.Results {
		if n := r.Unserved(); n > 0 {
			fmt.Fprintf(stdout, "%s: %d interactions were never served: nobody was there for them\n", c.Names[i], n)
		}
	}
	if o.out == "" {
		return nil
	}
	names, err := writeFiles(o.out, c)
	for _, name := range names {
		fmt.Fprintf(stdout, "wrote %s\n", name)
	}
	return err
}

// writeFiles writes the figures of every scenario and the pictures.
func writeFiles(prefix string, c *sim.Comparison) ([]string, error) {
	var names []string
	for i, r := range c.Results {
		r.Scenario = c.Names[i]
		name := fmt.Sprintf("%s-%d.csv", prefix, i+1)
		f, err := os.Create(name)
		if err != nil {
			return names, err
		}
		if err := errors.Join(r.WriteCSV(f), f.Close()); err != nil {
			return names, err
		}
		names = append(names, name)
	}
	pictures, err := plot.Save(prefix, c.Results...)
	return append(names, pictures...), err
}
