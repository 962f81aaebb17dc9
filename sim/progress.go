package sim

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Bar returns an [Options.Progress] that draws a bar with the time left on w, and a function
// that wipes it away. When w is no terminal, or the run is short, nothing is drawn: logs
// stay clean.
func Bar(w io.Writer, what string) (progress func(share float64), done func()) {
	f, isFile := w.(*os.File)
	if !isFile {
		return func(float64) {}, func() {}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(float64) {}, func() {}
	}
	return bar(w, what, time.Now)
}

// bar draws at most ten times a second, after the first second.
func bar(w io.Writer, what string, now func() time.Time) (progress func(share float64), done func()) {
	start := now()
	last, drawn := start, false
	progress = func(share float64) {
		t := now()
		if t.Sub(start) < time.Second || t.Sub(last) < 100*time.Millisecond {
			return
		}
		last, drawn = t, true
		fmt.Fprintf(w, "\r\x1b[K%s", barLine(what, share, t.Sub(start)))
	}
	return progress, func() {
		if drawn {
			fmt.Fprint(w, "\r\x1b[K")
		}
	}
}

const barWidth = 30

func barLine(what string, share float64, since time.Duration) string {
	share = min(max(share, 0), 1)
	full := int(share * barWidth)
	line := fmt.Sprintf("%s [%s%s] %3.0f %%", what, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), share*100)
	if share > 0.01 {
		left := time.Duration(float64(since) * (1 - share) / share)
		line += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return line
}
