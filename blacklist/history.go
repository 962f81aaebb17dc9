package blacklist

import (
	"slices"
	"sync"
	"time"
)

// DefaultCount is how many attempts a [History] keeps when its [Retention] does not say.
const DefaultCount = 10_000

// Attempt is one attempt to talk that the blacklist stopped.
type Attempt struct {
	Time      time.Time `json:"time"`
	Campaign  string    `json:"campaign,omitempty"`
	Direction Direction `json:"direction"`
	// Aliases are all that was known of the customer.
	Aliases []string `json:"aliases"`
	// Number is the campaign's number that was written to, or was to be written from.
	Number string `json:"number,omitempty"`
	// By is who tried to start an outgoing conversation: an agent, a bot, the host.
	By string `json:"by,omitempty"`
	// Entry is the one that matched, as it was then.
	Entry Entry `json:"entry,omitzero"`
	// Reason is why the attempt was stopped, for those to whom Entry is not known, such as
	// a center that keeps only the reason, or a host's list that could not be asked.
	Reason string `json:"reason,omitempty"`
}

// Retention says what a [History] keeps. What is older or more goes, oldest first, and is
// counted in [Totals]. In JSON Age is nanoseconds.
type Retention struct {
	// Count is the greatest number of attempts kept; 0 or less = [DefaultCount].
	Count int `json:"count,omitempty"`
	// Age is how long an attempt is kept, measured from its own time to that of the
	// latest attempt or to the now of [History.Prune]; 0 or less = no limit.
	Age time.Duration `json:"age,omitempty"`
}

// Totals says what became of all attempts that a [History] was given. Recorded is always
// Kept + Overflowed + Expired.
type Totals struct {
	Recorded   uint64 `json:"recorded"`
	Kept       uint64 `json:"kept"`
	Overflowed uint64 `json:"overflowed"` // dropped because there were more than Count
	Expired    uint64 `json:"expired"`    // dropped because they were older than Age
}

// History keeps the latest attempts that were stopped, in memory. It is safe for
// concurrent use and must not be copied. The zero History has the zero [Retention].
type History struct {
	keep Retention

	mu       sync.Mutex
	attempts []Attempt // in order of arrival; those before first are dropped
	first    int
	latest   time.Time
	totals   Totals
}

// NewHistory returns an empty history.
func NewHistory(keep Retention) *History {
	return &History{keep: keep}
}

// Record adds one attempt and drops what the retention does not allow any more.
func (h *History) Record(a Attempt) {
	a.Aliases = slices.Clone(a.Aliases)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.attempts = append(h.attempts, a)
	h.totals.Recorded++
	if a.Time.After(h.latest) {
		h.latest = a.Time
	}
	h.expireLocked(h.latest)
	if len(h.attempts)-h.first > orDefault(h.keep.Count, DefaultCount) {
		h.dropLocked()
		h.totals.Overflowed++
	}
}

// Prune drops the attempts that are too old at now. Record does so too; a host calls Prune
// where old attempts must go even when no new one comes.
func (h *History) Prune(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.expireLocked(now)
}

// Forget takes the attempts of somebody from the history, as when they ask to be
// forgotten. They are counted as expired.
func (h *History) Forget(match func(*Attempt) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	kept := h.attempts[:h.first]
	for i := h.first; i < len(h.attempts); i++ {
		if match(&h.attempts[i]) {
			h.totals.Expired++
			continue
		}
		kept = append(kept, h.attempts[i])
	}
	clear(h.attempts[len(kept):])
	h.attempts = kept
}

// Totals returns how many attempts were recorded, and how many of them are still here.
func (h *History) Totals() Totals {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.totals
	t.Kept = uint64(len(h.attempts) - h.first)
	return t
}

func (h *History) expireLocked(now time.Time) {
	if h.keep.Age <= 0 {
		return
	}
	for h.first < len(h.attempts) && now.Sub(h.attempts[h.first].Time) > h.keep.Age {
		h.dropLocked()
		h.totals.Expired++
	}
}

// dropLocked drops the oldest. The room before first is taken back when it is half of the
// slice, so that a drop costs O(1) on average and memory stays within twice the count.
func (h *History) dropLocked() {
	h.attempts[h.first] = Attempt{}
	h.first++
	if h.first*2 >= len(h.attempts) {
		n := copy(h.attempts, h.attempts[h.first:])
		clear(h.attempts[n:])
		h.attempts, h.first = h.attempts[:n], 0
	}
}

// Filter chooses attempts. The zero Filter chooses all.
type Filter struct {
	Campaign  string    `json:"campaign,omitempty"`  // "" = all
	Direction Direction `json:"direction,omitempty"` // "" or [Both] = all
	Alias     string    `json:"alias,omitempty"`     // a phone in either of its forms; "" = all
	From      time.Time `json:"from,omitzero"`       // inclusive; zero = no limit
	To        time.Time `json:"to,omitzero"`         // exclusive; zero = no limit
	Limit     int       `json:"limit,omitempty"`     // 0 or less = no limit
}

// Attempts returns the attempts that f chooses, the latest recorded first.
func (h *History) Attempts(f Filter) []Attempt {
	if f.Alias != "" {
		f.Alias = canonical(f.Alias)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	found := []Attempt{}
	for i := len(h.attempts) - 1; i >= h.first; i-- {
		if f.Limit > 0 && len(found) == f.Limit {
			break
		}
		if a := h.attempts[i]; f.chooses(&a) {
			a.Aliases = slices.Clone(a.Aliases)
			found = append(found, a)
		}
	}
	return found
}

func (f *Filter) chooses(a *Attempt) bool {
	switch {
	case f.Campaign != "" && f.Campaign != a.Campaign,
		f.Direction != "" && f.Direction != Both && f.Direction != a.Direction,
		!f.From.IsZero() && a.Time.Before(f.From),
		!f.To.IsZero() && !a.Time.Before(f.To):
		return false
	}
	return f.Alias == "" || slices.ContainsFunc(a.Aliases, func(alias string) bool {
		return sameAlias(canonical(alias), f.Alias)
	})
}
