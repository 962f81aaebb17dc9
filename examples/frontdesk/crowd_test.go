package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Two days with the same seed are the same day; every customer is in one class.
func TestCrowd(t *testing.T) {
	play := func(seed string) string {
		var out, errs bytes.Buffer
		args := []string{"-crowd", "300", "-agents", "2", "-seed", seed}
		require.Equal(t, exitOK, run(t.Context(), args, none, &out, &errs), "%s", errs.String())
		return out.String()
	}
	first := play("1")
	assert.Equal(t, first, play("1"))
	assert.NotEqual(t, first, play("2"))
	assert.Contains(t, first, "Every one of 300 interactions is in exactly one outcome class; 0 are open.")
}

// meter takes the output of a day and measures the heap at each line of it, which is once
// in an hour of the day.
type meter struct {
	bytes.Buffer
	heaps []uint64
}

var hourly = regexp.MustCompile(`^[0-9]{2}:00 `)

func (m *meter) Write(p []byte) (int, error) {
	if hourly.Match(p) {
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		m.heaps = append(m.heaps, s.HeapAlloc)
	}
	return m.Buffer.Write(p)
}

// A busy day over signed HTTP, with an agent for every 500 customers. USHER_DAY=100000 plays
// the whole of it.
// Nothing is lost; and what stays in memory is what must be remembered of a customer for a
// week to know them and their messages again, nothing of the conversations.
func TestABusyDay(t *testing.T) {
	customers := 2000
	if text := os.Getenv("USHER_DAY"); text != "" {
		var err error
		customers, err = strconv.Atoi(text)
		require.NoError(t, err, "USHER_DAY is a number of customers")
	}
	began := time.Now()
	var out meter
	var errs bytes.Buffer
	args := []string{"-crowd", strconv.Itoa(customers), "-agents", strconv.Itoa(max(customers/500, 1))}
	require.Equal(t, exitOK, run(t.Context(), args, none, &out, &errs), "%s", errs.String())
	took := time.Since(began)
	assert.Contains(t, out.String(), fmt.Sprintf("Every one of %d interactions is in exactly one outcome class; 0 are open.", customers))
	t.Logf("%d customers in %s, %.0f a second\n%s", customers, took.Round(time.Millisecond), float64(customers)/took.Seconds(), out.String())
	t.Logf("heap in MB, hour by hour: %.1f", inMB(out.heaps))
	if customers < 20_000 {
		return // too few to tell growth from noise
	}
	first, last := out.heaps[2], out.heaps[len(out.heaps)-1]
	perCustomer := (float64(last) - float64(first)) / float64(customers) / 0.8 // of whom a fifth came before eleven
	t.Logf("%.0f bytes for a customer who is gone", perCustomer)
	assert.Less(t, perCustomer, 3000.0)
}

func inMB(list []uint64) (out []float64) {
	for _, n := range list {
		out = append(out, float64(n)/(1<<20))
	}
	return out
}
