// Package spreadsheet reads CSV files as spreadsheets write them in any language.
package spreadsheet

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
)

// Reader returns a reader of the rows of a file. The separator is that of a first line such
// as "sep=;", which Excel understands, else the comma, semicolon or tab in the first line.
// A byte order mark is skipped, and carriage returns alone end lines where there is no line
// feed. Rows may have any number of cells, see [Fit]; line numbers are those of the file.
func Reader(data []byte) *csv.Reader {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if !bytes.ContainsRune(data, '\n') {
		data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	var comma rune
	if hint, ok := strings.CutPrefix(strings.ToLower(strings.TrimRight(string(first), "\r,;")), "sep="); ok {
		// TrimRight above takes cells that were added behind the hint, and the hint itself
		// when it is a comma or a semicolon.
		if comma = ','; hint != "" {
			comma = []rune(hint)[0]
		} else if c := bytes.IndexAny(first, ",;"); c >= 0 {
			comma = rune(first[c])
		}
		data = data[len(first):] // an empty line, which counts and is skipped
	} else {
		comma = separator(data)
	}
	r := csv.NewReader(bytes.NewReader(data))
	if comma == '"' || comma == '\r' || comma == '\n' || comma == '\uFFFD' {
		comma = ','
	}
	r.Comma, r.FieldsPerRecord = comma, -1
	return r
}

// separator returns what separates the cells of the first line that is not empty.
func separator(data []byte) rune {
	head, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	for _, s := range ",;\t" {
		if bytes.ContainsRune(head, s) {
			return s
		}
	}
	return ','
}

// Header returns the names of columns without the empty cells at the end.
func Header(cells []string) []string {
	cells = slices.Clone(cells)
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// Fit returns a row with exactly n cells: cells that were cut off at the end are empty, and
// empty cells beyond the header are left out. It is not ok when one of those says something.
func Fit(cells []string, n int) (row []string, ok bool) {
	for len(cells) < n {
		cells = append(cells, "")
	}
	for _, c := range cells[n:] {
		if strings.TrimSpace(c) != "" {
			return cells, false
		}
	}
	return cells[:n], true
}
