package console

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	runCount      = 20
	runAge        = time.Hour
	runsAtOnce    = 2
	longestWhatIf = 31 * 24 * time.Hour
)

// runs are the simulations that were asked for.
type runs struct {
	mu  sync.Mutex
	all []*trialRun // oldest first
}

// trialRun is one of them.
type trialRun struct {
	mu     sync.Mutex
	state  Run
	cancel context.CancelFunc
}

func (r *trialRun) view() Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

func (r *trialRun) running() bool { return r.view().State == "running" }

// tryWhatIf begins a simulation.
func (c *Console) tryWhatIf(x *call) (any, error) {
	if c.opts.WhatIf == nil {
		return nil, problem(http.StatusNotImplemented, "not_supported", "this console has no simulator")
	}
	body := x.body.(*WhatIfBody)
	b, err := x.book(x.r.Context())
	if err != nil {
		return nil, err
	}
	x.args = map[string]string{"id": body.Campaign.ID}
	if _, err := x.editable(b); err != nil {
		return nil, err
	}
	if faults, err := c.faultsOf(x.r.Context(), &body.Campaign); err != nil {
		return nil, err
	} else if len(faults) > 0 {
		return nil, withFaults("faults", http.StatusUnprocessableEntity, faults)
	}
	trial := Trial{Center: c.center, Campaign: body.Campaign, From: body.From, To: body.To}
	if trial.To.IsZero() {
		trial.To = x.now()
	}
	if trial.From.IsZero() {
		trial.From = trial.To.Add(-24 * time.Hour)
	}
	if d := trial.To.Sub(trial.From); d <= 0 || d > longestWhatIf {
		return nil, invalid("from must be before to, by at most %d days", int(longestWhatIf.Hours()/24))
	}
	ctx, cancel := context.WithCancel(context.Background()) // it outlives the request, not the console
	run, err := c.runs.begin(trial, cancel)
	if err != nil {
		cancel()
		return nil, err
	}
	go c.finishRun(ctx, run, trial)
	return run.view(), nil
}

// begin makes room for a run, or refuses it.
func (p *runs) begin(trial Trial, cancel context.CancelFunc) (*trialRun, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	n := 0
	for _, r := range p.all {
		if r.running() {
			n++
		}
	}
	if n >= runsAtOnce {
		return nil, problem(http.StatusServiceUnavailable, "busy", "%d simulations are under way: wait, or cancel one", n)
	}
	p.all = slices.DeleteFunc(p.all, func(r *trialRun) bool { return !r.running() && now.Sub(r.view().Started) > runAge })
	if i := slices.IndexFunc(p.all, func(r *trialRun) bool { return !r.running() }); len(p.all) >= runCount && i >= 0 {
		p.all = slices.Delete(p.all, i, i+1)
	}
	r := &trialRun{cancel: cancel, state: Run{ID: rand.Text(), Campaign: trial.Campaign.ID, State: "running", Started: now.UTC()}}
	p.all = append(p.all, r)
	return r, nil
}

// finishRun runs a simulation to its end.
func (c *Console) finishRun(ctx context.Context, r *trialRun, trial Trial) {
	defer r.cancel()
	result, err := c.try(ctx, r, trial)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.state.State != "running": // cancelled
	case err != nil:
		c.log.Error("console: what-if", "campaign", trial.Campaign.ID, "error", err)
		r.state.State, r.state.Problem = "failed", err.Error()
	default:
		r.state.State, r.state.Progress, r.state.Result = "done", 1, &result
	}
}

func (c *Console) try(ctx context.Context, r *trialRun, trial Trial) (result WhatIfResult, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("console: simulator panicked: %v", p)
		}
	}()
	result, err = c.opts.WhatIf.Try(ctx, trial, func(share float64) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.state.Progress = max(r.state.Progress, min(max(share, 0), 1))
	})
	for _, side := range []*WhatIfSide{&result.Before, &result.After} {
		if side.Figures == nil {
			side.Figures = figures(&side.Counts)
		}
		for i := range side.Intervals {
			if side.Intervals[i].Figures == nil {
				side.Intervals[i].Figures = figures(&side.Intervals[i].Counts)
			}
		}
		side.Intervals = orEmpty(side.Intervals)
	}
	result.Notes = orEmpty(result.Notes)
	return result, err
}

// run returns a run for those who may see its campaign.
func (x *call) run() (*trialRun, error) {
	x.runs.mu.Lock()
	defer x.runs.mu.Unlock()
	for _, r := range x.runs.all {
		if v := r.view(); v.ID == x.args["id"] && x.actor.covers(v.Campaign) {
			return r, nil
		}
	}
	return nil, problem(http.StatusNotFound, "unknown_run", "there is no such simulation, or it was forgotten")
}

// whatIf says how far a run is.
func (c *Console) whatIf(x *call) (any, error) {
	r, err := x.run()
	if err != nil {
		return nil, err
	}
	return r.view(), nil
}

// cancelWhatIf stops a run. One that is over stays as it is.
func (c *Console) cancelWhatIf(x *call) (any, error) {
	r, err := x.run()
	if err != nil {
		return nil, err
	}
	r.stop()
	return r.view(), nil
}

func (r *trialRun) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.State == "running" {
		r.state.State = "cancelled"
		r.cancel()
	}
}

func (p *runs) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.all {
		r.stop()
	}
}
