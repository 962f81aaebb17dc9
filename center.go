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
	// BlacklistTimeout (0 = 0.5 s), about a message, a start, and each entry into another
	// campaign; when it fails or is late the customer passes, unless BlacklistFailClosed.
	// When it lists a customer, the host sends [queue.End] with Blacklisted for each of the
	// customer's open interactions.
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
	// Retention is how long the events of an interaction stay in the journal after its end,
	// and events that concern no interaction after their own instant. 0 = 90 days, or 24 h
	// when the journal is in memory; less than 0 = for ever.
	//
	// BodyRetention is the same for what people said and who they are, which is erased from
	// the events: 0 = 30 days, or with the events when the journal is in memory; less than 0,
	// or not less than Retention, = with the events.
	//
	// An interaction that is open keeps everything, however long it is parked, and does not
	// keep others. Both ages are known by snapshots: what is dropped may be older by a
	// sixteenth, or by two times the distance of two snapshots.
	Retention     time.Duration
	BodyRetention time.Duration
	// JournalWarning is the size in bytes above which a journal is logged as a warning:
	// once, and again whenever it has doubled. 0 = 50 GiB, less than 0 = never. It is asked
	// after each snapshot of a journal that is a [store.Sizer].
	JournalWarning int64
	// Remember is how many ended interactions [Center.Ended] knows; 0 =
	// [DefaultRemember], less than 0 = none.
	Remember int
	// RefuseMissing makes opening fail when the journal names connectors or bots that are
	// not among these options. Otherwise the center opens, logs them, and [Center.Missing]
	// returns them: messages of such a connector fail, and such a bot exits to the default
	// of its phase. A missing strategy or time zone always makes opening fail.
	RefuseMissing bool
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
	// NewID returns a new id for an interaction or a customer, never the same twice. Several
	// goroutines call it at once. nil = 26 letters and digits: the time of the Clock and 80
	// random bits, which keeps the index of a journal compact. Ids that sort by time are
	// better than random ones for that.
	NewID func() string
	// Concurrency is how many sends, how many bot turns, and how many calls of the desk are
	// under way at once.
	// 0 = 256. 1 means one thing at a time, in the order in which it was decided, so that a
	// test or a demonstration goes the same way every time.
	Concurrency int
	// SendTimeout bounds one call of a connector, and one of the desk, in real time.
	// 0 = 30 s.
	SendTimeout time.Duration
	// JournalTimeout bounds one append to the journal, in real time, and the wait for the
	// next record when it is read. 0 = 30 s. When an append takes longer the center stops:
	// it cannot know whether the records are there. Calls that read or write a snapshot
	// get 20 times as long, and those that truncate or erase 120 times: no decision waits
	// for them. The journal in memory has no deadlines.
	JournalTimeout time.Duration
	// MaxReceiving bounds the calls of Receive that are under way at once, most of which wait
	// for the journal. One more returns an [OverloadedError], so that the provider is told to
	// repeat instead of waiting with all others. Commands are not bounded. 0 = 1,000, less than
	// 0 = no bound.
	MaxReceiving int
	// DrainTimeout is how long Run goes on with what is under way after its context
	// ends, in real time. 0 = 10 s.
	DrainTimeout time.Duration
}

// Desk shows agents what concerns them. Offer is called for effects of the kinds offer,
// revoke, show, nudge and listed, one at a time for an interaction and at the same time for
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
// journal, or whose engine failed; the cause is wrapped. Make a new center to continue.
// Methods without an error return what they still know, or nothing.
var ErrStopped = errors.New("usher: center has stopped")

// Center is one contact center. Its methods may be called from any goroutine; each
// decides before it returns.
type Center struct {
	opts       Options
	clock      clock.Clock
	log        *slog.Logger
	connectors map[string]channel.Connector
	channels   map[string]string // by connector
	guard      *blacklist.Guard
	list       *blacklist.List
	history    *blacklist.History
	journal    store.Journal
	board      *board
	past       *past
	retention  *retention

	loading chan struct{} // holds a token while the journal is read
	loaded  atomic.Bool

	mu     engineLock    // guards what follows
	engine *queue.Engine // nil before the journal was read, and after it failed
	at     time.Time     // of the last decision
	seq    uint64        // the last event that was decided
	failed error
	// configured is the last event, decided but maybe not yet durable, that changed the
	// configuration.
	configured uint64
	undurable  []undurable   // entries of the own list that are decided and not published
	pending    *batch        // decided, to be written next
	writing    *batch        // being written; nil when no writer is active
	busy       bool          // a writer is active, or is about to be
	durable    uint64        // last event in the journal
	gate       chan struct{} // closed to let decisions go on; nil while they may
	running    bool
	beside     bool // a Run is active: snapshots are saved in its goroutines
	alarm      alarm

	abandoned atomic.Int32 // calls of the host's code that were given up and still run

	expiry     context.Context // of the goroutine that drops old records; ends with the Run
	stopExpiry context.CancelFunc

	snaps snapshots

	receiving atomic.Int64 // calls of Receive under way

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
		opts: opts, clock: opts.Clock, log: safeLogger(opts.Logger), loading: make(chan struct{}, 1),
		connectors: map[string]channel.Connector{}, channels: map[string]string{}, past: newPast(opts.Remember), pending: newBatch(), crew: crew{todo: make(chan func())},
	}
	var err error
	if c.board, err = newBoard(); err != nil {
		return nil, err
	}
	if c.clock == nil {
		c.clock = clock.New()
	}
	c.mu.limit, c.mu.stuck = engineLimit, c.stuck
	c.snaps.saving = make(chan struct{}, 1)
	if opts.Journal == nil {
		opts.Journal = store.NewMemory()
	}
	_, memory := opts.Journal.(*store.Memory)
	c.retention = newRetention(&c.opts, memory)
	c.journal = c.bounded(opts.Journal)
	for i, conn := range opts.Connectors {
		if err := c.register(conn); err != nil {
			return nil, fmt.Errorf("usher: options: connectors[%d]: %w", i, err)
		}
	}
	if _, err := queue.New(c.engineConfig()); err != nil {
		return nil, err
	}
	c.guardBlacklist()
	c.out.init(opts.Concurrency)
	return c, nil
}

// register adds a connector. Its name and channel are asked for once.
func (c *Center) register(conn channel.Connector) error {
	if conn == nil {
		return errors.New("must not be nil")
	}
	named, err := recovered("connector", func() ([2]string, error) {
		return [2]string{conn.Name(), conn.Channel()}, nil
	})
	switch name := named[0]; {
	case err != nil:
		return err
	case name == "" || c.connectors[name] != nil:
		return fmt.Errorf("connector %q: the name is empty or taken", name)
	default:
		c.connectors[name], c.channels[name] = conn, named[1]
		return nil
	}
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
	return queue.Config{
		Seed: c.opts.Seed, Strategies: c.opts.Strategies, SendsAtOnce: max(c.opts.Concurrency, queue.DefaultSendsAtOnce),
		CheckTimeout: queue.DefaultCheckTimeout + max(c.opts.BlacklistTimeout, 0), CheckFailClosed: c.opts.BlacklistFailClosed,
	}
}

func (c *Center) now() time.Time { return c.clock.Now() }

// Do performs one command and returns its events once they are durable; subscribers get
// the same ones, so they must not be changed. An error of type
// *[queue.Error] says why the command was refused; nothing has changed then, except where
// the command's documentation says so.
func (c *Center) Do(ctx context.Context, command queue.Command) ([]queue.Event, error) {
	command, err := c.admit(ctx, command)
	if err != nil {
		return nil, err
	}
	events, seq, err := c.decide(ctx, command)
	if seq > 0 {
		if commitErr := c.flush(ctx, seq); commitErr != nil {
			return nil, commitErr
		}
	}
	return events, err
}

// decide gives the engine a command and queues what follows for the journal. seq is the
// event that must be durable before the caller may tell anything; it may be another's. The
// command is not performed when the engine has one of the new ids already.
func (c *Center) decide(ctx context.Context, command queue.Command, newIDs ...string) (events []queue.Event, seq uint64, err error) {
	if err := c.load(ctx); err != nil {
		return nil, 0, err
	}
	if err := c.enter(ctx); err != nil {
		return nil, 0, err
	}
	d, err := c.act(func(e *queue.Engine, now time.Time) (queue.Output, error) {
		if c.opts.NewID != nil && slices.ContainsFunc(newIDs, e.HasID) {
			return e.Advance(now), errIDTaken
		}
		return e.Step(now, c.admitLocked(e, now, command))
	})
	switch {
	case err != nil:
		return nil, 0, err
	case d.step == nil:
		return nil, d.seq, d.err
	}
	d.step.encoded() // beside the others' decisions and the disk
	return d.step.events, d.seq, d.err
}

// enter locks the engine for a decision.
func (c *Center) enter(ctx context.Context) error {
	for {
		c.mu.Lock()
		gate, err := c.gate, c.failed
		if gate == nil && err == nil {
			return nil
		}
		c.mu.Unlock()
		if err != nil {
			return err
		}
		select {
		case <-gate:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func newStep(out queue.Output) *step {
	if len(out.Events) == 0 && len(out.Effects) == 0 {
		return nil
	}
	return &step{events: slices.Clone(out.Events), effects: slices.Clone(out.Effects)}
}

// Blacklist returns the center's own list, nil if the host has its own checker.
func (c *Center) Blacklist() *blacklist.List { return c.list }
