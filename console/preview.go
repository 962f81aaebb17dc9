package console

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// changes are the settings that differ, in order of their paths. Lists are compared as a
// whole, but members one by one, by their agent, and their order.
func changes(have, next *usher.Campaign) []Change {
	out := []Change{}
	compareValues(&out, "", plain(have), plain(next))
	return out
}

// plain is a value as JSON has it.
func plain(v *usher.Campaign) any {
	var out any
	if v == nil {
		return map[string]any{}
	}
	data, _ := json.Marshal(v) // plain data always marshals
	_ = json.Unmarshal(data, &out)
	return out
}

func compareValues(out *[]Change, path string, from, to any) {
	a, okA := from.(map[string]any)
	b, okB := to.(map[string]any)
	switch {
	case okA && okB:
		keys := maps.Clone(a)
		maps.Copy(keys, b)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			compareValues(out, join(path, k), a[k], b[k])
		}
	case path == "members":
		compareMembers(out, from, to)
	case !reflect.DeepEqual(from, to):
		*out = append(*out, Change{Path: path, From: from, To: to})
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func compareMembers(out *[]Change, from, to any) {
	a, orderA := byAgent(from)
	b, orderB := byAgent(to)
	names := maps.Clone(a)
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		path := fmt.Sprintf("members[%s]", name)
		if a[name] == nil || b[name] == nil {
			*out = append(*out, Change{Path: path, From: a[name], To: b[name]})
			continue
		}
		compareValues(out, path, a[name], b[name])
	}
	stay := func(list, other []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !slices.Contains(other, s) })
	}
	if !slices.Equal(stay(orderA, orderB), stay(orderB, orderA)) {
		*out = append(*out, Change{Path: "members.order", From: orderA, To: orderB})
	}
}

func byAgent(v any) (map[string]any, []string) {
	out, order := map[string]any{}, []string{}
	list, _ := v.([]any)
	for _, m := range list {
		fields, _ := m.(map[string]any)
		name, _ := fields["agent"].(string)
		out[name] = fields
		order = append(order, name)
	}
	return out, order
}

// change is new settings beside those that are, and who is in the campaign now. have is
// nil for a new campaign.
type change struct {
	have, next *usher.Campaign
	open       []queue.InteractionView // by age
	now        time.Time
}

// effects are the consequences for those who are in the campaign now.
func (c *change) effects() []Effect {
	out := []Effect{}
	add := func(kind string, n int, text string) {
		if n > 0 {
			out = append(out, Effect{Kind: kind, Count: n, Text: fmt.Sprintf(text, n)})
		}
	}
	w, was := card(c.next), card(c.have)
	off := c.next.Disabled || !w.Enable
	if c.have != nil && off && !c.have.Disabled && was.Enable {
		add("disabled", len(c.open), "nothing new comes in or out; %d open interactions go on to their end")
	}
	if opens(was, c.now) && !opens(w, c.now) {
		add("closes", c.waiting(nil), "the campaign is closed now; %d interactions wait")
	}
	if w.MaxTime > 0 && w.MaxTime != was.MaxTime {
		add("times_out", c.waiting(c.longer(w.MaxTime)), "%d waiting interactions are over the longest time and leave the queue at once")
	}
	if w.MaxInteractions > 0 && w.MaxInteractions != was.MaxInteractions {
		add("over_max", c.waiting(nil)-w.MaxInteractions, "%d more wait than the limit; they stay, newcomers are refused")
	}
	if w.ServiceLevel > 0 && w.ServiceLevel != was.ServiceLevel {
		add("late", c.waiting(c.longer(w.ServiceLevel)), "%d waiting interactions are beyond the service level already")
	}
	add("no_member", c.waiting(c.unserved), "%d waiting interactions have no member who may take them")
	add("loses_offer", c.count(c.losesOffer), "%d offers to members who leave are taken back")
	add("keeps_active", c.count(c.keepsActive), "%d active interactions stay with members who leave")
	return out
}

var noCard = &settings.Card{}

func card(x *usher.Campaign) *settings.Card {
	if x == nil || x.WhatsApp == nil {
		return noCard
	}
	return x.WhatsApp
}

func opens(w *settings.Card, now time.Time) bool {
	if w.OutOfHours.Hours == nil {
		return true
	}
	hours, err := w.OutOfHours.Hours.Compile()
	return err != nil || hours.Open(now)
}

func (c *change) count(accept func(*queue.InteractionView) bool) (n int) {
	for i := range c.open {
		if accept(&c.open[i]) {
			n++
		}
	}
	return n
}

// waiting counts those in the queue that accept takes; nil = all.
func (c *change) waiting(accept func(*queue.InteractionView) bool) int {
	return c.count(func(v *queue.InteractionView) bool {
		return v.Owner == queue.OwnedByQueue && (accept == nil || accept(v))
	})
}

func (c *change) longer(than settings.Seconds) func(*queue.InteractionView) bool {
	return func(v *queue.InteractionView) bool { return c.now.Sub(v.Queued) > than.Duration() }
}

// unserved reports whether nobody could ever be asked, while somebody could be before.
func (c *change) unserved(v *queue.InteractionView) bool {
	return !servable(c.next, v) && (c.have == nil || servable(c.have, v))
}

func servable(x *usher.Campaign, v *queue.InteractionView) bool {
	return slices.ContainsFunc(x.Members, func(m usher.Member) bool { return !m.NoReceive && able(m, v.Skills) })
}

func able(m usher.Member, need []queue.Skill) bool {
	for _, s := range need {
		if !slices.ContainsFunc(m.Skills, func(have settings.Skill) bool {
			return have.Name == s.Name && max(have.Level, 1) >= max(s.Level, 1)
		}) {
			return false
		}
	}
	return true
}

func (c *change) losesOffer(v *queue.InteractionView) bool {
	return v.Owner == queue.OwnedByQueue && v.Offered != "" && c.leaves(v.Offered, true)
}

func (c *change) keepsActive(v *queue.InteractionView) bool {
	return v.Owner == queue.OwnedByAgent && c.leaves(v.Agent, false)
}

// leaves reports whether an agent is no member any more, or receives nothing.
func (c *change) leaves(agent string, receiving bool) bool {
	return !slices.ContainsFunc(c.next.Members, func(m usher.Member) bool {
		return m.Agent == agent && !(receiving && m.NoReceive)
	})
}
