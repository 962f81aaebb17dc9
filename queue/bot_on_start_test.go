package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// Bot on start: it owns the interaction from its first message until it hands it over or
// ends it, and what it does wrong leads to the queue.
func TestBotOnStart(t *testing.T) {
	menu := queue.Campaign{BotOnStart: "menu"}
	text := func(s string) []queue.Message { return []queue.Message{{Text: s}} }
	queued := func(f *floor, id string, since time.Time) {
		f.t.Helper()
		v := f.view(id)
		assert.Equal(f.t, []any{queue.OwnedByQueue, since, since, ""}, []any{v.Owner, v.Since, v.Queued, v.Bot})
	}

	t.Run("it has the first message and the interaction, though an agent is free", func(t *testing.T) {
		f := newFloor(t, menu)
		f.available("ana")
		c := f.contact("maria", "hello")
		c.Vars = map[string]string{"shop": "7"}
		id := f.arrives(c)
		asked := f.asked(id)
		assert.Equal(t, []any{"menu", queue.PhaseStart, 0, "maria", "phone:maria", "hello"},
			[]any{asked.Bot, asked.Phase, asked.Turn, asked.Name, asked.Address, asked.Message.Text})
		assert.Equal(t, map[string]string{"shop": "7"}, asked.Vars)
		assert.Equal(t, []any{queue.OwnedByBot, "menu"}, []any{f.view(id).Owner, f.view(id).Bot})
		assert.Empty(t, f.all(queue.Offered, ""))
	})
	t.Run("nobody takes it from the bot unasked", func(t *testing.T) {
		f := newFloor(t, menu)
		f.available("ana")
		id := f.says("maria", "hello")
		f.refuse(queue.Take{Agent: "ana", Interaction: id}, queue.ErrNotWaiting)
		f.refuse(queue.Assign{Agent: "ana", Interaction: id}, queue.ErrNotWaiting)
		f.refuse(queue.Accept{Agent: "ana", Interaction: id}, queue.ErrNotOffered)
	})
	t.Run("it is asked again when the customer writes", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Messages: text("sales or support?")})
		assert.Equal(t, []string{"sales or support?"}, f.texts(id))
		assert.Equal(t, id, f.says("maria", "sales"))
		assert.Equal(t, 1, f.asked(id).Turn)
		assert.Equal(t, "sales", f.asked(id).Message.Text)
	})
	t.Run("messages during a turn wait for the next, one by one", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "one")
		f.says("maria", "two")
		f.says("maria", "three")
		assert.Equal(t, "one", f.asked(id).Message.Text)
		f.replies(id, queue.BotReply{})
		assert.Equal(t, "two", f.asked(id).Message.Text)
		f.replies(id, queue.BotReply{})
		assert.Equal(t, "three", f.asked(id).Message.Text)
	})
	t.Run("a reaction is no turn", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{})
		c := f.contact("maria", "")
		c.Message.Silent = true
		assert.Equal(t, id, f.arrives(c))
		assert.Equal(t, 0, f.asked(id).Turn)
	})

	t.Run("to the queue: age and wait count from there", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.pass(20 * time.Second)
		f.replies(id, queue.BotReply{Next: queue.BotQueue, Messages: text("one moment")})
		queued(f, id, start.Add(20*time.Second))
		assert.Equal(t, []string{"one moment"}, f.texts(id))
		f.available("ana")
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		assert.Zero(t, f.last(queue.Answered, id).Wait)
	})
	t.Run("to the queue with skills, priority and variables", func(t *testing.T) {
		c := menu
		c.Skills = []queue.Skill{{Name: "chat"}}
		c.Members = []queue.Member{{Agent: "ana", Skills: c.Skills}, {Agent: "bruno", Skills: []queue.Skill{{Name: "chat"}, {Name: "french", Level: 5}}}}
		f := newFloor(t, c)
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{
			Next: queue.BotQueue, Priority: pointer(7), Skills: &[]queue.Skill{{Name: "french", Level: 5}}, Set: map[string]string{"order": "42"},
		})
		v := f.view(id)
		assert.Equal(t, "bruno", v.Offered)
		assert.Equal(t, 7, v.Priority)
		assert.Equal(t, []queue.Skill{{Name: "chat", Level: 1}, {Name: "french", Level: 5}}, v.Skills, "beside what the campaign asks for")
		assert.Equal(t, map[string]string{"order": "42"}, v.Vars)
	})
	t.Run("a higher priority goes before those who wait", func(t *testing.T) {
		f := newFloor(t, menu)
		a, b := f.says("c1", "hello"), f.says("c2", "hello")
		f.replies(a, queue.BotReply{Next: queue.BotQueue})
		f.replies(b, queue.BotReply{Next: queue.BotQueue, Priority: pointer(1)})
		assert.Equal(t, []int{2, 1}, []int{f.view(a).Position, f.view(b).Position})
	})
	t.Run("to an agent who is free", func(t *testing.T) {
		f := newFloor(t, menu)
		f.available("ana", "bruno", "carla")
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotAgent, Target: "carla"})
		assert.Equal(t, "carla", f.view(id).Offered)
	})
	t.Run("to an agent who cannot: anybody, unless the campaign waits for them", func(t *testing.T) {
		f := newFloor(t, menu)
		f.available("ana")
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotAgent, Target: "carla"})
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("to an agent who is busy: they are waited for, then anybody", func(t *testing.T) {
		c := menu
		c.StickyWait, c.Members = time.Minute, []queue.Member{{Agent: "ana"}, {Agent: "carla", Limit: 1}}
		f := newFloor(t, c)
		f.available("carla")
		first, id := f.says("c1", "hello"), f.says("c2", "hello")
		f.replies(first, queue.BotReply{Next: queue.BotQueue})
		f.do(queue.Accept{Agent: "carla", Interaction: first})
		f.available("ana")
		f.replies(id, queue.BotReply{Next: queue.BotAgent, Target: "carla"})
		assert.Empty(t, f.view(id).Offered)
		f.pass(time.Minute)
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("to a campaign, past its bot on start", func(t *testing.T) {
		f := newFloor(t, menu, queue.Campaign{ID: "support", BotOnStart: "second"})
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotCampaign, Target: "support", Priority: pointer(3), Set: map[string]string{"order": "42"}})
		v := f.view(id)
		assert.Equal(t, []any{"support", queue.OwnedByQueue, 3, map[string]string{"order": "42"}}, []any{v.Campaign, v.Owner, v.Priority, v.Vars})
	})
	t.Run("to a campaign: the bot's time is no waiting there either", func(t *testing.T) {
		f := newFloor(t, menu, queue.Campaign{ID: "support"})
		id := f.says("maria", "hello")
		f.pass(10 * time.Second)
		c := f.contact("pedro", "hello")
		c.Number = other
		before := f.arrives(c)
		f.pass(10 * time.Second)
		f.replies(id, queue.BotReply{Next: queue.BotCampaign, Target: "support"})
		// Otherwise it would overtake who came to that queue before it.
		assert.Equal(t, []int{1, 2}, []int{f.view(before).Position, f.view(id).Position})
	})
	t.Run("it may end it", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "opening hours?")
		f.replies(id, queue.BotReply{Next: queue.BotEnd, Messages: text("nine to five")})
		assert.Equal(t, queue.OutcomeBotEnded, f.outcome(id))
		assert.Equal(t, []string{"nine to five"}, f.texts(id))
		assert.NotEqual(t, id, f.says("maria", "thanks"), "what comes after is another one")
	})
	t.Run("the customer may give up on it", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.do(queue.Leave{Interaction: id})
		assert.Equal(t, queue.OutcomeAbandoned, f.outcome(id))
	})
	t.Run("without a bot it is the queue at once", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		queued(f, f.says("maria", "hello"), start)
	})
	t.Run("what a bot has stays with it when the setting changes", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.configure(queue.Campaign{BotOnStart: "other"})
		assert.Equal(t, "menu", f.view(id).Bot)
		assert.Equal(t, "other", f.view(f.says("pedro", "hello")).Bot)
		f.replies(id, queue.BotReply{})
		assert.Equal(t, "menu", f.view(id).Bot)
	})
}

// What goes wrong with a bot on start leads to the queue and is counted.
func TestBotOnStartFails(t *testing.T) {
	menu := queue.Campaign{BotOnStart: "menu", BotTimeout: 5 * time.Second, BotSilence: time.Minute}
	failed := func(f *floor, id, reason string, at time.Time) {
		f.t.Helper()
		ev := f.last(queue.BotEnded, id)
		assert.Equal(f.t, []any{"menu", queue.PhaseStart, true, reason, at}, []any{ev.Bot, ev.Phase, ev.Failed, ev.Reason, ev.At})
		assert.Len(f.t, f.all(queue.BotEnded, id), 1, "counted once")
		assert.Equal(f.t, []any{queue.OwnedByQueue, at}, []any{f.view(id).Owner, f.view(id).Queued})
	}

	t.Run("it says so", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Failed: "panic: nil map", Messages: []queue.Message{{Text: "half"}}})
		failed(f, id, "panic: nil map", start)
		assert.Empty(t, f.texts(id), "nothing of a failed turn is said")
	})
	t.Run("it does not answer in time", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.pass(5*time.Second - 1)
		assert.Equal(t, queue.OwnedByBot, f.view(id).Owner)
		f.pass(time.Hour)
		failed(f, id, "no answer in time", start.Add(5*time.Second))
	})
	t.Run("0 is half a minute", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnStart: "menu"})
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		failed(f, id, "no answer in time", start.Add(30*time.Second))
	})
	t.Run("every turn has its own time", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "one")
		f.pass(4 * time.Second)
		f.replies(id, queue.BotReply{})
		f.pass(30 * time.Second)
		f.says("maria", "two")
		f.pass(time.Hour)
		failed(f, id, "no answer in time", start.Add(39*time.Second))
	})
	t.Run("an answer exactly at the deadline is late: dropped and reported", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.pass(5 * time.Second)
		f.replies(id, queue.BotReply{Next: queue.BotEnd, Messages: []queue.Message{{Text: "bye"}}, Set: map[string]string{"a": "b"}})
		failed(f, id, "no answer in time", start.Add(5*time.Second))
		assert.Empty(t, f.texts(id))
		assert.Empty(t, f.view(id).Vars)
		assert.Len(t, f.all(queue.BotLate, id), 1)
	})
	t.Run("the report names the turn", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		asked := f.asked(id)
		f.pass(5 * time.Second)
		f.replies(id, queue.BotReply{})
		ev := f.last(queue.BotLate, id)
		assert.Equal(t, []any{asked.Session, asked.Turn}, []any{ev.Session, ev.Turn})
	})
	t.Run("the same answer twice counts once", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		r := queue.BotReply{Messages: []queue.Message{{Text: "sales or support?"}}}
		f.replies(id, r)
		f.replies(id, r)
		assert.Equal(t, []string{"sales or support?"}, f.texts(id))
		assert.Len(t, f.all(queue.BotLate, id), 1)
	})
	t.Run("an answer after somebody else has it is dropped", func(t *testing.T) {
		f := newFloor(t, menu)
		f.available("ana")
		id := f.says("maria", "hello")
		f.do(queue.Requeue{Interaction: id})
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.replies(id, queue.BotReply{Next: queue.BotEnd, Messages: []queue.Message{{Text: "bye"}}})
		assert.Equal(t, "ana", f.view(id).Agent)
		assert.Empty(t, f.texts(id))
		assert.Len(t, f.all(queue.BotLate, id), 1)
	})
	t.Run("an answer after the end is refused", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.do(queue.End{Interaction: id})
		f.refuse(queue.BotReply{Interaction: id, Session: f.asked(id).Session, Next: queue.BotQueue}, queue.ErrUnknownInteraction)
	})
	t.Run("the customer is silent", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{})
		f.pass(time.Minute - 1)
		assert.Equal(t, queue.OwnedByBot, f.view(id).Owner)
		f.pass(time.Hour)
		assert.Equal(t, "customer is silent", f.last(queue.BotEnded, id).Reason)
		assert.Equal(t, start.Add(time.Minute), f.view(id).Queued)
	})
	for name, c := range map[string]struct {
		reply  queue.BotReply
		reason string
	}{
		"it names an agent that is not there":   {queue.BotReply{Next: queue.BotAgent, Target: "zoe"}, "unknown agent zoe"},
		"it names a campaign that is not there": {queue.BotReply{Next: queue.BotCampaign, Target: "lost"}, "unknown campaign lost"},
		"it wants what there is not":            {queue.BotReply{Next: "dance"}, "unknown action dance; valid: wait, queue, agent, campaign, end"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, menu)
			id := f.says("maria", "hello")
			f.replies(id, c.reply)
			failed(f, id, c.reason, start)
		})
	}
	t.Run("the campaign it wants is disabled", func(t *testing.T) {
		f := newFloor(t, menu, queue.Campaign{ID: "support", Disabled: true})
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotCampaign, Target: "support"})
		assert.Contains(t, f.last(queue.BotEnded, id).Reason, "campaign is disabled")
		assert.Equal(t, []any{"sales", queue.OwnedByQueue}, []any{f.view(id).Campaign, f.view(id).Owner})
	})
	t.Run("the skills it asks for make no sense", func(t *testing.T) {
		f := newFloor(t, menu)
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotQueue, Skills: &[]queue.Skill{{Name: "french", Level: 11}}})
		// Nobody can have level 11: it would wait for ever.
		assert.True(t, f.last(queue.BotEnded, id).Failed)
		assert.Empty(t, f.view(id).Skills)
	})
}
