// Package state describes the state of a center in a form that later versions of the
// library can compare, although they have more fields.
package state

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/internal/golden"
	"github.com/usher-go/usher/queue"
)

// Of returns the state of a center: its configuration, interactions, agents, customers,
// deadlines, counts, summaries and blacklist. What a center decides while it opens (the
// state of a message that may have been sent) is left out.
func Of(ctx context.Context, c *usher.Center) (golden.State, error) {
	cfg, err := c.Config(ctx)
	if err != nil {
		return nil, err
	}
	engine, err := c.State(ctx)
	if err != nil {
		return nil, err
	}
	board := c.Board(time.Time{})
	counts := map[string]any{}
	for _, line := range board.Campaigns {
		counts[line.ID] = flat(line.Counts)
	}
	all := func(*usher.Summary) bool { return true }
	open := c.Open(all)
	slices.SortFunc(open, func(a, b usher.Summary) int { return cmp.Compare(a.Interaction, b.Interaction) })
	ended, complete := c.Ended(0, all)
	since := map[string]any{}
	for _, a := range board.Agents {
		since[a.ID] = flat(c.Since(a.ID))
	}
	s := golden.State{
		"config": flat(cfg), "interactions": without(flat(c.Interactions("")), "outbox"), "agents": flat(board.Agents),
		"campaigns": flat(c.Campaigns()), "counts": counts, "open": flat(open), "ended": flat(ended), "complete": complete,
		"since": since, "configured": flat(c.Configured()), "blacklist": flat(c.Blacklist().Entries()),
	}
	addEngine(s, &engine)
	return plain(s)
}

// addEngine adds what no view shows.
func addEngine(s golden.State, e *queue.Snapshot) {
	s["opened"], s["customers"], s["sent"] = e.Opened, flat(e.Customers), flat(e.Sent)
	var deadlines, outbox []string
	for _, d := range e.Deadlines {
		deadlines = append(deadlines, fmt.Sprintf("%s%s%s %d", d.Interaction, d.Agent, d.Campaign, d.At))
	}
	slices.Sort(deadlines)
	agents, members, interactions := map[string]any{}, map[string]any{}, map[string]any{}
	for _, a := range e.Agents {
		agents[a.Config.ID] = map[string]any{
			"lease": a.Lease, "ready": a.Ready, "worked": a.Worked, "finished": a.Finished, "misses": a.Misses, "next": a.Next,
			"wrapFrom": a.WrapFrom, "wrapMax": a.WrapMax,
		}
	}
	for _, c := range e.Campaigns {
		members[c.Config.ID] = flat(c.Members)
	}
	for _, in := range e.Interactions {
		interactions[in.ID] = map[string]any{
			"phase": in.Phase, "ord": in.Ord, "answered": in.Answered, "cost": in.Cost, "wants": flat(in.Wants), "skills": flat(in.Skills),
			"prefer": flat(in.Prefer), "preferTo": in.PreferTo, "only": in.Only, "clock": in.Clock, "held": in.Held, "overdue": in.Overdue,
			"breached": in.Breached, "relaxed": in.Relaxed, "tier": in.Tier, "steps": flat(in.Steps), "place": in.Place,
			"turnedAway": in.TurnedAway, "declined": flat(declined(&in, e.Now)), "last": in.Last, "hops": in.Hops, "bot": flat(in.Bot),
			"first": flat(in.First), "tokens": flat(in.Tokens), "spoke": in.Spoke, "customerTurn": in.CustomerTurn, "warned": in.Warned,
		}
		for _, o := range in.Outbox {
			outbox = append(outbox, o.Key+" "+o.Message.Text)
		}
	}
	slices.Sort(outbox)
	seen := 0
	for _, d := range e.Seen {
		seen += len(d.IDs)
	}
	s["deadlines"], s["outbox"], s["seen"] = deadlines, outbox, seen
	s["work"], s["members"], s["waiting"] = agents, members, interactions
}

// declined returns the agents who are not asked yet for an interaction that waits. The first
// version forgot them when the interaction left the queue.
func declined(in *queue.InteractionSnap, now int64) (list []queue.AskedSnap) {
	const waits = 1
	for _, m := range in.Memory {
		if m.Until > now && in.Phase == waits {
			list = append(list, m)
		}
	}
	return list
}

// plain returns a state as JSON has it.
func plain(s golden.State) (out golden.State, err error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return out, json.Unmarshal(data, &out)
}

var (
	instant = reflect.TypeFor[time.Time]()
	raw     = reflect.TypeFor[json.RawMessage]()
)

// flat turns a value into maps, lists and scalars, with every field of every structure.
func flat(v any) any { return flatten(reflect.ValueOf(v)) }

func flatten(v reflect.Value) any {
	switch {
	case !v.IsValid():
		return nil
	case v.Type() == instant:
		t, _ := v.Interface().(time.Time)
		return t.UTC().Format(time.RFC3339Nano)
	case v.Type() == raw:
		return string(v.Bytes())
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return flatten(v.Elem())
	case reflect.Struct:
		return fields(v)
	case reflect.Map:
		out := map[string]any{}
		for _, k := range v.MapKeys() {
			out[fmt.Sprint(k)] = flatten(v.MapIndex(k))
		}
		return out
	case reflect.Slice, reflect.Array:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = flatten(v.Index(i))
		}
		return out
	default:
		return v.Interface()
	}
}

func fields(v reflect.Value) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "":
			if inner, ok := flatten(v.Field(i)).(map[string]any); ok {
				maps.Copy(out, inner)
			}
		default:
			out[cmp.Or(name, f.Name)] = flatten(v.Field(i))
		}
	}
	return out
}

// without removes a field from each element of a list.
func without(list any, field string) any {
	elements, _ := list.([]any)
	for _, e := range elements {
		if m, ok := e.(map[string]any); ok {
			delete(m, field)
		}
	}
	return list
}
