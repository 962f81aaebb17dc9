package schedule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher/internal/fault"
)

// Schedule is a week of opening hours with exceptions. It is plain data that marshals to
// JSON and back; unknown fields are refused. A schedule without ranges is always closed;
// callers use a nil *Schedule for "always open".
type Schedule struct {
	// Zone is an IANA name such as "Europe/Madrid"; "" = UTC.
	Zone string `json:"zone,omitempty"`
	Week []Rule `json:"week"`
	// Exceptions replace the week's ranges that begin on their dates.
	Exceptions []Exception `json:"exceptions,omitempty"`
}

// Rule opens on some days of the week. Rules may overlap; what they cover together is open.
type Rule struct {
	Days []string `json:"days"` // "mon" … "sun"
	Range
}

// Range is a span of wall-clock time, From inclusive, To exclusive, as "HH:MM". To may be
// "24:00". A To before From is on the next day. The whole day is 00:00 to 24:00; From
// equal to To is refused, because it could mean that or nothing.
type Range struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Exception is a date with hours of its own. A range that began the evening before, by the
// week or by that day's exception, runs to its end.
type Exception struct {
	Date   string  `json:"date"` // "2026-12-25"
	Closed bool    `json:"closed,omitempty"`
	Ranges []Range `json:"ranges,omitempty"`
	Note   string  `json:"note,omitempty"`
}

// Faults are everything wrong with a schedule, as one error.
type Faults = fault.Faults

// Fault is one thing wrong, such as {"week[2].from", `must be HH:MM, is "9"`}.
type Fault = fault.Fault

// Parse reads a schedule from JSON and checks it. The error is a [Faults].
func Parse(data []byte) (Schedule, error) {
	var s Schedule
	if err := json.Unmarshal(data, &s); err != nil {
		if f, ok := errors.AsType[Faults](err); ok {
			return Schedule{}, f
		}
		return Schedule{}, Faults{{Problem: err.Error()}}
	}
	if _, err := s.Compile(); err != nil {
		return Schedule{}, err
	}
	return s, nil
}

// UnmarshalJSON refuses unknown fields, with the list of the valid ones.
func (s *Schedule) UnmarshalJSON(data []byte) error {
	type plain Schedule
	var p plain
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Faults{{Problem: explain(err)}}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Faults{{Problem: "there is more text after the end"}}
	}
	*s = Schedule(p)
	return nil
}

// explain adds what is valid to what encoding/json says of an unknown field.
func explain(err error) string {
	text := strings.TrimPrefix(err.Error(), "json: ")
	if !strings.HasPrefix(text, "unknown field") {
		return text
	}
	var names []string
	for _, t := range []reflect.Type{
		reflect.TypeFor[Schedule](), reflect.TypeFor[Rule](), reflect.TypeFor[Range](), reflect.TypeFor[Exception](),
	} {
		for _, f := range reflect.VisibleFields(t) {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return text + "; valid: " + strings.Join(names, ", ")
}

var dayNames = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday

// Compile checks the schedule. The error is a [Faults] with every fault.
func (s Schedule) Compile() (*Hours, error) {
	var f Faults
	h := &Hours{}
	loc, err := LoadZone(s.Zone)
	if err != nil {
		f.Add("zone", "%v", err)
		loc = time.UTC
	}
	h.loc = loc
	for i, r := range s.Week {
		h.addRule(&f, fmt.Sprintf("week[%d]", i), r)
	}
	seen := map[string]int{}
	for i, x := range s.Exceptions {
		path := fmt.Sprintf("exceptions[%d]", i)
		if first, twice := seen[x.Date]; twice {
			f.Add(path+".date", "%s is exceptions[%d] already", x.Date, first)
		}
		seen[x.Date] = i
		h.addException(&f, path, x)
	}
	if len(f) > 0 {
		return nil, f
	}
	h.finish()
	return h, nil
}

func (h *Hours) addRule(f *Faults, path string, r Rule) {
	s, ok := parseRange(f, path, r.Range)
	if len(r.Days) == 0 {
		f.Add(path+".days", "must name at least one day")
	}
	for i, name := range r.Days {
		day := slices.Index(dayNames[:], name)
		if day < 0 {
			f.Add(fmt.Sprintf("%s.days[%d]", path, i), "unknown day %q; valid: mon, tue, wed, thu, fri, sat, sun", name)
		} else if ok {
			h.week[day] = append(h.week[day], s)
		}
	}
}

func (h *Hours) addException(f *Faults, path string, x Exception) {
	date, err := time.Parse(time.DateOnly, x.Date)
	if err != nil {
		f.Add(path+".date", "must be a date as YYYY-MM-DD, is %q", x.Date)
	}
	switch {
	case x.Closed && len(x.Ranges) > 0:
		f.Add(path, "is closed and has ranges: set one of them")
	case !x.Closed && len(x.Ranges) == 0:
		f.Add(path, "has no ranges: add some or set closed")
	}
	e := exception{day: dayNumber(date)}
	for i, r := range x.Ranges {
		if s, ok := parseRange(f, fmt.Sprintf("%s.ranges[%d]", path, i), r); ok {
			e.spans = append(e.spans, s)
		}
	}
	h.exceptions = append(h.exceptions, e)
}

// parseRange returns a range in seconds from the midnight it begins after.
func parseRange(f *Faults, path string, r Range) (span, bool) {
	from, ok1 := parseClock(f, path+".from", r.From)
	to, ok2 := parseClock(f, path+".to", r.To)
	if !ok1 || !ok2 {
		return span{}, false
	}
	switch {
	case from == daySeconds:
		f.Add(path+".from", "must be before 24:00")
		return span{}, false
	case from == to:
		f.Add(path+".to", "must differ from \"from\"; the whole day is 00:00 to 24:00")
		return span{}, false
	case to < from:
		to += daySeconds
	}
	return span{from, to}, true
}

func parseClock(f *Faults, path, s string) (int64, bool) {
	ok := len(s) == 5 && s[2] == ':'
	for _, i := range []int{0, 1, 3, 4} {
		ok = ok && s[i] >= '0' && s[i] <= '9'
	}
	if ok {
		hours, minutes := int64(s[0]-'0')*10+int64(s[1]-'0'), int64(s[3]-'0')*10+int64(s[4]-'0')
		if minutes < 60 && (hours < 24 || hours == 24 && minutes == 0) {
			return hours*3600 + minutes*60, true
		}
	}
	f.Add(path, "must be HH:MM from 00:00 to 24:00, is %q", s)
	return 0, false
}
