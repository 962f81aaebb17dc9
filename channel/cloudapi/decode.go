package cloudapi

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/internal/redact"
)

// decode turns a webhook body into updates, in the order of the payload. Every change in
// it gives at least one: what cannot be routed becomes a notice that says why. It keeps
// nothing of body.
//
// The text is read in one pass after [json.Valid]; what a field means is decided at the
// end of its change, since Meta does not promise any order of keys.
func (c *Connector) decode(body []byte) []channel.Update {
	d := decoder{connector: c.cfg.Name, numbers: c.cfg.Numbers, secrets: c.secrets.Secrets}
	if !json.Valid(body) {
		d.notice(channel.Notice{Kind: "malformed", Reason: "not JSON", Raw: bytes.Clone(body)})
		return d.out
	}
	s := scanner{b: body}
	object := ""
	for key := range s.members() {
		switch string(key) {
		case "object":
			object = s.text()
		case "entry":
			for range s.items() {
				d.entry(&s)
			}
		}
	}
	if object != "whatsapp_business_account" {
		d.out = nil
		d.notice(channel.Notice{Kind: object, Reason: "not a WhatsApp Business webhook", Raw: bytes.Clone(body)})
	}
	return d.out
}

type decoder struct {
	connector string
	numbers   map[string]string
	secrets   redact.Secrets
	out       []channel.Update
	change    change // the one being read; its memory is used again for the next
}

// change is one element of "changes" before it is known what it means.
type change struct {
	raw      []byte // shares the body's memory
	field    string
	numberID string
	contacts []contact
	messages []inbound
	statuses []status
	errors   []fault
	renames  []rename
	unread   string // a member of the value that this version does not read
}

// reset clears the change but keeps the room of its lists.
func (c *change) reset() {
	clear(c.messages)
	*c = change{
		contacts: c.contacts[:0], messages: c.messages[:0], statuses: c.statuses[:0],
		errors: c.errors[:0], renames: c.renames[:0],
	}
}

// entry reads the changes of one account. Its id goes on the notices among them.
func (d *decoder) entry(s *scanner) {
	account, first := "", len(d.out)
	for key := range s.members() {
		switch string(key) {
		case "id":
			account = s.text()
		case "changes":
			for range s.items() {
				d.readChange(s)
				d.emit()
			}
		}
	}
	for i := first; i < len(d.out); i++ {
		if n := d.out[i].Other; n != nil {
			n.Account = account
		}
	}
}

func (d *decoder) readChange(s *scanner) {
	d.change.reset()
	s.space()
	start := s.i
	for key := range s.members() {
		switch string(key) {
		case "field":
			d.change.field = s.text()
		case "value":
			d.change.value(s)
		}
	}
	d.change.raw = s.b[start:s.i]
}

func (c *change) value(s *scanner) {
	for key := range s.members() {
		switch string(key) {
		case "metadata":
			c.numberID = readMetadata(s)
		case "contacts":
			for range s.items() {
				c.contacts = append(c.contacts, readContact(s))
			}
		case "messages":
			for range s.items() {
				c.messages = append(c.messages, readInbound(s))
			}
		case "statuses":
			for range s.items() {
				c.statuses = append(c.statuses, readStatus(s))
			}
		case "errors":
			for range s.items() {
				c.errors = append(c.errors, readFault(s))
			}
		case "user_id_update":
			for range s.items() {
				c.renames = append(c.renames, readRename(s))
			}
		case "messaging_product":
		default:
			c.unread = string(key)
		}
	}
}

// readMetadata returns the id of the business number: the key, whereas
// display_phone_number is text in any format.
func readMetadata(s *scanner) string {
	id := ""
	for key := range s.members() {
		if string(key) == "phone_number_id" {
			id = s.text()
		}
	}
	return id
}

// emit turns the change that was read into updates.
func (d *decoder) emit() {
	c := &d.change
	number, known := d.numbers[c.numberID]
	kind := c.kind()
	before := len(d.out)
	switch {
	case kind != "messages" && kind != "user_id_update":
		d.whole(number, kind, fieldReason(kind))
	case !known && c.numberID == "":
		d.whole("", kind, "unknown number: no phone_number_id")
	case !known:
		d.whole("", kind, "unknown number: phone_number_id "+c.numberID+" is not configured")
	default:
		d.emitAll(number)
		if len(d.out) == before {
			d.whole(number, kind, "holds nothing that this version reads")
		}
	}
}

// kind is the field. Some relays leave it out; what is in the value then tells.
func (c *change) kind() string {
	if c.field == "" && len(c.messages)+len(c.statuses)+len(c.errors) > 0 {
		return "messages"
	}
	return c.field
}

func (d *decoder) emitAll(number string) {
	c := &d.change
	for i := range c.messages {
		d.emitMessage(number, &c.messages[i])
	}
	for i := range c.statuses {
		d.emitStatus(number, &c.statuses[i])
	}
	for i := range c.renames {
		d.emitRename(number, &c.renames[i])
	}
	for i := range c.errors {
		f := &c.errors[i]
		d.add(channel.Update{Number: number, Other: &channel.Notice{
			Kind: "errors", Reason: f.reason(), Raw: bytes.Clone(f.raw),
		}})
	}
	if c.unread != "" {
		d.whole(number, c.kind(), "holds "+strconv.Quote(c.unread)+", which this version does not read")
	}
}

// notRouted reports a message or a status as a notice. When it is the only one of its
// change, the notice keeps the whole change, with the contact that belongs to it.
func (d *decoder) notRouted(number, kind, reason string, raw []byte) {
	if len(d.change.messages)+len(d.change.statuses) == 1 {
		raw = d.change.raw
	}
	d.add(channel.Update{Number: number, Other: &channel.Notice{Kind: kind, Reason: reason, Raw: bytes.Clone(raw)}})
}

func (d *decoder) add(u channel.Update) {
	u.Connector = d.connector
	switch {
	case u.Status != nil:
		u.Status.Reason, u.Status.Raw = d.secrets.Text(u.Status.Reason), d.secrets.Bytes(u.Status.Raw)
	case u.Other != nil:
		u.Other.Reason, u.Other.Raw = d.secrets.Text(u.Other.Reason), d.secrets.Bytes(u.Other.Raw)
	}
	d.out = append(d.out, u)
}

func (d *decoder) notice(n channel.Notice) { d.add(channel.Update{Other: &n}) }

// whole reports the change itself as a notice.
func (d *decoder) whole(number, kind, reason string) {
	d.add(channel.Update{Number: number, Other: &channel.Notice{
		Kind: kind, Reason: reason, Raw: bytes.Clone(d.change.raw),
	}})
}
