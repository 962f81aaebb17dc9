package usher

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/usher-go/usher/store"
)

// boundedJournal calls the host's journal so that every call returns: in time, and with an
// error when the journal panics or ends its goroutine. A call that outlives its time is
// abandoned.
type boundedJournal struct {
	center  *Center
	journal store.Journal
	timeout time.Duration
}

const (
	defaultJournalTimeout = 30 * time.Second
	// journalLong is how many times the timeout a call may take that reads or writes a
	// whole snapshot, and journalLongest one that may rewrite the journal.
	journalLong    = 20
	journalLongest = 120
)

// bounded returns j with deadlines. The journal in memory needs none.
func (c *Center) bounded(j store.Journal) store.Journal {
	if m, ok := j.(*store.Memory); ok {
		return m
	}
	return &boundedJournal{center: c, journal: j, timeout: c.journalTimeout()}
}

// journalTimeout bounds an append.
func (c *Center) journalTimeout() time.Duration {
	if c.opts.JournalTimeout > 0 {
		return c.opts.JournalTimeout
	}
	return defaultJournalTimeout
}

func (b *boundedJournal) call(ctx context.Context, what string, times int, f func(context.Context) error) error {
	return b.center.call(ctx, what, time.Duration(times)*b.timeout, f)
}

// Append implements [store.Journal].
func (b *boundedJournal) Append(ctx context.Context, expect uint64, records []store.Record) error {
	return b.call(ctx, "append", 1, func(ctx context.Context) error { return b.journal.Append(ctx, expect, records) })
}

// SaveSnapshot implements [store.Journal].
func (b *boundedJournal) SaveSnapshot(ctx context.Context, s store.Snapshot) error {
	return b.call(ctx, "save snapshot", journalLong, func(ctx context.Context) error { return b.journal.SaveSnapshot(ctx, s) })
}

// LoadSnapshot implements [store.Journal].
func (b *boundedJournal) LoadSnapshot(ctx context.Context) (store.Snapshot, error) {
	return calling(ctx, b.center, "load snapshot", journalLong*b.timeout, b.journal.LoadSnapshot)
}

// Truncate implements [store.Journal].
func (b *boundedJournal) Truncate(ctx context.Context, before uint64, keep []string) error {
	return b.call(ctx, "truncate", journalLongest, func(ctx context.Context) error { return b.journal.Truncate(ctx, before, keep) })
}

// Erase implements [store.Journal].
func (b *boundedJournal) Erase(ctx context.Context, seqs []uint64) error {
	return b.call(ctx, "erase", journalLongest, func(ctx context.Context) error { return b.journal.Erase(ctx, seqs) })
}

// Close implements [store.Journal].
func (b *boundedJournal) Close() error { return b.journal.Close() }

// Hold implements [store.Holder]. A journal that is no Holder is always the center's.
func (b *boundedJournal) Hold(ctx context.Context) error {
	holder, ok := b.journal.(store.Holder)
	if !ok {
		return nil
	}
	return b.call(ctx, "hold", 1, holder.Hold)
}

// Size implements [store.Sizer]. A journal that is no Sizer has the size 0.
func (b *boundedJournal) Size(ctx context.Context) (int64, error) {
	sizer, ok := b.journal.(store.Sizer)
	if !ok {
		return 0, nil
	}
	return calling(ctx, b.center, "size", b.timeout, sizer.Size)
}

// Load implements [store.Journal].
func (b *boundedJournal) Load(ctx context.Context, from uint64) iter.Seq2[store.Record, error] {
	return b.records(ctx, "load", func(ctx context.Context) iter.Seq2[store.Record, error] { return b.journal.Load(ctx, from) })
}

// Find implements [store.Journal].
func (b *boundedJournal) Find(ctx context.Context, q store.Query) iter.Seq2[store.Record, error] {
	return b.records(ctx, "find", func(ctx context.Context) iter.Seq2[store.Record, error] { return b.journal.Find(ctx, q) })
}

// recordsAtOnce is how many records are handed over together.
const recordsAtOnce = 256

// page is what a journal yielded, in order.
type page struct {
	records []store.Record
	err     error // follows the records
}

// records reads in a goroutine of its own, some records ahead, and yields in the caller's.
// An error ends it: also when the timeout passes without a record, or ctx ends.
func (b *boundedJournal) records(ctx context.Context, what string, read func(context.Context) iter.Seq2[store.Record, error]) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		reading, cancel := context.WithCancel(ctx)
		pages, ended := make(chan page, 2), make(chan error, 1)
		b.center.crew.run(func() {
			done := make(chan answer[struct{}], 1)
			defer func() { ended <- (<-done).err }()
			attempt(what, done, func() (struct{}, error) { return struct{}{}, collect(reading, pages, read(reading)) })
		})
		patience := callGrace
		defer func() {
			cancel()
			await(ended, patience)
		}()
		if b.yield(ctx, what, pages, ended, yield) {
			patience = b.timeout // an erasure must not meet an open read
		}
	}
}

// collect sends records in pages until they end or ctx does.
func collect(ctx context.Context, pages chan<- page, records iter.Seq2[store.Record, error]) error {
	var some page
	send := func() bool {
		select {
		case pages <- some:
			some = page{}
			return true
		case <-ctx.Done():
			return false
		}
	}
	for r, err := range records {
		if err != nil {
			some.err = err
			break
		}
		if some.records = append(some.records, r); len(some.records) == recordsAtOnce && !send() {
			return context.Cause(ctx)
		}
	}
	if len(some.records) > 0 || some.err != nil {
		send()
	}
	return nil
}

// yield hands pages to a loop, until an error, the end, or the end of the loop. It reports
// whether the journal answers.
func (b *boundedJournal) yield(ctx context.Context, what string, pages <-chan page, ended chan error, yield func(store.Record, error) bool) bool {
	fail := func(err error) { yield(store.Record{}, err) }
	for {
		late := time.NewTimer(b.timeout)
		var p page
		select {
		case p = <-pages:
			late.Stop()
		case err := <-ended:
			late.Stop()
			ended <- err // for await
			select {
			case p = <-pages: // sent before the end
			default:
				if err != nil {
					fail(err)
				}
				return true
			}
		case <-ctx.Done():
			late.Stop()
			fail(context.Cause(ctx))
			return false
		case <-late.C:
			fail(&HookError{Hook: what, Err: fmt.Errorf("no record within %v: %w", b.timeout, context.DeadlineExceeded)})
			return false
		}
		for _, r := range p.records {
			if !yield(r, nil) {
				return true
			}
		}
		if p.err != nil {
			fail(p.err)
			return true
		}
	}
}

// await waits until a read has ended, but not for longer than limit.
func await(ended <-chan error, limit time.Duration) {
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case err := <-ended:
		_ = err // the reader has reported it
	case <-late.C:
	}
}
