package channel_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/channel"
)

func TestAliases(t *testing.T) {
	tests := []struct {
		alias       channel.Alias
		want        string
		kind, value string
		identifies  bool
	}{
		{channel.Phone("+55 (11) 91234-5678"), "phone:5511912345678", channel.KindPhone, "5511912345678", true},
		{channel.User("US.13491208655302741918"), "user:US.13491208655302741918", channel.KindUser, "US.13491208655302741918", true},
		{channel.Parent("US.ENT.1"), "parent:US.ENT.1", channel.KindParent, "US.ENT.1", true},
		{channel.Username("maria"), "name:@maria", channel.KindUsername, "@maria", false},
		{channel.Username("@maria"), "name:@maria", channel.KindUsername, "@maria", false},
		{channel.User("a:b"), "user:a:b", channel.KindUser, "a:b", true},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			assert.Equal(t, tt.want, string(tt.alias))
			assert.Equal(t, tt.kind, tt.alias.Kind())
			assert.Equal(t, tt.value, tt.alias.Value())
			assert.Equal(t, tt.identifies, tt.alias.Identifies())
			assert.NoError(t, tt.alias.Validate())
		})
	}
}

func TestAliasFaults(t *testing.T) {
	tests := map[channel.Alias]string{
		"":                            `channel: alias "": unknown kind; valid: phone, user, parent, name`,
		"5511":                        "unknown kind",
		"fax:5511":                    "unknown kind",
		"phone:":                      "no value after the colon",
		channel.Phone("anonym"):       "no value after the colon",
		channel.Username(""):          "no value after the colon",
		channel.Alias("Phone:55"):     "unknown kind",
		"phone:+5511912345678":        "digits that begin with a country code",
		"phone:0044":                  "digits that begin with a country code",
		"phone:1-800-FLOWERS":         "digits that begin with a country code",
		"phone:123456789012345678901": "up to 20 digits",
	}
	for alias, want := range tests {
		t.Run(string(alias), func(t *testing.T) { assert.ErrorContains(t, alias.Validate(), want) })
	}
}

// TestPhoneOfWhatPeopleType checks that text which is no number never becomes the number of
// another person.
func TestPhoneOfWhatPeopleType(t *testing.T) {
	for _, text := range []string{
		"1-800-FLOWERS", "+1 415 555 0100 ext. 5", "+1 415 555 0100x5", "+44 (0)20 7946 0958",
		"0044 20 7946 0958", "1234567890123456", "maria", "", "+", "+1 415 555 0100;ext=5",
	} {
		assert.Error(t, channel.Phone(text).Validate(), text)
		_, err := channel.ParsePhone(text)
		assert.Error(t, err, text)
	}
	for _, text := range []string{"+1 (415) 555-0100", "1.415.555.0100", "\u202a+1 415 555 0100\u202c"} {
		assert.Equal(t, channel.Alias("phone:14155550100"), channel.Phone(text), text)
	}
	assert.Equal(t, channel.Alias("phone:12345"), channel.Phone("12345"), "a test number")
}

func TestAliasSame(t *testing.T) {
	assert.True(t, channel.Alias("phone:5531988888888").Same("phone:553188888888"))
	assert.True(t, channel.Alias("phone:541123456789").Same("phone:5491123456789"))
	assert.True(t, channel.Alias("user:US.1").Same("user:US.1"))
	assert.False(t, channel.Alias("user:553188888888").Same("phone:553188888888"))
	assert.False(t, channel.Alias("phone:553188888888").Same("phone:553188888889"))
}

func ExampleAlias() {
	alias := channel.Phone("+55 11 91234-5678")
	fmt.Println(alias, alias.Kind(), alias.Value(), alias.Identifies())
	// Output: phone:5511912345678 phone 5511912345678 true
}
