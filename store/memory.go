package store

import (
	"context"
	"iter"
	"slices"
	"sort"
	"sync"
)

// Memory is a [Journal] in memory. Its records are gone with the process; Truncate gives
// their room back.
type Memory struct {
	mu       sync.Mutex
	records  []Record // consecutive
	last     uint64
	by       map[Query][]uint64 // sequence numbers by interaction, and by customer
	snapshot Snapshot
	closed   bool
}

// NewMemory returns an empty journal.
func NewMemory() *Memory {
	return &Memory{by: map[Query][]uint64{}}
}

// Append implements [Journal].
func (m *Memory) Append(ctx context.Context, expect uint64, records []Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := Consecutive(expect, records); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return ErrClosed
	case expect != m.last:
		return &ConflictError{Expect: expect, Last: m.last}
	}
	for _, r := range records {
		m.records = append(m.records, r)
		m.last = r.Seq
		for _, q := range r.Queries() {
			m.by[q] = append(m.by[q], r.Seq)
		}
	}
	return nil
}

// Load implements [Journal].
func (m *Memory) Load(ctx context.Context, from uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for {
			if err := ctx.Err(); err != nil {
				yield(Record{}, err)
				return
			}
			r, ok, err := m.at(from)
			if err != nil || !ok {
				if err != nil {
					yield(Record{}, err)
				}
				return
			}
			if !yield(r, nil) {
				return
			}
			from = r.Seq + 1
		}
	}
}

// at returns the first record from a sequence number on.
func (m *Memory) at(from uint64) (Record, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return Record{}, false, ErrClosed
	}
	i := sort.Search(len(m.records), func(i int) bool { return m.records[i].Seq >= from })
	if i == len(m.records) {
		return Record{}, false, nil
	}
	return m.records[i], true, nil
}

// Find implements [Journal].
func (m *Memory) Find(ctx context.Context, q Query) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		m.mu.Lock()
		seqs, closed := slices.Clone(m.by[q]), m.closed
		m.mu.Unlock()
		if closed {
			yield(Record{}, ErrClosed)
			return
		}
		for _, seq := range seqs {
			if err := ctx.Err(); err != nil {
				yield(Record{}, err)
				return
			}
			r, ok, err := m.at(seq)
			if err == nil && (!ok || r.Seq != seq) {
				continue // truncated meanwhile
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// SaveSnapshot implements [Journal].
func (m *Memory) SaveSnapshot(ctx context.Context, s Snapshot) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	if s.Seq >= m.snapshot.Seq {
		m.snapshot = s
	}
	return nil
}

// LoadSnapshot implements [Journal].
func (m *Memory) LoadSnapshot(ctx context.Context) (Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return Snapshot{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return Snapshot{}, ErrClosed
	case m.snapshot.Data == nil:
		return Snapshot{}, ErrNoSnapshot
	}
	return m.snapshot, nil
}

// Truncate implements [Journal].
func (m *Memory) Truncate(ctx context.Context, before uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	before = min(before, m.snapshot.Seq+1)
	n := sort.Search(len(m.records), func(i int) bool { return m.records[i].Seq >= before })
	// A new slice, so that the old one's room is given back.
	m.records = slices.Clone(m.records[n:])
	for q, seqs := range m.by {
		k := sort.Search(len(seqs), func(i int) bool { return seqs[i] >= before })
		switch {
		case k == len(seqs):
			delete(m.by, q)
		case k > 0:
			m.by[q] = slices.Clone(seqs[k:])
		}
	}
	return nil
}

// Erase implements [Journal].
func (m *Memory) Erase(ctx context.Context, seqs []uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	for _, seq := range seqs {
		i := sort.Search(len(m.records), func(i int) bool { return m.records[i].Seq >= seq })
		if i < len(m.records) && m.records[i].Seq == seq {
			m.records[i].Body = nil
		}
	}
	return nil
}

// Close implements [Journal].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
