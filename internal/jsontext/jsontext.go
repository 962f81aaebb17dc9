// Package jsontext writes JSON by appending to a slice, for what is written so often that
// encoding/json would be most of the work.
package jsontext

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// AppendString appends s as a JSON string. What is not UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			dst = append(append(dst, s[start:i]...), "\ufffd"...)
		} else {
			dst = appendEscaped(append(dst, s[start:i]...), c)
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// AppendRaw appends a value that is JSON already, without its outer space. One that is
// not JSON is appended as a string, so that what follows can be read.
func AppendRaw(dst []byte, raw []byte) []byte {
	if !json.Valid(raw) {
		return AppendString(dst, string(raw))
	}
	if !utf8.Valid(raw) {
		raw = []byte(string([]rune(string(raw))))
	}
	return append(dst, raw...)
}

// Object appends the fields of a JSON object, those with something in them.
type Object struct {
	Bytes []byte
	begun bool
}

// Begin returns an object that continues dst.
func Begin(dst []byte) Object { return Object{Bytes: append(dst, '{')} }

// End closes the object and returns what was written.
func (o *Object) End() []byte { return append(o.Bytes, '}') }

// Empty reports whether no field has been written.
func (o *Object) Empty() bool { return !o.begun }

// Key appends the name of a field, whose value is to follow. Names need no escape.
func (o *Object) Key(name string) {
	if o.begun {
		o.Bytes = append(o.Bytes, ',')
	}
	o.begun = true
	o.Bytes = append(o.Bytes, '"')
	o.Bytes = append(o.Bytes, name...)
	o.Bytes = append(o.Bytes, '"', ':')
}

// String appends a field unless it is "".
func (o *Object) String(name, s string) {
	if s != "" {
		o.Key(name)
		o.Bytes = AppendString(o.Bytes, s)
	}
}

// Strings appends a list unless it is empty.
func (o *Object) Strings(name string, list []string) {
	if len(list) == 0 {
		return
	}
	o.Key(name)
	sep := byte('[')
	for _, s := range list {
		o.Bytes = AppendString(append(o.Bytes, sep), s)
		sep = ','
	}
	o.Bytes = append(o.Bytes, ']')
}

// Int appends a field unless it is 0.
func (o *Object) Int(name string, n int64) {
	if n != 0 {
		o.Key(name)
		o.Bytes = strconv.AppendInt(o.Bytes, n, 10)
	}
}

// Uint appends a field unless it is 0.
func (o *Object) Uint(name string, n uint64) {
	if n != 0 {
		o.Key(name)
		o.Bytes = strconv.AppendUint(o.Bytes, n, 10)
	}
}

// Bool appends a field unless it is false.
func (o *Object) Bool(name string, b bool) {
	if b {
		o.Key(name)
		o.Bytes = append(o.Bytes, "true"...)
	}
}

// Time appends a field, RFC 3339 in UTC, unless it is the zero time.
func (o *Object) Time(name string, t time.Time) {
	if !t.IsZero() {
		o.Key(name)
		o.Bytes = AppendTime(o.Bytes, t)
	}
}

// Raw appends a field that is JSON already, unless it is empty.
func (o *Object) Raw(name string, raw []byte) {
	if len(raw) > 0 {
		o.Key(name)
		o.Bytes = AppendRaw(o.Bytes, raw)
	}
}

// Value appends a field that is known to be JSON, unless it is empty.
func (o *Object) Value(name string, value []byte) {
	if len(value) > 0 {
		o.Key(name)
		o.Bytes = append(o.Bytes, value...)
	}
}

// AppendTime appends an instant as RFC 3339 in UTC, in quotes, to the nanosecond.
func AppendTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}
