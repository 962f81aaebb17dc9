package cloudapi

import (
	"bytes"

	"github.com/usher-go/usher/channel"
)

// inbound is one element of "messages". Its type may stand before or after its content,
// or be missing, so the content is read by its own key and judged at the end.
type inbound struct {
	channel.Message
	raw    []byte
	kind   string    // the declared type
	body   string    // the key under which content was found
	group  string    //
	ids    [3]string // from, from_user_id, from_parent_user_id
	broken bool      // it has errors: the content is missing or cannot be had
	more   bool      // it says more than the fields of Message hold
	system system
}

func readInbound(s *scanner) inbound {
	var m inbound
	s.space()
	start := s.i
	for key := range s.members() {
		m.member(key, s)
	}
	m.raw = s.b[start:s.i]
	m.settle()
	return m
}

func (m *inbound) member(key []byte, s *scanner) {
	switch string(key) {
	case "id":
		m.ID = s.text()
	case "from":
		m.ids[0] = s.text()
	case "from_user_id":
		m.ids[1] = s.text()
	case "from_parent_user_id":
		m.ids[2] = s.text()
	case "group_id":
		m.group = s.text()
	case "timestamp":
		m.Time = s.unix()
	case "type":
		m.kind = s.text()
	case "context":
		m.context(s)
	case "identity": // the fingerprint of the customer's keys, for accounts that check it
		m.more = true
	case "referral":
		m.Referral = s.copied()
	case "errors":
		for range s.items() {
			m.broken = true
		}
	default:
		m.content(key, s)
	}
}

// context tells what the message quotes, and whether it was forwarded.
func (m *inbound) context(s *scanner) {
	for key := range s.members() {
		switch string(key) {
		case "id":
			m.ReplyTo = s.text()
		case "from":
			m.ReplyFrom = s.text()
		case "forwarded", "frequently_forwarded":
			m.Forwarded = s.boolean() || m.Forwarded
		default: // referred_product, and what later versions add
			m.more = true
		}
	}
}

// content reads the part that is named after the type.
func (m *inbound) content(key []byte, s *scanner) {
	switch string(key) {
	case "text":
		m.Text = readString(s, "body")
	case "image", "video", "audio", "voice", "document", "sticker":
		m.media(s)
	case "location":
		m.location(s)
	case "contacts":
		m.Contacts = s.copied()
	case "interactive":
		if !m.interactive(s) {
			return
		}
	case "button":
		m.button(s)
	case "reaction":
		m.reaction(s)
	case "order":
		m.order(s)
	case "edit", "revoke":
		m.change(s)
	case "system":
		m.about(s)
	default:
		return
	}
	m.body = string(key)
}

// kinds maps Meta's types to ours. "voice" is the old name of a recorded audio.
var kinds = map[string]channel.Kind{
	"text": channel.Text, "image": channel.Image, "video": channel.Video,
	"audio": channel.Audio, "voice": channel.Audio, "document": channel.Document,
	"sticker": channel.Sticker, "location": channel.Location, "contacts": channel.Contacts,
	"interactive": channel.Answer, "button": channel.Answer, "reaction": channel.Reaction,
	"order": channel.Order, "edit": channel.Edit, "revoke": channel.Revoke,
	"system": channel.System,
}

// settle decides the kind. A type this version does not know, one whose content is
// missing, and one whose content Meta could not fetch are unsupported, and keep their
// original.
func (m *inbound) settle() {
	if m.kind == "" {
		m.kind = m.body
	}
	kind, known := kinds[m.kind]
	switch {
	case !known || m.body != m.kind || m.broken:
		*m = inbound{Message: channel.Message{
			ID: m.ID, Time: m.Time, Kind: channel.Unsupported, Text: m.Text,
			ReplyTo: m.ReplyTo, ReplyFrom: m.ReplyFrom, Forwarded: m.Forwarded, Referral: m.Referral,
			Raw: bytes.Clone(m.raw),
		}, raw: m.raw, group: m.group, ids: m.ids}
		return
	case kind == channel.Order, kind == channel.System, m.more:
		m.Raw = bytes.Clone(m.raw)
	}
	if m.kind == "voice" && m.Media != nil {
		m.Media.Voice = true
	}
	m.Kind = kind
}

// readString returns one member of an object.
func readString(s *scanner, name string) string {
	text := ""
	for key := range s.members() {
		if string(key) == name {
			text = s.text()
		}
	}
	return text
}

func (m *inbound) media(s *scanner) {
	ref := &channel.MediaRef{}
	for key := range s.members() {
		switch string(key) {
		case "id":
			ref.ID = s.text()
		case "url":
			ref.URL = s.text()
		case "mime_type":
			ref.MIME = s.text()
		case "sha256":
			ref.SHA256 = s.text()
		case "filename":
			ref.Filename = s.text()
		case "voice":
			ref.Voice = s.boolean()
		case "animated":
			ref.Animated = s.boolean()
		case "caption":
			m.Text = s.text()
		}
	}
	m.Media = ref
}

func (m *inbound) location(s *scanner) {
	p := &channel.Place{}
	for key := range s.members() {
		switch string(key) {
		case "latitude":
			p.Latitude = s.number()
		case "longitude":
			p.Longitude = s.number()
		case "name":
			p.Name = s.text()
		case "address":
			p.Address = s.text()
		case "url":
			p.URL = s.text()
		}
	}
	m.Location = p
}

// reaction reads an emoji; when it is missing or empty the reaction was taken away.
func (m *inbound) reaction(s *scanner) {
	m.Reaction = &channel.ReactionRef{}
	for key := range s.members() {
		switch string(key) {
		case "message_id":
			m.Reaction.MessageID = s.text()
		case "emoji":
			m.Reaction.Emoji = s.text()
		}
	}
}

// order reads the customer's note and what was ordered.
func (m *inbound) order(s *scanner) {
	m.Order = &channel.OrderRef{Items: []channel.OrderItem{}}
	for key := range s.members() {
		switch string(key) {
		case "text":
			m.Text = s.text()
		case "product_items":
			for range s.items() {
				m.Order.Items = append(m.Order.Items, orderItem(s))
			}
		}
	}
}

func orderItem(s *scanner) (item channel.OrderItem) {
	for key := range s.members() {
		switch string(key) {
		case "product_retailer_id":
			item.Product = s.text()
		case "quantity":
			item.Quantity = s.number()
		case "item_price":
			item.Price = s.number()
		case "currency":
			item.Currency = s.text()
		}
	}
	return item
}

// change reads an edit or a revocation: which message it is about, and what that holds
// now.
func (m *inbound) change(s *scanner) {
	for key := range s.members() {
		switch string(key) {
		case "original_message_id":
			m.ReplyTo = s.text()
		case "message":
			inner := readInbound(s)
			m.Text, m.Media, m.Location, m.Contacts = inner.Text, inner.Media, inner.Location, inner.Contacts
			m.more = inner.more || inner.ReplyTo != ""
		}
	}
}

func (d *decoder) emitMessage(number string, m *inbound) {
	reason := ""
	switch {
	case m.system.renames():
		d.emitSystem(number, m)
		return
	case m.group != "":
		reason = "message in a group: groups are not routed"
	case m.ID == "":
		reason = "message without an id: a repetition could not be told"
	}
	who := d.change.contact(&m.ids, len(d.change.messages))
	from := channel.Customer{Aliases: aliases(who, &m.ids)}
	if reason == "" && (len(from.Aliases) == 0 || !from.Aliases[0].Identifies()) {
		reason = "message without a sender"
	}
	if reason != "" {
		d.notRouted(number, "messages", reason, m.raw)
		return
	}
	switch {
	case who != nil:
		from.Name = who.name
	case len(d.change.contacts) > 0: // the contact belongs to no sender of this message
		m.Raw = bytes.Clone(d.change.raw)
	}
	d.add(channel.Update{Number: number, Message: &channel.Inbound{From: from, Message: m.Message}})
}
