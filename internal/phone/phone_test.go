package phone_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/internal/phone"
)

func TestForms(t *testing.T) {
	for _, c := range []struct{ number, other, canonical string }{
		{"5511912345678", "551112345678", "5511912345678"},
		{"5511932345678", "", "5511932345678"}, // would be a landline without the 9
		{"5511987654321", "551187654321", "5511987654321"},
		{"551187654321", "5511987654321", "5511987654321"},
		{"551132345678", "", "551132345678"},
		{"5215512345678", "525512345678", "525512345678"},
		{"525512345678", "5215512345678", "525512345678"},
		{"5491123456789", "541123456789", "541123456789"},
		{"541123456789", "", "541123456789"},
		{"2250707123456", "22507123456", "2250707123456"},
		{"22507123456", "2250707123456", "2250707123456"},
		{"2250505123456", "22505123456", "2250505123456"},
		{"22505123456", "2250505123456", "2250505123456"},
		{"22541123456", "2250141123456", "2250141123456"},
		{"2250712123456", "", "2250712123456"}, // assigned after 2021: 12… was Moov's
		{"22520123456", "", "22520123456"},     // landline
		{"22997123456", "2290197123456", "2290197123456"},
		{"2290197123456", "22997123456", "2290197123456"},
		{"14155550100", "", "14155550100"},
		{"55", "", "55"}, {"225", "", "225"}, {"", "", ""},
	} {
		other, ok := phone.Other(c.number)
		assert.Equal(t, c.other, other, c.number)
		assert.Equal(t, c.other != "", ok, c.number)
		assert.Equal(t, c.canonical, phone.Canonical(c.number), c.number)
	}
}

// TestCanonicalIsOneForm checks on random numbers of each country that the forms of a
// number share one canonical form, which is its own, and that no form leads to a third.
func TestCanonicalIsOneForm(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, country := range []string{"55", "52", "521", "54", "549", "225", "22501", "22507", "229", "22901", "1", "44"} {
		for range 20_000 {
			number := country
			for range 8 + r.IntN(4) {
				number += string(rune('0' + r.IntN(10)))
			}
			canonical := phone.Canonical(number)
			assert.Equal(t, canonical, phone.Canonical(canonical), number)
			for _, form := range phone.Forms(number) {
				if !assert.Equal(t, canonical, phone.Canonical(form), "%s as %s", number, form) {
					return
				}
			}
		}
	}
}

func TestCanonicalAlias(t *testing.T) {
	assert.Equal(t, "phone:5511987654321", phone.CanonicalAlias("phone:551187654321"))
	assert.Equal(t, "phone:14155550100", phone.CanonicalAlias("phone:14155550100"))
	assert.Equal(t, "user:551187654321", phone.CanonicalAlias("user:551187654321"))
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"+55 11 98765-4321":         "5511987654321",
		"5511987654321":             "5511987654321",
		"+1 (415) 555.0100":         "14155550100",
		"+1 415\u2212555\u20120100": "14155550100",
		"+1 415\u2014555\u20110100": "14155550100",
		"＋14155550100":              "14155550100",
		"+１４１５５５５０１００":              "",
		"+1\t415 555 0100":          "14155550100",
		"1-800-FLOWERS":             "",
		"+1 415 555 0100 ext. 5":    "",
		"+1 415 555 0100 x5":        "",
		"+44 (0)20 7946 0958":       "",
		"0044 20 7946 0958":         "",
		"+1 415 555 0100;ext=5":     "",
		"12345":                     "",
		"1234567890123456":          "",
		"+1 415 555 0100, 555 010":  "",
		"":                          "",
		"١٢٣٤٥٦٧٨":                  "",
	} {
		digits, problem := phone.Parse(text)
		assert.Equal(t, want, digits, text)
		assert.Equal(t, want == "", problem != "", text)
	}
}
