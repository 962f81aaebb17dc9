package whatif

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
)

// day describes a day of a contact center that a real center records.
type day struct {
	name     string
	card     settings.Card
	agents   int
	limit    int
	perHour  float64
	handle   time.Duration // mean work between answer and finish
	patience time.Duration // mean, 0 = for ever
	answer   time.Duration // mean time to accept an offer
	decline  float64       // chance of an offer, for the first agent twice as high
	miss     float64
	transfer float64 // share of interactions that are transferred to another agent
	moves    float64 // share that is transferred to the other campaign
	breaks   bool
	bot      bool // a bot on start takes a minute and ends one in five
}

const salesNumber, supportNumber = "+15550001111", "+15550002222"

// stage is a recorded day: agents and customers are goroutines in a synctest bubble.
type stage struct {
	day
	t       testing.TB
	center  *usher.Center
	line    *channeltest.Connector
	people  sync.WaitGroup
	seed    uint64
	closing time.Time
}

// record plays a day from 08:00 to 20:00 and returns what the board counted at 20:00.
func (d day) record(t testing.TB, seed uint64) (usher.Line, *usher.Center, store.Journal) {
	t.Helper()
	s := &stage{day: d, t: t, seed: seed, line: channeltest.NewConnector("main", salesNumber, supportNumber)}
	journal := store.NewMemory()
	s.line.Clock(time.Now)
	time.Sleep(8 * time.Hour)
	start := time.Now()
	s.closing = start.Add(12 * time.Hour)
	center, err := usher.New(usher.Options{
		Connectors: []channel.Connector{s.line}, Journal: journal, Clock: clock.New(), Desk: usher.DeskFunc(s.offer),
		Bots: map[string]bot.Bot{"welcome": bot.Func(s.welcome)},
	})
	require.NoError(t, err)
	s.center = center
	s.line.Connect(center)
	require.NoError(t, center.Configure(t.Context(), s.config()))
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- center.Run(ctx) }()
	events := center.Subscribe(0, queue.AgentStated, queue.Answered)
	s.people.Go(func() { s.follow(ctx, events) })
	for i := range d.agents {
		s.people.Go(func() { s.work(agent(i)) })
	}
	s.come(salesNumber, d.perHour)
	s.come(supportNumber, d.perHour/4)
	time.Sleep(time.Until(s.closing))
	line := center.Board(start.Add(-8 * time.Hour)).Campaigns[0]
	require.Equal(t, "sales", line.ID)
	stop()
	require.NoError(t, <-ran)
	s.people.Wait()
	return line, center, journal
}

func agent(i int) string { return fmt.Sprintf("agent%02d", i) }

func (s *stage) config() usher.Config {
	var cfg usher.Config
	var members []usher.Member
	for i := range s.agents {
		cfg.Agents = append(cfg.Agents, usher.Agent{ID: agent(i), Limit: s.limit})
		members = append(members, usher.Member{Agent: agent(i), Penalty: i * 10})
	}
	sales, support := s.card, s.card
	sales.Enable, sales.Connector, sales.PhoneNumbers = true, "main", []string{salesNumber}
	support.Enable, support.Connector, support.PhoneNumbers = true, "main", []string{supportNumber}
	if s.bot {
		sales.BotOnStart = "welcome"
	}
	cfg.Campaigns = []usher.Campaign{
		{ID: "sales", Zone: "UTC", Members: members, WhatsApp: &sales},
		{ID: "support", Zone: "UTC", Members: members[:(len(members)+1)/2], WhatsApp: &support},
	}
	return cfg
}

// draw returns an exponential length of time of a mean, 1 s at least, and a number from 0 to 1.
// It depends on the seed, on what is drawn and on the instant alone, so that a day is the same
// whichever goroutine comes first.
func (s *stage) draw(what string, mean time.Duration) (time.Duration, float64) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(what))
	chance := rand.New(rand.NewPCG(s.seed^h.Sum64(), uint64(time.Now().UnixNano())))
	return time.Second + time.Duration(chance.ExpFloat64()*float64(mean)), chance.Float64()
}

// do performs a command. That it is refused, because another came first, is part of a day.
func (s *stage) do(c queue.Command) { _, _ = s.center.Do(s.t.Context(), c) }

// later calls f after a length of time, unless the day has ended.
func (s *stage) later(d time.Duration, f func()) {
	if time.Now().Add(d).Before(s.closing) {
		s.people.Go(func() { time.Sleep(d); f() })
	}
}

// pass sleeps in the bubble, until the end of the day at most, and reports whether the day
// goes on after it.
func (s *stage) pass(d time.Duration) bool {
	left := time.Until(s.closing)
	time.Sleep(min(d, left))
	return d < left
}

// work is an agent's shift, with a break of a quarter of an hour every two hours.
func (s *stage) work(id string) {
	s.do(queue.AgentState{Agent: id, State: queue.Available})
	for hour := 1; hour < 12 && s.breaks; hour += 2 {
		d, _ := s.draw("break"+id, 20*time.Minute)
		if !s.pass(min(d, 90*time.Minute)) {
			return
		}
		s.do(queue.AgentState{Agent: id, State: queue.Paused, Reason: "Break"})
		if !s.pass(15 * time.Minute) {
			return
		}
		s.do(queue.AgentState{Agent: id, State: queue.Available})
		if !s.pass(time.Hour) {
			return
		}
	}
}

// follow brings agents back who were paused for missing offers, and has agents work in what
// was assigned to them without an offer.
func (s *stage) follow(ctx context.Context, events *usher.Subscription) {
	defer events.Close()
	for {
		ev, err := events.Next(ctx)
		switch {
		case err != nil:
			return
		case ev.Kind == queue.Answered && s.card.Offers.AutoAnswer:
			s.talk(ev.Agent, ev.Interaction, false)
		case ev.State == queue.Paused && ev.Cause == "deadline:ring":
			s.later(4*time.Minute, func() { s.do(queue.AgentState{Agent: ev.Agent, State: queue.Available}) })
		}
	}
}

// come lets customers write.
func (s *stage) come(number string, perHour float64) {
	for at, i := time.Duration(0), 0; ; i++ {
		gap, _ := s.draw(fmt.Sprint("come", number, i), time.Duration(float64(time.Hour)/perHour))
		if at += gap; time.Now().Add(at).After(s.closing) {
			return
		}
		patience, _ := s.draw(fmt.Sprint("patience", number, i), s.patience)
		s.later(at, func() { s.customer(number, channel.Alias(fmt.Sprintf("phone:34%s%06d", number[5:8], i)), patience) })
	}
}

func (s *stage) customer(number string, alias channel.Alias, patience time.Duration) {
	if _, err := s.line.Say(s.t.Context(), number, "hello", alias); err != nil {
		s.t.Error(err)
		return
	}
	if s.patience == 0 {
		return
	}
	for waited := time.Duration(0); waited < patience; waited += time.Second {
		in := s.find(alias)
		if in == nil || in.Owner == queue.OwnedByAgent {
			return
		}
		if in.Owner == queue.OwnedByBot {
			waited = 0
		}
		if !s.pass(time.Second) {
			return
		}
	}
	if in := s.find(alias); in != nil {
		s.do(queue.Leave{Interaction: in.ID})
	}
}

// find returns a customer's open interaction.
func (s *stage) find(alias channel.Alias) *queue.InteractionView {
	for _, in := range s.center.Interactions("") {
		if in.Address == string(alias) {
			return &in
		}
	}
	return nil
}

// offer is an agent who sees what the desk shows.
func (s *stage) offer(_ context.Context, f queue.Effect) error {
	switch f.Kind {
	case queue.EffectShow:
		s.show(f.Interaction)
		return nil
	case queue.EffectOffer:
	default:
		return nil
	}
	delay, u := s.draw("offer"+f.Agent, s.answer)
	decline := s.decline
	if f.Agent == agent(0) {
		decline *= 2
	}
	switch {
	case u < s.miss:
	case u < s.miss+decline:
		s.later(delay, func() { s.do(queue.Decline{Agent: f.Agent, Interaction: f.Interaction}) })
	default:
		s.later(delay, func() {
			if _, err := s.center.Do(s.t.Context(), queue.Accept{Agent: f.Agent, Interaction: f.Interaction}); err == nil {
				s.talk(f.Agent, f.Interaction, f.Transfer)
			}
		})
	}
	return nil
}

// show lets every agent who sees an interaction reach for it in its own time.
func (s *stage) show(interaction string) {
	for _, id := range s.center.Viewers(interaction) {
		delay, _ := s.draw("reach"+id, 4*s.answer)
		s.later(delay, func() { s.take(id) })
	}
}

// take has an agent take the first that it sees.
func (s *stage) take(id string) {
	for _, in := range s.center.Visible(id) {
		if _, err := s.center.Do(s.t.Context(), queue.Take{Agent: id, Interaction: in.ID}); err == nil {
			s.talk(id, in.ID, false)
			return
		}
	}
}

// talk is what an agent does with an interaction.
func (s *stage) talk(id, interaction string, transferred bool) {
	respond, _ := s.draw("respond"+id, 15*time.Second)
	s.later(respond, func() {
		_ = s.center.Send(s.t.Context(), usher.Reply{Interaction: interaction, Agent: id, Message: channel.TextMessage("hello")})
	})
	work, u := s.draw("work"+id, s.handle)
	if transferred {
		u = 1
	}
	s.later(work, func() {
		switch {
		case u < s.transfer:
			_, r := s.draw("to"+id, 0)
			s.do(queue.Transfer{Agent: id, Interaction: interaction, ToAgent: agent(int(r * float64(s.agents)))})
			s.later(50*time.Second, func() { s.do(queue.Finish{Agent: id, Interaction: interaction}) }) // when it came back
			return
		case u < s.transfer+s.moves:
			s.do(queue.Transfer{Agent: id, Interaction: interaction, ToCampaign: "support"})
		}
		s.do(queue.Finish{Agent: id, Interaction: interaction})
		look, _ := s.draw("look"+id, s.answer)
		s.later(look, func() { s.take(id) })
	})
}

func (s *stage) welcome(context.Context, bot.Session) (bot.Reply, error) {
	d, u := s.draw("bot", time.Minute)
	s.pass(min(d, 5*time.Minute))
	if u < 0.2 {
		return bot.Reply{Next: bot.Next{Action: bot.Finish}}, nil
	}
	return bot.Reply{Next: bot.Next{Action: bot.Queue}}, nil
}

// bubble plays f in a synctest bubble.
func bubble(t *testing.T, f func(t *testing.T)) { t.Helper(); synctest.Test(t, f) }
