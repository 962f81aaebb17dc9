package bot

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/usher-go/usher/channel"
)

// Menu is a bot that lets the customer choose. Every option leads somewhere: to the queue,
// with skills, priority and variables, to an agent or a campaign, to the end, or to another
// menu. The choice is understood as a press of the button or row, the number of the option,
// its title or one of its words, with other words around it or without; case, accents and
// punctuation do not matter. A press counts on whichever menu of the tree it was, also when
// it is what opens the interaction.
//
// What the bot must remember is in variables of the interaction whose names begin with
// "menu.", and they are deleted when it lets go.
type Menu struct {
	// Text is the question, up to 1,024 characters; see [Message] for what stands in
	// braces.
	Text string `json:"text"`
	// Style is how the options are shown: "buttons" (up to three, titles up to 20
	// characters), "list" (up to ten, titles up to 24), "text" (numbered lines, up to
	// 30), or "" for the first of these that they fit in.
	Style string `json:"style,omitempty"`
	// Button is the label that opens a list, up to 20 characters. "" = "☰".
	Button  string   `json:"button,omitempty"`
	Options []Choice `json:"options"`

	// What follows is taken over by the menus below, unless they have their own.

	// Invalid is said before the question is asked again.
	Invalid string `json:"invalid,omitempty"`
	// Tries is how many answers in a row that are not understood make the bot let go.
	// 0 = 3.
	Tries int `json:"tries,omitempty"`
	// Otherwise is what happens then. The zero value is to the queue from the start, and
	// the end from any other phase.
	Otherwise *Exit `json:"otherwise,omitempty"`
	// Store is the variable that gets the path of ids chosen, such as "sales/new". Only
	// of the first menu. "" = "choice".
	Store string `json:"store,omitempty"`
}

// Choice is one option of a [Menu]. It has exactly one of Next, Menu and Back.
type Choice struct {
	// ID names the option for ever: buttons in customers' hands carry it. Unique in its
	// menu. "" = the title's words, such as "new-order".
	ID          string `json:"id,omitempty"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"` // up to 72 characters; not on buttons
	// Words are other words for the same.
	Words []string          `json:"words,omitempty"`
	Text  string            `json:"text,omitempty"` // said when it is chosen
	Set   map[string]string `json:"set,omitempty"`
	Next  Next              `json:"next,omitzero"`
	Menu  *Menu             `json:"menu,omitempty"` // asks on
	Back  bool              `json:"back,omitempty"` // one menu up
}

// Exit is how a bot lets go.
type Exit struct {
	Text string            `json:"text,omitempty"`
	Set  map[string]string `json:"set,omitempty"`
	Next Next              `json:"next,omitzero"`
}

// NewMenu returns the bot. The error is a *[ConfigError] with every fault.
func NewMenu(m Menu) (Bot, error) { return New(Config{Menu: &m}) }

// The variables of bots that ask, deleted when they let go. A bot finds nothing in them on
// its first turn, so that what another left behind does no harm.
const (
	keyAt    = "menu.at"
	keyTries = "menu.tries"
	keyAsked = "menu.asked"
)

// menuPrefix marks the ids of options on the wire.
const menuPrefix = "menu:"

// page is one menu of a tree, ready to be asked.
type page struct {
	Menu
	at      string // ids from the first menu, "" there
	up      *page  // nil at the first
	choices []*choice
	options []channel.Option // as shown; nil when shown as text
}

type choice struct {
	Choice
	path  string     // such as "sales/new"
	names [][]string // title and words, as answers are compared
	page  *page      // of Menu
}

type menuBot struct {
	first   *page
	pages   map[string]*page   // by at
	choices map[string]*choice // by path
}

// Turn implements [Bot].
func (b *menuBot) Turn(_ context.Context, s Session) (Reply, error) {
	pressed := b.pressed(s.Input)
	if s.Turn == 0 {
		if pressed != nil {
			return b.take(s, pressed), nil
		}
		return b.ask(s, b.first, nil), nil
	}
	if s.Input == nil || !s.Input.Speaks() {
		return Reply{}, nil
	}
	p := b.pages[s.Vars[keyAt]]
	if p == nil { // the menus have changed meanwhile
		p = b.first
	}
	if pressed == nil {
		pressed = p.read(s.Input.Text)
	}
	if pressed != nil {
		return b.take(s, pressed), nil
	}
	return b.again(s, p), nil
}

// pressed returns the option whose button or row was pressed.
func (b *menuBot) pressed(m *channel.Message) *choice {
	if m == nil || m.Answer == nil {
		return nil
	}
	path, ours := strings.CutPrefix(m.Answer.ID, menuPrefix)
	if !ours {
		return nil
	}
	return b.choices[path]
}

// read returns the option that an answer in words means, nil if that is not clear: the one
// named exactly, else the one whose number it is, else the only one that is named in it.
func (p *page) read(text string) *choice {
	folded := fold(text)
	said := words(folded)
	var within []*choice
	for _, c := range p.choices {
		for _, name := range c.names {
			if slices.Equal(name, said) {
				return c
			}
			if contains(said, name) {
				within = append(within, c)
				break
			}
		}
	}
	if list, ok := numbers(folded); ok && len(list) == 1 && len(said) <= 3 && list[0] >= 1 && list[0] <= len(p.choices) {
		return p.choices[list[0]-1]
	}
	if len(within) == 1 && len(said) <= 12 {
		return within[0]
	}
	return nil
}

func contains(said, name []string) bool {
	for i := 0; len(name) > 0 && i+len(name) <= len(said); i++ {
		if slices.Equal(said[i:i+len(name)], name) {
			return true
		}
	}
	return false
}

// take goes where a choice leads.
func (b *menuBot) take(s Session, c *choice) Reply {
	set := maps.Clone(c.Set)
	if set == nil {
		set = map[string]string{}
	}
	said := say(nil, c.Text, s)
	switch {
	case c.page != nil:
		return b.ask(s, c.page, set, said...)
	case c.Back:
		return b.ask(s, b.pages[c.path[:strings.LastIndexByte(c.path, '/')]].up, set, said...)
	}
	set[b.first.Store] = c.path
	forget(s, set, keyAt, keyTries, keyAsked)
	return Reply{Messages: said, Set: set, Next: c.Next.clone()}
}

// ask shows a menu, after what is said before.
func (b *menuBot) ask(s Session, p *page, set map[string]string, before ...channel.Message) Reply {
	r := Reply{Messages: append(before, p.message(s)), Set: set}
	if r.Set == nil {
		r.Set = map[string]string{}
	}
	forget(s, r.Set, keyAt, keyTries)
	if p.at != "" {
		r.Set[keyAt] = p.at
	}
	r.Set[keyAsked] = instant(s)
	return r
}

// again asks once more, or lets go after too many answers that were not understood.
func (b *menuBot) again(s Session, p *page) Reply {
	if burst(s, keyAsked) {
		return Reply{}
	}
	tries := count(s.Vars[keyTries]) + 1
	if tries >= p.Tries {
		set := maps.Clone(p.Otherwise.Set)
		if set == nil {
			set = map[string]string{}
		}
		forget(s, set, keyAt, keyTries, keyAsked)
		return Reply{Messages: say(nil, p.Otherwise.Text, s), Set: set, Next: p.Otherwise.Next.or(s.Phase)}
	}
	r := b.ask(s, p, nil, say(nil, p.Invalid, s)...)
	r.Set[keyTries] = decimal(tries)
	return r
}

// message is the menu as it is sent.
func (p *page) message(s Session) channel.Message {
	if p.options == nil {
		return channel.TextMessage(expand(p.Text, s, maxBody) + p.lines())
	}
	m := &channel.Menu{Options: slices.Clone(p.options)}
	if p.Style == styleList {
		m.Button = p.Button
	}
	return channel.Message{Kind: channel.Interactive, Text: expand(p.Text, s, maxBody), Menu: m}
}
