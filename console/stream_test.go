package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
)

// frame is one event of a stream as a browser gets it.
type frame struct{ id, event, data string }

func (f frame) notice(t *testing.T) console.Notice {
	t.Helper()
	var n console.Notice
	require.NoError(t, json.Unmarshal([]byte(f.data), &n), f.data)
	return n
}

// line is a reader at the end of a network: it keeps what it is sent, and can get stuck.
type line struct {
	t      *testing.T
	cancel context.CancelFunc
	done   chan struct{}

	mu       sync.Mutex
	header   http.Header
	text     strings.Builder
	read     int
	stuck    bool
	deadline time.Time
}

func (l *line) Header() http.Header             { return l.header }
func (l *line) WriteHeader(int)                 {}
func (l *line) FlushError() error               { return nil }
func (l *line) SetReadDeadline(time.Time) error { return nil }
func (l *line) SetWriteDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deadline = t
	return nil
}
func (l *line) Write(p []byte) (int, error) {
	l.mu.Lock()
	stuck, deadline := l.stuck, l.deadline
	l.mu.Unlock()
	if stuck {
		time.Sleep(time.Until(deadline)) // the bubble's time
		return 0, os.ErrDeadlineExceeded
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// listen opens a stream in the bubble.
func (f *floor) listen(who, query, last string) *line {
	ctx, cancel := context.WithCancel(f.t.Context())
	l := &line{t: f.t, cancel: cancel, done: make(chan struct{}), header: http.Header{}}
	r := httptest.NewRequestWithContext(ctx, "GET", "/desk/api/stream"+query, nil)
	r.Header.Set("Who", who)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	go func() {
		defer close(l.done)
		f.desk.ServeHTTP(l, r)
	}()
	f.t.Cleanup(func() { cancel(); <-l.done })
	synctest.Wait()
	served.Store("GET /api/stream", true)
	return l
}

// next returns the frames since the last call, when everything is at rest.
func (l *line) next() []frame {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()[l.read:]
	l.read += len(text)
	var out []frame
	for part := range strings.SplitSeq(text, "\n\n") {
		var fr frame
		for row := range strings.SplitSeq(part, "\n") {
			name, value, _ := strings.Cut(row, ": ")
			switch name {
			case "id":
				fr.id = value
			case "event":
				fr.event = value
			case "data":
				fr.data = value
			}
		}
		if fr.event != "" {
			out = append(out, fr)
		}
	}
	return out
}

func (l *line) over() bool {
	synctest.Wait()
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

func kinds(t *testing.T, list []frame) (out []string) {
	for _, fr := range list {
		if fr.event == "change" {
			out = append(out, fr.notice(t).Kind.String())
			continue
		}
		out = append(out, fr.event)
	}
	return out
}

// bubble runs a test in which time passes by itself when nothing else happens.
func bubble(t *testing.T, change func(*usher.Options, *usher.Config, *console.Options), test func(*testing.T, *floor)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newFloor(t, change)) })
}

func TestTheStreamTellsEachTheirs(t *testing.T) {
	bubble(t, nil, func(t *testing.T, f *floor) {
		f.available("ana")
		ana, bruno, sup := f.listen("ana", "", ""), f.listen("bruno", "", ""), f.listen("sup", "", "")
		assert.Equal(t, "text/event-stream", ana.header.Get("Content-Type"))
		assert.Equal(t, []string{"hello"}, kinds(t, ana.next()))
		bruno.next()
		sup.next()

		id := f.say("hello", maria)
		got := ana.next()
		assert.Equal(t, []string{"interaction.offered"}, kinds(t, got[len(got)-1:]))
		for _, fr := range got {
			if n := fr.notice(t); n.Kind == queue.Opened {
				assert.Equal(t, "hello", n.Item.Message.Text, "who is asked may read")
			}
		}
		post[console.Done](f, "ana", "api/interactions/"+id+"/accept", console.Empty{})
		assert.Equal(t, []string{"interaction.answered"}, kinds(t, ana.next()))
		f.say("are you there?", maria)
		got = ana.next()
		require.Equal(t, []string{"interaction.received"}, kinds(t, got))
		n := got[0].notice(t)
		assert.Equal(t, []any{id, "sales", "are you there?"}, []any{n.Interaction, n.Campaign, n.Item.Message.Text})

		v := get[console.Interaction](f, "ana", "api/interactions/"+id).Version
		post[console.Done](f, "ana", "api/interactions/"+id+"/send", text(v, "yes"))
		key := f.wa.Sent()[0].Key
		require.NoError(t, f.wa.Report(t.Context(), key, channel.Read))
		f.settle()
		got = ana.next()
		assert.Equal(t, []string{"message.queued", "message.state", "message.state"}, kinds(t, got))
		assert.Equal(t, []any{key, "read"}, []any{got[2].notice(t).Item.ID, got[2].notice(t).Item.Delivery})

		assert.Empty(t, bruno.next(), "not his")
		for _, fr := range sup.next() {
			assert.Equal(t, "board", fr.event, "a watcher hears that the board changed, not what was said")
			assert.NotContains(t, fr.data, "there")
		}
		f.available("bruno")
		bruno.next()
		ana.next()
		post[console.Done](f, "ana", "api/interactions/"+id+"/transfer", console.TransferBody{Agent: "bruno"})
		assert.Equal(t, []string{"transfer.started"}, kinds(t, bruno.next()))
		post[console.Done](f, "bruno", "api/interactions/"+id+"/decline", console.DeclineBody{Reason: "busy"})
		assert.Equal(t, []string{"transfer.started", "transfer.returned"}, kinds(t, ana.next()))
	})
}

func TestAWatcherIsNotFlooded(t *testing.T) {
	bubble(t, nil, func(t *testing.T, f *floor) {
		sup, half := f.listen("sup", "", ""), f.listen("half", "", "")
		sup.next()
		half.next()
		for i := range 50 {
			f.say("x", channel.Alias(fmt.Sprintf("phone:346000000%02d", i)))
		}
		time.Sleep(1100 * time.Millisecond)
		got := sup.next()
		assert.LessOrEqual(t, len(got), 2, "one at once, one a second later")
		require.NotEmpty(t, got)
		assert.Contains(t, got[0].data, `"campaigns":["sales"]`)
		assert.Empty(t, half.next(), "sales is none of theirs")
	})
}

func TestFollowingAnInteraction(t *testing.T) {
	bubble(t, nil, func(t *testing.T, f *floor) {
		id := f.say("hello", maria)
		sup, screen := f.listen("sup", "?follow="+id, ""), f.listen("screen", "?follow="+id, "")
		bruno := f.listen("bruno", "?follow="+id, "")
		sup.next()
		screen.next()
		bruno.next()
		f.say("anybody?", maria)
		assert.Contains(t, fmt.Sprint(sup.next()), "anybody?")
		time.Sleep(2 * time.Second)
		assert.NotContains(t, fmt.Sprint(screen.next(), bruno.next()), "anybody?")
	})
}

// Scenario 44: after a gap the stream goes on where it was, or says that it cannot.
func TestTheStreamIsResumed(t *testing.T) {
	bubble(t, nil, func(t *testing.T, f *floor) {
		f.available("ana")
		id := f.say("hello", maria)
		post[console.Done](f, "ana", "api/interactions/"+id+"/accept", console.Empty{})
		ana := f.listen("ana", "", "")
		f.say("one", maria)
		got := ana.next()
		last := got[len(got)-1].id
		require.NotEmpty(t, last)
		ana.cancel()
		f.say("two", maria)
		f.say("three", maria)
		back := f.listen("ana", "", last).next()
		assert.Equal(t, []string{"hello", "interaction.received", "interaction.received"}, kinds(t, back))
		assert.Equal(t, "three", back[2].notice(t).Item.Message.Text)

		// A page reads, then opens its stream: what happened in between is not missed.
		cursor := get[console.Desk](f, "ana", "api/desk").Cursor
		f.say("four", maria)
		back = f.listen("ana", "?after="+cursor, "").next()
		assert.Equal(t, "four", back[1].notice(t).Item.Message.Text)

		for _, foreign := range []string{"zzzzzz-1", "nonsense", "-", "1", strings.Replace(last, "-", "-9", 1)} {
			assert.Equal(t, []string{"hello", "gap"}, kinds(t, f.listen("ana", "", foreign).next()), foreign)
		}
	})
}

func TestTooFarBehindIsAGap(t *testing.T) {
	bubble(t, nil, func(t *testing.T, f *floor) {
		ana := f.listen("ana", "", "")
		f.available("ana")
		got := ana.next()
		last := got[len(got)-1].id
		ana.cancel()
		for range 9000 {
			_, err := f.center.Do(t.Context(), queue.Note{Topic: "noise", Campaign: "sales"})
			require.NoError(t, err)
		}
		synctest.Wait() // a reader that comes earlier would keep up with who follows the events
		back := f.listen("ana", "", last)
		assert.Equal(t, []string{"hello", "gap"}, kinds(t, back.next()))
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		assert.Equal(t, []string{"agent.state"}, kinds(t, back.next()), "and then it goes on")
	})
}

func TestSignsOfLifeAndTheEndOfAPermission(t *testing.T) {
	var mu sync.Mutex
	gone := false
	change := func(_ *usher.Options, _ *usher.Config, o *console.Options) {
		o.Authorize = func(r *http.Request) (console.Actor, error) {
			mu.Lock()
			defer mu.Unlock()
			if gone {
				return console.Actor{}, fmt.Errorf("logged out")
			}
			return who(r)
		}
	}
	bubble(t, change, func(t *testing.T, f *floor) {
		ana := f.listen("ana", "", "")
		ana.next()
		time.Sleep(14 * time.Second)
		assert.Empty(t, ana.next())
		time.Sleep(2 * time.Second)
		got := ana.next()
		assert.Equal(t, []string{"ping"}, kinds(t, got))
		assert.NotEmpty(t, got[0].id, "the sign of life moves the cursor on")
		mu.Lock()
		gone = true
		mu.Unlock()
		time.Sleep(15 * time.Second)
		assert.Equal(t, []string{"denied"}, kinds(t, ana.next()))
		assert.True(t, ana.over())
	})
}

// A reader that takes nothing is dropped, holds up nobody, and recovers.
func TestAStuckReaderIsDropped(t *testing.T) {
	bubble(t, nil, func(t *testing.T, f *floor) {
		f.available("ana")
		id := f.say("hello", maria)
		post[console.Done](f, "ana", "api/interactions/"+id+"/accept", console.Empty{})
		stuck, fine := f.listen("ana", "", ""), f.listen("ana", "", "")
		f.say("one", maria)
		got := stuck.next()
		last := got[len(got)-1].id
		fine.next()
		stuck.mu.Lock()
		stuck.stuck = true
		stuck.mu.Unlock()
		f.say("two", maria)
		assert.Len(t, fine.next(), 1)
		assert.False(t, stuck.over())
		time.Sleep(11 * time.Second)
		assert.True(t, stuck.over(), "dropped after ten seconds")
		back := f.listen("ana", "", last).next()
		require.Len(t, back, 2)
		assert.Equal(t, "two", back[1].notice(t).Item.Message.Text)
	})
}

// An open stream is an agent who is there: it renews the lease. Without it presence lapses.
func TestTheStreamRenewsPresence(t *testing.T) {
	bubble(t, func(_ *usher.Options, cfg *usher.Config, _ *console.Options) { cfg.Agents[0].Lease = 30 }, func(t *testing.T, f *floor) {
		f.available("ana")
		ana := f.listen("ana", "", "")
		state := func() queue.State { a, _ := f.center.Agent("ana"); return a.State }
		for range 10 {
			time.Sleep(10 * time.Second)
			synctest.Wait()
			f.pass(10 * time.Second)
			require.Equal(t, queue.Available, state())
		}
		ana.cancel()
		for range 4 {
			time.Sleep(10 * time.Second)
			f.pass(10 * time.Second)
		}
		assert.Equal(t, queue.Offline, state())
	})
}

func TestCloseEndsStreams(t *testing.T) {
	bubble(t, nil, func(t *testing.T, f *floor) {
		ana := f.listen("ana", "", "")
		f.desk.Close()
		assert.True(t, ana.over())
		again := f.listen("ana", "", "")
		assert.False(t, again.over(), "it can still be used")
		again.cancel()
		assert.True(t, again.over())
		time.Sleep(3 * time.Minute) // the goroutine that follows events rests by then
	})
}

func TestPolling(t *testing.T) {
	f := newFloor(t, nil)
	f.available("ana")
	id := f.say("hello", maria)
	post[console.Done](f, "ana", "api/interactions/"+id+"/accept", console.Empty{})
	cursor := get[console.Session](f, "ana", "api/session").Cursor
	empty := get[console.Events](f, "ana", "api/events?after="+cursor)
	assert.Equal(t, []any{false, 0}, []any{empty.Gap, len(empty.Events)})
	f.say("one", maria)
	var got console.Events
	await(t, func() bool {
		got = get[console.Events](f, "ana", "api/events?wait=1&after="+empty.Cursor)
		return len(got.Events) > 0
	})
	assert.Equal(t, "change", got.Events[0].Type)
	assert.Contains(t, fmt.Sprint(got.Events[0].Data), "one")
	assert.Empty(t, get[console.Events](f, "ana", "api/events?after="+got.Cursor).Events)
	assert.True(t, get[console.Events](f, "ana", "api/events?after=xxxxxx-1").Gap)
	f.ask("ana", "GET", "api/events?wait=26", "").fails(400, "invalid")
}

// Over a real connection, too: the frames come as they are written.
func TestTheStreamOverARealConnection(t *testing.T) {
	f := newFloor(t, nil)
	f.available("ana")
	server := httptest.NewServer(f.desk)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/stream", nil)
	require.NoError(t, err)
	r.Header.Set("Who", "ana")
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	rows := bufio.NewScanner(res.Body)
	for rows.Scan() && rows.Text() != "event: hello" {
	}
	f.say("hello", maria)
	for rows.Scan() && rows.Text() != "event: change" {
	}
	require.True(t, rows.Scan(), "%v", rows.Err())
	assert.Contains(t, rows.Text(), "interaction.")
}

// Polling is being there as well.
func TestPollingRenewsPresence(t *testing.T) {
	f := newFloor(t, func(_ *usher.Options, cfg *usher.Config, _ *console.Options) { cfg.Agents[0].Lease = 30 })
	f.available("ana")
	cursor := ""
	for range 5 {
		f.pass(20 * time.Second)
		events := get[console.Events](f, "ana", "api/events?after="+cursor)
		cursor = events.Cursor
	}
	assert.Equal(t, queue.Available, get[console.Desk](f, "ana", "api/desk").Agent.State)
	f.pass(31 * time.Second)
	assert.Equal(t, queue.Offline, get[console.Desk](f, "ana", "api/desk").Agent.State)
}
