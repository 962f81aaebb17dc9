package channel

import (
	"encoding/json"
	"time"
)

// Kind says what a message carries.
type Kind string

// The kinds of message. Inbound messages of any other sort are [Unsupported] and keep
// their original in Raw.
const (
	Text        Kind = "text"
	Image       Kind = "image"
	Video       Kind = "video"
	Audio       Kind = "audio"
	Document    Kind = "document"
	Sticker     Kind = "sticker"
	Location    Kind = "location"
	Contacts    Kind = "contacts"
	Interactive Kind = "interactive" // outbound: buttons or a list
	Answer      Kind = "answer"      // inbound: a button pressed, a row chosen, a form sent
	Template    Kind = "template"    // outbound, the only kind allowed outside the window
	Reaction    Kind = "reaction"
	Order       Kind = "order"
	Edit        Kind = "edit"   // inbound: the text of an earlier message changed
	Revoke      Kind = "revoke" // inbound: an earlier message was taken back
	System      Kind = "system" // inbound: a notice about the customer, not from them
	Unsupported Kind = "unsupported"
)

// Message is one message of a conversation, inbound or outbound, without its sender and
// recipient. Only the fields of its Kind are set.
type Message struct {
	// ID is the provider's id of an inbound message. Empty on outbound ones, whose id
	// is known only once the provider has taken them.
	ID string `json:"id,omitempty"`
	// Time is when the provider says it was sent. WhatsApp counts whole seconds.
	Time time.Time `json:"time,omitzero"`
	Kind Kind      `json:"kind"`
	// Text is the body, a caption, or the title of the button or row chosen.
	Text string `json:"text,omitempty"`

	Media    *MediaRef       `json:"media,omitempty"`
	Location *Place          `json:"location,omitempty"`
	Contacts json.RawMessage `json:"contacts,omitempty"` // the provider's own list of cards
	Menu     *Menu           `json:"menu,omitempty"`
	Answer   *AnswerRef      `json:"answer,omitempty"`
	Template *TemplateRef    `json:"template,omitempty"`
	Reaction *ReactionRef    `json:"reaction,omitempty"`
	Order    *OrderRef       `json:"order,omitempty"`

	// ReplyTo is the provider's id of the message this one quotes, edits or revokes.
	ReplyTo string `json:"replyTo,omitempty"`
	// ReplyFrom is who sent the quoted message, as the provider names them: the digits of
	// the business number or of the customer. Empty when the provider does not say.
	ReplyFrom string `json:"replyFrom,omitempty"`
	// Forwarded is true for a message that its sender did not write.
	Forwarded bool `json:"forwarded,omitempty"`
	// Referral is the advertisement the customer came from, as the provider sent it.
	Referral json.RawMessage `json:"referral,omitempty"`
	// Raw is the original of an order, a system notice, an unsupported message, and any
	// other that says more than these fields hold, such as a question about a product.
	Raw json.RawMessage `json:"raw,omitempty"`
}

// MediaRef points to a file that the provider keeps. The bytes are fetched on demand
// through [MediaFetcher], never by routing.
type MediaRef struct {
	ID       string `json:"id,omitempty"`   // the provider's id
	URL      string `json:"url,omitempty"`  // outbound by link; inbound a short-lived address
	MIME     string `json:"mime,omitempty"` // "image/jpeg"
	SHA256   string `json:"sha256,omitempty"`
	Filename string `json:"filename,omitempty"`
	Voice    bool   `json:"voice,omitempty"`    // audio recorded in the app
	Animated bool   `json:"animated,omitempty"` // sticker
}

// Place is a point on the map, in degrees.
type Place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
	URL       string  `json:"url,omitempty"`
}

// Menu is an outbound choice. WhatsApp shows up to three options as buttons, and up to
// ten as a list behind a button labelled Button.
type Menu struct {
	Header  string   `json:"header,omitempty"`
	Footer  string   `json:"footer,omitempty"`
	Button  string   `json:"button,omitempty"` // label that opens the list; set = list, empty = buttons
	Options []Option `json:"options"`
}

// Option is one choice of a [Menu].
type Option struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"` // lists only
	Section     string `json:"section,omitempty"`     // lists only
}

// AnswerRef is what the customer chose or filled in.
type AnswerRef struct {
	ID string `json:"id,omitempty"` // the option's id, or a template button's payload
	// Description is the second line of the row that was chosen from a list.
	Description string          `json:"description,omitempty"`
	Source      string          `json:"source,omitempty"` // "button", "list", "template", "form", …
	Data        json.RawMessage `json:"data,omitempty"`   // a form's fields, as the provider sent them
}

// TemplateRef names a template the business has had approved.
type TemplateRef struct {
	Name       string          `json:"name"`
	Language   string          `json:"language"`             // "en_US"
	Components json.RawMessage `json:"components,omitempty"` // the provider's own form
	// Validity is how long sending it may be tried; 0 = the campaign's Sends.Templates.
	Validity Seconds `json:"validity,omitempty"`
}

// ReactionRef is an emoji on an earlier message; empty means it was removed.
type ReactionRef struct {
	MessageID string `json:"messageId"`
	Emoji     string `json:"emoji,omitempty"`
}

// OrderRef is what a customer ordered from the catalogue of the business.
type OrderRef struct {
	Items []OrderItem `json:"items"`
}

// OrderItem is one line of an order.
type OrderItem struct {
	Product  string  `json:"product"` // the business's id of it
	Quantity float64 `json:"quantity"`
	Price    float64 `json:"price"`    // of one
	Currency string  `json:"currency"` // ISO 4217, such as "EUR"
}

// TextMessage returns an outbound text.
func TextMessage(text string) Message { return Message{Kind: Text, Text: text} }

// Speaks reports whether the message is something the customer said, so that it opens
// or continues an interaction. Reactions, edits, revocations and system notices do not
// open one: they only ever concern a conversation that already is.
func (m Message) Speaks() bool {
	switch m.Kind {
	case Reaction, Edit, Revoke, System:
		return false
	}
	return true
}
