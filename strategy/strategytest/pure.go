package strategytest

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher/strategy"
)

func checkName(b *bench) {
	s, other := b.open(), b.open()
	if s == nil || other == nil {
		b.broken("there is no strategy")
	}
	name := s.Name()
	switch {
	case name == "":
		b.broken("it is empty")
	case strings.TrimSpace(name) != name:
		b.broken("%q has spaces around it", name)
	}
	for _, c := range someCandidates(1, 10) {
		ask(s, c)
	}
	if s.Name() != name || other.Name() != name {
		b.broken("it was %q and is %q, and %q for another value", name, s.Name(), other.Name())
	}
}

// checkPure asks two values about the same candidates in different orders.
func checkPure(b *bench) {
	s, other := b.open(), b.open()
	list := someCandidates(2, 300)
	first := map[string]answer{}
	for _, c := range list {
		first[c.Agent] = ask(s, c)
	}
	r := rand.New(rand.NewPCG(3, 0))
	for round := range 3 {
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, c := range list {
			for _, value := range []strategy.Strategy{s, other} {
				if again := ask(value, c); again != first[c.Agent] {
					b.broken("asked first it said %+v, and in round %d %+v, both of %+v", first[c.Agent], round+1, again, c)
				}
			}
		}
	}
}

func checkExtremes(b *bench) {
	s := b.open()
	list := extremeCandidates()
	for _, c := range list {
		func() {
			defer func() {
				if p := recover(); p != nil {
					b.broken("it panicked: %v: of %+v", p, c)
				}
			}()
			if first, again := ask(s, c), ask(s, c); first != again {
				b.broken("it said %+v and then %+v of %+v", first, again, c)
			}
		}()
	}
	if k, ok := s.(strategy.Chooser); ok {
		for _, draw := range []uint64{0, 1, math.MaxUint64} {
			k.Choose(list[:1], draw)
			k.Choose(list, draw)
		}
	}
}

// quick is the time for a thousand answers: thousands of times what a formula needs, and
// less than anything that reads a file, a clock far away or a lock in dispute.
const quick = 250 * time.Millisecond

func checkQuick(b *bench) {
	s := b.open()
	list := someCandidates(4, 1000)
	start := time.Now()
	for _, c := range list {
		ask(s, c)
	}
	if took := time.Since(start); took > quick {
		b.broken("a thousand answers took %v, at most %v is right; every change of an agent asks for one", took, quick)
	}
}

const maxWeight = 1 << 44 // a million of them can be added up

func checkWeights(b *bench) {
	d, ok := b.open().(strategy.Drawer)
	if !ok {
		b.Skip("it does not draw lots")
	}
	for _, c := range append(extremeCandidates(), someCandidates(5, 1000)...) {
		w := d.Weight(c)
		if w < 1 || w > maxWeight {
			b.broken("%d is the weight of %+v", w, c)
		}
	}
}

func checkIdleMayTake(b *bench) {
	p, ok := b.open().(strategy.Puller)
	if !ok {
		b.Skip("it does not show interactions to be taken")
	}
	for _, c := range someCandidates(6, 200) {
		if c.Active, c.Load = 0, 0; !p.MayTake(c) {
			b.broken("interactions would wait beside %+v for ever", c)
		}
	}
}

func checkChoose(b *bench) {
	s, ok := b.open().(strategy.Chooser)
	if !ok {
		b.Skip("it does not choose from a list")
	}
	other := b.open().(strategy.Chooser) // what the first is, the second is
	r := rand.New(rand.NewPCG(7, 0))
	for n := 1; n <= 40; n++ {
		list := someCandidates(uint64(n), n)
		sortCandidates(s, list)
		draw := r.Uint64()
		given := slices.Clone(list)
		first := s.Choose(given, draw)
		if !slices.Equal(given, list) {
			b.broken("Choose changed the list of candidates")
		}
		clear(given) // the engine uses the room again
		for _, value := range []strategy.Chooser{s, other} {
			if again := value.Choose(slices.Clone(list), draw); again != first {
				b.broken("of the same %d candidates and draw it chose %d and then %d", n, first, again)
			}
		}
	}
}

// sortCandidates orders a list as the engine does.
func sortCandidates(s strategy.Strategy, list []strategy.Candidate) {
	slices.SortStableFunc(list, func(x, y strategy.Candidate) int { return compare(s, x, y) })
}

// compare is the order in which candidates are asked: by tier, key, fewer active, second
// key, and the order of members.
func compare(s strategy.Strategy, x, y strategy.Candidate) int {
	kx, ky := s.Key(x), s.Key(y)
	return cmp.Or(
		cmp.Compare(x.Tier, y.Tier), cmp.Compare(kx.First, ky.First), cmp.Compare(x.Active, y.Active),
		cmp.Compare(kx.Second, ky.Second), cmp.Compare(x.Position, y.Position),
	)
}
