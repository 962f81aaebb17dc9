package queue

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/usher-go/usher/strategy"
)

// Config is what an engine is made from. It is not part of the state: a restored engine
// must be given the same.
type Config struct {
	// Seed of every draw. The same commands with the same seed give the same events.
	Seed uint64
	// Strategies that campaigns may name, beside the built-in ones.
	Strategies []strategy.Strategy
	// Memory is how long a customer without open interactions, the ids of their messages
	// and the messages sent are remembered. 0 = 8 days, because WhatsApp repeats a
	// notification for 7. At most MaxSpan.
	Memory time.Duration
	// Evidence is how long a phone is evidence of one person, and how long the aliases of a
	// departed customer and the agent they had last are remembered. 0 = 90 days; at least
	// Memory, at most MaxSpan.
	Evidence time.Duration
	// SendsAtOnce is how many messages of one connector are on their way at once; others wait.
	// 0 = 256.
	SendsAtOnce int
	// CheckTimeout is how long the verdict that an [EffectCheck] asks for is waited for. 0 =
	// 5 s. At most MaxSpan.
	CheckTimeout time.Duration
	// CheckFailClosed says what counts when no verdict comes in time: false, the customer is
	// not listed; true, the customer is.
	CheckFailClosed bool
}

// DefaultCheckTimeout is the CheckTimeout of an engine whose Config says 0.
const DefaultCheckTimeout = 5 * time.Second

// DefaultEvidence is the evidence of an engine whose Config says 0.
const DefaultEvidence = 90 * 24 * time.Hour

func (e *Engine) evidence() int64 { return int64(max(e.cfg.Evidence, e.cfg.Memory)) }

// DefaultMemory is the memory of an engine whose Config says 0.
const DefaultMemory = 8 * 24 * time.Hour

// Engine is the routing of one center. It has no clock, no goroutine and does no I/O;
// the caller serializes calls and passes the time. The zero Engine is not usable.
type Engine struct {
	cfg        Config
	strategies map[string]strategy.Strategy
	names      []string
	builtin    map[string]bool
	inside     bool // a step has not returned

	now   int64
	limit int64     // of this step: what is due up to it acts
	at    time.Time // now, as it goes out with events
	seq   uint64
	ords  uint64

	agents       map[string]*agent
	campaigns    map[string]*campaign
	lines        []*campaign // campaigns by id
	numbers      map[string]*campaign
	interactions map[string]*interaction
	customers    map[string]*customer
	aliases      map[string]*customer
	oldest       *customer
	newest       *customer
	seen         seen
	sent         map[string]*sentRef
	sentOrder    []*sentRef

	timers   timers
	spare    []*timer       // disarmed, to be used again
	over     []*interaction // forgotten in this step,
	blank    []*interaction // and before it: to be used again
	sweep    timer
	links    []link
	accounts map[string]*account // by connector
	slim     *customer           // the first in order of seen who may remember more than identity
	clock    timer               // the wall clock has caught up
	skew     skew

	recent         *interaction
	recentAgent    *agent
	recentCampaign *campaign

	out         Output
	cause       string
	waiters     []*interaction // dirty
	entrants    []*interaction // entered a queue in this step, to be told where they stand
	freed       []*agent       // dirty
	scratch     []byte
	explained   []explained // not used yet
	choices     []strategy.Candidate
	members     []*member
	mark        uint64        // the last mark given, see markAsked
	failures    []failure     // of strategies, not recorded yet
	undelivered []undelivered // messages that failed in the decision under way
}

// New returns an empty engine.
func New(cfg Config) (*Engine, error) {
	if cfg.Memory == 0 {
		cfg.Memory = DefaultMemory
	}
	if cfg.SendsAtOnce <= 0 {
		cfg.SendsAtOnce = DefaultSendsAtOnce
	}
	if cfg.Evidence == 0 {
		cfg.Evidence = DefaultEvidence
	}
	if cfg.CheckTimeout == 0 {
		cfg.CheckTimeout = DefaultCheckTimeout
	}
	var f Faults
	tooLong(&f, "checkTimeout", cfg.CheckTimeout)
	tooLong(&f, "memory", cfg.Memory)
	if tooLong(&f, "evidence", cfg.Evidence); len(f) > 0 {
		return nil, fmt.Errorf("queue: config: %w", f)
	}
	e := &Engine{
		cfg:          cfg,
		strategies:   map[string]strategy.Strategy{},
		agents:       map[string]*agent{},
		campaigns:    map[string]*campaign{},
		numbers:      map[string]*campaign{},
		interactions: map[string]*interaction{},
		customers:    map[string]*customer{},
		aliases:      map[string]*customer{},
		accounts:     map[string]*account{},
		sent:         map[string]*sentRef{},
		builtin:      map[string]bool{},
	}
	for _, s := range strategy.Builtin() {
		e.builtin[s.Name()] = true
		_ = e.addStrategy(s)
	}
	for i, s := range cfg.Strategies {
		if err := e.addStrategy(s); err != nil {
			return nil, fmt.Errorf("queue: config: strategies[%d]: %w", i, err)
		}
	}
	return e, nil
}

// addStrategy makes a strategy known. Its name is asked for once.
func (e *Engine) addStrategy(s strategy.Strategy) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("name: panic: %v", p)
		}
	}()
	if s == nil {
		return errors.New("must not be nil")
	}
	name := s.Name()
	if name == "" || !utf8.ValidString(name) || e.strategies[name] != nil {
		return fmt.Errorf("strategy %q: the name is empty, not valid UTF-8 or taken", name)
	}
	e.strategies[name] = s
	e.names = append(e.names, name)
	return nil
}

// Step lets the deadlines that are due at now act, each at its own instant, then performs
// the command, then every decision that became possible. now is what the wall clock shows.
// The engine's time does not go back: after a step back of the wall clock it continues at
// half rate until the wall clock has caught up, and a [ClockSkewed] event reports it. An instant before [Earliest] or after [Latest] counts as
// the nearest of the two. After an error the output holds what the deadlines did.
func (e *Engine) Step(now time.Time, c Command) (Output, error) {
	if e.inside {
		return Output{}, &Error{Command: "step", Code: ErrInterrupted}
	}
	e.inside = true
	e.begin(now)
	err := e.dispatch(c)
	if err == nil {
		e.leaveBots()
		e.mergeLinked()
		e.settle()
	}
	e.recordFailures()
	e.inside = false
	return e.out, err
}

// Advance lets the deadlines that are due at now act. After a step that did not return it
// does nothing; see [ErrInterrupted].
func (e *Engine) Advance(now time.Time) Output {
	if e.inside {
		return Output{}
	}
	e.inside = true
	e.begin(now)
	e.inside = false
	return e.out
}

// Next returns what the wall clock shows when the earliest deadline is due. That is the
// deadline itself, unless the wall clock was set back; see [Engine.Skew].
func (e *Engine) Next() (time.Time, bool) {
	t, ok := e.timers.next()
	if !ok || e.inside {
		return time.Time{}, false
	}
	return instant(e.skew.toWall(t.at)), true
}

// Seq returns the number of the last event.
func (e *Engine) Seq() uint64 { return e.seq }

// maxRoom is how much room for events is kept from step to step.
const maxRoom = 4096

func (e *Engine) begin(now time.Time) {
	e.reuse()
	clear(e.out.Events)
	clear(e.out.Effects)
	e.out.Events, e.out.Effects = e.out.Events[:0], e.out.Effects[:0]
	if cap(e.out.Events) > maxRoom {
		e.out = Output{} // give back what a storm had needed
	}
	to := e.passTo(clamp(now))
	for {
		t, at, ok := e.timers.due(to)
		if !ok {
			break
		}
		if last := e.lastDue(t, at, to); last > at {
			e.timers.postpone(t, last)
			continue
		}
		e.limit = to
		e.now = max(e.now, at)
		e.fire(t)
		e.leaveBots()
		e.mergeLinked()
		e.settle()
		e.recordFailures()
	}
	e.now = to
}

// fire lets one deadline act. The deadline is disarmed first by the event it causes, or
// here, so that it can never fire twice.
func (e *Engine) fire(t *timer) {
	e.cause = causes[t.kind]
	kind, in, a, c, acct := t.kind, t.interaction, t.agent, t.campaign, t.account
	e.disarmTimer(t)
	switch kind {
	case timerRing:
		e.ringOver(in)
	case timerBreach:
		ev := e.about(Breached, in)
		ev.Threshold = in.camp.cfg.ServiceLevel
		e.emit(ev)
	case timerMaxTime:
		e.maxTimeOver(in)
	case timerStage:
		e.stage(in)
	case timerMemory:
		e.emit(e.about(Forgave, in))
	case timerOverflow:
		e.overflow(in)
	case timerAnnounce:
		e.announce(in)
	case timerBot:
		e.botFailed(in, "no answer in time")
	case timerBotSilence:
		e.botExit(in, "customer is silent", false)
	case timerSend:
		e.sendOver(in)
	case timerCustomer, timerAgentSilence:
		e.silent(in, kind)
	case timerWrapUp:
		e.put(Event{Kind: AgentWrapUp, Agent: a.id})
		e.leaveAfterWork(a)
	case timerDelay:
		e.put(Event{Kind: AgentDelayed, Agent: a.id})
	case timerLease:
		e.lapse(a)
	case timerHours:
		e.hoursChange(c)
	case timerDay:
		e.put(Event{Kind: CampaignDay, Campaign: c.id})
	case timerCheck:
		e.checkOver(in)
	case timerProbe:
		e.put(Event{Kind: AccountDown, Topic: acct.connector, Reason: acct.reason, Code: acct.code, Direct: acct.stopped, Count: acct.probes})
		e.retryBlocked(acct)
	case timerSweep:
		e.put(Event{Kind: Swept})
	case timerClock:
		e.put(Event{Kind: ClockSkewed, Since: instant(e.now)})
	}
}

var causes = [timerKinds]string{
	timerRing: "deadline:ring", timerBreach: "deadline:service-level", timerMaxTime: "deadline:max-time",
	timerStage: "deadline:requirement", timerMemory: "deadline:decline-memory", timerOverflow: "deadline:overflow",
	timerAnnounce: "deadline:announce", timerBot: "deadline:bot", timerBotSilence: "deadline:bot-silence",
	timerSend: "deadline:send", timerCustomer: "deadline:customer-silence", timerAgentSilence: "deadline:agent-silence",
	timerWrapUp: "deadline:wrap-up", timerDelay: "deadline:delay", timerLease: "deadline:lease",
	timerHours: "deadline:hours", timerDay: "deadline:day", timerSweep: "deadline:sweep", timerClock: "deadline:clock", timerProbe: "deadline:probe", timerCheck: "deadline:check",
}

// slot returns the place of the next event, empty. It is filled and emitted before any
// other event is begun.
func (e *Engine) slot() *Event { return extend(&e.out.Events) }

// extend adds an element to a list of the output and returns it. It is empty: begin has
// cleared what room there is. New room is twice as much, because a storm copies a lot.
func extend[T any](list *[]T) *T {
	n := len(*list)
	if n == cap(*list) {
		*list = slices.Grow(*list, n+1)
	}
	*list = (*list)[:n+1]
	return &(*list)[n]
}

// about begins an event of an interaction.
func (e *Engine) about(kind Kind, in *interaction) *Event {
	ev := e.slot()
	ev.Kind, ev.Interaction, ev.Campaign = kind, in.id, in.camp.id
	return ev
}

// emit numbers an event that was begun and folds it into the state.
func (e *Engine) emit(ev *Event) *Event {
	if e.at.UnixNano() != e.now {
		e.at = instant(e.now)
	}
	ev.Seq, ev.At, ev.Cause = e.seq+1, e.at, e.cause
	e.apply(ev)
	if ev.Delivery == MessageFailed {
		e.undelivered = append(e.undelivered, undelivered{ev.Interaction, ev.Key, ev.Reason})
	}
	return ev
}

// put is slot and emit in one.
func (e *Engine) put(ev Event) *Event {
	p := e.slot()
	*p = ev
	return e.emit(p)
}

func (e *Engine) effect(f Effect) { e.out.Effects = append(e.out.Effects, f) }

// request is effect for what follows from an event, filled where it stands.
func (e *Engine) request(kind EffectKind, ev *Event) *Effect {
	f := extend(&e.out.Effects)
	f.Kind, f.Seq, f.Interaction, f.Campaign = kind, ev.Seq, ev.Interaction, ev.Campaign
	return f
}

// refuse returns the error of a refused command.
func (e *Engine) refuse(code Code, in *interaction, reason string) *Error {
	err := &Error{Command: e.cause, Code: code, Reason: reason}
	if in != nil {
		err.Interaction, err.Campaign = in.id, in.camp.id
	}
	return err
}

func (e *Engine) findInteraction(id string) (*interaction, error) {
	in := e.named(id)
	switch {
	case in == nil:
		return nil, &Error{Command: e.cause, Code: ErrUnknownInteraction, Interaction: id}
	case in.phase == inEnd:
		return nil, &Error{Command: e.cause, Code: ErrEnded, Interaction: id}
	}
	return in, nil
}

func (e *Engine) findAgent(id string) (*agent, error) {
	if a := e.person(id); a != nil {
		return a, nil
	}
	return nil, &Error{Command: e.cause, Code: ErrUnknownAgent, Agent: id}
}

func (e *Engine) findCampaign(id string) (*campaign, error) {
	if c := e.line(id); c != nil {
		return c, nil
	}
	return nil, &Error{Command: e.cause, Code: ErrUnknownCampaign, Campaign: id}
}

// findBoth is the beginning of every command of an agent about an interaction.
func (e *Engine) findBoth(interaction, agent string) (*interaction, *agent, error) {
	a, err := e.findAgent(agent)
	if err != nil {
		return nil, nil, err
	}
	in, err := e.findInteraction(interaction)
	return in, a, err
}

// named, person and line look things up. A step is mostly about one of each, so the last
// one found is tried first.
func (e *Engine) named(id string) *interaction {
	if e.recent == nil || e.recent.id != id {
		in := e.interactions[id]
		if in == nil {
			return nil
		}
		e.recent = in
	}
	return e.recent
}

func (e *Engine) person(id string) *agent {
	if id == "" {
		return nil
	}
	if e.recentAgent == nil || e.recentAgent.id != id {
		a := e.agents[id]
		if a == nil {
			return nil
		}
		e.recentAgent = a
	}
	return e.recentAgent
}

func (e *Engine) line(id string) *campaign {
	if e.recentCampaign == nil || e.recentCampaign.id != id {
		c := e.campaigns[id]
		if c == nil {
			return nil
		}
		e.recentCampaign = c
	}
	return e.recentCampaign
}

// draw returns 64 random bits that depend on the seed, the next event and n alone, so a
// replay and a restored engine draw the same. The mix is splitmix64's.
func (e *Engine) draw(n uint64) uint64 {
	z := e.cfg.Seed ^ (e.seq+1)*0x9e3779b97f4a7c15 ^ n*0xd1342543de82ef95
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
