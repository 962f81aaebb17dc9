package usher_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/sla"
	"github.com/usher-go/usher/store"
)

var pedro, lucia = channel.Phone("34600333444"), channel.Phone("34600555666")

// botHouse is a house with bots, whose names the first campaign's settings may use.
func botHouse(t *testing.T, bots map[string]bot.Bot, change func(*settings.Card)) *house {
	t.Helper()
	return newHouse(t, func(o *usher.Options, c *usher.Config) {
		o.Bots, o.Journal = bots, store.NewMemory()
		c.Campaigns = append(c.Campaigns, usher.Campaign{ID: "support", WhatsApp: &settings.Card{
			Enable: true, Connector: "main", PhoneNumbers: []string{"+15550002222"},
		}})
		change(c.Campaigns[0].WhatsApp)
	})
}

// said are the texts that a customer was sent.
func (h *house) said(to channel.Alias) (list []string) {
	for _, out := range h.wa.Sent() {
		if out.To == to {
			list = append(list, out.Message.Text)
		}
	}
	return list
}

// events are those of a kind in an interaction's transcript.
func (h *house) events(interaction string, kind queue.Kind) (list []queue.Event) {
	h.t.Helper()
	all, err := h.center.Transcript(h.t.Context(), interaction)
	require.NoError(h.t, err)
	for _, ev := range all {
		if ev.Kind == kind {
			list = append(list, ev)
		}
	}
	return list
}

func (h *house) counts() sla.Counts { return h.center.Board(morning).Campaigns[0].Counts }

// parse makes ready-made bots.
func parse(t *testing.T, text string) map[string]bot.Bot {
	t.Helper()
	bots, err := bot.Parse([]byte(text))
	require.NoError(t, err)
	return bots
}

// A customer is asked what it is about, gets the agent for it, and says how it was.
func TestBotsFromStartToEnd(t *testing.T) {
	h := botHouse(t, parse(t, `{
		"front": {"menu": {"text": "Hello! What is it about?", "options": [
			{"title": "Sales", "set": {"topic": "sales"}, "next": {"action": "agent", "target": "bruno", "priority": 7}},
			{"title": "Support", "next": {"action": "campaign", "target": "support"}}
		]}},
		"rate": {"survey": {"question": "How was it?", "comment": "Why?", "thanks": "Thank you!"}}
	}`), func(w *settings.Card) { w.BotOnStart, w.BotOnEnd = "front", "rate" })
	h.available("ana", "bruno")
	h.say("hi", maria)
	assert.Equal(t, []string{"Hello! What is it about?"}, h.said(maria))
	assert.Equal(t, queue.OwnedByBot, h.only().Owner)
	h.pass(time.Minute)
	h.say("sales please", maria)
	in := h.only()
	assert.Equal(t, "bruno", in.Offered)
	assert.Equal(t, 7, in.Priority)
	assert.Equal(t, map[string]string{"topic": "sales", "choice": "sales"}, in.Vars, "variables last for agents too")
	assert.Equal(t, morning.Add(time.Minute), in.Queued.UTC(), "bot time is no waiting time")

	h.do(queue.Accept{Agent: "bruno", Interaction: in.ID})
	h.do(queue.Finish{Agent: "bruno", Interaction: in.ID})
	assert.Equal(t, queue.OwnedByBot, h.only().Owner)
	h.say("2/5", maria)
	assert.Equal(t, bot.Result{Score: 2, HasScore: true}, bot.ReadResult(h.only().Vars))
	h.say("slow", maria)
	assert.Empty(t, h.center.Interactions(""))
	assert.Equal(t, []string{"Hello! What is it about?", "How was it?", "Why?", "Thank you!"}, h.said(maria))

	vars := map[string]string{}
	for _, ev := range h.events(in.ID, queue.VarsSet) { // what a host reads after the end
		for k, v := range ev.Vars {
			vars[k] = v
		}
	}
	assert.Equal(t, bot.Result{Score: 2, HasScore: true, Comment: "slow", Commented: true}, bot.ReadResult(vars))
	counts := h.counts()
	assert.EqualValues(t, 1, counts.Ends.Answered)
	assert.EqualValues(t, 2, counts.BotSessions)
	assert.Zero(t, counts.BotFailures)
}

// Most customers do not answer a survey. That ends it, and is no failure of the bot.
func TestSilentCustomerIsNoFailureOfTheBot(t *testing.T) {
	h := botHouse(t, parse(t, `{"rate": {"survey": {"question": "How was it?", "comment": "Why?"}}}`),
		func(w *settings.Card) { w.BotOnEnd, w.Bots.Silence = "rate", 60 })
	h.available("ana")
	h.say("hi", maria)
	id := h.only().ID
	h.do(queue.Accept{Agent: "ana", Interaction: id})
	h.do(queue.Finish{Agent: "ana", Interaction: id})
	h.say("4", maria)
	h.pass(time.Minute)
	assert.Empty(t, h.center.Interactions(""))
	ended := h.events(id, queue.BotEnded)
	require.Len(t, ended, 1)
	assert.False(t, ended[0].Failed)
	assert.Equal(t, "customer is silent", ended[0].Reason)
	assert.Zero(t, h.counts().BotFailures)
	score := h.events(id, queue.VarsSet)
	assert.Equal(t, bot.Result{Score: 4, HasScore: true}, bot.ReadResult(score[len(score)-1].Vars), "the score is kept")
}

func TestBotHandsOverToAnotherCampaign(t *testing.T) {
	h := botHouse(t, parse(t, `{"front": {"message": {"texts": ["One moment."], "next": {"action": "campaign", "target": "support"}}}}`),
		func(w *settings.Card) { w.BotOnStart = "front" })
	h.say("hi", maria)
	in := h.only()
	assert.Equal(t, "support", in.Campaign)
	assert.Equal(t, queue.OwnedByQueue, in.Owner)
	assert.Equal(t, []string{"One moment."}, h.said(maria))
}

func TestBotAfterWaitingAndWhenTheQueueIsFull(t *testing.T) {
	h := botHouse(t, parse(t, `{
		"late": {"message": {"texts": ["We shall call you."]}},
		"full": {"message": {"texts": ["Too many are waiting."]}}
	}`), func(w *settings.Card) {
		w.MaxTime, w.MaxInteractions = 60, 1
		w.BotAfterWaitingTime, w.Bots.QueueFull = "late", "full"
	})
	h.say("hi", maria)
	h.say("hi", pedro)
	assert.Equal(t, []string{"Too many are waiting."}, h.said(pedro))
	h.pass(time.Minute)
	assert.Equal(t, []string{"We shall call you."}, h.said(maria))
	assert.Empty(t, h.center.Interactions(""))
	counts := h.counts()
	assert.EqualValues(t, 1, counts.Ends.QueueFull)
	assert.EqualValues(t, 2, counts.Ends.Total())
}

// A menu that was asked before a restart is answered after it.
func TestBotGoesOnAfterARestart(t *testing.T) {
	bots := parse(t, `{"front": {"menu": {"text": "What?", "options": [
		{"title": "Sales", "menu": {"text": "Which?", "options": [{"title": "New", "next": {"action": "queue", "priority": 3}}]}},
		{"title": "Nothing", "next": {"action": "end"}}
	]}}}`)
	var journal store.Journal
	h := newHouse(t, func(o *usher.Options, c *usher.Config) {
		journal = store.NewMemory()
		o.Bots, o.Journal = bots, journal
		c.Campaigns[0].WhatsApp.BotOnStart = "front"
	})
	h.say("hi", maria)
	h.say("1", maria)
	h.open(h.opts) // another process, which fences off the first
	h.say("new", maria)
	in := h.only()
	assert.Equal(t, 3, in.Priority)
	assert.Equal(t, map[string]string{"choice": "sales/new"}, in.Vars)
	assert.Equal(t, []string{"What?", "Which?"}, h.said(maria), "nothing is said twice")
}

// A bot that asks an HTTP service, over real HTTP.
func TestWebhookBotThroughTheCenter(t *testing.T) {
	const secret = "a secret of sixteen"
	var asked atomic.Int32
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.NoError(t, bot.VerifyWebhook(r.Header, body, time.Now(), secret))
		var s bot.Session
		assert.NoError(t, json.Unmarshal(body, &s))
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if s.Input.Text == "break" {
			_, _ = io.WriteString(w, `{"nxt": {}}`)
			return
		}
		_ = json.NewEncoder(w).Encode(bot.Reply{Messages: []channel.Message{channel.TextMessage("You said " + s.Input.Text)}})
	}))
	defer service.Close()
	brain, err := bot.NewWebhook(bot.Webhook{URL: service.URL, Secrets: []string{secret}})
	require.NoError(t, err)
	h := botHouse(t, map[string]bot.Bot{"brain": brain}, func(w *settings.Card) { w.BotOnStart = "brain" })
	h.say("hi", maria)
	assert.EqualValues(t, 2, asked.Load(), "the first attempt failed")
	h.say("more", maria)
	assert.Equal(t, []string{"You said hi", "You said more"}, h.said(maria))
	h.say("break", maria)
	in := h.only()
	assert.Equal(t, queue.OwnedByQueue, in.Owner)
	ended := h.events(in.ID, queue.BotEnded)
	require.Len(t, ended, 1)
	assert.Contains(t, ended[0].Reason, "nxt: unknown field; valid: messages, next, set")
	assert.EqualValues(t, 1, h.counts().BotFailures)
}

// broken are the ways in which a bot can fail.
var broken = map[string]bot.Func{
	"error": func(context.Context, bot.Session) (bot.Reply, error) { return bot.Reply{}, errors.New("out of order") },
	"panic": func(context.Context, bot.Session) (bot.Reply, error) { panic("out of order") },
	"silence": func(ctx context.Context, _ bot.Session) (bot.Reply, error) {
		<-ctx.Done()
		return bot.Reply{}, ctx.Err()
	},
	"unknown agent": func(context.Context, bot.Session) (bot.Reply, error) {
		return bot.Reply{Messages: []channel.Message{channel.TextMessage("x")}, Next: bot.Next{Action: bot.Agent, Target: "nobody"}}, nil
	},
	"unknown campaign": func(context.Context, bot.Session) (bot.Reply, error) {
		return bot.Reply{Messages: []channel.Message{channel.TextMessage("x")}, Next: bot.Next{Action: bot.Campaign, Target: "nowhere"}}, nil
	},
	"unknown action": func(context.Context, bot.Session) (bot.Reply, error) {
		return bot.Reply{Next: bot.Next{Action: "dance"}}, nil
	},
	"empty message": func(context.Context, bot.Session) (bot.Reply, error) {
		return bot.Reply{Messages: []channel.Message{{Kind: channel.Text}}}, nil
	},
}

// deaf is a bot that does not even look at its context, until the test ends.
func deaf(t *testing.T) bot.Func {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	return func(context.Context, bot.Session) (bot.Reply, error) {
		<-release
		return bot.Reply{}, nil
	}
}

// Whatever a bot does wrong, in whatever phase: the default of the phase, one count on the
// board, the reason in the event, and nothing said.
func TestBotFailures(t *testing.T) {
	phases := map[string]func(*testing.T, bot.Bot){
		"start": func(t *testing.T, b bot.Bot) {
			h, id := failing(t, b, func(w *settings.Card) { w.BotOnStart = "bot" })
			assert.Equal(t, queue.OwnedByQueue, h.only().Owner)
			h.failed(id)
		},
		"end": func(t *testing.T, b bot.Bot) {
			h, id := failing(t, b, func(w *settings.Card) { w.BotOnEnd = "bot" })
			h.available("ana")
			h.do(queue.Accept{Agent: "ana", Interaction: id})
			_, err := h.center.Do(t.Context(), queue.Finish{Agent: "ana", Interaction: id})
			require.NoError(t, err)
			h.lapse(0)
			assert.Empty(t, h.center.Interactions(""))
			assert.EqualValues(t, 1, h.counts().Ends.Answered)
			h.failed(id)
		},
		"waiting": func(t *testing.T, b bot.Bot) {
			h, id := failing(t, b, func(w *settings.Card) { w.MaxTime, w.BotAfterWaitingTime = 60, "bot" })
			h.lapse(time.Minute)
			assert.Empty(t, h.center.Interactions(""))
			assert.EqualValues(t, 1, h.counts().Ends.TimedOut)
			h.failed(id)
		},
		"waiting and back": func(t *testing.T, b bot.Bot) {
			h, id := failing(t, b, func(w *settings.Card) {
				w.MaxTime, w.BotAfterWaitingTime, w.Bots.RequeueAfterWaiting = 60, "bot", true
			})
			h.lapse(time.Minute)
			assert.Equal(t, queue.OwnedByQueue, h.only().Owner)
			assert.Equal(t, morning, h.only().Since.UTC(), "its place is kept")
			h.failed(id)
		},
		"overflow": func(t *testing.T, b bot.Bot) {
			h, id := failing(t, b, func(w *settings.Card) {
				w.Overflow = []settings.Step{{After: 60, Do: "bot", Target: "bot"}}
			})
			h.lapse(time.Minute)
			assert.Equal(t, queue.OwnedByQueue, h.only().Owner)
			assert.Equal(t, morning, h.only().Since.UTC(), "its place is kept")
			h.failed(id)
		},
	}
	for name, b := range broken {
		for phase, play := range phases {
			t.Run(name+" in "+phase, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { play(t, b) })
			})
		}
	}
	for phase, play := range phases {
		t.Run("deafness in "+phase, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { play(t, deaf(t)) })
		})
	}
}

// failing is a house with a bot that fails, in which maria has written.
func failing(t *testing.T, b bot.Bot, change func(*settings.Card)) (*house, string) {
	t.Helper()
	h := botHouse(t, map[string]bot.Bot{"bot": b}, func(w *settings.Card) {
		w.Bots.Timeout = 1
		change(w)
	})
	_, err := h.wa.Say(t.Context(), number, "hi", maria)
	require.NoError(t, err)
	h.lapse(0)
	return h, h.only().ID
}

// lapse lets time pass and gives a silent bot the second that it has, on the center's clock.
func (h *house) lapse(d time.Duration) {
	h.t.Helper()
	h.clock.Add(d)
	h.clock.Add(time.Second)
	h.settle()
}

// failed says that one bot failed, is counted once, and said nothing.
func (h *house) failed(id string) {
	h.t.Helper()
	ended := h.events(id, queue.BotEnded)
	require.Len(h.t, ended, 1)
	assert.True(h.t, ended[0].Failed)
	assert.NotEmpty(h.t, ended[0].Reason)
	assert.EqualValues(h.t, 1, h.counts().BotFailures)
	assert.Empty(h.t, h.said(maria))
}

// What went wrong with bots in other systems, by the numbers of the list of scenarios.
func TestBotScenarios(t *testing.T) {
	t.Run("42 a bot that answers after the hand-over is dropped and reported", func(t *testing.T) {
		synctest.Test(t, lateBot)
	})
	t.Run("13 a bot that blocks or panics delays nobody else", func(t *testing.T) {
		synctest.Test(t, blockedBots)
	})
}

func lateBot(t *testing.T) {
	answer := make(chan struct{})
	slow := bot.Func(func(context.Context, bot.Session) (bot.Reply, error) {
		<-answer
		return bot.Reply{
			Messages: []channel.Message{channel.TextMessage("too late")}, Set: map[string]string{"x": "1"}, Next: bot.Next{Action: bot.Finish},
		}, nil
	})
	h := botHouse(t, map[string]bot.Bot{"slow": slow}, func(w *settings.Card) { w.BotOnStart = "slow" })
	h.available("ana")
	_, err := h.wa.Say(t.Context(), number, "hi", maria)
	require.NoError(t, err)
	synctest.Wait()
	id := h.only().ID
	_, err = h.center.Do(t.Context(), queue.Requeue{Interaction: id, By: "chief"})
	require.NoError(t, err)
	close(answer)
	h.settle()
	in := h.only()
	assert.Equal(t, "ana", in.Offered)
	assert.Empty(t, in.Vars)
	assert.Empty(t, h.said(maria))
	assert.Len(t, h.events(id, queue.BotLate), 1)
}

// blockedBots has more bots blocked at once than there are places for.
func blockedBots(t *testing.T) {
	release := make(chan struct{})
	bots := map[string]bot.Bot{
		"stuck": bot.Func(func(_ context.Context, s bot.Session) (bot.Reply, error) {
			if strings.Contains(s.Input.Text, "panic") {
				panic("as asked")
			}
			<-release
			return bot.Reply{}, nil
		}),
	}
	h := newHouse(t, func(o *usher.Options, c *usher.Config) {
		o.Bots, o.Concurrency = bots, 2
		c.Campaigns[0].WhatsApp.BotOnStart, c.Campaigns[0].WhatsApp.Bots.Timeout = "stuck", 5
		c.Campaigns = append(c.Campaigns, usher.Campaign{
			ID: "support", Members: []usher.Member{{Agent: "bruno"}},
			WhatsApp: &settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{"+15550002222"}},
		})
	})
	h.available("bruno")
	for _, who := range []string{"1", "2", "3", "4"} { // more than there are places for
		_, err := h.wa.Say(t.Context(), number, "hi", channel.Phone("3460000000"+who))
		require.NoError(t, err)
	}
	_, err := h.wa.Say(t.Context(), "+15550002222", "hi", lucia)
	require.NoError(t, err)
	synctest.Wait()
	var id string
	for _, in := range h.center.Interactions("support") {
		id = in.ID
		assert.Equal(t, "bruno", in.Offered)
	}
	_, err = h.center.Do(t.Context(), queue.Accept{Agent: "bruno", Interaction: id})
	require.NoError(t, err)
	require.NoError(t, h.center.Send(t.Context(), usher.Reply{Interaction: id, Agent: "bruno", Message: channel.TextMessage("hello Lucia")}))
	synctest.Wait()
	assert.Equal(t, []string{"hello Lucia"}, h.said(lucia), "with every bot blocked")

	h.clock.Add(5 * time.Second) // their time is up, on the center's clock alone
	synctest.Wait()
	for _, in := range h.center.Interactions("sales") {
		assert.Equal(t, queue.OwnedByQueue, in.Owner)
	}
	assert.EqualValues(t, 4, h.counts().BotFailures)
	_, err = h.wa.Say(t.Context(), number, "panic", pedro)
	require.NoError(t, err)
	close(release)
	h.settle()
	assert.Len(t, h.center.Interactions("sales"), 5)
	assert.EqualValues(t, 5, h.counts().BotFailures)
}

// A turn that a process did not live to see answered is asked for again, under the same
// key: a deployment in the middle of it is no failure of the bot.
func TestTurnIsAskedForAgainAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := make(chan string, 9)
		var late atomic.Bool
		slow := bot.Func(func(ctx context.Context, s bot.Session) (bot.Reply, error) {
			keys <- s.Key
			if !late.Swap(true) {
				<-ctx.Done()
				return bot.Reply{}, ctx.Err()
			}
			return bot.Reply{Messages: []channel.Message{channel.TextMessage("here I am")}}, nil
		})
		h := newHouse(t, func(o *usher.Options, c *usher.Config) {
			o.Bots, o.Journal, o.DrainTimeout = map[string]bot.Bot{"slow": slow}, store.NewMemory(), time.Second
			c.Campaigns[0].WhatsApp.BotOnStart = "slow"
		})
		stop := h.open(h.opts)
		_, err := h.wa.Say(t.Context(), number, "hi", maria)
		require.NoError(t, err)
		synctest.Wait()
		stop()
		h.open(h.opts)
		h.settle()
		assert.Equal(t, []string{"here I am"}, h.said(maria))
		assert.Equal(t, queue.OwnedByBot, h.only().Owner)
		assert.Equal(t, <-keys, <-keys)
		assert.Zero(t, h.counts().BotFailures)
	})
}
