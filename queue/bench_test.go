package queue_test

import (
	"container/heap"
	"container/list"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/usher-go/usher/queue"
)

// router is what the benchmarks compare: a life is arrive, offer, accept, finish. The
// time given to it passes one millisecond with every call.
type router interface {
	arrive(id string)
	// accept answers the offer that is out for the interaction and returns the agent.
	accept(id string) (agent string)
	finish(id, agent string)
}

var benchStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// naive is what a team writes in an afternoon: a mutex, a heap of waiting, a linear scan
// for the longest idle agent, a timer for every offer; no events, no skills.
type naive struct {
	mu      sync.Mutex
	now     time.Time
	agents  []*benchAgent
	byName  map[string]*benchAgent
	waiting benchHeap
	offers  map[string]*benchOffer
	seq     int
}

type benchAgent struct {
	name string
	busy bool
	idle time.Time
	slot *list.Element
}

type benchOffer struct {
	agent *benchAgent
	timer *time.Timer
}

type benchWaiting struct {
	id  string
	seq int
}

type benchHeap []benchWaiting

func (h benchHeap) Len() int           { return len(h) }
func (h benchHeap) Less(i, j int) bool { return h[i].seq < h[j].seq }
func (h benchHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *benchHeap) Push(x any)        { *h = append(*h, x.(benchWaiting)) }
func (h *benchHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func newNaive(agents int) *naive {
	n := &naive{now: benchStart, byName: map[string]*benchAgent{}, offers: map[string]*benchOffer{}}
	for i := range agents {
		a := &benchAgent{name: "a" + strconv.Itoa(i), idle: benchStart.Add(time.Duration(i))}
		n.agents = append(n.agents, a)
		n.byName[a.name] = a
	}
	return n
}

func (n *naive) arrive(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = n.now.Add(time.Millisecond)
	n.seq++
	heap.Push(&n.waiting, benchWaiting{id, n.seq})
	n.match()
}

func (n *naive) longestIdle() *benchAgent {
	var best *benchAgent
	for _, a := range n.agents {
		if !a.busy && (best == nil || a.idle.Before(best.idle)) {
			best = a
		}
	}
	return best
}

func (n *naive) match() {
	for len(n.waiting) > 0 {
		a := n.longestIdle()
		if a == nil {
			return
		}
		w := heap.Pop(&n.waiting).(benchWaiting)
		a.busy = true
		n.offers[w.id] = &benchOffer{a, time.AfterFunc(30*time.Second, func() {})}
	}
}

func (n *naive) accept(id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = n.now.Add(time.Millisecond)
	o := n.offers[id]
	o.timer.Stop()
	delete(n.offers, id)
	return o.agent.name
}

func (n *naive) finish(_, agent string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = n.now.Add(time.Millisecond)
	a := n.byName[agent]
	a.busy, a.idle = false, n.now
	n.match()
}

// careful is naive with the idle agents kept in a list, longest idle first.
type careful struct {
	naive
	idle *list.List
}

func newCareful(agents int) *careful {
	c := &careful{naive: *newNaive(agents), idle: list.New()}
	for _, a := range c.agents {
		a.slot = c.idle.PushBack(a)
	}
	return c
}

func (c *careful) arrive(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	c.seq++
	heap.Push(&c.waiting, benchWaiting{id, c.seq})
	c.match()
}

func (c *careful) match() {
	for len(c.waiting) > 0 && c.idle.Len() > 0 {
		a := c.idle.Remove(c.idle.Front()).(*benchAgent)
		w := heap.Pop(&c.waiting).(benchWaiting)
		a.busy = true
		c.offers[w.id] = &benchOffer{a, time.AfterFunc(30*time.Second, func() {})}
	}
}

func (c *careful) finish(_, agent string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	a := c.byName[agent]
	a.busy, a.idle = false, c.now
	a.slot = c.idle.PushBack(a)
	c.match()
}

// engine is the engine through its public door, with the mutex its shell has.
type engine struct {
	mu     sync.Mutex
	e      *queue.Engine
	now    time.Time
	skills [][]queue.Skill // requirements to draw from, nil = none
	n      int
	events int
	offer  struct{ Interaction, Agent string } // the latest: what a shell knows from the effect
	tb     testing.TB
}

func newEngine(tb testing.TB, agents int, strategy string, profiles int, requirements int) *engine {
	e, err := queue.New(queue.Config{Seed: 1})
	if err != nil {
		tb.Fatal(err)
	}
	r := &engine{e: e, now: benchStart, tb: tb}
	c := queue.Campaign{ID: "c", Strategy: strategy}
	for i := range agents {
		id := "a" + strconv.Itoa(i)
		r.step(queue.ConfigureAgent{Agent: queue.Agent{ID: id}})
		c.Members = append(c.Members, queue.Member{Agent: id, Penalty: i % 101, Skills: profile(i, profiles)})
	}
	r.step(queue.Configure{Campaign: c})
	for i := range agents {
		r.step(queue.AgentState{Agent: "a" + strconv.Itoa(i), State: queue.Available})
	}
	for i := range requirements {
		r.skills = append(r.skills, []queue.Skill{{Name: "s" + strconv.Itoa(i%20), Level: 1 + i/20}})
	}
	return r
}

// profile gives every agent four of twenty skills, all in one of so many combinations.
func profile(i, profiles int) []queue.Skill {
	if profiles == 0 {
		return nil
	}
	i %= profiles
	var out []queue.Skill
	for k := range 4 {
		out = append(out, queue.Skill{Name: "s" + strconv.Itoa((i+k*5)%20), Level: 3 + i/20%8})
	}
	return out
}

func (r *engine) step(c queue.Command) queue.Output {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(time.Millisecond)
	out, err := r.e.Step(r.now, c)
	if err != nil {
		r.tb.Fatal(err)
	}
	r.events += len(out.Events)
	for i := range out.Effects {
		if f := &out.Effects[i]; f.Kind == queue.EffectOffer {
			r.offer.Interaction, r.offer.Agent = f.Interaction, f.Agent
		}
	}
	return out
}

func (r *engine) arrive(id string) {
	a := queue.Arrive{Campaign: "c", ID: id}
	if r.skills != nil {
		a.Skills = r.skills[r.n%len(r.skills)]
		r.n++
	}
	r.step(a)
}

func (r *engine) accept(id string) string {
	if r.offer.Interaction != id {
		r.tb.Fatalf("%s was offered, not %s", r.offer.Interaction, id)
	}
	agent := r.offer.Agent
	r.step(queue.Accept{Agent: agent, Interaction: id})
	return agent
}

func (r *engine) finish(id, agent string) {
	r.step(queue.Finish{Interaction: id, Agent: agent})
}

// life plays lives one after another. With interactions waiting every agent is busy, and
// each life begins with an arrival behind the others and ends by serving the first.
func life(b *testing.B, r router, agents, waiting int) {
	ids := make([]string, 0, agents+waiting)
	var with []string
	next := 0
	newID := func() string {
		next++
		return "i" + strconv.Itoa(next)
	}
	if waiting > 0 {
		for range agents {
			id := newID()
			r.arrive(id)
			ids, with = append(ids, id), append(with, r.accept(id))
		}
		for range waiting {
			id := newID()
			r.arrive(id)
			ids = append(ids, id)
		}
	}
	b.ReportAllocs()
	at := 0
	for b.Loop() {
		id := newID()
		r.arrive(id)
		if waiting == 0 {
			r.finish(id, r.accept(id))
			continue
		}
		// The agent with the oldest interaction finishes and gets the first in line.
		r.finish(ids[at], with[at])
		with = append(with, r.accept(ids[len(with)]))
		ids = append(ids, id)
		at++
	}
}

func benchEngine(b *testing.B, agents, waiting, blocked, profiles int, strategy string) {
	requirements := 0
	if profiles > 0 {
		requirements = 50
	}
	r := newEngine(b, agents, strategy, profiles, requirements)
	for i := range blocked {
		r.step(queue.Arrive{Campaign: "c", ID: "blocked" + strconv.Itoa(i), Skills: []queue.Skill{{Name: "nobody"}}})
	}
	if profiles > 0 && waiting > 0 {
		skilled(b, r, agents, waiting)
		return
	}
	life(b, r, agents, waiting)
}

// skilled is life where who is served next depends on skills: the offer says who it is.
func skilled(b *testing.B, r *engine, agents, waiting int) {
	var active [][2]string
	next := 0
	// accepts answers the offers of a step at once: they would run out.
	accepts := func(out queue.Output) {
		n := len(active)
		for _, f := range out.Effects {
			if f.Kind == queue.EffectOffer {
				active = append(active, [2]string{f.Interaction, f.Agent})
			}
		}
		for _, x := range active[n:] {
			r.step(queue.Accept{Agent: x[1], Interaction: x[0]})
		}
	}
	arrive := func() {
		next++
		accepts(r.step(queue.Arrive{Campaign: "c", ID: "i" + strconv.Itoa(next), Skills: r.skills[next%len(r.skills)]}))
	}
	for len(active) < agents || next < agents+waiting {
		arrive()
	}
	b.ReportAllocs()
	at := 0
	for b.Loop() {
		arrive()
		x := active[at]
		at++
		accepts(r.step(queue.Finish{Interaction: x[0], Agent: x[1]}))
	}
}

func BenchmarkLife(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("router=naive/agents=%d/waiting=0", n), func(b *testing.B) { life(b, newNaive(n), n, 0) })
		b.Run(fmt.Sprintf("router=careful/agents=%d/waiting=0", n), func(b *testing.B) { life(b, newCareful(n), n, 0) })
		b.Run(fmt.Sprintf("router=engine/agents=%d/waiting=0", n), func(b *testing.B) { benchEngine(b, n, 0, 0, 0, "") })
	}
	for _, w := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("router=careful/agents=10000/waiting=%d", w), func(b *testing.B) { life(b, newCareful(10_000), 10_000, w) })
		b.Run(fmt.Sprintf("router=engine/agents=10000/waiting=%d", w), func(b *testing.B) { benchEngine(b, 10_000, w, 0, 0, "") })
	}
	for _, blocked := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("router=engine/agents=1000/waiting=0/blocked=%d", blocked), func(b *testing.B) {
			benchEngine(b, 1_000, 0, blocked, 0, "")
		})
	}
	for _, profiles := range []int{0, 200} {
		b.Run(fmt.Sprintf("router=engine/agents=10000/waiting=100000/skills=%d", profiles), func(b *testing.B) {
			benchEngine(b, 10_000, 100_000, 0, profiles, "")
		})
	}
	for _, s := range []string{"leastbusy", "leastrecent", "fewest", "rrmemory", "linear", "random", "wrandom", "bestskill"} {
		b.Run("router=engine/agents=10000/waiting=1000/strategy="+s, func(b *testing.B) {
			benchEngine(b, 10_000, 1_000, 0, 0, s)
		})
	}
	for _, s := range []string{"ringall", "ringallmultiple"} {
		b.Run("router=engine/agents=10000/waiting=1000/strategy="+s, func(b *testing.B) { pulled(b, s) })
	}
}

// pulled is life where agents take the first in line themselves.
func pulled(b *testing.B, strategy string) {
	const agents, waiting = 10_000, 1_000
	r := newEngine(b, agents, strategy, 0, 0)
	var ids []string
	next := 0
	arrive := func() {
		next++
		ids = append(ids, "i"+strconv.Itoa(next))
		r.arrive(ids[len(ids)-1])
	}
	for range agents + waiting {
		arrive()
	}
	for i := range agents {
		r.step(queue.Take{Agent: "a" + strconv.Itoa(i), Interaction: ids[i]})
	}
	b.ReportAllocs()
	at := 0
	for b.Loop() {
		arrive()
		agent := "a" + strconv.Itoa(at%agents)
		r.step(queue.Finish{Interaction: ids[at], Agent: agent})
		r.step(queue.Take{Agent: agent, Interaction: ids[at+agents]})
		at++
	}
}

// BenchmarkUnanswered is one offer of an interaction that no agent answers, among 1,000
// agents of whom so many were asked before. The cost may grow with those, not with the rest.
func BenchmarkUnanswered(b *testing.B) {
	const agents = 1_000
	for _, s := range []string{"leastbusy", "rrmemory", "random", "bestskill"} {
		for _, asked := range []int{0, 10, 100, 999} {
			b.Run(fmt.Sprintf("strategy=%s/asked=%d", s, asked), func(b *testing.B) {
				r := newEngine(b, agents, s, 0, 0)
				b.ReportAllocs()
				n := 0
				id := func() string { return "i" + strconv.Itoa(n) }
				decline := func() { r.step(queue.Decline{Interaction: id(), Agent: r.offer.Agent}) }
				for b.Loop() {
					b.StopTimer()
					if n > 0 {
						r.step(queue.End{Interaction: id()})
					}
					n++
					r.arrive(id())
					for range asked {
						decline()
					}
					b.StartTimer()
					decline()
				}
			})
		}
	}
}
