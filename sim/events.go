package sim

// kind is what happens in the simulated world. What happens in the engine is the engine's.
type kind uint8

const (
	evArrive   kind = iota // stream: the next customer
	evTrace                // stream: the next customer of the trace
	evCounted              // stream: the next customer of the counts
	evBursts               // stream: today's bursts are laid out
	evBurst                // stream: one customer of a burst
	evPatience             // contact: the customer leaves
	evDone                 // contact: the agent's work is done
	evWork                 // agent: the shortest of the works at once is done
	evAccept               // contact: the agent accepts
	evDecline              // contact
	evWrites               // contact: the customer answers
	evGiveUp               // contact: the agent stops waiting for an answer
	evTake                 // contact: an agent with room takes it
	evRespond              // contact: the agent's first message
	evBot                  // contact: the bot answers
	evReach                // agent: takes what is shown
	evShift                // agent: a shift or a pause begins or ends
	evCount                // group of agents: so many are there from now on
	evBack                 // agent: comes back after having been paused
)

// event is one thing to come. It counts only while its owner is at the same version.
type event struct {
	at   int64
	seq  uint32
	ver  uint32
	x    int32
	kind kind
}

func (a *event) less(b *event) bool {
	return a.at < b.at || a.at == b.at && int32(a.seq-b.seq) < 0
}

// agenda is a heap of what is to come, in (instant, scheduling) order, with four children
// a node.
type agenda struct {
	heap []event
	seq  uint32
}

func (h *agenda) add(at int64, k kind, x int32, ver uint32) {
	h.seq++
	e := event{at: at, seq: h.seq, ver: ver, x: x, kind: k}
	h.heap = append(h.heap, e)
	i := len(h.heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.less(&h.heap[parent]) {
			break
		}
		h.heap[i] = h.heap[parent]
		i = parent
	}
	h.heap[i] = e
}

func (h *agenda) pop() event {
	top := h.heap[0]
	last := len(h.heap) - 1
	e := h.heap[last]
	h.heap = h.heap[:last]
	if last == 0 {
		return top
	}
	i := 0
	for {
		best := 4*i + 1
		if best >= last {
			break
		}
		for c := best + 1; c < min(best+4, last); c++ {
			if h.heap[c].less(&h.heap[best]) {
				best = c
			}
		}
		if !h.heap[best].less(&e) {
			break
		}
		h.heap[i] = h.heap[best]
		i = best
	}
	h.heap[i] = e
	return top
}
