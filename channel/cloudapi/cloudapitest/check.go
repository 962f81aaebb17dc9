package cloudapitest

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// graph is an error of the Graph API.
type graph struct {
	Code    int
	Status  int
	Details string
}

// httpStatus is the status that Meta documents for a code; others come with 400.
var httpStatus = map[int]int{
	0: 401, 190: 401, 3: 500, 10: 403, 131005: 403, 368: 403, 130497: 403, 131031: 403,
	131045: 500, 2: 503, 133004: 503, 131000: 500, 131016: 500, 131057: 500, 134102: 500,
	132001: 404,
}

func graphError(code int, details string) *graph {
	status, ok := httpStatus[code]
	switch {
	case ok:
	case code >= 200 && code < 300:
		status = http.StatusForbidden
	default:
		status = http.StatusBadRequest
	}
	return &graph{Code: code, Status: status, Details: details}
}

func refuse(w http.ResponseWriter, g *graph) {
	answer(w, g.Status, map[string]any{"error": map[string]any{
		"message": fmt.Sprintf("(#%d) refused by the stand-in", g.Code), "type": "OAuthException", "code": g.Code,
		"error_data": map[string]any{"messaging_product": "whatsapp", "details": g.Details},
		"fbtrace_id": "TRACE",
	}})
}

// checks collects the first problem of a request.
type checks struct{ problem *graph }

func (c *checks) that(ok bool, code int, format string, args ...any) {
	if !ok && c.problem == nil {
		c.problem = graphError(code, fmt.Sprintf(format, args...))
	}
}

func (c *checks) text(path, text string, least, most int) {
	n := utf8.RuneCountInString(text)
	c.that(n >= least, 131008, "%s is missing", path)
	c.that(n <= most, 131009, "%s has %d characters, at most %d are allowed", path, n, most)
}

// check says what Meta would not like about the request, or nil.
func (r request) check() *graph {
	var c checks
	c.that(r.Product == "whatsapp", 100, "messaging_product must be whatsapp")
	c.that(r.Kind == "" || r.Kind == "individual", 131009, "recipient_type must be individual")
	c.that(r.To != "" || len(r.Recipient) > 3, 131008, "to or recipient is missing")
	c.that(r.To == "" || phoneForm(r.To), 131009, "to must be + and digits")
	c.text("biz_opaque_callback_data", r.Key, 0, 512)
	r.checkContent(&c)
	return c.problem
}

func phoneForm(to string) bool {
	digits, plus := strings.CutPrefix(to, "+")
	return plus && digits != "" && strings.Trim(digits, "0123456789") == ""
}

func (r request) checkContent(c *checks) {
	files := map[string]*media{
		"image": r.Image, "video": r.Video, "audio": r.Audio, "document": r.Document, "sticker": r.Sticker,
	}
	switch r.Type {
	case "text":
		c.that(r.Text != nil, 131008, "text is missing")
		if r.Text != nil {
			c.text("text.body", r.Text.Body, 1, 4096)
		}
	case "image", "video", "audio", "document", "sticker":
		files[r.Type].check(c, r.Type)
	case "interactive":
		c.that(r.Interactive != nil, 131008, "interactive is missing")
		if r.Interactive != nil {
			r.Interactive.check(c)
		}
	case "template":
		c.that(r.Template != nil && r.Template.Name != "" && r.Template.Language.Code != "", 131008,
			"template.name and template.language.code are needed")
		c.that(r.Context.ID == "", 131009, "a template cannot be a reply")
	case "location":
		c.that(r.Location != nil && r.Location.Latitude != nil && r.Location.Longitude != nil, 131008,
			"location.latitude and location.longitude are needed")
	case "contacts":
		c.that(len(r.Contacts) > 0, 131008, "contacts is missing")
		c.that(len(r.Contacts) <= 5, 131009, "at most 5 contacts")
		for _, card := range r.Contacts {
			c.that(card.Name.Formatted != "", 131008, "contacts.name.formatted_name is missing")
		}
	case "reaction":
		c.that(r.Reaction != nil && r.Reaction.MessageID != "" && r.Reaction.Emoji != nil, 131008,
			"reaction.message_id and reaction.emoji are needed")
		c.that(r.Context.ID == "", 131009, "a reaction cannot be a reply")
	default:
		c.that(false, 131051, "unsupported message type %q", r.Type)
	}
}

func (m *media) check(c *checks, kind string) {
	c.that(m != nil, 131008, "%s is missing", kind)
	if m == nil {
		return
	}
	c.that((m.ID == "") != (m.Link == ""), 131009, "%s needs either id or link", kind)
	most := 1024
	if kind == "audio" || kind == "sticker" {
		most = 0
	}
	c.text(kind+".caption", m.Caption, 0, most)
}

func (i *interactive) check(c *checks) {
	c.that(i.Header.Type == "" || i.Header.Type == "text", 131009, "interactive.header.type must be text")
	c.text("interactive.header.text", i.Header.Text, 0, 60)
	c.text("interactive.footer.text", i.Footer.Text, 0, 60)
	seen := map[string]bool{}
	switch i.Type {
	case "button":
		c.text("interactive.body.text", i.Body.Text, 1, 1024)
		n := len(i.Action.Buttons)
		c.that(n >= 1 && n <= 3, 131009, "1 to 3 buttons, not %d", n)
		for _, b := range i.Action.Buttons {
			c.that(b.Type == "reply", 131009, "buttons.type must be reply")
			c.option(b.Reply, 20, 256, seen)
			c.that(!seen["title "+b.Reply.Title], 131009, "two buttons have one title")
			seen["title "+b.Reply.Title] = true
		}
	case "list":
		c.text("interactive.body.text", i.Body.Text, 1, 4096)
		c.text("interactive.action.button", i.Action.Button, 1, 20)
		i.checkSections(c, seen)
	default:
		c.that(false, 131009, "interactive.type %q", i.Type)
	}
}

func (i *interactive) checkSections(c *checks, seen map[string]bool) {
	sections, rows := i.Action.Sections, 0
	c.that(len(sections) >= 1 && len(sections) <= 10, 131009, "1 to 10 sections, not %d", len(sections))
	for _, sec := range sections {
		c.that(len(sections) == 1 || sec.Title != "", 131009, "sections.title is missing")
		c.text("sections.title", sec.Title, 0, 24)
		c.that(len(sec.Rows) > 0, 131009, "a section without rows")
		for _, row := range sec.Rows {
			rows++
			c.option(row, 24, 200, seen)
			c.text("rows.description", row.Description, 0, 72)
		}
	}
	c.that(rows <= 10, 131009, "at most 10 rows, not %d", rows)
}

func (c *checks) option(o choice, title, id int, seen map[string]bool) {
	c.text("title", o.Title, 1, title)
	c.text("id", o.ID, 1, id)
	c.that(!seen[o.ID], 131009, "two options have the id %q", o.ID)
	seen[o.ID] = true
}
