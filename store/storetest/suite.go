package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/usher-go/usher/store"
)

// Run checks a journal against every rule of [store.Journal]. open returns a new, empty
// journal each time; the suite closes it.
func Run(t *testing.T, open func(testing.TB) store.Journal) {
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			j := open(t)
			defer j.Close()
			rule.check(t, j)
		})
	}
}

var rules = []struct {
	name  string
	check func(*testing.T, store.Journal)
}{
	{"records come back as they went in, in order", order},
	{"a batch that does not continue is refused whole", gaps},
	{"a second writer is refused", fencing},
	{"of many writers at one place exactly one wins", race},
	{"a large batch is one batch", large},
	{"a cancelled append leaves nothing or everything", cancelled},
	{"an interaction is found by its id", interaction},
	{"the latest snapshot counts", snapshots},
	{"truncation stops at the snapshot", truncation},
	{"erasure removes bodies and nothing else", erasure},
	{"a closed journal says so", closed},
}

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Records returns n records that follow a sequence number, every other one with a body.
func Records(after uint64, n int) []store.Record {
	out := make([]store.Record, n)
	for i := range out {
		seq := after + 1 + uint64(i)
		out[i] = store.Record{
			Seq: seq, At: start.Add(time.Duration(seq) * time.Millisecond), Kind: "kind", Version: 1,
			Interaction: fmt.Sprintf("i%d", seq%3), Customer: fmt.Sprintf("c%d", seq%3),
			Data: fmt.Appendf(nil, `{"seq":%d}`, seq),
		}
		if seq%2 == 0 {
			out[i].Body = fmt.Appendf(nil, `{"text":"body %d"}`, seq)
		}
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func collect(t *testing.T, seq iter.Seq2[store.Record, error]) []store.Record {
	t.Helper()
	var out []store.Record
	for r, err := range seq {
		must(t, err)
		out = append(out, r)
	}
	return out
}

func same(t *testing.T, got, want []store.Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if g.Seq != w.Seq || !g.At.Equal(w.At) || g.Kind != w.Kind || g.Version != w.Version || g.Interaction != w.Interaction ||
			g.Customer != w.Customer || !bytes.Equal(g.Data, w.Data) || !bytes.Equal(g.Body, w.Body) {
			t.Fatalf("record %d is %+v, want %+v", i, g, w)
		}
	}
}

func order(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := Records(0, 7)
	must(t, j.Append(ctx, 0, all[:1]))
	must(t, j.Append(ctx, 1, all[1:3]))
	must(t, j.Append(ctx, 3, nil))
	must(t, j.Append(ctx, 3, all[3:]))
	same(t, collect(t, j.Load(ctx, 0)), all)
	same(t, collect(t, j.Load(ctx, 4)), all[3:])
	same(t, collect(t, j.Load(ctx, 8)), nil)
}

func gaps(t *testing.T, j store.Journal) {
	ctx := t.Context()
	must(t, j.Append(ctx, 0, Records(0, 2)))
	bad := Records(2, 3)
	bad[2].Seq++
	if err := j.Append(ctx, 2, bad); !errors.Is(err, store.ErrGap) {
		t.Fatalf("records with a gap: %v, want ErrGap", err)
	}
	same(t, collect(t, j.Load(ctx, 0)), Records(0, 2))
}

func fencing(t *testing.T, j store.Journal) {
	ctx := t.Context()
	must(t, j.Append(ctx, 0, Records(0, 3)))
	for _, expect := range []uint64{0, 2, 4} {
		err := j.Append(ctx, expect, Records(expect, 1))
		conflict, ok := errors.AsType[*store.ConflictError](err)
		if !ok || !errors.Is(err, store.ErrConflict) {
			t.Fatalf("append after %d: %v, want a ConflictError", expect, err)
		}
		if conflict.Expect != expect || conflict.Last != 3 {
			t.Fatalf("conflict says %+v, want {%d 3}", conflict, expect)
		}
	}
	same(t, collect(t, j.Load(ctx, 0)), Records(0, 3))
}

func race(t *testing.T, j store.Journal) {
	ctx := t.Context()
	for round := range uint64(20) {
		var wg sync.WaitGroup
		wins := make(chan int, 8)
		for n := range 8 {
			wg.Go(func() {
				if err := j.Append(ctx, round, Records(round, 1)); err == nil {
					wins <- n
				} else if !errors.Is(err, store.ErrConflict) {
					t.Errorf("a losing writer got %v, want ErrConflict", err)
				}
			})
		}
		wg.Wait()
		if len(wins) != 1 {
			t.Fatalf("%d writers won at %d", len(wins), round)
		}
	}
}

func large(t *testing.T, j store.Journal) {
	all := Records(0, 10_000)
	all[5000].Body = append(append([]byte(`"`), bytes.Repeat([]byte("x"), 3<<20)...), '"')
	must(t, j.Append(t.Context(), 0, all))
	same(t, collect(t, j.Load(t.Context(), 1)), all)
}

func cancelled(t *testing.T, j store.Journal) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := j.Append(ctx, 0, Records(0, 5))
	got := collect(t, j.Load(t.Context(), 0))
	switch {
	case err == nil && len(got) == 5, err != nil && len(got) == 0:
	default:
		t.Fatalf("append with a cancelled context: %v, and %d of 5 records", err, len(got))
	}
}

func interaction(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := Records(0, 9)
	must(t, j.Append(ctx, 0, all[:4]))
	must(t, j.Append(ctx, 4, all[4:]))
	same(t, collect(t, j.Interaction(ctx, "i1")), []store.Record{all[0], all[3], all[6]})
	same(t, collect(t, j.Interaction(ctx, "nobody")), nil)
}

func snapshots(t *testing.T, j store.Journal) {
	ctx := t.Context()
	if _, err := j.LoadSnapshot(ctx); !errors.Is(err, store.ErrNoSnapshot) {
		t.Fatalf("no snapshot yet: %v, want ErrNoSnapshot", err)
	}
	must(t, j.Append(ctx, 0, Records(0, 5)))
	for _, seq := range []uint64{2, 5, 3} {
		must(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: seq, At: start, Version: 1, Data: fmt.Appendf(nil, `{"n":%d}`, seq)}))
	}
	s, err := j.LoadSnapshot(ctx)
	must(t, err)
	if s.Seq != 5 || string(s.Data) != `{"n":5}` || !s.At.Equal(start) || s.Version != 1 {
		t.Fatalf("snapshot is %+v, want that of 5", s)
	}
}

func truncation(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := Records(0, 10)
	must(t, j.Append(ctx, 0, all))
	must(t, j.Truncate(ctx, 8))
	same(t, collect(t, j.Load(ctx, 0)), all) // no snapshot: everything is needed
	must(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: 6, At: start, Version: 1, Data: []byte(`{}`)}))
	must(t, j.Truncate(ctx, 4))
	same(t, collect(t, j.Load(ctx, 7)), all[6:])
	must(t, j.Truncate(ctx, 100))
	same(t, collect(t, j.Load(ctx, 7)), all[6:]) // what follows the snapshot stays
	must(t, j.Append(ctx, 10, Records(10, 1)))
}

func erasure(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := Records(0, 9)
	must(t, j.Append(ctx, 0, all))
	must(t, j.Erase(ctx, "c1"))
	for i := range all {
		if all[i].Interaction == "i1" {
			all[i].Body = nil
		}
	}
	same(t, collect(t, j.Load(ctx, 0)), all)
	must(t, j.Erase(ctx, "nobody"))
}

func closed(t *testing.T, j store.Journal) {
	must(t, j.Close())
	if err := j.Append(t.Context(), 0, Records(0, 1)); err == nil {
		t.Fatal("append to a closed journal succeeded")
	}
	for _, err := range j.Load(t.Context(), 0) {
		if err == nil {
			t.Fatal("load of a closed journal yielded a record")
		}
		return
	}
	t.Fatal("load of a closed journal said nothing")
}
