package blacklist

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Direction is who began: the customer, or the campaign.
type Direction string

// The directions.
const (
	Incoming Direction = "incoming" // the customer writes
	Outgoing Direction = "outgoing" // an agent, a bot or the host starts
	Both     Direction = "both"
)

// The longest texts of an entry, in bytes.
const (
	maxScope  = 256
	maxAuthor = 256
	maxReason = 2000
)

// Entry lists one customer. Alias, Scope and Direction together are its identity: of
// entries that have the same three, a list holds the one that was added last.
type Entry struct {
	// Alias is the customer, in any form that [ParseAlias] takes; a [List] keeps and
	// returns the form that it gives.
	Alias string `json:"alias"`
	// Scope is the id of the campaign for which the entry holds; "" = all campaigns.
	Scope string `json:"scope,omitempty"`
	// Direction that is stopped; "" means [Both], and a [List] returns it as that.
	Direction Direction `json:"direction,omitempty"`
	// Reason and Author are for people. Reason may have several lines.
	Reason string `json:"reason,omitempty"`
	Author string `json:"author,omitempty"`
	// Created is for people too: an entry holds from when it is added. May be zero.
	Created time.Time `json:"created,omitzero"`
	// Expires is the first instant at which the entry holds no more; zero = never.
	Expires time.Time `json:"expires,omitzero"`
}

// Expired reports whether the entry holds no more at now.
func (e Entry) Expired(now time.Time) bool {
	return !e.Expires.IsZero() && !now.Before(e.Expires)
}

// clean returns the entry as a list keeps it, and what is wrong with it. A clean entry
// comes back unchanged from clean, from JSON and from CSV.
func (e Entry) clean() (Entry, []Fault) {
	var faults []Fault
	fault := func(field, value, problem string) {
		if problem != "" {
			faults = append(faults, Fault{Field: field, Value: clip(value), Problem: problem})
		}
	}
	alias, problem := parseAlias(e.Alias)
	fault("alias", e.Alias, problem)
	e.Alias = alias

	e.Scope, e.Author, e.Reason = strings.TrimSpace(e.Scope), strings.TrimSpace(e.Author), unixLines(e.Reason)
	fault("scope", e.Scope, badText(e.Scope, maxScope, ""))
	fault("author", e.Author, badText(e.Author, maxAuthor, ""))
	fault("reason", e.Reason, badText(e.Reason, maxReason, "\n\t"))

	if e.Direction == "" {
		e.Direction = Both
	}
	fault("direction", string(e.Direction), badDirection(e.Direction))

	e.Created, e.Expires = plainTime(e.Created), plainTime(e.Expires)
	fault("created", e.Created.Format(time.RFC3339Nano), badTime(e.Created))
	fault("expires", e.Expires.Format(time.RFC3339Nano), badTime(e.Expires))
	if !e.Created.IsZero() && !e.Expires.IsZero() && !e.Expires.After(e.Created) {
		fault("expires", e.Expires.Format(time.RFC3339Nano), "must be after created")
	}
	return e, faults
}

func badDirection(d Direction) string {
	switch d {
	case Incoming, Outgoing, Both:
		return ""
	}
	return fmt.Sprintf("is unknown; valid: %s, %s, %s", Incoming, Outgoing, Both)
}

// badText refuses what would not come back from a file as it was written, and what would
// hide something from the person who reads it.
func badText(s string, most int, allowed string) string {
	if len(s) > most {
		return fmt.Sprintf("is %d bytes long, the longest is %d", len(s), most)
	}
	if !utf8.ValidString(s) {
		return "is not valid UTF-8"
	}
	for _, r := range s {
		if unicode.IsControl(r) && !strings.ContainsRune(allowed, r) {
			return fmt.Sprintf("has the control character %q", r)
		}
	}
	return ""
}

func badTime(t time.Time) string {
	if y := t.Year(); y < 0 || y > 9999 {
		return "must lie in the years 0 to 9999"
	}
	return ""
}

// unixLines makes line ends what a CSV reader makes of them.
func unixLines(s string) string {
	if !strings.ContainsRune(s, '\r') {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// plainTime strips the zone and the monotonic reading, which no file keeps.
func plainTime(t time.Time) time.Time { return t.Round(0).UTC() }
