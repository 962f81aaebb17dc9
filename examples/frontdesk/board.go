package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/sla"
)

// boardPage is what /board says.
type boardPage struct {
	usher.Board
	// Figures are the named formulas by campaign; one that nothing was counted for is
	// absent.
	Figures map[string]map[string]float64 `json:"figures"`
	Ignored ignoredPage                   `json:"ignored"`
}

func boardOf(center *usher.Center, i *ignored) boardPage {
	page := boardPage{
		Board:   center.Board(time.Now().Add(-24 * time.Hour)),
		Figures: map[string]map[string]float64{}, Ignored: i.page(),
	}
	for _, line := range page.Campaigns {
		page.Figures[line.ID] = figures(&line.Counts)
	}
	return page
}

func figures(c *sla.Counts) map[string]float64 {
	out := map[string]float64{}
	for _, f := range sla.Formulas() {
		if v, ok := f.Of(c); ok {
			out[f.Name] = v
		}
	}
	return out
}

func writeJSON(w http.ResponseWriter, v any) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n'))
}

// ignored keeps what was received and not routed, and why: how often, and the latest.
type ignored struct {
	mu     sync.Mutex
	count  int
	latest []ignoredOne
}

type ignoredPage struct {
	Count  int          `json:"count"`
	Latest []ignoredOne `json:"latest"`
}

type ignoredOne struct {
	Number string `json:"number,omitempty"`
	Kind   string `json:"kind"`
	Why    string `json:"why"`
}

// keepIgnored is how many of the latest are kept.
const keepIgnored = 200

// add is the [usher.Options.Notice] of a center.
func (i *ignored) add(u channel.Update, err error) {
	one := ignoredOne{Number: u.Number, Why: err.Error()}
	switch {
	case u.Other != nil:
		one.Kind = u.Other.Kind
	case u.Message != nil:
		one.Kind = "message"
	case u.Status != nil:
		one.Kind = "status"
	case u.Identity != nil:
		one.Kind = "identity"
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.count++
	if i.latest = append(i.latest, one); len(i.latest) > keepIgnored {
		i.latest = i.latest[1:]
	}
}

func (i *ignored) page() ignoredPage {
	i.mu.Lock()
	defer i.mu.Unlock()
	return ignoredPage{i.count, append([]ignoredOne{}, i.latest...)}
}

// printBoard prints a campaign's numbers for people.
func printBoard(w io.Writer, line *usher.Line) {
	c := &line.Counts
	_, _ = fmt.Fprintf(w, "\nThe board of %s\n\n", line.Name)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, o := range sla.Outcomes() {
		if n := c.Ends.Of(o); n > 0 {
			_, _ = fmt.Fprintf(t, "  %s\t%d\n", o, n)
		}
	}
	_, _ = fmt.Fprintf(t, "  messages\t%d in, %d out\n", c.MessagesIn, c.MessagesOut)
	_, _ = fmt.Fprintf(t, "  offers\t%d, %d accepted, %d missed, %d declined\n", c.Offers, c.Accepts, c.Misses, c.Declines)
	for _, f := range sla.Formulas() {
		if v, ok := f.Of(c); ok {
			_, _ = fmt.Fprintf(t, "  %s\t%s\n", f.Name, figure(f.Unit, v))
		}
	}
	_ = t.Flush()
}

func figure(unit sla.Unit, v float64) string {
	if unit == sla.Share {
		return fmt.Sprintf("%.1f %%", 100*v)
	}
	return (time.Duration(v*1000) * time.Millisecond).Round(100 * time.Millisecond).String()
}
