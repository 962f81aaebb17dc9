package usher

import (
	"encoding/json"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// This file turns what people write into what the engine reads. It checks nothing: see
// validate.go.

func compileAgent(a *Agent) queue.Agent {
	return queue.Agent{
		ID: a.ID, Name: a.Name, Limit: a.Limit, ChannelLimits: a.ChannelLimits,
		Lease: a.Lease.Duration(), Lapse: queue.Lapse(a.Lapse),
	}
}

// compileCampaign returns the engine's configuration of the campaign's WhatsApp channel. A
// campaign without the card can be given interactions by the host alone.
func compileCampaign(c *Campaign) queue.Campaign {
	written, _ := json.Marshal(c) // plain data always marshals
	q := queue.Campaign{ID: c.ID, Name: c.Name, Disabled: c.Disabled, Zone: c.Zone, Settings: written}
	for i := range c.Members {
		q.Members = append(q.Members, compileMember(&c.Members[i]))
	}
	if w := c.WhatsApp; w != nil {
		q.Disabled = c.Disabled || !w.Enable
		compileCard(&q, w)
		compileOffers(&q, w)
		compileGroups(&q, w)
	}
	return q
}

func compileMember(m *Member) queue.Member {
	return queue.Member{
		Agent: m.Agent, Tier: m.Tier, Penalty: m.Penalty, Limit: m.Limit, Skills: compileSkills(m.Skills),
		NoReceive: m.NoReceive, NoInitiate: m.NoInitiate,
	}
}

func compileSkills(list []settings.Skill) []queue.Skill {
	var out []queue.Skill
	for _, s := range list {
		out = append(out, queue.Skill{Name: s.Name, Level: s.Level, For: s.For.Duration()})
	}
	return out
}

// compileCard takes over the fourteen settings.
func compileCard(q *queue.Campaign, w *settings.Card) {
	q.Channel, q.Connector, q.Numbers = "whatsapp", w.Connector, w.PhoneNumbers
	q.Strategy = w.Strategy
	q.ServiceLevel = w.ServiceLevel.Duration()
	q.MaxInteractions = w.MaxInteractions
	q.MaxTransferTime = w.MaxTransferTime.Duration()
	q.BotOnStart, q.BotOnEnd, q.BotAfterWait = w.BotOnStart, w.BotOnEnd, w.BotAfterWaitingTime
	q.MaxTime = w.MaxTime.Duration()
	q.Hours, q.AtClosing = w.OutOfHours.Hours, queue.Closing(w.OutOfHours.AtClosing)
	if q.AtClosing == "drain" {
		q.AtClosing = queue.Drain
	}
	q.IncomingBlacklist, q.OutgoingBlacklist = w.IncomingBlacklist, w.OutgoingBlacklist
	q.Window = channel.Window
}

func compileOffers(q *queue.Campaign, w *settings.Card) {
	o := w.Offers
	q.Eligibility, q.AutoAnswer = queue.Eligibility(o.Eligibility), o.AutoAnswer
	q.RingTime, q.TierWait = o.RingTime.Duration(), o.TierWait.Duration()
	q.WrapUp, q.WrapUpMax = o.WrapUp.Duration(), o.WrapUpMax.Duration()
	q.AutoPauseMisses, q.DeclineMemory = o.AutoPauseMisses, o.DeclineMemory.Duration()
	q.DeclineDelay, q.MissDelay, q.FailDelay = o.DeclineDelay.Duration(), o.MissDelay.Duration(), o.FailDelay.Duration()
}

func compileGroups(q *queue.Campaign, w *settings.Card) {
	q.BotQueueFull, q.BotAfterWaitRequeues = w.Bots.QueueFull, w.Bots.RequeueAfterWaiting
	q.BotTimeout, q.BotSilence = w.Bots.Timeout.Duration(), w.Bots.Silence.Duration()
	q.Priority, q.Ageing = w.Priority.Level, w.Priority.Ageing.Duration()
	q.Skills = compileSkills(w.Skills.Require)
	for _, r := range w.Skills.Relax {
		q.Relax = append(q.Relax, compileRing(r))
	}
	q.Sticky, q.StickyWait, q.Reopen = queue.StickyMode(w.Return.Sticky), w.Return.Wait.Duration(), w.Return.Reopen.Duration()
	q.Silence = queue.Silence{
		CustomerWarn: w.Silence.CustomerWarn.Duration(), CustomerEnd: w.Silence.CustomerEnd.Duration(),
		AgentNudge: w.Silence.AgentNudge.Duration(), AgentReturn: w.Silence.AgentReturn.Duration(),
	}
	q.Announce = queue.Announce{
		Text: w.Announce.Text, First: w.Announce.First.Duration(), Every: w.Announce.Every.Duration(),
		OnlyWhenNearer: w.Announce.OnlyWhenNearer,
	}
	q.SendReplies, q.SendTexts, q.SendTemplates = w.Sends.Replies.Duration(), w.Sends.Texts.Duration(), w.Sends.Templates.Duration()
	q.SendTimeout, q.SendAttempts = w.Sends.Timeout.Duration(), w.Sends.Attempts
	for _, s := range w.Overflow {
		q.Overflow = append(q.Overflow, compileStep(s))
	}
	q.Texts = queue.Texts{
		QueueFull: w.Texts.QueueFull, TimedOut: w.Texts.TimedOut, Left: w.Texts.Left, OutOfHours: w.OutOfHours.Message,
		SilenceWarning: w.Texts.SilenceWarning, SilenceEnded: w.Texts.SilenceEnded,
	}
	q.LateAfter = w.LateAfter.Duration()
	q.LeaveWords, q.ShortAbandon, q.MaxHops = w.LeaveWords, w.ShortAbandon.Duration(), w.MaxHops
}

func compileRing(r settings.Ring) queue.Relax {
	return queue.Relax{After: r.After.Duration(), Skill: r.Skill, Lower: r.Lower, Drop: r.Drop, Tiers: r.Tiers}
}

func compileStep(s settings.Step) queue.Overflow {
	o := queue.Overflow{
		After: s.After.Duration(), Every: s.Every.Duration(), When: queue.Predicate(s.When), Than: s.Than,
		Do: queue.Action(s.Do), Target: s.Target, Text: s.Text,
	}
	if s.Relax != nil {
		r := compileRing(*s.Relax)
		o.Relax = &r
	}
	return o
}
