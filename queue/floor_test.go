package queue_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// start is the instant at which every floor opens: a Monday morning.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// number is the business number of the campaign called "sales", other that of "support".
const (
	number = "+15550001111"
	other  = "+15550002222"
)

// floor is an engine under test, its clock, and all that it said. Every test of this
// package speaks to the engine through it, so that each ends with the same checks: what
// happened can be replayed, and a snapshot gives the same state.
type floor struct {
	t       *testing.T
	e       *queue.Engine
	now     time.Time
	events  []queue.Event
	effects []queue.Effect
	ids     int
	sent    int // effects that delivers has seen
}

// newFloor opens a floor with the agents ana, bruno and carla, each with room for two and
// offline, and the given campaigns. A campaign without an id is "sales", without numbers
// has the number of that name, without members has all three agents.
func newFloor(t *testing.T, campaigns ...queue.Campaign) *floor {
	t.Helper()
	return newFloorAt(t, start, campaigns...)
}

// newFloorAt is newFloor at an instant.
func newFloorAt(t *testing.T, now time.Time, campaigns ...queue.Campaign) *floor {
	t.Helper()
	e, err := queue.New(queue.Config{Seed: 1})
	require.NoError(t, err)
	f := &floor{t: t, e: e, now: now}
	for _, id := range []string{"ana", "bruno", "carla"} {
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: id, Limit: 2}})
	}
	for _, c := range campaigns {
		f.configure(c)
	}
	t.Cleanup(func() {
		if !t.Failed() {
			f.replays()
		}
	})
	return f
}

// configure sets a campaign, with the defaults of newFloor.
func (f *floor) configure(c queue.Campaign) []queue.Event {
	f.t.Helper()
	if c.ID == "" {
		c.ID = "sales"
	}
	if c.Numbers == nil {
		c.Numbers = []string{map[string]string{"sales": number, "support": other}[c.ID]}
	}
	if c.Members == nil {
		c.Members = []queue.Member{{Agent: "ana"}, {Agent: "bruno"}, {Agent: "carla"}}
	}
	return f.do(queue.Configure{Campaign: c})
}

// keep copies what a step said, whose slices the next one uses again.
func (f *floor) keep(out queue.Output) []queue.Event {
	events := slices.Clone(out.Events)
	f.events = append(f.events, events...)
	f.effects = append(f.effects, out.Effects...)
	return events
}

// do performs a command that must succeed and returns its events.
func (f *floor) do(c queue.Command) []queue.Event {
	f.t.Helper()
	out, err := f.e.Step(f.now, c)
	events := f.keep(out)
	require.NoError(f.t, err)
	return events
}

// refuse performs a command that must be refused with a code, and changes nothing.
func (f *floor) refuse(c queue.Command, code queue.Code) *queue.Error {
	f.t.Helper()
	before := f.e.Seq()
	out, err := f.e.Step(f.now, c)
	f.keep(out)
	require.ErrorIs(f.t, err, code)
	assert.Equal(f.t, before, f.e.Seq(), "a refused command changed something")
	var refused *queue.Error
	require.ErrorAs(f.t, err, &refused)
	return refused
}

// pass lets time go by and returns the events of what became due.
func (f *floor) pass(d time.Duration) []queue.Event {
	f.t.Helper()
	f.now = f.now.Add(d)
	return f.keep(f.e.Advance(f.now))
}

// available makes agents available, in this order.
func (f *floor) available(agents ...string) {
	f.t.Helper()
	for _, a := range agents {
		f.do(queue.AgentState{Agent: a, State: queue.Available})
	}
}

// contact is a first or further message of a customer to the number of sales.
func (f *floor) contact(customer, text string) queue.Arrive {
	f.ids++
	return queue.Arrive{
		Number: number, Aliases: []string{"phone:" + customer}, Name: customer, Customer: "c-" + customer,
		ID: fmt.Sprint("i", f.ids), Message: &queue.Message{ID: fmt.Sprint("m", f.ids), At: f.now, Text: text},
	}
}

// says is a message of a customer to sales; the result is the interaction it is part of.
func (f *floor) says(customer, text string) string {
	f.t.Helper()
	return f.arrives(f.contact(customer, text))
}

// arrives is says for a contact of one's own making.
func (f *floor) arrives(c queue.Arrive) string {
	f.t.Helper()
	events := f.do(c)
	for _, ev := range events {
		switch ev.Kind {
		case queue.Opened, queue.Received, queue.Refused, queue.Reopened:
			return ev.Interaction
		}
	}
	return ""
}

// answered opens an interaction of a customer and gives it to an agent, over the offer.
func (f *floor) answered(customer, agent string) string {
	f.t.Helper()
	id := f.says(customer, "hello")
	if f.view(id).Offered == agent {
		f.do(queue.Accept{Agent: agent, Interaction: id})
	} else {
		f.do(queue.Assign{Agent: agent, Interaction: id})
	}
	return id
}

// view returns an interaction that is open.
func (f *floor) view(id string) queue.InteractionView {
	f.t.Helper()
	v, ok := f.e.Interaction(id)
	require.True(f.t, ok, "interaction %q is gone", id)
	return v
}

// gone says that an interaction has ended and left nothing behind.
func (f *floor) gone(id string) {
	f.t.Helper()
	v, ok := f.e.Interaction(id)
	assert.True(f.t, !ok || v.Owner == queue.OwnedByNobody, "interaction %q is still open", id)
}

func (f *floor) agent(id string) queue.AgentView {
	f.t.Helper()
	v, ok := f.e.Agent(id)
	require.True(f.t, ok)
	return v
}

// all returns the events of a kind so far, of one interaction or, with "", of all.
func (f *floor) all(kind queue.Kind, interaction string) []queue.Event {
	var out []queue.Event
	for _, ev := range f.events {
		if ev.Kind == kind && (interaction == "" || ev.Interaction == interaction) {
			out = append(out, ev)
		}
	}
	return out
}

// last returns the latest event of a kind; there must be one.
func (f *floor) last(kind queue.Kind, interaction string) queue.Event {
	f.t.Helper()
	list := f.all(kind, interaction)
	require.NotEmpty(f.t, list, "no event %q of interaction %q", kind, interaction)
	return list[len(list)-1]
}

// outcome returns how an interaction ended: exactly once.
func (f *floor) outcome(id string) queue.Outcome {
	f.t.Helper()
	list := append(f.all(queue.Ended, id), f.all(queue.Refused, id)...)
	require.Len(f.t, list, 1, "an interaction ends once")
	return list[0].Outcome
}

// texts returns what was queued for the customer of an interaction, in order.
func (f *floor) texts(id string) []string {
	var out []string
	for _, ev := range f.all(queue.MessageQueued, id) {
		out = append(out, ev.Message.Text)
	}
	return out
}

// asked returns the latest effect that asks a bot for its turn.
func (f *floor) asked(id string) queue.Effect {
	f.t.Helper()
	for _, ef := range slices.Backward(f.effects) {
		if ef.Kind == queue.EffectBot && ef.Interaction == id {
			return ef
		}
	}
	require.Fail(f.t, "no bot was asked", id)
	return queue.Effect{}
}

// replies answers for the bot that was asked last.
func (f *floor) replies(id string, r queue.BotReply) []queue.Event {
	f.t.Helper()
	asked := f.asked(id)
	r.Interaction, r.Session, r.Turn = id, asked.Session, asked.Turn
	return f.do(r)
}

// delivers lets the connector take every message that is to be sent, until none is left.
func (f *floor) delivers() {
	f.t.Helper()
	for ; f.sent < len(f.effects); f.sent++ {
		if ef := f.effects[f.sent]; ef.Kind == queue.EffectSend {
			f.do(queue.Sent{Interaction: ef.Interaction, Key: ef.Key, Result: queue.SendAccepted, ProviderID: "wamid." + ef.Key})
		}
	}
}

// replays checks that the events rebuild the state, and that a snapshot is an identity.
func (f *floor) replays() {
	f.t.Helper()
	live := f.e.Snapshot()
	again, err := queue.New(queue.Config{Seed: 1})
	require.NoError(f.t, err)
	require.NoError(f.t, again.Replay(f.events))
	replayed := again.Snapshot()
	replayed.Now = live.Now // the clock follows commands too, not only events
	assert.JSONEq(f.t, asJSON(f.t, live), asJSON(f.t, replayed), "a replay gave another state")
	back, err := queue.Restore(queue.Config{Seed: 1}, live)
	require.NoError(f.t, err)
	assert.JSONEq(f.t, asJSON(f.t, live), asJSON(f.t, back.Snapshot()), "a snapshot gave another state")
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

func pointer[T any](v T) *T { return &v }
