package cloudapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/usher-go/usher/channel"
)

// The body of POST /{phone_number_id}/messages.
type sendBody struct {
	Product   string      `json:"messaging_product"`
	Kind      string      `json:"recipient_type"`
	To        string      `json:"to,omitempty"`        // a phone, with + lest Meta add the sender's country
	Recipient string      `json:"recipient,omitempty"` // a business-scoped user id
	Type      string      `json:"type"`
	Context   *contextRef `json:"context,omitempty"`
	Key       string      `json:"biz_opaque_callback_data,omitempty"`

	Text        *textBody        `json:"text,omitempty"`
	Image       *mediaBody       `json:"image,omitempty"`
	Video       *mediaBody       `json:"video,omitempty"`
	Audio       *mediaBody       `json:"audio,omitempty"`
	Document    *mediaBody       `json:"document,omitempty"`
	Sticker     *mediaBody       `json:"sticker,omitempty"`
	Location    *locationBody    `json:"location,omitempty"`
	Contacts    json.RawMessage  `json:"contacts,omitempty"`
	Interactive *interactiveBody `json:"interactive,omitempty"`
	Template    *templateBody    `json:"template,omitempty"`
	Reaction    *reactionBody    `json:"reaction,omitempty"`
}

// ownField are the fields of a send that Config.SendFields may not set.
var ownField = map[string]bool{
	"messaging_product": true, "recipient_type": true, "to": true, "recipient": true, "type": true,
	"context": true, "biz_opaque_callback_data": true, "text": true, "image": true, "video": true,
	"audio": true, "document": true, "sticker": true, "location": true, "contacts": true,
	"interactive": true, "template": true, "reaction": true,
}

type contextRef struct {
	ID string `json:"message_id"`
}

type textBody struct {
	Body string `json:"body"`
}

type mediaBody struct {
	ID       string `json:"id,omitempty"`
	Link     string `json:"link,omitempty"`
	Caption  string `json:"caption,omitempty"`
	Filename string `json:"filename,omitempty"`
	Voice    bool   `json:"voice,omitempty"`
}

type locationBody struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

type interactiveBody struct {
	Type   string     `json:"type"`
	Header *headText  `json:"header,omitempty"`
	Body   plainText  `json:"body"`
	Footer *plainText `json:"footer,omitempty"`
	Action menuAction `json:"action"`
}

type headText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type plainText struct {
	Text string `json:"text"`
}

type menuAction struct {
	Buttons  []replyButton `json:"buttons,omitempty"`
	Button   string        `json:"button,omitempty"`
	Sections []section     `json:"sections,omitempty"`
}

type replyButton struct {
	Type  string `json:"type"`
	Reply row    `json:"reply"`
}

type section struct {
	Title string `json:"title,omitempty"`
	Rows  []row  `json:"rows"`
}

type row struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

type templateBody struct {
	Name     string `json:"name"`
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components json.RawMessage `json:"components,omitempty"`
}

type reactionBody struct {
	MessageID string `json:"message_id"`
	Emoji     string `json:"emoji"`
}

// compose checks a message against what Meta takes, and returns the sender's
// phone_number_id and the body. The error lists every fault.
func (c *Connector) compose(out channel.Outbound) (id string, body []byte, err error) {
	var f sendFaults
	id, ok := c.ids[out.From]
	if !ok {
		f.add("from", "%q is not a number of this connector; valid: %s", out.From, strings.Join(c.Numbers(), ", "))
	}
	b := sendBody{
		Product: "whatsapp", Kind: "individual", Type: string(out.Message.Kind), Key: out.Key,
	}
	f.limit("key", out.Key, 512)
	b.address(&f, out.To)
	b.fill(&f, out.Message)
	b.quote(&f, out.Message)
	if err := f.err(); err != nil {
		return "", nil, err
	}
	if body, err = json.Marshal(b); err != nil {
		return "", nil, fmt.Errorf("cloudapi: send: %w", err)
	}
	return id, c.extend(body), nil
}

// extend puts Config.SendFields in front of the body's own fields.
func (c *Connector) extend(body []byte) []byte {
	if len(c.cfg.SendFields) == 0 {
		return body
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for _, name := range slices.Sorted(maps.Keys(c.cfg.SendFields)) {
		key, _ := json.Marshal(name)
		b.Write(key)
		b.WriteByte(':')
		b.Write(c.cfg.SendFields[name])
		b.WriteByte(',')
	}
	b.Write(body[1:])
	return b.Bytes()
}

// address writes the recipient exactly as it wrote to us.
func (b *sendBody) address(f *sendFaults, to channel.Alias) {
	if err := to.Validate(); err != nil {
		f.add("to", "%v", err)
		return
	}
	switch to.Kind() {
	case channel.KindPhone:
		if !isPhone(to.Value()) {
			f.add("to", "%q is not a phone in digits", to)
		}
		b.To = "+" + strings.TrimPrefix(to.Value(), "+")
	case channel.KindUser, channel.KindParent:
		b.Recipient = to.Value()
	default:
		f.add("to", "%q: nothing can be sent to a user name; use the phone or the user id", to)
	}
}

func (b *sendBody) quote(f *sendFaults, m channel.Message) {
	if m.ReplyTo == "" {
		return
	}
	if m.Kind == channel.Template || m.Kind == channel.Reaction {
		f.add("replyTo", "a %s cannot quote a message", m.Kind)
	}
	b.Context = &contextRef{ID: m.ReplyTo}
}

func (b *sendBody) fill(f *sendFaults, m channel.Message) {
	switch m.Kind {
	case channel.Text:
		f.limit("text", m.Text, maxText)
		f.required("text", m.Text)
		b.Text = &textBody{Body: m.Text}
	case channel.Image:
		b.Image = media(f, m)
	case channel.Video:
		b.Video = media(f, m)
	case channel.Audio:
		b.Audio = media(f, m)
	case channel.Document:
		b.Document = media(f, m)
	case channel.Sticker:
		b.Sticker = media(f, m)
	case channel.Location:
		b.Location = location(f, m)
	case channel.Contacts:
		f.cards(m.Contacts)
		b.Contacts = m.Contacts
	case channel.Interactive:
		b.Interactive = menu(f, m)
	case channel.Template:
		b.Template = template(f, m)
	case channel.Reaction:
		b.Reaction = reaction(f, m)
	default:
		f.add("kind", "%q cannot be sent; valid: %s", m.Kind, sendable)
	}
}

const sendable = "text, image, video, audio, document, sticker, location, contacts, interactive, template, reaction"

func media(f *sendFaults, m channel.Message) *mediaBody {
	if m.Media == nil {
		f.add("media", "is required")
		return nil
	}
	b := &mediaBody{ID: m.Media.ID}
	if b.ID == "" {
		b.Link = m.Media.URL
		f.link("media.url", b.Link)
	}
	switch m.Kind {
	case channel.Document:
		b.Filename = m.Media.Filename
		b.Caption = m.Text
	case channel.Image, channel.Video:
		b.Caption = m.Text
	case channel.Audio:
		b.Voice = m.Media.Voice
		fallthrough
	default:
		if m.Text != "" {
			f.add("text", "%s has no caption", m.Kind)
		}
	}
	f.limit("text", b.Caption, maxCaption)
	return b
}

func location(f *sendFaults, m channel.Message) *locationBody {
	p := m.Location
	if p == nil {
		f.add("location", "is required")
		return nil
	}
	f.degrees("location.latitude", p.Latitude, 90)
	f.degrees("location.longitude", p.Longitude, 180)
	return &locationBody{Latitude: p.Latitude, Longitude: p.Longitude, Name: p.Name, Address: p.Address}
}

func template(f *sendFaults, m channel.Message) *templateBody {
	t := m.Template
	if t == nil {
		f.add("template", "is required")
		return nil
	}
	f.required("template.name", t.Name)
	f.limit("template.name", t.Name, 512)
	f.required("template.language", t.Language)
	f.list("template.components", t.Components)
	b := &templateBody{Name: t.Name, Components: t.Components}
	b.Language.Code = t.Language
	return b
}

func reaction(f *sendFaults, m channel.Message) *reactionBody {
	if m.Reaction == nil {
		f.add("reaction", "is required")
		return nil
	}
	f.required("reaction.messageId", m.Reaction.MessageID)
	return &reactionBody{MessageID: m.Reaction.MessageID, Emoji: m.Reaction.Emoji}
}
