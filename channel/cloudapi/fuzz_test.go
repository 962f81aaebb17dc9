package cloudapi

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/usher-go/usher/channel"
)

func fuzzConnector(t testing.TB) *Connector {
	c, err := New(Config{
		Name: "main", AccessToken: "token", AppSecrets: []string{"s"}, VerifyTokens: []string{"v"},
		Numbers: map[string]string{"1": "+15550783881"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var fuzzSeeds = []string{
	`{"object":"whatsapp_business_account","entry":[{"id":"A","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1"},"contacts":[{"wa_id":"2","user_id":"US.2","profile":{"name":"n","username":"@u"}}],"messages":[{"from":"2","id":"w","timestamp":"1749416383","type":"text","text":{"body":"\u00e4\/"},"context":{"id":"q","forwarded":true},"referral":{"a":1}}]}}]}]}`,
	`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1"},"statuses":[{"id":"w","status":"failed","recipient_id":"2","errors":[{"code":131047,"error_data":{"details":"d"}}],"pricing":{"category":"service"}}],"errors":[{"code":1}]}}]}]}`,
	`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1"},"messages":[{"id":"w","from":"2","type":"edit","edit":{"original_message_id":"o","message":{"type":"edit","edit":{"message":{"type":"image","image":{"id":"m"}}}}}},{"id":"x","from":"2","type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"response_json":"{\"a\":1}"}}},{"id":"y","type":"system","from":"2","system":{"type":"user_changed_number","wa_id":"3"}}]}}]}]}`,
	`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"user_id_update","value":{"metadata":{"phone_number_id":"1"},"user_id_update":[{"wa_id":"2","user_id":{"previous":"US.1","current":"US.2"}}]}}]}]}`,
	`{"object":"page"}`, `[]`, `"`, `{"entry":[[],{},"",0,null,true]}`,
}

// Whatever is signed decodes without a panic into updates that a journal can hold, and to
// the same ones every time.
func FuzzWebhook(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add([]byte(seed))
	}
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "whatsapp", "fixtures", "*.json"))
	for _, path := range files {
		if data, err := os.ReadFile(path); err == nil {
			f.Add(data)
		}
	}
	c := fuzzConnector(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		updates := c.decode(body)
		for _, u := range updates {
			checkUpdate(t, u)
		}
		if again := c.decode(body); !reflect.DeepEqual(updates, again) {
			t.Fatal("decoding twice gives two results")
		}
	})
}

func checkUpdate(t *testing.T, u channel.Update) {
	data, err := json.Marshal(u)
	if err != nil {
		t.Fatalf("an update that JSON cannot hold: %v", err)
	}
	var back channel.Update
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatalf("an update that does not come back: %v", err)
	}
	switch {
	case u.Message != nil:
		if u.Message.ID == "" || u.Message.Kind == "" || len(u.Message.From.Aliases) == 0 {
			t.Fatalf("an incomplete message: %s", data)
		}
		for _, a := range u.Message.From.Aliases {
			if err := a.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	case u.Status != nil:
		if !u.Status.State.Valid() || u.Status.MessageID == "" {
			t.Fatalf("an incomplete status: %s", data)
		}
	case u.Identity != nil:
		if len(u.Identity.Old) == 0 || len(u.Identity.New) == 0 {
			t.Fatalf("an incomplete identity: %s", data)
		}
	case u.Other == nil || u.Other.Reason == "":
		t.Fatalf("a notice without a reason: %s", data)
	}
}

// The scanner reads what encoding/json reads.
func FuzzScanner(f *testing.F) {
	for _, seed := range append(fuzzSeeds, `{"a":"x","b":[1,"2",{"c":null}],"d":true,"e":-1.5e3,"\u0061":2}`) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) || !utf8.Valid(data) {
			t.Skip()
		}
		var want any
		if err := json.Unmarshal(data, &want); err != nil {
			t.Skip() // a number beyond float64
		}
		s := scanner{b: data}
		if got := readAny(&s); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v, want %#v", got, want)
		}
		if s.space(); s.i != len(data) {
			t.Fatalf("stopped at %d of %d", s.i, len(data))
		}
	})
}

func readAny(s *scanner) any {
	s.space()
	switch s.b[s.i] {
	case '{':
		m := map[string]any{}
		for key := range s.members() {
			m[string(key)] = readAny(s)
		}
		return m
	case '[':
		list := []any{}
		for range s.items() {
			list = append(list, readAny(s))
		}
		return list
	case '"':
		return s.text()
	case 't', 'f':
		return s.boolean()
	case 'n':
		s.skip()
		return nil
	}
	return s.number()
}
