package channel

import (
	"fmt"
	"strings"
)

// Alias is one name by which a channel knows a customer: a kind, a colon and a value.
// A customer has a set of them and none is the key: phones change and, since 2026, a
// WhatsApp customer may have no phone at all.
//
//	phone:5511912345678          digits exactly as the provider sent them, without +
//	user:US.13491208655302741918 a business-scoped user id
//	parent:US.ENT.1181579921288  the user id that several portfolios of a company share
//	name:@maria                  a user name, which its owner may change
//
// Two forms of one phone (Brazil's ninth digit, Mexico's 1) are two aliases: replies go
// to exactly the form that wrote.
type Alias string

// The kinds of alias.
const (
	KindPhone    = "phone"
	KindUser     = "user"
	KindParent   = "parent"
	KindUsername = "name"
)

// Phone returns the alias of a phone number, keeping its digits only.
func Phone(number string) Alias {
	return Alias(KindPhone + ":" + digits(number))
}

// User returns the alias of a business-scoped user id.
func User(id string) Alias { return Alias(KindUser + ":" + id) }

// Parent returns the alias of a parent business-scoped user id.
func Parent(id string) Alias { return Alias(KindParent + ":" + id) }

// Username returns the alias of a user name, with its leading @.
func Username(name string) Alias {
	return Alias(KindUsername + ":@" + strings.TrimPrefix(name, "@"))
}

// Kind returns what stands before the colon, such as [KindPhone].
func (a Alias) Kind() string {
	kind, _, _ := strings.Cut(string(a), ":")
	return kind
}

// Value returns what stands after the colon.
func (a Alias) Value() string {
	_, value, _ := strings.Cut(string(a), ":")
	return value
}

// Identifies reports whether the alias is proof of who the customer is. A user name is
// not: it can pass to somebody else, so it never joins two customers.
func (a Alias) Identifies() bool { return a.Kind() != KindUsername }

// Validate returns an error for an alias of an unknown kind or without a value.
func (a Alias) Validate() error {
	switch a.Kind() {
	case KindPhone, KindUser, KindParent, KindUsername:
	default:
		return fmt.Errorf("channel: alias %q: unknown kind; valid: %s, %s, %s, %s",
			string(a), KindPhone, KindUser, KindParent, KindUsername)
	}
	if a.Value() == "" || a.Value() == "@" {
		return fmt.Errorf("channel: alias %q: no value after the colon", string(a))
	}
	return nil
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
