package usher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// eventVersion is the version of the form of an event in the journal.
const eventVersion = 1

// flush makes everything decided up to seq durable. Whoever comes first writes for all
// who decided meanwhile: a group commit without a goroutine of its own. Only then do the
// events reach subscribers and the effects the outbox.
func (c *Center) flush(ctx context.Context, seq uint64) error {
	c.commit.Lock()
	defer c.commit.Unlock()
	if c.durable >= seq {
		return nil
	}
	c.mu.Lock()
	steps, failed := c.pending, c.failed
	c.pending = nil
	snap := c.snapshotLocked()
	c.mu.Unlock()
	if failed != nil {
		return failed
	}
	records, err := encode(steps)
	if err == nil && len(records) > 0 {
		err = c.journal.Append(context.WithoutCancel(ctx), c.durable, records)
	}
	if err != nil {
		return c.stop(err)
	}
	if n := len(records); n > 0 {
		c.durable = records[n-1].Seq
	}
	c.publish(steps)
	c.save(ctx, snap)
	return nil
}

// stop ends the center: its memory is ahead of its journal and must not be acted on.
func (c *Center) stop(cause error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		c.failed = fmt.Errorf("%w: journal: %w", ErrStopped, cause)
		c.pending = nil
		c.log.Error("usher: center has stopped", "error", cause)
		c.out.close()
	}
	return c.failed
}

// encode turns events into records. What customers and agents said goes to the body, so
// that it can be erased or expire without the rest.
func encode(steps []step) ([]store.Record, error) {
	n := 0
	for _, s := range steps {
		n += len(s.events)
	}
	records := make([]store.Record, 0, n)
	for _, s := range steps {
		for i := range s.events {
			r, err := encodeEvent(s.events[i])
			if err != nil {
				return nil, err
			}
			records = append(records, r)
		}
	}
	return records, nil
}

// content is the part of a message that is a body.
type content struct {
	Text string          `json:"text,omitempty"`
	Body json.RawMessage `json:"body,omitempty"`
}

func encodeEvent(ev queue.Event) (store.Record, error) {
	r := store.Record{
		Seq: ev.Seq, At: ev.At, Kind: string(ev.Kind), Version: eventVersion,
		Interaction: ev.Interaction, Customer: ev.Customer,
	}
	var err error
	if m := ev.Message; m != nil && (m.Text != "" || len(m.Body) > 0) {
		if r.Body, err = json.Marshal(content{m.Text, m.Body}); err != nil {
			return r, fmt.Errorf("usher: event %d: %w", ev.Seq, err)
		}
		bare := *m
		bare.Text, bare.Body = "", nil
		ev.Message = &bare
	}
	if r.Data, err = json.Marshal(&ev); err != nil {
		return r, fmt.Errorf("usher: event %d: %w", ev.Seq, err)
	}
	return r, nil
}

// decodeEvent is the way back. A message whose body was erased stays, empty.
func decodeEvent(r store.Record) (queue.Event, error) {
	var ev queue.Event
	if r.Version != eventVersion {
		return ev, fmt.Errorf("usher: journal: record %d has version %d; this library reads version %d", r.Seq, r.Version, eventVersion)
	}
	if err := json.Unmarshal(r.Data, &ev); err != nil {
		return ev, fmt.Errorf("usher: journal: record %d: %w", r.Seq, err)
	}
	if len(r.Body) > 0 && ev.Message != nil {
		var x content
		if err := json.Unmarshal(r.Body, &x); err != nil {
			return ev, fmt.Errorf("usher: journal: body of record %d: %w", r.Seq, err)
		}
		ev.Message.Text, ev.Message.Body = x.Text, x.Body
	}
	return ev, nil
}

// publish hands on what is durable.
func (c *Center) publish(steps []step) {
	for _, s := range steps {
		for i := range s.events {
			c.board.apply(&s.events[i])
			c.past.apply(&s.events[i], c.Interaction)
			c.blacklisted(&s.events[i])
		}
		c.subs.publish(s.events)
		c.out.add(s.effects)
	}
}

// centerSnapshot is what a snapshot of the center holds.
type centerSnapshot struct {
	Engine queue.Snapshot  `json:"engine"`
	Board  json.RawMessage `json:"board"`
	Past   json.RawMessage `json:"past,omitempty"`
	List   json.RawMessage `json:"list,omitempty"`
}

const (
	defaultSnapshotEvery = 100_000
	defaultRetention     = 24 * time.Hour
)

// snapshotLocked returns a snapshot when one is due, nil otherwise. It is taken together
// with the pending steps, so that it stands exactly behind them.
func (c *Center) snapshotLocked() *queue.Snapshot {
	every := uint64(c.opts.SnapshotEvery)
	if every == 0 {
		every = defaultSnapshotEvery
	}
	if c.engine.Seq()-c.snapshot < every {
		return nil
	}
	s := c.engine.Snapshot()
	return &s
}

// save writes a snapshot and drops what is behind it and old. Without it the journal is
// only longer, so a failure is logged and tried again at the next one.
func (c *Center) save(ctx context.Context, s *queue.Snapshot) {
	if s == nil {
		return
	}
	c.snapshot = s.Seq
	data, err := json.Marshal(centerSnapshot{Engine: *s, Board: c.board.save(), Past: c.past.save(), List: c.saveList()})
	if err == nil {
		err = c.journal.SaveSnapshot(context.WithoutCancel(ctx), store.Snapshot{Seq: s.Seq, At: c.now(), Version: queue.SnapshotVersion, Data: data})
	}
	if err == nil {
		err = c.truncate(ctx, s.Seq)
	}
	if err != nil {
		c.log.Error("usher: snapshot", "seq", s.Seq, "error", err)
	}
}

// truncate drops the records of before the retention, which is known by the snapshots: the
// last one that is old enough.
func (c *Center) truncate(ctx context.Context, seq uint64) error {
	retention := c.opts.Retention
	if retention == 0 {
		retention = defaultRetention
	}
	now := c.now()
	c.marks = append(c.marks, mark{seq, now})
	before := uint64(0)
	for len(c.marks) > 0 && now.Sub(c.marks[0].at) >= retention {
		before = c.marks[0].seq
		c.marks = c.marks[1:]
	}
	if before == 0 {
		return nil
	}
	return c.journal.Truncate(context.WithoutCancel(ctx), before)
}

// mark is the instant of a snapshot.
type mark struct {
	seq uint64
	at  time.Time
}

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
	engine, err := c.loadSnapshot(ctx)
	if err != nil {
		return err
	}
	for r, err := range c.journal.Load(ctx, engine.Seq()+1) {
		if err != nil {
			return fmt.Errorf("usher: journal: %w", err)
		}
		ev, err := decodeEvent(r)
		if err != nil {
			return err
		}
		if err := engine.Replay([]queue.Event{ev}); err != nil {
			return err
		}
		c.board.apply(&ev)
		c.past.apply(&ev, engine.Interaction)
		c.blacklisted(&ev)
	}
	c.begin(engine)
	return nil
}

func (c *Center) loadSnapshot(ctx context.Context) (*queue.Engine, error) {
	s, err := c.journal.LoadSnapshot(ctx)
	if errors.Is(err, store.ErrNoSnapshot) {
		return queue.New(c.engineConfig())
	}
	if err != nil {
		return nil, fmt.Errorf("usher: journal: %w", err)
	}
	var snap centerSnapshot
	if err := json.Unmarshal(s.Data, &snap); err != nil {
		return nil, fmt.Errorf("usher: journal: snapshot %d: %w", s.Seq, err)
	}
	if err := errors.Join(c.board.load(snap.Board), c.past.load(snap.Past), c.loadList(snap.List)); err != nil {
		return nil, fmt.Errorf("usher: journal: snapshot %d: %w", s.Seq, err)
	}
	c.snapshot = s.Seq
	return queue.Restore(c.engineConfig(), snap.Engine)
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
	pending := engine.Pending()
	var again []queue.Effect
	for _, f := range pending {
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
