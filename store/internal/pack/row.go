package pack

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/usher-go/usher/store"
)

// rowRecords and rowBytes bound a row, so that finding one record does not mean reading
// thousands.
const (
	rowRecords = 1024
	rowBytes   = 1 << 20
)

// Row is a row of an adapter's table: the records from First to Last, packed.
type Row struct {
	First, Last uint64
	Sum         uint32
	Data        []byte
}

// NewRow packs records, of which there is at least one.
func NewRow(records []store.Record) Row {
	size := 0
	for i := range records {
		size += 200 + len(records[i].Data) + len(records[i].Body)
	}
	data := Append(make([]byte, 0, size), records)
	return Row{records[0].Seq, records[len(records)-1].Seq, Sum(data), data}
}

// Rows packs consecutive records into as few rows as their size allows.
func Rows(records []store.Record) []Row {
	var out []Row
	from, size := 0, 0
	for i := range records {
		size += len(records[i].Data) + len(records[i].Body)
		if i+1-from == rowRecords || size >= rowBytes || i+1 == len(records) {
			out = append(out, NewRow(records[from:i+1]))
			from, size = i+1, 0
		}
	}
	return out
}

// Unpack returns the records, or a *[store.CorruptError].
func (r *Row) Unpack() ([]store.Record, error) { return Unpack(r.Data, r.Sum, r.First, r.Last) }

// Strip returns the row without the bodies of those of seqs, in order, that are in it, and
// how many they are. The first is.
func (r *Row) Strip(seqs []uint64) (Row, int, error) {
	records, err := r.Unpack()
	if err != nil {
		return Row{}, 0, err
	}
	n := 0
	for n < len(seqs) && seqs[n] <= r.Last {
		records[seqs[n]-r.First].Body = nil
		n++
	}
	return NewRow(records), n, nil
}

// Mentions says in which rows an interaction or a customer is.
type Mentions map[store.Query][]uint64

// Note adds the records of a row.
func (m Mentions) Note(first uint64, records []store.Record) {
	for i := range records {
		for _, q := range records[i].Queries() {
			list := m[q]
			if n := len(list); n == 0 || list[n-1] != first {
				m[q] = append(list, first)
			}
		}
	}
}

// All yields the queries in the order of an index of [Key], where neighbours are cheap.
func (m Mentions) All() iter.Seq2[store.Query, []uint64] {
	return func(yield func(store.Query, []uint64) bool) {
		for _, q := range slices.SortedFunc(maps.Keys(m), compare) {
			if !yield(q, m[q]) {
				return
			}
		}
	}
}

func compare(a, b store.Query) int {
	kindA, idA := Key(a)
	kindB, idB := Key(b)
	return cmp.Or(cmp.Compare(kindA, kindB), strings.Compare(idA, idB))
}

// Key is a query as an index has it.
func Key(q store.Query) (kind int, id string) {
	if q.Interaction != "" {
		return 1, q.Interaction
	}
	return 2, q.Customer
}
