package ushertest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/usher-go/usher/queue"
)

// fail ends the test with what was wrong, the story so far, and why somebody is where they
// are.
func (c *Center) fail(about *Customer, format string, args ...any) {
	c.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, format, args...)
	b.WriteString("\n\nthe story so far:\n")
	b.WriteString(c.Timeline())
	if about != nil {
		b.WriteString(c.why(about))
	}
	c.t.Fatalf("%s", b.String())
}

// Timeline is what was done, and indented below it what followed.
func (c *Center) Timeline() string {
	c.story.mu.Lock()
	defer c.story.mu.Unlock()
	var b strings.Builder
	day := ""
	for _, l := range c.story.lines {
		if d := l.at.UTC().Format("Monday 2 January 2006"); d != day {
			fmt.Fprintf(&b, "    %s\n", d)
			day = d
		}
		indent := "  "
		if l.step {
			indent = ""
		}
		fmt.Fprintf(&b, "    %s  %s%s\n", clockTime(l.at), indent, l.text)
	}
	return b.String()
}

// clockTime leaves out the fraction when there is none.
func clockTime(t time.Time) string {
	if t.IsZero() {
		return "whenever"
	}
	return t.UTC().Format("15:04:05.999")
}

// why explains where a customer is, by the engine's own account.
func (c *Center) why(x *Customer) string {
	id := c.past.interaction(x)
	if x, err := c.Explain(context.Background(), id); err == nil {
		return explainWaiting(c.past.who(queue.Event{Interaction: id}), x)
	}
	ev, ok := c.past.explained(id)
	if !ok {
		return ""
	}
	return fmt.Sprintf("\nwhy %s at %s: %s\n", ev.Agent, clockTime(ev.At), explainChoice(ev.Explain))
}

// explainWaiting is a line for each agent.
func explainWaiting(name string, x queue.Explanation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nwhy %s waits (%s): for %s\n", name, x.Strategy, x.Waiting)
	width := 0
	for _, y := range x.Candidates {
		width = max(width, len(y.Agent))
	}
	for _, y := range x.Candidates {
		reason := y.Reason
		if reason == "" {
			reason = "eligible"
		}
		fmt.Fprintf(&b, "    %-*s  %s\n", width, y.Agent, reason)
	}
	if len(x.Candidates) == 0 {
		b.WriteString("    the campaign has no members\n")
	}
	return b.String()
}

// explainChoice is one line: who was chosen, who would have been next, who stood aside.
func explainChoice(x *queue.Explanation) string {
	parts := []string{x.Strategy + " chose " + x.Chosen}
	if len(x.Next) > 0 {
		parts = append(parts, "next "+strings.Join(x.Next, ", "))
	}
	for _, n := range x.Counts {
		parts = append(parts, fmt.Sprintf("%d %s", n.Count, n.Reason))
	}
	return strings.Join(parts, "; ")
}
