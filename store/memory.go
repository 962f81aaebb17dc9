package store

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"
)

// Memory is a [Journal] in memory. Its records are gone with the process; Truncate gives
// their room back.
type Memory struct {
	mu       sync.Mutex
	spared   []Record            // records before first that Truncate kept, in order
	sparedBy map[Query][]*Record // the same, by query; nil = to be built
	pages    [][]kept            // from first on; all but the last are full, so that no record is ever moved
	first    uint64              // the oldest record that is in a page, or would be the next
	last     uint64
	newest   map[Query]uint64 // the latest record in a page that a query finds
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
	if i, _ := m.sparedFrom(from); i < len(m.spared) {
		return m.spared[i], true, nil
	}
	if from = max(from, m.first); from > m.last {
		return Record{}, false, nil
	}
	return m.get(from).Record, true, nil
}

// sparedFrom returns the index of the first spared record from a sequence number on, and
// whether it is the one with that number.
func (m *Memory) sparedFrom(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(m.spared, seq, func(r Record, seq uint64) int { return cmp.Compare(r.Seq, seq) })
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
	for _, r := range slices.Backward(m.sparedOf(q)) {
		seqs = append(seqs, r.Seq)
	}
	slices.Reverse(seqs)
	return seqs
}

// sparedOf returns the spared records that a query finds, in order.
func (m *Memory) sparedOf(q Query) []*Record {
	if m.sparedBy == nil {
		m.sparedBy = map[Query][]*Record{}
		for i := range m.spared {
			for _, q := range m.spared[i].Queries() {
				m.sparedBy[q] = append(m.sparedBy[q], &m.spared[i])
			}
		}
	}
	return m.sparedBy[q]
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
	if s.Seq > m.last {
		return &SnapshotAheadError{Snapshot: s.Seq, Last: m.last}
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

// Truncate implements [Journal]. It keeps nothing that it could drop.
func (m *Memory) Truncate(ctx context.Context, before uint64, keep []string) error {
	spare := make(map[string]bool, len(keep))
	for _, id := range keep {
		spare[id] = id != ""
	}
	if err := m.dropSpared(ctx, before, spare); err != nil {
		return err
	}
	// A page at a time, so that appends get in between.
	for {
		more, err := m.dropPage(ctx, before, spare)
		if err != nil || !more {
			return err
		}
	}
}

// dropSpared drops what earlier calls kept and this one does not.
func (m *Memory) dropSpared(ctx context.Context, before uint64, spare map[string]bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	m.setSpared(slices.DeleteFunc(m.spared, func(r Record) bool { return r.Seq < before && !spare[r.Interaction] }))
	return nil
}

// setSpared replaces the records that were kept. The index of them is built when it is
// asked for.
func (m *Memory) setSpared(list []Record) { m.spared, m.sparedBy = list, nil }

// dropPage drops the records of the first page that are before a sequence number and in
// the snapshot, and moves those to be kept. It reports whether there may be more.
func (m *Memory) dropPage(ctx context.Context, before uint64, spare map[string]bool) (more bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return false, err
	}
	before = min(before, m.snapshot.Seq+1, m.last+1)
	if before <= m.first {
		return false, nil
	}
	list := m.spared
	for i := range m.pages[0] {
		k := &m.pages[0][i]
		if k.Seq < m.first || k.Seq >= before {
			continue
		}
		for _, q := range k.Queries() {
			if m.newest[q] == k.Seq {
				delete(m.newest, q)
			}
		}
		if spare[k.Interaction] {
			list = append(list, k.Record)
		}
		*k = kept{Record: Record{Seq: k.Seq}}
	}
	if len(list) > len(m.spared) {
		m.setSpared(list)
	}
	end := m.pages[0][len(m.pages[0])-1].Seq + 1
	if m.first = min(before, end); m.first == end {
		m.pages[0] = nil
		m.pages = m.pages[1:]
	}
	return m.first < before, nil
}

// usable returns why the journal cannot be used, nil if it can.
func (m *Memory) usable(ctx context.Context) error {
	if m.closed {
		return ErrClosed
	}
	return ctx.Err()
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
		} else if i, ok := m.sparedFrom(seq); ok {
			m.spared[i].Body = nil
		}
	}
	return nil
}

// Place implements [Placer].
func (m *Memory) Place(_ context.Context, seq uint64, spared []Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return ErrClosed
	case m.last > 0:
		return ErrNotEmpty
	}
	m.first, m.last = seq+1, seq
	m.setSpared(slices.Clone(spared))
	return nil
}

// Close implements [Journal].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
