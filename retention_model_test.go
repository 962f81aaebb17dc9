package usher

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// retentionModel plays the lives of interactions and knows exactly when each ended.
type retentionModel struct {
	*retention
	random *rand.Rand
	now    time.Time
	seq    uint64
	lives  map[string]*modelLife
	widest time.Duration // the widest distance of two snapshots
}

type modelLife struct {
	first, last uint64                 // events
	opened      time.Time              // or reopened
	ended       time.Time              // zero = open
	gone        map[time.Duration]bool // dropped by age
}

func newRetentionModel(seed uint64, opts Options) *retentionModel {
	return &retentionModel{
		retention: newRetention(&opts, false), random: rand.New(rand.NewPCG(seed, 7)), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		lives: map[string]*modelLife{},
	}
}

func (m *retentionModel) event(x *modelLife) {
	m.seq++
	x.last = m.seq
	if x.first == 0 {
		x.first = m.seq
	}
}

// step lets some time pass, in which interactions begin, continue, end and are reopened,
// and takes a snapshot.
func (m *retentionModel) step(length time.Duration) {
	m.widest = max(m.widest, length)
	for range 1 + m.random.IntN(2) {
		m.now = m.now.Add(length / 4)
		if m.random.IntN(3) > 0 {
			x := &modelLife{opened: m.now, gone: map[time.Duration]bool{}}
			m.event(x)
			m.lives[fmt.Sprint(m.seq)] = x
		}
		for id, x := range m.lives {
			switch {
			case x.ended.IsZero() && m.random.IntN(6) == 0:
				m.event(x)
				x.ended = m.now
			case x.ended.IsZero() && m.random.IntN(4) == 0:
				m.event(x)
			case !x.ended.IsZero() && m.random.IntN(60) == 0 && m.now.Sub(x.ended) < m.shortest()/3:
				m.event(x)
				x.opened, x.ended = m.now, time.Time{}
				m.apply(&queue.Event{Kind: queue.Reopened, Interaction: id, Seq: m.seq})
			}
		}
	}
	m.seq++ // an event that concerns none
	s := queue.Snapshot{Seq: m.seq, Now: m.now.UnixNano()}
	for id, x := range m.lives {
		if x.ended.IsZero() {
			s.Interactions = append(s.Interactions, queue.InteractionSnap{ID: id, Opened: x.opened.UnixNano()})
		}
	}
	m.note(&s, m.now)
	m.covered(m.seq)
}

// check compares what may be dropped with what is old.
func (m *retentionModel) check(t *testing.T, age time.Duration) {
	t.Helper()
	upTo, names := m.old(m.now, age)
	keep := map[string]bool{}
	for _, id := range names {
		keep[id] = true
	}
	for id, x := range m.lives {
		gone := x.first <= upTo && !keep[id]
		if x.ended.IsZero() || m.now.Sub(x.ended) < age {
			require.False(t, gone, "interaction %s (%+v) is dropped at %s with %d, %v", id, x, m.now, upTo, m.marks)
		}
		x.gone[age] = x.gone[age] || x.last <= upTo && !keep[id]
		late := age + age/16 + 2*m.widest
		if !x.ended.IsZero() && m.now.Sub(x.ended) > late {
			require.True(t, x.gone[age], "interaction %s (%+v) is not dropped at %s with %d, %v", id, x, m.now, upTo, m.marks)
			if age == max(m.events, m.bodies) {
				delete(m.lives, id)
			}
		}
	}
}

// Nothing of an interaction is dropped before its end is of the age, and everything soon
// after, whatever the distance of snapshots and the lives of interactions are; also when
// the state was saved and loaded in between.
func TestRetentionAgainstAModel(t *testing.T) {
	const day = 24 * time.Hour
	for seed := range uint64(6) {
		for _, opts := range []Options{
			{Retention: 90 * day, BodyRetention: 30 * day}, {Retention: 10 * day, BodyRetention: -1}, {Retention: -1, BodyRetention: 20 * day},
			{Retention: 90 * day, BodyRetention: 5 * day},
		} {
			m := newRetentionModel(seed, opts)
			gap := []time.Duration{max(m.events, m.bodies) / 100, max(m.events, m.bodies) / 30, m.shortest() / 50}[seed%3]
			most := 0
			for range 250 {
				m.step(time.Duration(m.random.Int64N(int64(gap))))
				for _, age := range []time.Duration{m.events, m.bodies} {
					if age > 0 {
						m.check(t, age)
					}
				}
				if m.random.IntN(20) == 0 {
					saved := m.save()
					m.retention = newRetention(&opts, false)
					m.load(saved)
				}
				most = max(most, len(m.marks))
			}
			assert.Less(t, most, 4*markShare*4, "marks")
		}
	}
}

// A mark that no snapshot in the journal covers yet drops nothing.
func TestRetentionNeedsTheSnapshot(t *testing.T) {
	r := newRetention(&Options{Retention: time.Hour}, false)
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	r.note(&queue.Snapshot{Seq: 7, Now: begin.UnixNano()}, begin)
	upTo, _ := r.old(begin.Add(2*time.Hour), time.Hour)
	assert.Zero(t, upTo)
	r.covered(7)
	upTo, keep := r.old(begin.Add(2*time.Hour), time.Hour)
	assert.EqualValues(t, 7, upTo, "all had ended, so that one mark is enough")
	assert.Empty(t, keep)
	upTo, _ = r.old(begin.Add(59*time.Minute), time.Hour)
	assert.Zero(t, upTo)
}
