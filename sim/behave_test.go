package sim

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/sla"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/strategy"
)

// busyDay uses everything at once: two campaigns that share agents, offers that are
// declined and missed, bots, messages, silence, overflow, shifts and pauses.
func busyDay() Scenario {
	patience := Exponential(4 * time.Minute)
	high := 5
	sales := queue.Campaign{
		ID: "sales", Numbers: []string{"+15550000001"}, ServiceLevel: 30 * time.Second, ShortAbandon: 5 * time.Second, MaxInteractions: 6,
		MaxTime: 5 * time.Minute, WrapUp: 20 * time.Second, AutoPauseMisses: 2, BotOnStart: "greeter", BotOnEnd: "survey",
		Announce: queue.Announce{Text: "{position}", First: 20 * time.Second},
		Overflow: []queue.Overflow{{After: 2 * time.Minute, Do: queue.DoCampaign, Target: "support"}},
		Silence:  queue.Silence{CustomerEnd: 4 * time.Minute, AgentReturn: 10 * time.Minute},
	}
	support := queue.Campaign{ID: "support", Numbers: []string{"+15550000002"}, ServiceLevel: time.Minute, Strategy: "rrmemory", AutoAnswer: true}
	s := Scenario{Concurrency: Slowdown{PerExtra: 0.3}, Length: 12 * 3600}
	for _, id := range []string{"ana", "bruno", "carla", "dora", "emil"} {
		s.Agents = append(s.Agents, queue.Agent{ID: id, Limit: 3})
		sales.Members = append(sales.Members, queue.Member{Agent: id})
		support.Members = append(support.Members, queue.Member{Agent: id, Tier: len(support.Members) % 2})
	}
	s.Campaigns = []queue.Campaign{sales, support}
	s.Arrivals = []Arrivals{
		{Name: "chat", Campaign: "sales", Rates: []float64{0, 120}, Every: 6 * 3600, Busyness: 20, Patience: &patience,
			Messages: &Messages{Turns: Uniform(1*time.Second, 4*time.Second), Agent: Exponential(30 * time.Second), Customer: Exponential(40 * time.Second), Silent: 0.05}},
		{Name: "vip", Campaign: "sales", Rate: 5, Handle: Fixed(3 * time.Minute), Priority: &high},
		{Name: "support", Campaign: "support", Rate: 20, Handle: Lognormal(4*time.Minute, 1.5), Patience: &patience,
			Bursts: []Burst{{At: At(9, 0), Count: 15, Over: 300}}, Customers: 40},
	}
	s.Staff = []Staff{
		{Agents: []string{"ana", "bruno"}, Shifts: []Shift{{From: At(5, 0), To: At(11, 30)}}, Answer: Uniform(2*time.Second, 20*time.Second), Decline: 0.05, Miss: 0.1},
		{Agents: []string{"carla"}, Pauses: []Pause{{At: At(8, 0), For: 1800, Reason: "lunch"}}, Speed: 1.5, SpeedFor: map[string]float64{"support": 2}},
		{Agents: []string{"dora", "emil"}, Count: []int{1, 2}, Every: 4 * 3600},
	}
	s.Bots = []Bot{{Name: "greeter", Time: Uniform(time.Second, 20*time.Second), Ends: 0.2}, {Name: "survey"}}
	return s
}

// The numbers of a simulation are those that a center's own board has of the same events.
func TestCountsAreThoseOfTheBoard(t *testing.T) {
	s := busyDay()
	journal := store.NewMemory()
	center := record(t, &s, journal)
	r, err := Run(t.Context(), s, Options{Seed: 4, Replications: 1})
	require.NoError(t, err)
	board, err := center()
	require.NoError(t, err)
	for k, line := range board.Campaigns {
		var mine sla.Counts
		for i := range r.Tallies[0].Counts[k] {
			mine.Add(&r.Tallies[0].Counts[k][i])
		}
		theirs := line.Counts
		// Agents' time is cut at the end of what counts here, and at the last event there.
		mine.LoggedInSum, mine.BusySum, theirs.LoggedInSum, theirs.BusySum = 0, 0, 0, 0
		assert.Equal(t, theirs, mine, line.ID)
		assert.Greater(t, mine.Answered, int64(100))
	}
	n := r.Numbers(Part{})[0]
	assert.Positive(t, n.Counts.Declines)
	assert.Positive(t, n.Counts.Misses)
	assert.Positive(t, n.Counts.Abandoned)
	assert.Positive(t, n.Counts.BotSessions)
	assert.Zero(t, n.Counts.BotFailures)
	assert.Positive(t, n.Counts.Responded)
	assert.Positive(t, n.Counts.Left, "some overflowed to support")
	assert.Positive(t, n.Counts.Reopened+n.Counts.Ends.Answered)
}

// record keeps the events of a scenario in a journal; the function it returns opens a center
// on it.
func record(t *testing.T, s *Scenario, journal store.Journal) func() (usher.Board, error) {
	t.Helper()
	var seq uint64
	s.Observe = func(_ int, ev *queue.Event) {
		data, err := json.Marshal(ev)
		require.NoError(t, err)
		rec := store.Record{Seq: ev.Seq, At: ev.At, Kind: ev.Kind.String(), Version: 1, Interaction: ev.Interaction, Customer: ev.Customer, Data: data}
		require.NoError(t, journal.Append(t.Context(), seq, []store.Record{rec}))
		seq = ev.Seq
	}
	return func() (usher.Board, error) {
		now := clock.NewMock()
		now.Set(defaultStart.Add(48 * time.Hour))
		center, err := usher.New(usher.Options{Journal: journal, Clock: now})
		if err != nil {
			return usher.Board{}, err
		}
		if _, err := center.Config(t.Context()); err != nil { // reads the journal
			return usher.Board{}, err
		}
		return center.Board(time.Time{}), nil
	}
}

// The formulas of package sla and the metrics of the same names are the same figures.
func TestMetricsAreSLAsFormulas(t *testing.T) {
	r, err := Run(t.Context(), busyDay(), Options{Seed: 4, Replications: 1})
	require.NoError(t, err)
	n := r.Numbers(Part{})[0]
	for _, f := range sla.Formulas() {
		want, ok := f.Of(&n.Counts)
		m, err := MetricNamed(f.Name)
		require.NoError(t, err)
		e, has := r.Estimate(m, Part{})
		assert.Equal(t, ok, has, f.Name)
		assert.InDelta(t, want, e.Value, 1e-9, f.Name)
	}
}

// Whatever the configuration, the same customers come: what is drawn of them does not
// depend on who serves them.
func TestStrategiesSeeTheSameCustomers(t *testing.T) {
	s := busyDay()
	own := strategy.Func("last", func(c strategy.Candidate) strategy.Key { return strategy.Key{First: -int64(c.Position)} })
	c, err := CompareStrategies(t.Context(), s, Options{Seed: 9, Replications: 3}, own)
	require.NoError(t, err)
	assert.Equal(t, append(Strategies(), "last"), c.Names)
	for i, r := range c.Results {
		for rep := range r.Tallies {
			for stream := range r.Streams {
				if r.Streams[stream] == "support" {
					continue // who comes back may go on with what is open
				}
				var a, b Flow
				for k := range r.Tallies[rep].Cover {
					a.add(&c.Results[0].Tallies[rep].Flows[stream][k])
					b.add(&r.Tallies[rep].Flows[stream][k])
				}
				assert.Equal(t, a.Offered, b.Offered, c.Names[i])
				assert.Equal(t, b.Offered, b.Answered+b.Abandoned+b.TimedOut+b.Blocked+b.Other, "%s: everybody ends in one way", c.Names[i])
			}
		}
		assert.Zero(t, r.Unserved(), c.Names[i])
	}
	ranked, err := c.Rank("averageWait")
	require.NoError(t, err)
	require.Len(t, ranked, 10)
	for i := 1; i < len(ranked); i++ {
		assert.LessOrEqual(t, ranked[i-1].Estimate.Value, ranked[i].Estimate.Value)
		assert.GreaterOrEqual(t, ranked[i].Behind.Value, -1e-9)
	}
	_, err = c.Rank("beauty")
	assert.ErrorContains(t, err, `unknown metric "beauty"; valid: serviceLevel`)
}

func TestCommonRandomNumbersNarrowTheDifference(t *testing.T) {
	fast := floorOf(10, 185, 180*time.Second)
	fast.Length = 20 * 3600
	slow := fast
	fast.Name, slow.Name = "fast", "slow"
	slow.Staff = []Staff{{Speed: 0.99}}
	c, err := Compare(t.Context(), []Scenario{fast, slow}, Options{Seed: 1, Replications: 6})
	require.NoError(t, err)
	m, _ := MetricNamed("averageWait")
	d := c.Difference(m, 0, 1, Part{})
	one, _ := c.Results[0].Estimate(m, Part{})
	assert.Positive(t, d.Value)
	assert.Less(t, d.Half(), one.Half()/2)
}

func TestAgentsKeepTheirHours(t *testing.T) {
	s := floorOf(2, 30, 60*time.Second)
	s.Steady, s.WarmUp, s.Length = false, 0, 86400
	s.Staff = []Staff{
		{Agents: []string{"a000"}, Shifts: []Shift{{From: At(22, 0), To: At(6, 0)}}},
		{Agents: []string{"a001"}, Shifts: []Shift{{From: At(8, 0), To: At(16, 0)}}, Pauses: []Pause{{At: At(12, 0), For: 3600}}},
	}
	r, err := Run(t.Context(), s, Options{Seed: 1, Replications: 4})
	require.NoError(t, err)
	there, _ := MetricNamed("agentsThere")
	at := func(hour, minute int) float64 {
		e, _ := r.Estimate(there, Part{Interval: 2*hour + minute/30 + 1})
		return e.Value
	}
	assert.InDelta(t, 0, at(1, 0), 0, "the first night's shift would have begun the day before")
	assert.InDelta(t, 0, at(7, 0), 0)
	assert.InDelta(t, 1, at(9, 0), 1e-6)
	assert.InDelta(t, 1, at(12, 0), 1e-6, "a pause is no leaving")
	assert.InDelta(t, 1, at(23, 0), 1e-6)
	answered := 0.0
	for _, n := range r.Numbers(Part{Interval: 26}) { // from 12:30
		answered += float64(n.Counts.Answered)
	}
	assert.Zero(t, answered, "nobody answers in the pause")
	assert.Zero(t, r.Unserved())
}

func TestMemoryAndTimeStopWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Run(ctx, floorOf(5, 80, time.Minute), Options{})
	assert.ErrorIs(t, err, context.Canceled)
}
