package sim

import (
	"github.com/usher-go/usher/queue"
)

// worker is one agent in the world.
type worker struct {
	state   queue.State
	leaving bool // finishes what there is
	active  int  // interactions the agent has
	logged  bool // not offline
	since   int64
	ver     uint32 // of the next end of a work
	jobs    []job  // works at once, when they slow each other down
	last    int64  // until when the jobs are worked off
	reach   bool   // about to take what is shown
	group   int    // index of the counted group, -1 = none
}

// job is the work that is left in one contact, at speed 1 of the agent.
type job struct {
	contact int32
	left    float64
}

// begin starts an agent's work in a contact.
func (w *world) begin(slot int32) {
	c := &w.contacts[slot]
	work := c.partWork()
	if m := w.streams[c.stream].Messages; m != nil {
		work = m.Agent.Draw(w.behave) * 1e9
	}
	work /= w.p.workers[c.agent].speed[c.stream]
	c.part++
	if !w.p.slowed {
		w.agenda.add(w.now+int64(work), evDone, slot, c.part)
		return
	}
	a := &w.workers[c.agent]
	w.workOff(a)
	a.jobs = append(a.jobs, job{slot, work})
	w.nextWork(c.agent)
}

// drop ends the work in a contact that its agent no longer has.
func (w *world) drop(agent, slot int32) {
	c := &w.contacts[slot]
	c.part++
	c.chat++
	if !w.p.slowed || agent < 0 {
		return
	}
	a := &w.workers[agent]
	for i := range a.jobs {
		if a.jobs[i].contact == slot {
			w.workOff(a)
			a.jobs = append(a.jobs[:i], a.jobs[i+1:]...)
			w.nextWork(agent)
			return
		}
	}
}

// workOff books the work done since the last time at the speed of so many at once.
func (w *world) workOff(a *worker) {
	if n := len(a.jobs); n > 0 {
		done := float64(w.now-a.last) * w.p.sc.Concurrency.of(n)
		for i := range a.jobs {
			a.jobs[i].left -= done
		}
	}
	a.last = w.now
}

// nextWork schedules the end of the shortest work.
func (w *world) nextWork(agent int32) {
	a := &w.workers[agent]
	a.ver++
	if len(a.jobs) == 0 {
		return
	}
	left := a.jobs[a.shortest()].left / w.p.sc.Concurrency.of(len(a.jobs))
	w.agenda.add(w.now+int64(max(left, 0)), evWork, agent, a.ver)
}

func (a *worker) shortest() int {
	best := 0
	for i := range a.jobs {
		if a.jobs[i].left < a.jobs[best].left {
			best = i
		}
	}
	return best
}

// work performs an event of an agent.
func (w *world) work(e event) {
	switch e.kind {
	case evWork:
		a := &w.workers[e.x]
		if a.ver != e.ver || len(a.jobs) == 0 {
			return
		}
		w.workOff(a)
		i := a.shortest()
		slot := a.jobs[i].contact
		a.jobs = append(a.jobs[:i], a.jobs[i+1:]...)
		w.nextWork(e.x)
		w.done(slot)
	case evReach:
		w.workers[e.x].reach = false
		w.takeFirst(e.x)
	case evShift:
		w.shift(e.x)
	case evCount:
		w.count(int(e.x))
	case evBack:
		a := &w.workers[e.x]
		if a.state == queue.Paused {
			w.shift(e.x)
		}
	}
}
