package queue_test

import (
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/usher-go/usher/queue"
)

// heapInUse returns the bytes in use after a collection.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkMemory reports the bytes that an agent and a waiting interaction cost.
func BenchmarkMemory(b *testing.B) {
	const agents, waiting = 10_000, 100_000
	for b.Loop() {
		before := heapInUse()
		r := newEngine(b, agents, "", 0, 0)
		withAgents := heapInUse()
		for i := range agents + waiting {
			r.arrive("i" + strconv.Itoa(i))
		}
		all := heapInUse()
		b.ReportMetric(float64(withAgents-before)/agents, "B/agent")
		b.ReportMetric(float64(all-withAgents)/(agents+waiting), "B/interaction")
		runtime.KeepAlive(r)
	}
}

// BenchmarkConfigure changes a campaign while many wait in it.
func BenchmarkConfigure(b *testing.B) {
	const agents, waiting = 1_000, 100_000
	r := newEngine(b, agents, "", 0, 0)
	for i := range agents + waiting {
		r.arrive("i" + strconv.Itoa(i))
	}
	c, _ := r.e.CampaignConfig("c")
	for b.Loop() {
		c.ServiceLevel += time.Second
		c.MaxTime = 24 * time.Hour
		r.step(queue.Configure{Campaign: c})
	}
}

// BenchmarkPosition asks for the place in line among many.
func BenchmarkPosition(b *testing.B) {
	for _, waiting := range []int{1_000, 100_000, 1_000_000} {
		b.Run("waiting="+strconv.Itoa(waiting), func(b *testing.B) {
			r := newEngine(b, 1, "", 0, 0)
			for i := range waiting {
				r.arrive("i" + strconv.Itoa(i))
			}
			n := 0
			for b.Loop() {
				n = (n + 7919) % waiting
				if _, ok := r.e.Interaction("i" + strconv.Itoa(n)); !ok {
					b.Fatal("gone")
				}
			}
		})
	}
}

// BenchmarkSnapshot copies the state of a center that remembers many customers, each of
// whom has written, was answered, and has left. Nothing is decided meanwhile.
func BenchmarkSnapshot(b *testing.B) {
	for _, customers := range []int{10_000, 100_000} {
		b.Run("customers="+strconv.Itoa(customers), func(b *testing.B) {
			r := newEngine(b, 10, "", 0, 0)
			for i := range customers {
				n := strconv.Itoa(i)
				r.step(queue.Arrive{
					Campaign: "c", ID: "i" + n, Customer: "c" + n, Aliases: []string{"phone:3460" + n}, Name: "Maria",
					Message: &queue.Message{ID: "wamid." + n, At: r.now, Text: "hello"},
				})
				r.finish("i"+n, r.accept("i"+n))
			}
			b.ReportAllocs()
			for b.Loop() {
				if s := r.e.Snapshot(); len(s.Customers) != customers {
					b.Fatal(len(s.Customers))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(customers), "ns/customer")
		})
	}
}
