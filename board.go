package usher

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/sla"
)

// board folds events into numbers. The same counters feed the live board, the reports and
// the export; they are part of every snapshot.
type board struct {
	mu    sync.Mutex
	state boardState
	sums  *sla.Series
}

// boardState is what must be remembered between events to count them.
type boardState struct {
	Short  map[string]time.Duration `json:"short,omitempty"`  // short abandons by campaign
	Open   map[string]boardOpen     `json:"open,omitempty"`   // by interaction
	Agents map[string]boardAgent    `json:"agents,omitempty"` // by agent
	Staff  map[string][]string      `json:"staff,omitempty"`  // agents by campaign
}

// boardOpen is an open interaction: who has it, and since when a first answer is due.
type boardOpen struct {
	Entered time.Time `json:"entered,omitzero"`
	Agent   string    `json:"agent,omitempty"`
	Parked  bool      `json:"parked,omitempty"` // the agent is not busy with it
}

// boardAgent is an agent who is logged in since an instant, busy with so many.
type boardAgent struct {
	Since  time.Time `json:"since,omitzero"` // counted up to here; zero = logged out
	Active int       `json:"active,omitempty"`
}

type boardSnapshot struct {
	State boardState   `json:"state"`
	Sums  sla.Snapshot `json:"sums"`
}

func newBoard() (*board, error) {
	sums, err := sla.NewSeries(sla.SeriesConfig{})
	if err != nil {
		return nil, err
	}
	return &board{sums: sums, state: newBoardState()}, nil
}

func newBoardState() boardState {
	return boardState{
		Short: map[string]time.Duration{}, Open: map[string]boardOpen{},
		Agents: map[string]boardAgent{}, Staff: map[string][]string{},
	}
}

// save copies the numbers for a snapshot. They are encoded later, beside the routing.
func (b *board) save() boardSnapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := boardState{maps.Clone(b.state.Short), maps.Clone(b.state.Open), maps.Clone(b.state.Agents), maps.Clone(b.state.Staff)}
	return boardSnapshot{s, b.sums.Snapshot()}
}

// load takes over the numbers of a snapshot. Those of earlier versions do not say what is
// parked, which the engine's part of the snapshot does.
func (b *board) load(data json.RawMessage, open []queue.InteractionSnap) error {
	s := boardSnapshot{State: newBoardState()}
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("usher: board: %w", err)
	}
	sums, err := sla.Restore(s.Sums)
	if err != nil {
		return err
	}
	for i := range open {
		if x, ok := s.State.Open[open[i].ID]; ok && open[i].Parked {
			x.Parked = true
			s.State.Open[open[i].ID] = x
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state, b.sums = s.State, sums
	return nil
}

// become takes over the numbers of another board, which is not used afterwards.
func (b *board) become(o *board) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state, b.sums = o.state, o.sums
}

// apply counts one event.
func (b *board) apply(ev *queue.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case strings.HasPrefix(ev.Kind.String(), "agent."), strings.HasPrefix(ev.Kind.String(), "campaign."):
		b.staff(ev)
		return
	case ev.Campaign == "":
		return
	}
	c := b.sums.At(ev.Campaign, ev.At)
	b.contact(c, ev)
	b.waiting(c, ev)
	b.handling(c, ev)
}

// staff follows who is logged in where.
func (b *board) staff(ev *queue.Event) {
	switch ev.Kind {
	case queue.CampaignConfigured:
		b.accrueAll(ev.At)
		b.state.Short[ev.Campaign] = ev.Config.ShortAbandon
		var list []string
		for _, m := range ev.Config.Members {
			list = append(list, m.Agent)
		}
		b.state.Staff[ev.Campaign] = list
	case queue.AgentStated:
		if ev.AfterWork {
			return
		}
		b.accrue(ev.Agent, ev.At)
		a := b.state.Agents[ev.Agent]
		switch {
		case ev.State == queue.Offline:
			a.Since = time.Time{}
		case a.Since.IsZero(): // else the time is counted up to ev.At, or later when the board was read
			a.Since = ev.At
		}
		b.state.Agents[ev.Agent] = a
	case queue.AgentRemoved:
		b.accrue(ev.Agent, ev.At)
		delete(b.state.Agents, ev.Agent)
	}
}

// contact counts what comes in, goes out and ends.
func (b *board) contact(c *sla.Counts, ev *queue.Event) {
	switch ev.Kind {
	case queue.Opened:
		c.Opened++
		b.heard(c, ev)
	case queue.Started:
		c.Outbound++
		b.give(ev.Interaction, ev.Agent, ev.At)
	case queue.Reopened:
		c.Reopened++
		b.heard(c, ev)
	case queue.Received:
		b.heard(c, ev)
	case queue.Refused:
		if !ev.Repeat {
			_ = c.End(sla.Outcome(ev.Outcome)) // the engine's outcomes are sla's
		}
		b.heard(c, ev)
	case queue.CustomerBlocked:
		if !ev.Outbound && ev.Interaction == "" { // a message in an open conversation is no contact of its own
			_ = c.End(sla.OutcomeBlacklisted)
		}
	case queue.MessageQueued:
		c.MessagesOut++
		if open, ok := b.state.Open[ev.Interaction]; ok && ev.Agent != "" && !open.Entered.IsZero() {
			c.Respond(ev.At.Sub(open.Entered))
			open.Entered = time.Time{}
			b.state.Open[ev.Interaction] = open
		}
	case queue.BotStarted:
		c.BotSessions++
	case queue.BotEnded:
		if ev.Failed {
			c.BotFailures++
		}
	case queue.Ended:
		b.give(ev.Interaction, "", ev.At)
		delete(b.state.Open, ev.Interaction)
		if ev.Outcome != queue.OutcomeMerged {
			_ = c.End(sla.Outcome(ev.Outcome))
		}
	}
}

func (b *board) heard(c *sla.Counts, ev *queue.Event) {
	if ev.Message != nil {
		c.MessagesIn++
	}
}

// waiting counts each stay in the queue: it begins once and ends in one way.
func (b *board) waiting(c *sla.Counts, ev *queue.Event) {
	switch ev.Kind {
	case queue.Queued:
		c.Queued++
		open := b.state.Open[ev.Interaction]
		open.Entered = ev.At
		b.state.Open[ev.Interaction] = open
	case queue.Answered:
		c.Answer(ev.Wait, ev.Threshold)
		if !ev.Direct {
			c.Accepts++
		}
	case queue.Offered, queue.TransferStarted:
		c.Offers++
	case queue.TransferDone:
		c.Accepts++
	case queue.OfferEnd, queue.TransferReturned:
		switch ev.Reason {
		case "declined":
			c.Declines++
		case "missed":
			c.Misses++
		}
	}
	if !ev.Open {
		return
	}
	switch {
	case ev.Kind == queue.Ended && ev.Segment == queue.OutcomeAbandoned:
		c.Abandon(ev.Wait, ev.Threshold, b.state.Short[ev.Campaign])
	case ev.Kind == queue.Ended && ev.Segment == queue.OutcomeTimedOut,
		ev.Kind == queue.BotStarted && ev.Phase == queue.PhaseWaiting:
		c.TimedOut++
	case ev.Kind == queue.Ended, ev.Kind == queue.BotStarted:
		c.Left++
	case ev.Kind == queue.Moved:
		b.sums.At(ev.From, ev.At).Left++
	}
}

// handling counts agents' parts and their time.
func (b *board) handling(c *sla.Counts, ev *queue.Event) {
	switch ev.Kind {
	case queue.Answered:
		b.give(ev.Interaction, ev.Agent, ev.At)
	case queue.TransferDone:
		c.Transfer(ev.Wait)
		b.give(ev.Interaction, ev.Agent, ev.At)
	case queue.Finished:
		c.Handle(ev.Wait)
		b.give(ev.Interaction, "", ev.At)
	case queue.Requeued:
		if ev.Agent != "" {
			c.Handle(ev.Wait)
		}
		b.give(ev.Interaction, "", ev.At)
	case queue.Moved:
		if ev.Agent != "" {
			b.sums.At(ev.From, ev.At).Transfer(ev.Wait)
		}
		b.give(ev.Interaction, "", ev.At)
	case queue.Parked:
		b.park(ev.Interaction, true, ev.At)
	case queue.Resumed:
		b.park(ev.Interaction, false, ev.At)
	}
}

// give notes who has an interaction, "" = no agent.
func (b *board) give(interaction, agent string, at time.Time) {
	open := b.state.Open[interaction]
	if open.Agent != "" && !open.Parked {
		b.busy(open.Agent, -1, at)
	}
	open.Parked = false
	if agent != "" {
		b.busy(agent, +1, at)
	}
	open.Agent = agent
	b.state.Open[interaction] = open
}

// park notes that an interaction is on hold, or no longer. Its agent is not busy with it then.
func (b *board) park(interaction string, parked bool, at time.Time) {
	open := b.state.Open[interaction]
	if open.Parked == parked || open.Agent == "" {
		return
	}
	change := +1
	if parked {
		change = -1
	}
	b.busy(open.Agent, change, at)
	open.Parked = parked
	b.state.Open[interaction] = open
}

func (b *board) busy(agent string, change int, at time.Time) {
	b.accrue(agent, at)
	a := b.state.Agents[agent]
	a.Active = max(a.Active+change, 0)
	b.state.Agents[agent] = a
}

// accrue counts an agent's time up to now in the campaigns they work in.
func (b *board) accrue(agent string, now time.Time) {
	a, ok := b.state.Agents[agent]
	if !ok || a.Since.IsZero() || !a.Since.Before(now) {
		return
	}
	for campaign, staff := range b.state.Staff {
		for _, id := range staff {
			if id == agent {
				b.sums.AgentTime(campaign, a.Since, now, a.Active > 0)
			}
		}
	}
	a.Since = now
	b.state.Agents[agent] = a
}

func (b *board) accrueAll(now time.Time) {
	for id := range b.state.Agents {
		b.accrue(id, now)
	}
}

// Line is one campaign on the board.
type Line struct {
	queue.CampaignView
	// Counts are raw counters since the start of the board's period; their methods are
	// the named formulas.
	Counts sla.Counts `json:"counts"`
}

// Board is how things stand: live, and counted over a period.
type Board struct {
	At        time.Time         `json:"at"`
	From      time.Time         `json:"from"`
	Campaigns []Line            `json:"campaigns"`
	Agents    []queue.AgentView `json:"agents"`
}

// Board returns how things stand now and what was counted since from, in steps of the
// half hours that counters are kept in.
func (c *Center) Board(from time.Time) Board {
	now := c.now()
	out := Board{At: now, From: from}
	var campaigns []queue.CampaignView
	_ = c.use(func(e *queue.Engine) { campaigns, out.Agents = e.Campaigns(), e.Agents() })
	c.board.mu.Lock()
	defer c.board.mu.Unlock()
	c.board.accrueAll(now)
	for _, v := range campaigns {
		out.Campaigns = append(out.Campaigns, Line{v, c.board.sums.Total(v.ID, from, now.Add(time.Nanosecond))})
	}
	return out
}

// Totals returns the counters of every campaign since the beginning of its journal, those of
// removed campaigns too. They have the same classes as the ones of [Center.Board], and are
// monotonic: no counter becomes smaller, across restarts and beyond the two weeks that the
// half hours are kept for, so that a host can export them as counters. Times of agents who are
// logged in are counted up to now.
func (c *Center) Totals(ctx context.Context) (map[string]sla.Counts, error) {
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	now := c.now() // before the lock: the Clock is the host's
	c.board.mu.Lock()
	defer c.board.mu.Unlock()
	c.board.accrueAll(now)
	totals := map[string]sla.Counts{}
	for _, id := range c.board.sums.Campaigns() {
		totals[id] = c.board.sums.Ever(id)
	}
	return totals, nil
}

// Series returns a campaign's counters by half hour, of a removed campaign too. The error wraps
// [queue.ErrUnknownCampaign] for a campaign that neither the configuration nor the counters
// have. Before the journal was read there are no counters and no error.
func (c *Center) Series(campaign string, from, to time.Time) ([]sla.Interval, error) {
	now := c.now() // before the lock: the Clock is the host's
	known := true
	if err := c.use(func(e *queue.Engine) { _, known = e.CampaignConfig(campaign) }); err != nil {
		return nil, err
	}
	c.board.mu.Lock()
	defer c.board.mu.Unlock()
	if !known && !slices.Contains(c.board.sums.Campaigns(), campaign) {
		return nil, fmt.Errorf("usher: series: %w", &queue.Error{Command: "series", Code: queue.ErrUnknownCampaign, Campaign: campaign})
	}
	c.board.accrueAll(now)
	return c.board.sums.Range(campaign, from, to), nil
}
