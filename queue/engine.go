package queue

import (
	"fmt"
	"time"

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
	// notification for 7.
	Memory time.Duration
}

// DefaultMemory is the memory of an engine whose Config says 0.
const DefaultMemory = 8 * 24 * time.Hour

// Engine is the routing of one center. It has no clock, no goroutine and does no I/O;
// the caller serializes calls and passes the time. The zero Engine is not usable.
type Engine struct {
	cfg        Config
	strategies map[string]strategy.Strategy
	names      []string

	now  int64
	seq  uint64
	ords uint64

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

	timers timers
	spare  []*timer
	sweep  timer

	out     Output
	cause   string
	waiters []*interaction // dirty
	freed   []*agent       // dirty
	scratch []byte
	names2  []strategy.Candidate
	members []*member
}

// New returns an empty engine.
func New(cfg Config) (*Engine, error) {
	if cfg.Memory == 0 {
		cfg.Memory = DefaultMemory
	}
	if cfg.Memory < 0 {
		return nil, fmt.Errorf("queue: config: memory: must be ≥ 0, is %s", cfg.Memory)
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
		sent:         map[string]*sentRef{},
	}
	for _, s := range append(strategy.Builtin(), cfg.Strategies...) {
		if s.Name() == "" || e.strategies[s.Name()] != nil {
			return nil, fmt.Errorf("queue: config: strategy %q: the name is empty or taken", s.Name())
		}
		e.strategies[s.Name()] = s
		e.names = append(e.names, s.Name())
	}
	return e, nil
}

// Step lets the deadlines that are due at now act, each at its own instant, then performs
// the command, then every decision that became possible. now may not go back: an earlier
// one counts as the latest seen. After an error the output holds what the deadlines did.
func (e *Engine) Step(now time.Time, c Command) (Output, error) {
	e.begin(now)
	e.cause = c.cause()
	err := c.do(e)
	if err != nil {
		return e.out, err
	}
	e.settle()
	return e.out, nil
}

// Advance lets the deadlines that are due at now act.
func (e *Engine) Advance(now time.Time) Output {
	e.begin(now)
	return e.out
}

// Next returns the earliest deadline.
func (e *Engine) Next() (time.Time, bool) {
	t, ok := e.timers.next()
	if !ok {
		return time.Time{}, false
	}
	return instant(t.at), true
}

// Seq returns the number of the last event.
func (e *Engine) Seq() uint64 { return e.seq }

func (e *Engine) begin(now time.Time) {
	clear(e.out.Events)
	clear(e.out.Effects)
	e.out.Events, e.out.Effects = e.out.Events[:0], e.out.Effects[:0]
	to := max(nanos(now), e.now)
	for {
		t, ok := e.timers.next()
		if !ok || t.at > to {
			break
		}
		e.now = max(e.now, t.at)
		e.fire(t)
		e.settle()
	}
	e.now = to
}

// fire lets one deadline act. The deadline is disarmed first by the event it causes, or
// here, so that it can never fire twice.
func (e *Engine) fire(t *timer) {
	e.cause = causes[t.kind]
	kind, in, a, c := t.kind, t.interaction, t.agent, t.campaign
	e.disarmTimer(t)
	switch kind {
	case timerRing:
		e.ringOver(in)
	case timerBreach:
		e.emit(e.about(Breached, in))
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
		e.botFailed(in, "customer is silent")
	case timerSend:
		e.sendOver(in)
	case timerCustomer, timerAgentSilence:
		e.silent(in, kind)
	case timerWrapUp:
		e.emit(Event{Kind: AgentWrapUp, Agent: a.id})
		e.leaveAfterWork(a)
	case timerDelay:
		e.emit(Event{Kind: AgentDelayed, Agent: a.id})
	case timerLease:
		e.lapse(a)
	case timerHours:
		e.hoursChange(c)
	case timerDay:
		e.emit(Event{Kind: CampaignDay, Campaign: c.id})
	case timerSweep:
		e.emit(Event{Kind: Swept})
	}
}

var causes = [timerKinds]string{
	timerRing: "deadline:ring", timerBreach: "deadline:service-level", timerMaxTime: "deadline:max-time",
	timerStage: "deadline:requirement", timerMemory: "deadline:decline-memory", timerOverflow: "deadline:overflow",
	timerAnnounce: "deadline:announce", timerBot: "deadline:bot", timerBotSilence: "deadline:bot-silence",
	timerSend: "deadline:send", timerCustomer: "deadline:customer-silence", timerAgentSilence: "deadline:agent-silence",
	timerWrapUp: "deadline:wrap-up", timerDelay: "deadline:delay", timerLease: "deadline:lease",
	timerHours: "deadline:hours", timerDay: "deadline:day", timerSweep: "deadline:sweep",
}

// emit numbers an event, folds it into the state and puts it out. The pointer is good
// until the next emit.
func (e *Engine) emit(ev Event) *Event {
	e.out.Events = append(e.out.Events, ev)
	p := &e.out.Events[len(e.out.Events)-1]
	p.Seq, p.At, p.Cause = e.seq+1, instant(e.now), e.cause
	e.apply(p); e.dbg()
	return p
}

// about returns an event of an interaction.
func (e *Engine) about(kind Kind, in *interaction) Event {
	return Event{Kind: kind, Interaction: in.id, Campaign: in.camp.id}
}

func (e *Engine) effect(f Effect) { e.out.Effects = append(e.out.Effects, f) }

// refuse returns the error of a refused command.
func (e *Engine) refuse(code Code, in *interaction, reason string) *Error {
	err := &Error{Command: e.cause, Code: code, Reason: reason}
	if in != nil {
		err.Interaction, err.Campaign = in.id, in.camp.id
	}
	return err
}

func (e *Engine) findInteraction(id string) (*interaction, error) {
	in := e.interactions[id]
	switch {
	case in == nil:
		return nil, &Error{Command: e.cause, Code: ErrUnknownInteraction, Interaction: id}
	case in.phase == inEnd:
		return nil, &Error{Command: e.cause, Code: ErrEnded, Interaction: id}
	}
	return in, nil
}

func (e *Engine) findAgent(id string) (*agent, error) {
	if a := e.agents[id]; a != nil {
		return a, nil
	}
	return nil, &Error{Command: e.cause, Code: ErrUnknownAgent, Agent: id}
}

func (e *Engine) findCampaign(id string) (*campaign, error) {
	if c := e.campaigns[id]; c != nil {
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

// nanos is the engine's time: zone and monotonic reading are left at the door.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// instant is the time that goes out; 0 is no time at all.
func instant(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// draw returns 64 random bits that depend on the seed, the next event and n alone, so a
// replay and a restored engine draw the same. The mix is splitmix64's.
func (e *Engine) draw(n uint64) uint64 {
	z := e.cfg.Seed ^ (e.seq+1)*0x9e3779b97f4a7c15 ^ n*0xd1342543de82ef95
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
