package usher_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/store"
)

// The tests of this file carry the numbers of a list of mistakes that users of other
// systems have met. Those that the engine decides by itself are in package queue.

// line is a house whose connector is the real one, with a stand-in for Meta behind HTTP.
type line struct {
	*house
	meta  *cloudapitest.Server
	graph *httptest.Server
	calls atomic.Int64 // requests that reached the Graph API
}

// newLine wraps the stand-in's handler with around, when it is not nil.
func newLine(t *testing.T, around func(*line, http.Handler) http.Handler, change func(*usher.Options, *usher.Config)) *line {
	t.Helper()
	l := &line{}
	var account cloudapi.Config
	l.house = newHouse(t, func(o *usher.Options, cfg *usher.Config) {
		l.meta = cloudapitest.NewServer(cloudapitest.Config{
			Numbers: map[string]string{"106540352242922": number}, Now: o.Clock.Now, Window: true,
		})
		var api http.Handler = l.meta
		if around != nil {
			api = around(l, api)
		}
		l.graph = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			l.calls.Add(1)
			api.ServeHTTP(w, r)
		}))
		account = l.meta.ConnectorConfig("main", l.graph.URL)
		account.Timeout = 100 * time.Millisecond
		connector, err := cloudapi.New(account)
		require.NoError(t, err)
		o.Connectors = []channel.Connector{connector}
		if change != nil {
			change(o, cfg)
		}
	})
	t.Cleanup(l.graph.Close)
	connector := l.opts.Connectors[0].(*cloudapi.Connector)
	hook := httptest.NewServer(connector.Webhook(l.center))
	t.Cleanup(hook.Close)
	l.meta.SetWebhook(hook.URL)
	return l
}

// write posts an event of a phone and lets everything happen that follows.
func (l *line) write(events ...cloudapitest.Event) {
	l.t.Helper()
	require.NoError(l.t, l.meta.Post(l.t.Context(), events...))
	l.settle()
}

// talk opens an interaction with a customer and gives it to ana.
func (l *line) talk(p *cloudapitest.Phone) string {
	l.t.Helper()
	l.available("ana")
	l.write(p.Text(number, "hello"))
	in := l.only()
	l.do(queue.Accept{Agent: "ana", Interaction: in.ID})
	return in.ID
}

func (l *line) reply(interaction, text string) {
	l.t.Helper()
	require.NoError(l.t, l.center.Send(l.t.Context(), usher.Reply{Interaction: interaction, Agent: "ana", Message: channel.TextMessage(text)}))
	l.settle()
}

// states returns the states that the messages of an interaction went through.
func (l *line) states(interaction string) (out []queue.MessageState) {
	l.t.Helper()
	events, err := l.center.Transcript(l.t.Context(), interaction)
	require.NoError(l.t, err)
	for _, ev := range events {
		if ev.Kind == queue.MessageQueued || ev.Kind == queue.MessageMoved {
			out = append(out, ev.Delivery)
		}
	}
	return out
}

func kinds(events []queue.Event) (out []queue.Kind) {
	for _, ev := range events {
		out = append(out, ev.Kind)
	}
	return out
}

var sheena = cloudapitest.Person{Name: "Sheena", Number: "16505551234", UserID: "US.13491208655302741918"}

// 6. The same message twice, two first messages in parallel, an album of ten pictures: one
// interaction.
func TestScenario06OneInteraction(t *testing.T) {
	l := newLine(t, nil, nil)
	phone := l.meta.Phone(sheena)
	hello := phone.Text(number, "hello")
	album := []cloudapitest.Event{hello, hello}
	for range 10 {
		album = append(album, phone.Media(number, "image", "2754859441498128", "image/jpeg", ""))
	}
	var all sync.WaitGroup
	for _, e := range append(album, album...) {
		all.Go(func() { assert.NoError(t, l.meta.Post(t.Context(), e)) })
	}
	all.Wait()
	l.settle()
	in := l.only()
	events, err := l.center.Transcript(t.Context(), in.ID)
	require.NoError(t, err)
	said := map[string]int{}
	for _, ev := range events {
		if ev.Kind == queue.Opened || ev.Kind == queue.Received {
			said[ev.Message.ID]++
		}
	}
	assert.Len(t, said, 11)
	for id, n := range said {
		assert.Equal(t, 1, n, id)
	}
}

// 13. A hook panics or blocks: its own interaction falls to its default, no other is
// delayed.
func TestScenario13Hooks(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	trouble := func(name string) error { // what the hooks do for some customers
		switch name {
		case "panic":
			panic("boom")
		case "block":
			<-stuck
		}
		return nil
	}
	t.Run("bot", func(t *testing.T) {
		h := newHouse(t, func(o *usher.Options, cfg *usher.Config) {
			o.Bots = map[string]bot.Bot{"menu": bot.Func(func(_ context.Context, s bot.Session) (bot.Reply, error) {
				return bot.Reply{Next: bot.Next{Action: bot.Queue}}, trouble(s.Input.Text)
			})}
			cfg.Campaigns[0].WhatsApp.BotOnStart = "menu"
			cfg.Campaigns[0].WhatsApp.Bots.Timeout = 1
		})
		for i, text := range []string{"block", "panic", "fine"} {
			_, err := h.wa.Say(t.Context(), number, text, channel.Phone(fmt.Sprint(34600000000+i)))
			require.NoError(t, err)
		}
		require.Eventually(t, func() bool { return h.center.Board(morning).Campaigns[0].Waiting == 2 }, 5*time.Second, time.Millisecond,
			"who panics falls to the queue, the other is not delayed")
		h.pass(2 * time.Second)
		assert.Equal(t, 3, h.center.Board(morning).Campaigns[0].Waiting, "who blocks falls to the queue at the timeout")
		assert.EqualValues(t, 2, h.center.Board(morning).Campaigns[0].Counts.BotFailures)
	})
	t.Run("desk", func(t *testing.T) {
		shown := make(chan string, 10)
		h := newHouse(t, func(o *usher.Options, _ *usher.Config) {
			o.SendTimeout = 50 * time.Millisecond
			o.Desk = usher.DeskFunc(func(_ context.Context, f queue.Effect) error {
				if f.Kind != queue.EffectOffer {
					return nil
				}
				shown <- f.Agent
				return trouble(map[string]string{"ana": "panic", "bruno": "block"}[f.Agent])
			})
		})
		h.available("ana", "bruno")
		h.say("hello", maria)
		h.settle()
		in := h.only()
		assert.Empty(t, in.Offered, "neither could be shown it, both were asked")
		assert.Equal(t, queue.OwnedByQueue, in.Owner)
		assert.ElementsMatch(t, []string{"ana", "bruno"}, []string{<-shown, <-shown})
	})
	t.Run("connector", func(t *testing.T) {
		h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.SendTimeout = 50 * time.Millisecond })
		h.wa.OnSend(func(ctx context.Context, out channel.Outbound) error {
			if out.Message.Text == "block" {
				<-ctx.Done()
				return ctx.Err()
			}
			return trouble(out.Message.Text)
		})
		h.available("ana", "bruno")
		var talks []string
		for i := range 3 {
			h.say("hello", channel.Phone(fmt.Sprint(34600000000+i)))
			in := h.center.Interactions("")[i]
			h.do(queue.Accept{Agent: in.Offered, Interaction: in.ID})
			talks = append(talks, in.ID)
		}
		for i, text := range []string{"block", "panic", "fine"} {
			require.NoError(t, h.center.Send(t.Context(), usher.Reply{Interaction: talks[i], Message: channel.TextMessage(text)}))
		}
		h.settle()
		require.Len(t, h.wa.Sent(), 1)
		assert.Equal(t, "fine", h.wa.Sent()[0].Message.Text)
	})
	t.Run("blacklist", func(t *testing.T) {
		h := newHouse(t, func(o *usher.Options, cfg *usher.Config) {
			o.BlacklistTimeout = 50 * time.Millisecond
			o.Blacklist = blacklist.CheckerFunc(func(_ context.Context, q blacklist.Query) (blacklist.Verdict, error) {
				return blacklist.Verdict{}, trouble(map[string]string{"phone:34600000001": "panic", "phone:34600000002": "block"}[q.Aliases[0]])
			})
			cfg.Campaigns[0].WhatsApp.IncomingBlacklist = true
		})
		for i := range 3 {
			h.say("hello", channel.Phone(fmt.Sprint(34600000000+i)))
		}
		assert.Len(t, h.center.Interactions(""), 3, "a list that cannot be asked lets through, unless it fails closed")
	})
	t.Run("notice", func(t *testing.T) {
		h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Notice = func(channel.Update, error) { panic("boom") } })
		hello := channel.TextMessage("hello")
		hello.ID = "m1"
		require.NoError(t, h.wa.Deliver(t.Context(),
			channel.Update{Other: &channel.Notice{Kind: "calls", Reason: "not routed"}},
			channel.Update{Number: number, Message: &channel.Inbound{From: channel.Customer{Aliases: []channel.Alias{maria}}, Message: hello}},
		))
		h.only()
	})
}

// 14. Shutdown while work is going on: no deadlock, nothing half done. What was
// acknowledged is there when the center opens again, and no message goes out twice.
func TestScenario14Shutdown(t *testing.T) {
	journal := store.NewMemory()
	h := newHouse(t, func(o *usher.Options, cfg *usher.Config) {
		o.Journal = journal
		o.DrainTimeout = 20 * time.Millisecond
		o.Bots = map[string]bot.Bot{"hello": bot.Func(func(context.Context, bot.Session) (bot.Reply, error) {
			return bot.Reply{Messages: []channel.Message{channel.TextMessage("welcome")}, Next: bot.Next{Action: bot.Queue}}, nil
		})}
		cfg.Campaigns[0].WhatsApp.BotOnStart = "hello"
	})
	h.wa.OnSend(func(ctx context.Context, out channel.Outbound) error {
		if out.Key[len(out.Key)-1]%3 == 0 { // some are under way when the end comes
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	stop := h.open(h.opts)
	var taken atomic.Int64
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			if _, err := h.wa.Say(t.Context(), number, "hello", channel.Phone(fmt.Sprint(34600000000+i))); err == nil {
				taken.Add(1)
			}
		})
		if i == 40 {
			all.Go(stop)
		}
	}
	all.Wait()
	before := map[string]bool{}
	for _, out := range h.wa.Sent() {
		assert.False(t, before[out.Key], "sent twice: %s", out.Key)
		before[out.Key] = true
	}
	h.wa.OnSend(nil)

	h.opts.Connectors[0] = h.wa
	h.open(h.opts)
	h.settle()
	for range 20 { // what nobody can know of is given up by deadlines, never sent again
		h.pass(time.Minute)
	}
	assert.Len(t, h.center.Interactions(""), int(taken.Load()), "all that was acknowledged, and nothing else")
	sent := map[string]int{}
	for _, out := range h.wa.Sent() {
		sent[out.Key]++
		assert.Equal(t, 1, sent[out.Key], "sent twice: %s", out.Key)
	}
	for _, in := range h.center.Interactions("") {
		assert.Equal(t, queue.OwnedByQueue, in.Owner)
	}
}

// 31. The out-of-hours text: once per customer and closed period, never in an open
// conversation, never after an agent's own message.
func TestScenario31OutOfHoursText(t *testing.T) {
	const text = "We open at nine."
	l := newLine(t, nil, func(_ *usher.Options, cfg *usher.Config) {
		cfg.Campaigns[0].WhatsApp.OutOfHours.Hours = &schedule.Schedule{Week: []schedule.Rule{
			{Days: []string{"mon", "tue"}, Range: schedule.Range{From: "09:00", To: "18:00"}},
		}}
		cfg.Campaigns[0].WhatsApp.OutOfHours.Message = text
	})
	engaged, started, late := l.meta.Phone(sheena), l.meta.Phone(cloudapitest.Person{Number: "34600111222"}), l.meta.Phone(cloudapitest.Person{Number: "34600333444"})
	talk := l.talk(engaged)
	l.pass(9*time.Hour + time.Minute) // 18:01
	l.write(engaged.Text(number, "are you still there?"))
	assert.Empty(t, engaged.Inbox(), "it is an open conversation")
	l.reply(talk, "I am")

	template := channel.Message{Kind: channel.Template, Template: &channel.TemplateRef{Name: "hello", Language: "en"}}
	_, err := l.center.Start(t.Context(), usher.Outgoing{Campaign: "sales", Agent: "ana", To: channel.Phone("34600333444"), Message: &template})
	require.NoError(t, err)
	l.settle()
	l.write(late.Text(number, "yes?"))
	assert.Len(t, late.Inbox(), 1, "an agent wrote first: only that")

	l.write(started.Text(number, "hello"))
	l.write(started.Text(number, "hello?"))
	l.pass(time.Hour)
	l.write(started.Text(number, "HELLO?"))
	texts := func() (n int) {
		for _, sent := range started.Inbox() {
			if sent.Text == text {
				n++
			}
		}
		return n
	}
	assert.Equal(t, 1, texts(), "once in this closed period")
	l.pass(24 * time.Hour) // Tuesday evening: another closed period
	l.write(started.Text(number, "hello again"))
	assert.Equal(t, 2, texts())
	assert.EqualValues(t, 2, l.center.Board(morning).Campaigns[0].Counts.Ends.OutOfHours)
}

// unreadable is a journal that cannot be read for a while.
type unreadable struct {
	store.Journal
	err error
}

func (b *unreadable) LoadSnapshot(ctx context.Context) (store.Snapshot, error) {
	if b.err != nil {
		return store.Snapshot{}, b.err
	}
	return b.Journal.LoadSnapshot(ctx)
}

func (b *unreadable) Load(ctx context.Context, from uint64) iter.Seq2[store.Record, error] {
	if b.err != nil {
		return func(yield func(store.Record, error) bool) { yield(store.Record{}, b.err) }
	}
	return b.Journal.Load(ctx, from)
}

// 35. The list of campaigns cannot be read: that is an error, not "no campaigns". Nothing
// is taken, so Meta repeats; when it can be read again, all is well.
func TestScenario35CampaignsCannotBeRead(t *testing.T) {
	journal := &unreadable{Journal: store.NewMemory()}
	h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Journal = journal })
	down := errors.New("the disk is gone")
	journal.err = down
	told := 0
	h.opts.Notice = func(channel.Update, error) { told++ }
	again, err := usher.New(h.opts)
	require.NoError(t, err)
	h.wa.Connect(again)
	_, err = h.wa.Say(t.Context(), number, "hello", maria)
	require.ErrorIs(t, err, down)
	assert.Zero(t, told, "it is not said to be for nobody")
	_, err = again.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
	require.ErrorIs(t, err, down)
	require.ErrorIs(t, again.Configure(t.Context(), usher.Config{}), down)
	require.ErrorIs(t, again.Run(t.Context()), down)

	journal.err = nil
	_, err = h.wa.Say(t.Context(), number, "hello", maria)
	require.NoError(t, err)
	assert.Len(t, again.Interactions("sales"), 1)
}

// 37. The business-scoped user id arrives without a phone; later the phone arrives: one
// customer, one open interaction, and replies go to what wrote last.
func TestScenario37UserIDThenPhone(t *testing.T) {
	l := newLine(t, nil, nil)
	hidden := sheena
	hidden.HideNumber, hidden.Username = true, "@sheena"
	before, after := l.meta.Phone(hidden), l.meta.Phone(sheena)
	talk := l.talk(before)
	l.reply(talk, "hello")
	require.Len(t, before.Inbox(), 1)
	assert.Equal(t, channel.User(sheena.UserID), before.Inbox()[0].To)

	l.write(after.Text(number, "here is my number"))
	assert.Equal(t, talk, l.only().ID)
	l.reply(talk, "thanks")
	assert.Equal(t, channel.Phone(sheena.Number), l.meta.Sent()[1].To)
	// A phone alone is the same person from now on, and so is another name of the same id.
	alone := l.meta.Phone(cloudapitest.Person{Name: "Sheena", Number: sheena.Number})
	l.write(alone.Text(number, "just the phone"))
	assert.Equal(t, talk, l.only().ID)

	t.Run("two interactions that turn out to be one", func(t *testing.T) {
		l := newLine(t, nil, nil)
		l.available("ana")
		l.write(l.meta.Phone(hidden).Text(number, "as user"))
		l.write(l.meta.Phone(cloudapitest.Person{Number: sheena.Number}).Text(number, "as phone"))
		require.Len(t, l.center.Interactions(""), 2)
		l.write(l.meta.Phone(sheena).Text(number, "as both"))
		open := l.center.Interactions("")
		require.Len(t, open, 2, "no conversation ends by a merge")
		_, err := l.center.Do(t.Context(), queue.End{Interaction: open[0].ID})
		require.NoError(t, err)
		l.write(l.meta.Phone(hidden).Text(number, "as user again"))
		l.write(l.meta.Phone(cloudapitest.Person{Number: sheena.Number}).Text(number, "as phone again"))
		assert.Equal(t, open[1].ID, l.only().ID, "one customer, one open interaction")
	})
}

// 38. Brazil's ninth digit, Mexico's 1, Argentina's 9: the blacklist matches either form,
// the reply goes to exactly the id that wrote, and landlines are left alone.
func TestScenario38NumberForms(t *testing.T) {
	for name, c := range map[string]struct {
		listed, writes string
		blocked        bool
	}{
		"Brazil, listed with the ninth digit":     {"5511987654321", "551187654321", true},
		"Brazil, listed without":                  {"551187654321", "5511987654321", true},
		"Brazil, a landline is another":           {"5511934567890", "551134567890", false},
		"Mexico, listed with the 1":               {"5215512345678", "525512345678", true},
		"Mexico, listed without":                  {"525512345678", "5215512345678", true},
		"Argentina, listed without the 9":         {"541123456789", "5491123456789", true},
		"Argentina, without it may be a landline": {"5491123456789", "541123456789", false},
		"another country, another number":         {"34987654321", "3487654321", false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, nil, func(_ *usher.Options, cfg *usher.Config) { cfg.Campaigns[0].WhatsApp.IncomingBlacklist = true })
			require.NoError(t, l.center.Blacklist().Add(blacklist.Entry{Alias: "phone:" + c.listed, Reason: "abuse"}))
			phone := l.meta.Phone(cloudapitest.Person{Number: c.writes})
			l.write(phone.Text(number, "hello"))
			if c.blocked {
				assert.Empty(t, l.center.Interactions(""))
				assert.EqualValues(t, 1, l.center.Blocked().Totals().Recorded)
				return
			}
			l.only()
		})
	}
	t.Run("the reply goes to what wrote", func(t *testing.T) {
		for _, writes := range []string{"551187654321", "5511987654321", "5215512345678", "525512345678", "541123456789"} {
			l := newLine(t, nil, nil)
			phone := l.meta.Phone(cloudapitest.Person{Number: writes})
			l.reply(l.talk(phone), "hello")
			require.Len(t, phone.Inbox(), 1)
			var body struct {
				To string `json:"to"`
			}
			require.NoError(t, json.Unmarshal(phone.Inbox()[0].Body, &body))
			assert.Equal(t, "+"+writes, body.To)
		}
	})
}

// 39. Free text after the 24-hour window: refused before any call, with what to do instead.
func TestScenario39ClosedWindow(t *testing.T) {
	l := newLine(t, nil, nil)
	phone := l.meta.Phone(sheena)
	talk := l.talk(phone)
	l.pass(24 * time.Hour)
	calls := l.calls.Load()
	err := l.center.Send(t.Context(), usher.Reply{Interaction: talk, Agent: "ana", Message: channel.TextMessage("still here?")})
	require.ErrorIs(t, err, queue.ErrWindowClosed)
	assert.ErrorContains(t, err, "send a template")
	l.settle()
	assert.Equal(t, calls, l.calls.Load(), "nothing was called")

	template := channel.Message{Kind: channel.Template, Template: &channel.TemplateRef{Name: "hello", Language: "en"}}
	require.NoError(t, l.center.Send(t.Context(), usher.Reply{Interaction: talk, Agent: "ana", Message: template}))
	l.settle()
	require.Len(t, phone.Inbox(), 1)
	l.write(phone.Text(number, "yes"))
	l.reply(talk, "good")
	assert.Len(t, phone.Inbox(), 2, "the window is open again")
}

// 40. A send times out with no answer: it is neither lost nor sent twice. Its state is
// unknown until a status settles it or the deadline decides.
func TestScenario40NoAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		failure cloudapitest.Failure
		report  bool
		want    queue.MessageState
		arrived int
	}{
		"taken, silence, then a status":       {cloudapitest.Silence(true), true, queue.MessageDelivered, 1},
		"taken, cut off, then a status":       {cloudapitest.Cut(true), true, queue.MessageDelivered, 1},
		"taken, a gateway, no status":         {cloudapitest.Gateway(), false, queue.MessageFailed, 1},
		"not taken, silence":                  {cloudapitest.Silence(false), false, queue.MessageFailed, 0},
		"taken, an answer nobody understands": {cloudapitest.Garble(), true, queue.MessageDelivered, 1},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, nil, nil)
			phone := l.meta.Phone(sheena)
			talk := l.talk(phone)
			l.meta.FailNext(c.failure)
			l.reply(talk, "one")
			l.reply(talk, "two") // waits: what is not settled might arrive after it
			states := l.states(talk)
			assert.Equal(t, []queue.MessageState{queue.MessageSending, queue.MessageUnknown, queue.MessageWaits}, states)
			if c.report {
				require.NoError(t, l.meta.Post(t.Context(), l.meta.Status(phone.Inbox()[0], channel.Delivered)))
				l.settle()
			}
			for range 10 {
				l.pass(time.Minute)
			}
			states = l.states(talk)
			assert.Equal(t, c.want, states[3])
			count := 0
			for _, sent := range phone.Inbox() {
				if sent.Text == "one" {
					count++
				}
			}
			assert.Equal(t, c.arrived, count, "never twice")
			assert.Equal(t, "two", phone.Inbox()[len(phone.Inbox())-1].Text, "the next one goes out")
		})
	}
}

// 41. Statuses before the send returned, twice, or out of order: states only move forward.
func TestScenario41StatusesInAnyOrder(t *testing.T) {
	early := func(l *line, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			for _, sent := range l.meta.Sent() { // the news is faster than the answer
				assert.NoError(l.t, l.meta.Post(context.WithoutCancel(r.Context()), l.meta.Status(sent, channel.Delivered)))
			}
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
		})
	}
	l := newLine(t, early, nil)
	phone := l.meta.Phone(sheena)
	talk := l.talk(phone)
	l.reply(talk, "hello")
	assert.Equal(t, []queue.MessageState{queue.MessageSending, queue.MessageDelivered}, l.states(talk))
	sent := phone.Inbox()[0]
	status := func(s channel.State) cloudapitest.Event { return l.meta.Status(sent, s) }
	l.write(status(channel.Sent), status(channel.Read), status(channel.Delivered))
	l.write(status(channel.Sent), status(channel.Read))
	l.write(l.meta.Failed(sent, 131026))
	// The status sent came late: it moves nothing, but it has the price.
	assert.Equal(t, []queue.MessageState{queue.MessageSending, queue.MessageDelivered, queue.MessageDelivered, queue.MessageRead}, l.states(talk))

	t.Run("failed, then delivered after all", func(t *testing.T) {
		l := newLine(t, nil, nil)
		phone := l.meta.Phone(sheena)
		talk := l.talk(phone)
		l.reply(talk, "hello")
		sent := phone.Inbox()[0]
		for range 2 {
			l.write(l.meta.Failed(sent, 131026))
		}
		l.write(l.meta.Status(sent, channel.Delivered))
		l.write(l.meta.Failed(sent, 131026))
		assert.Equal(t, []queue.MessageState{
			queue.MessageSending, queue.MessageAccepted, queue.MessageFailed, queue.MessageDelivered,
		}, l.states(talk))
	})
}

// 42. A bot answers after the hand-over: dropped and reported.
func TestScenario42LateBot(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	l := newLine(t, nil, func(o *usher.Options, cfg *usher.Config) {
		o.Bots = map[string]bot.Bot{"menu": bot.Func(func(context.Context, bot.Session) (bot.Reply, error) {
			close(asked)
			<-answer
			return bot.Reply{Messages: []channel.Message{channel.TextMessage("too late")}, Next: bot.Next{Action: bot.Finish}}, nil
		})}
		cfg.Campaigns[0].WhatsApp.BotOnStart = "menu"
	})
	_, err := l.center.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(t, err)
	phone := l.meta.Phone(sheena)
	require.NoError(t, l.meta.Post(t.Context(), phone.Text(number, "hello")))
	<-asked
	in := l.only()
	require.Equal(t, queue.OwnedByBot, in.Owner)
	_, err = l.center.Do(t.Context(), queue.Requeue{Interaction: in.ID, By: "chief"})
	require.NoError(t, err)
	_, err = l.center.Do(t.Context(), queue.Accept{Interaction: in.ID, Agent: "ana"})
	require.NoError(t, err)
	close(answer)
	l.settle()
	assert.Empty(t, phone.Inbox())
	assert.Equal(t, "ana", l.only().Agent, "it was not ended either")
	events, err := l.center.Transcript(t.Context(), in.ID)
	require.NoError(t, err)
	assert.Contains(t, kinds(events), queue.BotLate)
}

// 43. A blacklisted sender floods with pictures: no media fetch, no interaction, no reply;
// one history record each.
func TestScenario43Flood(t *testing.T) {
	l := newLine(t, nil, func(o *usher.Options, cfg *usher.Config) {
		o.Bots = map[string]bot.Bot{"menu": bot.Func(func(context.Context, bot.Session) (bot.Reply, error) {
			assert.Fail(t, "the bot was asked")
			return bot.Reply{}, nil
		})}
		cfg.Campaigns[0].WhatsApp.BotOnStart = "menu"
		cfg.Campaigns[0].WhatsApp.IncomingBlacklist = true
	})
	require.NoError(t, l.center.Blacklist().Add(blacklist.Entry{Alias: "user:" + sheena.UserID, Reason: "abuse"}))
	l.available("ana")
	phone := l.meta.Phone(sheena)
	var flood []cloudapitest.Event
	for i := range 50 {
		flood = append(flood, phone.Media(number, "image", fmt.Sprint(1000+i), "image/jpeg", "look"))
	}
	l.write(flood...)
	l.write(flood...) // Meta repeats: no second record
	assert.Zero(t, l.calls.Load(), "nothing was fetched and nothing sent")
	assert.Empty(t, l.center.Interactions(""))
	attempts := l.center.Blocked().Attempts(blacklist.Filter{Campaign: "sales"})
	assert.Len(t, attempts, 50)
	c := l.center.Board(morning).Campaigns[0].Counts
	assert.EqualValues(t, 50, c.Ends.Blacklisted)
	assert.Zero(t, c.Opened)
}
