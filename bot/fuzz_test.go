package bot_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
)

// Whatever a configuration says, it is refused with faults or makes bots that answer.
func FuzzParse(f *testing.F) {
	f.Add(fourBots)
	f.Add(`{"a":{"menu":{"text":"{x|y}","style":"list","options":[{"title":"1","back":true},{"title":"\u0661","menu":{}}]}}}`)
	f.Add(`{"a":{"survey":{"question":"?","min":-1,"max":1e9,"labels":["",""]}}}`)
	f.Add(`{"a":{"message":{"texts":null,"set":{"":""}}}}`)
	f.Add(`{"a":{"message":{"texts":["{a|b}"],"store":"x","thanks":"{x}"}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		bots, err := bot.Parse([]byte(text))
		if err != nil {
			if bots != nil || len(faults(t, err)) == 0 {
				t.Fatalf("error without faults, or with bots: %v", err)
			}
			return
		}
		for name, b := range bots {
			if strings.Contains(text, "webhook") {
				continue // those call out
			}
			var vars map[string]string
			for turn, said := range []string{"", "1", text} {
				r, err := b.Turn(t.Context(), bot.Session{
					Phase: bot.Start, Turn: turn, Vars: vars, Input: &channel.Message{Kind: channel.Text, Text: said}, Now: morning,
				})
				if err == nil {
					err = r.Validate()
				}
				if err != nil {
					t.Fatalf("%s: turn %d: %v", name, turn, err)
				}
				vars = r.Set
			}
		}
	})
}

// Whatever a customer writes and whatever is in the variables, a turn is answered, leaves
// nothing of its own behind when the bot lets go, and never grows without bound.
func FuzzTurn(f *testing.F) {
	menu, err := bot.NewMenu(front())
	if err != nil {
		f.Fatal(err)
	}
	survey, err := bot.NewSurvey(bot.Survey{Question: "{x} {name}?", Comment: "Why?"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("2", "", "sales", "1", "comment", false)
	f.Add("\u202e１️⃣ \u200b", "menu:sales/back", "sales", "", "", true)
	f.Add("4/5", "score:4", "", "x", "score", true)
	f.Add("-0", "menu:", "/", "-9", "\x00", false)
	f.Fuzz(func(t *testing.T, text, id, at, tries, stage string, pressed bool) {
		vars := map[string]string{"menu.at": at, "menu.tries": tries, "menu.asked": tries, "survey.at": stage, "survey.tries": tries, "x": text}
		in := &channel.Message{Kind: channel.Text, Text: text}
		if pressed {
			in.Kind, in.Answer = channel.Answer, &channel.AnswerRef{ID: id}
		}
		for _, b := range []bot.Bot{menu, survey} {
			for turn := range 2 {
				r, err := b.Turn(t.Context(), bot.Session{Phase: bot.Start, Turn: turn, Vars: vars, Input: in, CustomerName: text, Now: morning})
				if err == nil {
					err = r.Validate()
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range r.Messages {
					if !utf8.ValidString(m.Text) || utf8.RuneCountInString(m.Text) > 4096 {
						t.Fatalf("says %q", m.Text)
					}
				}
				for k, v := range r.Set {
					if r.Next.Action != bot.Wait && strings.Contains(k, ".") && v != "" {
						t.Fatalf("leaves %s=%q behind", k, v)
					}
				}
			}
		}
	})
}

// Whatever a service answers, it is refused or is a reply that can be carried out, and one
// that comes through comes through again as it was.
func FuzzParseReply(f *testing.F) {
	f.Add(`{"messages":[{"kind":"text","text":"hi"}],"set":{"a":"b"},"next":{"action":"queue","priority":1,"skills":[{"name":"x"}]}}`)
	f.Add(`{}`)
	f.Add(`null`)
	f.Add(`{"messages":[{"kind":"interactive","menu":{"options":[{"id":"a","title":"A"}]}}],"next":{"action":"wait"}}`)
	f.Add(`{"next":{"action":"agent"},"x":1} {}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := bot.ParseReply([]byte(text))
		if err != nil {
			return
		}
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bot.ParseReply(data); err != nil {
			t.Fatalf("%s does not come through again: %v", data, err)
		}
	})
}
