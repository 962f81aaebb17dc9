package proptest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
)

// world is a center under a random load: what was said to it and what came of it.
type world struct {
	t      *rapid.T
	engine *queue.Engine
	now    time.Time
	opened map[string]bool
	ended  map[string]queue.Outcome
	events []queue.Event
	count  int
	set    map[string]int // how often an agent was configured
	key    int
}

const agents = 20

var start = time.Date(2026, 3, 28, 20, 50, 0, 0, time.UTC) // the evening before Europe's clocks change

var campaigns = []string{"sales", "care", "billing", "pull"}

func newWorld(t *rapid.T, seed uint64) *world {
	e, err := queue.New(queue.Config{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, engine: e, now: start, opened: map[string]bool{}, ended: map[string]queue.Outcome{}, set: map[string]int{}}
	for i := range agents {
		w.must(queue.ConfigureAgent{Agent: agentConfig(t, i)})
	}
	for _, id := range campaigns {
		w.must(queue.Configure{Campaign: campaignConfig(t, id)})
	}
	return w
}

func agentID(i int) string { return fmt.Sprintf("a%02d", i) }

func agentConfig(t *rapid.T, i int) queue.Agent {
	a := queue.Agent{ID: agentID(i), Limit: rapid.IntRange(1, 4).Draw(t, "limit")}
	if rapid.IntRange(0, 3).Draw(t, "leased") == 0 {
		a.Lease = 2 * time.Minute
		a.Lapse = rapid.SampledFrom([]queue.Lapse{queue.LapseKeep, queue.LapseRequeue}).Draw(t, "lapse")
	}
	if rapid.IntRange(0, 4).Draw(t, "channel limit") == 0 {
		a.ChannelLimits = map[string]int{"whatsapp": 2}
	}
	return a
}

var skillNames = []string{"english", "french", "gold"}

func skills(t *rapid.T, most int) []queue.Skill {
	var out []queue.Skill
	for _, name := range skillNames[:rapid.IntRange(0, most).Draw(t, "skills")] {
		out = append(out, queue.Skill{Name: name, Level: rapid.IntRange(1, 3).Draw(t, "level")})
	}
	return out
}

func pick[T any](t *rapid.T, label string, list ...T) T {
	return rapid.SampledFrom(list).Draw(t, label)
}

const s = time.Second

func campaignConfig(t *rapid.T, id string) queue.Campaign {
	c := queue.Campaign{
		ID: id, Channel: pick(t, "channel", "whatsapp", "web"), Numbers: []string{"+1" + id}, Zone: "Europe/Madrid",
		Strategy:    pick(t, "strategy", "leastbusy", "leastrecent", "fewest", "rrmemory", "linear", "random", "wrandom", "bestskill"),
		Eligibility: pick(t, "eligibility", queue.Eligibilities()...),
		AutoAnswer:  pick(t, "auto", false, false, true),
		RingTime:    pick(t, "ring", 0, 5*s, 20*s), TierWait: pick(t, "tierWait", 0, 0, 15*s),
		ServiceLevel: pick(t, "sl", 0, 20*s), MaxInteractions: pick(t, "max", 0, 0, 5),
		MaxTransferTime: pick(t, "transfer", 0, 10*s), MaxTime: pick(t, "maxTime", 0, 60*s),
		BotOnStart: pick(t, "start", "", "", "menu"), BotOnEnd: pick(t, "end", "", "survey"),
		BotAfterWait: pick(t, "wait", "", "sorry"), BotQueueFull: pick(t, "full", "", "sorry"), BotTimeout: 10 * s, BotSilence: 40 * s,
		BotAfterWaitRequeues: pick(t, "requeues", false, true),
		AtClosing:            pick(t, "closing", queue.Drain, queue.Hold, queue.Close),
		IncomingBlacklist:    pick(t, "in", false, true), OutgoingBlacklist: pick(t, "out", false, true),
		Window: pick(t, "window", 0, time.Hour), SendTimeout: 30 * s, SendAttempts: 3,
		WrapUp: pick(t, "wrap", 0, 0, 10*s), AutoPauseMisses: pick(t, "pause", 0, 2), DeclineMemory: pick(t, "memory", 0, 10*s),
		DeclineDelay: pick(t, "dd", 0, 5*s), MissDelay: pick(t, "md", 0, 5*s), FailDelay: pick(t, "fd", 0, 5*s),
		Ageing: pick(t, "ageing", 0, 0, 10*s), Skills: skills(t, 1),
		Sticky: pick(t, "sticky", queue.StickyOff, queue.StickyPrefer, queue.StickyWait), StickyWait: 20 * s,
		Reopen: pick(t, "reopen", 0, 30*s), MaxHops: 3,
		Silence:    queue.Silence{CustomerWarn: pick(t, "cw", 0, 50*s), CustomerEnd: pick(t, "ce", 0, 90*s), AgentNudge: pick(t, "an", 0, 40*s), AgentReturn: pick(t, "ar", 0, 80*s)},
		Texts:      queue.Texts{QueueFull: "full", TimedOut: "sorry", OutOfHours: "closed", SilenceWarning: "there?", SilenceEnded: "bye", Left: "ok"},
		LeaveWords: []string{"cancel"},
	}
	if id == "pull" {
		c.Strategy = pick(t, "pull", "ringall", "ringallmultiple")
	}
	if rapid.Bool().Draw(t, "hours") {
		c.Hours = &schedule.Schedule{Zone: "Europe/Madrid"}
		week := `{"zone":"Europe/Madrid","week":[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"08:00","to":"22:00"}]}`
		if err := json.Unmarshal([]byte(week), c.Hours); err != nil {
			t.Fatal(err)
		}
	}
	if rapid.Bool().Draw(t, "rings") {
		c.Relax = []queue.Relax{{After: 10 * s, Lower: 1}, {After: 20 * s, Tiers: 1}, {After: 30 * s, Drop: true}}
	}
	if rapid.Bool().Draw(t, "overflow") {
		c.Overflow = []queue.Overflow{
			{After: 5 * s, When: queue.QueueLonger, Than: 2, Do: queue.DoMessage, Text: "busy"},
			{After: 25 * s, Every: 10 * s, When: queue.NobodyAvailable, Do: queue.DoCampaign, Target: "care"},
			{After: 50 * s, Do: queue.DoBot, Target: "sorry"},
		}
	}
	if rapid.Bool().Draw(t, "announce") {
		c.Announce = queue.Announce{First: pick(t, "first", 0, 5*s), Every: 15 * s, Text: "{position} of {waiting}", OnlyWhenNearer: true}
	}
	for i := range agents {
		if rapid.IntRange(0, 2).Draw(t, "member") == 0 {
			continue
		}
		c.Members = append(c.Members, queue.Member{
			Agent: agentID(i), Tier: pick(t, "tier", 0, 0, 0, 1, 2), Penalty: pick(t, "penalty", 0, 0, 1, 10),
			Limit: pick(t, "mlimit", 0, 0, 1, 2), Skills: skills(t, 3), NoReceive: pick(t, "nr", false, false, false, false, true),
			NoInitiate: pick(t, "ni", false, false, true),
		})
	}
	return c
}

func (w *world) must(c queue.Command) {
	if _, err := w.step(c); err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
}

// step performs a command and keeps what came out.
func (w *world) step(c queue.Command) ([]queue.Event, error) {
	out, err := w.engine.Step(w.now, c)
	return w.keep(out), err
}

func (w *world) keep(out queue.Output) []queue.Event {
	events := slices.Clone(out.Events)
	w.events = append(w.events, events...)
	for _, ev := range events {
		if ev.Kind == queue.AgentConfigured {
			w.set[ev.Agent]++
		}
		switch ev.Kind {
		case queue.Opened, queue.Started, queue.Reopened, queue.Refused:
			w.opened[ev.Interaction] = true
			delete(w.ended, ev.Interaction)
		}
		switch ev.Kind {
		case queue.Ended, queue.Refused:
			if was, twice := w.ended[ev.Interaction]; twice {
				w.t.Fatalf("interaction %s ended twice: %s and %s", ev.Interaction, was, ev.Outcome)
			}
			w.ended[ev.Interaction] = ev.Outcome
		}
	}
	return events
}
