package storetest

import (
	"bytes"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/usher-go/usher/store"
)

// Harness is how the suite gets at a journal. Rules that need a function which is nil are
// skipped, and say so.
type Harness struct {
	// Open returns a new, empty journal. The suite closes it.
	Open func(t testing.TB) store.Journal
	// Reopen opens a journal that Open returned once more, after the suite has closed it.
	// nil = it forgets.
	Reopen func(t testing.TB, j store.Journal) (store.Journal, error)
	// Beside opens a journal that is still open, as a second process would, and returns
	// what came of it.
	Beside func(t testing.TB, j store.Journal) (store.Journal, error)
	// TakeOver opens a journal that is still open in such a way that the first writer
	// loses it.
	TakeOver func(t testing.TB, j store.Journal) store.Journal
	// Corrupt damages the record in the journal's files or tables, behind its back. The
	// journal is closed.
	Corrupt func(t testing.TB, j store.Journal, seq uint64)
	// Break makes writing fail, as a full disk would, until heal is called. want is the
	// error that Append has to return.
	Break func(t testing.TB, j store.Journal) (heal func(), want error)
	// Residue reports whether text can be found anywhere in what the journal keeps. The
	// journal is open.
	Residue func(t testing.TB, j store.Journal, text string) bool
}

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Records returns n records that follow a sequence number, every other one with a body.
func Records(after uint64, n int) []store.Record {
	out := make([]store.Record, n)
	for i := range out {
		seq := after + 1 + uint64(i)
		out[i] = store.Record{
			Seq: seq, At: start.Add(time.Duration(seq) * 1000003), Kind: "kind", Version: 1,
			Interaction: fmt.Sprintf("i%d", seq%3), Data: fmt.Appendf(nil, `{"n":%d}`, seq),
		}
		if seq%6 < 3 {
			out[i].Customer = fmt.Sprintf("c%d", seq%3)
		}
		if seq%2 == 0 {
			out[i].Body = fmt.Appendf(nil, `{"text":"body of %d"}`, seq)
		}
	}
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func collect(t testing.TB, seq iter.Seq2[store.Record, error]) []store.Record {
	t.Helper()
	var out []store.Record
	for r, err := range seq {
		must(t, err)
		out = append(out, r)
	}
	return out
}

// result is what a reader got.
type result struct {
	records []store.Record
	err     error
}

// collectAll is collect for goroutines other than the test's.
func collectAll(seq iter.Seq2[store.Record, error]) (r result) {
	for rec, err := range seq {
		if err != nil {
			r.err = err
			break
		}
		r.records = append(r.records, rec)
	}
	return r
}

func load(t testing.TB, j store.Journal, from uint64) []store.Record {
	t.Helper()
	return collect(t, j.Load(t.Context(), from))
}

func same(t testing.TB, got, want []store.Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i := range got {
		if !equal(got[i], want[i]) {
			t.Fatalf("record %d is\n%s, want\n%s", i, show(got[i]), show(want[i]))
		}
	}
}

func equal(g, w store.Record) bool {
	return g.Seq == w.Seq && g.At.Equal(w.At) && g.Kind == w.Kind && g.Version == w.Version && g.Interaction == w.Interaction &&
		g.Customer == w.Customer && bytes.Equal(g.Data, w.Data) && bytes.Equal(g.Body, w.Body)
}

func show(r store.Record) string {
	return fmt.Sprintf("%d %s %s v%d i=%q c=%q %s %s", r.Seq, r.At, r.Kind, r.Version, r.Interaction, r.Customer, r.Data, r.Body)
}

// where returns the records that a query finds.
func where(all []store.Record, q store.Query) []store.Record {
	var out []store.Record
	for _, r := range all {
		if q.Interaction != "" && r.Interaction == q.Interaction || q.Customer != "" && r.Customer == q.Customer {
			out = append(out, r)
		}
	}
	return out
}
