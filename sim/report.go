package sim

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/usher-go/usher/sla"
)

// Table writes the result for a terminal: every metric with its confidence interval, then
// the day by interval, then, when there are several, the campaigns and the streams.
func (r *Result) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\t\t\t\n", title(r))
	for _, m := range Metrics() {
		if e, ok := r.Estimate(m, Part{}); ok {
			fmt.Fprintf(t, "%s\t%s\t± %s\t\n", m.Name, format(m.Unit, e.Value), format(m.Unit, e.Half()))
		}
	}
	if n := r.Unserved(); n > 0 {
		fmt.Fprintf(t, "never served\t%d\t\t\n", n)
	}
	fmt.Fprint(t, "\t\t\t\n")
	if err := t.Flush(); err != nil {
		return err
	}
	parts := r.parts()
	if err := r.lines(w, parts.head, parts.names, parts.list); err != nil {
		return err
	}
	return r.day(w)
}

func title(r *Result) string {
	name := r.Scenario
	if name == "" {
		name = "scenario"
	}
	return fmt.Sprintf("%s, %d replications", name, r.Replications)
}

// columns are the metrics of tables with a line for each part.
var columns = []string{"offered", "serviceLevel", "averageWait", "abandonRate", "queueLength"}

// partList names parts of a scenario.
type partList struct {
	head  string
	names []string
	list  []Part
}

// parts returns the streams, or the campaigns, when there are several.
func (r *Result) parts() partList {
	switch {
	case len(r.Streams) > 1 && len(r.Streams) <= 40:
		p := partList{head: "stream", names: r.Streams}
		for _, s := range r.Streams {
			p.list = append(p.list, Part{Stream: s, Campaign: r.campaignOf(s)})
		}
		return p
	}
	return partList{}
}

func (r *Result) campaignOf(stream string) string {
	for i, s := range r.Streams {
		if s == stream {
			return r.Campaigns[r.streamCampaign[i]]
		}
	}
	return ""
}

// day writes a line for every interval of a period.
func (r *Result) day(w io.Writer) error {
	p := partList{}
	for i := 1; i <= r.Intervals(); i++ {
		if r.Covered(i) {
			p.names = append(p.names, r.At(i).Format("15:04"))
			p.list = append(p.list, Part{Interval: i})
		}
	}
	if len(p.list) < 2 || len(p.list) > 500 {
		return nil
	}
	return r.lines(w, "from", p.names, p.list)
}

func (r *Result) lines(w io.Writer, head string, names []string, parts []Part) error {
	if len(parts) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, head, "\t")
	metrics := r.columns(head == "from")
	for _, m := range metrics {
		fmt.Fprint(t, m.Name, "\t")
	}
	fmt.Fprintln(t)
	for i, part := range parts {
		fmt.Fprint(t, names[i], "\t")
		numbers := r.Numbers(part)
		for _, m := range metrics {
			cell := "–"
			if e, ok := estimate(m, numbers); ok {
				cell = format(m.Unit, e.Value)
			}
			fmt.Fprint(t, cell, "\t")
		}
		fmt.Fprintln(t)
	}
	fmt.Fprintln(t)
	return t.Flush()
}

// columns returns the metrics of a table; agents are known by interval, not by stream.
func (r *Result) columns(byInterval bool) []Metric {
	names := columns
	if byInterval {
		names = append(names[:len(names):len(names)], "agentsThere", "occupancy")
	} else {
		names = []string{"offered", "answeredIn", "waited", "waitOfAll", "abandoned", "queueLength"}
	}
	var out []Metric
	for _, name := range names {
		if m, err := MetricNamed(name); err == nil {
			out = append(out, m)
		}
	}
	return out
}

// format writes a value of a unit for people.
func format(unit sla.Unit, v float64) string {
	switch {
	case math.IsInf(v, 0) || math.IsNaN(v):
		return "?"
	case unit == sla.Share:
		return fmt.Sprintf("%.1f %%", 100*v)
	case unit == sla.Seconds:
		return fmt.Sprintf("%.1f s", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// WriteCSV writes every metric of the whole, of every campaign, stream and interval: one
// line each, with the columns part, name, metric, unit, value, low, high, stdErr.
// Times are in seconds, shares from 0 to 1.
func (r *Result) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	_ = c.Write([]string{"part", "name", "metric", "unit", "value", "low", "high", "stdErr"}) // Flush reports
	r.csvPart(c, "all", "", Part{}, Metrics())
	for _, name := range r.Campaigns {
		r.csvPart(c, "campaign", name, Part{Campaign: name}, partial())
	}
	for _, name := range r.Streams {
		r.csvPart(c, "stream", name, Part{Stream: name}, flowMetrics()[:8])
	}
	for i := 1; i <= r.Intervals(); i++ {
		if r.Covered(i) {
			r.csvPart(c, "interval", r.At(i).Format(time.TimeOnly), Part{Interval: i}, append(partial(), floorMetrics()[:2]...))
		}
	}
	c.Flush()
	return c.Error()
}

// partial are the metrics that are known of parts.
func partial() []Metric { return append(slaMetrics(), flowMetrics()[:8]...) }

func (r *Result) csvPart(c *csv.Writer, part, name string, p Part, metrics []Metric) {
	numbers := r.Numbers(p)
	for _, m := range metrics {
		e, ok := estimate(m, numbers)
		if !ok {
			continue
		}
		_ = c.Write([]string{part, name, m.Name, string(m.Unit), num(e.Value), num(e.Low), num(e.High), num(e.StdErr)})
	}
}

func num(v float64) string { return strings.TrimPrefix(strconv.FormatFloat(v, 'g', 8, 64), "+") }
