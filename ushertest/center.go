package ushertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
)

// Center is the real center under test. Its own methods are there too, for what the kit
// has no word for: [usher.Center.Board], [usher.Center.Transcript], [usher.Center.Blacklist]
// and the rest.
type Center struct {
	*usher.Center
	// Clock is the center's. A host's own bots and hooks may use it; move it with Advance.
	Clock *clock.Mock

	t          testing.TB
	config     usher.Config
	connectors map[string]*channeltest.Connector
	bots       map[string]*Bot
	ids        atomic.Int64
	messages   int
	sub        *usher.Subscription
	past       past
	story      story
}

// settleTime is how long something may be under way before a test gives up on it: a bot
// that blocks, say. In real time, or in that of a synctest bubble.
const settleTime = 10 * time.Second

// New makes a center with the configuration and runs it until the test ends. It is Monday,
// 2 March 2026, 9:00 UTC, and every agent is offline. What cannot be configured ends the
// test with every fault.
//
// Every connector that the configuration names exists, with the numbers that campaigns use,
// and every bot is a scripted one. To give the center something of the host's own, a bot, a
// strategy, a blacklist, a journal, change the options: what is there when change returns
// stays. A clock must be a [clock.Mock].
func New(t testing.TB, config usher.Config, change ...func(*usher.Options)) *Center {
	t.Helper()
	c := &Center{t: t, config: config, bots: map[string]*Bot{}, connectors: map[string]*channeltest.Connector{}}
	c.story.now = func() time.Time { return c.Clock.Now() }
	center, err := usher.New(c.options(change))
	if err != nil {
		t.Fatalf("ushertest: %v", err)
	}
	c.Center = center
	for _, conn := range c.connectors {
		conn.Connect(center)
	}
	c.run()
	if err := center.Configure(context.Background(), config); err != nil {
		t.Fatalf("ushertest: %v", err)
	}
	c.sub = center.Subscribe(0)
	c.settle()
	return c
}

// ReadConfig reads a configuration from a file of JSON, such as the one that the host's
// service reads. Faults end the test.
func ReadConfig(t testing.TB, file string) usher.Config {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("ushertest: %v", err)
	}
	config, err := usher.ParseConfig(data)
	if err != nil {
		t.Fatalf("ushertest: %s: %v", file, err)
	}
	return config
}

// run lets the center perform what it decides, until the test ends.
func (c *Center) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	c.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			c.t.Errorf("ushertest: the center stopped by itself: %v", err)
		}
	})
}

// Now is the center's time.
func (c *Center) Now() time.Time { return c.Clock.Now() }

// Advance lets time pass. It stops at each deadline of the center on its way, in order,
// and lets everything that follows happen at that instant.
func (c *Center) Advance(d time.Duration) {
	c.t.Helper()
	if d < 0 {
		c.fail(nil, "time does not go back, not by %s", d)
	}
	c.story.step("%s pass", d)
	c.advance(c.Now().Add(d))
}

// AdvanceTo lets time pass until an instant.
func (c *Center) AdvanceTo(t time.Time) {
	c.t.Helper()
	if t.Before(c.Now()) {
		c.fail(nil, "time does not go back, not to %s", t)
	}
	c.story.step("it becomes %s", t.Format("Monday 2 January 15:04:05 MST"))
	c.advance(t)
}

func (c *Center) advance(to time.Time) {
	c.t.Helper()
	for {
		next, ok := c.Next()
		if !ok || next.After(to) {
			break
		}
		c.Clock.Set(next)
		c.settle()
	}
	c.Clock.Set(to)
	c.settle()
}

// Command performs a command of package queue and everything that follows, and returns its
// events. A command that is refused ends the test.
func (c *Center) Command(command queue.Command) []queue.Event {
	c.t.Helper()
	c.story.step("%s", phrase(command))
	return c.do(nil, command)
}

// Refuses performs a command and checks that it is refused for the reason, such as
// [queue.ErrAlreadyTaken].
func (c *Center) Refuses(command queue.Command, reason queue.Code) {
	c.t.Helper()
	c.story.step("%s", phrase(command))
	_, err := c.Do(context.Background(), command)
	c.settle()
	switch {
	case err == nil:
		c.fail(nil, "%s was not refused, want: %s", phrase(command), reason)
	case !errors.Is(err, reason):
		c.fail(nil, "%s was refused for another reason: %v, want: %s", phrase(command), err, reason)
	}
}

// do performs a step of the story that is about somebody.
func (c *Center) do(about *Customer, command queue.Command) []queue.Event {
	c.t.Helper()
	events, err := c.Do(context.Background(), command)
	c.settle()
	if err != nil {
		c.fail(about, "refused: %v", err)
	}
	return events
}

// settle lets everything happen that follows from what was done, and takes note of it.
func (c *Center) settle() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	err := c.Settle(ctx)
	c.listen()
	if err != nil {
		c.fail(nil, "something is still under way after %s, such as a bot that does not answer: %v", settleTime, err)
	}
}

// listen reads the events there are.
func (c *Center) listen() {
	c.t.Helper()
	for {
		ev, ok, err := c.sub.Poll()
		if err != nil {
			c.t.Fatalf("ushertest: %v", err)
		}
		if !ok {
			return
		}
		c.past.add(ev)
		c.story.event(ev.At, c.tell(ev))
	}
}

// newID names customers and interactions in the order in which they come.
func (c *Center) newID() string {
	return fmt.Sprintf("id-%d", c.ids.Add(1))
}

// story is what was done and what followed, line by line.
type story struct {
	now   func() time.Time
	mu    sync.Mutex // bots and loggers write from elsewhere
	lines []line
}

type line struct {
	at   time.Time
	step bool // of the test's own making
	text string
}

func (s *story) step(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line{s.now(), true, fmt.Sprintf(format, args...)})
}

func (s *story) event(at time.Time, text string) {
	if text == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line{at, false, text})
}
