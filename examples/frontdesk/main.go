// Frontdesk is a small front desk on WhatsApp.
//
// Without credentials it first plays a whole day of one, over real HTTP: a stand-in for
// Meta's Graph API takes what the desk sends, and customers' phones post signed webhooks to
// it. Then it opens one in the browser: desks for agents, a dashboard for their supervisor,
// phones for customers, and a folder in which everything is kept.
//
//	go run ./examples/frontdesk                   a day in fast motion, then the address to open
//	go run ./examples/frontdesk -play             the day alone
//	go run ./examples/frontdesk -live             the day at a pace to watch
//	go run ./examples/frontdesk -open             the desk alone
//	go run ./examples/frontdesk -crowd 10000      a day with so many customers, by the hour
//
// With credentials in the environment it serves real numbers at /webhook, answered by
// agents who are programs:
//
//	export WHATSAPP_ACCESS_TOKEN=… WHATSAPP_APP_SECRET=… WHATSAPP_VERIFY_TOKEN=…
//	export WHATSAPP_NUMBERS=106540352242922:+15550783881
//	go run ./examples/frontdesk -serve -listen :8080 -config desk.json
//
// See README.md beside this file.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones on a machine without a database
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // it ran and something broke
	exitFaulty = 2 // flags, environment or configuration are wrong; nothing ran
)

// run is the program without its process: all that it reads and writes is given to it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	var f faults
	o, help := parseFlags(&f, args, stdout)
	if help {
		return exitOK
	}
	var d *desk
	if o.serve {
		d = prepare(&f, o, getenv, stderr)
	}
	if len(f) > 0 {
		f.print(stderr)
		return exitFaulty
	}
	if err := o.start(ctx, d, stdout, stderr); err != nil && ctx.Err() == nil {
		_, _ = fmt.Fprintln(stderr, "frontdesk:", err)
		return exitFailed
	}
	return exitOK
}

func (o options) start(ctx context.Context, d *desk, stdout, stderr io.Writer) error {
	switch {
	case o.serve:
		return d.serve(ctx, stdout)
	case o.crowd > 0:
		return playCrowd(ctx, o, stdout)
	case o.play, o.live:
		return playDay(ctx, o, stdout)
	case o.both:
		if err := playDay(ctx, o, stdout); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(stdout)
	}
	return openHouse(ctx, o, stdout, stderr)
}

// faults is everything that is wrong before anything runs.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func (f faults) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "frontdesk: %d to mend:\n", len(f))
	for _, line := range f {
		_, _ = fmt.Fprintln(w, "  "+line)
	}
}
