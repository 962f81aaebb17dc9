// Package whatif is the simulator behind a console's settings page: it plays a campaign's
// own past again, from the journal, with the present settings and with the edited ones,
// and shows both.
//
//	console.New(center, console.Options{WhatIf: whatif.New(journal), …})
//
// Package sim plays it: the customers as they came, the work that each was, the patience of
// those who left, what bots on start did, how agents handed interactions on, and the agents as
// they were present, accepting, declining and missing offers as often and as fast as they did.
// With the present settings the figures are therefore those that the board counted, but for
// chance: each has the range in which 95 of 100 such days lie.
package whatif

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/sim"
	"github.com/usher-go/usher/sla"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/strategy"
)

// replications are the runs of each side; counts are their mean.
const replications = 20

// New returns a simulator that reads a center's journal. own are the host's strategies, as in
// usher.Options.
func New(journal store.Journal, own ...strategy.Strategy) console.WhatIf {
	return console.WhatIfFunc(func(ctx context.Context, t console.Trial, progress func(float64)) (console.WhatIfResult, error) {
		return try(ctx, journal, own, t, progress)
	})
}

func try(ctx context.Context, journal store.Journal, own []strategy.Strategy, t console.Trial, progress func(float64)) (console.WhatIfResult, error) {
	h, err := history(ctx, journal, t)
	if err != nil {
		return console.WhatIfResult{}, err
	}
	if len(h.Calls[t.Campaign.ID]) == 0 {
		return console.WhatIfResult{}, fmt.Errorf("whatif: nobody came to %s between %s and %s", t.Campaign.ID, t.From.Format(time.DateOnly), t.To.Format(time.DateOnly))
	}
	lacking, err := handles(h)
	if err != nil {
		return console.WhatIfResult{}, err
	}
	now, err := t.Center.Config(ctx)
	if err != nil {
		return console.WhatIfResult{}, err
	}
	half := func(from float64) func(float64) { return func(share float64) { progress(from + share/2) } }
	s := sim.Scenario{Name: t.Campaign.ID, Arrivals: lacking, Strategies: own}
	before, err := play(ctx, h, s, now, half(0))
	if err != nil {
		return console.WhatIfResult{}, err
	}
	after, err := play(ctx, h, s, with(now, t.Campaign), half(0.5))
	if err != nil {
		return console.WhatIfResult{}, err
	}
	notes := []string{fmt.Sprintf("%d contacts of this campaign, played %d times; counts are means", len(h.Calls[t.Campaign.ID]), replications)}
	if n := len(h.Changed[t.Campaign.ID]); n > 0 {
		notes = append(notes, fmt.Sprintf("the settings were changed in this time (%d): each column plays all of it with the same settings, so that it may differ from what was counted", n))
	}
	for _, a := range lacking {
		notes = append(notes, fmt.Sprintf("no agent has finished an interaction of %s yet: they take as long here as those of the other campaigns", a.Campaign))
	}
	return console.WhatIfResult{
		From: h.Start, To: h.Start.Add(h.Length), Before: side(before, t.Campaign.ID), After: side(after, t.Campaign.ID), Notes: notes,
	}, nil
}

// history reads what happened in whole days, UTC, the one that To lies in included.
func history(ctx context.Context, journal store.Journal, t console.Trial) (*sim.History, error) {
	h, err := sim.ReadHistoryUntil(until(ctx, usher.Events(ctx, journal, 1)), t.Center.Now())
	if err != nil {
		return nil, err
	}
	return h.Between(t.From, t.To.UTC().Truncate(24*time.Hour).Add(24*time.Hour)), nil
}

// handles gives campaigns of which nobody has finished an interaction yet the handle times
// of the others. Without any there is nothing to play.
func handles(h *sim.History) (lacking []sim.Arrivals, err error) {
	var all []float64
	for _, list := range h.Handled {
		all = append(all, list...)
	}
	if len(all) == 0 {
		return nil, errors.New("whatif: no agent has finished an interaction in that time, so nobody knows how long one takes: try again when some have")
	}
	slices.Sort(all)
	for _, id := range h.Campaigns() {
		if len(h.Handled[id]) == 0 {
			lacking = append(lacking, sim.Arrivals{Campaign: id, Handle: sim.Empirical(all)})
		}
	}
	return lacking, nil
}

// until ends a sequence with ctx: a long journal takes a while to read.
func until(ctx context.Context, events iter.Seq2[queue.Event, error]) iter.Seq2[queue.Event, error] {
	return func(yield func(queue.Event, error) bool) {
		for ev, err := range events {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(ev, err) || err != nil {
				return
			}
		}
	}
}

// with is a configuration with one campaign in place of the one it has.
func with(cfg usher.Config, campaign usher.Campaign) usher.Config {
	cfg.Campaigns = slices.Clone(cfg.Campaigns)
	for i := range cfg.Campaigns {
		if cfg.Campaigns[i].ID == campaign.ID {
			cfg.Campaigns[i] = campaign
		}
	}
	return cfg
}

// play plays a history in a configuration.
func play(ctx context.Context, h *sim.History, s sim.Scenario, cfg usher.Config, progress func(float64)) (*sim.Result, error) {
	s.Center, s.Bots, s.Arrivals = cfg, bots(cfg), slices.Clone(s.Arrivals)
	return sim.Run(ctx, h.Scenario(s), sim.Options{Replications: replications, Seed: 1, Progress: progress})
}

// side is a result as the console shows it.
func side(r *sim.Result, campaign string) console.WhatIfSide {
	out := console.WhatIfSide{Counts: mean(r, sim.Part{Campaign: campaign}), Ranges: map[string]console.Range{}}
	for _, f := range sla.Formulas() {
		m, err := sim.MetricNamed(f.Name)
		if err != nil {
			continue // a figure that simulations do not have
		}
		if low, high, ok := r.Predict(m, sim.Part{Campaign: campaign}, 0.95); ok {
			out.Ranges[f.Name] = console.Range{Low: max(low, 0), High: high}
		}
	}
	for i := 1; i <= r.Intervals(); i++ {
		if r.Covered(i) {
			at := r.At(i)
			out.Intervals = append(out.Intervals, console.Interval{
				Start: at, End: at.Add(r.Interval), Counts: mean(r, sim.Part{Campaign: campaign, Interval: i}),
			})
		}
	}
	return out
}

// bots are those that a configuration names, each as one that hands on at once.
func bots(cfg usher.Config) (list []sim.Bot) {
	seen := map[string]bool{"": true}
	for _, c := range cfg.Campaigns {
		if c.WhatsApp == nil {
			continue
		}
		names := []string{c.WhatsApp.BotOnStart, c.WhatsApp.BotOnEnd, c.WhatsApp.BotAfterWaitingTime, c.WhatsApp.Bots.QueueFull}
		for _, s := range c.WhatsApp.Overflow {
			if s.Do == string(queue.DoBot) {
				names = append(names, s.Target)
			}
		}
		for _, name := range names {
			if !seen[name] {
				seen[name] = true
				list = append(list, sim.Bot{Name: name})
			}
		}
	}
	return list
}

// mean is the mean of what the replications counted, rounded; the longest of a length is
// the longest of all.
func mean(r *sim.Result, part sim.Part) sla.Counts {
	var sum sla.Counts
	for _, n := range r.Numbers(part) {
		sum.Add(&n.Counts)
	}
	longest := sum.WaitMax
	var fields map[string]any
	data, _ := json.Marshal(sum) // plain data always marshals
	_ = json.Unmarshal(data, &fields)
	divide(fields, float64(max(len(r.Tallies), 1)))
	data, _ = json.Marshal(fields)
	sum = sla.Counts{}
	_ = json.Unmarshal(data, &sum)
	sum.WaitMax = longest
	return sum
}

func divide(fields map[string]any, by float64) {
	for k, v := range fields {
		switch v := v.(type) {
		case float64:
			fields[k] = int64(v/by + 0.5)
		case map[string]any:
			divide(v, by)
		}
	}
}
