package usher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/strategy"
)

// Options are what a center is made from. The zero value of every field is a working
// default.
type Options struct {
	// Connectors carry messages. Campaigns refer to them by name.
	Connectors []channel.Connector
	// Bots by the names that campaigns use.
	Bots map[string]bot.Bot
	// Strategies beside the built-in ones.
	Strategies []strategy.Strategy
	// Blacklist says who is kept out. nil = an empty list of the center's own, see
	// [Center.Blacklist]. A Checker of the host's is asked outside every lock, for at most
	// BlacklistTimeout (0 = 0.5 s); when it fails or is late the customer passes, unless
	// BlacklistFailClosed.
	Blacklist           blacklist.Checker
	BlacklistTimeout    time.Duration
	BlacklistFailClosed bool
	// Journal keeps the events. nil = in memory.
	Journal store.Journal
	// SnapshotEvery is the number of events between two snapshots, 0 = 10,000, or any number
	// when the journal is in memory, and SnapshotInterval the longest time with events and
	// without one, 0 = 5 min: together they bound how long opening takes. A center so large
	// that its snapshots would be most of the work takes them less often, but at the latest
	// after five times as many events.
	SnapshotEvery    int
	SnapshotInterval time.Duration
	// Retention is how long events stay in the journal, 0 = 24 h, less than 0 = for ever.
	// What people said and who they are is erased from them when it is older than
	// BodyRetention; 0 = with the events. Counts and open interactions keep what they need.
	Retention     time.Duration
	BodyRetention time.Duration
	// Remember is how many ended interactions [Center.Ended] knows; 0 =
	// [DefaultRemember], less than 0 = none.
	Remember int
	// Desk is told of offers. nil = the host follows the events.
	Desk Desk
	// Notice is told of what was received but not routed. nil = it is logged.
	Notice func(channel.Update, error)
	// Clock is the time. nil = the real one.
	Clock clock.Clock
	// Logger gets what nobody else would hear of. nil = nothing is logged.
	Logger *slog.Logger
	// Seed of every draw of lots.
	Seed uint64
	// NewID returns a new id for an interaction or a customer, never the same twice. nil =
	// 26 letters and digits: the time of the Clock and 80 random bits, which keeps the index
	// of a journal compact. Ids that sort by time are better than random ones for that.
	NewID func() string
	// Concurrency is how many sends, how many bot turns, and how many calls of the desk are
	// under way at once.
	// 0 = 256. 1 means one thing at a time, in the order in which it was decided, so that a
	// test or a demonstration goes the same way every time.
	Concurrency int
	// SendTimeout bounds one call of a connector, and one of the desk, in real time.
	// 0 = 30 s.
	SendTimeout time.Duration
	// DrainTimeout is how long Run goes on with what is under way after its context
	// ends, in real time. 0 = 10 s.
	DrainTimeout time.Duration
}

// Desk shows agents what concerns them. Offer is called for effects of the kinds offer,
// revoke, show and nudge, one at a time for an interaction and at the same time for
// several; an error on an offer says that the agent could not be reached, and the
// interaction goes to somebody else.
type Desk interface {
	Offer(ctx context.Context, effect queue.Effect) error
}

// DeskFunc is a function that is a [Desk].
type DeskFunc func(ctx context.Context, effect queue.Effect) error

// Offer calls f.
func (f DeskFunc) Offer(ctx context.Context, effect queue.Effect) error { return f(ctx, effect) }

// ErrStopped is returned by every method of a center that can no longer write its
// journal; the cause is wrapped. Open a new one to go on.
var ErrStopped = errors.New("usher: center has stopped")

// Center is one contact center. Its methods may be called from any goroutine; each
// decides before it returns.
type Center struct {
	opts       Options
	clock      clock.Clock
	log        *slog.Logger
	connectors map[string]channel.Connector
	guard      *blacklist.Guard
	list       *blacklist.List
	history    *blacklist.History
	journal    store.Journal
	board      *board
	past       *past

	loading sync.Mutex // one load at a time; never held together with a foreign call of others
	mu      sync.Mutex // the engine and what follows
	engine  *queue.Engine
	loaded  atomic.Bool
	failed  error
	pending *batch        // decided, to be written next
	writing *batch        // being written; nil when nobody writes
	busy    bool          // somebody writes, or is about to
	durable uint64        // last event in the journal
	gate    chan struct{} // closed to let decisions go on; nil while they may
	running bool
	beside  bool // snapshots are saved beside the Run
	alarm   *clock.Timer
	alarmAt time.Time
	alarms  uint64

	snaps snapshots

	crew crew
	out  outbox
	subs subscribers
}

// step is what one call of the engine produced.
type step struct {
	events  []queue.Event
	effects []queue.Effect

	encode  sync.Once // by who decided, or who writes: whoever comes first
	records []store.Record
}

// encoded returns the step's events as records.
func (s *step) encoded() []store.Record {
	s.encode.Do(func() { s.records = encode(s.events) })
	return s.records
}

// New returns a center. It does no I/O and starts nothing: the journal is read by the
// first call, or by [Center.Run].
func New(opts Options) (*Center, error) {
	c := &Center{
		opts: opts, clock: opts.Clock, log: opts.Logger, journal: opts.Journal,
		connectors: map[string]channel.Connector{}, past: newPast(opts.Remember), pending: newBatch(), crew: crew{todo: make(chan func())},
	}
	var err error
	if c.board, err = newBoard(); err != nil {
		return nil, err
	}
	if c.clock == nil {
		c.clock = clock.New()
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.journal == nil {
		c.journal = store.NewMemory()
	}
	if c.opts.NewID == nil {
		c.opts.NewID = func() string { return newID(c.now()) }
	}
	for _, conn := range opts.Connectors {
		if conn.Name() == "" || c.connectors[conn.Name()] != nil {
			return nil, fmt.Errorf("usher: options: connector %q: the name is empty or taken", conn.Name())
		}
		c.connectors[conn.Name()] = conn
	}
	if _, err := queue.New(c.engineConfig()); err != nil {
		return nil, err
	}
	c.guardBlacklist()
	c.out.init(opts.Concurrency)
	return c, nil
}

func (c *Center) guardBlacklist() {
	checker := c.opts.Blacklist
	if checker == nil {
		c.list = &blacklist.List{}
		checker = c.list
	}
	c.history = blacklist.NewHistory(blacklist.Retention{})
	c.guard = &blacklist.Guard{Checker: checker, Timeout: c.opts.BlacklistTimeout, FailClosed: c.opts.BlacklistFailClosed}
}

func (c *Center) engineConfig() queue.Config {
	return queue.Config{Seed: c.opts.Seed, Strategies: c.opts.Strategies}
}

func (c *Center) now() time.Time { return c.clock.Now() }

// Do performs one command and returns its events once they are durable; subscribers get
// the same ones, so they must not be changed. An error of type
// *[queue.Error] says why the command was refused; nothing has changed then, except where
// the command's documentation says so.
func (c *Center) Do(ctx context.Context, command queue.Command) ([]queue.Event, error) {
	events, seq, err := c.decide(ctx, command)
	if seq > 0 {
		if commitErr := c.flush(ctx, seq); commitErr != nil {
			return nil, commitErr
		}
	}
	return events, err
}

// decide gives the engine a command and keeps what follows for the journal. seq is the
// event that must be durable before anybody is told; it may be one of somebody else's.
func (c *Center) decide(ctx context.Context, command queue.Command) (events []queue.Event, seq uint64, err error) {
	if err := c.load(ctx); err != nil {
		return nil, 0, err
	}
	if err := c.enter(ctx); err != nil {
		return nil, 0, err
	}
	out, err := c.engine.Step(c.now(), command)
	s := c.keep(out)
	seq = c.engine.Seq()
	c.mu.Unlock()
	if s == nil {
		return nil, seq, err
	}
	s.encoded() // beside the others' decisions and the disk
	return s.events, seq, err
}

// enter locks the engine for a decision.
func (c *Center) enter(ctx context.Context) error {
	for {
		c.mu.Lock()
		gate := c.gate
		switch {
		case c.failed != nil:
			c.mu.Unlock()
			return c.failed
		case gate == nil:
			return nil
		}
		c.mu.Unlock()
		select {
		case <-gate:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// keep takes what a step produced, before the engine uses the room again.
func (c *Center) keep(out queue.Output) *step {
	defer c.armLocked()
	s := newStep(out)
	if s != nil {
		c.pending.steps = append(c.pending.steps, s)
		c.pending.last = c.engine.Seq()
	}
	return s
}

func newStep(out queue.Output) *step {
	if len(out.Events) == 0 && len(out.Effects) == 0 {
		return nil
	}
	return &step{events: slices.Clone(out.Events), effects: slices.Clone(out.Effects)}
}

// Configure sets agents and campaigns, new or in place of those that the center has;
// others stay as they are. Everything is checked first: a *[ConfigError] has every fault,
// and nothing has changed.
func (c *Center) Configure(ctx context.Context, cfg Config) error {
	return c.ConfigureAs(ctx, "", cfg)
}

// ConfigureAs is [Center.Configure] on behalf of somebody, who is By in the events.
func (c *Center) ConfigureAs(ctx context.Context, by string, cfg Config) error {
	have, err := c.check(ctx, cfg)
	if err != nil {
		return err
	}
	for _, a := range cfg.Agents {
		if _, err := c.Do(ctx, queue.ConfigureAgent{Agent: a.compile(), By: by}); err != nil {
			return err
		}
	}
	for _, x := range handOver(cfg.Campaigns, have.Campaigns) {
		if _, err := c.Do(ctx, queue.Configure{Campaign: x, By: by}); err != nil {
			return err
		}
	}
	return nil
}

// handOver returns the campaigns to configure in an order in which no number belongs to
// two at any time: those that lose one are first configured without it.
func handOver(campaigns []Campaign, have []queue.CampaignSnap) []queue.Campaign {
	taken := map[string]string{}
	var out []queue.Campaign
	for _, x := range campaigns {
		q := x.compile()
		out = append(out, q)
		for _, n := range q.Numbers {
			taken[n] = q.ID
		}
	}
	var first []queue.Campaign
	for _, h := range have {
		kept := h.Config
		kept.Numbers = nil
		for _, n := range h.Config.Numbers {
			if owner, ok := taken[n]; !ok || owner == h.Config.ID {
				kept.Numbers = append(kept.Numbers, n)
			}
		}
		if len(kept.Numbers) < len(h.Config.Numbers) {
			first = append(first, kept)
		}
	}
	return append(first, out...)
}

// configLocked returns the configuration in the engine: what validation needs of a
// snapshot.
func (c *Center) configLocked() queue.Snapshot {
	var s queue.Snapshot
	for _, a := range c.engine.Agents() {
		cfg, _ := c.engine.AgentConfig(a.ID)
		s.Agents = append(s.Agents, queue.AgentSnap{Config: cfg})
	}
	for _, x := range c.engine.Campaigns() {
		cfg, _ := c.engine.CampaignConfig(x.ID)
		s.Campaigns = append(s.Campaigns, queue.CampaignSnap{Config: cfg})
	}
	return s
}

// Blacklist returns the center's own list, nil if the host has its own checker.
func (c *Center) Blacklist() *blacklist.List { return c.list }
