package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// onCall says whether an agent is on the telephone.
func (f *floor) onCall(agent string, on bool) []queue.Event {
	f.t.Helper()
	return f.do(queue.AgentCall{Agent: agent, OnCall: on})
}

// Eligibility: which occupied agents may be asked for more.
func TestEligibility(t *testing.T) {
	// situations of ana, who has room for three, when somebody writes to sales.
	situations := []struct {
		name    string
		support queue.Eligibility // of the other campaign
		occupy  func(f *floor)
	}{
		{"is free", "", func(*floor) {}},
		{"is on a call", "", func(f *floor) { f.onCall("ana", true) }},
		{"is asked for another", "", func(f *floor) { toSupport(f, "busy") }},
		{"has another", "", func(f *floor) { f.do(queue.Accept{Agent: "ana", Interaction: toSupport(f, "busy")}) }},
		{"is asked for one of an incall campaign", queue.InCall, func(f *floor) { toSupport(f, "busy") }},
		{"has one of an incall campaign", queue.InCall, func(f *floor) { f.do(queue.Accept{Agent: "ana", Interaction: toSupport(f, "busy")}) }},
		{"has one on hold", "", func(f *floor) {
			id := toSupport(f, "busy")
			f.do(queue.Accept{Agent: "ana", Interaction: id})
			f.do(queue.Park{Agent: "ana", Interaction: id})
		}},
		{"is paused", "", func(f *floor) { f.do(queue.AgentState{Agent: "ana", State: queue.Paused}) }},
		{"is offline", "", func(f *floor) { f.do(queue.AgentState{Agent: "ana", State: queue.Offline}) }},
	}
	// asks says, for each mode and situation in the order of above, whether ana is asked.
	asks := map[queue.Eligibility]string{
		"":                "yes yes yes yes no  no  yes no no",
		queue.NoCall:      "yes yes yes yes no  no  yes no no",
		queue.InCall:      "yes no  no  no  no  no  yes no no",
		queue.Interaction: "yes yes no  no  no  no  yes no no",
		queue.NoPause:     "yes yes yes yes yes yes yes no no",
		queue.Omni:        "yes yes yes yes no  no  yes no no",
	}
	alone := []queue.Member{{Agent: "ana"}}
	// on is a floor with ana in a situation.
	on := func(t *testing.T, c queue.Campaign, support queue.Eligibility, occupy func(f *floor)) *floor {
		if c.Members == nil {
			c.Members = alone
		}
		f := newFloor(t, c, queue.Campaign{ID: "support", Eligibility: support, Members: alone})
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 3}})
		f.available("ana")
		occupy(f)
		return f
	}

	for _, mode := range append(queue.Eligibilities(), "") {
		var want [9]string
		_, err := fmt.Sscan(asks[mode], &want[0], &want[1], &want[2], &want[3], &want[4], &want[5], &want[6], &want[7], &want[8])
		require.NoError(t, err)
		for i, s := range situations {
			t.Run(fmt.Sprintf("%q: an agent who %s is asked: %s", mode, s.name, want[i]), func(t *testing.T) {
				// With every order, one after the other: the mode is a choice of its own.
				for _, st := range strategy.Builtin() {
					if _, pull := st.(strategy.Puller); pull {
						continue
					}
					f := on(t, queue.Campaign{Strategy: st.Name(), Eligibility: mode}, s.support, s.occupy)
					got := map[string]string{"ana": "yes", "": "no"}[f.view(f.says("maria", "hello")).Offered]
					require.Equal(t, want[i], got, st.Name())
				}
			})
			t.Run(fmt.Sprintf("%q, pulling: an agent who %s may take it: %s", mode, s.name, want[i]), func(t *testing.T) {
				f := on(t, queue.Campaign{Strategy: "ringallmultiple", Eligibility: mode}, s.support, s.occupy)
				id := f.says("maria", "hello")
				if want[i] == "yes" {
					assert.Equal(t, []string{"ana"}, f.e.Viewers(id))
					f.do(queue.Take{Agent: "ana", Interaction: id})
					return
				}
				assert.Empty(t, f.e.Viewers(id))
				f.refuse(queue.Take{Agent: "ana", Interaction: id}, queue.ErrNotEligible)
			})
		}
	}

	both := []queue.Member{{Agent: "ana"}, {Agent: "bruno"}}
	t.Run("omni takes the unoccupied first, whatever the order says", func(t *testing.T) {
		for _, occupy := range []func(f *floor){
			func(f *floor) { f.onCall("ana", true) },
			func(f *floor) { toSupport(f, "busy") },
			func(f *floor) { f.do(queue.Accept{Agent: "ana", Interaction: toSupport(f, "busy")}) },
		} {
			f := on(t, queue.Campaign{Strategy: "linear", Eligibility: queue.Omni, Members: both}, "", occupy)
			f.available("bruno")
			assert.Equal(t, "bruno", f.view(f.says("maria", "hello")).Offered)
			assert.Equal(t, "ana", f.view(f.says("pedro", "hello")).Offered, "then all are occupied, and the order decides")
		}
	})
	t.Run("omni does not cross tiers", func(t *testing.T) {
		f := on(t, queue.Campaign{Eligibility: queue.Omni, Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno", Tier: 1}}}, "",
			func(f *floor) { f.onCall("ana", true) })
		f.available("bruno")
		assert.Equal(t, "ana", f.view(f.says("maria", "hello")).Offered)
	})
	t.Run("omni draws lots among the unoccupied", func(t *testing.T) {
		f := on(t, queue.Campaign{Strategy: "random", Eligibility: queue.Omni, Members: both}, "", func(f *floor) { f.onCall("ana", true) })
		f.available("bruno")
		assert.Equal(t, "bruno", f.view(f.says("maria", "hello")).Offered)
	})
	t.Run("nopause goes no further than the limit", func(t *testing.T) {
		f := on(t, queue.Campaign{Eligibility: queue.NoPause}, "", func(f *floor) {
			f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1}})
			toSupport(f, "busy")
		})
		assert.Empty(t, f.view(f.says("maria", "hello")).Offered)
	})

	t.Run("a call begins: the offer of an incall campaign is withdrawn, its age kept", func(t *testing.T) {
		f := on(t, queue.Campaign{Eligibility: queue.InCall, Members: both}, "", func(*floor) {})
		id := f.says("maria", "hello")
		f.pass(10 * time.Second)
		f.available("bruno")
		f.onCall("ana", true)
		ended := f.last(queue.OfferEnd, id)
		assert.Equal(t, []string{"revoked", "agent is on a call"}, []string{ended.Reason, ended.From})
		assert.Equal(t, []any{"bruno", start}, []any{f.view(id).Offered, f.view(id).Since})
	})
	t.Run("a call begins: an offer of another mode stands", func(t *testing.T) {
		for _, mode := range []queue.Eligibility{queue.NoCall, queue.Interaction, queue.NoPause, queue.Omni} {
			f := on(t, queue.Campaign{Eligibility: mode}, "", func(*floor) {})
			id := f.says("maria", "hello")
			f.onCall("ana", true)
			f.do(queue.Accept{Agent: "ana", Interaction: id})
		}
	})
	t.Run("a call begins: what the agent has stays", func(t *testing.T) {
		f := on(t, queue.Campaign{Eligibility: queue.InCall}, "", func(*floor) {})
		id := f.answered("maria", "ana")
		f.onCall("ana", true)
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("a call ends: what waits is offered at once", func(t *testing.T) {
		f := on(t, queue.Campaign{Eligibility: queue.InCall}, "", func(f *floor) { f.onCall("ana", true) })
		id := f.says("maria", "hello")
		f.onCall("ana", false)
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("said twice it is one event", func(t *testing.T) {
		f := on(t, queue.Campaign{}, "", func(*floor) {})
		assert.Len(t, f.onCall("ana", true), 1)
		assert.Empty(t, f.onCall("ana", true))
		f.refuse(queue.AgentCall{Agent: "nobody", OnCall: true}, queue.ErrUnknownAgent)
	})
	t.Run("an incall interaction ends: what waits in the other campaign is offered", func(t *testing.T) {
		f := on(t, queue.Campaign{}, queue.InCall, func(f *floor) { f.do(queue.Accept{Agent: "ana", Interaction: toSupport(f, "busy")}) })
		id := f.says("maria", "hello")
		f.do(queue.Finish{Agent: "ana", Interaction: "i1"})
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("an incall offer is declined: what waits in the other campaign is offered", func(t *testing.T) {
		f := on(t, queue.Campaign{}, queue.InCall, func(f *floor) { toSupport(f, "busy") })
		id := f.says("maria", "hello")
		f.do(queue.Decline{Agent: "ana", Interaction: "i1"})
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("the mode changes while people wait: the new one holds at once", func(t *testing.T) {
		f := on(t, queue.Campaign{Eligibility: queue.InCall}, "", func(f *floor) { f.onCall("ana", true) })
		id := f.says("maria", "hello")
		f.configure(queue.Campaign{Members: alone})
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("the other campaign becomes incall: its interaction shuts out the rest", func(t *testing.T) {
		f := on(t, queue.Campaign{}, "", func(f *floor) { f.do(queue.Accept{Agent: "ana", Interaction: toSupport(f, "busy")}) })
		f.configure(queue.Campaign{ID: "support", Eligibility: queue.InCall, Members: alone})
		assert.Empty(t, f.view(f.says("maria", "hello")).Offered)
	})
	t.Run("the other campaign is no longer incall while its offer is out: what waits is offered", func(t *testing.T) {
		f := on(t, queue.Campaign{}, queue.InCall, func(f *floor) { toSupport(f, "busy") })
		id := f.says("maria", "hello")
		assert.Empty(t, f.view(id).Offered)
		f.configure(queue.Campaign{ID: "support", Members: alone})
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("an unknown mode is refused with the list of valid ones", func(t *testing.T) {
		f := newFloor(t)
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", Eligibility: "always"}}, queue.ErrInvalid)
		assert.Equal(t, queue.Faults{{Path: "eligibility", Problem: `unknown value "always"; valid: nocall, incall, interaction, nopause, omni`}}, err.Err)
	})
}

// Viewers: who may see, and so take, what a pull strategy shows.
func TestViewers(t *testing.T) {
	all := queue.Campaign{Strategy: "ringallmultiple"}
	// agree checks that Viewers and Visible are two views of one thing.
	agree := func(f *floor) {
		f.t.Helper()
		for _, v := range f.e.Interactions("") {
			var sees []string
			for _, m := range []string{"ana", "bruno", "carla"} {
				for _, x := range f.e.Visible(m) {
					if x.ID == v.ID {
						sees = append(sees, m)
					}
				}
			}
			assert.ElementsMatch(f.t, sees, f.e.Viewers(v.ID), v.ID)
		}
	}

	t.Run("those who are there, by their place in the campaign", func(t *testing.T) {
		c := all
		c.Members = []queue.Member{{Agent: "carla"}, {Agent: "ana"}, {Agent: "bruno"}}
		f := newFloor(t, c)
		id := f.says("maria", "hello")
		assert.Empty(t, f.e.Viewers(id))
		f.available("ana", "carla")
		assert.Equal(t, []string{"carla", "ana"}, f.e.Viewers(id))
		agree(f)
	})
	t.Run("not one who lacks a skill, is full, or whose tier is not open", func(t *testing.T) {
		c := all
		c.TierWait = time.Minute
		c.Skills = []queue.Skill{{Name: "french"}}
		french := []queue.Skill{{Name: "french"}}
		c.Members = []queue.Member{{Agent: "ana"}, {Agent: "bruno", Skills: french}, {Agent: "carla", Tier: 1, Skills: french}}
		f := newFloor(t, c)
		f.available("ana", "bruno", "carla")
		id := f.says("maria", "bonjour")
		assert.Equal(t, []string{"bruno"}, f.e.Viewers(id))
		f.pass(time.Minute)
		assert.Equal(t, []string{"bruno", "carla"}, f.e.Viewers(id))
		agree(f)
	})
	t.Run("ringall: only those without an active interaction", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{Strategy: "ringall"})
		f.available("ana", "bruno")
		f.do(queue.Take{Agent: "ana", Interaction: f.says("busy", "hello")})
		assert.Equal(t, []string{"bruno"}, f.e.Viewers(f.says("maria", "hello")))
		agree(f)
	})
	t.Run("nobody of what is taken, ended, unknown or offered", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		f.available("ana")
		offered := f.says("maria", "hello")
		assert.Nil(t, f.e.Viewers(offered), "a push strategy")
		f.configure(all)
		f.available("bruno")
		assert.Nil(t, f.e.Viewers(offered), "an offer is out")
		f.do(queue.Accept{Agent: "ana", Interaction: offered})
		assert.Nil(t, f.e.Viewers(offered))
		assert.Nil(t, f.e.Viewers("nothing"))
	})
	t.Run("nobody while the campaign holds until opening", func(t *testing.T) {
		c := office()
		c.AtClosing, c.Strategy = queue.Hold, "ringall"
		f := newFloor(t, c)
		id := f.says("maria", "hello")
		f.available("ana")
		assert.Equal(t, []string{"ana"}, f.e.Viewers(id))
		f.pass(9 * time.Hour)
		assert.Empty(t, f.e.Viewers(id))
		agree(f)
		f.pass(15 * time.Hour)
		assert.Equal(t, []string{"ana"}, f.e.Viewers(id))
	})
	t.Run("a preferred agent who need not be waited for is one among all", func(t *testing.T) {
		c := all
		c.Sticky = queue.StickyPrefer
		f := newFloor(t, c)
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.do(queue.Take{Agent: "ana", Interaction: id})
		f.do(queue.Finish{Agent: "ana", Interaction: id})
		assert.Equal(t, []string{"ana", "bruno"}, f.e.Viewers(f.says("maria", "again")), "ana may never look at it")
	})
	t.Run("a preferred agent who is waited for is alone until the time is over", func(t *testing.T) {
		f := newFloor(t, all)
		f.available("ana", "bruno")
		c := f.contact("maria", "hello")
		c.Preferred, c.PreferFor = []queue.Preferred{{Agent: "bruno"}}, time.Minute
		id := f.arrives(c)
		assert.Equal(t, []string{"bruno"}, f.e.Viewers(id))
		agree(f)
		f.pass(time.Minute)
		assert.Equal(t, []string{"ana", "bruno"}, f.e.Viewers(id))
	})
	t.Run("who had it and gave it back sees it again after the others", func(t *testing.T) {
		f := newFloor(t, all)
		f.available("ana", "bruno")
		id := f.says("maria", "hello")
		f.do(queue.Take{Agent: "ana", Interaction: id})
		f.do(queue.Requeue{Interaction: id})
		assert.Equal(t, []string{"bruno"}, f.e.Viewers(id))
		f.pass(queue.DefaultDeclineMemory)
		assert.Equal(t, []string{"ana", "bruno"}, f.e.Viewers(id))
	})
}
