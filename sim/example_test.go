package sim_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/sim"
)

// team is a center of one campaign with so many agents.
func team(agents int, card settings.Card) usher.Config {
	card.Enable = true
	c := usher.Campaign{ID: "sales", WhatsApp: &card}
	var cfg usher.Config
	for i := range agents {
		id := fmt.Sprintf("agent%d", i+1)
		cfg.Agents = append(cfg.Agents, usher.Agent{ID: id, Limit: 2})
		c.Members = append(c.Members, usher.Member{Agent: id})
	}
	cfg.Campaigns = []usher.Campaign{c}
	return cfg
}

// A morning of chats: half an hour of 60 an hour, then a rush, then calm.
func morning(agents int) sim.Scenario {
	patience := sim.Exponential(4 * time.Minute)
	return sim.Scenario{
		Name: fmt.Sprint(agents, " agents"), Center: team(agents, settings.Card{ServiceLevel: 30}), Length: 3 * 3600,
		Arrivals: []sim.Arrivals{{
			Campaign: "sales", Rates: []float64{60, 120, 40}, Every: 3600, Handle: sim.Lognormal(5*time.Minute, 1), Patience: &patience,
		}},
		Concurrency: sim.Slowdown{PerExtra: 0.3},
	}
}

func ExampleRun() {
	r, err := sim.Run(context.Background(), morning(5), sim.Options{Replications: 20, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"serviceLevel", "averageWait", "abandonRate"} {
		e, _ := r.Value(name)
		fmt.Printf("%s %.2f (%.2f to %.2f)\n", name, e.Value, e.Low, e.High)
	}
	m, _ := sim.MetricNamed("queueLength")
	for hour := range 3 {
		e, _ := r.Estimate(m, sim.Part{Interval: 2*hour + 1})
		fmt.Printf("%s: %.1f wait\n", r.At(2*hour+1).Format("15:04"), e.Value)
	}
	// Output:
	// serviceLevel 0.73 (0.70 to 0.76)
	// averageWait 28.50 (24.13 to 32.87)
	// abandonRate 0.13 (0.12 to 0.15)
	// 00:00: 0.0 wait
	// 01:00: 1.7 wait
	// 02:00: 0.2 wait
}

func ExampleCompareStrategies() {
	s := morning(6)
	c, err := sim.CompareStrategies(context.Background(), s, sim.Options{Replications: 20, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	ranked, _ := c.Rank("loadSpread")
	for _, r := range ranked[:3] {
		fmt.Printf("%s %.3f\n", r.Name, r.Estimate.Value)
	}
	last := ranked[len(ranked)-1]
	fmt.Printf("last: %s %.3f, surely: %v\n", last.Name, last.Estimate.Value, last.Sure)
	// Output:
	// leastbusy 0.053
	// ringall 0.060
	// leastrecent 0.069
	// last: linear 0.305, surely: true
}

func ExampleFindStaffing() {
	s := morning(12)
	s.Staff = []sim.Staff{{Every: 3600}}
	got, err := sim.FindStaffing(context.Background(), s, 0, sim.Target{Metric: "answeredIn", Reach: 0.8}, sim.Options{Replications: 20, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, x := range got.Intervals[:3] {
		fmt.Printf("%s: %d agents answer %.0f %% in time\n", x.At.Format("15:04"), x.Agents, 100*x.Estimate.Value)
	}
	// Output:
	// 00:00: 5 agents answer 95 % in time
	// 01:00: 7 agents answer 84 % in time
	// 02:00: 4 agents answer 90 % in time
}

func ExampleComparison_Table() {
	c, err := sim.Compare(context.Background(), []sim.Scenario{morning(5), morning(6)}, sim.Options{Replications: 20, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	var table strings.Builder
	_ = c.Table(&table, "serviceLevel", "averageWait", "offered") // a Builder takes everything
	for line := range strings.Lines(table.String()) {
		fmt.Println(strings.TrimRight(line, " \n"))
	}
	// Output:
	// 5 agents        6 agents  difference
	//   serviceLevel  72.7 % ± 3.0 %  83.5 % ± 3.4 %       +10.8  better
	//    averageWait  28.5 s ± 4.4 s  14.5 s ± 3.0 s         -14  better
	//        offered       75 ± 2.18       75 ± 2.18          +0    same
}

func ExampleParseScenario() {
	_, err := sim.ParseScenario([]byte(`{
		"center": {"agents": [{"id": "ana"}], "campaigns": [{"id": "sales", "members": [{"agent": "ana"}], "whatsapp": {"enable": true, "maxTime": -5}}]},
		"arrivals": [{"campaign": "sale", "rate": -1, "handle": {"law": "lognormal", "mean": 180, "cv": -1}}],
		"staff": [{"agents": ["anna"], "shifts": [{"from": "08:00", "to": "16:00", "days": ["monday"]}], "decline": 1.5}],
		"warmUp": -1
	}`))
	fmt.Println(err)
	// Output:
	// sim: scenario:
	// center.campaigns[0].whatsapp.maxTime: must be ≥ 0, is -5
	// warmUp: must be 0 to 1e9 seconds, is -1
	// arrivals[0].campaign: unknown campaign "sale"; valid: sales
	// arrivals[0].rate: must be 0 to 1e9 per hour, is -1
	// arrivals[0].handle.cv: must be ≥ 0, is -1
	// staff[0].agents[0]: unknown agent "anna"
	// staff[0].shifts[0].days: unknown day "monday"; valid: sun, mon, tue, wed, thu, fri, sat
	// staff[0].decline: must be 0 to 1, is 1.5
}
