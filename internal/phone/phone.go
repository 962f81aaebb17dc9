// Package phone holds the forms in which one telephone number is written. It is the one
// table that blacklists, connectors and the identity of customers share.
//
// WhatsApp reports a customer under any form that the number ever had: it keeps the ids of
// accounts that existed when a country changed its numbers. Numbers are digits with the
// country code, without +.
package phone

import (
	"fmt"
	"strings"
	"unicode"
)

// Lengths of a number in digits, country code included. The upper one is that of ITU-T
// E.164; the lower one is that of the shortest numbers of small countries.
const (
	MinDigits = 7
	MaxDigits = 15
)

// Parse reads a number as people write it: "+55 11 91234-5678". Spaces, hyphens, dots,
// slashes, parentheses and invisible marks of address books are ignored. Letters, an
// extension, a national 0 in parentheses, a leading 00 and a wrong length are refused,
// because ignoring them gives the number of another person. A refused text gives no digits
// and a problem that reads after the text: "has 3 digits; …".
func Parse(text string) (digits, problem string) {
	text = strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	if strings.Contains(text, "(0)") {
		return "", "has a national 0 in parentheses; leave it out"
	}
	buf := make([]byte, 0, MaxDigits+1)
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9':
			buf = append(buf, byte(r))
		case (r == '+' || r == '＋') && i == 0, isPunctuation(r):
		default:
			return "", fmt.Sprintf("has %q, which no phone number has; write +<country code><number>", r)
		}
	}
	switch {
	case len(buf) < MinDigits || len(buf) > MaxDigits:
		return "", fmt.Sprintf("has %d digits; a phone with its country code has %d to %d", len(buf), MinDigits, MaxDigits)
	case buf[0] == '0':
		return "", "starts with 0; write the country code first, without 00"
	}
	return string(buf), ""
}

// isPunctuation reports whether r only makes a number readable, or is an invisible mark
// that is copied with a number from an address book.
func isPunctuation(r rune) bool {
	return strings.ContainsRune("()./\t\u2212", r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r)
}

// IsE164 reports whether s is a business number as connectors write it: a + and 3 to 15 digits,
// the first of them not 0. Short ones are test numbers and short codes of providers.
func IsE164(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 3 && len(digits) <= MaxDigits && Digits(digits) && digits[0] != '0'
}

// Digits reports whether s consists of decimal digits. The empty string does not.
func Digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
