package cloudapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
)

// at is the time of the test messages.
var at = time.Unix(1749416383, 0).UTC()

// item writes a message with a head and the given members.
func item(members string) string {
	return `{"from":"16505551234","id":"wamid.1","timestamp":"1749416383",` + members + `}`
}

func TestMessageKinds(t *testing.T) {
	raw := func(members string) json.RawMessage { return json.RawMessage(item(members)) }
	order := `"type":"order","order":{"catalog_id":"c","text":"please","product_items":[{"product_retailer_id":"desk-7","quantity":2,"item_price":30.5,"currency":"EUR"}]}`
	product := `"type":"text","text":{"body":"still there?"},"context":{"id":"w0","referred_product":{"catalog_id":"c"}}`
	system := `"type":"system","system":{"type":"customer_identity_changed","body":"identity changed"}`
	row := `"type":"interactive","interactive":{"list_reply":{"id":"r","title":"Row","description":"d"},"type":"list_reply"}`
	edit := `"type":"edit","edit":{"original_message_id":"w0","message":{"context":{"id":"M0"},"type":"text","text":{"body":"new"}}}`
	tests := map[string]struct {
		members string
		want    channel.Message
	}{
		"text":              {`"type":"text","text":{"body":"h\u00e4j \ud83d\ude00"}`, channel.Message{Kind: channel.Text, Text: "häj 😀"}},
		"type after body":   {`"text":{"body":"x"},"type":"text"`, channel.Message{Kind: channel.Text, Text: "x"}},
		"type left out":     {`"text":{"body":"x"}`, channel.Message{Kind: channel.Text, Text: "x"}},
		"image and caption": {`"type":"image","image":{"id":"m","mime_type":"image/jpeg","sha256":"h","caption":"look","url":"https:\/\/x"}`, channel.Message{Kind: channel.Image, Text: "look", Media: &channel.MediaRef{ID: "m", MIME: "image/jpeg", SHA256: "h", URL: "https://x"}}},
		"video":             {`"type":"video","video":{"id":"m"}`, channel.Message{Kind: channel.Video, Media: &channel.MediaRef{ID: "m"}}},
		"voice note":        {`"type":"audio","audio":{"id":"m","voice":true}`, channel.Message{Kind: channel.Audio, Media: &channel.MediaRef{ID: "m", Voice: true}}},
		"old voice":         {`"type":"voice","voice":{"id":"m"}`, channel.Message{Kind: channel.Audio, Media: &channel.MediaRef{ID: "m", Voice: true}}},
		"document":          {`"type":"document","document":{"id":"m","filename":"a.pdf"}`, channel.Message{Kind: channel.Document, Media: &channel.MediaRef{ID: "m", Filename: "a.pdf"}}},
		"sticker":           {`"type":"sticker","sticker":{"id":"m","animated":true}`, channel.Message{Kind: channel.Sticker, Media: &channel.MediaRef{ID: "m", Animated: true}}},
		"location":          {`"type":"location","location":{"latitude":40.5,"longitude":"-73.9","name":"N","address":"A","url":"U"}`, channel.Message{Kind: channel.Location, Location: &channel.Place{Latitude: 40.5, Longitude: -73.9, Name: "N", Address: "A", URL: "U"}}},
		"contacts":          {`"type":"contacts","contacts":[{"name":{"formatted_name":"L"}}]`, channel.Message{Kind: channel.Contacts, Contacts: json.RawMessage(`[{"name":{"formatted_name":"L"}}]`)}},
		"button pressed":    {`"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"yes","title":"Yes"}},"context":{"from":"1","id":"w0"}`, channel.Message{Kind: channel.Answer, Text: "Yes", ReplyTo: "w0", ReplyFrom: "1", Answer: &channel.AnswerRef{ID: "yes", Source: "button"}}},
		"row chosen":        {row, channel.Message{Kind: channel.Answer, Text: "Row", Answer: &channel.AnswerRef{ID: "r", Description: "d", Source: "list"}, Raw: raw(row)}},
		"form":              {`"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"age\":\"32\"}"}}`, channel.Message{Kind: channel.Answer, Text: "Sent", Answer: &channel.AnswerRef{ID: "flow", Source: "form", Data: json.RawMessage(`{"age":"32"}`)}}},
		"form, not JSON":    {`"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"response_json":"oh \"no"}}`, channel.Message{Kind: channel.Answer, Answer: &channel.AnswerRef{Source: "form", Data: json.RawMessage(`"oh \"no"`)}}},
		"other answers":     {`"type":"interactive","interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept"}}`, channel.Message{Kind: channel.Answer, Answer: &channel.AnswerRef{Source: "call_permission_reply", Data: json.RawMessage(`{"response":"accept"}`)}}},
		"template button":   {`"type":"button","button":{"payload":"STOP","text":"Stop promotions"}`, channel.Message{Kind: channel.Answer, Text: "Stop promotions", Answer: &channel.AnswerRef{ID: "STOP", Source: "template"}}},
		"reaction":          {`"type":"reaction","reaction":{"message_id":"w0","emoji":"\ud83d\udc4d"}`, channel.Message{Kind: channel.Reaction, Reaction: &channel.ReactionRef{MessageID: "w0", Emoji: "👍"}}},
		"reaction removed":  {`"type":"reaction","reaction":{"message_id":"w0"}`, channel.Message{Kind: channel.Reaction, Reaction: &channel.ReactionRef{MessageID: "w0"}}},
		"order":             {order, channel.Message{Kind: channel.Order, Text: "please", Raw: raw(order), Order: &channel.OrderRef{Items: []channel.OrderItem{{Product: "desk-7", Quantity: 2, Price: 30.5, Currency: "EUR"}}}}},
		"edit":              {edit, channel.Message{Kind: channel.Edit, Text: "new", ReplyTo: "w0", Raw: raw(edit)}},
		"edited picture":    {`"type":"edit","edit":{"message":{"type":"image","image":{"id":"m","caption":"c"}},"original_message_id":"w0"}`, channel.Message{Kind: channel.Edit, Text: "c", ReplyTo: "w0", Media: &channel.MediaRef{ID: "m"}}},
		"revoke":            {`"type":"revoke","revoke":{"original_message_id":"w0"}`, channel.Message{Kind: channel.Revoke, ReplyTo: "w0"}},
		"system":            {system, channel.Message{Kind: channel.System, Text: "identity changed", Raw: raw(system)}},
		"reply":             {`"type":"text","text":{"body":"x"},"context":{"from":"1","id":"w0"}`, channel.Message{Kind: channel.Text, Text: "x", ReplyTo: "w0", ReplyFrom: "1"}},
		"forwarded":         {`"type":"text","text":{"body":"x"},"context":{"forwarded":true}`, channel.Message{Kind: channel.Text, Text: "x", Forwarded: true}},
		"forwarded often":   {`"type":"text","text":{"body":"x"},"context":{"frequently_forwarded":true,"forwarded":false}`, channel.Message{Kind: channel.Text, Text: "x", Forwarded: true}},
		"from an ad":        {`"type":"text","text":{"body":"x"},"referral":{"source_id":"1"}`, channel.Message{Kind: channel.Text, Text: "x", Referral: json.RawMessage(`{"source_id":"1"}`)}},
		"about a product":   {product, channel.Message{Kind: channel.Text, Text: "still there?", ReplyTo: "w0", Raw: raw(product)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			u := one(t, decode(t, message(item(tt.members))))
			require.NotNil(t, u.Message)
			tt.want.ID, tt.want.Time = "wamid.1", at
			assert.Equal(t, tt.want, u.Message.Message)
			assert.Equal(t, number, u.Number)
			assert.Equal(t, "main", u.Connector)
			assert.Equal(t, "Sheena Nelson", u.Message.From.Name)
		})
	}
}

func TestUnsupportedMessages(t *testing.T) {
	tests := map[string]string{
		"marked so":             `"type":"unsupported","unsupported":{"type":"poll"},"errors":[{"code":131051}]`,
		"old mark":              `"type":"unknown","errors":[{"code":131051}]`,
		"a type of the future":  `"type":"hologram","hologram":{"id":"h"}`,
		"no type, no content":   `"foo":1`,
		"type without content":  `"type":"text"`,
		"answer without answer": `"type":"interactive","interactive":{"type":"x"}`,
		"another content":       `"type":"image","text":{"body":"x"}`,
		"picture beyond reach":  `"type":"image","image":{"id":"m"},"errors":[{"code":131052}]`,
		"welcome":               `"type":"request_welcome"`,
	}
	for name, members := range tests {
		t.Run(name, func(t *testing.T) {
			u := one(t, decode(t, message(item(members))))
			require.NotNil(t, u.Message)
			assert.Equal(t, channel.Unsupported, u.Message.Kind)
			assert.JSONEq(t, item(members), string(u.Message.Raw), "the original is kept")
			assert.True(t, u.Message.Speaks(), "the customer did say something")
			assert.Nil(t, u.Message.Media)
		})
	}
}

// Fields that come as a string one day and as a number the next, or not at all.
func TestLenientTypes(t *testing.T) {
	stamps := map[string]time.Time{
		`"1749416383"`: at, `1749416383`: at, `1.749416383e9`: at, `"TIMESTAMP"`: {}, `null`: {}, `{}`: {}, `-5`: {},
		`"99999999999999"`: {}, `[1]`: {}, `true`: {},
	}
	for stamp, want := range stamps {
		t.Run("timestamp "+stamp, func(t *testing.T) {
			u := one(t, decode(t, message(`{"from":"1650","id":"w","type":"text","text":{"body":"x"},"timestamp":`+stamp+`}`)))
			assert.Equal(t, want, u.Message.Time)
		})
	}
	t.Run("numbers for ids", func(t *testing.T) {
		u := one(t, decode(t, message(`{"from":16505551234,"id":77,"type":"text","text":{"body":5}}`)))
		assert.Equal(t, []channel.Alias{"phone:16505551234"}, u.Message.From.Aliases)
		assert.Equal(t, "77", u.Message.ID)
		assert.Equal(t, "5", u.Message.Text)
	})
	t.Run("objects for strings and the other way round", func(t *testing.T) {
		for _, members := range []string{
			`"type":{"a":1},"text":{"body":"x"}`, `"type":"text","text":"x"`, `"type":"text","text":[1,{"body":2}]`,
			`"type":"text","text":null`, `"type":"image","image":7`, `"type":"interactive","interactive":[]`,
			`"type":"text","text":{"body":["x"]},"context":"x","errors":"none","referral":null`,
		} {
			u := one(t, decode(t, message(item(members))))
			require.NotNil(t, u.Message, members)
			assert.Equal(t, "wamid.1", u.Message.ID)
		}
	})
	t.Run("escaped keys", func(t *testing.T) {
		u := one(t, decode(t, message(item(`"type":"text","te\u0078t":{"\u0062ody":"x"}`))))
		assert.Equal(t, "x", u.Message.Text)
	})
	t.Run("broken UTF-8 is mended", func(t *testing.T) {
		u := one(t, decode(t, message(item("\"type\":\"text\",\"text\":{\"body\":\"a\xffb\"}"))))
		assert.Equal(t, "a\ufffdb", u.Message.Text)
	})
	t.Run("lists that are none", func(t *testing.T) {
		for _, list := range []string{"null", "{}", `"x"`, "7"} {
			u := one(t, decode(t, change("messages", `{"contacts":`+list+`,"messages":`+list+`,"statuses":`+list+`,"errors":`+list+`}`)))
			require.NotNil(t, u.Other)
			assert.Equal(t, "holds nothing that this version reads", u.Other.Reason)
		}
	})
	t.Run("any space", func(t *testing.T) {
		var pretty strings.Builder
		var v any
		require.NoError(t, json.Unmarshal([]byte(message(text)), &v))
		enc := json.NewEncoder(&pretty)
		enc.SetIndent("\t", " \t ")
		require.NoError(t, enc.Encode(v))
		assert.Equal(t, decode(t, message(text)), decode(t, "\n\r "+pretty.String()))
	})
}

func TestStatuses(t *testing.T) {
	status := func(members string) string {
		return change("messages", `{"statuses":[{"id":"wamid.9","timestamp":"1749416383","recipient_id":"16505551234",`+members+`}]}`)
	}
	phone := []channel.Alias{"phone:16505551234"}
	tests := map[string]struct {
		members string
		want    channel.Status
	}{
		"sent, with price":   {`"status":"sent","pricing":{"billable":true,"category":"service"}`, channel.Status{State: channel.Sent, Pricing: "service"}},
		"the key comes back": {`"status":"sent","biz_opaque_callback_data":"i1:7"`, channel.Status{State: channel.Sent, Key: "i1:7"}},
		"delivered":          {`"status":"delivered"`, channel.Status{State: channel.Delivered}},
		"read":               {`"status":"read"`, channel.Status{State: channel.Read}},
		"played":             {`"status":"played"`, channel.Status{State: channel.Played}},
		"failed":             {`"status":"failed","errors":[{"code":131047,"title":"Re-engagement message","error_data":{"details":"24 hours"}},{"code":1}]`, channel.Status{State: channel.Failed, Code: 131047, Reason: "Re-engagement message: 24 hours; 1 error 1", Class: channel.WindowClosed}},
		"failed, old form":   {`"status":"failed","errors":[{"code":"470","details":"late"}]`, channel.Status{State: channel.Failed, Code: 470, Reason: "late", Class: channel.WindowClosed}},
		"failed, no reason":  {`"status":"failed"`, channel.Status{State: channel.Failed}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			u := one(t, decode(t, status(tt.members)))
			require.NotNil(t, u.Status)
			tt.want.MessageID, tt.want.Time, tt.want.Aliases = "wamid.9", at, phone
			if tt.want.Pricing != "" || tt.want.Code != 0 {
				assert.Contains(t, string(u.Status.Raw), tt.members, "the original says more")
			} else {
				assert.Empty(t, u.Status.Raw)
			}
			u.Status.Raw = nil
			assert.Equal(t, tt.want, *u.Status)
		})
	}
	notices := map[string]struct{ members, reason string }{
		"deleted":     {`"status":"deleted"`, "unknown status deleted"},
		"warning":     {`"status":"warning"`, "unknown status warning"},
		"none":        {`"x":1`, "unknown status "},
		"of a group":  {`"status":"read","recipient_type":"group"`, "status of a group message: groups are not routed"},
		"of a call":   {`"status":"sent","type":"call"`, "status of a call: calls are not routed"},
		"without id":  {`"status":"read","id":""`, "status without a message id"},
		"id is a map": {`"status":"read","id":{}`, "status without a message id"},
	}
	for name, tt := range notices {
		t.Run(name, func(t *testing.T) {
			u := one(t, decode(t, status(tt.members)))
			require.NotNil(t, u.Other)
			assert.Equal(t, "statuses", u.Other.Kind)
			assert.Equal(t, tt.reason, u.Other.Reason)
			assert.Equal(t, number, u.Number)
		})
	}
}

func TestNotices(t *testing.T) {
	tests := map[string]struct {
		body, kind, reason string
	}{
		"group message":        {message(item(`"group_id":"g","type":"text","text":{"body":"x"}`)), "messages", "message in a group: groups are not routed"},
		"message without id":   {message(`{"from":"1650","type":"text","text":{"body":"x"}}`), "messages", "message without an id: a repetition could not be told"},
		"message without from": {change("messages", `{"messages":[{"id":"w","type":"text","text":{"body":"x"}}]}`), "messages", "message without a sender"},
		"from nobody can be":   {change("messages", `{"messages":[{"id":"w","from":"me@x","type":"text","text":{"body":"x"}}]}`), "messages", "message without a sender"},
		"account error":        {change("messages", `{"errors":[{"code":130429,"title":"Rate limit hit","message":"Rate limit hit","error_data":{"details":"too many"}}]}`), "errors", "Rate limit hit: too many"},
		"call":                 {change("calls", `{"calls":[{"id":"c"}]}`), "calls", "calls are not routed"},
		"call status":          {change("calls", `{"statuses":[{"id":"c","status":"sent"}]}`), "calls", "calls are not routed"},
		"echo":                 {change("smb_message_echoes", `{"message_echoes":[{"id":"w"}]}`), "smb_message_echoes", "an echo of what a human wrote on the business's own phone"},
		"history":              {change("history", `{"messages":[{"id":"w","from":"1","type":"text","text":{"body":"old"}}]}`), "history", "messages from before the number was connected"},
		"contact book":         {change("smb_app_state_sync", `{}`), "smb_app_state_sync", "the contact book of the business's own phone"},
		"preference":           {change("user_preferences", `{"user_preferences":[{"wa_id":"1","value":"stop"}]}`), "user_preferences", "a preference about marketing, not a message"},
		"group change":         {change("group_status_update", `{}`), "group_status_update", "groups are not routed"},
		"account":              {change("account_update", `{"event":"DISABLED_UPDATE"}`), "account_update", "news of the account"},
		"future field":         {change("telepathy", `{"messages":[{"id":"w","from":"1","type":"text","text":{"body":"x"}}]}`), "telepathy", "unknown field"},
		"no field, no value":   {`{"object":"whatsapp_business_account","entry":[{"id":"WABA","changes":[{}]}]}`, "", "change without a field"},
		"change is a string":   {`{"object":"whatsapp_business_account","entry":[{"id":"WABA","changes":["x"]}]}`, "", "change without a field"},
		"empty value":          {change("messages", `{}`), "messages", "holds nothing that this version reads"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			u := one(t, decode(t, tt.body))
			require.NotNil(t, u.Other)
			assert.Equal(t, tt.kind, u.Other.Kind)
			assert.Equal(t, tt.reason, u.Other.Reason)
			assert.Equal(t, "WABA", u.Other.Account)
			assert.True(t, json.Valid(u.Other.Raw))
		})
	}
	t.Run("the raw change is whole", func(t *testing.T) {
		body := change("telepathy", `{"thought":[1,{"a":"\u00e4"}]}`)
		u := one(t, decode(t, body))
		assert.Contains(t, body, string(u.Other.Raw))
		assert.Contains(t, string(u.Other.Raw), `"field":"telepathy"`)
	})
}

func TestUnknownNumber(t *testing.T) {
	body := strings.ReplaceAll(message(text), numberID, "999")
	u := one(t, decode(t, body))
	require.NotNil(t, u.Other)
	assert.Equal(t, "unknown number: phone_number_id 999 is not configured", u.Other.Reason)
	assert.Empty(t, u.Number)
	assert.Contains(t, string(u.Other.Raw), "wamid.1")

	body = `{"object":"whatsapp_business_account","entry":[{"changes":[{"value":{"messages":[` + text + `]}}]}]}`
	u = one(t, decode(t, body))
	assert.Equal(t, "unknown number: no phone_number_id", u.Other.Reason)
	assert.Equal(t, "messages", u.Other.Kind, "told from the content")
}

// Meta does not promise the order of keys.
func TestKeyOrder(t *testing.T) {
	straight := decode(t, message(text))
	body := `{"entry":[{"changes":[{"field":"messages","value":{"messages":[` + text + `],` +
		`"contacts":[{"wa_id":"16505551234","profile":{"name":"Sheena Nelson"}}],` +
		`"metadata":{"phone_number_id":"` + numberID + `"}}}],"id":"WABA"}],"object":"whatsapp_business_account"}`
	assert.Equal(t, straight, decode(t, body))
}

func TestSeveralEntriesAndNumbers(t *testing.T) {
	cfg := config()
	cfg.Numbers["2"] = "+15550001111"
	in := &inbox{}
	h := newConnector(t, cfg).Webhook(in)
	entry := func(id, numberID, wamid string) string {
		return `{"id":"` + id + `","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"` + numberID + `"},` +
			`"messages":[` + strings.Replace(text, "wamid.1", wamid, 1) + `],"errors":[{"code":1,"title":"t"}]}}]}`
	}
	post(h, envelope(entry("A", numberID, "a"), entry("B", "2", "b"), entry("C", "3", "c")))
	var got []string
	for _, u := range in.all() {
		if u.Message != nil {
			got = append(got, u.Number+" "+u.Message.ID)
		} else {
			got = append(got, u.Number+" "+u.Other.Account+" "+u.Other.Reason)
		}
	}
	assert.Equal(t, []string{
		number + " a", number + " A t", "+15550001111 b", "+15550001111 B t",
		" C unknown number: phone_number_id 3 is not configured",
	}, got)
}

// A batch of the greatest size Meta sends.
func TestLargeBatch(t *testing.T) {
	items := make([]string, 1000)
	for i := range items {
		items[i] = strings.Replace(text, "wamid.1", fmt.Sprintf("wamid.%04d", i), 1)
	}
	updates := decode(t, message(strings.Join(items, ",")))
	require.Len(t, updates, 1000)
	for i, u := range updates {
		require.Equal(t, fmt.Sprintf("wamid.%04d", i), u.Message.ID)
	}
}

// What is handed over must outlive the buffer it was read into.
func TestUpdatesOwnTheirMemory(t *testing.T) {
	in := &inbox{}
	h := newConnector(t, config()).Webhook(in)
	first := message(item(`"type":"order","order":{"text":"first"},"referral":{"source_id":"first"}`))
	second := strings.ReplaceAll(first, "first", "SECON")
	post(h, []byte(first))
	kept := one(t, in.all())
	before := printed(t, []channel.Update{kept})
	for range 20 {
		post(h, []byte(second))
	}
	assert.Equal(t, before, printed(t, []channel.Update{kept}))
}
