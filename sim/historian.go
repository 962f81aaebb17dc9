package sim

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// ReadHistory reads the events of a center's journal, such as those of [usher.Events]. An
// interaction counts for the campaign that it came to. The history ends with the last event.
func ReadHistory(events iter.Seq2[queue.Event, error]) (*History, error) {
	return ReadHistoryUntil(events, time.Time{})
}

// ReadHistoryUntil is [ReadHistory] for a center whose time is now: the agents who are logged
// in after the last event were there until now.
func ReadHistoryUntil(events iter.Seq2[queue.Event, error], now time.Time) (*History, error) {
	r := historian{
		h: newHistory(), open: map[string]*pastCall{}, agents: map[string]usher.Agent{}, campaigns: map[string]usher.Campaign{},
		present: map[string]time.Time{}, paused: map[string]time.Time{}, sent: map[string]time.Time{}, room: newRoom(),
	}
	for ev, err := range events {
		if err != nil {
			return nil, err
		}
		if err := r.event(&ev); err != nil {
			return nil, err
		}
	}
	if now.After(r.last) {
		r.last = now
	}
	return r.finish()
}

// historian reads events. Instants are kept in seconds since the epoch until the start is
// known.
type historian struct {
	h         *History
	open      map[string]*pastCall
	order     []*pastCall
	present   map[string]time.Time // agents who are logged in
	paused    map[string]time.Time // agents who are paused
	sent      map[string]time.Time // agents who were paused for missing offers
	last      time.Time
	agents    map[string]usher.Agent
	campaigns map[string]usher.Campaign
	room      *room
}

// pastCall is one interaction as far as it was read.
type pastCall struct {
	Call
	campaign string
	at       time.Time
	bot      time.Time // its bot on start began
	queued   bool      // it has been in the queue
	entered  time.Time // the queue, where it is
	waited   time.Duration
	left     bool
	answered time.Time
	part     time.Time // the agent's present part of the work began; zero = no agent has it
	worked   Seconds   // in the parts that ended
	offered  time.Time
	shown    time.Time // to the agents who may take it
	agent    string    // has it
}

func (r *historian) event(ev *queue.Event) error {
	r.last = ev.At
	err := r.read(ev)
	r.room.follow(ev)
	return err
}

func (r *historian) read(ev *queue.Event) error {
	switch ev.Kind {
	case queue.CampaignConfigured:
		return r.configured(ev)
	case queue.CampaignRemoved:
		delete(r.campaigns, ev.Campaign)
	case queue.AgentConfigured:
		a := ev.AgentConfig
		r.agents[ev.Agent] = usher.Agent{
			ID: a.ID, Name: a.Name, Limit: a.Limit, ChannelLimits: a.ChannelLimits,
			Lease: settings.Seconds(a.Lease.Seconds()), Lapse: string(a.Lapse),
		}
	case queue.AgentRemoved:
		r.stated(ev, queue.Offline)
		delete(r.agents, ev.Agent)
	case queue.AgentStated:
		if !ev.AfterWork {
			r.stated(ev, ev.State)
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
	if _, known := r.campaigns[ev.Campaign]; known {
		r.h.Changed[ev.Campaign] = append(r.h.Changed[ev.Campaign], epoch(ev.At))
	}
	r.campaigns[ev.Campaign] = c
	return nil
}

// stated follows the state of an agent. A pause for missing offers is no part of the agent's
// presence: the simulated agent is paused by the simulated engine, for as long as Back says.
func (r *historian) stated(ev *queue.Event, to queue.State) {
	if since, ok := r.sent[ev.Agent]; ok {
		r.h.Back[ev.Agent] = append(r.h.Back[ev.Agent], ev.At.Sub(since).Seconds())
		delete(r.sent, ev.Agent)
	}
	if to == queue.Paused && ev.Cause == "deadline:ring" {
		r.sent[ev.Agent] = ev.At
		return
	}
	end := func(began map[string]time.Time, spans map[string][]Span, over bool) {
		since, is := began[ev.Agent]
		switch {
		case over && is:
			if since.Before(ev.At) {
				spans[ev.Agent] = append(spans[ev.Agent], Span{epoch(since), epoch(ev.At)})
			}
			delete(began, ev.Agent)
		case !over && !is:
			began[ev.Agent] = ev.At
		}
	}
	end(r.present, r.h.Present, to == queue.Offline)
	end(r.paused, r.h.Paused, to != queue.Paused)
}

// epoch returns an instant in seconds since 1970.
func epoch(t time.Time) Seconds { return Seconds(float64(t.UnixNano()) / 1e9) }

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
	case queue.Offered, queue.TransferStarted:
		c.offered = ev.At
		if ev.Kind == queue.TransferStarted {
			c.handOn(ev.At, Handoff{Agent: ev.Agent, Override: ev.Override})
		}
	case queue.OfferEnd, queue.TransferReturned:
		r.refused(ev, c)
	case queue.Ended:
		r.ended(ev, c)
	case queue.Shown:
		c.shown = ev.At
	default:
		r.step(ev, c)
	}
}

// step follows an interaction from one owner to the next.
func (r *historian) step(ev *queue.Event, c *pastCall) {
	switch ev.Kind {
	case queue.BotStarted:
		if ev.Phase == queue.PhaseStart && !c.queued {
			c.bot = ev.At
		}
	case queue.Queued:
		if !c.queued && !c.bot.IsZero() {
			c.Bot = For(ev.At.Sub(c.bot))
		}
		c.queued, c.entered = true, ev.At
	case queue.Answered:
		if c.answered.IsZero() {
			c.waited, c.answered = ev.Wait, ev.At
		}
		r.accepted(ev, c)
	case queue.TransferDone:
		r.accepted(ev, c)
	case queue.MessageQueued:
		if ev.Agent != "" && !c.answered.IsZero() && c.Respond == 0 {
			c.Respond = max(For(ev.At.Sub(c.answered)), 1e-6)
		}
	case queue.Requeued:
		c.handOn(ev.At, Handoff{})
		c.part = time.Time{}
		r.room.hold(c, "", ev.At)
	case queue.Moved:
		c.handOn(ev.At, Handoff{Campaign: ev.Campaign})
		c.part = time.Time{}
		r.room.hold(c, "", ev.At)
	case queue.Finished:
		c.finished(ev.At)
		r.room.hold(c, "", ev.At)
	}
}

// handOn ends a part of an agent's work with an attempt to hand the interaction on.
func (c *pastCall) handOn(at time.Time, h Handoff) {
	if c.part.IsZero() {
		return // no agent had it
	}
	h.After = For(at.Sub(c.part))
	c.worked += h.After
	c.Handoffs = append(c.Handoffs, h)
}

func (c *pastCall) finished(at time.Time) {
	if !c.part.IsZero() {
		c.Handle = c.worked + For(at.Sub(c.part))
		c.part = time.Time{}
	}
}

// accepted notes the reaction of an agent who now has the interaction.
func (r *historian) accepted(ev *queue.Event, c *pastCall) {
	switch {
	case !c.offered.IsZero() && !ev.Direct:
		r.react(ev.Agent, ev.At, c, Accepted)
	case !c.shown.IsZero():
		if d, ok := r.room.reached(c.campaign, c.shown, ev.At); ok {
			r.h.Reached[c.campaign] = append(r.h.Reached[c.campaign], d.Seconds())
		}
	}
	c.part, c.offered, c.entered, c.shown = ev.At, time.Time{}, time.Time{}, time.Time{}
	r.room.hold(c, ev.Agent, ev.At)
}

// refused notes the reaction of an agent who does not take an offer, and lets the sender of
// a transfer go on.
func (r *historian) refused(ev *queue.Event, c *pastCall) {
	agent := ev.Agent
	if ev.Kind == queue.TransferReturned {
		agent, c.part = ev.From, ev.At
	}
	switch ev.Reason {
	case "declined":
		r.react(agent, ev.At, c, Declined)
	case "missed":
		r.react(agent, ev.At, c, Missed)
	}
	c.offered = time.Time{}
}

func (r *historian) react(agent string, at time.Time, c *pastCall, kind ReactionKind) {
	x := Reaction{At: epoch(c.offered), Kind: kind}
	if kind != Missed {
		x.After = For(at.Sub(c.offered))
	}
	r.h.Reactions[agent] = append(r.h.Reactions[agent], x)
}

func (r *historian) ended(ev *queue.Event, c *pastCall) {
	c.entered = time.Time{}
	c.finished(ev.At)
	r.room.hold(c, "", ev.At)
	if !c.queued && !c.bot.IsZero() {
		c.Bot, c.BotEnded = For(ev.At.Sub(c.bot)), true
	}
	if c.answered.IsZero() && ev.Open {
		c.waited, c.left = ev.Wait, ev.Segment == queue.OutcomeAbandoned
	}
	delete(r.open, ev.Interaction)
}

// finish makes a history of what was read.
func (r *historian) finish() (*History, error) {
	h := r.h
	if len(r.order) == 0 {
		return nil, fmt.Errorf("sim: the journal has no interaction that customers began")
	}
	h.Start = r.order[0].at.UTC().Truncate(24 * time.Hour)
	h.End = r.last
	end := r.order[len(r.order)-1].at
	h.Length = (end.Sub(h.Start)/(24*time.Hour) + 1) * 24 * time.Hour
	r.close()
	for _, c := range r.order {
		if !c.entered.IsZero() && c.answered.IsZero() {
			c.waited = r.last.Sub(c.entered) // and still waits
		}
		h.add(c.campaign, c.at, c.call(r.last), c.waited, c.left)
	}
	for _, id := range sortedKeys(r.agents) {
		h.Center.Agents = append(h.Center.Agents, r.agents[id])
	}
	for _, id := range slices.SortedFunc(maps.Keys(r.campaigns), strings.Compare) {
		h.Center.Campaigns = append(h.Center.Campaigns, r.campaigns[id])
	}
	return h, nil
}

// close ends the spans that are open, and counts everything from the start.
func (r *historian) close() {
	for agent := range r.agents {
		r.stated(&queue.Event{Agent: agent, At: r.last}, queue.Offline)
	}
	start := epoch(r.h.Start)
	for _, all := range []map[string][]Span{r.h.Present, r.h.Paused} {
		for _, spans := range all {
			for i := range spans {
				spans[i].From, spans[i].To = max(spans[i].From-start, 0), spans[i].To-start
			}
		}
	}
	for _, list := range r.h.Changed {
		for i := range list {
			list[i] -= start
		}
	}
	for _, list := range r.h.Reactions {
		for i := range list {
			list[i].At -= start
		}
	}
}

// call returns what is known of an interaction at the end of the journal.
func (c *pastCall) call(end time.Time) Call {
	if !c.part.IsZero() {
		c.Busy = For(end.Sub(c.part))
	}
	if !c.answered.IsZero() && c.Respond == 0 {
		c.Respond = -1
	}
	return c.Call
}
