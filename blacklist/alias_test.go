package blacklist_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/blacklist"
)

func TestParseAlias(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"as people write it":       {"+55 11 91234-5678", "phone:5511912345678"},
		"parentheses and dots":     {"+1 (631) 555.1234", "phone:16315551234"},
		"slash":                    {"+49 30/1234567", "phone:49301234567"},
		"no-break space":           {"+55\u00a011\u00a091234\u20115678", "phone:5511912345678"},
		"marks of an address book": {"\u202a+55 11 91234-5678\u202c", "phone:5511912345678"},
		"white space around":       {" +5511912345678\t", "phone:5511912345678"},
		"canonical":                {"phone:5511912345678", "phone:5511912345678"},
		"kind and plus":            {"phone: +55 11 91234 5678", "phone:5511912345678"},
		"shortest":                 {"+6834000", "phone:6834000"},
		"longest":                  {"+123456789012345", "phone:123456789012345"},
		"user id keeps its case":   {"user:US.13491208655Ab", "user:US.13491208655Ab"},
		"parent user id":           {"parent:US.ENT.1181579", "parent:US.ENT.1181579"},
		"user name":                {"name:@maria", "name:@maria"},
		"user name without at":     {"name:maria", "name:@maria"},
		"bare user name":           {"@Maria.S", "name:@maria.s"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := blacklist.ParseAlias(c.in)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			again, err := blacklist.ParseAlias(got)
			require.NoError(t, err)
			assert.Equal(t, got, again, "what it returns parses to itself")
		})
	}
}

func TestParseAliasRefuses(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"nothing":             {"", "is empty; write a phone as +"},
		"only space":          {" \t", "is empty"},
		"no country code":     {"11 91234-5678", "has no kind; write a phone as +"},
		"digits alone":        {"5511912345678", "has no kind"},
		"unknown kind":        {"email:a@b.c", "unknown kind; write a phone as +"},
		"kind in capitals":    {"Phone:5511912345678", "unknown kind"},
		"letters":             {"+55 11 9123-CALL", `has 'C'`},
		"second plus":         {"+55+11912345678", `has '+'`},
		"full-width digits":   {"+５５11912345678", `has '５'`},
		"too short":           {"+551191", "has 6 digits; a phone with its country code has 7 to 15"},
		"too long":            {"+1234567890123456", "has 16 digits"},
		"plus alone":          {"+", "has 0 digits"},
		"international 00":    {"+0055 11 91234-5678", "starts with 0"},
		"national zero":       {"+44 (0) 20 7946 0958", "national 0"},
		"user without id":     {"user:", "nothing after user:"},
		"user with space":     {"user:US. 134", `has ' '`},
		"user with hidden":    {"user:US.1\u200b34", "which no id has"},
		"name without name":   {"name:@", "no user name"},
		"not UTF-8":           {"user:US.\xff", "not valid UTF-8"},
		"longer than any":     {"user:" + strings.Repeat("x", 300), "305 bytes long"},
		"spreadsheet's digit": {"5.51191E+12", "has no kind"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := blacklist.ParseAlias(c.in)
			require.ErrorContains(t, err, c.want)
			assert.True(t, strings.HasPrefix(err.Error(), "blacklist: "), err.Error())
			var typed *blacklist.Error
			require.ErrorAs(t, err, &typed)
			require.Len(t, typed.Faults, 1)
			assert.Equal(t, "alias", typed.Faults[0].Field)
		})
	}
}

// TestVariants is line 38 of the scenarios: the forms of one phone, and landlines.
func TestVariants(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"brazil mobile loses the 9":       {"5511987654321", []string{"5511987654321", "551187654321"}},
		"brazil mobile gains the 9":       {"551187654321", []string{"551187654321", "5511987654321"}},
		"brazil, rest starts with 1":      {"5511912345678", []string{"5511912345678", "551112345678"}},
		"brazil landline gains nothing":   {"551132345678", []string{"551132345678"}},
		"brazil, rest like a landline 2":  {"5511923456789", []string{"5511923456789"}},
		"brazil, rest like a landline 5":  {"5511953456789", []string{"5511953456789"}},
		"brazil, rest starts with 6":      {"5511963456789", []string{"5511963456789", "551163456789"}},
		"brazil, thirteen without a 9":    {"5511887654321", []string{"5511887654321"}},
		"brazil, other lengths":           {"55119876543", []string{"55119876543"}},
		"côte d'ivoire, new form":         {"2250707123456", []string{"2250707123456", "22507123456"}},
		"côte d'ivoire, old form":         {"22505123456", []string{"22505123456", "2250505123456"}},
		"côte d'ivoire, assigned since":   {"2250712123456", []string{"2250712123456"}},
		"benin, new form":                 {"2290197123456", []string{"2290197123456", "22997123456"}},
		"benin, old form":                 {"22997123456", []string{"22997123456", "2290197123456"}},
		"mexico loses the 1":              {"5215512345678", []string{"5215512345678", "525512345678"}},
		"mexico gains the 1":              {"525512345678", []string{"525512345678", "5215512345678"}},
		"argentina loses the 9":           {"5491123456789", []string{"5491123456789", "541123456789"}},
		"argentina never gains the 9":     {"541123456789", []string{"541123456789"}},
		"others have one form":            {"16315551234", []string{"16315551234"}},
		"thirteen digits of another land": {"4915112345678", []string{"4915112345678"}},
		"empty":                           {"", []string{""}},
		"country code alone":              {"55", []string{"55"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, blacklist.Variants(c.in))
		})
	}
}
