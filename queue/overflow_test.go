package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

// Overflow: what is done when waiting gets too long or there is nobody to wait for.
func TestOverflowPredicates(t *testing.T) {
	// once is a step that sends "…" after a minute if its predicate holds then.
	once := func(when queue.Predicate, than int) queue.Campaign {
		return queue.Campaign{Overflow: []queue.Overflow{{After: time.Minute, When: when, Than: than, Do: queue.DoMessage, Text: "…"}}}
	}
	state := func(agent string, s queue.State) queue.AgentState { return queue.AgentState{Agent: agent, State: s} }
	// occupied lets agents be there without room for more.
	occupied := func(f *floor, agents ...string) {
		f.t.Helper()
		for _, a := range agents {
			f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: a, Limit: 1}})
			f.available(a)
			f.answered("busy "+a, a)
		}
	}
	// said waits for the minute of a new interaction and reports whether the step was done.
	said := func(f *floor) bool {
		f.t.Helper()
		id := f.says("maria", "hello")
		f.pass(time.Minute - 1)
		assert.Empty(t, f.texts(id), "too early")
		f.pass(1)
		ev := f.last(queue.Stepped, id)
		assert.Equal(t, 1, ev.Count)
		assert.Equal(t, map[bool]string{true: "message", false: "does not apply"}[ev.Open], ev.Reason)
		f.pass(time.Hour)
		assert.Len(t, f.all(queue.Stepped, id), 1, "once")
		return len(f.texts(id)) == 1
	}

	t.Run("without one a step is always done, at its own instant", func(t *testing.T) {
		f := newFloor(t, once(queue.Always, 0))
		occupied(f, "ana")
		assert.True(t, said(f))
	})
	t.Run("nobody logged in: all are offline", func(t *testing.T) {
		assert.True(t, said(newFloor(t, once(queue.NobodyLoggedIn, 0))))
	})
	t.Run("nobody logged in: one who is paused is logged in", func(t *testing.T) {
		f := newFloor(t, once(queue.NobodyLoggedIn, 0))
		f.do(state("carla", queue.Paused))
		assert.False(t, said(f))
	})
	t.Run("nobody logged in: one who is full is logged in", func(t *testing.T) {
		f := newFloor(t, once(queue.NobodyLoggedIn, 0))
		occupied(f, "ana")
		assert.False(t, said(f))
	})
	t.Run("nobody logged in: who may not receive does not count, there or not", func(t *testing.T) {
		c := once(queue.NobodyLoggedIn, 0)
		c.Members = []queue.Member{{Agent: "ana", NoReceive: true}, {Agent: "bruno"}}
		f := newFloor(t, c)
		assert.True(t, said(f))
		f = newFloor(t, c)
		f.available("ana", "carla")
		assert.True(t, said(f), "carla is no member")
	})
	t.Run("nobody logged in: a campaign without members has nobody", func(t *testing.T) {
		c := once(queue.NobodyLoggedIn, 0)
		c.Members = []queue.Member{}
		assert.True(t, said(newFloor(t, c)))
	})
	t.Run("nobody available: offline, paused or finishing work", func(t *testing.T) {
		f := newFloor(t, once(queue.NobodyAvailable, 0))
		occupied(f, "ana")
		f.do(state("bruno", queue.Paused))
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline, AfterWork: true})
		assert.True(t, said(f))
	})
	t.Run("nobody available: one who is full, in wrap-up or delayed is available", func(t *testing.T) {
		c := once(queue.NobodyAvailable, 0)
		c.WrapUp, c.DeclineDelay = time.Hour, time.Hour
		f := newFloor(t, c)
		occupied(f, "ana")
		assert.False(t, said(f))

		f = newFloor(t, c)
		occupied(f, "ana")
		f.do(queue.Finish{Agent: "ana", Interaction: "i1"})
		assert.False(t, said(f))

		f = newFloor(t, c)
		f.available("ana")
		f.do(queue.Decline{Agent: "ana", Interaction: f.says("pedro", "hello")})
		assert.False(t, said(f))
	})
	t.Run("nobody available: who may not receive does not count", func(t *testing.T) {
		c := once(queue.NobodyAvailable, 0)
		c.Members = []queue.Member{{Agent: "ana", NoReceive: true}, {Agent: "bruno"}}
		f := newFloor(t, c)
		f.available("ana")
		f.do(state("bruno", queue.Paused))
		assert.True(t, said(f))
	})
	t.Run("queue longer: more than so many, itself included", func(t *testing.T) {
		for waiting, done := range map[int]bool{1: false, 2: true} { // beside maria
			f := newFloor(t, once(queue.QueueLonger, 2))
			for i := range waiting {
				f.says(fmt.Sprint("c", i), "hello")
			}
			assert.Equal(t, done, said(f), "%d before", waiting)
		}
	})
	t.Run("wait longer: than so many seconds, of the first in line", func(t *testing.T) {
		for ahead, done := range map[time.Duration]bool{30 * time.Second: false, 31 * time.Second: true} {
			f := newFloor(t, once(queue.WaitLonger, 90))
			f.says("first", "hello")
			f.pass(ahead)
			assert.Equal(t, done, said(f), "%s before", ahead)
		}
	})
	t.Run("an unknown predicate or action is refused with the list of valid ones", func(t *testing.T) {
		f := newFloor(t)
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", Overflow: []queue.Overflow{
			{When: "full_moon", Do: "dance"}, {Do: queue.DoMessage}, {Do: queue.DoRelax}, {Do: queue.DoBot, After: -1, Every: -1}, {Do: queue.DoRelax, Relax: &queue.Relax{}},
		}}}, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{
			{Path: "overflow[0].when", Problem: `unknown value "full_moon"; valid: nobody_logged_in, nobody_available, queue_longer, wait_longer`},
			{Path: "overflow[0].do", Problem: `unknown value "dance"; valid: message, relax, campaign, bot, end`},
			{Path: "overflow[1].text", Problem: "must not be empty"},
			{Path: "overflow[2].relax", Problem: "must be set"},
			{Path: "overflow[3].after", Problem: "must be ≥ 0, is -1ns"},
			{Path: "overflow[3].every", Problem: "must be ≥ 0, is -1ns"},
			{Path: "overflow[3].target", Problem: "must name the bot"},
			{Path: "overflow[4].relax", Problem: "does nothing: set lower, drop or tiers"},
		}, err.Err)
	})
}

func TestOverflowActions(t *testing.T) {
	after := func(s queue.Overflow) queue.Campaign {
		s.After = time.Minute
		return queue.Campaign{Overflow: []queue.Overflow{s}}
	}
	// due is an interaction of maria whose step has just acted.
	due := func(t *testing.T, cards ...queue.Campaign) (*floor, string) {
		f := newFloor(t, cards...)
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		return f, id
	}

	t.Run("message: it is sent, and the place is kept", func(t *testing.T) {
		f, id := due(t, after(queue.Overflow{Do: queue.DoMessage, Text: "it takes longer today"}))
		assert.Equal(t, []string{"it takes longer today"}, f.texts(id))
		assert.Equal(t, start, f.view(id).Since)
		f.available("ana")
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("relax: what was asked for gets easier, and who fits now is asked", func(t *testing.T) {
		c := after(queue.Overflow{Do: queue.DoRelax, Relax: &queue.Relax{Skill: "french", Drop: true}})
		c.Skills = []queue.Skill{{Name: "french"}}
		f := newFloor(t, c)
		f.available("ana")
		id := f.says("maria", "bonjour")
		assert.Empty(t, f.view(id).Offered)
		f.pass(time.Hour)
		offered := f.all(queue.Offered, id)[0]
		assert.Equal(t, start.Add(time.Minute), offered.At)
		assert.Empty(t, f.view(id).Skills)
		assert.Equal(t, "overflow", f.all(queue.Required, id)[0].Reason)
	})
	t.Run("relax: the next tier opens", func(t *testing.T) {
		c := after(queue.Overflow{Do: queue.DoRelax, Relax: &queue.Relax{Tiers: 1}})
		c.TierWait, c.Members = time.Hour, []queue.Member{{Agent: "ana"}, {Agent: "bruno", Tier: 1}, {Agent: "carla", Tier: 2}}
		f := newFloor(t, c)
		f.available("bruno", "carla")
		id := f.says("maria", "hello")
		assert.Empty(t, f.view(id).Offered)
		f.pass(time.Minute)
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("campaign: it waits there, with its age", func(t *testing.T) {
		f, id := due(t, after(queue.Overflow{Do: queue.DoCampaign, Target: "support"}), queue.Campaign{ID: "support"})
		v := f.view(id)
		assert.Equal(t, []any{"support", start, start.Add(time.Minute)}, []any{v.Campaign, v.Since, v.Queued})
		assert.Equal(t, "overflow", f.last(queue.Moved, id).Reason)
	})
	t.Run("bot: it has the interaction, and what it requeues keeps its age", func(t *testing.T) {
		f, id := due(t, after(queue.Overflow{Do: queue.DoBot, Target: "callback"}))
		asked := f.asked(id)
		assert.Equal(t, []any{"callback", queue.PhaseOverflow}, []any{asked.Bot, asked.Phase})
		assert.Equal(t, queue.OwnedByBot, f.view(id).Owner)
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		assert.Equal(t, start, f.view(id).Since)
		f.pass(time.Minute)
		assert.Equal(t, queue.OwnedByBot, f.view(id).Owner, "a stay of its own has its own steps")
	})
	t.Run("bot: one that ends it, ends it", func(t *testing.T) {
		f, id := due(t, after(queue.Overflow{Do: queue.DoBot, Target: "callback"}))
		f.replies(id, queue.BotReply{Next: queue.BotEnd})
		assert.Equal(t, queue.OutcomeBotEnded, f.outcome(id))
	})
	t.Run("bot: one that fails puts it back at its place", func(t *testing.T) {
		f, id := due(t, after(queue.Overflow{Do: queue.DoBot, Target: "callback"}))
		f.replies(id, queue.BotReply{Failed: "no such bot"})
		assert.Equal(t, []any{queue.OwnedByQueue, start}, []any{f.view(id).Owner, f.view(id).Since})
	})
	t.Run("end: with the text, as timed out", func(t *testing.T) {
		f, id := due(t, after(queue.Overflow{Do: queue.DoEnd, Text: "write tomorrow"}))
		assert.Equal(t, []string{"write tomorrow"}, f.texts(id))
		assert.Equal(t, queue.OutcomeTimedOut, f.outcome(id))
		ended := f.last(queue.Ended, id)
		assert.Equal(t, []any{"overflow", time.Minute, start.Add(time.Minute)}, []any{ended.Reason, ended.Wait, ended.At})
	})
	t.Run("every action with every predicate that holds", func(t *testing.T) {
		actions := map[queue.Action]queue.Overflow{
			queue.DoMessage: {Text: "…"}, queue.DoRelax: {Relax: &queue.Relax{Drop: true}},
			queue.DoCampaign: {Target: "support"}, queue.DoBot: {Target: "callback"}, queue.DoEnd: {},
		}
		for _, when := range []queue.Predicate{queue.Always, queue.NobodyLoggedIn, queue.NobodyAvailable, queue.QueueLonger, queue.WaitLonger} {
			for do, s := range actions {
				s.Do, s.When = do, when
				f, id := due(t, after(s), queue.Campaign{ID: "support"})
				ev := f.last(queue.Stepped, id)
				assert.True(t, ev.Open, "%s %s", when, do)
				assert.Equal(t, string(do), ev.Reason)
				assert.Equal(t, "deadline:overflow", ev.Cause)
			}
		}
	})
}

func TestOverflowTime(t *testing.T) {
	offline := queue.Overflow{When: queue.NobodyLoggedIn, Do: queue.DoMessage, Text: "nobody is here"}

	t.Run("after 0 is at entry", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Overflow: []queue.Overflow{offline}})
		id := f.says("maria", "hello")
		f.pass(0)
		assert.Equal(t, []string{"nobody is here"}, f.texts(id))
		assert.Equal(t, start, f.last(queue.Stepped, id).At)
	})
	t.Run("after 0 comes after who can be asked at once", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Overflow: []queue.Overflow{{Do: queue.DoEnd}}})
		f.available("ana")
		id := f.says("maria", "hello")
		f.pass(0)
		assert.Equal(t, "ana", f.view(id).Offered)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.pass(time.Hour)
		assert.Equal(t, "ana", f.view(id).Agent)
		assert.Empty(t, f.all(queue.Stepped, id))
	})
	t.Run("every: considered again until it applies, then never again", func(t *testing.T) {
		s := offline
		s.After, s.Every = time.Minute, 10*time.Second
		f := newFloor(t, queue.Campaign{Overflow: []queue.Overflow{s}})
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		id := f.says("maria", "hello")
		f.pass(65 * time.Second)
		assert.Equal(t, start.Add(70*time.Second), f.last(queue.Stepped, id).Until)
		f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		f.pass(time.Hour)
		assert.Equal(t, start.Add(70*time.Second), f.last(queue.MessageQueued, id).At)
		assert.Len(t, f.all(queue.Stepped, id), 2)
	})
	t.Run("every: one that is considered again and again does not hold up the next", func(t *testing.T) {
		s := offline
		s.Every = 10 * time.Second
		f := newFloor(t, queue.Campaign{Overflow: []queue.Overflow{s, {After: time.Minute, Do: queue.DoEnd}}})
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		assert.Equal(t, start.Add(time.Minute), f.last(queue.Ended, id).At)
	})
	t.Run("every: a campaign that is full is tried again", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Overflow: []queue.Overflow{{Every: 10 * time.Second, Do: queue.DoCampaign, Target: "support"}}},
			queue.Campaign{ID: "support", MaxInteractions: 1})
		there := toSupport(f, "pedro")
		id := f.says("maria", "hello")
		f.pass(0)
		assert.Contains(t, f.last(queue.Stepped, id).Reason, string(queue.ErrCampaignFull))
		f.do(queue.End{Interaction: there})
		f.pass(10 * time.Second)
		assert.Equal(t, "support", f.view(id).Campaign)
	})
	t.Run("without every it stays where it is", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Overflow: []queue.Overflow{{Do: queue.DoCampaign, Target: "support"}, {After: time.Minute, Do: queue.DoCampaign, Target: "nowhere"}}},
			queue.Campaign{ID: "support", Disabled: true})
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		steps := f.all(queue.Stepped, id)
		assert.Len(t, steps, 2)
		assert.Contains(t, steps[0].Reason, string(queue.ErrCampaignDisabled))
		assert.Contains(t, steps[1].Reason, string(queue.ErrUnknownCampaign))
		assert.Equal(t, "sales", f.view(id).Campaign)
	})
	t.Run("several at one instant go in their order", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Overflow: []queue.Overflow{
			{After: time.Minute, Do: queue.DoMessage, Text: "one"}, {After: time.Second, Do: queue.DoMessage, Text: "zero"},
			{After: time.Minute, Do: queue.DoMessage, Text: "two"}, {After: time.Minute, Do: queue.DoEnd, Text: "three"},
		}})
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		assert.Equal(t, []string{"zero", "one", "two", "three"}, f.texts(id))
	})
	t.Run("while an agent is being asked nothing is done", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{RingTime: time.Hour, Overflow: []queue.Overflow{{After: time.Minute, Do: queue.DoEnd}}})
		f.available("ana")
		id := f.says("maria", "hello")
		f.pass(30 * time.Minute)
		assert.Equal(t, "ana", f.view(id).Offered)
		assert.Empty(t, f.all(queue.Stepped, id))
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		f.pass(0)
		assert.Equal(t, start.Add(30*time.Minute), f.last(queue.Ended, id).At, "as soon as the answer is there")
	})
	t.Run("a message comes between two offers", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{RingTime: 10 * time.Second, DeclineMemory: time.Second, Overflow: []queue.Overflow{{After: time.Second, Do: queue.DoMessage, Text: "…"}}})
		f.available("ana")
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		assert.Equal(t, start.Add(10*time.Second), f.last(queue.MessageQueued, id).At)
	})
	t.Run("steps set while it waits act at once when they are past", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		id := f.says("maria", "hello")
		f.pass(time.Hour)
		f.configure(queue.Campaign{Overflow: []queue.Overflow{{After: time.Minute, Do: queue.DoMessage, Text: "…"}}})
		f.pass(0)
		assert.Equal(t, []string{"…"}, f.texts(id))
	})
	t.Run("12 a → b → a at no distance in time is bounded by the campaign's hops", func(t *testing.T) {
		to := func(id, target string) queue.Campaign {
			return queue.Campaign{ID: id, MaxHops: 3, Overflow: []queue.Overflow{{Do: queue.DoCampaign, Target: target}}}
		}
		f := newFloor(t, to("sales", "support"), to("support", "sales"))
		id := f.says("maria", "hello")
		f.pass(time.Second)
		assert.Len(t, f.all(queue.Moved, id), 3)
		assert.Contains(t, f.last(queue.Stepped, id).Reason, string(queue.ErrLoop))
		assert.Contains(t, f.last(queue.Stepped, id).Reason, "it changed campaign 3 times")
		assert.Equal(t, start, f.view(id).Since)
	})
}
