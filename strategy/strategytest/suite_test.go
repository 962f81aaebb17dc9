package strategytest

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/strategy"
)

// recorder takes failures instead of failing.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skip(...any) { runtime.Goexit() }

// verdict runs the rules whose names have one of the parts, or all of them, and returns the
// names of those that were broken.
func verdict(t *testing.T, open func() strategy.Strategy, parts ...string) []string {
	var broken []string
	for _, r := range rules {
		if len(parts) > 0 && !slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(r.name, part) }) {
			continue
		}
		rec := &recorder{TB: t}
		var wg sync.WaitGroup
		wg.Go(func() { r.run(rec, open) }) // of its own, for a check that ends it
		wg.Wait()
		if len(rec.said) > 0 {
			assert.Contains(t, rec.said[0], "rule broken: "+r.name, "the failure names the rule")
			broken = append(broken, r.name)
		}
	}
	return broken
}

// custom is a strategy made of functions; mutants are made of it.
type custom struct {
	name string
	key  func(strategy.Candidate) strategy.Key
}

func (c *custom) Name() string { return c.name }
func (c *custom) Key(x strategy.Candidate) strategy.Key {
	if c.key == nil {
		return strategy.Key{First: x.Joined}
	}
	return c.key(x)
}

type (
	weighing struct {
		custom
		weight func(strategy.Candidate) uint64
	}
	showing struct {
		custom
		may func(strategy.Candidate) bool
	}
	choosing struct {
		custom
		choose func([]strategy.Candidate, uint64) int
	}
)

func (w *weighing) Weight(c strategy.Candidate) uint64                { return w.weight(c) }
func (s *showing) MayTake(c strategy.Candidate) bool                  { return s.may(c) }
func (c *choosing) Choose(list []strategy.Candidate, draw uint64) int { return c.choose(list, draw) }

func keyed(key func(strategy.Candidate) strategy.Key) strategy.Strategy {
	return &custom{name: "keyed", key: key}
}

func weighted(weight func(strategy.Candidate) uint64) strategy.Strategy {
	return &weighing{custom{name: "weighted"}, weight}
}

func shown(may func(strategy.Candidate) bool) strategy.Strategy {
	return &showing{custom{name: "shown"}, may}
}

func chosen(choose func([]strategy.Candidate, uint64) int) strategy.Strategy {
	return &choosing{custom{name: "chosen"}, choose}
}

func TestGoodStrategiesPassTheSuite(t *testing.T) {
	for name, open := range map[string]func() strategy.Strategy{
		"a function": func() strategy.Strategy {
			return strategy.Func("newest", func(c strategy.Candidate) strategy.Key { return strategy.Key{First: -c.Joined} })
		},
		"all equal": func() strategy.Strategy {
			return keyed(func(strategy.Candidate) strategy.Key { return strategy.Key{} })
		},
		"tier against": func() strategy.Strategy {
			return keyed(func(c strategy.Candidate) strategy.Key { return strategy.Key{First: int64(-c.Tier) << 40} })
		},
		"even lots": func() strategy.Strategy { return weighted(func(strategy.Candidate) uint64 { return 1 }) },
		"one of three": func() strategy.Strategy {
			return chosen(func(l []strategy.Candidate, d uint64) int { return int(d % uint64(min(len(l), 3))) })
		},
		"up to two each": func() strategy.Strategy { return shown(func(c strategy.Candidate) bool { return c.Active < 2 }) },
	} {
		assert.Empty(t, verdict(t, open), name)
	}
}

// Every mutant breaks the rules that are named; it may break others too.
func TestSuiteFindsEveryFault(t *testing.T) {
	everywhere := map[string]int64{} // shared by all values, as a package variable would be
	turn := 0
	mutants := map[string]struct {
		open  func() strategy.Strategy
		rules []string // parts of the names of those that must break
	}{
		"nothing": {func() strategy.Strategy { return nil }, []string{"name is set"}},
		"no name": {func() strategy.Strategy { return &custom{} }, []string{"name is set"}},
		"spaces":  {func() strategy.Strategy { return &custom{name: " x"} }, []string{"name is set"}},
		"names that change": {func() strategy.Strategy {
			turn++
			return &custom{name: fmt.Sprint("x", turn)}
		}, []string{"name is set"}},
		"counts calls": {func() strategy.Strategy {
			n := int64(0)
			return keyed(func(strategy.Candidate) strategy.Key { n++; return strategy.Key{First: n} })
		}, []string{"depends on nothing but the candidate", "the lowest key is asked first"}},
		"numbers agents as they come": {func() strategy.Strategy {
			order := map[string]int64{}
			return keyed(func(c strategy.Candidate) strategy.Key {
				if order[c.Agent] == 0 {
					order[c.Agent] = int64(len(order) + 1)
				}
				return strategy.Key{First: order[c.Agent]}
			})
		}, []string{"depends on nothing but the candidate"}},
		"remembers in a package variable": {func() strategy.Strategy {
			return keyed(func(c strategy.Candidate) strategy.Key {
				everywhere[c.Agent]++
				return strategy.Key{First: everywhere[c.Agent]}
			})
		}, []string{"depends on nothing but the candidate", "the same commands give the same events", "a replay and a snapshot"}},
		"draws by itself": {func() strategy.Strategy {
			return keyed(func(strategy.Candidate) strategy.Key { return strategy.Key{First: rand.Int64()} })
		}, []string{"depends on nothing but the candidate", "the same commands give the same events"}},
		"looks at the clock": {func() strategy.Strategy {
			return keyed(func(c strategy.Candidate) strategy.Key {
				return strategy.Key{First: time.Now().UnixNano() - c.IdleSince}
			})
		}, []string{"depends on nothing but the candidate"}},
		"divides by the load": {func() strategy.Strategy {
			return keyed(func(c strategy.Candidate) strategy.Key { return strategy.Key{First: int64(c.Limit / c.Load)} })
		}, []string{"no candidate is too extreme", "nobody waits beside"}},
		"looks up a table that is too small": {func() strategy.Strategy {
			table := make([]int64, 64)
			return keyed(func(c strategy.Candidate) strategy.Key { return strategy.Key{First: table[c.Answered%1000/10]} })
		}, []string{"no candidate is too extreme"}},
		"slow": {func() strategy.Strategy {
			return keyed(func(strategy.Candidate) strategy.Key {
				for start := time.Now(); time.Since(start) < 300*time.Microsecond; {
				}
				return strategy.Key{}
			})
		}, []string{"an answer is quick"}},
		"no weight":       {func() strategy.Strategy { return weighted(func(strategy.Candidate) uint64 { return 0 }) }, []string{"weights are"}},
		"too much weight": {func() strategy.Strategy { return weighted(func(strategy.Candidate) uint64 { return 1 << 45 }) }, []string{"weights are"}},
		"weight by a coin": {func() strategy.Strategy {
			return weighted(func(strategy.Candidate) uint64 { return 1 + rand.Uint64N(2) })
		}, []string{"depends on nothing but the candidate"}},
		"takes turns in a variable": {func() strategy.Strategy {
			n := 0
			return chosen(func(l []strategy.Candidate, _ uint64) int { n++; return n % len(l) })
		}, []string{"choosing depends on", "a replay and a snapshot"}},
		"sorts the list it is given": {func() strategy.Strategy {
			return chosen(func(l []strategy.Candidate, _ uint64) int { slices.Reverse(l); return 0 })
		}, []string{"choosing depends on"}},
		"keeps the list it is given": {func() strategy.Strategy {
			var kept []strategy.Candidate
			return chosen(func(l []strategy.Candidate, _ uint64) int {
				if len(kept) == len(l) && kept[0] == l[0] {
					return len(l) - 1
				}
				kept = slices.Clone(l)
				return 0
			})
		}, []string{"choosing depends on"}},
		"chooses what is not in the list": {func() strategy.Strategy {
			return chosen(func(l []strategy.Candidate, _ uint64) int { return len(l) })
		}, []string{"nobody waits beside"}},
		"wants two to choose from": {func() strategy.Strategy {
			return chosen(func(l []strategy.Candidate, _ uint64) int {
				if l[1].Active > 3 {
					return 1
				}
				return 0
			})
		}, []string{"choosing depends on", "no candidate is too extreme"}},
		"lets nobody take":   {func() strategy.Strategy { return shown(func(strategy.Candidate) bool { return false }) }, []string{"an idle agent may take", "what is to be taken is shown"}},
		"lets a coin decide": {func() strategy.Strategy { return shown(func(strategy.Candidate) bool { return rand.IntN(2) == 0 }) }, []string{"depends on nothing but the candidate"}},
	}
	for name, m := range mutants {
		t.Run(name, func(t *testing.T) {
			broken := verdict(t, m.open, m.rules...)
			assert.Len(t, broken, len(m.rules), "broken is only %q", broken)
		})
	}
}
