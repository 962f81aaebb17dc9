package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// stages are the places in which an interaction of maria's may be when she is blacklisted.
// ana is available; agent is the one who has it and is told, "" = it ends.
var stages = []struct {
	name    string
	change  func(*queue.Campaign)
	begin   func(f *floor) (id string)
	agent   string
	outcome queue.Outcome
}{
	{"with the bot on start", func(c *queue.Campaign) { c.BotOnStart = "menu" }, func(f *floor) string { return f.says("maria", "hello") }, "", queue.OutcomeBlacklisted},
	{"waiting", nil, func(f *floor) string {
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		return f.says("maria", "hello")
	}, "", queue.OutcomeBlacklisted},
	{"offered", nil, func(f *floor) string { return f.says("maria", "hello") }, "", queue.OutcomeBlacklisted},
	{"with the bot after waiting", func(c *queue.Campaign) { c.MaxTime, c.BotAfterWait = time.Minute, "wait" }, func(f *floor) string {
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		return id
	}, "", queue.OutcomeBlacklisted},
	{"with the bot on end", func(c *queue.Campaign) { c.BotOnEnd = "survey" }, func(f *floor) string {
		id := f.answered("maria", "ana")
		f.do(queue.Finish{Interaction: id, Agent: "ana"})
		return id
	}, "", queue.OutcomeAnswered},
	{"with an agent", nil, func(f *floor) string { return f.answered("maria", "ana") }, "ana", ""},
	{"parked", nil, func(f *floor) string {
		id := f.answered("maria", "ana")
		f.do(queue.Park{Interaction: id, Agent: "ana"})
		return id
	}, "ana", ""},
	{"with a transfer pending", nil, func(f *floor) string {
		f.available("bruno")
		id := f.answered("maria", "ana")
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		return id
	}, "ana", ""},
	{"with a transfer pending whose sender is gone", nil, func(f *floor) string {
		f.available("bruno")
		id := f.answered("maria", "ana")
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		return id
	}, "", queue.OutcomeAnswered},
}

// TestBlacklistedAtEveryStage: an interaction that no agent has ends; an agent who has it is
// told once and keeps it. The host's command and a message of the customer have the same effect.
func TestBlacklistedAtEveryStage(t *testing.T) {
	for _, stage := range stages {
		for _, by := range []string{"command", "message"} {
			t.Run(stage.name+", by "+by, func(t *testing.T) {
				c := queue.Campaign{IncomingBlacklist: true}
				if stage.change != nil {
					stage.change(&c)
				}
				f := newFloor(t, c)
				f.available("ana")
				id := stage.begin(f)
				said := len(f.texts(id))
				f.effects = nil
				listed := f.contact("maria", "are you there?")
				listed.Blocked = &queue.Block{Reason: "abuse", Alias: "phone:maria"}
				if by == "command" {
					f.do(queue.End{Interaction: id, By: "sup", Reason: "abuse", Blacklisted: true})
				} else {
					f.do(listed)
					assert.Equal(t, id, f.last(queue.CustomerBlocked, "").Interaction)
				}
				assert.Len(t, f.texts(id), said, "the customer is told nothing")
				for _, a := range []string{"ana", "bruno"} {
					assert.Empty(t, f.agent(a).Asked)
				}
				if stage.agent == "" {
					f.gone(id)
					assert.Equal(t, stage.outcome, f.outcome(id))
					assert.Zero(t, f.agent("ana").Load)
					assert.Zero(t, f.agent("bruno").Load)
					return
				}
				assert.Equal(t, stage.agent, f.view(id).Agent)
				assert.True(t, f.view(id).Listed)
				told := f.last(queue.Listed, id)
				assert.Equal(t, []string{stage.agent, "abuse"}, []string{told.Agent, told.Reason})
				assert.Contains(t, f.effects, queue.Effect{Kind: queue.EffectListed, Seq: told.Seq, Interaction: id, Campaign: "sales", Agent: stage.agent})
				f.do(queue.End{Interaction: id, Blacklisted: true})
				listed.Message.ID = "another"
				f.do(listed)
				assert.Len(t, f.all(queue.Listed, id), 1, "told once")
				assert.Equal(t, "another", f.last(queue.CustomerBlocked, id).Message.ID, "a further message is an attempt")
			})
		}
	}
}

// TestBlacklistedWithAnAgent: no other agent and no bot gets the interaction of a customer who
// was blacklisted, until a message of the customer is let in again.
func TestBlacklistedWithAnAgent(t *testing.T) {
	begin := func(t *testing.T) (*floor, string) {
		c := queue.Campaign{
			IncomingBlacklist: true, BotOnEnd: "survey",
			Silence: queue.Silence{CustomerWarn: time.Minute, CustomerEnd: time.Hour}, Texts: queue.Texts{SilenceWarning: "still there?"},
		}
		f := newFloor(t, c, queue.Campaign{ID: "support"})
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.do(queue.End{Interaction: id, Blacklisted: true})
		return f, id
	}
	t.Run("a transfer to an agent is refused", func(t *testing.T) {
		f, id := begin(t)
		f.refuse(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"}, queue.ErrBlacklisted)
	})
	t.Run("back to the queue, it ends", func(t *testing.T) {
		f, id := begin(t)
		f.do(queue.Requeue{Interaction: id})
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
		assert.Equal(t, "customer is blacklisted", f.last(queue.Ended, id).Reason)
	})
	t.Run("finished, it has no bot on end", func(t *testing.T) {
		f, id := begin(t)
		f.do(queue.Finish{Interaction: id, Agent: "ana", Disposition: "rude"})
		assert.Equal(t, queue.OutcomeAnswered, f.outcome(id))
		assert.Empty(t, f.all(queue.BotStarted, id))
	})
	t.Run("the campaign says nothing to them", func(t *testing.T) {
		f, id := begin(t)
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "bye"}})
		f.pass(time.Minute)
		assert.Equal(t, []string{"bye"}, f.texts(id))
	})
	t.Run("a message that is let in ends it", func(t *testing.T) {
		f, id := begin(t)
		f.says("maria", "sorry")
		assert.False(t, f.view(id).Listed)
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
	})
	t.Run("taken off the list, all is as before", func(t *testing.T) {
		f, id := begin(t)
		f.do(queue.Unlist{Interaction: id, By: "boss", Reason: "mistake"})
		assert.False(t, f.view(id).Listed)
		ev := f.last(queue.Unlisted, id)
		assert.Equal(t, []string{"ana", "boss", "mistake"}, []string{ev.Agent, ev.By, ev.Reason})
		f.do(queue.Unlist{Interaction: id})
		assert.Len(t, f.all(queue.Unlisted, id), 1, "it was not listed any more")
		f.do(queue.Requeue{Interaction: id})
		assert.EqualValues(t, "queue", f.view(id).Owner, "it waits")
	})
	t.Run("another campaign decides for itself", func(t *testing.T) {
		f, id := begin(t)
		f.do(queue.Transfer{Interaction: id, Agent: "ana", ToCampaign: "support"})
		assert.Equal(t, "support", f.view(id).Campaign)
		assert.False(t, f.view(id).Listed)
	})
}

// TestTheTargetsBlacklist: a customer whom the target's list has does not enter by a transfer, a
// move or a bot. The refusal names the reason, and a bot does what its phase does by default.
func TestTheTargetsBlacklist(t *testing.T) {
	block := &queue.Block{Reason: "abuse", Alias: "phone:maria"}
	for name, guarded := range map[string]bool{"on": true, "off": false} {
		t.Run(name, func(t *testing.T) {
			target := queue.Campaign{ID: "support", IncomingBlacklist: guarded}
			f := newFloor(t, queue.Campaign{}, target)
			f.available("ana")
			id := f.answered("maria", "ana")
			for _, c := range []queue.Command{
				queue.Transfer{Interaction: id, Agent: "ana", ToCampaign: "support", Blocked: block},
				queue.Move{Interaction: id, Campaign: "support", Blocked: block},
			} {
				if !guarded {
					f.do(c)
					assert.Equal(t, "support", f.view(id).Campaign)
					return
				}
				err := f.refuse(c, queue.ErrBlacklisted)
				require.ErrorContains(t, err, "blacklisted")
				assert.Equal(t, []string{"support", "abuse"}, []string{err.Campaign, err.Reason})
				assert.Equal(t, "ana", f.view(id).Agent)
			}
		})
		t.Run("bot, "+name, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{BotOnStart: "menu"}, queue.Campaign{ID: "support", IncomingBlacklist: guarded})
			id := f.says("maria", "hello")
			f.replies(id, queue.BotReply{Next: queue.BotCampaign, Target: "support", Messages: []queue.Message{{Text: "a moment"}}, Blocked: block})
			assert.Equal(t, map[bool]string{true: "sales", false: "support"}[guarded], f.view(id).Campaign)
			assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
			ended := f.last(queue.BotEnded, id)
			assert.Equal(t, guarded, ended.Failed)
			if guarded {
				assert.Contains(t, ended.Reason, "blacklisted")
			}
			assert.Equal(t, []string{"a moment"}, f.texts(id))
		})
	}
}

// TestBlacklistOfTheConversation: what counts for a message is the list of the campaign that
// has the conversation, whatever campaign the number belongs to.
func TestBlacklistOfTheConversation(t *testing.T) {
	for _, moved := range []string{"sales", "support"} {
		f := newFloor(t, queue.Campaign{IncomingBlacklist: true}, queue.Campaign{ID: "support"})
		f.available("ana")
		id := f.answered("maria", "ana")
		if moved == "support" {
			f.do(queue.Transfer{Interaction: id, Agent: "ana", ToCampaign: "support"})
		}
		assert.Equal(t, moved, f.e.OpenOn(number, "phone:maria"))
		c := f.contact("maria", "hello?")
		c.Blocked = &queue.Block{}
		f.do(c)
		assert.Equal(t, moved == "sales", len(f.all(queue.CustomerBlocked, id)) == 1)
	}
}
