package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/usher-go/usher/store"
)

// truncating has the rules of Truncate.
var truncating = []struct {
	name  string
	check func(*testing.T, store.Journal)
}{
	{"truncation stops at the snapshot", truncation},
	{"truncation keeps the interactions named", truncationKeeps},
	{"a later truncation drops what an earlier one kept", truncationAgain},
	{"truncation drops from large batches too", truncationOfBatches},
	{"records that a truncation kept can be erased", truncationErase},
	{"what is erased during a truncation is not kept by it", truncationBesideErase},
	{"appends and readers are not disturbed by a truncation", truncationConcurrent},
}

// truncatingHarder has those for journals that outlive their process.
var truncatingHarder = []struct {
	name  string
	check func(*testing.T, Harness, store.Journal)
}{
	{"what a truncation kept is there after opening again", truncationReopened},
	{"a fenced writer cannot truncate", truncationFenced},
}

// singles appends twenty records, each in a batch of its own, and saves a snapshot of the 15th.
func singles(t *testing.T, j store.Journal) []store.Record {
	t.Helper()
	all := Records(0, 20)
	for i := range all {
		must(t, j.Append(t.Context(), uint64(i), all[i:i+1]))
	}
	must(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: 15, At: start, Version: 1, Data: []byte(`{}`)}))
	return all
}

// spared returns the records from a number on and those of the interactions to keep.
func spared(all []store.Record, before uint64, keep ...string) []store.Record {
	return slices.DeleteFunc(slices.Clone(all), func(r store.Record) bool {
		return r.Seq < before && !slices.Contains(keep, r.Interaction)
	})
}

// holds checks that a journal has certain records, however they are asked for.
func holds(t *testing.T, j store.Journal, want []store.Record) {
	t.Helper()
	same(t, load(t, j, 0), want)
	for _, q := range []store.Query{
		{Interaction: "i0"}, {Interaction: "i1"}, {Interaction: "i2"}, {Customer: "c0"}, {Customer: "c1"}, {Customer: "c2"}, {},
	} {
		same(t, collect(t, j.Find(t.Context(), q)), where(want, q))
	}
	for i := range want {
		same(t, load(t, j, want[i].Seq), want[i:])
		same(t, load(t, j, want[i].Seq+1), want[i+1:])
	}
}

func truncation(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := Records(0, 10)
	for i := range all {
		must(t, j.Append(ctx, uint64(i), all[i:i+1]))
	}
	must(t, j.Truncate(ctx, 8, nil))
	must(t, j.Truncate(ctx, 8, []string{"i1"}))
	holds(t, j, all) // no snapshot: everything is needed
	must(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: 6, At: start, Version: 1, Data: []byte(`{}`)}))
	must(t, j.Truncate(ctx, 4, nil))
	holds(t, j, all[3:])
	must(t, j.Truncate(ctx, 2, nil)) // less than before: nothing comes back, nothing goes
	must(t, j.Truncate(ctx, 0, nil))
	holds(t, j, all[3:])
	must(t, j.Truncate(ctx, 100, nil))
	holds(t, j, all[6:]) // what follows the snapshot stays
	must(t, j.Append(ctx, 10, Records(10, 1)))
}

func truncationKeeps(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := singles(t, j)
	must(t, j.Truncate(ctx, 8, []string{"unknown", "i1", ""}))
	holds(t, j, spared(all, 8, "i1"))
	// An interaction that is named later keeps what is left of it.
	must(t, j.Truncate(ctx, 11, []string{"i1", "i2"}))
	want := spared(spared(all, 8, "i1"), 11, "i1", "i2")
	holds(t, j, want)
	must(t, j.Truncate(ctx, 100, []string{"i1", "i2"}))
	want = spared(want, 16, "i1", "i2")
	holds(t, j, want)
	must(t, j.Append(ctx, 20, Records(20, 3)))
	holds(t, j, append(want, Records(20, 3)...))
}

func truncationAgain(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := singles(t, j)
	must(t, j.Truncate(ctx, 12, []string{"i0", "i1"}))
	must(t, j.Truncate(ctx, 12, []string{"i0", "i1"})) // repeated: nothing changes
	holds(t, j, spared(all, 12, "i0", "i1"))
	must(t, j.Truncate(ctx, 6, []string{"i0"})) // of i1, what is before 6
	want := spared(spared(all, 12, "i0", "i1"), 6, "i0")
	holds(t, j, want)
	must(t, j.Truncate(ctx, 12, []string{"i0"}))
	holds(t, j, spared(all, 12, "i0"))
	must(t, j.Truncate(ctx, 12, nil))
	holds(t, j, all[11:])
}

// truncationOfBatches appends batches of several records: they may stay whole around the
// boundary and at the end, and nothing else may.
func truncationOfBatches(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := Records(0, 3000)
	for i := 0; i < len(all); i += 10 {
		must(t, j.Append(ctx, uint64(i), all[i:i+10]))
	}
	must(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: 2995, At: start, Version: 1, Data: []byte(`{}`)}))
	for _, c := range []struct {
		before, atMost uint64 // what is behind atMost and not kept is gone
		keep           []string
	}{{1005, 1001, []string{"i1"}}, {1011, 1011, []string{"i1", "i2"}}, {2001, 2001, []string{"i2"}}, {9999, 2991, nil}} {
		must(t, j.Truncate(ctx, c.before, c.keep))
		got := load(t, j, 0)
		have := map[uint64]bool{}
		for _, r := range got {
			have[r.Seq] = true
			if !slices.Contains(c.keep, r.Interaction) && r.Seq < c.atMost {
				t.Fatalf("truncated before %d, and record %d of %s is there", c.before, r.Seq, r.Interaction)
			}
		}
		for _, r := range all[min(c.before, 2996)-1:] {
			if !have[r.Seq] {
				t.Fatalf("truncated before %d, and record %d is gone", c.before, r.Seq)
			}
		}
		for _, q := range []store.Query{{Interaction: "i0"}, {Interaction: "i1"}, {Interaction: "i2"}, {Customer: "c1"}} {
			same(t, collect(t, j.Find(ctx, q)), where(got, q))
		}
	}
}

func truncationErase(t *testing.T, j store.Journal) {
	ctx := t.Context()
	all := singles(t, j)
	must(t, j.Truncate(ctx, 12, []string{"i1"}))
	must(t, j.Erase(ctx, []uint64{4, 2, 6, 16})) // 4 was kept, 2 and 6 are gone
	all[3].Body, all[15].Body = nil, nil
	holds(t, j, spared(all, 12, "i1"))
}

func truncationBesideErase(t *testing.T, j store.Journal) {
	ctx := t.Context()
	const n = 900
	all := Records(0, n)
	for i := 0; i < n; i += 3 {
		must(t, j.Append(ctx, uint64(i), all[i:i+3]))
	}
	must(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: n, At: start, Version: 1, Data: []byte(`{}`)}))
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := j.Truncate(ctx, n+1, []string{"i0", "i1"}); err != nil {
			t.Errorf("truncate: %v", err)
		}
	})
	var seqs []uint64
	for i := range all {
		if all[i].Interaction == "i1" && len(all[i].Body) > 0 {
			seqs = append(seqs, all[i].Seq)
		}
	}
	for part := range slices.Chunk(seqs, 10) {
		must(t, j.Erase(ctx, part))
	}
	wg.Wait()
	for _, r := range collect(t, j.Find(ctx, store.Query{Interaction: "i1"})) {
		if len(r.Body) > 0 {
			t.Fatalf("record %d was erased during a truncation and has a body", r.Seq)
		}
	}
}

func truncationConcurrent(t *testing.T, j store.Journal) {
	ctx := t.Context()
	const before, after = 600, 300
	all := Records(0, before+after)
	for i := 0; i < before; i += 3 {
		must(t, j.Append(ctx, uint64(i), all[i:i+3]))
	}
	must(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: before, At: start, Version: 1, Data: []byte(`{}`)}))
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := uint64(50); i <= before; i += 50 {
			if err := j.Truncate(ctx, i, []string{"i1"}); err != nil {
				t.Errorf("truncate: %v", err)
			}
		}
	})
	wg.Go(func() {
		for i := before; i < before+after; i += 3 {
			if err := j.Append(ctx, uint64(i), all[i:i+3]); err != nil {
				t.Errorf("append: %v", err)
				return
			}
		}
	})
	for range 2 {
		wg.Go(func() {
			for range 20 {
				kept(t, "load", collectAll(j.Load(ctx, 0)), all[:before])
				kept(t, "find", collectAll(j.Find(ctx, store.Query{Interaction: "i1"})), all[:before])
			}
		})
	}
	wg.Wait()
	kept(t, "load", collectAll(j.Load(ctx, 0)), all)
}

// kept checks what a reader got during a truncation that keeps i1: records in order, none
// twice, and all of i1.
func kept(t *testing.T, how string, r result, all []store.Record) {
	t.Helper()
	if r.err != nil {
		t.Errorf("%s during a truncation: %v", how, r.err)
		return
	}
	have := map[uint64]bool{}
	last := uint64(0)
	for _, rec := range r.records {
		if rec.Seq <= last {
			t.Errorf("%s during a truncation: record %d after %d", how, rec.Seq, last)
			return
		}
		last, have[rec.Seq] = rec.Seq, true
	}
	for _, rec := range all {
		if rec.Interaction == "i1" && !have[rec.Seq] {
			t.Errorf("%s during a truncation that keeps i1: record %d is missing", how, rec.Seq)
			return
		}
	}
}

func truncationReopened(t *testing.T, h Harness, j store.Journal) {
	need(t, h.Reopen != nil, "Reopen")
	ctx := t.Context()
	all := singles(t, j)
	must(t, j.Truncate(ctx, 12, []string{"i0", "i1"}))
	j = again(t, h, j)
	holds(t, j, spared(all, 12, "i0", "i1"))
	must(t, j.Truncate(ctx, 12, []string{"i1"}))
	j = again(t, h, j)
	holds(t, j, spared(all, 12, "i1"))
	must(t, j.Append(ctx, 20, Records(20, 1)))
}

func truncationFenced(t *testing.T, h Harness, j store.Journal) {
	need(t, h.TakeOver != nil, "TakeOver")
	ctx := t.Context()
	all := singles(t, j)
	must(t, j.Truncate(ctx, 12, []string{"i1"}))
	k := h.TakeOver(t, j)
	t.Cleanup(func() { _ = k.Close() })
	for _, keep := range [][]string{nil, {"i1"}, {"i2"}} {
		if err := j.Truncate(ctx, 14, keep); !errors.Is(err, store.ErrConflict) {
			t.Fatalf("truncation by a fenced writer: %v, want ErrConflict", err)
		}
	}
	holds(t, k, spared(all, 12, "i1"))
}
