package settings

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Field is the declaration of one setting.
type Field struct {
	// Path is where the setting stands, as in faults, with [] for the element of a list:
	// "campaigns[].whatsapp.maxTime".
	Path string `json:"path"`
	// Group is the part of a page of settings that it belongs to: "agents", "campaigns",
	// "members", "main" (the settings that contact centers know), a group of the card such
	// as "offers", or "other".
	Group string `json:"group"`
	// Kind is what its value is.
	Kind Kind `json:"kind"`
	// Zero is what 0 or the empty text stands for, such as "30" or "leastbusy". "" = off.
	Zero string `json:"zero,omitempty"`
	// Min and Max bound [SecondsKind] and [CountKind], inclusive. 0 is allowed where Zero
	// says what it stands for.
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
	// Values are those of [ChoiceKind], without the empty one.
	Values []string `json:"values,omitempty"`
	// Doc is what the setting means, in Markdown.
	Doc string `json:"-"`
}

// Kind is what the value of a setting is.
type Kind string

// The kinds. The first group is checked against the declaration, the second against what
// there is by that name, and the third has elements or a form of its own.
const (
	SwitchKind  Kind = "switch"
	SecondsKind Kind = "seconds"
	CountKind   Kind = "count"
	ChoiceKind  Kind = "choice"
	TextKind    Kind = "text"  // sent to customers
	LabelKind   Kind = "label" // for people
	NameKind    Kind = "name"  // compared with others
	IDKind      Kind = "id"

	AgentKind     Kind = "agent"
	BotKind       Kind = "bot"
	ConnectorKind Kind = "connector"
	StrategyKind  Kind = "strategy"
	TargetKind    Kind = "target" // a campaign or a bot, as the step says

	ZoneKind    Kind = "zone"
	HoursKind   Kind = "hours"
	NumbersKind Kind = "numbers"
	LimitsKind  Kind = "limits"
	WordsKind   Kind = "words"
	MembersKind Kind = "members"
	SkillsKind  Kind = "skills"
	RingsKind   Kind = "rings"
	StepsKind   Kind = "steps"
)

// kinds lists them, with the Go kind of their values.
var kinds = map[Kind]reflect.Kind{
	SwitchKind: reflect.Bool, SecondsKind: reflect.Int, CountKind: reflect.Int, ChoiceKind: reflect.String,
	TextKind: reflect.String, LabelKind: reflect.String, NameKind: reflect.String, IDKind: reflect.String,
	AgentKind: reflect.String, BotKind: reflect.String, ConnectorKind: reflect.String, StrategyKind: reflect.String, TargetKind: reflect.String,
	ZoneKind: reflect.String, HoursKind: reflect.Pointer, NumbersKind: reflect.Slice, LimitsKind: reflect.Map, WordsKind: reflect.Slice,
	MembersKind: reflect.Slice, SkillsKind: reflect.Slice, RingsKind: reflect.Slice, StepsKind: reflect.Slice,
}

// Fields returns the declaration of every setting, in the order of the types: agents, then
// campaigns.
func Fields() []Field {
	var out []Field
	agentRules.list("agents[]", "agents", &out)
	campaignRules.list("campaigns[]", "campaigns", &out)
	return out
}

// rules are the declarations of a struct's fields. They are read once, when the program
// starts.
type rules struct{ fields []rule }

type rule struct {
	index int
	name  string // in JSON
	decl  Field  // without Path and Group; no Kind when the field is a group
	below *rules // of a group, or of the elements of a list
}

var (
	agentRules    = rulesOf(reflect.TypeFor[Agent]())
	campaignRules = rulesOf(reflect.TypeFor[Campaign]())
	cardRules     = rulesOf(reflect.TypeFor[Card]())
)

func rulesOf(t reflect.Type) *rules {
	r := &rules{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		x := rule{index: f.Index[0], name: name, decl: declared(t, f)}
		of := f.Type
		if of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.PkgPath() == t.PkgPath() && of.Kind() == reflect.Struct {
			x.below = rulesOf(of)
		}
		if x.decl.Kind == "" && x.below == nil {
			panic(fmt.Sprintf("settings: %s.%s has no tag `set`", t.Name(), f.Name))
		}
		r.fields = append(r.fields, x)
	}
	return r
}

// declared reads the tag `set` of a field: its kind, then options such as "max=100". A
// wrong tag is a mistake of this package, which no program gets past.
func declared(t reflect.Type, f reflect.StructField) Field {
	words := strings.Fields(f.Tag.Get("set"))
	d := Field{Doc: docs[t.Name()+"."+f.Name]}
	if len(words) == 0 {
		return d
	}
	d.Kind = Kind(words[0])
	if want, known := kinds[d.Kind]; !known || f.Type.Kind() != want {
		panic(fmt.Sprintf("settings: %s.%s: no kind %q for a %s", t.Name(), f.Name, d.Kind, f.Type))
	}
	switch d.Kind {
	case SecondsKind:
		d.Max = int(MaxSeconds)
	case CountKind:
		d.Max = MaxCount
	}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		if !d.set(key, value) {
			panic(fmt.Sprintf("settings: %s.%s: unknown option %q", t.Name(), f.Name, word))
		}
	}
	return d
}

func (d *Field) set(key, value string) bool {
	var err error
	switch key {
	case "min":
		d.Min, err = strconv.Atoi(value)
	case "max":
		d.Max, err = strconv.Atoi(value)
	case "zero":
		d.Zero = value
	case "of":
		d.Values = strings.Split(value, "|")
	default:
		return false
	}
	return err == nil
}

// mainEnd is the first field of a card that is beyond those that contact centers know.
const mainEnd = "offers"

// list appends the declarations below a path. A group of a card has its own name; the
// settings that stand in the card itself are "main" or "other".
func (r *rules) list(path, group string, out *[]Field) {
	for _, x := range r.fields {
		if x.name == mainEnd {
			group = "other"
		}
		at, of := path+"."+x.name, group
		switch {
		case x.name == "whatsapp":
			of = "main"
		case x.decl.Kind == MembersKind, x.decl.Kind == StepsKind, x.decl.Kind == "" && (group == "main" || group == "other"):
			of = x.name
		}
		if x.decl.Kind != "" {
			d := x.decl
			d.Path, d.Group, d.Values = at, of, slices.Clone(d.Values)
			*out = append(*out, d)
			at += "[]"
		}
		if x.below != nil {
			x.below.list(at, of, out)
		}
	}
}
