package queue

// timerKind says what happens at a deadline, and to whom.
type timerKind uint8

// The kinds of deadline. The order is part of the wire form of snapshots: append only.
const (
	noTimer           timerKind = iota
	timerRing                   // interaction: the offer expires
	timerBreach                 // interaction: the service level is missed; the first of those of waiting
	timerMaxTime                // interaction: longest time in the queue
	timerStage                  // interaction: requirement relaxes, a tier opens, a preference ends
	timerMemory                 // interaction: an agent who declined may be asked again
	timerOverflow               // interaction: the next overflow step
	timerAnnounce               // interaction: tell the customer their position; the last of those of waiting
	timerBot                    // interaction: the bot's answer is late
	timerBotSilence             // interaction: the customer does not answer the bot
	timerSend                   // interaction: no answer from the connector, or time to retry
	timerCustomer               // interaction: the customer is silent
	timerAgentSilence           // interaction: the agent is silent
	timerWrapUp                 // agent
	timerDelay                  // agent: pause after a decline, a miss or a failure
	timerLease                  // agent: presence lapses
	timerHours                  // campaign: opening hours change
	timerDay                    // campaign: the day's counters start again
	timerSweep                  // engine: forget what is old
	timerClock                  // engine: the wall clock, which was set back, has caught up
	timerProbe                  // account: one message may be tried although it is down
	timerCheck                  // interaction: the verdict of a blacklist is late
	timerKinds
)

// timer is an armed deadline. It belongs to exactly one of its owners.
type timer struct {
	at   int64
	arm  uint64 // arming order: equal deadlines fire in it
	pos  int32  // place in the heap, -1 when not armed
	kind timerKind

	interaction *interaction
	agent       *agent
	campaign    *campaign
	account     *account
}

// timers is a heap of deadlines in (instant, arming) order with four children a node,
// which is shallower than two and touches fewer cache lines.
type timers struct {
	heap  []timerEntry
	armed uint64 // the last arming number given
}

type timerEntry struct {
	at  int64
	arm uint64
	t   *timer
}

func (a *timerEntry) less(b *timerEntry) bool {
	return a.at < b.at || a.at == b.at && a.arm < b.arm
}

// set arms t, or moves it; t.at is the instant.
func (h *timers) set(t *timer) {
	h.armed++
	t.arm = h.armed
	h.put(t)
}

// put arms t under the arming number it already has.
func (h *timers) put(t *timer) {
	h.cut(t)
	t.pos = int32(len(h.heap))
	h.heap = append(h.heap, timerEntry{t.at, t.arm, t})
	h.up(len(h.heap) - 1)
}

// cut disarms t; one that is not armed is left alone.
func (h *timers) cut(t *timer) {
	i := int(t.pos)
	if i < 0 || i >= len(h.heap) || h.heap[i].t != t {
		t.pos = -1
		return
	}
	last := len(h.heap) - 1
	moved := h.heap[last]
	h.heap[last] = timerEntry{}
	h.heap = h.heap[:last]
	t.pos = -1
	if i < last {
		h.heap[i] = moved
		moved.t.pos = int32(i)
		h.down(i)
		h.up(int(moved.t.pos))
	}
}

// next returns the earliest deadline.
func (h *timers) next() (*timer, bool) {
	if len(h.heap) == 0 {
		return nil, false
	}
	return h.heap[0].t, true
}

// due returns the earliest deadline up to an instant, and when it acts.
func (h *timers) due(limit int64) (t *timer, at int64, ok bool) {
	if len(h.heap) == 0 || h.heap[0].at > limit {
		return nil, 0, false
	}
	return h.heap[0].t, h.heap[0].at, true
}

// postpone lets the earliest deadline act later. When it is armed for stays as it is.
func (h *timers) postpone(t *timer, at int64) {
	i := int(t.pos)
	h.heap[i].at = at
	h.down(i)
}

func (h *timers) up(i int) {
	e := h.heap[i]
	for i > 0 {
		parent := (i - 1) / 4
		if !e.less(&h.heap[parent]) {
			break
		}
		h.place(i, h.heap[parent])
		i = parent
	}
	h.place(i, e)
}

func (h *timers) down(i int) {
	e := h.heap[i]
	for {
		best := 4*i + 1
		if best >= len(h.heap) {
			break
		}
		for c := best + 1; c < min(4*i+5, len(h.heap)); c++ {
			if h.heap[c].less(&h.heap[best]) {
				best = c
			}
		}
		if !h.heap[best].less(&e) {
			break
		}
		h.place(i, h.heap[best])
		i = best
	}
	h.place(i, e)
}

func (h *timers) place(i int, e timerEntry) {
	h.heap[i] = e
	e.t.pos = int32(i)
}
