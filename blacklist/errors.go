package blacklist

import (
	"errors"
	"fmt"
	"strings"
)

// ErrTooLarge is returned by [ReadCSV] for a file of more than [MaxCSV] bytes. Nothing of
// it was read; split the file.
var ErrTooLarge = errors.New("blacklist: csv file is too large")

// ErrBusy is returned inside a *[CheckError] when as many checks as a [Guard] allows are
// under way and none came back in time: the checker hangs or is too slow for its load.
var ErrBusy = errors.New("blacklist: too many checks under way")

// maxFaults bounds how many faults are kept, so that a large file that is no list at all
// does not cost more memory than the file.
const maxFaults = 10_000

// Fault is one thing that is wrong with an entry.
type Fault struct {
	// Line of the CSV file, from 1; 0 outside of a file.
	Line int `json:"line,omitempty"`
	// Field is the column, or outside of a file the path, such as "entries[2].alias".
	// Empty when the whole line is at fault.
	Field string `json:"field,omitempty"`
	// Value is what was found, shortened.
	Value string `json:"value,omitempty"`
	// Problem says what is wrong and what to write instead.
	Problem string `json:"problem"`
}

// String returns the fault as one line.
func (f Fault) String() string {
	var b strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", f.Line)
	}
	if f.Field != "" {
		b.WriteString(f.Field)
		if f.Value != "" {
			fmt.Fprintf(&b, " %q", f.Value)
		}
		b.WriteString(": ")
	}
	b.WriteString(f.Problem)
	return b.String()
}

// Error is returned for faulty entries by [ParseAlias], [List.Add], [ReadCSV] and
// [WriteCSV]. It holds every fault, up to ten thousand; More counts those beyond.
type Error struct {
	Faults []Fault `json:"faults"`
	More   int     `json:"more,omitempty"`
}

// Error lists the first twenty faults, one a line.
func (e *Error) Error() string {
	const listed = 20
	if len(e.Faults) == 1 && e.More == 0 {
		return "blacklist: " + e.Faults[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "blacklist: %d faults:", len(e.Faults)+e.More)
	for _, f := range e.Faults[:min(listed, len(e.Faults))] {
		b.WriteString("\n\t" + f.String())
	}
	if rest := len(e.Faults) + e.More - listed; rest > 0 {
		fmt.Fprintf(&b, "\n\tand %d more", rest)
	}
	return b.String()
}

func (e *Error) add(faults ...Fault) {
	room := min(len(faults), maxFaults-len(e.Faults))
	e.Faults = append(e.Faults, faults[:room]...)
	e.More += len(faults) - room
}

// orNil keeps a nil *Error from becoming an error that is not nil.
func (e *Error) orNil() error {
	if len(e.Faults) == 0 {
		return nil
	}
	return e
}

// clip shortens a value for display in a fault.
func clip(value string) string {
	const most = 80
	if len(value) <= most {
		return value
	}
	return strings.ToValidUTF8(value[:most], "") + "…"
}
