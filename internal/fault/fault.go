// Package fault has the one type of what is wrong with a document or a configuration: a
// path and a problem. Every validator collects faults, so that all of them are reported at
// once.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Fault is one thing wrong, such as {"campaigns[0].whatsapp.maxTime", "must be ≥ 0, is -5"}.
type Fault struct {
	Path    string `json:"path"` // "" = the whole
	Problem string `json:"problem"`
}

// String returns "path: problem".
func (f Fault) String() string {
	if f.Path == "" {
		return f.Problem
	}
	return f.Path + ": " + f.Problem
}

// Faults is a list of faults as one error.
type Faults []Fault

// Error implements error, a line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, x := range f {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}

// Add appends a fault.
func (f *Faults) Add(path, format string, args ...any) {
	*f = append(*f, Fault{path, fmt.Sprintf(format, args...)})
}

// Err returns the faults as an error, nil if there are none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Under appends the faults of an error found below a path. An error that is no [Faults] is
// one fault.
func (f *Faults) Under(path string, err error) {
	if err == nil {
		return
	}
	var list Faults
	if !errors.As(err, &list) {
		f.Add(path, "%v", err)
		return
	}
	for _, x := range list {
		*f = append(*f, Fault{Join(path, x.Path), x.Problem})
	}
}

// Join appends a path to another.
func Join(path, more string) string {
	if path == "" || more == "" || strings.HasPrefix(more, "[") {
		return path + more
	}
	return path + "." + more
}
