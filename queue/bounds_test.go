package queue_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// everyNumber is a campaign in which every list has an element, so that every number of
// the configuration can be reached by its path.
func everyNumber() queue.Campaign {
	return queue.Campaign{
		ID: "sales", Numbers: []string{number},
		Members:  []queue.Member{{Agent: "ana", Skills: []queue.Skill{{Name: "english"}}}, {Agent: "bruno"}},
		Skills:   []queue.Skill{{Name: "english"}},
		Relax:    []queue.Relax{{Drop: true}},
		Overflow: []queue.Overflow{{After: time.Hour, When: queue.QueueLonger, Than: 5, Do: queue.DoRelax, Relax: &queue.Relax{Drop: true}}},
		Announce: queue.Announce{Text: "you are {position}", First: time.Minute},
	}
}

// leaf is one number of a configuration.
type leaf struct {
	path string
	of   func(root reflect.Value) reflect.Value
	span bool
}

// leaves returns every number below a value, under its JSON path.
func leaves(v reflect.Value, path string, of func(reflect.Value) reflect.Value) (out []leaf) {
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		return []leaf{{path, of, v.Type() == reflect.TypeFor[time.Duration]()}}
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem().PkgPath() != reflect.TypeFor[queue.Campaign]().PkgPath() {
			return nil
		}
		return leaves(v.Elem(), path, func(r reflect.Value) reflect.Value { return of(r).Elem() })
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			at := strings.TrimPrefix(path+"."+name, ".")
			out = append(out, leaves(v.Field(i), at, func(r reflect.Value) reflect.Value { return of(r).Field(i) })...)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Len() {
				out = append(out, leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i), func(r reflect.Value) reflect.Value { return of(r).Index(i) })...)
			}
		}
	}
	return out
}

func itself(v reflect.Value) reflect.Value { return v }

// boundsOf are the bounds that differ from 0 to MaxSpan and 0 to MaxCount.
func boundsOf(l leaf) (low, high int64) {
	low, high = 0, queue.MaxCount
	switch {
	case l.span:
		high = int64(queue.MaxSpan)
	case l.path == "priority":
		low = -queue.MaxCount
	case strings.HasSuffix(l.path, ".penalty"):
		high = 100
	case strings.HasSuffix(l.path, ".level"):
		high = 10
	case l.path == "maxHops", l.path == "sendAttempts":
		high = queue.MaxAttempts
	case strings.HasSuffix(l.path, ".than"):
		high = int64(queue.MaxSpan / time.Second)
	}
	return low, high
}

// Every number of a campaign has bounds: inside it is accepted, and an interaction neither
// ends nor starts to repeat anything; outside it is refused under its path.
func TestEveryNumberOfACampaignIsBounded(t *testing.T) {
	base := everyNumber()
	all := leaves(reflect.ValueOf(base), "", itself)
	require.Greater(t, len(all), 40)
	for _, l := range all {
		low, high := boundsOf(l)
		for _, v := range []int64{0, -1, low, low - 1, high, high + 1, math.MaxInt64, math.MinInt64} {
			t.Run(fmt.Sprintf("%s=%d", l.path, v), func(t *testing.T) {
				c := everyNumber()
				l.of(reflect.ValueOf(&c).Elem()).SetInt(v)
				e := boundEngine(t, "ana", "bruno")
				_, err := e.Step(start, queue.Configure{Campaign: c})
				if v < low || v > high {
					assertFault(t, err, l.path)
					return
				}
				require.NoError(t, err)
				plays(t, e)
			})
		}
	}
}

// plays lets a customer come and be offered, and time pass.
func plays(t *testing.T, e *queue.Engine) {
	t.Helper()
	_, err := e.Step(start, queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(t, err)
	for _, id := range []string{"i1", "i2", "i3"} {
		_, err = e.Step(start, queue.Arrive{Campaign: "sales", ID: id})
		require.NoError(t, err)
	}
	out := e.Advance(start.Add(time.Millisecond))
	assert.Less(t, len(out.Events), 20, "within a millisecond: %v", out.Events)
	for _, id := range []string{"i1", "i2", "i3"} {
		v, ok := e.Interaction(id)
		require.True(t, ok, "%s has ended at once", id)
		assert.NotEqual(t, queue.OwnedByNobody, v.Owner)
	}
}

func boundEngine(t *testing.T, agents ...string) *queue.Engine {
	t.Helper()
	e, err := queue.New(queue.Config{Seed: 1})
	require.NoError(t, err)
	for _, id := range agents {
		_, err := e.Step(start, queue.ConfigureAgent{Agent: queue.Agent{ID: id, Limit: 2}})
		require.NoError(t, err)
	}
	return e
}

// assertFault asserts that a command was refused with a fault under the path.
func assertFault(t *testing.T, err error, path string) {
	t.Helper()
	faults, ok := errors.AsType[queue.Faults](err)
	require.True(t, ok, "accepted, or no faults: %v", err)
	require.Len(t, faults, 1)
	assert.Equal(t, path, faults[0].Path)
}

func TestEveryNumberOfAnAgentIsBounded(t *testing.T) {
	for path, set := range map[string]func(*queue.Agent, int64){
		"limit":                  func(a *queue.Agent, v int64) { a.Limit = int(v) },
		"lease":                  func(a *queue.Agent, v int64) { a.Lease = time.Duration(v) },
		"channelLimits.whatsapp": func(a *queue.Agent, v int64) { a.ChannelLimits = map[string]int{"whatsapp": int(v)} },
	} {
		high := int64(queue.MaxCount)
		if path == "lease" {
			high = int64(queue.MaxSpan)
		}
		for v, ok := range map[int64]bool{0: true, -1: false, high: true, high + 1: false, math.MaxInt64: false, math.MinInt64: false} {
			a := queue.Agent{ID: "ana"}
			set(&a, v)
			_, err := boundEngine(t).Step(start, queue.ConfigureAgent{Agent: a})
			if ok {
				assert.NoError(t, err, "%s=%d", path, v)
			} else {
				assertFault(t, err, path)
			}
		}
	}
}

func TestRepeatingFasterThanMinRepeatIsRefused(t *testing.T) {
	for path, set := range map[string]func(*queue.Campaign, time.Duration){
		"announce.every":    func(c *queue.Campaign, d time.Duration) { c.Announce.Every = d },
		"overflow[0].every": func(c *queue.Campaign, d time.Duration) { c.Overflow[0].Every = d },
	} {
		c := everyNumber()
		set(&c, queue.MinRepeat-1)
		_, err := boundEngine(t, "ana", "bruno").Step(start, queue.Configure{Campaign: c})
		assertFault(t, err, path)
		set(&c, queue.MinRepeat)
		_, err = boundEngine(t, "ana", "bruno").Step(start, queue.Configure{Campaign: c})
		require.NoError(t, err, path)
	}
}

func TestListsOfACampaignAreBounded(t *testing.T) {
	for path, set := range map[string]func(*queue.Campaign, int){
		"relax":      func(c *queue.Campaign, n int) { c.Relax = slices.Repeat([]queue.Relax{{Drop: true}}, n) },
		"overflow":   func(c *queue.Campaign, n int) { c.Overflow = slices.Repeat([]queue.Overflow{{Do: queue.DoEnd}}, n) },
		"leaveWords": func(c *queue.Campaign, n int) { c.LeaveWords = slices.Repeat([]string{"stop"}, n) },
	} {
		c := everyNumber()
		set(&c, queue.MaxList)
		_, err := boundEngine(t, "ana", "bruno").Step(start, queue.Configure{Campaign: c})
		require.NoError(t, err, path)
		set(&c, queue.MaxList+1)
		_, err = boundEngine(t, "ana", "bruno").Step(start, queue.Configure{Campaign: c})
		assertFault(t, err, path)
	}
}

func TestMemoryOfAnEngineIsBounded(t *testing.T) {
	for d, ok := range map[time.Duration]bool{-1: false, 0: true, queue.MaxSpan: true, queue.MaxSpan + 1: false, math.MaxInt64: false} {
		_, err := queue.New(queue.Config{Memory: d})
		assert.Equal(t, ok, err == nil, "%s: %v", d, err)
		if !ok {
			assert.ErrorContains(t, err, "memory: must be")
		}
	}
}

// A journal of a version without bounds opens: what is outside counts as the nearest bound.
func TestNumbersOfAnOldJournalAreMovedToTheirBounds(t *testing.T) {
	for _, v := range []int64{math.MaxInt64, math.MinInt64, 1} {
		old := everyNumber()
		for _, l := range leaves(reflect.ValueOf(old), "", itself) {
			l.of(reflect.ValueOf(&old).Elem()).SetInt(v)
		}
		agents := []queue.Event{
			{Seq: 1, At: start, Kind: queue.AgentConfigured, Agent: "ana", AgentConfig: &queue.Agent{ID: "ana", Limit: int(v), Lease: time.Duration(v), ChannelLimits: map[string]int{"whatsapp": int(v)}}},
			{Seq: 2, At: start, Kind: queue.AgentConfigured, Agent: "bruno", AgentConfig: &queue.Agent{ID: "bruno"}},
		}
		e := boundEngine(t)
		require.NoError(t, e.Replay(append(agents, queue.Event{Seq: 3, At: start, Kind: queue.CampaignConfigured, Campaign: "sales", Config: &old})))
		assert.Equal(t, int(v), old.MaxHops, "the event itself stays as it is")
		assert.Equal(t, int(v), agents[0].AgentConfig.ChannelLimits["whatsapp"])
		again := bounded(t, e)

		snap := e.Snapshot()
		restored, err := queue.Restore(queue.Config{Seed: 1}, snap)
		require.NoError(t, err)
		assert.Equal(t, again, bounded(t, restored))

		snap.Campaigns = append([]queue.CampaignSnap(nil), snap.Campaigns...)
		snap.Campaigns[0].Config = old // of a version without bounds
		restored, err = queue.Restore(queue.Config{Seed: 1}, snap)
		require.NoError(t, err)
		assert.Equal(t, again, bounded(t, restored))
	}
}

// bounded asserts that the engine accepts its own configuration, and returns the campaign's.
func bounded(t *testing.T, e *queue.Engine) queue.Campaign {
	t.Helper()
	a, _ := e.AgentConfig("ana")
	c, _ := e.CampaignConfig("sales")
	trial := boundEngine(t, "bruno")
	_, err := trial.Step(start, queue.ConfigureAgent{Agent: a})
	require.NoError(t, err)
	_, err = trial.Step(start, queue.Configure{Campaign: c})
	require.NoError(t, err)
	a.ChannelLimits = maps.Clone(a.ChannelLimits)
	return c
}
