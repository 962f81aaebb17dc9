package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// options are what the flags say.
type options struct {
	data      string // the folder of the journal, see journal
	dataGiven bool
	walkins   time.Duration

	open  bool // the desk in the browser alone
	both  bool // no mode is given: the day, then the desk in the browser
	play  bool
	live  bool
	speed float64
	crowd int
	seed  uint64

	serve     bool
	listen    string
	config    string
	bots      string
	blacklist string
	quiet     bool

	agents int // -1: as the configuration has them
	limit  int
	answer time.Duration
	reply  string
}

const allAgents = -1

// parseFlags reads the command line to its end and reports everything that is wrong with
// it, where package flag by itself stops at the first.
func parseFlags(f *faults, args []string, stdout io.Writer) (o options, help bool) {
	set := o.flags()
	for rest := args; ; {
		err := set.Parse(rest)
		rest = set.Args()
		switch {
		case errors.Is(err, flag.ErrHelp):
			usage(set, stdout)
			return o, true
		case err != nil:
			f.add("flags: %v", err)
			// What follows an unknown flag is most likely its value.
			for len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
				rest = rest[1:]
			}
		case len(rest) > 0:
			f.add("flags: unexpected argument %q", rest[0])
			rest = rest[1:]
		default:
			o.check(f, given(set))
			return o, false
		}
	}
}

func (o *options) flags() *flag.FlagSet {
	set := flag.NewFlagSet("frontdesk", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&o.data, "data", "", "the `folder` in which everything is kept; '' keeps nothing (default: frontdesk-data; with -serve one that goes at the end)")
	set.DurationVar(&o.walkins, "walkins", 20*time.Second, "how often a customer walks in by themselves; 0 = never")
	set.BoolVar(&o.open, "open", false, "open the desk in the browser, without the day before it")
	set.BoolVar(&o.play, "play", false, "play a day in fast motion, and no more")
	set.BoolVar(&o.live, "live", false, "play the day at a pace to watch, see -speed")
	set.Float64Var(&o.speed, "speed", 60, "with -live: seconds of the day in one second")
	set.IntVar(&o.crowd, "crowd", 0, "play a day with `N` customers in fast motion and count them by the hour")
	set.Uint64Var(&o.seed, "seed", 1, "with -crowd: another seed is another day")
	set.BoolVar(&o.serve, "serve", false, "serve real numbers at /webhook; credentials come from the environment")
	set.StringVar(&o.listen, "listen", "127.0.0.1:8080", "the `address` to listen on; port 0 takes a free one")
	set.StringVar(&o.config, "config", "", "with -serve: the center's configuration, a JSON `file`")
	set.StringVar(&o.bots, "bots", "", "with -serve: more bots, a JSON `file` like bots.json")
	set.StringVar(&o.blacklist, "blacklist", "", "with -serve: who is kept out, a CSV `file`")
	set.BoolVar(&o.quiet, "quiet", false, "with -serve: print no timeline")
	set.IntVar(&o.agents, "agents", allAgents, "how many agents `N` answer; with -config the first N of its agents, and more if it has fewer (default: all of them; 2 without -config; 200 with -crowd)")
	set.IntVar(&o.limit, "limit", 1, "how many customers one of the agents that -agents adds has at once")
	set.DurationVar(&o.answer, "answer", 30*time.Second, "how long an agent has a customer (150s with -crowd)")
	set.StringVar(&o.reply, "reply", "Thank you for writing. We are on it.", "what an agent answers")
	return set
}

func usage(set *flag.FlagSet, w io.Writer) {
	_, _ = fmt.Fprint(w, "Frontdesk plays a day at a front desk and opens one in the browser, or serves real numbers on WhatsApp.\n\n")
	set.SetOutput(w)
	set.PrintDefaults()
	_, _ = fmt.Fprint(w, "\nThe environment for -serve:\n")
	for _, v := range variables {
		_, _ = fmt.Fprintf(w, "  %-24s %s\n", v.name, v.about)
	}
	_, _ = fmt.Fprintf(w, "\nBots that a configuration can name: %s. Its connector is called %q.\n",
		strings.Join(botNames(), ", "), connectorName)
}

// given returns the flags that the command line sets.
func given(set *flag.FlagSet) map[string]bool {
	out := map[string]bool{}
	set.Visit(func(f *flag.Flag) { out[f.Name] = true })
	return out
}

// only says with which flag others make sense.
var only = map[string][]string{
	"serve": {"config", "bots", "blacklist", "quiet"},
	"live":  {"speed"},
	"crowd": {"seed"},
}

func (o *options) check(f *faults, given map[string]bool) {
	on := map[string]bool{"serve": o.serve, "open": o.open, "play": o.play, "live": o.live, "crowd": given["crowd"]}
	o.both, o.dataGiven = count(on) == 0, given["data"]
	browser := o.open || o.both
	if given["walkins"] && !browser {
		f.add("flags: -walkins is for the desk in the browser, without -serve, -play, -live and -crowd")
	}
	for _, name := range []string{"data", "listen"} {
		if given[name] && !browser && !o.serve {
			f.add("flags: -%s needs -serve, or the desk in the browser", name)
		}
	}
	for _, mode := range []string{"serve", "live", "crowd"} {
		for _, name := range only[mode] {
			if given[name] && !on[mode] {
				f.add("flags: -%s needs -%s", name, mode)
			}
		}
	}
	for _, name := range []string{"agents", "limit"} {
		if given[name] && !o.serve && !given["crowd"] {
			f.add("flags: -%s needs -serve or -crowd", name)
		}
	}
	for _, name := range []string{"answer", "reply"} {
		if given[name] && (o.play || o.live) {
			f.add("flags: -%s: the day that is played has its own", name)
		}
	}
	if n := count(on); n > 1 && !(n == 2 && o.play && o.live) {
		f.add("flags: choose one of -serve, -open, -play (or -live) and -crowd")
	}
	o.checkValues(f, given)
	if given["crowd"] && !given["answer"] {
		o.answer = crowdAnswer
	}
}

func count(on map[string]bool) (n int) {
	for _, yes := range on {
		if yes {
			n++
		}
	}
	return n
}

func (o *options) checkValues(f *faults, given map[string]bool) {
	if o.speed <= 0 {
		f.add("flags: -speed: must be > 0, is %v", o.speed)
	}
	if given["crowd"] && o.crowd <= 0 {
		f.add("flags: -crowd: must be > 0, is %d", o.crowd)
	}
	if given["agents"] && o.agents < 0 {
		f.add("flags: -agents: must be ≥ 0, is %d", o.agents)
	}
	if o.limit <= 0 {
		f.add("flags: -limit: must be > 0, is %d", o.limit)
	}
	if o.walkins < 0 {
		f.add("flags: -walkins: must be ≥ 0, is %v", o.walkins)
	}
	if o.answer < 0 {
		f.add("flags: -answer: must be ≥ 0, is %v", o.answer)
	}
	if strings.TrimSpace(o.reply) == "" {
		f.add("flags: -reply: must not be empty")
	}
	if _, err := net.ResolveTCPAddr("tcp", o.listen); err != nil {
		f.add("flags: -listen: %v", err)
	}
}
