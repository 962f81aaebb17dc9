package channel

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/usher-go/usher/internal/phone"
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
// Two forms of one phone (Brazil's ninth digit, Mexico's 1) are two aliases, because
// replies go to exactly the form that wrote; [Alias.Same] compares them.
type Alias string

// The kinds of alias.
const (
	KindPhone    = "phone"
	KindUser     = "user"
	KindParent   = "parent"
	KindUsername = "name"
)

// Phone returns the alias of a phone number with its country code, "+55 11 91234-5678" or
// "5511912345678": its digits. Spaces and punctuation are ignored. A text that is no number,
// such as "1-800-FLOWERS" or one with an extension, gives the alias "phone:", which
// [Alias.Validate] refuses; [ParsePhone] says what is wrong with it.
func Phone(number string) Alias {
	if alias, err := ParsePhone(number); err == nil {
		return alias
	}
	// Providers' test numbers and short codes have fewer digits than a number in E.164.
	if short := strings.TrimPrefix(number, "+"); len(short) < phone.MinDigits && phone.Digits(short) {
		return Alias(KindPhone + ":" + short)
	}
	return KindPhone + ":"
}

// ParsePhone returns the alias of a phone number that a person typed. The country code is
// required. Letters, extensions, a national 0 in parentheses and a leading 00 are an error:
// without them the digits are the number of another person.
func ParsePhone(number string) (Alias, error) {
	digits, problem := phone.Parse(number)
	if problem != "" {
		return "", fmt.Errorf("channel: phone %q: %s", number, problem)
	}
	return Alias(KindPhone + ":" + digits), nil
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

// maxPhone bounds the digits of a phone alias. Providers' ids may be longer than E.164.
const maxPhone = 20

// maxAlias bounds the bytes of an alias. The longest ids of providers have 128.
const maxAlias = 1000

// Validate returns an error for an alias of an unknown kind, without a value, too long or not
// in UTF-8, or of a phone that does not consist of digits with a country code.
func (a Alias) Validate() error {
	switch a.Kind() {
	case KindPhone, KindUser, KindParent, KindUsername:
	default:
		return fmt.Errorf("channel: alias %q: unknown kind; valid: %s, %s, %s, %s",
			string(a[:min(len(a), 80)]), KindPhone, KindUser, KindParent, KindUsername)
	}
	if len(a) > maxAlias || !utf8.ValidString(string(a)) || strings.IndexByte(string(a), 0) >= 0 {
		return fmt.Errorf("channel: alias %.40q: must be at most %d bytes of valid UTF-8 without NUL, has %d", string(a), maxAlias, len(a))
	}
	if a.Value() == "" || a.Value() == "@" {
		return fmt.Errorf("channel: alias %q: no value after the colon", string(a))
	}
	if v := a.Value(); a.Kind() == KindPhone && (!phone.Digits(v) || v[0] == '0' || len(v) > maxPhone) {
		return fmt.Errorf("channel: alias %q: a phone is up to %d digits that begin with a country code, without + or 0", string(a), maxPhone)
	}
	return nil
}

// Same reports whether two aliases are the same one, or two forms of one phone: Brazil's
// ninth digit, Mexico's 1, Argentina's 9, and the forms before and after a country changed
// its numbers.
func (a Alias) Same(b Alias) bool {
	return phone.CanonicalAlias(string(a)) == phone.CanonicalAlias(string(b))
}
