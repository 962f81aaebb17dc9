package strategytest

import (
	"slices"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// play runs floors with different seeds and starts, with a check after every step.
func play(b *bench, campaigns, steps int, after func(*floor, []queue.Event)) {
	for i, start := range starts {
		f := openFloor(b, uint64(i), start, campaigns)
		f.after = after
		for range steps {
			f.step()
		}
	}
}

func checkConserving(b *bench) {
	play(b, 2, 200, func(f *floor, _ []queue.Event) {
		seen := map[string]map[string]bool{}
		for _, v := range f.e.Interactions("") {
			if v.Owner != queue.OwnedByQueue || v.Offered != "" {
				continue
			}
			why, err := f.e.Explain(v.ID)
			b.must(err)
			for _, c := range why.Candidates {
				if c.Reason != "" {
					continue
				}
				if f.pulls() && seen[c.Agent] == nil {
					seen[c.Agent] = f.sees(c.Agent)
				}
				if !seen[c.Agent][v.ID] {
					b.broken("%s waits and nothing is in the way of %s", v.ID, c.Agent)
				}
			}
		}
	})
}

// sees are the interactions that an agent is shown.
func (f *floor) sees(agent string) map[string]bool {
	ids := map[string]bool{}
	for _, v := range f.e.Visible(agent) {
		ids[v.ID] = true
	}
	return ids
}

func checkLimits(b *bench) {
	play(b, 2, 200, func(f *floor, _ []queue.Event) {
		for _, a := range f.e.Agents() {
			if a.Load > a.Limit {
				b.broken("%s has %d of %d", a.ID, a.Load, a.Limit)
			}
		}
	})
}

// arrivals plays a floor of one campaign and checks who is offered what arrives.
func arrivals(b *bench, check func(f *floor, free []strategy.Candidate, chosen strategy.Candidate)) {
	if _, ok := b.open().(strategy.Puller); ok {
		b.Skip("nobody is asked under it")
	}
	for i, start := range starts {
		f := openFloor(b, uint64(i), start, 1)
		asked := 0
		for range 200 {
			f.step()
			free := f.free()
			for _, ev := range f.arrives() {
				if ev.Kind != queue.Offered {
					continue
				}
				at := slices.IndexFunc(free, func(c strategy.Candidate) bool { return c.Agent == ev.Agent })
				if at < 0 {
					b.broken("%s was asked and is not free", ev.Agent)
				}
				check(f, free, free[at])
				asked++
			}
			f.clear()
		}
		if asked < 50 {
			b.broken("only %d of 200 arrivals were offered to anybody", asked)
		}
	}
}

// clear ends some of what goes on and brings somebody in, so that there is room again.
func (f *floor) clear() {
	f.do(queue.AgentState{Agent: agentName(f.rng.IntN(staff)), State: queue.Available})
	for _, v := range f.e.Interactions("") {
		switch {
		case v.Offered != "" && f.rng.IntN(3) == 0:
			f.do(queue.Accept{Agent: v.Offered, Interaction: v.ID})
		case v.Owner == queue.OwnedByAgent && f.rng.IntN(2) == 0:
			f.do(queue.Finish{Agent: v.Agent, Interaction: v.ID})
		}
	}
	f.now = f.now.Add(time.Duration(f.rng.IntN(2)) * time.Second)
}

func checkTiers(b *bench) {
	arrivals(b, func(_ *floor, free []strategy.Candidate, chosen strategy.Candidate) {
		for _, c := range free {
			if c.Tier < chosen.Tier {
				b.broken("%s of tier %d was asked while %s of tier %d was free", chosen.Agent, chosen.Tier, c.Agent, c.Tier)
			}
		}
	})
}

func checkOrder(b *bench) {
	switch b.open().(type) {
	case strategy.Drawer, strategy.Chooser:
		b.Skip("its key does not choose")
	}
	arrivals(b, func(f *floor, free []strategy.Candidate, chosen strategy.Candidate) {
		for _, c := range free {
			if compare(f.s, c, chosen) < 0 {
				b.broken("%+v was asked before %+v, with keys %+v and %+v", chosen, c, f.s.Key(chosen), f.s.Key(c))
			}
		}
	})
}

func checkPull(b *bench) {
	if _, ok := b.open().(strategy.Puller); !ok {
		b.Skip("it does not show interactions to be taken")
	}
	f := openFloor(b, 1, starts[0], 1)
	for i := range staff {
		f.do(queue.AgentState{Agent: agentName(i), State: queue.Available})
	}
	for _, ev := range f.arrives() {
		if ev.Kind == queue.Offered {
			b.broken("it was offered to %s alone", ev.Agent)
		}
	}
	for i := range staff {
		if !f.sees(agentName(i))["i1"] {
			b.broken("idle %s does not see it", agentName(i))
		}
	}
	if _, err := f.e.Step(f.now, queue.Take{Agent: agentName(3), Interaction: "i1"}); err != nil {
		b.broken("the first could not take it: %v", err)
	}
	if _, err := f.e.Step(f.now, queue.Take{Agent: agentName(4), Interaction: "i1"}); err == nil {
		b.broken("two took it")
	}
}

func checkDeterminism(b *bench) {
	for i, start := range starts {
		var first string
		for range 2 {
			f := openFloor(b, uint64(i), start, 2)
			for range 200 {
				f.step()
			}
			events := b.text(f.events)
			if first == "" {
				first = events
			}
			if events != first {
				b.broken("a second run with a new value went another way, from event %d on", difference(first, events))
			}
		}
	}
}

// difference finds the first event in which two logs differ, roughly enough to look for.
func difference(x, y string) int {
	n := 0
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			break
		}
		if x[i] == '{' && i+5 < len(x) && x[i:i+6] == `{"seq"` {
			n++
		}
	}
	return n
}

func checkReplay(b *bench) {
	f := openFloor(b, 1, starts[0], 2)
	for range 300 {
		f.step()
	}
	live := f.e.Snapshot()

	again, _ := f.engine(b.open())
	b.must(again.Replay(f.events))
	replayed := again.Snapshot()
	replayed.Now = live.Now // commands that change nothing move the clock too
	if b.text(replayed) != b.text(live) {
		b.broken("the events gave another state when they were replayed")
	}
	wrapped, _ := watch(b.open())
	back, err := queue.Restore(queue.Config{Seed: 1, Strategies: []strategy.Strategy{wrapped}}, live)
	b.must(err)
	if b.text(back.Snapshot()) != b.text(live) {
		b.broken("a snapshot gave another state")
	}
	here := f.further(f.e)
	if there := f.further(back); here != there {
		b.broken("after a snapshot it went another way than without")
	}
}

// further lets the same things happen to an engine and returns what it says.
func (f *floor) further(e *queue.Engine) string {
	g := *f
	g.e, g.events = e, nil
	g.rng = newRand(99)
	for range 100 {
		g.step()
		g.clear()
	}
	return g.b.text(g.events)
}
