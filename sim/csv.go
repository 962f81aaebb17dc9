package sim

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usher-go/usher/internal/spreadsheet"
)

// InputError is everything that is wrong with a file of arrivals.
type InputError struct{ Faults []LineFault }

// LineFault is one thing wrong, with its line in the file from 1 and its column by name;
// "" is the line as a whole.
type LineFault struct {
	Line    int
	Field   string
	Problem string
}

// maxShown bounds how many faults an error writes out.
const maxShown = 50

// Error implements error, a line for each fault.
func (e *InputError) Error() string {
	var b strings.Builder
	for i, f := range e.Faults {
		if i == maxShown {
			fmt.Fprintf(&b, "… and %d more", len(e.Faults)-maxShown)
			break
		}
		fmt.Fprintf(&b, "line %d", f.Line)
		if f.Field != "" {
			fmt.Fprintf(&b, ", %s", f.Field)
		}
		fmt.Fprintf(&b, ": %s\n", f.Problem)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// The columns of the two forms. Those of the last line are not read.
var (
	callColumns  = []string{"arrived", "campaign", "handle", "waited", "left"}
	countColumns = []string{"date", "start", "start_hhmm", "calls", "campaign"}
	otherColumns = []string{"weekday", "bin", "id"}
)

// ReadCSV reads a history from CSV with a header, in one of two forms. A line for each
// interaction has the column arrived (such as 2026-03-02T09:30:00Z or 2026-03-02 09:30:00,
// then UTC) and may have campaign, handle and waited (seconds) and left (true for those who
// left without an answer). A line for each interval of time has the columns date
// (2026-03-02), start or start_hhmm (09:30) and calls (how many came), and may have
// campaign; the intervals are as long as the shortest distance between two that follow one
// another. Columns weekday, bin and id are not read; others are refused.
//
// Files are taken as spreadsheets write them in any language: with a byte order mark, a first
// line "sep=;", semicolons or tabs between cells, empty rows, and empty cells added at the end
// of rows or cut off there. campaign names the campaign of lines without that column. The error is an *[InputError]
// with every fault, or one of the reader.
func ReadCSV(in io.Reader, campaign string) (*History, error) {
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	r := &csvReader{in: spreadsheet.Reader(data), h: newHistory(), campaign: campaign}
	r.in.ReuseRecord = true
	if err := r.header(); err != nil {
		return nil, err
	}
	for {
		record, err := r.in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			r.faults = append(r.faults, LineFault{broken.Line, "", broken.Err.Error()})
			break // what follows cannot be told apart
		}
		if err != nil {
			return nil, err
		}
		r.line, _ = r.in.FieldPos(0)
		r.row(record)
	}
	return r.finish()
}

type csvReader struct {
	in       *csv.Reader
	h        *History
	campaign string
	columns  map[string]int
	width    int
	line     int
	faults   []LineFault
	calls    []csvCall
	counts   []csvCount
}

type csvCall struct {
	campaign       string
	at             time.Time
	handle, waited time.Duration
	left           bool
}

type csvCount struct {
	campaign string
	at       time.Time
	n        int
}

func (r *csvReader) fault(field, format string, args ...any) {
	r.faults = append(r.faults, LineFault{r.line, field, fmt.Sprintf(format, args...)})
}

func (r *csvReader) header() error {
	r.line = 1
	names, err := r.in.Read()
	if errors.Is(err, io.EOF) {
		return &InputError{[]LineFault{{1, "", "the file is empty; it must begin with the names of its columns"}}}
	}
	if err != nil {
		return &InputError{[]LineFault{{1, "", err.Error()}}}
	}
	r.line, _ = r.in.FieldPos(0)
	names = spreadsheet.Header(names)
	r.columns, r.width = map[string]int{}, len(names)
	for i, name := range names {
		name = strings.TrimSpace(name)
		if _, twice := r.columns[name]; twice {
			r.fault(name, "the column is there twice")
		}
		r.columns[name] = i
	}
	known, need := callColumns, []string{"arrived"}
	if !r.has("arrived") {
		known, need = countColumns, []string{"date", "calls"}
		if !r.has("start") && !r.has("start_hhmm") {
			need = append(need, "start")
		}
	}
	for _, name := range need {
		if !r.has(name) {
			r.fault(name, "the column is missing; a file has arrived, or date, start and calls")
		}
	}
	for _, name := range sortedKeys(r.columns) {
		if !slices.Contains(known, name) && !slices.Contains(otherColumns, name) {
			r.fault(name, "unknown column; valid: %s", strings.Join(append(slices.Clone(known), otherColumns...), ", "))
		}
	}
	if len(r.faults) > 0 {
		return &InputError{r.faults}
	}
	return nil
}

func (r *csvReader) has(column string) bool {
	_, ok := r.columns[column]
	return ok
}

func (r *csvReader) row(record []string) {
	record, fits := spreadsheet.Fit(record, r.width)
	switch {
	case !fits:
		r.fault("", "has text in a cell beyond the %d columns of the header", r.width)
		return
	case strings.TrimSpace(strings.Join(record, "")) == "":
		return
	}
	get := func(column string) string {
		if i, ok := r.columns[column]; ok {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	campaign := get("campaign")
	if campaign == "" {
		campaign = r.campaign
	}
	if campaign == "" {
		r.fault("campaign", "must not be empty: the file or the command has to name one")
	}
	campaign = strings.Clone(campaign)
	if r.has("arrived") {
		r.callRow(campaign, get)
	} else {
		r.countRow(campaign, get)
	}
}

func (r *csvReader) callRow(campaign string, get func(string) string) {
	c := csvCall{campaign: campaign, handle: r.seconds("handle", get("handle")), waited: r.seconds("waited", get("waited"))}
	var err error
	if c.at, err = time.Parse(time.RFC3339, get("arrived")); err != nil {
		if c.at, err = time.Parse(time.DateTime, get("arrived")); err != nil {
			r.fault("arrived", "must be an instant such as 2026-03-02T09:30:00Z, is %q", get("arrived"))
		}
	}
	switch strings.ToLower(get("left")) {
	case "", "false", "0", "no":
	case "true", "1", "yes":
		c.left = true
	default:
		r.fault("left", "must be true or false, is %q", get("left"))
	}
	r.calls = append(r.calls, c)
}

func (r *csvReader) seconds(field, text string) time.Duration {
	if text == "" {
		return 0
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0) || v > 1e8 {
		r.fault(field, "must be seconds, 0 or more, is %q", text)
		return 0
	}
	return time.Duration(v * 1e9)
}

func (r *csvReader) countRow(campaign string, get func(string) string) {
	date, err := time.Parse(time.DateOnly, get("date"))
	if err != nil {
		r.fault("date", "must be a day such as 2026-03-02, is %q", get("date"))
	}
	field := "start"
	if !r.has("start") {
		field = "start_hhmm"
	}
	clock, clockErr := parseClock(get(field))
	if clockErr != nil {
		r.fault(field, "%v", clockErr)
	}
	n, err := strconv.Atoi(get("calls"))
	if err != nil || n < 0 || n > 1e6 {
		r.fault("calls", "must be a number of 0 to 1000000, is %q", get("calls"))
	}
	r.counts = append(r.counts, csvCount{campaign, date.Add(time.Duration(clock)), n})
}

// finish makes a history of what was read.
func (r *csvReader) finish() (*History, error) {
	if len(r.faults) == 0 && len(r.calls)+len(r.counts) == 0 {
		r.line++
		r.fault("", "there are no arrivals")
	}
	if len(r.faults) > 0 {
		return nil, &InputError{r.faults}
	}
	if days := r.days(); days > maxDays {
		return nil, &InputError{[]LineFault{{2, "", fmt.Sprintf("the arrivals are over %d days; at most %d can be read", days, maxDays)}}}
	}
	slices.SortStableFunc(r.calls, func(a, b csvCall) int { return a.at.Compare(b.at) })
	slices.SortStableFunc(r.counts, func(a, b csvCount) int { return a.at.Compare(b.at) })
	if len(r.calls) > 0 {
		r.h.Start = r.calls[0].at.UTC().Truncate(24 * time.Hour)
		r.h.Length = (r.calls[len(r.calls)-1].at.Sub(r.h.Start)/(24*time.Hour) + 1) * 24 * time.Hour
		for _, c := range r.calls {
			r.h.add(c.campaign, c.at, Call{Handle: For(c.handle)}, c.waited, c.left)
		}
		return r.h, nil
	}
	r.h.Start = r.counts[0].at.Truncate(24 * time.Hour)
	r.h.Length = (r.counts[len(r.counts)-1].at.Sub(r.h.Start)/(24*time.Hour) + 1) * 24 * time.Hour
	width := r.intervalLength()
	r.h.Every = For(width)
	cells := int(r.h.Length / width)
	for _, c := range r.counts {
		if r.h.Counts[c.campaign] == nil {
			r.h.Counts[c.campaign] = make([]int, cells)
		}
		r.h.Counts[c.campaign][int(c.at.Sub(r.h.Start)/width)] += c.n
	}
	return r.h, nil
}

// maxDays keeps a wrong date from taking all memory.
const maxDays = 3660

// days is over how many days the arrivals are.
func (r *csvReader) days() int {
	var first, last time.Time
	see := func(t time.Time) {
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	for _, c := range r.calls {
		see(c.at)
	}
	for _, c := range r.counts {
		see(c.at)
	}
	return int((last.Unix()-first.Unix())/86400) + 1
}

// intervalLength is the length of the intervals.
func (r *csvReader) intervalLength() time.Duration {
	width := 24 * time.Hour
	for i := 1; i < len(r.counts); i++ {
		if d := r.counts[i].at.Sub(r.counts[i-1].at); d > 0 {
			width = min(width, d)
		}
	}
	return width
}
