package queue

import (
	"cmp"
	"slices"
	"strings"
)

func (Arrive) cause() string { return "arrive" }

func (c Arrive) do(e *Engine) error { return c.arrive(e) }

// arrive performs the checks of a new conversation in their order: enabled, incoming
// blacklist, opening hours, then bot on start or queue. What continues an open
// conversation passes none of them but the blacklist.
func (c *Arrive) arrive(e *Engine) error {
	camp, err := c.campaign(e)
	if err != nil {
		return err
	}
	if err := c.valid(e, camp); err != nil {
		return err
	}
	if c.duplicate(e) {
		return nil
	}
	known := e.identity(c.Aliases)
	if known == nil && c.Customer != "" {
		known = e.customers[c.Customer]
	}
	open := known != nil && known.openOn(c.Number) != nil
	if !open && c.Message != nil && c.Message.Silent {
		return nil // a reaction to nothing that is open
	}
	if c.Blocked != nil && e.blockArrival(c, camp, known) {
		return nil
	}
	var cust *customer
	if len(c.Aliases) > 0 || c.Customer != "" {
		cust = e.know(c.Customer, c.Aliases, c.Weak, c.Name, true)
		if in := cust.openOn(c.Number); in != nil {
			e.received(in, c.Message)
			return nil
		}
	}
	e.newcomer(c, camp, cust)
	return nil
}

// campaign finds where the contact goes: a number that is part of an open interaction of
// the customer leads there even when it now belongs to another campaign.
func (c *Arrive) campaign(e *Engine) (*campaign, error) {
	if c.Campaign != "" {
		return e.findCampaign(c.Campaign)
	}
	if camp := e.numbers[c.Number]; camp != nil {
		return camp, nil
	}
	if cust := e.identity(c.Aliases); cust != nil {
		if in := cust.openOn(c.Number); in != nil {
			return in.camp, nil
		}
	}
	return nil, &Error{Command: e.cause, Code: ErrUnknownCampaign, Reason: "no campaign has the number " + c.Number}
}

func (c *Arrive) valid(e *Engine, camp *campaign) error {
	var f Faults
	if c.ID == "" {
		f.Add("id", "must not be empty")
	}
	if e.interactions[c.ID] != nil {
		f.Add("id", "%q is taken", c.ID)
	}
	if len(c.Aliases) > 0 && c.Customer == "" {
		f.Add("customer", "must not be empty when there are aliases")
	}
	if len(f) > 0 {
		return &Error{Command: e.cause, Code: ErrInvalid, Campaign: camp.id, Err: f}
	}
	return nil
}

// duplicate reports a message that was taken before, in whatever order and number.
func (c *Arrive) duplicate(e *Engine) bool {
	return c.Message != nil && c.Message.ID != "" && e.seen.has(digestOf(c.Number, c.Message.ID))
}

// newcomer is a contact without an open interaction.
func (e *Engine) newcomer(c *Arrive, camp *campaign, cust *customer) {
	switch {
	case camp.cfg.Disabled:
		e.turnAway(c, camp, cust, OutcomeDisabled)
	case !camp.open && camp.cfg.Hours != nil:
		e.turnAway(c, camp, cust, OutcomeOutOfHours)
	case e.reopen(c, camp, cust):
	default:
		in := e.open(c, camp, cust)
		if camp.cfg.BotOnStart != "" {
			e.startBot(in, camp.cfg.BotOnStart, PhaseStart)
			return
		}
		e.enter(in, in.opened, "")
	}
}

// turnAway ends a contact before it began. Out of hours the customer is told so once per
// closed period.
func (e *Engine) turnAway(c *Arrive, camp *campaign, cust *customer, outcome Outcome) {
	ev := Event{Kind: Refused, Interaction: c.ID, Campaign: camp.id, Number: c.Number, Outcome: outcome, Message: c.Message, Late: e.lateness(camp, c.Message)}
	text := ""
	if outcome == OutcomeOutOfHours {
		since, _ := camp.hours.Since(instant(e.now))
		ev.Since = since
		ev.Repeat = cust != nil && len(cust.told) > 0 && told(cust, camp.id, nanos(since))
		ev.Open = cust.engaged(camp)
		if !ev.Repeat && !ev.Open {
			text = camp.cfg.Texts.OutOfHours
		}
	}
	if cust != nil {
		ev.Customer = cust.id
		ev.Direct = text != "" // it stays until the text is out
	}
	e.put(ev)
	if ev.Direct {
		e.say(e.interactions[c.ID], text)
	}
}

// engaged reports whether an agent of the campaign talks to the customer, on whatever
// number.
func (c *customer) engaged(camp *campaign) bool {
	return c != nil && slices.ContainsFunc(c.open, func(in *interaction) bool { return in.camp == camp && in.phase == inAgent })
}

func told(c *customer, campaign string, period int64) bool {
	for _, t := range c.told {
		if t.name == campaign {
			return t.at == period
		}
	}
	return false
}

// open opens an interaction that nobody has yet.
func (e *Engine) open(c *Arrive, camp *campaign, cust *customer) *interaction {
	ev := e.slot()
	ev.Kind, ev.Interaction, ev.Campaign, ev.Number, ev.Message = Opened, c.ID, camp.id, c.Number, c.Message
	ev.Late = e.lateness(camp, c.Message)
	ev.Priority, ev.Cost, ev.Vars = camp.cfg.Priority, cmp.Or(c.Cost, 1), c.Vars
	ev.Skills, ev.Prefer, ev.Wait = require(camp.cfg.Skills, c.Skills), c.Preferred, c.PreferFor
	if c.Priority != nil {
		ev.Priority = *c.Priority
	}
	if cust != nil {
		ev.Customer = cust.id
	}
	e.emit(ev)
	return e.named(c.ID)
}

// require adds what an interaction asks for to what its campaign asks for; the higher
// level counts.
func require(campaign, own []Skill) []Skill {
	if len(campaign) == 0 {
		return normal(own)
	}
	out := normal(campaign)
	for _, s := range normal(own) {
		i, known := slices.BinarySearchFunc(out, s.Name, func(x Skill, name string) int { return strings.Compare(x.Name, name) })
		switch {
		case !known:
			out = slices.Insert(out, i, s)
		case s.Level > out[i].Level:
			out[i] = s
		}
	}
	return out
}

// reopen lets a customer who comes back soon go on with the interaction that ended.
func (e *Engine) reopen(c *Arrive, camp *campaign, cust *customer) bool {
	if camp.cfg.Reopen == 0 || cust == nil {
		return false
	}
	p := cust.last(camp.id)
	if p == nil || p.outcome != OutcomeAnswered || e.now-p.at > int64(camp.cfg.Reopen) {
		return false
	}
	if in := e.interactions[p.interaction]; in != nil && in.phase != inEnd {
		return false
	}
	e.put(Event{
		Kind: Reopened, Interaction: p.interaction, Campaign: camp.id, Customer: cust.id, Number: c.Number,
		Agent: p.agent, Outcome: p.outcome, Message: c.Message, Late: e.lateness(camp, c.Message), Priority: camp.cfg.Priority,
		Skills: require(camp.cfg.Skills, c.Skills), Cost: cmp.Or(c.Cost, 1), Vars: p.vars,
	})
	in := e.interactions[p.interaction]
	if a := e.agents[p.agent]; a != nil && e.obstacle(a, in, camp) == "" {
		e.enterFor(in, in.opened, "reopened", []Preferred{{Agent: a.id}}, 0)
		return true
	}
	e.enter(in, in.opened, "reopened")
	return true
}

// received takes a customer's message into an open interaction.
func (e *Engine) received(in *interaction, m *Message) {
	if m == nil {
		return
	}
	ev := e.about(Received, in)
	ev.Message, ev.Late = m, e.lateness(in.camp, m)
	e.emit(ev)
	switch {
	case m.Silent:
	case in.phase == inBot && in.bot.asked == 0:
		e.botTurn(in)
	case in.phase == inQueue && in.leaves(m):
		e.leave(in, "left by keyword")
	case in.parked && in.abandoned():
		e.requeue(in, "", "customer wrote, agent is offline")
	case in.parked:
		e.resume(in, "customer wrote")
	}
}

// abandoned reports whether a parked interaction whose customer writes would stay with an
// agent who is offline for ever: the agent's interactions are to return to the queue, or no
// limit of the agent's silence would return them.
func (in *interaction) abandoned() bool {
	a := in.agent
	return a.state == Offline && (a.cfg.Lapse == LapseRequeue || in.camp.cfg.Silence.AgentReturn == 0)
}

// applyOpened makes an interaction of Opened, Started, Reopened and Refused events.
func (e *Engine) applyOpened(ev *Event) *interaction {
	e.ords++
	in := e.fresh()
	in.id, in.ord, in.camp, in.number, in.opened = ev.Interaction, e.ords, e.line(ev.Campaign), ev.Number, e.now
	in.priority, in.cost, in.wants, in.skills, in.vars = ev.Priority, max(ev.Cost, 1), ev.Skills, ev.Skills, cloneVars(ev.Vars)
	in.outbound, in.phase = ev.Kind == Started, inBot
	in.prefer(preference{agents: ev.Prefer, most: int64(ev.Wait)})
	e.interactions[in.id] = in
	e.recent = in
	in.camp.total++
	e.newCost(in.camp, in.cost)
	if ev.Customer != "" {
		if c := e.customers[ev.Customer]; c != nil {
			in.cust = c
			c.open = append(c.open, in)
			e.touch(c)
		}
	}
	if !in.outbound {
		in.first = ev.Message
		e.remember(in, ev.Message)
	}
	return in
}

// remember notes what a customer's message moves: duplicates, the window, silence.
func (e *Engine) remember(in *interaction, m *Message) {
	if m == nil {
		return
	}
	if m.ID != "" {
		e.seen.add(digestOf(in.number, m.ID), e.now)
		e.armSweep()
	}
	if in.cust == nil || m.Silent {
		return
	}
	at := e.now
	if !m.At.IsZero() {
		at = min(nanos(m.At), e.now)
	}
	in.cust.windows = latest(in.cust.windows, in.number, at)
	e.prove(in.cust, in.cust.address)
}

func (e *Engine) applyRefused(ev *Event) {
	in := e.applyOpened(ev)
	if ev.Outcome == OutcomeOutOfHours && in.cust != nil && !ev.Open {
		in.cust.told = setStamp(in.cust.told, ev.Campaign, nanos(ev.Since))
	}
	e.applyOver(in)
	if !ev.Direct {
		e.dropEnded(in)
	}
}

func setStamp(list []stamp, name string, at int64) []stamp {
	for i := range list {
		if list[i].name == name {
			list[i].at = at
			return list
		}
	}
	return append(list, stamp{name, at})
}

func (e *Engine) applyReceived(ev *Event, in *interaction) {
	e.remember(in, ev.Message)
	in.listed = false // the message was let in
	if ev.Message.Silent {
		return
	}
	if in.bot != nil {
		in.bot.inbox = append(in.bot.inbox, *ev.Message)
	}
	if in.phase == inAgent && in.customerTurn { // asking again gives the agent no more time
		in.spoke, in.customerTurn, in.warned = e.now, false, false
		e.armSilence(in)
	}
}

func (e *Engine) applyCustomerBlocked(ev *Event) {
	if ev.Message != nil && ev.Message.ID != "" {
		e.seen.add(digestOf(ev.Number, ev.Message.ID), e.now)
		e.armSweep()
	}
}

func cloneVars(v map[string]string) map[string]string {
	if len(v) == 0 {
		return nil
	}
	out := make(map[string]string, len(v))
	for k, x := range v {
		if x != "" {
			out[k] = x
		}
	}
	return out
}
