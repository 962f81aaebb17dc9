package usher

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
	for _, kind := range []queue.Kind{queue.Opened, queue.CustomerBlocked} {
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

var update = flag.Bool("update", false, "write the golden files of the present version anew")

// golden is a record in a file, one a line.
type golden struct {
	Seq         uint64          `json:"seq"`
	At          time.Time       `json:"at"`
	Kind        string          `json:"kind"`
	Version     int             `json:"v"`
	Interaction string          `json:"interaction,omitempty"`
	Customer    string          `json:"customer,omitempty"`
	Data        json.RawMessage `json:"data"`
	Body        json.RawMessage `json:"body,omitempty"`
}

// A journal written by any version opens with this one and gives the same events: each
// version has a file of records, and one of the events they are.
func TestOldJournalsOpen(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	files, err := filepath.Glob("testdata/journal/v*.jsonl")
	require.NoError(t, err)
	require.Len(t, files, eventVersion, "every version of the form has its file")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			want, err := os.ReadFile(strings.TrimSuffix(file, ".jsonl") + ".events.json")
			require.NoError(t, err)
			var events []queue.Event
			for line := range strings.Lines(string(data)) {
				var g golden
				require.NoError(t, json.Unmarshal([]byte(line), &g))
				ev, err := decodeEvent(g.record())
				require.NoError(t, err)
				events = append(events, ev)
			}
			got, err := json.MarshalIndent(events, "", " ")
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got)+"\n")
		})
	}
}

func (g golden) record() store.Record {
	return store.Record{
		Seq: g.Seq, At: g.At, Kind: g.Kind, Version: g.Version, Interaction: g.Interaction, Customer: g.Customer, Data: g.Data, Body: g.Body,
	}
}

// What this version writes is what its golden file has: a change of the form that nobody
// meant is found here.
func TestTheFormIsAsWritten(t *testing.T) {
	data, err := os.ReadFile(fmt.Sprintf("testdata/journal/v%d.jsonl", eventVersion))
	require.NoError(t, err)
	want, err := os.ReadFile(fmt.Sprintf("testdata/journal/v%d.events.json", eventVersion))
	require.NoError(t, err)
	var events []queue.Event
	require.NoError(t, json.Unmarshal(want, &events))
	assert.Equal(t, string(data), lines(t, encode(events)))
}

func lines(t *testing.T, records []store.Record) string {
	t.Helper()
	var b strings.Builder
	for _, r := range records {
		line, err := json.Marshal(golden{r.Seq, r.At, r.Kind, r.Version, r.Interaction, r.Customer, r.Data, r.Body})
		require.NoError(t, err)
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.String()
}

// writeGolden makes the files of the present version, from events with every field and
// of every kind that the engine has.
func writeGolden(t *testing.T) {
	t.Helper()
	events := []queue.Event{full(t, queue.Opened), full(t, queue.CustomerBlocked)}
	for i, kind := range []queue.Kind{
		queue.CampaignConfigured, queue.AgentConfigured, queue.AgentStated, queue.CustomerKnown, queue.Queued, queue.Offered, queue.Answered,
		queue.MessageQueued, queue.MessageMoved, queue.BotStarted, queue.Finished, queue.Ended, queue.Noted, queue.Swept,
	} {
		at := time.Date(2026, 3, 2, 9, 0, i, 0, time.UTC)
		events = append(events, queue.Event{Kind: kind, At: at, Interaction: "i1", Campaign: "sales", Agent: "ana", Reason: "sold", Cause: "finish"})
	}
	for i := range events {
		events[i].Seq = uint64(i + 1)
	}
	out, err := json.MarshalIndent(events, "", " ")
	require.NoError(t, err)
	base := fmt.Sprintf("testdata/journal/v%d", eventVersion)
	require.NoError(t, os.MkdirAll("testdata/journal", 0o755))
	require.NoError(t, os.WriteFile(base+".events.json", append(out, '\n'), 0o644))
	require.NoError(t, os.WriteFile(base+".jsonl", []byte(lines(t, encode(events))), 0o644))
}
