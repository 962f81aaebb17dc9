package spreadsheet_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/internal/spreadsheet"
)

func TestReaderTakesWhatSpreadsheetsWrite(t *testing.T) {
	want := [][]string{{"a", "b"}, {"1", "2"}}
	for name, file := range map[string]string{
		"commas":                          "a,b\n1,2\n",
		"semicolons":                      "a;b\r\n1;2\r\n",
		"tabs":                            "a\tb\n1\t2\n",
		"byte order mark":                 "\ufeffa,b\n1,2\n",
		"hint":                            "sep=;\r\na;b\r\n1;2\r\n",
		"hint for a comma":                "sep=,\na,b\n1,2\n",
		"hint for a tab":                  "sep=\t\na\tb\n1\t2\n",
		"hint for a bar, in capitals":     "SEP=|\na|b\n1|2\n",
		"byte order mark and hint":        "\ufeffsep=;\na;b\n1;2\n",
		"hint with cells added behind it": "sep=;;;\r\na;b\r\n1;2\r\n",
		"carriage returns alone":          "a,b\r1,2\r",
		"hint that names nothing":         "sep=\na,b\n1,2\n",
		"hint that cannot be":             "sep=\"\na,b\n1,2\n",
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := spreadsheet.Reader([]byte(file)).ReadAll()
			require.NoError(t, err)
			assert.Equal(t, want, rows)
		})
	}
}

func TestLinesAreThoseOfTheFile(t *testing.T) {
	r := spreadsheet.Reader([]byte("sep=;\na;b\n\n1;2\n"))
	for _, want := range []int{2, 4} {
		_, err := r.Read()
		require.NoError(t, err)
		line, _ := r.FieldPos(0)
		assert.Equal(t, want, line)
	}
}

func TestRowsFitTheHeader(t *testing.T) {
	assert.Equal(t, []string{"a", "", "b"}, spreadsheet.Header([]string{"a", "", "b", "", " "}))
	for name, c := range map[string]struct {
		cells, want []string
		ok          bool
	}{
		"as many":          {[]string{"1", "2"}, []string{"1", "2"}, true},
		"cut":              {[]string{"1"}, []string{"1", ""}, true},
		"padded":           {[]string{"1", "2", "", " "}, []string{"1", "2"}, true},
		"a cell too many":  {[]string{"1", "2", "", "x"}, []string{"1", "2", "", "x"}, false},
		"nothing at all":   {nil, []string{"", ""}, true},
		"one cell at most": {[]string{"", "2"}, []string{"", "2"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			row, ok := spreadsheet.Fit(c.cells, 2)
			assert.Equal(t, c.ok, ok)
			assert.Equal(t, c.want, row)
		})
	}
}

func FuzzReader(f *testing.F) {
	f.Add("sep=;\r\na;b\r\n")
	f.Fuzz(func(_ *testing.T, in string) { _, _ = spreadsheet.Reader([]byte(in)).ReadAll() })
}
