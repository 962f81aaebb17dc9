package proptest

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/usher-go/usher/queue"
)

// TestInvariants plays random commands against a center with every setting on, and after
// each one checks the invariants, and at the end that a replay and a restored snapshot
// are the same center.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, 7)
		for range rapid.IntRange(10, 80).Draw(t, "steps") {
			w.pass()
			c := w.command()
			events, _ := w.step(c)
			w.check(events)
		}
		w.checkReplay()
		w.checkRestore()
	})
}

// TestPolling runs the same commands with and without polling in between: deadlines act at
// their own instants, so the events are the same.
func TestPolling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, 7)
		lazy, err := queue.New(queue.Config{Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range w.events {
			if ev.Config != nil {
				_, err = lazy.Step(w.now, queue.Configure{Campaign: *ev.Config})
			} else if ev.AgentConfig != nil {
				_, err = lazy.Step(w.now, queue.ConfigureAgent{Agent: *ev.AgentConfig})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		var other []queue.Event
		w.events = nil
		for range rapid.IntRange(10, 60).Draw(t, "steps") {
			before := w.now
			w.pass()
			for at := before; at.Before(w.now); at = at.Add(min(max(w.now.Sub(before)/7, s), late)) {
				w.keep(w.engine.Advance(at))
			}
			w.keep(w.engine.Advance(w.now))
			// A poll that is more than a minute late acts differently on purpose: repetitions
			// that were missed are left out, and what is asked for then has its whole time.
			for at := before.Add(late); at.Before(w.now); at = at.Add(late) {
				out := lazy.Advance(at)
				other = append(other, slices.Clone(out.Events)...)
			}
			c := w.command()
			_, err1 := w.step(c)
			out, err2 := lazy.Step(w.now, c)
			other = append(other, slices.Clone(out.Events)...)
			if (err1 == nil) != (err2 == nil) {
				t.Fatalf("%T: polled %v, not polled %v", c, err1, err2)
			}
		}
		same(t, "polled", w.events, other)
	})
}

// late is how late the lazy engine of TestPolling is polled at most.
const late = 55 * time.Second

func same(t *rapid.T, what string, a, b []queue.Event) {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) {
			t.Fatalf("%s: %d events and %d", what, len(a), len(b))
		}
		x, _ := json.Marshal(a[i])
		y, _ := json.Marshal(b[i])
		if !bytes.Equal(x, y) {
			t.Fatalf("%s: event %d differs:\n%s\n%s", what, i, x, y)
		}
	}
}

// check verifies what must hold after every step.
func (w *world) check(events []queue.Event) {
	snap := w.engine.Snapshot()
	st := index(snap)
	w.checkLost(st)
	w.checkCapacity(st)
	w.checkOpen(st)
	w.checkConserving(st)
	w.checkOvertaking(st, events)
}

// checkLost: every interaction is open or has ended, exactly one of them.
func (w *world) checkLost(st *state) {
	for id := range w.opened {
		in, open := st.interactions[id]
		open = open && in.Phase != ended
		_, over := w.ended[id]
		if open == over {
			w.t.Fatalf("nothing lost: interaction %s open=%v ended=%v", id, open, over)
		}
	}
	for id, in := range st.interactions {
		if !w.opened[id] {
			w.t.Fatalf("nothing lost: interaction %s came from nowhere", id)
		}
		if owner := in.Phase == withAgent; owner != (in.Agent != "") {
			w.t.Fatalf("one owner: interaction %s is in phase %d with agent %q", id, in.Phase, in.Agent)
		}
		if (in.Phase == withBot) != (in.Bot != nil) {
			w.t.Fatalf("one owner: interaction %s is in phase %d, bot %v", id, in.Phase, in.Bot)
		}
	}
}

// checkCapacity: the load is what the agent has and is offered, and exceeds the limit only
// by interactions that say so, or by a limit that was lowered later.
func (w *world) checkCapacity(st *state) {
	for id, a := range st.agents {
		load, over := st.load(a, ""), false
		for _, x := range append(slices.Clone(a.Has), a.Asked...) {
			over = over || st.interactions[x].Over
		}
		v, _ := w.engine.Agent(id)
		if v.Load != load {
			w.t.Fatalf("capacity: agent %s has load %d, the engine counts %d", id, load, v.Load)
		}
		if load > max(a.Config.Limit, 1) && !over && w.set[id] == 1 {
			w.t.Fatalf("capacity: agent %s has load %d of %d", id, load, a.Config.Limit)
		}
	}
}

// checkOpen: one open interaction per number and customer.
func (w *world) checkOpen(st *state) {
	seen := map[[2]string]string{}
	for id, in := range st.interactions {
		if in.Customer == "" || in.Phase == ended {
			continue
		}
		key := [2]string{in.Number, in.Customer}
		if other, twice := seen[key]; twice {
			w.t.Fatalf("one open interaction: %s and %s of %v", id, other, key)
		}
		seen[key] = id
	}
}

// checkConserving: nobody waits beside an agent who could have them. The rule is written
// here once more, from the design and not from the engine.
func (w *world) checkConserving(st *state) {
	for id, in := range st.interactions {
		c := st.campaigns[in.Campaign]
		if in.Phase != waiting || in.Offered != "" || pulls(c) || c.held() {
			continue
		}
		for _, m := range c.Config.Members {
			if why := st.obstacle(in, c, m); why == "" {
				w.t.Fatalf("work conserving: %s waits in %s beside %s", id, in.Campaign, m.Agent)
			}
		}
	}
}

// checkOvertaking: who was offered or given in this step was first in line for that agent.
func (w *world) checkOvertaking(st *state, events []queue.Event) {
	for _, ev := range events {
		if ev.Kind != queue.Offered && (ev.Kind != queue.Answered || !ev.Direct || ev.Cause == "take" || ev.Cause == "assign") {
			continue
		}
		got, ok := st.interactions[ev.Interaction]
		// Judged by the state after the step, so only what happened at its end.
		if !ok || got.Only != "" || got.Campaign != ev.Campaign || !ev.At.Equal(w.now) {
			continue
		}
		c := st.campaigns[got.Campaign]
		for id, in := range st.interactions {
			if in.Phase != waiting || in.Offered != "" || in.Campaign != got.Campaign || in.Priority != got.Priority || in.Since >= got.Since || in.Cost > got.Cost {
				continue
			}
			// It waited before this step began, and nothing but its age set it apart.
			if in.Entered < ev.At.UnixNano() && st.fits(in, c, ev.Agent) && !w.changed(events, id) {
				w.t.Fatalf("no overtaking: %s went to %s before %s", got.ID, ev.Agent, id)
			}
		}
	}
}

// changed reports whether an interaction had events of its own in this step.
func (w *world) changed(events []queue.Event, id string) bool {
	return slices.ContainsFunc(events, func(ev queue.Event) bool { return ev.Interaction == id })
}

// checkReplay folds the events into a new engine and compares every byte of the state.
func (w *world) checkReplay() {
	e, err := queue.New(queue.Config{Seed: 7})
	if err != nil {
		w.t.Fatal(err)
	}
	raw, _ := json.Marshal(w.events)
	var events []queue.Event
	if err := json.Unmarshal(raw, &events); err != nil {
		w.t.Fatal(err)
	}
	if err := e.Replay(events); err != nil {
		w.t.Fatal(err)
	}
	// The clock of an engine follows commands too, not only events.
	live, replayed := w.engine.Snapshot(), e.Snapshot()
	replayed.Now = live.Now
	w.equal("replay", live, replayed)
}

func (w *world) equal(what string, a, b queue.Snapshot) {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if bytes.Equal(x, y) {
		return
	}
	i := 0
	for i < min(len(x), len(y)) && x[i] == y[i] {
		i++
	}
	w.t.Fatalf("%s differs:\n… %s\n… %s", what, around(x, i), around(y, i))
}

// around is the part of a JSON text about a difference.
func around(b []byte, i int) []byte { return b[max(i-300, 0):min(i+100, len(b))] }

// checkRestore restores the snapshot, compares it, and plays on with both: in one of forty
// runs a thousand commands.
func (w *world) checkRestore() {
	live := w.engine.Snapshot()
	raw, err := json.Marshal(live)
	if err != nil {
		w.t.Fatal(err)
	}
	var back queue.Snapshot
	if err := json.Unmarshal(raw, &back); err != nil {
		w.t.Fatal(err)
	}
	twin, err := queue.Restore(queue.Config{Seed: 7}, back)
	if err != nil {
		w.t.Fatal(err)
	}
	w.equal("restore", live, twin.Snapshot())
	steps := 25
	if rapid.IntRange(0, 39).Draw(w.t, "play on long") == 0 {
		steps = 1000
	}
	for range steps {
		w.pass()
		c := w.command()
		events, err1 := w.step(c)
		out, err2 := twin.Step(w.now, c)
		if (err1 == nil) != (err2 == nil) {
			w.t.Fatalf("restored: %T: %v and %v", c, err1, err2)
		}
		same(w.t, "restored", events, out.Events)
	}
	w.equal("restored and played on", w.engine.Snapshot(), twin.Snapshot())
}
