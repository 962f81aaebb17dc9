package queue_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// post is an engine whose connector answers as a test decides.
type post struct {
	t        *testing.T
	e        *queue.Engine
	now      time.Time
	cfg      queue.Campaign
	provider func(f queue.Effect) queue.Sent // nil = every message is taken
	tried    []queue.Effect
	events   []queue.Event
	turn     queue.Effect // the last a bot was asked for
	ids      int
}

func newPost(t *testing.T, c queue.Campaign) *post {
	p := &post{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	e, err := queue.New(queue.Config{})
	require.NoError(t, err)
	p.e = e
	p.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana", Limit: 1000}})
	c.ID, c.Numbers, c.Connector, c.AutoAnswer, c.Members = "sales", []string{"+1"}, "wa", true, []queue.Member{{Agent: "ana"}}
	p.cfg = c
	p.do(queue.Configure{Campaign: c})
	p.do(queue.AgentState{Agent: "ana", State: queue.Available})
	return p
}

func (p *post) do(c queue.Command) { p.t.Helper(); p.take(p.e.Step(p.now, c)) }

// take answers what is asked to be sent.
func (p *post) take(out queue.Output, err error) {
	p.t.Helper()
	require.NoError(p.t, err)
	p.events = append(p.events, slices.Clone(out.Events)...)
	for _, f := range slices.Clone(out.Effects) {
		if f.Kind == queue.EffectBot {
			p.turn = f
		}
		if f.Kind != queue.EffectSend {
			continue
		}
		p.tried = append(p.tried, f)
		answer := queue.Sent{Result: queue.SendAccepted, ProviderID: "out-" + f.Key}
		if p.provider != nil {
			answer = p.provider(f)
		}
		if answer.Result == "" {
			continue // it hangs
		}
		answer.Interaction, answer.Key = f.Interaction, f.Key
		p.do(answer)
	}
}

// pass lets time pass, deadline by deadline, with a restart now and then.
func (p *post) pass(d time.Duration) {
	p.t.Helper()
	end := p.now.Add(d)
	for n := 0; ; n++ {
		next, ok := p.e.Next()
		if !ok || next.After(end) {
			break
		}
		p.now = next
		p.take(p.e.Advance(p.now), nil)
		if n%7 == 0 {
			e, err := queue.Restore(queue.Config{}, p.e.Snapshot())
			require.NoError(p.t, err)
			p.e = e
		}
	}
	p.now = end
}

func (p *post) arrives(customer string) string {
	p.t.Helper()
	p.ids++
	id := fmt.Sprint("i", p.ids)
	p.do(queue.Arrive{
		ID: id, Customer: "c-" + customer, Number: "+1", Aliases: []string{"user:" + customer},
		Message: &queue.Message{ID: fmt.Sprint("m", p.ids), Text: "hello"},
	})
	return id
}

func (p *post) writes(id, text string) {
	p.t.Helper()
	p.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: text}})
}

// texts are the messages tried, in order.
func (p *post) texts() []string {
	var list []string
	for _, f := range p.tried {
		list = append(list, f.Message.Text)
	}
	return list
}

// states are the states that messages with a text went through.
func (p *post) states(text string) []queue.MessageState {
	key := ""
	var list []queue.MessageState
	for _, ev := range p.events {
		if ev.Kind == queue.MessageQueued && ev.Message.Text == text {
			key = ev.Key
		}
		if key != "" && ev.Key == key && (len(list) == 0 || list[len(list)-1] != ev.Delivery) {
			list = append(list, ev.Delivery)
		}
	}
	return list
}

func (p *post) final(text string) queue.Event {
	p.t.Helper()
	key := ""
	var last queue.Event
	for _, ev := range p.events {
		if ev.Kind == queue.MessageQueued && ev.Message.Text == text {
			key = ev.Key
		}
		if key != "" && ev.Key == key {
			last = ev
		}
	}
	return last
}

func (p *post) count(kind queue.Kind) (n int) {
	for _, ev := range p.events {
		if ev.Kind == kind {
			n++
		}
	}
	return n
}

func refuses(queue.Effect) queue.Sent {
	return queue.Sent{Result: queue.SendRetry, Reason: "connection refused"}
}

// A message that was certainly not taken is tried for as long as its kind says.
func TestMessagesExpireByKind(t *testing.T) {
	waiting := queue.Send{Message: queue.Message{Text: "x"}}
	template := queue.Message{Text: "x", Template: true}
	brief := template
	brief.Validity = 10 * time.Minute
	for name, x := range map[string]struct {
		campaign queue.Campaign
		message  queue.Message
		tried    time.Duration
	}{
		"a reply":                  {queue.Campaign{}, waiting.Message, 15 * time.Minute},
		"a reply, as set":          {queue.Campaign{SendReplies: 2 * time.Minute}, waiting.Message, 2 * time.Minute},
		"a template":               {queue.Campaign{}, template, 24 * time.Hour},
		"a template, as set":       {queue.Campaign{SendTemplates: time.Hour}, template, time.Hour},
		"a template's own":         {queue.Campaign{SendTemplates: time.Hour}, brief, 10 * time.Minute},
		"a bound on the attempts":  {queue.Campaign{SendAttempts: 1}, waiting.Message, 0},
		"a bound that is too much": {queue.Campaign{SendAttempts: 100}, waiting.Message, 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t, x.campaign)
			id := p.arrives("maria")
			p.provider = refuses
			began := p.now
			p.do(queue.Send{Interaction: id, Agent: "ana", Message: x.message})
			p.pass(25 * time.Hour)
			last := p.final("x")
			assert.Equal(t, queue.MessageFailed, last.Delivery)
			assert.Equal(t, x.tried, last.At.Sub(began))
			assert.Contains(t, last.Reason, "connection refused")
		})
	}
	t.Run("the campaign's own text", func(t *testing.T) {
		p := newPost(t, queue.Campaign{Announce: queue.Announce{Text: "x"}, MaxTime: time.Hour})
		p.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		p.provider = refuses
		p.arrives("maria")
		p.pass(30 * time.Minute)
		assert.Equal(t, time.Minute, p.final("x").At.Sub(p.first("x").At))
	})
	t.Run("a bot's message", func(t *testing.T) {
		p := newPost(t, queue.Campaign{BotOnStart: "menu", BotTimeout: 20 * time.Second})
		p.provider = refuses
		id := p.arrives("maria")
		p.do(queue.BotReply{Interaction: id, Session: p.turn.Session, Turn: p.turn.Turn, Messages: []queue.Message{{Text: "x"}}})
		p.pass(time.Minute)
		assert.Equal(t, queue.MessageFailed, p.final("x").Delivery)
		assert.Equal(t, 20*time.Second, p.final("x").At.Sub(p.first("x").At))
	})
}

func (p *post) first(text string) queue.Event {
	i := slices.IndexFunc(p.events, func(ev queue.Event) bool { return ev.Kind == queue.MessageQueued && ev.Message.Text == text })
	require.GreaterOrEqual(p.t, i, 0)
	return p.events[i]
}

// The provider refuses connections, does not answer, or says that the account is stopped,
// for five minutes, while fifty agents write every few seconds. Nothing that was certainly
// not taken is lost, order is kept, and the account is probed by one message instead of tried by all.
func TestFiveMinutesWithoutTheProvider(t *testing.T) {
	for name, down := range map[string]queue.Sent{
		"refuses": {Result: queue.SendRetry, Reason: "connection refused"},
		"hangs":   {},
		"unknown": {Result: queue.SendAmbiguous, Reason: "connection cut"},
		"stopped": {Result: queue.SendStopped, Code: 190, Reason: "token expired"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t, queue.Campaign{})
			var ids []string
			for i := range 50 {
				ids = append(ids, p.arrives(fmt.Sprint("customer", i)))
			}
			p.provider = func(queue.Effect) queue.Sent { return down }
			var texts []string
			for round := range 60 { // one every 5 s
				for i := round % 5; i < len(ids); i += 5 {
					text := fmt.Sprintf("%s round %d", ids[i], round)
					texts = append(texts, text)
					p.writes(ids[i], text)
				}
				p.pass(5 * time.Second)
			}
			during := len(p.tried)
			most := 45 // of 600 messages: an outage is probed, not tried by every message
			if name == "hangs" {
				most = 60 // every customer's first message is on its way before one is known to hang
			}
			assert.LessOrEqual(t, during, most)
			view := p.e.DownAccounts()
			require.Len(t, view, 1)
			assert.Equal(t, "wa", view[0].Connector)
			assert.Equal(t, name == "stopped", view[0].Stopped)
			assert.Positive(t, view[0].Waiting)
			p.provider = nil
			back := p.now
			p.pass(3 * time.Minute)
			assert.Empty(t, p.e.DownAccounts())
			assert.Equal(t, 1, p.count(queue.AccountUp))
			var late time.Duration
			lost := 0
			for _, text := range texts {
				last := p.final(text)
				switch last.Delivery {
				case queue.MessageAccepted:
					late = max(late, last.At.Sub(back))
				case queue.MessageFailed:
					assert.Equal(t, "unconfirmed", last.Reason, "only what may have been taken is given up: %s", text)
					lost++
				default:
					t.Errorf("%s is %s", text, last.Delivery)
				}
			}
			recovery := 12 * time.Second
			switch name {
			case "hangs", "stopped":
				recovery = 2*time.Minute + 12*time.Second // an attempt may last a minute; a stopped account is probed once a minute
			case "unknown":
				recovery = 72 * time.Second // a message in doubt holds back those behind it for a minute
			case "refuses":
				assert.Zero(t, lost)
			}
			assert.LessOrEqual(t, late, recovery, "all are sent soon after the provider is back")
			assert.LessOrEqual(t, lost, during)
			once := map[string]int{}
			for _, f := range p.tried[during:] {
				once[f.Key]++
			}
			for key, n := range once {
				assert.Equal(t, 1, n, "%s was sent more than once", key)
			}
			assertInOrder(t, p)
		})
	}
}

// assertInOrder checks that the messages to one customer were accepted in the order in which
// they were written.
func assertInOrder(t *testing.T, p *post) {
	t.Helper()
	queued := map[string]uint64{}
	last := map[string]uint64{}
	for _, ev := range p.events {
		switch {
		case ev.Kind == queue.MessageQueued:
			queued[ev.Key] = ev.Seq
		case ev.Kind == queue.MessageMoved && ev.Delivery == queue.MessageAccepted:
			if queued[ev.Key] < last[ev.Interaction] {
				t.Errorf("%s overtook another message to the same customer", ev.Key)
			}
			last[ev.Interaction] = queued[ev.Key]
		}
	}
}

// Messages of an interaction that has ended go out before those of the next one with the
// same customer.
func TestOrderAcrossInteractionsOfACustomer(t *testing.T) {
	p := newPost(t, queue.Campaign{})
	first := p.arrives("maria")
	other := p.arrives("pedro")
	p.provider = func(f queue.Effect) queue.Sent {
		if f.Customer == "c-maria" {
			return queue.Sent{Result: queue.SendRetry, RetryAfter: time.Minute, Reason: "pair limit"}
		}
		return queue.Sent{Result: queue.SendAccepted, ProviderID: "out"}
	}
	p.writes(first, "one")
	p.writes(first, "two")
	p.do(queue.Finish{Agent: "ana", Interaction: first})
	second := p.arrives("maria")
	require.NotEqual(t, first, second)
	p.writes(second, "three")
	p.writes(other, "to pedro")
	assert.Equal(t, []string{"one", "to pedro"}, p.texts())
	p.provider = nil
	p.pass(2 * time.Minute)
	assert.Equal(t, []string{"one", "to pedro", "one", "two", "three"}, p.texts())
}

// The pause that a provider asks for concerns one message and says nothing of the account;
// one beyond the message's time fails it at once.
func TestRetryAfter(t *testing.T) {
	p := newPost(t, queue.Campaign{})
	id := p.arrives("maria")
	p.provider = func(queue.Effect) queue.Sent {
		return queue.Sent{Result: queue.SendRetry, RetryAfter: 5 * time.Minute, Code: 131056, Reason: "pair limit"}
	}
	began := p.now
	p.writes(id, "x")
	for i := range 4 {
		p.writes(p.arrives(fmt.Sprint("c", i)), "y")
	}
	assert.Empty(t, p.e.DownAccounts())
	p.pass(16 * time.Minute)
	assert.Equal(t, []queue.MessageState{"sending", "queued", "sending", "queued", "sending", "failed"}, p.states("x"))
	assert.Equal(t, 10*time.Minute, p.final("x").At.Sub(began), "another pause would end when it expires")
}

// A message without an answer from its own side is no evidence against the provider.
func TestRestartIsNoOutage(t *testing.T) {
	p := newPost(t, queue.Campaign{})
	p.provider = func(queue.Effect) queue.Sent { return queue.Sent{} }
	for i := range 10 {
		p.writes(p.arrives(fmt.Sprint("c", i)), "x")
	}
	for _, f := range p.e.Pending() {
		p.do(queue.Sent{Interaction: f.Interaction, Key: f.Key, Result: queue.SendAmbiguous, Interrupted: true})
	}
	assert.Empty(t, p.e.DownAccounts())
	p.provider = nil
	p.writes(p.arrives("another"), "y")
	assert.Equal(t, queue.MessageAccepted, p.final("y").Delivery)
}

// 131047: the provider's word closes the window, unless the customer has written since.
func TestProviderClosesTheWindow(t *testing.T) {
	p := newPost(t, queue.Campaign{Window: 24 * time.Hour})
	id := p.arrives("maria")
	send := queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "x"}}
	p.provider = func(queue.Effect) queue.Sent {
		return queue.Sent{Result: queue.SendWindowClosed, Code: 131047, Reason: "24 hours"}
	}
	p.do(send)
	_, err := p.e.Step(p.now, send)
	require.ErrorIs(t, err, queue.ErrWindowClosed, "refused before a call")
	p.pass(time.Second)
	p.arrives("maria")
	p.provider = nil
	p.do(send)
	assert.Equal(t, queue.MessageAccepted, p.final("x").Delivery, "the customer's message opens it again")

	failed := queue.Receipt{Number: "+1", ProviderID: "out-" + p.final("x").Key, State: queue.MessageFailed, WindowClosed: true}
	p.pass(time.Second)
	p.arrives("maria")
	p.do(failed)
	p.do(send)
	failed.ProviderID = "out-" + p.final("x").Key
	p.do(failed)
	_, err = p.e.Step(p.now, send)
	require.ErrorIs(t, err, queue.ErrWindowClosed, "also when the word comes later")
}

// A price that comes with a status which is out of date is kept, once.
func TestPriceOfALateStatus(t *testing.T) {
	p := newPost(t, queue.Campaign{})
	p.writes(p.arrives("maria"), "x")
	id := "out-" + p.first("x").Key
	p.do(queue.Receipt{Number: "+1", ProviderID: id, State: queue.MessageDelivered})
	for range 2 {
		p.do(queue.Receipt{Number: "+1", ProviderID: id, State: queue.MessageSent, Pricing: "service"})
	}
	var priced []queue.Event
	for _, ev := range p.events {
		if ev.Pricing != "" {
			priced = append(priced, ev)
		}
	}
	require.Len(t, priced, 1)
	assert.Equal(t, "service", priced[0].Pricing)
	assert.Equal(t, queue.MessageDelivered, priced[0].Delivery, "the state does not go back")
}

// No more messages are on their way at once than the configuration says.
func TestSendsAtOnce(t *testing.T) {
	p := newPost(t, queue.Campaign{})
	p.provider = func(queue.Effect) queue.Sent { return queue.Sent{} }
	for i := range queue.DefaultSendsAtOnce + 10 {
		p.writes(p.arrives(fmt.Sprint("c", i)), "x")
	}
	require.Len(t, p.tried, queue.DefaultSendsAtOnce)
	first := p.tried[0]
	p.do(queue.Sent{Interaction: first.Interaction, Key: first.Key, Result: queue.SendAccepted, ProviderID: "a"})
	assert.Len(t, p.tried, queue.DefaultSendsAtOnce+1)
}
