package queue_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// hosted is a strategy of a host whose methods do what a test says.
type hosted struct {
	name   string
	key    func(strategy.Candidate) strategy.Key
	weight func(strategy.Candidate) uint64
	may    func(strategy.Candidate) bool
	choose func([]strategy.Candidate, uint64) int
}

func (h *hosted) Name() string { return h.name }
func (h *hosted) Key(c strategy.Candidate) strategy.Key {
	if h.key == nil {
		return strategy.Key{First: -int64(c.Position)} // the last member first
	}
	return h.key(c)
}

type (
	hostedDrawer  struct{ *hosted }
	hostedPuller  struct{ *hosted }
	hostedChooser struct{ *hosted }
)

func (h hostedDrawer) Weight(c strategy.Candidate) uint64 { return h.weight(c) }
func (h hostedPuller) MayTake(c strategy.Candidate) bool  { return h.may(c) }
func (h hostedChooser) Choose(list []strategy.Candidate, draw uint64) int {
	return h.choose(list, draw)
}

// hostileStrategies misbehave in one way each. All answer the same to the same question.
func hostileStrategies() map[string]strategy.Strategy {
	boom := func() { panic("boom") }
	drawer := func(w uint64) strategy.Strategy {
		return hostedDrawer{&hosted{name: "bad", weight: func(strategy.Candidate) uint64 { return w }}}
	}
	chooser := func(f func([]strategy.Candidate) int) strategy.Strategy {
		return hostedChooser{&hosted{name: "bad", choose: func(list []strategy.Candidate, _ uint64) int { return f(list) }}}
	}
	return map[string]strategy.Strategy{
		"Key panics": &hosted{name: "bad", key: func(strategy.Candidate) strategy.Key { boom(); return strategy.Key{} }},
		"Key panics for one agent": &hosted{name: "bad", key: func(c strategy.Candidate) strategy.Key {
			if c.Agent == "bruno" {
				boom()
			}
			return strategy.Key{First: math.MaxInt64}
		}},
		"Key panics with an error of its own": &hosted{name: "bad", key: func(strategy.Candidate) strategy.Key { panic(fmt.Errorf("%w", errors.New("\xff"))) }},
		"Key divides by what may be 0":        &hosted{name: "bad", key: func(c strategy.Candidate) strategy.Key { return strategy.Key{First: int64(100 / c.Active)} }},
		"Key of the ends": &hosted{name: "bad", key: func(c strategy.Candidate) strategy.Key {
			return strategy.Key{First: math.MinInt64 + int64(c.Active), Second: math.MaxInt64}
		}},
		"Weight panics":        hostedDrawer{&hosted{name: "bad", weight: func(strategy.Candidate) uint64 { boom(); return 1 }}},
		"Weight 0":             drawer(0),
		"Weight over the most": drawer(1<<44 + 1),
		"Weight of the end":    drawer(math.MaxUint64),
		"MayTake panics":       hostedPuller{&hosted{name: "bad", may: func(strategy.Candidate) bool { boom(); return true }}},
		"Choose panics":        chooser(func([]strategy.Candidate) int { boom(); return 0 }),
		"Choose less than 0":   chooser(func([]strategy.Candidate) int { return -1 }),
		"Choose one beyond":    chooser(func(list []strategy.Candidate) int { return len(list) }),
		"Choose the end":       chooser(func([]strategy.Candidate) int { return math.MaxInt }),
		"Choose changes the list": chooser(func(list []strategy.Candidate) int {
			clear(list)
			return 0
		}),
	}
}

// badFloor is a floor whose campaign has a strategy of the host.
func badFloor(t *testing.T, s strategy.Strategy) *floor {
	t.Helper()
	cfg := queue.Config{Seed: 1, Strategies: []strategy.Strategy{s}}
	e, err := queue.New(cfg)
	require.NoError(t, err)
	f := &floor{t: t, e: e, now: start}
	for _, id := range []string{"ana", "bruno", "carla"} {
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: id, Limit: 2}})
	}
	f.configure(queue.Campaign{Strategy: s.Name(), RingTime: 10 * time.Second, WrapUp: 5 * time.Second})
	return f
}

// A strategy that misbehaves costs the order of its own campaign, nothing else.
func TestStrategyThatMisbehaves(t *testing.T) {
	for name, s := range hostileStrategies() {
		t.Run(name, func(t *testing.T) {
			f := badFloor(t, s)
			_, pull := s.(strategy.Puller)
			f.available("ana", "bruno", "carla")
			for i := range 12 {
				id := f.says(fmt.Sprint("customer", i), "hello")
				switch {
				case pull:
					for _, a := range f.e.Viewers(id) {
						f.do(queue.Take{Agent: a, Interaction: id})
						break
					}
				case f.view(id).Offered != "" && i%3 > 0:
					f.do(queue.Accept{Agent: f.view(id).Offered, Interaction: id})
				}
				f.pass(7 * time.Second) // offers run out, wrap-ups end
				for _, a := range f.e.Agents() {
					require.Equal(t, len(a.Has)+len(a.Asked), a.Load)
					require.LessOrEqual(t, a.Load, 2)
					if i%4 == 3 && len(a.Has) > 0 {
						f.do(queue.Finish{Agent: a.ID, Interaction: a.Has[0]})
					}
				}
				waitsBesideAFreeAgent(t, f, pull)
			}
			failed := f.all(queue.StrategyFailed, "")
			fails := name != "Key of the ends" && name != "Choose changes the list"
			if !fails {
				assert.Empty(t, failed)
			} else {
				require.Len(t, failed, queue.MaxStrategyFailures, "it is disabled after so many failures, and not before")
				for i, ev := range failed {
					assert.Equal(t, "bad", ev.Topic)
					assert.Equal(t, i+1, ev.Count)
					assert.Equal(t, i == len(failed)-1, ev.Failed)
					assert.NotEmpty(t, ev.Reason)
				}
			}
			assert.Equal(t, fails, f.e.Campaigns()[0].StrategyDisabled)
			rebuilds(t, f, queue.Config{Seed: 1, Strategies: []strategy.Strategy{s}})
		})
	}
}

// waitsBesideAFreeAgent says that no interaction waits while an agent is free for it.
func waitsBesideAFreeAgent(t *testing.T, f *floor, pull bool) {
	t.Helper()
	if pull {
		return
	}
	for _, v := range f.e.Interactions("sales") {
		if v.Owner != queue.OwnedByQueue || v.Offered != "" {
			continue
		}
		x, err := f.e.Explain(v.ID)
		require.NoError(t, err)
		for _, c := range x.Candidates {
			require.NotEmpty(t, c.Reason, "%s waits while %s is free", v.ID, c.Agent)
		}
	}
}

// rebuilds says that a replay and a restored snapshot have the state, and that the restored
// engine decides the same afterwards.
func rebuilds(t *testing.T, f *floor, cfg queue.Config) {
	t.Helper()
	live := f.e.Snapshot()
	again, err := queue.New(cfg)
	require.NoError(t, err)
	require.NoError(t, again.Replay(f.events))
	replayed := again.Snapshot()
	replayed.Now = live.Now
	require.JSONEq(t, asJSON(t, live), asJSON(t, replayed))
	back, err := queue.Restore(cfg, live)
	require.NoError(t, err)
	require.JSONEq(t, asJSON(t, live), asJSON(t, back.Snapshot()))
	for i := range 5 {
		f.now = f.now.Add(20 * time.Second)
		c := f.contact(fmt.Sprint("later", i), "hello")
		out, err := back.Step(f.now, c)
		require.NoError(t, err)
		theirs := asJSON(t, out.Events)
		require.Equal(t, theirs, asJSON(t, f.do(c)))
	}
}

func TestDisabledStrategy(t *testing.T) {
	broken := true
	s := &hosted{name: "bad"}
	s.key = func(c strategy.Candidate) strategy.Key {
		if broken {
			panic("boom")
		}
		return strategy.Key{First: -int64(c.Position)}
	}
	open := func(t *testing.T) *floor {
		broken = true
		f := badFloor(t, s)
		f.available("carla", "bruno", "ana")
		require.True(t, f.e.Campaigns()[0].StrategyDisabled)
		return f
	}
	t.Run("the place in the list decides, and the explanation says so", func(t *testing.T) {
		f := open(t)
		f.says("maria", "hello")
		id := f.says("pedro", "hello")
		assert.Equal(t, "ana", f.view(id).Offered)
		assert.Equal(t, queue.DefaultOrder, f.last(queue.Offered, id).Explain.Strategy)
	})
	t.Run("it stays disabled until the campaign is configured", func(t *testing.T) {
		f := open(t)
		broken = false
		assert.Equal(t, "ana", f.view(f.says("maria", "hello")).Offered)
		cfg, _ := f.e.CampaignConfig("sales")
		f.do(queue.Configure{Campaign: cfg})
		assert.False(t, f.e.Campaigns()[0].StrategyDisabled)
		assert.Equal(t, "carla", f.view(f.says("pedro", "hello")).Offered)
	})
	t.Run("another campaign with the same strategy is not concerned", func(t *testing.T) {
		f := open(t)
		broken = false
		f.configure(queue.Campaign{ID: "support", Strategy: "bad"})
		assert.Equal(t, "carla", f.view(toSupport(f, "maria")).Offered)
	})
	t.Run("a failure at a deadline is recorded there", func(t *testing.T) {
		broken = false
		f := badFloor(t, s)
		f.available("carla")
		id := f.says("maria", "hello")
		f.do(queue.Accept{Agent: "carla", Interaction: id})
		f.do(queue.Finish{Agent: "carla", Interaction: id})
		broken = true
		f.pass(time.Minute)
		assert.Equal(t, "deadline:wrap-up", f.all(queue.StrategyFailed, "")[0].Cause)
		assert.Equal(t, "carla", f.view(f.says("pedro", "hello")).Offered)
	})
}

// What cannot be guarded against ends in an error of every later step, never in a step on
// half of a decision.
func TestStepThatDoesNotReturn(t *testing.T) {
	armed := false
	s := &hosted{name: "bad"}
	s.key = func(strategy.Candidate) strategy.Key {
		if armed {
			runtime.Goexit()
		}
		return strategy.Key{}
	}
	f := badFloor(t, s)
	armed = true
	done := make(chan bool)
	go func() {
		defer close(done)
		_, _ = f.e.Step(f.now, queue.AgentState{Agent: "ana", State: queue.Available})
	}()
	<-done
	armed = false
	_, err := f.e.Step(f.now, queue.AgentState{Agent: "bruno", State: queue.Available})
	require.ErrorIs(t, err, queue.ErrInterrupted)
	assert.Empty(t, f.e.Advance(f.now.Add(time.Hour)).Events)
	_, due := f.e.Next()
	assert.False(t, due)
}

func TestStrategyThatCallsTheEngine(t *testing.T) {
	var f *floor
	var inner error
	s := &hosted{name: "bad"}
	s.key = func(strategy.Candidate) strategy.Key {
		if f != nil {
			_, inner = f.e.Step(f.now, queue.Heartbeat{Agent: "ana"})
		}
		return strategy.Key{}
	}
	opened := badFloor(t, s)
	f = opened
	f.available("ana")
	require.ErrorIs(t, inner, queue.ErrInterrupted)
	assert.Equal(t, "ana", f.view(f.says("maria", "hello")).Offered)
}

type namePanics struct{ strategy.Strategy }

func (namePanics) Name() string { panic("boom") }

func TestStrategyWithoutAUsableName(t *testing.T) {
	for name, s := range map[string]strategy.Strategy{
		"nil": nil, "empty": &hosted{}, "a built-in one": &hosted{name: "linear"}, "not UTF-8": &hosted{name: "a\xff"}, "panics": namePanics{},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := queue.New(queue.Config{Strategies: []strategy.Strategy{s}})
			require.ErrorContains(t, err, "queue: config: strategies[0]")
		})
	}
}
