package console

import (
	"bytes"
	"encoding"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/settings"
)

var rewrite = flag.Bool("rewrite", false, "write openapi.json as it should be")

// openapi.json is what the routes and the types of their bodies say, no more and no less.
func TestOpenAPIFileIsWhatIsServed(t *testing.T) {
	want, err := json.MarshalIndent(describe((&Console{}).routes()), "", "  ")
	require.NoError(t, err)
	want = append(want, '\n')
	if *rewrite {
		require.NoError(t, os.WriteFile("openapi.json", want, 0o644))
	}
	have, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, have), "openapi.json is not what is served: run go test ./console -run OpenAPI -rewrite and read the difference")
}

// describe makes an OpenAPI document of routes.
func describe(routes []route) map[string]any {
	s := schemas{known: map[string]any{}}
	paths := map[string]map[string]any{}
	for _, r := range routes {
		if paths["/"+r.path] == nil {
			paths["/"+r.path] = map[string]any{}
		}
		paths["/"+r.path][strings.ToLower(r.method)] = s.operation(r)
	}
	problem := s.of(reflect.TypeFor[Problem]())
	return map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "usher console", "version": "1",
			"description": "See docs/http.md. Addresses are relative to where the console is mounted.",
		},
		"servers": []any{map[string]any{"url": "."}},
		"paths":   paths,
		"components": map[string]any{
			"schemas":   s.known,
			"responses": map[string]any{"Problem": map[string]any{"description": "What is wrong", "content": content("application/json", problem)}},
		},
	}
}

func content(media string, schema any) map[string]any {
	return map[string]any{media: map[string]any{"schema": schema}}
}

type schemas struct{ known map[string]any }

func (s *schemas) operation(r route) map[string]any {
	op := map[string]any{"summary": r.summary, "operationId": operationID(r), "x-permissions": r.need.Names(), "responses": map[string]any{
		status(r): s.response(r), "default": map[string]any{"$ref": "#/components/responses/Problem"},
	}}
	if params := s.params(r); len(params) > 0 {
		op["parameters"] = params
	}
	switch {
	case r.body != nil:
		op["requestBody"] = map[string]any{"required": true, "content": content("application/json", s.of(reflect.TypeOf(r.body)))}
	case r.method != "GET":
		op["requestBody"] = map[string]any{"required": true, "content": content(r.form, binary())}
	}
	return op
}

func binary() any { return map[string]any{"type": "string", "format": "binary"} }

func operationID(r route) string {
	return strings.ToLower(r.method) + strings.NewReplacer("api/", "-", "/", "-", "{", "", "}", "").Replace(r.path)
}

func status(r route) string {
	b, _ := json.Marshal(max(r.status, 200))
	return string(b)
}

func (s *schemas) response(r route) map[string]any {
	if r.answer != nil {
		return map[string]any{"description": "OK", "content": content("application/json", s.of(reflect.TypeOf(r.answer)))}
	}
	return map[string]any{"description": "OK", "content": content(r.form, binary())}
}

func (s *schemas) params(r route) []any {
	var out []any
	str := map[string]any{"type": "string"}
	for _, seg := range strings.Split(r.path, "/") {
		if name, ok := strings.CutPrefix(seg, "{"); ok {
			out = append(out, map[string]any{"name": strings.TrimSuffix(name, "}"), "in": "path", "required": true, "schema": str})
		}
	}
	for _, q := range r.query {
		out = append(out, map[string]any{"name": q.name, "in": "query", "description": q.about, "schema": str})
	}
	if r.method != "GET" {
		out = append(out, map[string]any{"name": "Idempotency-Key", "in": "header", "required": true, "schema": map[string]any{"type": "string", "minLength": 1, "maxLength": 64}})
	}
	return out
}

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
	textType = reflect.TypeFor[encoding.TextMarshaler]()
)

// of returns the schema of a type; structs are named and referred to.
func (s *schemas) of(t reflect.Type) any {
	switch {
	case t == timeType:
		return map[string]any{"type": "string", "format": "date-time"}
	case t.Implements(textType): // such as the kind of an event
		return map[string]any{"type": "string"}
	case t == rawType, t.Kind() == reflect.Interface:
		return map[string]any{} // anything
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return map[string]any{"type": "string", "contentEncoding": "base64"}
		}
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		value := s.of(t.Elem())
		if t.Elem().Kind() == reflect.Pointer {
			value = map[string]any{"type": []string{"number", "null"}}
		}
		return map[string]any{"type": "object", "additionalProperties": value}
	case reflect.Struct:
		return s.object(t)
	}
	return map[string]any{"type": "integer"}
}

func (s *schemas) object(t reflect.Type) any {
	name := t.Name()
	if pkg := t.PkgPath(); !strings.HasSuffix(pkg, "/console") {
		name = pkg[strings.LastIndex(pkg, "/")+1:] + "." + name
	}
	ref := map[string]any{"$ref": "#/components/schemas/" + name}
	if s.known[name] != nil {
		return ref
	}
	s.known[name] = true // for types that contain themselves
	properties, required := map[string]any{}, []string{}
	s.fields(t, properties, &required)
	object := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		object["required"] = required
	}
	s.known[name] = object
	return ref
}

func (s *schemas) fields(t reflect.Type, properties map[string]any, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case f.Anonymous && name == "":
			s.fields(f.Type, properties, required)
		default:
			schema := s.of(f.Type)
			if d, ok := declared[t.Name()+"."+name]; ok && strings.HasSuffix(t.PkgPath(), "/settings") {
				schema = constrained(schema, &d)
			}
			if f.Type == reflect.TypeFor[any]() {
				schema = map[string]any{}
			}
			properties[name] = schema
			if options == "" {
				*required = append(*required, name)
			}
		}
	}
	slices.Sort(*required)
}

// declared are the declarations of settings, by type and name.
var declared = func() map[string]settings.Field {
	byPath := map[string]settings.Field{}
	for _, f := range settings.Fields() {
		byPath[f.Path] = f
	}
	out := map[string]settings.Field{}
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			at := path + "." + name
			d, ok := byPath[at]
			if ok {
				out[t.Name()+"."+name], at = d, at+"[]"
			}
			of := f.Type
			if of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
				of = of.Elem()
			}
			if of.Kind() == reflect.Struct && of.PkgPath() == t.PkgPath() {
				walk(of, at)
			}
		}
	}
	walk(reflect.TypeFor[settings.Agent](), "agents[]")
	walk(reflect.TypeFor[settings.Campaign](), "campaigns[]")
	return out
}()

// constrained adds to a schema what the declaration of the setting says.
func constrained(schema any, d *settings.Field) any {
	out := map[string]any{"description": d.Doc}
	plain, ok := schema.(map[string]any)
	if !ok || plain["$ref"] != nil {
		out["allOf"] = []any{schema}
		return out
	}
	maps.Copy(out, plain)
	switch d.Kind {
	case settings.SecondsKind, settings.CountKind:
		low := d.Min
		if d.Zero != "" {
			low = min(low, 0)
		}
		out["minimum"], out["maximum"] = low, d.Max
		if n, err := strconv.Atoi(d.Zero); err == nil {
			out["default"] = n
		}
	case settings.ChoiceKind:
		out["enum"] = append([]string{""}, d.Values...)
	case settings.TextKind:
		out["maxLength"] = settings.MaxText
	case settings.SkillsKind, settings.RingsKind, settings.StepsKind, settings.WordsKind:
		out["maxItems"] = settings.MaxList
	}
	return out
}
