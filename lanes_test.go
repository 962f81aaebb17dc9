package usher_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/storetest"
)

// turnstile lets calls wait until it is open, and counts them.
type turnstile struct {
	open chan struct{}

	mu            sync.Mutex
	inside, calls int
}

func newTurnstile() *turnstile { return &turnstile{open: make(chan struct{})} }

func (s *turnstile) pass(ctx context.Context) error {
	s.count(+1)
	defer s.count(-1)
	select {
	case <-s.open:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *turnstile) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside += n
	s.calls += max(n, 0)
}

// now returns how many calls wait, and how many there have been, when all is quiet.
func (s *turnstile) now() (inside, calls int) {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inside, s.calls
}

type slowConnector struct {
	*channeltest.Connector
	*turnstile
}

func (c slowConnector) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	if err := c.pass(ctx); err != nil {
		return channel.Receipt{}, err
	}
	return c.Connector.Send(ctx, out)
}

// slow is a house whose connector, bot and desk wait.
type slow struct {
	*house
	sends, turns, shows *turnstile
	stop                func() error // ends the Run and returns what it does
}

// run runs the center, which no Run is active of, until stop or the end of the test.
func (s *slow) run() {
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- s.center.Run(ctx) }()
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	s.t.Cleanup(func() { _ = s.stop() })
	synctest.Wait()
}

func newSlow(t *testing.T, concurrency int, change func(*usher.Options)) *slow {
	s := &slow{sends: newTurnstile(), turns: newTurnstile(), shows: newTurnstile()}
	h := &house{t: t, clock: clock.NewMock(), wa: channeltest.NewConnector("main", number, "+15550002222")}
	s.house = h
	h.clock.Set(morning)
	h.wa.Clock(h.clock.Now)
	card := settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{number}, ServiceLevel: 20}
	withBot := card
	withBot.PhoneNumbers, withBot.BotOnStart = []string{"+15550002222"}, "b"
	members := []usher.Member{{Agent: "ana"}, {Agent: "bruno"}}
	cfg := usher.Config{
		Agents: []usher.Agent{{ID: "ana", Limit: 20}, {ID: "bruno"}},
		Campaigns: []usher.Campaign{
			{ID: "sales", Members: members, WhatsApp: &card}, {ID: "support", Members: members, WhatsApp: &withBot},
		},
	}
	opts := usher.Options{
		Connectors: []channel.Connector{slowConnector{h.wa, s.sends}}, Clock: h.clock, Concurrency: concurrency,
		Bots: map[string]bot.Bot{"b": bot.Func(func(ctx context.Context, _ bot.Session) (bot.Reply, error) {
			return bot.Reply{Next: bot.Next{Action: bot.Queue}}, s.turns.pass(ctx)
		})},
		Desk: usher.DeskFunc(func(ctx context.Context, _ queue.Effect) error { return s.shows.pass(ctx) }),
	}
	if change != nil {
		change(&opts)
	}
	var err error
	h.center, err = usher.New(opts)
	require.NoError(t, err)
	h.wa.Connect(h.center)
	require.NoError(t, h.center.Configure(t.Context(), cfg))
	s.run()
	return s
}

// write lets a customer write without waiting for what follows.
func (s *slow) write(to string, customer int) {
	s.t.Helper()
	_, err := s.wa.Say(s.t.Context(), to, "hello", channel.Alias(fmt.Sprintf("phone:3460011100%d", customer)))
	require.NoError(s.t, err)
	synctest.Wait()
}

// answered lets ana answer n customers, and sends a message to each.
func (s *slow) answered(n int) {
	s.t.Helper()
	_, err := s.center.Do(s.t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(s.t, err)
	for i := range n {
		s.write(number, i)
	}
	synctest.Wait()
	for _, in := range s.center.Interactions("") {
		_, err := s.center.Do(s.t.Context(), queue.Accept{Agent: "ana", Interaction: in.ID})
		require.NoError(s.t, err)
		require.NoError(s.t, s.center.Send(s.t.Context(), usher.Reply{Interaction: in.ID, Agent: "ana", Message: channel.TextMessage("hi")}))
	}
	synctest.Wait()
}

// TestEffectsOfAnInteractionAreShownOneAtATime checks that the desk gets what concerns an
// interaction in order, the next one after the one before has returned.
func TestEffectsOfAnInteractionAreShownOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(t, 0, nil)
		for _, a := range []string{"ana", "bruno"} {
			_, err := s.center.Do(t.Context(), queue.AgentState{Agent: a, State: queue.Available})
			require.NoError(t, err)
		}
		s.write(number, 1)
		in := s.center.Interactions("")[0]
		inside, calls := s.shows.now()
		assert.Equal(t, []int{1, 1}, []int{inside, calls}, "the offer to the first agent")
		for range 3 {
			in, _ = s.center.Interaction(in.ID)
			if in.Offered == "" {
				break
			}
			_, err := s.center.Do(t.Context(), queue.Decline{Agent: in.Offered, Interaction: in.ID})
			require.NoError(t, err)
			inside, calls = s.shows.now()
			assert.Equal(t, []int{1, 1}, []int{inside, calls}, "the next offer waits for it")
		}
		s.write(number, 2)
		inside, calls = s.shows.now()
		assert.Equal(t, inside, calls, "another interaction does not wait, the first one still does")
		close(s.shows.open)
		s.settle()
		_, calls = s.shows.now()
		assert.Greater(t, calls, 2)
	})
}

// TestSlowCallsDelayOnlyTheirKind checks that connectors, bots and the desk have places of their
// own, as many as Concurrency says.
func TestSlowCallsDelayOnlyTheirKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(t, 2, nil)
		close(s.shows.open)
		s.answered(3)
		inside, calls := s.sends.now()
		assert.Equal(t, []int{2, 2}, []int{inside, calls}, "messages of three interactions have two places")
		for i := range 3 {
			s.write("+15550002222", 5+i)
		}
		inside, calls = s.turns.now()
		assert.Equal(t, []int{2, 2}, []int{inside, calls}, "bots have two others")
		_, before := s.shows.now()
		s.write(number, 4)
		_, after := s.shows.now()
		assert.Equal(t, before+1, after, "the offer is shown meanwhile")
		close(s.turns.open)
		_, calls = s.turns.now()
		assert.Equal(t, 3, calls)
		inside, calls = s.sends.now()
		assert.Equal(t, []int{2, 2}, []int{inside, calls})
		close(s.sends.open)
		s.settle()
		s.settle()
		_, calls = s.sends.now()
		assert.Equal(t, 3, calls)
		assert.Len(t, s.wa.Sent(), 3)
	})
}

// TestMessagesWithoutAPlaceAreSentByTheNextRun ends a Run while messages wait for a place: they
// are recorded for retry in their order, a Settle that waits returns, and the next Run sends
// each of them once.
func TestMessagesWithoutAPlaceAreSentByTheNextRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(t, 2, nil)
		close(s.shows.open)
		center := s.center
		s.answered(8)
		var queued, retried []string
		for ev, err := range center.Events(t.Context(), 1) {
			require.NoError(t, err)
			if ev.Kind == queue.MessageQueued {
				queued = append(queued, ev.Key)
			}
		}
		require.Len(t, queued, 8)
		settled := make(chan error, 1)
		go func() { settled <- center.Settle(t.Context()) }()
		synctest.Wait()
		last := center.Seq()
		require.NoError(t, s.stop())
		synctest.Wait()
		require.NoError(t, <-settled, "nothing is under way")
		for ev, err := range center.Events(t.Context(), last+1) {
			require.NoError(t, err)
			if ev.Kind == queue.MessageMoved && ev.Reason == "the center was stopped before it was sent" {
				retried = append(retried, ev.Key)
			}
		}
		assert.Equal(t, queued[2:], retried, "in their order")
		close(s.sends.open)
		s.run()
		s.pass(time.Minute)
		_, calls := s.sends.now()
		assert.Equal(t, 8, calls, "two were cut off and six are sent")
	})
}

// TestSettleReturnsWhenTheCenterStops lets the journal fail while a message is being sent.
func TestSettleReturnsWhenTheCenterStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := &storetest.Faulty{Journal: store.NewMemory()}
		s := newSlow(t, 2, func(o *usher.Options) { o.Journal = journal })
		close(s.shows.open)
		s.answered(3)
		settled := make(chan error, 1)
		go func() { settled <- s.center.Settle(t.Context()) }()
		synctest.Wait()
		journal.FailBefore(store.ErrFull)
		require.ErrorIs(t, note(t.Context(), s.center, "x"), usher.ErrStopped)
		synctest.Wait()
		select {
		case err := <-settled:
			require.ErrorIs(t, err, usher.ErrStopped)
		default:
			t.Error("Settle waits for messages of a center that has stopped")
		}
		close(s.sends.open)
		_, calls := s.sends.now()
		assert.Equal(t, 2, calls, "what had not begun is not begun")
		require.ErrorIs(t, s.center.Settle(t.Context()), usher.ErrStopped)
	})
}
