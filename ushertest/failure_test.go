package ushertest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/strategy"
	"github.com/usher-go/usher/ushertest"
)

// recorder is a test whose failure is written down.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// failure plays a story that fails, and returns what is said then; "" = it did not fail.
func failure(t *testing.T, story func(t testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		story(r)
	}()
	<-done
	return r.said
}

func TestAFailureTellsTheStoryAndTheReason(t *testing.T) {
	said := failure(t, func(t testing.TB) {
		center := ushertest.New(t, sales(t, func(*settings.Card) {}))
		maria := center.Customer("Maria", "+34600111222")
		ana, bruno := center.Agent("ana"), center.Agent("bruno")
		ana.Available()
		bruno.Available()
		maria.Says("hello")
		center.Advance(30 * time.Second)
		ana.WasOffered(maria)
	})
	guide, err := os.ReadFile("../docs/testing.md")
	require.NoError(t, err)
	_, want, _ := strings.Cut(string(guide), "```text\n")
	want, _, _ = strings.Cut(want, "```\n")
	assert.Equal(t, want, said, "the guide shows this failure")
}

func TestAFailureSaysWhySomebodyWasChosen(t *testing.T) {
	said := failure(t, func(t testing.TB) {
		center := ushertest.New(t, sales(t, func(w *settings.Card) { w.Offers.AutoAnswer = true }))
		maria := center.Customer("Maria", "+34600111222")
		center.Agent("ana").Available()
		maria.Says("hello")
		maria.IsWith(center.Agent("bruno"))
	})
	assert.Contains(t, said, "Maria is not with bruno: Maria is with ana\n")
	assert.Contains(t, said, "\nwhy ana at 09:00:00: linear chose ana; 1 eligible; 2 offline\n")
}

// Every check can fail, and says what it saw instead.
func TestEveryCheckCanFail(t *testing.T) {
	for name, c := range map[string]struct {
		story func(c *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent)
		want  string
	}{
		"WasOffered": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			ana.WasOffered(maria)
		}, "ana was not offered Maria: Maria has not written"},
		"WasNotOffered": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			maria.Says("hello")
			ana.WasNotOffered(maria)
		}, "ana was offered Maria"},
		"Heard": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			maria.Says("hello")
			ana.Accepts(maria)
			ana.Says(maria, "Good morning.")
			ana.Says(maria, "Who is it?")
			maria.Heard("Who is it?")
			maria.Heard("Good morning.") // that was before
		}, `Maria did not hear "Good morning."; heard since then: nothing`},
		"HeardNothing": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			maria.Says("hello")
			ana.Accepts(maria)
			ana.Says(maria, "Good morning.")
			maria.HeardNothing()
		}, `Maria heard "Good morning."`},
		"IsWaiting": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			maria.Says("hello")
			ana.Accepts(maria)
			maria.IsWaiting()
		}, "Maria is not waiting: Maria is with ana"},
		"IsWith": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			maria.Says("hello")
			maria.IsWith(ana)
		}, "Maria is not with ana: Maria waits at position 1 of sales, and ana is being asked until 09:00:30"},
		"IsWithBot": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			ana.Pauses("lunch")
			maria.Says("hello")
			maria.IsWithBot("menu")
		}, "Maria is not with bot menu: Maria waits at position 1 of sales, and nobody is being asked"},
		"Ended": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			maria.Says("hello")
			ana.Accepts(maria)
			ana.Finishes(maria, "sold")
			maria.Ended(queue.OutcomeTimedOut)
		}, "the contact of Maria did not end timed_out: the contact ended answered"},
		"Ended while open": {func(c *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			maria.Says("hello")
			ana.Accepts(maria)
			c.Agent("bruno").Available()
			ana.Transfers(maria, c.Agent("bruno"))
			maria.Ended("")
		}, "Maria is with ana, who transfers to bruno"},
		"Is": {func(_ *ushertest.Center, _ *ushertest.Customer, ana *ushertest.Agent) {
			ana.Pauses("lunch")
			ana.Is(queue.Available)
		}, "ana is paused lunch, not available"},
		"IsFree": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			maria.Says("hello")
			ana.IsFree()
		}, "ana is not free: has nobody, is being asked for Maria"},
		"Refuses what is taken": {func(c *ushertest.Center, maria *ushertest.Customer, _ *ushertest.Agent) {
			maria.Says("hello")
			v, _ := maria.Interaction()
			c.Refuses(queue.Accept{Agent: "ana", Interaction: v.ID}, queue.ErrNotOffered)
		}, "queue.Accept{Agent:ana Interaction:id-1} was not refused, want: queue: not offered to this agent"},
		"Refuses for another reason": {func(c *ushertest.Center, _ *ushertest.Customer, _ *ushertest.Agent) {
			c.Refuses(queue.Heartbeat{Agent: "zoe"}, queue.ErrInvalid)
		}, "was refused for another reason: queue: heartbeat: unknown agent"},
		"a step that is refused": {func(c *ushertest.Center, maria *ushertest.Customer, _ *ushertest.Agent) {
			maria.Says("hello")
			c.Agent("bruno").Accepts(maria)
		}, "refused: queue: accept: not offered to this agent"},
		"a message that is refused": {func(c *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			maria.Says("hello")
			ana.Accepts(maria)
			c.Advance(24 * time.Hour)
			ana.Says(maria, "Are you still there?")
		}, "customer service window is closed: send a template"},
		"a step about somebody who is not there": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			ana.Accepts(maria)
		}, "Maria has no open interaction: Maria has not written"},
		"a start that is refused": {func(_ *ushertest.Center, maria *ushertest.Customer, ana *ushertest.Agent) {
			ana.Starts(maria, channel.TextMessage("Hello?"))
		}, "customer service window is closed"},
		"a number of nobody": {func(_ *ushertest.Center, maria *ushertest.Customer, _ *ushertest.Agent) {
			maria.WritingTo("+1999").Says("hello")
		}, `Maria writes to "+1999", which is the number of no campaign`},
		"unknown agent":      {func(c *ushertest.Center, _ *ushertest.Customer, _ *ushertest.Agent) { c.Agent("zoe") }, `no agent "zoe"; there are: ana, bruno, carla`},
		"unknown bot":        {func(c *ushertest.Center, _ *ushertest.Customer, _ *ushertest.Agent) { c.Bot("zoe") }, `the kit has no bot "zoe"`},
		"unknown connector":  {func(c *ushertest.Center, _ *ushertest.Customer, _ *ushertest.Agent) { c.Connector("zoe") }, `the kit has no connector "zoe"`},
		"a bad alias":        {func(c *ushertest.Center, _ *ushertest.Customer, _ *ushertest.Agent) { c.Customer("Zoe", "fax:1") }, "customer Zoe: channel: alias"},
		"nobody's alias":     {func(c *ushertest.Center, _ *ushertest.Customer, _ *ushertest.Agent) { c.Customer("Zoe") }, "customer Zoe: has no alias"},
		"time backwards":     {func(c *ushertest.Center, _ *ushertest.Customer, _ *ushertest.Agent) { c.Advance(-1) }, "time does not go back"},
		"back to an instant": {func(c *ushertest.Center, _ *ushertest.Customer, _ *ushertest.Agent) { c.AdvanceTo(time.Time{}) }, "time does not go back"},
	} {
		t.Run(name, func(t *testing.T) {
			said := failure(t, func(t testing.TB) {
				center := ushertest.New(t, sales(t, func(*settings.Card) {}))
				maria, ana := center.Customer("Maria", "+34600111222"), center.Agent("ana")
				ana.Available()
				c.story(center, maria, ana)
			})
			assert.Contains(t, said, c.want)
		})
	}
}

func TestWhatCannotBeSetUp(t *testing.T) {
	for name, c := range map[string]struct {
		story func(t testing.TB)
		want  string
	}{
		"no such file": {func(t testing.TB) { ushertest.ReadConfig(t, "testdata/none.json") }, "testdata/none.json"},
		"no configuration": {func(t testing.TB) { ushertest.ReadConfig(t, "testdata/faulty.json") },
			"ushertest: testdata/faulty.json: usher: configuration:\ncampaign: unknown field"},
		"faults": {func(t testing.TB) {
			ushertest.New(t, sales(t, func(w *settings.Card) { w.Strategy, w.MaxTime = "fairest", -5 }))
		}, "maxTime: must be ≥ 0, is -5"},
		"options": {func(t testing.TB) {
			ushertest.New(t, usher.Config{}, func(o *usher.Options) {
				o.Strategies = []strategy.Strategy{strategy.Func("linear", nil)}
			})
		}, `strategy "linear": the name is empty, not valid UTF-8 or taken`},
		"clock": {func(t testing.TB) {
			ushertest.New(t, usher.Config{}, func(o *usher.Options) { o.Clock = clock.New() })
		}, "it must be a *clock.Mock"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, failure(t, c.story), c.want)
		})
	}
}

// A bot that blocks is found out, not waited for: in a bubble at no cost.
func TestWhatDoesNotEndIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := failure(t, func(t testing.TB) {
			center := ushertest.New(t, sales(t, func(w *settings.Card) { w.BotOnStart = "menu" }), func(o *usher.Options) {
				o.Bots = map[string]bot.Bot{"menu": bot.Func(func(ctx context.Context, _ bot.Session) (bot.Reply, error) {
					<-ctx.Done()
					return bot.Reply{}, errors.New("at last")
				})}
			})
			center.Customer("Maria", "+34600111222").Says("hello")
		})
		assert.Contains(t, said, "something is still under way after 10s, such as a bot that does not answer")
	})
}

// What is not routed, and what the center warns of, is part of the story.
func TestNoticesAndWarningsAreTold(t *testing.T) {
	center := ushertest.New(t, sales(t, func(w *settings.Card) { w.BotOnStart = "menu" }))
	center.Bot("menu").Fails(errors.New("no database"))
	center.Customer("Maria", "+34600111222").Says("hello")
	assert.NoError(t, center.Connector("main").Deliver(t.Context(), channel.Update{Other: &channel.Notice{Kind: "account_update", Reason: "for people"}}))
	assert.Contains(t, center.Timeline(), `log: level=WARN msg="usher: bot" bot=menu`)
	assert.Contains(t, center.Timeline(), "not routed: usher: not routed: account_update: for people")
}
