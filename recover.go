package usher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// load reads the journal, once, before anything else.
func (c *Center) load(ctx context.Context) error {
	if c.loaded.Load() {
		return nil
	}
	c.loading.Lock()
	defer c.loading.Unlock()
	if c.loaded.Load() {
		return nil
	}
	engine, err := c.rebuild(ctx, c.adopt, func(ev *queue.Event, engine *queue.Engine) {
		c.board.apply(ev)
		c.past.apply(ev, engine.Interaction)
		c.blacklisted(ev)
	})
	if err != nil {
		return err
	}
	c.begin(engine)
	return nil
}

// rebuild returns an engine in the state of the journal: the snapshot and what follows it.
func (c *Center) rebuild(ctx context.Context, adopt func(*centerSnapshot) error, fold func(*queue.Event, *queue.Engine)) (*queue.Engine, error) {
	engine, err := c.loadSnapshot(ctx, adopt)
	if err != nil {
		return nil, err
	}
	for r, err := range c.journal.Load(ctx, engine.Seq()+1) {
		if err != nil {
			return nil, fmt.Errorf("usher: journal: %w", err)
		}
		ev, err := decodeEvent(r)
		if err != nil {
			return nil, err
		}
		if err := engine.Replay([]queue.Event{ev}); err != nil {
			return nil, fmt.Errorf("usher: journal: %w", err)
		}
		fold(&ev, engine)
	}
	return engine, nil
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
	var whole centerSnapshot
	if err := json.Unmarshal(s.Data, &whole); err != nil {
		return nil, fmt.Errorf("usher: journal: snapshot %d: %w", s.Seq, err)
	}
	if err := adopt(&whole); err != nil {
		return nil, fmt.Errorf("usher: journal: snapshot %d: %w", s.Seq, err)
	}
	return queue.Restore(c.engineConfig(), whole.Engine)
}

// adopt takes over what a snapshot holds beside the engine.
func (c *Center) adopt(whole *centerSnapshot) error {
	c.snaps.seq = whole.Engine.Seq
	c.snaps.marks, c.snaps.bodies = whole.Marks, whole.Bodies
	return errors.Join(c.board.load(whole.Board), c.past.load(whole.Past), c.loadList(whole.List))
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

// begin makes the engine the center's. What it had asked for is asked for again under the
// same keys, except messages that may have been sent before: those are never repeated
// blindly, so they are ambiguous until a receipt settles them.
func (c *Center) begin(engine *queue.Engine) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.engine = engine
	c.durable = engine.Seq()
	c.subs.start = engine.Seq()
	c.snaps.at = c.now()
	var again []queue.Effect
	for _, f := range engine.Pending() {
		if f.Kind != queue.EffectSend {
			again = append(again, f)
			continue
		}
		out, err := engine.Step(c.now(), queue.Sent{
			Interaction: f.Interaction, Key: f.Key, Result: queue.SendAmbiguous, Reason: "the center was restarted while sending",
		})
		if err != nil {
			c.log.Error("usher: recovery", "interaction", f.Interaction, "error", err)
		}
		c.keep(out)
	}
	c.out.add(again)
	c.loaded.Store(true)
}
