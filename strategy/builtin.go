package strategy

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// The names of the built-in strategies.
const (
	LeastBusy       = "leastbusy"
	LeastRecent     = "leastrecent"
	Fewest          = "fewest"
	RRMemory        = "rrmemory"
	Linear          = "linear"
	Random          = "random"
	WRandom         = "wrandom"
	RingAll         = "ringall"
	RingAllMultiple = "ringallmultiple"
	BestSkill       = "bestskill"
)

// Default is the strategy of a campaign that names none.
const Default = LeastBusy

// aliases are other names under which contact centers know built-in strategies.
var aliases = map[string]string{"fewestcalls": Fewest}

// Canonical returns the name of the built-in strategy that name is an alias of, such as
// "fewest" for "fewestcalls", and any other name as it is.
func Canonical(name string) string { return cmp.Or(aliases[name], name) }

// Builtin returns a new value of every built-in strategy, in the order of the names
// above.
func Builtin() []Strategy {
	return []Strategy{
		leastBusy{}, leastRecent{}, fewest{}, rrMemory{}, linear{}, random{}, wRandom{},
		ringAll{}, ringAllMultiple{}, bestSkill{},
	}
}

// New returns the built-in strategy of that name or alias, [Default] for an empty one. Any other
// name is an *[UnknownError].
func New(name string) (Strategy, error) {
	if name == "" {
		name = Default
	}
	var valid []string
	for _, s := range Builtin() {
		if s.Name() == Canonical(name) {
			return s, nil
		}
		valid = append(valid, s.Name())
	}
	return nil, &UnknownError{Name: name, Valid: valid}
}

// UnknownError is returned for a strategy that nobody knows.
type UnknownError struct {
	Name  string
	Valid []string
}

// Error implements error.
func (e *UnknownError) Error() string {
	valid := slices.Sorted(slices.Values(e.Valid))
	return fmt.Sprintf("strategy: unknown strategy %q; valid: %s", e.Name, strings.Join(valid, ", "))
}

// share expresses load ÷ limit as an integer whose order is exactly that of the
// fractions, for limits below 2²⁰: two different fractions differ by more than 2⁻⁴⁰.
// Loads so large that the integer cannot hold it are all the same.
func share(load, limit int) int64 {
	over := uint64(max(limit, 1))
	hi, lo := bits.Mul64(uint64(max(load, 0)), 1<<40)
	if hi >= over {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, over)
	return int64(min(q, math.MaxInt64))
}

// leastBusy is for concurrent chat: the emptiest agent first, and among equally loaded
// ones the longest idle.
type leastBusy struct{}

func (leastBusy) Name() string { return LeastBusy }
func (leastBusy) Key(c Candidate) Key {
	return Key{First: share(c.Load, c.Limit), Second: c.IdleSince}
}

// leastRecent takes whoever finished longest ago; who never did counts from joining.
// Offers that came to nothing do not move anybody.
type leastRecent struct{}

func (leastRecent) Name() string { return LeastRecent }
func (leastRecent) Key(c Candidate) Key {
	if c.LastFinished == 0 {
		return Key{First: c.Joined}
	}
	return Key{First: c.LastFinished}
}

// fewest evens out the number of interactions answered in a day.
type fewest struct{}

func (fewest) Name() string { return Fewest }
func (fewest) Key(c Candidate) Key {
	return Key{First: int64(c.Answered), Second: c.IdleSince}
}

// rrMemory goes round: whoever was offered one stands behind all others.
type rrMemory struct{}

func (rrMemory) Name() string        { return RRMemory }
func (rrMemory) Key(c Candidate) Key { return Key{First: c.Turn} }

// linear always starts from the first member.
type linear struct{}

func (linear) Name() string        { return Linear }
func (linear) Key(c Candidate) Key { return Key{First: int64(c.Position)} }

// random gives every eligible agent the same chance.
type random struct{}

func (random) Name() string            { return Random }
func (random) Key(c Candidate) Key     { return Key{First: int64(c.Position)} }
func (random) Weight(Candidate) uint64 { return 1 }

// wRandom gives an agent of penalty p the weight 1/(1+p).
type wRandom struct{}

func (wRandom) Name() string        { return WRandom }
func (wRandom) Key(c Candidate) Key { return Key{First: int64(c.Position)} }

// Weight scales 1/(1+p) by 2⁴⁰, which is off by less than 10⁻¹⁰ for penalties to 100.
func (wRandom) Weight(c Candidate) uint64 {
	return (1 << 40) / uint64(1+min(max(c.Penalty, 0), 100))
}

// ringAll shows the interaction to everybody who has nothing else to do.
type ringAll struct{}

func (ringAll) Name() string             { return RingAll }
func (ringAll) Key(c Candidate) Key      { return Key{First: int64(c.Position)} }
func (ringAll) MayTake(c Candidate) bool { return c.Active == 0 }

// ringAllMultiple shows the interaction to everybody who has room.
type ringAllMultiple struct{}

func (ringAllMultiple) Name() string           { return RingAllMultiple }
func (ringAllMultiple) Key(c Candidate) Key    { return Key{First: int64(c.Position)} }
func (ringAllMultiple) MayTake(Candidate) bool { return true }

// bestSkill takes the most skilled, and among those the longest idle.
type bestSkill struct{}

func (bestSkill) Name() string        { return BestSkill }
func (bestSkill) Key(c Candidate) Key { return Key{First: c.IdleSince} }
func (bestSkill) RanksSkill()         {}
