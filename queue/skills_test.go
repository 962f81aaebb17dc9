package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
)

func skill(name string, level int) queue.Skill { return queue.Skill{Name: name, Level: level} }

// asks is a first message of a customer to sales that asks for skills.
func (f *floor) asks(customer string, skills ...queue.Skill) string {
	f.t.Helper()
	c := f.contact(customer, "hello")
	c.Skills = skills
	return f.arrives(c)
}

// speakers are ana with french 3, bruno with french 7 and german 5, and carla without.
func speakers(c queue.Campaign) queue.Campaign {
	c.Members = []queue.Member{
		{Agent: "ana", Skills: []queue.Skill{skill("french", 3)}},
		{Agent: "bruno", Skills: []queue.Skill{skill("german", 5), skill("french", 7)}},
		{Agent: "carla"},
	}
	return c
}

// Skills: what an interaction asks for, and who has it.
func TestSkills(t *testing.T) {
	all := func(t *testing.T, c queue.Campaign) *floor {
		c.Strategy = "linear"
		f := newFloor(t, speakers(c))
		f.available("ana", "bruno", "carla")
		return f
	}

	for _, x := range []struct {
		asks []queue.Skill
		who  string
	}{
		{nil, "ana"},
		{[]queue.Skill{skill("french", 0)}, "ana"}, // 0 is 1
		{[]queue.Skill{skill("french", 3)}, "ana"},
		{[]queue.Skill{skill("french", 4)}, "bruno"},
		{[]queue.Skill{skill("french", 7)}, "bruno"},
		{[]queue.Skill{skill("french", 8)}, ""},
		{[]queue.Skill{skill("german", 5), skill("french", 1)}, "bruno"},
		{[]queue.Skill{skill("german", 6), skill("french", 1)}, ""},
		{[]queue.Skill{skill("greek", 1)}, ""},
	} {
		t.Run(fmt.Sprintf("asking for %v finds %q", x.asks, x.who), func(t *testing.T) {
			f := all(t, queue.Campaign{})
			assert.Equal(t, x.who, f.view(f.asks("maria", x.asks...)).Offered)
		})
	}
	t.Run("the campaign's and its own, of each the higher level", func(t *testing.T) {
		f := all(t, queue.Campaign{Skills: []queue.Skill{skill("french", 2), skill("german", 2)}})
		id := f.asks("maria", skill("german", 1), skill("french", 5))
		assert.Equal(t, []queue.Skill{skill("french", 5), skill("german", 2)}, f.view(id).Skills)
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("a bot that names skills adds to the campaign's", func(t *testing.T) {
		f := all(t, queue.Campaign{Skills: []queue.Skill{skill("french", 2)}, BotOnStart: "menu"})
		id := f.says("maria", "hello")
		f.replies(id, queue.BotReply{Next: queue.BotQueue, Skills: &[]queue.Skill{skill("german", 0)}})
		assert.Equal(t, []queue.Skill{skill("french", 2), skill("german", 1)}, f.view(id).Skills)
	})
	t.Run("moved, it leaves the campaign's and keeps its own", func(t *testing.T) {
		f := all(t, queue.Campaign{Skills: []queue.Skill{skill("french", 8)}})
		f.configure(queue.Campaign{ID: "support", Skills: []queue.Skill{skill("german", 9)}})
		id := f.asks("maria", skill("greek", 2))
		f.do(queue.Move{Interaction: id, Campaign: "support"})
		assert.Equal(t, []queue.Skill{skill("german", 9), skill("greek", 2)}, f.view(id).Skills)
	})
	t.Run("a member learns: what waits is offered at once", func(t *testing.T) {
		f := all(t, queue.Campaign{})
		id := f.asks("maria", skill("greek", 1))
		c := speakers(queue.Campaign{})
		c.Members[2].Skills = []queue.Skill{skill("greek", 1)}
		f.configure(c)
		assert.Equal(t, "carla", f.view(id).Offered)
	})
	t.Run("faults have their path", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		c := f.contact("maria", "hello")
		c.Skills = []queue.Skill{{}, {Name: "a", Level: 11, For: -1}, {Name: "a", Level: -1}}
		err := f.refuse(c, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{
			{Path: "skills[0].name", Problem: "must not be empty"},
			{Path: "skills[1].level", Problem: "must be 1 to 10, is 11"}, {Path: "skills[1].for", Problem: "must be ≥ 0, is -1ns"},
			{Path: "skills[2].name", Problem: `"a" is listed twice`}, {Path: "skills[2].level", Problem: "must be 1 to 10, is -1"},
		}, err.Err)
	})

	t.Run("for: it is asked for so long, then dropped at its instant", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{}))
		f.available("carla")
		id := f.asks("maria", queue.Skill{Name: "french", For: time.Minute}, queue.Skill{Name: "german", For: 90 * time.Second})
		f.pass(90*time.Second - 1)
		assert.Equal(t, []queue.Skill{{Name: "german", Level: 1, For: 90 * time.Second}}, f.view(id).Skills)
		assert.Empty(t, f.view(id).Offered)
		f.pass(time.Second)
		assert.Equal(t, "carla", f.view(id).Offered)
		assert.Equal(t, start.Add(90*time.Second), f.last(queue.Offered, id).At)
	})
	t.Run("for: counts from queue entry, not from the bot before it", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{BotOnStart: "menu", Skills: []queue.Skill{{Name: "french", For: time.Minute}}}))
		f.available("carla")
		id := f.says("maria", "hello")
		f.pass(20 * time.Second)
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		f.pass(time.Minute - 1)
		assert.Empty(t, f.view(id).Offered)
		f.pass(1)
		assert.Equal(t, "carla", f.view(id).Offered)
	})
}

// Rings: what becomes easier with waiting, step by step.
func TestRelax(t *testing.T) {
	ring := func(n int, r queue.Relax) queue.Relax { r.After = time.Duration(n) * 10 * time.Second; return r }
	six := queue.Campaign{Strategy: "linear", Relax: []queue.Relax{
		ring(1, queue.Relax{Skill: "french", Lower: 2}), ring(2, queue.Relax{Skill: "french", Lower: 2}), ring(3, queue.Relax{Tiers: 1}),
		ring(4, queue.Relax{Skill: "german", Drop: true}), ring(5, queue.Relax{Tiers: 1}), ring(6, queue.Relax{Drop: true}),
		ring(7, queue.Relax{Tiers: 5}),
	}}

	t.Run("seven rings, each at its instant, whoever looks when", func(t *testing.T) {
		french := func(levels ...int) (out []queue.Skill) {
			for _, l := range levels {
				out = append(out, skill("french", l))
			}
			return out
		}
		steps := [][]queue.Skill{
			{skill("french", 8), skill("german", 2)}, {skill("french", 6), skill("german", 2)}, {skill("french", 4), skill("german", 2)},
			{skill("french", 4), skill("german", 2)}, french(4), french(4), nil, nil,
		}
		for _, late := range []bool{false, true} {
			f := newFloor(t, six)
			id := f.asks("maria", skill("french", 8), skill("german", 2))
			if late {
				f.pass(time.Hour)
			}
			for i := range steps {
				if !late {
					assert.ElementsMatch(t, steps[i], f.view(id).Skills, "ring %d", i)
					f.pass(10*time.Second - 1)
					assert.ElementsMatch(t, steps[i], f.view(id).Skills, "before ring %d", i+1)
					f.pass(1)
				}
			}
			rings := f.all(queue.Required, id)
			assert.Len(t, rings, 7)
			for i, ev := range rings {
				assert.Equal(t, []any{start.Add(time.Duration(i+1) * 10 * time.Second), i + 1}, []any{ev.At, ev.Count})
				assert.ElementsMatch(t, steps[i+1], ev.Skills)
			}
		}
	})
	t.Run("who fits from a ring on is asked at that instant", func(t *testing.T) {
		for agent, m := range map[string]struct {
			member queue.Member
			after  int
		}{
			"level 8": {queue.Member{Skills: []queue.Skill{skill("french", 8), skill("german", 2)}}, 0},
			"level 6": {queue.Member{Skills: []queue.Skill{skill("french", 6), skill("german", 2)}}, 1},
			"level 4": {queue.Member{Skills: []queue.Skill{skill("french", 4), skill("german", 2)}}, 2},
			"tier 1":  {queue.Member{Tier: 1, Skills: []queue.Skill{skill("french", 9), skill("german", 9)}}, 3},
			"french":  {queue.Member{Skills: []queue.Skill{skill("french", 4)}}, 4},
			"tier 2":  {queue.Member{Tier: 2, Skills: []queue.Skill{skill("french", 9), skill("german", 9)}}, 5},
			"nothing": {queue.Member{}, 6},
			"tier 9":  {queue.Member{Tier: 9}, 7},
		} {
			c := six
			m.member.Agent = "ana"
			c.Members = []queue.Member{m.member, {Agent: "bruno"}, {Agent: "carla", Tier: 1}}
			if m.member.Tier != 1 {
				c.Members[2].Tier = 1
			}
			f := newFloor(t, c)
			if agent == "tier 2" || agent == "tier 9" {
				f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "deep"}})
				c.Members = append(c.Members, queue.Member{Agent: "deep", Tier: 2})
				f.configure(c)
			}
			f.available("ana")
			id := f.asks("maria", skill("french", 8), skill("german", 2))
			f.pass(time.Hour)
			if assert.NotEmpty(t, f.all(queue.Offered, id), agent) {
				assert.Equal(t, start.Add(time.Duration(m.after)*10*time.Second), f.all(queue.Offered, id)[0].At, agent)
			}
		}
	})
	t.Run("a level is never lowered below 1", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Relax: []queue.Relax{{Lower: 9}}})
		id := f.asks("maria", skill("french", 3))
		f.pass(0)
		assert.Equal(t, []queue.Skill{skill("french", 1)}, f.view(id).Skills)
	})
	t.Run("while it is being offered it relaxes, and the offer stands", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{RingTime: time.Hour, Relax: []queue.Relax{{After: time.Minute, Drop: true}}}))
		f.available("bruno")
		id := f.asks("maria", skill("french", 5))
		f.available("carla")
		f.pass(time.Minute)
		assert.Equal(t, "bruno", f.view(id).Offered)
		assert.Empty(t, f.view(id).Skills)
		f.do(queue.Decline{Agent: "bruno", Interaction: id})
		assert.Equal(t, "carla", f.view(id).Offered)
	})
	t.Run("a stay of its own relaxes from the start, from what was asked for", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{Relax: []queue.Relax{{After: time.Minute, Lower: 2}}}))
		f.available("bruno")
		f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
		id := f.asks("maria", skill("french", 7))
		f.pass(time.Minute)
		assert.Equal(t, []queue.Skill{skill("french", 5)}, f.view(id).Skills)
		f.available("bruno")
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		f.do(queue.Requeue{Interaction: id})
		assert.Equal(t, []queue.Skill{skill("french", 7)}, f.view(id).Skills, "not lowered twice in the end")
		f.pass(time.Minute)
		assert.Equal(t, []queue.Skill{skill("french", 5)}, f.view(id).Skills)
	})
	t.Run("faults have their path", func(t *testing.T) {
		err := newFloor(t).refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", Relax: []queue.Relax{
			{After: time.Minute, Drop: true}, {After: time.Second, Lower: -1}, {After: time.Hour}}}}, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{
			{Path: "relax[1].after", Problem: "must be in ascending order, is 1s after 1m0s"}, {Path: "relax[1].lower", Problem: "must be ≥ 0, is -1"},
			{Path: "relax[2]", Problem: "does nothing: set lower, drop or tiers"},
		}, err.Err)
	})
}

// Tiers: a lower one is exhausted first, or the next opens after a time.
func TestTiers(t *testing.T) {
	three := []queue.Member{{Agent: "carla", Tier: 9}, {Agent: "bruno", Tier: 4}, {Agent: "ana"}}
	on := func(t *testing.T, wait time.Duration, agents ...string) *floor {
		f := newFloor(t, queue.Campaign{Members: three, TierWait: wait})
		for _, a := range agents {
			f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: a}})
		}
		f.available(agents...)
		return f
	}

	t.Run("a lower tier is exhausted before the next is asked", func(t *testing.T) {
		f := on(t, 0, "carla", "bruno", "ana")
		for _, who := range []string{"ana", "bruno", "carla", ""} {
			assert.Equal(t, who, f.view(f.says("for "+who, "hello")).Offered)
		}
	})
	t.Run("with a wait, each next tier opens that much later, empty numbers between them or not", func(t *testing.T) {
		for agent, after := range map[string]time.Duration{"ana": 0, "bruno": time.Minute, "carla": 2 * time.Minute} {
			f := on(t, time.Minute, agent)
			id := f.says("maria", "hello")
			f.pass(time.Hour)
			assert.Equal(t, start.Add(after), f.all(queue.Offered, id)[0].At, agent)
		}
	})
	t.Run("an open tier is still behind a lower one", func(t *testing.T) {
		f := on(t, time.Minute)
		id := f.says("maria", "hello")
		f.pass(5 * time.Minute)
		f.configure(queue.Campaign{Members: three, TierWait: time.Minute})
		f.available("ana")
		f.available("carla")
		assert.Equal(t, "ana", f.view(id).Offered)
		f.do(queue.Decline{Agent: "ana", Interaction: id})
		assert.Equal(t, "carla", f.view(id).Offered)
	})
	t.Run("one that returns waits for the tiers anew", func(t *testing.T) {
		f := on(t, time.Minute, "bruno")
		id := f.says("maria", "hello")
		f.pass(time.Minute)
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		f.do(queue.Requeue{Interaction: id})
		f.available("carla")
		f.pass(2*time.Minute - 1)
		assert.NotEqual(t, "carla", f.view(id).Offered)
	})
}

// BestSkill: the highest mean level first, then the longest idle.
func TestBestSkill(t *testing.T) {
	best := speakers(queue.Campaign{Strategy: "bestskill"})

	t.Run("the highest level in what is asked for", func(t *testing.T) {
		f := newFloor(t, best)
		f.available("ana")
		f.pass(time.Hour)
		f.available("bruno")
		assert.Equal(t, "bruno", f.view(f.asks("maria", skill("french", 1))).Offered)
	})
	t.Run("in nothing else", func(t *testing.T) {
		f := newFloor(t, best)
		f.available("ana")
		f.pass(time.Second)
		f.available("bruno")
		assert.Equal(t, "ana", f.view(f.says("maria", "hello")).Offered, "idle for longer")
	})
	t.Run("the mean over several skills", func(t *testing.T) {
		c := best
		c.Members = []queue.Member{
			{Agent: "ana", Skills: []queue.Skill{skill("french", 10), skill("german", 1)}}, // 5½
			{Agent: "bruno", Skills: []queue.Skill{skill("french", 6), skill("german", 6)}},
		}
		f := newFloor(t, c)
		f.available("ana", "bruno")
		assert.Equal(t, "bruno", f.view(f.asks("maria", skill("french", 1), skill("german", 1))).Offered)
	})
	t.Run("equally good: the longest idle", func(t *testing.T) {
		c := best
		c.Members = []queue.Member{{Agent: "ana", Skills: []queue.Skill{skill("french", 5)}}, {Agent: "bruno", Skills: []queue.Skill{skill("french", 5), skill("german", 9)}}}
		f := newFloor(t, c)
		f.available("bruno")
		f.pass(time.Second)
		f.available("ana")
		assert.Equal(t, "bruno", f.view(f.asks("maria", skill("french", 1))).Offered)
	})
	t.Run("a lower tier goes before the better", func(t *testing.T) {
		c := speakers(queue.Campaign{Strategy: "bestskill"})
		c.Members[1].Tier = 1
		f := newFloor(t, c)
		f.available("ana", "bruno")
		assert.Equal(t, "ana", f.view(f.asks("maria", skill("french", 1))).Offered)
	})
	t.Run("the best declines: the next best", func(t *testing.T) {
		f := newFloor(t, best)
		f.available("ana", "bruno")
		id := f.asks("maria", skill("french", 1))
		f.do(queue.Decline{Agent: "bruno", Interaction: id})
		assert.Equal(t, "ana", f.view(id).Offered)
	})
}

// Preferred agents: by score, for a time.
func TestPreferred(t *testing.T) {
	prefers := func(f *floor, wait time.Duration, list ...queue.Preferred) string {
		f.t.Helper()
		c := f.contact("maria", "hello")
		c.Preferred, c.PreferFor = list, wait
		return f.arrives(c)
	}
	p := func(agent string, score int) queue.Preferred { return queue.Preferred{Agent: agent, Score: score} }
	linear := queue.Campaign{Strategy: "linear"}

	t.Run("the highest score of those who can take it at once", func(t *testing.T) {
		f := newFloor(t, linear)
		f.available("ana", "bruno", "carla")
		assert.Equal(t, "carla", f.view(prefers(f, 0, p("bruno", 1), p("carla", 9))).Offered)
	})
	t.Run("equal scores: the first named", func(t *testing.T) {
		f := newFloor(t, linear)
		f.available("ana", "bruno", "carla")
		assert.Equal(t, "carla", f.view(prefers(f, 0, p("carla", 1), p("bruno", 1))).Offered)
	})
	t.Run("before a lower tier", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{TierWait: time.Hour, Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno", Tier: 3}}})
		f.available("ana", "bruno")
		assert.Equal(t, "bruno", f.view(prefers(f, 0, p("bruno", 1))).Offered)
	})
	t.Run("nobody of them can at once, and there is no time: anybody", func(t *testing.T) {
		f := newFloor(t, linear)
		f.available("ana")
		f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
		assert.Equal(t, "ana", f.view(prefers(f, 0, p("bruno", 9))).Offered)
	})
	t.Run("there is time: the best who is there is waited for, to the instant", func(t *testing.T) {
		f := newFloor(t, linear)
		f.available("ana")
		f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
		id := prefers(f, time.Minute, p("carla", 9), p("bruno", 1)) // carla is offline
		assert.Empty(t, f.view(id).Offered)
		f.pass(time.Hour)
		assert.Equal(t, start.Add(time.Minute), f.all(queue.Offered, id)[0].At)
		assert.Equal(t, "ana", f.all(queue.Offered, id)[0].Agent)
	})
	t.Run("one who declines hands it to the next of the list", func(t *testing.T) {
		f := newFloor(t, linear)
		f.available("ana", "bruno", "carla")
		id := prefers(f, time.Minute, p("carla", 9), p("bruno", 1))
		f.do(queue.Decline{Agent: "carla", Interaction: id})
		assert.Equal(t, "bruno", f.view(id).Offered)
		f.do(queue.Decline{Agent: "bruno", Interaction: id})
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("one who will never have what it asks for is not waited for", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{}))
		f.available("bruno")
		f.do(queue.AgentState{Agent: "carla", State: queue.Paused})
		c := f.contact("maria", "bonjour")
		c.Skills, c.Preferred, c.PreferFor = []queue.Skill{skill("french", 1)}, []queue.Preferred{p("carla", 1)}, time.Hour
		assert.Equal(t, "bruno", f.view(f.arrives(c)).Offered)
	})
	t.Run("nor is one who is unknown or no member", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Members: []queue.Member{{Agent: "ana"}}})
		f.available("ana", "bruno")
		assert.Equal(t, "ana", f.view(prefers(f, time.Hour, p("nobody", 3), p("bruno", 2))).Offered)
	})
	t.Run("what holds until opening waits for nobody who was only preferred", func(t *testing.T) {
		c := office()
		c.AtClosing, c.Strategy, c.AutoPauseMisses = queue.Hold, "linear", queue.MaxCount
		f := newFloor(t, c, queue.Campaign{ID: "support"})
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.pass(9 * time.Hour)
		c.BotOnStart, c.Sticky = "", queue.StickyPrefer
		f.configure(c)
		f.do(queue.Requeue{Interaction: id})
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		f.pass(15 * time.Hour)
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("a time below 0 is refused", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		c := f.contact("maria", "hello")
		c.PreferFor = -1
		f.refuse(c, queue.ErrInvalid)
	})
}

// Reprioritize: what a waiting interaction asks for, changed by hand.
func TestReprioritizeSkills(t *testing.T) {
	change := func(id string, skills ...queue.Skill) queue.Reprioritize {
		return queue.Reprioritize{Interaction: id, Skills: &skills, By: "chief", Reason: "wrong language"}
	}

	t.Run("who has the new ones is asked at once", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{}))
		f.available("bruno")
		id := f.asks("maria", skill("greek", 5))
		f.do(change(id, skill("german", 0)))
		assert.Equal(t, "bruno", f.view(id).Offered)
		assert.Equal(t, []queue.Skill{skill("german", 1)}, f.view(id).Skills)
		ev := f.last(queue.Required, id)
		assert.Equal(t, []string{"chief", "wrong language"}, []string{ev.By, ev.Reason})
	})
	t.Run("an empty list drops them all, the campaign's too", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{Skills: []queue.Skill{skill("french", 2)}}))
		f.available("carla")
		id := f.asks("maria", skill("greek", 5))
		f.do(change(id))
		assert.Equal(t, "carla", f.view(id).Offered)
	})
	t.Run("the agent being asked has them: the offer stands", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{}))
		f.available("bruno")
		id := f.says("maria", "hello")
		f.do(change(id, skill("german", 5)))
		assert.Equal(t, "bruno", f.view(id).Offered)
	})
	t.Run("the agent being asked lacks one: it is taken back, at its place", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{Strategy: "linear"}))
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.do(change(id, skill("german", 5)))
		ended := f.last(queue.OfferEnd, id)
		assert.Equal(t, []string{"ana", "revoked", "lacks skill german"}, []string{ended.Agent, ended.Reason, ended.From})
		assert.Equal(t, []any{"bruno", start}, []any{f.view(id).Offered, f.view(id).Since})
	})
	t.Run("the new ones relax from the next ring on, and a return asks for them again", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{Relax: []queue.Relax{{After: time.Minute, Lower: 1}, {After: 2 * time.Minute, Lower: 1}}}))
		f.available("bruno")
		f.do(queue.AgentState{Agent: "bruno", State: queue.Paused})
		id := f.asks("maria", skill("greek", 5))
		f.pass(90 * time.Second)
		f.do(change(id, skill("french", 7)))
		f.pass(30 * time.Second)
		assert.Equal(t, []queue.Skill{skill("french", 6)}, f.view(id).Skills)
		f.available("bruno")
		f.do(queue.Accept{Agent: "bruno", Interaction: id})
		f.do(queue.Requeue{Interaction: id})
		assert.Equal(t, []queue.Skill{skill("french", 7)}, f.view(id).Skills)
	})
	t.Run("a change of priority alone leaves them as they are", func(t *testing.T) {
		f := newFloor(t, speakers(queue.Campaign{}))
		id := f.asks("maria", skill("greek", 5))
		f.do(queue.Reprioritize{Interaction: id, Priority: pointer(3)})
		assert.Equal(t, []queue.Skill{skill("greek", 5)}, f.view(id).Skills)
	})
	t.Run("a bad list changes nothing, and an unknown interaction is refused", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		id := f.says("maria", "hello")
		f.refuse(change(id, skill("greek", 11)), queue.ErrInvalid)
		f.refuse(change("nothing", skill("greek", 1)), queue.ErrUnknownInteraction)
	})
}
