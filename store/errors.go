package store

import (
	"errors"
	"fmt"
	"time"
)

// The conditions that journals report, for errors.Is.
var (
	// ErrNoSnapshot is returned by LoadSnapshot when there is none.
	ErrNoSnapshot = errors.New("store: no snapshot")
	// ErrConflict is what a *[ConflictError] is.
	ErrConflict = errors.New("store: journal has another writer")
	// ErrOwned is what an *[OwnedError] is.
	ErrOwned = errors.New("store: journal is in use")
	// ErrCorrupt is what a *[CorruptError] is.
	ErrCorrupt = errors.New("store: journal is damaged")
	// ErrClosed is returned by a journal after Close.
	ErrClosed = errors.New("store: journal is closed")
	// ErrGap is returned by Append for records that do not continue one another.
	ErrGap = errors.New("store: records are not consecutive")
	// ErrFull is returned when there is no room to write: make room, then open again.
	// What was acknowledged is safe.
	ErrFull = errors.New("store: no space left")
	// ErrNoAnswer is returned when a database did not answer in time. What the call did is
	// not known: open the journal again, or repeat the call where that is harmless.
	ErrNoAnswer = errors.New("store: no answer from the database")
	// ErrReadOnly is returned when the journal's files or database may not be written, by
	// their rights or because their file system is read-only. What was acknowledged is safe.
	ErrReadOnly = errors.New("store: journal is read-only")
	// ErrIO is what an *[IOError] is.
	ErrIO = errors.New("store: input or output failed")
	// ErrSnapshotAhead is what a *[SnapshotAheadError] is.
	ErrSnapshotAhead = errors.New("store: snapshot is ahead of the journal")
)

// IOError says that a file or a connection of the journal failed in a way that is neither
// [ErrFull] nor [ErrReadOnly]. What was acknowledged before is safe, unless Problem says
// otherwise.
type IOError struct {
	Journal string // such as a path
	Problem string
	Do      string // what to do about it
	Err     error  // nil when nothing more is known
}

// Error implements error.
func (e *IOError) Error() string {
	s := fmt.Sprintf("%v: %s: %s: %s", ErrIO, e.Journal, e.Problem, e.Do)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Is makes errors.Is(err, ErrIO) true.
func (e *IOError) Is(target error) bool { return target == ErrIO }

// Unwrap returns Err.
func (e *IOError) Unwrap() error { return e.Err }

// SnapshotAheadError is returned when a snapshot includes records that the journal does not
// have: by SaveSnapshot, which saves nothing then, and when a journal is opened, whose end
// was lost or which was restored without the records that belong to its snapshot.
type SnapshotAheadError struct {
	Snapshot uint64 // the last record in the snapshot
	Last     uint64 // the last record in the journal
}

// Error implements error.
func (e *SnapshotAheadError) Error() string {
	return fmt.Sprintf("%v: it is of record %d, the journal ends at %d: restore snapshot and records together from a backup", ErrSnapshotAhead, e.Snapshot, e.Last)
}

// Is makes errors.Is(err, ErrSnapshotAhead) and errors.Is(err, ErrCorrupt) true.
func (e *SnapshotAheadError) Is(target error) bool {
	return target == ErrSnapshotAhead || target == ErrCorrupt
}

// ConflictError is returned by Append when the journal does not end where the writer
// believes, or was taken over.
type ConflictError struct {
	Expect uint64 // what the writer expected
	Last   uint64 // where the journal ends
	Owner  string // who has it now; "" = not known
}

// Error implements error.
func (e *ConflictError) Error() string {
	if e.Owner != "" {
		return fmt.Sprintf("%v: it belongs to %s now and ends at %d", ErrConflict, e.Owner, e.Last)
	}
	return fmt.Sprintf("%v: expected to follow %d, the journal ends at %d", ErrConflict, e.Expect, e.Last)
}

// Is makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// OwnedError is returned by whoever opens a journal that a living writer has.
type OwnedError struct {
	Journal string    // such as a path, or a center's name
	Owner   string    // who has it, such as "host-a, process 4711"; "" = not known
	Until   time.Time // it can be taken over then, unless renewed; zero = when the owner ends
}

// Error implements error.
func (e *OwnedError) Error() string {
	s := fmt.Sprintf("%v: %s", ErrOwned, e.Journal)
	if e.Owner != "" {
		s += " belongs to " + e.Owner
	}
	if !e.Until.IsZero() {
		return s + " until " + e.Until.UTC().Format(time.RFC3339)
	}
	return s + "; stop it, or wait for its end"
}

// Is makes errors.Is(err, ErrOwned) true.
func (e *OwnedError) Is(target error) bool { return target == ErrOwned }

// CorruptError says that what was read is not what was written. Nothing behind it was
// read: restore the journal from a backup, or cut it there if losing the rest is
// acceptable.
type CorruptError struct {
	Seq     uint64 // the first record that cannot be trusted; 0 = not known
	Problem string
}

// Error implements error.
func (e *CorruptError) Error() string {
	if e.Seq == 0 {
		return fmt.Sprintf("%v: %s", ErrCorrupt, e.Problem)
	}
	return fmt.Sprintf("%v at record %d: %s", ErrCorrupt, e.Seq, e.Problem)
}

// Is makes errors.Is(err, ErrCorrupt) true.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }
