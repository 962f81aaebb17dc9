package queue

// held reports whether what waits is kept until the campaign opens.
func (c *campaign) held() bool { return !c.open && c.cfg.AtClosing == Hold }

// checkHours records whether the campaign is open after a change of configuration.
func (e *Engine) checkHours(c *campaign) {
	open := c.hours == nil || c.hours.Open(instant(e.now))
	if open != c.open {
		e.openOrClose(c, open)
	}
}

// hoursChange acts at the instant at which the schedule opens or closes.
func (e *Engine) hoursChange(c *campaign) {
	e.openOrClose(c, c.hours.Open(instant(e.now)))
}

func (e *Engine) openOrClose(c *campaign, open bool) {
	e.put(Event{Kind: CampaignHours, Campaign: c.id, Open: open})
	if open || c.cfg.AtClosing != Close {
		return
	}
	for _, in := range e.ofCampaign(c, waits) {
		if in.phase == inQueue {
			e.dropOffer(in, "closed")
			e.endClosed(in, OutcomeAbandoned, "closed while waiting")
		}
	}
}

// ends reports whether what reaches the queue now is ended: the campaign has closed and keeps
// nothing.
func (c *campaign) ends() bool { return !c.open && c.cfg.AtClosing == Close }

// endClosed ends what waits at closing time or reaches the queue after it. The customer is
// told so once in a closed period. An interaction that an agent had ends without the text.
func (e *Engine) endClosed(in *interaction, outcome Outcome, reason string) {
	c := in.camp
	text, since := c.cfg.Texts.OutOfHours, instant(0)
	if text != "" && !in.answered && c.hours != nil {
		since, _ = c.hours.Since(instant(e.now))
		if in.cust == nil || !told(in.cust, c.id, nanos(since)) {
			e.say(in, text)
		}
	}
	ev := e.ended(in, outcome, reason, "")
	ev.Since = since
	e.emit(ev)
}

// applyCampaignHours stops or starts serving. Under Hold, the time in between does not
// count against the longest time in the queue.
func (e *Engine) applyCampaignHours(ev *Event, c *campaign) {
	wasHeld := c.held()
	c.open = ev.Open
	e.armHours(c)
	if c.held() == wasHeld {
		return
	}
	for _, in := range e.ofCampaign(c, waits) {
		e.armWait(in)
		if in.class != nil {
			e.wake(in)
		}
	}
}

func (e *Engine) armHours(c *campaign) {
	if c.hours == nil {
		e.disarmCampaign(c, timerHours)
		return
	}
	if next, ok := c.hours.Next(instant(e.now)); ok {
		e.armCampaign(c, timerHours, nanos(next))
	} else {
		e.disarmCampaign(c, timerHours)
	}
}
