package usher

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/usher-go/usher/queue"
)

// DefaultRemember is how many ended interactions a center remembers when its
// [Options.Remember] does not say.
const DefaultRemember = 10_000

// Summary is one line about an interaction, open or ended: how it went so far. What was
// said is not in it; see [Center.Transcript].
type Summary struct {
	Interaction string `json:"interaction"`
	Campaign    string `json:"campaign"` // the one it is in, or was in last
	Customer    string `json:"customer,omitempty"`
	Name        string `json:"name,omitempty"`    // the customer's, when it began
	Address     string `json:"address,omitempty"` // the customer's, when it began
	Number      string `json:"number,omitempty"`
	Outbound    bool   `json:"outbound,omitempty"`
	// Agents are all who had it, in the order in which each had it last.
	Agents []string  `json:"agents,omitempty"`
	Opened time.Time `json:"opened"`
	// Taken is the first answer of an agent, Wait how long it waited for the latest one,
	// or for its end when that came from the queue, and Late whether that was beyond the
	// service level's threshold.
	Taken time.Time     `json:"taken,omitzero"`
	Wait  time.Duration `json:"wait,omitempty"`
	Late  bool          `json:"late,omitempty"`
	// Of one that has ended. Reason is what ended it; Disposition is what the agent who
	// finished it said, "" when none did.
	Ended       time.Time     `json:"ended,omitzero"`
	Outcome     queue.Outcome `json:"outcome,omitempty"`
	Reason      string        `json:"reason,omitempty"`
	Disposition string        `json:"disposition,omitempty"`
	// Seq is the last event that concerned it, deliveries of messages aside; Said the last
	// message of either side.
	Seq  uint64 `json:"seq"`
	Said uint64 `json:"said,omitempty"`
}

// Last returns the agent who has it or had it last, "" if none did.
func (s *Summary) Last() string {
	if len(s.Agents) == 0 {
		return ""
	}
	return s.Agents[len(s.Agents)-1]
}

// past folds events into summaries: of all open interactions, and of the latest that
// ended. It is part of every snapshot.
type past struct {
	keep int

	mu    sync.Mutex
	state pastState
	ended map[string]*Summary // by interaction, the same as in state.Ended
}

type pastState struct {
	Open map[string]*Summary `json:"open,omitempty"`
	// Ended in order of their end. Forgotten says that there were more.
	Ended     []*Summary           `json:"ended,omitempty"`
	Forgotten bool                 `json:"forgotten,omitempty"`
	Since     map[string]time.Time `json:"since,omitempty"` // agents' states
	// Configured is the last event that changed an agent's or a campaign's configuration.
	Configured uint64 `json:"configured,omitempty"`
}

func newPast(keep int) *past {
	if keep == 0 {
		keep = DefaultRemember
	}
	return &past{keep: keep, state: pastState{Open: map[string]*Summary{}, Since: map[string]time.Time{}}, ended: map[string]*Summary{}}
}

// save copies the summaries for a snapshot. They are encoded later, beside the routing.
func (p *past) save() pastState {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state
	s.Open, s.Since = make(map[string]*Summary, len(p.state.Open)), maps.Clone(p.state.Since)
	for id, x := range p.state.Open {
		own := x.clone()
		s.Open[id] = &own
	}
	room := make([]Summary, len(p.state.Ended))
	s.Ended = make([]*Summary, len(p.state.Ended))
	for i, x := range p.state.Ended {
		room[i] = x.clone()
		s.Ended[i] = &room[i]
	}
	return s
}

// load takes over what a snapshot holds; those from before there were summaries hold none.
func (p *past) load(data json.RawMessage) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(data) == 0 {
		p.state.Forgotten = true
		return nil
	}
	if err := json.Unmarshal(data, &p.state); err != nil {
		return fmt.Errorf("usher: summaries: %w", err)
	}
	for _, s := range p.state.Ended {
		p.ended[s.Interaction] = s
	}
	return nil
}

// become takes over the summaries of another past, which is not used afterwards.
func (p *past) become(o *past) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state, p.ended = o.state, o.ended
}

// apply follows one event. view is the engine's, at the event or after it.
func (p *past) apply(ev *queue.Event, view func(string) (queue.InteractionView, bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if changesConfig(ev.Kind) {
		p.state.Configured = ev.Seq
	}
	switch ev.Kind {
	case queue.AgentStated, queue.AgentWrapUp:
		p.state.Since[ev.Agent] = ev.At
	case queue.AgentRemoved:
		delete(p.state.Since, ev.Agent)
	case queue.CustomerMerged:
		p.merge(ev.From, ev.Customer)
	}
	if ev.Interaction == "" || ev.Kind == queue.MessageMoved {
		return
	}
	s := p.state.Open[ev.Interaction]
	if s == nil {
		s = p.begin(ev, view)
	}
	if s == nil {
		return // it began before anything that is remembered
	}
	s.follow(ev)
	if ev.Kind == queue.Ended || ev.Kind == queue.Refused {
		p.end(s)
	}
}

// begin opens the summary of a new interaction, or takes back that of one that goes on.
func (p *past) begin(ev *queue.Event, view func(string) (queue.InteractionView, bool)) *Summary {
	switch ev.Kind {
	case queue.Opened, queue.Started, queue.Refused:
	case queue.Reopened:
		if s := p.ended[ev.Interaction]; s != nil {
			p.drop(s)
			s.Ended, s.Outcome, s.Reason, s.Disposition = time.Time{}, "", "", ""
			p.state.Open[s.Interaction] = s
			return s
		}
	default:
		return p.ended[ev.Interaction] // a note on one that has ended
	}
	s := &Summary{
		Interaction: ev.Interaction, Customer: ev.Customer, Number: ev.Number, Opened: ev.At,
		Outbound: ev.Kind == queue.Started,
	}
	if v, ok := view(ev.Interaction); ok {
		s.Name, s.Address, s.Customer, s.Opened = v.Name, v.Address, v.Customer, v.Opened
	}
	p.state.Open[s.Interaction] = s
	return s
}

// follow notes what an event changes.
func (s *Summary) follow(ev *queue.Event) {
	s.Seq = ev.Seq
	if ev.Campaign != "" {
		s.Campaign = ev.Campaign
	}
	if ev.Message != nil && ev.Kind != queue.CustomerBlocked {
		s.Said = ev.Seq
	}
	switch ev.Kind {
	case queue.Started, queue.TransferDone:
		s.had(ev.Agent, ev.At)
	case queue.Answered:
		s.had(ev.Agent, ev.At)
		s.waited(ev)
	case queue.Finished:
		s.Reason = ev.Reason
	case queue.Ended, queue.Refused:
		s.Ended, s.Outcome, s.Disposition = ev.At, ev.Outcome, ev.Disposition
		if ev.Reason != "" {
			s.Reason = ev.Reason
		}
		if ev.Open {
			s.waited(ev)
		}
	}
}

func (s *Summary) had(agent string, at time.Time) {
	s.Agents = append(slices.DeleteFunc(s.Agents, func(a string) bool { return a == agent }), agent)
	if s.Taken.IsZero() {
		s.Taken = at
	}
}

func (s *Summary) waited(ev *queue.Event) {
	s.Wait, s.Late = ev.Wait, ev.Threshold > 0 && ev.Wait > ev.Threshold
}

// end moves a summary to the ended ones and forgets the oldest beyond the limit.
func (p *past) end(s *Summary) {
	delete(p.state.Open, s.Interaction)
	if p.keep < 0 || s.Outcome == queue.OutcomeMerged {
		return
	}
	p.ended[s.Interaction] = s
	p.state.Ended = append(p.state.Ended, s)
	if over := len(p.state.Ended) - p.keep; over > 0 {
		for _, old := range p.state.Ended[:over] {
			delete(p.ended, old.Interaction)
		}
		clear(p.state.Ended[:over])
		p.state.Ended = p.state.Ended[over:]
		p.state.Forgotten = true
	}
}

func (p *past) drop(s *Summary) {
	delete(p.ended, s.Interaction)
	if i := slices.Index(p.state.Ended, s); i >= 0 {
		p.state.Ended = slices.Delete(p.state.Ended, i, i+1)
	}
}

// merge gives one customer's interactions to another: they are one.
func (p *past) merge(from, to string) {
	for _, s := range p.state.Open {
		if s.Customer == from {
			s.Customer = to
		}
	}
	for _, s := range p.state.Ended {
		if s.Customer == from {
			s.Customer = to
		}
	}
}

// Summary returns what is remembered of an interaction, open or ended.
func (c *Center) Summary(interaction string) (Summary, bool) {
	c.past.mu.Lock()
	defer c.past.mu.Unlock()
	s := c.past.state.Open[interaction]
	if s == nil {
		s = c.past.ended[interaction]
	}
	if s == nil {
		return Summary{}, false
	}
	return s.clone(), true
}

func (s *Summary) clone() Summary {
	out := *s
	out.Agents = slices.Clone(s.Agents)
	return out
}

// Ended returns the remembered interactions that have ended and that keep accepts (nil =
// all), the latest first and no more than limit (0 or less = all). complete is false when it
// ran into the end of what is remembered, see [Options.Remember]. keep gets a copy.
func (c *Center) Ended(limit int, keep func(*Summary) bool) (list []Summary, complete bool) {
	all, forgotten := c.past.pointers(func(s *pastState) []*Summary {
		all := slices.Clone(s.Ended)
		slices.Reverse(all)
		return all
	})
	for some := range slices.Chunk(all, copiedAtOnce) {
		for _, s := range c.past.copies(some) {
			if limit > 0 && len(list) == limit {
				return list, true
			}
			if !s.Ended.IsZero() && (keep == nil || keep(&s)) { // zero: it was reopened
				list = append(list, s)
			}
		}
	}
	return list, !forgotten
}

// Open returns the summaries of the open interactions that keep accepts (nil = all), in no
// order. keep gets a copy.
func (c *Center) Open(keep func(*Summary) bool) (list []Summary) {
	all, _ := c.past.pointers(func(s *pastState) []*Summary { return slices.Collect(maps.Values(s.Open)) })
	for some := range slices.Chunk(all, copiedAtOnce) {
		for _, s := range c.past.copies(some) {
			if s.Ended.IsZero() && (keep == nil || keep(&s)) { // else it has ended since
				list = append(list, s)
			}
		}
	}
	return list
}

// copiedAtOnce is how many summaries are copied under one lock. The host's functions are
// called without it.
const copiedAtOnce = 256

func (p *past) pointers(from func(*pastState) []*Summary) (all []*Summary, forgotten bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return from(&p.state), p.state.Forgotten
}

func (p *past) copies(of []*Summary) []Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Summary, len(of))
	for i, s := range of {
		list[i] = s.clone()
	}
	return list
}

// Since returns the instant at which an agent's state, or wrap-up, began or ended last.
func (c *Center) Since(agent string) time.Time {
	c.past.mu.Lock()
	defer c.past.mu.Unlock()
	return c.past.state.Since[agent]
}

// Seq returns the last event that is durable and was handed to subscribers.
func (c *Center) Seq() uint64 {
	c.subs.mu.Lock()
	defer c.subs.mu.Unlock()
	return c.subs.last()
}

// Configured returns the last event that changed the configuration of an agent or a
// campaign: while it stays the same, so does what [Center.Config] returns.
//
// It is the version of the configuration for [Center.ConfigureIf]: read it before the
// configuration that is edited.
func (c *Center) Configured() uint64 { return c.past.configured() }

func (p *past) configured() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state.Configured
}
