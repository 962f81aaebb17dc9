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
		"":                        `channel: alias "": unknown kind; valid: phone, user, parent, name`,
		"5511":                    "unknown kind",
		"fax:5511":                "unknown kind",
		"phone:":                  "no value after the colon",
		channel.Phone("anonym"):   "no value after the colon",
		channel.Username(""):      "no value after the colon",
		channel.Alias("Phone:55"): "unknown kind",
	}
	for alias, want := range tests {
		t.Run(string(alias), func(t *testing.T) { assert.ErrorContains(t, alias.Validate(), want) })
	}
}

func ExampleAlias() {
	alias := channel.Phone("+55 11 91234-5678")
	fmt.Println(alias, alias.Kind(), alias.Value(), alias.Identifies())
	// Output: phone:5511912345678 phone 5511912345678 true
}
