package queue

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// restore fills an empty engine. Faults are collected: a snapshot that does not fit
// together is damaged, and the more is known the better.
func (e *Engine) restore(s Snapshot) error {
	r := restorer{e: e}
	e.seq, e.now, e.ords = s.Seq, s.Now, s.Opened
	for i := range s.Agents {
		r.agent(&s.Agents[i])
	}
	for i := range s.Campaigns {
		r.campaign(&s.Campaigns[i])
	}
	for i := range s.Customers {
		r.customer(&s.Customers[i])
	}
	for i := range s.Interactions {
		r.interaction(&s.Interactions[i])
	}
	for i := range s.Agents {
		r.work(&s.Agents[i])
	}
	for i := range s.Customers {
		r.opened(&s.Customers[i])
	}
	for i := range s.Accounts {
		r.account(&s.Accounts[i])
	}
	for i := range s.Interactions {
		r.sending(&s.Interactions[i])
	}
	for _, l := range s.Links {
		a, b := e.customers[l.A], e.customers[l.B]
		if a == nil || b == nil {
			r.fault("link of unknown customers %q and %q", l.A, l.B)
			continue
		}
		e.links = append(e.links, link{a, b, l.Certain})
	}
	for _, d := range s.Seen {
		r.seen(d)
	}
	for _, x := range s.Sent {
		ref := &sentRef{x.Number, x.Provider, x.Interaction, x.Key, x.Campaign, x.State, x.At, x.Priced}
		e.sent[ref.id()] = ref
		e.sentOrder = append(e.sentOrder, ref)
	}
	if s.Skew != nil {
		e.skew = skew{s.Skew.Engine, s.Skew.Wall}
	}
	for _, d := range s.Deadlines {
		r.deadline(d)
	}
	if len(r.faults) > 0 {
		return errors.Join(r.faults...)
	}
	e.timers.armed = s.Armed
	for _, c := range e.lines {
		c.costs = costsOf(e.ofCampaign(c, anyPhase), c.costs) // earlier versions kept none
		e.rebuild(c, e.ofCampaign(c, waits))
	}
	e.forgetFailures()
	e.rest()
	return nil
}

type restorer struct {
	e      *Engine
	faults []error
}

func (r *restorer) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf(format, args...))
}

func (r *restorer) agent(s *AgentSnap) {
	cfg := s.Config.clamped()
	r.e.agents[cfg.ID] = &agent{
		id: cfg.ID, cfg: cfg, limit: max(cfg.Limit, 1), state: s.State, reason: s.Reason,
		afterWork: s.AfterWork, next: s.Next, onCall: s.OnCall, wrapFrom: s.WrapFrom, wrapUntil: s.WrapUntil,
		wrapMax: s.WrapMax, delay: s.Delay, lease: s.Lease, ready: s.Ready, worked: s.Worked, finished: s.Finished,
		misses: s.Misses, wrapMore: s.WrapMore, wraps: unstamps(s.Wraps), delayFrom: s.DelayFrom, delayBy: s.DelayBy, delayFor: s.DelayFor,
	}
}

func (r *restorer) campaign(s *CampaignSnap) {
	c := &campaign{id: s.Config.ID, cfg: s.Config.clamped(), open: s.Open, turns: s.Turns, pace: s.Pace, last: s.Last, failures: s.Failures, disabled: s.Disabled, costs: s.Costs}
	r.e.campaigns[c.id] = c
	r.e.lines = append(r.e.lines, c)
	for _, n := range c.cfg.Numbers {
		r.e.numbers[n] = c
	}
	r.e.derive(c)
	if len(s.Members) != len(s.Config.Members) {
		r.fault("campaign %q: %d members, %d configured", c.id, len(s.Members), len(s.Config.Members))
		return
	}
	for i, x := range s.Members {
		a := r.e.agents[x.Agent]
		if a == nil {
			r.fault("campaign %q: unknown agent %q", c.id, x.Agent)
			continue
		}
		m := &member{id: a.id, agent: a, camp: c, cfg: c.cfg.Members[i], position: i, joined: x.Joined, answered: x.Answered, turn: x.Turn}
		m.cfg.Skills = normal(m.cfg.Skills)
		c.members = append(c.members, m)
		a.members = append(a.members, m)
	}
}

func (r *restorer) customer(s *CustomerSnap) {
	c := &customer{
		id: s.ID, name: s.Name, aliases: slices.Clone(s.Aliases), weak: slices.Clone(s.Weak), address: s.Address,
		seen: s.Seen, proofs: unstamps(s.Proofs), windows: unstamps(s.Windows), told: unstamps(s.Told),
	}
	for _, p := range s.Lasts {
		c.lasts = append(c.lasts, past{p.Campaign, p.Interaction, p.Agent, p.At, p.Since, p.Outcome, cloneVars(p.Vars)})
	}
	r.e.customers[c.id] = c
	// Snapshots of earlier versions may hold the forms of one phone for two customers: the
	// one who was seen last has it.
	for _, a := range c.aliases {
		r.e.aliases[aliasKey(a)] = c
	}
	if c.identified() && s.Proofs == nil { // of an earlier version
		r.e.proveAll(c, nil)
	}
	c.older = r.e.newest
	if r.e.newest != nil {
		r.e.newest.newer = c
	} else {
		r.e.oldest = c
	}
	r.e.newest = c
	if r.e.slim == nil {
		r.e.slim = c
	}
}

func unstamps(list []Stamp) []stamp {
	var out []stamp
	for _, s := range list {
		out = append(out, stamp{s.Name, s.At})
	}
	return out
}

func (r *restorer) interaction(s *InteractionSnap) {
	camp := r.e.campaigns[s.Campaign]
	if camp == nil {
		r.fault("interaction %q: unknown campaign %q", s.ID, s.Campaign)
		return
	}
	in := &interaction{
		id: s.ID, ord: s.Ord, camp: camp, cust: r.e.customers[s.Customer], number: s.Number, phase: phase(s.Phase),
		outbound: s.Outbound, answered: s.Answered, parked: s.Parked, over: s.Over, opened: s.Opened, vars: cloneVars(s.Vars),
		priority: s.Priority, cost: s.Cost, wants: slices.Clone(s.Wants), skills: slices.Clone(s.Skills),
		only: r.e.agents[s.Only], since: s.Since, entered: s.Entered,
		clock: s.Clock, held: s.Held, overdue: s.Overdue, breached: s.Breached, relaxed: s.Relaxed, tier: s.Tier, widened: s.Widened,
		steps: slices.Clone(s.Steps), place: int32(s.Place), toldAt: s.ToldAt, turnedAway: s.TurnedAway, offered: r.e.agents[s.Offered],
		until: s.Until, rung: s.Rung, asked: s.Asked, agent: r.e.agents[s.Agent], last: s.Last, taken: s.Taken, hops: int32(s.Hops), disposition: s.Disposition,
		first: s.First, round: s.Round, spoke: s.Spoke, customerTurn: s.CustomerTurn, warned: s.Warned, listed: s.Listed,
	}
	for _, token := range s.Tokens {
		in.grant(token)
	}
	in.prefer(preference{slices.Clone(s.Prefer), s.PreferMax, s.PreferTo, s.PreferSticky})
	for _, m := range s.Memory {
		a := r.e.agents[m.Agent]
		if a == nil {
			r.fault("interaction %q: unknown agent %q declined", s.ID, m.Agent)
			continue
		}
		x := asking{agent: a, round: m.Round}
		if m.Until != 0 {
			x.pause, x.ended = true, m.Until-camp.declineMemory()
		}
		in.history = append(in.history, x)
	}
	if x := s.Check; x != nil {
		in.check = &listCheck{x.Campaign, x.Step, x.Asked}
		if x.Step < 0 || x.Step >= len(camp.cfg.Overflow) {
			r.fault("interaction %q: campaign %q has no overflow step %d", s.ID, s.Campaign, x.Step)
		}
	}
	if b := s.Bot; b != nil {
		in.bot = &botSession{b.Name, b.Phase, b.Session, b.Turn, b.Asked, b.Input, slices.Clone(b.Inbox)}
	}
	for _, o := range s.Outbox {
		in.outbox = append(in.outbox, r.outgoing(&o))
	}
	if in.offered != nil && in.rung == 0 { // of a version that did not keep it
		in.rung = r.e.now
		if in.until != 0 && in.phase == inQueue {
			in.rung = in.until - int64(camp.ringTime())
		} else if in.until != 0 {
			in.rung = in.until - int64(camp.cfg.MaxTransferTime)
		}
	}
	r.e.interactions[in.id] = in
	if in.phase != inEnd {
		camp.total++
	}
	if in.phase == inQueue {
		camp.waiting++
		if in.offered != nil {
			camp.ringing++
		}
	}
	if in.phase == inAgent && in.agent == nil {
		r.fault("interaction %q: unknown agent %q has it", s.ID, s.Agent)
	}
}

// work gives an agent what the snapshot says they have, in its order.
func (r *restorer) work(s *AgentSnap) {
	a := r.e.agents[s.Config.ID]
	a.has = r.list(s.Has)
	a.asked = r.list(s.Asked)
	a.recount()
	for _, in := range a.has {
		if !in.parked {
			a.load += in.cost
		}
	}
	for _, in := range a.asked {
		a.load += in.cost
	}
	for _, m := range a.members {
		m.load = a.loadIn(m.camp)
	}
}

func (r *restorer) list(ids []string) []*interaction {
	var out []*interaction
	for _, id := range ids {
		if in := r.e.interactions[id]; in != nil {
			out = append(out, in)
		} else {
			r.fault("unknown interaction %q", id)
		}
	}
	return out
}

func (r *restorer) opened(s *CustomerSnap) {
	r.e.customers[s.ID].open = r.list(s.Open)
	r.e.customers[s.ID].sending = r.list(s.Sending)
}

func (r *restorer) outgoing(s *OutgoingSnap) *outgoing {
	o := &outgoing{
		key: s.Key, message: s.Message, state: s.State, kind: messageKind(s.Kind), attempts: s.Attempts, asked: s.Asked,
		seq: s.Seq, queued: s.Queued, tried: s.Tried, again: s.Again, blocked: s.Blocked, reason: s.Reason,
	}
	if s.Seq == 0 { // of an earlier version: it has its time from now on
		o.seq, _ = strconv.ParseUint(s.Key[strings.LastIndexByte(s.Key, '/')+1:], 10, 64)
		o.queued = r.e.now
	}
	return o
}

func (r *restorer) account(s *AccountSnap) {
	a := r.e.account(s.Connector)
	a.fails, a.down, a.stopped, a.since, a.probes, a.reason, a.code = s.Fails, s.Down, s.Stopped, s.Since, s.Probes, s.Reason, s.Code
}

// sending restores what depends on the messages of all interactions.
func (r *restorer) sending(s *InteractionSnap) {
	in := r.e.interactions[s.ID]
	if in == nil || len(in.outbox) == 0 || in.cust == nil {
		return
	}
	if !slices.Contains(in.cust.sending, in) { // of an earlier version
		in.cust.sending = append(in.cust.sending, in)
	}
	for i, o := range in.outbox {
		if o.state == MessageSending {
			name := s.Outbox[i].Account
			if s.Outbox[i].Seq == 0 { // of an earlier version
				name = r.e.connector(in)
			}
			o.account = r.e.account(name)
			o.account.flying++
		}
	}
	if in.headBlocked() {
		r.e.account(r.e.connector(in)).block(in)
	}
}

func (r *restorer) seen(s SeenSnap) {
	day := newSeenDay(s.Day)
	for d := range slices.Chunk(s.IDs, len(digest{})) {
		if len(d) == len(digest{}) {
			day.add(digest(d))
		}
	}
	r.e.seen.days = append(r.e.seen.days, day)
}

func (r *restorer) deadline(s DeadlineSnap) {
	kind := timerKind(s.Kind)
	if kind == noTimer || kind >= timerKinds {
		r.fault("unknown kind of deadline %d", s.Kind)
		return
	}
	t := &timer{at: s.At, arm: s.Arm, pos: -1, kind: kind}
	switch {
	case kind == timerSweep:
		r.e.sweep.at, r.e.sweep.arm, r.e.sweep.kind, r.e.sweep.pos = s.At, s.Arm, kind, -1
		t = &r.e.sweep
	case kind == timerClock:
		r.e.clock.at, r.e.clock.arm, r.e.clock.kind, r.e.clock.pos = s.At, s.Arm, kind, -1
		t = &r.e.clock
	case kind == timerProbe:
		a := r.e.account(s.Account)
		a.probe = timer{at: s.At, arm: s.Arm, kind: kind, pos: -1, account: a}
		t = &a.probe
	case r.e.interactions[s.Interaction] != nil:
		t.interaction = r.e.interactions[s.Interaction]
		t.interaction.timers = append(t.interaction.timers, t)
	case r.e.agents[s.Agent] != nil:
		t.agent = r.e.agents[s.Agent]
		t.agent.timers = append(t.agent.timers, t)
	case r.e.campaigns[s.Campaign] != nil:
		t.campaign = r.e.campaigns[s.Campaign]
		t.campaign.timers = append(t.campaign.timers, t)
		if kind == timerDay {
			// Computed again: earlier versions armed an instant of the day before where
			// midnight does not exist, and the zone's rules may have changed since.
			t.at = t.campaign.nextDay(r.e.now)
		}
	default:
		r.fault("deadline %d of kind %d belongs to nobody", s.Arm, s.Kind)
		return
	}
	r.e.timers.put(t)
}
