package cloudapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

// long is n characters of three bytes each: limits count characters.
func long(n int) string { return strings.Repeat("€", n) }

func options(n int, mend func(*channel.Option)) []channel.Option {
	var out []channel.Option
	for i := range n {
		out = append(out, channel.Option{ID: fmt.Sprint(i), Title: fmt.Sprint("t", i)})
	}
	if mend != nil {
		mend(&out[0])
	}
	return out
}

func buttonsMessage(text string, m channel.Menu) channel.Message {
	return channel.Message{Kind: channel.Interactive, Text: text, Menu: &m}
}

func listMessage(text string, m channel.Menu) channel.Message {
	if m.Button == "" {
		m.Button = "Open"
	}
	return buttonsMessage(text, m)
}

// Each limit: what fits passes Meta's check, one more is refused before any call.
func TestLimits(t *testing.T) {
	image := func(caption string) channel.Message {
		return channel.Message{Kind: channel.Image, Text: caption, Media: &channel.MediaRef{ID: "1"}}
	}
	cards := func(n int) channel.Message {
		list := strings.Repeat(`{"name":{"formatted_name":"L"}},`, n)
		return channel.Message{Kind: channel.Contacts, Contacts: json.RawMessage("[" + list[:len(list)-1] + "]")}
	}
	tests := []struct {
		field string
		limit int
		make  func(n int) channel.Message
	}{
		{"text", 4096, func(n int) channel.Message { return channel.TextMessage(long(n)) }},
		{"text", 1024, func(n int) channel.Message { return image(long(n)) }},
		{"text", 1024, func(n int) channel.Message { return buttonsMessage(long(n), channel.Menu{Options: options(1, nil)}) }},
		{"text", 4096, func(n int) channel.Message { return listMessage(long(n), channel.Menu{Options: options(1, nil)}) }},
		{"menu.header", 60, func(n int) channel.Message {
			return buttonsMessage("x", channel.Menu{Header: long(n), Options: options(1, nil)})
		}},
		{"menu.footer", 60, func(n int) channel.Message {
			return listMessage("x", channel.Menu{Footer: long(n), Options: options(1, nil)})
		}},
		{"menu.options", 3, func(n int) channel.Message { return buttonsMessage("x", channel.Menu{Options: options(n, nil)}) }},
		{"menu.options", 10, func(n int) channel.Message { return listMessage("x", channel.Menu{Options: options(n, nil)}) }},
		{"menu.button", 20, func(n int) channel.Message {
			return listMessage("x", channel.Menu{Button: long(n), Options: options(1, nil)})
		}},
		{"menu.options[0].title", 20, func(n int) channel.Message {
			return buttonsMessage("x", channel.Menu{Options: options(2, func(o *channel.Option) { o.Title = long(n) })})
		}},
		{"menu.options[0].id", 256, func(n int) channel.Message {
			return buttonsMessage("x", channel.Menu{Options: options(2, func(o *channel.Option) { o.ID = long(n) })})
		}},
		{"menu.options[0].title", 24, func(n int) channel.Message {
			return listMessage("x", channel.Menu{Options: options(2, func(o *channel.Option) { o.Title = long(n) })})
		}},
		{"menu.options[0].id", 200, func(n int) channel.Message {
			return listMessage("x", channel.Menu{Options: options(2, func(o *channel.Option) { o.ID = long(n) })})
		}},
		{"menu.options[0].description", 72, func(n int) channel.Message {
			return listMessage("x", channel.Menu{Options: options(2, func(o *channel.Option) { o.Description = long(n) })})
		}},
		{"menu.options[0].section", 24, func(n int) channel.Message {
			return listMessage("x", channel.Menu{Options: options(1, func(o *channel.Option) { o.Section = long(n) })})
		}},
		{"contacts", 5, cards},
		{"template.name", 512, func(n int) channel.Message {
			return channel.Message{Kind: channel.Template, Template: &channel.TemplateRef{Name: long(n), Language: "en"}}
		}},
	}
	for _, tt := range tests {
		w := newWorld(t, cloudapitest.Config{}, nil)
		t.Run(fmt.Sprintf("%s of a %s: %d", tt.field, tt.make(1).Kind, tt.limit), func(t *testing.T) {
			_, err := w.connector.Send(t.Context(), outbound(tt.make(tt.limit)))
			require.NoError(t, err, "exactly the limit")
			_, err = w.connector.Send(t.Context(), outbound(tt.make(tt.limit+1)))
			assert.Equal(t, channel.Permanent, sendError(t, err).Class)
			limit, ok := errors.AsType[*cloudapi.LimitError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, cloudapi.LimitError{Field: tt.field, Max: tt.limit, Got: tt.limit + 1}, *limit)
			assert.Len(t, w.graph.Sent(), 1)
		})
	}
	t.Run("key: 512", func(t *testing.T) {
		w := newWorld(t, cloudapitest.Config{}, nil)
		out := outbound(channel.TextMessage("x"))
		out.Key = long(512)
		_, err := w.connector.Send(t.Context(), out)
		require.NoError(t, err)
		out.Key = long(513)
		_, err = w.connector.Send(t.Context(), out)
		assert.ErrorContains(t, err, "key: 513 given, at most 512 are allowed")
	})
}

func TestFaultsOfMessages(t *testing.T) {
	media := &channel.MediaRef{ID: "1"}
	tests := map[string]struct {
		message channel.Message
		want    string
	}{
		"empty text":            {channel.TextMessage(""), "text: is empty"},
		"no media":              {channel.Message{Kind: channel.Image}, "media: is required"},
		"media without address": {channel.Message{Kind: channel.Image, Media: &channel.MediaRef{}}, "media.url: media needs an id"},
		"media from a file":     {channel.Message{Kind: channel.Image, Media: &channel.MediaRef{URL: "file:///etc/passwd"}}, "media.url"},
		"audio with a caption":  {channel.Message{Kind: channel.Audio, Text: "x", Media: media}, "text: audio has no caption"},
		"sticker with caption":  {channel.Message{Kind: channel.Sticker, Text: "x", Media: media}, "text: sticker has no caption"},
		"no location":           {channel.Message{Kind: channel.Location}, "location: is required"},
		"off the map":           {channel.Message{Kind: channel.Location, Location: &channel.Place{Latitude: 91}}, "location.latitude"},
		"no number":             {channel.Message{Kind: channel.Location, Location: &channel.Place{Longitude: math.NaN()}}, "location.longitude"},
		"no contacts":           {channel.Message{Kind: channel.Contacts}, "contacts: is empty"},
		"contacts are no list":  {channel.Message{Kind: channel.Contacts, Contacts: json.RawMessage(`{}`)}, "contacts: is not a JSON array"},
		"contact without name":  {channel.Message{Kind: channel.Contacts, Contacts: json.RawMessage(`[{}]`)}, "contacts[0].name.formatted_name: is empty"},
		"no menu":               {channel.Message{Kind: channel.Interactive, Text: "x"}, "menu: is required"},
		"menu without text":     {buttonsMessage("", channel.Menu{Options: options(1, nil)}), "text: is empty"},
		"no options":            {buttonsMessage("x", channel.Menu{}), "menu.options: is empty"},
		"list without options":  {listMessage("x", channel.Menu{}), "menu.options: is empty"},
		"option without id":     {buttonsMessage("x", channel.Menu{Options: []channel.Option{{Title: "t"}}}), "menu.options[0].id: is empty"},
		"option without title":  {listMessage("x", channel.Menu{Options: []channel.Option{{ID: "t"}}}), "menu.options[0].title: is empty"},
		"ids repeat":            {listMessage("x", channel.Menu{Options: []channel.Option{{ID: "a", Title: "a"}, {ID: "a", Title: "b"}}}), "menu.options[1].id: is the same as that of option 0"},
		"button titles repeat":  {buttonsMessage("x", channel.Menu{Options: []channel.Option{{ID: "a", Title: "a"}, {ID: "b", Title: "a"}}}), "menu.options[1].title: is the same"},
		"button described":      {buttonsMessage("x", channel.Menu{Options: []channel.Option{{ID: "a", Title: "a", Description: "d"}}}), "set menu.button for a list"},
		"half the sections":     {listMessage("x", channel.Menu{Options: []channel.Option{{ID: "a", Title: "a"}, {ID: "b", Title: "b", Section: "s"}}}), "every option needs a section"},
		"no template":           {channel.Message{Kind: channel.Template}, "template: is required"},
		"template without name": {channel.Message{Kind: channel.Template, Template: &channel.TemplateRef{Language: "en"}}, "template.name: is empty"},
		"template, no language": {channel.Message{Kind: channel.Template, Template: &channel.TemplateRef{Name: "n"}}, "template.language: is empty"},
		"components no list":    {channel.Message{Kind: channel.Template, Template: &channel.TemplateRef{Name: "n", Language: "en", Components: json.RawMessage(`{}`)}}, "template.components: is not a JSON array"},
		"template that quotes":  {channel.Message{Kind: channel.Template, ReplyTo: "w", Template: &channel.TemplateRef{Name: "n", Language: "en"}}, "replyTo: a template cannot quote a message"},
		"no reaction":           {channel.Message{Kind: channel.Reaction}, "reaction: is required"},
		"reaction to nothing":   {channel.Message{Kind: channel.Reaction, Reaction: &channel.ReactionRef{Emoji: "x"}}, "reaction.messageId: is empty"},
		"inbound kind":          {channel.Message{Kind: channel.Order}, `kind: "order" cannot be sent; valid: text, image`},
	}
	w := newWorld(t, cloudapitest.Config{}, nil)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := w.connector.Send(t.Context(), outbound(tt.message))
			assert.Equal(t, channel.Permanent, sendError(t, err).Class)
			assert.ErrorContains(t, err, tt.want)
		})
	}
	t.Run("every fault at once", func(t *testing.T) {
		_, err := w.connector.Send(t.Context(), channel.Outbound{From: "+1", To: "fax:1", Message: channel.TextMessage("")})
		for _, want := range []string{`from: "+1" is not a number of this connector; valid: ` + number, "to: ", "text: is empty"} {
			assert.ErrorContains(t, err, want)
		}
	})
	assert.Empty(t, w.graph.Sent(), "no call was made")
}
