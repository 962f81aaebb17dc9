package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// lifeBytes is what the events of one life take in the journal, as the run on SQLite
// prints it; lifeWaits is how often a life waits for the disk.
const (
	lifeBytes = 4300
	lifeWaits = 4
)

// bare is the least that durable lives can cost: the same bytes appended to a file and
// flushed, by a loop in which one flush serves all who came meanwhile.
func bare(_ context.Context, b *bench, producers int) (r result, err error) {
	f, err := os.Create(filepath.Join(b.dir, fmt.Sprintf("bare-%d", producers)))
	if err != nil {
		return r, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	g := &group{file: f}
	g.turn.L = &g.mu
	r.lives = b.count(producers)
	piece := slices.Repeat([]byte("x"), lifeBytes/lifeWaits)
	waits := make([][]time.Duration, producers)
	began := time.Now()
	err = parallel(producers, r.lives, func(w int) error {
		for range lifeWaits {
			began := time.Now()
			if err := g.append(piece); err != nil {
				return err
			}
			waits[w] = append(waits[w], time.Since(began))
		}
		return nil
	})
	r.took, r.waits = time.Since(began), slices.Concat(waits...)
	return r, err
}

// group is a group commit.
type group struct {
	file *os.File

	mu      sync.Mutex
	turn    sync.Cond
	pending []byte
	next    int // the batch that pending will be
	done    int // batches that are on the disk
	busy    bool
	err     error
}

func (g *group) append(piece []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending = append(g.pending, piece...)
	mine := g.next
	for g.done <= mine && g.err == nil {
		if g.busy {
			g.turn.Wait()
			continue
		}
		batch := g.pending
		g.pending, g.next, g.busy = nil, g.next+1, true
		g.mu.Unlock()
		_, err := g.file.Write(batch)
		if err == nil {
			err = g.file.Sync()
		}
		g.mu.Lock()
		g.err, g.busy, g.done = err, false, g.next
		g.turn.Broadcast()
	}
	return g.err
}

// fsync prints what one flush costs when nothing else is going on.
func fsync(dir string) error {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var r result
	for range 200 {
		began := time.Now()
		if _, err := f.Write(make([]byte, 1024)); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		r.waits = append(r.waits, time.Since(began))
	}
	fmt.Printf("one append of 1 KB and its flush: p50 %s, p99 %s\n\n", r.quantile(0.5).Round(time.Microsecond), r.quantile(0.99).Round(time.Microsecond))
	return nil
}

// parallel runs n pieces of work in several goroutines.
func parallel(workers, n int, do func(worker int) error) error {
	var all sync.WaitGroup
	todo := make(chan struct{}, n)
	for range n {
		todo <- struct{}{}
	}
	close(todo)
	errs := make(chan error, workers)
	for w := range workers {
		all.Go(func() {
			for range todo {
				if err := do(w); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	return <-errs
}
