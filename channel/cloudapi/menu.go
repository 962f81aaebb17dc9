package cloudapi

import (
	"fmt"

	"github.com/usher-go/usher/channel"
)

// menu writes a choice as reply buttons, or as a list when the label that opens one is
// set.
func menu(f *sendFaults, m channel.Message) *interactiveBody {
	if m.Menu == nil {
		f.add("menu", "is required")
		return nil
	}
	b := &interactiveBody{Body: plainText{m.Text}}
	f.required("text", m.Text)
	f.limit("menu.header", m.Menu.Header, maxHeader)
	f.limit("menu.footer", m.Menu.Footer, maxFooter)
	if m.Menu.Header != "" {
		b.Header = &headText{Type: "text", Text: m.Menu.Header}
	}
	if m.Menu.Footer != "" {
		b.Footer = &plainText{m.Menu.Footer}
	}
	if m.Menu.Button == "" {
		b.Type = "button"
		f.limit("text", m.Text, maxButtonsBody)
		b.Action.Buttons = buttons(f, m.Menu.Options)
	} else {
		b.Type = "list"
		f.limit("text", m.Text, maxListBody)
		f.limit("menu.button", m.Menu.Button, maxListButton)
		b.Action.Button = m.Menu.Button
		b.Action.Sections = sections(f, m.Menu.Options)
	}
	return b
}

func buttons(f *sendFaults, options []channel.Option) []replyButton {
	f.count("menu.options", len(options), maxButtons)
	out := make([]replyButton, 0, len(options))
	titles, ids := map[string]int{}, map[string]int{}
	for i, o := range options {
		path := fmt.Sprintf("menu.options[%d]", i)
		f.option(path, o, maxButtonTitle, maxButtonID, ids)
		f.unique(path+".title", o.Title, i, titles)
		if o.Description != "" || o.Section != "" {
			f.add(path, "a button has neither description nor section; set menu.button for a list")
		}
		out = append(out, replyButton{Type: "reply", Reply: row{ID: o.ID, Title: o.Title}})
	}
	return out
}

// sections groups options by section, in the order in which sections first appear.
func sections(f *sendFaults, options []channel.Option) []section {
	f.count("menu.options", len(options), maxRows)
	var out []section
	at, ids := map[string]int{}, map[string]int{}
	for i, o := range options {
		path := fmt.Sprintf("menu.options[%d]", i)
		f.option(path, o, maxRowTitle, maxRowID, ids)
		f.limit(path+".description", o.Description, maxRowDescription)
		f.limit(path+".section", o.Section, maxSectionTitle)
		n, seen := at[o.Section]
		if !seen {
			n = len(out)
			at[o.Section] = n
			out = append(out, section{Title: o.Section})
		}
		out[n].Rows = append(out[n].Rows, row{ID: o.ID, Title: o.Title, Description: o.Description})
	}
	if _, untitled := at[""]; untitled && len(out) > 1 {
		f.add("menu.options", "every option needs a section once there are two sections")
	}
	return out
}

// option checks what buttons and rows have in common.
func (f *sendFaults) option(path string, o channel.Option, maxTitle, maxID int, ids map[string]int) {
	f.required(path+".id", o.ID)
	f.limit(path+".id", o.ID, maxID)
	f.required(path+".title", o.Title)
	f.limit(path+".title", o.Title, maxTitle)
	f.unique(path+".id", o.ID, len(ids), ids)
}

// unique reports a value that an earlier option has.
func (f *sendFaults) unique(path, value string, i int, seen map[string]int) {
	if first, dup := seen[value]; dup && value != "" {
		f.add(path, "is the same as that of option %d", first)
		return
	}
	seen[value] = i
}
