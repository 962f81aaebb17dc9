package cloudapitest

import (
	"encoding/json"
	"strings"

	"github.com/usher-go/usher/channel"
)

// request is the body of POST /{number}/messages, as far as it is checked.
type request struct {
	Product   string `json:"messaging_product"`
	Kind      string `json:"recipient_type"`
	To        string `json:"to"`
	Recipient string `json:"recipient"`
	Type      string `json:"type"`
	Key       string `json:"biz_opaque_callback_data"`
	Context   struct {
		ID string `json:"message_id"`
	} `json:"context"`

	Status    string `json:"status"`
	MessageID string `json:"message_id"`
	Typing    *struct {
		Type string `json:"type"`
	} `json:"typing_indicator"`

	Text *struct {
		Body string `json:"body"`
	} `json:"text"`
	Image       *media       `json:"image"`
	Video       *media       `json:"video"`
	Audio       *media       `json:"audio"`
	Document    *media       `json:"document"`
	Sticker     *media       `json:"sticker"`
	Interactive *interactive `json:"interactive"`
	Template    *struct {
		Name     string `json:"name"`
		Language struct {
			Code string `json:"code"`
		} `json:"language"`
	} `json:"template"`
	Location *struct {
		Latitude  *float64 `json:"latitude"`
		Longitude *float64 `json:"longitude"`
	} `json:"location"`
	Contacts []struct {
		Name struct {
			Formatted string `json:"formatted_name"`
		} `json:"name"`
	} `json:"contacts"`
	Reaction *struct {
		MessageID string  `json:"message_id"`
		Emoji     *string `json:"emoji"`
	} `json:"reaction"`
}

type media struct {
	ID      string `json:"id"`
	Link    string `json:"link"`
	Caption string `json:"caption"`
}

type interactive struct {
	Type   string `json:"type"`
	Header struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"header"`
	Body   words `json:"body"`
	Footer words `json:"footer"`
	Action struct {
		Button  string `json:"button"`
		Buttons []struct {
			Type  string `json:"type"`
			Reply choice `json:"reply"`
		} `json:"buttons"`
		Sections []struct {
			Title string   `json:"title"`
			Rows  []choice `json:"rows"`
		} `json:"sections"`
	} `json:"action"`
}

type words struct {
	Text string `json:"text"`
}

type choice struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

// alias is whom the message goes to; a phone wins when both are given.
func (r request) alias() channel.Alias {
	switch {
	case r.To != "":
		return channel.Phone(r.To)
	case strings.HasPrefix(r.Recipient[2:], ".ENT."):
		return channel.Parent(r.Recipient)
	}
	return channel.User(r.Recipient)
}

// words is what a reader sees first.
func (r request) words() string {
	for _, m := range []*media{r.Image, r.Video, r.Document} {
		if m != nil {
			return m.Caption
		}
	}
	switch {
	case r.Text != nil:
		return r.Text.Body
	case r.Interactive != nil:
		return r.Interactive.Body.Text
	case r.Reaction != nil && r.Reaction.Emoji != nil:
		return *r.Reaction.Emoji
	}
	return ""
}

func (r request) receipt(sent Sent) any {
	contact := map[string]string{}
	if r.To != "" {
		contact["input"], contact["wa_id"] = r.To, sent.To.Value()
	} else {
		contact["input"], contact["user_id"] = r.Recipient, r.Recipient
	}
	return map[string]any{
		"messaging_product": "whatsapp",
		"contacts":          []any{contact},
		"messages":          []any{map[string]string{"id": sent.ID}},
	}
}

// choices lists what a customer can choose from, with the kind of answer it makes.
func (s Sent) choices() (kind string, list []choice) {
	var r request
	if json.Unmarshal(s.Body, &r) != nil || r.Interactive == nil {
		return "", nil
	}
	for _, b := range r.Interactive.Action.Buttons {
		list = append(list, b.Reply)
	}
	if r.Interactive.Type == "button" {
		return "button_reply", list
	}
	for _, sec := range r.Interactive.Action.Sections {
		list = append(list, sec.Rows...)
	}
	return "list_reply", list
}
