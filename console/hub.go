package console

import (
	"context"
	"errors"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
)

const (
	ringSize = 4096            // events that a reader may fall behind
	linger   = 2 * time.Minute // how long the hub goes on without readers
)

// hub follows the center's events once for all streams. It says of each, when it happens,
// whom it concerns, and keeps the latest; readers have a place in them and nothing else,
// so one that does not read costs nothing and holds up nobody.
type hub struct {
	console *Console

	mu      sync.Mutex
	ring    []happening // by seq, ascending
	start   uint64      // the ring is complete after this event
	last    uint64      // the latest event that was looked at
	wakes   map[chan struct{}]struct{}
	cancel  context.CancelFunc // of the goroutine; nil = it does not run
	idle    *time.Timer
	readers int
}

// happening is an event and whom it concerns.
type happening struct {
	Notice
	// readers are agents who see everything, told those who see that something happened.
	readers, told []string
	board         bool
}

// join makes sure that the hub runs, from the reader's cursor on if that is not far back,
// and returns where one without a cursor begins and a channel that is filled when there is
// more.
func (h *hub) join(cursor uint64) (seq uint64, wake chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.idle != nil {
		h.idle.Stop()
		h.idle = nil
	}
	if h.cancel == nil {
		ctx, cancel := context.WithCancel(context.Background())
		h.cancel = cancel
		go h.follow(ctx, h.begin(cursor))
	}
	wake = make(chan struct{}, 1)
	if h.wakes == nil {
		h.wakes = map[chan struct{}]struct{}{}
	}
	h.wakes[wake] = struct{}{}
	h.readers++
	return h.last, wake
}

// begin subscribes. What happened between a page's reading and its stream is not missed.
func (h *hub) begin(cursor uint64) *usher.Subscription {
	now := h.console.center.Seq()
	h.start = now
	if cursor > 0 && cursor < now && now-cursor < ringSize {
		h.start = cursor
	}
	h.last, h.ring = h.start, nil
	return h.console.center.Subscribe(h.start)
}

func (h *hub) leave(wake chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.wakes, wake)
	h.readers--
	if h.readers == 0 && h.cancel != nil {
		h.idle = time.AfterFunc(linger, h.rest)
	}
}

// rest ends the goroutine when nobody came back.
func (h *hub) rest() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readers == 0 {
		h.stopLocked()
	}
}

// stop ends the goroutine; readers find a gap and begin again.
func (h *hub) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopLocked()
}

func (h *hub) stopLocked() {
	if h.idle != nil {
		h.idle.Stop()
		h.idle = nil
	}
	if h.cancel != nil {
		h.cancel()
		h.cancel = nil
	}
	h.wakeLocked()
}

func (h *hub) wakeLocked() {
	for w := range h.wakes {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// follow is the goroutine.
func (h *hub) follow(ctx context.Context, sub *usher.Subscription) {
	defer sub.Close()
	judge := judge{c: h.console, shown: map[string]bool{}}
	for {
		ev, err := sub.Next(ctx)
		lag, lags := errors.AsType[*usher.LagError](err)
		switch {
		case lags:
			h.skip(ctx, lag.From+lag.Missed-1)
		case err != nil:
			return
		default:
			h.add(ctx, judge.of(&ev))
		}
	}
}

// skip notes that events were missed: whoever is not beyond them has a gap.
func (h *hub) skip(ctx context.Context, seq uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return // another follows by now
	}
	h.start, h.last, h.ring = seq, seq, nil
	h.wakeLocked()
}

func (h *hub) add(ctx context.Context, x happening) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	h.last = x.Seq
	h.ring = append(h.ring, x)
	if len(h.ring) >= 2*ringSize {
		// Moved only when it has doubled, so that the cost per event stays constant.
		h.start = h.ring[ringSize-1].Seq
		h.ring = slices.Clone(h.ring[ringSize:])
	}
	h.wakeLocked()
}

// after returns up to limit happenings after an event. gap says that some are missing; the
// reader goes on at last then.
func (h *hub) after(seq uint64, limit int) (list []happening, last uint64, gap bool) {
	now := h.console.center.Seq()
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.cancel == nil, seq < h.start, seq > max(now, h.last):
		return nil, h.last, true
	case seq > h.last:
		return nil, seq, false // the hub has not come so far yet
	}
	i := sort.Search(len(h.ring), func(i int) bool { return h.ring[i].Seq > seq })
	list = h.ring[i:min(i+limit, len(h.ring))] // entries never change, only the slice moves on
	if len(list) > 0 {
		return list, list[len(list)-1].Seq, false
	}
	return nil, h.last, false
}

func (h *hub) running() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cancel != nil
}

// judge says whom events concern.
type judge struct {
	c     *Console
	shown map[string]bool // interactions that several agents may take
}

func (j *judge) of(ev *queue.Event) happening {
	h := happening{Notice: Notice{
		Seq: ev.Seq, At: ev.At, Kind: ev.Kind, Interaction: ev.Interaction, Campaign: ev.Campaign, Agent: ev.Agent, Until: ev.Until,
	}}
	switch ev.Kind {
	case queue.AgentAlive, queue.CampaignDay, queue.Swept, queue.ClockSkewed:
		return h
	case queue.AgentConfigured:
		h.Agent = ev.AgentConfig.ID
		h.told = []string{h.Agent}
	case queue.CampaignConfigured:
		for _, m := range ev.Config.Members {
			h.told = append(h.told, m.Agent)
		}
	}
	h.board = ev.Kind != queue.MessageMoved
	if ev.Kind == queue.MessageMoved {
		it := moved(ev)
		h.Item = &it
	} else if it, ok := itemOf(ev); ok {
		h.Item = &it
	}
	if ev.Agent != "" {
		h.told = append(h.told, ev.Agent)
	}
	if ev.Interaction != "" {
		j.parties(ev, &h)
	}
	return h
}

// parties adds who has the interaction, is asked for it, or may take it.
func (j *judge) parties(ev *queue.Event, h *happening) {
	if v, ok := j.c.center.Interaction(ev.Interaction); ok {
		for _, a := range []string{v.Agent, v.Offered} {
			if a != "" {
				h.readers = append(h.readers, a)
			}
		}
	}
	switch ev.Kind {
	case queue.TransferStarted, queue.TransferReturned, queue.TransferDone:
		h.told = append(h.told, ev.From)
	case queue.Shown:
		j.shown[ev.Interaction] = true
	}
	if s, ok := j.c.center.Summary(ev.Interaction); ok && ev.Kind != queue.MessageMoved {
		h.told = append(h.told, s.Last())
	}
	if !j.shown[ev.Interaction] || h.Item != nil && h.Item.Type == "message" {
		return
	}
	if b, err := j.c.book(context.Background()); err == nil && b.campaigns[h.Campaign] != nil {
		for _, m := range b.campaigns[h.Campaign].Members {
			h.told = append(h.told, m.Agent)
		}
	}
	if ev.Kind == queue.Ended || ev.Kind == queue.Answered {
		delete(j.shown, ev.Interaction)
	}
}
