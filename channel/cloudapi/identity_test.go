package cloudapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
)

const (
	bsuid  = "US.13491208655302741918"
	parent = "US.ENT.11815799212886844830"
)

func TestSender(t *testing.T) {
	body := `"id":"w","type":"text","text":{"body":"x"}`
	tests := map[string]struct {
		contacts, from string
		want           []channel.Alias
		name           string
	}{
		"phone only": {
			`{"wa_id":"16505551234","profile":{"name":"Ann"}}`, `"from":"16505551234"`,
			[]channel.Alias{"phone:16505551234"}, "Ann",
		},
		"phone and user id": {
			`{"wa_id":"16505551234","user_id":"` + bsuid + `","parent_user_id":"` + parent + `","profile":{"name":"Ann","username":"@ann"}}`,
			`"from":"16505551234","from_user_id":"` + bsuid + `"`,
			[]channel.Alias{"phone:16505551234", "user:" + bsuid, "parent:" + parent, "name:@ann"}, "Ann",
		},
		"user id, no phone": {
			`{"user_id":"` + bsuid + `","profile":{"name":"Ann","username":"ann"}}`,
			`"from_user_id":"` + bsuid + `","from_parent_user_id":"` + parent + `"`,
			[]channel.Alias{"user:" + bsuid, "parent:" + parent, "name:@ann"}, "Ann",
		},
		"empty phone, as in the draft": {
			`{"wa_id":"","user_id":"` + bsuid + `"}`, `"from":"","from_user_id":"` + bsuid + `"`,
			[]channel.Alias{"user:" + bsuid}, "",
		},
		"user id in from": {
			`{"wa_id":"US.1234","profile":{"name":"Ann"}}`, `"from":"US.1234"`,
			[]channel.Alias{"user:US.1234"}, "Ann",
		},
		"parent id in from": {
			``, `"from":"` + parent + `"`, []channel.Alias{"parent:" + parent}, "",
		},
		"the phone is in the contact only": {
			`{"wa_id":"16505551234","user_id":"` + bsuid + `"}`, `"from_user_id":"` + bsuid + `"`,
			[]channel.Alias{"phone:16505551234", "user:" + bsuid}, "",
		},
		"the form that wrote comes first": { // Brazil's ninth digit
			`{"wa_id":"5511912345678","user_id":"BR.1"}`, `"from":"551112345678","from_user_id":"BR.1"`,
			[]channel.Alias{"phone:551112345678", "user:BR.1", "phone:5511912345678"}, "",
		},
		"contacts in another order": {
			`{"wa_id":"1","profile":{"name":"Bob"}},{"wa_id":"16505551234","profile":{"name":"Ann"}}`, `"from":"16505551234"`,
			[]channel.Alias{"phone:16505551234"}, "Ann",
		},
		"somebody else's contact": {
			`{"wa_id":"1","user_id":"US.1","profile":{"name":"Bob"}}`, `"from":"16505551234"`,
			[]channel.Alias{"phone:16505551234"}, "",
		},
		"no contacts":             {``, `"from":"16505551234"`, []channel.Alias{"phone:16505551234"}, ""},
		"a contact that is alone": {`{"wa_id":"16505551234"}`, `"x":1`, []channel.Alias{"phone:16505551234"}, ""},
		"nothing but an @":        {`{"wa_id":"1","profile":{"username":"@"}}`, `"from":"1"`, []channel.Alias{"phone:1"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			value := `{"contacts":[` + tt.contacts + `],"messages":[{` + tt.from + `,` + body + `}]}`
			u := one(t, decode(t, change("messages", value)))
			require.NotNil(t, u.Message, "%+v", u.Other)
			assert.Equal(t, tt.want, u.Message.From.Aliases)
			assert.Equal(t, tt.name, u.Message.From.Name)
			for _, a := range u.Message.From.Aliases {
				assert.NoError(t, a.Validate())
			}
		})
	}
	t.Run("a user name alone is nobody", func(t *testing.T) {
		u := one(t, decode(t, change("messages", `{"contacts":[{"profile":{"username":"@ann"}}],"messages":[{`+body+`}]}`)))
		require.NotNil(t, u.Other)
		assert.Equal(t, "message without a sender", u.Other.Reason)
	})
	t.Run("ids that only look like ids", func(t *testing.T) {
		for _, from := range []string{"us.123", "U.1", "USA.1", "US.", "US.ENT.", "US.a-b", "US." + strings.Repeat("1", 129), "+", strings.Repeat("1", 21)} {
			u := one(t, decode(t, change("messages", `{"messages":[{"from":"`+from+`",`+body+`}]}`)))
			assert.NotNil(t, u.Other, from)
		}
	})
}

func TestStatusRecipient(t *testing.T) {
	contacts := `{"wa_id":"16505551234","user_id":"` + bsuid + `","profile":{"username":"@ann"}}`
	tests := map[string]struct {
		contacts, recipient string
		want                []channel.Alias
	}{
		"phone, matched":  {contacts, `"recipient_id":"16505551234"`, []channel.Alias{"phone:16505551234", "user:" + bsuid, "name:@ann"}},
		"user id":         {``, `"recipient_user_id":"` + bsuid + `"`, []channel.Alias{"user:" + bsuid}},
		"parent":          {``, `"recipient_parent_user_id":"` + parent + `"`, []channel.Alias{"parent:" + parent}},
		"parent, old":     {``, `"parent_recipient_user_id":"` + parent + `"`, []channel.Alias{"parent:" + parent}},
		"placeholder":     {``, `"recipient_id":"CUSTOMER_PHONE_NUMBER"`, []channel.Alias{}},
		"another contact": {contacts, `"recipient_id":"1"`, []channel.Alias{"phone:1"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			value := `{"contacts":[` + tt.contacts + `],"statuses":[{"id":"w","status":"read",` + tt.recipient + `}]}`
			u := one(t, decode(t, change("messages", value)))
			require.NotNil(t, u.Status)
			assert.Equal(t, tt.want, u.Status.Aliases)
		})
	}
}

func TestIdentityChanges(t *testing.T) {
	system := func(head, members string) string {
		return change("messages", `{"messages":[{`+head+`"id":"w","type":"system","system":{`+members+`}}]}`)
	}
	tests := map[string]struct {
		body     string
		old, now []channel.Alias
	}{
		"new number": {
			system(`"from":"16505551234",`, `"type":"user_changed_number","wa_id":"12195555358","body":"changed"`),
			[]channel.Alias{"phone:16505551234"}, []channel.Alias{"phone:12195555358"},
		},
		"new number, before v12": {
			system(`"from":"16505551234",`, `"type":"customer_changed_number","new_wa_id":"12195555358"`),
			[]channel.Alias{"phone:16505551234"}, []channel.Alias{"phone:12195555358"},
		},
		"new number and ids": {
			system(`"from":"1650","from_user_id":"US.1",`, `"type":"user_changed_number","wa_id":"1219","user_id":"US.2","parent_user_id":"US.ENT.2"`),
			[]channel.Alias{"phone:1650", "user:US.1"}, []channel.Alias{"phone:1219", "user:US.2", "parent:US.ENT.2"},
		},
		"new user id": {
			system("", `"type":"user_changed_user_id","user_id":"US.2","previous_user_id":"US.1","previous_parent_user_id":"US.ENT.1"`),
			[]channel.Alias{"user:US.1", "parent:US.ENT.1"}, []channel.Alias{"user:US.2"},
		},
		"new user id, known by phone": {
			system(`"from":"1650",`, `"type":"user_changed_user_id","user_id":"US.2"`),
			[]channel.Alias{"phone:1650"}, []channel.Alias{"user:US.2"},
		},
		"field user_id_update": {
			change("user_id_update", `{"user_id_update":[{"wa_id":"1650","user_id":{"previous":"US.1","current":"US.2"},"parent_user_id":{"previous":"US.ENT.1","current":"US.ENT.2"}}]}`),
			[]channel.Alias{"user:US.1", "parent:US.ENT.1"}, []channel.Alias{"user:US.2", "parent:US.ENT.2", "phone:1650"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			u := one(t, decode(t, tt.body))
			require.NotNil(t, u.Identity)
			assert.Equal(t, tt.old, u.Identity.Old)
			assert.Equal(t, tt.now, u.Identity.New)
			assert.Equal(t, number, u.Number)
		})
	}
	t.Run("the sentence is not evidence", func(t *testing.T) {
		u := one(t, decode(t, system("", `"type":"user_changed_user_id","user_id":"US.2","body":"User changed from US.1 to US.2"`)))
		require.NotNil(t, u.Other, "the name in it is the customer's to choose")
		assert.Equal(t, "does not name both the old and the new identity", u.Other.Reason)
	})
}

// TestContactUnderTheOtherForm checks that a contact belongs to the sender when both are
// forms of one phone: WhatsApp and relays do not write them alike.
func TestContactUnderTheOtherForm(t *testing.T) {
	for _, x := range [][2]string{
		{"525512345678", "5215512345678"}, {"5531988888888", "553188888888"}, {"541123456789", "5491123456789"},
		{"22507123456", "2250707123456"}, {"+447700900123", "447700900123"}, {"447700900123", "+447700900123"},
	} {
		u := one(t, decode(t, change("messages", `{"contacts":[{"profile":{"name":"Lupita"},"wa_id":"`+x[1]+`","user_id":"MX.1"}],`+
			`"messages":[{"from":"`+x[0]+`","id":"w","timestamp":"1770000000","type":"text","text":{"body":"hola"}}]}`)))
		require.NotNil(t, u.Message)
		assert.Equal(t, "Lupita", u.Message.From.Name, x)
		assert.Equal(t, channel.Phone(x[0]), u.Message.From.Aliases[0], "the reply goes to the form that wrote")
		assert.Contains(t, u.Message.From.Aliases, channel.Phone(x[1]))
		assert.Contains(t, u.Message.From.Aliases, channel.User("MX.1"))
	}
	u := one(t, decode(t, change("messages", `{"contacts":[{"profile":{"name":"Another"},"wa_id":"447700900999"}],`+
		`"messages":[{"from":"447700900123","id":"w","timestamp":"1770000000","type":"text","text":{"body":"x"}}]}`)))
	assert.Empty(t, u.Message.From.Name)
	assert.Contains(t, string(u.Message.Raw), "Another", "a contact that belongs to no sender is kept in the original")
}
