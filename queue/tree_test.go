package queue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	must "github.com/stretchr/testify/require"
)

// The tree against a sorted slice, over random inserts and removals from empty to some
// hundreds and back, with ranks that differ in any of their fields.
func TestTreeIsASortedList(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		var tr tree[int]
		var want []rank
		items := map[rank]int{}
		weights := map[rank]uint64{}
		for step := range 1500 {
			k := rank{r.Int64N(3) - 1, r.Int64N(4), r.Int64N(4), r.Int64N(9)}
			grow := step/500%2 == 0
			switch _, known := items[k]; {
			case !known && (grow || r.IntN(4) == 0):
				weights[k] = 1 + uint64(r.IntN(9))*uint64(r.IntN(2))
				tr.insert(k, step, weights[k])
				items[k] = step
				at, _ := slices.BinarySearchFunc(want, k, compareRanks)
				want = slices.Insert(want, at, k)
			case known && (!grow || r.IntN(4) == 0):
				tr.remove(k, weights[k])
				delete(items, k)
				want = slices.DeleteFunc(want, func(x rank) bool { return x == k })
			}
			sameTree(t, &tr, want, items, weights, r)
		}
	}
}

func compareRanks(a, b rank) int {
	switch {
	case a.less(&b):
		return -1
	case b.less(&a):
		return 1
	}
	return 0
}

func weighs(list []rank, weights map[rank]uint64) (sum uint64) {
	for _, k := range list {
		sum += weights[k]
	}
	return sum
}

// sameTree asks the tree everything it can answer.
func sameTree(t *testing.T, tr *tree[int], want []rank, items map[rank]int, weights map[rank]uint64, r *rand.Rand) {
	t.Helper()
	must.Equal(t, len(want), tr.len())
	must.Equal(t, weighs(want, weights), tr.total())
	first, item, ok := tr.first()
	must.Equal(t, len(want) > 0, ok)
	if ok {
		must.Equal(t, want[0], first)
		must.Equal(t, items[want[0]], item)
		i := r.IntN(len(want))
		before := weighs(want[:i], weights)
		must.Equal(t, before, tr.below(want[i]))
		must.Equal(t, items[want[i]], tr.at(before))
		must.Equal(t, items[want[i]], tr.at(before+weights[want[i]]-1))
	}
	var front [5]int
	n := tr.head(front[:])
	must.Equal(t, min(len(want), len(front)), n)
	for i := range n {
		must.Equal(t, items[want[i]], front[i])
	}
	probe := rank{r.Int64N(3) - 1, r.Int64N(4), r.Int64N(4), r.Int64N(9)}
	at, _ := slices.BinarySearchFunc(want, probe, compareRanks)
	must.Equal(t, weighs(want[:at], weights), tr.below(probe))
	if r.IntN(50) == 0 {
		i := 0
		tr.each(func(k rank, item int) bool {
			must.Equal(t, want[i], k)
			must.Equal(t, items[k], item)
			i++
			return true
		})
		must.Equal(t, len(want), i)
	}
}

func TestTreeStops(t *testing.T) {
	var tr tree[int]
	for i := range 10 {
		tr.insert(rank{a: int64(i)}, i, 1)
	}
	seen := 0
	tr.each(func(rank, int) bool { seen++; return seen < 3 })
	must.Equal(t, 3, seen)
}

// In order or in reverse, or as a queue that nodes are used again for, a hundred thousand
// inserts make no list of it.
func TestTreeStaysShallow(t *testing.T) {
	for _, order := range []struct {
		sign int64
		keep int64
	}{{1, 100_000}, {-1, 100_000}, {1, 10_000}, {-1, 10_000}} {
		var tr tree[int]
		for i := range int64(100_000) {
			tr.insert(rank{a: order.sign * i}, int(i), 1)
			if i >= order.keep {
				tr.remove(rank{a: order.sign * (i - order.keep)}, 1)
			}
		}
		var depth func(n int32) int
		depth = func(n int32) int {
			if n == 0 {
				return 0
			}
			return 1 + max(depth(tr.nodes[n].left), depth(tr.nodes[n].right))
		}
		must.Less(t, depth(tr.root), 64)
	}
}

// Emptied, a tree gives back what a rush had needed, and goes on.
func TestTreeGivesBack(t *testing.T) {
	var tr tree[int]
	for i := range 5000 {
		tr.insert(rank{a: int64(i)}, i, 1)
	}
	for i := range 5000 {
		tr.remove(rank{a: int64(i)}, 1)
	}
	must.Less(t, cap(tr.nodes), 1025)
	tr.insert(rank{a: 7}, 7, 1)
	must.Equal(t, 7, tr.at(0))
}

// The heap of deadlines against a sorted list: by instant, then by arming; moved and
// disarmed ones included.
func TestTimersFireInOrder(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		var h timers
		all := make([]*timer, 60)
		for i := range all {
			all[i] = &timer{pos: -1}
		}
		armed := map[*timer]bool{}
		for range 2000 {
			x := all[r.IntN(len(all))]
			switch r.IntN(4) {
			case 0:
				h.cut(x)
				delete(armed, x)
			case 1:
				if first, ok := h.next(); ok {
					for other := range armed {
						must.False(t, other.at < first.at || other.at == first.at && other.arm < first.arm)
					}
					h.cut(first)
					delete(armed, first)
				}
			default:
				x.at = r.Int64N(20)
				h.set(x)
				armed[x] = true
			}
			must.Len(t, h.heap, len(armed))
			for i, e := range h.heap {
				must.Equal(t, []int64{int64(i), e.t.at}, []int64{int64(e.t.pos), e.at})
			}
		}
		var last timerEntry
		for len(armed) > 0 {
			x, ok := h.next()
			must.True(t, ok)
			now := timerEntry{x.at, x.arm, x}
			must.True(t, last.t == nil || last.less(&now))
			last = now
			h.cut(x)
			delete(armed, x)
		}
		_, ok := h.next()
		must.False(t, ok)
	}
}

// BenchmarkPickLots is the draw alone: one of many by weight, where the balancer of
// BenchmarkPick looks at all of them.
func BenchmarkPickLots(b *testing.B) {
	for _, agents := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("agents=%d", agents), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 4))
			var tr tree[*int]
			for i := range agents {
				tr.insert(rank{a: r.Int64()}, &i, uint64(1+i%101))
			}
			e := &Engine{}
			for b.Loop() {
				e.seq++
				if tr.at(below(e.draw(0), tr.total())) == nil {
					b.Fatal("nobody was drawn")
				}
			}
		})
	}
}
