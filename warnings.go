package usher

import (
	"fmt"
	"maps"
	"slices"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/strategy"
)

// Warnings returns what a configuration allows but cannot mean: settings that have no
// effect because of others, and campaigns that serve no customer. Each has its path and
// says what to change. Warnings are no faults: [Center.Configure] accepts such a
// configuration and logs them.
func (c Config) Warnings() []Fault {
	var w warner
	for i, a := range c.Agents {
		w.at = fmt.Sprintf("agents[%d].", i)
		w.agent(&a)
	}
	for i, x := range c.Campaigns {
		w.at = fmt.Sprintf("campaigns[%d].", i)
		if card := x.WhatsApp; card != nil {
			w.members(&x)
			w.at += "whatsapp."
			w.switches(card)
			w.queue(card)
			w.offers(card)
			w.silence(card)
			w.skills(card, x.Members)
			w.overflow(card)
		}
	}
	return w.list
}

// warner collects warnings below the path at.
type warner struct {
	at   string
	list []Fault
}

// when adds a warning if a condition holds.
func (w *warner) when(condition bool, path, format string, args ...any) {
	if condition {
		w.list = append(w.list, Fault{Path: w.at + path, Problem: fmt.Sprintf(format, args...)})
	}
}

// needs warns of a setting that is set while the one that it depends on is not.
func (w *warner) needs(path string, set bool, other string, there bool) {
	w.when(set && !there, path, "has no effect without %s", other)
}

func (w *warner) agent(a *Agent) {
	w.needs("lapse", a.Lapse != "", "lease", a.Lease > 0)
	for _, name := range slices.Sorted(maps.Keys(a.ChannelLimits)) {
		limit := a.ChannelLimits[name]
		w.when(limit > max(a.Limit, 1), "channelLimits."+name, "has no effect: is %d, and the agent's limit is %d", limit, max(a.Limit, 1))
	}
}

func (w *warner) members(x *Campaign) {
	receives := slices.ContainsFunc(x.Members, func(m Member) bool { return !m.NoReceive })
	w.when(!receives, "members", "no member receives interactions: customers wait until a bot, an overflow step or maxTime ends it")
}

func (w *warner) switches(card *settings.Card) {
	w.when(!card.Enable, "enable", "is off: every new customer is refused and gets no message; set it to true")
	hours := card.OutOfHours.Hours != nil
	w.needs("outOfHours.message", card.OutOfHours.Message != "", "outOfHours.hours", hours)
	w.needs("outOfHours.atClosing", card.OutOfHours.AtClosing != "", "outOfHours.hours", hours)
}

func (w *warner) queue(card *settings.Card) {
	w.when(card.ServiceLevel == 0, "serviceLevel", "is 0: the service level is not measured")
	timed, full := card.MaxTime > 0, card.MaxInteractions > 0
	w.needs("botAfterWaitingTime", card.BotAfterWaitingTime != "", "maxTime", timed)
	w.needs("bots.requeueAfterWaiting", card.Bots.RequeueAfterWaiting, "botAfterWaitingTime", card.BotAfterWaitingTime != "")
	w.needs("texts.timedOut", card.Texts.TimedOut != "", "maxTime", timed)
	w.when(card.Texts.TimedOut != "" && timed && card.BotAfterWaitingTime != "", "texts.timedOut", "has no effect: botAfterWaitingTime has the interaction then")
	w.needs("bots.queueFull", card.Bots.QueueFull != "", "maxInteractions", full)
	w.needs("texts.queueFull", card.Texts.QueueFull != "", "maxInteractions", full)
	w.needs("texts.left", card.Texts.Left != "", "leaveWords", len(card.LeaveWords) > 0)
	w.when(timed && card.ServiceLevel > card.MaxTime, "serviceLevel", "is longer than maxTime: every answer is within it")
	for _, x := range []struct {
		path string
		at   settings.Seconds
	}{{"announce.first", card.Announce.First}, {"offers.tierWait", card.Offers.TierWait}} {
		w.late(card, x.path, x.at)
	}
}

// late warns of what happens after the longest time in the queue. A bot after waiting
// time may put the interaction back, so that it does happen.
func (w *warner) late(card *settings.Card, path string, at settings.Seconds) {
	w.when(card.MaxTime > 0 && at > card.MaxTime && card.BotAfterWaitingTime == "", path,
		"has no effect: is %d, and maxTime ends the wait after %d", at, card.MaxTime)
}

func (w *warner) offers(card *settings.Card) {
	o := card.Offers
	pull := card.Strategy == strategy.RingAll || card.Strategy == strategy.RingAllMultiple
	for _, x := range []struct {
		path string
		set  bool
	}{
		{"offers.ringTime", o.RingTime > 0}, {"offers.autoPauseMisses", o.AutoPauseMisses > 0},
		{"offers.declineDelay", o.DeclineDelay > 0}, {"offers.missDelay", o.MissDelay > 0},
	} {
		w.when(x.set && o.AutoAnswer && !pull, x.path, "has no effect with autoAnswer: agents are not asked")
	}
	w.when(o.AutoAnswer && pull, "offers.autoAnswer", "has no effect with %s: agents take interactions themselves", card.Strategy)
	w.needs("offers.wrapUpMax", o.WrapUpMax > 0, "offers.wrapUp", o.WrapUp > 0)
	w.when(o.WrapUp > 0 && o.WrapUpMax > 0 && o.WrapUpMax < o.WrapUp, "offers.wrapUpMax", "has no effect: is shorter than wrapUp")
}

func (w *warner) silence(card *settings.Card) {
	s := card.Silence
	w.needs("texts.silenceWarning", card.Texts.SilenceWarning != "", "silence.customerWarn", s.CustomerWarn > 0)
	w.needs("silence.customerWarn", s.CustomerWarn > 0, "texts.silenceWarning", card.Texts.SilenceWarning != "")
	w.needs("texts.silenceEnded", card.Texts.SilenceEnded != "", "silence.customerEnd", s.CustomerEnd > 0)
	w.when(s.CustomerEnd > 0 && s.CustomerWarn >= s.CustomerEnd, "silence.customerWarn", "has no effect: customerEnd ends the interaction first")
	w.when(s.AgentReturn > 0 && s.AgentNudge >= s.AgentReturn, "silence.agentNudge", "has no effect: agentReturn takes the interaction back first")
	a := card.Announce
	w.needs("announce.first", a.First > 0, "announce.text", a.Text != "")
	w.needs("announce.every", a.Every > 0, "announce.text", a.Text != "")
	w.needs("announce.onlyWhenNearer", a.OnlyWhenNearer, "announce.text and announce.every", a.Text != "" && a.Every > 0)
	w.needs("return.wait", card.Return.Wait > 0, `return.sticky "wait"`, card.Return.Sticky == string(queue.StickyWait))
	w.when(card.Return.Sticky == string(queue.StickyWait) && card.Return.Wait == 0, "return.sticky", `"wait" waits for return.wait, which is 0`)
}

func (w *warner) skills(card *settings.Card, members []Member) {
	for i, s := range card.Skills.Require {
		has := slices.ContainsFunc(members, func(m Member) bool {
			return slices.ContainsFunc(m.Skills, func(x settings.Skill) bool { return x.Name == s.Name && max(x.Level, 1) >= max(s.Level, 1) })
		})
		relaxed := s.For > 0 || slices.ContainsFunc(card.Skills.Relax, func(r settings.Ring) bool {
			return (r.Skill == "" || r.Skill == s.Name) && (r.Drop || r.Lower > 0)
		})
		w.when(!has && !relaxed, fmt.Sprintf("skills.require[%d]", i), "no member has the skill %q at level %d: no agent is ever asked", s.Name, max(s.Level, 1))
	}
	for i, r := range card.Skills.Relax {
		path := fmt.Sprintf("skills.relax[%d]", i)
		w.late(card, path+".after", r.After)
		w.ring(path, &r)
	}
}

func (w *warner) ring(path string, r *settings.Ring) {
	w.when(r.Drop && r.Lower > 0, path+".lower", "has no effect with drop")
}

// overflow warns of steps that cannot act, and of their fields that are not read.
func (w *warner) overflow(card *settings.Card) {
	for i, s := range card.Overflow {
		path := fmt.Sprintf("overflow[%d]", i)
		compares := s.When == string(queue.QueueLonger) || s.When == string(queue.WaitLonger)
		goes := s.Do == string(queue.DoCampaign) || s.Do == string(queue.DoBot)
		says := s.Do == string(queue.DoMessage) || s.Do == string(queue.DoEnd)
		w.when(s.Than != 0 && !compares, path+".than", "has no effect with when %q", s.When)
		w.when(s.Target != "" && !goes, path+".target", "has no effect with do %q", s.Do)
		w.when(s.Text != "" && !says, path+".text", "has no effect with do %q", s.Do)
		w.when(s.Relax != nil && s.Do != string(queue.DoRelax), path+".relax", "has no effect with do %q", s.Do)
		w.when(s.Every > 0 && s.When == "" && s.Do != string(queue.DoCampaign), path+".every", "has no effect: the step always applies, and acts once")
		w.late(card, path+".after", s.After)
		if s.Relax != nil {
			w.when(s.Relax.After > 0, path+".relax.after", "has no effect: the step's own after counts")
			w.ring(path+".relax", s.Relax)
		}
		w.when(slices.ContainsFunc(card.Overflow, func(x settings.Step) bool {
			return x.When == "" && x.Do == string(queue.DoEnd) && x.After < s.After
		}), path, "has no effect: an earlier step ends every interaction")
	}
}
