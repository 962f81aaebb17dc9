package queue_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// people is an engine that hears from customers under any of their aliases.
type people struct {
	t      *testing.T
	e      *queue.Engine
	now    time.Time
	ids    int
	events []queue.Event
}

func newPeople(t *testing.T) *people {
	p := &people{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	var err error
	p.e, err = queue.New(queue.Config{})
	require.NoError(t, err)
	p.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 100}})
	p.do(queue.Configure{Campaign: queue.Campaign{ID: "sales", Numbers: []string{"+1", "+2"}, AutoAnswer: true, Members: []queue.Member{{Agent: "ana"}}}})
	p.do(queue.AgentState{Agent: "ana", State: queue.Available})
	return p
}

func (p *people) do(c queue.Command) []queue.Event {
	p.t.Helper()
	out, err := p.e.Step(p.now, c)
	require.NoError(p.t, err)
	for _, ev := range out.Events {
		if ev.Kind == queue.Ended {
			require.NotEqual(p.t, queue.OutcomeMerged, ev.Outcome, "no conversation ends by a merge")
		}
	}
	events := slices.Clone(out.Events)
	p.events = append(p.events, events...)
	p.now = p.now.Add(time.Second)
	return events
}

// writes is a message under aliases, separated by spaces. It returns the interaction.
func (p *people) writes(aliases string) queue.InteractionView { return p.writesTo("+1", aliases) }

func (p *people) writesTo(number, aliases string) queue.InteractionView {
	p.t.Helper()
	p.ids++
	list := strings.Fields(aliases)
	events := p.do(queue.Arrive{
		ID: fmt.Sprint("i", p.ids), Customer: fmt.Sprint("c", p.ids), Number: number, Aliases: list,
		Message: &queue.Message{ID: fmt.Sprint("m", p.ids), Text: "hello"},
	})
	for _, ev := range events {
		if ev.Kind == queue.Opened || ev.Kind == queue.Received {
			v, ok := p.e.Interaction(ev.Interaction)
			require.True(p.t, ok)
			return v
		}
	}
	p.t.Fatalf("%s reached no interaction: %v", aliases, events)
	return queue.InteractionView{}
}

func (p *people) changes(old, now string) {
	p.t.Helper()
	p.ids++
	p.do(queue.Identify{Old: strings.Fields(old), New: strings.Fields(now), Customer: fmt.Sprint("c", p.ids)})
}

// answer lets the agent write and returns the key and address of what is sent.
func (p *people) answer(v queue.InteractionView) (key, address string) {
	p.t.Helper()
	out, err := p.e.Step(p.now, queue.Send{Agent: "ana", Interaction: v.ID, Message: queue.Message{Text: "answer"}})
	require.NoError(p.t, err)
	for _, f := range out.Effects {
		if f.Kind == queue.EffectSend {
			return f.Key, f.Address
		}
	}
	p.t.Fatal("nothing is sent")
	return "", ""
}

// delivered is a status of the answer that names the recipient.
func (p *people) delivered(v queue.InteractionView, aliases string) {
	p.t.Helper()
	key, _ := p.answer(v)
	p.do(queue.Receipt{Number: v.Number, Key: key, ProviderID: "out-" + key, State: queue.MessageDelivered, Aliases: strings.Fields(aliases)})
}

func (p *people) who(alias string) string { id, _ := p.e.CustomerOf(alias); return id }

func (p *people) finish(v queue.InteractionView) {
	p.t.Helper()
	p.do(queue.Finish{Agent: "ana", Interaction: v.ID})
}

func (p *people) open() []string {
	var ids []string
	for _, v := range p.e.Interactions("") {
		ids = append(ids, v.ID)
	}
	return ids
}

func TestPhoneCustomerIsJoinedWithTheFirstID(t *testing.T) {
	p := newPeople(t)
	first := p.writes("phone:14155550100")
	assert.Equal(t, first.ID, p.writes("phone:14155550100 user:US.1").ID)
	assert.Equal(t, first.ID, p.writes("user:US.1").ID)
	assert.Equal(t, first.ID, p.writes("phone:14155550100").ID)
}

// A number is given to another person: same phone, another user id.
func TestRecycledNumberIsAnotherCustomer(t *testing.T) {
	for _, open := range []bool{false, true} {
		p := newPeople(t)
		alice := p.writes("phone:14155550100 user:US.A")
		if !open {
			p.finish(alice)
		}
		bob := p.writes("phone:14155550100 user:US.B")
		assert.NotEqual(t, alice.Customer, bob.Customer)
		assert.NotEqual(t, alice.ID, bob.ID)
		assert.Equal(t, bob.ID, p.writes("phone:14155550100").ID, "the phone is the newer person's")
		again := p.writes("phone:14155550199 user:US.A")
		assert.Equal(t, alice.Customer, again.Customer, "the user id decides")
		if open {
			assert.Equal(t, alice.ID, again.ID)
			_, address := p.answer(again)
			assert.Equal(t, "phone:14155550199", address)
		}
	}
}

// The reply to a customer whose phone was given to another person does not go to that phone.
func TestReplyDoesNotGoToARecycledPhone(t *testing.T) {
	p := newPeople(t)
	alice := p.writes("phone:14155550100 user:US.A")
	p.writes("phone:14155550100 user:US.B")
	_, address := p.answer(alice)
	assert.Equal(t, "user:US.A", address)
}

// A change of number onto a phone that another customer with an id has joins nobody.
func TestChangeOntoTakenPhone(t *testing.T) {
	p := newPeople(t)
	alice, bob := p.writes("phone:14155550100 user:US.A"), p.writes("phone:14155550199 user:US.B")
	p.changes("phone:14155550100", "phone:14155550199")
	assert.ElementsMatch(t, []string{alice.ID, bob.ID}, p.open())
	assert.Equal(t, alice.Customer, p.who("phone:14155550199"))
	assert.Equal(t, bob.Customer, p.who("user:US.B"))
	assert.Equal(t, alice.ID, p.writes("phone:14155550199").ID)
	_, address := p.answer(bob)
	assert.Equal(t, "user:US.B", address, "the phone is Alice's now")
}

// Two customers without ids who turn out to be one are linked while both are in
// conversation, and merged when one of the conversations ends.
func TestLinkedCustomersAreMergedWhenOneConversationEnds(t *testing.T) {
	for _, ends := range []string{"first", "second"} {
		p := newPeople(t)
		first, second := p.writes("phone:14155550100"), p.writes("phone:14155550199")
		p.changes("phone:14155550100", "phone:14155550199")
		p.changes("phone:14155550100", "phone:14155550199")
		assert.Len(t, p.all(queue.CustomerLinked), 1, "linked once")
		assert.ElementsMatch(t, []string{first.ID, second.ID}, p.open())
		assert.Equal(t, second.ID, p.writes("phone:14155550199").ID, "each goes on as it was")
		over, left := first, second
		if ends == "second" {
			over, left = second, first
		}
		p.restart()
		p.finish(over)
		assert.Equal(t, p.who("phone:14155550100"), p.who("phone:14155550199"))
		for _, alias := range []string{"phone:14155550100", "phone:14155550199"} {
			assert.Equal(t, left.ID, p.writes(alias).ID, "one customer, one open interaction")
		}
	}
}

func TestCustomersOnDifferentNumbersAreMergedAtOnce(t *testing.T) {
	p := newPeople(t)
	one, two := p.writesTo("+1", "phone:14155550100"), p.writesTo("+2", "user:US.A")
	p.writesTo("+2", "user:US.A phone:14155550100")
	assert.Equal(t, p.who("user:US.A"), p.who("phone:14155550100"))
	assert.ElementsMatch(t, []string{one.ID, two.ID}, p.open())
}

// What a status says of the recipient joins a customer with an id, and never with the phone
// of another.
func TestRecipientOfAStatus(t *testing.T) {
	t.Run("a phone of another customer proves nothing", func(t *testing.T) {
		p := newPeople(t)
		alice, bob := p.writes("phone:14155550100"), p.writes("phone:14155550199")
		p.delivered(alice, "phone:14155550199")
		assert.NotEqual(t, p.who("phone:14155550100"), p.who("phone:14155550199"))
		assert.ElementsMatch(t, []string{alice.ID, bob.ID}, p.open())
	})
	t.Run("nor does one that no customer has", func(t *testing.T) {
		p := newPeople(t)
		p.delivered(p.writes("phone:14155550100"), "phone:14155550177")
		assert.Empty(t, p.who("phone:14155550177"))
	})
	t.Run("another form of the phone is the same", func(t *testing.T) {
		p := newPeople(t)
		v := p.writes("phone:5531988888888")
		p.delivered(v, "phone:553188888888")
		assert.Equal(t, v.Customer, p.who("phone:553188888888"))
	})
	t.Run("an id is learned", func(t *testing.T) {
		p := newPeople(t)
		v := p.writes("phone:14155550100")
		p.delivered(v, "phone:14155550100 user:US.A")
		assert.Equal(t, v.ID, p.writes("user:US.A").ID)
	})
	t.Run("an id that contradicts is not", func(t *testing.T) {
		p := newPeople(t)
		v := p.writes("phone:14155550100 user:US.A")
		p.delivered(v, "phone:14155550100 user:US.B")
		assert.NotEqual(t, v.ID, p.writes("user:US.B").ID)
	})
}

func TestFormsOfANumberAreOneCustomer(t *testing.T) {
	for _, x := range [][2]string{
		{"phone:553188888888", "phone:5531988888888"}, {"phone:5215512345678", "phone:525512345678"},
		{"phone:5491123456789", "phone:541123456789"}, {"phone:22507123456", "phone:2250707123456"}, {"phone:22997123456", "phone:2290197123456"},
	} {
		p := newPeople(t)
		v := p.writes(x[0])
		assert.Equal(t, v.ID, p.writes(x[1]).ID)
		_, address := p.answer(v)
		assert.Equal(t, x[1], address, "the reply goes to the form that wrote last")
		_, err := p.e.Step(p.now, queue.Start{ID: "out", Customer: "new", Campaign: "sales", Agent: "ana", Aliases: []string{x[0]}, Number: "+1"})
		assert.ErrorIs(t, err, queue.ErrOpen)
	}
}

// A phone is evidence for 90 days after it was shown last, to the second.
func TestPhoneIsEvidenceForNinetyDays(t *testing.T) {
	const days90 = 90 * 24 * time.Hour
	for name, step := range map[string]time.Duration{"within": -time.Minute, "after": time.Minute} {
		t.Run("phone only, "+name, func(t *testing.T) {
			p := newPeople(t)
			v := p.writes("phone:14155550100")
			p.finish(v)
			p.now = p.now.Add(days90 + step)
			assert.Equal(t, step < 0, p.writes("phone:14155550100").Customer == v.Customer)
		})
		t.Run("a customer who writes by id meanwhile, "+name, func(t *testing.T) {
			p := newPeople(t)
			v := p.writes("phone:14155550100 user:US.A")
			p.finish(v)
			p.now = p.now.Add(30 * 24 * time.Hour)
			p.finish(p.writes("user:US.A"))
			p.now = p.now.Add(60*24*time.Hour + step)
			p.restart()
			assert.Equal(t, step < 0, p.writes("phone:14155550100").Customer == v.Customer)
			assert.Equal(t, v.Customer, p.writes("user:US.A").Customer)
		})
	}
}

// The agent they had last is remembered as long as who they are.
func TestLastAgentIsRememberedForNinetyDays(t *testing.T) {
	p := newPeople(t)
	p.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "bruno", Limit: 100}})
	p.do(queue.Configure{Campaign: queue.Campaign{
		ID: "sales", Numbers: []string{"+1"}, AutoAnswer: true, Sticky: queue.StickyPrefer, Strategy: "linear",
		Members: []queue.Member{{Agent: "bruno"}, {Agent: "ana"}},
	}})
	v := p.writes("phone:14155550100")
	require.Equal(t, "ana", v.Agent, "the only one there")
	p.finish(v)
	p.do(queue.AgentState{Agent: "bruno", State: queue.Available})
	p.now = p.now.Add(60 * 24 * time.Hour)
	p.restart()
	assert.Equal(t, "ana", p.writes("phone:14155550100").Agent)
}

func (p *people) all(kind queue.Kind) []queue.Event {
	return slices.DeleteFunc(slices.Clone(p.events), func(ev queue.Event) bool { return ev.Kind != kind })
}

func (p *people) restart() {
	p.t.Helper()
	e, err := queue.Restore(queue.Config{}, p.e.Snapshot())
	require.NoError(p.t, err)
	p.e = e
}

// TestIdentityDoesNotDependOnOrder gives the same evidence about several persons in many
// orders: messages under any of a person's aliases, statuses, changes of number and
// restarts. When all conversations have ended, the same aliases are one customer.
func TestIdentityDoesNotDependOnOrder(t *testing.T) {
	type evidence func(p *people)
	message := func(number, aliases string) evidence { return func(p *people) { p.writesTo(number, aliases) } }
	change := func(old, now string) evidence { return func(p *people) { p.changes(old, now) } }
	status := func(to, aliases string) evidence {
		return func(p *people) { p.delivered(p.writes(to), aliases) }
	}
	random := rand.New(rand.NewPCG(37, 1))
	for round := range 300 {
		var all []evidence
		var aliases []string
		for person := range 3 {
			old, now := fmt.Sprintf("phone:5531%d8888888", 9-person), fmt.Sprintf("phone:1415555010%d", person)
			form := strings.Replace(old, "phone:5531", "phone:55319", 1)
			user, parent := fmt.Sprint("user:US.", person), fmt.Sprint("parent:US.ENT.", person)
			aliases = append(aliases, old, form, now, user, user+".new", parent)
			candidates := []evidence{
				message("+1", old), message("+1", form+" "+user), message("+2", user), message("+1", now),
				message("+2", now+" "+user+" "+parent), message("+1", parent), message("+1", old+" "+now),
				change(old, now), change(old+" "+user, now+" "+user), change(form, now),
				status(old, form+" "+user), status(now, now+" "+user), status(user, old),
				change(user, user+".new"), message("+1", user+".new"),
			}
			random.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
			all = append(all, candidates[:1+random.IntN(len(candidates))]...)
			if random.IntN(2) == 0 { // without the news, the new id would contradict
				all = append(all, change(user, user+".new"), message("+2", now+" "+user+".new"))
			}
		}
		var want string
		for order := range 6 {
			p := newPeople(t)
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			for _, ev := range all {
				ev(p)
				if random.IntN(5) == 0 {
					p.restart()
				}
				if open := p.e.Interactions(""); len(open) > 0 && random.IntN(6) == 0 {
					p.do(queue.End{Interaction: open[random.IntN(len(open))].ID})
				}
			}
			for len(p.e.Interactions("")) > 0 {
				p.do(queue.End{Interaction: p.e.Interactions("")[0].ID})
			}
			if got := p.partition(aliases); order == 0 {
				want = got
			} else {
				require.Equal(t, want, got, "round %d", round)
			}
		}
	}
}

// partition lists which aliases are one customer.
func (p *people) partition(aliases []string) string {
	sets := map[string][]string{}
	for _, a := range aliases {
		if id := p.who(a); id != "" {
			sets[id] = append(sets[id], a)
		}
	}
	var out []string
	for _, set := range sets {
		out = append(out, strings.Join(set, " "))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestContradictingEvidenceNeverJoinsIDs gives phones to several persons in turn, in random
// orders, with changes of number onto phones that are taken: user ids stay apart.
func TestContradictingEvidenceNeverJoinsIDs(t *testing.T) {
	random := rand.New(rand.NewPCG(38, 1))
	for range 300 {
		p := newPeople(t)
		for range 40 {
			user, phone, other := fmt.Sprint("user:US.", random.IntN(3)), fmt.Sprint("phone:1415555010", random.IntN(3)), fmt.Sprint("phone:1415555010", random.IntN(3))
			switch random.IntN(6) {
			case 0, 1:
				p.writes(phone + " " + user)
			case 2:
				p.writes(phone)
			case 3:
				p.changes(phone, other)
			case 4:
				p.delivered(p.writes(user), phone)
			case 5:
				if open := p.e.Interactions(""); len(open) > 0 {
					p.do(queue.End{Interaction: open[random.IntN(len(open))].ID})
				}
				p.restart()
			}
			seen := map[string]bool{}
			for i := range 3 {
				if id := p.who(fmt.Sprint("user:US.", i)); id != "" {
					require.False(t, seen[id], "two user ids are one customer")
					seen[id] = true
				}
			}
		}
	}
}
