package blacklist_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/blacklist"
)

func TestReadCSV(t *testing.T) {
	full := blacklist.Entry{
		Alias: "phone:5511987654321", Scope: "sales", Direction: blacklist.Incoming, Reason: "rude, twice", Author: "ana",
		Created: noon, Expires: noon.Add(time.Hour),
	}
	plain := blacklist.Entry{Alias: "phone:5511987654321", Direction: blacklist.Both}
	const row = `+55 11 98765-4321,sales,incoming,"rude, twice",ana,2026-11-23T12:00:00Z,2026-11-23T10:00:00-03:00` + "\n"
	const head = "alias,scope,direction,reason,author,created,expires\n"
	for name, c := range map[string]struct {
		file string
		want []blacklist.Entry
	}{
		"full row":               {head + row, []blacklist.Entry{full}},
		"byte order mark":        {"\uFEFF" + head + row, []blacklist.Entry{full}},
		"windows lines":          {strings.ReplaceAll(head+row, "\n", "\r\n"), []blacklist.Entry{full}},
		"no entries":             {head, nil},
		"alias alone":            {"alias\n+5511987654321", []blacklist.Entry{plain}},
		"any order and case":     {"Direction, Alias\nBOTH,+5511987654321\n", []blacklist.Entry{plain}},
		"apostrophe":             {"alias\n'+5511987654321\n", []blacklist.Entry{plain}},
		"semicolons":             {"alias;reason\n+5511987654321;a,b\n", []blacklist.Entry{{Alias: plain.Alias, Direction: blacklist.Both, Reason: "a,b"}}},
		"tabs":                   {"alias\tscope\n+5511987654321\t\n", []blacklist.Entry{plain}},
		"hint of a separator":    {"sep=;\r\nalias;reason\r\n+5511987654321;a,b\r\n", []blacklist.Entry{{Alias: plain.Alias, Direction: blacklist.Both, Reason: "a,b"}}},
		"columns without a name": {"alias,scope,,\r\n+5511987654321,,,\r\n", []blacklist.Entry{plain}},
		"padded rows":            {"alias;scope\r\n+5511987654321;;;\r\n", []blacklist.Entry{plain}},
		"cut rows":               {"alias,scope,author\r\n+5511987654321\r\n", []blacklist.Entry{plain}},
		"old Mac lines":          {"alias,scope\r+5511987654321,\r", []blacklist.Entry{plain}},
		"empty rows":             {"\n" + head + "\n,,,,,,\n" + row + " ,,,,,,\n", []blacklist.Entry{full}},
		"same alias, two scopes": {"alias,scope\n@a,\n@a,x\n", []blacklist.Entry{{Alias: "name:@a", Direction: blacklist.Both}, {Alias: "name:@a", Scope: "x", Direction: blacklist.Both}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := blacklist.ReadCSV(strings.NewReader(c.file))
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestReadCSVReportsEveryFault(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"every line and field": {
			"alias,direction,expires\n" +
				"+5511987654321,,\n" +
				"11 98765,up,soon\n" +
				"\"+5511987654322\",\"\n\",\n" +
				"user:US.1,in,\n" +
				"+55 11 98765-4321,both,\n" +
				"user:US.2,,,over\n" +
				"us\"er,,\n" +
				"user:US.3,,2026-12-31\n",
			[]string{
				`line 3: expires "soon": is no RFC 3339 time`,
				`line 3: alias "11 98765": has no kind`,
				`line 3: direction "up": is unknown; valid: incoming, outgoing, both`,
				`line 6: direction "in": is unknown`,
				`line 7: alias "phone:5511987654321": is listed in line 2`,
				`line 8: has text in a cell beyond the 3 columns of the header`,
				`line 9: column 3: bare " in non-quoted-field`,
				`line 10: expires "2026-12-31": is no RFC 3339 time, such as 2026-12-31T23:59:59Z`,
			},
		},
		"header": {
			"alias,phone,reason,Reason\n+5511987654321,,,\n",
			[]string{
				`line 1: header "phone": unknown column; valid: alias, scope, direction, reason, author, created, expires`,
				`line 1: header "Reason": the column is there twice`,
			},
		},
		"no alias column":   {"scope\nsales\n", []string{"line 1: header: the column alias is missing"}},
		"no header":         {"+5511987654321\n", []string{`line 1: header "+5511987654321": unknown column`, "line 1: header: the column alias is missing"}},
		"empty":             {"", []string{"line 1: the file is empty"}},
		"broken header":     {"al\"ias\n+5511987654321\n", []string{`line 1: column 3: bare "`}},
		"quote never ends":  {"alias,reason\n@a,ok\n@b,\"oh\n@c,\n", []string{"column"}},
		"UTF-16":            {"\xff\xfea\x00l\x00", []string{"save it as CSV UTF-8"}},
		"not UTF-8":         {"alias,reason\n@a,\xe3o\n", []string{"line 2: reason"}},
		"number by a sheet": {"alias\n5.51191E+12\n", []string{`line 2: alias "5.51191E+12": has no kind; write a phone as +`}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := blacklist.ReadCSV(strings.NewReader(c.file))
			assert.Nil(t, got, "all or nothing")
			var typed *blacklist.Error
			require.ErrorAs(t, err, &typed)
			require.Len(t, typed.Faults, len(c.want), "%v", err)
			for i, want := range c.want {
				assert.Contains(t, typed.Faults[i].String(), want)
			}
			assert.True(t, strings.HasPrefix(err.Error(), "blacklist: "))
		})
	}
}

func TestReadCSVManyFaults(t *testing.T) {
	_, err := blacklist.ReadCSV(strings.NewReader("alias\n" + strings.Repeat("x\n", 25_000)))
	var typed *blacklist.Error
	require.ErrorAs(t, err, &typed)
	assert.Equal(t, 25_000, len(typed.Faults)+typed.More)
	assert.Len(t, typed.Faults, 10_000)
	assert.ErrorContains(t, err, "25000 faults")
	assert.ErrorContains(t, err, "and 24980 more")
	assert.Less(t, len(err.Error()), 10_000, "a message for people")
}

func TestReadCSVSize(t *testing.T) {
	row := "@a" + strings.Repeat(" ", 1021) + "\n"
	file := func(rows int) io.Reader {
		var b strings.Builder
		b.WriteString("alias\n")
		for i := range rows {
			fmt.Fprintf(&b, "@%d%s\n", i, strings.Repeat(" ", len(row)-2-len(fmt.Sprint(i))))
		}
		return strings.NewReader(b.String())
	}
	entries, err := blacklist.ReadCSV(file(blacklist.MaxCSV/len(row) - 1))
	require.NoError(t, err)
	assert.Len(t, entries, blacklist.MaxCSV/len(row)-1)
	_, err = blacklist.ReadCSV(file(blacklist.MaxCSV/len(row) + 1))
	require.ErrorIs(t, err, blacklist.ErrTooLarge)
}

func TestReadCSVPassesErrorsOn(t *testing.T) {
	_, err := blacklist.ReadCSV(io.MultiReader(strings.NewReader("alias\n"), iotest.ErrReader(errDown)))
	require.ErrorIs(t, err, errDown)
}

// hostile entries are what an export has to survive; the fuzz test starts from them too.
var hostile = []blacklist.Entry{
	{Alias: "+5511987654321", Reason: "=HYPERLINK(\"http://evil\")", Author: "+ana", Scope: "-1"},
	{Alias: "user:US.1", Reason: "'=already", Author: "''@twice", Scope: "'quoted'"},
	{Alias: "user:US.2", Reason: "\t=tab", Author: "＝wide"},
	{Alias: "user:US.3", Reason: "'", Author: "'plain"},
	{Alias: "@maria", Reason: "one\ntwo\r\nthree\rfour", Created: noon, Expires: noon.Add(1)},
	{Alias: "parent:US.ENT.1", Reason: "a;b,\"c\"\n", Direction: blacklist.Outgoing},
	{Alias: "user:US.4", Reason: "\n=newline first"},
	{Alias: "user:US.5", Reason: "\uFEFFmark", Created: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)},
	{Alias: `user:\.`, Reason: `\.`},
}

func TestCSVRoundTrip(t *testing.T) {
	want := listOf(t, hostile...).Entries()
	var file bytes.Buffer
	require.NoError(t, blacklist.WriteCSV(&file, want))
	got, err := blacklist.ReadCSV(&file)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestWriteCSVHarmless(t *testing.T) {
	var file bytes.Buffer
	require.NoError(t, blacklist.WriteCSV(&file, hostile))
	assertHarmless(t, file.Bytes())
	assert.Contains(t, file.String(), "phone:5511987654321,'-1,both,\"'=HYPERLINK(\"\"http://evil\"\")\",'+ana,,\n")
}

func assertHarmless(t *testing.T, file []byte) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	require.NoError(t, err)
	for _, row := range rows {
		for _, cell := range row {
			require.False(t, cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n"), "cell %q is a formula", cell)
		}
	}
}

func TestWriteCSVErrors(t *testing.T) {
	t.Run("faulty entry", func(t *testing.T) {
		var file bytes.Buffer
		err := blacklist.WriteCSV(&file, []blacklist.Entry{{Alias: "@a"}, {Alias: "x"}})
		require.ErrorContains(t, err, "entries[1].alias")
		assert.Zero(t, file.Len(), "nothing is written")
	})
	t.Run("writer", func(t *testing.T) {
		r, w := io.Pipe()
		require.NoError(t, r.CloseWithError(errDown))
		err := blacklist.WriteCSV(w, []blacklist.Entry{{Alias: "@a"}})
		require.ErrorIs(t, err, errDown)
	})
}

func FuzzCSV(f *testing.F) {
	var file bytes.Buffer
	if err := blacklist.WriteCSV(&file, hostile); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte("\uFEFFalias;reason\r\n'+5511987654321;''=x\r\n"))
	f.Add([]byte("alias,expires\n\"@a\n,2026-12-31T00:00:00Z\n"))
	f.Add([]byte("alias\n+55 (11) 98765-4321\n\n@b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := blacklist.ReadCSV(bytes.NewReader(data))
		if err != nil {
			var typed *blacklist.Error
			if entries != nil || !errors.As(err, &typed) || len(typed.Faults) == 0 {
				t.Fatalf("entries %v beside error %v", entries, err)
			}
			return
		}
		var l blacklist.List
		if err := l.Add(entries...); err != nil {
			t.Fatalf("a list refuses what the file gave: %v", err)
		}
		if l.Len() != len(entries) {
			t.Fatalf("%d entries, %d on the list", len(entries), l.Len())
		}
		var file bytes.Buffer
		if err := blacklist.WriteCSV(&file, entries); err != nil {
			t.Fatal(err)
		}
		assertHarmless(t, file.Bytes())
		again, err := blacklist.ReadCSV(&file)
		require.NoError(t, err)
		require.Equal(t, entries, again)
	})
}
