package usher

import (
	"encoding/json"
	"fmt"

	"github.com/usher-go/usher/internal/jsontext"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// This file has the wire form of events, which docs/journal.md describes. A journal opens
// with every later version: a change of the form raises eventVersion, adds a step to
// upcasts and a folder to testdata/golden.

// eventVersion is the version of the form of an event in the journal.
const eventVersion = 1

// private is what of an event is about a person. It is the body of a record, so that it
// can be erased or expire without the rest.
type private struct {
	Text       string            `json:"text,omitempty"` // of the message, like the next two
	Body       json.RawMessage   `json:"body,omitempty"`
	MessageID  string            `json:"messageId,omitempty"`  // providers hide the phone number in it
	ProviderID string            `json:"providerId,omitempty"` // likewise
	Name       string            `json:"name,omitempty"`
	Aliases    []string          `json:"aliases,omitempty"`
	Weak       []string          `json:"weak,omitempty"`
	Vars       map[string]string `json:"vars,omitempty"`
	Data       json.RawMessage   `json:"data,omitempty"`
	From       string            `json:"from,omitempty"`   // of a blocked attempt: the entry that matched
	Reason     string            `json:"reason,omitempty"` // of a blocked attempt
}

// span is where a record's parts are in the room that many share.
type span struct{ data, body, end int }

// encode turns events into records. The parts of all of them share one allocation.
func encode(events []queue.Event) []store.Record {
	records := make([]store.Record, len(events))
	spans := make([]span, len(events))
	room := make([]byte, 0, 320*len(events))
	for i := range events {
		ev := &events[i]
		records[i] = store.Record{
			Seq: ev.Seq, At: ev.At, Kind: ev.Kind.String(), Version: eventVersion, Interaction: ev.Interaction, Customer: ev.Customer,
		}
		spans[i].data = len(room)
		room = appendData(room, ev)
		spans[i].body = len(room)
		room = appendPrivate(room, ev)
		spans[i].end = len(room)
	}
	for i, s := range spans {
		records[i].Data = room[s.data:s.body:s.body]
		if s.end > s.body {
			records[i].Body = room[s.body:s.end:s.end]
		}
	}
	return records
}

// namesEntry reports whether From and Reason of events of a kind are those of an entry of a
// blacklist, and so private.
func namesEntry(kind queue.Kind) bool { return kind == queue.CustomerBlocked || kind == queue.Listed }

// appendData writes what is not private and not in the record itself. It is written out
// by hand because every decision pays for it; a test sees that no field is left out.
func appendData(dst []byte, ev *queue.Event) []byte {
	o := jsontext.Begin(dst)
	o.String("cause", ev.Cause)
	o.String("campaign", ev.Campaign)
	o.String("agent", ev.Agent)
	if !namesEntry(ev.Kind) {
		o.String("from", ev.From)
		o.String("reason", ev.Reason)
	}
	o.String("disposition", ev.Disposition)
	o.String("by", ev.By)
	o.String("number", ev.Number)
	o.Time("until", ev.Until)
	o.Time("since", ev.Since)
	o.Int("wait", int64(ev.Wait))
	o.Int("late", int64(ev.Late))
	o.Int("threshold", int64(ev.Threshold))
	o.String("outcome", string(ev.Outcome))
	o.String("segment", string(ev.Segment))
	o.String("state", string(ev.State))
	appendNumbers(&o, ev)
	appendFlags(&o, ev)
	o.String("key", ev.Key)
	o.String("delivery", string(ev.Delivery))
	o.String("topic", ev.Topic)
	o.String("pricing", ev.Pricing)
	appendParts(&o, ev)
	return o.End()
}

func appendNumbers(o *jsontext.Object, ev *queue.Event) {
	o.String("bot", ev.Bot)
	o.String("phase", string(ev.Phase))
	o.Uint("session", ev.Session)
	o.Int("turn", int64(ev.Turn))
	o.Int("count", int64(ev.Count))
	o.Int("position", int64(ev.Position))
	o.Int("priority", int64(ev.Priority))
	o.Int("cost", int64(ev.Cost))
	o.Int("tier", int64(ev.Tier))
	o.Int("widened", int64(ev.Widened))
	o.Int("code", int64(ev.Code))
}

func appendFlags(o *jsontext.Object, ev *queue.Event) {
	o.Bool("open", ev.Open)
	o.Bool("outbound", ev.Outbound)
	o.Bool("override", ev.Override)
	o.Bool("repeat", ev.Repeat)
	o.Bool("return", ev.Return)
	o.Bool("direct", ev.Direct)
	o.Bool("afterWork", ev.AfterWork)
	o.Bool("failed", ev.Failed)
}

// appendParts writes what is a structure of its own.
func appendParts(o *jsontext.Object, ev *queue.Event) {
	if m := ev.Message; m != nil {
		o.Key("message")
		x := jsontext.Begin(o.Bytes)
		x.Time("at", m.At)
		x.Bool("template", m.Template)
		x.Int("validity", int64(m.Validity))
		x.Bool("silent", m.Silent)
		o.Bytes = x.End()
	}
	if ev.Explain != nil {
		o.Key("explain")
		o.Bytes = appendExplanation(o.Bytes, ev.Explain)
	}
	if len(ev.Skills) > 0 {
		appendRare(o, "skills", ev.Skills)
	}
	if len(ev.Prefer) > 0 {
		appendRare(o, "prefer", ev.Prefer)
	}
	if ev.Config != nil {
		appendRare(o, "config", ev.Config)
	}
	if ev.AgentConfig != nil {
		appendRare(o, "agentConfig", ev.AgentConfig)
	}
}

func appendExplanation(dst []byte, x *queue.Explanation) []byte {
	o := jsontext.Begin(dst)
	o.String("strategy", x.Strategy)
	o.String("chosen", x.Chosen)
	o.Strings("next", x.Next)
	o.String("waiting", x.Waiting)
	if len(x.Counts) > 0 {
		o.Key("counts")
		sep := byte('[')
		for _, n := range x.Counts {
			one := jsontext.Begin(append(o.Bytes, sep))
			one.String("reason", n.Reason)
			one.Int("count", int64(n.Count))
			o.Bytes, sep = one.End(), ','
		}
		o.Bytes = append(o.Bytes, ']')
	}
	if len(x.Candidates) > 0 {
		appendRare(&o, "candidates", x.Candidates)
	}
	return o.End()
}

// appendRare writes plain data that few events have.
func appendRare(o *jsontext.Object, name string, v any) {
	data, err := json.Marshal(v)
	if err != nil { // a raw part that is no JSON
		data = jsontext.AppendString(nil, fmt.Sprintf("%+v", v))
	}
	o.Raw(name, data)
}

// appendPrivate writes the body of a record, nothing if there is nothing private.
func appendPrivate(dst []byte, ev *queue.Event) []byte {
	o := jsontext.Begin(dst)
	if m := ev.Message; m != nil {
		o.String("text", m.Text)
		o.Raw("body", m.Body)
		o.String("messageId", m.ID)
	}
	o.String("providerId", ev.ProviderID)
	o.String("name", ev.Name)
	o.Strings("aliases", ev.Aliases)
	o.Strings("weak", ev.Weak)
	if len(ev.Vars) > 0 {
		appendRare(&o, "vars", ev.Vars)
	}
	o.Raw("data", ev.Data)
	if namesEntry(ev.Kind) {
		o.String("from", ev.From)
		o.String("reason", ev.Reason)
	}
	if o.Empty() {
		return dst
	}
	return o.End()
}

// decodeEvent is the way back. What was erased is empty.
func decodeEvent(r store.Record) (queue.Event, error) {
	var ev queue.Event
	if err := upcast(&r, upcasts); err != nil {
		return ev, err
	}
	if err := json.Unmarshal(r.Data, &ev); err != nil {
		return ev, fmt.Errorf("usher: journal: record %d: %w", r.Seq, err)
	}
	if err := ev.Kind.UnmarshalText([]byte(r.Kind)); err != nil {
		return ev, fmt.Errorf("usher: journal: record %d: %w: use the version of the library that wrote it, or a later one", r.Seq, err)
	}
	ev.Seq, ev.At, ev.Interaction, ev.Customer = r.Seq, r.At, r.Interaction, r.Customer
	if len(r.Body) == 0 {
		return ev, nil
	}
	var p private
	if err := json.Unmarshal(r.Body, &p); err != nil {
		return ev, fmt.Errorf("usher: journal: body of record %d: %w", r.Seq, err)
	}
	p.fill(&ev)
	return ev, nil
}

// fill puts what is private back in its place.
func (p *private) fill(ev *queue.Event) {
	if m := ev.Message; m != nil {
		m.Text, m.Body, m.ID = p.Text, p.Body, p.MessageID
	}
	ev.ProviderID, ev.Name, ev.Aliases, ev.Weak, ev.Vars, ev.Data = p.ProviderID, p.Name, p.Aliases, p.Weak, p.Vars, p.Data
	if namesEntry(ev.Kind) {
		ev.From, ev.Reason = p.From, p.Reason
	}
}

// upcasts has the step from each version to the next, that from 1 first. A step changes
// the record's Data and Body, and its Kind where that was renamed.
var upcasts []func(*store.Record) error

// upcast brings a record to the version that this library works with.
func upcast(r *store.Record, steps []func(*store.Record) error) error {
	current := len(steps) + 1
	if r.Version < 1 || r.Version > current {
		return fmt.Errorf("usher: journal: record %d has version %d; this library reads 1 to %d: use the version of the library that wrote it, or a later one",
			r.Seq, r.Version, current)
	}
	for r.Version < current {
		if err := steps[r.Version-1](r); err != nil {
			return fmt.Errorf("usher: journal: record %d of version %d: %w", r.Seq, r.Version, err)
		}
		r.Version++
	}
	return nil
}
