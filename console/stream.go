package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/usher-go/usher/queue"
)

const (
	batch      = 256         // happenings that are looked at in one go
	boardEvery = time.Second // between two notices that the board has changed
	maxFollow  = 20
)

// reader is one stream, or one poll, on its way through the happenings.
type reader struct {
	*call
	seq    uint64
	follow []string
	staged map[string]bool // campaigns in which something happened since the last board notice
	sent   time.Time       // the last board notice
}

func (x *call) reader() *reader {
	r := &reader{call: x, staged: map[string]bool{}}
	for _, id := range x.r.URL.Query()["follow"] {
		s, ok := x.lookUp(id)
		if ok && x.maySee(&s, Read) && len(r.follow) < maxFollow {
			r.follow = append(r.follow, id)
		}
	}
	return r
}

// join finds where the reader begins: at its cursor, or now. gap says that the cursor leads
// nowhere.
func (r *reader) join() (wake chan struct{}, gap bool) {
	at := r.r.Header.Get("Last-Event-ID")
	if at == "" {
		at = r.r.URL.Query().Get("after")
	}
	seq, ok := r.parseCursor(at)
	now, wake := r.hub.join(seq)
	if !ok {
		r.seq = now
		return wake, at != ""
	}
	r.seq = seq
	return wake, false
}

// take returns the notices among happenings that are for this reader.
func (r *reader) take(list []happening) []Notice {
	var out []Notice
	for i := range list {
		h := &list[i]
		if h.board && r.actor.may(Watch) && h.Campaign != "" && r.actor.covers(h.Campaign) {
			r.staged[h.Campaign] = true
		} else if h.board && h.Campaign == "" && h.Agent != "" && r.actor.may(Watch) {
			r.stageAgent(h.Agent)
		}
		if n, ok := r.notice(h); ok {
			out = append(out, n)
		}
	}
	return out
}

// stageAgent notes the campaigns of an agent whose state changed.
func (r *reader) stageAgent(agent string) {
	a, _ := r.center.Agent(agent)
	for _, c := range a.Campaigns {
		if r.actor.covers(c) {
			r.staged[c] = true
		}
	}
}

func (r *reader) notice(h *happening) (Notice, bool) {
	n := h.Notice
	mine := r.actor.may(Work)
	switch {
	case mine && slices.Contains(h.readers, r.actor.Agent), h.Interaction != "" && slices.Contains(r.follow, h.Interaction):
		if n.Item != nil {
			it := r.shown(*n.Item)
			n.Item = &it
		}
		return n, true
	case mine && slices.Contains(h.told, r.actor.Agent):
		n.Item = nil
		return n, true
	}
	return Notice{}, false
}

// boardNotice returns the notice that is due, if any.
func (r *reader) boardNotice(now time.Time) (BoardNotice, bool) {
	if len(r.staged) == 0 || now.Sub(r.sent) < boardEvery {
		return BoardNotice{}, false
	}
	n := BoardNotice{At: r.now(), Campaigns: []string{}}
	for c := range r.staged {
		n.Campaigns = append(n.Campaigns, c)
	}
	slices.Sort(n.Campaigns)
	clear(r.staged)
	r.sent = now
	return n, true
}

// stream is the stream of events.
func (c *Console) stream(x *call) (any, error) {
	r := x.reader()
	if _, err := x.book(x.r.Context()); err != nil { // also reads the journal, the first time
		return nil, err
	}
	wake, gap := r.join()
	defer c.hub.leave(wake)
	s := &sse{reader: r, rc: http.NewResponseController(x.w), epoch: c.epoch}
	if err := s.open(); err != nil {
		return served{}, nil
	}
	s.run(wake, gap)
	return served{}, nil
}

// sse writes a stream.
type sse struct {
	*reader
	rc    *http.ResponseController
	epoch string
	buf   bytes.Buffer
}

func (s *sse) open() error {
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // proxies should pass it on at once
	_ = s.rc.SetReadDeadline(time.Time{})
	s.w.WriteHeader(http.StatusOK)
	s.frame("hello", 0, map[string]any{"now": s.now(), "cursor": s.cursor(s.seq)})
	return s.flush()
}

// run goes on until the reader is gone, is too slow, or may no longer read.
func (s *sse) run(wake chan struct{}, gap bool) {
	ctx := s.r.Context()
	beat := time.NewTicker(s.opts.Heartbeat)
	defer beat.Stop()
	lease, stopLease := s.lease()
	defer stopLease()
	board := time.NewTimer(time.Hour)
	defer board.Stop()
	for {
		more := s.pass(gap)
		gap = false
		if len(s.staged) > 0 {
			board.Reset(max(boardEvery-time.Since(s.sent), 0))
		}
		if s.flush() != nil || ctx.Err() != nil {
			return
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
			if !s.hub.running() {
				return // the console was closed
			}
		case <-board.C:
		case <-lease:
			s.renew()
		case <-beat.C:
			if !s.beat() {
				return
			}
		}
	}
}

// pass writes what there is; more says that there is more at once.
func (s *sse) pass(gap bool) (more bool) {
	list, last, missed := s.hub.after(s.seq, batch)
	if gap || missed {
		s.seq = last
		s.frame("gap", s.seq, map[string]any{"cursor": s.cursor(s.seq)})
		return false
	}
	for _, n := range s.take(list) {
		s.frame("change", n.Seq, n)
	}
	s.seq = last
	if n, due := s.boardNotice(time.Now()); due {
		s.frame("board", s.seq, n)
	}
	return len(list) == batch
}

// beat is a sign of life, and asks again whether the reader may go on.
func (s *sse) beat() bool {
	actor, err := s.authorize(s.r)
	if err != nil || actor.ID != s.actor.ID || actor.Agent != s.actor.Agent || actor.Can != s.actor.Can ||
		!slices.Equal(actor.Campaigns, s.actor.Campaigns) {
		s.frame("denied", 0, map[string]any{})
		_ = s.flush()
		return false
	}
	s.frame("ping", s.seq, map[string]any{"now": s.now()})
	return true
}

// lease is when to renew the agent's presence; a stream that is open is an agent who is
// there.
func (s *sse) lease() (<-chan time.Time, func()) {
	lease := s.leaseOf()
	if lease <= 0 {
		return nil, func() {}
	}
	s.renew()
	t := time.NewTicker(max(lease/3, time.Second))
	return t.C, t.Stop
}

// leaseOf is how long the presence of the actor's agent lasts by itself, 0 = for ever.
func (r *reader) leaseOf() time.Duration {
	b, err := r.book(r.r.Context())
	if err != nil || !r.actor.may(Work) || b.agents[r.actor.Agent] == nil {
		return 0
	}
	return b.agents[r.actor.Agent].Lease.Duration()
}

func (r *reader) renew() {
	if _, err := r.center.Do(r.r.Context(), queue.Heartbeat{Agent: r.actor.Agent}); err != nil {
		r.log.Info("console: presence", "agent", r.actor.Agent, "error", err)
	}
}

// frame adds an event to what is flushed next. Without a seq it has no id.
func (s *sse) frame(kind string, seq uint64, data any) {
	body, err := json.Marshal(data) // on one line
	if err != nil {
		s.log.Error("console: stream", "event", kind, "error", err)
		return
	}
	if seq > 0 {
		fmt.Fprintf(&s.buf, "id: %s-%d\n", s.epoch, seq)
	}
	fmt.Fprintf(&s.buf, "event: %s\ndata: %s\n\n", kind, body)
}

// flush hands the frames to the network. A reader that takes nothing for the write timeout
// is dropped: it comes back, and gets what it missed or is told of a gap.
func (s *sse) flush() error {
	if s.buf.Len() == 0 {
		return nil
	}
	_ = s.rc.SetWriteDeadline(time.Now().Add(s.opts.WriteTimeout))
	_, err := s.w.Write(s.buf.Bytes())
	s.buf.Reset()
	if err != nil {
		return err
	}
	return s.rc.Flush()
}

// poll is the stream for lines that streams do not pass.
func (c *Console) poll(x *call) (any, error) {
	wait, err := x.integer("wait", 0, 0, 25)
	if err != nil {
		return nil, err
	}
	r := x.reader()
	if _, err := x.book(x.r.Context()); err != nil {
		return nil, err
	}
	wake, gap := r.join()
	defer c.hub.leave(wake)
	if gap {
		return Events{Cursor: c.cursor(r.seq), Gap: true, Events: []Frame{}}, nil
	}
	if r.leaseOf() > 0 {
		r.renew()
	}
	_ = http.NewResponseController(x.w).SetWriteDeadline(time.Now().Add(time.Duration(wait)*time.Second + c.opts.WriteTimeout))
	late := time.NewTimer(time.Duration(wait) * time.Second)
	defer late.Stop()
	for {
		out, ready := r.collect()
		if ready || wait == 0 {
			return out, nil
		}
		select {
		case <-x.r.Context().Done():
			return nil, x.r.Context().Err()
		case <-wake:
		case <-late.C:
			return out, nil
		}
	}
}

// collect is what a poll answers now; ready says that it is worth answering.
func (r *reader) collect() (Events, bool) {
	list, last, gap := r.hub.after(r.seq, batch)
	out := Events{Gap: gap, Events: []Frame{}}
	for _, n := range r.take(list) {
		out.Events = append(out.Events, Frame{ID: r.cursor(n.Seq), Type: "change", Data: n})
	}
	r.seq = last
	if n, due := r.boardNotice(time.Now()); due {
		out.Events = append(out.Events, Frame{ID: r.cursor(last), Type: "board", Data: n})
	}
	out.Cursor = r.cursor(last)
	return out, gap || len(out.Events) > 0
}
