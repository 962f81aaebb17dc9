package usher_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/strategy"
)

// fault is how a piece of the host's code misbehaves.
type fault string

const (
	panics    fault = "panics"
	blocks    fault = "blocks"
	exits     fault = "calls runtime.Goexit"
	callsBack fault = "calls the center"
	garbage   fault = "returns garbage"
)

var faults = []fault{panics, blocks, exits, callsBack, garbage}

// host is what a center calls. The hook that is named misbehaves once it is armed.
type host struct {
	center  *usher.Center
	hook    string
	fault   fault
	armed   atomic.Bool
	called  atomic.Int64  // while armed
	inside  atomic.Int64  // calls that block now
	release chan struct{} // ends what blocks
	calls   sync.WaitGroup
	journal *store.Memory
}

// at is called by every hook. It reports whether to return garbage.
func (h *host) at(hook string) bool {
	if hook != h.hook || !h.armed.Load() {
		return false
	}
	h.called.Add(1)
	switch h.fault {
	case panics:
		panic("bug of the host: token EAAG-secret")
	case blocks:
		h.inside.Add(1)
		<-h.release
		h.inside.Add(-1)
	case exits:
		runtime.Goexit()
	case callsBack:
		h.center.Agents()
		_ = note(context.Background(), h.center, "called back")
	case garbage:
		return true
	}
	return false
}

type hostStrategy struct{ *host }

func (hostStrategy) Name() string { return "own" }

func (s hostStrategy) Key(strategy.Candidate) strategy.Key {
	if s.at("Strategy.Key") {
		return strategy.Key{First: -1 << 63, Second: 1<<63 - 1}
	}
	return strategy.Key{}
}

func (s hostStrategy) Choose(candidates []strategy.Candidate, _ uint64) int {
	if s.at("Strategy.Choose") {
		return -1 << 60
	}
	return len(candidates) - 1
}

type hostDrawer struct{ *host }

func (hostDrawer) Name() string                        { return "drawer" }
func (hostDrawer) Key(strategy.Candidate) strategy.Key { return strategy.Key{} }
func (s hostDrawer) Weight(strategy.Candidate) (weight uint64) {
	if s.at("Strategy.Weight") {
		return 1<<64 - 1
	}
	return 1
}

type hostPuller struct{ *host }

func (hostPuller) Name() string                        { return "puller" }
func (hostPuller) Key(strategy.Candidate) strategy.Key { return strategy.Key{} }
func (s hostPuller) MayTake(strategy.Candidate) bool   { return !s.at("Strategy.MayTake") }

type hostConnector struct {
	*channeltest.Connector
	*host
}

func (c hostConnector) Numbers() []string {
	if c.at("Connector.Numbers") {
		return []string{"", "\xff"}
	}
	return c.Connector.Numbers()
}

func (c hostConnector) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	if c.at("Connector.Send") {
		var nothing *channel.SendError
		return channel.Receipt{MessageID: "\xff", Aliases: []channel.Alias{"", "phone:", "\xff:x"}}, nothing
	}
	return c.Connector.Send(ctx, out)
}

type hostJournal struct {
	*store.Memory
	*host
}

func (j hostJournal) Append(ctx context.Context, expect uint64, records []store.Record) error {
	if j.at("Journal.Append") {
		return nil // nothing is written
	}
	return j.Memory.Append(ctx, expect, records)
}

func (j hostJournal) Load(ctx context.Context, from uint64) iter.Seq2[store.Record, error] {
	return j.read("Journal.Load", j.Memory.Load(ctx, from))
}

func (j hostJournal) Find(ctx context.Context, q store.Query) iter.Seq2[store.Record, error] {
	return j.read("Journal.Find", j.Memory.Find(ctx, q))
}

func (j hostJournal) read(hook string, records iter.Seq2[store.Record, error]) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		if j.at(hook) {
			yield(store.Record{Seq: 77, Kind: "nonsense", Data: []byte("{")}, nil)
			return
		}
		records(yield)
	}
}

func (j hostJournal) SaveSnapshot(ctx context.Context, s store.Snapshot) error {
	if j.at("Journal.SaveSnapshot") {
		return errors.New("disk full")
	}
	return j.Memory.SaveSnapshot(ctx, s)
}

func (j hostJournal) LoadSnapshot(ctx context.Context) (store.Snapshot, error) {
	if j.at("Journal.LoadSnapshot") {
		return store.Snapshot{Seq: 1 << 60, Version: queue.SnapshotVersion, Data: []byte("{")}, nil
	}
	return j.Memory.LoadSnapshot(ctx)
}

func (j hostJournal) Truncate(ctx context.Context, before uint64, keep []string) error {
	if j.at("Journal.Truncate") {
		return errors.New("no")
	}
	return j.Memory.Truncate(ctx, before, keep)
}

func (j hostJournal) Erase(ctx context.Context, seqs []uint64) error {
	if j.at("Journal.Erase") {
		return errors.New("no")
	}
	return j.Memory.Erase(ctx, seqs)
}

func (j hostJournal) Hold(context.Context) error {
	if j.at("Holder.Hold") {
		return errors.New("database is away")
	}
	return nil
}

type hostHandler struct{ *host }

func (h hostHandler) Enabled(context.Context, slog.Level) bool { return !h.at("slog.Handler.Enabled") }
func (h hostHandler) Handle(context.Context, slog.Record) error {
	if h.at("slog.Handler.Handle") {
		return errors.New("no")
	}
	return nil
}
func (h hostHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h hostHandler) WithGroup(string) slog.Handler      { return h }

type hostClock struct {
	*clock.Mock
	*host
}

func (c hostClock) Now() time.Time {
	if c.at("Clock.Now") {
		return time.Time{}
	}
	return c.Mock.Now()
}

func (c hostClock) AfterFunc(d time.Duration, f func()) *clock.Timer {
	if c.at("Clock.AfterFunc") {
		return nil // and f is never called
	}
	return c.Mock.AfterFunc(d, f)
}

// hooks are all calls of a center into the host's code.
var hooks = []string{
	"Strategy.Key", "Strategy.Choose", "Strategy.Weight", "Strategy.MayTake", "Connector.Numbers", "Connector.Send",
	"Bot.Turn", "Desk.Offer", "Journal.Append", "Journal.Load", "Journal.Find", "Journal.SaveSnapshot", "Journal.LoadSnapshot",
	"Journal.Truncate", "Journal.Erase", "Holder.Hold", "Checker.Check", "Notice", "subscriber", "slog.Handler.Enabled", "slog.Handler.Handle",
	"NewID", "Clock.Now", "Clock.AfterFunc", "keep of Ended", "write of DoWith",
}

// holdsLock are the hooks that run while the engine's mutex is held, which no bubble can
// wait for.
var holdsLock = map[string]bool{
	"Strategy.Key": true, "Strategy.Choose": true, "Strategy.Weight": true, "Strategy.MayTake": true, "Clock.Now": true,
}

// Whatever the host's code does, at a command or at a deadline: afterwards every method
// returns, and the center either works or has stopped with its cause.
func TestHostileHooks(t *testing.T) {
	for _, hook := range hooks {
		for _, f := range faults {
			var called atomic.Int64
			if testing.Short() && holdsLock[hook] && (f == blocks || f == callsBack) {
				continue
			}
			t.Cleanup(func() { assert.Positive(t, called.Load(), "%s is never called when it %s", hook, f) })
			for _, deadline := range []bool{false, true} {
				t.Run(hook+" "+string(f)+map[bool]string{true: " at a deadline", false: " at a command"}[deadline], func(t *testing.T) {
					h := &host{hook: hook, fault: f}
					t.Cleanup(func() { called.Add(h.called.Load()) })
					if holdsLock[hook] && (f == blocks || f == callsBack) {
						if testing.Short() {
							t.Skip("it takes real time")
						}
						t.Parallel()
						playHostile(t, h, deadline, 20*time.Second)
						return
					}
					synctest.Test(t, func(t *testing.T) {
						playHostile(t, h, deadline, 3*time.Hour)
					})
				})
			}
		}
	}
}

// playHostile plays a day in which the hook misbehaves from some moment on.
func playHostile(t *testing.T, h *host, deadline bool, bound time.Duration) {
	h.release, h.journal = make(chan struct{}), store.NewMemory()
	mock := clock.NewMock()
	mock.Set(morning)
	conn := hostConnector{channeltest.NewConnector("main", number), h}
	conn.Clock(mock.Now)
	var ids atomic.Int64
	opts := usher.Options{
		Connectors: []channel.Connector{conn},
		Bots: map[string]bot.Bot{"b": bot.Func(func(context.Context, bot.Session) (bot.Reply, error) {
			if h.at("Bot.Turn") {
				return bot.Reply{Messages: []channel.Message{{Kind: "\xff", Raw: []byte("{")}}, Next: bot.Next{Action: "\xff"}}, nil
			}
			return bot.Reply{Next: bot.Next{Action: bot.Queue}}, nil
		})},
		Strategies: []strategy.Strategy{hostStrategy{h}, hostDrawer{h}, hostPuller{h}},
		Blacklist: blacklist.CheckerFunc(func(context.Context, blacklist.Query) (blacklist.Verdict, error) {
			return blacklist.Verdict{Blocked: h.at("Checker.Check"), Entry: blacklist.Entry{Reason: "\xff", Alias: "\xff"}}, nil
		}),
		Journal: hostJournal{h.journal, h},
		Desk: usher.DeskFunc(func(context.Context, queue.Effect) error {
			if h.at("Desk.Offer") {
				return errors.New("\xff")
			}
			return nil
		}),
		Notice: func(channel.Update, error) { h.at("Notice") },
		Clock:  hostClock{mock, h},
		Logger: slog.New(hostHandler{h}),
		NewID: func() string {
			if h.at("NewID") {
				return ""
			}
			n := ids.Add(1)
			return string(rune('a'+n%26)) + time.Duration(n).String()
		},
		SnapshotEvery: 4, Retention: time.Second, BodyRetention: time.Second,
	}
	switch h.hook {
	case "slog.Handler.Enabled", "slog.Handler.Handle":
		opts.Notice = nil // it is logged
	case "Journal.Erase":
		opts.Retention = -1
	}
	c, err := usher.New(opts)
	require.NoError(t, err)
	h.center = c
	c.LimitEngine(200 * time.Millisecond)
	ran := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	require.NoError(t, c.Configure(ctx, hostileConfig(h.hook)))
	go func() { ran <- c.Run(ctx) }()
	within(t, bound, "the beginning", func() {
		for _, a := range []string{"ana", "bruno"} {
			_, err = c.Do(ctx, queue.AgentState{Agent: a, State: queue.Available})
			require.NoError(t, err)
		}
		require.NoError(t, c.Receive(ctx, []channel.Update{inboundUpdate("before", "phone:34600000001")}))
		require.NoError(t, c.Settle(ctx))
	})
	h.armed.Store(true)
	if deadline {
		mock.Add(2 * time.Hour)
	} else {
		hostileCommands(t, h, bound)
	}
	probeMethods(t, h, bound)
	h.armed.Store(false)
	err = note(ctx, c, "afterwards")
	if err != nil {
		require.ErrorIs(t, err, usher.ErrStopped)
		assert.NotContains(t, err.Error(), "EAAG-secret")
	}
	t.Logf("called %d times; afterwards: %v", h.called.Load(), err)
	close(h.release)
	stop()
	within(t, bound, "Run", func() {
		if err := <-ran; err != nil {
			t.Log("Run ended with", err)
		}
	})
	within(t, bound, "a call into a hook that returned", h.calls.Wait)
}

func hostileConfig(hook string) usher.Config {
	own := map[string]string{"Strategy.Weight": "drawer", "Strategy.MayTake": "puller"}[hook]
	if own == "" {
		own = "own"
	}
	card := &settings.Card{
		Enable: true, Connector: "main", PhoneNumbers: []string{number}, Strategy: own, IncomingBlacklist: true,
		OutgoingBlacklist: true, MaxTime: 600, BotAfterWaitingTime: "b", ServiceLevel: 20, BotOnStart: "b",
	}
	return usher.Config{
		Agents:    []usher.Agent{{ID: "ana", Limit: 3}, {ID: "bruno", Limit: 3}},
		Campaigns: []usher.Campaign{{ID: "sales", Members: []usher.Member{{Agent: "ana"}, {Agent: "bruno"}}, WhatsApp: card}},
	}
}

// hostileCommands lets every hook be called, each command in a goroutine of its own: the one
// that runs into the hook may not return, or end.
func hostileCommands(t *testing.T, h *host, bound time.Duration) {
	c, ctx := h.center, context.Background()
	in := ""
	if list := c.Interactions(""); len(list) > 0 {
		in = list[0].ID
	}
	other := inboundUpdate("other", "phone:34600000003")
	other.Message, other.Other = nil, &channel.Notice{Kind: "account_update"}
	for _, command := range []func(){
		func() { _ = c.Receive(ctx, []channel.Update{inboundUpdate("1", "phone:34600000002"), other}) },
		func() { _, _ = c.Do(ctx, queue.AgentState{Agent: "bruno", State: queue.Paused}) },
		func() { _, _ = c.Do(ctx, queue.AgentState{Agent: "bruno", State: queue.Available}) },
		func() { _, _ = c.Do(ctx, queue.Accept{Agent: c.Interactions("")[0].Offered, Interaction: in}) },
		func() { _ = c.Send(ctx, usher.Reply{Interaction: in, Message: channel.TextMessage("hi")}) },
		func() { _ = c.Configure(ctx, hostileConfig(h.hook)) },
		func() { _, _ = c.Transcript(ctx, in) },
		func() { _ = c.Erase(ctx, usher.Erasure{Aliases: []channel.Alias{"phone:34600000009"}}) },
		func() { c.Ended(0, func(*usher.Summary) bool { return h.at("keep of Ended") }) },
		func() { c.Open(func(*usher.Summary) bool { return h.at("keep of Ended") }) },
		func() {
			_, _ = c.DoWith(ctx, queue.Note{Topic: "with"}, func(ctx context.Context, expect uint64, records []store.Record) error {
				if h.at("write of DoWith") {
					return nil // nothing is written
				}
				return h.journal.Append(ctx, expect, records)
			})
		},
		func() {
			s := c.Subscribe(0)
			defer s.Close()
			_ = note(ctx, c, "for the subscriber")
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, _ = s.Next(ctx)
			h.at("subscriber")
		},
	} {
		done := make(chan struct{})
		h.calls.Go(func() {
			defer close(done)
			defer func() { _ = recover() }() // the host's own, in its own call
			command()
		})
		select {
		case <-done:
		case <-time.After(time.Second): // it is in the hook, or waits for it
		}
	}
}

// probeMethods calls every method of a center, all at the same time. All return, except calls
// that are themselves inside a strategy or the Clock that blocks: the engine runs in its
// caller's goroutine, because a goroutine for each decision would cost more than the decision.
func probeMethods(t *testing.T, h *host, bound time.Duration) {
	type result struct{ name string }
	c, ctx := h.center, context.Background()
	returned := make(chan result, len(methods))
	for name, call := range methods {
		go func() {
			defer func() {
				_ = recover()
				returned <- result{name}
			}()
			_ = call(ctx, c)
		}()
	}
	missing := map[string]bool{}
	for name := range methods {
		missing[name] = true
	}
	late := time.After(bound)
	for len(missing) > 0 {
		select {
		case r := <-returned:
			delete(missing, r.name)
		case <-time.After(bound / 5):
			if holdsLock[h.hook] && h.fault == blocks && len(missing) <= int(h.inside.Load()) {
				return
			}
		case <-late:
			t.Fatalf("methods that do not return: %v", missing)
		}
	}
}

// within fails the test when f does not return in time.
func within(t *testing.T, bound time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(bound):
		t.Fatalf("%s does not return", what)
	}
}
