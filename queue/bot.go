package queue

import (
	"slices"
	"time"
)

func (BotReply) cause() string { return "bot reply" }

// startBot gives an interaction to a bot.
func (e *Engine) startBot(in *interaction, name string, phase Phase) {
	e.dropOffer(in, "a bot has it")
	ev := e.about(BotStarted, in)
	ev.Bot, ev.Phase, ev.Until = name, phase, instant(e.answerBy(in.camp.botTimeout()))
	if in.phase == inQueue {
		ev.Wait, ev.Open = time.Duration(e.now-in.entered), true
	}
	if phase == PhaseOverflow && in.phase != inQueue {
		ev.Outcome = OutcomeQueueFull
	}
	p := e.emit(ev)
	e.askBot(in, p.Seq)
}

func (c *campaign) botTimeout() int64 {
	if c.cfg.BotTimeout > 0 {
		return int64(c.cfg.BotTimeout)
	}
	return int64(DefaultBotTimeout)
}

func (c *campaign) botSilence() int64 {
	if c.cfg.BotSilence > 0 {
		return int64(c.cfg.BotSilence)
	}
	return int64(DefaultBotSilence)
}

// askBot requests the turn that was just recorded.
func (e *Engine) askBot(in *interaction, seq uint64) {
	e.effect(e.botEffect(in, seq))
}

func (e *Engine) botEffect(in *interaction, seq uint64) Effect {
	f := Effect{
		Kind: EffectBot, Seq: seq, Interaction: in.id, Campaign: in.camp.id, Connector: e.connector(in),
		Number: in.number, Customer: in.customerID(), Bot: in.bot.name, Phase: in.bot.phase,
		Session: in.bot.session, Turn: in.bot.turn, Message: in.bot.input, Vars: cloneVars(in.vars),
	}
	if in.cust != nil {
		f.Address, f.Name = in.cust.address, in.cust.name
	}
	return f
}

func (e *Engine) applyBotStarted(ev *Event, in *interaction) {
	since := in.since
	e.release(in)
	in.since, in.phase = since, inBot
	in.bot = &botSession{name: ev.Bot, phase: ev.Phase, session: ev.Seq, asked: ev.Seq}
	if ev.Phase == PhaseStart {
		in.bot.input = in.first
	}
	in.first = nil
	if ev.Outcome != "" {
		in.turnedAway = true
	}
	e.disarm(in, timerBotSilence)
	e.arm(in, timerBot, nanos(ev.Until))
}

// botTurn hands the first message of the inbox to the bot. Messages that come while a
// turn is under way wait there for the next.
func (e *Engine) botTurn(in *interaction) {
	ev := e.about(BotTurned, in)
	ev.Bot, ev.Turn, ev.Until = in.bot.name, in.bot.turn+1, instant(e.answerBy(in.camp.botTimeout()))
	p := e.emit(ev)
	e.askBot(in, p.Seq)
}

func (e *Engine) applyBotTurned(ev *Event, in *interaction) {
	b := in.bot
	m := b.inbox[0]
	b.input, b.inbox = &m, slices.Delete(b.inbox, 0, 1)
	b.turn, b.asked = ev.Turn, ev.Seq
	e.disarm(in, timerBotSilence)
	e.arm(in, timerBot, nanos(ev.Until))
}

func (e *Engine) applyBotWaits(ev *Event, in *interaction) {
	in.bot.asked, in.bot.input = 0, nil
	e.disarm(in, timerBot)
	e.arm(in, timerBotSilence, nanos(ev.Until))
}

func (e *Engine) applyBotEnded(in *interaction) {
	in.bot = nil
	e.disarm(in, timerBot)
	e.disarm(in, timerBotSilence)
}

// do takes a bot's answer. One that comes when the bot was not asked, because it was late
// or no longer has the interaction, is dropped; the event reports it.
func (c BotReply) do(e *Engine) error {
	in, err := e.findInteraction(c.Interaction)
	if err != nil {
		return err
	}
	b := in.bot
	if in.phase != inBot || b == nil || b.session != c.Session || b.turn != c.Turn || b.asked == 0 {
		ev := e.about(BotLate, in)
		ev.Session, ev.Turn = c.Session, c.Turn
		e.emit(ev)
		return nil
	}
	t := c.intake()
	if c.Failed != "" {
		e.botFailed(in, c.Failed)
		return nil
	}
	if len(t.faults) > 0 {
		e.botFailed(in, t.faults.Error())
		return nil
	}
	if why := c.fault(e); why != "" {
		e.botFailed(in, why)
		return nil
	}
	for _, m := range c.Messages {
		e.post(in, m, "", b.name)
	}
	if len(c.Set) > 0 {
		e.setVars(in, c.Set)
	}
	if why := c.refusal(e, in); why != "" { // what the bot said is said all the same
		e.botFailed(in, why)
		return nil
	}
	e.botNext(in, c)
	return nil
}

// fault says why a reply is no valid one, "" if it is. Nothing of an invalid reply is done.
func (c BotReply) fault(e *Engine) string {
	switch c.Next {
	case BotWait, BotQueue, BotEnd:
	case BotAgent:
		if e.agents[c.Target] == nil {
			return "unknown agent " + c.Target
		}
	case BotCampaign:
		if e.campaigns[c.Target] == nil {
			return "unknown campaign " + c.Target
		}
	default:
		return "unknown action " + string(c.Next) + "; valid: wait, queue, agent, campaign, end"
	}
	return ""
}

// refusal says why a hand-over is refused now, "" if it is not.
func (c BotReply) refusal(e *Engine, in *interaction) string {
	if c.Next != BotCampaign {
		return ""
	}
	if err := e.mayEnter(in, e.campaigns[c.Target], c.Blocked); err != nil {
		return err.Error()
	}
	return ""
}

// botNext does what the bot wants next.
func (e *Engine) botNext(in *interaction, c BotReply) {
	if c.Next == BotWait {
		if len(in.bot.inbox) > 0 {
			e.botTurn(in)
			return
		}
		ev := e.about(BotWaits, in)
		ev.Bot, ev.Until = in.bot.name, instant(later(e.now, in.camp.botSilence()))
		e.emit(ev)
		return
	}
	phase := in.bot.phase
	e.botEnd(in, string(c.Next), false)
	if c.Priority != nil || c.Skills != nil {
		e.ask(in, c.Priority, c.Skills)
	}
	switch c.Next {
	case BotQueue:
		e.fromBot(in, phase, nil)
	case BotAgent:
		e.fromBot(in, phase, []Preferred{{Agent: c.Target}})
	case BotCampaign:
		e.moveAt(in, e.campaigns[c.Target], e.entry(in), "bot", "bot")
	case BotEnd:
		e.botEnds(in, phase)
	}
}

// ask changes what an interaction in a bot's hands asks for.
func (e *Engine) ask(in *interaction, priority *int, skills *[]Skill) {
	ev := e.about(Required, in)
	ev.Priority, ev.Skills, ev.Reason = in.priority, in.skills, "bot"
	if priority != nil {
		ev.Priority = *priority
	}
	if skills != nil {
		ev.Skills, ev.Direct = require(in.camp.cfg.Skills, *skills), true
	}
	e.emit(ev)
}

// fromBot queues what a bot hands over. From the start it is a first entry, which the
// campaign's limit may refuse; what waited before keeps its place and is never refused.
func (e *Engine) fromBot(in *interaction, phase Phase, prefer []Preferred) {
	wait := int64(in.camp.cfg.StickyWait)
	switch {
	case phase != PhaseStart:
		e.enqueue(in, e.entry(in), "bot", prefer, wait, true)
	case prefer != nil:
		e.enterFor(in, e.now, "bot", prefer, wait)
	default:
		e.enter(in, e.now, "bot")
	}
}

// entry is the instant that the place of an interaction counts from when a bot lets go of
// it: what has waited keeps its age, and a bot's time is no waiting.
func (e *Engine) entry(in *interaction) int64 {
	if in.since != 0 {
		return in.since
	}
	return e.now
}

func (e *Engine) botEnd(in *interaction, reason string, failed bool) {
	ev := e.about(BotEnded, in)
	ev.Bot, ev.Phase, ev.Reason, ev.Failed = in.bot.name, in.bot.phase, reason, failed
	e.emit(ev)
}

// botEnds ends an interaction that a bot had.
func (e *Engine) botEnds(in *interaction, phase Phase) {
	outcome := OutcomeBotEnded
	if phase == PhaseOverflow && in.turnedAway {
		outcome = OutcomeQueueFull
	}
	e.end(in, outcome, "bot", "")
}

// botFailed is the exit of a bot that fails or does not answer.
func (e *Engine) botFailed(in *interaction, reason string) { e.botExit(in, reason, true) }

// botExit is the default of a bot's phase: to the queue from the start, to the end
// otherwise, or back to the place in the queue where the campaign says so. A customer who
// does not answer the bot leads there too, and is no failure of the bot.
func (e *Engine) botExit(in *interaction, reason string, failed bool) {
	phase := in.bot.phase
	e.botEnd(in, reason, failed)
	switch {
	case phase == PhaseStart:
		e.fromBot(in, phase, nil)
	case phase == PhaseWaiting && in.camp.cfg.BotAfterWaitRequeues:
		e.fromBot(in, phase, nil)
	case phase == PhaseWaiting:
		e.end(in, OutcomeTimedOut, reason, "")
	case phase == PhaseOverflow && !in.turnedAway:
		e.fromBot(in, phase, nil)
	default:
		e.botEnds(in, phase)
	}
}

func (SetVars) cause() string { return "set vars" }

func (c SetVars) do(e *Engine) error {
	in, err := e.findInteraction(c.Interaction)
	if err != nil || len(c.Vars) == 0 {
		return err
	}
	e.setVars(in, c.Vars)
	return nil
}

func (e *Engine) setVars(in *interaction, vars map[string]string) {
	ev := e.about(VarsSet, in)
	ev.Vars = vars
	e.emit(ev)
}

func (e *Engine) applyVarsSet(ev *Event, in *interaction) {
	if in.vars == nil {
		in.vars = map[string]string{}
	}
	for k, v := range ev.Vars {
		if v == "" {
			delete(in.vars, k)
		} else {
			in.vars[k] = v
		}
	}
}
