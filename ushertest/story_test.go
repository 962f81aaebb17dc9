package ushertest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/strategy"
	"github.com/usher-go/usher/ushertest"
)

// sales is testdata/sales.json with something changed.
func sales(t testing.TB, change func(*settings.Card)) usher.Config {
	config := ushertest.ReadConfig(t, "testdata/sales.json")
	change(config.Campaigns[0].WhatsApp)
	return config
}

func TestBotsFollowTheirScript(t *testing.T) {
	center := ushertest.New(t, sales(t, func(w *settings.Card) {
		w.BotOnStart, w.BotOnEnd = "menu", "survey"
	}))
	maria, ana := center.Customer("Maria", "+34600111222"), center.Agent("ana")
	center.Bot("menu").
		Says("Sales or support?").
		HandsOver(bot.Next{Action: bot.Queue}, "One moment.")

	ana.Available()
	maria.Says("hello")
	maria.Heard("Sales or support?")
	maria.IsWithBot("menu")
	maria.Says("sales")
	maria.Heard("One moment.")
	ana.Accepts(maria)
	ana.Finishes(maria, "sold")
	maria.Ended(queue.OutcomeAnswered) // no story is about the survey: it steps aside
	maria.HeardNothing()
	ana.IsFree()

	var heard []string
	for _, s := range center.Bot("menu").Sessions() {
		heard = append(heard, s.Input.Text)
	}
	assert.Equal(t, []string{"hello", "sales"}, heard)
}

func TestABotThatFails(t *testing.T) {
	center := ushertest.New(t, sales(t, func(w *settings.Card) { w.BotOnStart = "menu" }))
	maria := center.Customer("Maria", "+34600111222")
	center.Bot("menu").Fails(errors.New("no database"))
	maria.Says("hello")
	maria.IsWaiting()
	assert.Contains(t, center.Timeline(), "bot menu is done has failed (bot menu: no database)")
	assert.EqualValues(t, 1, center.Board(center.Now()).Campaigns[0].Counts.BotFailures)
}

func TestTransfers(t *testing.T) {
	config := sales(t, func(w *settings.Card) { w.MaxTransferTime = 45 })
	config.Campaigns = append(config.Campaigns, usher.Campaign{ID: "support", Members: []usher.Member{{Agent: "carla"}}})
	center := ushertest.New(t, config)
	maria := center.Customer("Maria", "+34600111222")
	ana, bruno, carla := center.Agent("ana"), center.Agent("bruno"), center.Agent("carla")

	ana.Available()
	maria.Says("hello")
	ana.Accepts(maria)
	bruno.Available()
	ana.Transfers(maria, bruno)
	bruno.WasOffered(maria)
	bruno.Declines(maria, "not mine")
	maria.IsWith(ana)
	ana.Transfers(maria, bruno)
	center.Advance(45 * time.Second) // nobody answers: she is back
	maria.IsWith(ana)
	bruno.IsFree()

	carla.Available()
	ana.TransfersTo(maria, "support")
	carla.WasOffered(maria)
	ana.WasNotOffered(maria)
}

func TestPullingAndTheLoser(t *testing.T) {
	center := ushertest.New(t, sales(t, func(w *settings.Card) { w.Strategy = strategy.RingAll }))
	maria := center.Customer("Maria", "+34600111222")
	ana, bruno := center.Agent("ana"), center.Agent("bruno")
	ana.Available()
	bruno.Available()
	maria.Says("hello")
	ana.WasOffered(maria)
	bruno.WasOffered(maria)
	v, _ := maria.Interaction()
	ana.Takes(maria)
	center.Refuses(queue.Take{Agent: "bruno", Interaction: v.ID}, queue.ErrAlreadyTaken)
	bruno.WasNotOffered(maria)
}

func TestHoursBlacklistsAndGivingUp(t *testing.T) {
	list := blacklist.NewList()
	require.NoError(t, list.Add(blacklist.Entry{Alias: "+34600666666", Reason: "threats"}))
	center := ushertest.New(t, sales(t, func(w *settings.Card) {
		w.IncomingBlacklist = true
		w.OutOfHours.Message = "We open at nine."
		w.OutOfHours.Hours = &schedule.Schedule{Week: []schedule.Rule{
			{Days: []string{"mon", "tue"}, Range: schedule.Range{From: "09:00", To: "17:00"}},
		}}
	}), func(o *usher.Options) { o.Blacklist = list })
	maria, troll := center.Customer("Maria", "+34600111222"), center.Customer("Troll", "+34600666666")

	troll.Says("me again")
	troll.Ended(queue.OutcomeBlacklisted)
	troll.HeardNothing()
	maria.Says("hello")
	maria.IsWaiting()
	maria.Leaves()
	maria.Ended(queue.OutcomeAbandoned)
	center.AdvanceTo(time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC))
	maria.Says("hello?")
	maria.Ended(queue.OutcomeOutOfHours)
	maria.Heard("We open at nine.")
	maria.Says("hello??")
	maria.HeardNothing() // once per closed period
}

// A customer first known by a user id alone, then by a phone too, is one customer: at once,
// or when one of the two conversations that they have by then ends.
func TestIdentitiesMerge(t *testing.T) {
	center := ushertest.New(t, sales(t, func(*settings.Card) {}))
	ana := center.Agent("ana")
	ana.Available()
	hidden := center.Customer("Maria", "user:US.1")
	known := center.Customer("Maria", "user:US.1", "+34600111222")
	phone := center.Customer("Maria", "+34600111222")
	phone.Says("hello")
	hidden.Says("it is me")
	known.Says("both")
	require.Len(t, center.Interactions(""), 2, "no conversation ends by a merge")
	ana.Accepts(phone)
	ana.Finishes(phone, "solved")
	left := center.Interactions("")
	require.Len(t, left, 1)
	for _, x := range []*ushertest.Customer{phone, hidden, known} {
		x.Says("still me")
		v, _ := x.Interaction()
		assert.Equal(t, left[0].ID, v.ID)
	}
	assert.Len(t, center.Interactions(""), 1)
}

func TestSendsThatFailAndConversationsFromOurSide(t *testing.T) {
	config := sales(t, func(w *settings.Card) {
		w.PhoneNumbers = append(w.PhoneNumbers, "+15550002222")
	})
	center := ushertest.New(t, config)
	maria, ana := center.Customer("Maria", "+34600111222").WritingTo("+15550002222"), center.Agent("ana")
	ana.Available()
	center.Connector("main").FailNext(channeltest.Failure{Class: channel.Permanent, Code: 131026})
	ana.Starts(maria, channel.Message{Kind: channel.Template, Template: &channel.TemplateRef{Name: "hello", Language: "en"}})
	maria.IsWith(ana)
	assert.Contains(t, center.Timeline(), "a message is failed (channel: send: permanent (code 131026)")
	maria.HeardNothing()
	ana.Finishes(maria, "unreachable")
	maria.Ended(queue.OutcomeAnswered)
	maria.WritingTo("+15550001111").Says("hello")
	ana.WasOffered(maria.WritingTo("+15550001111"))
	ana.WasNotOffered(maria)
}

func TestADuplicateIsNothing(t *testing.T) {
	center := ushertest.New(t, sales(t, func(*settings.Card) {}))
	maria, ana := center.Customer("Maria", "+34600111222"), center.Agent("ana")
	m := channel.TextMessage("hello")
	m.ID = "wamid.1"
	maria.Sends(m)
	ana.Available()
	ana.Accepts(maria)
	ana.Finishes(maria, "")
	maria.Sends(m)
	maria.Ended(queue.OutcomeAnswered)
}

func TestAgentsWhoMissAndPause(t *testing.T) {
	center := ushertest.New(t, sales(t, func(w *settings.Card) { w.Offers.AutoPauseMisses = 2 }))
	maria, ana := center.Customer("Maria", "+34600111222"), center.Agent("ana")
	ana.Available()
	maria.Says("hello")
	center.Advance(2 * time.Minute)
	ana.Is(queue.Paused)
	ana.Available()
	ana.WasOffered(maria)
	ana.Pauses("lunch")
	ana.WasNotOffered(maria)
	ana.GoesOffline()
	ana.Is(queue.Offline)
	center.Command(queue.End{Interaction: center.Interactions("")[0].ID, By: "chief"})
	maria.Ended(queue.OutcomeAbandoned)
}

// Advance stops at every deadline: what follows from one happens at its instant, though
// time passes in one go.
func TestAdvanceStopsAtDeadlines(t *testing.T) {
	var turns []time.Time
	center := ushertest.New(t, sales(t, func(w *settings.Card) {
		w.MaxTime, w.BotAfterWaitingTime = 60, "patience"
	}), func(o *usher.Options) {
		o.Bots = map[string]bot.Bot{"patience": bot.Func(func(_ context.Context, s bot.Session) (bot.Reply, error) {
			turns = append(turns, s.Now)
			return bot.Reply{Next: bot.Next{Action: bot.Queue}}, nil
		})}
	})
	center.Customer("Maria", "+34600111222").Says("hello")
	begin := center.Now()
	center.Advance(210 * time.Second)
	assert.Equal(t, []time.Time{begin.Add(time.Minute), begin.Add(2 * time.Minute), begin.Add(3 * time.Minute)}, turns)
	assert.Equal(t, begin.Add(210*time.Second), center.Now())
}

// crowd is a story with much at the same instant.
func crowd(t testing.TB) string {
	center := ushertest.New(t, sales(t, func(w *settings.Card) {
		w.Strategy, w.MaxTime, w.BotAfterWaitingTime, w.BotOnStart = strategy.Random, 50, "late", "menu"
	}))
	ana := center.Agent("ana")
	ana.Available()
	center.Agent("bruno").Available()
	for _, digit := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		center.Customer("customer "+digit, "+3460000000"+digit).Says("hello")
	}
	center.Bot("late").Says("Sorry.").HandsOver(bot.Next{Action: bot.Queue}, "One more moment.").Fails(errors.New("tired"))
	center.Advance(10 * time.Minute)
	return center.Timeline()
}

func TestTheSameStoryEveryTime(t *testing.T) {
	want := crowd(t)
	for range 10 {
		require.Equal(t, want, crowd(t))
	}
}

func TestInABubble(t *testing.T) {
	var inside string
	synctest.Test(t, func(t *testing.T) {
		inside = crowd(t)
	})
	assert.Equal(t, crowd(t), inside)
}
