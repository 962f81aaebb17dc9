package queue

import (
	"slices"
	"unicode/utf8"

	"github.com/usher-go/usher/schedule"
)

func (c *Configure) intake() (t intake) {
	t.text(&c.By)
	c.Campaign.intake(&t)
	return t
}

func (c *ConfigureAgent) intake() (t intake) {
	t.text(&c.By)
	t.id("id", c.Agent.ID)
	t.text(&c.Agent.Name)
	t.id("lapse", string(c.Agent.Lapse))
	for name := range c.Agent.ChannelLimits {
		t.id("channelLimits", name)
	}
	return t
}

// intake takes the strings of a campaign's configuration; its numbers are checked with the
// rest of it.
func (c *Campaign) intake(t *intake) {
	t.id("id", c.ID)
	t.text(&c.Name)
	t.id("channel", c.Channel)
	t.id("connector", c.Connector)
	for i, n := range c.Numbers {
		t.id(at("numbers", i), n)
	}
	t.id("zone", c.Zone)
	for i := range c.Members {
		t.id(at("members", i)+".agent", c.Members[i].Agent)
	}
	t.id("strategy", c.Strategy)
	t.id("eligibility", string(c.Eligibility))
	t.id("atClosing", string(c.AtClosing))
	t.id("sticky", string(c.Sticky))
	t.id("botOnStart", c.BotOnStart)
	t.id("botOnEnd", c.BotOnEnd)
	t.id("botAfterWait", c.BotAfterWait)
	t.id("botQueueFull", c.BotQueueFull)
	c.intakeHours(t)
	for i := range c.Relax {
		t.id(at("relax", i)+".skill", c.Relax[i].Skill)
	}
	c.intakeOverflow(t)
	t.text(&c.Announce.Text)
	c.LeaveWords = t.texts(c.LeaveWords)
	for _, s := range c.Texts.all() {
		t.text(s)
	}
	t.raw("settings", &c.Settings)
}

// all returns the texts, to be changed.
func (x *Texts) all() []*string {
	return []*string{&x.QueueFull, &x.TimedOut, &x.OutOfHours, &x.SilenceWarning, &x.SilenceEnded, &x.Left}
}

// texts returns a list of valid texts.
func (t *intake) texts(list []string) []string {
	if !slices.ContainsFunc(list, func(s string) bool { return !utf8.ValidString(s) }) {
		return list
	}
	out := slices.Clone(list)
	for i := range out {
		t.text(&out[i])
	}
	return out
}

// intakeHours refuses notes that are not UTF-8 like the rest of a schedule, which the host
// may share between campaigns.
func (c *Campaign) intakeHours(t *intake) {
	h := c.Hours
	if h == nil {
		return
	}
	t.id("hours.zone", h.Zone)
	for i, r := range h.Week {
		t.ids(at("hours.week", i)+".days", r.Days)
		t.spanOfDay(at("hours.week", i), r.Range)
	}
	for i, x := range h.Exceptions {
		path := at("hours.exceptions", i)
		t.id(path+".date", x.Date)
		t.id(path+".note", x.Note)
		for k, r := range x.Ranges {
			t.spanOfDay(at(path+".ranges", k), r)
		}
	}
}

func (t *intake) spanOfDay(path string, r schedule.Range) {
	t.id(path+".from", r.From)
	t.id(path+".to", r.To)
}

func (c *Campaign) intakeOverflow(t *intake) {
	copied := false
	for i := range c.Overflow {
		s := &c.Overflow[i]
		path := at("overflow", i)
		t.id(path+".when", string(s.When))
		t.id(path+".do", string(s.Do))
		t.id(path+".target", s.Target)
		if s.Relax != nil {
			t.id(path+".relax.skill", s.Relax.Skill)
		}
		if utf8.ValidString(s.Text) {
			continue
		}
		if !copied {
			c.Overflow, copied = slices.Clone(c.Overflow), true
		}
		t.text(&c.Overflow[i].Text)
	}
}
