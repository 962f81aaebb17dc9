package usher

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/internal/golden"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// full returns an event in which every field has something, so that a field added to the
// engine and forgotten here is found.
func full(t *testing.T, kind queue.Kind) queue.Event {
	t.Helper()
	var ev queue.Event
	fill(t, reflect.ValueOf(&ev).Elem(), "Event")
	ev.Kind = kind
	ev.Explain.Candidates = ev.Explain.Candidates[:1]
	return ev
}

func fill(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 3, 2, 9, 0, 0, 123456789, time.UTC)))
		return
	case queue.Kind:
		v.Set(reflect.ValueOf(queue.Noted))
		return
	case json.RawMessage:
		v.Set(reflect.ValueOf(json.RawMessage(`{"raw":"` + path + `"}`)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(path + ` "é"`)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(9)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), path+".0")
		fill(t, v.Index(1), path+".1")
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		fill(t, value, path)
		v.SetMapIndex(reflect.ValueOf("k"), value)
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			// A schedule has rules of its own and is plain data of another package.
			if f.IsExported() && f.Name != "Hours" {
				fill(t, v.Field(i), path+"."+f.Name)
			}
		}
	default:
		t.Fatalf("%s: a %s is new here", path, v.Kind())
	}
}

func TestEveryFieldSurvivesTheJournal(t *testing.T) {
	for _, kind := range []queue.Kind{queue.Opened, queue.CustomerBlocked, queue.Listed} {
		ev := full(t, kind)
		records := encode([]queue.Event{ev})
		require.Len(t, records, 1)
		require.True(t, json.Valid(records[0].Data), "%s", records[0].Data)
		require.True(t, json.Valid(records[0].Body), "%s", records[0].Body)
		back, err := decodeEvent(records[0])
		require.NoError(t, err)
		want, err := json.MarshalIndent(ev, "", " ")
		require.NoError(t, err)
		got, err := json.MarshalIndent(back, "", " ")
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got))
	}
}

// What is personal stands in the body and nowhere else.
func TestDataHoldsNothingPrivate(t *testing.T) {
	ev := queue.Event{
		Kind: queue.CustomerBlocked, Aliases: []string{"secret-alias"}, Weak: []string{"secret-user"}, Name: "secret-name",
		Vars: map[string]string{"k": "secret-var"}, Data: json.RawMessage(`"secret-data"`), From: "secret-entry", Reason: "secret-reason",
		Message: &queue.Message{ID: "secret-id", Text: "secret-text", Body: json.RawMessage(`"secret-body"`)}, ProviderID: "secret-provider",
	}
	r := encode([]queue.Event{ev})[0]
	assert.NotContains(t, string(r.Data), "secret")
	assert.Equal(t, 11, strings.Count(string(r.Body), "secret"))
	r.Body = nil
	back, err := decodeEvent(r)
	require.NoError(t, err)
	assert.NotNil(t, back.Message, "an erased message is still a message")
}

// A host's mistake or a customer's malice must not make an event that cannot be written
// or read again.
func TestWhateverIsInARawPartCanBeReadAgain(t *testing.T) {
	for _, raw := range []string{"{broken", "\"half \xff\"", "", "null", "[1,2"} {
		ev := queue.Event{Seq: 1, Kind: queue.Noted, Data: json.RawMessage(raw), Message: &queue.Message{Body: json.RawMessage(raw), Text: "\xff\x00"}}
		r := encode([]queue.Event{ev})[0]
		_, err := decodeEvent(r)
		assert.NoError(t, err, "%q", raw)
	}
}

func TestAVersionOfTomorrowIsRefused(t *testing.T) {
	_, err := decodeEvent(store.Record{Seq: 4, Version: eventVersion + 1, Data: []byte(`{}`)})
	assert.ErrorContains(t, err, "record 4 has version 2; this library reads 1 to 1")
}

// A record whose kind is empty or not known is an error that says which, and no event.
func TestARecordWithoutAKnownKindIsRefused(t *testing.T) {
	for _, kind := range []string{"", "interaction.imagined"} {
		_, err := decodeEvent(store.Record{Seq: 4, Version: 1, Kind: kind, Data: []byte(`{}`)})
		assert.ErrorContains(t, err, "record 4: queue: kind of event \""+kind+"\" is unknown")
	}
}

// Records climb the versions one by one.
func TestUpcast(t *testing.T) {
	step := func(from, to string) func(*store.Record) error {
		return func(r *store.Record) error {
			r.Data = []byte(strings.ReplaceAll(string(r.Data), from, to))
			return nil
		}
	}
	steps := []func(*store.Record) error{step(`"who"`, `"agent"`), step(`"agent":"a`, `"agent":"b`)}
	for version, data := range map[int]string{1: `{"who":"a1"}`, 2: `{"agent":"a1"}`, 3: `{"agent":"b1"}`} {
		r := store.Record{Seq: 1, Version: version, Data: []byte(data)}
		require.NoError(t, upcast(&r, steps))
		assert.Equal(t, `{"agent":"b1"}`, string(r.Data))
		assert.Equal(t, 3, r.Version)
	}
}

// What this version writes for an event is what the version wrote that the golden is of: a
// change of the wire form that is not meant is found here.
func TestTheFormIsAsWritten(t *testing.T) {
	j, err := golden.ReadJournal(t.Context(), "testdata/golden/v1/every-event")
	require.NoError(t, err)
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		ev, err := decodeEvent(r)
		require.NoError(t, err)
		again := encode([]queue.Event{ev})[0]
		assert.Equal(t, string(r.Data), string(again.Data))
		assert.Equal(t, string(r.Body), string(again.Body))
		r.Data, r.Body, again.Data, again.Body = nil, nil, nil, nil
		assert.Equal(t, r, again)
	}
}
