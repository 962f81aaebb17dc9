package queue_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// journal is a day with a little of everything, and the state at its end.
func journal(t testing.TB) ([]queue.Event, queue.Snapshot) {
	f := &floor{now: start}
	var err error
	f.e, err = queue.New(queue.Config{Seed: 1})
	require.NoError(t, err)
	do := func(c queue.Command) {
		out, err := f.e.Step(f.now, c)
		require.NoError(t, err)
		f.keep(out)
		f.now = f.now.Add(time.Second)
	}
	for _, id := range []string{"ana", "bruno", "carla"} {
		do(queue.ConfigureAgent{Agent: queue.Agent{ID: id, Limit: 2, Lease: time.Hour}})
	}
	members := []queue.Member{{Agent: "ana", Skills: []queue.Skill{{Name: "french", Level: 3}}}, {Agent: "bruno", Tier: 1}, {Agent: "carla"}}
	do(queue.Configure{Campaign: queue.Campaign{
		ID: "sales", Numbers: []string{number}, Members: members, BotOnStart: "menu", MaxTime: time.Hour, ServiceLevel: time.Minute, TierWait: time.Minute,
		WrapUp: time.Minute, MaxTransferTime: time.Minute, Relax: []queue.Relax{{After: time.Minute, Lower: 1}}, Announce: queue.Announce{Text: "{position}", Every: time.Minute},
		Overflow: []queue.Overflow{{After: time.Minute, Every: time.Minute, When: queue.NobodyLoggedIn, Do: queue.DoCampaign, Target: "support"}},
	}})
	do(queue.Configure{Campaign: queue.Campaign{ID: "support", Numbers: []string{other}, Members: members, Sticky: queue.StickyWait, StickyWait: time.Minute}})
	do(queue.AgentState{Agent: "ana", State: queue.Available})
	for i, who := range []string{"maria", "pedro", "lucia", "juan", "eva", "luis"} {
		c := f.contact(who, "hello")
		if i%2 == 1 {
			c.Number = other
		}
		do(c)
		if c.Number == number && i < 4 {
			ask := f.effects[slices.IndexFunc(f.effects, func(x queue.Effect) bool { return x.Kind == queue.EffectBot && x.Interaction == c.ID })]
			do(queue.BotReply{Interaction: c.ID, Session: ask.Session, Next: queue.BotQueue, Messages: []queue.Message{{Text: "hi"}}, Set: map[string]string{"a": "b"}})
		}
	}
	do(queue.Take{Agent: "ana", Interaction: f.e.Snapshot().Agents[0].Asked[0]})
	id := f.e.Snapshot().Agents[0].Has[0]
	do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hello"}})
	do(queue.AgentState{Agent: "bruno", State: queue.Available})
	do(queue.AgentState{Agent: "carla", State: queue.Available})
	do(queue.Park{Interaction: id, Agent: "ana"})
	do(queue.Resume{Interaction: id, Agent: "ana"})
	do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "carla"})
	f.now = f.now.Add(3 * time.Minute)
	f.keep(f.e.Advance(f.now))
	do(queue.Finish{Interaction: id, Agent: "ana"})
	return f.events, f.e.Snapshot()
}

// A journal that is damaged in any way is an error or another history, never a panic.
func TestReplayOfADamagedJournal(t *testing.T) {
	events, _ := journal(t)
	replay := func(list []queue.Event) error {
		e, err := queue.New(queue.Config{Seed: 1})
		require.NoError(t, err)
		return e.Replay(list)
	}
	renumber := func(list []queue.Event) []queue.Event {
		for i := range list {
			list[i].Seq = uint64(i + 1)
		}
		return list
	}
	require.NoError(t, replay(events))

	t.Run("a gap is named", func(t *testing.T) {
		err := replay(slices.Delete(slices.Clone(events), 5, 6))
		require.EqualError(t, err, "queue: replay: event 7 follows 5")
	})
	t.Run("an event for nobody is named, with its kind", func(t *testing.T) {
		err := replay([]queue.Event{{Seq: 1, Kind: queue.Answered, Interaction: "x", Agent: "y"}})
		require.ErrorContains(t, err, "queue: replay: event 1 (interaction.answered) does not fit the state before it")
	})
	t.Run("any event lost", func(t *testing.T) {
		lost := 0
		for i := range events {
			if replay(renumber(slices.Delete(slices.Clone(events), i, i+1))) != nil {
				lost++
			}
		}
		assert.NotZero(t, lost)
	})
	t.Run("any event twice", func(t *testing.T) {
		for i := range events {
			_ = replay(renumber(slices.Insert(slices.Clone(events), i, events[i])))
		}
	})
	t.Run("shuffled, and with fields of others", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 1))
		for range 500 {
			list := slices.Clone(events)
			for range 1 + r.IntN(5) {
				i, j := r.IntN(len(list)), r.IntN(len(list))
				switch r.IntN(6) {
				case 0:
					list[i], list[j] = list[j], list[i]
				case 1:
					list[i].Kind = list[j].Kind
				case 2:
					list[i].Agent, list[i].Interaction, list[i].Campaign = list[j].Agent, list[j].Interaction, list[j].Campaign
				case 3:
					list[i].Count, list[i].Tier, list[i].Cost = -r.IntN(9), r.IntN(99)-50, 1<<40
				case 4:
					list[i].Config, list[i].AgentConfig, list[i].Message, list[i].Skills = nil, nil, nil, nil
				case 5:
					list[i].Until, list[i].Since = list[j].At, list[j].At
				}
			}
			_ = replay(renumber(list))
		}
	})
}

// FuzzReplay replays events of any kind after a healthy journal.
func FuzzReplay(f *testing.F) {
	events, _ := journal(f)
	for i := range events {
		one, err := json.Marshal(events[i : i+1])
		require.NoError(f, err)
		f.Add(one)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var more []queue.Event
		if json.Unmarshal(data, &more) != nil || len(more) > 50 {
			return
		}
		e, err := queue.New(queue.Config{Seed: 1})
		require.NoError(t, err)
		require.NoError(t, e.Replay(events))
		for i := range more {
			more[i].Seq = e.Seq() + uint64(i) + 1
		}
		if e.Replay(more) == nil {
			_ = e.Snapshot()
		}
	})
}

// FuzzRestore restores what may be a snapshot: one that is taken gives itself back.
func FuzzRestore(f *testing.F) {
	_, snap := journal(f)
	whole, err := json.Marshal(snap)
	require.NoError(f, err)
	f.Add(whole)
	f.Add([]byte(`{"version":1,"agents":[{"config":{"id":"ana"},"state":"available","has":["x"]}]}`))
	f.Add([]byte(`{"version":1,"campaigns":[{"config":{"id":"a","zone":"Mars","strategy":"linear"},"open":true}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s queue.Snapshot
		if json.Unmarshal(data, &s) != nil {
			return
		}
		e, err := queue.Restore(queue.Config{Seed: 1}, s)
		if err != nil {
			return
		}
		again, err := queue.Restore(queue.Config{Seed: 1}, e.Snapshot())
		if err == nil {
			require.JSONEq(t, asJSON(t, e.Snapshot()), asJSON(t, again.Snapshot()))
		}
	})
}

// A snapshot that is damaged in any way is an error or another state, never a panic.
func TestRestoreOfADamagedSnapshot(t *testing.T) {
	_, snap := journal(t)
	whole := asJSON(t, snap)
	r := rand.New(rand.NewPCG(1, 4))
	refused := 0
	for range 500 {
		var doc any
		require.NoError(t, json.Unmarshal([]byte(whole), &doc))
		for range 1 + r.IntN(3) {
			damage(r, doc)
		}
		data, err := json.Marshal(doc)
		require.NoError(t, err)
		var s queue.Snapshot
		if json.Unmarshal(data, &s) != nil {
			continue
		}
		e, err := queue.Restore(queue.Config{Seed: 1}, s)
		if err != nil {
			refused++
			continue
		}
		_ = e.Snapshot()
	}
	assert.NotZero(t, refused)
}

// damage changes one thing somewhere in a document.
func damage(r *rand.Rand, doc any) {
	for {
		switch x := doc.(type) {
		case map[string]any:
			keys := slices.Sorted(maps.Keys(x))
			if len(keys) == 0 {
				return
			}
			k := keys[r.IntN(len(keys))]
			if isLeaf(x[k]) || r.IntN(8) == 0 {
				if r.IntN(3) == 0 {
					delete(x, k)
				} else {
					x[k] = spoiled(r, x[k])
				}
				return
			}
			doc = x[k]
		case []any:
			if len(x) == 0 {
				return
			}
			i, j := r.IntN(len(x)), r.IntN(len(x))
			if isLeaf(x[i]) || r.IntN(4) == 0 {
				x[i] = x[j]
				return
			}
			doc = x[i]
		default:
			return
		}
	}
}

func isLeaf(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

func spoiled(r *rand.Rand, v any) any {
	switch v.(type) {
	case float64:
		return []any{0, 1, 3, 7, 99, 1 << 40}[r.IntN(6)]
	case string:
		return []any{"", "ana", "sales", "i1", "paused"}[r.IntN(5)]
	case bool:
		return !v.(bool)
	}
	return v
}
