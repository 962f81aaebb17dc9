package sqlite

import "context"

// moveAfter is how many bytes are written before the log is moved into the file, and
// commitBytes what a commit takes beside its records.
const (
	moveAfter   = 4 << 20
	commitBytes = 8 << 10
)

// wrote counts what was written to the log, and has it moved into the file beside further
// commits when there is much of it. SQLite itself would do that within a commit, which
// then takes a hundred times as long as the others; it still does if this cannot keep up.
func (j *Journal) wrote(bytes int) {
	if j.logged.Add(int64(bytes)+commitBytes) < moveAfter || !j.moving.CompareAndSwap(false, true) {
		return
	}
	j.logged.Store(0)
	j.ending.Lock()
	defer j.ending.Unlock()
	if j.closed.Load() {
		return
	}
	j.movers.Go(func() {
		defer j.moving.Store(false)
		j.move(context.Background())
	})
}

// move moves the log into the file, then, while nothing is appended, the little that was
// written meanwhile: only when all of it is in the file does the log begin again from its
// start. What fails is tried again the next time; the log has everything until then.
func (j *Journal) move(ctx context.Context) {
	j.checkpoint.Lock()
	defer j.checkpoint.Unlock()
	const passive = "PRAGMA wal_checkpoint(PASSIVE)"
	if _, err := j.read.ExecContext(ctx, passive); err != nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, _ = j.read.ExecContext(ctx, passive)
}
