package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// The supervisor's verbs: each leaves who and why on its events, and is refused like
// anybody's where it makes no sense.
func TestSupervisor(t *testing.T) {
	const by, why = "chief", "a friend of the house"
	// signed checks the actor and the reason of the latest event of a kind.
	signed := func(f *floor, kind queue.Kind, id string) queue.Event {
		f.t.Helper()
		ev := f.last(kind, id)
		assert.Equal(f.t, []string{by, why}, []string{ev.By, ev.Reason}, kind)
		return ev
	}
	open := func(t *testing.T, c queue.Campaign) *floor { return newFloor(t, c, queue.Campaign{ID: "support"}) }
	// waits is maria waiting, with nobody there.
	waits := func(t *testing.T) (*floor, string) {
		f := open(t, queue.Campaign{})
		return f, f.says("maria", "hello")
	}
	// offered is maria being offered to ana, with bruno beside her.
	offered := func(t *testing.T) (*floor, string) {
		f := open(t, queue.Campaign{})
		f.available("ana")
		id := f.says("maria", "hello")
		f.available("bruno")
		return f, id
	}
	// active is maria with ana, and bruno beside her.
	active := func(t *testing.T) (*floor, string) {
		f, id := offered(t)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		return f, id
	}
	// withBot is maria with the bot on start.
	withBot := func(t *testing.T) (*floor, string) {
		f := open(t, queue.Campaign{BotOnStart: "menu"})
		f.available("ana")
		return f, f.says("maria", "hello")
	}

	t.Run("assign: what waits", func(t *testing.T) {
		f, id := waits(t)
		f.do(queue.Assign{Interaction: id, Agent: "ana", Override: true, By: by, Reason: why})
		ev := signed(f, queue.Answered, id)
		assert.Equal(t, []any{"ana", true, true}, []any{ev.Agent, ev.Direct, ev.Override})
		assert.True(t, f.view(id).Over)
	})
	t.Run("assign: over an offer, which is revoked", func(t *testing.T) {
		f, id := offered(t)
		f.do(queue.Assign{Interaction: id, Agent: "bruno", By: by, Reason: why})
		signed(f, queue.Answered, id)
		assert.Equal(t, []string{"ana", "revoked", "assigned to bruno"},
			[]string{f.last(queue.OfferEnd, id).Agent, f.last(queue.OfferEnd, id).Reason, f.last(queue.OfferEnd, id).From})
		assert.Zero(t, f.agent("ana").Load)
		f.refuse(queue.Accept{Agent: "ana", Interaction: id}, queue.ErrAlreadyTaken)
	})
	t.Run("assign: to the agent who is being asked is their answer", func(t *testing.T) {
		f, id := offered(t)
		f.do(queue.Assign{Interaction: id, Agent: "ana", By: by, Reason: why})
		assert.False(t, signed(f, queue.Answered, id).Direct)
		assert.Equal(t, 1, f.agent("ana").Load)
	})
	t.Run("assign: said twice is said once", func(t *testing.T) {
		f, id := active(t)
		assert.Empty(t, f.do(queue.Assign{Interaction: id, Agent: "ana", By: by}))
	})
	t.Run("assign: refused without override to one who may not, with the reason", func(t *testing.T) {
		f, id := waits(t)
		err := f.refuse(queue.Assign{Interaction: id, Agent: "ana"}, queue.ErrNotEligible)
		assert.Equal(t, []string{"ana", id, "sales", "offline"}, []string{err.Agent, err.Interaction, err.Campaign, err.Reason})
	})
	t.Run("assign: refused for what an agent or a bot has, and for nobody", func(t *testing.T) {
		f, id := active(t)
		f.refuse(queue.Assign{Interaction: id, Agent: "bruno", Override: true}, queue.ErrNotWaiting)
		f.refuse(queue.Assign{Interaction: id, Agent: "nobody"}, queue.ErrUnknownAgent)
		f.refuse(queue.Assign{Interaction: "nothing", Agent: "ana"}, queue.ErrUnknownInteraction)
		f, id = withBot(t)
		f.refuse(queue.Assign{Interaction: id, Agent: "ana", Override: true}, queue.ErrNotWaiting)
	})

	t.Run("move: from wherever it is, with its age", func(t *testing.T) {
		for _, where := range []func(*testing.T) (*floor, string){waits, offered, active, withBot} {
			f, id := where(t)
			f.pass(5 * time.Second)
			f.do(queue.Move{Interaction: id, Campaign: "support", By: by, Reason: why})
			ev := signed(f, queue.Moved, id)
			assert.Equal(t, []string{"support", "sales"}, []string{ev.Campaign, ev.From})
			assert.Equal(t, []any{"support", queue.OwnedByQueue, start}, []any{f.view(id).Campaign, f.view(id).Owner, f.view(id).Since})
		}
	})
	t.Run("move: refused where it may not go, with the reason", func(t *testing.T) {
		f, id := active(t)
		f.refuse(queue.Move{Interaction: id, Campaign: "sales"}, queue.ErrInvalid)
		f.refuse(queue.Move{Interaction: id, Campaign: "nowhere"}, queue.ErrUnknownCampaign)
		f.configure(queue.Campaign{ID: "support", Disabled: true})
		assert.Equal(t, "support", f.refuse(queue.Move{Interaction: id, Campaign: "support"}, queue.ErrCampaignDisabled).Campaign)
		f.configure(queue.Campaign{ID: "support", MaxInteractions: 1})
		f.do(queue.AgentState{Agent: "bruno", State: queue.Offline})
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		toSupport(f, "pedro")
		f.refuse(queue.Move{Interaction: id, Campaign: "support"}, queue.ErrCampaignFull)
		assert.Equal(t, "ana", f.view(id).Agent)
	})

	t.Run("requeue: what an agent has, others first", func(t *testing.T) {
		f, id := active(t)
		f.do(queue.Requeue{Interaction: id, By: by, Reason: why})
		assert.Equal(t, "ana", signed(f, queue.Requeued, id).Agent)
		assert.Equal(t, []any{"bruno", start}, []any{f.view(id).Offered, f.view(id).Since})
	})
	t.Run("requeue: what is being offered, others first", func(t *testing.T) {
		f, id := offered(t)
		f.do(queue.Requeue{Interaction: id, By: by, Reason: why})
		ev := f.last(queue.OfferEnd, id)
		assert.Equal(t, []string{"ana", "requeued", why, by}, []string{ev.Agent, ev.Reason, ev.From, ev.By})
		assert.Equal(t, []any{"bruno", start}, []any{f.view(id).Offered, f.view(id).Since})
	})
	t.Run("requeue: what a bot has, and its answer comes too late", func(t *testing.T) {
		f, id := withBot(t)
		f.do(queue.Requeue{Interaction: id, By: by, Reason: why})
		signed(f, queue.Requeued, id)
		assert.Equal(t, "ana", f.view(id).Offered)
		f.replies(id, queue.BotReply{Next: queue.BotEnd})
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("requeue: what waits is where it belongs", func(t *testing.T) {
		f, id := waits(t)
		assert.Empty(t, f.do(queue.Requeue{Interaction: id, By: by}))
		f.refuse(queue.Requeue{Interaction: "nothing"}, queue.ErrUnknownInteraction)
	})

	t.Run("end: from wherever it is", func(t *testing.T) {
		for i, where := range []func(*testing.T) (*floor, string){waits, offered, active, withBot} {
			f, id := where(t)
			f.do(queue.End{Interaction: id, By: by, Reason: why})
			signed(f, queue.Ended, id)
			f.gone(id)
			assert.Equal(t, map[bool]queue.Outcome{true: queue.OutcomeAnswered, false: queue.OutcomeAbandoned}[i == 2], f.outcome(id))
			assert.Zero(t, f.agent("ana").Load)
			f.refuse(queue.End{Interaction: id}, queue.ErrUnknownInteraction)
		}
	})

	t.Run("reprioritize: the first in line is another", func(t *testing.T) {
		f, _ := waits(t)
		second := f.says("pedro", "hello")
		f.do(queue.Reprioritize{Interaction: second, Priority: pointer(5), By: by, Reason: why})
		assert.Equal(t, 5, signed(f, queue.Required, second).Priority)
		assert.Equal(t, 1, f.view(second).Position)
		f.available("ana")
		assert.Equal(t, second, f.all(queue.Offered, "")[0].Interaction)
	})

	t.Run("agent state: somebody else's word", func(t *testing.T) {
		f, id := offered(t)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused, Reason: why, By: by})
		signed(f, queue.AgentStated, "")
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("agent state: requeue names the actor on every return", func(t *testing.T) {
		f, id := active(t)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline, Reason: why, By: by, Requeue: true})
		assert.Equal(t, by, f.last(queue.Requeued, id).By)
	})

	out := func(f *floor, agent string) queue.Start {
		return queue.Start{Campaign: "sales", Agent: agent, Aliases: []string{"phone:eva"}, Customer: "c-eva", ID: "out", By: by}
	}
	t.Run("start: for an agent", func(t *testing.T) {
		f, _ := active(t)
		f.do(out(f, "ana"))
		ev := f.last(queue.Started, "out")
		assert.Equal(t, []any{by, "ana", false}, []any{ev.By, ev.Agent, ev.Override})
		assert.True(t, f.view("out").Outbound)
		assert.Equal(t, "out", f.refuse(queue.Start{Campaign: "sales", Agent: "bruno", Aliases: []string{"phone:eva"}, Customer: "c-eva", ID: "x"}, queue.ErrOpen).Interaction)
	})
	t.Run("start: over the limit only by override, which is recorded", func(t *testing.T) {
		f, _ := active(t)
		f.answered("pedro", "bruno")
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1}})
		c := out(f, "ana")
		assert.Equal(t, "full", f.refuse(c, queue.ErrNotEligible).Reason)
		c.Override = true
		f.do(c)
		assert.True(t, f.last(queue.Started, "out").Override)
	})
	t.Run("start: refused for one who is offline, may not, or is no member", func(t *testing.T) {
		f := open(t, queue.Campaign{Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno", NoInitiate: true}}})
		f.available("bruno", "carla")
		assert.Equal(t, "offline", f.refuse(out(f, "ana"), queue.ErrNotEligible).Reason)
		assert.Equal(t, "no permission to initiate", f.refuse(out(f, "bruno"), queue.ErrNotEligible).Reason)
		f.refuse(out(f, "carla"), queue.ErrNotMember)
	})

	t.Run("configure and remove: who did it", func(t *testing.T) {
		f := open(t, queue.Campaign{})
		f.do(queue.Configure{Campaign: queue.Campaign{ID: "third"}, By: by})
		assert.Equal(t, by, f.last(queue.CampaignConfigured, "").By)
		f.do(queue.RemoveCampaign{Campaign: "third", By: by})
		assert.Equal(t, by, f.last(queue.CampaignRemoved, "").By)
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "dora"}, By: by})
		assert.Equal(t, by, f.last(queue.AgentConfigured, "").By)
		f.do(queue.RemoveAgent{Agent: "dora", By: by})
		assert.Equal(t, by, f.last(queue.AgentRemoved, "").By)
	})
	t.Run("remove: a campaign with open interactions is refused", func(t *testing.T) {
		f, id := waits(t)
		f.refuse(queue.RemoveCampaign{Campaign: "sales"}, queue.ErrInUse)
		f.do(queue.End{Interaction: id})
		f.do(queue.RemoveCampaign{Campaign: "sales"})
	})
	t.Run("34 a strategy, member or field that is unknown is refused, with the list of valid ones", func(t *testing.T) {
		f := open(t, queue.Campaign{})
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", Strategy: "x", Members: []queue.Member{{Agent: "ghost"}}, AtClosing: "y", Zone: "Mars"}}, queue.ErrInvalid)
		assert.ErrorContains(t, err, "leastbusy, leastrecent, linear")
		assert.ErrorContains(t, err, `members[0].agent: unknown agent "ghost"`)
		assert.ErrorContains(t, err, `atClosing: unknown value "y"; valid: hold, close`)
		assert.ErrorContains(t, err, `zone: unknown time zone "Mars"`)
	})
}
