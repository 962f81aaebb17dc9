package jsontext_test

import (
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/internal/jsontext"
)

// Whatever a string is made of, encoding/json reads the same back.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "é 🎉 \u2028", "\xff half \xc3", "</script>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := jsontext.AppendString(nil, s)
		require.True(t, utf8.Valid(out))
		var back string
		require.NoError(t, json.Unmarshal(out, &back), "%s", out)
		assert.Equal(t, string([]rune(s)), back) // conversion replaces what is no UTF-8 in the same way
	})
}

func TestRawThatIsNoJSONIsAString(t *testing.T) {
	assert.Equal(t, `{"a":1}`, string(jsontext.AppendRaw(nil, []byte(`{"a":1}`))))
	assert.Equal(t, `"{oops"`, string(jsontext.AppendRaw(nil, []byte(`{oops`))))
	out := jsontext.AppendRaw(nil, []byte("\"half \xff\""))
	assert.True(t, utf8.Valid(out))
	assert.True(t, json.Valid(out))
}

func TestObjectOmitsWhatIsEmpty(t *testing.T) {
	o := jsontext.Begin(nil)
	assert.True(t, o.Empty())
	o.String("no", "")
	o.Int("no", 0)
	o.Bool("no", false)
	o.Time("no", time.Time{})
	o.Strings("no", nil)
	o.Raw("no", nil)
	assert.True(t, o.Empty())
	o.String("s", "x")
	o.Int("i", -2)
	o.Uint("u", 3)
	o.Bool("b", true)
	o.Time("t", time.Date(2026, 3, 2, 10, 0, 0, 5, time.FixedZone("", 3600)))
	o.Strings("l", []string{"a", "b"})
	o.Raw("r", []byte(`[]`))
	assert.Equal(t, `{"s":"x","i":-2,"u":3,"b":true,"t":"2026-03-02T09:00:00.000000005Z","l":["a","b"],"r":[]}`, string(o.End()))
}
