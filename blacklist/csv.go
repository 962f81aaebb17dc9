package blacklist

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/usher-go/usher/internal/spreadsheet"
)

// MaxCSV is the size in bytes of the largest file that [ReadCSV] takes.
const MaxCSV = 16 << 20

// columns of a CSV file, in the order in which WriteCSV writes them.
var columns = [...]string{"alias", "scope", "direction", "reason", "author", "created", "expires"}

// ReadCSV reads entries from a CSV file whose first line names its columns:
//
//	alias,scope,direction,reason,author,created,expires
//
// Columns may come in any order; all but alias may be absent, and an empty cell means what
// the zero value means in [Entry]. Times are RFC 3339, as 2026-12-31T23:59:59Z. Files are
// accepted as spreadsheets write them: with a byte order mark, a first line "sep=;",
// semicolons or tabs between cells, empty rows, empty cells added at the end of rows or cut
// off there, and line ends of any system. A cell that starts with an apostrophe followed by
// a character that starts a formula loses the apostrophe (see [WriteCSV]), so that both
// +5511912345678 and '+5511912345678 are that phone.
//
// It returns all entries or, when any line is faulty, none and an *[Error] with every
// fault and its line. Two lines for the same alias, scope and direction are a fault, since
// one of them would be lost. A file above [MaxCSV] is refused with [ErrTooLarge].
func ReadCSV(r io.Reader) ([]Entry, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxCSV+1))
	if err != nil {
		return nil, fmt.Errorf("blacklist: read csv: %w", err)
	}
	if len(data) > MaxCSV {
		return nil, fmt.Errorf("%w: more than %d bytes; split it", ErrTooLarge, MaxCSV)
	}
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		return nil, &Error{Faults: []Fault{{Line: 1, Problem: "the file is UTF-16; save it as CSV UTF-8"}}}
	}
	f := csvReader{rows: spreadsheet.Reader(data), lines: map[identity]int{}}
	f.rows.ReuseRecord = true
	f.read()
	if err := f.faults.orNil(); err != nil {
		return nil, err
	}
	return f.entries, nil
}

type csvReader struct {
	rows    *csv.Reader
	columns []string
	lines   map[identity]int // where each entry was first
	entries []Entry
	faults  Error
}

func (f *csvReader) read() {
	for {
		cells, err := f.rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if syntax, ok := errors.AsType[*csv.ParseError](err); ok {
			f.faults.add(Fault{Line: syntax.Line, Problem: fmt.Sprintf("column %d: %v", syntax.Column, syntax.Err)})
			if f.columns == nil {
				return // without its columns no line can be judged
			}
			continue
		}
		line, _ := f.rows.FieldPos(0)
		switch {
		case f.columns == nil:
			if !f.header(line, cells) {
				return
			}
		case strings.TrimSpace(strings.Join(cells, "")) != "":
			f.row(line, cells)
		}
	}
	if f.columns == nil && len(f.faults.Faults) == 0 {
		f.faults.add(Fault{Line: 1, Problem: "the file is empty; the first line must be " + strings.Join(columns[:], ",")})
	}
}

func (f *csvReader) header(line int, cells []string) bool {
	seen := map[string]bool{}
	for _, cell := range spreadsheet.Header(cells) {
		name := strings.ToLower(strings.TrimSpace(cell))
		switch {
		case !isColumn(name):
			f.faults.add(Fault{Line: line, Field: "header", Value: clip(cell), Problem: "unknown column; valid: " + strings.Join(columns[:], ", ")})
		case seen[name]:
			f.faults.add(Fault{Line: line, Field: "header", Value: clip(cell), Problem: "the column is there twice"})
		}
		seen[name] = true
		f.columns = append(f.columns, name)
	}
	if !seen["alias"] {
		f.faults.add(Fault{Line: line, Field: "header", Problem: "the column alias is missing"})
	}
	return len(f.faults.Faults) == 0
}

func isColumn(name string) bool {
	for _, c := range columns {
		if c == name {
			return true
		}
	}
	return false
}

func (f *csvReader) row(line int, cells []string) {
	cells, fits := spreadsheet.Fit(cells, len(f.columns))
	if !fits {
		f.faults.add(Fault{Line: line, Problem: fmt.Sprintf("has text in a cell beyond the %d columns of the header", len(f.columns))})
		return
	}
	e, faults := parseRow(f.columns, cells)
	e, more := e.clean()
	faults = append(faults, more...)
	if len(faults) == 0 {
		if first, ok := f.lines[e.identity()]; ok {
			faults = append(faults, Fault{Field: "alias", Value: e.Alias, Problem: fmt.Sprintf("is listed in line %d for the same scope and direction", first)})
		} else {
			f.lines[e.identity()] = line
			f.entries = append(f.entries, e)
		}
	}
	for i := range faults {
		faults[i].Line = line
	}
	f.faults.add(faults...)
}

func parseRow(columns, cells []string) (e Entry, faults []Fault) {
	instant := func(column, cell string) (t time.Time) {
		if cell = strings.TrimSpace(cell); cell == "" {
			return t
		}
		t, err := time.Parse(time.RFC3339Nano, cell)
		if err != nil {
			faults = append(faults, Fault{Field: column, Value: clip(cell), Problem: "is no RFC 3339 time, such as 2026-12-31T23:59:59Z"})
		}
		return t
	}
	for i, column := range columns {
		cell := fromCell(cells[i])
		switch column {
		case "alias":
			e.Alias = cell
		case "scope":
			e.Scope = cell
		case "direction":
			e.Direction = Direction(strings.ToLower(strings.TrimSpace(cell)))
		case "reason":
			e.Reason = cell
		case "author":
			e.Author = cell
		case "created":
			e.Created = instant(column, cell)
		case "expires":
			e.Expires = instant(column, cell)
		}
	}
	return e, faults
}
