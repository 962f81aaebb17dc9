package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pace"
	"github.com/usher-go/usher/store/internal/pack"
)

const (
	// chunkTime is how long a statement of a truncation should take. No append waits for its
	// locks, but its WAL is flushed with theirs.
	chunkTime = 20 * time.Millisecond
	// chunkLeast and chunkMost bound how many batches one statement drops.
	chunkLeast = 4
	chunkMost  = 256
)

// truncation is a call of Truncate. It works in chunks of one statement each, and the
// journal is whole after every one of them: a truncation that was interrupted is continued
// by the next.
type truncation struct {
	j      *Journal
	before uint64
	keep   []string
	spare  map[string]bool // the same
	after  uint64          // the first record of the last batch that was dropped

	pace pace.Pace // of the statements; their size is how many batches they drop
}

// Truncate implements [store.Journal]. Whole batches are dropped; their records of
// interactions to keep move to the table kept.
func (j *Journal) Truncate(ctx context.Context, before uint64, keep []string) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	t := &truncation{j: j, before: before, keep: append([]string{}, keep...), spare: make(map[string]bool, len(keep)), pace: pace.Pace{Aim: chunkTime, Least: chunkLeast, Most: chunkMost}}
	for _, id := range keep {
		t.spare[id] = id != ""
	}
	return known(t.run(ctx))
}

func (t *truncation) run(ctx context.Context) error {
	for _, step := range []func(context.Context) (bool, error){t.dropKept, t.dropBatches} {
		for more := true; more; {
			var err error
			if more, err = t.locked(ctx, step); err != nil {
				return err
			}
		}
	}
	// A commit that is flushed, and everything before it.
	return t.j.call(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		_, err := t.j.mine(ctx, pool)
		return err
	})
}

// locked runs a step while no other truncation or erasure changes what it reads.
func (t *truncation) locked(ctx context.Context, step func(context.Context) (bool, error)) (bool, error) {
	t.j.changing.Lock()
	defer t.j.changing.Unlock()
	return step(ctx)
}

// change runs a statement, after a pause as long as the last one took: half of the time the
// server has only appends to do.
func (t *truncation) change(ctx context.Context, result any, sql string, args ...any) error {
	if err := t.pace.Rest(ctx); err != nil {
		return err
	}
	return t.pace.Time(func() error { return t.j.change(ctx, result, sql, args...) })
}

// dropKept drops some of what earlier truncations kept and this one does not.
func (t *truncation) dropKept(ctx context.Context) (more bool, err error) {
	var n int
	err = t.change(ctx, &n, t.j.sql.dropKept, t.before, t.keep, keptAtOnce)
	return n == keptAtOnce, err
}

// dropBatches drops the first batches that may be dropped, as many as its pace allows, and what
// the index says of them. Of a batch that is damaged nothing can be kept, and its lines of
// the index, which then find nothing, stay.
func (t *truncation) dropBatches(ctx context.Context) (more bool, err error) {
	list, err := t.j.some(ctx, t.j.sql.old, t.j.id, t.before, t.pace.Size(), t.after)
	if err != nil || len(list) == 0 {
		return false, err
	}
	var a arrays
	var k keptRows
	m := pack.Mentions{}
	for i := range list {
		r := &list[i]
		a.firsts = append(a.firsts, int64(r.First))
		records, _ := r.Unpack()
		m.Note(r.First, records)
		for n := range records {
			if t.spare[records[n].Interaction] {
				k.add(&records[n])
			}
		}
	}
	a.mention(m)
	err = t.change(ctx, new(int32), t.j.sql.drop, k.seqs, k.interactions, k.customers, k.sums, k.records, a.kinds, a.ids, a.where, a.firsts)
	t.after = list[len(list)-1].First
	t.pace.Adapt(len(list))
	return true, err
}
