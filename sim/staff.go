package sim

import (
	"slices"
	"time"

	"github.com/usher-go/usher/queue"
)

// group is the state of a group of which only so many are there.
type group struct {
	surplus int // who finishes next leaves
}

// openFloor configures the engine and lets in the agents who are there at the start.
func (w *world) openFloor() {
	for _, a := range w.p.agents {
		w.must(queue.ConfigureAgent{Agent: a})
	}
	for _, c := range w.p.campaigns {
		w.must(queue.Configure{Campaign: c})
	}
	w.groups = make([]group, len(w.p.counted))
	for i := range w.workers {
		w.workers[i] = worker{state: queue.Offline, since: w.now, group: -1}
	}
	for g := range w.p.counted {
		for _, m := range w.p.counted[g].members {
			w.workers[m].group = g
		}
	}
	for i := range w.workers {
		if w.workers[i].group < 0 {
			w.shift(int32(i))
		}
	}
	for g := range w.p.counted {
		w.count(g)
	}
	w.settle()
}

// shift puts an agent in the state of the hour and schedules the next change.
func (w *world) shift(agent int32) {
	st := w.p.workers[agent].Staff
	at := w.now - w.p.start + w.midnight
	state, reason := st.at(at, w.weekday())
	if len(st.Present) > 0 && !within(st.Present, w.now-w.p.start) {
		state, reason = queue.Offline, ""
	}
	if state == queue.Available && within(st.Paused, w.now-w.p.start) {
		state = queue.Paused
	}
	w.setState(agent, state, reason)
	if len(st.Present) > 0 {
		w.nextSpan(agent, st)
	}
	if len(st.Shifts) > 0 || len(st.Pauses) > 0 {
		if next := st.change(at); next < w.stop-w.p.start+w.midnight {
			w.agenda.add(w.p.start-w.midnight+next, evShift, agent, 0)
		}
	}
}

// nextSpan schedules the next beginning or end of a span.
func (w *world) nextSpan(agent int32, st *Staff) {
	next, now := int64(never), w.now-w.p.start
	for _, spans := range [...][]Span{st.Present, st.Paused} {
		for _, x := range spans {
			for _, t := range [...]int64{int64(x.From.Duration()), int64(x.To.Duration())} {
				if t > now {
					next = min(next, t)
				}
			}
		}
	}
	if next != never {
		w.agenda.add(w.p.start+next, evShift, agent, 0)
	}
}

// within reports whether an instant after the start is in one of the spans.
func within(spans []Span, at int64) bool {
	for _, x := range spans {
		if int64(x.From.Duration()) <= at && at < int64(x.To.Duration()) {
			return true
		}
	}
	return false
}

func (w *world) weekday() int64 {
	return int64(time.Unix(0, w.p.start-w.midnight).UTC().Weekday())
}

// setState tells the engine, unless the agent is in that state already.
func (w *world) setState(agent int32, s queue.State, reason string) {
	a := &w.workers[agent]
	if a.state == s && !a.leaving {
		return
	}
	// A pause that happened began at once, also while the agent had work.
	afterWork := s == queue.Offline || s == queue.Paused && len(w.p.workers[agent].Paused) == 0
	a.leaving = afterWork && a.active > 0
	w.must(queue.AgentState{Agent: w.p.agents[agent].ID, State: s, Reason: reason, AfterWork: afterWork})
}

// at returns the state of an agent at an instant since midnight of the first day, which was
// that day of the week.
func (st *Staff) at(at, first int64) (queue.State, string) {
	d, t := at/day, at%day
	there := len(st.Shifts) == 0
	for _, sh := range st.Shifts {
		from, to := int64(sh.From), int64(sh.To)
		switch {
		case from < to:
			there = there || from <= t && t < to && sh.on(first+d)
		default: // over midnight
			there = there || t >= from && sh.on(first+d) || t < to && d > 0 && sh.on(first+d-1)
		}
	}
	if !there {
		return queue.Offline, ""
	}
	for _, x := range st.Pauses {
		from, to := int64(x.At), int64(x.At)+int64(x.For.Duration())
		if from <= t && t < to || from <= t+day && t+day < to {
			return queue.Paused, x.Reason
		}
	}
	return queue.Available, ""
}

// on reports whether a shift begins on a day of the week.
func (sh *Shift) on(weekday int64) bool {
	return len(sh.Days) == 0 || slices.Contains(sh.Days, days[weekday%7])
}

// change returns the next instant at which the state may change.
func (st *Staff) change(at int64) int64 {
	next := int64(never)
	consider := func(t int64) {
		for t %= day; t <= at; {
			t += (at-t)/day*day + day
		}
		next = min(next, t)
	}
	for _, sh := range st.Shifts {
		consider(int64(sh.From))
		consider(int64(sh.To))
	}
	for _, x := range st.Pauses {
		consider(int64(x.At))
		consider(int64(x.At) + int64(x.For.Duration()))
	}
	return next
}

// count brings the number of agents of a group to that of the hour: idle ones leave, then
// whoever finishes next.
func (w *world) count(g int) {
	cs := &w.p.counted[g]
	every := int64(defaultInterval)
	if cs.Every > 0 {
		every = int64(cs.Every.Duration())
	}
	at := w.now - w.p.start + w.midnight
	change := cs.Count[at/every%int64(len(cs.Count))] - w.present(g)
	for _, m := range cs.members {
		if change > 0 && (w.workers[m].state != queue.Available || w.workers[m].leaving) {
			w.setState(m, queue.Available, "")
			change--
		}
	}
	for _, m := range slices.Backward(cs.members) {
		if a := &w.workers[m]; change < 0 && a.state == queue.Available && !a.leaving && a.active == 0 {
			w.setState(m, queue.Offline, "")
			change++
		}
	}
	w.groups[g].surplus = max(-change, 0)
	if next := (at/every + 1) * every; next-w.midnight < w.end-w.p.start {
		w.agenda.add(w.p.start-w.midnight+next, evCount, int32(g), 0)
	}
}

// present counts the members of a group who take work.
func (w *world) present(g int) int {
	n := 0
	for _, m := range w.p.counted[g].members {
		if a := &w.workers[m]; a.state == queue.Available && !a.leaving {
			n++
		}
	}
	return n
}

// beforeFinish lets an agent go who finishes while there are too many.
func (w *world) beforeFinish(agent int32) {
	if g := w.workers[agent].group; g >= 0 && w.groups[g].surplus > 0 && !w.workers[agent].leaving {
		w.groups[g].surplus--
		w.setState(agent, queue.Offline, "")
	}
}
