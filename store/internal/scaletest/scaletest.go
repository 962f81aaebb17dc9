// Package scaletest measures what a truncation of millions of records costs the appends
// beside it. Both adapters run it, when USHER_SCALE says how many records.
package scaletest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

const (
	kept   = 100             // interactions
	spread = 20              // records of each, all over the journal
	slice  = 5 * time.Second // of a truncation, and of the pause that follows it
	limit  = 100 * time.Millisecond
)

// Journal is what is measured.
type Journal interface {
	store.Journal
	store.Sizer
}

// Truncation fills an empty journal with as many records as the environment variable
// USHER_SCALE says, USHER_SCALE_BATCH (100) in each append, and truncates all of them but
// those of 100 interactions. Appends of 10 records follow each other without a pause.
//
// The truncation is stopped every 5 seconds and continued 5 seconds later, so that appends
// with and without it are measured on the same machine at the same time. None may take
// longer than 100 ms, unless the longest without a truncation takes half as long.
//
// state, if it is not nil, describes the journal; it is logged before and after.
func Truncation(t *testing.T, j Journal, state func() string) {
	n := number("USHER_SCALE", 0)
	batch := int(number("USHER_SCALE_BATCH", 100))
	m := &meter{t: t, j: j}
	began := time.Now()
	for m.last < n {
		records := records(m.last, batch, n/(kept*spread))
		must(t, j.Append(context.Background(), m.last, records))
		m.last += uint64(batch)
	}
	n = m.last
	size := m.size()
	packed := float64(n) * float64(len(pack.Append(nil, records(1e6, 1000, 1<<62)))) / 1000
	t.Logf("%d records, %d in each append, %.0f MB packed, the journal has %d MB, written in %s%s", n, batch, packed/(1<<20), size>>20, round(time.Since(began)), describe(state))
	must(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: n, Version: 1, Data: []byte("{}")}))

	var quiet, beside times
	var took, stop time.Duration
	for done := false; !done; {
		quiet.add(m.appendUntil(time.After(slice)))
		list, d, late, ok := m.truncate(n)
		beside.add(list)
		took, stop, done = took+d, max(stop, late), ok
	}
	t.Logf("truncated in %s: %.0f records/s, %.1f MB/s; stopped within %s; %d MB now%s", round(took),
		float64(n)/took.Seconds(), packed/(1<<20)/took.Seconds(), round(stop), m.size()>>20, describe(state))
	t.Logf("50 GB at this rate: %s", round(time.Duration(float64(took)*(50<<30)/packed)))
	t.Logf("appends without it: %s", quiet)
	t.Logf("appends beside it:  %s", beside)
	if most := max(limit, 2*quiet.worst()); beside.worst() > most {
		t.Errorf("an append took %s beside the truncation, want at most %s", beside.worst(), most)
	}
	m.check(n)
}

// Wanted skips a test unless USHER_SCALE is set.
func Wanted(t *testing.T) {
	if number("USHER_SCALE", 0) == 0 {
		t.Skip("set USHER_SCALE to a number of records, such as 10000000")
	}
}

func number(variable string, otherwise uint64) uint64 {
	n, err := strconv.ParseUint(os.Getenv(variable), 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

func describe(state func() string) string {
	if state == nil {
		return ""
	}
	return "; " + state()
}

// meter appends to a journal and measures how long that takes.
type meter struct {
	t    *testing.T
	j    Journal
	last uint64
}

func (m *meter) size() int64 {
	size, err := m.j.Size(m.t.Context())
	must(m.t, err)
	return size
}

// appendUntil appends until a channel is ready.
func (m *meter) appendUntil(until <-chan time.Time) (list times) {
	for {
		select {
		case <-until:
			return list
		default:
		}
		records := records(m.last, 10, 1<<62)
		began := time.Now()
		must(m.t, m.j.Append(context.Background(), m.last, records))
		list = append(list, time.Since(began))
		m.last += 10
	}
}

// truncate truncates for a while and returns how long the appends beside it took, how long
// itself, how long after its context it ended, and whether it is done.
func (m *meter) truncate(n uint64) (list times, took, late time.Duration, done bool) {
	var keep []string
	for i := range kept {
		keep = append(keep, parked(i))
	}
	ended := make(chan time.Time, 1)
	began := time.Now()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), slice)
		defer cancel()
		err := m.j.Truncate(ctx, n+1, keep)
		switch done = err == nil; {
		case ctx.Err() == nil && err != nil:
			m.t.Errorf("truncate: %v", err)
			done = true
		case !done:
			late = time.Since(began) - slice
		}
		took = time.Since(began)
		ended <- time.Now()
	}()
	list = m.appendUntil(ended)
	return list, took, late, done
}

// check requires that of the first n records those to keep are there, and no other.
func (m *meter) check(n uint64) {
	got := map[string]int{}
	for r, err := range m.j.Load(m.t.Context(), 0) {
		must(m.t, err)
		if r.Seq > n {
			break
		}
		got[r.Interaction]++
	}
	want := map[string]int{}
	for i := range kept {
		want[parked(i)] = spread
	}
	if !maps.Equal(want, got) {
		m.t.Errorf("records that are left, by interaction: %v, want %v", got, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func parked(i int) string { return fmt.Sprintf("parked %d", i) }

// records returns records of some hundred bytes. One in every so many is of a parked
// interaction.
func records(after uint64, n int, every uint64) []store.Record {
	out := make([]store.Record, n)
	for i := range out {
		seq := after + 1 + uint64(i)
		id := seq / 20 * 0x9e3779b97f4a7c15 // in no order, as those of a center
		out[i] = store.Record{
			Seq: seq, At: time.Unix(0, int64(seq)*1e6).UTC(), Kind: "message.received", Version: 1,
			Interaction: fmt.Sprintf("interaction %016x", id), Customer: fmt.Sprintf("customer %016x", id),
			Data: fmt.Appendf(nil, `{"cause":"arrive","campaign":"sales","number":"+15550001111","n":%d}`, seq),
			Body: fmt.Appendf(nil, `{"text":"message number %d of a customer: %x","messageId":"wamid.%020d"}`, seq, seq*0x9e3779b97f4a7c15, seq),
		}
		if seq%every == 0 {
			out[i].Interaction = parked(int(seq / every % kept))
		}
	}
	return out
}

// times are how long appends took.
type times []time.Duration

func (d *times) add(more times) { *d = append(*d, more...) }

func (d times) worst() time.Duration {
	if len(d) == 0 {
		return 0
	}
	return slices.Max(d)
}

func (d times) String() string {
	sorted := slices.Sorted(slices.Values(d))
	at := func(share float64) time.Duration {
		if len(sorted) == 0 {
			return 0
		}
		return round(sorted[min(int(share*float64(len(sorted))), len(sorted)-1)])
	}
	return fmt.Sprintf("%d, p50 %s, p99 %s, p99.9 %s, longest %s", len(d), at(.5), at(.99), at(.999), at(1))
}

func round(d time.Duration) time.Duration {
	if d > time.Minute {
		return d.Round(time.Second)
	}
	return d.Round(10 * time.Microsecond)
}
