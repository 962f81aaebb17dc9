package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
)

// ErrNotEmpty is returned by Copy for a journal that has something already.
var ErrNotEmpty = errors.New("store: journal is not empty")

// copyBatch is how many records are copied in one append.
const copyBatch = 2000

// Copy moves a center to another journal: it copies the records and the snapshot of from
// to the empty journal to, and then reads both again and compares them. Nothing may be
// written to from until it returns: stop the center first. A journal that was truncated
// can be copied only to a [Placer].
func Copy(ctx context.Context, to, from Journal) error {
	for _, err := range to.Load(ctx, 0) {
		if err == nil {
			err = ErrNotEmpty
		}
		return fmt.Errorf("store: copy: the target: %w", err)
	}
	if err := copyRecords(ctx, to, from); err != nil {
		return fmt.Errorf("store: copy: %w", err)
	}
	s, err := from.LoadSnapshot(ctx)
	switch {
	case err == nil:
		if err := to.SaveSnapshot(ctx, s); err != nil {
			return fmt.Errorf("store: copy: snapshot: %w", err)
		}
	case !errors.Is(err, ErrNoSnapshot):
		return fmt.Errorf("store: copy: snapshot: %w", err)
	}
	return Equal(ctx, to, from)
}

func copyRecords(ctx context.Context, to, from Journal) error {
	base, err := base(ctx, from)
	if err != nil {
		return err
	}
	var spared, batch []Record
	placed := base == 0
	flush := func() error {
		if !placed {
			placed = true
			if err := place(ctx, to, base, spared); err != nil {
				return err
			}
		}
		if len(batch) == 0 {
			return nil
		}
		err := to.Append(ctx, batch[0].Seq-1, batch)
		batch = nil // the target may keep it
		return err
	}
	for r, err := range from.Load(ctx, 0) {
		if err != nil {
			return err
		}
		if r.Seq <= base {
			spared = append(spared, r)
			continue
		}
		if batch = append(batch, r); len(batch) == copyBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// base returns the sequence number behind which the journal has every record.
func base(ctx context.Context, j Journal) (uint64, error) {
	var base, last uint64
	for r, err := range j.Load(ctx, 0) {
		if err != nil {
			return 0, err
		}
		if r.Seq != last+1 {
			base = r.Seq - 1
		}
		last = r.Seq
	}
	s, err := j.LoadSnapshot(ctx)
	if err != nil && !errors.Is(err, ErrNoSnapshot) {
		return 0, err
	}
	if s.Seq > last {
		base = s.Seq // everything up to the snapshot was dropped
	}
	return base, nil
}

// Placer is implemented by journals that can begin elsewhere than at 1.
type Placer interface {
	// Place makes the next record of an empty journal the one after seq. The records in
	// spared, all up to seq and in order, are those which a truncation of another journal
	// has kept; Load, Find, Erase and Truncate treat them as if one of this journal had.
	Place(ctx context.Context, seq uint64, spared []Record) error
}

func place(ctx context.Context, to Journal, seq uint64, spared []Record) error {
	p, ok := to.(Placer)
	if !ok {
		return fmt.Errorf("the source begins at %d, and a %T always begins at 1", seq+1, to)
	}
	return p.Place(ctx, seq, spared)
}

// DiffError says where two journals differ.
type DiffError struct {
	Seq     uint64 // 0 = their snapshots
	Problem string
}

// Error implements error.
func (e *DiffError) Error() string {
	if e.Seq == 0 {
		return "store: the journals' snapshots differ: " + e.Problem
	}
	return fmt.Sprintf("store: the journals differ at record %d: %s", e.Seq, e.Problem)
}

// Equal returns nil if two journals hold the same records and the same snapshot, a
// *[DiffError] if they do not.
func Equal(ctx context.Context, a, b Journal) error {
	next, stop := iter.Pull2(b.Load(ctx, 0))
	defer stop()
	for r, err := range a.Load(ctx, 0) {
		if err != nil {
			return err
		}
		other, err, ok := next()
		switch {
		case err != nil:
			return err
		case !ok:
			return &DiffError{r.Seq, "the second journal ends before it"}
		case !r.equal(&other):
			return &DiffError{r.Seq, "the records are not the same"}
		}
	}
	if other, err, ok := next(); ok {
		if err != nil {
			return err
		}
		return &DiffError{other.Seq, "the first journal ends before it"}
	}
	return equalSnapshots(ctx, a, b)
}

func (r *Record) equal(o *Record) bool {
	return r.Seq == o.Seq && r.At.Equal(o.At) && r.Kind == o.Kind && r.Version == o.Version && r.Interaction == o.Interaction &&
		r.Customer == o.Customer && bytes.Equal(r.Data, o.Data) && bytes.Equal(r.Body, o.Body)
}

func equalSnapshots(ctx context.Context, a, b Journal) error {
	s, err := a.LoadSnapshot(ctx)
	if err != nil && !errors.Is(err, ErrNoSnapshot) {
		return err
	}
	o, err := b.LoadSnapshot(ctx)
	if err != nil && !errors.Is(err, ErrNoSnapshot) {
		return err
	}
	if s.Seq != o.Seq || !s.At.Equal(o.At) || s.Version != o.Version || !bytes.Equal(s.Data, o.Data) {
		return &DiffError{0, fmt.Sprintf("one is of record %d, the other of %d", s.Seq, o.Seq)}
	}
	return nil
}
