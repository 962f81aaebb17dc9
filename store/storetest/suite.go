package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/usher-go/usher/store"
)

// Run checks a journal against every rule of [store.Journal].
func Run(t *testing.T, h Harness) {
	for _, rule := range slices.Concat(rules, truncating) {
		t.Run(rule.name, func(t *testing.T) {
			j := h.Open(t)
			defer j.Close()
			rule.check(t, j)
		})
	}
	for _, rule := range slices.Concat(harder, truncatingHarder) {
		t.Run(rule.name, func(t *testing.T) {
			j := h.Open(t)
			defer j.Close()
			rule.check(t, h, j)
		})
	}
}

var rules = []struct {
	name  string
	check func(*testing.T, store.Journal)
}{
	{"records come back as they went in, in order", order},
	{"whatever people write comes back", hostile},
	{"a batch that does not continue is refused whole", gaps},
	{"a second writer is refused", fencing},
	{"of many writers at one place exactly one wins", race},
	{"a large batch is one batch", large},
	{"a cancelled append leaves nothing or everything", cancelled},
	{"reading can be left off", leaving},
	{"reading goes on beside writing", reading},
	{"records are found by interaction and by customer", finding},
	{"the latest snapshot counts", snapshots},
	{"a large snapshot comes back beside writing", largeSnapshot},
	{"erasure removes bodies and nothing else", erasure},
	{"the size grows with what is appended", sizing},
	{"a copy is the same, wherever it begins", copying},
	{"a closed journal says so", closed},
}

func order(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := Records(0, 7)
	must(t, j.Append(ctx, 0, all[:1]))
	must(t, j.Append(ctx, 1, all[1:3]))
	must(t, j.Append(ctx, 3, nil))
	must(t, j.Append(ctx, 3, all[3:]))
	same(t, load(t, j, 0), all)
	same(t, load(t, j, 4), all[3:])
	same(t, load(t, j, 6), all[5:]) // from within a batch
	same(t, load(t, j, 8), nil)
}

func hostile(t *testing.T, j store.Journal) {
	all := Records(0, 3)
	all[0].Interaction = `'; DROP TABLE "x"; --` + "\u2028\U0001F389"
	all[0].Body = []byte(`{"text":"\u0000 \ud83d \" ' \\ </script> ` + "\u2029" + `"}`)
	all[1].Customer = strings.Repeat("long", 5000)
	all[1].Data = []byte(`{"a":[1,2.50,1e99,null,true,{"b":""}]}`)
	all[2].Data = []byte(`{"n": "` + strings.Repeat("é", 100_000) + `"}`)
	must(t, j.Append(t.Context(), 0, all))
	same(t, load(t, j, 0), all)
	same(t, collect(t, j.Find(t.Context(), store.Query{Interaction: all[0].Interaction})), all[:1])
	same(t, collect(t, j.Find(t.Context(), store.Query{Customer: all[1].Customer})), all[1:2])
}

func gaps(t *testing.T, j store.Journal) {
	ctx := t.Context()
	must(t, j.Append(ctx, 0, Records(0, 2)))
	bad := Records(2, 3)
	bad[2].Seq++
	if err := j.Append(ctx, 2, bad); !errors.Is(err, store.ErrGap) {
		t.Fatalf("records with a gap: %v, want ErrGap", err)
	}
	same(t, load(t, j, 0), Records(0, 2))
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
		if err := j.Append(ctx, expect, nil); !errors.Is(err, store.ErrConflict) {
			t.Fatalf("append of nothing after %d: %v, want a ConflictError", expect, err)
		}
	}
	same(t, load(t, j, 0), Records(0, 3))
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
	same(t, load(t, j, 1), all)
	q := store.Query{Interaction: "i1"}
	same(t, collect(t, j.Find(t.Context(), q)), where(all, q))
}

func cancelled(t *testing.T, j store.Journal) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := j.Append(ctx, 0, Records(0, 5))
	got := load(t, j, 0)
	switch {
	case err == nil && len(got) == 5, err != nil && len(got) == 0:
	default:
		t.Fatalf("append with a cancelled context: %v, and %d of 5 records", err, len(got))
	}
	for _, err := range j.Load(ctx, 0) {
		if err == nil {
			t.Fatal("load with a cancelled context yielded a record")
		}
	}
}

func leaving(t *testing.T, j store.Journal) {
	must(t, j.Append(t.Context(), 0, Records(0, 100)))
	for range 50 { // whatever a reader holds is given back
		for r := range j.Load(t.Context(), 0) {
			if r.Seq == 3 {
				break
			}
		}
		for range j.Find(t.Context(), store.Query{Interaction: "i1"}) {
			break
		}
	}
	must(t, j.Append(t.Context(), 100, Records(100, 1)))
}

func reading(t *testing.T, j store.Journal) {
	ctx := t.Context()
	must(t, j.Append(ctx, 0, Records(0, 10)))
	next := uint64(10)
	for r, err := range j.Load(ctx, 0) {
		must(t, err)
		if r.Seq <= 10 {
			must(t, j.Append(ctx, next, Records(next, 1)))
			next++
		}
	}
	same(t, load(t, j, 0), Records(0, 20))
}

func finding(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := Records(0, 9)
	must(t, j.Append(ctx, 0, all[:4]))
	must(t, j.Append(ctx, 4, all[4:]))
	for _, q := range []store.Query{{Interaction: "i1"}, {Customer: "c1"}, {Customer: "c0"}, {Interaction: "c1"}, {Customer: "i1"}, {}} {
		same(t, collect(t, j.Find(ctx, q)), where(all, q))
	}
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
	isSnapshot(t, j, 5, `{"n":5}`)
	must(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: 5, At: start, Version: 1, Data: []byte(`{"n":55}`)}))
	isSnapshot(t, j, 5, `{"n":55}`) // the same place again, such as after an erasure
	err := j.SaveSnapshot(ctx, store.Snapshot{Seq: 6, At: start, Version: 1, Data: []byte(`{"n":6}`)})
	if !errors.Is(err, store.ErrSnapshotAhead) {
		t.Fatalf("a snapshot of record 6 where the journal ends at 5: %v, want ErrSnapshotAhead", err)
	}
	isSnapshot(t, j, 5, `{"n":55}`)
}

func isSnapshot(t *testing.T, j store.Journal, seq uint64, data string) {
	t.Helper()
	s, err := j.LoadSnapshot(t.Context())
	must(t, err)
	if s.Seq != seq || string(s.Data) != data || !s.At.Equal(start) || s.Version != 1 {
		t.Fatalf("snapshot is %d %.100s, want %d %.100s", s.Seq, s.Data, seq, data)
	}
}

func largeSnapshot(t *testing.T, j store.Journal) {
	ctx := t.Context()
	must(t, j.Append(ctx, 0, Records(0, 1)))
	data := `"` + strings.Repeat("0123456789abcdef", 1<<19) + `"` // 8 MB
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := j.SaveSnapshot(ctx, store.Snapshot{Seq: 1, At: start, Version: 1, Data: []byte(data)}); err != nil {
				t.Error(err)
			}
		})
	}
	for n := range uint64(20) {
		must(t, j.Append(ctx, n+1, Records(n+1, 1)))
	}
	wg.Wait()
	isSnapshot(t, j, 1, data)
	same(t, load(t, j, 0), Records(0, 21))
}

func erasure(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := Records(0, 9)
	must(t, j.Append(ctx, 0, all[:5]))
	must(t, j.Append(ctx, 5, all[5:]))
	must(t, j.Erase(ctx, []uint64{8, 77, 3, 2, 8})) // in any order, also twice
	all[1].Body, all[7].Body = nil, nil
	same(t, load(t, j, 0), all)
	must(t, j.Erase(ctx, nil))
	same(t, collect(t, j.Find(ctx, store.Query{Interaction: "i2"})), where(all, store.Query{Interaction: "i2"}))
	must(t, j.Append(ctx, 9, Records(9, 1)))
}

func sizing(t *testing.T, j store.Journal) {
	sizer, ok := j.(store.Sizer)
	if !ok {
		t.Skip("storetest: it is no Sizer")
	}
	before, err := sizer.Size(t.Context())
	must(t, err)
	all := Records(0, 500)
	for i := range all {
		all[i].Data = fmt.Appendf(nil, `{"n":"%x"}`, rand.Text()+rand.Text()+rand.Text()+rand.Text())
	}
	for i := 0; i < len(all); i += 50 {
		must(t, j.Append(t.Context(), uint64(i), all[i:i+50]))
	}
	after, err := sizer.Size(t.Context())
	must(t, err)
	if after-before < 50_000 {
		t.Fatalf("the size was %d, and is %d after 100,000 bytes were appended", before, after)
	}
}

func copying(t *testing.T, j store.Journal) {
	ctx := t.Context()
	source := store.NewMemory()
	for i := range uint64(5) {
		must(t, source.Append(ctx, i*10, Records(i*10, 10)))
	}
	if _, ok := j.(store.Placer); ok {
		must(t, source.SaveSnapshot(ctx, store.Snapshot{Seq: 30, At: start, Version: 1, Data: []byte(`{}`)}))
		must(t, source.Truncate(ctx, 20, []string{"i1"}))
	}
	must(t, store.Copy(ctx, j, source))
	must(t, store.Equal(ctx, source, j))
	if err := store.Copy(ctx, j, source); !errors.Is(err, store.ErrNotEmpty) {
		t.Fatalf("copy to where something is: %v, want ErrNotEmpty", err)
	}
	must(t, j.Append(ctx, 50, Records(50, 1)))
	same(t, collect(t, j.Find(ctx, store.Query{Interaction: "i1"})), where(Records(0, 51), store.Query{Interaction: "i1"})[:17])
	if _, ok := errors.AsType[*store.DiffError](store.Equal(ctx, j, source)); !ok {
		t.Fatal("a longer journal is called equal")
	}
}

func closed(t *testing.T, j store.Journal) {
	must(t, j.Close())
	if err := j.Append(t.Context(), 0, Records(0, 1)); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("append to a closed journal: %v, want ErrClosed", err)
	}
	if _, err := j.LoadSnapshot(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("snapshot of a closed journal: %v, want ErrClosed", err)
	}
	if err := j.Close(); err != nil {
		t.Fatalf("closing twice: %v, want nil", err)
	}
	for name, err := range map[string]error{
		"load":          firstError(j.Load(t.Context(), 0)),
		"find":          firstError(j.Find(t.Context(), store.Query{Interaction: "i1"})),
		"save snapshot": j.SaveSnapshot(t.Context(), store.Snapshot{Seq: 1, Version: 1, Data: []byte("{}")}),
		"erase":         j.Erase(t.Context(), []uint64{1}),
		"truncate":      j.Truncate(t.Context(), 1, nil),
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Fatalf("%s of a closed journal: %v, want ErrClosed", name, err)
		}
	}
}

// firstError returns the error with which a sequence of records begins, nil if it has a record
// or is empty.
func firstError(records iter.Seq2[store.Record, error]) error {
	for _, err := range records {
		return err
	}
	return nil
}
