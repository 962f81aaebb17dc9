package usher_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
)

const day = 24 * time.Hour

// durable is a journal that a center does not take for one in memory.
type durable struct{ store.Journal }

// keeper is a center without a Run, so that snapshots are saved and old records dropped
// before a command returns, and a model of what its journal must have.
type keeper struct {
	t      *testing.T
	clock  *clock.Mock
	opts   usher.Options
	center *usher.Center
	lives  map[string]*life
	names  int
}

// life is what the model knows of an interaction.
type life struct {
	events, texts int
	ended         time.Time // zero = open
}

func newKeeper(t *testing.T, change func(*usher.Options)) *keeper {
	t.Helper()
	k := &keeper{t: t, clock: clock.NewMock(), lives: map[string]*life{}}
	k.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	k.opts = usher.Options{
		Connectors: []channel.Connector{channeltest.NewConnector("main", number)}, Clock: k.clock, SnapshotInterval: time.Hour,
		Journal: durable{store.NewMemory()}, Remember: -1,
	}
	if change != nil {
		change(&k.opts)
	}
	k.open()
	require.NoError(t, k.center.Configure(t.Context(), usher.Config{
		Agents: []usher.Agent{{ID: "ana", Limit: 2}},
		Campaigns: []usher.Campaign{{
			ID: "sales", Members: []usher.Member{{Agent: "ana"}},
			WhatsApp: &settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{number}, Return: settings.Return{Reopen: 2 * 86400}},
		}},
	}))
	return k
}

func (k *keeper) open() {
	k.t.Helper()
	var err error
	k.center, err = usher.New(k.opts)
	require.NoError(k.t, err)
}

func (k *keeper) do(c queue.Command) []queue.Event {
	k.t.Helper()
	events, err := k.center.Do(k.t.Context(), c)
	require.NoError(k.t, err)
	for i := range events {
		ev := &events[i]
		if ev.Interaction == "" {
			continue
		}
		x := k.lives[ev.Interaction]
		if x == nil {
			x = &life{}
			k.lives[ev.Interaction] = x
		}
		x.events++
		if ev.Message != nil && ev.Message.Text != "" {
			x.texts++
		}
		switch ev.Kind {
		case queue.Ended:
			x.ended = ev.At
		case queue.Reopened:
			x.ended = time.Time{}
		}
	}
	return events
}

// says has the customer of an interaction write.
func (k *keeper) says(id string) []queue.Event {
	k.t.Helper()
	k.names++
	return k.do(queue.Arrive{
		Campaign: "sales", Number: number, Aliases: []string{"visitor:" + id}, ID: fmt.Sprintf("unused-%d", k.names), Customer: "unused",
		Message: &queue.Message{Text: "hello"},
	})
}

// fresh has a new customer write and returns the interaction.
func (k *keeper) fresh() string {
	k.t.Helper()
	k.names++
	id := fmt.Sprintf("i%05d", k.names)
	k.do(queue.Arrive{Campaign: "sales", Number: number, Aliases: []string{"visitor:" + id}, ID: id, Customer: "c-" + id, Message: &queue.Message{Text: "hello"}})
	return id
}

func (k *keeper) ends(id string) {
	k.t.Helper()
	k.do(queue.End{Interaction: id, By: "test"})
}

// has returns how many events of an interaction the journal has, and how many with a text.
func (k *keeper) has(id string) (events, texts int) {
	k.t.Helper()
	list, err := k.center.Transcript(k.t.Context(), id)
	if !errors.Is(err, queue.ErrUnknownInteraction) {
		require.NoError(k.t, err)
	}
	for i := range list {
		if m := list[i].Message; m != nil && m.Text != "" {
			texts++
		}
	}
	return len(list), texts
}

// check compares the journal with the model. Records may be kept a sixteenth longer, and
// by two snapshots.
func (k *keeper) check(events, bodies, step time.Duration) {
	k.t.Helper()
	now := k.clock.Now()
	for id, x := range k.lives {
		e, b := k.has(id)
		age := time.Duration(0)
		if !x.ended.IsZero() {
			age = now.Sub(x.ended)
		}
		switch {
		case age < events:
			require.Equal(k.t, x.events, e, "events of %s, which ended %s ago", id, age)
		case age > events+events/16+2*step:
			require.Zero(k.t, e, "events of %s, which ended %s ago", id, age)
			delete(k.lives, id)
		}
		switch {
		case age < bodies:
			require.Equal(k.t, x.texts, b, "texts of %s, which ended %s ago", id, age)
		case age > bodies+bodies/16+2*step:
			require.Zero(k.t, b, "texts of %s, which ended %s ago", id, age)
		}
	}
}

// Whatever the lives of interactions are, events and bodies are kept from their end on, and
// those of open ones stay. That holds across restarts, and what is kept too long is bounded.
func TestRetentionCountsFromTheEnd(t *testing.T) {
	for _, c := range []struct {
		name           string
		journal        func() store.Journal
		events, bodies time.Duration // as set
		wantE, wantB   time.Duration
		step           time.Duration
	}{
		{"durable by default", func() store.Journal { return durable{store.NewMemory()} }, 0, 0, 90 * day, 30 * day, 9 * time.Hour},
		{"memory by default", func() store.Journal { return store.NewMemory() }, 0, 0, day, day, 20 * time.Minute},
		{"bodies with the events", func() store.Journal { return durable{store.NewMemory()} }, 10 * day, -1, 10 * day, 10 * day, 2 * time.Hour},
		{"bodies longer than the events", func() store.Journal { return durable{store.NewMemory()} }, 10 * day, 20 * day, 10 * day, 10 * day, 2 * time.Hour},
		{"bodies for a short time", func() store.Journal { return durable{store.NewMemory()} }, 20 * day, 10 * time.Hour, 20 * day, 10 * time.Hour, 2 * time.Hour},
		{"events for ever", func() store.Journal { return durable{store.NewMemory()} }, -1, 10 * day, 10000 * day, 10 * day, 6 * time.Hour},
		{"everything for ever", func() store.Journal { return durable{store.NewMemory()} }, -1, -1, 10000 * day, 10000 * day, 5 * day},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newKeeper(t, func(o *usher.Options) {
				o.Journal, o.Retention, o.BodyRetention, o.SnapshotInterval = c.journal(), c.events, c.bodies, time.Minute
			})
			random := rand.New(rand.NewPCG(1, 2))
			ends := map[string]time.Time{} // of what is open
			parked := k.fresh()
			steps := 100
			if c.wantE < 1000*day || c.wantB < 1000*day {
				steps = min(int(3*c.wantE/c.step), 720)
			}
			for n := range steps {
				k.clock.Add(c.step)
				// A life lasts a moment, or a good part of the retention.
				length := time.Duration(random.ExpFloat64() * float64(c.step))
				if random.IntN(5) == 0 {
					length = time.Duration(random.ExpFloat64() * float64(min(c.wantB, 100*day)) / 3)
				}
				ends[k.fresh()] = k.clock.Now().Add(length)
				for id, at := range ends {
					switch {
					case !at.After(k.clock.Now()):
						k.ends(id)
						delete(ends, id)
					case random.IntN(3) == 0:
						k.says(id)
					}
				}
				if n == steps/2 {
					k.says(parked)
				}
				if _, memory := k.opts.Journal.(*store.Memory); !memory && random.IntN(40) == 0 {
					k.open()
				}
				if n%40 == 0 {
					k.check(c.wantE, c.wantB, c.step)
				}
			}
			require.Zero(t, k.lives[parked].ended)
			k.check(c.wantE, c.wantB, c.step)
			state, spans := k.retention()
			assert.Less(t, state, 200, "marks")
			assert.Less(t, spans, steps/2, "spans")
		})
	}
}

// retention returns how many marks and spans the snapshot has.
func (k *keeper) retention() (marks, spans int) {
	k.t.Helper()
	var s struct{ Marks, Spans []json.RawMessage }
	require.NoError(k.t, json.Unmarshal(k.snapshot(), &s))
	return len(s.Marks), len(s.Spans)
}

// snapshot returns the first line of the snapshot.
func (k *keeper) snapshot() []byte {
	k.t.Helper()
	s, err := k.opts.Journal.LoadSnapshot(k.t.Context())
	require.NoError(k.t, err)
	line, _, _ := bytes.Cut(s.Data, []byte("\n"))
	return line
}

// ticks lets time pass in steps with an event in each.
func (k *keeper) ticks(n int, step time.Duration) {
	k.t.Helper()
	for range n {
		k.clock.Add(step)
		k.do(queue.Note{Topic: "tick"})
	}
}

// An interaction that is reopened keeps what was said before its first end, from its last
// end on.
func TestRetentionOfAReopenedInteraction(t *testing.T) {
	for _, open := range []time.Duration{time.Minute, 20 * day} { // after it was reopened
		k := newKeeper(t, func(o *usher.Options) { o.Retention, o.BodyRetention = 10*day, 5*day })
		k.ticks(3, 12*time.Hour)
		k.do(queue.AgentState{Agent: "ana", State: queue.Available})
		id := k.fresh()
		k.do(queue.Accept{Agent: "ana", Interaction: id})
		k.ticks(1, time.Minute)
		k.do(queue.Finish{Agent: "ana", Interaction: id})
		k.do(queue.AgentState{Agent: "ana", State: queue.Offline})
		k.ticks(24, 110*time.Minute)
		require.Equal(t, queue.Reopened, k.says(id)[0].Kind)
		k.open() // the event is read again
		for range 2 {
			k.ticks(12, open/12)
			k.check(10*day, 5*day, 12*time.Hour)
		}
		k.ends(id)
		for range 40 {
			k.ticks(2, 6*time.Hour)
			k.check(10*day, 5*day, 12*time.Hour)
		}
		events, _ := k.has(id)
		assert.Zero(t, events)
	}
}

// A journal is truncated only when there is more to drop, and exactly where nothing was open.
func TestTruncationWhenNeeded(t *testing.T) {
	journal := &counted{Journal: store.NewMemory()}
	k := newKeeper(t, func(o *usher.Options) { o.Journal, o.Retention = journal, 10*day })
	k.ends(k.fresh())
	k.ticks(1, 2*time.Hour)
	last := k.center.Seq()
	k.ticks(1, 10*day)
	assert.Equal(t, 1, journal.truncated)
	for r, err := range journal.Load(t.Context(), 0) {
		require.NoError(t, err)
		assert.Greater(t, r.Seq, last)
	}
	k.ticks(240, time.Hour)
	assert.Less(t, journal.truncated, 40)
	k.open()
	k.ticks(1, time.Hour)
	assert.Less(t, journal.truncated, 41)
}

// The log says of each truncation what it dropped and how long it took.
func TestATruncationIsLogged(t *testing.T) {
	var text bytes.Buffer
	k := newKeeper(t, func(o *usher.Options) {
		o.Retention, o.Logger = 10*day, slog.New(slog.NewTextHandler(&text, nil))
		o.Journal = lasting{o.Journal, o.Clock.(*clock.Mock), time.Hour}
	})
	k.ends(k.fresh())
	k.fresh() // stays open
	k.ticks(20, day)
	assert.Regexp(t, `level=INFO msg="usher: old records dropped" upTo=\d+ kept=1 took=1h0m0s`, text.String())
}

// lasting is a journal whose truncations take some time of a clock.
type lasting struct {
	store.Journal
	clock *clock.Mock
	took  time.Duration
}

func (l lasting) Truncate(ctx context.Context, before uint64, keep []string) error {
	l.clock.Add(l.took)
	return l.Journal.Truncate(ctx, before, keep)
}

// counted counts truncations.
type counted struct {
	store.Journal
	truncated int
}

func (c *counted) Truncate(ctx context.Context, before uint64, keep []string) error {
	c.truncated++
	return c.Journal.Truncate(ctx, before, keep)
}

// A snapshot from before spans were kept has marks only. What was open when it was written
// is not dropped.
func TestRetentionAfterASnapshotWithoutSpans(t *testing.T) {
	k := newKeeper(t, nil)
	parked := k.fresh()
	k.ticks(60, 12*time.Hour)
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(k.snapshot(), &fields))
	var marks []map[string]any
	require.NoError(t, json.Unmarshal(fields["marks"], &marks))
	for _, m := range marks {
		delete(m, "whole")
	}
	delete(fields, "spans")
	delete(fields, "spared")
	fields["marks"], _ = json.Marshal(marks)
	fields["bodies"] = json.RawMessage("1")
	s, err := k.opts.Journal.LoadSnapshot(t.Context())
	require.NoError(t, err)
	_, customers, _ := bytes.Cut(s.Data, []byte("\n"))
	line, err := json.Marshal(fields)
	require.NoError(t, err)
	s.Data = append(append(line, '\n'), customers...)
	require.NoError(t, k.opts.Journal.SaveSnapshot(t.Context(), s))
	k.open()
	for range 20 {
		k.ticks(20, 12*time.Hour)
		events, texts := k.has(parked)
		require.Equal(t, k.lives[parked].events, events)
		require.Equal(t, 1, texts)
	}
	first := uint64(0)
	for r, err := range k.opts.Journal.Load(t.Context(), 0) {
		require.NoError(t, err)
		if r.Interaction == "" {
			first = r.Seq
			break
		}
	}
	assert.Greater(t, first, uint64(100), "the rest is dropped")
}

// Erasing a customer erases what a truncation and an erasure by age have spared.
func TestEraseFindsWhatRetentionSpared(t *testing.T) {
	k := newKeeper(t, nil)
	parked := k.fresh()
	k.ticks(400, 12*time.Hour)
	_, texts := k.has(parked)
	require.Equal(t, 1, texts)
	k.ends(parked)
	require.NoError(t, k.center.Erase(t.Context(), usher.Erasure{Customer: "c-" + parked}))
	events, texts := k.has(parked)
	assert.Equal(t, k.lives[parked].events+1, events, "with the event of the erasure")
	assert.Zero(t, texts)
	for r, err := range k.opts.Journal.Load(t.Context(), 0) {
		require.NoError(t, err)
		assert.NotContains(t, string(r.Body), parked)
	}
}

// slowTruncate is a journal whose truncations and erasures last until they are cancelled.
type slowTruncate struct {
	store.Journal
	mu    sync.Mutex
	calls int
}

func (s *slowTruncate) Truncate(ctx context.Context, _ uint64, _ []string) error {
	s.mu.Lock()
	s.calls++
	s.mu.Unlock()
	<-ctx.Done()
	return ctx.Err()
}

// A truncation that takes for ever delays no decision, no snapshot, no erasure of a customer
// and not the end of a Run.
func TestNothingWaitsForATruncation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := &slowTruncate{Journal: store.NewMemory()}
		k := newKeeper(t, func(o *usher.Options) { o.Journal = journal })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- k.center.Run(ctx) }()
		last := uint64(0)
		for range 300 {
			k.clock.Add(12 * time.Hour)
			k.ends(k.fresh())
			synctest.Wait()
			s, err := journal.LoadSnapshot(t.Context())
			if err == nil {
				require.Greater(t, s.Seq, last)
				last = s.Seq
			}
		}
		require.NoError(t, k.center.Erase(t.Context(), usher.Erasure{Customer: "c-i00001"}))
		assert.Equal(t, 1, journal.calls, "one at a time")
		began := time.Now()
		cancel()
		require.NoError(t, <-done)
		assert.LessOrEqual(t, time.Since(began), 5*time.Second)
	})
}

// sized is a journal with a size.
type sized struct {
	store.Journal
	size int64
}

func (s *sized) Size(context.Context) (int64, error) { return s.size, nil }

// A large journal is warned of once, and again when it has doubled.
func TestLargeJournalIsLogged(t *testing.T) {
	for _, c := range []struct {
		limit int64
		sizes []int64
		want  string // one letter for each size: w = a warning
	}{
		{1000, []int64{999, 1000, 1001, 1500, 2001, 2002, 4001, 4003, 900, 1001}, "--w--w---w"},
		{0, []int64{49 << 30, 51 << 30, 80 << 30, 102 << 30}, "-w-w"},
		{-1, []int64{1 << 60}, "-"},
	} {
		var log bytes.Buffer
		journal := &sized{Journal: store.NewMemory()}
		k := newKeeper(t, func(o *usher.Options) {
			o.Journal, o.JournalWarning, o.Logger = journal, c.limit, slog.New(slog.NewTextHandler(&log, nil))
		})
		got := ""
		for _, journal.size = range c.sizes {
			log.Reset()
			k.ticks(1, 2*time.Hour)
			if bytes.Contains(log.Bytes(), []byte(fmt.Sprintf("bytes=%d", journal.size))) {
				got += "w"
			} else {
				got += "-"
			}
		}
		assert.Equal(t, c.want, got, "limit %d", c.limit)
	}
}
