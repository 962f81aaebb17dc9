package console

import (
	"strconv"
	"time"
)

// instant reads a parameter that is a time.
func (x *call) instant(name string, absent time.Time) (time.Time, error) {
	s := x.r.URL.Query().Get(name)
	if s == "" {
		return absent, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return absent, invalid("%s must be an instant such as 2026-03-02T09:00:00Z, is %q", name, s)
	}
	return t.UTC(), nil
}

func (x *call) integer(name string, absent, low, high uint64) (uint64, error) {
	s := x.r.URL.Query().Get(name)
	if s == "" {
		return absent, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n < low || n > high {
		return absent, invalid("%s must be %d to %d, is %q", name, low, high, s)
	}
	return n, nil
}

func (x *call) limit() (int, error) {
	n, err := x.integer("limit", 100, 1, 500)
	return int(n), err
}

// flag reads a parameter that is true or false; nil = absent.
func (x *call) flag(name string) (*bool, error) {
	s := x.r.URL.Query().Get(name)
	if s == "" {
		return nil, nil
	}
	v, err := strconv.ParseBool(s)
	if err != nil {
		return nil, invalid("%s must be true or false, is %q", name, s)
	}
	return &v, nil
}
