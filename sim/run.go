package sim

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Options say how a scenario is run.
type Options struct {
	// Replications are independent runs, which differ in their draws. 0 = 10.
	Replications int
	// Seed of all draws: the same seed gives the same result, whatever runs in parallel.
	Seed uint64
	// Parallel bounds how many replications run at once. 0 = one for each processor.
	Parallel int
	// Progress is called now and then, by one goroutine at a time, with the share that is
	// done; nil = nobody is told. See [Bar].
	Progress func(share float64)
}

const defaultReplications = 10

// Run simulates a scenario. It returns a *[ScenarioError] for a scenario that is wrong, and
// the cause of ctx when that ends first.
func Run(ctx context.Context, s Scenario, opts Options) (*Result, error) {
	p, err := s.compile()
	if err != nil {
		return nil, err
	}
	if opts.Replications == 0 {
		opts.Replications = defaultReplications
	}
	r := p.result(opts)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(opts.parallel())
	shares := newShares(opts)
	ballast := make([]byte, ballastSize)
	defer runtime.KeepAlive(ballast)
	for i := range opts.Replications {
		g.Go(func() error {
			w, err := newWorld(p, i, opts.Seed)
			if err != nil {
				return err
			}
			r.Tallies[i], err = w.run(ctx, func(share float64) { shares.set(i, share) })
			shares.set(i, 1)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return r, nil
}

// ballastSize is memory that is reserved and never touched while replications run. They
// need so little that the garbage collector, which goes by what is in use, would hardly
// stop otherwise.
const ballastSize = 64 << 20

func (o Options) parallel() int {
	if o.Parallel > 0 {
		return o.Parallel
	}
	return runtime.GOMAXPROCS(0)
}

func (p *plan) result(opts Options) *Result {
	r := &Result{
		Scenario: p.sc.Name, Seed: opts.Seed, Replications: opts.Replications, Streams: nil,
		Start: p.sc.Start.UTC(), Interval: p.sc.Interval.Duration(), Tallies: make([]*Tally, opts.Replications),
	}
	for i := range p.streams {
		r.Streams = append(r.Streams, p.streams[i].name())
		r.streamCampaign = append(r.streamCampaign, p.streams[i].campaign)
	}
	for i := range p.campaigns {
		r.Campaigns = append(r.Campaigns, p.campaigns[i].ID)
	}
	for i := range p.agents {
		r.Agents = append(r.Agents, p.agents[i].ID)
	}
	return r
}

// shares adds up how far the replications are, in thousandths.
type shares struct {
	done    []atomic.Int64
	tell    func(share float64)
	telling atomic.Bool
}

func newShares(o Options) *shares {
	return &shares{done: make([]atomic.Int64, o.Replications), tell: o.Progress}
}

func (s *shares) set(i int, share float64) {
	s.done[i].Store(int64(share * 1000))
	if s.tell == nil || !s.telling.CompareAndSwap(false, true) {
		return
	}
	defer s.telling.Store(false)
	sum := int64(0)
	for i := range s.done {
		sum += s.done[i].Load()
	}
	s.tell(float64(sum) / 1000 / float64(len(s.done)))
}
