package strict_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/internal/fault"
	"github.com/usher-go/usher/internal/strict"
)

type inner struct {
	Name string         `json:"name"`
	Max  int            `json:"max"`
	Map  map[string]int `json:"map"`
}

type outer struct {
	Items []inner `json:"items"`
	One   *inner  `json:"one"`
	On    bool    `json:"on"`
}

func TestEveryFaultIsReportedAtOnceWithItsPath(t *testing.T) {
	var v outer
	err := strict.Unmarshal([]byte(`{"items":[{"name":1,"max":"x","mx":2},{"map":{"a":"b"}}],"one":[],"on":3,"off":true}`), &v)
	var faults fault.Faults
	require.ErrorAs(t, err, &faults)
	var lines []string
	for _, f := range faults {
		lines = append(lines, f.String())
	}
	assert.ElementsMatch(t, []string{
		"items[0].name: must be a text, is a number",
		"items[0].max: must be a whole number, is a string",
		"items[0].mx: unknown field; valid: map, max, name",
		"items[1].map.a: must be a whole number, is a string",
		"one: must be an object, is an array",
		"on: must be true or false, is a number",
		"off: unknown field; valid: items, on, one",
	}, lines)
}

func TestGoodDocument(t *testing.T) {
	var v outer
	require.NoError(t, strict.Unmarshal([]byte(` {"items":[{"name":"a","max":2}],"one":null,"on":true} `), &v))
	assert.Equal(t, outer{Items: []inner{{Name: "a", Max: 2}}, On: true}, v)
}

func TestTextThatIsNotJSON(t *testing.T) {
	for _, text := range []string{``, `{`, `{"on":true} x`, `[1,]`} {
		var v outer
		require.Error(t, strict.Unmarshal([]byte(text), &v), text)
	}
}

func TestTextThatIsNotUTF8(t *testing.T) {
	var v outer
	err := strict.Unmarshal([]byte("{\"items\":[{\"name\":\"\xff\"}]}"), &v)
	require.EqualError(t, err, "not valid UTF-8 at byte 19")
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"items":[{"name":"a","max":2,"map":{"x":1}}],"one":{},"on":true}`))
	f.Add([]byte(`{"items":[{"name":1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v outer
		if strict.Unmarshal(data, &v) == nil {
			if !json.Valid(data) {
				t.Fatalf("accepted what is no JSON: %q", data)
			}
		}
	})
}
