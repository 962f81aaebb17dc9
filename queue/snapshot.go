package queue

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SnapshotVersion is the version of the form that [Engine.Snapshot] writes.
const SnapshotVersion = 1

// Snapshot is the whole state after an event, as plain data. Instants are Unix
// nanoseconds, 0 = none. Restore(Snapshot()) gives an engine that behaves the same to the
// last byte.
type Snapshot struct {
	Version      int               `json:"version"`
	Seq          uint64            `json:"seq"`
	Now          int64             `json:"now"`
	Opened       uint64            `json:"opened"` // interactions so far
	Armed        uint64            `json:"armed"`  // deadlines so far
	Agents       []AgentSnap       `json:"agents,omitempty"`
	Campaigns    []CampaignSnap    `json:"campaigns,omitempty"`
	Customers    []CustomerSnap    `json:"customers,omitempty"` // in order of last contact
	Accounts     []AccountSnap     `json:"accounts,omitempty"`
	Links        []LinkSnap        `json:"links,omitempty"` // customers who are one person and not merged yet
	Interactions []InteractionSnap `json:"interactions,omitempty"`
	Seen         []SeenSnap        `json:"seen,omitempty"`
	Sent         []SentSnap        `json:"sent,omitempty"`
	Deadlines    []DeadlineSnap    `json:"deadlines,omitempty"`
	Skew         *SkewSnap         `json:"skew,omitempty"`
}

// SkewSnap is a step back of the wall clock that it has not caught up with: when the
// engine's time was Engine, the wall clock showed Wall.
type SkewSnap struct {
	Engine int64 `json:"engine"`
	Wall   int64 `json:"wall"`
}

// AgentSnap is the state of one agent.
type AgentSnap struct {
	Config    Agent    `json:"config"`
	State     State    `json:"state"`
	Reason    string   `json:"reason,omitempty"`
	AfterWork bool     `json:"afterWork,omitempty"`
	Next      State    `json:"next,omitempty"`
	OnCall    bool     `json:"onCall,omitempty"`
	WrapFrom  int64    `json:"wrapFrom,omitempty"`
	WrapUntil int64    `json:"wrapUntil,omitempty"`
	WrapMax   int64    `json:"wrapMax,omitempty"`
	WrapMore  int64    `json:"wrapMore,omitempty"`
	Wraps     []Stamp  `json:"wraps,omitempty"` // by campaign: when its latest interaction ended
	Delay     int64    `json:"delay,omitempty"`
	DelayFrom int64    `json:"delayFrom,omitempty"`
	DelayBy   string   `json:"delayBy,omitempty"` // the campaign
	DelayFor  string   `json:"delayFor,omitempty"`
	Lease     int64    `json:"lease,omitempty"`
	Ready     int64    `json:"ready,omitempty"`
	Worked    int64    `json:"worked,omitempty"`
	Finished  int64    `json:"finished,omitempty"`
	Misses    int      `json:"misses,omitempty"`
	Has       []string `json:"has,omitempty"`   // interactions, in order of answering
	Asked     []string `json:"asked,omitempty"` // offers, in order
}

// CampaignSnap is the state of one campaign.
type CampaignSnap struct {
	Config  Campaign     `json:"config"`
	Open    bool         `json:"open"`
	Turns   int64        `json:"turns,omitempty"`
	Pace    int64        `json:"pace,omitempty"`
	Last    int64        `json:"last,omitempty"`
	Members []MemberSnap `json:"members,omitempty"` // those of Config, in its order
	// Failures of the strategy since Config was set; Disabled: the default order is used.
	Failures int  `json:"failures,omitempty"`
	Disabled bool `json:"strategyDisabled,omitempty"`
	// Costs are the distinct costs of interactions since Config was set, when there are others
	// than 1.
	Costs []int `json:"costs,omitempty"`
}

// MemberSnap is the state of one membership.
type MemberSnap struct {
	Agent    string `json:"agent"`
	Joined   int64  `json:"joined"`
	Answered int    `json:"answered,omitempty"`
	Turn     int64  `json:"turn,omitempty"`
}

// Stamp is an instant for a name.
type Stamp struct {
	Name string `json:"name"`
	At   int64  `json:"at"`
}

// CustomerSnap is the state of one customer.
type CustomerSnap struct {
	ID      string     `json:"id"`
	Name    string     `json:"name,omitempty"`
	Aliases []string   `json:"aliases,omitempty"`
	Weak    []string   `json:"weak,omitempty"`
	Address string     `json:"address,omitempty"`
	Seen    int64      `json:"seen"`
	Open    []string   `json:"open,omitempty"`
	Sending []string   `json:"sending,omitempty"` // interactions with messages that are not settled
	Proofs  []Stamp    `json:"proofs,omitempty"`  // when a customer with an id last showed each phone
	Windows []Stamp    `json:"windows,omitempty"`
	Told    []Stamp    `json:"told,omitempty"`
	Lasts   []PastSnap `json:"lasts,omitempty"`
}

// LinkSnap is two customers who are one person and cannot be merged yet.
type LinkSnap struct {
	A       string `json:"a"`
	B       string `json:"b"`
	Certain bool   `json:"certain,omitempty"` // an id says so, whatever ids the two show
}

// PastSnap is a customer's last interaction in a campaign.
type PastSnap struct {
	Campaign    string            `json:"campaign"`
	Interaction string            `json:"interaction"`
	Agent       string            `json:"agent,omitempty"`
	At          int64             `json:"at"`
	Since       int64             `json:"since,omitempty"`
	Outcome     Outcome           `json:"outcome"`
	Vars        map[string]string `json:"vars,omitempty"`
}

// InteractionSnap is the state of one interaction.
type InteractionSnap struct {
	ID           string            `json:"id"`
	Ord          uint64            `json:"ord"`
	Campaign     string            `json:"campaign"`
	Customer     string            `json:"customer,omitempty"`
	Number       string            `json:"number,omitempty"`
	Phase        uint8             `json:"phase"` // 0 bot, 1 queue, 2 agent, 3 ended
	Outbound     bool              `json:"outbound,omitempty"`
	Answered     bool              `json:"answered,omitempty"`
	Parked       bool              `json:"parked,omitempty"`
	Over         bool              `json:"over,omitempty"`
	Opened       int64             `json:"opened"`
	Vars         map[string]string `json:"vars,omitempty"`
	Priority     int               `json:"priority,omitempty"`
	Cost         int               `json:"cost"`
	Wants        []Skill           `json:"wants,omitempty"`
	Skills       []Skill           `json:"skills,omitempty"`
	Prefer       []Preferred       `json:"prefer,omitempty"`
	PreferMax    int64             `json:"preferMax,omitempty"`
	PreferTo     int64             `json:"preferTo,omitempty"`
	PreferSticky bool              `json:"preferSticky,omitempty"` // PreferTo follows the campaign's stickyWait
	Only         string            `json:"only,omitempty"`
	Since        int64             `json:"since,omitempty"`
	Entered      int64             `json:"entered,omitempty"`
	Clock        int64             `json:"clock,omitempty"`
	Held         int64             `json:"held,omitempty"`
	Overdue      bool              `json:"overdue,omitempty"`
	Breached     bool              `json:"breached,omitempty"`
	Relaxed      int               `json:"relaxed,omitempty"`
	Tier         int               `json:"tier,omitempty"`
	Widened      int               `json:"widened,omitempty"` // tiers of Tier that overflow steps opened
	Steps        []int64           `json:"steps,omitempty"`   // when each overflow step is considered again, −1 = done, −t = considered in vain at t
	Check        *CheckSnap        `json:"check,omitempty"`
	Place        int               `json:"place,omitempty"`
	ToldAt       int64             `json:"toldAt,omitempty"`
	TurnedAway   bool              `json:"turnedAway,omitempty"`
	Memory       []AskedSnap       `json:"memory,omitempty"` // the agents asked, the one asked longest ago first
	Round        int               `json:"round,omitempty"`
	Offered      string            `json:"offered,omitempty"`
	Until        int64             `json:"until,omitempty"`
	Rung         int64             `json:"rung,omitempty"` // the offer was made
	Asked        uint64            `json:"asked,omitempty"`
	Agent        string            `json:"agent,omitempty"`
	Last         string            `json:"last,omitempty"`
	Taken        int64             `json:"taken,omitempty"`
	Hops         int               `json:"hops,omitempty"`
	Disposition  string            `json:"disposition,omitempty"`
	Bot          *BotSnap          `json:"bot,omitempty"`
	First        *Message          `json:"first,omitempty"`
	Outbox       []OutgoingSnap    `json:"outbox,omitempty"`
	Tokens       []string          `json:"tokens,omitempty"`
	Spoke        int64             `json:"spoke,omitempty"`
	CustomerTurn bool              `json:"customerTurn,omitempty"`
	Warned       bool              `json:"warned,omitempty"`
	Listed       bool              `json:"listed,omitempty"` // the agent was told that the customer is blacklisted
}

// AskedSnap is an agent who was asked for an interaction.
type AskedSnap struct {
	Agent string `json:"name"`
	Until int64  `json:"at"` // not asked again before then, 0 = at any time
	Round int    `json:"round,omitempty"`
}

// CheckSnap is a blacklist that is being asked for an overflow step.
type CheckSnap struct {
	Campaign string `json:"campaign"`
	Step     int    `json:"step"`
	Asked    uint64 `json:"asked"` // the event that asked
}

// BotSnap is a bot's session.
type BotSnap struct {
	Name    string    `json:"name"`
	Phase   Phase     `json:"phase"`
	Session uint64    `json:"session"`
	Turn    int       `json:"turn,omitempty"`
	Asked   uint64    `json:"asked,omitempty"`
	Input   *Message  `json:"input,omitempty"`
	Inbox   []Message `json:"inbox,omitempty"`
}

// OutgoingSnap is a message that is not settled.
type OutgoingSnap struct {
	Key      string       `json:"key"`
	Message  Message      `json:"message"`
	State    MessageState `json:"state"`
	Attempts int          `json:"attempts,omitempty"`
	Asked    uint64       `json:"asked,omitempty"`
	Kind     uint8        `json:"kind,omitempty"`
	Seq      uint64       `json:"seq,omitempty"`
	Queued   int64        `json:"queued,omitempty"`
	Tried    int64        `json:"tried,omitempty"`
	Again    int64        `json:"again,omitempty"`
	Blocked  bool         `json:"blocked,omitempty"`
	Account  string       `json:"account,omitempty"` // the connector that is sending it
	Reason   string       `json:"reason,omitempty"`
}

// AccountSnap is what is known of a connector's account.
type AccountSnap struct {
	Connector string `json:"connector"`
	Fails     int    `json:"fails,omitempty"`
	Down      bool   `json:"down,omitempty"`
	Stopped   bool   `json:"stopped,omitempty"`
	Since     int64  `json:"since,omitempty"`
	Probes    int    `json:"probes,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Code      int    `json:"code,omitempty"`
}

// SeenSnap is the message ids of one day: digests of 16 bytes, in the order in which the
// messages came.
type SeenSnap struct {
	Day int64  `json:"day"`
	IDs []byte `json:"ids"`
}

// SentSnap is a message whose receipts are awaited.
type SentSnap struct {
	Number      string       `json:"number,omitempty"`
	Provider    string       `json:"provider"`
	Interaction string       `json:"interaction"`
	Key         string       `json:"key"`
	Campaign    string       `json:"campaign"`
	State       MessageState `json:"state"`
	At          int64        `json:"at"`
	Priced      bool         `json:"priced,omitempty"`
}

// DeadlineSnap is an armed deadline and its owner, which is one of the three or the
// engine.
type DeadlineSnap struct {
	Kind        uint8  `json:"kind"`
	At          int64  `json:"at"`
	Arm         uint64 `json:"arm"`
	Interaction string `json:"interaction,omitempty"`
	Agent       string `json:"agent,omitempty"`
	Campaign    string `json:"campaign,omitempty"`
	Account     string `json:"account,omitempty"`
}

// Snapshot returns the state. The result shares nothing that the engine will change, but
// what only grows, message bodies and configurations are not copied: treat it as read-only.
func (e *Engine) Snapshot() Snapshot {
	s := Snapshot{Version: SnapshotVersion, Seq: e.seq, Now: e.now, Opened: e.ords, Armed: e.timers.armed}
	// Nothing is decided meanwhile, and there may be a hundred thousand customers: room is
	// made for many at a time.
	s.Customers = make([]CustomerSnap, 0, len(e.customers))
	s.Sent = make([]SentSnap, 0, len(e.sentOrder))
	var room snapRoom
	for _, a := range e.agents {
		s.Agents = append(s.Agents, a.snap())
	}
	slices.SortFunc(s.Agents, func(a, b AgentSnap) int { return strings.Compare(a.Config.ID, b.Config.ID) })
	for _, c := range e.lines {
		s.Campaigns = append(s.Campaigns, c.snap())
	}
	for c := e.oldest; c != nil; c = c.newer {
		s.Customers = append(s.Customers, c.snap(&room))
	}
	for _, in := range e.interactions {
		s.Interactions = append(s.Interactions, in.snap())
	}
	slices.SortFunc(s.Interactions, func(a, b InteractionSnap) int { return cmp.Compare(a.Ord, b.Ord) })
	for i := range e.seen.days {
		s.Seen = append(s.Seen, e.seen.days[i].snap())
	}
	for _, r := range e.sentOrder {
		s.Sent = append(s.Sent, SentSnap{r.number, r.provider, r.interaction, r.key, r.campaign, r.state, r.at, r.priced})
	}
	for _, t := range e.timers.heap {
		s.Deadlines = append(s.Deadlines, t.t.snap())
	}
	for _, a := range e.accounts {
		s.Accounts = append(s.Accounts, AccountSnap{a.connector, a.fails, a.down, a.stopped, a.since, a.probes, a.reason, a.code})
	}
	slices.SortFunc(s.Accounts, func(a, b AccountSnap) int { return strings.Compare(a.Connector, b.Connector) })
	for _, l := range e.links {
		s.Links = append(s.Links, LinkSnap{l.a.id, l.b.id, l.certain})
	}
	if e.skew.engine != 0 {
		s.Skew = &SkewSnap{e.skew.engine, e.skew.wall}
	}
	slices.SortFunc(s.Deadlines, func(a, b DeadlineSnap) int { return cmp.Compare(a.Arm, b.Arm) })
	return s
}

func ids(list []*interaction) []string {
	var out []string
	for _, in := range list {
		out = append(out, in.id)
	}
	return out
}

func (a *agent) snap() AgentSnap {
	s := AgentSnap{
		Config: a.cfg, State: a.state, Reason: a.reason, AfterWork: a.afterWork, Next: a.next, OnCall: a.onCall,
		WrapFrom: a.wrapFrom, WrapUntil: a.wrapUntil, WrapMax: a.wrapMax, Delay: a.delay, Lease: a.lease,
		Ready: a.ready, Worked: a.worked, Finished: a.finished, Misses: a.misses, Has: ids(a.has), Asked: ids(a.asked),
		WrapMore: a.wrapMore, DelayFrom: a.delayFrom, DelayBy: a.delayBy, DelayFor: a.delayFor,
	}
	for _, w := range a.wraps {
		s.Wraps = append(s.Wraps, Stamp{w.name, w.at})
	}
	return s
}

func (c *campaign) snap() CampaignSnap {
	s := CampaignSnap{Config: c.cfg, Open: c.open, Turns: c.turns, Pace: c.pace, Last: c.last, Failures: c.failures, Disabled: c.disabled}
	if len(c.costs) > 1 {
		s.Costs = slices.Clone(c.costs)
	}
	for _, m := range c.members {
		s.Members = append(s.Members, MemberSnap{m.agent.id, m.joined, m.answered, m.turn})
	}
	return s
}

func (c *customer) snap(room *snapRoom) CustomerSnap {
	s := CustomerSnap{
		ID: c.id, Name: c.name, Aliases: slices.Clip(c.aliases), Weak: slices.Clip(c.weak), Address: c.address,
		Seen: c.seen, Open: ids(c.open), Sending: ids(c.sending), Proofs: room.stamps.take(len(c.proofs)), Windows: room.stamps.take(len(c.windows)), Told: room.stamps.take(len(c.told)),
		Lasts: room.pasts.take(len(c.lasts)),
	}
	for i, p := range c.proofs {
		s.Proofs[i] = Stamp{p.name, p.at}
	}
	for i, w := range c.windows {
		s.Windows[i] = Stamp{w.name, w.at}
	}
	for i, t := range c.told {
		s.Told[i] = Stamp{t.name, t.at}
	}
	for i, p := range c.lasts {
		s.Lasts[i] = PastSnap{p.campaign, p.interaction, p.agent, p.at, p.since, p.outcome, p.vars}
	}
	return s
}

// snapRoom is room for the lists of customers, most of which have one element or none.
type snapRoom struct {
	stamps slab[Stamp]
	pasts  slab[PastSnap]
}

// slab hands out parts of slices that are made for many of them.
type slab[T any] struct{ free []T }

func (s *slab[T]) take(n int) []T {
	if n == 0 {
		return nil
	}
	if len(s.free) < n {
		s.free = make([]T, max(n, 1024))
	}
	out := s.free[:n:n]
	s.free = s.free[n:]
	return out
}

func (in *interaction) snap() InteractionSnap {
	s := InteractionSnap{
		ID: in.id, Ord: in.ord, Campaign: in.camp.id, Customer: in.customerID(), Number: in.number, Phase: uint8(in.phase),
		Outbound: in.outbound, Answered: in.answered, Parked: in.parked, Over: in.over, Opened: in.opened, Vars: cloneVars(in.vars),
		Priority: in.priority, Cost: in.cost, Wants: slices.Clone(in.wants), Skills: slices.Clone(in.skills),
		Only: in.only.name(), Since: in.since, Entered: in.entered,
		Clock: in.clock, Held: in.held, Overdue: in.overdue, Breached: in.breached, Relaxed: in.relaxed, Tier: in.tier, Widened: in.widened,
		Steps: slices.Clone(in.steps), Place: int(in.place), ToldAt: in.toldAt, TurnedAway: in.turnedAway, Offered: in.offered.name(),
		Until: in.until, Rung: in.rung, Asked: in.asked, Agent: in.agent.name(), Last: in.last, Taken: in.taken, Hops: int(in.hops), Disposition: in.disposition,
		First: in.first, Tokens: in.wishes.list(), Spoke: in.spoke, CustomerTurn: in.customerTurn, Warned: in.warned, Listed: in.listed,
	}
	if p := in.prefers; p != nil {
		s.Prefer, s.PreferMax, s.PreferTo, s.PreferSticky = slices.Clone(p.agents), p.most, p.until, p.sticky
	}
	s.Round = in.round
	for i := range in.history {
		x := &in.history[i]
		s.Memory = append(s.Memory, AskedSnap{x.agent.id, in.pauseEnds(x), x.round})
	}
	if x := in.check; x != nil {
		s.Check = &CheckSnap{x.campaign, x.step, x.asked}
	}
	if b := in.bot; b != nil {
		s.Bot = &BotSnap{b.name, b.phase, b.session, b.turn, b.asked, b.input, slices.Clone(b.inbox)}
	}
	for _, o := range in.outbox {
		s.Outbox = append(s.Outbox, o.snap())
	}
	return s
}

func (o *outgoing) snap() OutgoingSnap {
	s := OutgoingSnap{
		Key: o.key, Message: o.message, State: o.state, Attempts: o.attempts, Asked: o.asked, Kind: uint8(o.kind), Seq: o.seq,
		Queued: o.queued, Tried: o.tried, Again: o.again, Blocked: o.blocked, Reason: o.reason,
	}
	if o.account != nil {
		s.Account = o.account.connector
	}
	return s
}

func (a *agent) name() string {
	if a == nil {
		return ""
	}
	return a.id
}

func (d *seenDay) snap() SeenSnap { return SeenSnap{Day: d.day, IDs: slices.Clip(d.list)} }

func (t *timer) snap() DeadlineSnap {
	s := DeadlineSnap{Kind: uint8(t.kind), At: t.at, Arm: t.arm, Agent: t.agent.name()}
	if t.interaction != nil {
		s.Interaction = t.interaction.id
	}
	if t.campaign != nil {
		s.Campaign = t.campaign.id
	}
	if t.account != nil {
		s.Account = t.account.connector
	}
	return s
}

// Restore returns an engine in the state of a snapshot.
func Restore(cfg Config, s Snapshot) (*Engine, error) {
	e, err := New(cfg)
	if err != nil {
		return nil, err
	}
	if s.Version != SnapshotVersion {
		return nil, fmt.Errorf("queue: restore: snapshot of version %d; this library reads version %d", s.Version, SnapshotVersion)
	}
	if err := e.tryRestore(s); err != nil {
		return nil, fmt.Errorf("queue: restore: the snapshot does not fit together: %w", err)
	}
	return e, nil
}

// tryRestore is restore for a snapshot that may be damaged in a way that no check of it
// foresees: that is an error, not a panic.
func (e *Engine) tryRestore(s Snapshot) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return e.restore(s)
}

// Replay folds events that follow the present state, as a journal has them.
func (e *Engine) Replay(events []Event) error {
	for i := range events {
		if events[i].Seq != e.seq+1 {
			return fmt.Errorf("queue: replay: event %d follows %d", events[i].Seq, e.seq)
		}
		if err := e.replay(&events[i]); err != nil {
			return err
		}
	}
	e.forgetFailures()
	e.rest()
	return nil
}

// replay folds one event. A journal that does not fit the state is an error, not a panic.
func (e *Engine) replay(ev *Event) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Join(fmt.Errorf("queue: replay: event %d (%s) does not fit the state before it: %v", ev.Seq, ev.Kind, r))
		}
	}()
	e.now = max(e.now, nanos(ev.At))
	e.apply(ev)
	return nil
}
