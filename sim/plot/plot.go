// Package plot draws what a simulation found: the queue and the service level over the day,
// and how long customers waited. Pictures are SVG or PNG.
//
//	err := plot.Save("out", result)           // out-queue.svg, out-level.svg, out-waits.svg
//	err = plot.Save("out", before, after)     // the same, side by side
package plot

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/usher-go/usher/sim"
)

// Size of a picture.
const (
	width  = 9 * vg.Inch
	height = 4.5 * vg.Inch
	margin = 0.18 * vg.Inch
)

// palette is told apart by people who see no red or green (Okabe and Ito).
var palette = []color.Color{
	color.RGBA{0, 114, 178, 255}, color.RGBA{213, 94, 0, 255}, color.RGBA{0, 158, 115, 255}, color.RGBA{204, 121, 167, 255},
	color.RGBA{230, 159, 0, 255}, color.RGBA{86, 180, 233, 255}, color.RGBA{60, 60, 60, 255},
}

// Queue draws the number waiting over the day with its 95 % confidence interval, a line for
// each result.
func Queue(results ...*sim.Result) (*Picture, error) {
	return overDay("Customers waiting", "waiting, mean over the interval", "queueLength", 1, results)
}

// Level draws the share answered within the threshold over the day, by when customers came.
func Level(results ...*sim.Result) (*Picture, error) {
	p, err := overDay("Answered within the threshold", "% of those who came", "answeredIn", 100, results)
	if err == nil {
		p.plot.Y.Min, p.plot.Y.Max = 0, 100
		p.plot.Legend.Top, p.plot.Legend.Left = false, true // days begin well
	}
	return p, err
}

// Waits draws the distribution of the wait of the answered: which share waited no longer.
func Waits(results ...*sim.Result) (*Picture, error) {
	p := newPicture("Wait of the answered", "seconds", "% who waited no longer")
	p.plot.Y.Min, p.plot.Y.Max = 0, 100
	p.plot.Legend.Top = false
	for i, r := range results {
		line := cumulative(r.Waits())
		if len(line) == 0 {
			continue
		}
		if err := p.line(i, r.Scenario, line); err != nil {
			return nil, err
		}
	}
	if p.lines == 0 {
		return nil, errors.New("plot: nobody was answered: there is no distribution to draw")
	}
	return p, nil
}

// cumulative is the share of waits up to each bound in percent, as far as 99.5 %.
func cumulative(h *sim.Histogram) plotter.XYs {
	total := float64(h.Count())
	var out plotter.XYs
	sum := 0.0
	for i, n := range h.Buckets {
		sum += float64(n)
		x := h.Bound(i)
		if i == 0 {
			x = 0
		}
		out = append(out, plotter.XY{X: x, Y: 100 * sum / total})
		if sum >= 0.995*total {
			break
		}
	}
	return out
}

// Picture is a drawing that can be written.
type Picture struct {
	plot  *plot.Plot
	lines int
}

func newPicture(title, x, y string) *Picture {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.TextStyle.Font.Variant, p.Title.TextStyle.Font.Size = "Sans", 14
	for _, style := range []*font.Font{
		&p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font,
	} {
		style.Variant = "Sans"
	}
	p.Title.Padding, p.X.Padding, p.Y.Padding = 8, 4, 4
	p.Legend.Top, p.Legend.Padding, p.Legend.ThumbnailWidth = true, 3, 22
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)
	return &Picture{plot: p}
}

// line adds a line in the color of its number.
func (p *Picture) line(i int, name string, points plotter.XYs) error {
	l, err := plotter.NewLine(points)
	if err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	l.Color, l.Width = palette[i%len(palette)], vg.Points(1.8)
	if i >= len(palette) {
		l.Dashes = []vg.Length{vg.Points(5), vg.Points(3)}
	}
	p.plot.Add(l)
	if name != "" {
		p.plot.Legend.Add(name, l)
	}
	p.lines++
	return nil
}

// band adds the confidence interval around a line.
func (p *Picture) band(i int, low, high plotter.XYs) error {
	ring := append(plotter.XYs{}, high...)
	for k := range low {
		ring = append(ring, low[len(low)-1-k])
	}
	area, err := plotter.NewPolygon(ring)
	if err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	r, g, b, _ := palette[i%len(palette)].RGBA()
	area.Color = color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 50}
	area.LineStyle.Width = 0
	p.plot.Add(area)
	return nil
}

// overDay draws a metric over the intervals of a period, by the hours since its start.
func overDay(title, label, metric string, scale float64, results []*sim.Result) (*Picture, error) {
	m, err := sim.MetricNamed(metric)
	if err != nil {
		return nil, err
	}
	p := newPicture(title, "time of day", label)
	for i, r := range results {
		line, low, high := series(r, m, scale)
		if len(line) == 0 {
			continue
		}
		if r.Replications > 1 {
			if err := p.band(i, low, high); err != nil {
				return nil, err
			}
		}
		if err := p.line(i, r.Scenario, line); err != nil {
			return nil, err
		}
		p.plot.X.Tick.Marker = hours{r}
	}
	if p.lines == 0 {
		return nil, errors.New("plot: there is nothing to draw: no interval has anything to measure")
	}
	p.plot.Y.Min = 0
	return p, nil
}

// series is a metric in the middle of each interval, and the bounds of its confidence
// interval.
func series(r *sim.Result, m sim.Metric, scale float64) (line, low, high plotter.XYs) {
	for i := 1; i <= r.Intervals(); i++ {
		if !r.Covered(i) {
			continue
		}
		e, ok := r.Estimate(m, sim.Part{Interval: i})
		if !ok {
			continue
		}
		x := (float64(i) - 0.5) * r.Interval.Hours()
		half := e.Half()
		if math.IsInf(half, 0) || math.IsNaN(half) {
			half = 0
		}
		top := (e.Value + half) * scale
		if m.Unit == "share" {
			top = min(top, scale)
		}
		line = append(line, plotter.XY{X: x, Y: e.Value * scale})
		low = append(low, plotter.XY{X: x, Y: max(e.Value-half, 0) * scale})
		high = append(high, plotter.XY{X: x, Y: top})
	}
	return line, low, high
}

// hours writes ticks as times of day.
type hours struct{ r *sim.Result }

// Ticks implements plot.Ticker.
func (h hours) Ticks(from, to float64) []plot.Tick {
	step := 1.0
	for (to-from)/step > 13 {
		step *= 2
	}
	var out []plot.Tick
	for x := math.Ceil(from/step) * step; x <= to; x += step {
		at := h.r.Start.Add(time.Duration(x * float64(time.Hour)))
		out = append(out, plot.Tick{Value: x, Label: at.Format("15:04")})
	}
	return out
}

// Write writes the picture in a format: "svg" or "png".
func (p *Picture) Write(w io.Writer, format string) error {
	if format != "svg" && format != "png" {
		return fmt.Errorf("plot: unknown format %q; valid: svg, png", format)
	}
	paper, err := draw.NewFormattedCanvas(width, height, format)
	if err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	page := draw.New(paper)
	page.SetColor(color.White)
	page.Fill(page.Rectangle.Path())
	p.plot.Draw(draw.Crop(page, margin, -margin, margin, -margin))
	_, err = paper.WriteTo(w)
	return err
}

// Save writes the three pictures of one or several results as PREFIX-queue, PREFIX-level and
// PREFIX-waits, each as svg, or png when the prefix ends in ".png". It returns the names of
// the files. Pictures for which there is nothing to draw are left out.
func Save(prefix string, results ...*sim.Result) ([]string, error) {
	format := "svg"
	if rest, png := strings.CutSuffix(prefix, ".png"); png {
		prefix, format = rest, "png"
	}
	var names []string
	for _, x := range []struct {
		name string
		draw func(...*sim.Result) (*Picture, error)
	}{{"queue", Queue}, {"level", Level}, {"waits", Waits}} {
		p, err := x.draw(results...)
		if err != nil {
			continue // nothing to draw
		}
		name := prefix + "-" + x.name + "." + format
		if err := p.save(name, format); err != nil {
			return names, err
		}
		names = append(names, name)
	}
	return names, nil
}

func (p *Picture) save(name, format string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := p.Write(f, format); err != nil {
		_ = f.Close() // the error is that of writing
		return err
	}
	return f.Close()
}
