package console

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
)

// cursor names an event of this console's life; one of another life leads to a gap.
func (c *Console) cursor(seq uint64) string { return c.epoch + "-" + strconv.FormatUint(seq, 10) }

// parseCursor returns the event that a cursor names, false for one that is not ours.
func (c *Console) parseCursor(s string) (uint64, bool) {
	epoch, n, ok := strings.Cut(s, "-")
	seq, err := strconv.ParseUint(n, 10, 63)
	if !ok || err != nil || epoch != c.epoch {
		return 0, false
	}
	return seq, true
}

// now is the center's time; without a board nobody would know it.
func (c *Console) now() time.Time { return c.center.Now().UTC() }

// redact is what the actor sees of a text that people wrote.
func (x *call) redact(f Field, text string) string {
	if x.opts.Redact == nil || text == "" {
		return text
	}
	return x.opts.Redact(x.actor, f, text)
}

// show is an interaction as the actor sees it.
func (x *call) show(b *book, s *subject) Interaction {
	var in Interaction
	if s.view.ID != "" {
		in = fromView(&s.view)
	} else {
		in = fromSummary(&s.sum)
	}
	if !s.sum.Ended.IsZero() {
		in.Ended, in.Outcome = s.sum.Ended, string(s.sum.Outcome)
		in.Disposition = cmp.Or(s.sum.Disposition, s.sum.Reason)
		in.Owner = queue.OwnedByNobody
	}
	if in.Agent == "" {
		in.Agent = s.sum.Last()
	}
	in.Version, in.Waited = s.sum.Seq, s.sum.Wait.Seconds()
	in.CampaignName, in.Names = b.campaignName(in.Campaign), x.called(in.Agent, in.Offered)
	in.Name, in.Address = x.redact(FieldName, in.Name), x.redact(FieldAddress, in.Address)
	if x.opts.Redact != nil {
		in.Vars = maps.Clone(in.Vars)
		for k, v := range in.Vars {
			in.Vars[k] = x.redact(FieldText, v)
		}
	}
	return in
}

func fromView(v *queue.InteractionView) Interaction {
	return Interaction{
		ID: v.ID, Campaign: v.Campaign, Customer: v.Customer, Name: v.Name, Address: v.Address, Number: v.Number,
		Owner: v.Owner, Agent: v.Agent, Bot: v.Bot, Offered: v.Offered, Until: v.Until, Parked: v.Parked, Over: v.Over, Listed: v.Listed,
		Transfer: v.Owner == queue.OwnedByAgent && v.Offered != "", Outbound: v.Outbound, Opened: v.Opened,
		Queued: queuedSince(v), Taken: v.Taken, Position: v.Position, Priority: v.Priority, Skills: v.Skills,
		Vars: v.Vars, Sending: v.Outbox, WindowUntil: v.WindowUntil,
	}
}

// queuedSince is when one that waits entered the queue first.
func queuedSince(v *queue.InteractionView) time.Time {
	if v.Owner != queue.OwnedByQueue {
		return time.Time{}
	}
	if v.Since.IsZero() {
		return v.Queued
	}
	return v.Since
}

func fromSummary(s *usher.Summary) Interaction {
	return Interaction{
		ID: s.Interaction, Campaign: s.Campaign, Customer: s.Customer, Name: s.Name, Address: s.Address, Number: s.Number,
		Owner: queue.OwnedByNobody, Agent: s.Last(), Outbound: s.Outbound, Opened: s.Opened, Taken: s.Taken,
	}
}

// may lists the commands on an interaction that the actor may try now. The engine decides
// in the end.
func (x *call) may(s *subject) []string {
	list := []string{}
	v, a := &s.view, x.actor.Agent
	has := s.open && x.actor.may(Work) && v.Owner == queue.OwnedByAgent && v.Agent == a
	leads := s.open && x.actor.may(Supervise) && x.actor.covers(v.Campaign)
	asked := s.open && x.actor.may(Work) && v.Offered != "" && v.Offered == a
	add := func(when bool, names ...string) {
		for _, n := range names {
			if when && !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	handing := v.Owner == queue.OwnedByAgent && v.Offered != ""
	add(asked, "accept", "decline")
	add(s.open && x.actor.may(Work) && v.Owner == queue.OwnedByQueue && x.visible(v.ID, a), "take")
	add(has, "send", "finish", "upload")
	add(has && !handing && !v.Parked, "park")
	add(has && v.Parked, "resume")
	add((has || leads && v.Owner == queue.OwnedByAgent) && !handing, "transfer")
	add((has || leads) && handing, "cancel-transfer")
	add(leads, "move", "end")
	add(leads && v.Owner != queue.OwnedByQueue, "requeue")
	add(leads && v.Owner == queue.OwnedByQueue, "assign", "prioritize")
	add(has || leads, "note")
	add((has || leads) && x.center.Blacklist() != nil && v.Address != "", "blacklist")
	return list
}

// handingReason returns what an agent said on handing an interaction on, while that is out.
func (x *call) handingReason(s *subject) (string, error) {
	if s.view.Owner != queue.OwnedByAgent || s.view.Offered == "" {
		return "", nil
	}
	events, err := x.center.Transcript(x.r.Context(), s.id)
	if err != nil {
		return "", err
	}
	for i := range slices.Backward(events) {
		if events[i].Kind == queue.TransferStarted {
			return x.redact(FieldText, events[i].Reason), nil
		}
	}
	return "", nil
}

// agentLine is one agent as others see them.
func (c *Console) agentLine(a queue.AgentView) AgentLine {
	line := AgentLine{
		ID: a.ID, Name: a.Name, State: a.State, Reason: a.Reason, AfterWork: a.AfterWork, OnCall: a.OnCall,
		Activity: activity(a), Since: c.center.Since(a.ID), WrapUntil: a.WrapUntil, Load: a.Load, Limit: a.Limit,
		Active: len(a.Has), Asked: len(a.Asked), Campaigns: a.Campaigns,
	}
	if line.Name == "" {
		line.Name = a.ID
	}
	for _, id := range a.Has {
		if v, ok := c.center.Interaction(id); ok && (line.BusySince.IsZero() || v.Taken.Before(line.BusySince)) {
			line.BusySince = v.Taken
		}
	}
	if line.Campaigns == nil {
		line.Campaigns = []string{}
	}
	return line
}

// activity is what an agent does, the state that matters most first.
func activity(a queue.AgentView) string {
	switch {
	case a.State == queue.Offline, a.State == "":
		return "offline"
	case a.State == queue.Paused:
		return "paused"
	case !a.WrapUntil.IsZero():
		return "wrapup"
	case len(a.Asked) > 0:
		return "offered"
	case len(a.Has) > 0:
		return "busy"
	}
	return "available"
}
