package bot

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/internal/fault"
)

// The styles of a question with options.
const (
	styleButtons = "buttons"
	styleList    = "list"
	styleText    = "text"
)

// WhatsApp's limits on what can be pressed; those of other channels are wider.
const (
	maxButtons     = 3
	maxRows        = 10
	maxLines       = 30
	maxButtonTitle = 20
	maxRowTitle    = 24
	maxLineTitle   = 72
	maxDescription = 72
	maxOptionID    = 200 // bytes, with all ids above and the prefix
	maxDepth       = 8
)

func (m *Menu) build(f *fault.Faults, path string) Bot {
	b := &menuBot{pages: map[string]*page{}, choices: map[string]*choice{}}
	first := *m
	if first.Store == "" {
		first.Store = "choice"
	}
	checkSet(f, path+".store", map[string]string{first.Store: ""})
	if first.Tries == 0 {
		first.Tries = 3
	}
	if first.Otherwise == nil {
		first.Otherwise = &Exit{} // that of the phase
	}
	b.first = b.page(f, path, first, nil, "")
	return b
}

// page prepares one menu and those below it.
func (b *menuBot) page(f *fault.Faults, path string, m Menu, up *page, at string) *page {
	p := &page{Menu: m, at: at, up: up}
	b.pages[at] = p
	if up != nil {
		p.inherit(up)
		if m.Store != "" {
			f.Add(path+".store", "belongs to the first menu")
		}
	}
	if p.Button == "" {
		p.Button = "☰"
	}
	checkRequired(f, path+".text", m.Text, maxBody)
	checkText(f, path+".button", m.Button, maxButtonTitle)
	checkText(f, path+".invalid", m.Invalid, maxText)
	checkTries(f, path+".tries", m.Tries)
	if o := m.Otherwise; o != nil {
		checkText(f, path+".otherwise.text", o.Text, maxText)
		checkSet(f, path+".otherwise.set", o.Set)
		checkExit(f, path+".otherwise.next", o.Next)
		p.Otherwise = &Exit{o.Text, maps.Clone(o.Set), o.Next.clone()}
	}
	for i, o := range m.Options {
		p.choices = append(p.choices, b.choice(f, fmt.Sprintf("%s.options[%d]", path, i), o, p))
	}
	p.clashes(f, path)
	p.show(f, path)
	return p
}

func (p *page) inherit(up *page) {
	if p.Invalid == "" {
		p.Invalid = up.Invalid
	}
	if p.Tries == 0 {
		p.Tries = up.Tries
	}
	if p.Otherwise == nil {
		p.Otherwise = up.Otherwise
	}
	if p.Button == "" {
		p.Button = up.Button
	}
}

// choice prepares one option.
func (b *menuBot) choice(f *fault.Faults, path string, o Choice, p *page) *choice {
	o.Set, o.Next = maps.Clone(o.Set), o.Next.clone()
	c := &choice{Choice: o, path: o.ID}
	checkRequired(f, path+".title", o.Title, maxLineTitle)
	checkText(f, path+".description", o.Description, maxDescription)
	checkText(f, path+".text", o.Text, maxText)
	checkSet(f, path+".set", o.Set)
	for i, name := range append([]string{o.Title}, o.Words...) {
		list := words(fold(name))
		if len(list) == 0 && i > 0 {
			f.Add(fmt.Sprintf("%s.words[%d]", path, i-1), "has no letter or digit to write")
		}
		if len(list) > 0 {
			c.names = append(c.names, list)
		}
	}
	if c.path == "" {
		c.path = clip(strings.Join(words(fold(o.Title)), "-"), 40)
	}
	b.name(f, path+".id", c, p)
	b.lead(f, path, c, p)
	return c
}

// name gives a choice its path.
func (b *menuBot) name(f *fault.Faults, path string, c *choice, p *page) {
	switch {
	case c.path == "" && strings.TrimSpace(c.Title) == "": // reported already
		return
	case c.path == "":
		f.Add(path, "must be given: the title has no letter or digit")
		return
	case strings.ContainsRune(c.path, '/') || !utf8.ValidString(c.path):
		f.Add(path, "must be valid text without /, is %q", c.path)
	}
	if p.at != "" {
		c.path = p.at + "/" + c.path
	}
	if n := len(menuPrefix + c.path); n > maxOptionID {
		f.Add(path, "is %d bytes long with all ids above, the longest is %d; give shorter ids", n, maxOptionID)
	}
	if b.choices[c.path] != nil {
		f.Add(path, "%q is the id of another option here", c.path[strings.LastIndexByte(c.path, '/')+1:])
	}
	b.choices[c.path] = c
}

// lead checks where a choice goes, and prepares the menu below it.
func (b *menuBot) lead(f *fault.Faults, path string, c *choice, p *page) {
	n := 0
	if c.Next.Action != Wait || c.Next.Target != "" || c.Next.Priority != nil || c.Next.Skills != nil {
		checkExit(f, path+".next", c.Next)
		n++
	}
	if c.Back {
		if n++; p.up == nil {
			f.Add(path+".back", "there is no menu above the first")
		}
	}
	if c.Menu != nil {
		if n++; strings.Count(c.path, "/") >= maxDepth-1 {
			f.Add(path+".menu", "menus are nested more than %d deep", maxDepth)
		} else {
			c.page = b.page(f, path+".menu", *c.Menu, p, c.path)
		}
	}
	if n != 1 {
		f.Add(path, "must have exactly one of next, menu, back")
	}
}

// clashes finds options that an answer could not tell apart.
func (p *page) clashes(f *fault.Faults, path string) {
	taken := map[string]int{}
	for i, c := range p.choices {
		for _, name := range c.names {
			text := strings.Join(name, " ")
			if j, dup := taken[text]; dup && j != i {
				f.Add(fmt.Sprintf("%s.options[%d]", path, i), "%q reads the same as options[%d]", text, j)
			}
			taken[text] = i
			if list, ok := numbers(text); ok && len(name) == 1 && len(list) == 1 && list[0] != i+1 && list[0] >= 1 && list[0] <= len(p.choices) {
				f.Add(fmt.Sprintf("%s.options[%d]", path, i), "%q is the number of options[%d]", text, list[0]-1)
			}
		}
	}
}

// show settles the style.
func (p *page) show(f *fault.Faults, path string) {
	faults := map[string]string{}
	for _, style := range []string{styleButtons, styleList, styleText} {
		faults[style] = p.misfit(style)
	}
	switch problem, known := faults[p.Style]; {
	case p.Style == "":
		for _, style := range []string{styleButtons, styleList, styleText} {
			if p.Style = style; faults[style] == "" {
				break
			}
		}
		if faults[p.Style] != "" {
			f.Add(path+".options", "%s", faults[p.Style])
		}
	case !known:
		f.Add(path+".style", "unknown style %q; valid: buttons, list, text, or none", clip(p.Style, 64))
	case problem != "":
		f.Add(path+".options", "%s", problem)
	}
	if p.Style == styleText {
		return
	}
	for _, c := range p.choices {
		o := channel.Option{ID: menuPrefix + c.path, Title: strings.TrimSpace(c.Title)}
		if p.Style == styleList {
			o.Description = c.Description
		}
		p.options = append(p.options, o)
	}
}

// misfit says why the options cannot be shown in a style, "" if they can.
func (p *page) misfit(style string) string {
	most, longest := maxLines, maxLineTitle
	switch style {
	case styleButtons:
		most, longest = maxButtons, maxButtonTitle
	case styleList:
		most, longest = maxRows, maxRowTitle
	}
	if n := len(p.choices); n == 0 || n > most {
		return fmt.Sprintf("must be 1 to %d for style %s, there are %d", most, style, n)
	}
	for i, c := range p.choices {
		if n := utf8.RuneCountInString(c.Title); n > longest {
			return fmt.Sprintf("options[%d].title is %d characters long, the longest for style %s is %d", i, n, style, longest)
		}
		if style == styleButtons && c.Description != "" {
			return fmt.Sprintf("options[%d].description: buttons have none", i)
		}
	}
	if style != styleText && slices.ContainsFunc(p.choices, func(c *choice) bool { return c.path == "" }) {
		return "an option has no id"
	}
	return ""
}

// lines are the options as text.
func (p *page) lines() string {
	var b strings.Builder
	b.WriteString("\n")
	for i, c := range p.choices {
		fmt.Fprintf(&b, "\n%d. %s", i+1, strings.TrimSpace(c.Title))
		if c.Description != "" {
			b.WriteString(": " + c.Description)
		}
	}
	return b.String()
}
