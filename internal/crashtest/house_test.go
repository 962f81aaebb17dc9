package crashtest_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/postgres"
	"github.com/usher-go/usher/store/sqlite"
)

// maker makes empty journals of one kind.
type maker func(t *testing.T) store.Journal

// everyJournal runs a test on each kind of journal.
func everyJournal(t *testing.T, test func(t *testing.T, fresh maker)) {
	url := databaseURL(t)
	kinds := map[string]maker{
		"memory": func(*testing.T) store.Journal { return store.NewMemory() },
		"sqlite": func(t *testing.T) store.Journal {
			j, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "center.db")})
			require.NoError(t, err)
			t.Cleanup(func() { _ = j.Close() })
			return j
		},
	}
	if url != "" {
		kinds["postgres"] = postgresMaker(t, url)
	}
	for name, fresh := range kinds {
		t.Run(name, func(t *testing.T) { test(t, fresh) })
	}
}

func postgresMaker(t *testing.T, url string) maker {
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	cfg := postgres.Config{Schema: fmt.Sprintf("usher_house_%d", time.Now().UnixNano())}
	require.NoError(t, postgres.Up(t.Context(), pool, cfg))
	t.Cleanup(func() {
		_, _ = pool.Exec(context.Background(), "DROP SCHEMA "+cfg.Schema+" CASCADE")
		pool.Close()
	})
	centers := 0
	return func(t *testing.T) store.Journal {
		centers++
		cfg.Center = fmt.Sprintf("center %d", centers)
		j, err := postgres.Open(t.Context(), pool, cfg)
		require.NoError(t, err)
		t.Cleanup(func() { _ = j.Close() })
		return j
	}
}

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// house is a center on a clock of its own that can be crashed: what is on the disk then is
// opened as another center, later.
type house struct {
	t       *testing.T
	fresh   maker
	journal store.Journal
	clock   *clock.Mock
	center  *usher.Center
	wa      *channeltest.Connector
	change  func(*usher.Options, *usher.Config)
	idle    func() // ends the Run
	talks   int

	mu    sync.Mutex
	shown []queue.Effect // what the desk was told since the last opening
	asked []string       // keys of the bots' turns since then
	hang  chan struct{}  // bots do not answer until it is closed; nil = they queue at once
}

func newHouse(t *testing.T, fresh maker, change func(*usher.Options, *usher.Config)) *house {
	t.Helper()
	h := &house{t: t, fresh: fresh, journal: fresh(t), clock: clock.NewMock(), change: change}
	h.clock.Set(morning)
	cfg := h.open()
	require.NoError(t, h.center.Configure(t.Context(), cfg))
	return h
}

func (h *house) open() usher.Config {
	h.t.Helper()
	h.wa = channeltest.NewConnector("main", number)
	h.wa.Clock(h.clock.Now)
	opts := usher.Options{
		Connectors: []channel.Connector{h.wa}, Journal: h.journal, Clock: h.clock, Retention: -1,
		Desk: usher.DeskFunc(h.show), Bots: map[string]bot.Bot{"greeter": bot.Func(h.turn)}, DrainTimeout: time.Millisecond,
	}
	cfg := usher.Config{
		Agents: []usher.Agent{{ID: "ana", Limit: 2}, {ID: "bruno", Limit: 2}},
		Campaigns: []usher.Campaign{{
			ID: "sales", Members: []usher.Member{{Agent: "ana"}, {Agent: "bruno"}},
			WhatsApp: &settings.Card{Enable: true, Connector: "main", PhoneNumbers: []string{number}, ServiceLevel: 20},
		}},
	}
	if h.change != nil {
		h.change(&opts, &cfg)
	}
	var err error
	h.center, err = usher.New(opts)
	require.NoError(h.t, err)
	h.wa.Connect(h.center)
	center := h.center
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = center.Run(ctx) }()
	h.idle = func() { cancel(); <-done }
	h.t.Cleanup(h.idle)
	return cfg
}

// crash opens, some time later, what is on the disk now.
func (h *house) crash(down time.Duration) {
	h.t.Helper()
	left := h.fresh(h.t)
	require.NoError(h.t, store.Copy(h.t.Context(), left, h.journal))
	h.mu.Lock()
	h.shown, h.asked = nil, nil
	h.mu.Unlock()
	now := h.clock.Now()
	h.journal, h.clock = left, clock.NewMock()
	h.clock.Set(now.Add(down))
	h.open()
	h.settle()
}

func (h *house) show(_ context.Context, f queue.Effect) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shown = append(h.shown, f)
	return nil
}

func (h *house) turn(ctx context.Context, s bot.Session) (bot.Reply, error) {
	h.mu.Lock()
	h.asked = append(h.asked, s.Key)
	hang := h.hang
	h.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			return bot.Reply{}, ctx.Err()
		}
	}
	return bot.Reply{Next: bot.Next{Action: bot.Queue}}, nil
}

// offers returns the offers that the desk was shown since the last opening.
func (h *house) offers() (list []queue.Effect) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.shown {
		if f.Kind == queue.EffectOffer {
			list = append(list, f)
		}
	}
	return list
}

func (h *house) do(c queue.Command) {
	h.t.Helper()
	_, err := h.center.Do(h.t.Context(), c)
	require.NoError(h.t, err)
	h.settle()
}

func (h *house) settle() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(h.t, h.center.Settle(ctx))
}

func (h *house) say(text string, who channel.Alias) {
	h.t.Helper()
	_, err := h.wa.Say(h.t.Context(), number, text, who)
	require.NoError(h.t, err)
}

func (h *house) available(agents ...string) {
	h.t.Helper()
	for _, a := range agents {
		h.do(queue.AgentState{Agent: a, State: queue.Available})
	}
}

// only returns the one open interaction.
func (h *house) only() queue.InteractionView {
	h.t.Helper()
	list := h.center.Interactions("")
	require.Len(h.t, list, 1)
	return list[0]
}

// when returns the instants, counted from the morning, of the events of a kind.
func (h *house) when(kind queue.Kind) (list []time.Duration) {
	h.t.Helper()
	for ev, err := range h.center.Events(h.t.Context(), 0) {
		require.NoError(h.t, err)
		if ev.Kind == kind {
			list = append(list, ev.At.Sub(morning))
		}
	}
	return list
}

var maria, pedro = channel.Phone("34600111222"), channel.Phone("34600333444")
