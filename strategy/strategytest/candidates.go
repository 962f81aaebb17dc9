package strategytest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/usher-go/usher/strategy"
)

// noon is an instant of the kind that candidates have.
const noon int64 = 1_770_000_000_000_000_000

// someCandidates are n members as a busy day makes them, among them some that differ in one
// thing only.
func someCandidates(seed uint64, n int) []strategy.Candidate {
	r := rand.New(rand.NewPCG(seed, 0))
	list := make([]strategy.Candidate, n)
	for i := range list {
		limit := 1 + r.IntN(20)
		load := r.IntN(limit + 1)
		list[i] = strategy.Candidate{
			Agent: fmt.Sprint("a", i), Position: i, Tier: r.IntN(4), Penalty: r.IntN(101),
			Active: r.IntN(load + 1), Load: load, Limit: limit,
			IdleSince: noon + r.Int64N(1e15), LastFinished: r.Int64N(2) * (noon + r.Int64N(1e15)), Joined: noon - r.Int64N(1e17),
			Answered: r.IntN(200), Turn: r.Int64N(1000),
		}
		if i%10 == 9 { // as the one before but for who it is
			id := list[i].Agent
			list[i] = list[i-1]
			list[i].Agent, list[i].Position = id, i
		}
	}
	return list
}

// extremeCandidates are at the ends of what each field can be.
func extremeCandidates() []strategy.Candidate {
	least := strategy.Candidate{Limit: 1}
	most := strategy.Candidate{
		Agent: "z", Position: math.MaxInt, Tier: math.MaxInt32, Penalty: 100, Active: math.MaxInt, Load: math.MaxInt, Limit: math.MaxInt,
		IdleSince: math.MaxInt64, LastFinished: math.MaxInt64, Joined: math.MaxInt64, Answered: math.MaxInt, Turn: math.MaxInt64,
	}
	list := []strategy.Candidate{least, most}
	for _, c := range []strategy.Candidate{least, most} {
		o := least
		if c == least {
			o = most
		}
		for _, set := range []func(*strategy.Candidate){
			func(x *strategy.Candidate) { x.Position = o.Position },
			func(x *strategy.Candidate) { x.Tier = o.Tier },
			func(x *strategy.Candidate) { x.Penalty = o.Penalty },
			func(x *strategy.Candidate) { x.Active = o.Active },
			func(x *strategy.Candidate) { x.Load = o.Load },
			func(x *strategy.Candidate) { x.Limit = o.Limit },
			func(x *strategy.Candidate) { x.IdleSince = o.IdleSince },
			func(x *strategy.Candidate) { x.LastFinished = o.LastFinished },
			func(x *strategy.Candidate) { x.Joined = o.Joined },
			func(x *strategy.Candidate) { x.Answered = o.Answered },
			func(x *strategy.Candidate) { x.Turn = o.Turn },
			func(x *strategy.Candidate) { x.IdleSince, x.LastFinished, x.Joined = -1, -1, -1 }, // before 1970
		} {
			x := c
			set(&x)
			list = append(list, x)
		}
	}
	return list
}

// answer is everything a strategy says of one candidate.
type answer struct {
	Key     strategy.Key
	Weight  uint64
	MayTake bool
}

func ask(s strategy.Strategy, c strategy.Candidate) answer {
	a := answer{Key: s.Key(c)}
	if d, ok := s.(strategy.Drawer); ok {
		a.Weight = d.Weight(c)
	}
	if p, ok := s.(strategy.Puller); ok {
		a.MayTake = p.MayTake(c)
	}
	return a
}
