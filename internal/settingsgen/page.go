package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/usher-go/usher/settings"
)

// table is a part of the page that is made of the declarations of some groups.
var table = regexp.MustCompile(`(?s)(<!-- settings: ([a-zA-Z ]+) -->\n).*?(<!-- end of settings -->\n)`)

// page returns docs/settings.md with its tables written anew. Every group must be in one.
func page(text []byte) ([]byte, error) {
	fields := settings.Fields()
	shown := map[string]bool{}
	out := table.ReplaceAllFunc(text, func(part []byte) []byte {
		m := table.FindSubmatch(part)
		groups := strings.Fields(string(m[2]))
		for _, g := range groups {
			shown[g] = true
		}
		return slices.Concat(m[1], rows(fields, groups), m[3])
	})
	for _, f := range fields {
		if !shown[f.Group] {
			return nil, fmt.Errorf("docs/settings.md: no table <!-- settings: %s -->, which %s needs", f.Group, f.Path)
		}
	}
	return out, nil
}

func rows(fields []settings.Field, groups []string) []byte {
	var b bytes.Buffer
	b.WriteString("| setting | value | meaning |\n|---|---|---|\n")
	for _, g := range groups {
		for _, f := range fields {
			if f.Group == g {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", short(f.Path), value(&f), f.Doc)
			}
		}
	}
	return b.Bytes()
}

// short leaves out what all settings of a card, a campaign or an agent have in common.
func short(path string) string {
	for _, owner := range []string{"campaigns[].whatsapp.", "campaigns[].", "agents[]."} {
		if rest, ok := strings.CutPrefix(path, owner); ok {
			return rest
		}
	}
	return path
}

// value says what may be written.
func value(f *settings.Field) string {
	text := kinds[f.Kind]
	switch f.Kind {
	case settings.CountKind:
		text = grouped(f.Min) + " to " + grouped(f.Max)
	case settings.ChoiceKind:
		text = "`" + strings.Join(f.Values, "`, `") + "`"
	case settings.TextKind:
		text = fmt.Sprintf("text, at most %s characters", grouped(settings.MaxText))
	case settings.SkillsKind, settings.RingsKind, settings.StepsKind, settings.WordsKind:
		text = fmt.Sprintf("%s, at most %s", text, grouped(settings.MaxList))
	}
	return text
}

var kinds = map[settings.Kind]string{
	settings.SwitchKind: "`true` or `false`", settings.SecondsKind: "seconds",
	settings.LabelKind: "text", settings.NameKind: "name", settings.IDKind: "id",
	settings.AgentKind: "id of an agent", settings.BotKind: "name of a bot", settings.ConnectorKind: "name of a connector",
	settings.StrategyKind: "name of a strategy", settings.TargetKind: "id of a campaign, name of a bot",
	settings.ZoneKind: "IANA time zone", settings.HoursKind: "opening hours", settings.NumbersKind: "numbers in E.164",
	settings.LimitsKind: "count by channel", settings.WordsKind: "words", settings.MembersKind: "list",
	settings.SkillsKind: "list of skills", settings.RingsKind: "list", settings.StepsKind: "list",
}

// grouped writes a number with commas between thousands, and a true minus.
func grouped(n int) string {
	if n < 0 {
		return "−" + grouped(-n)
	}
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
