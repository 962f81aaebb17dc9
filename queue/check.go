package queue

// listCheck is the blacklist of another campaign, asked for an overflow step that leads there.
// A step is considered at a deadline, when no command brings the verdict: an effect asks for
// it, and the step is considered with the answer, or without one when that is late.
type listCheck struct {
	campaign string
	step     int
	asked    uint64 // the event that asked
}

// asksList reports whether a step leads to a campaign that uses its incoming blacklist.
func (e *Engine) asksList(in *interaction, s Overflow) bool {
	return s.Do == DoCampaign && in.cust != nil && e.campaigns[s.Target].cfg.IncomingBlacklist
}

// askList asks the blacklist of the campaign that a step leads to.
func (e *Engine) askList(in *interaction, step int) {
	ev := e.about(ListAsked, in)
	ev.From, ev.Count = in.camp.cfg.Overflow[step].Target, step+1
	ev.Until = instant(e.answerBy(int64(e.cfg.CheckTimeout)))
	e.emit(ev)
	e.effect(e.checkEffect(in))
}

func (e *Engine) applyListAsked(ev *Event, in *interaction) {
	in.check = &listCheck{campaign: ev.From, step: ev.Count - 1, asked: ev.Seq}
	e.disarm(in, timerOverflow)
	e.arm(in, timerCheck, nanos(ev.Until))
}

func (e *Engine) checkEffect(in *interaction) Effect {
	return Effect{
		Kind: EffectCheck, Seq: in.check.asked, Interaction: in.id, Campaign: in.check.campaign, Customer: in.customerID(),
		Until: instant(in.deadline(timerCheck)),
	}
}

// dropCheck forgets a question whose answer is of no use any more.
func (e *Engine) dropCheck(in *interaction) {
	if in.check != nil {
		in.check = nil
		e.disarm(in, timerCheck)
	}
}

func (Verdict) cause() string { return "verdict" }

func (c Verdict) do(e *Engine) error {
	in, err := e.findInteraction(c.Interaction)
	if err != nil {
		return err
	}
	if x := in.check; x != nil && x.asked == c.Check && x.campaign == c.Campaign {
		e.consider(in, x.step, c.Blocked)
	}
	return nil
}

// checkOver considers a step without a verdict.
func (e *Engine) checkOver(in *interaction) {
	var listed *Block
	if e.cfg.CheckFailClosed {
		listed = &Block{Reason: "the blacklist could not be asked"}
	}
	e.consider(in, in.check.step, listed)
}
