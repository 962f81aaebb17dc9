package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
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
	// Present is when agents were logged in.
	Present map[string][]Span
	// Center is the configuration at the end; without campaigns when it is not known.
	Center usher.Config
}

func newHistory() *History {
	return &History{
		Calls: map[string][]Call{}, Counts: map[string][]int{}, Handled: map[string][]float64{}, Left: map[string]int{}, Waited: map[string]Seconds{},
		Present: map[string][]Span{},
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
	out.Calls, out.Counts, out.Present = map[string][]Call{}, map[string][]int{}, map[string][]Span{}
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
	for id, spans := range h.Present {
		for _, x := range spans {
			if x = (Span{max(x.From-skip, 0), min(x.To, until) - skip}); x.To > x.From {
				out.Present[id] = append(out.Present[id], x)
			}
		}
	}
	return &out
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
// customers as they came; the agents' presence, when it has no Staff; the center, when it
// has no campaigns; Start and Length. A stream of the scenario's says, for its campaign,
// what the history does not know, such as handle times.
func (h *History) Scenario(s Scenario) Scenario {
	if s.Start.IsZero() {
		s.Start, s.Length = h.Start, cmp.Or(s.Length, For(h.Length))
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
	return a
}

// staff is when the agents of a center were there. Those who never were stay away.
func (h *History) staff(cfg usher.Config) []Staff {
	if len(h.Present) == 0 {
		return nil
	}
	var out []Staff
	for _, a := range cfg.Agents {
		if spans := h.Present[a.ID]; len(spans) > 0 {
			out = append(out, Staff{Agents: []string{a.ID}, Present: spans})
		} else {
			out = append(out, Staff{Agents: []string{a.ID}, Count: []int{0}})
		}
	}
	return out
}

// ReadHistory reads the events of a center's journal, such as those of [usher.Events]. An
// interaction counts for the campaign that it came to.
func ReadHistory(events iter.Seq2[queue.Event, error]) (*History, error) {
	r := historian{h: newHistory(), open: map[string]*pastCall{}, since: map[string]time.Time{}, agents: map[string]usher.Agent{}, campaigns: map[string]usher.Campaign{}}
	for ev, err := range events {
		if err != nil {
			return nil, err
		}
		if err := r.event(&ev); err != nil {
			return nil, err
		}
	}
	return r.finish()
}

// historian reads events.
type historian struct {
	h         *History
	open      map[string]*pastCall
	order     []*pastCall
	since     map[string]time.Time // agents who are logged in
	last      time.Time
	agents    map[string]usher.Agent
	campaigns map[string]usher.Campaign
}

// pastCall is one interaction as far as it was read.
type pastCall struct {
	campaign string
	at       time.Time
	handle   time.Duration
	waited   time.Duration
	left     bool
	resolved bool
}

func (r *historian) event(ev *queue.Event) error {
	r.last = ev.At
	switch ev.Kind {
	case queue.CampaignConfigured:
		return r.configured(ev)
	case queue.CampaignRemoved:
		delete(r.campaigns, ev.Campaign)
	case queue.AgentConfigured:
		a := ev.AgentConfig
		r.agents[ev.Agent] = usher.Agent{
			ID: a.ID, Name: a.Name, Limit: a.Limit, ChannelLimits: a.ChannelLimits,
			Lease: channel.Seconds(a.Lease.Seconds()), Lapse: string(a.Lapse),
		}
	case queue.AgentRemoved:
		r.away(ev)
		delete(r.agents, ev.Agent)
	case queue.AgentStated:
		if ev.AfterWork {
			return nil
		}
		r.away(ev)
		if ev.State == queue.Available {
			r.since[ev.Agent] = ev.At
		}
	default:
		r.interaction(ev)
	}
	return nil
}

func (r *historian) configured(ev *queue.Event) error {
	c := usher.Campaign{ID: ev.Campaign, Name: ev.Config.Name, Zone: ev.Config.Zone}
	if len(ev.Config.Settings) > 0 {
		if err := json.Unmarshal(ev.Config.Settings, &c); err != nil {
			return fmt.Errorf("sim: event %d: settings of campaign %q: %w", ev.Seq, ev.Campaign, err)
		}
	} else {
		for _, m := range ev.Config.Members {
			c.Members = append(c.Members, usher.Member{Agent: m.Agent, Tier: m.Tier, Penalty: m.Penalty, Limit: m.Limit})
		}
	}
	r.campaigns[ev.Campaign] = c
	return nil
}

// away ends a presence.
func (r *historian) away(ev *queue.Event) {
	if from, there := r.since[ev.Agent]; there && from.Before(ev.At) {
		r.present(ev.Agent, from, ev.At)
	}
	delete(r.since, ev.Agent)
}

func (r *historian) present(agent string, from, to time.Time) {
	// Counted from the epoch until the start is known.
	r.h.Present[agent] = append(r.h.Present[agent], Span{Seconds(float64(from.UnixNano()) / 1e9), Seconds(float64(to.UnixNano()) / 1e9)})
}

func (r *historian) interaction(ev *queue.Event) {
	if ev.Kind == queue.Opened || ev.Kind == queue.Refused && !ev.Repeat {
		c := &pastCall{campaign: ev.Campaign, at: ev.At}
		r.order = append(r.order, c)
		if ev.Kind == queue.Opened {
			r.open[ev.Interaction] = c
		}
		return
	}
	c := r.open[ev.Interaction]
	if c == nil {
		return // began before the journal does, or from our side
	}
	switch ev.Kind {
	case queue.Answered:
		if !c.resolved {
			c.waited, c.resolved = ev.Wait, true
		}
	case queue.Finished:
		c.handle += ev.Wait
	case queue.Requeued, queue.Moved, queue.TransferDone:
		if ev.Agent != "" {
			c.handle += ev.Wait
		}
	case queue.Ended:
		if !c.resolved && ev.Open {
			c.waited, c.left = ev.Wait, ev.Segment == queue.OutcomeAbandoned
		}
		delete(r.open, ev.Interaction)
	}
}

// finish makes a history of what was read.
func (r *historian) finish() (*History, error) {
	h := r.h
	if len(r.order) == 0 {
		return nil, fmt.Errorf("sim: the journal has no interaction that customers began")
	}
	h.Start = r.order[0].at.UTC().Truncate(24 * time.Hour)
	end := r.order[len(r.order)-1].at
	h.Length = (end.Sub(h.Start)/(24*time.Hour) + 1) * 24 * time.Hour
	for agent, from := range r.since {
		if from.Before(r.last) {
			r.present(agent, from, r.last)
		}
	}
	for _, c := range r.order {
		h.add(c.campaign, c.at, c.handle, c.waited, c.left)
	}
	start := Seconds(float64(h.Start.UnixNano()) / 1e9)
	for _, spans := range h.Present {
		for i := range spans {
			spans[i].From, spans[i].To = max(spans[i].From-start, 0), spans[i].To-start
		}
	}
	for _, id := range sortedKeys(r.agents) {
		h.Center.Agents = append(h.Center.Agents, r.agents[id])
	}
	for _, id := range slices.SortedFunc(maps.Keys(r.campaigns), strings.Compare) {
		h.Center.Campaigns = append(h.Center.Campaigns, r.campaigns[id])
	}
	return h, nil
}

// add takes one interaction into the history.
func (h *History) add(campaign string, at time.Time, handle, waited time.Duration, left bool) {
	c := Call{At: For(at.Sub(h.Start)), Handle: For(handle)}
	h.Waited[campaign] += For(waited)
	if left {
		h.Left[campaign]++
		c.Patience = max(For(waited), 1e-6)
	} else {
		c.Waited = For(waited)
	}
	if handle > 0 {
		h.Handled[campaign] = append(h.Handled[campaign], handle.Seconds())
	}
	h.Calls[campaign] = append(h.Calls[campaign], c)
}
