package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// testCase is one case of a file: a model, and what is known of it.
type testCase struct {
	path     string // in the file, for faults
	ID       string `json:"id"`
	Family   string `json:"family"`
	params   map[string]json.RawMessage
	sim      json.RawMessage
	expected []member
	note     string
	// precision says by figure how much it varies, per √arrival.
	precision map[string]struct {
		Sigma float64 `json:"sigma_per_sqrt_arrival"`
	}
}

// fileError is everything that is wrong with a file.
type fileError struct{ faults []string }

func (e *fileError) Error() string { return strings.Join(e.faults, "\n") }

func (e *fileError) add(path, format string, args ...any) {
	e.faults = append(e.faults, path+": "+fmt.Sprintf(format, args...))
}

func (e *fileError) orNil() error {
	if len(e.faults) == 0 {
		return nil
	}
	return e
}

// readCases reads the cases of a file whose ids match.
func readCases(name string, only *regexp.Regexp) ([]testCase, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return parseCases(data, only)
}

func parseCases(data []byte, only *regexp.Regexp) ([]testCase, error) {
	var file struct {
		Cases *[]json.RawMessage `json:"cases"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, &fileError{[]string{"not a file of cases: " + place(data, err)}}
	}
	if file.Cases == nil || len(*file.Cases) == 0 {
		return nil, &fileError{[]string{"cases: must be a list with at least one case"}}
	}
	var all []testCase
	faults := &fileError{}
	seen := map[string]int{}
	for i, raw := range *file.Cases {
		c := parseCase(faults, fmt.Sprintf("cases[%d]", i), raw)
		if first, twice := seen[c.ID]; twice && c.ID != "" {
			faults.add(c.path+".id", "%q is cases[%d] already", c.ID, first)
		}
		seen[c.ID] = i
		if only.MatchString(c.ID) {
			all = append(all, c)
		}
	}
	return all, faults.orNil()
}

// place adds the line to an error of the decoder.
func place(data []byte, err error) string {
	at := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = e.Offset
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		at = e.Offset
	}
	if at < 0 || at > int64(len(data)) {
		return err.Error()
	}
	return fmt.Sprintf("line %d: %v", 1+strings.Count(string(data[:at]), "\n"), err)
}

func parseCase(faults *fileError, path string, raw json.RawMessage) testCase {
	var c struct {
		ID       string                     `json:"id"`
		Family   string                     `json:"family"`
		Params   map[string]json.RawMessage `json:"params"`
		Sim      json.RawMessage            `json:"sim"`
		Expected json.RawMessage            `json:"expected"`
		Note     string                     `json:"tolerance_note"`

		Precision map[string]struct {
			Sigma float64 `json:"sigma_per_sqrt_arrival"`
		} `json:"precision"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		faults.add(path, "%v", err)
		return testCase{path: path}
	}
	if c.ID == "" {
		faults.add(path+".id", "must not be empty")
	}
	if len(c.Params) == 0 && c.Sim == nil {
		faults.add(path+".params", "must not be empty")
	}
	out := testCase{path: path, ID: c.ID, Family: c.Family, params: c.Params, note: c.Note, precision: c.Precision}
	if string(c.Sim) != "null" {
		out.sim = c.Sim
	}
	var err error
	if out.expected, err = members(c.Expected); err != nil {
		faults.add(path+".expected", "must be an object of figures: %v", err)
	} else if len(out.expected) == 0 {
		faults.add(path+".expected", "must not be empty")
	}
	return out
}

// member is one member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// members returns the members of an object in the order in which they are written.
func members(raw json.RawMessage) ([]member, error) {
	if len(raw) == 0 {
		return nil, fmt.Errorf("is missing")
	}
	var byName map[string]json.RawMessage
	if err := json.Unmarshal(raw, &byName); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	var out []member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		out = append(out, member{fmt.Sprint(name), value})
	}
	return out, nil
}

// inexpressible says why a case cannot be simulated. It is no fault of the file.
type inexpressible struct{ why string }

func (e *inexpressible) Error() string { return e.why }

func cannot(format string, args ...any) error {
	return &inexpressible{fmt.Sprintf(format, args...)}
}

// has reports whether a parameter is set.
func (c *testCase) has(key string) bool {
	v, ok := c.params[key]
	return ok && string(v) != "null"
}

// take decodes a parameter; one that is not set leaves v as it is.
func (c *testCase) take(key string, v any) error {
	if !c.has(key) {
		return nil
	}
	if err := json.Unmarshal(c.params[key], v); err != nil {
		return fmt.Errorf("%s.params.%s: %w", c.path, key, err)
	}
	return nil
}

// rawList returns the items of a list, none if it is no list.
func rawList(raw json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	_ = json.Unmarshal(raw, &list) // whoever reads the items finds that there are none
	return list
}
