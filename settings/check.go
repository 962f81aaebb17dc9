package settings

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/usher-go/usher/internal/fault"
	"github.com/usher-go/usher/schedule"
)

// check reports every value below v that its declaration does not allow.
func (r *rules) check(f *fault.Faults, path string, v reflect.Value) {
	for _, x := range r.fields {
		at, value := fault.Join(path, x.name), v.Field(x.index)
		x.decl.check(f, at, value)
		switch {
		case x.below == nil:
		case value.Kind() == reflect.Slice:
			for i := range x.decl.elements(value) {
				x.below.check(f, element(at, i), value.Index(i))
			}
		case value.Kind() != reflect.Pointer:
			x.below.check(f, at, value)
		case !value.IsNil():
			x.below.check(f, at, value.Elem())
		}
	}
}

func element(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// elements is how many elements of a list are checked one by one: none of a list that is
// too long.
func (d *Field) elements(v reflect.Value) int {
	if d.bounded() && v.Len() > MaxList {
		return 0
	}
	return v.Len()
}

// bounded reports whether a list may have at most [MaxList] elements.
func (d *Field) bounded() bool {
	switch d.Kind {
	case SkillsKind, RingsKind, StepsKind, WordsKind:
		return true
	}
	return false
}

func (d *Field) check(f *fault.Faults, path string, v reflect.Value) {
	switch d.Kind {
	case SecondsKind, CountKind:
		d.number(f, path, int(v.Int()))
	case ChoiceKind:
		d.choice(f, path, v.String())
	case TextKind:
		if n := utf8.RuneCountInString(v.String()); n > MaxText {
			f.Add(path, "must be at most %d characters for WhatsApp, has %d", MaxText, n)
		}
	case IDKind, AgentKind, NameKind, BotKind, ConnectorKind, StrategyKind, TargetKind:
		name(f, path, v.String())
		if d.Kind == IDKind && v.String() == "" {
			f.Add(path, "must not be empty")
		}
	case ZoneKind:
		if _, err := schedule.LoadZone(v.String()); err != nil {
			f.Add(path, "%v", err)
		}
	case HoursKind:
		if !v.IsNil() {
			_, err := v.Interface().(*schedule.Schedule).Compile()
			f.Under(path, err)
		}
	case LimitsKind:
		limits(f, path, v.Interface().(map[string]int))
	default:
		d.list(f, path, v)
	}
}

// number reports a number out of its bounds. 0 is within them where it stands for another.
func (d *Field) number(f *fault.Faults, path string, n int) {
	switch {
	case n >= d.Min && n <= d.Max, n == 0 && d.Zero != "":
	case d.Min == 0 && n < 0:
		f.Add(path, "must be ≥ 0, is %d", n)
	default:
		f.Add(path, "must be %d to %d, is %d", d.Min, d.Max, n)
	}
}

func (d *Field) choice(f *fault.Faults, path, value string) {
	if value != "" && !slices.Contains(d.Values, value) {
		f.Add(path, "unknown value %q; valid: %s", value, strings.Join(d.Values, ", "))
	}
}

// name reports a name that could not be compared with others.
func name(f *fault.Faults, path, s string) {
	if !utf8.ValidString(s) {
		f.Add(path, "must be valid UTF-8, is %.40q", s)
	}
}

func limits(f *fault.Faults, path string, limits map[string]int) {
	bound := Field{Max: MaxCount}
	for _, channel := range slices.Sorted(maps.Keys(limits)) {
		name(f, path, channel)
		bound.number(f, path+"."+channel, limits[channel])
	}
}

// list reports a list that is too long, and a word that is none.
func (d *Field) list(f *fault.Faults, path string, v reflect.Value) {
	if d.bounded() && v.Len() > MaxList {
		f.Add(path, "must have at most %d elements, has %d", MaxList, v.Len())
		return
	}
	switch d.Kind {
	case WordsKind:
		for i := range v.Len() {
			if strings.TrimSpace(v.Index(i).String()) == "" {
				f.Add(element(path, i), "must not be empty")
			}
		}
	case NumbersKind:
		for i := range v.Len() {
			name(f, element(path, i), v.Index(i).String())
		}
	}
}
