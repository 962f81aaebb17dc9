package store

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
)

// Memory is a [Journal] in memory. Its records are gone with the process; Truncate gives
// their room back.
type Memory struct {
	mu       sync.Mutex
	pages    [][]kept // all but the last are full, so that no record is ever moved
	first    uint64   // the oldest record that is still there, or would be the next
	last     uint64
	newest   map[Query]uint64 // the latest record that a query finds
	snapshot Snapshot
	closed   bool
}

// kept is a record, and the one before it that each of its queries finds; 0 = none.
type kept struct {
	Record
	interaction, customer uint64
}

// page is how many records stand together.
const page = 256

// NewMemory returns an empty journal.
func NewMemory() *Memory {
	return &Memory{newest: map[Query]uint64{}, first: 1}
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
	m.keep(records)
	return nil
}

// keep adds records. Most of those that come together are about one interaction, whose
// chain is looked up once.
func (m *Memory) keep(records []Record) {
	var in, who chain
	for _, r := range records {
		if n := len(m.pages); n == 0 || len(m.pages[n-1]) == page {
			m.pages = append(m.pages, make([]kept, 0, page))
		}
		k := kept{Record: r}
		if r.Interaction != "" {
			k.interaction = in.link(m, Query{Interaction: r.Interaction}, r.Seq)
		}
		if r.Customer != "" {
			k.customer = who.link(m, Query{Customer: r.Customer}, r.Seq)
		}
		last := &m.pages[len(m.pages)-1]
		*last = append(*last, k)
		m.last = r.Seq
	}
	in.save(m)
	who.save(m)
}

// chain is the end of the records that a query finds, before it is in the index.
type chain struct {
	query Query
	seq   uint64
}

// link adds a record and returns the one before it.
func (c *chain) link(m *Memory, q Query, seq uint64) (before uint64) {
	if c.query != q {
		c.save(m)
		c.query, c.seq = q, m.newest[q]
	}
	before, c.seq = c.seq, seq
	return before
}

func (c *chain) save(m *Memory) {
	if c.seq != 0 {
		m.newest[c.query] = c.seq
	}
}

// get returns a record that is there.
func (m *Memory) get(seq uint64) *kept {
	i := seq - m.pages[0][0].Seq
	return &m.pages[i/page][i%page]
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
	if from = max(from, m.first); from > m.last {
		return Record{}, false, nil
	}
	return m.get(from).Record, true, nil
}

// Find implements [Journal].
func (m *Memory) Find(ctx context.Context, q Query) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		m.mu.Lock()
		seqs, closed := m.found(q), m.closed
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

// found returns the records that a query finds, in order.
func (m *Memory) found(q Query) []uint64 {
	var seqs []uint64
	for seq := m.newest[q]; seq >= m.first; {
		seqs = append(seqs, seq)
		k := m.get(seq)
		if seq = k.customer; q.Interaction != "" {
			seq = k.interaction
		}
	}
	slices.Reverse(seqs)
	return seqs
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
	before = min(before, m.last+1)
	if before <= m.first {
		return nil
	}
	for len(m.pages) > 0 && m.pages[0][len(m.pages[0])-1].Seq < before {
		m.pages = slices.Delete(m.pages, 0, 1)
	}
	if len(m.pages) > 0 {
		for i := range m.pages[0] {
			if k := &m.pages[0][i]; k.Seq < before {
				*k = kept{Record: Record{Seq: k.Seq}}
			}
		}
	}
	m.first = before
	maps.DeleteFunc(m.newest, func(_ Query, seq uint64) bool { return seq < before })
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
		if seq >= m.first && seq <= m.last {
			m.get(seq).Body = nil
		}
	}
	return nil
}

// Place implements [Placer].
func (m *Memory) Place(_ context.Context, seq uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return ErrClosed
	case m.last > 0:
		return ErrNotEmpty
	}
	m.first, m.last = seq+1, seq
	return nil
}

// Close implements [Journal].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
