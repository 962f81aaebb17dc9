package cloudapi

import (
	"bytes"
	"encoding/json"

	"github.com/usher-go/usher/channel"
)

// interactive reads what was chosen or filled in. Its content is named after its own
// type; it reports false when there is none.
func (m *inbound) interactive(s *scanner) bool {
	for key := range s.members() {
		switch name := string(key); name {
		case "type":
		case "button_reply":
			m.option("button", s)
		case "list_reply":
			m.option("list", s)
		case "nfm_reply":
			m.form(s)
		default: // call_permission_reply, address_message, payment_method and what comes
			if m.Answer == nil {
				m.Answer = &channel.AnswerRef{Source: name, Data: s.copied()}
			}
		}
	}
	return m.Answer != nil
}

func (m *inbound) option(source string, s *scanner) {
	m.Answer = &channel.AnswerRef{Source: source}
	for key := range s.members() {
		switch string(key) {
		case "id":
			m.Answer.ID = s.text()
		case "title":
			m.Text = s.text()
		case "description":
			m.Answer.Description = s.text()
			m.more = true
		}
	}
}

// form reads a completed form. response_json is a string that holds JSON, as a rule; when
// it does not, Data is that string.
func (m *inbound) form(s *scanner) {
	m.Answer = &channel.AnswerRef{Source: "form"}
	for key := range s.members() {
		switch string(key) {
		case "name":
			m.Answer.ID = s.text()
		case "body":
			m.Text = s.text()
		case "response_json":
			raw := s.raw()
			m.Answer.Data = []byte(unquote(raw))
			if !json.Valid(m.Answer.Data) {
				m.Answer.Data = bytes.Clone(raw)
			}
		}
	}
}

// button reads a quick reply of a template.
func (m *inbound) button(s *scanner) {
	m.Answer = &channel.AnswerRef{Source: "template"}
	for key := range s.members() {
		switch string(key) {
		case "payload":
			m.Answer.ID = s.text()
		case "text":
			m.Text = s.text()
		}
	}
}
