package blacklist

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/usher-go/usher/internal/phone"
)

// An alias is a kind, a colon and a value. These are the kinds.
const (
	kindPhone    = "phone"
	kindUser     = "user"
	kindParent   = "parent"
	kindUsername = "name"
)

const validAliases = "a phone as +<country code><number> or phone:<digits>, user:<id>, parent:<id>, name:@<user name>"

// maxAlias bounds an alias in bytes. A business-scoped user id has up to 135.
const maxAlias = 256

// ParseAlias returns the one form in which the package keeps an alias:
//
//	"+55 11 91234-5678"    phone:5511912345678
//	"phone:5511912345678"  phone:5511912345678
//	"user:US.13491208655"  user:US.13491208655
//	"parent:US.ENT.118157" parent:US.ENT.118157
//	"@Maria", "name:maria" name:@maria
//
// A phone without a kind needs its +, because a number without a country code would name
// somebody else. Spaces, hyphens, dots, slashes, parentheses and the invisible marks that
// address books add are ignored in a phone. User names are kept in lower case, since
// WhatsApp ignores case in them; a user name can pass to another person, so prefer the
// user id where it is known.
//
// The error is an *[Error] with one fault.
func ParseAlias(s string) (string, error) {
	alias, problem := parseAlias(s)
	if problem != "" {
		return "", &Error{Faults: []Fault{{Field: "alias", Value: clip(s), Problem: problem}}}
	}
	return alias, nil
}

func parseAlias(s string) (alias, problem string) {
	if isCanonicalPhone(s) {
		return s, ""
	}
	text := strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	if len(text) > maxAlias {
		return "", fmt.Sprintf("is %d bytes long, the longest is %d", len(text), maxAlias)
	}
	kind, value, found := strings.Cut(text, ":")
	switch {
	case text == "":
		return "", "is empty; write " + validAliases
	case !found && (text[0] == '+' || strings.HasPrefix(text, "＋")):
		return parsePhone(text)
	case !found && text[0] == '@':
		return parseUsername(text)
	case !found:
		return "", "has no kind; write " + validAliases
	}
	switch kind {
	case kindPhone:
		return parsePhone(strings.TrimSpace(value))
	case kindUser, kindParent:
		return parseID(kind, value)
	case kindUsername:
		return parseUsername(value)
	}
	return "", "has an unknown kind; write " + validAliases
}

func parsePhone(text string) (alias, problem string) {
	digits, problem := phone.Parse(text)
	if problem != "" {
		return "", problem
	}
	return kindPhone + ":" + digits, ""
}

func parseID(kind, value string) (alias, problem string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return "", "has nothing after " + kind + ":"
	}
	if p := badIDRune(value); p != "" {
		return "", p
	}
	return kind + ":" + value, ""
}

func parseUsername(value string) (alias, problem string) {
	value = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(value), "@"))
	if value == "" {
		return "", "has no user name after the @"
	}
	if p := badIDRune(value); p != "" {
		return "", p
	}
	return kindUsername + ":@" + value, ""
}

// badIDRune names what cannot be in an id. What may be in one is the provider's to say,
// so only what nobody can see or what breaks lines is refused.
func badIDRune(value string) string {
	if !utf8.ValidString(value) {
		return "is not valid UTF-8"
	}
	for _, r := range value {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return fmt.Sprintf("has %q, which no id has", r)
		}
	}
	return ""
}

// canonical is ParseAlias for the aliases of a query, which come from a provider: one
// that does not parse stays as it is, and so matches no entry.
func canonical(alias string) string {
	if c, problem := parseAlias(alias); problem == "" {
		return c
	}
	return alias
}

func isCanonicalPhone(alias string) bool {
	digits, ok := strings.CutPrefix(alias, kindPhone+":")
	return ok && len(digits) >= phone.MinDigits && len(digits) <= phone.MaxDigits && digits[0] != '0' && phone.Digits(digits)
}
