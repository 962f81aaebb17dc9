package queue

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	must "github.com/stretchr/testify/require"

	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/strategy"
)

// notState lists the fields that a snapshot does not hold, and why the engine behaves the same
// without them. Every other field of the engine, of its agents, campaigns, customers and
// interactions, and of what they hold, must survive Restore(Snapshot()).
var notState = map[string]string{
	"Engine.cfg": "given to Restore", "Engine.strategies": "given to Restore", "Engine.names": "given to Restore",
	"Engine.at": "now in another form", "Engine.lines": "campaigns in order", "Engine.numbers": "of the campaigns' configurations",
	"Engine.aliases": "of the customers", "Engine.oldest": "a list of the customers", "Engine.newest": "a list of the customers",
	"Engine.slim": "a place in that list; what precedes it is trimmed already",
	"Engine.sent": "sentOrder by id", "Engine.spare": "memory to be reused", "Engine.over": "memory to be reused", "Engine.blank": "memory to be reused",
	"Engine.recent": "cache", "Engine.recentAgent": "cache", "Engine.recentCampaign": "cache", "Engine.out": "of the latest step",
	"Engine.cause": "of the latest step", "Engine.scratch": "memory to be reused", "Engine.explained": "memory to be reused",
	"Engine.choices": "memory to be reused", "Engine.members": "memory to be reused", "Engine.waiters": "empty between steps", "Engine.freed": "empty between steps",
	"Engine.entrants":  "empty between steps",
	"Engine.limit":     "of a step",
	"Engine.inside":    "false between steps",
	"Engine.mark":      "of a decision",
	"agent.mark":       "of a decision",
	"campaign.foreign": "of the configuration",
	"Engine.builtin":   "given to Restore",
	"Engine.failures":  "empty between steps", "Engine.undelivered": "empty between steps", "campaign.unrecorded": "zero between steps",
	"timers.heap": "checked by their owners' timers", "timer.pos": "place in the heap",
	"interaction.first": "nil between steps", "interaction.dirty": "false between steps", "interaction.class": "derived when placed", "interaction.rank": "derived when placed",
	"agent.id": "of the configuration", "agent.dirty": "false between steps", "agent.kept": "derived when interactions are placed",
	"member.id": "of the agent", "member.camp": "its owner", "member.pool": "derived", "member.last": "cache", "member.rank": "derived", "member.weight": "derived", "member.skills": "derived",
	"campaign.sets": "derived", "campaign.pools": "derived", "campaign.classes": "derived", "campaign.recent": "cache", "campaign.plain": "derived",
	"campaign.lists": "derived", "campaign.version": "of caches", "campaign.hours": "of the configuration", "campaign.zone": "of the configuration",
	"campaign.order": "of the configuration", "campaign.pull": "of the configuration", "campaign.draw": "of the configuration", "campaign.choose": "of the configuration",
	"customer.older": "list", "customer.newer": "list", "account.blocked": "of the messages that wait for it",
}

// entities are shown by their id where another refers to them.
var entities = map[reflect.Type]string{
	reflect.TypeFor[*account](): "connector",
	reflect.TypeFor[*agent]():   "id", reflect.TypeFor[*campaign](): "id", reflect.TypeFor[*customer](): "id", reflect.TypeFor[*interaction](): "id",
}

// prober describes an engine's state, and remembers which fields ever had a value.
type prober struct {
	lines []string
	used  map[string]bool // by type and field
}

// state returns every field of an engine that is state, a line each.
func (p *prober) state(e *Engine) []string {
	p.lines = nil
	p.fields("engine", reflect.ValueOf(e).Elem())
	return p.lines
}

func (p *prober) fields(path string, v reflect.Value) {
	name := v.Type().Name()
	for i := range v.NumField() {
		field := name + "." + v.Type().Field(i).Name
		if why, skip := notState[field]; skip && why != "" {
			continue
		}
		f := v.Field(i)
		if _, known := p.used[field]; !known || !f.IsZero() {
			p.used[field] = p.used[field] || !f.IsZero()
		}
		_, ref := entities[f.Type()]
		p.value(path+"."+v.Type().Field(i).Name, f, ref)
	}
}

func (p *prober) value(path string, v reflect.Value, ref bool) {
	switch v.Kind() {
	case reflect.Pointer:
		switch id, entity := entities[v.Type()]; {
		case v.IsNil():
			p.lines = append(p.lines, path+" nil")
		case entity && ref:
			p.lines = append(p.lines, path+" → "+v.Elem().FieldByName(id).String())
		default:
			p.value(path, v.Elem(), false)
		}
	case reflect.Struct:
		p.fields(path, v)
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		for _, k := range keys {
			p.value(fmt.Sprintf("%s[%v]", path, k), v.MapIndex(k), false)
		}
	case reflect.Slice, reflect.Array:
		p.list(path, v)
	default:
		p.lines = append(p.lines, fmt.Sprintf("%s %v", path, v))
	}
}

// list describes a list in its order; timers of one owner have none.
func (p *prober) list(path string, v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		p.lines = append(p.lines, fmt.Sprintf("%s %v", path, v))
		return
	}
	_, ref := entities[v.Type().Elem()]
	if v.Type().Elem() != reflect.TypeFor[*timer]() {
		for i := range v.Len() {
			p.value(fmt.Sprintf("%s[%d]", path, i), v.Index(i), ref)
		}
		return
	}
	var timers []string
	for i := range v.Len() {
		var one prober
		one.used = p.used
		one.fields(path, v.Index(i).Elem())
		timers = append(timers, strings.Join(one.lines, " "))
	}
	slices.Sort(timers)
	p.lines = append(p.lines, timers...)
}

// checkIdentity restores the snapshot of e, as JSON carries it, and compares every field.
func (p *prober) checkIdentity(t *testing.T, e *Engine) {
	t.Helper()
	data, err := json.Marshal(e.Snapshot())
	must.NoError(t, err)
	var s Snapshot
	must.NoError(t, json.Unmarshal(data, &s))
	twin, err := Restore(e.cfg, s)
	must.NoError(t, err)
	want, got := p.state(e), p.state(twin)
	if slices.Equal(want, got) {
		return
	}
	missing := slices.DeleteFunc(slices.Clone(want), func(l string) bool { return slices.Contains(got, l) })
	extra := slices.DeleteFunc(slices.Clone(got), func(l string) bool { return slices.Contains(want, l) })
	t.Fatalf("event %d: a restored engine is another one:\nlost:\n%s\ninstead:\n%s", e.seq,
		strings.Join(missing[:min(len(missing), 20)], "\n"), strings.Join(extra[:min(len(extra), 20)], "\n"))
}

// goldenEvents returns the events of a golden journal of the first version.
func goldenEvents(t *testing.T) (events []Event) {
	t.Helper()
	f, err := os.Open("../testdata/golden/v1/every-event/journal.jsonl.gz")
	must.NoError(t, err)
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	must.NoError(t, err)
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r struct {
			Event
			Data json.RawMessage `json:"data"`
			Body json.RawMessage `json:"body"`
		}
		must.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		ev := r.Event
		must.NoError(t, json.Unmarshal(r.Data, &ev))
		if len(r.Body) > 0 {
			var body struct {
				Text, MessageID string
				Body            json.RawMessage
			}
			must.NoError(t, json.Unmarshal(r.Body, &ev))
			must.NoError(t, json.Unmarshal(r.Body, &body))
			if ev.Message != nil {
				ev.Message.Text, ev.Message.ID, ev.Message.Body = body.Text, body.MessageID, body.Body
			}
		}
		events = append(events, ev)
	}
	must.NoError(t, lines.Err())
	return events
}

// Every field of the state survives Restore(Snapshot()), and every field has had a value in
// this test, so that one which a snapshot forgets is found. A new field that fails here belongs
// in the snapshot and, when neither the golden journal nor enrich gives it a value, in enrich; or,
// when it is derived, in notState.
func TestEveryFieldSurvivesASnapshot(t *testing.T) {
	p := &prober{used: map[string]bool{}}
	e, err := New(Config{Seed: 7})
	must.NoError(t, err)
	events := goldenEvents(t)
	for i := range events {
		must.NoError(t, e.Replay(events[i:i+1]))
		// A snapshot is taken after a whole step: here, before time passes.
		if i == len(events)-1 || i%3 == 0 && !events[i+1].At.Equal(events[i].At) {
			p.checkIdentity(t, e)
		}
	}
	enrich(t, p)
	var never []string // exported structures but the engine are configuration and messages
	for field, used := range p.used {
		if name, _, _ := strings.Cut(field, "."); !used && unicode.IsLower(rune(name[0])) || !used && name == "Engine" {
			never = append(never, field)
		}
	}
	slices.Sort(never)
	assert.Empty(t, never, "fields that never had a value in this test")
	for field := range notState {
		name, f, _ := strings.Cut(field, ".")
		assert.True(t, hasField(name, f), "%s is listed and does not exist", field)
	}
}

func hasField(typ, field string) bool {
	for _, t := range []reflect.Type{
		reflect.TypeFor[Engine](), reflect.TypeFor[interaction](), reflect.TypeFor[agent](), reflect.TypeFor[member](), reflect.TypeFor[campaign](),
		reflect.TypeFor[customer](), reflect.TypeFor[account](), reflect.TypeFor[timer](), reflect.TypeFor[timers](),
	} {
		if t.Name() == typ {
			_, ok := t.FieldByName(field)
			return ok
		}
	}
	return false
}

// broken is a strategy of a host's that panics.
type broken struct{}

func (broken) Name() string                        { return "broken" }
func (broken) Key(strategy.Candidate) strategy.Key { panic("broken") }

// enrich gives a value to what the golden journal leaves empty after a whole step: what waits
// for an answer of the shell, and what later versions have added.
func enrich(t *testing.T, p *prober) {
	t.Helper()
	e, err := New(Config{Seed: 7, Strategies: []strategy.Strategy{broken{}}})
	must.NoError(t, err)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	do := func(c Command) {
		t.Helper()
		_, err := e.Step(now, c)
		must.NoError(t, err, "%T", c)
		p.checkIdentity(t, e)
	}
	pass := func(d time.Duration) { now = now.Add(d) }
	hours := &schedule.Schedule{Week: []schedule.Rule{{Days: []string{"mon"}, Range: schedule.Range{From: "08:00", To: "09:10"}}}}
	for _, id := range []string{"ana", "bruno", "carla"} {
		do(ConfigureAgent{Agent: Agent{ID: id, Limit: 3}})
	}
	members := []Member{{Agent: "ana"}, {Agent: "bruno"}, {Agent: "carla"}}
	do(Configure{Campaign: Campaign{ID: "bot", Numbers: []string{"+1"}, BotOnStart: "menu", BotQueueFull: "sorry", Members: members, MaxInteractions: 1}})
	do(Configure{Campaign: Campaign{ID: "holds", Numbers: []string{"+2"}, Hours: hours, AtClosing: Hold, Members: members}})
	do(Configure{Campaign: Campaign{ID: "broken", Numbers: []string{"+3"}, Strategy: "broken", Members: members, AutoAnswer: true}})
	arrive := func(id, number, alias string, change func(*Arrive)) {
		t.Helper()
		c := Arrive{
			ID: id, Number: number, Aliases: []string{alias}, Customer: "c-" + id,
			Message: &Message{ID: "m-" + id, At: now, Text: "hello", Body: json.RawMessage(`{"kind":"text"}`)},
		}
		if change != nil {
			change(&c)
		}
		do(c)
	}
	answer := func(id string, r BotReply) {
		t.Helper()
		b := e.interactions[id].bot
		r.Interaction, r.Session, r.Turn = id, b.session, b.turn
		do(r)
	}
	arrive("turn", "+1", "phone:1", nil) // the bot is asked
	do(Arrive{ID: "x", Number: "+1", Aliases: []string{"phone:1"}, Customer: "c", Message: &Message{ID: "more", At: now, Text: "and"}})
	arrive("first", "+1", "phone:2", nil)
	answer("first", BotReply{Next: BotQueue})
	arrive("away", "+1", "phone:3", nil) // the queue is full, its bot has it
	answer("away", BotReply{Next: BotQueue})
	arrive("cost", "+3", "phone:4", func(c *Arrive) {
		c.Cost, c.PreferFor, c.Preferred = 2, time.Hour, []Preferred{{Agent: "bruno", Score: 3}, {Agent: "ana", Score: 1}}
	})
	do(AgentState{Agent: "ana", State: Available})
	do(AgentState{Agent: "bruno", State: Available})
	for i := range MaxStrategyFailures {
		arrive(fmt.Sprintf("fails%d", i), "+3", fmt.Sprintf("phone:5%d", i), nil)
		pass(time.Second)
	}
	do(Send{Interaction: "cost", Agent: e.interactions["cost"].agent.name(), Message: Message{Text: "a moment", Template: true}, Dedup: "one"})
	do(End{Interaction: "cost", Blacklisted: true, Reason: "abuse"})
	do(AgentState{Agent: "bruno", State: Offline, AfterWork: true})
	do(AgentState{Agent: "ana", State: Paused, AfterWork: true, Reason: "lunch"})
	arrive("large", "+3", "phone:40", func(c *Arrive) { c.Cost = 3 })
	do(End{Interaction: "large"})
	arrive("held", "+2", "phone:6", nil)
	pass(15 * time.Minute)
	arrive("later", "+2", "phone:7", nil)
	// Two customers who are one and are both in a conversation on one number.
	arrive("one", "+3", "user:ES.1", nil)
	arrive("two", "+3", "phone:8", nil)
	do(Identify{Old: []string{"user:ES.1"}, New: []string{"phone:8"}})
	do(Identify{Old: []string{"phone:8"}, New: []string{"user:ES.1"}})
	// An account that cannot send, one message that waits for it, and one with its price.
	do(ConfigureAgent{Agent: Agent{ID: "eva", Limit: 9}})
	do(Configure{Campaign: Campaign{ID: "down", Numbers: []string{"+55"}, Connector: "wa", AutoAnswer: true, Members: []Member{{Agent: "eva"}}}})
	do(AgentState{Agent: "eva", State: Available})
	for i := range 5 {
		id := fmt.Sprintf("down%d", i)
		arrive(id, "+55", fmt.Sprintf("phone:7%d", i), nil)
		do(Send{Agent: "eva", Interaction: id, Message: Message{Text: "x"}})
		if len(e.interactions[id].outbox) == 0 || e.interactions[id].outbox[0].state != MessageSending {
			continue
		}
		sent := Sent{Interaction: id, Key: e.interactions[id].outbox[0].key, Result: SendRetry, Reason: "refused", Code: 2}
		if i == 0 {
			sent.Result, sent.ProviderID = SendAccepted, "taken"
		}
		do(sent)
	}
	do(Receipt{Number: "+55", ProviderID: "taken", State: MessageSent, Pricing: "service"})
	arrive("stopped", "+55", "phone:79", nil)
	do(Receipt{Number: "+55", ProviderID: "taken", State: MessageFailed, Code: 131042, Stopped: true})
	// Answers while another waits, and a time in the queue that passes during an offer.
	do(ConfigureAgent{Agent: Agent{ID: "dora", Limit: 2}})
	do(Configure{Campaign: Campaign{ID: "slow", Numbers: []string{"+4"}, MaxTime: 20 * time.Second, RingTime: time.Minute, Members: []Member{{Agent: "dora"}}}})
	for i := range 4 {
		arrive(fmt.Sprintf("slow%d", i), "+4", fmt.Sprintf("phone:9%d", i), nil)
	}
	do(AgentState{Agent: "dora", State: Available})
	do(Accept{Agent: "dora", Interaction: "slow0"})
	pass(2 * time.Second)
	do(Accept{Agent: "dora", Interaction: "slow1"})
	do(Finish{Agent: "dora", Interaction: "slow0"})
	pass(19 * time.Second)
	do(Note{Topic: "time passes"})
	// A tier that an overflow step opens.
	do(ConfigureAgent{Agent: Agent{ID: "emil"}})
	do(ConfigureAgent{Agent: Agent{ID: "finn"}})
	do(Configure{Campaign: Campaign{
		ID: "wide", Numbers: []string{"+5"}, TierWait: time.Minute, Members: []Member{{Agent: "dora"}, {Agent: "emil", Tier: 1}, {Agent: "finn", Tier: 2}},
		Overflow: []Overflow{{After: time.Second, Do: DoRelax, Relax: &Relax{Tiers: 1}}},
	}})
	do(AgentState{Agent: "dora", State: Paused})
	arrive("wide", "+5", "phone:99", nil)
	pass(2 * time.Second)
	do(Note{Topic: "a tier opens"})
	// A customer who waits for the agent they had, and a delay after a decline.
	do(ConfigureAgent{Agent: Agent{ID: "gil"}})
	do(Configure{Campaign: Campaign{
		ID: "sticky", Numbers: []string{"+6"}, Sticky: StickyWait, StickyWait: time.Hour, DeclineDelay: time.Hour, Members: []Member{{Agent: "gil"}},
	}})
	do(AgentState{Agent: "gil", State: Available})
	arrive("had", "+6", "phone:60", nil)
	do(Accept{Agent: "gil", Interaction: "had"})
	do(Finish{Agent: "gil", Interaction: "had"})
	arrive("declined", "+6", "phone:61", nil)
	do(Decline{Agent: "gil", Interaction: "declined"})
	arrive("waits", "+6", "phone:60", nil)
	// A blacklist that is being asked for an overflow step.
	do(Configure{Campaign: Campaign{ID: "guarded", Numbers: []string{"+7"}, IncomingBlacklist: true, Members: []Member{{Agent: "dora"}}}})
	do(Configure{Campaign: Campaign{ID: "leaves", Numbers: []string{"+8"}, Members: []Member{{Agent: "dora"}}, Overflow: []Overflow{
		{After: time.Hour, Do: DoEnd}, {After: time.Second, Do: DoCampaign, Target: "guarded"},
	}}})
	arrive("leaves", "+8", "phone:66", nil)
	pass(2 * time.Second)
	do(Note{Topic: "a blacklist is asked"})
	pass(-time.Hour)
	do(Note{Topic: "the clock was set back"})
}
