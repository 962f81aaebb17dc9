package store

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// Record is one event as the journal keeps it. Data and Body are JSON values in valid UTF-8,
// which the writer sees to: a journal does not read them, and may keep the slices.
type Record struct {
	Seq         uint64    // place in the journal, from 1, without gaps
	At          time.Time // the event's own instant, to the nanosecond
	Kind        string    // such as "interaction.offered"
	Version     int       // of the form of Data and Body
	Interaction string    // "" when the event concerns none
	Customer    string    // "" when the event names none
	Data        []byte    // what happened, without anything personal
	Body        []byte    // what is personal, kept apart so that it can be erased; nil for most
}

// Snapshot is the state after an event.
type Snapshot struct {
	Seq     uint64
	At      time.Time
	Version int // of the form of Data
	Data    []byte
}

// Query says which records to find. One of its fields is set.
type Query struct {
	Interaction string // the records of an interaction
	Customer    string // the records that name a customer, among them the first of each interaction
}

// Queries returns the queries that find a record.
func (r *Record) Queries() []Query {
	var list []Query
	if r.Interaction != "" {
		list = append(list, Query{Interaction: r.Interaction})
	}
	if r.Customer != "" {
		list = append(list, Query{Customer: r.Customer})
	}
	return list
}

// Journal is the durable log of one center. One writer at a time owns it. All methods may
// be called from any goroutine, at the same time.
//
// A center calls every method but Close with a context that ends in time, and abandons a
// call that returns long after that: it uses nothing of it any more. A method that panics,
// or ends its goroutine, has failed.
//
// What a journal does beyond this is found by type assertion: see [Holder].
type Journal interface {
	// Append adds records that continue the journal: expect is the sequence number of the
	// last record the caller knows, and the records follow it without a gap. It is atomic,
	// and durable when it returns nil: it survives the loss of power. After an error other
	// than a conflict or a gap the caller cannot know whether the records are there. When
	// the journal ends elsewhere, or belongs to somebody else by now, the error is a
	// *[ConflictError]: the caller must stop. Without records it only checks that.
	//
	// A center calls it from any goroutine, with a context that ends after
	// Options.JournalTimeout and has nothing of a caller's: what it appends is of many.
	// When the context ends first the center stops, because it cannot know whether the
	// records are there.
	Append(ctx context.Context, expect uint64, records []Record) error
	// Load yields the records from a sequence number on, in order. After a truncation there
	// are gaps before the snapshot, and nowhere else. An error ends it; a *[CorruptError]
	// says where.
	Load(ctx context.Context, from uint64) iter.Seq2[Record, error]
	// Find yields what a query asks for, in order.
	Find(ctx context.Context, q Query) iter.Seq2[Record, error]
	// SaveSnapshot keeps the snapshot in place of an earlier one, of which nothing stays.
	// One that is older than what is kept is ignored. Appends go on meanwhile.
	SaveSnapshot(ctx context.Context, s Snapshot) error
	// LoadSnapshot returns the latest snapshot, or [ErrNoSnapshot].
	LoadSnapshot(ctx context.Context) (Snapshot, error)
	// Truncate drops the records before a sequence number, except those of the interactions
	// named in keep, and never those after the snapshot. What it keeps is found by Load and
	// Find as before. Names that no record has are ignored.
	//
	// Each call drops what its own arguments say, so a record that an earlier call kept goes
	// with the first call that does not name its interaction. A journal that stores records
	// in batches may keep a whole batch that contains a record from before on or after the
	// snapshot, or is its last, until a call to which that no longer applies; it keeps
	// nothing else. A call that failed is completed by the next one with the same arguments.
	//
	// Appends continue while it works and do not wait for it. When another writer owns the
	// journal, the error is a *[ConflictError].
	Truncate(ctx context.Context, before uint64, keep []string) error
	// Erase removes the bodies of records for good: nothing of them can be read from the
	// journal's files or tables afterwards. Numbers without a record are ignored.
	Erase(ctx context.Context, seqs []uint64) error
	// Close releases what the journal holds. The journal cannot be used afterwards.
	Close() error
}

// Holder is implemented by journals that can be taken over by another writer while their
// process is alive. Before it does something that others see, a center asks whether it
// still may.
type Holder interface {
	// Hold returns nil while the journal is the caller's own, and a *[ConflictError] once
	// somebody else has it. It is cheap: it asks the database only when the answer could
	// have changed.
	Hold(ctx context.Context) error
}

// Sizer is implemented by journals that know how much room they take.
type Sizer interface {
	// Size returns the bytes on the disk, of the whole file or of all tables, with what
	// is dropped but not given back. It is cheap enough to be asked every minute.
	Size(ctx context.Context) (int64, error)
}

// Consecutive returns an error that is [ErrGap] unless records follow expect one by one.
func Consecutive(expect uint64, records []Record) error {
	for i := range records {
		if want := expect + 1 + uint64(i); records[i].Seq != want {
			return fmt.Errorf("%w: record %d stands where %d belongs", ErrGap, records[i].Seq, want)
		}
	}
	return nil
}
