package queue

// The fields of every command, as [intake] takes them.

func (c *Arrive) intake() (t intake) {
	t.id("campaign", c.Campaign)
	t.id("number", c.Number)
	t.ids("aliases", c.Aliases)
	t.ids("weak", c.Weak)
	t.text(&c.Name)
	t.id("customer", c.Customer)
	t.id("id", c.ID)
	c.Message = t.message("message", c.Message)
	c.Blocked = t.block(c.Blocked)
	t.skills("skills", c.Skills)
	t.count("cost", c.Cost, 0, MaxCount)
	t.preferred("preferred", c.Preferred)
	t.span("preferFor", &c.PreferFor)
	c.Vars = t.vars("vars", c.Vars)
	return t
}

func (c *Start) intake() (t intake) {
	t.id("campaign", c.Campaign)
	t.id("number", c.Number)
	t.id("agent", c.Agent)
	t.ids("aliases", c.Aliases)
	t.ids("weak", c.Weak)
	t.text(&c.Name)
	t.id("customer", c.Customer)
	t.id("id", c.ID)
	c.Message = t.message("message", c.Message)
	c.Blocked = t.block(c.Blocked)
	t.text(&c.By)
	return t
}

// about takes what every command about an interaction and an agent has.
func (t *intake) about(interaction, agent string) {
	t.id("interaction", interaction)
	t.id("agent", agent)
}

func (c *Accept) intake() (t intake) { t.about(c.Interaction, c.Agent); return t }

func (c *Decline) intake() (t intake) {
	t.about(c.Interaction, c.Agent)
	t.text(&c.Reason)
	return t
}

func (c *OfferFailed) intake() (t intake) {
	t.about(c.Interaction, c.Agent)
	t.text(&c.Reason)
	return t
}

func (c *Take) intake() (t intake) { t.about(c.Interaction, c.Agent); return t }

func (c *Assign) intake() (t intake) {
	t.about(c.Interaction, c.Agent)
	t.text(&c.By)
	t.text(&c.Reason)
	return t
}

func (c *Transfer) intake() (t intake) {
	t.about(c.Interaction, c.Agent)
	t.id("toAgent", c.ToAgent)
	t.id("toCampaign", c.ToCampaign)
	t.text(&c.By)
	t.text(&c.Reason)
	c.Blocked = t.block(c.Blocked)
	return t
}

func (c *CancelTransfer) intake() (t intake) { t.about(c.Interaction, c.Agent); return t }

func (c *Finish) intake() (t intake) {
	t.about(c.Interaction, c.Agent)
	t.text(&c.Disposition)
	return t
}

func (c *Park) intake() (t intake)   { t.about(c.Interaction, c.Agent); return t }
func (c *Resume) intake() (t intake) { t.about(c.Interaction, c.Agent); return t }

func (c *Leave) intake() (t intake) {
	t.id("interaction", c.Interaction)
	t.text(&c.Reason)
	return t
}

func (c *End) intake() (t intake) {
	t.id("interaction", c.Interaction)
	t.text(&c.By)
	t.text(&c.Reason)
	return t
}

func (c *Requeue) intake() (t intake) {
	t.id("interaction", c.Interaction)
	t.text(&c.By)
	t.text(&c.Reason)
	return t
}

func (c *Move) intake() (t intake) {
	t.id("interaction", c.Interaction)
	t.id("campaign", c.Campaign)
	t.text(&c.By)
	t.text(&c.Reason)
	c.Blocked = t.block(c.Blocked)
	return t
}

func (c *Unlist) intake() (t intake) {
	t.id("interaction", c.Interaction)
	t.text(&c.By)
	t.text(&c.Reason)
	return t
}

func (c *Reprioritize) intake() (t intake) {
	t.id("interaction", c.Interaction)
	if c.Skills != nil {
		t.skills("skills", *c.Skills)
	}
	t.text(&c.By)
	t.text(&c.Reason)
	return t
}

func (c *SetVars) intake() (t intake) {
	t.id("interaction", c.Interaction)
	c.Vars = t.vars("vars", c.Vars)
	return t
}

func (c *AgentState) intake() (t intake) {
	t.id("agent", c.Agent)
	t.id("state", string(c.State))
	t.text(&c.Reason)
	t.text(&c.By)
	return t
}

func (c *AgentCall) intake() (t intake) { t.id("agent", c.Agent); return t }
func (c *Heartbeat) intake() (t intake) { t.id("agent", c.Agent); return t }

func (c *WrapUp) intake() (t intake) {
	t.id("agent", c.Agent)
	t.span("for", &c.For)
	return t
}

func (c *Send) intake() (t intake) {
	t.about(c.Interaction, c.Agent)
	t.messageParts("message", &c.Message)
	t.id("dedup", c.Dedup)
	return t
}

func (c *Sent) intake() (t intake) {
	t.id("interaction", c.Interaction)
	t.id("key", c.Key)
	t.id("result", string(c.Result))
	t.id("providerId", c.ProviderID)
	t.ids("aliases", c.Aliases)
	c.RetryAfter = min(c.RetryAfter, MaxSpan) // 0 and less mean the engine's own pause
	t.text(&c.Reason)
	return t
}

func (c *Receipt) intake() (t intake) {
	t.id("number", c.Number)
	t.id("providerId", c.ProviderID)
	t.id("key", c.Key)
	t.id("state", string(c.State))
	t.instant(&c.At)
	t.ids("aliases", c.Aliases)
	t.text(&c.Reason)
	t.text(&c.Pricing)
	return t
}

// intake takes a bot's reply. What is wrong with it is the bot's failure and no error of the
// command: the interaction leaves the bot at once.
func (c *BotReply) intake() (t intake) {
	t.id("interaction", c.Interaction)
	t.id("next", string(c.Next))
	t.id("target", c.Target)
	c.Set = t.vars("set", c.Set)
	if c.Skills != nil {
		t.skills("skills", *c.Skills)
	}
	t.text(&c.Failed)
	c.Blocked = t.block(c.Blocked)
	t.length("messages", len(c.Messages))
	if len(t.faults) > 0 {
		return t
	}
	out := make([]Message, len(c.Messages))
	for i, m := range c.Messages {
		t.messageParts(at("messages", i), &m)
		out[i] = m
	}
	c.Messages = out
	return t
}

func (c *Verdict) intake() (t intake) {
	t.id("interaction", c.Interaction)
	t.id("campaign", c.Campaign)
	c.Blocked = t.block(c.Blocked)
	return t
}

func (c *Identify) intake() (t intake) {
	t.ids("old", c.Old)
	t.ids("new", c.New)
	t.ids("weak", c.Weak)
	t.id("customer", c.Customer)
	return t
}

func (c *RemoveCampaign) intake() (t intake) {
	t.id("campaign", c.Campaign)
	t.text(&c.By)
	return t
}

func (c *RemoveAgent) intake() (t intake) {
	t.id("agent", c.Agent)
	t.text(&c.By)
	return t
}

func (c *Erase) intake() (t intake) {
	for _, list := range [][]string{c.Customers, c.Interactions} { // these may be long
		for _, id := range list {
			t.id("id", id)
		}
	}
	t.text(&c.By)
	return t
}

func (c *Note) intake() (t intake) {
	t.text(&c.Topic)
	t.id("interaction", c.Interaction)
	t.id("campaign", c.Campaign)
	t.raw("data", &c.Data)
	return t
}
