package strategytest

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/strategy"
)

var update = flag.Bool("update", false, "write the examples into docs/strategies.md")

const page = "../../docs/strategies.md"

// The examples of the page are what the engine does. Each stands between two comments:
//
//	<!-- example: NAME -->
//	<!-- end -->
func TestStrategiesPage(t *testing.T) {
	have, err := os.ReadFile(page)
	require.NoError(t, err)
	want := string(have)
	for _, name := range exampleNames {
		want = replaceExample(t, want, name, examples[name](t))
	}
	require.Len(t, examples, len(exampleNames))
	require.Equal(t, len(exampleNames), strings.Count(want, "<!-- example: "), "an example of the page is not made here")
	for _, s := range strategy.Builtin() {
		require.Contains(t, want, "\n## "+s.Name()+"\n", "a strategy is not on the page")
	}
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(have), "run go test ./strategy/strategytest -run TestStrategiesPage -update")
}

func replaceExample(t *testing.T, text, name, example string) string {
	t.Helper()
	begin, end := "<!-- example: "+name+" -->\n", "<!-- end -->"
	before, rest, ok := strings.Cut(text, begin)
	require.True(t, ok, "the page has no example %q", name)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "example %q has no end", name)
	return before + begin + "\n" + example + "\n" + end + after
}

var exampleNames = []string{
	"leastbusy", "leastrecent", "fewest", "rrmemory", "linear", "random", "wrandom", "ringall", "ringallmultiple", "bestskill",
	"ties", "tiers", "rounds", "asterisk",
}

var examples = map[string]func(*testing.T) string{
	"leastbusy": leastBusyExample, "leastrecent": leastRecentExample, "fewest": fewestExample, "rrmemory": rrMemoryExample,
	"linear": linearExample, "random": randomExample, "wrandom": wRandomExample, "ringall": ringAllExample,
	"ringallmultiple": ringAllMultipleExample, "bestskill": bestSkillExample, "ties": tiesExample, "tiers": tiersExample,
	"rounds": roundsExample, "asterisk": asteriskTable,
}

func idle(s *story, c strategy.Candidate) string {
	return fmt.Sprintf("idle %.0f s", s.now.Sub(time.Unix(0, c.IdleSince)).Seconds())
}

func leastBusyExample(t *testing.T) string {
	s := tell(t, "leastbusy", are("ana:2", "bruno:4", "carla:1")...)
	s.facts = func(s *story, c strategy.Candidate) string {
		return fmt.Sprintf("%d of %d, %s", c.Load, c.Limit, idle(s, c))
	}
	s.available("bruno")
	s.passes(20 * time.Second)
	s.available("ana", "carla")
	s.passes(10 * time.Second)
	s.serves()
	s.serves()
	first, _ := s.serves()
	s.passes(10 * time.Second)
	s.serves()
	s.serves()
	s.finishes(first)
	s.passes(5 * time.Second)
	s.serves()
	return s.table()
}

func leastRecentExample(t *testing.T) string {
	s := tell(t, "leastrecent", are("ana", "bruno")...)
	s.facts = func(s *story, c strategy.Candidate) string {
		what, at := "finished", c.LastFinished
		if at == 0 {
			what, at = "joined", c.Joined
		}
		return fmt.Sprintf("%s %.0f s ago", what, s.now.Sub(time.Unix(0, at)).Seconds())
	}
	s.available("ana", "bruno")
	first, _ := s.serves()
	second, _ := s.serves()
	s.passes(30 * time.Second)
	s.finishes(second)
	s.passes(10 * time.Second)
	s.finishes(first)
	s.hires(queue.Member{Agent: "carla"})
	s.rows = nil // a story with her from here on
	s.available("carla")
	s.passes(20 * time.Second)
	third, _ := s.asks()
	s.declines(third)
	s.do(queue.Accept{Agent: s.e.OfferedTo(third), Interaction: third})
	s.passes(5 * time.Second)
	s.serves()
	return s.table()
}

func fewestExample(t *testing.T) string {
	s := tell(t, "fewest", are("ana", "bruno")...)
	s.facts = func(s *story, c strategy.Candidate) string {
		return fmt.Sprintf("%d today, %s", c.Answered, idle(s, c))
	}
	s.available("ana", "bruno")
	serve := func() {
		id, _ := s.serves()
		s.passes(10 * time.Second)
		s.finishes(id)
	}
	for range 7 {
		serve()
	}
	s.passes(10 * time.Second)
	s.hires(queue.Member{Agent: "carla"})
	s.rows = nil
	s.available("carla")
	for range 4 {
		serve()
	}
	return s.table()
}

func rrMemoryExample(t *testing.T) string {
	s := tell(t, "rrmemory", are("ana:9", "bruno:9", "carla:9")...)
	s.facts = func(_ *story, c strategy.Candidate) string { return fmt.Sprint("turn ", c.Turn) }
	s.available("ana", "bruno", "carla")
	s.serves()
	s.state("bruno", queue.Paused)
	s.serves()
	s.serves()
	s.state("bruno", queue.Available)
	s.serves()
	id, _ := s.asks()
	s.declines(id)
	s.serves()
	return s.table()
}

func linearExample(t *testing.T) string {
	s := tell(t, "linear", are("ana", "bruno", "carla")...)
	s.facts = func(_ *story, c strategy.Candidate) string { return fmt.Sprint("place ", c.Position+1) }
	s.available("carla", "bruno", "ana")
	first, _ := s.serves()
	s.serves()
	s.passes(10 * time.Second)
	s.finishes(first)
	s.serves()
	s.serves()
	return s.table()
}

// shares is a table of how often each was drawn.
func shares(s *story, n int, weights map[string]float64) string {
	counts := s.lives(n)
	total := 0.0
	for _, w := range weights {
		total += w
	}
	out := "| agent | penalty | weight | share of it | drawn of " + fmt.Sprint(n) + " | expected |\n|---|---|---|---|---|---|\n"
	for _, m := range s.members {
		w := weights[m.Agent]
		out += fmt.Sprintf("| %s | %d | %.4f | %.2f %% | %d | %.1f |\n", m.Agent, m.Penalty, w, 100*w/total, counts[m.Agent], float64(n)*w/total)
	}
	x, limit := chiSquare(counts, weights), critical[len(weights)-1]
	return out + fmt.Sprintf("\nχ² is %.2f; a fair draw exceeds %.2f once in a thousand times.\n", x, limit)
}

func randomExample(t *testing.T) string {
	s := tell(t, "random", queue.Member{Agent: "ana"}, queue.Member{Agent: "bruno", Penalty: 50}, queue.Member{Agent: "carla", Penalty: 100})
	s.available("ana", "bruno", "carla")
	return shares(s, 6000, map[string]float64{"ana": 1, "bruno": 1, "carla": 1})
}

func wRandomExample(t *testing.T) string {
	s := tell(t, "wrandom", queue.Member{Agent: "ana"}, queue.Member{Agent: "bruno", Penalty: 1}, queue.Member{Agent: "carla", Penalty: 4})
	s.available("ana", "bruno", "carla")
	return shares(s, 6000, map[string]float64{"ana": 1, "bruno": 1. / 2, "carla": 1. / 5})
}

// pull tells who sees what waits, and who takes it.
type pull struct{ *story }

func (p pull) sees() (list []string) {
	for _, m := range p.members {
		text := ""
		for _, v := range p.e.Visible(m.Agent) {
			text += ", " + v.ID[1:]
		}
		list = append(list, strings.TrimPrefix(text, ", "))
	}
	return list
}

func (p pull) writes() {
	p.ids++
	id := fmt.Sprint("i", p.ids)
	p.do(queue.Arrive{Campaign: "sales", ID: id})
	p.note(fmt.Sprintf("customer %d writes", p.ids))
}

func (p pull) takes(agent, id string) {
	_, err := p.e.Step(p.now, queue.Take{Agent: agent, Interaction: id})
	what := fmt.Sprintf("%s takes customer %s", agent, id[1:])
	if err != nil {
		what = fmt.Sprintf("%s takes customer %s too: %s", agent, id[1:], strings.TrimPrefix(err.Error(), "queue: take: "))
		what, _, _ = strings.Cut(what, ", interaction")
	}
	p.note(what)
}

func (p pull) note(what string) {
	p.rows = append(p.rows, fmt.Sprintf("| %s | %s |", what, strings.Join(p.sees(), " | ")))
}

func (p pull) table() string {
	head, line := "| what happens |", "|---|"
	for _, m := range p.members {
		head += " " + m.Agent + " sees |"
		line += "---|"
	}
	return head + "\n" + line + "\n" + strings.Join(p.rows, "\n") + "\n"
}

func pullExample(t *testing.T, name string) string {
	p := pull{tell(t, name, are("ana:2", "bruno:2")...)}
	p.available("ana", "bruno")
	p.writes()
	p.takes("bruno", "i1")
	p.takes("ana", "i1")
	p.writes()
	p.writes()
	p.takes("ana", "i2")
	p.do(queue.Finish{Agent: "bruno", Interaction: "i1"})
	p.note("bruno finishes with customer 1")
	return p.table()
}

func ringAllExample(t *testing.T) string         { return pullExample(t, "ringall") }
func ringAllMultipleExample(t *testing.T) string { return pullExample(t, "ringallmultiple") }

func bestSkillExample(t *testing.T) string {
	skills := func(french, spanish int) []queue.Skill {
		return []queue.Skill{{Name: "french", Level: french}, {Name: "spanish", Level: spanish}}
	}
	s := tell(t, "bestskill",
		queue.Member{Agent: "ana", Skills: skills(9, 2)}, queue.Member{Agent: "bruno", Skills: skills(6, 6)}, queue.Member{Agent: "carla", Skills: skills(3, 8)})
	s.available("bruno", "carla")
	s.passes(10 * time.Second)
	s.available("ana")
	out := "| asked for | ana: french 9, spanish 2 | bruno: french 6, spanish 6 | carla: french 3, spanish 8 | asked |\n|---|---|---|---|---|\n"
	for i, want := range [][]queue.Skill{{{Name: "french", Level: 1}}, {{Name: "spanish", Level: 1}}, skills(1, 1), skills(3, 3), nil} {
		id := fmt.Sprint("i", i)
		s.do(queue.Arrive{Campaign: "sales", ID: id, Skills: want})
		row := "nothing"
		if want != nil {
			var list []string
			for _, w := range want {
				list = append(list, fmt.Sprintf("%s ≥ %d", w.Name, w.Level))
			}
			row = strings.Join(list, ", ")
		}
		for _, m := range s.members {
			row += " | " + mean(m, want)
		}
		out += fmt.Sprintf("| %s | **%s** |\n", row, s.e.OfferedTo(id))
		s.do(queue.Leave{Interaction: id})
	}
	return out
}

// mean is a member's mean level in what is asked for.
func mean(m queue.Member, want []queue.Skill) string {
	sum := 0
	for _, w := range want {
		for _, h := range m.Skills {
			if h.Name == w.Name {
				if h.Level < w.Level {
					return "does not reach it"
				}
				sum += h.Level
			}
		}
	}
	if len(want) == 0 {
		return ""
	}
	return fmt.Sprintf("%g", float64(sum)/float64(len(want)))
}

func tiesExample(t *testing.T) string {
	s := tell(t, "fewest", are("carla:2", "ana:2", "bruno:2")...)
	s.facts = func(s *story, c strategy.Candidate) string {
		return fmt.Sprintf("%d today, %d active, %s", c.Answered, c.Active, idle(s, c))
	}
	s.available("carla", "ana")
	s.passes(5 * time.Second)
	s.available("bruno")
	s.serves()
	s.serves()
	first, _ := s.serves()
	s.passes(5 * time.Second)
	s.finishes(first)
	s.passes(5 * time.Second)
	s.serves()
	return s.table()
}

func tiersExample(t *testing.T) string {
	s := tell(t, "leastrecent", queue.Member{Agent: "ana", Tier: 1}, queue.Member{Agent: "bruno"}, queue.Member{Agent: "carla"})
	s.facts = func(s *story, c strategy.Candidate) string { return fmt.Sprintf("tier %d, %s", c.Tier, idle(s, c)) }
	s.available("ana")
	s.passes(time.Hour)
	s.available("bruno", "carla")
	s.serves()
	s.serves()
	s.serves()
	return s.table()
}

// roundsExample is a customer whom no agent answers, with the default ring time and decline
// memory.
func roundsExample(t *testing.T) string {
	s := tell(t, "linear", are("ana", "bruno", "carla")...)
	s.config.DeclineMemory = 0
	s.do(queue.Configure{Campaign: s.config})
	s.available("ana", "bruno")
	out := "| | | asked |\n|---|---|---|\n"
	row := func(what string) {
		out += fmt.Sprintf("| %s | %s | **%s** |\n", s.now.Format("15:04:05"), what, s.e.OfferedTo("i1"))
	}
	s.do(queue.Arrive{Campaign: "sales", ID: "i1"})
	row("a customer writes")
	for i := range 5 {
		missed := s.e.OfferedTo("i1")
		s.passes(30 * time.Second)
		row(missed + " does not answer")
		if i == 0 {
			s.passes(10 * time.Second)
			s.available("carla")
			row("carla is available")
			s.now = s.now.Add(-10 * time.Second)
		}
	}
	return out
}

func asteriskTable(*testing.T) string {
	out := "| strategy | there | here |\n|---|---|---|\n"
	for _, d := range asteriskDifferences {
		out += fmt.Sprintf("| %s | %s | %s |\n", d.strategy, d.there, d.here)
	}
	return out
}
