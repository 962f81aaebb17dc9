package strategytest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

// story is one campaign under one strategy, told as a table: who could be asked for each
// customer, with what the strategy looks at, and who was.
type story struct {
	t       *testing.T
	e       *queue.Engine
	spy     *spy
	now     time.Time
	members []queue.Member
	config  queue.Campaign
	ids     int
	asked   []string // who was, in order
	facts   func(s *story, c strategy.Candidate) string
	rows    []string
}

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// tell begins a story with these members, all of them offline. An agent's limit is 1, or
// what stands after a colon: "ana:2".
func tell(t *testing.T, name string, members ...queue.Member) *story {
	t.Helper()
	return tellWith(t, 1, name, members...)
}

// tellWith is tell with another seed.
func tellWith(t *testing.T, seed uint64, name string, members ...queue.Member) *story {
	t.Helper()
	own, err := strategy.New(name)
	require.NoError(t, err)
	s := &story{t: t, now: nine}
	wrapped, w := watch(own)
	s.spy = w
	s.e, err = queue.New(queue.Config{Seed: seed, Strategies: []strategy.Strategy{wrapped}})
	require.NoError(t, err)
	s.config = queue.Campaign{ID: "sales", Strategy: tested, DeclineMemory: time.Second}
	for _, m := range members {
		s.hires(m)
	}
	return s
}

// are are members who differ in nothing but their limits.
func are(agents ...string) (list []queue.Member) {
	for _, a := range agents {
		list = append(list, queue.Member{Agent: a})
	}
	return list
}

// hires adds a member.
func (s *story) hires(m queue.Member) {
	s.t.Helper()
	limit := 1
	if name, text, ok := strings.Cut(m.Agent, ":"); ok {
		m.Agent = name
		_, err := fmt.Sscan(text, &limit)
		require.NoError(s.t, err)
	}
	s.do(queue.ConfigureAgent{Agent: queue.Agent{ID: m.Agent, Limit: limit}})
	s.members = append(s.members, m)
	s.config.Members = s.members
	s.do(queue.Configure{Campaign: s.config})
}

func (s *story) do(c queue.Command) []queue.Event {
	s.t.Helper()
	out, err := s.e.Step(s.now, c)
	require.NoError(s.t, err)
	for _, ev := range out.Events {
		if ev.Kind == queue.Offered || ev.Kind == queue.Answered && ev.Direct {
			s.asked = append(s.asked, ev.Agent)
		}
	}
	return slices.Clone(out.Events)
}

func (s *story) passes(d time.Duration) {
	s.now = s.now.Add(d)
	s.e.Advance(s.now)
}

func (s *story) available(agents ...string) {
	s.t.Helper()
	for _, a := range agents {
		s.do(queue.AgentState{Agent: a, State: queue.Available})
	}
}

// row writes down what happens, before it does.
func (s *story) row(what, asked string, before []string) {
	s.rows = append(s.rows, fmt.Sprintf("| %s | %s | %s | %s |", s.now.Format("15:04:05"), what, strings.Join(before, " | "), asked))
}

// look is what the strategy would look at now, for each member.
func (s *story) look() (list []string) {
	for _, m := range s.members {
		a, ok := s.e.Agent(m.Agent)
		require.True(s.t, ok)
		switch {
		case a.State != queue.Available:
			list = append(list, string(a.State))
		case a.Load >= a.Limit:
			list = append(list, "full")
		default:
			list = append(list, s.facts(s, s.spy.last[m.Agent]))
		}
	}
	return list
}

func (s *story) blank() []string { return make([]string, len(s.members)) }

// asks lets a customer write, who is offered to somebody.
func (s *story) asks() (id, agent string) {
	s.t.Helper()
	before := s.blank()
	if s.facts != nil {
		before = s.look()
	}
	s.ids++
	id = fmt.Sprint("i", s.ids)
	s.do(queue.Arrive{Campaign: "sales", ID: id})
	agent = s.e.OfferedTo(id)
	s.row(fmt.Sprintf("customer %d writes", s.ids), "**"+agent+"**", before)
	return id, agent
}

// serves is asks with an agent who accepts at once.
func (s *story) serves() (id, agent string) {
	s.t.Helper()
	id, agent = s.asks()
	s.do(queue.Accept{Agent: agent, Interaction: id})
	return id, agent
}

func (s *story) finishes(id string) {
	s.t.Helper()
	v, ok := s.e.Interaction(id)
	require.True(s.t, ok)
	s.do(queue.Finish{Agent: v.Agent, Interaction: id})
	s.row(fmt.Sprintf("%s finishes with customer %s", v.Agent, id[1:]), "", s.blank())
}

func (s *story) declines(id string) {
	s.t.Helper()
	agent := s.e.OfferedTo(id)
	s.row(fmt.Sprintf("%s declines customer %s", agent, id[1:]), "", s.blank())
	s.do(queue.Decline{Agent: agent, Interaction: id})
	s.rows[len(s.rows)-1] = strings.TrimSuffix(s.rows[len(s.rows)-1], "|  |") + "| **" + s.e.OfferedTo(id) + "** |"
}

// state says that an agent comes, goes or pauses.
func (s *story) state(agent string, state queue.State) {
	s.t.Helper()
	s.do(queue.AgentState{Agent: agent, State: state})
	s.row(fmt.Sprintf("%s is %s", agent, state), "", s.blank())
}

// table is the story as Markdown.
func (s *story) table() string {
	head := "| | |"
	line := "|---|---|"
	for _, m := range s.members {
		head += " " + m.Agent + " |"
		line += "---|"
	}
	return head + " asked |\n" + line + "---|\n" + strings.Join(s.rows, "\n") + "\n"
}

// lives lets so many customers come, be answered and go one after another, and counts who
// had them.
func (s *story) lives(n int) map[string]int {
	s.t.Helper()
	s.config.AutoAnswer = true
	s.do(queue.Configure{Campaign: s.config})
	counts := map[string]int{}
	for range n {
		s.ids++
		id := fmt.Sprint("i", s.ids)
		s.do(queue.Arrive{Campaign: "sales", ID: id})
		v, ok := s.e.Interaction(id)
		require.True(s.t, ok)
		require.Equal(s.t, queue.OwnedByAgent, v.Owner)
		counts[v.Agent]++
		s.do(queue.Finish{Agent: v.Agent, Interaction: id})
		s.asked = s.asked[:0]
	}
	return counts
}

// chiSquare measures how far counts are from what is expected, in proportion to weights.
func chiSquare(counts map[string]int, weights map[string]float64) (x float64) {
	n, total := 0, 0.0
	for a, w := range weights {
		n, total = n+counts[a], total+w
	}
	for a, w := range weights {
		want := float64(n) * w / total
		d := float64(counts[a]) - want
		x += d * d / want
	}
	return x
}

// critical is what chi-square exceeds once in a thousand, by degrees of freedom. From
// tables of the distribution.
var critical = []float64{0, 10.828, 13.816, 16.266, 18.467, 20.515}
