package cloudapi

import (
	"bytes"
	"strconv"
	"time"

	"github.com/usher-go/usher/channel"
)

// status is one element of "statuses".
type status struct {
	raw     []byte
	id      string
	state   string
	kind    string
	group   bool
	time    time.Time
	ids     [3]string // recipient_id, recipient_user_id, recipient_parent_user_id
	key     string
	faults  []fault
	pricing string
	more    bool // it says more than the fields of channel.Status hold
}

func readStatus(s *scanner) status {
	var st status
	s.space()
	start := s.i
	for key := range s.members() {
		st.member(string(key), s)
	}
	st.raw = s.b[start:s.i]
	return st
}

func (st *status) member(key string, s *scanner) {
	switch key {
	case "id":
		st.id = s.text()
	case "status":
		st.state = s.text()
	case "type":
		st.kind = s.text()
	case "recipient_type":
		st.group = s.text() == "group"
	case "timestamp":
		st.time = s.unix()
	case "recipient_id":
		st.ids[0] = s.text()
	case "recipient_user_id":
		st.ids[1] = s.text()
	case "recipient_parent_user_id", "parent_recipient_user_id": // the latter in April 2026
		st.ids[2] = s.text()
	case "biz_opaque_callback_data":
		st.key = s.text()
	case "errors":
		for range s.items() {
			st.faults = append(st.faults, readFault(s))
			st.more = true // a link to its page
		}
	case "pricing":
		for key := range s.members() {
			if string(key) == "category" {
				st.pricing = s.text()
			} else {
				st.more = true
			}
		}
	default:
		st.more = true
	}
}

// wireStates are the states Meta reports. Others, such as the old "deleted" and
// "warning", say nothing about delivery.
var wireStates = map[string]channel.State{
	"sent": channel.Sent, "delivered": channel.Delivered, "read": channel.Read,
	"played": channel.Played, "failed": channel.Failed,
}

func (d *decoder) emitStatus(number string, st *status) {
	state, known := wireStates[st.state]
	reason := ""
	switch {
	case st.group:
		reason = "status of a group message: groups are not routed"
	case st.kind == "call":
		reason = "status of a call: calls are not routed"
	case !known:
		reason = "unknown status " + st.state
	case st.id == "":
		reason = "status without a message id"
	}
	if reason != "" {
		d.notRouted(number, "statuses", reason, st.raw)
		return
	}
	out := &channel.Status{
		MessageID: st.id, Key: st.key, State: state, Time: st.time, Pricing: st.pricing,
		Aliases: aliases(d.change.contact(&st.ids, len(d.change.statuses)), &st.ids),
	}
	for i := range st.faults {
		if i == 0 {
			out.Code, out.Reason = st.faults[0].code, st.faults[0].reason()
			out.Class = judge(&GraphError{Code: out.Code}).class
			continue
		}
		out.Reason += "; " + strconv.Itoa(st.faults[i].code) + " " + st.faults[i].reason()
	}
	if st.more || len(out.Aliases) == 0 || st.time.IsZero() {
		out.Raw = bytes.Clone(st.raw)
	}
	d.add(channel.Update{Number: number, Status: out})
}

// fault is an error object, as found in value.errors, messages[].errors and
// statuses[].errors.
type fault struct {
	raw     []byte
	code    int
	title   string
	details string
}

func readFault(s *scanner) fault {
	var f fault
	s.space()
	start := s.i
	for key := range s.members() {
		switch string(key) {
		case "code":
			f.code = int(s.integer())
		case "title":
			f.title = s.text()
		case "message":
			if text := s.text(); f.title == "" {
				f.title = text
			}
		case "details": // before 2023
			f.details = s.text()
		case "error_data":
			for key := range s.members() {
				if string(key) == "details" {
					f.details = s.text()
				}
			}
		}
	}
	f.raw = s.b[start:s.i]
	return f
}

func (f *fault) reason() string {
	switch {
	case f.details == "" && f.title == "" && f.raw != nil:
		return "error " + strconv.Itoa(f.code)
	case f.details == "" || f.details == f.title:
		return f.title
	case f.title == "":
		return f.details
	}
	return f.title + ": " + f.details
}
