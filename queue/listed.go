package queue

// blacklistedReason is why an interaction ends, or an offer or transfer is taken back, whose
// customer is blacklisted.
const blacklistedReason = "customer is blacklisted"

// blockArrival records one attempt of a listed customer and creates nothing. It reports
// whether the blacklist of the campaign that the contact reaches is on: that of the open
// interaction which the contact would continue, else camp.
func (e *Engine) blockArrival(c *Arrive, camp *campaign, known *customer) bool {
	var in *interaction
	if known != nil {
		in = known.openOn(c.Number)
	}
	if in != nil {
		camp = in.camp
	}
	if !camp.cfg.IncomingBlacklist || in == nil && camp.cfg.Disabled {
		return false
	}
	ev := Event{Kind: CustomerBlocked, Campaign: camp.id, Number: c.Number, Aliases: c.Aliases, Reason: c.Blocked.Reason, From: c.Blocked.Alias}
	if c.Message != nil {
		ev.Message = &Message{ID: c.Message.ID, At: c.Message.At}
	}
	if known != nil {
		ev.Customer = known.id
	}
	if in != nil {
		ev.Interaction = in.id
	}
	e.put(ev)
	if in != nil {
		e.customerListed(in, *c.Blocked, "")
	}
	return true
}

// customerListed acts on the verdict that the customer of an open interaction is blacklisted.
// The interaction ends without a text, unless an agent has it: the agent keeps it and is told
// once.
func (e *Engine) customerListed(in *interaction, b Block, by string) {
	if in.phase != inAgent {
		e.dropOffer(in, blacklistedReason)
		e.end(in, OutcomeBlacklisted, b.Reason, by)
		return
	}
	if in.listed {
		return
	}
	ev := e.about(Listed, in)
	ev.Agent, ev.From, ev.Reason, ev.By = in.agent.id, b.Alias, b.Reason, by
	e.request(EffectListed, e.emit(ev)).Agent = in.agent.id
	if in.offered != nil {
		e.transferBack(in, blacklistedReason)
	}
}

// kept reports whether the customer of an interaction that an agent has is blacklisted, in a
// campaign that uses its list: no other agent and no bot gets it.
func (in *interaction) kept() bool { return in.listed && in.camp.cfg.IncomingBlacklist }

func (Unlist) cause() string { return "unlist" }

func (c Unlist) do(e *Engine) error {
	in, err := e.findInteraction(c.Interaction)
	if err != nil || !in.listed || in.agent == nil {
		return err
	}
	ev := e.about(Unlisted, in)
	ev.Agent, ev.Reason, ev.By = in.agent.id, c.Reason, c.By
	e.emit(ev)
	return nil
}
