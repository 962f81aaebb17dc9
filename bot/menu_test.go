package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/settings"
)

var toQueue = bot.Next{Action: bot.Queue}

// front is the menu of a front desk: three options, one of which asks on.
func front() bot.Menu {
	return bot.Menu{
		Text: "How can we help?", Invalid: "Sorry, I did not get that.",
		Options: []bot.Choice{
			{Title: "Sales", ID: "sales", Text: "Sales it is.", Menu: &bot.Menu{
				Text: "What is it about?",
				Options: []bot.Choice{
					{Title: "New order", Next: bot.Next{Action: bot.Queue, Priority: pointer(5), Skills: []settings.Skill{{Name: "orders"}}}},
					{Title: "My invoice", Words: []string{"bill", "payment"}, Next: bot.Next{Action: bot.Campaign, Target: "billing"}},
					{Title: "Back", Back: true},
				},
			}},
			{Title: "Ana, please", ID: "ana", Set: map[string]string{"wants": "ana"}, Next: bot.Next{Action: bot.Agent, Target: "ana"}},
			{Title: "Español", ID: "es", Next: bot.Next{Action: bot.Queue, Skills: []settings.Skill{{Name: "spanish", Level: 3}}}},
		},
	}
}

func menuTalk(t *testing.T, m bot.Menu) *talk {
	t.Helper()
	b, err := bot.NewMenu(m)
	require.NoError(t, err)
	return newTalk(t, b, bot.Start)
}

func options(n, titleLength int) (list []bot.Choice) {
	for i := range n {
		title := fmt.Sprintf("%c%s", []rune("ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789")[i], strings.Repeat("x", titleLength-1))
		list = append(list, bot.Choice{ID: fmt.Sprint("o", i+1), Title: title, Next: toQueue})
	}
	return list
}

func TestMenuIsShown(t *testing.T) {
	shown := func(t *testing.T, m bot.Menu) channel.Message {
		t.Helper()
		m.Text = "Choose"
		r := menuTalk(t, m).begin()
		require.Len(t, r.Messages, 1)
		return r.Messages[0]
	}
	t.Run("as buttons up to three", func(t *testing.T) {
		m := shown(t, bot.Menu{Options: options(3, 20)})
		assert.Equal(t, channel.Interactive, m.Kind)
		assert.Empty(t, m.Menu.Button)
		assert.Len(t, m.Menu.Options, 3)
		assert.Equal(t, channel.Option{ID: "menu:o1", Title: "A" + strings.Repeat("x", 19)}, m.Menu.Options[0])
	})
	t.Run("as a list from four", func(t *testing.T) {
		m := shown(t, bot.Menu{Options: options(4, 20)})
		assert.Equal(t, "☰", m.Menu.Button)
		assert.Len(t, m.Menu.Options, 4)
	})
	t.Run("as a list when a title is too long for a button", func(t *testing.T) {
		assert.Equal(t, "Open", shown(t, bot.Menu{Button: "Open", Options: options(2, 24)}).Menu.Button)
	})
	t.Run("as a list when there is a description", func(t *testing.T) {
		list := options(2, 5)
		list[0].Description = "more"
		assert.Equal(t, "more", shown(t, bot.Menu{Options: list}).Menu.Options[0].Description)
	})
	t.Run("as a list of ten", func(t *testing.T) {
		assert.Len(t, shown(t, bot.Menu{Options: options(10, 24)}).Menu.Options, 10)
	})
	t.Run("as numbered lines from eleven", func(t *testing.T) {
		m := shown(t, bot.Menu{Options: options(11, 2)})
		assert.Equal(t, channel.Text, m.Kind)
		assert.Contains(t, m.Text, "Choose\n\n1. Ax\n2. Bx\n")
		assert.Contains(t, m.Text, "\n11. Kx")
	})
	t.Run("as numbered lines when asked for, with descriptions", func(t *testing.T) {
		list := options(2, 2)
		list[1].Description = "more"
		assert.Equal(t, "Choose\n\n1. Ax\n2. Bx: more", shown(t, bot.Menu{Style: "text", Options: list}).Text)
	})
}

func TestMenuIsUnderstood(t *testing.T) {
	m := bot.Menu{Text: "?", Tries: 20, Options: []bot.Choice{
		{ID: "a", Title: "Sales", Next: toQueue},
		{ID: "b", Title: "24h support!", Words: []string{"help"}, Next: toQueue},
		{ID: "c", Title: "Facturación y pagos", Next: toQueue},
		{ID: "d", Title: "شكوى", Next: toQueue},
		{ID: "e", Title: "C++", Next: toQueue},
		{ID: "f", Title: "👍", Next: toQueue},
		{ID: "g", Title: "Sales of cars", Next: toQueue},
	}}
	long := strings.Repeat("x ", 1<<19)
	for text, want := range map[string]string{
		"Sales": "a", "sales": "a", "  SALES!! ": "a", "“Sales”": "a", "s\u200bal\u200des\ufeff": "a", "\u202esales\u202c": "a", "sa\u0301les": "a",
		"1": "a", "1.": "a", "#1": "a", "(1)": "a", "option 1": "a", "nº 1": "a", "1 please": "a", "1️⃣": "a", "１": "a", "١": "a", "१": "a", "01": "a", "1 - Sales": "a", "𝟏": "a", "𝟙": "a",
		"I want sales please": "a", "sales sales": "a",
		"24h support": "b", "24H SUPPORT": "b", "help": "b", "please help me": "b", "2": "b",
		"facturacion y pagos": "c", "FACTURACIÓN Y PAGOS": "c", "facturacio\u0301n y pagos": "c", "3": "c",
		"شكوى": "d", "\u200fشكوى\u200f": "d", "٤": "d",
		"c++": "e", "C++ please": "e", "👍": "f", "👍🏽": "f", "7": "g", "sales of cars": "g",
		// Not clear, or nothing at all.
		"": "", " ": "", "\u200b\u200b": "", "0": "", "8": "", "-1": "", "1.5": "", "1,5": "", "1 2": "", "1 or 2": "", "99999999999999999999": "",
		"sales of cars please": "", // within: "sales" too
		"sales help":           "", "salesman": "", "24": "", "1st": "", "I have 2 kids and a dog": "", "\xff\xfe": "", long: "", long + "sales": "",
		strings.Repeat("\u200b", 1<<20) + "1": "",
	} {
		k := menuTalk(t, m)
		k.begin()
		k.says(text)
		assert.Equal(t, want, k.s.Vars["choice"], "%.40q", text)
	}
}

func TestMenuLeads(t *testing.T) {
	t.Run("to an agent, with variables", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		r := k.says("2")
		assert.Equal(t, bot.Next{Action: bot.Agent, Target: "ana"}, r.Next)
		assert.Equal(t, map[string]string{"wants": "ana", "choice": "ana"}, k.s.Vars)
		k.clean()
	})
	t.Run("to another menu, and from there with priority and skills", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		k.presses("menu:sales")
		k.waits()
		assert.Equal(t, []string{"Sales it is.", "What is it about?"}, k.texts())
		r := k.says("new order")
		assert.Equal(t, bot.Next{Action: bot.Queue, Priority: pointer(5), Skills: []settings.Skill{{Name: "orders"}}}, r.Next)
		assert.Equal(t, "sales/new-order", k.s.Vars["choice"])
		k.clean()
	})
	t.Run("to another campaign by another word", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		k.says("Sales")
		assert.Equal(t, bot.Next{Action: bot.Campaign, Target: "billing"}, k.says("it is about my bill").Next)
	})
	t.Run("back", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		k.says("1")
		k.says("3")
		k.waits()
		assert.Equal(t, []string{"How can we help?"}, k.texts())
		k.says("3")
		assert.Equal(t, "es", k.s.Vars["choice"])
	})
	t.Run("in every phase alike", func(t *testing.T) {
		for _, phase := range phases {
			k := menuTalk(t, front())
			k.s.Phase = phase
			k.begin()
			assert.Equal(t, bot.Agent, k.says("Ana please").Next.Action, phase)
			k.clean()
		}
	})
	t.Run("by a button of a menu that was left", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		k.presses("menu:sales")
		assert.Equal(t, bot.Agent, k.presses("menu:ana").Next.Action)
		k.clean()
	})
	t.Run("by an old button that opens the interaction", func(t *testing.T) {
		k := menuTalk(t, front())
		assert.Equal(t, bot.Campaign, k.presses("menu:sales/my-invoice").Next.Action)
	})
	t.Run("not by a first message in words", func(t *testing.T) {
		k := menuTalk(t, front())
		k.says("sales")
		assert.Equal(t, []string{"How can we help?"}, k.texts())
	})
	t.Run("by a button of somebody else, whose title it has", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		r := k.turn(&channel.Message{Kind: channel.Answer, Text: "Español", Answer: &channel.AnswerRef{ID: "campaign-7"}})
		assert.Equal(t, "spanish", r.Next.Skills[0].Name)
	})
	t.Run("into a variable of another name", func(t *testing.T) {
		m := front()
		m.Store = "topic"
		k := menuTalk(t, m)
		k.begin()
		k.says("2")
		assert.Equal(t, "ana", k.s.Vars["topic"])
	})
}

func TestMenuIsAskedAgain(t *testing.T) {
	t.Run("up to three times, then to the queue from the start", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		for range 2 {
			k.says("what?")
			k.waits()
			assert.Equal(t, []string{"Sorry, I did not get that.", "How can we help?"}, k.texts())
		}
		assert.Equal(t, bot.Reply{Set: map[string]string{"menu.tries": "", "menu.asked": ""}, Next: toQueue}, k.says("what?"))
		assert.Empty(t, k.s.Vars)
	})
	t.Run("then to the end from other phases", func(t *testing.T) {
		for _, phase := range phases[1:] {
			m := front()
			m.Tries = 1
			k := menuTalk(t, m)
			k.s.Phase = phase
			k.begin()
			assert.Equal(t, bot.Finish, k.says("what?").Next.Action, phase)
		}
	})
	t.Run("then where it says", func(t *testing.T) {
		m := front()
		m.Tries = 1
		m.Otherwise = &bot.Exit{Text: "A person will help.", Set: map[string]string{"lost": "yes"}, Next: bot.Next{Action: bot.Campaign, Target: "support"}}
		k := menuTalk(t, m)
		k.begin()
		k.says("1")
		r := k.says("what?") // the menu below has it too
		assert.Equal(t, "support", r.Next.Target)
		assert.Equal(t, []string{"A person will help."}, k.texts())
		assert.Equal(t, map[string]string{"lost": "yes"}, k.s.Vars)
	})
	t.Run("an answer that is understood starts the count again", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		k.says("what?")
		k.says("what?")
		k.says("sales")
		k.says("what?")
		k.waits()
		k.says("what?")
		k.waits()
	})
	t.Run("a reaction is no answer", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		for range 10 {
			r := k.turn(&channel.Message{Kind: channel.Reaction, Reaction: &channel.ReactionRef{MessageID: "m", Emoji: "👍"}})
			assert.Equal(t, bot.Reply{}, r)
		}
	})
	t.Run("a turn without input is no answer", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		assert.Equal(t, bot.Reply{}, k.turn(nil))
	})
	t.Run("6 an album of ten pictures is asked about once", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		for range 9 {
			assert.Equal(t, bot.Reply{}, k.turn(&channel.Message{Kind: channel.Image, Media: &channel.MediaRef{ID: "m"}}))
		}
		k.s.Now = k.s.Now.Add(5 * time.Second)
		k.turn(&channel.Message{Kind: channel.Image, Media: &channel.MediaRef{ID: "m"}})
		assert.Len(t, k.texts(), 2)
		for range 9 {
			assert.Equal(t, bot.Reply{}, k.turn(&channel.Message{Kind: channel.Image, Media: &channel.MediaRef{ID: "m"}}))
		}
		assert.Equal(t, "ana", k.presses("menu:ana").Next.Target)
	})
	t.Run("a picture with the answer below it is understood", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		k.turn(&channel.Message{Kind: channel.Image, Text: "Español", Media: &channel.MediaRef{ID: "m"}})
		assert.Equal(t, "es", k.s.Vars["choice"])
	})
}

// A menu may change, and other programs may write variables, while customers are in it.
func TestMenuWithStrangeVariables(t *testing.T) {
	t.Run("what an earlier session left behind is not looked at", func(t *testing.T) {
		k := menuTalk(t, front())
		k.s.Vars["menu.at"], k.s.Vars["menu.tries"] = "sales", "2"
		k.begin()
		assert.Equal(t, []string{"How can we help?"}, k.texts())
		k.says("what?")
		k.waits()
		k.says("2")
		assert.Equal(t, "ana", k.s.Vars["choice"])
	})
	t.Run("a menu that is gone is the first again", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		k.says("1")
		k.s.Vars["menu.at"] = "renamed"
		k.says("2")
		assert.Equal(t, "ana", k.s.Vars["choice"])
	})
	t.Run("a count that is none", func(t *testing.T) {
		for _, v := range []string{"x", "-5", "", "99999999999999999999"} {
			k := menuTalk(t, front())
			k.begin()
			k.s.Vars["menu.tries"], k.s.Vars["menu.asked"] = v, v
			k.says("what?")
			assert.Contains(t, []bot.Action{bot.Wait, bot.Queue}, k.last.Next.Action)
		}
	})
	t.Run("a button whose option is gone is an answer like any other", func(t *testing.T) {
		k := menuTalk(t, front())
		k.begin()
		k.presses("menu:gone")
		assert.Equal(t, []string{"Sorry, I did not get that.", "How can we help?"}, k.texts())
	})
}

func TestMenuConfiguration(t *testing.T) {
	_, err := bot.NewMenu(bot.Menu{
		Style: "wheel", Button: strings.Repeat("x", 21), Tries: -1, Store: "menu.at",
		Otherwise: &bot.Exit{Next: bot.Next{Action: bot.Agent}},
		Options: []bot.Choice{
			{},
			{Title: "Sales", Next: toQueue, Menu: &bot.Menu{Text: "?", Store: "x", Options: []bot.Choice{{Title: "a/b", ID: "a/b", Back: true}}}},
			{Title: "SALES!", ID: "s2", Back: true},
			{Title: "1", Next: bot.Next{Action: bot.Queue, Skills: []settings.Skill{{Level: 11, For: -1}}}},
			{Title: "!!!", Words: []string{"?"}, Next: toQueue},
			{Title: "Again", ID: "s2", Next: bot.Next{Action: "wait"}, Set: map[string]string{"survey.at": "x"}},
		},
	})
	assert.Equal(t, []string{
		`menu.store: "menu.at" cannot be the name of a variable`,
		"menu.text: must not be empty",
		"menu.button: is 21 characters long, the longest is 20",
		"menu.tries: must be 0 to 20, is -1",
		"menu.otherwise.next.target: must name the agent to hand over to",
		"menu.options[0].title: must not be empty",
		"menu.options[0]: must have exactly one of next, menu, back",
		"menu.options[1].menu.store: belongs to the first menu",
		`menu.options[1].menu.options[0].id: must be valid text without /, is "a/b"`,
		"menu.options[1]: must have exactly one of next, menu, back",
		"menu.options[2].back: there is no menu above the first",
		"menu.options[3].next.skills[0].name: must not be empty",
		"menu.options[3].next.skills[0].level: must be 1 to 10, or 0 for 1, is 11",
		"menu.options[3].next.skills[0].for: must be ≥ 0, is -1",
		"menu.options[4].words[0]: has no letter or digit to write",
		"menu.options[4].id: must be given: the title has no letter or digit",
		`menu.options[5].set: "survey.at" cannot be the name of a variable`,
		`menu.options[5].id: "s2" is the id of another option here`,
		"menu.options[5].next.action: there is nothing to wait for; valid: queue, agent, campaign, end",
		`menu.options[2]: "sales" reads the same as options[1]`,
		`menu.options[3]: "1" is the number of options[0]`,
		`menu.style: unknown style "wheel"; valid: buttons, list, text, or none`,
	}, faults(t, err))

	for style, list := range map[string][]bot.Choice{"buttons": options(4, 5), "list": options(11, 5), "text": options(31, 5), "": nil} {
		_, err := bot.NewMenu(bot.Menu{Text: "?", Style: style, Options: list})
		most := map[string]int{"buttons": 3, "list": 10, "text": 30, "": 30}[style]
		name := style
		if style == "" {
			name = "text"
		}
		assert.Equal(t, []string{fmt.Sprintf("menu.options: must be 1 to %d for style %s, there are %d", most, name, len(list))}, faults(t, err))
	}
	_, err = bot.NewMenu(bot.Menu{Text: "?", Style: "list", Options: options(1, 25)})
	assert.Equal(t, []string{"menu.options: options[0].title is 25 characters long, the longest for style list is 24"}, faults(t, err))

	t.Run("a menu within itself ends", func(t *testing.T) {
		m := &bot.Menu{Text: "?", Options: []bot.Choice{{Title: "on"}}}
		m.Options[0].Menu = m
		_, err := bot.NewMenu(*m)
		require.Len(t, faults(t, err), 1)
		assert.Contains(t, faults(t, err)[0], "menus are nested more than 8 deep")
	})
	t.Run("ids are together no longer than a row's may be", func(t *testing.T) {
		_, err := bot.NewMenu(bot.Menu{Text: "?", Options: []bot.Choice{{Title: "on", ID: strings.Repeat("x", 196), Next: toQueue}}})
		assert.Equal(t, []string{"menu.options[0].id: is 201 bytes long with all ids above, the longest is 200; give shorter ids"}, faults(t, err))
	})
}
