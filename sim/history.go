package sim

import (
	"slices"
	"time"

	"github.com/usher-go/usher"
)

// History is what happened in a center: who came when, how long interactions took and how
// long customers waited, who was there, and the configuration at the end. It is what a
// what-if question starts from; see [History.Scenario].
type History struct {
	// Start is midnight, UTC, before the first arrival; Length reaches to the midnight
	// after the last.
	Start  time.Time
	Length time.Duration
	// Calls by campaign, in order.
	Calls map[string][]Call
	// Counts, by campaign, are how many came in each interval of Every from Start, where
	// only that is known.
	Counts map[string][]int
	Every  Seconds
	// Handled are the handle times that were measured, by campaign, in seconds.
	Handled map[string][]float64
	// Left and Waited, by campaign, are how many lost patience, and the sum of what
	// everybody waited, from which the mean patience follows.
	Left   map[string]int
	Waited map[string]Seconds
	// Responded are the times from the answer to the agent's first message, by campaign, in
	// seconds.
	Responded map[string][]float64
	// Reached are the times for which customers of pull strategies were in the sight of
	// agents with room until one of them took them, by campaign, in seconds.
	Reached map[string][]float64
	// Present is when agents were logged in and not away for having missed offers; in the
	// spans of Paused they were paused.
	Present, Paused map[string][]Span
	// Reactions of agents to offers, in order, and how long agents who were paused for
	// missing offers stayed away, in seconds.
	Reactions map[string][]Reaction
	Back      map[string][]float64
	// Changed is when the configuration of a campaign was replaced, from Start.
	Changed map[string][]Seconds
	// End is the instant up to which the history is known; zero = to the end of Length.
	End time.Time
	// Center is the configuration at the end; without campaigns when it is not known.
	Center usher.Config
}

// Reaction is what an agent did with an offer, of the queue or of a transfer.
type Reaction struct {
	At    Seconds // of the offer, from Start
	After Seconds // until it was accepted or declined
	Kind  ReactionKind
}

// ReactionKind is one of the reactions to an offer.
type ReactionKind string

// The reactions. Offers that ended for another reason, such as a customer who left, are none.
const (
	Accepted ReactionKind = "accepted"
	Declined ReactionKind = "declined"
	Missed   ReactionKind = "missed"
)

func newHistory() *History {
	return &History{
		Calls: map[string][]Call{}, Counts: map[string][]int{}, Handled: map[string][]float64{}, Left: map[string]int{}, Waited: map[string]Seconds{},
		Responded: map[string][]float64{}, Reached: map[string][]float64{}, Present: map[string][]Span{}, Paused: map[string][]Span{}, Reactions: map[string][]Reaction{}, Back: map[string][]float64{},
		Changed: map[string][]Seconds{},
	}
}

// Campaigns returns the campaigns that anybody came to.
func (h *History) Campaigns() []string {
	all := map[string]bool{}
	for id := range h.Calls {
		all[id] = true
	}
	for id := range h.Counts {
		all[id] = true
	}
	return sortedKeys(all)
}

// Arrivals returns how many came.
func (h *History) Arrivals() int {
	n := 0
	for _, calls := range h.Calls {
		n += len(calls)
	}
	for _, counts := range h.Counts {
		for _, k := range counts {
			n += k
		}
	}
	return n
}

// Between returns the part of the history from one midnight, UTC, up to another; zero = the
// beginning, and the end.
func (h *History) Between(from, to time.Time) *History {
	if from.IsZero() || from.Before(h.Start) {
		from = h.Start
	}
	if end := h.Start.Add(h.Length); to.IsZero() || to.After(end) {
		to = end
	}
	from, to = from.UTC().Truncate(24*time.Hour), to.UTC().Truncate(24*time.Hour)
	skip, until := For(from.Sub(h.Start)), For(to.Sub(h.Start))
	out := *h
	out.Start, out.Length = from, max(to.Sub(from), 0)
	out.Calls, out.Counts, out.Reactions = map[string][]Call{}, map[string][]int{}, map[string][]Reaction{}
	out.Present, out.Paused = between(h.Present, skip, until), between(h.Paused, skip, until)
	for id, calls := range h.Calls {
		for _, c := range calls {
			if c.At >= skip && c.At < until {
				c.At -= skip
				out.Calls[id] = append(out.Calls[id], c)
			}
		}
	}
	for id, counts := range h.Counts {
		first, last := int(skip/h.Every), int(until/h.Every)
		out.Counts[id] = counts[min(first, len(counts)):min(max(last, first), len(counts))]
	}
	out.Changed = map[string][]Seconds{}
	for id, list := range h.Changed {
		for _, at := range list {
			if at >= skip && at < until {
				out.Changed[id] = append(out.Changed[id], at-skip)
			}
		}
	}
	for id, list := range h.Reactions {
		for _, r := range list {
			if r.At >= skip && r.At < until {
				r.At -= skip
				out.Reactions[id] = append(out.Reactions[id], r)
			}
		}
	}
	return &out
}

// between cuts spans to the part from skip up to until, counted from skip.
func between(all map[string][]Span, skip, until Seconds) map[string][]Span {
	out := map[string][]Span{}
	for id, spans := range all {
		for _, x := range spans {
			if x = (Span{max(x.From-skip, 0), min(x.To, until) - skip}); x.To > x.From {
				out[id] = append(out[id], x)
			}
		}
	}
	return out
}

// Patience estimates how long customers of a campaign are ready to wait, as an exponential
// distribution: the time that all waited, whether they were then served or left, divided by
// the number of those who left. That is the estimate of maximum likelihood where those who
// were served hide how long they would have waited. It is nil when nobody left.
func (h *History) Patience(campaign string) *Dist {
	if h.Left[campaign] == 0 {
		return nil
	}
	return &Dist{Law: LawExponential, Mean: float64(h.Waited[campaign]) / float64(h.Left[campaign])}
}

// Scenario fills in what a scenario leaves open with what happened: the streams, with the
// customers as they came; the agents' presence and behaviour, when it has no Staff; the
// center, when it has no campaigns; Start, Length and Stop. Agents accept, decline and miss
// offers as often and as fast as they did: each draws from its own reactions, and from those
// of all when it has none. A stream of the scenario's says, for its campaign,
// what the history does not know, such as handle times.
func (h *History) Scenario(s Scenario) Scenario {
	if s.Start.IsZero() {
		s.Start = h.Start
		if s.Length == 0 {
			s.Length, s.Stop = For(h.Length), s.Stop || !h.End.IsZero() && !s.Steady
			if known := h.End.Sub(h.Start); !h.End.IsZero() && known < h.Length {
				s.Length = For(known)
			}
		}
	}
	if len(s.Center.Campaigns) == 0 && s.Campaigns == nil {
		s.Center = h.Center
	}
	if s.Staff == nil {
		s.Staff = h.staff(s.Center)
	}
	given := map[string]Arrivals{}
	var streams []Arrivals
	for _, a := range s.Arrivals {
		if slices.Contains(h.Campaigns(), a.Campaign) && a.Rate == 0 && a.Rates == nil && a.Counts == nil && a.Trace == nil {
			given[a.Campaign] = a
			continue
		}
		streams = append(streams, a) // customers that only the scenario has
	}
	for _, id := range h.Campaigns() {
		streams = append(streams, h.stream(id, given[id]))
	}
	s.Arrivals = streams
	return s
}

func (h *History) stream(campaign string, a Arrivals) Arrivals {
	a.Campaign = campaign
	a.Trace = sortTrace(h.Calls[campaign])
	if a.Counts = h.Counts[campaign]; a.Counts != nil {
		a.Every = h.Every
	}
	if a.Handle.IsZero() && a.Messages == nil && len(h.Handled[campaign]) > 0 {
		a.Handle = Empirical(h.Handled[campaign])
	}
	if a.Patience == nil {
		a.Patience = h.Patience(campaign)
	}
	if a.Reach.IsZero() && len(h.Reached[campaign]) > 0 {
		a.Reach = Empirical(h.Reached[campaign])
	}
	if a.Respond.IsZero() && a.Messages == nil && len(h.Responded[campaign]) > 0 {
		a.Respond = Empirical(h.Responded[campaign])
	}
	return a
}

// staff is when the agents of a center were there and how they reacted. Those who never were
// stay away.
func (h *History) staff(cfg usher.Config) []Staff {
	if len(h.Present) == 0 {
		return nil
	}
	var all []Reaction
	for _, id := range sortedKeys(h.Reactions) {
		all = append(all, h.Reactions[id]...)
	}
	var out []Staff
	for _, a := range cfg.Agents {
		st := Staff{Agents: []string{a.ID}, Present: h.Present[a.ID], Paused: h.Paused[a.ID]}
		if len(st.Present) == 0 {
			st.Paused, st.Count = nil, []int{0}
			out = append(out, st)
			continue
		}
		if own := h.Reactions[a.ID]; len(own) > 0 {
			st.react(own)
		} else {
			st.react(all)
		}
		if back := h.Back[a.ID]; len(back) > 0 {
			st.Back = Seconds(Empirical(back).Average())
		}
		out = append(out, st)
	}
	return out
}

// react sets the chances and times of reactions to those of a list.
func (st *Staff) react(list []Reaction) {
	var accepted, declined []float64
	missed := 0
	for _, r := range list {
		switch r.Kind {
		case Accepted:
			accepted = append(accepted, float64(r.After))
		case Declined:
			declined = append(declined, float64(r.After))
		case Missed:
			missed++
		}
	}
	if n := float64(len(list)); n > 0 {
		st.Decline, st.Miss = float64(len(declined))/n, float64(missed)/n
	}
	if len(accepted) > 0 {
		st.Answer = Empirical(accepted)
	}
	if len(declined) > 0 {
		st.Refuse = Empirical(declined)
	}
}

// add takes one interaction into the history. waited is the time in the queue until the
// first answer or the end; left says that the customer ended it.
func (h *History) add(campaign string, at time.Time, c Call, waited time.Duration, left bool) {
	c.At = For(at.Sub(h.Start))
	h.Waited[campaign] += For(waited)
	if left {
		h.Left[campaign]++
		c.Patience = max(For(waited), 1e-6)
	} else {
		c.Waited = For(waited)
	}
	if c.Handle > 0 {
		h.Handled[campaign] = append(h.Handled[campaign], float64(c.Handle))
	}
	if c.Respond > 0 {
		h.Responded[campaign] = append(h.Responded[campaign], float64(c.Respond))
	}
	h.Calls[campaign] = append(h.Calls[campaign], c)
}
