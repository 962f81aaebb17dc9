package main

import (
	"fmt"
	"io"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/sla"
)

// ledger counts interactions by the center's events, apart from the board: each begins
// once and ends once, in one class.
type ledger struct {
	events *usher.Subscription
	open   map[string]bool
	begun  int
	merged int // two that turned out to be one
	ends   map[sla.Outcome]int64
	wrong  []string
}

func newLedger(center *usher.Center) *ledger {
	return &ledger{
		events: center.Subscribe(0, queue.Opened, queue.Started, queue.Reopened, queue.Refused, queue.CustomerBlocked, queue.Ended),
		open:   map[string]bool{}, ends: map[sla.Outcome]int64{},
	}
}

// drain reads everything there is.
func (l *ledger) drain() {
	for {
		ev, ok, err := l.events.Poll()
		switch {
		case err != nil: // some were missed
			l.wrong = append(l.wrong, err.Error())
		case ok:
			l.note(&ev)
		default:
			return
		}
	}
}

func (l *ledger) note(ev *queue.Event) {
	switch ev.Kind {
	case queue.Opened, queue.Started, queue.Reopened:
		if l.open[ev.Interaction] {
			l.wrong = append(l.wrong, ev.Interaction+" began twice")
		}
		l.open[ev.Interaction] = true
		l.begun++
	case queue.Refused: // begins and ends at once; more messages of one who was told begin nothing
		if ev.Repeat {
			return
		}
		l.begun++
		l.ends[sla.Outcome(ev.Outcome)]++
	case queue.CustomerBlocked:
		if !ev.Outbound && ev.Interaction == "" {
			l.begun++
			l.ends[sla.OutcomeBlacklisted]++
		}
	case queue.Ended:
		if !l.open[ev.Interaction] {
			l.wrong = append(l.wrong, ev.Interaction+" ended and was not open")
		}
		delete(l.open, ev.Interaction)
		if ev.Outcome == queue.OutcomeMerged {
			l.merged++
			return
		}
		l.ends[sla.Outcome(ev.Outcome)]++
	}
}

// check compares the ledger with the board and says what does not add up.
func (l *ledger) check(line *usher.Line) []string {
	wrong := l.wrong
	total := int64(len(l.open) + l.merged)
	for _, o := range sla.Outcomes() {
		total += l.ends[o]
		if got := line.Counts.Ends.Of(o); got != l.ends[o] {
			wrong = append(wrong, fmt.Sprintf("%s: %d by the events, %d on the board", o, l.ends[o], got))
		}
	}
	if total != int64(l.begun) {
		wrong = append(wrong, fmt.Sprintf("%d began, %d ended or are open", l.begun, total))
	}
	return wrong
}

// print says how the count came out, and reports whether it is right.
func (l *ledger) print(w io.Writer, line *usher.Line) error {
	wrong := l.check(line)
	for _, s := range wrong {
		_, _ = fmt.Fprintln(w, "  WRONG:", s)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("the count is wrong in %d places", len(wrong))
	}
	_, _ = fmt.Fprintf(w, "\nEvery one of %d interactions is in exactly one outcome class; %d are open.\n", l.begun, len(l.open))
	return nil
}
