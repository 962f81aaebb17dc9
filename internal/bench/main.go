// Command bench measures what durability costs: whole lives of interactions through a
// center, every transition on disk, beside the bare cost of the disk and beside two
// well-known queues on the same databases. All in one run, so that the numbers can be
// compared. docs/performance.md has the figures and says how to read them.
//
//	go run ./internal/bench -lives 4000
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones on a machine without a database
)

// result is one line of the table.
type result struct {
	name      string
	producers int
	lives     int
	took      time.Duration
	waits     []time.Duration // webhook → offer, insert → worked, or one append of the bare loop
}

func (r *result) rate() float64 { return float64(r.lives) / r.took.Seconds() }

func (r *result) quantile(q float64) time.Duration {
	if len(r.waits) == 0 {
		return 0
	}
	slices.Sort(r.waits)
	return r.waits[min(int(q*float64(len(r.waits))), len(r.waits)-1)]
}

func (r *result) print() {
	fmt.Printf("| %-34s | %4d | %8.0f | %9.2f | %9.2f |\n", r.name, r.producers, r.rate(),
		float64(r.quantile(0.5).Microseconds())/1000, float64(r.quantile(0.99).Microseconds())/1000)
}

// bench is what every measurement gets.
type bench struct {
	dir   string
	url   string // of PostgreSQL; "" = none
	lives int    // at 64 producers and more; fewer below
}

// count returns how many lives are worth their time at a number of producers.
func (b *bench) count(producers int) int { return max(b.lives*min(producers, 64)/64, b.lives/20, 50) }

type measure func(ctx context.Context, b *bench, producers int) (result, error)

func main() {
	dir := flag.String("dir", "", "folder for files; on the disk to be measured (default: a temporary one)")
	url := flag.String("postgres", "postgres://postgres@127.0.0.1:5432/postgres", "URL of the database; \"\" = leave it out")
	lives := flag.Int("lives", 4000, "lives at 64 producers; fewer for fewer")
	only := flag.String("only", "", "measure only what has this in its name")
	producers := flag.String("producers", "1,16,64,256", "numbers of concurrent producers")
	profile := flag.String("cpuprofile", "", "file for a profile of the processor")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, &bench{dir: *dir, url: *url, lives: *lives}, *only, *producers, *profile)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, b *bench, only, producers, profile string) error {
	dir, err := os.MkdirTemp(b.dir, "usher-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	if profile != "" {
		f, err := os.Create(filepath.Clean(profile))
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if err := fsync(b.dir); err != nil {
		return err
	}
	fmt.Printf("| %-34s | %4s | %8s | %9s | %9s |\n|%s|%s|%s|%s|%s|\n", "", "prod", "lives/s", "p50 ms", "p99 ms",
		strings.Repeat("-", 36), strings.Repeat("-", 6), strings.Repeat("-", 10), strings.Repeat("-", 11), strings.Repeat("-", 11))
	for _, m := range measures(b) {
		if !strings.Contains(m.name, only) {
			continue
		}
		for _, p := range numbers(producers) {
			r, err := m.do(ctx, b, p)
			if err != nil {
				return fmt.Errorf("%s, %d producers: %w", m.name, p, err)
			}
			r.name, r.producers = m.name, p
			r.print()
		}
	}
	return nil
}

type named struct {
	name string
	do   measure
}

func measures(b *bench) []named {
	list := []named{
		{"bare appends and flushes", bare},
		{"usher on SQLite", usherOn(openSQLite)},
		{"usher in memory", usherOn(openMemory)},
		{"goqite on SQLite FULL", goqiteOn},
	}
	if b.url != "" {
		list = append(list, named{"usher on PostgreSQL", usherOn(openPostgres)},
			named{"River on PostgreSQL, defaults", riverOn(false)}, named{"River on PostgreSQL, tuned", riverOn(true)})
	}
	return list
}

func numbers(s string) (list []int) {
	for part := range strings.SplitSeq(s, ",") {
		n := 0
		if _, err := fmt.Sscan(part, &n); err == nil && n > 0 {
			list = append(list, n)
		}
	}
	return list
}
