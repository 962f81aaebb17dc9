package queue

import (
	"cmp"
	"slices"
	"time"
)

// account is what the engine knows of a connector's account: whether it can send now.
//
// Attempts in a row that reached no provider (refused connections, no answer) are evidence
// of an outage, and so is the connector's word that the account is stopped. While it is down
// no message is tried but one probe at growing pauses; the others wait in blocked until they
// expire. The first message that the provider takes, or refuses by itself, ends the outage.
//
// At most maxFlying messages of an account are on their way at once, so that none waits in
// the shell for longer than it may be on its way.
type account struct {
	connector string
	fails     int // attempts in a row that reached no provider
	down      bool
	stopped   bool   // the provider says that the account cannot send
	since     int64  // it is down since
	probes    int    // of this outage
	reason    string // of the outage
	code      int
	flying    int // messages that are being sent
	blocked   []blockedHead
	probe     timer
}

// blockedHead is an interaction whose first message waits for the account. It is one of a
// heap in the order in which the messages were queued; entries may be out of date.
type blockedHead struct {
	seq uint64
	in  *interaction
}

const (
	// outageAfter is how many attempts in a row reach no provider before an account is down.
	outageAfter = 3
	// probePause is the pause before the first probe. It doubles up to probePauseMost.
	probePause     = time.Second
	probePauseMost = 10 * time.Second
	// stoppedPause is the pause between the probes of an account that the provider stopped.
	stoppedPause = time.Minute
	// DefaultSendsAtOnce is how many messages of a connector are on their way at once when
	// Config says 0.
	DefaultSendsAtOnce = 256
)

// known returns what is known of a connector, for a decision. It changes nothing.
func (e *Engine) known(connector string) *account {
	if a := e.accounts[connector]; a != nil {
		return a
	}
	return &account{connector: connector}
}

// account returns what is known of a connector, for a fold, and makes room for it.
func (e *Engine) account(connector string) *account {
	a := e.accounts[connector]
	if a == nil {
		a = &account{connector: connector}
		a.probe.pos = -1
		e.accounts[connector] = a
	}
	return a
}

// mayTry reports whether one more message may be tried now. An account that is down is probed
// by one message when its pause is over.
func (e *Engine) mayTry(a *account) bool {
	if a.down {
		return a.flying == 0 && a.probe.kind == noTimer
	}
	return a.flying < e.cfg.SendsAtOnce
}

// retryBlocked tries the messages that waited for the account, the oldest first.
func (e *Engine) retryBlocked(a *account) {
	for len(a.blocked) > 0 && e.mayTry(a) {
		if b := a.pop(); b.valid() {
			e.pump(b.in)
		}
	}
}

// headBlocked reports whether the first message of an interaction waits for an account.
func (in *interaction) headBlocked() bool { return len(in.outbox) > 0 && in.outbox[0].blocked }

// valid reports whether the message is still the first one and still waits.
func (b blockedHead) valid() bool { return b.in.headBlocked() && b.in.outbox[0].seq == b.seq }

// failing follows an attempt that reached no provider, or that the provider answered with
// the word that the account is stopped.
func (e *Engine) failing(a *account, stopped bool, reason string, code int) {
	switch {
	case a.down && a.probe.kind != noTimer && (a.stopped || !stopped):
		return // the next probe is due already
	case !a.down && !stopped && a.fails < outageAfter:
		return
	}
	pause := probePause << min(a.probes, 10)
	if pause = min(pause, probePauseMost); stopped || a.stopped {
		pause = stoppedPause
	}
	e.put(Event{
		Kind: AccountDown, Topic: a.connector, Reason: reason, Code: code, Direct: stopped || a.stopped,
		Count: a.probes + 1, Until: instant(later(e.now, int64(pause))),
	})
}

// working follows an answer of the provider to one message: the account can send.
func (e *Engine) working(a *account) {
	if a.down {
		e.put(Event{Kind: AccountUp, Topic: a.connector, Wait: time.Duration(e.now - a.since)})
	}
}

func (e *Engine) applyAccountDown(ev *Event) {
	a := e.account(ev.Topic)
	if !a.down {
		a.since = e.now
	}
	a.down, a.stopped, a.probes, a.reason, a.code = true, ev.Direct, ev.Count, ev.Reason, ev.Code
	if ev.Until.IsZero() {
		e.disarmProbe(a)
		return
	}
	a.probe.kind, a.probe.at, a.probe.account = timerProbe, nanos(ev.Until), a
	e.timers.set(&a.probe)
}

func (e *Engine) applyAccountUp(ev *Event) {
	a := e.account(ev.Topic)
	a.down, a.stopped, a.probes, a.fails, a.reason, a.code, a.since = false, false, 0, 0, "", 0, 0
	e.disarmProbe(a)
}

func (e *Engine) disarmProbe(a *account) {
	e.timers.cut(&a.probe)
	a.probe.kind = noTimer
}

// block adds an interaction to the heap of the account.
func (a *account) block(in *interaction) {
	a.blocked = append(a.blocked, blockedHead{in.outbox[0].seq, in})
	for i := len(a.blocked) - 1; i > 0; {
		parent := (i - 1) / 2
		if a.blocked[parent].seq <= a.blocked[i].seq {
			return
		}
		a.blocked[parent], a.blocked[i] = a.blocked[i], a.blocked[parent]
		i = parent
	}
}

// pop takes the interaction whose message was queued first.
func (a *account) pop() blockedHead {
	top, last := a.blocked[0], len(a.blocked)-1
	a.blocked[0] = a.blocked[last]
	a.blocked[last] = blockedHead{}
	a.blocked = a.blocked[:last]
	for i := 0; ; {
		least := i
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < last && a.blocked[child].seq < a.blocked[least].seq {
				least = child
			}
		}
		if least == i {
			return top
		}
		a.blocked[i], a.blocked[least] = a.blocked[least], a.blocked[i]
		i = least
	}
}

// AccountView is a connector's account that cannot send now.
type AccountView struct {
	Connector string    `json:"connector"`
	Stopped   bool      `json:"stopped,omitempty"` // by the provider; otherwise it cannot be reached
	Since     time.Time `json:"since"`
	Reason    string    `json:"reason,omitempty"`
	Code      int       `json:"code,omitempty"` // the provider's, 0 = none
	Next      time.Time `json:"next,omitzero"`  // when it is probed again
	Waiting   int       `json:"waiting"`        // conversations with messages that wait for it
}

// DownAccounts returns the connectors whose accounts cannot send now, by name.
func (e *Engine) DownAccounts() []AccountView {
	var list []AccountView
	for _, a := range e.accounts {
		if !a.down {
			continue
		}
		v := AccountView{Connector: a.connector, Stopped: a.stopped, Since: instant(a.since), Reason: a.reason, Code: a.code}
		if a.probe.kind != noTimer {
			v.Next = instant(a.probe.at)
		}
		for _, b := range a.blocked {
			if b.valid() {
				v.Waiting++
			}
		}
		list = append(list, v)
	}
	slices.SortFunc(list, func(x, y AccountView) int { return cmp.Compare(x.Connector, y.Connector) })
	return list
}
