package cloudapi

import (
	"sync"
	"time"

	"github.com/usher-go/usher/channel"
)

// pairBurst is how many messages may go to one customer at once.
const pairBurst = 45

// forgetAfter is how long a pair that sends nothing is remembered, at least. By then its
// bucket is full again, even after the longest penalty: forgetting changes nothing.
const forgetAfter = 10 * time.Minute

// rates holds Meta's two limits: a window of one second for each number, and a token bucket
// for each number and customer. Take never waits; it says how long the caller should.
type rates struct {
	now    func() time.Time
	number int // messages in every second; 0 = no limit
	pair   bucket

	mu      sync.Mutex
	numbers map[string]*window
	pairs   map[pairKey]*level // used since turned
	old     map[pairKey]*level // used in the period before
	turned  time.Time
	persons persons
}

type pairKey struct{ number, to string }

func newRates(cfg Config) *rates {
	r := &rates{
		now: cfg.Now, number: max(cfg.MessagesPerSecond, 0), numbers: map[string]*window{}, pairs: map[pairKey]*level{},
		pair: bucket{every: max(cfg.PairInterval, 0), burst: pairBurst},
	}
	return r
}

// take counts one message for both limits. When one of them is reached it counts nothing
// and returns how long until it is not, and which it was.
func (r *rates) take(number, to string) (wait time.Duration, which string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	n, p := r.numberLocked(number), r.pairLocked(now, number, to)
	if wait := n.wait(now); wait > 0 {
		return wait, "number"
	}
	if wait := r.pair.wait(p, now); wait > 0 {
		return wait, "pair"
	}
	n.take(now)
	r.pair.take(p, now)
	return 0, ""
}

// penalise empties the bucket that Meta says is empty, and returns how long for. Each
// refusal in a row waits longer: 4^x seconds for a pair, as Meta asks, 2^x for a number.
func (r *rates) penalise(code int, number, to string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if code == codePairRate {
		return r.pair.empty(r.pairLocked(now, number, to), now, 2)
	}
	return r.numberLocked(number).block(now)
}

// learn notes that aliases belong to one person.
func (r *rates) learn(aliases []channel.Alias) {
	if len(aliases) < 2 || r.pair.every == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	r.persons.learn(aliases, func(old, name string) {
		for number := range r.numbers {
			from, to := r.levelLocked(now, pairKey{number, old}), r.levelLocked(now, pairKey{number, name})
			if from.full.After(to.full) {
				*to = *from
			}
		}
	})
}

// passed ends a row of refusals.
func (r *rates) passed(number, to string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.numberLocked(number).strikes = 0
	r.pairLocked(r.now(), number, to).strikes = 0
}

func (r *rates) numberLocked(number string) *window {
	w := r.numbers[number]
	if w == nil {
		w = &window{last: make([]time.Time, r.number)}
		r.numbers[number] = w
	}
	return w
}

// pairLocked finds the pair of a number and a person.
func (r *rates) pairLocked(now time.Time, number, to string) *level {
	return r.levelLocked(now, pairKey{number, r.persons.of(to)})
}

// levelLocked finds a pair among the two periods that are kept, so that memory holds no
// more than the customers of the last twenty minutes.
func (r *rates) levelLocked(now time.Time, key pairKey) *level {
	if idle := now.Sub(r.turned); idle >= forgetAfter {
		r.old, r.pairs, r.turned = r.pairs, map[pairKey]*level{}, now
		if idle >= 2*forgetAfter {
			r.old = nil
		}
	}
	l := r.pairs[key]
	if l == nil {
		if l = r.old[key]; l == nil {
			l = &level{}
		}
		r.pairs[key] = l
	}
	return l
}

// window lets len(last) messages pass in any second. An empty window has no limit but for
// penalties.
type window struct {
	last    []time.Time // when the latest messages passed; a ring
	next    int         // the oldest of them, which the next message replaces
	until   time.Time   // nothing passes before, after a refusal by Meta
	strikes int
}

func (w *window) wait(now time.Time) time.Duration {
	wait := w.until.Sub(now)
	if len(w.last) > 0 {
		// A clock that stepped back leaves instants of the future: they count as now.
		wait = max(wait, min(w.last[w.next].Add(time.Second).Sub(now), time.Second))
	}
	return wait
}

func (w *window) take(now time.Time) {
	if len(w.last) == 0 {
		return
	}
	w.last[w.next] = now
	w.next = (w.next + 1) % len(w.last)
}

// block lets nothing pass for 2^strikes seconds, at most 2^8, or longer if nothing passes for
// longer anyway. It returns how long.
func (w *window) block(now time.Time) time.Duration {
	until := now.Add(time.Second << min(w.strikes, 8))
	w.strikes++
	if until.After(w.until) {
		w.until = until
	}
	return w.wait(now)
}

// bucket refills by one message in every interval up to burst. Every 0: no limit, but for
// penalties.
type bucket struct {
	every time.Duration
	burst int
}

// level is the state of one bucket: when it will be full again.
type level struct {
	full    time.Time
	strikes int
}

// slack is how far ahead full may lie while one more message still passes.
func (b bucket) slack() time.Duration { return b.every * time.Duration(max(b.burst-1, 0)) }

func (b bucket) wait(l *level, now time.Time) time.Duration {
	return l.full.Add(-b.slack()).Sub(now) // in this order: Sub saturates, and must not wrap
}

func (b bucket) take(l *level, now time.Time) {
	if b.every == 0 {
		return
	}
	if l.full.Before(now) {
		l.full = now
	}
	l.full = l.full.Add(b.every)
}

// empty lets nothing pass for 2^(bits·strikes) seconds, at most 2^8, or longer if the
// bucket is empty for longer anyway. It returns how long.
func (b bucket) empty(l *level, now time.Time, bits int) time.Duration {
	wait := time.Second << min(bits*l.strikes, 8)
	l.strikes++
	if until := now.Add(wait + b.slack()); until.After(l.full) {
		l.full = until
	}
	return b.wait(l, now)
}
