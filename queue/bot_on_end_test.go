package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// Bot on end: it owns the interaction after the agent finishes, whose slot is free by then.
func TestBotOnEnd(t *testing.T) {
	survey := queue.Campaign{BotOnEnd: "survey", BotTimeout: 5 * time.Second, BotSilence: time.Minute}
	text := func(s string) []queue.Message { return []queue.Message{{Text: s}} }
	// finished has an interaction of maria that ana answered at the start and finished a
	// minute later.
	finished := func(t *testing.T, c queue.Campaign, more ...queue.Campaign) (f *floor, id string) {
		f = newFloor(t, append([]queue.Campaign{c}, more...)...)
		f.available("ana")
		id = f.answered("maria", "ana")
		f.pass(time.Minute)
		f.do(queue.Finish{Agent: "ana", Interaction: id, Disposition: "sold"})
		return f, id
	}
	ended := func(f *floor, id string, at time.Time) {
		f.t.Helper()
		ev := f.last(queue.Ended, id)
		assert.Equal(f.t, []any{queue.OutcomeAnswered, "ana", at}, []any{ev.Outcome, ev.Agent, ev.At})
		assert.Equal(f.t, queue.OutcomeAnswered, f.outcome(id))
		assert.Len(f.t, f.all(queue.Queued, id), 1, "it was not put back")
		f.gone(id)
	}

	t.Run("it is asked when the agent finishes, and has the interaction", func(t *testing.T) {
		f, id := finished(t, survey)
		asked := f.asked(id)
		assert.Equal(t, []any{"survey", queue.PhaseEnd, 0}, []any{asked.Bot, asked.Phase, asked.Turn})
		assert.Nil(t, asked.Message, "nobody has said anything to it yet")
		v := f.view(id)
		assert.Equal(t, []any{queue.OwnedByBot, "survey", ""}, []any{v.Owner, v.Bot, v.Agent})
		assert.Empty(t, f.all(queue.Ended, id))
	})
	t.Run("the agent's slot is free: who waits is offered at once", func(t *testing.T) {
		c := survey
		c.Members = []queue.Member{{Agent: "ana", Limit: 1}}
		f := newFloor(t, c)
		f.available("ana")
		id := f.answered("maria", "ana")
		waits := f.says("pedro", "hello")
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, "ana", f.view(waits).Offered)
		assert.Equal(t, []string{waits}, f.agent("ana").Asked)
		assert.Empty(t, f.agent("ana").Has)
	})
	t.Run("the agent is done with it", func(t *testing.T) {
		f, id := finished(t, survey)
		f.refuse(queue.Send{Agent: "ana", Interaction: id, Message: queue.Message{Text: "ps"}}, queue.ErrNotOwner)
		f.refuse(queue.Finish{Agent: "ana", Interaction: id}, queue.ErrNotOwner)
		f.refuse(queue.Transfer{Agent: "ana", Interaction: id, ToAgent: "bruno"}, queue.ErrNotOwner)
	})
	t.Run("wrap-up and handle time do not wait for the bot", func(t *testing.T) {
		c := survey
		c.WrapUp = 10 * time.Second
		f, id := finished(t, c)
		assert.Equal(t, f.now.Add(10*time.Second), f.agent("ana").WrapUntil)
		ev := f.last(queue.Finished, id)
		assert.Equal(t, []any{time.Minute, "sold"}, []any{ev.Wait, ev.Reason})
	})
	t.Run("an agent who wanted to leave after work may leave", func(t *testing.T) {
		f := newFloor(t, survey)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline, AfterWork: true})
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, queue.Offline, f.agent("ana").State)
		assert.Equal(t, "survey", f.view(id).Bot)
	})

	t.Run("it talks to the customer and ends it: the outcome is the agent's", func(t *testing.T) {
		f, id := finished(t, survey)
		f.replies(id, queue.BotReply{Messages: text("were we helpful?")})
		assert.Equal(t, id, f.says("maria", "yes"), "an answer to the bot opens nothing new")
		assert.Equal(t, "yes", f.asked(id).Message.Text)
		f.replies(id, queue.BotReply{Messages: text("thank you"), Set: map[string]string{"stars": "5"}, Next: queue.BotEnd})
		assert.Equal(t, []string{"were we helpful?", "thank you"}, f.texts(id))
		assert.Equal(t, map[string]string{"stars": "5"}, f.last(queue.VarsSet, id).Vars)
		ended(f, id, f.now)
		assert.NotEqual(t, id, f.says("maria", "hello again"))
	})
	t.Run("what is said after the last turn waits for the next", func(t *testing.T) {
		f, id := finished(t, survey)
		f.says("maria", "thanks!")
		f.replies(id, queue.BotReply{Messages: text("were we helpful?")})
		assert.Equal(t, []any{1, "thanks!"}, []any{f.asked(id).Turn, f.asked(id).Message.Text})
	})
	t.Run("the agent may skip it", func(t *testing.T) {
		f := newFloor(t, survey)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Finish{Agent: "ana", Interaction: id, NoBot: true})
		assert.Empty(t, f.all(queue.BotStarted, id))
		ended(f, id, start)
	})
	t.Run("it follows an agent's finish only", func(t *testing.T) {
		for name, end := range map[string]func(f *floor, id string){
			"host":     func(f *floor, id string) { f.do(queue.End{Interaction: id}) },
			"customer": func(f *floor, id string) { f.do(queue.Leave{Interaction: id}) },
		} {
			f := newFloor(t, survey)
			f.available("ana")
			id := f.answered("maria", "ana")
			end(f, id)
			assert.Empty(t, f.all(queue.BotStarted, id), name)
			assert.Equal(t, queue.OutcomeAnswered, f.outcome(id), name)
		}
	})
	t.Run("after a transfer it comes once, when the last agent finishes", func(t *testing.T) {
		f := newFloor(t, survey)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.available("bruno")
		f.do(queue.Transfer{Agent: "ana", Interaction: id, ToAgent: "bruno"})
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		assert.Empty(t, f.all(queue.BotStarted, id))
		f.do(queue.Finish{Agent: "bruno", Interaction: id})
		assert.Len(t, f.all(queue.BotStarted, id), 1)
		f.replies(id, queue.BotReply{Next: queue.BotEnd})
		assert.Equal(t, "bruno", f.last(queue.Ended, id).Agent)
	})
	t.Run("the campaign it ends in has the word", func(t *testing.T) {
		f := newFloor(t, survey, queue.Campaign{ID: "support", BotOnEnd: "other"})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Transfer{Agent: "ana", Interaction: id, ToCampaign: "support"})
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, "other", f.view(id).Bot)
	})
	t.Run("it follows what we began ourselves too", func(t *testing.T) {
		f := newFloor(t, survey)
		f.available("ana")
		f.do(queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:maria"}, Customer: "c-maria", ID: "x"})
		f.do(queue.Finish{Agent: "ana", Interaction: "x"})
		assert.Equal(t, "survey", f.view("x").Bot)
	})
	t.Run("what the bot has stays with it when the setting changes", func(t *testing.T) {
		f, id := finished(t, survey)
		f.configure(queue.Campaign{})
		assert.Equal(t, "survey", f.view(id).Bot)
		next := f.answered("pedro", "ana")
		f.do(queue.Finish{Agent: "ana", Interaction: next})
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(next))
	})

	t.Run("one that fails ends it", func(t *testing.T) {
		f, id := finished(t, survey)
		f.replies(id, queue.BotReply{Failed: "panic", Messages: text("half")})
		ended(f, id, f.now)
		ev := f.last(queue.BotEnded, id)
		assert.Equal(t, []any{true, "panic", queue.PhaseEnd}, []any{ev.Failed, ev.Reason, ev.Phase})
		assert.Empty(t, f.texts(id))
	})
	t.Run("one that does not answer in time ends it, at that instant", func(t *testing.T) {
		f, id := finished(t, survey)
		due := f.now.Add(5 * time.Second)
		f.pass(time.Hour)
		ended(f, id, due)
		assert.True(t, f.last(queue.BotEnded, id).Failed)
		f.refuse(queue.BotReply{Interaction: id, Session: f.asked(id).Session, Next: queue.BotQueue}, queue.ErrUnknownInteraction)
	})
	t.Run("an answer exactly at the deadline is too late", func(t *testing.T) {
		f, id := finished(t, survey)
		due := f.now.Add(5 * time.Second)
		f.pass(5 * time.Second)
		f.refuse(queue.BotReply{Interaction: id, Session: f.asked(id).Session, Next: queue.BotQueue}, queue.ErrUnknownInteraction)
		ended(f, id, due)
	})
	t.Run("a customer who does not answer it ends it", func(t *testing.T) {
		f, id := finished(t, survey)
		f.replies(id, queue.BotReply{Messages: text("were we helpful?")})
		due := f.now.Add(time.Minute)
		f.pass(time.Minute - 1)
		assert.Equal(t, queue.OwnedByBot, f.view(id).Owner)
		f.pass(1)
		assert.Equal(t, "customer is silent", f.last(queue.BotEnded, id).Reason)
		f.delivers()
		ended(f, id, due)
	})
	t.Run("a target that is not there ends it", func(t *testing.T) {
		for _, r := range []queue.BotReply{
			{Next: queue.BotAgent, Target: "zoe"}, {Next: queue.BotCampaign, Target: "lost"}, {Next: "dance"},
		} {
			f, id := finished(t, survey)
			f.replies(id, r)
			ended(f, id, f.now)
		}
	})
	t.Run("a campaign that may not be entered ends it", func(t *testing.T) {
		f, id := finished(t, survey, queue.Campaign{ID: "support", Disabled: true})
		f.replies(id, queue.BotReply{Next: queue.BotCampaign, Target: "support"})
		ended(f, id, f.now)
	})

	t.Run("it may put it back in the queue by saying so, at its place", func(t *testing.T) {
		f, id := finished(t, survey)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		later := f.says("pedro", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotQueue, Priority: pointer(0), Set: map[string]string{"angry": "yes"}})
		v := f.view(id)
		assert.Equal(t, []any{queue.OwnedByQueue, start, f.now, 1}, []any{v.Owner, v.Since, v.Queued, v.Position})
		assert.Equal(t, map[string]string{"angry": "yes"}, v.Vars)
		assert.Equal(t, 2, f.view(later).Position)
	})
	t.Run("back in the queue it ends as answered, and the stay by its own word", func(t *testing.T) {
		c := survey
		c.MaxTime = time.Minute
		f, id := finished(t, c)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		f.pass(time.Minute)
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
		assert.Equal(t, queue.OutcomeTimedOut, f.last(queue.Ended, id).Segment)
	})
	t.Run("to an agent", func(t *testing.T) {
		f, id := finished(t, survey)
		f.available("bruno", "carla")
		f.replies(id, queue.BotReply{Next: queue.BotAgent, Target: "carla"})
		assert.Equal(t, "carla", f.view(id).Offered)
	})
	t.Run("to a campaign, with its age", func(t *testing.T) {
		f, id := finished(t, survey, queue.Campaign{ID: "support", Members: []queue.Member{{Agent: "carla"}}})
		f.replies(id, queue.BotReply{Next: queue.BotCampaign, Target: "support"})
		v := f.view(id)
		assert.Equal(t, []any{"support", queue.OwnedByQueue, start}, []any{v.Campaign, v.Owner, v.Since})
	})
	t.Run("answered again it comes again, and the first one's answer is late", func(t *testing.T) {
		f, id := finished(t, survey)
		old := f.asked(id)
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		f.do(queue.BotReply{Interaction: id, Session: old.Session, Turn: old.Turn, Next: queue.BotEnd, Messages: text("bye")})
		assert.Equal(t, "survey", f.view(id).Bot)
		assert.Empty(t, f.texts(id))
		assert.Len(t, f.all(queue.BotLate, id), 1)
		f.replies(id, queue.BotReply{Next: queue.BotEnd})
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
	})
}

// What the agent said at the end and how it ended are two fields, whatever the bot on end
// does.
func TestDispositionIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		play   func(f *floor, id string)
		reason string
	}{
		"the bot ends it":     {func(f *floor, id string) { f.replies(id, queue.BotReply{Next: queue.BotEnd}) }, "bot"},
		"the bot fails":       {func(f *floor, id string) { f.replies(id, queue.BotReply{Failed: "out of order"}) }, "bot"},
		"the host ends it":    {func(f *floor, id string) { f.do(queue.End{Interaction: id, By: "boss", Reason: "test"}) }, "test"},
		"the customer leaves": {func(f *floor, id string) { f.do(queue.Leave{Interaction: id, Reason: "hung up"}) }, "hung up"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{BotOnEnd: "survey"})
			f.available("ana")
			id := f.answered("maria", "ana")
			f.do(queue.Finish{Interaction: id, Agent: "ana", Disposition: "solved"})
			var err error
			f.e, err = queue.Restore(queue.Config{Seed: 1}, f.e.Snapshot())
			require.NoError(t, err)
			c.play(f, id)
			ended := f.last(queue.Ended, id)
			assert.Equal(t, "solved", ended.Disposition)
			assert.Equal(t, c.reason, ended.Reason)
			assert.Equal(t, queue.OutcomeAnswered, ended.Outcome)
		})
	}
	t.Run("an event of an earlier version", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{BotOnEnd: "survey"})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Finish{Interaction: id, Agent: "ana", Disposition: "solved"})
		for i := range f.events {
			f.events[i].Disposition = ""
		}
		e, err := queue.New(queue.Config{Seed: 1})
		require.NoError(t, err)
		require.NoError(t, e.Replay(f.events))
		f.e = e
		f.replies(id, queue.BotReply{Next: queue.BotEnd})
		assert.Equal(t, "solved", f.last(queue.Ended, id).Disposition)
	})
	t.Run("no agent said anything", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		id := f.says("maria", "hello")
		f.do(queue.Leave{Interaction: id, Reason: "hung up"})
		assert.Empty(t, f.last(queue.Ended, id).Disposition)
	})
}
