package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Record is one event as the journal keeps it.
type Record struct {
	Seq         uint64    // place in the journal, from 1, without gaps
	At          time.Time // the event's own instant
	Kind        string    // such as "interaction.offered"
	Version     int       // of the form of Data
	Interaction string    // "" when the event concerns none
	Customer    string    // "" when the event names none
	Data        []byte    // JSON, without what people wrote
	Body        []byte    // what people wrote, kept apart so that it can be erased; nil for most
}

// Snapshot is the state after an event.
type Snapshot struct {
	Seq     uint64
	At      time.Time
	Version int // of the form of Data
	Data    []byte
}

// Journal is the durable log of one center. The center has one writer, which calls Append
// and SaveSnapshot one after another; reading may happen at the same time from anywhere.
type Journal interface {
	// Append adds records that continue the journal: expect is the sequence number of the
	// last record the caller knows, and the records follow it without a gap. It is atomic
	// and durable when it returns nil. When the journal ends elsewhere the error is a
	// *[ConflictError]: somebody else writes, and the caller must stop.
	Append(ctx context.Context, expect uint64, records []Record) error
	// Load yields the records from a sequence number on, in order. A journal that was
	// truncated begins later. An error ends it.
	Load(ctx context.Context, from uint64) iter.Seq2[Record, error]
	// Interaction yields the records of one interaction, in order.
	Interaction(ctx context.Context, id string) iter.Seq2[Record, error]
	// SaveSnapshot keeps the snapshot, in place of an earlier one. One that is older than
	// what is kept is ignored.
	SaveSnapshot(ctx context.Context, s Snapshot) error
	// LoadSnapshot returns the latest snapshot, or [ErrNoSnapshot].
	LoadSnapshot(ctx context.Context) (Snapshot, error)
	// Truncate drops records before a sequence number; never those after the snapshot.
	Truncate(ctx context.Context, before uint64) error
	// Erase removes the bodies of every record of the interactions of a customer.
	Erase(ctx context.Context, customer string) error
	// Close releases what the journal holds. The journal cannot be used afterwards.
	Close() error
}

var (
	// ErrNoSnapshot is returned by LoadSnapshot when there is none.
	ErrNoSnapshot = errors.New("store: no snapshot")
	// ErrConflict is what a *[ConflictError] is.
	ErrConflict = errors.New("store: journal has another writer")
	// ErrClosed is returned by a journal after Close.
	ErrClosed = errors.New("store: journal is closed")
	// ErrGap is returned by Append for records that do not continue one another.
	ErrGap = errors.New("store: records are not consecutive")
)

// ConflictError is returned by Append when the journal does not end where the writer
// believes.
type ConflictError struct {
	Expect uint64 // what the writer expected
	Last   uint64 // where the journal ends
}

// Error implements error.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%v: expected to follow %d, the journal ends at %d", ErrConflict, e.Expect, e.Last)
}

// Is makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// Consecutive returns an error that is [ErrGap] unless records follow expect one by one.
func Consecutive(expect uint64, records []Record) error {
	for i := range records {
		if want := expect + 1 + uint64(i); records[i].Seq != want {
			return fmt.Errorf("%w: record %d stands where %d belongs", ErrGap, records[i].Seq, want)
		}
	}
	return nil
}
