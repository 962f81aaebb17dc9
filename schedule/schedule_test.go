package schedule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/schedule"
)

var everyDay = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func compile(t testing.TB, s schedule.Schedule) *schedule.Hours {
	t.Helper()
	h, err := s.Compile()
	require.NoError(t, err)
	return h
}

func at(t testing.TB, zone, text string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	x, err := time.ParseInLocation("2006-01-02 15:04:05", text, loc)
	require.NoError(t, err)
	return x
}

func rule(from, to string, days ...string) schedule.Rule {
	return schedule.Rule{Days: days, Range: schedule.Range{From: from, To: to}}
}

func TestOpen(t *testing.T) {
	h := compile(t, schedule.Schedule{
		Zone: "America/Montevideo",
		Week: []schedule.Rule{
			rule("09:00", "13:00", "mon", "tue"), rule("14:00", "18:00", "mon"), rule("22:00", "02:00", "sat", "sun"),
		},
		Exceptions: []schedule.Exception{
			{Date: "2026-03-09", Closed: true, Note: "a Monday"},
			{Date: "2026-03-11", Ranges: []schedule.Range{{From: "10:00", To: "12:00"}}},
		},
	})
	for _, c := range []struct {
		name, when string
		open       bool
	}{
		{"before", "2026-03-02 08:59:59", false},
		{"opening is inclusive", "2026-03-02 09:00:00", true},
		{"closing is exclusive", "2026-03-02 13:00:00", false},
		{"second range", "2026-03-02 14:00:00", true},
		{"not that day", "2026-03-03 14:00:00", false},
		{"late evening", "2026-03-07 23:59:59", true},
		{"over midnight", "2026-03-08 01:59:59", true},
		{"after midnight's end", "2026-03-08 02:00:00", false},
		{"from Sunday into Monday", "2026-03-02 01:00:00", true},
		{"closed exception", "2026-03-09 10:00:00", false},
		{"the evening before runs into it", "2026-03-09 01:00:00", true},
		{"special hours", "2026-03-11 11:00:00", true},
		{"only special hours", "2026-03-11 12:00:00", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.open, h.Open(at(t, "America/Montevideo", c.when)))
		})
	}
}

func TestNeitherOpensNorCloses(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	t.Run("nil is always open", func(t *testing.T) {
		var h *schedule.Hours
		_, next := h.Next(now)
		_, since := h.Since(now)
		assert.Equal(t, []bool{true, false, false}, []bool{h.Open(now), next, since})
	})
	t.Run("no ranges is always closed", func(t *testing.T) {
		h := compile(t, schedule.Schedule{})
		_, next := h.Next(now)
		_, since := h.Since(now)
		assert.Equal(t, []bool{false, false, false}, []bool{h.Open(now), next, since})
	})
	t.Run("the whole week", func(t *testing.T) {
		h := compile(t, schedule.Schedule{Zone: "Europe/Madrid", Week: []schedule.Rule{rule("00:00", "24:00", everyDay...)}})
		_, next := h.Next(now)
		_, since := h.Since(now)
		assert.Equal(t, []bool{true, false, false}, []bool{h.Open(now), next, since})
	})
	t.Run("the whole week but one far day", func(t *testing.T) {
		h := compile(t, schedule.Schedule{
			Week:       []schedule.Rule{rule("00:00", "12:00", everyDay...), rule("12:00", "24:00", everyDay...)},
			Exceptions: []schedule.Exception{{Date: "2031-01-01", Closed: true}},
		})
		next, ok := h.Next(now)
		assert.True(t, ok)
		assert.Equal(t, time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), next)
		since, ok := h.Since(time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC))
		assert.True(t, ok)
		assert.Equal(t, time.Date(2031, 1, 2, 0, 0, 0, 0, time.UTC), since)
	})
	t.Run("only one far day", func(t *testing.T) {
		h := compile(t, schedule.Schedule{Exceptions: []schedule.Exception{{Date: "2031-01-01", Ranges: []schedule.Range{{From: "09:00", To: "10:00"}}}}})
		next, ok := h.Next(now)
		assert.True(t, ok)
		assert.Equal(t, time.Date(2031, 1, 1, 9, 0, 0, 0, time.UTC), next)
		since, ok := h.Since(time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC))
		assert.True(t, ok)
		assert.Equal(t, time.Date(2031, 1, 1, 10, 0, 0, 0, time.UTC), since)
	})
}

func TestClockChanges(t *testing.T) {
	t.Run("a boundary in the gap is the jump", func(t *testing.T) {
		h := compile(t, schedule.Schedule{Zone: "Europe/Madrid", Week: []schedule.Rule{rule("02:30", "05:00", "sun")}})
		next, _ := h.Next(at(t, "Europe/Madrid", "2026-03-29 00:00:00"))
		assert.Equal(t, time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), next)
	})
	t.Run("a range inside the gap does not happen", func(t *testing.T) {
		h := compile(t, schedule.Schedule{Zone: "Europe/Madrid", Week: []schedule.Rule{rule("02:10", "02:50", "sun")}})
		next, _ := h.Next(at(t, "Europe/Madrid", "2026-03-29 00:00:00"))
		assert.Equal(t, at(t, "Europe/Madrid", "2026-04-05 02:10:00").UTC(), next)
	})
	t.Run("the hour that comes twice is open both times", func(t *testing.T) {
		h := compile(t, schedule.Schedule{Zone: "Europe/Madrid", Week: []schedule.Rule{rule("02:15", "02:45", "sun")}})
		opens, _ := h.Next(time.Date(2026, 10, 24, 23, 0, 0, 0, time.UTC))
		closes, _ := h.Next(opens)
		assert.Equal(t, time.Date(2026, 10, 25, 0, 15, 0, 0, time.UTC), opens)
		assert.Equal(t, time.Date(2026, 10, 25, 1, 45, 0, 0, time.UTC), closes)
	})
	t.Run("a skipped day", func(t *testing.T) {
		h := compile(t, schedule.Schedule{Zone: "Pacific/Apia", Week: []schedule.Rule{rule("09:00", "17:00", "fri")}})
		next, _ := h.Next(at(t, "Pacific/Apia", "2011-12-29 00:00:00"))
		assert.Equal(t, at(t, "Pacific/Apia", "2012-01-06 09:00:00").UTC(), next)
	})
}

func TestEveryFaultIsReported(t *testing.T) {
	_, err := schedule.Schedule{
		Zone:       "Mars/Base",
		Week:       []schedule.Rule{rule("9", "25:00", "mon", "moon"), rule("10:00", "10:00", "tue"), rule("24:00", "10:00", "tue"), rule("08:00", "09:00")},
		Exceptions: []schedule.Exception{{Date: "tomorrow", Closed: true}, {Date: "2026-01-01"}, {Date: "2026-01-01", Closed: true, Ranges: []schedule.Range{{From: "x", To: "10:00"}}}},
	}.Compile()
	faults, ok := errors.AsType[schedule.Faults](err)
	require.True(t, ok)
	var paths []string
	for _, f := range faults {
		paths = append(paths, f.Path)
	}
	assert.Equal(t, []string{
		"zone", "week[0].from", "week[0].to", "week[0].days[1]", "week[1].to", "week[2].from", "week[3].days",
		"exceptions[0].date", "exceptions[1]", "exceptions[2].date", "exceptions[2]", "exceptions[2].ranges[0].from",
	}, paths)
}

func TestParse(t *testing.T) {
	s, err := schedule.Parse([]byte(`{"zone":"Europe/Madrid","week":[{"days":["mon"],"from":"09:00","to":"18:00"}]}`))
	require.NoError(t, err)
	assert.Equal(t, schedule.Schedule{Zone: "Europe/Madrid", Week: []schedule.Rule{rule("09:00", "18:00", "mon")}}, s)
	_, err = schedule.Parse([]byte(`{"week":[{"days":["mon"],"from":"09:00","til":"18:00"}]}`))
	assert.ErrorContains(t, err, `unknown field "til"; valid: closed, date, days, exceptions, from, note, ranges, to, week, zone`)
	_, err = schedule.Parse([]byte(`{"week":[]} more`))
	assert.Error(t, err)
}

// wall is what the clock on the wall of a zone shows, minute by minute.
type wall struct {
	first, last map[string]int // minute index by wall-clock text
	from        time.Time
	loc         *time.Location
	total       int // minutes
}

// margin is how many minutes are read before and after the days in question.
const margin = 4 * 24 * 60

func newWall(zone string, from time.Time, days int) *wall {
	loc, _ := time.LoadLocation(zone)
	w := &wall{
		first: map[string]int{}, last: map[string]int{}, from: from.Add(-margin * time.Minute), loc: loc, total: days*24*60 + 2*margin,
	}
	for i := range w.total {
		text := w.from.Add(time.Duration(i) * time.Minute).In(loc).Format("2006-01-02 15:04")
		if _, ok := w.first[text]; !ok {
			w.first[text] = i
		}
		w.last[text] = i
	}
	return w
}

// oracle reads a schedule minute by minute from the wall clock, without any arithmetic of
// the package under test.
type oracle struct {
	*wall
	open []bool
}

func newOracle(s schedule.Schedule, w *wall) *oracle {
	o := &oracle{wall: w, open: make([]bool, w.total)}
	exceptions := map[string]schedule.Exception{}
	for _, x := range s.Exceptions {
		exceptions[x.Date] = x
	}
	start := o.from.In(o.loc)
	for d := range o.total/1440 + 1 {
		date := time.Date(start.Year(), start.Month(), start.Day()+d, 0, 0, 0, 0, time.UTC)
		var ranges []schedule.Range
		if x, ok := exceptions[date.Format(time.DateOnly)]; ok {
			ranges = x.Ranges
		} else {
			for _, r := range s.Week {
				for _, name := range r.Days {
					if everyDay[(int(date.Weekday())+6)%7] == name {
						ranges = append(ranges, r.Range)
					}
				}
			}
		}
		for _, r := range ranges {
			o.paint(date, r)
		}
	}
	return o
}

func (o *oracle) paint(date time.Time, r schedule.Range) {
	from, ok1 := o.minute(date, r.From, o.first)
	end := date
	if r.To <= r.From {
		end = date.AddDate(0, 0, 1)
	}
	to, ok2 := o.minute(end, r.To, o.last)
	if !ok1 || !ok2 {
		return // at the edge of what was painted
	}
	for i := from; i < to; i++ {
		o.open[i] = true
	}
}

// minute finds the minute at which the wall shows a time, or the first one after it that
// it shows at all.
func (o *oracle) minute(date time.Time, clock string, index map[string]int) (int, bool) {
	var h, m int
	if _, err := fmt.Sscanf(clock, "%d:%d", &h, &m); err != nil {
		panic(err)
	}
	wall := time.Date(date.Year(), date.Month(), date.Day(), h, m, 0, 0, time.UTC)
	for skip := range 26 * 60 {
		x := wall.Add(time.Duration(skip) * time.Minute).Format("2006-01-02 15:04")
		if i, ok := index[x]; ok {
			if skip > 0 {
				i = o.first[x]
			}
			return i, true
		}
	}
	return 0, false
}

func randomSchedule(r *rand.Rand, zone string, from time.Time, days int) schedule.Schedule {
	clock := func(most int) string {
		m := r.IntN(most*4+1) * 15
		return fmt.Sprintf("%02d:%02d", m/60, m%60)
	}
	random := func() schedule.Range {
		for {
			x := schedule.Range{From: clock(23), To: clock(24)}
			if x.From != x.To {
				return x
			}
		}
	}
	s := schedule.Schedule{Zone: zone}
	for range r.IntN(5) {
		rule := schedule.Rule{Range: random()}
		for _, d := range everyDay {
			if r.IntN(2) == 0 {
				rule.Days = append(rule.Days, d)
			}
		}
		if len(rule.Days) > 0 {
			s.Week = append(s.Week, rule)
		}
	}
	if r.IntN(8) == 0 {
		s.Week = append(s.Week, rule("00:00", "24:00", everyDay...))
	}
	for i := range r.IntN(4) {
		x := schedule.Exception{Date: from.AddDate(0, 0, r.IntN(days/4)*4+i%4).Format(time.DateOnly), Closed: true}
		if r.IntN(2) == 0 {
			x.Closed, x.Ranges = false, []schedule.Range{random(), random()}
		}
		dup := false
		for _, y := range s.Exceptions {
			dup = dup || y.Date == x.Date
		}
		if !dup {
			s.Exceptions = append(s.Exceptions, x)
		}
	}
	return s
}

// TestAgainstBruteForce compares with a reading minute by minute, around clock changes of
// several zones and years.
func TestAgainstBruteForce(t *testing.T) {
	around := map[string][]string{
		"UTC":                 {"2026-06-01"},
		"Europe/Madrid":       {"2026-03-29", "2026-10-25", "2031-03-30"},
		"America/New_York":    {"2026-03-08", "2026-11-01", "2040-11-04"},
		"Australia/Lord_Howe": {"2026-04-05", "2026-10-04"},
		"Asia/Kolkata":        {"2026-02-28"},
		"Pacific/Apia":        {"2011-12-30"},
		"Africa/Casablanca":   {"2026-02-15", "2026-03-22"},
		"America/Sao_Paulo":   {"2018-11-04", "2026-01-01"}, // midnight itself was skipped
		"Asia/Gaza":           {"2026-03-28"},
	}
	const days = 14
	for zone, dates := range around {
		for _, date := range dates {
			t.Run(zone+" "+date, func(t *testing.T) {
				day, err := time.Parse(time.DateOnly, date)
				require.NoError(t, err)
				r := rand.New(rand.NewPCG(1, uint64(day.Unix())))
				from := day.AddDate(0, 0, -days/2)
				w := newWall(zone, from, days)
				for range 12 {
					compareBrute(t, randomSchedule(r, zone, from, days), w)
				}
			})
		}
	}
}

func compareBrute(t *testing.T, s schedule.Schedule, w *wall) {
	t.Helper()
	h := compile(t, s)
	o := newOracle(s, w)
	text, _ := json.Marshal(s)
	since, next := margin, 0 // of the minutes that are as this one
	for i := margin; i < len(o.open)-margin; i++ {
		now := o.from.Add(time.Duration(i) * time.Minute)
		if h.Open(now) != o.open[i] {
			t.Fatalf("%s: Open(%s) = %v", text, now, h.Open(now))
		}
		if i%7 != 0 && o.open[i] == o.open[i-1] && o.open[i] == o.open[i+1] {
			continue
		}
		if next <= i {
			next = i + 1
			for next < len(o.open)-margin && o.open[next] == o.open[i] {
				next++
			}
		}
		got, ok := h.Next(now.Add(30 * time.Second))
		if want := o.from.Add(time.Duration(next) * time.Minute); next < len(o.open)-margin && (!ok || !got.Equal(want)) {
			t.Fatalf("%s: Next(%s) = %s %v, want %s", text, now, got, ok, want)
		}
		if i > margin && o.open[i-1] != o.open[i] {
			since = i
		}
		got, ok = h.Since(now.Add(30 * time.Second))
		if want := o.from.Add(time.Duration(since) * time.Minute); since > margin && (!ok || !got.Equal(want)) {
			t.Fatalf("%s: Since(%s) = %s %v, want %s", text, now, got, ok, want)
		}
	}
}

func FuzzSchedule(f *testing.F) {
	f.Add([]byte(`{"zone":"Europe/Madrid","week":[{"days":["mon"],"from":"22:00","to":"02:00"}],"exceptions":[{"date":"2026-03-30","closed":true}]}`), int64(1774746000))
	f.Add([]byte(`{"week":[{"days":["sun","sat"],"from":"00:00","to":"24:00"}]}`), int64(0))
	f.Fuzz(func(t *testing.T, data []byte, sec int64) {
		s, err := schedule.Parse(data)
		if err != nil {
			return
		}
		h, err := s.Compile()
		if err != nil {
			t.Fatal("parsed but does not compile:", err)
		}
		now := time.Unix(sec%(1<<34), 0)
		if next, ok := h.Next(now); ok && (!next.After(now) || h.Open(next) == h.Open(now)) {
			t.Fatalf("Next(%s) = %s changes nothing", now, next)
		}
		if since, ok := h.Since(now); ok && (since.After(now) || h.Open(since) != h.Open(now)) {
			t.Fatalf("Since(%s) = %s is another period", now, since)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	h, now := benchHours(b)
	b.ReportAllocs()
	for b.Loop() {
		h.Open(now)
	}
}

func BenchmarkNext(b *testing.B) {
	h, now := benchHours(b)
	b.ReportAllocs()
	for b.Loop() {
		h.Next(now)
	}
}

func benchHours(b *testing.B) (*schedule.Hours, time.Time) {
	s := schedule.Schedule{Zone: "Europe/Madrid", Week: []schedule.Rule{rule("09:00", "13:00", everyDay[:5]...), rule("14:00", "18:00", everyDay[:5]...)}}
	for i := range 500 {
		s.Exceptions = append(s.Exceptions, schedule.Exception{Date: time.Date(2026, 1, 1+i*3, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), Closed: true})
	}
	return compile(b, s), time.Date(2026, 6, 5, 17, 0, 0, 0, time.UTC)
}

func ExampleHours_Next() {
	s, err := schedule.Parse([]byte(`{"zone":"America/Montevideo","week":[{"days":["mon","tue","wed","thu","fri"],"from":"09:00","to":"18:00"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	hours, _ := s.Compile() // Parse has checked it
	friday := time.Date(2026, 11, 27, 22, 0, 0, 0, time.UTC)
	next, _ := hours.Next(friday)
	fmt.Println(hours.Open(friday), next)
	// Output: false 2026-11-30 12:00:00 +0000 UTC
}
