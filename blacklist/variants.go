package blacklist

import (
	"strings"

	"github.com/usher-go/usher/internal/phone"
)

// Variants returns the forms in which the owner of a phone number may be listed: the
// number itself first, then the other form where its country has two. number is digits
// with the country code, without +.
//
//	Brazil         5511912345678 ↔ 551112345678    the ninth digit of mobile numbers
//	Mexico         5215512345678 ↔ 525512345678    the 1 after the country code, until 2019
//	Argentina      5491123456789 → 541123456789    the 9 of mobile numbers, this way only
//	Côte d'Ivoire  2250707123456 ↔ 22507123456     the operator's two digits, since 2021
//	Benin          2290197123456 ↔ 22997123456     the 01, since 2024
//
// Landlines keep one form. An Argentine number without the 9 may be a landline, so it never
// gains a 9: an entry 54… blocks a customer who writes as 549…, but an entry 549… does not
// block one who writes as 54….
//
// WhatsApp reports a customer under either form, and not always the one that was dialled;
// replies still go to exactly the form that wrote.
func Variants(number string) []string { return phone.Forms(number) }

// otherAlias returns the other form of an alias; only phones have one.
func otherAlias(alias string) (string, bool) {
	number, ok := strings.CutPrefix(alias, kindPhone+":")
	if !ok {
		return "", false
	}
	other, ok := phone.Other(number)
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
