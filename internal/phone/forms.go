package phone

import "strings"

// rule describes the two forms of the numbers of one country. other returns the second
// form of a number that matches country; canonical is the form that both share.
type rule struct {
	country string
	// other returns the form under which a list may hold the number, and false if there is
	// none.
	other func(number string) (string, bool)
	// canonical returns the form that stands for both, the number itself if it has one form.
	canonical func(number string) string
}

var rules = []rule{
	{"55", brazil, longest(brazil)},
	{"52", mexico, shortest(mexico)},
	{"54", argentina, argentinaCanonical},
	{"225", ivoryCoast, longest(ivoryCoast)},
	{"229", benin, longest(benin)},
}

// Forms returns the forms under which the owner of a number may be listed: the number
// itself first, then the other form where its country has two.
//
//	Brazil         5511912345678 ↔ 551112345678    the ninth digit of mobile numbers
//	Mexico         5215512345678 ↔ 525512345678    the 1 after the country code, until 2019
//	Argentina      5491123456789 → 541123456789    the 9 of mobile numbers, this way only
//	Côte d'Ivoire  2250707123456 ↔ 22507123456     the operator's two digits, since 2021
//	Benin          2290197123456 ↔ 22997123456     the 01, since 2024
//
// Landlines keep one form. A Brazilian number whose last eight digits start with 2 to 5 is
// one, and so is an old number of Côte d'Ivoire that starts with 2 or 3. An Argentine
// number without the 9 may be a landline, so it never gains a 9.
func Forms(number string) []string {
	if other, ok := Other(number); ok {
		return []string{number, other}
	}
	return []string{number}
}

// Other returns the second of [Forms], and whether there is one.
func Other(number string) (string, bool) {
	for i := range rules {
		if strings.HasPrefix(number, rules[i].country) {
			return rules[i].other(number)
		}
	}
	return "", false
}

// Canonical returns one form for all forms of a number: two numbers are the same phone if
// and only if their canonical forms are equal. It is for comparing only. Messages go to the
// form that wrote.
//
// Argentina assigns a national number once, to a landline or to a mobile, so 54… and 549…
// are the same phone although Forms does not lead from the former to the latter.
func Canonical(number string) string {
	for i := range rules {
		if strings.HasPrefix(number, rules[i].country) {
			return rules[i].canonical(number)
		}
	}
	return number
}

// Kind is what stands before the digits in the alias of a phone.
const Kind = "phone:"

// CanonicalAlias returns [Canonical] of an alias that is a phone, and any other alias as it is.
// Two aliases are the same one, or forms of one phone, if and only if the results are equal.
func CanonicalAlias(alias string) string {
	number, ok := strings.CutPrefix(alias, Kind)
	if !ok {
		return alias
	}
	if c := Canonical(number); c != number {
		return Kind + c
	}
	return alias
}

func longest(other func(string) (string, bool)) func(string) string {
	return func(number string) string {
		if o, ok := other(number); ok && len(o) > len(number) {
			return o
		}
		return number
	}
}

func shortest(other func(string) (string, bool)) func(string) string {
	return func(number string) string {
		if o, ok := other(number); ok && len(o) < len(number) {
			return o
		}
		return number
	}
}

// brazil adds or takes the 9 between the area code and the subscriber's eight digits.
func brazil(number string) (string, bool) {
	switch {
	case len(number) == 13 && number[4] == '9' && !brazilLandline(number[5:]):
		return number[:4] + number[5:], true
	case len(number) == 12 && !brazilLandline(number[4:]):
		return number[:4] + "9" + number[4:], true
	}
	return "", false
}

func brazilLandline(subscriber string) bool {
	return subscriber[0] >= '2' && subscriber[0] <= '5'
}

func mexico(number string) (string, bool) {
	switch {
	case len(number) == 13 && number[2] == '1':
		return number[:2] + number[3:], true
	case len(number) == 12:
		return "521" + number[2:], true
	}
	return "", false
}

func argentina(number string) (string, bool) {
	if len(number) == 13 && number[2] == '9' {
		return number[:2] + number[3:], true
	}
	return "", false
}

func argentinaCanonical(number string) string {
	if short, ok := argentina(number); ok {
		return short
	}
	return number
}

// ivoryCoast adds or takes the two digits of the operator that mobile numbers have had
// since 31 January 2021. The operator of an old number of eight digits follows from its
// second digit: Moov 0 to 3, MTN 4 to 6, Orange 7 to 9. Numbers assigned since then may
// contradict that; they have one form.
func ivoryCoast(number string) (string, bool) {
	switch len(number) {
	case 11:
		if p := ivoryOperator(number[3:]); p != "" {
			return "225" + p + number[3:], true
		}
	case 13:
		if old := number[5:]; number[3:5] == ivoryOperator(old) {
			return "225" + old, true
		}
	}
	return "", false
}

// ivoryOperator returns the prefix of an old mobile number, "" for a landline.
func ivoryOperator(old string) string {
	switch {
	case old[0] == '2' || old[0] == '3' || old[0] == '1':
		return ""
	case old[1] <= '3':
		return "01"
	case old[1] <= '6':
		return "05"
	}
	return "07"
}

// benin adds or takes the 01 that all numbers have had since 30 November 2024.
func benin(number string) (string, bool) {
	switch {
	case len(number) == 11:
		return "22901" + number[3:], true
	case len(number) == 13 && strings.HasPrefix(number, "22901"):
		return "229" + number[5:], true
	}
	return "", false
}
