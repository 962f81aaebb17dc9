package console

import (
	"cmp"
	"slices"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/sla"
)

// historyCount is how many interactions of the past are on a desk.
const historyCount = 50

// session says who is looking.
func (c *Console) session(x *call) (any, error) {
	a := x.actor
	out := Session{
		Actor: ActorView{ID: a.ID, Name: cmp.Or(a.Name, a.ID), Agent: a.Agent, Can: a.Can.Names(), Campaigns: a.Campaigns},
		Now:   x.now(), Cursor: x.cursor(c.center.Seq()), Demo: a.demo, Title: c.opts.Title,
		Heartbeat: int(max(c.opts.Heartbeat.Seconds(), 1)), Pauses: orEmpty(c.opts.Pauses), Outcomes: orEmpty(c.opts.Dispositions),
		Templates: orEmpty(c.opts.Templates), MaxText: maxText, MaxCaption: maxCaption, MaxUpload: c.opts.MaxUpload, Definitions: sla.Formulas(),
		Features: Features{WhatIf: c.opts.WhatIf != nil, Blacklist: c.center.Blacklist() != nil, Upload: c.opts.Upload != nil},
	}
	for _, name := range c.center.Names().Connectors {
		conn := c.center.Connector(name)
		_, fetches := conn.(channel.MediaFetcher)
		_, stores := conn.(Uploader)
		out.Features.Media = out.Features.Media || fetches
		out.Features.Upload = out.Features.Upload || stores
	}
	return out, nil
}

// orEmpty keeps null out of answers.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// desk is what the agent has before them.
func (c *Console) desk(x *call) (any, error) {
	b, err := x.book(x.r.Context())
	if err != nil {
		return nil, err
	}
	out := Desk{
		Now: x.now(), Cursor: x.cursor(c.center.Seq()), Pending: []Interaction{}, Active: []Interaction{},
		History: []Interaction{}, Campaigns: []CampaignRef{},
	}
	a, ok := c.center.Agent(x.actor.Agent)
	if !ok {
		return nil, noAgent(x.actor.Agent)
	}
	out.Agent = c.agentLine(a)
	if out.Pending, err = x.onDesk(b, a.Asked, out.Pending); err != nil {
		return nil, err
	}
	if out.Active, err = x.onDesk(b, a.Has, out.Active); err != nil {
		return nil, err
	}
	var free []string
	for _, v := range c.center.Visible(a.ID) {
		free = append(free, v.ID)
	}
	if out.Pending, err = x.onDesk(b, free, out.Pending); err != nil {
		return nil, err
	}
	out.History = x.history(b, a)
	for _, v := range c.center.Campaigns() {
		if slices.Contains(a.Campaigns, v.ID) {
			out.Campaigns = append(out.Campaigns, x.campaignRef(b, v))
		}
	}
	return out, nil
}

func noAgent(id string) error {
	f := problem(404, "unknown_agent", "the center has no agent %q", id)
	f.Agent = id
	return f
}

// onDesk appends interactions as a desk shows them. One that went meanwhile is left out.
func (x *call) onDesk(b *book, ids []string, list []Interaction) ([]Interaction, error) {
	for _, id := range ids {
		s, ok := x.lookUp(id)
		if !ok {
			continue
		}
		var err error
		in := x.show(b, &s)
		in.May = x.may(&s)
		if in.Reason, err = x.handingReason(&s); err != nil {
			return nil, err
		}
		last, err := x.lastSaid(x.r.Context(), id, s.sum.Said)
		if err != nil {
			return nil, err
		}
		if last != nil {
			it := x.shown(*last)
			in.Last = &it
		}
		list = append(list, in)
	}
	return list, nil
}

// history is what the agent had: handed on and still open, then ended.
func (x *call) history(b *book, a queue.AgentView) []Interaction {
	out := []Interaction{}
	for _, sum := range x.center.Open(func(s *usher.Summary) bool { return slices.Contains(s.Agents, a.ID) }) {
		if slices.Contains(a.Has, sum.Interaction) {
			continue
		}
		if s, ok := x.lookUp(sum.Interaction); ok && s.open {
			out = append(out, x.show(b, &s))
		}
	}
	slices.SortFunc(out, func(a, b Interaction) int { return b.Opened.Compare(a.Opened) })
	ended, _ := x.center.Ended(max(historyCount-len(out), 0), func(s *usher.Summary) bool { return slices.Contains(s.Agents, a.ID) })
	for _, sum := range ended {
		if len(out) == historyCount {
			break
		}
		s := subject{id: sum.Interaction, sum: sum}
		out = append(out, x.show(b, &s))
	}
	return out[:min(len(out), historyCount)]
}

// ownState is the agent saying whether they are there.
func (c *Console) ownState(x *call) (any, error) {
	return x.setState(x.actor.Agent, "")
}

// agentState is a supervisor saying it for them.
func (c *Console) agentState(x *call) (any, error) {
	a, ok := c.center.Agent(x.args["id"])
	if !ok || x.actor.Campaigns != nil && !slices.ContainsFunc(a.Campaigns, x.actor.covers) {
		return nil, noAgent(x.args["id"])
	}
	return x.setState(a.ID, x.actor.ID)
}

func (x *call) setState(agent, by string) (any, error) {
	body := x.body.(*StateBody)
	switch body.State {
	case queue.Offline, queue.Available, queue.Paused:
	default:
		return nil, invalid("state must be %s, %s or %s, is %q", queue.Available, queue.Paused, queue.Offline, body.State)
	}
	if pauses := x.opts.Pauses; body.State == queue.Paused && body.Reason != "" && len(pauses) > 0 && !slices.Contains(pauses, body.Reason) {
		return nil, invalid("reason must be one of the pauses of the session, is %q", body.Reason)
	}
	return x.agentDo(agent, queue.AgentState{
		Agent: agent, State: body.State, Reason: body.Reason, Requeue: body.Requeue, AfterWork: body.AfterWork, By: by,
	})
}

func (c *Console) ownCall(x *call) (any, error) {
	return x.agentDo(x.actor.Agent, queue.AgentCall{Agent: x.actor.Agent, OnCall: x.body.(*CallBody).OnCall})
}

func (c *Console) ownWrapUp(x *call) (any, error) {
	n := x.body.(*WrapUpBody).Seconds
	if n < 0 || n > 24*3600 {
		return nil, invalid("seconds must be 0 to %d, is %d", 24*3600, n)
	}
	return x.agentDo(x.actor.Agent, queue.WrapUp{Agent: x.actor.Agent, For: settings.Seconds(n).Duration()})
}

func (x *call) agentDo(agent string, command queue.Command) (any, error) {
	if _, err := x.center.Do(x.r.Context(), command); err != nil {
		return nil, err
	}
	a, ok := x.center.Agent(agent)
	if !ok {
		return nil, noAgent(agent)
	}
	return AgentDone{Agent: x.agentLine(a), Cursor: x.cursor(x.center.Seq())}, nil
}
