package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/usher-go/usher/queue"
)

// world is one replication: a real engine, and around it the customers, agents and bots
// that send it commands and answer its effects, on virtual time.
type world struct {
	p      *plan
	rep    int
	engine *queue.Engine
	now    int64
	agenda agenda
	todo   []task
	fault  error

	streams  []stream
	contacts []contact
	free     []int32
	bySlot   map[string]int32 // ids that are not the slot's own
	ids      int
	waiting  []int32 // by stream: how many
	workers  []worker
	groups   []group
	behave   *rand.Rand // of agents and bots
	able     []int32    // scratch

	// Instants. Streams count from the start; midnight is how far into its day that is.
	midnight, from, end, stop int64
	lastArrival               int64
	measuring                 bool
	cut                       int64 // booked up to here
	mark                      int64 // the next end of an interval, or of the warm-up
	cell                      int   // the interval
	arriving                  int32
	open, owed                int // interactions that are open; of those, the counted ones

	tally *Tally

	// Commands that are sent often are filled in here, which saves an allocation each.
	arriveCmd queue.Arrive
	finishCmd queue.Finish
	acceptCmd queue.Accept
	leaveCmd  queue.Leave
}

// tail bounds how long after the end those inside may take.
const tail = 7 * day

func newWorld(p *plan, rep int, seed uint64) (*world, error) {
	memory := time.Hour
	if p.known {
		memory = 0
	}
	e, err := queue.New(queue.Config{Seed: mix(seed, uint64(rep), 1), Strategies: p.sc.Strategies, Memory: memory})
	if err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	w := &world{
		p: p, rep: rep, engine: e, now: p.start, tally: newTally(p), bySlot: map[string]int32{},
		waiting: make([]int32, len(p.streams)), workers: make([]worker, len(p.workers)),
		behave: source(seed, rep, 2), midnight: (p.start%day + day) % day,
		from: p.start + p.warm, end: p.start + p.warm + p.length,
	}
	w.cut = w.now
	w.stop = w.end + tail
	w.lastArrival = w.end - p.start
	if p.sc.Steady {
		w.stop = w.end + max(tail, p.length)
		w.lastArrival = w.stop - p.start
	}
	for i := range p.streams {
		k := 10 + 4*i
		w.streams = append(w.streams, stream{
			streamPlan: &p.streams[i], when: source(seed, rep, k), handle: source(seed, rep, k+1),
			patience: source(seed, rep, k+2), who: source(seed, rep, k+3), booked: p.start,
		})
	}
	return w, nil
}

// mix makes one seed of several, as splitmix64 does.
func mix(parts ...uint64) uint64 {
	z := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		z += p * 0xd1342543de82ef95
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
	}
	return z
}

func source(seed uint64, rep, purpose int) *rand.Rand {
	return rand.New(rand.NewPCG(mix(seed, uint64(rep), uint64(purpose)), mix(uint64(purpose), seed, uint64(rep))))
}

// run plays the replication to its end. tick is told now and then how far it is.
func (w *world) run(ctx context.Context, tick func(share float64)) (*Tally, error) {
	w.openFloor()
	w.openStreams()
	w.nextMark()
	for steps := 0; w.fault == nil && !w.over(); steps++ {
		if steps&0x3fff == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			tick(min(float64(w.now-w.p.start)/float64(w.end-w.p.start), 1))
		}
		w.advance()
	}
	if !w.p.sc.Stop {
		w.tally.Unserved = int64(w.owed)
	}
	return w.tally, w.fault
}

// over reports whether everything that counts has happened.
func (w *world) over() bool {
	if w.now < w.end || w.measuring {
		return false
	}
	left := w.open
	switch {
	case w.p.sc.Stop:
		return true
	case w.p.sc.Steady:
		left = w.owed
	}
	return left == 0 || w.now >= w.stop
}

// advance lets the next thing happen: the end of an interval, a deadline of the engine, or
// something in the world. Of those at the same instant the engine's comes first.
func (w *world) advance() {
	at := int64(never)
	if len(w.agenda.heap) > 0 {
		at = w.agenda.heap[0].at
	}
	due, armed := w.engine.Next()
	deadline := int64(never)
	if armed {
		deadline = due.UnixNano()
	}
	switch next := min(at, deadline); {
	case w.mark <= next || next == never:
		w.now = max(w.now, w.mark)
		w.crossMark()
	case deadline <= at:
		w.now = max(w.now, deadline)
		w.absorb(w.engine.Advance(w.clock()))
	default:
		w.now = max(w.now, at)
		w.handle(w.agenda.pop())
	}
	w.settle()
}

func (w *world) clock() time.Time { return time.Unix(0, w.now) }

// step has the engine perform a command. What it asks for is done by settle.
func (w *world) step(c queue.Command) error {
	out, err := w.engine.Step(w.clock(), c)
	w.absorb(out)
	return err
}

// must is step for commands that cannot be refused unless the simulator is wrong.
func (w *world) must(c queue.Command) {
	if err := w.step(c); err != nil {
		w.fail(err)
	}
}

// fail ends the replication.
func (w *world) fail(err error) {
	if w.fault == nil {
		w.fault = fmt.Errorf("sim: replication %d at %s: %w", w.rep, w.clock().UTC().Format(time.DateTime), err)
	}
}

// handle performs one event of the world that still counts.
func (w *world) handle(e event) {
	switch e.kind {
	case evArrive, evCounted, evTrace, evBurst, evBursts:
		w.come(e)
	case evWork, evReach, evShift, evCount, evBack:
		w.work(e)
	default:
		w.contactEvent(e)
	}
}

// arrive brings one customer of a stream.
func (w *world) arrive(i int, call *Call) {
	s := &w.streams[i]
	slot := w.newContact(s, int32(i), call)
	w.arriving = slot
	c := &w.contacts[slot]
	a := &w.arriveCmd
	*a = queue.Arrive{
		Campaign: w.p.campaigns[s.campaign].ID, ID: c.id, Priority: s.Priority, Skills: s.skills, Cost: s.Cost,
	}
	w.introduce(a, s, i)
	c.customer, c.number = a.Customer, a.Number
	w.must(*a)
	w.arriving = -1
	c = &w.contacts[slot]
	switch c.phase {
	case phaseNone: // it went on with something open
		w.release(slot)
	case phaseQueue:
		w.wait(slot)
	}
}

// introduce gives the customer a name, where that matters.
func (w *world) introduce(a *queue.Arrive, s *stream, i int) {
	var n int
	switch {
	case s.Customers > 0:
		n = s.who.IntN(s.Customers)
	case s.Messages != nil:
		w.ids++
		n = -w.ids
	default:
		return
	}
	a.Customer = "c" + strconv.Itoa(i) + "/" + strconv.Itoa(n)
	a.Aliases = []string{a.Customer}
	if numbers := w.p.campaigns[s.campaign].Numbers; len(numbers) > 0 {
		a.Number = numbers[0]
	}
	a.Message = &queue.Message{}
}

// nextMark sets the next instant at which time is cut: the end of an interval, of the
// warm-up and of what is counted.
func (w *world) nextMark() {
	at := w.now - w.p.start
	w.cell = int(min(at, w.end-w.p.start-1) % w.p.period / w.p.interval)
	w.mark = w.p.start + (at/w.p.interval+1)*w.p.interval
	if w.now < w.from {
		w.mark = min(w.mark, w.from)
	}
	if w.now < w.end {
		w.mark = min(w.mark, w.end)
	}
	w.measuring = w.now >= w.from && w.now < w.end
}

// crossMark books the time until now and goes on with the next interval.
func (w *world) crossMark() {
	w.bookAll()
	w.nextMark()
}
