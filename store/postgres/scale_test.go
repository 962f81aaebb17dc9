package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
)

// A truncation of millions of records that keeps a hundred interactions delays no append by
// more than 100 ms. USHER_SCALE is the number of records, such as 10000000.
func TestTruncationAtScale(t *testing.T) {
	n, _ := strconv.ParseUint(os.Getenv("USHER_SCALE"), 10, 64)
	if n == 0 {
		t.Skip("set USHER_SCALE to a number of records, such as 10000000")
	}
	pool, cfg := migrated(t)
	j := open(t, pool, cfg)
	ctx := t.Context()
	const batch, kept = 100, 100
	last := uint64(0)
	began := time.Now()
	for last < n {
		require.NoError(t, j.Append(ctx, last, scaleRecords(last, batch, n/kept)))
		last += batch
	}
	size, err := j.Size(ctx)
	require.NoError(t, err)
	t.Logf("%d records, %d MB, written in %s", n, size>>20, time.Since(began))
	require.NoError(t, j.SaveSnapshot(ctx, store.Snapshot{Seq: last, Version: 1, Data: []byte("{}")}))
	var keep []string
	for i := range kept {
		keep = append(keep, fmt.Sprintf("parked %d", i))
	}
	quiet := worstAppend(t, j, &last, time.After(3*time.Second))
	done := make(chan struct{})
	began = time.Now()
	go func() {
		defer close(done)
		if err := j.Truncate(context.WithoutCancel(ctx), n+1, keep); err != nil {
			t.Errorf("truncate: %v", err)
		}
	}()
	worst := worstAppend(t, j, &last, done)
	took := time.Since(began)
	t.Logf("truncated in %s, %.0f MB/s; an append took at most %s, %s without it", took, float64(size>>20)/took.Seconds(), worst, quiet)
	if limit := max(100*time.Millisecond, 2*quiet); worst > limit {
		t.Errorf("an append took %s beside the truncation, want at most %s", worst, limit)
	}
	got := 0
	for _, err := range drainTo(j.Load(ctx, 0), n) {
		require.NoError(t, err)
		got++
	}
	require.Equal(t, kept, got)
}

// scaleRecords returns records of some hundred bytes. One in every so many is of a parked
// interaction.
func scaleRecords(after uint64, n int, every uint64) []store.Record {
	out := make([]store.Record, n)
	for i := range out {
		seq := after + 1 + uint64(i)
		out[i] = store.Record{
			Seq: seq, At: time.Unix(0, int64(seq)*1e6).UTC(), Kind: "message.received", Version: 1,
			Interaction: fmt.Sprintf("interaction %09d", seq/20), Customer: fmt.Sprintf("customer %09d", seq/20),
			Data: fmt.Appendf(nil, `{"cause":"arrive","campaign":"sales","number":"+15550001111","n":%d}`, seq),
			Body: fmt.Appendf(nil, `{"text":"message number %d of somebody who writes at some length","messageId":"wamid.%020d"}`, seq, seq),
		}
		if seq%every == 1 {
			out[i].Interaction = fmt.Sprintf("parked %d", seq/every)
		}
	}
	return out
}

// worstAppend appends until a channel is ready and returns the longest time that took.
func worstAppend[T any](t *testing.T, j store.Journal, last *uint64, until <-chan T) (worst time.Duration) {
	for {
		select {
		case <-until:
			return worst
		default:
		}
		records := scaleRecords(*last, 10, 1<<62)
		began := time.Now()
		require.NoError(t, j.Append(t.Context(), *last, records))
		worst = max(worst, time.Since(began))
		*last += 10
	}
}

// drainTo yields records up to a sequence number.
func drainTo(seq func(func(store.Record, error) bool), to uint64) func(func(store.Record, error) bool) {
	return func(yield func(store.Record, error) bool) {
		for r, err := range seq {
			if err == nil && r.Seq > to || !yield(r, err) {
				return
			}
		}
	}
}
