package queue_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/usher-go/usher/queue"
)

// smooth is smooth weighted round robin as web servers balance with it and as libraries
// for weighted choice offer it: every pick adds each one's weight to its score, takes the
// highest and lowers that by the sum of all. It stands for them beside [BenchmarkPick].
type smooth struct {
	mu    sync.Mutex
	items []*smoothItem
	total int
}

type smoothItem struct {
	name          string
	weight, score int
}

func (s *smooth) add(name string, weight int) {
	s.items = append(s.items, &smoothItem{name: name, weight: weight})
	s.total += weight
}

func (s *smooth) pick() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var best *smoothItem
	for _, x := range s.items {
		x.score += x.weight
		if best == nil || x.score > best.score {
			best = x
		}
	}
	best.score -= s.total
	return best.name
}

// BenchmarkPick chooses one of many agents by weight. The balancer only chooses. The engine
// is asked through its public door, and does all the rest as well: it opens an interaction,
// draws, gives it to the agent, says why, finishes it, and makes the events of all that; what
// the lots cost is the difference to a strategy that takes the first.
func BenchmarkPick(b *testing.B) {
	for _, agents := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("by=smooth/agents=%d", agents), func(b *testing.B) {
			var s smooth
			for i := range agents {
				s.add("a"+strconv.Itoa(i), 1+i%101)
			}
			for b.Loop() {
				s.pick()
			}
		})
		for _, s := range []string{"wrandom", "linear"} {
			b.Run(fmt.Sprintf("by=%s/agents=%d", s, agents), func(b *testing.B) { direct(b, agents, s) })
		}
	}
}

// direct plays lives of which the campaign decides all by itself.
func direct(b *testing.B, agents int, strategy string) {
	r := newEngine(b, agents, strategy, 0, 0)
	c, _ := r.e.CampaignConfig("c")
	c.AutoAnswer = true
	r.step(queue.Configure{Campaign: c})
	n := 0
	for b.Loop() {
		n++
		id, agent := "i"+strconv.Itoa(n), ""
		out := r.step(queue.Arrive{Campaign: "c", ID: id})
		for i := range out.Events {
			if out.Events[i].Kind == queue.Answered {
				agent = out.Events[i].Agent
			}
		}
		r.finish(id, agent)
	}
}
