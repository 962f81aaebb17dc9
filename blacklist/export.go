package blacklist

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// WriteCSV writes entries as a CSV file that [ReadCSV] reads back to the same entries, in
// UTF-8 without a byte order mark (write one first for a spreadsheet that wants it).
//
// Spreadsheets take a cell that starts with = + - @ for a formula and run it. Aliases are
// written with their kind, phone:5511912345678 rather than +5511912345678, so that they
// neither look like a formula nor lose digits as a number. Any other cell that starts like
// a formula is written with an apostrophe before it, by which spreadsheets know text; a
// cell that had such apostrophes itself gets one more, so that ReadCSV can take exactly
// one away.
//
// Entries must be fit for a [List]: otherwise nothing is written and the error is an
// *[Error]. Other errors are those of w. A list so long that its file is above [MaxCSV]
// has to be split to be read back.
func WriteCSV(w io.Writer, entries []Entry) error {
	clean, err := cleanAll(entries)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	_ = out.Write(columns[:]) // the writer keeps its first error for Error
	for _, e := range clean {
		_ = out.Write([]string{
			toCell(e.Alias), toCell(e.Scope), toCell(string(e.Direction)), toCell(e.Reason), toCell(e.Author),
			timeCell(e.Created), timeCell(e.Expires),
		})
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("blacklist: write csv: %w", err)
	}
	return nil
}

func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// toCell disarms a cell; fromCell undoes it. Both look behind any apostrophes, so that
// fromCell(toCell(s)) is s for every s.
func toCell(s string) string {
	if startsFormula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

func fromCell(s string) string {
	if text, ok := strings.CutPrefix(s, "'"); ok && startsFormula(strings.TrimLeft(text, "'")) {
		return text
	}
	return s
}

// startsFormula knows the characters of OWASP's page on CSV injection: those that start a
// formula, their full-width forms, and the white space that some programs skip first.
func startsFormula(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", first)
}
