package usher

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// load reads the journal, once, before anything else. It is atomic: what was read becomes
// the center's only when everything was.
func (c *Center) load(ctx context.Context) error {
	if c.loaded.Load() {
		return nil
	}
	select {
	case c.loading <- struct{}{}:
	case <-ctx.Done():
		if c.loaded.Load() {
			return nil
		}
		return context.Cause(ctx)
	}
	defer func() { <-c.loading }()
	if c.loaded.Load() {
		return nil
	}
	var err error
	c.contain("opening", func() { err = c.open(ctx) }, func(stopped error) { err = stopped })
	return err
}

// open reads the journal into a new engine and new followers, and publishes them.
func (c *Center) open(ctx context.Context) error {
	if err := c.err(); err != nil {
		return err
	}
	f, err := newFollowers(c.opts.Remember)
	if err != nil {
		return err
	}
	engine, err := c.rebuild(ctx, f.adopt, f.apply)
	if err != nil {
		return err
	}
	if err := c.checkEnd(ctx, engine.Seq()); err != nil {
		return fmt.Errorf("usher: journal: %w", err)
	}
	if err := c.checkNeeds(engine); err != nil {
		return err
	}
	return c.begin(engine, f)
}

// rebuild returns an engine in the state of the journal: the snapshot and what follows it.
func (c *Center) rebuild(ctx context.Context, adopt func(*centerSnapshot) error, fold func(*queue.Event, *queue.Engine)) (*queue.Engine, error) {
	engine, err := c.loadSnapshot(ctx, adopt)
	if err != nil {
		return nil, err
	}
	// Reading is most of it, and runs in parallel with the folding.
	var reader errgroup.Group
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		_ = reader.Wait()
	}()
	read := make(chan []queue.Event, 4)
	reader.Go(func() error {
		defer close(read)
		return c.read(ctx, engine.Seq()+1, read)
	})
	for some := range read {
		if err := c.replay(ctx, engine, some, fold); err != nil {
			return nil, fmt.Errorf("usher: journal: %w", err)
		}
	}
	return engine, reader.Wait()
}

// checkEnd returns a *[store.SnapshotAheadError] if the journal ends before the state that
// was read from it, which then is that of the snapshot alone: the records were lost. An
// empty append tells, and is needed only when the last record is not there: retention may
// have dropped it.
func (c *Center) checkEnd(ctx context.Context, seq uint64) error {
	if seq == 0 {
		return nil
	}
	for r, err := range c.journal.Load(ctx, seq) {
		if err != nil || r.Seq >= seq {
			return err
		}
	}
	err := c.journal.Append(ctx, seq, nil)
	conflict, ok := errors.AsType[*store.ConflictError](err)
	switch {
	case !ok:
		return ctx.Err() // what else is wrong with appending, the first one says
	case conflict.Owner == "" && conflict.Last < seq:
		return &store.SnapshotAheadError{Snapshot: seq, Last: conflict.Last}
	}
	return conflict
}

// replay gives an engine recorded events, in a goroutine of its own: strategies of the host are
// asked, and one that blocks, or calls the center, must not keep the caller.
func (c *Center) replay(ctx context.Context, engine *queue.Engine, some []queue.Event, fold func(*queue.Event, *queue.Engine)) error {
	return c.call(ctx, "replaying events", c.mu.limit, func(context.Context) error {
		for i := range some {
			if err := engine.Replay(some[i : i+1]); err != nil {
				return err
			}
			fold(&some[i], engine)
		}
		return nil
	})
}

// readAtOnce is how many events are handed over together.
const readAtOnce = 256

// read sends the events from a number on, in order. Before an error it sends what came
// before it.
func (c *Center) read(ctx context.Context, from uint64, to chan<- []queue.Event) error {
	var some []queue.Event
	send := func() {
		select {
		case to <- some:
		case <-ctx.Done():
		}
		some = nil
	}
	defer send()
	for ev, err := range c.Events(ctx, from) {
		if err != nil {
			return err
		}
		if some = append(some, ev); len(some) == readAtOnce {
			send()
		}
	}
	return nil
}

// loadSnapshot returns the engine of the latest snapshot, a new one if there is none. One
// of a form that this library does not read is passed over when the journal still has
// everything from the beginning.
func (c *Center) loadSnapshot(ctx context.Context, adopt func(*centerSnapshot) error) (*queue.Engine, error) {
	s, err := c.journal.LoadSnapshot(ctx)
	switch {
	case errors.Is(err, store.ErrNoSnapshot):
		return queue.New(c.engineConfig())
	case err != nil:
		return nil, fmt.Errorf("usher: journal: %w", err)
	case s.Version != queue.SnapshotVersion:
		return c.withoutSnapshot(ctx, s)
	}
	whole, err := decodeSnapshot(s.Data)
	if err != nil {
		return nil, fmt.Errorf("usher: journal: snapshot %d: %w", s.Seq, err)
	}
	if err := adopt(whole); err != nil {
		return nil, fmt.Errorf("usher: journal: snapshot %d: %w", s.Seq, err)
	}
	// Strategies of the host are asked here, as in replay.
	return calling(ctx, c, "restoring a snapshot", journalLong*c.mu.limit, func(context.Context) (*queue.Engine, error) {
		return queue.Restore(c.engineConfig(), whole.Engine)
	})
}

func (c *Center) withoutSnapshot(ctx context.Context, s store.Snapshot) (*queue.Engine, error) {
	for r, err := range c.journal.Load(ctx, 1) {
		if err == nil && r.Seq == 1 {
			return queue.New(c.engineConfig())
		}
		break
	}
	return nil, fmt.Errorf("usher: journal: snapshot %d has version %d, this library reads version %d, and the events before it are no longer there: "+
		"open it once with the version of the library that wrote it", s.Seq, s.Version, queue.SnapshotVersion)
}

// begin makes an engine and followers the center's. What the engine had asked for is asked
// for again under the same keys, except messages that may have been sent before: those are
// never repeated blindly, so they are ambiguous until a receipt settles them.
func (c *Center) begin(engine *queue.Engine, f *followers) error {
	now, durable := c.now(), engine.Seq()
	var again []queue.Effect
	var steps []*step
	for _, f := range engine.Pending() {
		if f.Kind != queue.EffectSend {
			again = append(again, f)
			continue
		}
		out, err := engine.Step(now, queue.Sent{
			Interaction: f.Interaction, Key: f.Key, Result: queue.SendAmbiguous, Interrupted: true, Reason: "the center was restarted while sending",
		})
		if s := newStep(out); s != nil {
			steps = append(steps, s)
		}
		// A deadline that passed in the meantime may have settled the message, and then the
		// interaction is forgotten when it has ended.
		if err != nil && !errors.Is(err, queue.ErrUnknownInteraction) {
			return fmt.Errorf("usher: recovery of interaction %s: %w", f.Interaction, err)
		}
	}
	if err := f.publish(c); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return c.failed
	}
	c.engine, c.durable, c.seq, c.at = engine, durable, engine.Seq(), now
	c.configured = c.past.configured()
	c.subs.begin(durable)
	c.snaps.at = now
	if len(steps) > 0 {
		c.pending.steps, c.pending.last = steps, c.seq
	}
	c.out.add(again)
	c.loaded.Store(true)
	return nil
}
