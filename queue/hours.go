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
			e.say(in, c.cfg.Texts.OutOfHours)
			e.closed(in)
		}
	}
}

// closed ends what waits at closing time. The text was said: it counts as the one of this
// closed period.
func (e *Engine) closed(in *interaction) {
	ev := e.ended(in, OutcomeAbandoned, "closed while waiting", "")
	if in.camp.cfg.Texts.OutOfHours != "" && in.camp.hours != nil {
		ev.Since, _ = in.camp.hours.Since(instant(e.now))
	}
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
