package queue_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
)

// busy is a floor with something for every command to act on.
type busy struct {
	*floor
	offered, active, waiting, withBot, parked string
	sending, accepted                         string // keys of messages
}

func newBusy(t *testing.T) *busy {
	t.Helper()
	f := newFloorAt(t, start)
	f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "dora", Limit: 5, Lease: time.Hour}})
	f.configure(queue.Campaign{WrapUp: time.Minute, MaxTransferTime: time.Minute, Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno"}, {Agent: "dora"}}})
	f.configure(queue.Campaign{ID: "support", BotOnStart: "menu", Window: 24 * time.Hour})
	f.configure(queue.Campaign{ID: "empty", Numbers: []string{"+15550003333"}, Members: []queue.Member{{Agent: "carla"}}})
	b := &busy{floor: f}
	f.available("dora")
	f.do(queue.Finish{Interaction: f.answered("first", "dora"), Agent: "dora"}) // in wrap-up
	f.available("bruno")
	b.active, b.parked = f.answered("pedro", "bruno"), f.answered("juan", "bruno")
	f.do(queue.Park{Interaction: b.parked, Agent: "bruno"})
	f.do(queue.Send{Interaction: b.parked, Agent: "bruno", Message: queue.Message{Text: "one"}})
	b.accepted = f.effects[len(f.effects)-1].Key
	f.do(queue.Sent{Interaction: b.parked, Key: b.accepted, Result: queue.SendAccepted, ProviderID: "wamid.1"})
	f.do(queue.Send{Interaction: b.active, Agent: "bruno", Message: queue.Message{Text: "two"}})
	b.sending = f.effects[len(f.effects)-1].Key
	f.available("ana")
	f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
	b.offered = f.says("maria", "hello")
	c := f.contact("lucia", "hello")
	c.Number = "+15550003333"
	b.waiting = f.arrives(c)
	b.withBot = toSupport(f, "eva")
	return b
}

// samples has one command of every type, each of which succeeds on a busy floor.
var samples = map[string]func(*busy) queue.Command{
	"Arrive": func(b *busy) queue.Command {
		c := b.contact("new", "hello")
		c.Campaign = "sales"
		c.Skills, c.Cost, c.Preferred = []queue.Skill{{Name: "french", Level: 1, For: time.Minute}}, 1, []queue.Preferred{{Agent: "carla", Score: 1}}
		c.PreferFor, c.Vars, c.Priority, c.Weak = time.Minute, map[string]string{"a": "b"}, pointer(1), []string{"name:new"}
		c.Message.Body = json.RawMessage(`{"a":1}`)
		return c
	},
	"Start": func(*busy) queue.Command {
		return queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:out"}, Customer: "c-out", ID: "out", Message: &queue.Message{Text: "hi"}}
	},
	"Accept": func(b *busy) queue.Command { return queue.Accept{Agent: "ana", Interaction: b.offered} },
	"Decline": func(b *busy) queue.Command {
		return queue.Decline{Agent: "ana", Interaction: b.offered, Reason: "busy"}
	},
	"OfferFailed": func(b *busy) queue.Command {
		return queue.OfferFailed{Agent: "ana", Interaction: b.offered, Reason: "gone"}
	},
	"Take": func(b *busy) queue.Command { return queue.Take{Agent: "carla", Interaction: b.waiting, Override: true} },
	"Assign": func(b *busy) queue.Command {
		return queue.Assign{Agent: "carla", Interaction: b.waiting, Override: true, By: "boss", Reason: "now"}
	},
	"Transfer": func(b *busy) queue.Command {
		return queue.Transfer{Interaction: b.active, Agent: "bruno", ToAgent: "ana", By: "boss", Reason: "knows", Blocked: &queue.Block{Reason: "abuse", Alias: "phone:pedro"}}
	},
	"CancelTransfer": func(b *busy) queue.Command {
		b.do(queue.Transfer{Interaction: b.active, Agent: "bruno", ToAgent: "ana"})
		return queue.CancelTransfer{Interaction: b.active, Agent: "bruno"}
	},
	"Finish": func(b *busy) queue.Command {
		return queue.Finish{Interaction: b.active, Agent: "bruno", Disposition: "sold"}
	},
	"Park":    func(b *busy) queue.Command { return queue.Park{Interaction: b.active, Agent: "bruno"} },
	"Resume":  func(b *busy) queue.Command { return queue.Resume{Interaction: b.parked, Agent: "bruno"} },
	"Leave":   func(b *busy) queue.Command { return queue.Leave{Interaction: b.waiting, Reason: "hung up"} },
	"End":     func(b *busy) queue.Command { return queue.End{Interaction: b.active, By: "boss", Reason: "spam"} },
	"Requeue": func(b *busy) queue.Command { return queue.Requeue{Interaction: b.active, By: "boss", Reason: "again"} },
	"Move": func(b *busy) queue.Command {
		return queue.Move{Interaction: b.waiting, Campaign: "sales", By: "boss", Reason: "there", Blocked: &queue.Block{Reason: "abuse", Alias: "phone:lucia"}}
	},
	"Unlist": func(b *busy) queue.Command {
		b.do(queue.End{Interaction: b.active, Blacklisted: true})
		return queue.Unlist{Interaction: b.active, By: "boss", Reason: "mistake"}
	},
	"Reprioritize": func(b *busy) queue.Command {
		return queue.Reprioritize{Interaction: b.waiting, Priority: pointer(3), Skills: &[]queue.Skill{{Name: "french", Level: 2, For: time.Minute}}, By: "boss", Reason: "vip"}
	},
	"SetVars": func(b *busy) queue.Command {
		return queue.SetVars{Interaction: b.waiting, Vars: map[string]string{"a": "b"}}
	},
	"AgentState": func(*busy) queue.Command {
		return queue.AgentState{Agent: "ana", State: queue.Paused, Reason: "lunch", By: "boss"}
	},
	"AgentCall": func(*busy) queue.Command { return queue.AgentCall{Agent: "ana", OnCall: true} },
	"Heartbeat": func(*busy) queue.Command { return queue.Heartbeat{Agent: "dora"} },
	"WrapUp":    func(*busy) queue.Command { return queue.WrapUp{Agent: "dora", For: time.Minute} },
	"Send": func(b *busy) queue.Command {
		return queue.Send{Interaction: b.active, Agent: "bruno", Message: queue.Message{Text: "hi", Body: json.RawMessage(`{}`)}, Dedup: "x"}
	},
	"Sent": func(b *busy) queue.Command {
		return queue.Sent{Interaction: b.active, Key: b.sending, Result: queue.SendRetry, RetryAfter: time.Minute, Code: 1, Reason: "later"}
	},
	"Receipt": func(*busy) queue.Command {
		return queue.Receipt{Number: number, ProviderID: "wamid.1", State: queue.MessageDelivered, At: start, Reason: "r", Pricing: "p"}
	},
	"BotReply": func(b *busy) queue.Command {
		asked := b.asked(b.withBot)
		return queue.BotReply{
			Interaction: b.withBot, Session: asked.Session, Turn: asked.Turn, Messages: []queue.Message{{Text: "hi", Body: json.RawMessage(`{}`)}}, Set: map[string]string{"a": "b"},
			Next: queue.BotQueue, Blocked: &queue.Block{Reason: "abuse"}, Priority: pointer(2), Skills: &[]queue.Skill{{Name: "french", Level: 2, For: time.Minute}},
		}
	},
	"Verdict": func(b *busy) queue.Command {
		return queue.Verdict{Interaction: b.waiting, Campaign: "support", Check: 1, Blocked: &queue.Block{Reason: "abuse", Alias: "phone:lucia"}}
	},
	"Identify": func(*busy) queue.Command {
		return queue.Identify{Old: []string{"phone:maria"}, New: []string{"user:maria"}, Weak: []string{"name:m"}}
	},
	"Configure": func(*busy) queue.Command { return queue.Configure{Campaign: everyField(), By: "boss"} },
	"RemoveCampaign": func(b *busy) queue.Command {
		b.do(queue.Leave{Interaction: b.waiting})
		return queue.RemoveCampaign{Campaign: "empty", By: "boss"}
	},
	"ConfigureAgent": func(*busy) queue.Command {
		return queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Name: "Ana", Limit: 3, ChannelLimits: map[string]int{"whatsapp": 2}, Lease: time.Hour}, By: "boss"}
	},
	"RemoveAgent": func(*busy) queue.Command { return queue.RemoveAgent{Agent: "ana", By: "boss"} },
	"Erase": func(*busy) queue.Command {
		return queue.Erase{Customers: []string{"c-first"}, Interactions: []string{"i1"}, By: "boss"}
	},
	"Note": func(*busy) queue.Command {
		return queue.Note{Topic: "t", Interaction: "i1", Campaign: "sales", Data: json.RawMessage(`{}`)}
	},
}

// everyField is a campaign with something in every list.
func everyField() queue.Campaign {
	c := everyNumber()
	c.ID, c.Numbers, c.Name, c.Channel, c.Connector = "sales", []string{number}, "Sales", "whatsapp", "main"
	c.Hours = &schedule.Schedule{
		Week:       []schedule.Rule{{Days: []string{"mon"}, Range: schedule.Range{From: "00:00", To: "24:00"}}},
		Exceptions: []schedule.Exception{{Date: "2026-12-25", Ranges: []schedule.Range{{From: "10:00", To: "12:00"}}, Note: "Christmas"}},
	}
	c.LeaveWords, c.Settings = []string{"stop"}, json.RawMessage(`{}`)
	return c
}

// probe is one leaf of a command: its path, and how to set it.
type probe struct {
	path string
	typ  reflect.Type
	set  func(root, value reflect.Value)
}

// probes returns every leaf below a type. Containers on the way are made when they are empty.
func probes(typ reflect.Type, path string, of func(reflect.Value) reflect.Value) (out []probe) {
	leaf := func() []probe {
		return []probe{{path, typ, func(root, v reflect.Value) { of(root).Set(v.Convert(typ)) }}}
	}
	switch {
	case typ == reflect.TypeFor[time.Time](), typ == reflect.TypeFor[json.RawMessage]():
		return leaf()
	case typ.Kind() == reflect.Struct:
		for i := range typ.NumField() {
			out = append(out, probes(typ.Field(i).Type, path+"."+typ.Field(i).Name, func(r reflect.Value) reflect.Value { return of(r).Field(i) })...)
		}
	case typ.Kind() == reflect.Pointer:
		return probes(typ.Elem(), path, func(r reflect.Value) reflect.Value {
			p := of(r)
			own := reflect.New(typ.Elem())
			if !p.IsNil() {
				own.Elem().Set(p.Elem())
			}
			p.Set(own)
			return own.Elem()
		})
	case typ.Kind() == reflect.Slice:
		return probes(typ.Elem(), path+"[0]", func(r reflect.Value) reflect.Value {
			s := of(r)
			own := reflect.MakeSlice(typ, max(s.Len(), 1), max(s.Len(), 1))
			reflect.Copy(own, s)
			s.Set(own)
			return own.Index(0)
		})
	case typ.Kind() == reflect.Map:
		set := func(r, k, v reflect.Value) {
			m := reflect.MakeMap(typ)
			m.SetMapIndex(k, v)
			of(r).Set(m)
		}
		one := reflect.New(typ.Elem()).Elem()
		if one.Kind() == reflect.Int {
			one.SetInt(1)
		} else {
			one.SetString("x")
		}
		return []probe{
			{path + " key", typ.Key(), func(r, v reflect.Value) { set(r, v.Convert(typ.Key()), one) }},
			{path + " value", typ.Elem(), func(r, v reflect.Value) { set(r, reflect.ValueOf("x"), v.Convert(typ.Elem())) }},
		}
	case typ.Kind() != reflect.Bool:
		return leaf()
	}
	return out
}

// extremes are the values that a leaf of a type is tried with.
func extremes(t *testing.T, typ reflect.Type) (out []any) {
	t.Helper()
	switch {
	case typ == reflect.TypeFor[time.Time]():
		return []any{
			time.Time{}, time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC), queue.Latest, queue.Latest.Add(1),
			time.Date(2263, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC),
		}
	case typ == reflect.TypeFor[json.RawMessage]():
		return []any{json.RawMessage(nil), json.RawMessage("\xff"), json.RawMessage("\"\xff\""), json.RawMessage("{"), json.RawMessage("no JSON")}
	case typ == reflect.TypeFor[time.Duration]():
		return []any{
			time.Duration(0), time.Duration(-1), time.Duration(1), queue.MaxSpan, queue.MaxSpan + 1, time.Duration(math.MaxInt64), time.Duration(math.MinInt64),
		}
	}
	switch typ.Kind() {
	case reflect.Int:
		return []any{0, -1, queue.MaxCount, queue.MaxCount + 1, math.MaxInt, math.MinInt}
	case reflect.Uint64:
		return []any{uint64(0), uint64(math.MaxUint64)}
	case reflect.String:
		return []any{"", "\xff", "a\xc3", "\x00", "\u2028", "unknown", strings.Repeat("x", 1<<16)}
	}
	require.Fail(t, "a field of a type that the test does not know", typ.String())
	return nil
}

func TestEveryCommandHasASample(t *testing.T) {
	source, err := os.ReadFile("dispatch.go")
	require.NoError(t, err)
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^\tcase (\w+):`).FindAllStringSubmatch(string(source), -1) {
		names = append(names, m[1])
	}
	assert.Greater(t, len(names), 30)
	for _, name := range names {
		assert.Contains(t, samples, name, "add a sample of the command, so that its fields are tried")
	}
	for name, sample := range samples {
		b := newBusy(t)
		c := sample(b)
		assert.Equal(t, name, reflect.TypeOf(c).Name())
		pointer := reflect.New(reflect.TypeOf(c))
		pointer.Elem().Set(reflect.ValueOf(c))
		b.do(pointer.Interface().(queue.Command)) // which is a command too
		b = newBusy(t)
		b.do(sample(b))
	}
}

// Every field of every command, at every end of what its type can hold: no panic, a bounded
// number of deadlines, a typed error or a documented meaning, and what is recorded reads back
// the same.
func TestEveryFieldAtItsEnds(t *testing.T) {
	for name, sample := range samples {
		t.Run(name, func(t *testing.T) {
			typ := reflect.TypeOf(sample(newBusy(t)))
			for _, p := range probes(typ, name, func(r reflect.Value) reflect.Value { return r }) {
				for _, value := range extremes(t, p.typ) {
					b := newBusy(t)
					root := reflect.New(typ).Elem()
					root.Set(reflect.ValueOf(sample(b)))
					p.set(root, reflect.ValueOf(value))
					tryExtreme(t, b.floor, root.Interface().(queue.Command), fmt.Sprintf("%s = %.40q", p.path, fmt.Sprint(value)))
				}
			}
		})
	}
}

func tryExtreme(t *testing.T, f *floor, c queue.Command, what string) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%s: panic: %v", what, p)
		}
	}()
	before := len(f.events)
	out, err := f.e.Step(f.now, c)
	f.keep(out)
	if err != nil {
		var refused *queue.Error
		require.True(t, errors.As(err, &refused), "%s: %v", what, err)
		require.NotEmpty(t, refused.Code, what)
	}
	for range 20 {
		f.pass(time.Minute)
	}
	require.Less(t, len(f.events)-before, 3000, "%s: too many deadlines", what)
	for _, ev := range f.events[before:] {
		require.True(t, validText(reflect.ValueOf(ev)), "%s: %s has text that is not UTF-8", what, ev.Kind)
	}
	data, err := json.Marshal(f.events)
	require.NoError(t, err, what)
	var back []queue.Event
	require.NoError(t, json.Unmarshal(data, &back), what)
	again, err := queue.New(queue.Config{Seed: 1})
	require.NoError(t, err)
	require.NoError(t, again.Replay(back), what)
	live := f.e.Snapshot()
	replayed := again.Snapshot()
	replayed.Now = live.Now
	require.Equal(t, asJSON(t, live), asJSON(t, replayed), "%s: a replay gave another state", what)
	var stored queue.Snapshot
	require.NoError(t, json.Unmarshal([]byte(asJSON(t, live)), &stored), what)
	restored, err := queue.Restore(queue.Config{Seed: 1}, stored)
	require.NoError(t, err, what)
	require.Equal(t, asJSON(t, live), asJSON(t, restored.Snapshot()), "%s: a snapshot gave another state", what)
	for _, v := range f.e.Interactions("") {
		_, known := restored.Interaction(v.ID)
		require.True(t, known, "%s: interaction %q is unknown after a restart", what, v.ID)
	}
}

// validText reports whether every string below a value is UTF-8.
func validText(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String())
	case reflect.Pointer:
		return v.IsNil() || validText(v.Elem())
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			return utf8.Valid(v.Bytes())
		}
		for i := range v.Len() {
			if !validText(v.Index(i)) {
				return false
			}
		}
	case reflect.Map:
		for k, x := range v.Seq2() {
			if !validText(k) || !validText(x) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() != reflect.TypeFor[time.Time]() && !validText(v.Field(i)) {
				return false
			}
		}
	}
	return true
}

func TestInvalidUTF8(t *testing.T) {
	t.Run("an id is refused with its path", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		for path, change := range map[string]func(*queue.Arrive){
			"id": func(c *queue.Arrive) { c.ID = "\xff" }, "aliases[1]": func(c *queue.Arrive) { c.Aliases = append(c.Aliases, "\xff") },
			"customer": func(c *queue.Arrive) { c.Customer = "\xff" }, "message.id": func(c *queue.Arrive) { c.Message.ID = "\xff" },
			"preferred[0].agent": func(c *queue.Arrive) { c.Preferred = []queue.Preferred{{Agent: "\xff"}} },
			"skills[0].name":     func(c *queue.Arrive) { c.Skills = []queue.Skill{{Name: "\xff"}} },
		} {
			c := f.contact("maria", "hello")
			change(&c)
			err := f.refuse(c, queue.ErrInvalid)
			assert.Equal(t, queue.Faults{{Path: path, Problem: `must be valid UTF-8, is "\xff"`}}, err.Err)
		}
	})
	t.Run("a text is made valid, and the caller's message is not changed", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		c := f.contact("maria", "h\xffllo")
		id := f.arrives(c)
		assert.Equal(t, "h\ufffdllo", f.last(queue.Opened, id).Message.Text)
		assert.Equal(t, "h\xffllo", c.Message.Text)
	})
	t.Run("a body that is no JSON is refused", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		c := f.contact("maria", "hello")
		c.Message.Body = json.RawMessage("hello")
		assert.Equal(t, queue.Faults{{Path: "message.body", Problem: "must be JSON"}}, f.refuse(c, queue.ErrInvalid).Err)
	})
}

func TestListsAreBounded(t *testing.T) {
	skills := func(n int) (out []queue.Skill) {
		for i := range n {
			out = append(out, queue.Skill{Name: fmt.Sprint("s", i)})
		}
		return out
	}
	f := newFloor(t, queue.Campaign{BotOnStart: "menu"})
	for _, n := range []int{queue.MaxList + 1, 1_000_000} {
		c := f.contact("maria", "hello")
		c.Skills = skills(n)
		err := f.refuse(c, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{{Path: "skills", Problem: fmt.Sprintf("must have at most 1000 skills, has %d", n)}}, err.Err)
		cfg, _ := f.e.CampaignConfig("sales")
		cfg.Members = slices.Clone(cfg.Members)
		cfg.Members[0].Skills = skills(n)
		f.refuse(queue.Configure{Campaign: cfg}, queue.ErrInvalid)
	}
	id := f.says("maria", "hello")
	f.replies(id, queue.BotReply{Next: queue.BotQueue, Skills: pointer(skills(20_000))})
	assert.Contains(t, f.last(queue.BotEnded, id).Reason, "must have at most 1000 skills")
	assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner, "the default of its phase")

	c := f.contact("pedro", "hello")
	for i := range queue.MaxList {
		c.Aliases = append(c.Aliases, fmt.Sprint("alias", i))
	}
	var faults queue.Faults
	require.ErrorAs(t, f.refuse(c, queue.ErrInvalid), &faults)
	assert.Equal(t, "aliases", faults[0].Path)
}

// A span longer than the bound counts as the bound.
func TestSpansOfCommandsAreBounded(t *testing.T) {
	t.Run("wrap-up: extended to the most there is", func(t *testing.T) {
		b := newBusy(t)
		b.do(queue.WrapUp{Agent: "dora", For: math.MaxInt64})
		assert.Equal(t, start.Add(3*time.Minute), b.agent("dora").WrapUntil)
		b.refuse(queue.WrapUp{Agent: "dora", For: -1}, queue.ErrInvalid)
	})
	t.Run("retry: not before the bound", func(t *testing.T) {
		b := newBusy(t)
		b.do(queue.Sent{Interaction: b.active, Key: b.sending, Result: queue.SendRetry, RetryAfter: math.MaxInt64})
		moved := b.last(queue.MessageMoved, b.active)
		assert.Equal(t, queue.MessageFailed, moved.Delivery, "it would have expired by then")
	})
	t.Run("preferred: waited for as long as the bound", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana", "bruno")
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		c := f.contact("maria", "hello")
		c.Preferred, c.PreferFor = []queue.Preferred{{Agent: "ana"}}, math.MaxInt64
		id := f.arrives(c)
		f.pass(time.Hour)
		assert.Empty(t, f.view(id).Offered)
		c.PreferFor = -1
		c.ID = "x"
		c.Aliases, c.Customer, c.Message = []string{"phone:other"}, "c-other", nil
		f.refuse(c, queue.ErrInvalid)
	})
}

func TestPointerToACommand(t *testing.T) {
	f := newFloor(t, queue.Campaign{})
	f.available("ana")
	id := f.says("maria", "hello")
	f.do(&queue.Accept{Agent: "ana", Interaction: id})
	assert.Equal(t, "ana", f.view(id).Agent)
	f.refuse((*queue.Accept)(nil), queue.ErrInvalid)
	f.refuse(nil, queue.ErrInvalid)
}
