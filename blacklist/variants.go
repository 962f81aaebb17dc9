package blacklist

import "strings"

// Variants returns the forms in which the owner of a phone number may be listed: the
// number itself first, then the other form where its country has two. phone is digits
// with the country code, without +.
//
//	Brazil     5511912345678 ↔ 551112345678   the ninth digit of mobile numbers, both ways
//	Mexico     5215512345678 ↔ 525512345678   the 1 after the country code, both ways
//	Argentina  5491123456789 → 541123456789   the 9 of mobile numbers, this way only
//
// Landlines are left alone. A Brazilian number whose last eight digits start with 2 to 5
// is one, and has one form. An Argentine number without the 9 may be one, so it never
// gains a 9: an entry 54… stops a customer who writes as 549…, but an entry 549… does not
// stop whoever writes as 54….
//
// WhatsApp reports a customer under either form, and not always the one that was dialled;
// replies still go to exactly the form that wrote.
func Variants(phone string) []string {
	if other, ok := otherForm(phone); ok {
		return []string{phone, other}
	}
	return []string{phone}
}

// Digits in a number with its country code, without and with the digit that comes and
// goes. Brazil, Mexico and Argentina all have national numbers of ten digits.
const (
	shortForm = 12
	longForm  = 13
)

func otherForm(phone string) (string, bool) {
	switch {
	case strings.HasPrefix(phone, "55"):
		return brazil(phone)
	case len(phone) == longForm && (strings.HasPrefix(phone, "521") || strings.HasPrefix(phone, "549")):
		return phone[:2] + phone[3:], true
	case len(phone) == shortForm && strings.HasPrefix(phone, "52"):
		return "521" + phone[2:], true
	}
	return "", false
}

// brazil adds or takes the 9 between the area code and the subscriber's eight digits.
func brazil(phone string) (string, bool) {
	switch {
	case len(phone) == longForm && phone[4] == '9' && !brazilLandline(phone[5:]):
		return phone[:4] + phone[5:], true
	case len(phone) == shortForm && !brazilLandline(phone[4:]):
		return phone[:4] + "9" + phone[4:], true
	}
	return "", false
}

func brazilLandline(subscriber string) bool {
	return subscriber[0] >= '2' && subscriber[0] <= '5'
}

// otherAlias is otherForm for an alias; only phones have one.
func otherAlias(alias string) (string, bool) {
	phone, ok := strings.CutPrefix(alias, kindPhone+":")
	if !ok {
		return "", false
	}
	other, ok := otherForm(phone)
	return kindPhone + ":" + other, ok
}

// sameAlias reports whether two aliases may be the same customer, for searching.
func sameAlias(a, b string) bool {
	if a == b {
		return true
	}
	if other, ok := otherAlias(a); ok && other == b {
		return true
	}
	other, ok := otherAlias(b)
	return ok && other == a
}
