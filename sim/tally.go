package sim

import (
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/sla"
)

// Flow counts the interactions of a stream by when they arrived, wherever and whenever they
// ended. Times are in seconds.
type Flow struct {
	Offered   int64 `json:"offered"`
	Waited    int64 `json:"waited"`    // entered the queue and were not served at once
	Answered  int64 `json:"answered"`  // by an agent
	Abandoned int64 `json:"abandoned"` // left
	TimedOut  int64 `json:"timedOut"`
	// Blocked were turned away at the door: the queue was full, the campaign closed, or an
	// overflow step ended them at queue entry.
	Blocked int64 `json:"blocked"`
	Other   int64 `json:"other"` // ended by a bot, or otherwise
	// Within the threshold, inclusive: answered, and gone without an answer.
	AnsweredIn int64 `json:"answeredIn"`
	LeftIn     int64 `json:"leftIn"`

	WaitAnswered float64 `json:"waitAnswered"` // sum over the answered
	WaitLeft     float64 `json:"waitLeft"`     // sum over those who waited and were not answered
	// Handled is how many parts of agents ended and HandleSum how long they took.
	Handled   int64   `json:"handled"`
	HandleSum float64 `json:"handleSum"`
	// QueueTime is the integral of the number waiting over the time of the interval.
	QueueTime float64 `json:"queueTime"`
}

func (f *Flow) add(o *Flow) {
	f.Offered += o.Offered
	f.Waited += o.Waited
	f.Answered += o.Answered
	f.Abandoned += o.Abandoned
	f.TimedOut += o.TimedOut
	f.Blocked += o.Blocked
	f.Other += o.Other
	f.AnsweredIn += o.AnsweredIn
	f.LeftIn += o.LeftIn
	f.WaitAnswered += o.WaitAnswered
	f.WaitLeft += o.WaitLeft
	f.Handled += o.Handled
	f.HandleSum += o.HandleSum
	f.QueueTime += o.QueueTime
}

// Floor is agents' time, in agent-seconds.
type Floor struct {
	LoggedIn float64 `json:"loggedIn"`
	Busy     float64 `json:"busy"`     // with at least one interaction
	Slots    float64 `json:"slots"`    // each interaction counted
	Capacity float64 `json:"capacity"` // limits, while logged in
}

func (f *Floor) add(o *Floor) {
	f.LoggedIn += o.LoggedIn
	f.Busy += o.Busy
	f.Slots += o.Slots
	f.Capacity += o.Capacity
}

// AgentTally is one agent in one replication.
type AgentTally struct {
	Floor
	Offered  int64 `json:"offered"`
	Answered int64 `json:"answered"`
	// Work is the time in interactions by stream.
	Work []float64 `json:"work"`
}

// Promise compares the waiting time that customers were told first with the time that they
// then waited for an answer; those who left are not in it. Times are in seconds.
type Promise struct {
	Told     int64   `json:"told"`
	Wait     float64 `json:"wait"`     // sum of what they waited from then on
	Error    float64 `json:"error"`    // sum of estimate − wait
	AbsError float64 `json:"absError"` // sum of |estimate − wait|
}

func (p *Promise) add(told, until, now int64) {
	p.Told++
	wait, diff := float64(now-told)/1e9, float64(until-now)/1e9
	p.Wait += wait
	p.Error += diff
	p.AbsError += max(diff, -diff)
}

// Tally is everything that one replication counted.
type Tally struct {
	// Flows by stream and interval; Counts by campaign and interval, of what happened in
	// the interval; Floor by interval.
	Flows  [][]Flow       `json:"flows"`
	Counts [][]sla.Counts `json:"counts"`
	Floor  []Floor        `json:"floor"`
	Agents []AgentTally   `json:"agents"`
	// Concurrency is the time that agents, logged in, had so many interactions at once.
	Concurrency []float64 `json:"concurrency"`
	Waits       Histogram `json:"waits"` // of the answered, by arrival
	Promise     Promise   `json:"promise"`
	// Cover is how much of the time that counts lies in each interval, in seconds.
	Cover []float64 `json:"cover"`
	// Unserved were still inside when the replication was given up.
	Unserved int64 `json:"unserved,omitempty"`

	ignored sla.Counts
	aside   Flow
}

func newTally(p *plan) *Tally {
	n := p.intervals()
	t := &Tally{Floor: make([]Floor, n), Cover: make([]float64, n), Agents: make([]AgentTally, len(p.agents))}
	for range p.streams {
		t.Flows = append(t.Flows, make([]Flow, n))
	}
	for range p.campaigns {
		t.Counts = append(t.Counts, make([]sla.Counts, n))
	}
	for i := range t.Agents {
		t.Agents[i].Work = make([]float64, len(p.streams))
	}
	return t
}

// counts returns the counters of a campaign now.
func (w *world) counts(campaign int32) *sla.Counts {
	if w.now < w.from || w.now >= w.end && w.p.sc.Steady {
		return &w.tally.ignored
	}
	return &w.tally.Counts[campaign][w.cell]
}

// flow returns the counters that a contact belongs to.
func (w *world) flow(c *contact) *Flow {
	if !c.counted {
		return &w.tally.aside
	}
	return &w.tally.Flows[c.stream][c.cell]
}

// resolve counts how a contact's wait ended, the first time that it does.
func (w *world) resolve(c *contact, ev *queue.Event) {
	if c.resolved {
		return
	}
	c.resolved = true
	f := w.flow(c)
	within := int64(ev.Wait) <= w.streams[c.stream].threshold
	if ev.Kind == queue.Answered {
		f.Answered++
		f.WaitAnswered += ev.Wait.Seconds()
		if ev.Wait > 0 {
			f.Waited++
		}
		if within {
			f.AnsweredIn++
		}
		if c.counted {
			w.tally.Waits.add(ev.Wait.Seconds())
		}
		return
	}
	w.left(f, ev, within)
}

// left counts one who was not answered.
func (w *world) left(f *Flow, ev *queue.Event, within bool) {
	atDoor := !ev.Open || ev.Wait == 0 && ev.Reason == "overflow"
	switch {
	case ev.Outcome == queue.OutcomeBotEnded || ev.Outcome == queue.OutcomeFailed:
		f.Other++
	case ev.Outcome == queue.OutcomeAbandoned:
		f.Abandoned++
	case atDoor:
		f.Blocked++
		return
	case ev.Outcome == queue.OutcomeTimedOut:
		f.TimedOut++
	default:
		f.Other++
	}
	if ev.Open {
		f.Waited++
		f.WaitLeft += ev.Wait.Seconds()
		if within {
			f.LeftIn++
		}
	}
}

// bookQueue books the time that a stream's customers have waited since the last change.
func (w *world) bookQueue(stream int32) {
	s := &w.streams[stream]
	if w.measuring {
		w.tally.Flows[stream][w.cell].QueueTime += float64(w.waiting[stream]) * float64(w.now-s.booked) / 1e9
	}
	s.booked = w.now
}

// book books an agent's time since the last change.
func (w *world) book(i int32) {
	a := &w.workers[i]
	passed := time.Duration(w.now - a.since)
	d := passed.Seconds()
	a.since = w.now
	if !w.measuring || !a.logged && a.active == 0 {
		return
	}
	for _, k := range w.p.workers[i].in {
		if a.logged {
			w.tally.Counts[k][w.cell].AgentTime(passed, a.active > 0)
		}
	}
	limit := w.p.workers[i].limit
	f := Floor{LoggedIn: d, Slots: d * float64(a.active), Capacity: d * float64(limit)}
	if a.active > 0 {
		f.Busy = d
	}
	w.tally.Floor[w.cell].add(&f)
	w.tally.Agents[i].add(&f)
	for len(w.tally.Concurrency) <= a.active {
		w.tally.Concurrency = append(w.tally.Concurrency, 0)
	}
	w.tally.Concurrency[a.active] += d
}

// load changes how many interactions an agent has.
func (w *world) load(i int32, by int) {
	w.book(i)
	w.workers[i].active += by
}

func (w *world) offeredTo(i int32) {
	if w.measuring {
		w.tally.Agents[i].Offered++
	}
}

// bookPart books the time that an agent had a contact.
func (w *world) bookPart(c *contact) {
	f := w.flow(c)
	f.Handled++
	f.HandleSum += float64(w.now-c.since) / 1e9
	from, to := max(c.since, w.from), min(w.now, w.end)
	if from < to {
		w.tally.Agents[c.agent].Work[c.stream] += float64(to-from) / 1e9
	}
}

// bookAll books everybody's time, where time is cut.
func (w *world) bookAll() {
	for i := range w.streams {
		w.bookQueue(int32(i))
	}
	for i := range w.workers {
		w.book(int32(i))
	}
	if w.measuring {
		w.tally.Cover[w.cell] += float64(w.now-w.cut) / 1e9
	}
	w.cut = w.now
}
