package strategytest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// Draws through the engine have exactly the proportions of the weights, whatever the seed,
// and a chi-square that can tell: other proportions are refused.
func TestDrawsAreInProportion(t *testing.T) {
	for _, test := range []struct {
		strategy string
		penalty  []int
		weights  []float64
		wrong    []float64
	}{
		{"random", []int{0, 50, 100, 7}, []float64{1, 1, 1, 1}, []float64{1, 1, 1, 1.2}},
		{"wrandom", []int{0, 1}, []float64{1, 1. / 2}, []float64{3, 1}},
		{"wrandom", []int{0, 1, 4}, []float64{1, 1. / 2, 1. / 5}, []float64{1, 1, 1}},
		{"wrandom", []int{5, 5, 5}, []float64{1, 1, 1}, []float64{1, 1, 1.2}},
		{"wrandom", []int{100, 0}, []float64{1. / 101, 1}, []float64{1. / 50, 1}},
	} {
		s := tell(t, test.strategy)
		weights, wrong := map[string]float64{}, map[string]float64{}
		for i, p := range test.penalty {
			a := fmt.Sprint("a", i)
			s.hires(queue.Member{Agent: a, Penalty: p})
			s.available(a)
			weights[a], wrong[a] = test.weights[i], test.wrong[i]
		}
		counts := s.lives(6000)
		limit := critical[len(weights)-1]
		assert.Less(t, chiSquare(counts, weights), limit, "%s %v: %v", test.strategy, test.penalty, counts)
		assert.Greater(t, chiSquare(counts, wrong), limit, "%s %v: the test could not tell %v", test.strategy, test.penalty, counts)
	}
}

// Over many seeds together the draws are as far from the weights as fair ones are: neither
// further nor, as a stream that is no random one can be, much closer.
func TestDrawsOverManySeeds(t *testing.T) {
	const seeds, degrees = 20, 2
	x := 0.0
	for seed := range uint64(seeds) {
		s := tellWith(t, seed, "wrandom", queue.Member{Agent: "ana"}, queue.Member{Agent: "bruno", Penalty: 1}, queue.Member{Agent: "carla", Penalty: 4})
		s.available("ana", "bruno", "carla")
		x += chiSquare(s.lives(1000), map[string]float64{"ana": 1, "bruno": 1. / 2, "carla": 1. / 5})
	}
	// χ² of 40 degrees is below 73.40, and above 17.92, but for once in a thousand each.
	require.Equal(t, 40, seeds*degrees)
	assert.Less(t, x, 73.40)
	assert.Greater(t, x, 17.92)
	t.Logf("χ² is %.2f", x)
}

// Whoever is not there is not drawn, and the others keep their proportions; the same for
// whoever declined just before.
func TestDrawsWithoutSomebody(t *testing.T) {
	s := tell(t, "wrandom", queue.Member{Agent: "ana"}, queue.Member{Agent: "bruno", Penalty: 1}, queue.Member{Agent: "carla", Penalty: 3})
	s.available("ana", "bruno")
	weights := map[string]float64{"ana": 1, "bruno": 1. / 2}
	counts := s.lives(3000)
	assert.Less(t, chiSquare(counts, weights), critical[1])
	assert.Zero(t, counts["carla"])

	s = tell(t, "wrandom", s.members...)
	s.available("ana", "bruno", "carla")
	counts = map[string]int{}
	for range 3000 {
		id, first := s.asks()
		s.do(queue.Decline{Agent: first, Interaction: id})
		second := s.e.OfferedTo(id)
		require.NotEqual(t, first, second)
		if first == "carla" {
			counts[second]++
		}
		s.do(queue.Accept{Agent: second, Interaction: id})
		s.do(queue.Finish{Agent: second, Interaction: id})
		s.passes(2 * time.Second)
	}
	assert.Less(t, chiSquare(counts, weights), critical[1], "%v", counts)
	assert.Greater(t, counts["ana"]+counts["bruno"], 300)
}

// The same seed gives the same draws, another seed others.
func TestDrawsFollowTheSeed(t *testing.T) {
	draws := func(seed uint64) (out []string) {
		e, err := queue.New(queue.Config{Seed: seed})
		require.NoError(t, err)
		do := func(c queue.Command) {
			_, err := e.Step(nine, c)
			require.NoError(t, err)
		}
		members := are("a", "b", "c", "d", "e", "f", "g", "h")
		for _, m := range members {
			do(queue.ConfigureAgent{Agent: queue.Agent{ID: m.Agent, Limit: 99}})
		}
		do(queue.Configure{Campaign: queue.Campaign{ID: "sales", Strategy: "random", Members: members}})
		for _, m := range members {
			do(queue.AgentState{Agent: m.Agent, State: queue.Available})
		}
		for i := range 30 {
			id := fmt.Sprint("i", i)
			do(queue.Arrive{Campaign: "sales", ID: id})
			out = append(out, e.OfferedTo(id))
		}
		return out
	}
	first, again := draws(1), draws(1)
	assert.Equal(t, first, again)
	assert.NotEqual(t, first, draws(2))
}

// A tier is exhausted before the next opens, or the next opens after a while, under every
// strategy that asks.
func TestTiersUnderEveryStrategy(t *testing.T) {
	for _, built := range strategy.Builtin() {
		if _, pulls := built.(strategy.Puller); pulls {
			continue
		}
		t.Run(built.Name(), func(t *testing.T) {
			members := []queue.Member{
				{Agent: "third", Tier: 7}, {Agent: "second", Tier: 2, Penalty: 0}, {Agent: "first", Tier: 0, Penalty: 100},
			}
			s := tell(t, built.Name(), members...)
			s.available("third", "second") // who have been idle for longer
			s.passes(time.Hour)
			s.available("first")
			for range 3 {
				s.asks()
			}
			assert.Equal(t, []string{"first", "second", "third"}, s.asked)

			s = tell(t, built.Name(), members...)
			s.config.TierWait = 10 * time.Second
			s.do(queue.Configure{Campaign: s.config})
			s.available("third", "second")
			id, agent := s.asks()
			assert.Empty(t, agent, "no tier above the first is open yet")
			s.passes(10 * time.Second)
			assert.Equal(t, "second", s.e.OfferedTo(id))
		})
	}
}

// bestskill takes the highest mean level in what is asked for, and knows nothing of other
// skills.
func TestBestSkill(t *testing.T) {
	skills := func(list ...any) (out []queue.Skill) {
		for i := 0; i < len(list); i += 2 {
			out = append(out, queue.Skill{Name: list[i].(string), Level: list[i+1].(int)})
		}
		return out
	}
	s := tell(t, "bestskill",
		queue.Member{Agent: "ana", Skills: skills("french", 9, "spanish", 2)},
		queue.Member{Agent: "bruno", Skills: skills("french", 6, "spanish", 6)},
		queue.Member{Agent: "carla", Skills: skills("french", 2, "cooking", 10)},
	)
	s.available("carla", "bruno", "ana")
	wants := func(list ...any) string {
		s.ids++
		id := fmt.Sprint("i", s.ids)
		s.do(queue.Arrive{Campaign: "sales", ID: id, Skills: skills(list...)})
		agent := s.e.OfferedTo(id)
		s.do(queue.Leave{Interaction: id})
		return agent
	}
	assert.Equal(t, "ana", wants("french", 1))
	assert.Equal(t, "bruno", wants("french", 1, "spanish", 1), "12 levels in all, ana has 11")
	assert.Equal(t, "bruno", wants("spanish", 1))
	assert.Equal(t, "carla", wants("cooking", 1))
	assert.Equal(t, "ana", wants("french", 7), "only she reaches it")
}

// twoCampaigns is an engine with ana and bruno in two campaigns under one strategy, and a
// function that lets a customer of one come, be answered and go, and says who had them.
func twoCampaigns(t *testing.T, name string) (serve func(campaign, agent string, now time.Time) string) {
	t.Helper()
	e, err := queue.New(queue.Config{})
	require.NoError(t, err)
	n := 0
	do := func(now time.Time, c queue.Command) {
		t.Helper()
		_, err := e.Step(now, c)
		require.NoError(t, err)
	}
	for _, a := range []string{"ana", "bruno"} {
		do(nine, queue.ConfigureAgent{Agent: queue.Agent{ID: a, Limit: 9}})
	}
	for _, c := range []string{"sales", "support"} {
		do(nine, queue.Configure{Campaign: queue.Campaign{ID: c, Strategy: name, Zone: "America/New_York", Members: are("ana", "bruno")}})
	}
	do(nine, queue.AgentState{Agent: "ana", State: queue.Available})
	do(nine, queue.AgentState{Agent: "bruno", State: queue.Available})
	return func(campaign, agent string, now time.Time) string {
		t.Helper()
		n++
		id := fmt.Sprint("i", n)
		do(now, queue.Arrive{Campaign: campaign, ID: id})
		asked := e.OfferedTo(id)
		if agent == "" {
			agent = asked
		}
		do(now, queue.Assign{Interaction: id, Agent: agent})
		do(now, queue.Finish{Interaction: id, Agent: agent})
		return asked
	}
}

func TestFewestCountsOneCampaignAndOneDay(t *testing.T) {
	serve := twoCampaigns(t, "fewest")
	for i := range 5 { // ana has more in support, bruno one in sales
		serve("support", "ana", nine.Add(time.Duration(i)*time.Second))
	}
	serve("sales", "bruno", nine.Add(10*time.Second))
	assert.Equal(t, "ana", serve("sales", "bruno", nine.Add(20*time.Second)), "support is not counted in sales")
	assert.Equal(t, "bruno", serve("support", "bruno", nine.Add(30*time.Second)))

	midnight := time.Date(2026, 3, 3, 5, 0, 0, 0, time.UTC) // in New York
	serve = twoCampaigns(t, "fewest")
	serve("sales", "bruno", nine)
	for i := range 3 {
		serve("sales", "ana", nine.Add(time.Duration(i)*time.Second))
	}
	assert.Equal(t, "bruno", serve("sales", "bruno", midnight.Add(-time.Nanosecond)), "one against three")
	assert.Equal(t, "ana", serve("sales", "ana", midnight), "none against none: the longest idle")
}

func TestLeastRecentLooksAtAllCampaigns(t *testing.T) {
	serve := twoCampaigns(t, "leastrecent")
	serve("sales", "ana", nine.Add(time.Second))
	serve("support", "bruno", nine.Add(2*time.Second))
	assert.Equal(t, "ana", serve("sales", "ana", nine.Add(3*time.Second)), "bruno finished later, though elsewhere")
	assert.Equal(t, "bruno", serve("sales", "", nine.Add(4*time.Second)))
}

// The turn of a round is of one campaign: what happens in another does not move it.
func TestRoundsAreOfOneCampaign(t *testing.T) {
	serve := twoCampaigns(t, "rrmemory")
	assert.Equal(t, "ana", serve("sales", "", nine))
	assert.Equal(t, "ana", serve("support", "", nine))
	assert.Equal(t, "bruno", serve("sales", "", nine))
	assert.Equal(t, "ana", serve("sales", "", nine))
	assert.Equal(t, "bruno", serve("support", "", nine))
}
