package sla_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/sla"
)

const second = time.Second

func TestAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		wait, threshold time.Duration
		want            sla.Counts
	}{
		"at once":                     {0, 20 * second, sla.Counts{Answered: 1, AnsweredIn: 1}},
		"within":                      {19 * second, 20 * second, sla.Counts{Answered: 1, AnsweredIn: 1, WaitSum: 19e6, WaitMax: 19e6}},
		"exactly at the threshold":    {20 * second, 20 * second, sla.Counts{Answered: 1, AnsweredIn: 1, WaitSum: 20e6, WaitMax: 20e6}},
		"a nanosecond late":           {20*second + 1, 20 * second, sla.Counts{Answered: 1, AnsweredLate: 1, WaitSum: 20e6, WaitMax: 20e6}},
		"threshold 0 is not measured": {5 * second, 0, sla.Counts{Answered: 1, WaitSum: 5e6, WaitMax: 5e6}},
		"at once, not measured":       {0, 0, sla.Counts{Answered: 1}},
		"negative threshold":          {5 * second, -second, sla.Counts{Answered: 1, WaitSum: 5e6, WaitMax: 5e6}},
		"clock set back":              {-5 * second, 20 * second, sla.Counts{Answered: 1, AnsweredIn: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var got sla.Counts
			got.Answer(c.wait, c.threshold)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestAbandon(t *testing.T) {
	for name, c := range map[string]struct {
		wait, threshold, short time.Duration
		want                   sla.Counts
	}{
		"within the threshold":       {10 * second, 20 * second, 5 * second, sla.Counts{Abandoned: 1, AbandonedIn: 1, AbandonWaitSum: 10e6}},
		"exactly at the threshold":   {20 * second, 20 * second, 5 * second, sla.Counts{Abandoned: 1, AbandonedIn: 1, AbandonWaitSum: 20e6}},
		"late":                       {20*second + 1, 20 * second, 5 * second, sla.Counts{Abandoned: 1, AbandonedLate: 1, AbandonWaitSum: 20e6}},
		"short":                      {4 * second, 20 * second, 5 * second, sla.Counts{Abandoned: 1, AbandonedShort: 1, AbandonWaitSum: 4e6}},
		"exactly short":              {5 * second, 20 * second, 5 * second, sla.Counts{Abandoned: 1, AbandonedShort: 1, AbandonWaitSum: 5e6}},
		"a nanosecond over short":    {5*second + 1, 20 * second, 5 * second, sla.Counts{Abandoned: 1, AbandonedIn: 1, AbandonWaitSum: 5e6}},
		"no short, at once":          {0, 20 * second, 0, sla.Counts{Abandoned: 1, AbandonedIn: 1}},
		"short beyond threshold":     {30 * second, 20 * second, 60 * second, sla.Counts{Abandoned: 1, AbandonedShort: 1, AbandonWaitSum: 30e6}},
		"not measured":               {10 * second, 0, 5 * second, sla.Counts{Abandoned: 1, AbandonWaitSum: 10e6}},
		"short also if unmeasured":   {1 * second, 0, 5 * second, sla.Counts{Abandoned: 1, AbandonedShort: 1, AbandonWaitSum: 1e6}},
		"clock set back, no short":   {-second, 20 * second, 0, sla.Counts{Abandoned: 1, AbandonedIn: 1}},
		"negative short is no short": {0, 20 * second, -second, sla.Counts{Abandoned: 1, AbandonedIn: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var got sla.Counts
			got.Abandon(c.wait, c.threshold, c.short)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestLongestWaitIsOfTheAnswered(t *testing.T) {
	var c sla.Counts
	c.Answer(30*second, 20*second)
	c.Answer(90*second, 20*second)
	c.Answer(10*second, 20*second)
	c.Abandon(900*second, 20*second, 0)
	longest, ok := c.LongestWait()
	require.True(t, ok)
	assert.Equal(t, 90.0, longest)
}

func TestEnd(t *testing.T) {
	for _, o := range sla.Outcomes() {
		t.Run(string(o), func(t *testing.T) {
			var c sla.Counts
			require.NoError(t, c.End(o))
			for _, other := range sla.Outcomes() {
				want := int64(0)
				if other == o {
					want = 1
				}
				assert.Equal(t, want, c.Ends.Of(other), other)
			}
			assert.Equal(t, int64(1), c.Ends.Total())
			data, err := json.Marshal(c)
			require.NoError(t, err)
			assert.JSONEq(t, `{"ends":{"`+string(o)+`":1}}`, string(data), "each has the name of its outcome")
		})
	}
	t.Run("unknown", func(t *testing.T) {
		var c sla.Counts
		err := c.End("merged")
		var typed *sla.OutcomeError
		require.ErrorAs(t, err, &typed)
		assert.EqualError(t, err, `sla: unknown outcome "merged"; valid: answered, bot_ended, abandoned, timed_out, `+
			`queue_full, out_of_hours, blacklisted, disabled, failed`)
		assert.Zero(t, c)
		assert.Zero(t, c.Ends.Of("merged"))
	})
}

func TestReopened(t *testing.T) {
	var c sla.Counts
	require.NoError(t, c.End(sla.OutcomeAnswered))
	c.Reopened++
	assert.Equal(t, int64(0), c.Interactions(), "it is open again")
	require.NoError(t, c.End(sla.OutcomeAnswered))
	assert.Equal(t, int64(1), c.Interactions(), "one interaction, though it ended twice")
}

func TestFormulas(t *testing.T) {
	var c sla.Counts
	for _, wait := range []time.Duration{5 * second, 20 * second, 21 * second, 30 * second} {
		c.Answer(wait, 20*second)
	}
	c.Abandon(2*second, 20*second, 5*second) // short
	c.Abandon(10*second, 20*second, 5*second)
	c.Abandon(60*second, 20*second, 5*second)
	c.TimedOut++
	c.Left += 5
	c.Handle(100 * second)
	c.Handle(200 * second)
	c.Transfer(30 * second)
	c.Respond(8 * second)
	c.Respond(9 * second)
	c.AgentTime(45*second, true)
	c.AgentTime(15*second, false)

	want := map[string]float64{
		"serviceLevel":              2.0 / 4,
		"serviceLevelWithAbandoned": 3.0 / 6,
		"abandonRate":               2.0 / 7,
		"averageWait":               76.0 / 4,
		"longestWait":               30,
		"averageAbandonWait":        72.0 / 3,
		"averageFirstResponse":      8.5,
		"averageHandleTime":         110,
		"transferRate":              1.0 / 3,
		"occupancy":                 0.75,
	}
	for _, f := range sla.Formulas() {
		t.Run(f.Name, func(t *testing.T) {
			require.Contains(t, want, f.Name)
			got, ok := f.Of(&c)
			assert.True(t, ok)
			assert.InDelta(t, want[f.Name], got, 1e-12)
			assert.NotEmpty(t, f.Definition)
			got, ok = f.Of(&sla.Counts{})
			assert.False(t, ok, "nothing counted is no value")
			assert.Zero(t, got)
		})
	}
	assert.Len(t, sla.Formulas(), len(want))
}

func TestFormulasWithoutADenominator(t *testing.T) {
	for name, c := range map[string]struct {
		do      func(*sla.Counts)
		defined []string
	}{
		"answered, not measured": {func(c *sla.Counts) { c.Answer(second, 0) }, []string{"abandonRate", "averageWait", "longestWait"}},
		"abandoned only": {func(c *sla.Counts) { c.Abandon(9*second, 20*second, 0) },
			[]string{"serviceLevelWithAbandoned", "abandonRate", "averageAbandonWait"}},
		"short abandons only": {func(c *sla.Counts) { c.Abandon(second, 20*second, 5*second) }, []string{"averageAbandonWait"}},
		"timed out only":      {func(c *sla.Counts) { c.TimedOut++ }, []string{"abandonRate"}},
		"waiting only":        {func(c *sla.Counts) { c.Queued++ }, nil},
		"idle agents":         {func(c *sla.Counts) { c.AgentTime(second, false) }, []string{"occupancy"}},
		"agent for no time":   {func(c *sla.Counts) { c.AgentTime(0, true) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var counts sla.Counts
			c.do(&counts)
			var defined []string
			for _, f := range sla.Formulas() {
				if _, ok := f.Of(&counts); ok {
					defined = append(defined, f.Name)
				}
			}
			assert.Equal(t, c.defined, defined)
		})
	}
}

// TestMeasuredAndNot mixes times with and without a threshold: those without change nothing.
func TestMeasuredAndNot(t *testing.T) {
	var c sla.Counts
	c.Answer(10*second, 20*second)
	c.Answer(30*second, 20*second)
	for range 100 {
		c.Answer(90*second, 0)
		c.Abandon(90*second, 0, 0)
	}
	got, ok := c.ServiceLevel()
	require.True(t, ok)
	assert.Equal(t, 0.5, got)
	got, ok = c.ServiceLevelWithAbandoned()
	require.True(t, ok)
	assert.Equal(t, 0.5, got)
}

func TestCountsJSON(t *testing.T) {
	c := distinct(1)
	data, err := json.Marshal(c)
	require.NoError(t, err)
	var back sla.Counts
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, c, back)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(data, &fields))
	assert.Len(t, fields, reflect.TypeFor[sla.Counts]().NumField(), "no two fields share a name")
}

// distinct returns counts in which every field has a value of its own.
func distinct(scale int64) (c sla.Counts) {
	n := int64(0)
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Struct {
				fill(f)
			} else {
				n++
				f.SetInt(n * scale)
			}
		}
	}
	fill(reflect.ValueOf(&c).Elem())
	return c
}

// TestAddForgetsNoField fails when a new field is not merged.
func TestAddForgetsNoField(t *testing.T) {
	got, more := distinct(10), distinct(1)
	got.Add(&more)
	want := distinct(11)
	want.WaitMax = distinct(10).WaitMax
	assert.Equal(t, want, got)
}

// happen plays n random events and returns how many of each kind there were.
func happen(r *rand.Rand, n int, c *sla.Counts) (did map[string]int64) {
	did = map[string]int64{}
	span := func() time.Duration { return time.Duration(r.Int64N(int64(time.Minute))) - second }
	threshold := func() time.Duration { return time.Duration(r.IntN(3)) * 15 * second }
	for range n {
		switch k := r.IntN(8); k {
		case 0:
			did["answer"]++
			c.Answer(span(), threshold())
		case 1:
			did["abandon"]++
			c.Abandon(span(), threshold(), time.Duration(r.IntN(2))*5*second)
		case 2:
			o := sla.Outcomes()[r.IntN(len(sla.Outcomes()))]
			did[string(o)]++
			did["end"]++
			_ = c.End(o)
		case 3:
			did["handle"]++
			c.Handle(span())
		case 4:
			did["handle"]++
			did["transfer"]++
			c.Transfer(span())
		case 5:
			did["respond"]++
			c.Respond(span())
		case 6:
			c.AgentTime(span(), r.IntN(2) == 0)
		case 7:
			did["timeout"]++
			c.TimedOut++
		}
	}
	return did
}

func TestEveryEventIsCountedOnce(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		var c sla.Counts
		did := happen(r, r.IntN(60), &c)
		require.Equal(t, did["answer"], c.Answered)
		require.Equal(t, did["abandon"], c.Abandoned)
		require.Equal(t, did["end"], c.Ends.Total())
		for _, o := range sla.Outcomes() {
			require.Equal(t, did[string(o)], c.Ends.Of(o))
		}
		require.Equal(t, did["handle"], c.Handled)
		require.Equal(t, did["transfer"], c.Transferred)
		require.Equal(t, did["respond"], c.Responded)
		require.LessOrEqual(t, c.AnsweredIn+c.AnsweredLate, c.Answered)
		require.LessOrEqual(t, c.AbandonedShort+c.AbandonedIn+c.AbandonedLate, c.Abandoned)
		require.LessOrEqual(t, c.BusySum, c.LoggedInSum)
		for _, f := range sla.Formulas() {
			value, ok := f.Of(&c)
			require.False(t, math.IsNaN(value) || math.IsInf(value, 0) || value < 0, f.Name)
			if f.Unit == sla.Share {
				require.LessOrEqual(t, value, 1.0, f.Name)
			}
			require.True(t, ok || value == 0, f.Name)
		}
		if average, ok := c.AverageWait(); ok {
			longest, _ := c.LongestWait()
			require.LessOrEqual(t, average, longest)
		}
	}
}

func TestMergeInAnyOrder(t *testing.T) {
	sum := func(parts ...sla.Counts) (s sla.Counts) {
		for i := range parts {
			s.Add(&parts[i])
		}
		return s
	}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		var a, b, c sla.Counts
		happen(r, 30, &a)
		happen(r, 30, &b)
		happen(r, 30, &c)
		require.Equal(t, sum(a, b), sum(b, a), "commutative")
		require.Equal(t, sum(sum(a, b), c), sum(a, sum(b, c)), "associative")
		require.Equal(t, a, sum(a, sla.Counts{}), "neutral")
	}
}

// TestMergeIsCounting: what is counted in parts and merged is what is counted at once.
func TestMergeIsCounting(t *testing.T) {
	var whole, parts sla.Counts
	all, some := rand.New(rand.NewPCG(7, 4)), rand.New(rand.NewPCG(7, 4))
	for range 50 {
		happen(all, 20, &whole)
		var part sla.Counts
		happen(some, 20, &part)
		parts.Add(&part)
	}
	assert.Equal(t, whole, parts)
}

func BenchmarkAnswer(b *testing.B) {
	var c sla.Counts
	b.ReportAllocs()
	for b.Loop() {
		c.Answer(7*second, 20*second)
	}
}

func BenchmarkAdd(b *testing.B) {
	c, o := distinct(1), distinct(2)
	b.ReportAllocs()
	for b.Loop() {
		c.Add(&o)
	}
}
