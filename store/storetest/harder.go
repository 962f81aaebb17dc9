package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/usher-go/usher/store"
)

// harder has the rules for journals that outlive their process.
var harder = []struct {
	name  string
	check func(*testing.T, Harness, store.Journal)
}{
	{"what was acknowledged is there after opening again", reopening},
	{"a journal in use is refused to others", exclusive},
	{"who was taken over is refused, and knows", takenOver},
	{"damage is found where it is", damage},
	{"what was appended before the damage is read", damageBehind},
	{"a write that fails leaves the journal whole", breaking},
	{"nothing that was erased remains", residue},
}

// need skips a rule for a journal that has no such thing.
func need(t *testing.T, has bool, name string) {
	t.Helper()
	if !has {
		t.Skipf("storetest: Harness.%s is nil", name)
	}
}

func again(t *testing.T, h Harness, j store.Journal) store.Journal {
	t.Helper()
	must(t, j.Close())
	k, err := h.Reopen(t, j)
	must(t, err)
	t.Cleanup(func() { _ = k.Close() })
	return k
}

func reopening(t *testing.T, h Harness, j store.Journal) {
	need(t, h.Reopen != nil, "Reopen")
	ctx := t.Context()
	all := Records(0, 9)
	must(t, j.Append(ctx, 0, all[:4]))
	must(t, j.Append(ctx, 4, all[4:6]))
	must(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: 4, At: start, Version: 1, Data: []byte(`{"n":4}`)}))
	must(t, j.Erase(ctx, []uint64{4}))
	all[3].Body = nil
	for range 2 {
		j = again(t, h, j)
		same(t, load(t, j, 0), all[:6])
		isSnapshot(t, j, 4, `{"n":4}`)
		q := store.Query{Interaction: "i1"}
		same(t, collect(t, j.Find(ctx, q)), where(all[:6], q))
	}
	if err := j.Append(ctx, 5, all[5:]); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("append at the wrong place after opening again: %v, want ErrConflict", err)
	}
	must(t, j.Append(ctx, 6, all[6:]))
	same(t, load(t, j, 0), all)
	must(t, j.Truncate(ctx, 5, nil))
	j = again(t, h, j)
	must(t, j.Append(ctx, 9, Records(9, 1)))
}

func exclusive(t *testing.T, h Harness, j store.Journal) {
	need(t, h.Beside != nil, "Beside")
	must(t, j.Append(t.Context(), 0, Records(0, 1)))
	k, err := h.Beside(t, j)
	if err == nil {
		_ = k.Close()
	}
	if _, ok := errors.AsType[*store.OwnedError](err); !ok || !errors.Is(err, store.ErrOwned) {
		t.Fatalf("opening beside a writer: %v, want an OwnedError", err)
	}
	must(t, j.Append(t.Context(), 1, Records(1, 1)))
}

func takenOver(t *testing.T, h Harness, j store.Journal) {
	need(t, h.TakeOver != nil, "TakeOver")
	ctx := t.Context()
	must(t, j.Append(ctx, 0, Records(0, 3)))
	k := h.TakeOver(t, j)
	t.Cleanup(func() { _ = k.Close() })
	if err := j.Append(ctx, 3, Records(3, 1)); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("append by who was taken over, at the right place: %v, want ErrConflict", err)
	}
	if err := j.SaveSnapshot(ctx, store.Snapshot{Seq: 3, At: start, Version: 1, Data: []byte(`{}`)}); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("snapshot by who was taken over: %v, want ErrConflict", err)
	}
	if err := j.Erase(ctx, []uint64{2}); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("erasure by who was taken over: %v, want ErrConflict", err)
	}
	same(t, load(t, k, 0), Records(0, 3))
	if holder, ok := j.(store.Holder); ok {
		if err := holder.Hold(ctx); !errors.Is(err, store.ErrConflict) {
			t.Fatalf("hold of who was taken over: %v, want ErrConflict", err)
		}
		must(t, k.(store.Holder).Hold(ctx))
	}
	must(t, k.Append(ctx, 3, Records(3, 1)))
	must(t, j.Close())
	must(t, k.Append(ctx, 4, Records(4, 1))) // the loser's end does not disturb
	same(t, load(t, k, 0), Records(0, 5))
}

// damaged returns a journal of six records, each appended alone, with one damaged.
func damaged(t *testing.T, h Harness, j store.Journal, seq uint64) (store.Journal, error) {
	for i := range uint64(6) {
		must(t, j.Append(t.Context(), i, Records(i, 1)))
	}
	must(t, j.Close())
	h.Corrupt(t, j, seq)
	k, err := h.Reopen(t, j)
	if err == nil {
		t.Cleanup(func() { _ = k.Close() })
	}
	return k, err
}

func damage(t *testing.T, h Harness, j store.Journal) {
	need(t, h.Corrupt != nil, "Corrupt")
	k, err := damaged(t, h, j, 6) // the tail
	if err == nil {
		for _, e := range k.Load(t.Context(), 0) {
			err = e
		}
	}
	corrupt, ok := errors.AsType[*store.CorruptError](err)
	if !ok || !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("a damaged tail: %v, want a CorruptError", err)
	}
	if corrupt.Seq != 6 {
		t.Fatalf("damage at record 6 is reported at %d", corrupt.Seq)
	}
}

func damageBehind(t *testing.T, h Harness, j store.Journal) {
	need(t, h.Corrupt != nil, "Corrupt")
	k, err := damaged(t, h, j, 4)
	must(t, err)
	var good int
	for _, e := range k.Load(t.Context(), 0) {
		if err = e; err != nil {
			break
		}
		good++
	}
	if good != 3 || !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("record 4 is damaged: %d records and %v, want 3 and ErrCorrupt", good, err)
	}
	same(t, load(t, k, 5), Records(4, 2))
}

func breaking(t *testing.T, h Harness, j store.Journal) {
	need(t, h.Break != nil, "Break")
	ctx := t.Context()
	must(t, j.Append(ctx, 0, Records(0, 10)))
	heal, want := h.Break(t, j)
	last := uint64(10)
	var err error
	for range 1000 {
		if err = j.Append(ctx, last, Records(last, 100)); err != nil {
			break
		}
		last += 100
	}
	if !errors.Is(err, want) {
		t.Fatalf("append without room: %v, want %v", err, want)
	}
	same(t, load(t, j, 0), Records(0, int(last)))
	heal()
	must(t, j.Append(ctx, last, Records(last, 100)))
	same(t, load(t, j, 0), Records(0, int(last)+100))
	if h.Reopen != nil {
		same(t, load(t, again(t, h, j), 0), Records(0, int(last)+100))
	}
}

func residue(t *testing.T, h Harness, j store.Journal) {
	need(t, h.Residue != nil, "Residue")
	ctx := t.Context()
	all := Records(0, 600)
	for i := range all {
		if i%3 == 0 {
			all[i].Body = fmt.Appendf(nil, `{"text":"xyzzy-%d %0500d"}`, i, 0)
		}
	}
	for i := 0; i < len(all); i += 50 {
		must(t, j.Append(ctx, uint64(i), all[i:i+50]))
	}
	must(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: 600, At: start, Version: 1, Data: []byte(`{"name":"xyzzy"}`)}))
	if !h.Residue(t, j, "xyzzy") {
		t.Fatal("the harness does not find what is there")
	}
	var seqs []uint64
	for i := range all {
		if i%3 == 0 {
			seqs, all[i].Body = append(seqs, all[i].Seq), nil
		}
	}
	must(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: 600, At: start, Version: 1, Data: []byte(`{}`)}))
	must(t, j.Erase(ctx, seqs))
	if h.Residue(t, j, "xyzzy") {
		t.Fatal("erased text remains")
	}
	same(t, load(t, j, 0), all)
}
