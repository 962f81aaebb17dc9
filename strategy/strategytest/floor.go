package strategytest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// tested is what the strategy is called in the engine, so that built-in ones can be tested
// like any other.
const tested = "tested"

// spy is a strategy under another name that notes what it was last told of every agent. Of
// two campaigns it notes whichever came last, so rules that read it play with one.
type spy struct {
	strategy.Strategy
	last map[string]strategy.Candidate
}

func (s *spy) Name() string { return tested }

func (s *spy) Key(c strategy.Candidate) strategy.Key {
	s.last[c.Agent] = c
	return s.Strategy.Key(c)
}

type (
	drawer struct {
		*spy
		strategy.Drawer
	}
	puller struct {
		*spy
		strategy.Puller
	}
	ranker struct {
		*spy
		strategy.SkillRanker
	}
	chooser struct {
		*spy
		strategy.Chooser
	}
)

func (s drawer) Name() string                           { return tested }
func (s drawer) Key(c strategy.Candidate) strategy.Key  { return s.spy.Key(c) }
func (s puller) Name() string                           { return tested }
func (s puller) Key(c strategy.Candidate) strategy.Key  { return s.spy.Key(c) }
func (s ranker) Name() string                           { return tested }
func (s ranker) Key(c strategy.Candidate) strategy.Key  { return s.spy.Key(c) }
func (s chooser) Name() string                          { return tested }
func (s chooser) Key(c strategy.Candidate) strategy.Key { return s.spy.Key(c) }

// watch wraps a strategy with the one add-on it has.
func watch(s strategy.Strategy) (strategy.Strategy, *spy) {
	w := &spy{s, map[string]strategy.Candidate{}}
	switch s := s.(type) {
	case strategy.Puller:
		return puller{w, s}, w
	case strategy.Drawer:
		return drawer{w, s}, w
	case strategy.SkillRanker:
		return ranker{w, s}, w
	case strategy.Chooser:
		return chooser{w, s}, w
	}
	return w, w
}

// floor is the real engine with the strategy in it.
type floor struct {
	b      *bench
	s      strategy.Strategy // as the host wrote it
	spy    *spy
	e      *queue.Engine
	now    time.Time
	events []queue.Event
	rng    *rand.Rand
	camps  int
	ids    int
	// checks after every step
	after func(*floor, []queue.Event)
}

// starts are instants at which floors open: an ordinary one, and ends of time.
var starts = []time.Time{time.Unix(0, noon).UTC(), time.Unix(0, 0).UTC(), time.Date(2261, 1, 1, 0, 0, 0, 0, time.UTC)}

// staff is how many agents a floor has.
const staff = 12

// openFloor opens a floor of agents in three tiers, with limits from 1 to 3, all of
// them members of all campaigns.
func openFloor(b *bench, seed uint64, start time.Time, campaigns int) *floor {
	f := &floor{b: b, s: b.open(), now: start, rng: newRand(seed), camps: campaigns}
	f.e, f.spy = f.engine(f.s)
	for i := range staff {
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: agentName(i), Limit: 1 + i%3}})
	}
	for c := range campaigns {
		f.do(queue.Configure{Campaign: f.campaign(c)})
	}
	for i := range staff {
		if f.rng.IntN(4) > 0 {
			f.do(queue.AgentState{Agent: agentName(i), State: queue.Available})
		}
	}
	return f
}

func (f *floor) engine(s strategy.Strategy) (*queue.Engine, *spy) {
	wrapped, w := watch(s)
	e, err := queue.New(queue.Config{Seed: 1, Strategies: []strategy.Strategy{wrapped}})
	f.b.must(err)
	return e, w
}

func (f *floor) campaign(c int) queue.Campaign {
	q := queue.Campaign{ID: fmt.Sprint("c", c), Strategy: tested, DeclineMemory: 20 * time.Second, RingTime: 30 * time.Second}
	for i := range staff {
		at := (i + c) % staff // members in another order in every campaign
		q.Members = append(q.Members, queue.Member{Agent: agentName(at), Tier: at % 3, Penalty: at * 7 % 101})
	}
	return q
}

func agentName(i int) string { return fmt.Sprintf("a%02d", i) }

// do performs a command; what is refused is none of the strategy's business.
func (f *floor) do(c queue.Command) []queue.Event {
	out, _ := f.e.Step(f.now, c)
	return f.keep(out)
}

func (f *floor) keep(out queue.Output) []queue.Event {
	from := len(f.events)
	f.events = append(f.events, out.Events...)
	for _, ev := range f.events[from:] {
		if ev.Kind == queue.StrategyFailed {
			f.b.broken("it failed, and the engine used its default order: %s", ev.Reason)
		}
	}
	return f.events[from:]
}

// step does something that could happen.
func (f *floor) step() {
	var events []queue.Event
	switch f.rng.IntN(14) {
	case 0, 1, 2, 3:
		if len(f.e.Interactions("")) < 2*staff {
			events = f.arrives()
		}
	case 4, 5:
		if in, ok := f.pick(func(v queue.InteractionView) bool { return v.Offered != "" }); ok {
			events = f.do(queue.Accept{Agent: in.Offered, Interaction: in.ID})
		}
	case 6:
		if in, ok := f.pick(func(v queue.InteractionView) bool { return v.Offered != "" }); ok {
			events = f.do(queue.Decline{Agent: in.Offered, Interaction: in.ID})
		}
	case 7:
		if in, ok := f.pick(func(v queue.InteractionView) bool { return v.Owner == queue.OwnedByQueue }); ok {
			events = f.do(queue.Take{Agent: agentName(f.rng.IntN(staff)), Interaction: in.ID})
		}
	case 8, 9:
		if in, ok := f.pick(func(v queue.InteractionView) bool { return v.Owner == queue.OwnedByAgent }); ok {
			events = f.do(queue.Finish{Agent: in.Agent, Interaction: in.ID})
		}
	case 10:
		states := []queue.State{queue.Available, queue.Available, queue.Paused, queue.Offline}
		events = f.do(queue.AgentState{Agent: agentName(f.rng.IntN(staff)), State: states[f.rng.IntN(len(states))]})
	case 11:
		if in, ok := f.pick(func(v queue.InteractionView) bool { return v.Owner == queue.OwnedByAgent }); ok {
			events = f.do(queue.Requeue{Interaction: in.ID})
		}
	default:
		f.now = f.now.Add(time.Duration(f.rng.Int64N(int64(15 * time.Second))))
		events = f.keep(f.e.Advance(f.now))
	}
	if f.after != nil {
		f.after(f, events)
	}
}

func (f *floor) arrives() []queue.Event {
	f.ids++
	return f.do(queue.Arrive{Campaign: fmt.Sprint("c", f.rng.IntN(f.camps)), ID: fmt.Sprint("i", f.ids)})
}

func (f *floor) pick(want func(queue.InteractionView) bool) (queue.InteractionView, bool) {
	var list []queue.InteractionView
	for _, v := range f.e.Interactions("") {
		if want(v) {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return queue.InteractionView{}, false
	}
	return list[f.rng.IntN(len(list))], true
}

// free are the candidates who could be given another interaction that is new.
func (f *floor) free() []strategy.Candidate {
	var list []strategy.Candidate
	for _, a := range f.e.Agents() {
		if a.State == queue.Available && a.Load < a.Limit {
			list = append(list, f.spy.last[a.ID])
		}
	}
	return list
}

func (f *floor) pulls() bool { _, ok := f.s.(strategy.Puller); return ok }

// text is anything as JSON, for comparing.
func (b *bench) text(v any) string {
	data, err := json.Marshal(v)
	b.must(err)
	return string(data)
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
