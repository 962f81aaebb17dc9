package cloudapi

import (
	"bytes"

	"github.com/usher-go/usher/channel"
)

// rename is one element of user_id_update.
type rename struct {
	old, now []channel.Alias
	raw      []byte
}

func readRename(s *scanner) rename {
	var r rename
	phone := ""
	s.space()
	start := s.i
	for key := range s.members() {
		switch string(key) {
		case "wa_id":
			phone = s.text()
		case "user_id", "parent_user_id":
			r.pair(s)
		}
	}
	r.now = appendID(r.now, phone)
	r.raw = s.b[start:s.i]
	return r
}

func (r *rename) pair(s *scanner) {
	for key := range s.members() {
		switch string(key) {
		case "previous":
			r.old = appendID(r.old, s.text())
		case "current":
			r.now = appendID(r.now, s.text())
		}
	}
}

func (d *decoder) emitRename(number string, r *rename) {
	d.emitIdentity(number, r.old, r.now, "user_id_update", r.raw)
}

// emitIdentity reports that old and now are one customer, or a notice when the payload
// does not name both sides. The sentence in system.body names them too, but holds the
// profile name, which the customer writes: it is not evidence.
func (d *decoder) emitIdentity(number string, old, now []channel.Alias, kind string, raw []byte) {
	if len(old) == 0 || len(now) == 0 {
		d.add(channel.Update{Number: number, Other: &channel.Notice{
			Kind: kind, Reason: "does not name both the old and the new identity", Raw: bytes.Clone(raw),
		}})
		return
	}
	d.add(channel.Update{Number: number, Identity: &channel.Identity{Old: old, New: now, Raw: bytes.Clone(raw)}})
}

// system is a notice about the customer.
type system struct {
	kind     string
	old, now [3]string // phone, user id, parent user id
}

// about reads a system notice.
func (m *inbound) about(s *scanner) {
	for key := range s.members() {
		switch string(key) {
		case "type":
			m.system.kind = s.text()
		case "body":
			m.Text = s.text()
		case "wa_id", "new_wa_id": // the latter up to v11.0
			m.system.now[0] = s.text()
		case "user_id":
			m.system.now[1] = s.text()
		case "parent_user_id":
			m.system.now[2] = s.text()
		case "previous_user_id":
			m.system.old[1] = s.text()
		case "previous_parent_user_id":
			m.system.old[2] = s.text()
		}
	}
}

// renames reports whether the notice says that the customer has a new identity.
func (s *system) renames() bool {
	switch s.kind {
	case "user_changed_number", "customer_changed_number", "user_changed_user_id":
		return true
	}
	return false
}

// emitSystem reports a change of number or user id. What the message itself names as its
// sender is the old identity.
func (d *decoder) emitSystem(number string, m *inbound) {
	var old, now []channel.Alias
	for i := range m.ids {
		old = appendID(old, m.ids[i])
		old = appendID(old, m.system.old[i])
		now = appendID(now, m.system.now[i])
	}
	d.emitIdentity(number, old, now, m.system.kind, m.raw)
}
