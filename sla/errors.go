package sla

import (
	"fmt"
	"strings"
)

// Error is returned by [NewSeries] and [Restore] for data that is no configuration or no
// snapshot. It has every fault, each with its path.
type Error struct {
	Faults []string `json:"faults"`
}

// Error lists the faults.
func (e *Error) Error() string { return "sla: " + strings.Join(e.Faults, "; ") }

// OutcomeError is returned by [Counts.End] for an outcome outside of the set.
type OutcomeError struct{ Outcome Outcome }

// Error lists the valid outcomes.
func (e *OutcomeError) Error() string {
	valid := make([]string, 0, len(Outcomes()))
	for _, o := range Outcomes() {
		valid = append(valid, string(o))
	}
	return fmt.Sprintf("sla: unknown outcome %q; valid: %s", string(e.Outcome), strings.Join(valid, ", "))
}
