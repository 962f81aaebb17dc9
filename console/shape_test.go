package console_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func deref(p any) any { return reflect.ValueOf(p).Elem().Interface() }

// document is openapi.json, as far as answers are checked against it.
type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Responses map[string]struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Format     string            `json:"format"`
	Items      *schema           `json:"items"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Additional any               `json:"additionalProperties"`
}

var openAPI = sync.OnceValues(func() (doc document, err error) {
	data, err := os.ReadFile("openapi.json")
	if err == nil {
		err = json.Unmarshal(data, &doc)
	}
	return doc, err
})

// served remembers which operations were answered with success.
var served sync.Map

// A run of all tests must have had an answer from every route that openapi.json has.
func TestMain(m *testing.M) {
	code := m.Run()
	if run := flag.Lookup("test.run"); code == 0 && run.Value.String() == "" && !testing.Short() {
		code = everyRouteServed()
	}
	os.Exit(code)
}

func everyRouteServed() int {
	doc, err := openAPI()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	code := 0
	for path, methods := range doc.Paths {
		for method := range methods {
			if _, ok := served.Load(strings.ToUpper(method) + " " + path); !ok {
				fmt.Println("no test had an answer from", method, path)
				code = 1
			}
		}
	}
	return code
}

// checkShape holds an answer to what openapi.json says of it.
func checkShape(t *testing.T, method, path string, got answer) {
	t.Helper()
	doc, err := openAPI()
	require.NoError(t, err)
	path, _, _ = strings.Cut(path, "?")
	pattern, op, ok := doc.find(method, path)
	if !ok {
		require.GreaterOrEqual(t, got.Status, 400, "%s %s is not in openapi.json", method, path)
		return
	}
	if got.Status >= 400 {
		doc.check(t, method+" "+path, schema{Ref: "#/components/schemas/Problem"}, parsed(t, got))
		return
	}
	response, ok := op.Responses[fmt.Sprint(got.Status)]
	require.True(t, ok, "%s %s answered %d, which openapi.json does not know", method, path, got.Status)
	served.Store(method+" "+pattern, true)
	if kind, ok := response.Content["application/json"]; ok {
		require.Equal(t, "application/json", got.Header.Get("Content-Type"))
		doc.check(t, method+" "+path, kind.Schema, parsed(t, got))
	}
}

func parsed(t *testing.T, got answer) any {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(got.Body, &v), "%s", got.Body)
	return v
}

func (d *document) find(method, path string) (string, operation, bool) {
	best := ""
	for pattern, methods := range d.Paths {
		if _, ok := methods[strings.ToLower(method)]; ok && fits(pattern, "/"+path) && (best == "" || strings.Count(pattern, "{") < strings.Count(best, "{")) {
			best = pattern
		}
	}
	return best, d.Paths[best][strings.ToLower(method)], best != ""
}

func fits(pattern, path string) bool {
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], "{") {
			return false
		}
	}
	return true
}

// check compares a value with a schema: types, required and unknown fields, instants.
func (d *document) check(t *testing.T, at string, s schema, v any) {
	t.Helper()
	if s.Ref != "" {
		named, ok := d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
		require.True(t, ok, "%s: openapi.json has no %s", at, s.Ref)
		s = named
	}
	switch s.Type {
	case nil: // anything
	case "object":
		d.checkObject(t, at, s, v)
	case "array":
		list, ok := v.([]any)
		require.True(t, ok, "%s: want a list, have %v", at, v)
		for i, x := range list {
			d.check(t, fmt.Sprintf("%s[%d]", at, i), *s.Items, x)
		}
	case "string":
		text, ok := v.(string)
		require.True(t, ok, "%s: want a string, have %v", at, v)
		if s.Format == "date-time" {
			instant, err := time.Parse(time.RFC3339Nano, text)
			require.NoError(t, err, at)
			require.True(t, strings.HasSuffix(text, "Z"), "%s: %s is not in UTC", at, text)
			require.False(t, instant.IsZero(), "%s: an instant that does not apply is left out", at)
		}
	case "boolean":
		require.IsType(t, true, v, at)
	case "integer", "number":
		require.IsType(t, 0.0, v, at)
	}
}

func (d *document) checkObject(t *testing.T, at string, s schema, v any) {
	t.Helper()
	object, ok := v.(map[string]any)
	require.True(t, ok, "%s: want an object, have %v", at, v)
	for _, name := range s.Required {
		require.Contains(t, object, name, at)
	}
	for name, x := range object {
		if field, ok := s.Properties[name]; ok {
			d.check(t, at+"."+name, field, x)
			continue
		}
		require.NotEqual(t, false, s.Additional, "%s.%s is not in openapi.json", at, name)
	}
}
