package strategytest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// difference is where a strategy is not what Asterisk's of the same name is. Contact
// centers come from there; each of these was a complaint. The page about strategies is made
// from this list.
type asteriskDifference struct {
	strategy string
	there    string
	here     string
	play     func(t *testing.T)
}

// theirs is the number by which Asterisk ranks: the lower goes first.
func theirs(penalty int, metric int) int { return penalty*1_000_000 + metric }

var asteriskDifferences = []asteriskDifference{
	{"all", "Between equals the order of a hash table decides, that is, the hash of an agent's name.",
		"Fewer active, then the strategy's own second key, then the order of members in the campaign, then the id.",
		func(t *testing.T) {
			for _, name := range []string{"leastbusy", "leastrecent", "fewest", "rrmemory", "linear", "bestskill"} {
				for _, order := range [][]string{{"a", "b", "c"}, {"a", "c", "b"}, {"b", "a", "c"}, {"b", "c", "a"}, {"c", "a", "b"}, {"c", "b", "a"}} {
					s := tell(t, name, are(order...)...)
					s.available("c", "a", "b") // at one instant; the order of coming is of no account
					for range 3 {
						s.asks()
					}
					assert.Equal(t, order, s.asked, name)
				}
			}
		}},
	{"all", "Penalty levels are 1,000,000 apart and the strategy's number is added, so an agent who has been idle for more than 11.6 days, or who has had more than a million calls, crosses them.",
		"Tiers are compared first and by themselves; no key of any size reaches another tier.",
		func(t *testing.T) {
			const days20 = 20 * 24 * 3600
			assert.Less(t, theirs(1, 1_000_000-days20), theirs(0, 1_000_000-1), "there, the second level goes first")
			s := tell(t, "leastrecent", queue.Member{Agent: "backup", Tier: 1}, queue.Member{Agent: "front"})
			s.available("backup", "front")
			s.passes(days20 * time.Second)
			id, _ := s.serves()
			s.finishes(id)
			s.passes(time.Second)
			s.asks()
			assert.Equal(t, []string{"front", "front"}, s.asked)

			assert.Less(t, theirs(1, 0), theirs(0, 2_000_000), "there, the second level goes first")
			s = tell(t, "fewest", queue.Member{Agent: "backup", Tier: 1}, queue.Member{Agent: "front"})
			s.available("backup", "front")
			snap := s.e.Snapshot()
			snap.Campaigns[0].Members[1].Answered = 2_000_000
			fewest, err := strategy.New("fewest")
			require.NoError(t, err)
			wrapped, _ := watch(fewest)
			s.e, err = queue.Restore(queue.Config{Strategies: []strategy.Strategy{wrapped}}, snap)
			require.NoError(t, err)
			s.asks()
			assert.Equal(t, []string{"front"}, s.asked)
		}},
	{"`leastrecent`", "Calls are stamped in whole seconds: two agents who finish in one second are equals.",
		"Nanoseconds.",
		func(t *testing.T) {
			s := tell(t, "leastrecent", are("ana", "bruno")...)
			s.available("ana", "bruno")
			first, _ := s.serves()
			second, agent := s.serves()
			require.Equal(t, "bruno", agent)
			s.finishes(second)
			s.passes(time.Nanosecond)
			s.finishes(first)
			s.asks()
			assert.Equal(t, "bruno", s.asked[2], "who finished one nanosecond before ana")
		}},
	{"`leastrecent`", "Who never had a call ranks as 0, before everybody else: a newcomer is asked first of all.",
		"Who never had one counts from the instant of becoming a member.",
		func(t *testing.T) {
			s := tell(t, "leastrecent", are("ana")...)
			s.available("ana")
			id, _ := s.serves()
			s.finishes(id)
			s.passes(time.Minute)
			s.hires(queue.Member{Agent: "newcomer"})
			s.available("newcomer")
			s.asks()
			assert.Equal(t, []string{"ana", "ana"}, s.asked, "she has been waiting for longer")
		}},
	{"`fewest`", "A newcomer has had 0 calls and gets every call until level with the others.",
		"A newcomer starts at the least that any member has; and all start again when the day begins in the campaign's zone.",
		func(t *testing.T) {
			s := tell(t, "fewest", are("ana", "bruno")...)
			s.available("ana", "bruno")
			serve := func() {
				id, _ := s.serves()
				s.finishes(id)
				s.passes(time.Second)
			}
			for range 20 {
				serve()
			}
			s.hires(queue.Member{Agent: "newcomer"})
			s.available("newcomer")
			s.asked = nil
			for range 6 {
				serve()
			}
			counts := map[string]int{}
			for _, a := range s.asked {
				counts[a]++
			}
			assert.Equal(t, map[string]int{"ana": 2, "bruno": 2, "newcomer": 2}, counts)
		}},
	{"`rrmemory`", "The turn is a place in the list that moves on: an agent who is busy or away when it comes by has lost it, and waits for a whole round.",
		"The turn belongs to the agent, who keeps it until asked.",
		func(t *testing.T) {
			s := tell(t, "rrmemory", are("ana:9", "bruno:9", "carla:9")...)
			s.available("ana", "carla")
			for range 4 {
				s.serves()
			}
			s.available("bruno") // who has missed the round twice
			s.serves()
			s.serves()
			assert.Equal(t, []string{"ana", "carla", "ana", "carla", "bruno", "ana"}, s.asked)
		}},
	{"`rrmemory`", "Places before the turn are ranked 1,000 higher, so in a list of more than a thousand some come twice and others never.",
		"The round goes on over any number.",
		func(t *testing.T) {
			const n = 1100
			for pos := range 50 { // whose turn is at 1,050 is not first there
				require.Less(t, 1000+pos, 1050)
			}
			var order []string
			for i := range n {
				order = append(order, fmt.Sprintf("a%04d", i))
			}
			e, err := queue.New(queue.Config{})
			require.NoError(t, err)
			do := func(c queue.Command) {
				_, err := e.Step(nine, c)
				require.NoError(t, err)
			}
			for _, a := range order {
				do(queue.ConfigureAgent{Agent: queue.Agent{ID: a, Limit: 2}})
			}
			do(queue.Configure{Campaign: queue.Campaign{ID: "sales", Strategy: "rrmemory", AutoAnswer: true, Members: are(order...)}})
			for _, a := range order {
				do(queue.AgentState{Agent: a, State: queue.Available})
			}
			var asked []string
			for i := range 2 * n {
				id := fmt.Sprint("i", i)
				do(queue.Arrive{Campaign: "sales", ID: id})
				v, _ := e.Interaction(id)
				asked = append(asked, v.Agent)
			}
			assert.Equal(t, slices.Concat(order, order), asked)
		}},
	{"`wrandom`", "Each draws a number below 1,000 × (1 + penalty) and the lowest has it: penalties 0 and 1 share as 3 to 1, 0 and 9 as 19 to 1.",
		"The weight is 1 ÷ (1 + penalty): 2 to 1, and 10 to 1.",
		func(t *testing.T) {
			for penalty, there := range map[int]float64{1: 3, 9: 19} {
				s := tell(t, "wrandom", queue.Member{Agent: "ana"}, queue.Member{Agent: "bruno", Penalty: penalty})
				s.available("ana", "bruno")
				counts := s.lives(6000)
				assert.Less(t, chiSquare(counts, map[string]float64{"ana": float64(1 + penalty), "bruno": 1}), critical[1])
				assert.Greater(t, chiSquare(counts, map[string]float64{"ana": there, "bruno": 1}), critical[1])
			}
		}},
	{"all but `wrandom`", "Penalty makes levels: members with a higher one are called when the lower ones are not there.",
		"That is what `tier` does. Penalty only weighs the lots of `wrandom`.",
		func(t *testing.T) {
			s := tell(t, "linear", queue.Member{Agent: "ana", Penalty: 50}, queue.Member{Agent: "bruno"})
			s.available("ana", "bruno")
			s.asks()
			assert.Equal(t, []string{"ana"}, s.asked)
		}},
}

// Where a strategy differs from Asterisk's of the same name.
func TestDiffersFromAsterisk(t *testing.T) {
	for _, d := range asteriskDifferences {
		t.Run(d.strategy+": "+d.there, d.play)
	}
}
