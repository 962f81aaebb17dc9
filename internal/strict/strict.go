// Package strict decodes JSON into structs and reports everything that does not fit at
// once, each fault with its path: unknown fields with the list of the valid ones, values
// of the wrong type, text after the end.
package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/usher-go/usher/internal/fault"
)

// Unmarshal decodes data into the struct that v points to. The error is a [fault.Faults]. Types
// that decode themselves are handed their part and report their own faults. With an error
// v has what fits, or nothing when the rest cannot be told from it.
func Unmarshal(data []byte, v any) error {
	var faults fault.Faults
	if !utf8.Valid(data) {
		faults.Add("", "not valid UTF-8 at byte %d", invalidAt(data))
		salvage(data, v)
		return faults
	}
	check(&faults, "", data, reflect.TypeOf(v).Elem())
	if len(faults) > 0 {
		salvage(data, v)
		return faults
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(v); err != nil {
		faults.Under("", err)
		return faults
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		faults.Add("", "there is more text after the end of the document")
	}
	return faults.Err()
}

// invalidAt returns the offset of the first byte that is not UTF-8. encoding/json would
// replace it, so that two different names become the same.
func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

// salvage reads what fits of a faulty document. A type that decodes itself ends the reading
// when it fails; half a document would look like one in which fields are missing.
func salvage(data []byte, v any) {
	var wrong *json.UnmarshalTypeError
	if err := json.Unmarshal(data, v); err != nil && !errors.As(err, &wrong) {
		reflect.ValueOf(v).Elem().SetZero()
	}
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// check walks the document beside the type it is meant for.
func check(f *fault.Faults, path string, data []byte, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	data = bytes.TrimSpace(data)
	if bytes.Equal(data, []byte("null")) {
		return
	}
	switch {
	case reflect.PointerTo(t).Implements(unmarshaler):
		f.Under(path, json.Unmarshal(data, reflect.New(t).Interface()))
	case t.Kind() == reflect.Struct:
		checkStruct(f, path, data, t)
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		var items []json.RawMessage
		if err := json.Unmarshal(data, &items); err != nil {
			f.Add(path, "%s", wanted(err, "a list"))
			return
		}
		for i, item := range items {
			check(f, fmt.Sprintf("%s[%d]", path, i), item, t.Elem())
		}
	case t.Kind() == reflect.Map:
		checkMap(f, path, data, t)
	default:
		if err := json.Unmarshal(data, reflect.New(t).Interface()); err != nil {
			f.Add(path, "%s", wanted(err, name(t)))
		}
	}
}

func checkStruct(f *fault.Faults, path string, data []byte, t reflect.Type) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		f.Add(path, "%s", wanted(err, "an object"))
		return
	}
	known := map[string]reflect.Type{}
	for _, sf := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if tag != "" && tag != "-" {
			known[tag] = sf.Type
		}
	}
	for _, key := range sorted(fields) {
		ft, ok := known[key]
		if !ok {
			f.Add(fault.Join(path, key), "unknown field; valid: %s", strings.Join(sorted(known), ", "))
			continue
		}
		check(f, fault.Join(path, key), fields[key], ft)
	}
}

func checkMap(f *fault.Faults, path string, data []byte, t reflect.Type) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		f.Add(path, "%s", wanted(err, "an object"))
		return
	}
	for _, key := range sorted(fields) {
		check(f, fault.Join(path, key), fields[key], t.Elem())
	}
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// wanted says what was expected, unless the text is no JSON at all.
func wanted(err error, what string) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("not JSON at byte %d: %v", syntax.Offset, err)
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		article := "a"
		if strings.ContainsAny(wrong.Value[:1], "ao") {
			article = "an"
		}
		return fmt.Sprintf("must be %s, is %s %s", what, article, wrong.Value)
	}
	return err.Error()
}

func name(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	}
	return "a " + t.String()
}
