package crashtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// witness stands outside and remembers: what was answered 200, what Meta got, and, from
// the journal, what the center says happened. It checks that nothing is lost or
// repeated, that the messages of each customer keep their order in both directions, and that
// every call it times returns within callDeadline.
type witness struct {
	t     *testing.T
	where place
	graph string
	meta  *cloudapitest.Server

	mu    sync.Mutex
	said  int
	acked map[string]string // texts whose webhook was answered 200, and their customers
	calls calls
	in    *ordering // promised when acknowledged, arrived in the journal
	out   *ordering // promised in the journal, arrived at Meta

	shadow    *queue.Engine // folds every event since the beginning
	seq       uint64
	heard     map[string]int  // texts in the journal
	queued    map[string]bool // keys of messages that the journal knows
	ambiguous map[string]bool // keys that were marked unknown
	accepted  map[string]bool
	open      map[string]bool
	ended     map[string]int
	checked   int // of what Meta got
	keys      map[string]int
}

func newWitness(t *testing.T, where place, graph string, meta *cloudapitest.Server) *witness {
	shadow, err := queue.New(queue.Config{})
	require.NoError(t, err)
	return &witness{
		t: t, where: where, graph: graph, meta: meta, acked: map[string]string{}, in: newOrdering(), out: newOrdering(), shadow: shadow, heard: map[string]int{},
		queued: map[string]bool{}, ambiguous: map[string]bool{}, accepted: map[string]bool{}, open: map[string]bool{},
		ended: map[string]int{}, keys: map[string]int{},
	}
}

// say lets a phone write something that was never said before.
func (w *witness) say(phone *cloudapitest.Phone) {
	w.mu.Lock()
	w.said++
	text := fmt.Sprintf("word %d", w.said)
	w.mu.Unlock()
	began := time.Now()
	err := phone.Say(w.t.Context(), number, text)
	w.calls.took("webhook", time.Since(began))
	if err == nil {
		w.mu.Lock()
		w.acked[text] = fmt.Sprintf("%p", phone)
		w.in.promise(text)
		w.mu.Unlock()
	}
}

// reopen waits until the dead process's hold is gone, which the system sees to.
func (w *witness) reopen(takeOver bool) (store.Journal, func()) {
	w.t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for range 2000 {
		j, closing, err := w.where.open(w.t.Context(), takeOver)
		if err == nil {
			return j, closing
		}
		require.True(w.t, errors.Is(err, store.ErrOwned), "%v", err)
		<-again.C
	}
	w.t.Fatal("the journal of a dead process cannot be opened")
	return nil, nil
}

// check opens what the dead process left and compares it with what is remembered.
func (w *witness) check() {
	t := w.t
	t.Helper()
	j, closing := w.reopen(false)
	defer closing()
	defer j.Close()
	c, _, err := center(j, w.graph)
	require.NoError(t, err)
	// The note also makes durable what opening decided.
	_, err = c.Do(t.Context(), queue.Note{Topic: "checked"})
	require.NoError(t, err)
	for ev, err := range c.Events(t.Context(), w.seq+1) {
		require.NoError(t, err)
		require.NoError(t, w.shadow.Replay([]queue.Event{ev}))
		w.note(&ev)
	}
	state, err := c.State(t.Context())
	require.NoError(t, err)
	want, got := w.shadow.Snapshot(), state
	require.Equal(t, text(t, want), text(t, got), "all events since the beginning, and snapshot and tail, are not the same state")
	w.checkPlaces(&got)
	w.checkWords()
	w.checkSent()
	require.NoError(t, w.calls.late())
}

func text(t *testing.T, s queue.Snapshot) string {
	data, err := json.Marshal(s)
	require.NoError(t, err)
	return string(data)
}

func (w *witness) note(ev *queue.Event) {
	w.seq = ev.Seq
	switch ev.Kind {
	case queue.Opened, queue.Received, queue.Reopened, queue.Refused:
		if ev.Message != nil {
			w.heard[ev.Message.Text]++
			require.NoError(w.t, w.in.arrive(w.acked[ev.Message.Text], ev.Message.Text), "in the journal")
		}
	case queue.MessageQueued:
		w.queued[ev.Key] = true
		w.out.promise(ev.Key)
	case queue.MessageMoved:
		switch ev.Delivery {
		case queue.MessageUnknown:
			w.ambiguous[ev.Key] = true
		case queue.MessageAccepted:
			w.accepted[ev.Key] = true
		}
	case queue.Ended:
		delete(w.open, ev.Interaction)
		w.ended[ev.Interaction]++
		assert.Equal(w.t, 1, w.ended[ev.Interaction], "%s ended twice", ev.Interaction)
	}
	if ev.Kind == queue.Opened {
		w.open[ev.Interaction] = true
	}
}

// checkPlaces: everything that is open is with exactly one owner, and nobody has too much.
func (w *witness) checkPlaces(s *queue.Snapshot) {
	t := w.t
	t.Helper()
	has, asked := map[string][]string{}, map[string][]string{}
	for _, a := range s.Agents {
		for _, id := range a.Has {
			has[id] = append(has[id], a.Config.ID)
		}
		for _, id := range a.Asked {
			asked[id] = append(asked[id], a.Config.ID)
		}
		require.LessOrEqual(t, len(a.Has)+len(a.Asked), perAgent, "%s is over the limit", a.Config.ID)
	}
	open := 0
	for _, in := range s.Interactions {
		const queued, agent, ended = 1, 2, 3
		switch in.Phase {
		case queued:
			require.Empty(t, has[in.ID])
		case agent:
			require.Equal(t, []string{in.Agent}, has[in.ID])
		}
		require.LessOrEqual(t, len(asked[in.ID]), 1)
		if in.Phase != ended {
			open++
			require.True(t, w.open[in.ID], "%s is open and was never opened", in.ID)
		}
	}
	require.Equal(t, len(w.open), open, "interactions are lost")
}

// checkWords: what was answered 200 is there once, and nothing is there twice.
func (w *witness) checkWords() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for text := range w.acked {
		if n := w.heard[text]; n != 1 {
			require.Equal(w.t, 1, n, "%q was answered 200", text)
		}
	}
	for text, n := range w.heard {
		if n != 1 {
			require.Equal(w.t, 1, n, "%q", text)
		}
	}
}

// checkSent: nothing left the house before it was in the journal, what the journal calls
// accepted did leave, and nothing went out twice unless that is marked.
func (w *witness) checkSent() {
	sent := w.meta.Sent()
	for _, m := range sent[w.checked:] {
		w.keys[m.Key]++
		require.NoError(w.t, w.out.arrive(string(m.To), m.Key), "at Meta")
		require.True(w.t, w.queued[m.Key], "%s was sent and is not in the journal", m.Key)
		require.True(w.t, w.keys[m.Key] == 1 || w.ambiguous[m.Key], "%s went out %d times", m.Key, w.keys[m.Key])
	}
	w.checked = len(sent)
	for key := range w.accepted {
		require.Positive(w.t, w.keys[key], "%s is said to be accepted", key)
	}
}
