package queue_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// way is a way into a queue. Its campaign is sales or, for the ways that lead to another
// campaign, support.
type way struct {
	name    string
	other   bool                        // into another campaign: support
	sender  bool                        // an agent gives it away
	settle  func(sales *queue.Campaign) // changes the campaign that it begins in
	prepare func(w *world)              // before the condition holds
	enter   func(w *world) error
}

// world is a floor on which one way is taken under one condition.
type world struct {
	*floor
	id    string
	block *queue.Block // the verdict of the list of the campaign that is entered
}

// try performs a command that may be refused.
func (w *world) try(c queue.Command) error {
	out, err := w.e.Step(w.now, c)
	w.keep(out)
	return err
}

// with gives ana a conversation.
func with(w *world) {
	w.available("ana")
	w.id = w.answered("maria", "ana")
}

// sends is with, and hands it to bruno.
func sends(w *world) {
	with(w)
	w.available("bruno")
	w.do(queue.Transfer{Interaction: w.id, Agent: "ana", ToAgent: "bruno"})
}

func declines(w *world) error {
	if w.view(w.id).Offered == "" {
		return nil // the condition has returned it
	}
	return w.try(queue.Decline{Interaction: w.id, Agent: "bruno"})
}

var ways = []way{
	{name: "arrival", enter: func(w *world) error {
		c := w.contact("maria", "hello")
		c.Blocked = w.block
		w.id = c.ID
		return w.try(c)
	}},
	{name: "bot hands over to the queue", settle: func(c *queue.Campaign) { c.BotOnStart = "menu" },
		prepare: func(w *world) { w.id = w.says("maria", "hello") },
		enter: func(w *world) error {
			asked := w.asked(w.id)
			return w.try(queue.BotReply{Interaction: w.id, Session: asked.Session, Next: queue.BotQueue})
		}},
	{name: "bot hands over to another campaign", other: true, settle: func(c *queue.Campaign) { c.BotOnStart = "menu" },
		prepare: func(w *world) { w.id = w.says("maria", "hello") },
		enter: func(w *world) error {
			asked := w.asked(w.id)
			return w.try(queue.BotReply{Interaction: w.id, Session: asked.Session, Next: queue.BotCampaign, Target: "support", Blocked: w.block})
		}},
	{name: "transfer to an agent", sender: true, prepare: func(w *world) {
		with(w)
		w.available("bruno")
	}, enter: func(w *world) error { return w.try(queue.Transfer{Interaction: w.id, Agent: "ana", ToAgent: "bruno"}) }},
	{name: "transfer to another campaign", other: true, sender: true, prepare: with, enter: func(w *world) error {
		return w.try(queue.Transfer{Interaction: w.id, Agent: "ana", ToCampaign: "support", Blocked: w.block})
	}},
	{name: "transfer returns to its sender", sender: true, prepare: sends, enter: declines},
	{name: "transfer returns and its sender is gone", prepare: func(w *world) {
		sends(w)
		w.do(queue.AgentState{Agent: "ana", State: queue.Offline})
	}, enter: declines},
	{name: "requeue", sender: true, prepare: with, enter: func(w *world) error { return w.try(queue.Requeue{Interaction: w.id}) }},
	{name: "move to another campaign", other: true, sender: true, prepare: with, enter: func(w *world) error {
		return w.try(queue.Move{Interaction: w.id, Campaign: "support", Blocked: w.block})
	}},
	{name: "overflow into another campaign", other: true, settle: func(c *queue.Campaign) {
		c.Overflow = []queue.Overflow{{After: 10 * time.Hour, Do: queue.DoCampaign, Target: "support"}}
	}, prepare: func(w *world) { w.id = w.says("maria", "hello") }, enter: func(w *world) error {
		w.pass(start.Add(10 * time.Hour).Sub(w.now))
		for _, ef := range w.e.Pending() {
			if ef.Kind == queue.EffectCheck {
				return w.try(queue.Verdict{Interaction: w.id, Campaign: ef.Campaign, Check: ef.Seq, Blocked: w.block})
			}
		}
		return nil
	}},
	{name: "reopen", settle: func(c *queue.Campaign) { c.Reopen = 24 * time.Hour }, prepare: func(w *world) {
		with(w)
		w.do(queue.Finish{Interaction: w.id, Agent: "ana"})
	}, enter: func(w *world) error {
		c := w.contact("maria", "one more thing")
		c.Blocked = w.block
		before := len(w.events)
		err := w.try(c)
		if i := slices.IndexFunc(w.events[before:], func(ev queue.Event) bool { return ev.Kind == queue.Refused }); i >= 0 {
			w.id = c.ID
		}
		return err
	}},
	{name: "resume", sender: true, prepare: func(w *world) {
		with(w)
		w.do(queue.Park{Interaction: w.id, Agent: "ana"})
	}, enter: func(w *world) error { return w.try(queue.Resume{Interaction: w.id, Agent: "ana"}) }},
	{name: "outbound", sender: true, prepare: func(w *world) { w.available("ana") }, enter: func(w *world) error {
		w.id = "out"
		return w.try(queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:maria"}, Customer: "c-maria", ID: w.id, Blocked: w.block})
	}},
}

// conditions change the campaign that is entered, before it has anything, and make the
// condition hold once the way is prepared.
var conditions = []struct {
	name   string
	change func(c *queue.Campaign)
	hold   func(w *world, x way, c queue.Campaign)
}{
	{"closed, `drain`", hours(queue.Drain), nil},
	{"closed, `hold`", hours(queue.Hold), nil},
	{"closed, `close`", hours(queue.Close), nil},
	{"queue full", func(c *queue.Campaign) { c.MaxInteractions = 1 }, func(w *world, _ way, c queue.Campaign) {
		for _, a := range []string{"ana", "carla"} {
			if w.agent(a).State != queue.Offline {
				w.do(queue.AgentState{Agent: a, State: queue.Paused})
			}
		}
		filler := w.contact("pedro", "hello")
		filler.Number, filler.Skills = c.Numbers[0], []queue.Skill{{Name: "basque"}}
		id := w.arrives(filler)
		if bot := w.view(id).Bot; bot != "" {
			w.replies(id, queue.BotReply{Next: queue.BotQueue})
		}
		assert.Equal(w.t, queue.OwnedByQueue, w.view(id).Owner)
	}},
	{"disabled", nil, func(w *world, _ way, c queue.Campaign) {
		c.Disabled = true
		w.configure(c)
	}},
	{"customer blacklisted", func(c *queue.Campaign) { c.IncomingBlacklist, c.OutgoingBlacklist = true, true }, func(w *world, x way, _ queue.Campaign) {
		w.block = &queue.Block{Reason: "abuse", Alias: "phone:maria"}
		if v, ok := w.e.Interaction(w.id); ok && v.Owner != queue.OwnedByNobody && !x.other {
			w.do(queue.End{Interaction: w.id, Reason: "abuse", Blacklisted: true})
		}
	}},
	{"no member on duty", nil, func(w *world, x way, _ queue.Campaign) {
		for _, a := range []string{"ana", "bruno", "carla"} {
			if x.name != "transfer returns to its sender" || a != "ana" {
				w.do(queue.AgentState{Agent: a, State: queue.Offline})
			}
		}
	}},
	{"sender is a member", func(c *queue.Campaign) {
		c.Members = []queue.Member{{Agent: "ana"}, {Agent: "bruno"}, {Agent: "carla"}}
	}, nil},
}

// hours closes a campaign nine hours after the floor opens.
func hours(at queue.Closing) func(c *queue.Campaign) {
	return func(c *queue.Campaign) { c.Hours, c.AtClosing = office().Hours, at }
}

// codes are the refusals as the HTTP API names them.
var codes = map[queue.Code]string{
	queue.ErrCampaignClosed: "campaign_closed", queue.ErrCampaignFull: "campaign_full", queue.ErrCampaignDisabled: "campaign_disabled",
	queue.ErrBlacklisted: "blacklisted", queue.ErrNobodyOnDuty: "nobody_on_duty", queue.ErrNotEligible: "not_eligible",
}

// play takes a way under a condition and says in a few words what becomes of it.
func play(t *testing.T, x way, n int) string {
	condition := conditions[n]
	sender := condition.name == "sender is a member"
	if sender && !x.sender {
		return "no sender"
	}
	sales := queue.Campaign{
		ID: "sales", Numbers: []string{number}, BotTimeout: 24 * time.Hour, RingTime: 24 * time.Hour,
		Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno"}, {Agent: "carla"}},
	}
	support := queue.Campaign{ID: "support", Numbers: []string{other}, RingTime: 24 * time.Hour, Members: []queue.Member{{Agent: "carla"}}}
	if x.settle != nil {
		x.settle(&sales)
	}
	entered := &sales
	if x.other {
		entered, sales.Members = &support, sales.Members[:2]
	}
	if condition.change != nil {
		condition.change(entered)
	}
	w := &world{floor: newFloor(t, sales, support)}
	if x.prepare != nil {
		x.prepare(w)
	}
	w.pass(9*time.Hour + time.Minute)
	if condition.name != "queue full" {
		w.available("carla")
	}
	if condition.hold != nil {
		condition.hold(w, x, *entered)
	}
	if v, ok := w.e.Interaction(w.id); w.id != "" && (!ok || v.Owner == queue.OwnedByNobody) && x.name != "reopen" {
		return "ends " + string(w.outcome(w.id)) // by the condition itself
	}
	return w.became(x, entered.ID, x.enter(w), sender)
}

// became says what became of an interaction that went a way.
func (w *world) became(x way, entered string, err error, sender bool) string {
	if refused := (*queue.Error)(nil); errors.As(err, &refused) {
		return "refused: " + codes[refused.Code]
	}
	require.NoError(w.t, err)
	v, ok := w.e.Interaction(w.id)
	switch {
	case !ok && len(w.all(queue.CustomerBlocked, "")) > 0:
		return "one record"
	case !ok || v.Owner == queue.OwnedByNobody:
		ends := append(w.all(queue.Ended, w.id), w.all(queue.Refused, w.id)...)
		return "ends " + string(ends[len(ends)-1].Outcome)
	case v.Campaign != entered:
		return "own queue"
	case v.Owner == queue.OwnedByAgent && v.Offered == "":
		return "with the agent"
	case v.Offered == "ana" && sender:
		return "the sender first"
	case v.Offered != "" && sender && x.name != "transfer to an agent":
		return "others first"
	case v.Offered != "":
		return "offered"
	case w.agent("carla").State == queue.Available:
		return "held"
	}
	return "waits"
}

// TestWaysIntoAQueue plays every cell of the table in docs/settings.md. One that differs is a
// fault of the engine or of the table: what is right stands in the meaning of the settings.
func TestWaysIntoAQueue(t *testing.T) {
	text, err := os.ReadFile("../docs/settings.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## Ways into a queue\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile(`(?m)^\|.*\|$`).FindAllString(section, -1)
	cells := func(row string) []string {
		parts := strings.Split(strings.Trim(row, "|"), "|")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		return parts
	}
	head := []string{"way"}
	for _, c := range conditions {
		head = append(head, c.name)
	}
	var want, got [][]string
	for i, row := range rows {
		if i != 1 { // the line below the head
			want = append(want, cells(row))
		}
	}
	got = append(got, head)
	for _, x := range ways {
		line := []string{x.name}
		for n := range conditions {
			line = append(line, play(t, x, n))
		}
		got = append(got, line)
	}
	require.Len(t, want, len(got), "rows")
	for i := range got {
		assert.Equal(t, strings.Join(want[i], " | "), strings.Join(got[i], " | "))
	}
}
