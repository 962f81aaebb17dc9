package schedule

import (
	"errors"
	"fmt"
	"time"
)

// ErrNoZones is wrapped by the error of [LoadZone] when the time zone database is missing:
// the machine has none and the program does not embed one.
var ErrNoZones = errors.New("this machine has no time zone database")

// LoadZone returns the location of an IANA time zone, "" = UTC. The error says whether the
// name is unknown, or the whole database is missing and what to do about it.
func LoadZone(name string) (*time.Location, error) { return loadZone(name, time.LoadLocation) }

// anyZone is in every time zone database.
const anyZone = "Europe/London"

func loadZone(name string, load func(string) (*time.Location, error)) (*time.Location, error) {
	loc, err := load(name)
	if err == nil && name != "Local" {
		return loc, nil
	}
	if _, missing := load(anyZone); missing != nil {
		return nil, fmt.Errorf("time zone %q: %w: install tzdata, or embed the database with import _ \"time/tzdata\" in the program", name, ErrNoZones)
	}
	return nil, fmt.Errorf("unknown time zone %q; valid: IANA names such as \"Europe/Madrid\"", name)
}
