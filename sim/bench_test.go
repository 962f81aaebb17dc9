package sim

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// plain is what a textbook has: M/M/n as an event loop over a heap, the longest idle agent
// first, each customer an object, with the waits and the agents' busy times counted.
type plain struct {
	rnd     *rand.Rand
	now     float64
	events  plainHeap
	waiting []*plainCustomer
	idle    []*plainAgent
	waits   float64
	served  int
	late    int
}

type plainCustomer struct {
	id      int
	arrived float64
	started float64
	agent   *plainAgent
}

type plainAgent struct {
	id   int
	busy float64
	n    int
}

type plainEvent struct {
	at  float64
	who *plainCustomer // nil = an arrival
}

type plainHeap []*plainEvent

func (h plainHeap) Len() int           { return len(h) }
func (h plainHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h plainHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *plainHeap) Push(x any)        { *h = append(*h, x.(*plainEvent)) }
func (h *plainHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return x
}

// simulate serves so many customers.
func (p *plain) simulate(customers, agents int, rate, handle float64) {
	for i := range agents {
		p.idle = append(p.idle, &plainAgent{id: i})
	}
	heap.Push(&p.events, &plainEvent{at: p.rnd.ExpFloat64() / rate})
	for id := 0; p.served < customers; {
		ev := heap.Pop(&p.events).(*plainEvent)
		p.now = ev.at
		if ev.who == nil {
			id++
			p.waiting = append(p.waiting, &plainCustomer{id: id, arrived: p.now})
			heap.Push(&p.events, &plainEvent{at: p.now + p.rnd.ExpFloat64()/rate})
		} else {
			ev.who.agent.busy += p.now - ev.who.started
			p.idle = append(p.idle, ev.who.agent)
			p.served++
		}
		for len(p.waiting) > 0 && len(p.idle) > 0 {
			c := p.waiting[0]
			c.agent, c.started = p.idle[0], p.now
			p.waiting, p.idle = p.waiting[1:], p.idle[1:]
			c.agent.n++
			if p.waits += p.now - c.arrived; p.now-c.arrived > 20 {
				p.late++
			}
			heap.Push(&p.events, &plainEvent{at: p.now + p.rnd.ExpFloat64()*handle, who: c})
		}
	}
}

// One op is a customer: these two are to be compared.
func BenchmarkMMnPlain(b *testing.B) {
	for _, agents := range []int{20, 500} {
		b.Run(fmt.Sprintf("agents=%d", agents), func(b *testing.B) {
			b.ReportAllocs()
			p := &plain{rnd: rand.New(rand.NewPCG(1, 2))}
			p.simulate(b.N, agents, 0.95*float64(agents)/180, 180)
		})
	}
}

func BenchmarkMMnEngine(b *testing.B) {
	for _, agents := range []int{20, 500} {
		b.Run(fmt.Sprintf("agents=%d", agents), func(b *testing.B) {
			s := floorOf(agents, 0.95*float64(agents)*20, 180*time.Second)
			benchmark(b, s)
		})
	}
}

// benchmark plays one replication with about one customer per op.
func benchmark(b *testing.B, s Scenario) {
	b.ReportAllocs()
	rate := 0.0
	for _, a := range s.Arrivals {
		rate += a.Rate
	}
	s.Steady, s.WarmUp = false, 0
	s.Length = Seconds(float64(b.N) / rate * 3600)
	if _, err := Run(b.Context(), s, Options{Seed: 1, Replications: 1}); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSkilled is a large center: 500 agents of 40 profiles over 20 skills, two at a time
// with offers that they accept, 20 kinds of customer who lose patience.
func BenchmarkSkilled(b *testing.B) { benchmark(b, skilledFloor(500)) }

func skilledFloor(agents int) Scenario {
	c := queue.Campaign{ID: "c", ServiceLevel: 20 * time.Second, MaxInteractions: 1000, MaxTime: 10 * time.Minute}
	s := Scenario{}
	for i := range agents {
		id := "a" + strconv.Itoa(i)
		s.Agents = append(s.Agents, queue.Agent{ID: id, Limit: 2})
		m := queue.Member{Agent: id}
		for k := range 4 {
			m.Skills = append(m.Skills, queue.Skill{Name: "s" + strconv.Itoa((i+5*k)%20), Level: 1 + i/20%2*4})
		}
		c.Members = append(c.Members, m)
	}
	s.Campaigns = []queue.Campaign{c}
	patience := Exponential(5 * time.Minute)
	for k := range 20 {
		s.Arrivals = append(s.Arrivals, Arrivals{
			Name: "s" + strconv.Itoa(k), Campaign: "c", Rate: 0.95 * float64(agents*2) * 12 / 20, Handle: Lognormal(5*time.Minute, 1),
			Patience: &patience, Skills: []settings.Skill{{Name: "s" + strconv.Itoa(k), Level: 1 + k%2*4}},
		})
	}
	return s
}

// BenchmarkDay is a day of 100,000 customers, from empty to empty, by half hours.
func BenchmarkDay(b *testing.B) {
	s := skilledFloor(500)
	for i := range s.Arrivals {
		s.Arrivals[i].Rate = 0
		for k := range 24 {
			s.Arrivals[i].Rates = append(s.Arrivals[i].Rates, 5000.0/24*(1+math.Sin(float64(k)/24*2*math.Pi)))
		}
		s.Arrivals[i].Every = 3600
	}
	n := 0.0
	for b.Loop() {
		r, err := Run(b.Context(), s, Options{Seed: 1, Replications: 1})
		if err != nil {
			b.Fatal(err)
		}
		n += float64(r.Numbers(Part{})[0].Flow.Offered)
	}
	b.ReportMetric(n/float64(b.N), "customers/op")
}

// Memory does not grow with the length of a run: what was needed for one day does for ten.
func TestMemoryIsFlat(t *testing.T) {
	s := skilledFloor(40)
	slots := func(days Seconds) int {
		s.Length = days * 86400
		p, err := s.compile()
		if err != nil {
			t.Fatal(err)
		}
		w, err := newWorld(p, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.run(t.Context(), func(float64) {}); err != nil {
			t.Fatal(err)
		}
		if n := len(w.engine.Interactions("")); n != 0 {
			t.Errorf("%d interactions are left in the engine", n)
		}
		return cap(w.contacts) + cap(w.agenda.heap) + cap(w.todo)
	}
	one, ten := slots(1), slots(5)
	if ten > 3*one {
		t.Errorf("a day needs room for %d things, five days for %d", one, ten)
	}
}
