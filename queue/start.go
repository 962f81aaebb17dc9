package queue

import "slices"

func (Start) cause() string { return "start" }
func (Note) cause() string  { return "note" }

// do opens an interaction from our side. A listed customer leaves one record and gets
// nothing.
func (c Start) do(e *Engine) error {
	camp, err := e.findCampaign(c.Campaign)
	if err != nil {
		return err
	}
	a, err := e.findAgent(c.Agent)
	if err != nil {
		return err
	}
	number, err := c.number(e, camp)
	if err != nil {
		return err
	}
	if err := c.allowed(e, camp, a); err != nil {
		return err
	}
	known := e.identity(c.Aliases)
	if err := c.free(e, camp, known, number); err != nil {
		return err
	}
	if camp.cfg.OutgoingBlacklist && c.Blocked != nil {
		e.put(Event{
			Kind: CustomerBlocked, Campaign: camp.id, Number: number, Aliases: c.Aliases, Agent: a.id,
			Reason: c.Blocked.Reason, From: c.Blocked.Alias, Outbound: true,
		})
		return &Error{Command: e.cause, Code: ErrBlacklisted, Campaign: camp.id, Agent: a.id, Reason: c.Blocked.Reason}
	}
	cust := e.know(c.Customer, c.Aliases, c.Weak, c.Name, false)
	e.put(Event{
		Kind: Started, Interaction: c.ID, Campaign: camp.id, Customer: cust.id, Number: number, Agent: a.id, By: c.By,
		Override: c.Override && a.member(camp).room() < 1, Priority: camp.cfg.Priority, Cost: 1, Skills: normal(camp.cfg.Skills),
	})
	if c.Message != nil {
		e.postAs(e.interactions[c.ID], *c.Message, a.id, "", "")
	}
	return nil
}

func (c Start) number(e *Engine, camp *campaign) (string, error) {
	switch {
	case c.Number == "" && len(camp.cfg.Numbers) > 0:
		return camp.cfg.Numbers[0], nil
	case slices.Contains(camp.cfg.Numbers, c.Number) || len(camp.cfg.Numbers) == 0:
		return c.Number, nil
	}
	return "", &Error{Command: e.cause, Code: ErrInvalid, Campaign: camp.id, Reason: "number " + c.Number + " is not one of the campaign's"}
}

func (c Start) allowed(e *Engine, camp *campaign, a *agent) error {
	err := &Error{Command: e.cause, Campaign: camp.id, Agent: a.id}
	m := a.member(camp)
	switch {
	case camp.cfg.Disabled:
		err.Code = ErrCampaignDisabled
	case m == nil:
		err.Code = ErrNotMember
	case m.cfg.NoInitiate:
		err.Code, err.Reason = ErrNotEligible, "no permission to initiate"
	case a.state == Offline:
		err.Code, err.Reason = ErrNotEligible, reasonTexts[blockedOffline]
	case m.room() < 1 && !c.Override:
		err.Code, err.Reason = ErrNotEligible, reasonTexts[blockedFull]
	case len(c.Aliases) == 0 || c.ID == "" || c.Customer == "":
		err.Code, err.Reason = ErrInvalid, "aliases, id and customer must be set"
	case e.interactions[c.ID] != nil:
		err.Code, err.Reason = ErrInvalid, "id "+c.ID+" is taken"
	default:
		return nil
	}
	return err
}

// free checks that the customer has no open interaction there, and that the first
// message may be sent.
func (c Start) free(e *Engine, camp *campaign, known *customer, number string) error {
	err := &Error{Command: e.cause, Campaign: camp.id}
	at := int64(0)
	if known != nil {
		if in := known.openOn(number); in != nil {
			err.Code, err.Interaction = ErrOpen, in.id
			return err
		}
		at = stampOf(known.windows, number)
	}
	w := int64(camp.cfg.Window)
	if c.Message != nil && !c.Message.Template && w > 0 && e.now >= later(at, w) {
		err.Code = ErrWindowClosed
		return err
	}
	return nil
}

func (e *Engine) applyStarted(ev *Event) {
	in := e.applyOpened(ev)
	a := e.person(ev.Agent)
	e.load(a, in, +1)
	e.own(in, a, ev.Override)
	in.spoke, in.customerTurn = e.now, true
	e.reindexAgent(a)
	e.armSilence(in)
}

func (c Note) do(e *Engine) error {
	if c.Topic == "" {
		return &Error{Command: e.cause, Code: ErrInvalid, Reason: "topic must not be empty"}
	}
	e.put(Event{Kind: Noted, Topic: c.Topic, Interaction: c.Interaction, Campaign: c.Campaign, Data: c.Data})
	return nil
}
