package cloudapi

import (
	"slices"
	"strings"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/internal/phone"
)

// contact is one element of "contacts".
type contact struct {
	name     string
	username string
	ids      [3]string // wa_id, user_id, parent_user_id
}

func readContact(s *scanner) contact {
	var c contact
	for key := range s.members() {
		switch string(key) {
		case "wa_id":
			c.ids[0] = s.text()
		case "user_id":
			c.ids[1] = s.text()
		case "parent_user_id":
			c.ids[2] = s.text()
		case "profile":
			c.profile(s)
		}
	}
	return c
}

func (c *contact) profile(s *scanner) {
	for key := range s.members() {
		switch string(key) {
		case "name":
			c.name = s.text()
		case "username":
			c.username = s.text()
		}
	}
}

// names reports whether the contact has one of the ids, or another form of the phone.
func (c *contact) names(ids *[3]string, same func(a, b string) bool) bool {
	for _, id := range ids {
		if id != "" && slices.ContainsFunc(c.ids[:], func(own string) bool { return own != "" && same(own, id) }) {
			return true
		}
	}
	return false
}

func identical(a, b string) bool { return a == b }

// samePhone reports whether two ids are forms of one phone. Relays write some with a plus,
// and WhatsApp names a sender under one form and the contact under the other.
func samePhone(a, b string) bool {
	return isPhone(a) && isPhone(b) &&
		phone.Canonical(strings.TrimPrefix(a, "+")) == phone.Canonical(strings.TrimPrefix(b, "+"))
}

// contact returns the contact that has one of the ids, nil if there is none. Contacts do
// not come in the order of messages, several messages share one, and some have none. When
// the change has one contact and one message or status without any id, they belong
// together.
func (c *change) contact(ids *[3]string, elements int) *contact {
	if *ids == [3]string{} && len(c.contacts) == 1 && elements <= 1 {
		return &c.contacts[0]
	}
	for _, same := range []func(a, b string) bool{identical, samePhone} {
		for i := range c.contacts {
			if c.contacts[i].names(ids, same) {
				return &c.contacts[i]
			}
		}
	}
	return nil
}

// aliases lists what is known of a sender or recipient: its own ids first, then what the
// matching contact adds, the user name last. A phone stands before other ids, which is
// also the order of ids. Only when the payload names no phone of its own does the
// contact's come first.
func aliases(who *contact, ids *[3]string) []channel.Alias {
	out := make([]channel.Alias, 0, 4)
	if who != nil && ids[0] == "" {
		out = appendID(out, who.ids[0])
	}
	for _, id := range ids {
		out = appendID(out, id)
	}
	if who == nil {
		return out
	}
	for _, id := range who.ids {
		out = appendID(out, id)
	}
	if strings.Trim(who.username, "@") != "" {
		out = append(out, channel.Username(who.username))
	}
	return out
}

// appendID adds the alias of an id, whichever field it came in: since 2026 phone fields
// have been seen to hold business-scoped ids. What is neither is left out, and so is what
// is there already.
func appendID(list []channel.Alias, id string) []channel.Alias {
	alias, ok := aliasOf(id)
	if !ok || slices.Contains(list, alias) {
		return list
	}
	return append(list, alias)
}

func aliasOf(id string) (channel.Alias, bool) {
	switch {
	case isPhone(id):
		return channel.Alias(channel.KindPhone + ":" + strings.TrimPrefix(id, "+")), true
	case !isUserID(id):
		return "", false
	case strings.HasPrefix(id[2:], ".ENT."):
		return channel.Parent(id), true
	}
	return channel.User(id), true
}

// isPhone accepts digits, with or without +. No length is asked for: test numbers and
// short codes are short.
func isPhone(id string) bool {
	id = strings.TrimPrefix(id, "+")
	return phone.Digits(id) && len(id) <= 20
}

// isUserID reports whether id has the form of a business-scoped user id: two capitals of
// a country, a dot, and up to 128 letters and digits, which "ENT." may precede.
func isUserID(id string) bool {
	if len(id) < 4 || !isUpper(id[0]) || !isUpper(id[1]) || id[2] != '.' {
		return false
	}
	rest := strings.TrimPrefix(id[3:], "ENT.")
	for i := range len(rest) {
		b := rest[i]
		if !isUpper(b) && (b < 'a' || b > 'z') && (b < '0' || b > '9') {
			return false
		}
	}
	return rest != "" && len(rest) <= 128
}

func isUpper(b byte) bool { return 'A' <= b && b <= 'Z' }
