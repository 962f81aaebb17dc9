package cloudapi

import (
	"bytes"
	"encoding/json"
	"iter"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// scanner walks a JSON text once, front to back. The text must have passed
// [json.Valid]; after that no syntax error is possible and none is looked for.
//
// It never complains about types either. Meta's fields change between string and number
// from one payload to the next, so every reader below takes what is there and gives the
// zero value for what it cannot use.
type scanner struct {
	b []byte
	i int
}

// members yields the keys of the object at the cursor. The body of the loop may read the
// member's value, or leave it: what is not read is skipped. It must not break out.
func (s *scanner) members() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !s.open('{') {
			return
		}
		for s.more('}') {
			key := s.key()
			s.i++ // the colon, which key has found
			s.space()
			at := s.i
			if !yield(key) {
				return
			}
			if s.i == at {
				s.skip()
			}
		}
	}
}

// items yields once for every element of the array at the cursor, like members.
func (s *scanner) items() iter.Seq[int] {
	return func(yield func(int) bool) {
		if !s.open('[') {
			return
		}
		for n := 0; s.more(']'); n++ {
			at := s.i
			if !yield(n) {
				return
			}
			if s.i == at {
				s.skip()
			}
		}
	}
}

// open enters an object or array; any other value is skipped.
func (s *scanner) open(brace byte) bool {
	s.space()
	if s.b[s.i] != brace {
		s.skip()
		return false
	}
	s.i++
	return true
}

// more moves to the next member or element, or past the closing brace.
func (s *scanner) more(end byte) bool {
	s.space()
	if s.b[s.i] == ',' {
		s.i++
		s.space()
	}
	if s.b[s.i] == end {
		s.i++
		return false
	}
	return true
}

// key reads a member's name and stops at the colon.
func (s *scanner) key() []byte {
	raw := s.raw()
	s.space()
	if bytes.IndexByte(raw, '\\') >= 0 {
		return []byte(unquote(raw))
	}
	return raw[1 : len(raw)-1]
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// raw returns the next value as it stands. It shares the scanner's memory.
func (s *scanner) raw() []byte {
	s.space()
	start := s.i
	s.skip()
	return s.b[start:s.i:s.i]
}

// skip passes over one value.
func (s *scanner) skip() {
	s.space()
	switch s.b[s.i] {
	case '"':
		s.skipString()
	case '{', '[':
		s.skipNested()
	default:
		s.skipWord()
	}
}

func (s *scanner) skipString() {
	i := s.i + 1
	for s.b[i] != '"' {
		if s.b[i] == '\\' {
			i++
		}
		i++
	}
	s.i = i + 1
}

func (s *scanner) skipNested() {
	for depth := 0; ; {
		switch s.b[s.i] {
		case '"':
			s.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.i++
		if depth == 0 {
			return
		}
	}
}

// skipWord passes over a number, true, false or null.
func (s *scanner) skipWord() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return
		}
		s.i++
	}
}

// text reads a string, or a number or boolean as it is written. Null, objects and arrays
// give "".
func (s *scanner) text() string { return unquote(s.raw()) }

// number reads a number, or a string that holds one.
func (s *scanner) number() float64 {
	f, err := strconv.ParseFloat(s.text(), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// integer reads a whole number, or a string that holds one.
func (s *scanner) integer() int64 {
	text := s.text()
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(f) > 1<<53 {
		return 0
	}
	return int64(f)
}

// unix reads a time in seconds since 1970, given as a string or a number.
func (s *scanner) unix() time.Time {
	n := s.integer()
	if n <= 0 || n > maxUnix {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// maxUnix is the end of the year 9999, the last that JSON can carry.
const maxUnix = 253402300799

// boolean reads true, or a string that says so.
func (s *scanner) boolean() bool { return s.text() == "true" }

// copied reads a value as it stands, in memory of its own: the body it came in goes back
// to a pool, and one small value must not hold 3 MB.
func (s *scanner) copied() []byte { return bytes.Clone(s.raw()) }

func unquote(raw []byte) string {
	switch raw[0] {
	case '"':
		body := raw[1 : len(raw)-1]
		if bytes.IndexByte(body, '\\') < 0 && utf8.Valid(body) {
			return string(body)
		}
		var text string
		_ = json.Unmarshal(raw, &text) // valid already; it mends broken UTF-8
		return text
	case 'n', '{', '[':
		return ""
	}
	return string(raw)
}
