package strategy_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/strategy"
)

func named(t *testing.T, name string) strategy.Strategy {
	t.Helper()
	s, err := strategy.New(name)
	require.NoError(t, err)
	return s
}

func TestNew(t *testing.T) {
	names := []string{
		"leastbusy", "leastrecent", "fewest", "rrmemory", "linear", "random", "wrandom", "ringall", "ringallmultiple", "bestskill",
	}
	var have []string
	for _, s := range strategy.Builtin() {
		have = append(have, s.Name())
		assert.Equal(t, s, named(t, s.Name()))
	}
	assert.Equal(t, names, have)
	assert.Equal(t, "leastbusy", named(t, "").Name(), "the default")
	for _, name := range []string{"LeastBusy", " leastbusy", "fastest"} {
		s, err := strategy.New(name)
		assert.Nil(t, s)
		var unknown *strategy.UnknownError
		require.ErrorAs(t, err, &unknown)
		assert.Equal(t, &strategy.UnknownError{Name: name, Valid: names}, unknown)
		assert.EqualError(t, err, fmt.Sprintf("strategy: unknown strategy %q; valid: bestskill, fewest, leastbusy, "+
			"leastrecent, linear, random, ringall, ringallmultiple, rrmemory, wrandom", name))
	}
}

// before says in which order a strategy's keys put candidates; "=" where they are the same.
func before(s strategy.Strategy, x, y strategy.Candidate) string {
	kx, ky := s.Key(x), s.Key(y)
	switch {
	case kx == ky && x.Active == y.Active:
		return "="
	case kx.First < ky.First, kx.First == ky.First && x.Active < y.Active,
		kx.First == ky.First && x.Active == y.Active && kx.Second < ky.Second:
		return "<"
	}
	return ">"
}

// Each strategy's key, as design and documentation define it. What a row does not set is
// the same for both.
func TestKeys(t *testing.T) {
	type c = strategy.Candidate
	for _, test := range []struct {
		strategy string
		what     string
		x, y     c
		want     string
	}{
		{"leastbusy", "an empty agent before one with work", c{Limit: 1}, c{Load: 1, Limit: 9}, "<"},
		{"leastbusy", "load in proportion to the limit", c{Load: 2, Limit: 5}, c{Load: 1, Limit: 2}, "<"},
		{"leastbusy", "the same proportion is the same load", c{Load: 1, Limit: 2}, c{Load: 2, Limit: 4}, "="},
		{"leastbusy", "then fewer active", c{Load: 2, Limit: 2, Active: 1}, c{Load: 2, Limit: 2, Active: 2}, "<"},
		{"leastbusy", "then the longest idle", c{Limit: 1, IdleSince: 5}, c{Limit: 1, IdleSince: 6}, "<"},
		{"leastbusy", "idle time does not outweigh load", c{Load: 1, Limit: 100, IdleSince: 1}, c{Limit: 1, IdleSince: math.MaxInt64}, ">"},
		{"leastbusy", "over the limit is busier than full", c{Load: 3, Limit: 2}, c{Load: 2, Limit: 2}, ">"},
		{"leastbusy", "counters and turns are of no account", c{Limit: 1, Answered: 9, Turn: 9, Penalty: 9, LastFinished: 9}, c{Limit: 1}, "="},

		{"leastrecent", "who finished longer ago", c{LastFinished: 5}, c{LastFinished: 6}, "<"},
		{"leastrecent", "a nanosecond decides", c{LastFinished: 1_000_000_000}, c{LastFinished: 1_000_000_001}, "<"},
		{"leastrecent", "who never finished counts from joining", c{Joined: 5}, c{LastFinished: 6, Joined: 1}, "<"},
		{"leastrecent", "a newcomer is not first of all", c{Joined: 7}, c{LastFinished: 6, Joined: 1}, ">"},
		{"leastrecent", "load is of no account", c{LastFinished: 5, Load: 9, Limit: 9}, c{LastFinished: 6, Limit: 1}, "<"},
		{"leastrecent", "nor is being idle for other reasons", c{LastFinished: 5, IdleSince: 9}, c{LastFinished: 5, IdleSince: 1}, "="},

		{"fewest", "who answered less", c{Answered: 1}, c{Answered: 2}, "<"},
		{"fewest", "then fewer active", c{Active: 1}, c{Active: 2}, "<"},
		{"fewest", "then the longest idle", c{IdleSince: 5}, c{IdleSince: 6}, "<"},
		{"fewest", "load in proportion is of no account", c{Answered: 1, Load: 9, Limit: 9}, c{Answered: 2, Limit: 9}, "<"},

		{"rrmemory", "whose turn is earlier", c{Turn: 1}, c{Turn: 2}, "<"},
		{"rrmemory", "the order of members only decides between equals", c{Turn: 2, Position: 0}, c{Turn: 1, Position: 9}, ">"},
		{"rrmemory", "penalty is of no account", c{Turn: 1, Penalty: 100}, c{Turn: 2}, "<"},

		{"linear", "the place in the list", c{Position: 0, Load: 9, Answered: 9, Turn: 9}, c{Position: 1}, "<"},
		{"bestskill", "among the equally skilled the longest idle", c{IdleSince: 5}, c{IdleSince: 6}, "<"},
	} {
		assert.Equal(t, test.want, before(named(t, test.strategy), test.x, test.y), "%s: %s", test.strategy, test.what)
		back := map[string]string{"<": ">", ">": "<", "=": "="}[test.want]
		assert.Equal(t, back, before(named(t, test.strategy), test.y, test.x), "%s: %s, the other way round", test.strategy, test.what)
	}
}

// Load ÷ limit is compared exactly, however close two fractions are.
func TestLeastBusyIsExact(t *testing.T) {
	s := named(t, "leastbusy")
	r := rand.New(rand.NewPCG(1, 2))
	compare := func(a, b, c, d int) {
		t.Helper()
		want := big.NewRat(int64(a), int64(b)).Cmp(big.NewRat(int64(c), int64(d)))
		x, y := s.Key(strategy.Candidate{Load: a, Limit: b}).First, s.Key(strategy.Candidate{Load: c, Limit: d}).First
		got := 0
		switch {
		case x < y:
			got = -1
		case x > y:
			got = 1
		}
		require.Equal(t, want, got, "%d/%d and %d/%d", a, b, c, d)
	}
	for range 50_000 {
		b, d := 1+r.IntN(1<<20-1), 1+r.IntN(1<<20-1)
		a := r.IntN(2 * b)
		compare(a, b, r.IntN(2*d), d)
		compare(a, b, min(int(int64(a)*int64(d)/int64(b)), 2*d), d) // as close as it gets
	}
	const most = 1<<20 - 1
	compare(most-1, most, most-2, most-1) // neighbours
	compare(1, most, 1, most-1)
}

// Loads and limits at the ends of what an integer holds keep their order.
func TestLeastBusyAtTheEnds(t *testing.T) {
	s := named(t, "leastbusy")
	key := func(load, limit int) int64 { return s.Key(strategy.Candidate{Load: load, Limit: limit}).First }
	loads := []int{math.MinInt, -1, 0, 1, 1 << 22, 1<<23 - 1, 1 << 23, 1 << 24, 1 << 30, 1 << 40, math.MaxInt}
	for _, limit := range []int{1, 2, 1 << 20, 1 << 40, math.MaxInt} {
		assert.True(t, slices.IsSortedFunc(loads, func(a, b int) int {
			return int(min(max(key(a, limit)-key(b, limit), -1), 1))
		}), "limit %d", limit)
	}
	assert.Equal(t, key(1, 1), key(1, 0), "a limit below 1 counts as 1")
	assert.Equal(t, key(1, 1), key(1, -5))
	assert.Zero(t, key(-1, 1), "a load below 0 counts as 0")
}

func TestWeights(t *testing.T) {
	weight := func(name string, penalty int) uint64 {
		d, ok := named(t, name).(strategy.Drawer)
		require.True(t, ok)
		return d.Weight(strategy.Candidate{Penalty: penalty})
	}
	for penalty := range 101 {
		assert.EqualValues(t, 1, weight("random", penalty))
		exact := 1 / float64(1+penalty)
		got := float64(weight("wrandom", penalty)) / float64(weight("wrandom", 0))
		assert.InEpsilon(t, exact, got, 1e-10, "penalty %d", penalty)
	}
	assert.Equal(t, weight("wrandom", 0), weight("wrandom", -1))
	assert.Equal(t, weight("wrandom", 100), weight("wrandom", math.MaxInt))
}

func TestWhoMayTake(t *testing.T) {
	may := func(name string, active int) bool {
		p, ok := named(t, name).(strategy.Puller)
		require.True(t, ok)
		return p.MayTake(strategy.Candidate{Active: active, Limit: 5})
	}
	assert.True(t, may("ringall", 0))
	assert.False(t, may("ringall", 1))
	assert.True(t, may("ringallmultiple", 0))
	assert.True(t, may("ringallmultiple", 4), "the limit is the engine's to watch")
}

// Each built-in strategy has the add-on that its way of choosing needs, and no other.
func TestAddOns(t *testing.T) {
	for _, s := range strategy.Builtin() {
		_, draws := s.(strategy.Drawer)
		_, pulls := s.(strategy.Puller)
		_, ranks := s.(strategy.SkillRanker)
		_, scans := s.(strategy.Chooser)
		name := s.Name()
		assert.Equal(t, name == "random" || name == "wrandom", draws, name)
		assert.Equal(t, name == "ringall" || name == "ringallmultiple", pulls, name)
		assert.Equal(t, name == "bestskill", ranks, name)
		assert.False(t, scans, "%s would cost a scan", name)
	}
}

func TestFunc(t *testing.T) {
	s := strategy.Func("penalty", func(c strategy.Candidate) strategy.Key { return strategy.Key{First: int64(c.Penalty)} })
	assert.Equal(t, "penalty", s.Name())
	assert.Equal(t, strategy.Key{First: 7}, s.Key(strategy.Candidate{Penalty: 7}))
}

// Whatever a candidate is like, no built-in strategy panics, changes its mind, or draws with
// a weight that cannot be added up.
func FuzzKeys(f *testing.F) {
	f.Add(1, 2, int64(3), 4, int64(5))
	f.Add(math.MaxInt, -1, int64(math.MinInt64), math.MinInt, int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, load, limit int, instant int64, count int, turn int64) {
		c := strategy.Candidate{
			Load: load, Limit: limit, IdleSince: instant, LastFinished: turn, Joined: instant, Answered: count, Turn: turn,
			Penalty: count, Active: load, Position: limit,
		}
		for _, s := range strategy.Builtin() {
			if first, again := s.Key(c), s.Key(c); first != again {
				t.Fatalf("%s has two keys for %+v", s.Name(), c)
			}
			if d, ok := s.(strategy.Drawer); ok && (d.Weight(c) < 1 || d.Weight(c) > 1<<44) {
				t.Fatalf("%s: weight %d of %+v", s.Name(), d.Weight(c), c)
			}
		}
	})
}
