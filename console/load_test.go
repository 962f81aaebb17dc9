package console_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// hall is a center with many desks and dashboards on one server, over real connections.
type hall struct {
	b         *testing.B
	center    *usher.Center
	wa        *channeltest.Connector
	server    *httptest.Server
	client    *http.Client
	customers []channel.Alias
	sent      sync.Map // text → when it was said
	mu        sync.Mutex
	took      []time.Duration
	reads     atomic.Int64
	slow      []time.Duration // readings of boards
	jitter    []time.Duration // by how much the machine alone is late
}

const (
	desks      = 200
	dashboards = 20
	rate       = 50 // messages per second
	stuck      = 5  // readers that take nothing
)

func newHall(b *testing.B) *hall {
	h := &hall{b: b, wa: channeltest.NewConnector("main", number)}
	var err error
	h.center, err = usher.New(usher.Options{Connectors: []channel.Connector{h.wa}, SnapshotEvery: 5000, Retention: time.Second})
	require.NoError(b, err)
	h.wa.Connect(h.center)
	cfg := usher.Config{Campaigns: []usher.Campaign{{ID: "sales", WhatsApp: &settings.Card{
		Enable: true, Connector: "main", PhoneNumbers: []string{number}, ServiceLevel: 20, Offers: settings.Offers{AutoAnswer: true},
	}}}}
	for i := range desks {
		id := fmt.Sprintf("agent-%03d", i)
		cfg.Agents = append(cfg.Agents, usher.Agent{ID: id, Limit: 3})
		cfg.Campaigns[0].Members = append(cfg.Campaigns[0].Members, usher.Member{Agent: id})
	}
	require.NoError(b, h.center.Configure(b.Context(), cfg))
	for i := range desks * 3 {
		h.customers = append(h.customers, channel.Alias(fmt.Sprintf("phone:346%08d", i)))
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = h.center.Run(ctx) }()
	desk := console.New(h.center, console.Options{Authorize: console.AllowAll, WriteTimeout: time.Second})
	h.server = httptest.NewServer(desk)
	h.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: desks + dashboards}}
	b.Cleanup(func() {
		desk.Close()
		h.server.CloseClientConnections()
		h.server.Close()
		cancel()
		<-done
	})
	for _, a := range cfg.Agents {
		_, err := h.center.Do(b.Context(), queue.AgentState{Agent: a.ID, State: queue.Available})
		require.NoError(b, err)
	}
	for _, c := range h.customers { // everybody has three
		_, err := h.wa.Say(b.Context(), number, "hello", c)
		require.NoError(b, err)
	}
	return h
}

// listen reads a stream and hands its rows to take.
func (h *hall) listen(ctx context.Context, query string, take func(string)) {
	r, _ := http.NewRequestWithContext(ctx, "GET", h.server.URL+"/api/stream"+query, nil)
	res, err := h.client.Do(r)
	if err != nil {
		return
	}
	defer res.Body.Close()
	rows := bufio.NewScanner(res.Body)
	for rows.Scan() {
		take(rows.Text())
	}
}

// desk is an agent's page: it notes what it hears, and reads its lists again, one reading
// at a time.
func (h *hall) desk(ctx context.Context, agent string) {
	dirty := make(chan struct{}, 1)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-dirty:
				h.read(ctx, "/api/desk?as="+agent)
			}
		}
	}()
	h.listen(ctx, "?as="+agent, func(row string) {
		if !strings.HasPrefix(row, "data: ") {
			return
		}
		if i := strings.Index(row, "message-"); i >= 0 {
			key := row[i : i+len("message-000000")]
			if at, ok := h.sent.LoadAndDelete(key); ok {
				d := time.Since(at.(time.Time))
				h.mu.Lock()
				h.took = append(h.took, d)
				h.mu.Unlock()
			}
			select {
			case dirty <- struct{}{}:
			default:
			}
		}
	})
}

// dashboard is a supervisor's page: it reads the board again whenever it changed.
func (h *hall) dashboard(ctx context.Context) {
	h.listen(ctx, "", func(row string) {
		if row != "event: board" {
			return
		}
		start := time.Now()
		h.read(ctx, "/api/board")
		h.mu.Lock()
		h.slow = append(h.slow, time.Since(start))
		h.mu.Unlock()
		h.read(ctx, "/api/interactions?state=waiting")
	})
}

func (h *hall) read(ctx context.Context, path string) {
	r, _ := http.NewRequestWithContext(ctx, "GET", h.server.URL+path, nil)
	res, err := h.client.Do(r)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	h.reads.Add(1)
}

// freeze opens a stream and never reads from it.
func (h *hall) freeze(ctx context.Context, query string) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", h.server.Listener.Addr().String())
	if err != nil {
		return
	}
	_ = conn.(*net.TCPConn).SetReadBuffer(1)
	_, _ = fmt.Fprintf(conn, "GET /api/stream%s HTTP/1.1\r\nHost: x\r\n\r\n", query)
	context.AfterFunc(ctx, func() { _ = conn.Close() })
}

// Many desks and dashboards on one server at fifty messages a second: how long from a
// customer's message to the agent's stream, and what it costs. Run it with
//
//	go test ./console -run - -bench Hall -benchtime 20s
func BenchmarkHall(b *testing.B) {
	h := newHall(b)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for i := range desks {
		go h.desk(ctx, fmt.Sprintf("agent-%03d", i))
	}
	for range dashboards {
		go h.dashboard(ctx)
	}
	for i := range stuck {
		h.freeze(ctx, fmt.Sprintf("?as=agent-%03d", i))
	}
	go h.idle(ctx)
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	warm := heap()
	n := 0
	for b.Loop() {
		<-tick.C
		n++
		text := fmt.Sprintf("message-%06d", n)
		h.sent.Store(text, time.Now())
		if _, err := h.wa.Say(b.Context(), number, text, h.customers[rand.IntN(len(h.customers))]); err != nil {
			b.Fatal(err)
		}
	}
	<-time.After(time.Second) // the last ones are on their way
	h.report(n, warm)
}

// idle measures how late a goroutine wakes that does nothing: what the machine, not the
// console, adds to the times.
func (h *hall) idle(ctx context.Context) {
	const nap = 10 * time.Millisecond
	for ctx.Err() == nil {
		start := time.Now()
		<-time.After(nap)
		h.mu.Lock()
		h.jitter = append(h.jitter, time.Since(start)-nap)
		h.mu.Unlock()
	}
}

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

func (h *hall) report(n int, warm float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := func(list []time.Duration, share float64) float64 {
		if len(list) == 0 {
			return -1
		}
		slices.Sort(list)
		return float64(list[min(int(share*float64(len(list))), len(list)-1)].Microseconds()) / 1000
	}
	h.b.ReportMetric(at(h.took, 0.5), "p50-ms")
	h.b.ReportMetric(at(h.took, 0.9), "p90-ms")
	h.b.ReportMetric(at(h.took, 0.99), "p99-ms")
	h.b.ReportMetric(at(h.took, 1), "max-ms")
	h.b.ReportMetric(at(h.jitter, 0.99), "machine-p99-ms")
	h.b.ReportMetric(at(h.slow, 0.99), "board-p99-ms")
	h.b.ReportMetric(float64(n-len(h.took)), "lost")
	h.b.ReportMetric(float64(h.reads.Load())/float64(n)*rate, "reads/s")
	h.b.ReportMetric(heap(), "heap-MB")
	h.b.ReportMetric(heap()-warm, "growth-MB")
}
