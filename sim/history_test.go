package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

func center() usher.Config {
	return usher.Config{
		Agents: []usher.Agent{{ID: "ana"}, {ID: "bruno"}, {ID: "carla"}},
		Campaigns: []usher.Campaign{{
			ID: "sales", Members: []usher.Member{{Agent: "ana"}, {Agent: "bruno"}, {Agent: "carla"}},
			WhatsApp: &settings.Card{Enable: true, ServiceLevel: 30, Offers: settings.Offers{AutoAnswer: true}},
		}},
	}
}

// What a simulation did is read back from its own events, as if it had happened: run again
// in the same configuration it gives the same figures.
func TestHistoryOfAJournalIsPlayedAgain(t *testing.T) {
	patience := Exponential(3 * time.Minute)
	s := Scenario{
		Center:   center(),
		Arrivals: []Arrivals{{Campaign: "sales", Rates: []float64{0, 0, 60, 45}, Every: 6 * 3600, Handle: Lognormal(3*time.Minute, 0.8), Patience: &patience}},
		Staff:    []Staff{{Agents: []string{"carla"}, Shifts: []Shift{{From: At(9, 0), To: At(20, 0)}}}},
		Length:   2 * 86400,
	}
	var events []queue.Event
	s.Observe = func(_ int, ev *queue.Event) { events = append(events, *ev) }
	was, err := Run(t.Context(), s, Options{Seed: 1, Replications: 1})
	require.NoError(t, err)
	h, err := ReadHistory(func(yield func(queue.Event, error) bool) {
		for _, ev := range events {
			if !yield(ev, nil) {
				return
			}
		}
	})
	require.NoError(t, err)
	n := was.Numbers(Part{})[0].Flow
	assert.Equal(t, int(n.Offered), h.Arrivals())
	assert.Equal(t, defaultStart, h.Start)
	assert.Equal(t, 48*time.Hour, h.Length)
	assert.InDelta(t, 180, h.Patience("sales").Mean, 25, "the estimate of patience is near what was drawn from")
	require.Len(t, h.Center.Campaigns, 1)
	assert.EqualValues(t, 30, h.Center.Campaigns[0].WhatsApp.ServiceLevel)

	again, err := Run(t.Context(), h.Scenario(Scenario{Name: "as it was"}), Options{Seed: 2, Replications: 10})
	require.NoError(t, err)
	for _, name := range []string{"offered", "answeredIn", "averageWait", "averageHandleTime", "occupancy"} {
		m, _ := MetricNamed(name)
		want, _ := was.Estimate(m, Part{})
		got, _ := again.Estimate(m, Part{})
		assert.InEpsilon(t, want.Value, got.Value, 0.02, "%s: %+v", name, got)
	}
	part := h.Between(h.Start.Add(24*time.Hour), time.Time{})
	assert.Less(t, part.Arrivals(), h.Arrivals())
	assert.Equal(t, 24*time.Hour, part.Length)
	empty, err := ReadHistory(func(func(queue.Event, error) bool) {})
	assert.Nil(t, empty)
	assert.ErrorContains(t, err, "no interaction")
}

func TestCSVOfInteractions(t *testing.T) {
	h, err := ReadCSV(strings.NewReader(`arrived,handle,waited,left,campaign
2026-03-02T09:30:00+01:00,120,5,,sales
2026-03-02 23:59:59,,300,true,sales
2026-03-03T00:00:01Z,60.5,,no,
`), "support")
	require.NoError(t, err)
	assert.Equal(t, []string{"sales", "support"}, h.Campaigns())
	assert.Equal(t, 48*time.Hour, h.Length)
	assert.Equal(t, []Call{{At: 30600, Handle: 120, Waited: 5}, {At: 86399, Patience: 300}}, h.Calls["sales"])
	assert.Equal(t, []float64{60.5}, h.Handled["support"])
	assert.Equal(t, 305.0, h.Patience("sales").Mean)
	assert.Nil(t, h.Patience("support"))
}

func TestCSVAsSpreadsheetsWriteIt(t *testing.T) {
	h, err := ReadCSV(strings.NewReader("\ufeffsep=;\r\narrived;handle;;\r\n2026-03-02T09:30:00Z;120;;\r\n;;;\r\n2026-03-02T09:31:00Z\r\n"), "sales")
	require.NoError(t, err)
	assert.Equal(t, []Call{{At: 34200, Handle: 120}, {At: 34260}}, h.Calls["sales"])
}

func TestCSVOfCounts(t *testing.T) {
	h, err := ReadCSV(strings.NewReader("date,weekday,bin,start_hhmm,calls\n2026-03-02,Mon,0,09:00,2\n2026-03-02,Mon,1,09:06,0\n2026-03-02,Mon,2,09:12,3\n"), "sales")
	require.NoError(t, err)
	assert.Equal(t, 5, h.Arrivals())
	assert.EqualValues(t, 360, h.Every)
	s := h.Scenario(Scenario{Center: center(), Arrivals: []Arrivals{{Campaign: "sales", Handle: Fixed(time.Minute)}}})
	r, err := Run(t.Context(), s, Options{Replications: 3})
	require.NoError(t, err)
	for _, n := range r.Numbers(Part{Interval: 19}) {
		assert.EqualValues(t, 5, n.Flow.Offered, "exactly those, between nine and half past")
	}
}

func TestEveryFaultOfACSVHasItsLineAndField(t *testing.T) {
	_, err := ReadCSV(strings.NewReader("arrived,handle,left\nyesterday,-3,maybe\n2026-03-02T09:30:00Z,5,,over\n2026-03-02T09:30:00Z,x,true\n"), "c")
	assert.EqualError(t, err, `line 2, handle: must be seconds, 0 or more, is "-3"
line 2, arrived: must be an instant such as 2026-03-02T09:30:00Z, is "yesterday"
line 2, left: must be true or false, is "maybe"
line 3: has text in a cell beyond the 3 columns of the header
line 4, handle: must be seconds, 0 or more, is "x"`)
	for in, want := range map[string]string{
		"":                                  "line 1: the file is empty",
		"arrived,handel\n":                  "line 1, handel: unknown column; valid: arrived, campaign, handle",
		"date,calls\n":                      "line 1, start: the column is missing",
		"arrived\n":                         "line 2: there are no arrivals",
		"arrived\n2026-03-02T09:30:00Z\n":   "line 2, campaign: must not be empty",
		"arrived,handle\n\"2026,5\n":        "line 2: extraneous or missing \" in quoted-field",
		"date,start,calls\n2026-3-2,9,-1\n": `line 2, date: must be a day`,
	} {
		_, err := ReadCSV(strings.NewReader(in), "")
		assert.ErrorContains(t, err, want)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("arrived,handle,waited,left,campaign\n2026-03-02T09:30:00Z,120,5,,sales\n")
	f.Add("date,start,calls\n2026-03-02,09:00,2\n2026-03-02,09:06,4\n")
	f.Fuzz(func(t *testing.T, in string) {
		if h, err := ReadCSV(strings.NewReader(in), "c"); err == nil && h.Arrivals() < 1000 {
			_ = h.Scenario(Scenario{}).Validate()
		}
	})
}
