package strategytest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
	"github.com/usher-go/usher/strategy/strategytest"
)

// specialist asks whoever has the lowest penalty, and of those the least loaded.
type specialist struct{}

func (specialist) Name() string { return "specialist" }

func (specialist) Key(c strategy.Candidate) strategy.Key {
	return strategy.Key{
		First:  int64(c.Penalty),
		Second: int64(c.Load) * 100 / int64(c.Limit), // in percent; ties go on by fewer active
	}
}

// This is all it takes to test it.
func TestSpecialist(t *testing.T) {
	strategytest.Run(t, func() strategy.Strategy { return specialist{} })
}

// A strategy of one's own in the engine. Hosts give it to usher.Options.Strategies.
func Example() {
	e, err := queue.New(queue.Config{Strategies: []strategy.Strategy{specialist{}}})
	if err != nil {
		panic(err)
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	do := func(c queue.Command) {
		if _, err := e.Step(now, c); err != nil {
			panic(err)
		}
	}
	do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 2}})
	do(queue.ConfigureAgent{Agent: queue.Agent{ID: "bruno", Limit: 2}})
	do(queue.Configure{Campaign: queue.Campaign{
		ID: "sales", Strategy: "specialist", Members: []queue.Member{{Agent: "ana", Penalty: 50}, {Agent: "bruno", Penalty: 10}},
	}})
	do(queue.AgentState{Agent: "ana", State: queue.Available})
	do(queue.AgentState{Agent: "bruno", State: queue.Available})
	for i := range 3 {
		id := fmt.Sprint("customer ", i+1)
		do(queue.Arrive{Campaign: "sales", ID: id})
		fmt.Println(id, "is offered to", e.OfferedTo(id))
	}
	// Output:
	// customer 1 is offered to bruno
	// customer 2 is offered to bruno
	// customer 3 is offered to ana
}
